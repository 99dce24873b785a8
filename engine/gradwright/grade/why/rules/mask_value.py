"""The value in place of the indicator that tests it."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import call, is_call, is_mask, number, times
from gradwright.grade.why.rule import Change, MalRule, Sight
from gradwright.language.tree import Call, Compare, Tree


def _tested(node: Tree, _: Sight) -> Iterator[Change]:
    if not is_mask(node) or is_call(node, "astype"):
        return
    inside = node.left if isinstance(node, Compare) else node.arguments[0] if isinstance(node, Call) else node
    yield Change(inside, node)
    yield Change(times(inside, node), node)
    yield Change(call("maximum", inside, number(0)), node)
    yield Change(call("sign", inside), node)


VALUE = MalRule("mask-value", _tested, 1.03, undone="mask-for-value")
