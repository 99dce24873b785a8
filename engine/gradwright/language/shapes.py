"""The shape of a text over named axes, and the equations between sizes that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sympy import Expr, Integer

from gradwright.language.array import Array
from gradwright.language.extents import Equation, Equations, plain
from gradwright.language.fixes import explained
from gradwright.language.reader import Reader, Slot
from gradwright.language.scope import ReadError, Scope, Shape, Value
from gradwright.language.tree import Formula, Tree
from gradwright.tensor.nodes import Index, size


@dataclass(frozen=True)
class Inference:
    """A shape, and equations such as ``Ho = H - kh + 1`` under which the text has it."""

    shape: Shape
    equations: tuple[Equation, ...] = ()


def reader_of(
    scope: Scope, bound: Mapping[str, Index] | None = None, lengths: Mapping[str, Expr] | None = None
) -> Reader:
    """A reader of texts in a scope, with the named indices that a formula's left side binds.

    Where nothing in a text says how far an index runs, ``lengths`` does.
    """
    slots = {name: Slot(index.extent, place=index) for name, index in (bound or {}).items()}
    return Reader(scope, slots=slots, lettered=lengths)


def lettered_axes(scope: Scope) -> dict[str, Expr]:
    """The axis ``T`` for the index ``t``."""
    return {name.lower(): size(name) for name in scope.axes if name != name.lower()}


def infer(
    tree: Tree, scope: Scope, bound: Mapping[str, Index] | None = None, expected: Shape | None = None
) -> Inference:
    """The shape of a tree.

    Args:
        tree: The text's tree.
        scope: The declared values and composite functions.
        bound: Named indices in reach, as the left side ``h[t]`` of a formula binds ``t``.
        expected: The shape that it should have, where that is known: a fix of a clash then gives it.

    Raises:
        ReadError: Shapes clash or a name is not declared.
    """

    def read(changed: Tree) -> Inference:
        reader = reader_of(scope, bound)
        shape = tuple(plain(extent) for extent in reader.array(changed).shape)
        return Inference(shape, tuple(reader.equations.found))

    return _fixed(tree, read, expected)


def _fixed(tree: Tree, read: Callable[[Tree], Inference], expected: Shape | None) -> Inference:
    """What ``read`` finds of the tree; a clash is raised with a fix in its hint, where there is one."""
    try:
        return read(tree)
    except ReadError as error:
        raise explained(error, tree, lambda changed: read(changed).shape, expected) from None


def infer_free(tree: Tree, scope: Scope, free: Sequence[str], expected: Shape | None = None) -> Inference:
    """The shape of a tree with free indices: their extents first, each that of the axis it subscripts.

    Args:
        tree: The text's tree.
        scope: The declared values and composite functions.
        free: The free indices in the order of the leading axes.
        expected: The shape that it should have, where that is known: a fix of a clash then gives it.

    Raises:
        ReadError: Shapes clash, a name is not declared, or nothing says how far an index runs.
    """

    def read(changed: Tree) -> Inference:
        reader = reader_of(scope)
        body = reader.bound(free, changed)
        return Inference(tuple(plain(extent) for extent in body.shape), tuple(reader.equations.found))

    return _fixed(tree, read, expected)


def infer_formulas(
    formulas: Sequence[Formula], scope: Scope, lengths: Mapping[str, int] | None = None
) -> tuple[dict[str, Shape], tuple[Equation, ...]]:
    """The shapes of all targets of a model's formulas; a recurrence may use a target before its formula.

    A target that is not known yet is first read as a value of unknown shape, and all formulas are read again
    until the shapes stand. Where then nothing says how far an index runs, as in ``h[t] = tanh(h[t-1] @ W)``,
    ``t`` runs along the axis ``T``.

    Args:
        formulas: In any order.
        scope: The declared values and composite functions.
        lengths: The numbers of places of axes, where they stand as numbers in the scope's shapes.

    Raises:
        ReadError: Shapes clash, a name is not declared, or nothing says how far an index runs.
    """
    targets = {formula.target for formula in formulas}
    axes: dict[str, Expr] = {name: size(name) for name in scope.axes}
    axes |= {name: Integer(length) for name, length in (lengths or {}).items()}
    lettered = {name.lower(): extent for name, extent in axes.items() if name != name.lower()}
    shapes: dict[str, Shape] = {}
    by_letter: Mapping[str, Expr] = {}
    for _ in range(2 * len(formulas) + 2):
        found, equations, failure = _round(formulas, scope, shapes, targets, by_letter)
        if found == shapes and failure is None:
            return found, tuple(equations.found)
        if found == shapes and failure is not None and by_letter is lettered:
            raise failure
        if found == shapes:
            by_letter = lettered
        shapes = found
    raise ReadError(
        "the shapes of these formulas do not settle: give one of them a start whose shape is known"
    )


def _round(
    formulas: Sequence[Formula],
    scope: Scope,
    before: Mapping[str, Shape],
    targets: set[str],
    lettered: Mapping[str, Expr],
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
        known_scope = Scope(values, scope.composites)
        reader = Reader(known_scope, arrays=unknown, equations=equations, lettered=lettered)
        try:
            found[formula.target] = tuple(plain(extent) for extent in reader.formula(formula).shape)
        except ReadError as error:
            again = partial(_shape, formula, known_scope, unknown)
            failure = failure or explained(error, formula.body, again)
            if formula.target in before:
                found[formula.target] = before[formula.target]
    return found, equations, failure


def _shape(formula: Formula, scope: Scope, unknown: Mapping[str, Array], body: Tree) -> Shape:
    return Reader(scope, arrays=unknown).formula(replace(formula, body=body)).shape


def _unread(_: object) -> object:
    raise AssertionError("an entry of a value whose shape is still being found")
