"""A sign of one part of the formula is wrong."""

from __future__ import annotations

from gradwright.grade.why.build import is_call
from gradwright.grade.why.changes.signs import flipped
from gradwright.grade.why.kinds import is_penalty
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary, Call


def _inside(_: Change, context: Context) -> bool:
    return any(
        (isinstance(above, Call) and not is_call(above, "sum", "mean", "transpose", "trace", "diag", "outer"))
        or (isinstance(above, Binary) and above.operator == "**")
        for above, _place in context.ancestors
    )


def _penalty(change: Change, context: Context) -> bool:
    node = context.node
    is_sum = isinstance(node, Binary) and node.operator in "+-"
    return is_sum and change.part is not None and is_penalty(change.part, context)


PENALTY = MalRule("penalty-sign", flipped, 1.02, _penalty)
INSIDE = MalRule("sign-inside", flipped, 1.01, _inside)
TERM = MalRule("sign-term", flipped, 1.0)
