"""A sum of products taken as a product of sums, in a matrix product."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import call, number, times
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


APART = MalRule("sum-of-products", _apart, 0.96, mistake="sum-distributed")
