"""What a person can compute of a model: a value and the formulas just before it, at the smallest sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from gradwright.ask.part import Part, make_part
from gradwright.ask.readable import is_differentiable
from gradwright.ask.subject import derivation_of
from gradwright.ask.work import MOST, MOST_BACK, levelled_axes, sums_over, work
from gradwright.derive.derivation import Derivation, derive
from gradwright.errors import ModelError
from gradwright.execute.sizes import shape_of
from gradwright.language.tree import Formula, names
from gradwright.model.model import Model
from gradwright.tensor.nodes import Tensor
from gradwright.verify.small import small_sizes

_MOST_FORMULAS = 6
_LARGEST = 6
"""Entries of a value that a person fills in by hand."""


@dataclass(frozen=True)
class Exercise:
    """Formulas that end in a value, and sizes at which they can be computed by hand.

    Args:
        whole: The model that they are of.
        part: The formulas as a model of their own.
        sizes: The number of places of each axis.
    """

    whole: Model
    part: Part
    sizes: Mapping[str, int]
    derived: dict[str, Derivation] = field(default_factory=dict, compare=False, repr=False)

    @property
    def model(self) -> Model:
        """The part's own model."""
        return self.part.model

    @property
    def constants(self) -> Mapping[str, float]:
        """The values that are numbers of the model."""
        return self.whole.constants

    @property
    def is_part(self) -> bool:
        """Whether formulas of the model are left out."""
        return len(self.part.formulas) < len(self.whole.formulas)

    @property
    def differentiable(self) -> tuple[str, ...]:
        """The values by which a gradient of few entries can be asked."""
        given = self.model.scope.values.items()
        return tuple(
            name
            for name, value in given
            if is_differentiable(value)
            and name != self.part.upstream
            and name not in self.whole.constants
            and self.is_small(name)
        )

    @property
    def is_recurrent(self) -> bool:
        """Whether the value itself is computed from its earlier places."""
        return self.part.output in _reached(self.part.formulas, self.part.output)

    def is_small(self, name: str) -> bool:
        """Whether a value has few entries."""
        entries = 1
        for extent in shape_of(self.model.shapes[name].shape, self.sizes):
            entries *= extent
        return entries <= _LARGEST


def derivation_by_hand(exercise: Exercise, value: str) -> Derivation:
    """The derivation of an exercise by the value whose gradient is asked, or by its parameters."""
    if value not in exercise.derived:
        exercise.derived[value] = derive(exercise.model, [value] if value else None)
    return exercise.derived[value]


@cache
def exercise(name: str, factor: str, output: str, gradient: bool = False) -> Exercise | None:
    """The largest exercise that ends in a value; None where its own formula is too much for a person.

    Args:
        name: The model.
        factor: The number that its loss is multiplied by.
        output: The value.
        gradient: Whether a gradient is asked for: the value must not come from its own earlier places through
            the formulas before it then, and these are less work, since the way back is to be gone too.
    """
    model = derivation_of(name, factor).model
    reads = {formula.target: names(formula.body) for formula in model.formulas}
    chosen = {output}
    most = MOST_BACK if gradient else MOST
    best = _sized(model, chosen, output, most)
    waiting = [one for one in reads if one in reads[output] and one != output]
    while best is not None and waiting and len(chosen) < _MOST_FORMULAS:
        more = waiting.pop()
        if more in chosen:
            continue
        larger = _sized(model, chosen | {more}, output, most)
        if larger is not None and not (gradient and larger.is_recurrent):
            best = larger
            chosen.add(more)
            waiting += [one for one in reads if one in reads[more] and one not in chosen]
    return best


def whole(name: str, factor: str, fixed: Mapping[str, int]) -> Exercise:
    """All of a model, at sizes of which some are given.

    Raises:
        ModelError: No sizes go with these.
    """
    model = derivation_of(name, factor).model
    part, sizes = _whole(name, factor)
    if sizes is None:
        raise ModelError(f"{model.name}: no small sizes fit its formulas", hint="ask for a part of it")
    return Exercise(model, part, {**sizes, **{axis: size for axis, size in fixed.items() if axis in sizes}})


@cache
def _whole(name: str, factor: str) -> tuple[Part, dict[str, int] | None]:
    model = derivation_of(name, factor).model
    part = make_part(model, model.formulas, model.minimise)
    return part, small_sizes(part.model)


def _sized(model: Model, chosen: set[str], output: str, most: int) -> Exercise | None:
    formulas = [formula for formula in model.formulas if formula.target in chosen]
    try:
        part = make_part(model, formulas, output)
    except ModelError:
        return None
    sizes = _small(part.model, most)
    return None if sizes is None else Exercise(model, part, sizes)


def _small(model: Model, most: int) -> dict[str, int] | None:
    """Two places on each axis, as few of them cut down to one as make the work little; None if that fails."""
    sizes = small_sizes(model)
    if sizes is None:
        return None
    tensors = [definition.tensor for definition in model.definitions]
    for axis in _reducible(model, tensors):
        if work(tensors, sizes) <= most:
            break
        sizes[axis] = 1
    return sizes if work(tensors, sizes) <= most else None


def _reducible(model: Model, tensors: list[Tensor]) -> Iterator[str]:
    """The axes that may have one place, those first along which nothing is added up; never a time axis."""
    tied = {str(symbol) for pair in model.equations for side in pair for symbol in side.free_symbols}
    times = {
        str(symbol)
        for formula in model.formulas
        if formula.indices
        for symbol in model.shapes[formula.target].shape[0].free_symbols
    }
    places = {value.domain.partition(" ")[2] for value in model.scope.values.values()}
    used = {str(s) for value in model.shapes.values() for extent in value.shape for s in extent.free_symbols}
    free = sorted(used - tied - times - places - levelled_axes(tensors))
    yield from sorted(free, key=lambda axis: (sums_over(tensors, axis), axis))


def _reached(formulas: tuple[Formula, ...], output: str) -> set[str]:
    """The values that one needs, by itself or through others of these formulas."""
    reads = {formula.target: names(formula.body) for formula in formulas}
    found: set[str] = set()
    stack = [output]
    while stack:
        for name in reads.get(stack.pop(), set()) - found:
            found.add(name)
            stack.append(name)
    return found
