"""Two operations are carried out in the wrong order."""

from __future__ import annotations

from gradwright.grade.why.build import SUMMERS, is_call
from gradwright.grade.why.changes.exchange import exchanged
from gradwright.grade.why.kinds import is_epsilon
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary, Call, children


def _epsilon(_: Change, context: Context) -> bool:
    return any(is_epsilon(part) for part in children(context.node)) or any(
        is_epsilon(part) for child in children(context.node) for part in children(child)
    )


def _power(tree: object) -> bool:
    return isinstance(tree, Binary) and tree.operator == "**"


def _square_of_sum(_: Change, context: Context) -> bool:
    inside = children(context.node)
    return is_call(context.node, *SUMMERS) and any(_power(part) for part in inside)


def _square_inside(_: Change, context: Context) -> bool:
    return _power(context.node) and any(isinstance(part, Call) for part in children(context.node))


def _bracket(_: Change, context: Context) -> bool:
    """Whether it is a product with a bracket, so that a factor reaches one of the terms only."""
    node = context.node
    return (
        isinstance(node, Binary)
        and node.operator in "*/@"
        and any(isinstance(part, Binary) and part.operator in "+-" for part in children(node))
    )


EPSILON = MalRule("epsilon-inside", exchanged, 1.06, _epsilon)
SUM = MalRule("square-of-sum", exchanged, 1.05, _square_of_sum)
SQUARE = MalRule("square-inside", exchanged, 1.04, _square_inside)
FACTOR = MalRule("product-exchanged", exchanged, 0.985, _bracket, mistake="factor-one-term")
PLACE = MalRule("function-place", exchanged, 0.97)
