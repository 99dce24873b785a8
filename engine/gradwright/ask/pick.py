"""Which number a student computes by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradwright.ask.byhand import Exercise, exercise, whole
from gradwright.ask.question import Request
from gradwright.ask.subject import derivation_of
from gradwright.errors import ModelError
from gradwright.language.tree import names
from gradwright.model.model import Model


@dataclass(frozen=True)
class Picked:
    """An exercise, the value that it asks for, and whether it asks for the gradient by that."""

    exercise: Exercise
    value: str
    is_gradient: bool


def picks(request: Request) -> Iterator[Picked]:
    """What a student may compute, what comes first being best.

    It is what the set says, else values and gradients drawn from what is small enough.

    Raises:
        ModelError: The set names what is not there.
    """
    model = derivation_of(request.model).model
    factor = request.choice("scale", request.options["scale"]) if "scale" in request.options else "1"
    formulas = [formula.target for formula in model.formulas]
    if "parameter" in request.options or "sizes" in request.options:
        yield Picked(*_of_parameter(request, model, factor), True)
    elif "value" in request.options:
        value = request.choice("value", formulas)
        yield Picked(_required(request, exercise(request.model, factor, value), value), value, False)
    else:
        yield from _any(request, model, factor, formulas)


def _any(request: Request, model: Model, factor: str, formulas: list[str]) -> Iterator[Picked]:
    """Gradients by a parameter where all of the model is small enough, else something of a part of it."""
    full = exercise(request.model, factor, model.minimise)
    if full is not None and full.is_part:
        full = None
    for place in request.rng.permutation(len(formulas)):
        output, gradient = formulas[int(place)], bool(request.rng.integers(3))
        found = full if full is not None and gradient else exercise(request.model, factor, output, gradient)
        if found is None or (found.is_recurrent and gradient):
            continue
        possible = list(found.differentiable) if gradient else [output] if found.is_small(output) else []
        if full is not None and gradient:
            possible = [name for name in possible if name in model.parameters]
        if possible:
            yield Picked(found, possible[int(request.rng.integers(len(possible)))], gradient)


def _of_parameter(request: Request, model: Model, factor: str) -> tuple[Exercise, str]:
    """The exercise that asks for the gradient by a parameter: the model's, or a step's if that is large."""
    parameter = request.choice("parameter", list(model.parameters))
    if "sizes" in request.options:
        return whole(request.model, factor, request.sizes(model.axes)), parameter
    users = [formula.target for formula in reversed(model.formulas) if parameter in names(formula.body)]
    for output in (model.minimise, *users):
        found = exercise(request.model, factor, output, True)
        if found is not None and parameter in found.differentiable and not found.is_recurrent:
            return found, parameter
    return whole(request.model, factor, {}), parameter


def _required(request: Request, found: Exercise | None, value: str) -> Exercise:
    if found is None:
        raise ModelError(
            f"{request.label}: {value} of {request.model} is too much to compute by hand",
            hint="ask for a value of fewer operations",
        )
    return found
