"""A diagonal matrix mistaken: its entries, the identity, a broadcast; only the diagonal kept."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import call, column, is_call, over, times
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Name, Sequence, Tree


def undiagonal(node: Tree, sight: Sight) -> Iterator[Change]:
    """``v[:, None]`` or ``v`` for ``diag(v)``: the same row or column everywhere."""
    if is_call(node, "diag") and isinstance(node, Call):
        size = _size(node, sight)
        if size is not None:
            ones = call("ones", size)
            yield Change(call("outer", node.arguments[0], ones), node)
            yield Change(call("outer", ones, node.arguments[0]), node)
        yield Change(column(node.arguments[0]), node)
        yield Change(node.arguments[0], node)


def identity(node: Tree, sight: Sight) -> Iterator[Change]:
    """The identity for a diagonal matrix."""
    size = _size(node, sight)
    if size is not None and is_call(node, "diag"):
        yield Change(call("eye", size), node)
    if is_call(node, "eye") and isinstance(node, Call):
        yield Change(call("ones", call_shape(node.arguments[0])), node)


def call_shape(size: Tree) -> Tree:
    """The shape of a square matrix."""
    return Sequence((size, size))


def only_diagonal(node: Tree, _: Sight) -> Iterator[Change]:
    """The diagonal of an outer product, or of a product of matrices, alone."""
    if is_call(node, "outer") and isinstance(node, Call):
        yield Change(call("diag", times(*node.arguments)), node)
    if isinstance(node, Binary) and node.operator == "@" and is_call(node.left, "inv"):
        assert isinstance(node.left, Call)
        yield Change(over(node.right, call("diag", node.left.arguments[0])), node)


def _size(node: Tree, sight: Sight) -> Tree | None:
    value = sight.value(node)
    if value is None or value.ndim != 2 or value.shape[0] != value.shape[1]:
        return None
    return next((Name(name) for name, size in sight.bench.sizes.items() if size == value.shape[0]), None)
