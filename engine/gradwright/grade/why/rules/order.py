"""The factors of a product stand in the wrong order."""

from __future__ import annotations

from gradwright.grade.why.changes.order import swapped
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Call


def _turned(_: Change, context: Context) -> bool:
    return isinstance(context.node, Call) and context.node.function in ("transpose", "inv")


TURNED = MalRule("order-turned", swapped, 1.03, _turned)
ORDER = MalRule("order", swapped, 1.0)
