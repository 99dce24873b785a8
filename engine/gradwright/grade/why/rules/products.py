"""A matrix product for products of entries, and back."""

from __future__ import annotations

from gradwright.grade.why.changes.products import entrywise, matrixwise, outer_for_inner
from gradwright.grade.why.rule import Change, Context, MalRule
from gradwright.language.tree import Binary


def _in_jacobian(_: Change, context: Context) -> bool:
    """Whether the product is the one in ``p*(g - p @ g)``."""
    above = [parent for parent, _place in context.ancestors[-2:]]
    operators = [one.operator for one in above if isinstance(one, Binary)]
    return operators == ["*", "-"]


DIAGONAL = MalRule("diagonal-of-product", entrywise, 1.06, _in_jacobian, mistake="diagonal-only")
ENTRYWISE = MalRule("elementwise", entrywise, 1.02, undone="matrix-product", uniform=True)
MATRIXWISE = MalRule("matrix-product", matrixwise, 1.0, undone="elementwise", uniform=True)
OUTER = MalRule("outer-inner", outer_for_inner, 0.95)
