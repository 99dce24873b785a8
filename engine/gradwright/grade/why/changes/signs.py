"""A sign turned round."""

from __future__ import annotations

from collections.abc import Iterator

from gradwright.grade.why.build import minus, negative, plus
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Item, Name, Negate, Tree


def flipped(node: Tree, sight: Sight) -> Iterator[Change]:
    """A plus for a minus and back, a difference the other way round, a minus lost or gained."""
    match node:
        case Binary(operator="+"):
            yield Change(minus(node.left, node.right), node.right)
            yield Change(minus(node.right, node.left), node.left)
        case Binary(operator="-"):
            yield Change(plus(node.left, node.right), node.right)
            yield Change(minus(node.right, node.left), node)
            yield Change(negative(plus(node.left, node.right)), node.left)
        case Negate():
            yield Change(node.operand, node.operand)
        case Name() | Item() | Call() if sight.value(node) is not None:
            yield Change(Negate(node), node)
        case Binary(operator="*" | "/" | "@"):
            yield Change(Negate(node), node)
        case _:
            return
