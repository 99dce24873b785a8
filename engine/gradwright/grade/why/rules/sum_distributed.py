"""A sum of products taken as a product of sums, in a matrix product."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import binary, call, number, times
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.language.tree import Binary, Tree


def _apart(node: Tree, sight: Sight) -> Iterator[Change]:
    if not (isinstance(node, Binary) and node.operator == "@"):
        return
    left, right = sight.value(node.left), sight.value(node.right)
    if left is None or right is None:
        return
    first = call("sum", node.left, axis=number(left.ndim - 1))
    second = call("sum", node.right, axis=number(0)) if right.ndim > 1 else call("sum", node.right)
    yield Change(times(first, node.right), node)
    yield Change(times(first, second), node)
    yield Change(times(node.left, second), node)


def _traced(node: Tree, sight: Sight) -> Iterator[Change]:
    """``trace(A)*(x @ y)`` for ``x @ A @ y``."""
    for matrix, left, right in _quadratic(node):
        values = [sight.value(part) for part in (matrix, left, right)]
        if [None if value is None else value.ndim for value in values] == [2, 1, 1]:
            yield Change(times(call("trace", matrix), binary("@", left, right)), node)


def _quadratic(node: Tree) -> Iterator[tuple[Tree, Tree, Tree]]:
    """The matrix of three factors, and what stands on its left and on its right."""
    if isinstance(node, Binary) and node.operator == "@":
        left, right = node.left, node.right
        if isinstance(left, Binary) and left.operator == "@":
            yield left.right, left.left, right
        if isinstance(right, Binary) and right.operator == "@":
            yield right.left, left, right.right


def _each(node: Tree, sight: Sight) -> Iterator[Change]:
    """``(A @ x)*(B @ x)`` for ``A @ B @ x``, and as it is read without the brackets."""
    for second, first, vector in _quadratic(node):
        orders = [None if (v := sight.value(part)) is None else v.ndim for part in (first, second, vector)]
        if orders == [2, 2, 1]:
            once = binary("@", first, vector)
            yield Change(times(once, binary("@", second, vector)), node)
            yield Change(binary("@", times(once, second), vector), node)


TRACED = MalRule("trace-of-form", _traced, 0.97, mistake="sum-distributed")
EACH = MalRule("applied-apart", _each, 0.97)
APART = MalRule("sum-of-products", _apart, 0.96, mistake="sum-distributed")
