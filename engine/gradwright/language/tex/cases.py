r"""``\begin{cases}``: each value under its condition, the last one also where it says otherwise."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.factors import condition as comparison
from gradwright.language.tex.nodes import Grid, Node, Product, Relation, Symbol
from gradwright.language.tex.pieces import Piece, broadcast
from gradwright.language.tree import Binary, Call, Compare, Negate, Number, Tree

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_OTHERWISE = frozenset({"otherwise", "else", "elsewhere", "sonst"})

Ray = tuple[str, Fraction]


def cases(resolver: Resolver, node: Grid) -> Piece:
    """Nested choices.

    Raises:
        ReadError: The conditions leave values out.
    """
    if any(len(row) != 2 for row in node.rows):
        raise ReadError("each case has a value and a condition", node.span, r"write value & condition \\")
    values = [resolver.piece(row[0]) for row in node.rows]
    conditions = [None if _is_otherwise(row[1]) else _condition(resolver, row[1]) for row in node.rows]
    if None in conditions[:-1]:
        raise ReadError("a case stands behind the last one", node.span, "put otherwise last")
    known = [condition for condition in conditions if condition is not None]
    if conditions[-1] is not None and not _cover([condition.tree for condition in known]):
        raise ReadError("these cases leave out some values", node.span, r"end with & \text{otherwise}")
    result = values[-1]
    for value, condition in zip(values[-2::-1], conditions[-2::-1], strict=True):
        assert condition is not None
        shape = broadcast(broadcast(condition.shape, value.shape), result.shape)
        result = Piece(Call("where", (condition.tree, value.tree, result.tree), (), node.span), shape)
    return result


def _is_otherwise(node: Node) -> bool:
    return isinstance(node, Symbol) and node.name.lower().strip(".,") in _OTHERWISE


def _condition(resolver: Resolver, node: Node) -> Piece:
    if isinstance(node, Product):
        parts = [part for _, part, _ in node.factors if not (isinstance(part, Symbol) and part.word)]
        node = parts[0] if len(parts) == 1 else node
    if not isinstance(node, Relation):
        raise ReadError("a condition is expected here", node.span, r"write z > 0, or \text{otherwise}")
    return comparison(resolver, node)


def _cover(conditions: list[Tree]) -> bool:
    """Whether comparisons of one expression with numbers hold, together, everywhere."""
    rays: list[tuple[list[Ray], Tree]] = []
    for condition in conditions:
        found = _rays(condition)
        if found is None:
            return False
        rays.append(found)
    if not all(tree == rays[0][1] for _, tree in rays):
        return False
    ends = sorted({number for part, _ in rays for _, number in part})
    tries = [ends[0] - 1, *ends, *((a + b) / 2 for a, b in pairwise(ends)), ends[-1] + 1]
    return all(
        any(all(_holds(sign, value, number) for sign, number in part) for part, _ in rays) for value in tries
    )


def _rays(condition: Tree) -> tuple[list[Ray], Tree] | None:
    """A condition on one expression as comparisons with numbers; and the expression."""
    if isinstance(condition, Binary) and condition.operator == "*":
        left, right = _rays(condition.left), _rays(condition.right)
        if left is None or right is None or left[1] != right[1]:
            return None
        return left[0] + right[0], left[1]
    if not isinstance(condition, Compare):
        return None
    right_number, left_number = _number(condition.right), _number(condition.left)
    if right_number is not None:
        return [(condition.operator, right_number)], condition.left
    if left_number is not None:
        return [(_FLIPPED[condition.operator], left_number)], condition.right
    return [(condition.operator, Fraction(0))], Binary("-", condition.left, condition.right)


def _number(tree: Tree) -> Fraction | None:
    if isinstance(tree, Negate):
        inner = _number(tree.operand)
        return None if inner is None else -inner
    return tree.value if isinstance(tree, Number) else None


def _holds(sign: str, value: Fraction, number: Fraction) -> bool:
    return {
        "<": value < number, "<=": value <= number, ">": value > number, ">=": value >= number,
        "==": value == number, "!=": value != number,
    }[sign]  # fmt: skip
