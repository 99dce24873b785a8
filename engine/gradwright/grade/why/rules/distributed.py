"""A function is applied to each part on its own."""

from __future__ import annotations

from gradwright.grade.why.build import SUMMERS, is_call
from gradwright.grade.why.changes.exchange import distributed
from gradwright.grade.why.changes.products import binomial
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary


def _squares(_: Change, context: Context) -> bool:
    return isinstance(context.node, Binary) and context.node.operator == "**"


def _sum(_: Change, context: Context) -> bool:
    return is_call(context.node, *SUMMERS)


def _not_sum(change: Change, context: Context) -> bool:
    return not _sum(change, context)


SQUARES = MalRule("difference-of-squares", distributed, 1.02, _squares)
SUM = MalRule("sum-distributed", distributed, 0.96, _sum)
DISTRIBUTED = MalRule("distributed", distributed, 0.99, _not_sum)
BINOMIAL = MalRule("binomial", binomial, 1.03)
