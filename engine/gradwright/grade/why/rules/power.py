"""A square is lost or gained."""

from __future__ import annotations

from gradwright.grade.why.changes.functions import other_power
from gradwright.grade.why.kinds import is_penalty
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary


def _penalty(change: Change, context: Context) -> bool:
    return any(
        is_penalty(above, context)
        for above, _ in context.ancestors
        if isinstance(above, Binary) and above.operator in "*@/"
    )


def _penalty_lost(change: Change, context: Context) -> bool:
    return change.values["power"] == "lost" and _penalty(change, context)


def _penalty_gained(change: Change, context: Context) -> bool:
    return change.values["power"] == "gained" and _penalty(change, context)


def _lost(change: Change, _: Context) -> bool:
    return change.values["power"] == "lost"


UNSQUARED = MalRule("penalty-unsquared", other_power, 1.06, _penalty_lost, undone="penalty-derivative")
UNDIFFERENTIATED = MalRule(
    "penalty-derivative", other_power, 1.05, _penalty_gained, undone="penalty-unsquared"
)
LOST = MalRule("square-missing", other_power, 1.02, _lost, undone="squared")
GAINED = MalRule("squared", other_power, 0.96, undone="square-missing")
