"""Pieces: sub-expressions that know their axes and build their matrix notation in any order of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gradwright.language.tree import Binary, Call, Item, Name, Negate, NewAxis, Number, Slice, Text, Tree, walk
from gradwright.tensor.nodes import Index

Order = tuple[Index, ...]

REDUCTIONS = frozenset({"sum", "mean", "max", "min", "logsumexp"})


class NoFormError(Exception):
    """There is no matrix notation for this expression."""


@dataclass(frozen=True)
class Piece:
    """A sub-expression: the axes it has, and how to write it with its axes in a given order."""

    axes: frozenset[Index]
    build: Callable[[Order], Tree]
    natural: Order
    parts: tuple[Piece, ...] = ()


def whole(value: int | Fraction) -> Number:
    """A literal."""
    return Number(Fraction(value))


def fit(piece: Piece, order: Order) -> Tree:
    """The piece written so that it broadcasts against an array with the axes ``order``."""
    own = tuple(index for index in order if index in piece.axes)
    return _broadcast(piece.build(own), piece, own, order) if own else piece.build(own)


def _broadcast(tree: Tree, piece: Piece, own: Order, order: Order) -> Tree:
    suffix = order[order.index(own[0]) :]
    if suffix == own:
        return tree
    if isinstance(tree, Negate):
        return Negate(_broadcast(tree.operand, piece, own, order))
    if isinstance(tree, Binary) and tree.operator in "*/" and isinstance(tree.left, Number):
        return Binary(tree.operator, tree.left, _broadcast(tree.right, piece, own, order))
    gaps = [position for position, index in enumerate(suffix) if index not in piece.axes]
    if len(gaps) == 1 and (kept := _kept(tree, gaps[0], len(suffix))) is not None:
        return kept
    if isinstance(tree, Call) and tree.function in REDUCTIONS and len(gaps) == 1:
        if tree.option("axis") == whole(gaps[0]):
            return Call(tree.function, tree.arguments, (*tree.options, ("keepdims", Name("True"))))
    return Item(tree, tuple(Slice() if index in piece.axes else NewAxis() for index in suffix))


def _kept(tree: Tree, gap: int, order: int) -> Tree | None:
    """The same values with the axis of one place that they were read from (``N[:, 0]`` as ``N``), if all have one."""
    match tree:
        case Number():
            return tree
        case Item(target=target, selectors=selectors) if len(selectors) == order:
            fits = selectors[gap] == whole(0) and selectors.count(Slice()) == order - 1
            return target if fits else None
        case Call(function="sqrt" | "exp" | "log" | "abs", arguments=(inner,)):
            kept = _kept(inner, gap, order)
            return None if kept is None else Call(tree.function, (kept,))
        case Binary(operator=operator, left=left, right=right) if operator != "@":
            one, two = _kept(left, gap, order), _kept(right, gap, order)
            return None if one is None or two is None else Binary(operator, one, two)
        case _:
            return None


def transpose(tree: Tree) -> Tree:
    """The transposed matrix, with transposes of transposes and of products resolved."""
    match tree:
        case Call(function="transpose", arguments=(inner,)):
            return inner
        case Call(function="eye" | "diag"):
            return tree
        case Call(function="outer", arguments=(left, right)):
            return Call("outer", (right, left))
        case Binary(operator="@", left=left, right=right):
            return matmul(transpose(right), transpose(left))
        case _:
            return Call("transpose", (tree,))


def matmul(left: Tree, right: Tree) -> Tree:
    """A product, grouped from the left; a numeric factor of an operand goes to the front."""
    factor, left = _take_number(left)
    other, right = _take_number(right)
    product = _chain(left, right)
    return scale(factor * other, product)


def _chain(left: Tree, right: Tree) -> Tree:
    if isinstance(right, Binary) and right.operator == "@":
        return Binary("@", _chain(left, right.left), right.right)
    return Binary("@", left, right)


def _take_number(tree: Tree) -> tuple[Fraction, Tree]:
    """A numeric factor in front of a tree, and the rest."""
    match tree:
        case Negate(operand=inner):
            factor, rest = _take_number(inner)
            return -factor, rest
        case Binary(operator="*", left=Number(value=value), right=rest):
            return value, rest
        case Binary(operator="/", left=top, right=Number(value=value)) if value != 0:
            factor, rest = _take_number(top)
            return factor / value, rest
        case Binary(operator="@", left=left, right=right):
            factor, rest = _take_number(left)
            return factor, Binary("@", rest, right) if factor != 1 else tree
        case _:
            return Fraction(1), tree


def scale(factor: Fraction, tree: Tree) -> Tree:
    """A tree times a number, written as a person writes it."""
    if factor == 1:
        return tree
    if factor < 0:
        return Negate(scale(-factor, tree))
    if isinstance(tree, Number):
        return whole(factor * tree.value)
    top = tree if factor.numerator == 1 else _in_front(whole(factor.numerator), tree)
    return top if factor.denominator == 1 else Binary("/", top, whole(factor.denominator))


def _in_front(coefficient: Tree, tree: Tree) -> Tree:
    """A scalar in front of a product, multiplied into its first operand."""
    match tree:
        case Binary(operator="@" | "*" | "/" as operator, left=left, right=right):
            return Binary(operator, _in_front(coefficient, left), right)
        case Number(value=value) if isinstance(coefficient, Number):
            return whole(value * coefficient.value)
        case Negate(operand=inner):
            return Negate(_in_front(coefficient, inner))
        case _:
            return Binary("*", coefficient, tree)


def quotient(number: Fraction, top: Sequence[Tree], bottom: Sequence[Tree]) -> Tree:
    """``number * product of top / product of bottom`` in the usual spelling."""
    if not top and not bottom:
        return whole(number) if number >= 0 else Negate(whole(-number))
    sign, number = (-1, -number) if number < 0 else (1, number)
    below = ([whole(number.denominator)] if number.denominator != 1 else []) + list(bottom)
    above = list(top)
    if not above:
        tree: Tree = whole(number.numerator)
    else:
        tree = above[0]
        for item in above[1:]:
            tree = Binary("*", tree, item)
        if number.numerator != 1:
            tree = _in_front(whole(number.numerator), tree)
    if below:
        divisor = below[0]
        for item in below[1:]:
            divisor = Binary("*", divisor, item)
        tree = Binary("/", tree, divisor)
    return Negate(tree) if sign < 0 else tree


def weight(tree: Tree) -> int:
    """How long a tree is to read: its nodes."""
    return sum(1 for _ in walk(tree))


def einsum(operands: Sequence[Piece], order: Order) -> Tree:
    """The general contraction, by letters."""
    letters: dict[Index, str] = {}
    for operand in operands:
        for index in operand.natural:
            letters.setdefault(index, "ijklmnopqrstuvwxyzabcdefgh"[len(letters)])
    if any(index not in letters for index in order):
        raise NoFormError
    inputs = ",".join("".join(letters[index] for index in operand.natural) for operand in operands)
    pattern = f"{inputs}->{''.join(letters[index] for index in order)}"
    return Call("einsum", (Text(pattern), *(operand.build(operand.natural) for operand in operands)))


def reduce_call(function: str, inner: Piece, order: Order, bound: tuple[Index, ...]) -> Tree:
    """A reduction of a piece over ``bound``, its other axes in ``order``."""
    assert function in REDUCTIONS
    if not order:
        best = min((inner.build(inner.natural), inner.build(inner.natural[::-1])), key=weight)
        return Call(function, (best,))
    if len(bound) != 1:
        raise NoFormError
    candidates = []
    for position in range(len(order) + 1):
        full = order[:position] + (bound[0],) + order[position:]
        candidates.append((weight(tree := inner.build(full)), -position, tree, position))
    _, _, tree, position = min(candidates, key=lambda item: item[:2])
    return Call(function, (tree,), (("axis", whole(position)),))
