"""Chains of matrix products with inverses in them: ``A.T @ inv(A @ X @ B).T @ B.T`` is ``inv(X).T``."""

from __future__ import annotations

from collections.abc import Callable

from gradwright.language.arithmetic import transpose
from gradwright.language.tree import Binary, Call, Number, Tree

Square = Callable[[Tree], bool]
Chain = list[Tree]


def cancelled(tree: Tree, square: Square) -> Tree:
    """A product of matrices in which what stands beside its own inverse is gone.

    Args:
        tree: A product.
        square: Tells of a tree that it surely is a square matrix.
    """
    links = _links(tree)
    changed = False
    for place in range(len(links) - 1):
        pair = _cancel(links[place], links[place + 1], square)
        if pair or (pair == [] and len(links) > 2):
            links[place : place + 2] = pair
            changed = True
            break
    if not changed:
        return tree
    return cancelled(_joined(links), square) if len(links) > 1 else links[0]


def _links(tree: Tree) -> Chain:
    """The matrices of a product, from left to right."""
    match tree:
        case Binary(operator="@", left=left, right=right):
            return _links(left) + _links(right)
        case Call(function="mpow", arguments=(inner, Number(value=value))) if value in range(2, 7):
            return _links(inner) * int(value)
        case _:
            return [tree]


def _joined(links: Chain) -> Tree:
    total = links[0]
    for link in links[1:]:
        total = Binary("@", total, link)
    return total


def _cancel(left: Tree, right: Tree, square: Square) -> Chain | None:
    """What two neighbours become where one is the inverse of a product that begins or ends with the other."""
    inverse = _inverted(right)
    if inverse is not None and inverse[-1] == left and (square(left) or len(inverse) == 1):
        return [_inverse(inverse[:-1])] if len(inverse) > 1 else []
    inverse = _inverted(left)
    if inverse is not None and inverse[0] == right and (square(right) or len(inverse) == 1):
        return [_inverse(inverse[1:])] if len(inverse) > 1 else []
    return None


def _inverted(tree: Tree) -> Chain | None:
    """The matrices of the product that a tree is the inverse of."""
    match tree:
        case Call(function="inv", arguments=(inner,)):
            return _links(inner)
        case Call(function="transpose", arguments=(Call(function="inv", arguments=(inner,)),)):
            return [transpose(link) for link in reversed(_links(inner))]
        case _:
            return None


def _inverse(links: Chain) -> Tree:
    """The inverse of a product of matrices; that of a transposed one is written as a transposed inverse."""
    if all(isinstance(link, Call) and link.function == "transpose" for link in links):
        turned = [transpose(link) for link in reversed(links)]
        return Call("transpose", (Call("inv", (_joined(turned),)),))
    return Call("inv", (_joined(links),))
