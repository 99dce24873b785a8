"""Formulas of whole arrays inside a recurrence, written for one place of its leading axis.

A printed derivation says ``di = dc*g`` where ``dc[t]`` needs ``di[t+1]`` in its turn; place by place it is
``di[t] = dc[t]*g[t]``. So it is with ``dx = da @ W.T``, whose rows at one place need no other place's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
        time = around[0].indices[0]
        body = _at(formula.body, time, shapes[formula.target], shapes, composites)
        result.append(replace(formula, indices=(time,), body=body))
    return tuple(result)


def _at(
    tree: Tree, time: str, shape: Sequence[object], shapes: Shapes, composites: Mapping[str, Composite]
) -> Tree:
    """A tree of a shape, or one that is broadcast to it, at one place of the shape's first axis."""

    def at(part: Tree) -> Tree:
        match part:
            case Number():
                return part
            case Name() if part.name != time:
                own = shapes.get(part.name, ())
                if len(own) < len(shape):
                    return part
                if len(own) == len(shape) and own[0] == shape[0]:
                    return Item(part, (Name(time),), part.span)
            case Item(target=Name(name=name)) if name != time:
                own = shapes.get(name, ())
                axes = _axes_with_new(part, len(own))
                if axes is not None and axes < len(shape):
                    return part
                if axes == len(shape) and part.selectors[0] == Slice() and own[0] == shape[0]:
                    return replace(part, selectors=(Name(time), *part.selectors[1:]))
            case Binary(operator="@", right=right) if _is_matrix(right, shapes):
                return replace(part, left=at(part.left))
            case Negate() | Compare():
                return rebuild(part, at)
            case Binary() if part.operator != "@":
                return rebuild(part, at)
            case Call() if not part.options and _is_elementwise(part.function, composites):
                return rebuild(part, at)
        raise ReadError("a formula of a recurrence needs its index, as in a[t] = ...", part.span)

    return at(tree)


def _axes_with_new(item: Item, axes: int) -> int | None:
    """How many axes a value of some axes has with the new ones of ``M[:, None]``; None for other items."""
    if any(one != Slice() and not isinstance(one, NewAxis) for one in item.selectors):
        return None
    return axes + sum(isinstance(one, NewAxis) for one in item.selectors)


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
