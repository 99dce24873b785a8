"""A matrix product taken entry by entry, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import TWO, binary, call, column, is_call, is_number, square, times
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Item, Tree


def entrywise(node: Tree, sight: Sight) -> Iterator[Change]:
    """``*`` for ``@``, for ``outer``, for ``dot``; with a vector spread along either axis."""
    pair = _pair(node)
    if pair is None:
        return
    left, right = pair
    yield Change(times(left, right), node)
    orders = [_order(side, sight) for side in pair]
    if orders == [2, 1]:
        yield Change(times(left, column(right)), node)
    if orders == [1, 2]:
        yield Change(times(column(left), right), node)
    if orders == [2, 2] and left == right:
        yield Change(square(left), node)


def matrixwise(node: Tree, sight: Sight) -> Iterator[Change]:
    """``@`` for ``*``; a matrix squared for squared entries."""
    if isinstance(node, Binary) and node.operator == "*":
        yield from _multiplied(node, sight)
    if isinstance(node, Binary) and node.operator == "**" and is_number(node.right, 2):
        yield Change(binary("@", node.left, node.left), node)
    if is_call(node, "sum") and isinstance(node, Call) and not node.options and len(node.arguments) == 1:
        inside = node.arguments[0]
        if isinstance(inside, Binary) and inside.operator == "*":
            yield Change(binary("@", inside.left, inside.right), node)


def _multiplied(node: Binary, sight: Sight) -> Iterator[Change]:
    """A product of entries as a matrix product, from either side, a spread vector as a vector."""
    if min(_order(node.left, sight), _order(node.right, sight)) < 1:
        return
    yield Change(binary("@", node.left, node.right), node)
    yield Change(binary("@", node.right, node.left), node)
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(other, Item) and _order(other.target, sight) == 1:
            yield Change(binary("@", one, other.target), node)
            yield Change(binary("@", other.target, one), node)


def outer_for_inner(node: Tree, sight: Sight) -> Iterator[Change]:
    """An outer product of vectors for an inner one, and back."""
    pair = _pair(node)
    if pair is not None and [_order(side, sight) for side in pair] == [1, 1]:
        if is_call(node, "outer"):
            yield Change(binary("@", *pair), node)
        else:
            yield Change(call("outer", *pair), node)


def binomial(node: Tree, _: Sight) -> Iterator[Change]:
    """``(a + b)(a - b)`` as a difference of squares, ``(a + b)**2`` without its mixed term."""
    pair = _pair(node)
    if pair is None and isinstance(node, Binary) and node.operator == "*":
        pair = node.left, node.right
    if pair is None and isinstance(node, Binary) and node.operator == "**" and is_number(node.right, 2):
        pair = node.left, node.left
    if pair is None:
        return
    left, right = pair
    if not (isinstance(left, Binary) and isinstance(right, Binary)):
        return
    if left.operator not in "+-" or right.operator not in "+-" or left.left != right.left:
        return
    sign = "+" if left.operator == right.operator else "-"
    for product in ("*", "@"):
        a, b = (binary(product, side, side) for side in (left.left, left.right))
        yield Change(binary(sign, a, b), node)
        mixed = times(TWO, binary(product, left.left, left.right))
        if sign == "+":
            yield Change(binary("+", binary(left.operator, a, mixed), b), node)


def _pair(node: Tree) -> tuple[Tree, Tree] | None:
    if isinstance(node, Binary) and node.operator == "@":
        return node.left, node.right
    if isinstance(node, Call) and node.function in ("outer", "dot", "inner", "matmul", "vdot"):
        return (node.arguments[0], node.arguments[1]) if len(node.arguments) == 2 else None
    return None


def _order(tree: Tree, sight: Sight) -> int:
    value = sight.value(tree)
    return -1 if value is None else value.ndim
