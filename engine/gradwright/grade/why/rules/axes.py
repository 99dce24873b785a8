"""A sum along the wrong axis, over everything, or forgotten."""

from __future__ import annotations

from gradwright.grade.why.bench import EACH
from gradwright.grade.why.changes.axes import (
    contracted,
    forgotten_sum,
    one_place,
    other_axis,
    reduction,
    summed_over_all,
)
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary


def _in_jacobian(_: Change, context: Context) -> bool:
    """Whether the sum is the one in ``p*(g - sum(p*g))``."""
    above = [parent for parent, _place in context.ancestors[-2:]]
    summed = reduction(context.node)
    inside = summed.arguments[0] if summed is not None and summed.function == "sum" else None
    return (
        isinstance(inside, Binary)
        and inside.operator == "*"
        and len(above) == 2
        and all(isinstance(one, Binary) for one in above)
        and [one.operator for one in above if isinstance(one, Binary)] == ["*", "-"]
    )


DIAGONAL = MalRule("diagonal-only", forgotten_sum, 1.08, _in_jacobian, undone="sum-extra")
FORGOTTEN = MalRule("sum-missing", forgotten_sum, 1.04, undone="sum-extra")


def _each(change: Change, _: Context) -> bool:
    return change.values.get("kind") == EACH


EVERY = MalRule("sum-over-index-missing", one_place, 1.03, _each, mistake="sum-missing")
PLACE = MalRule("one-place", one_place, 0.96)
ALL = MalRule("sum-all", summed_over_all, 1.05, undone="sum-missing")
AXIS = MalRule("axis", other_axis, 1.03)
CONTRACTED = MalRule("axis-of-product", contracted, 0.94, mistake="axis")
