"""What a model must still satisfy once its formulas are read: a scalar loss, sound facts, nothing unused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradwright.errors import ModelError, nearest
from gradwright.language.parse import parse
from gradwright.language.scope import ReadError, Scope, Shape
from gradwright.language.shapes import infer
from gradwright.language.tree import Formula, Tree, names
from gradwright.language.words import PRIMITIVES
from gradwright.model.declare import Declared
from gradwright.model.model import METRICS
from gradwright.model.source import Source, expect

Fact = tuple[Tree, Tree]


def check_functions(formulas: Sequence[Formula], functions: Mapping[str, object]) -> None:
    """Raise for a function that takes the name of a target, with the place of the formula."""
    for formula in formulas:
        if formula.target in PRIMITIVES or formula.target in functions:
            name = formula.target
            raise ReadError(
                f"{name} is the name of a function", formula.body.span, f"call it {name}1, or another name"
            )


def loss(source: Source, shapes: Mapping[str, Shape]) -> str:
    """The name of the value to minimise.

    Raises:
        ModelError: The file names none, or one that is not defined, or one that is no scalar.
    """
    forward = source.table["forward"]
    scalars = [name for name, shape in shapes.items() if not shape]
    example = scalars[-1] if scalars else "L"
    if "minimise" not in forward:
        hint = f'add the line: minimise = "{example}"'
        raise ModelError("the model has no loss: [forward] lacks minimise", source.place("forward"), hint)
    name: str = expect(source, "forward", "minimise", forward["minimise"], str, "the name of the loss")
    place = source.value_place("forward", "minimise", name)
    if name not in shapes:
        hint = nearest(name, shapes) or f"defined: {', '.join(shapes)}"
        raise ModelError(f"the loss {name} is not defined by any formula", place, hint)
    if shapes[name]:
        shown = ", ".join(str(extent) for extent in shapes[name])
        comma = "," if len(shapes[name]) == 1 else ""
        raise ModelError(
            f"the loss {name} is not a scalar: its shape is ({shown}{comma})",
            place,
            f"add it up: {name} = sum(...)",
        )
    return name


def closed_form(source: Source, known: Declared) -> str:
    """The parameter that has a closed form, or an empty name."""
    forward = source.table["forward"]
    name: str = expect(
        source, "forward", "closed_form", forward.get("closed_form", ""), str, "a parameter's name"
    )
    if name and name not in known.parameters:
        place = source.value_place("forward", "closed_form", name)
        raise ModelError(
            f"closed_form names {name}, which is no parameter", place, nearest(name, known.parameters)
        )
    return name


def check_predict(source: Source, known: Declared, shapes: Mapping[str, Shape]) -> None:
    """Raise if training's ``predict`` names a value that no formula defines."""
    name = known.training.predict
    if name and name not in shapes:
        place = source.value_place("training", "predict", name)
        hint = nearest(name, shapes) or f"defined: {', '.join(shapes)}"
        raise ModelError(f"predict names {name}, which no formula defines", place, hint)


def check_metric(source: Source, known: Declared) -> None:
    """Raise if training's ``metric`` is none that is known."""
    name = known.training.metric
    if name and name not in METRICS:
        place = source.value_place("training", "metric", name)
        hint = nearest(name, METRICS) or f"known: {', '.join(METRICS)}"
        raise ModelError(f"there is no metric {name}", place, hint)


def facts(source: Source, scope: Scope, functions: frozenset[str]) -> tuple[Fact, ...]:
    """The declared facts, such as ``sum(Y, axis=1) = 1``, as pairs of trees of values that are in scope."""
    written = source.table["forward"].get("facts", [])
    expect(source, "forward", "facts", written, list, 'a list such as ["sum(Y, axis=1) = 1"]')
    return tuple(_fact(source, str(text), scope, functions) for text in written)


def check_used(
    source: Source, known: Declared, formulas: Sequence[Formula], declared: Sequence[Fact]
) -> None:
    """Raise for a declared axis, data, parameter or constant that nothing uses."""
    used = {name for formula in formulas for name in names(formula.body)}
    used |= {value.drawn for value in known.data.values() if isinstance(value.drawn, str)}
    used |= {name for fact in declared for tree in fact for name in names(tree)}
    groups = {"data": known.data, "parameters": known.parameters, "constants": known.constants}
    for section, group in groups.items():
        for name in group:
            if name not in used:
                what = {"data": "the data", "parameters": "the parameter", "constants": "the constant"}[
                    section
                ]
                hint = "use it in a formula, or remove the line"
                raise ModelError(
                    f"{what} {name} is not used by any formula", source.place(section, name), hint
                )
    shaped = {
        symbol for value in known.values.values() for extent in value.shape for symbol in extent.free_symbols
    }
    for axis in known.axes:
        if axis not in {str(symbol) for symbol in shaped}:
            hint = "give a value this axis, or remove the line"
            raise ModelError(f"the axis {axis} is not used by any value", source.place("axes", axis), hint)


def _fact(source: Source, text: str, scope: Scope, functions: frozenset[str]) -> Fact:
    at = _equals_sign(text)
    if at < 0:
        place = source.inside("forward", "facts", text, (0, len(text)))
        raise ModelError("a fact is an equation", place, "such as sum(Y, axis=1) = 1")
    sides = []
    for side, shift in ((text[:at], 0), (text[at + 1 :], at + 1)):
        try:
            tree = parse(side, functions)
            infer(tree, scope)
        except ReadError as error:
            span = (error.span[0] + shift, error.span[1] + shift)
            place = source.inside("forward", "facts", text, span)
            raise ModelError(error.message, place, error.hint) from None
        sides.append(tree)
    return sides[0], sides[1]


def _equals_sign(text: str) -> int:
    """The place of the ``=`` that stands outside of brackets and is no comparison, or -1."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        plain = sign == "=" and text[at - 1 : at] not in ("<", ">", "!", "=") and text[at + 1 : at + 2] != "="
        if plain and depth == 0:
            return at
    return -1
