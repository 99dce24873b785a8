"""Chains of matrix products: ``A.T @ inv(A @ X).T`` is ``inv(X).T``, ``A @ X + B @ X`` is ``(A + B) @ X``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from gradwright.language.arithmetic import scale, take_number, transpose
from gradwright.language.tree import Binary, Call, Negate, Number, Tree
from gradwright.language.weight import length

Square = Callable[[Tree], bool]
Order = Callable[[Tree], int | None]
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


def gathered(tree: Tree, order: Order) -> Tree:
    """A sum of matrix products with what two of them begin and end with taken out, where that is shorter.

    Args:
        tree: Any tree.
        order: Tells how many axes a tree's value has.
    """
    number, inner = take_number(tree)
    terms = _signed(inner)
    best = inner
    for one, other in combinations(range(len(terms)), 2):
        joined = _shared(terms[one], terms[other], order)
        if joined is not None:
            rest = [term for place, term in enumerate(terms) if place not in (one, other)]
            candidate = _summed([joined, *rest])
            if length(candidate) < length(best):
                best = candidate
    return tree if best is inner else gathered(scale(number, best), order)


def _signed(tree: Tree) -> list[tuple[int, Tree]]:
    """The terms of a sum with their signs."""
    match tree:
        case Binary(operator="+" | "-", left=left, right=right):
            sign = 1 if tree.operator == "+" else -1
            return _signed(left) + [(sign * inner, term) for inner, term in _signed(right)]
        case Negate(operand=operand):
            return [(-sign, term) for sign, term in _signed(operand)]
        case _:
            return [(1, tree)]


def _summed(terms: list[tuple[int, Tree]]) -> Tree:
    """The sum of terms, one without a sign first."""
    ordered = sorted(terms, key=lambda pair: -pair[0])
    total = ordered[0][1] if ordered[0][0] > 0 else Negate(ordered[0][1])
    for sign, term in ordered[1:]:
        total = Binary("+" if sign > 0 else "-", total, term)
    return total


def _shared(one: tuple[int, Tree], other: tuple[int, Tree], order: Order) -> tuple[int, Tree] | None:
    """Two signed products as one, with their common beginning and end outside a sum."""
    (first, left), (second, right) = one, other
    mine, yours = _plain_links(left), _plain_links(right)
    shorter = min(len(mine), len(yours)) - 1
    begin = next((k for k in range(shorter) if mine[k] != yours[k]), shorter)
    end = next((k for k in range(shorter - begin) if mine[-1 - k] != yours[-1 - k]), shorter - begin)
    if begin + end == 0:
        return None
    middles = [_joined(links[begin : len(links) - end]) for links in (mine, yours)]
    if order(middles[0]) != order(middles[1]) or order(middles[0]) is None:
        return None
    inside = _summed([(first, middles[0]), (second, middles[1])])
    sign, inside = (-1, inside.operand) if isinstance(inside, Negate) else (1, inside)
    return sign, _joined([*mine[:begin], inside, *mine[len(mine) - end :]])


def _plain_links(tree: Tree) -> Chain:
    if isinstance(tree, Binary) and tree.operator == "@":
        return [*_plain_links(tree.left), tree.right]
    return [tree]


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
