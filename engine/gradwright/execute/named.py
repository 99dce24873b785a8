"""Sums and other reductions over named indices, as in ``sum(i, X[i, j])``."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Many
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.execute.subscript import is_new
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    Number,
    Sequence,
    Slice,
    Tree,
    walk,
)

if TYPE_CHECKING:
    from gradwright.execute.evaluate import Evaluation
    from gradwright.execute.fields import Field

Array = Any
_JOINS = {"sum": "add", "mean": "add", "prod": "multiply", "max": "maximum", "min": "minimum"}


def reduce_named(call: Call, run: Evaluation) -> Array:
    """``sum(i, body)``, ``max((i, j), body)``: over all places of the named indices."""
    *heads, body = call.arguments
    found: list[str] = []
    for head in (item for tree in heads for item in (tree.items if isinstance(tree, Sequence) else (tree,))):
        if not isinstance(head, Name) or head.name in found:
            raise ReadError(
                f"{call.function} over named indices is written {call.function}(i, ...)", head.span
            )
        found.append(head.name)
    if run.axes and not _pointwise(body, run, found):
        raise ReadError("this sum can't be computed inside another", call.span)
    lengths = extents(found, body, run)
    if _pointwise(body, run, found):
        return _spread(call.function, found, lengths, body, run)
    return _looped(call.function, found, lengths, body, run)


def _spread(function: str, found: list[str], lengths: list[int], body: Tree, run: Evaluation) -> Array:
    """Each index has an axis of its own, in front of those of the indices around it."""
    run.work.check(prod(lengths))
    start, count = run.axes, len(found)
    places = {
        name: np.arange(length).reshape((length,) + (1,) * (start + offset))
        for offset, (name, length) in enumerate(zip(found, lengths, strict=True))
    }
    with run.binding(places, start + count):
        value = run.value(body)
    shape = tuple(reversed(lengths)) + (1,) * start
    shape = np.broadcast_shapes(shape, value.shape)
    value = np.broadcast_to(value, shape)
    for _ in range(count):
        value = run.settle(_fold(function, value, run))
    return value


def _fold(function: str, value: Array, run: Evaluation) -> Array:
    """The first axis of an array folded away."""
    if function in ("sum", "mean"):
        return np.sum(value, axis=0) / (len(value) if function == "mean" else 1)
    join = run.field.elementwise[_JOINS[function]]
    result = value[0]
    for part in value[1:]:
        result = join(result, part)
    return result


def _looped(function: str, found: list[str], lengths: list[int], body: Tree, run: Evaluation) -> Array:
    join = run.field.elementwise[_JOINS[function]]
    result: Array = None
    for place in product(*(range(length) for length in lengths)):
        with run.binding(dict(zip(found, map(np.asarray, place), strict=True)), 0):
            value = run.value(body)
        result = value if result is None else run.settle(join(result, value))
    return run.settle(result / prod(lengths)) if function == "mean" else result


def stacked(body: Tree, indices: Mapping[str, int], run: Evaluation) -> Array:
    """The values of a body at all places of named indices, which are the leading axes; length 0: find it."""
    found = list(indices)
    unknown = [name for name, length in indices.items() if not length]
    lengths = {**indices, **dict(zip(unknown, extents(unknown, body, run), strict=True))}
    shape = tuple(lengths[name] for name in found)
    run.work.check(prod(shape))
    if not run.axes and _pointwise(body, run, found):
        places = {
            name: np.arange(length).reshape((length,) + (1,) * (len(found) - 1 - axis))
            for axis, (name, length) in enumerate(lengths.items())
        }
        with run.binding(places, len(found)):
            return np.broadcast_to(run.value(body), shape)
    parts = []
    for place in product(*(range(length) for length in shape)):
        with run.binding(dict(zip(found, map(np.asarray, place), strict=True)), 0):
            parts.append(np.asarray(run.value(body)))
    return np.stack(parts).reshape(shape + parts[0].shape)


def extents(found: Many[str], body: Tree, run: Evaluation) -> list[int]:
    """How far each named index runs: as far as an axis that it subscripts alone, else as ``t - 1`` does."""
    sure: dict[str, int] = {}
    likely: dict[str, int] = {}
    for node in walk(body):
        if not isinstance(node, Item):
            continue
        axis = 0
        for selector in node.selectors:
            if is_new(selector):
                continue
            name = _index_in(selector)
            if name in found:
                length = _length(node.target, axis, found, run)
                (sure if isinstance(selector, Name) else likely).setdefault(name, length)
            axis += 1
    lengths = {**likely, **sure}
    for name in found:
        if name not in lengths:
            raise ReadError(
                f"nothing says how far {name} runs", body.span, f"subscript an axis by it, as in X[{name}]"
            )
    return [lengths[name] for name in found]


def subscripts(tree: Tree) -> frozenset[str]:
    """The names that subscript an axis somewhere in a tree, and so tell how far they run."""
    items = (node for node in walk(tree) if isinstance(node, Item))
    return frozenset(_index_in(selector) for node in items for selector in node.selectors)


def _index_in(selector: Tree) -> str:
    if isinstance(selector, Name):
        return selector.name
    if isinstance(selector, Binary) and selector.operator in "+-" and isinstance(selector.left, Name):
        return selector.left.name
    return ""


def _length(target: Tree, axis: int, found: Many[str], run: Evaluation) -> int:
    inner = [name for node in walk(target) if isinstance(node, Name) for name in [node.name]]
    loose = {name: np.asarray(0) for name in found if name in inner}
    with run.binding(loose, run.axes):
        shape = run.value(target).shape
    if axis >= len(shape):
        raise ReadError(f"{axis + 1} subscripts follow an array of shape {shape}", target.span)
    return int(shape[axis])


def _pointwise(tree: Tree, run: Evaluation, inner: Many[str]) -> bool:
    """Whether a tree is one number at each place of the indices: then all are computed at once."""
    match tree:
        case Number():
            return True
        case Name():
            return (
                tree.name in inner or tree.name in run.indices or np.ndim(run.arrays.get(tree.name, 0)) == 0
            )
        case Negate():
            return _pointwise(tree.operand, run, inner)
        case Binary() | Compare():
            return tree.operator != "@" and all(
                _pointwise(part, run, inner) for part in (tree.left, tree.right)
            )
        case Item():
            return _single(tree, run, inner)
        case Call():
            return _pointwise_call(tree, run, inner)
        case _:
            return False


def _single(tree: Item, run: Evaluation, inner: Many[str]) -> bool:
    target = run.arrays.get(tree.target.name) if isinstance(tree.target, Name) else None
    return (
        target is not None
        and len(tree.selectors) == target.ndim
        and not any(isinstance(selector, Slice) or is_new(selector) for selector in tree.selectors)
        and all(_pointwise(selector, run, inner) for selector in tree.selectors)
    )


def _pointwise_call(tree: Call, run: Evaluation, inner: Many[str]) -> bool:
    if tree.options:
        return False
    if tree.function in _JOINS:
        *heads, body = tree.arguments
        more = [node.name for head in heads for node in walk(head) if isinstance(node, Name)]
        return bool(heads) and _pointwise(body, run, [*inner, *more])
    if not all(_pointwise(argument, run, inner) for argument in tree.arguments):
        return False
    if tree.function in run.composites:
        return entrywise(run.composites[tree.function], run.composites, run.field)
    return tree.function in run.field.elementwise


def entrywise(composite: Composite, composites: Mapping[str, Composite], field: Field) -> bool:
    """Whether a composite function acts on each entry alone."""
    for formula in (*composite.formulas, *composite.stable):
        for node in walk(formula.body):
            if isinstance(node, Item | Sequence) or (isinstance(node, Binary) and node.operator == "@"):
                return False
            if isinstance(node, Call) and node.function not in field.elementwise:
                inner = composites.get(node.function)
                if inner is None or inner is composite or not entrywise(inner, composites, field):
                    return False
    return True
