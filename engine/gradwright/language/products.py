"""The matrix product, with NumPy's meaning for vectors and for stacks of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr

from gradwright.language import clashes
from gradwright.language.array import Array, Place, aligned, over
from gradwright.language.scope import ReadError
from gradwright.language.tree import Tree
from gradwright.tensor.nodes import Sum

if TYPE_CHECKING:
    from gradwright.language.reader import Reader


def matrix_product(left: Array, right: Array, tree: Tree, reader: Reader) -> Array:
    """``left @ right``: vectors are contracted, leading axes of stacks are broadcast."""
    if left.open or right.open:
        left, right = _assume(left, right)
    if not left.shape or not right.shape:
        scalar = "the left side" if not left.shape else "the right side"
        raise ReadError(f"@ multiplies arrays, and {scalar} is a scalar", tree.span, "use * to scale")
    row, column = len(left.shape) > 1, len(right.shape) > 1
    inner = reader.equations.meet(left.shape[-1], right.shape[-2] if column else right.shape[0])
    if inner is None:
        raise clashes.inner(tree, left.shape, right.shape)
    lead = reader.broadcast(left.shape[:-2], right.shape[:-2], tree)
    rows, columns = left.shape[-2:-1], right.shape[-1:] if column else ()
    count = len(lead)
    first = aligned(left, lead + rows + (left.shape[-1],)) if row else left.at
    second = aligned(right, lead + right.shape[-2:]) if column else right.at

    def entry(place: Place) -> Expr:
        stack, rest = place[:count], place[count:]
        indices, middle = over(inner)
        one = first((*stack, rest[0], middle)) if row else first((middle,))
        other = second((*stack, middle, rest[-1])) if column else second((middle,))
        return Sum.over(one * other, indices)

    return Array(lead + rows + columns, entry, left.padded and right.padded, open=left.open or right.open)


def _assume(left: Array, right: Array) -> tuple[Array, Array]:
    """Give a recurrent value whose shape is not known yet the axis that the other factor asks for."""
    if left.open and not left.shape and right.shape:
        left = Array(right.shape[-2:-1] if len(right.shape) > 1 else right.shape, left.at, open=True)
    if right.open and not right.shape and left.shape:
        right = Array(left.shape[-1:], right.at, open=True)
    return left, right
