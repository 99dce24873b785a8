"""The wrong size, a sum for a mean, a constant."""

from __future__ import annotations

from gradwright.grade.why.build import is_call
from gradwright.grade.why.changes.sizes import (
    mean_for_sum,
    other_constant,
    other_size,
    size_less_one,
    sum_for_mean,
)
from gradwright.grade.why.kinds import is_constant, is_penalty, is_root_of_size
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary, Compare, Number


def _scaling(_: Change, context: Context) -> bool:
    return any(is_root_of_size(above, context.sight) for above, _place in context.ancestors)


def _threshold(_: Change, context: Context) -> bool:
    parent = context.parent
    if isinstance(parent, Compare):
        return isinstance(context.node, Number) and parent.operator not in ("==", "!=")
    return parent is not None and is_call(parent, "where", "heaviside")


def _rounded(change: Change, context: Context) -> bool:
    old, new = context.node, change.tree
    return (
        isinstance(old, Number)
        and isinstance(new, Number)
        and old.value != new.value
        and abs(old.value - new.value) * 50 < abs(old.value)
    )


def _exponent(_: Change, context: Context) -> bool:
    parent = context.parent
    return isinstance(parent, Binary) and parent.operator == "**" and context.ancestors[-1][1] == 1


def _penalty(change: Change, context: Context) -> bool:
    return change.part is not None and not is_constant(change.part) and is_penalty(change.part, context)


SCALING = MalRule("scaling-size", other_size, 1.06, _scaling)
SIZE = MalRule("wrong-size", other_size, 1.04)
LESS = MalRule("size-less-one", size_less_one, 1.03)
MEAN = MalRule(
    "mean-missing-sum", sum_for_mean, 1.05, mistake="mean-missing", undone="mean-extra", uniform=True
)
EXTRA = MalRule("mean-extra", mean_for_sum, 1.0, undone="mean-missing")
THRESHOLD = MalRule("threshold", other_constant, 1.05, _threshold)
ROUNDED = MalRule("rounded", other_constant, 1.04, _rounded)
EXPONENT = MalRule("exponent", other_constant, 1.0, _exponent)
PENALTY = MalRule("penalty-factor", other_constant, 0.99, _penalty)
CONSTANT = MalRule("constant", other_constant, 0.93)
