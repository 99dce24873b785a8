"""Formulas of whole arrays inside a recurrence, written for one place of its leading axis.

A printed derivation says ``di = dc*g`` where ``dc[t]`` needs ``di[t+1]`` in its turn; place by place it is
``di[t] = dc[t]*g[t]``. So it is with ``dx = da @ W.T``, whose rows at one place need no other place's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gradwright.execute.fields import FLOAT
from gradwright.execute.named import entrywise
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Formula,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Slice,
    Tree,
    children,
    rebuild,
)
from gradwright.language.tree import names as names_of
from gradwright.model.sort import reached

Shapes = Mapping[str, Sequence[object]]
"""The extents of every name: numbers, or expressions of named sizes."""


def in_time(
    formulas: Sequence[Formula], shapes: Shapes, composites: Mapping[str, Composite]
) -> tuple[Formula, ...]:
    """The formulas with a leading index on each that stands in a cycle with an indexed one.

    Args:
        formulas: Some of them a recurrence.
        shapes: The shape of every name.
        composites: The functions that are formulas.

    Raises:
        ReadError: A formula without an index in a recurrence needs several places at once.
    """
    reach = reached({one.target: names_of(one.body) for one in formulas})
    result = []
    for formula in formulas:
        near = {name for name in reach[formula.target] if formula.target in reach[name]}
        around = [one for one in formulas if one.indices and one.target in near]
        if formula.indices or not around:
            result.append(formula)
            continue
        time, shape = around[0].indices[0], shapes[formula.target]
        body = _at(formula.body, len(shape), _Place(time, shape[0], shapes, composites))
        result.append(replace(formula, indices=(time,), body=body))
    return tuple(result)


@dataclass(frozen=True)
class _Place:
    """One place of a recurrence's axis.

    Args:
        time: The index.
        extent: How many places there are.
        shapes: The shape of every name.
        composites: The functions that are formulas.
    """

    time: str
    extent: object
    shapes: Shapes
    composites: Mapping[str, Composite]


def _at(tree: Tree, axes: int, place: _Place) -> Tree:
    """A tree at one place: it has so many axes, the recurrence's first, or fewer and is broadcast to them."""
    match tree:
        case Number():
            return tree
        case Name() | Item(target=Name()):
            return _read(tree, axes, place)
        case Binary(operator="@", left=left, right=right):
            if _is_matrix(right, place.shapes):
                return replace(tree, left=_at(left, axes, place))
        case Negate() | Compare() | Binary():
            return rebuild(tree, lambda part: _at(part, axes, place))
        case Call(options=()) if _is_elementwise(tree.function, place.composites):
            return rebuild(tree, lambda part: _at(part, axes, place))
        case Call(function="sum" | "mean", arguments=(inner,)):
            return _reduced(tree, inner, axes, place)
    raise _unplaced(tree)


def _unplaced(tree: Tree) -> ReadError:
    return ReadError("a formula of a recurrence needs its index, as in a[t] = ...", tree.span)


def _read(tree: Name | Item, axes: int, place: _Place) -> Tree:
    """A value, or slices of it, at one place: ``h`` is ``h[t]``, and ``M[:, None]`` is ``M[t, None]``."""
    name = names_of(tree.target if isinstance(tree, Item) else tree).pop()
    own = _axes(tree, place)
    whole = isinstance(tree, Name) or tree.selectors[0] == Slice()
    if name != place.time and own is not None:
        if own < axes:
            return tree
        if own == axes and whole and place.shapes[name][0] == place.extent:
            rest = tree.selectors[1:] if isinstance(tree, Item) else ()
            return Item(Name(name), (Name(place.time), *rest), tree.span)
    raise _unplaced(tree)


def _reduced(tree: Call, inner: Tree, axes: int, place: _Place) -> Tree:
    """A reduction along one later axis, which is the one before it at each place."""
    options = dict(tree.options)
    own = _axes(inner, place)
    match options.pop("axis", None):
        case Number(value=axis) if own is not None and axis > 0 and options.keys() <= {"keepdims"}:
            if own - (options.get("keepdims") != Name("True")) < axes:
                return tree
            kept = (("axis", Number(axis - 1)), *options.items())
            return replace(tree, arguments=(_at(inner, own, place),), options=kept)
    raise _unplaced(tree)


def _axes(tree: Tree, place: _Place) -> int | None:
    """How many axes a value, slices of one, or an elementwise tree of such has; None for what is another."""
    match tree:
        case Name(name=name):
            return len(place.shapes.get(name, ()))
        case Item(target=Name(name=name), selectors=selectors):
            new = sum(isinstance(one, NewAxis) for one in selectors)
            kept = all(isinstance(one, Slice | NewAxis) for one in selectors)
            return len(place.shapes.get(name, ())) + new if kept else None
        case Number():
            return 0
        case Binary(operator="@"):
            return None
        case Call() if tree.options or not _is_elementwise(tree.function, place.composites):
            return None
        case Negate() | Compare() | Binary() | Call():
            parts = [_axes(part, place) for part in children(tree)]
            return None if None in parts else max(part for part in parts if part is not None)
        case _:
            return None


def _is_matrix(tree: Tree, shapes: Shapes) -> bool:
    """Whether a right factor is a matrix or one transposed: then each row of the product is of one row."""
    match tree:
        case Call(function="transpose", arguments=(Name() as inner,), options=()):
            return _is_matrix(inner, shapes)
        case Name(name=name):
            return len(shapes.get(name, ())) == 2
        case _:
            return False


def _is_elementwise(function: str, composites: Mapping[str, Composite]) -> bool:
    if function in composites:
        return entrywise(composites[function], composites, FLOAT)
    return function in FLOAT.elementwise
