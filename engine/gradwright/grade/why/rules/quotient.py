"""Multiplied in place of divided, or the quotient turned over."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import over, times
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.language.tree import Binary, Tree


def _turned(node: Tree, _: Sight) -> Iterator[Change]:
    if isinstance(node, Binary) and node.operator == "/":
        yield Change(times(node.left, node.right), node)
        yield Change(over(node.right, node.left), node)
    if isinstance(node, Binary) and node.operator == "*":
        yield Change(over(node.left, node.right), node)


TURNED = MalRule("quotient-turned", _turned, 0.99)
