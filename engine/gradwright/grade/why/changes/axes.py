"""A sum along another axis, over everything, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.bench import EACH
from gradwright.grade.why.build import REDUCERS, SUMMERS, call, is_new, minus, number, true, with_options
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Item, Name, Sequence, Slice, Tree, substitute

_ALONG = REDUCERS | {"softmax", "log_softmax", "layer_norm"}


def other_axis(node: Tree, sight: Sight) -> Iterator[Change]:
    """The reduction along each of the other axes, kept or not as it was; or over all axes."""
    reduced = reduction(node)
    if reduced is None:
        return
    value = sight.value(reduced.arguments[0])
    order = 0 if value is None else value.ndim
    if order < 2:
        return
    for axis in range(order):
        plain = with_options(reduced, axis=number(axis), keepdims=None)
        yield Change(plain, node, {"axis": str(axis)})
        if reduced.function in REDUCERS:
            yield Change(with_options(reduced, axis=number(axis), keepdims=true()), node, {"axis": str(axis)})


def summed_over_all(node: Tree, _: Sight) -> Iterator[Change]:
    """The reduction over all axes."""
    reduced = reduction(node)
    if reduced is not None and reduced.option("axis") is not None:
        yield Change(with_options(reduced, axis=None, keepdims=None), node)


def contracted(node: Tree, sight: Sight) -> Iterator[Change]:
    """A product with a vector, summed along another axis than the one that meets."""
    if not (isinstance(node, Binary) and node.operator == "@") and not (
        isinstance(node, Call) and node.function in ("dot", "tensordot")
    ):
        return
    left, right = (node.left, node.right) if isinstance(node, Binary) else node.arguments[:2]
    shapes = [sight.value(left), sight.value(right)]
    if any(one is None for one in shapes):
        return
    order = max(one.ndim for one in shapes if one is not None)
    for axis in range(order if order > 1 else 0):
        yield Change(call("sum", Binary("*", left, right), axis=number(axis)), node)


def forgotten_sum(node: Tree, _: Sight) -> Iterator[Change]:
    """What is summed, without the sum."""
    if isinstance(node, Item):
        inner = reduction(node)
        if inner is not None and inner.function in SUMMERS:
            yield Change(inner.arguments[0], node)
    elif isinstance(node, Call) and node.function in SUMMERS and len(node.arguments) == 1:
        yield Change(node.arguments[0], node)
        axes = node.option("axis")
        if isinstance(axes, Sequence) and len(axes.items) > 1:
            for left_out in range(len(axes.items)):
                rest = [axis for place, axis in enumerate(axes.items) if place != left_out]
                axis = rest[0] if len(rest) == 1 else Sequence(tuple(rest))
                yield Change(with_options(node, axis=axis), node)


def one_place(node: Tree, sight: Sight) -> Iterator[Change]:
    """The last or the first term alone of a sum over a named index."""
    if not (isinstance(node, Call) and node.function == "sum" and len(node.arguments) == 2):
        return
    index, body = node.arguments
    if not isinstance(index, Name):
        return
    yield Change(call(EACH, index, body), node, {"kind": EACH})
    yield Change(substitute(body, {index.name: number(0)}), node)
    for size in sight.bench.sizes:
        if size not in sight.bench.arrays:
            yield Change(substitute(body, {index.name: minus(Name(size), number(1))}), node)


def reduction(node: Tree) -> Call | None:
    """The reduction that a node is, or that it spreads out again by new axes."""
    if isinstance(node, Item) and all(
        is_new(part) or (isinstance(part, Slice) and part == Slice()) for part in node.selectors
    ):
        node = node.target
    if isinstance(node, Call) and node.function in _ALONG and len(node.arguments) == 1:
        return node
    return None
