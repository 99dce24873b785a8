"""The shape of a text over named axes, and the equations between sizes that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradwright.language.array import Array
from gradwright.language.extents import Equation, Equations, plain
from gradwright.language.reader import Reader, Slot
from gradwright.language.scope import ReadError, Scope, Shape, Value
from gradwright.language.tree import Formula, Tree
from gradwright.tensor.nodes import Index


@dataclass(frozen=True)
class Inference:
    """A shape, and equations such as ``Ho = H - kh + 1`` under which the text has it."""

    shape: Shape
    equations: tuple[Equation, ...] = ()


def reader_of(scope: Scope, bound: Mapping[str, Index] | None = None) -> Reader:
    """A reader of texts in a scope, with the named indices that a formula's left side binds."""
    slots = {name: Slot(index.extent, place=index) for name, index in (bound or {}).items()}
    return Reader(scope, slots=slots)


def infer(tree: Tree, scope: Scope, bound: Mapping[str, Index] | None = None) -> Inference:
    """The shape of a tree.

    Args:
        tree: The text's tree.
        scope: The declared values and composite functions.
        bound: Named indices in reach, as the left side ``h[t]`` of a formula binds ``t``.

    Raises:
        ReadError: Shapes clash or a name is not declared.
    """
    reader = reader_of(scope, bound)
    shape = tuple(plain(extent) for extent in reader.array(tree).shape)
    return Inference(shape, tuple(reader.equations.found))


def infer_formulas(
    formulas: Sequence[Formula], scope: Scope
) -> tuple[dict[str, Shape], tuple[Equation, ...]]:
    """The shapes of all targets of a model's formulas; a recurrence may use a target before its formula.

    A target that is not known yet is first read as a value of unknown shape, and all formulas are read again
    until the shapes stand.
    """
    targets = {formula.target for formula in formulas}
    shapes: dict[str, Shape] = {}
    for _ in range(len(formulas) + 2):
        found, equations, failure = _round(formulas, scope, shapes, targets)
        if found == shapes and failure is None:
            return found, tuple(equations.found)
        if found == shapes and failure is not None:
            raise failure
        shapes = found
    raise ReadError(
        "the shapes of these formulas do not settle: give one of them a start whose shape is known"
    )


def _round(
    formulas: Sequence[Formula], scope: Scope, before: Mapping[str, Shape], targets: set[str]
) -> tuple[dict[str, Shape], Equations, ReadError | None]:
    found: dict[str, Shape] = {}
    failure: ReadError | None = None
    equations = Equations()
    for formula in formulas:
        known = {**before, **found}
        values = {**scope.values, **{name: Value(shape) for name, shape in known.items()}}
        unknown = {
            name: Array((), _unread, open=True) for name in targets - known.keys() - scope.values.keys()
        }
        reader = Reader(Scope(values, scope.composites), arrays=unknown, equations=equations)
        try:
            found[formula.target] = tuple(plain(extent) for extent in reader.formula(formula).shape)
        except ReadError as error:
            failure = failure or error
            if formula.target in before:
                found[formula.target] = before[formula.target]
    return found, equations, failure


def _unread(_: object) -> object:
    raise AssertionError("an entry of a value whose shape is still being found")
