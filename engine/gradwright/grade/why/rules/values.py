"""One value in place of another."""

from __future__ import annotations

from gradwright.grade.why.changes.values import exchanged_values, one_for_value, other_value, part_for_value
from gradwright.grade.why.kinds import derivative_of, is_indicator
from gradwright.grade.why.rule import Change, Context, MalRule


def _mask(_: Change, context: Context) -> bool:
    return any(is_indicator(above, context.sight) for above, _place in context.ancestors)


def _early(change: Change, context: Context) -> bool:
    return all(context.sight.is_adjoint(change.values[key]) for key in ("value", "other"))


def _before(change: Change, _: Context) -> bool:
    return "function" in change.values


def _argument(change: Change, context: Context) -> bool:
    if "function" not in change.values:
        return False
    return any(derivative_of(above, context.sight) is not None for above, _place in context.ancestors)


ARGUMENT = MalRule("argument-before", other_value, 1.05, _argument, mistake="derivative-argument")
BEFORE = MalRule("value-before", other_value, 1.045, _before, mistake="function-missing")
MASK = MalRule("mask-tensor", other_value, 1.04, _mask)
EARLY = MalRule("stopped-early", other_value, 0.95, _early, undone="value-other")
OTHER = MalRule("value-other", other_value, 0.92)
EXCHANGED = MalRule("values-exchanged", exchanged_values, 0.97)
ONE = MalRule("value-one", one_for_value, 0.9, undone="factor-extra")
PART = MalRule("part-for-value", part_for_value, 0.84, undone="part")
