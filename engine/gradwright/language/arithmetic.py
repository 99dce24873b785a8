"""Products, quotients and transposes of trees, written as a person writes them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradwright.language.tree import Binary, Call, Negate, Number, Tree


def whole(value: int | Fraction) -> Number:
    """A literal."""
    return Number(Fraction(value))


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
    """A product, grouped from the left; numbers go to the front, an identity vanishes."""
    factor, left = take_number(left)
    other, right = take_number(right)
    if _is_identity(left):
        return scale(factor * other, right)
    if _is_identity(right):
        return scale(factor * other, left)
    return scale(factor * other, _chain(left, right))


def _is_identity(tree: Tree) -> bool:
    return isinstance(tree, Call) and tree.function == "eye" and len(tree.arguments) == 1


def _chain(left: Tree, right: Tree) -> Tree:
    if isinstance(right, Binary) and right.operator == "@":
        return Binary("@", _chain(left, right.left), right.right)
    return Binary("@", left, right)


def take_number(tree: Tree) -> tuple[Fraction, Tree]:
    """A numeric factor in front of a tree, and the rest."""
    match tree:
        case Negate(operand=inner):
            factor, rest = take_number(inner)
            return -factor, rest
        case Binary(operator="*", left=Number(value=value), right=rest):
            return value, rest
        case Binary(operator="/", left=top, right=Number(value=value)) if value != 0:
            factor, rest = take_number(top)
            return factor / value, rest
        case Binary(operator="*" | "/" | "@" as operator, left=left, right=right):
            factor, rest = take_number(left)
            return (factor, Binary(operator, rest, right)) if factor != 1 else (factor, tree)
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
    sign = -1 if number < 0 else 1
    number = abs(number)
    above = []
    for item in top:
        while isinstance(item, Negate):
            sign, item = -sign, item.operand
        above.append(item)
    below = ([whole(number.denominator)] if number.denominator != 1 else []) + list(bottom)
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
