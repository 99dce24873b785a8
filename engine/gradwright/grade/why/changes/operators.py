"""A sum for a product and back; a condition turned round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Compare, Tree

_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!=", "!=": "=="}


def other_operator(node: Tree, sight: Sight) -> Iterator[Change]:
    """A sum of what is to be multiplied, a product of what is to be added.

    Only in formulas that are no derivation: in the chain rule nobody takes the one for the other.
    """
    if not isinstance(node, Binary) or node.operator not in ("+", "*", "@"):
        return
    if any(line.step for line in (*sight.lines, *sight.program.lines)):
        return
    orders = [None if (v := sight.value(side)) is None else v.ndim for side in (node.left, node.right)]
    if None in orders or (node.operator != "@" and orders != [2, 2] and 0 in orders):
        return
    for operator in {"+": "*@", "*": "+", "@": "+"}[node.operator]:
        yield Change(replace(node, operator=operator), node)


def turned(node: Tree, _: Sight) -> Iterator[Change]:
    """A condition the other way round."""
    if isinstance(node, Compare):
        for table in (_TURNED, _OPPOSITE):
            if node.operator in table:
                yield Change(replace(node, operator=table[node.operator]), node)
