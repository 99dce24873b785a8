"""A matrix taken to be symmetric: ``2*A`` for ``A + A.T``."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import TWO, is_call, times
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.language.tree import Binary, Call, Tree


def _doubled(node: Tree, _: Sight) -> Iterator[Change]:
    if not (isinstance(node, Binary) and node.operator == "+"):
        return
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if is_call(other, "transpose") and isinstance(other, Call) and other.arguments[0] is one:
            yield Change(times(TWO, one), node)
            yield Change(times(TWO, other), node)


ASSUMED = MalRule("symmetric-assumed", _doubled, 1.08, undone="part")
