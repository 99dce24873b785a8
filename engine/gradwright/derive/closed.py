"""Closed forms: a formula in names with the names put back, then tidied as a person would write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from gradwright.derive.shapes import Shapes
from gradwright.derive.terms import total
from gradwright.language.arithmetic import matmul, quotient, scale, take_number, transpose
from gradwright.language.chains import cancelled, gathered
from gradwright.language.ratios import named_ratios
from gradwright.language.tree import Binary, Call, Item, Name, Negate, Number, Slice, Tree, rebuild
from gradwright.language.weight import weight


def put_back(tree: Tree, values: Mapping[str, Tree]) -> Tree:
    """The tree with names replaced by their formulas, and those names in turn."""
    if isinstance(tree, Name) and tree.name in values:
        return put_back(
            values[tree.name], {name: value for name, value in values.items() if name != tree.name}
        )
    return rebuild(tree, lambda part: put_back(part, values))


def tidied(tree: Tree, shapes: Shapes) -> Tree:
    """An equal tree with transposes resolved, numbers and scalar divisors in front, signs taken out."""
    for _ in range(4):
        after = named_ratios(_tidy(tree, shapes), shapes.order)
        if after == tree:
            return tree
        tree = after
    return tree


def _tidy(tree: Tree, shapes: Shapes) -> Tree:
    tree = rebuild(tree, lambda part: _tidy(part, shapes))
    match tree:
        case Call(function="transpose", arguments=(inner,)):
            return _transposed(inner, shapes)
        case Call(function="inv", arguments=(Call(function="inv", arguments=(inner,)),)):
            return inner
        case Negate(operand=Negate(operand=inner)):
            return inner
        case Binary(operator="@"):
            return _product(tree, shapes)
        case Binary(operator="*"):
            return _times(tree, shapes)
        case Binary(operator="/"):
            return _over(tree)
        case Binary(operator="+" | "-"):
            return gathered(total(tree, shapes.order), shapes.order)
        case Call(function="sum" | "mean" | "trace", arguments=(inner,)):
            return _reduced(tree, inner, shapes)
        case Call(function="outer", arguments=(left, right)):
            return _outer(left, right)
        case _:
            return tree


def _transposed(inner: Tree, shapes: Shapes) -> Tree:
    match inner:
        case Name() if inner.name in shapes.symmetric:
            return inner
        case Call(function="inv", arguments=(Name(name=name),)) if name in shapes.symmetric:
            return inner
        case Negate():
            return Negate(_transposed(inner.operand, shapes))
        case Binary(operator="*" | "/") if shapes.order(inner.left) == 0 or shapes.order(inner.right) == 0:
            left = inner.left if shapes.order(inner.left) == 0 else _transposed(inner.left, shapes)
            right = inner.right if shapes.order(inner.right) == 0 else _transposed(inner.right, shapes)
            return replace(inner, left=left, right=right)
        case Binary(operator="+" | "-") if shapes.order(inner.left) == 2 and shapes.order(inner.right) == 2:
            pushed = replace(
                inner, left=_transposed(inner.left, shapes), right=_transposed(inner.right, shapes)
            )
            whole = Call("transpose", (inner,))
            return pushed if weight(pushed) <= weight(whole) else whole
        case _:
            if shapes.order(inner) is not None and shapes.order(inner) in (0, 1):
                return inner
            return transpose(inner)


def _product(tree: Binary, shapes: Shapes) -> Tree:
    """A matrix product with the scalars of its operands outside it."""
    left, over_left = _without_divisor(tree.left, shapes)
    right, over_right = _without_divisor(tree.right, shapes)
    left, times_left = _without_scalars(left, shapes)
    right, times_right = _without_scalars(right, shapes)
    if shapes.order(right) == 1 and isinstance(right, Binary) and right.operator == "@":
        right = _vector(right, shapes)
    product = cancelled(matmul(left, right), shapes.square)
    negative = isinstance(product, Negate)
    core = product.operand if isinstance(product, Negate) else product
    if times_left or times_right:
        core = quotient(Fraction(1), [*times_left, *times_right, core], [])
    below = over_left + over_right
    if below:
        core = quotient(Fraction(1), [core], below)
    return Negate(core) if negative else core


def _without_divisor(tree: Tree, shapes: Shapes) -> tuple[Tree, list[Tree]]:
    """An operand and the scalars that divide it."""
    match tree:
        case Binary(operator="/", left=top, right=bottom) if shapes.order(bottom) == 0 and not isinstance(
            bottom, Number
        ):
            inner, more = _without_divisor(top, shapes)
            return inner, [*more, bottom]
        case Negate(operand=inner):
            rest, below = _without_divisor(inner, shapes)
            return Negate(rest), below
        case _:
            return tree, []


def _without_scalars(tree: Tree, shapes: Shapes) -> tuple[Tree, list[Tree]]:
    """An operand and the named scalars that multiply it from the left."""
    match tree:
        case Binary(operator="*", left=left, right=right) if (
            not isinstance(left, Number) and shapes.order(left) == 0
        ):
            return right, [left]
        case Negate(operand=inner):
            rest, times = _without_scalars(inner, shapes)
            return Negate(rest), times
        case _:
            return tree, []


def _times(tree: Binary, shapes: Shapes) -> Tree:
    """A product with its sign outside and its numbers joined in front."""
    left, right = tree.left, tree.right
    number, rest = take_number(right)
    if number not in (1, -1) and not isinstance(left, Number) and not isinstance(right, Number):
        return scale(number, Binary("*", left, rest))
    match (left, right):
        case (Negate(), Negate()):
            return Binary("*", left.operand, right.operand)
        case (Negate(), _):
            return Negate(Binary("*", left.operand, right))
        case (_, Negate()):
            return Negate(Binary("*", left, right.operand))
        case (Number(value=one), Number(value=two)):
            return Number(one * two)
        case (Number(value=one), Binary(operator="*", left=Number(value=two), right=rest)):
            return scale(one * two, rest)
        case (Number(value=one), Binary(operator="/", left=top, right=Number(value=two))) if two != 0:
            return scale(one / two, top)
        case (Number(value=value), Binary(operator="@")):
            return scale(value, right)
        case (Number(value=value), _) if value == 1:
            return right
        case (_, Number(value=value)) if not isinstance(left, Number):
            return scale(value, left)
        case (_, Binary(operator="/", left=top, right=bottom)) if shapes.order(bottom) == 0:
            return Binary("/", Binary("*", left, top), bottom)
        case (Binary(operator="/", left=top, right=bottom), _) if shapes.order(bottom) == 0:
            return Binary("/", Binary("*", top, right), bottom)
        case _:
            return tree


def _over(tree: Binary) -> Tree:
    match (tree.left, tree.right):
        case (Negate(operand=inner), bottom):
            return Negate(Binary("/", inner, bottom))
        case (Binary(operator="*", left=Number(value=one), right=rest), Number(value=two)) if two != 0:
            return scale(one / two, rest)
        case (Binary(operator="@", left=_, right=_) as top, Number(value=two)) if two != 0:
            return scale(Fraction(1) / two, matmul(top.left, top.right))
        case (Binary(operator="/", left=top, right=Number(value=one)), Number(value=two)):
            return Binary("/", top, Number(one * two))
        case _:
            return tree


def _vector(tree: Binary, shapes: Shapes) -> Tree:
    """A product that is a vector, with the matrix first, so that it may stand in a longer product."""
    if shapes.order(tree.left) == 1 and shapes.order(tree.right) == 2:
        return matmul(transpose(tree.right), tree.left)
    return tree


def _reduced(tree: Call, inner: Tree, shapes: Shapes) -> Tree:
    """The numbers and scalars in front of what is summed, in front of the sum."""
    number, rest = take_number(inner)
    if number != 1:
        return scale(number, replace(tree, arguments=(rest,)))
    match inner:
        case Binary(operator="/", left=rest, right=bottom) if shapes.order(bottom) == 0:
            return Binary("/", replace(tree, arguments=(rest,)), bottom)
        case Binary(operator="*", left=front, right=rest) if shapes.order(front) == 0 and shapes.order(rest):
            return Binary("*", front, replace(tree, arguments=(rest,)))
        case _:
            return tree


def _outer(left: Tree, right: Tree) -> Tree:
    """An outer product with the numbers and signs of its sides in front."""
    for position, side in enumerate((left, right)):
        rest: Tree
        match side:
            case Negate(operand=rest):
                return Negate(_with_side(left, right, position, rest))
            case Binary(operator="*", left=Number(value=value), right=rest):
                return scale(value, _with_side(left, right, position, rest))
            case Binary(operator="/", left=rest, right=Number() as bottom):
                return Binary("/", _with_side(left, right, position, rest), bottom)
    return Call("outer", (left, right))


def _with_side(left: Tree, right: Tree, position: int, side: Tree) -> Tree:
    return Call("outer", (side, right) if position == 0 else (left, side))


def strip(tree: Tree) -> Tree:
    """A subscript with nothing but slices is the value itself."""
    if isinstance(tree, Item) and all(s == Slice() for s in tree.selectors):
        return strip(tree.target)
    return rebuild(tree, strip)
