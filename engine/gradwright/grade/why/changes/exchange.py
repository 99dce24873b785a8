"""Two operations in the wrong order: ``f(u) - v`` for ``f(u - v)``, and back; one taken apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from gradwright.grade.why.build import SUMMERS, call, times
from gradwright.grade.why.rule import Change, Sight
from gradwright.language.tree import Binary, Call, Compare, Item, Number, Tree

Hole = Callable[[Tree], Tree]
_WHOLE = frozenset({"softmax", "log_softmax", "inv", "det", "trace", "logdet", "norm", "sqrt", "diag"})


def exchanged(node: Tree, sight: Sight) -> Iterator[Change]:
    """The outer operation of a node carried out before the inner one."""
    for outer, inside in _outer(node, sight):
        for inner, inmost in _inner(inside, sight):
            if not (inner is None or _same_kind(node, inside)):
                yield Change(inner(outer(inmost)), node)


def _same_kind(node: Tree, inside: Tree) -> bool:
    """Whether exchanging makes no difference that one would write: two products, two sums."""
    return (
        isinstance(node, Binary) and isinstance(inside, Binary) and node.operator == inside.operator != "**"
    )


def _outer(node: Tree, sight: Sight) -> Iterator[tuple[Hole, Tree]]:
    match node:
        case Binary(operator="**", right=Number()):
            yield (lambda tree: replace(node, left=tree)), node.left
        case Binary():
            yield (lambda tree: replace(node, left=tree)), node.left
            yield (lambda tree: replace(node, right=tree)), node.right
        case Call() if node.arguments and (_is_map(node, sight) or node.function in SUMMERS):
            if len(node.arguments) == 1:
                yield (lambda tree: replace(node, arguments=(tree,))), node.arguments[0]
        case _:
            return


def _inner(node: Tree, sight: Sight) -> Iterator[tuple[Hole, Tree]]:
    match node:
        case Binary(operator="**", right=Number()):
            yield (lambda tree: replace(node, left=tree)), node.left
        case Binary(operator="*", left=gate, right=Compare(left=value) as mask) if gate == value:
            yield (lambda tree: times(tree, replace(mask, left=tree))), gate
        case Binary():
            yield (lambda tree: replace(node, left=tree)), node.left
            yield (lambda tree: replace(node, right=tree)), node.right
        case Call() if len(node.arguments) == 1 and (_is_map(node, sight) or node.function in SUMMERS):
            yield (lambda tree: replace(node, arguments=(tree,))), node.arguments[0]
        case _:
            return


def _is_map(node: Call, sight: Sight) -> bool:
    return node.function in _WHOLE or sight.entrywise(node.function)


_PARTED = {"+": "+", "-": "-", "*": "*+", "/": "/-", "@": "@*+"}
"""What may stand between the parts: ``det(A) + det(B)`` for ``det(A @ B)``."""


def distributed(node: Tree, sight: Sight) -> Iterator[Change]:
    """A function applied to each part of a sum, a difference, a product or a quotient: ``log(a)*log(b)``."""
    found = list(_inner_functions(node, sight))
    for apply, inside in found:
        if isinstance(inside, Binary) and inside.operator in "+-*/@":
            left, right = apply(inside.left), apply(inside.right)
            for operator in _PARTED[inside.operator]:
                yield Change(Binary(operator, left, right), node)
    if isinstance(node, Binary) and node.operator in "+-*/@":
        both = (node.left, node.right)
        if all(isinstance(side, Call) and len(side.arguments) == 1 for side in both):
            left, right = both
            assert isinstance(left, Call) and isinstance(right, Call)
            if left.function == right.function and left.options == right.options:
                inside = Binary(node.operator, left.arguments[0], right.arguments[0])
                yield Change(Call(left.function, (inside,), left.options), node)
                yield Change(inside, node)


def _inner_functions(node: Tree, sight: Sight) -> Iterator[tuple[Hole, Tree]]:
    match node:
        case Binary(operator="**", right=Number()):
            yield (lambda tree: replace(node, left=tree)), node.left
        case Call() if len(node.arguments) == 1 and (_is_map(node, sight) or node.function in SUMMERS):
            yield (lambda tree: replace(node, arguments=(tree,))), node.arguments[0]
        case _:
            return


__all__ = ["Hole", "Item", "call", "distributed", "exchanged"]
