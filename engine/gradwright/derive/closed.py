"""Closed forms: a formula in names with the names put back, then tidied as a person would write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from gradwright.language.pieces import matmul, quotient, scale, transpose, weight
from gradwright.language.tree import Binary, Call, Item, Name, Negate, Number, Slice, Tree, rebuild


@dataclass(frozen=True)
class Shapes:
    """What the tidying has to know of names: how many axes each has, and which are symmetric matrices."""

    orders: Mapping[str, int]
    symmetric: frozenset[str] = frozenset()

    def order(self, tree: Tree) -> int | None:
        """The number of axes of a tree's value, or None where that isn't plain to see."""
        match tree:
            case Number():
                return 0
            case Name():
                return self.orders.get(tree.name)
            case Negate():
                return self.order(tree.operand)
            case Binary(operator="@"):
                left, right = self.order(tree.left), self.order(tree.right)
                if left is None or right is None or max(left, right) > 2:
                    return None
                return left + right - 2
            case Binary():
                left, right = self.order(tree.left), self.order(tree.right)
                return None if left is None or right is None else max(left, right)
            case Call(function="transpose" | "inv" | "exp" | "log" | "tanh" | "sqrt" | "sigmoid" | "softmax" | "relu" | "step" | "sign" | "abs", arguments=arguments):
                return self.order(arguments[0])
            case Call(function="trace" | "det" | "logdet" | "norm2" | "norm"):
                return 0
            case Call(function="outer" | "eye"):
                return 2
            case Call(function="sum" | "mean" | "max", options=()) if len(tree.arguments) == 1:
                return 0
            case _:
                return None


def put_back(tree: Tree, values: Mapping[str, Tree]) -> Tree:
    """The tree with names replaced by their formulas, and those names in turn."""
    if isinstance(tree, Name) and tree.name in values:
        return put_back(values[tree.name], {name: value for name, value in values.items() if name != tree.name})
    return rebuild(tree, lambda part: put_back(part, values))


def tidied(tree: Tree, shapes: Shapes) -> Tree:
    """An equal tree with transposes resolved, numbers and scalar divisors in front, signs taken out."""
    for _ in range(4):
        after = _tidy(tree, shapes)
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
            return _times(tree)
        case Binary(operator="/"):
            return _over(tree)
        case Binary(operator="+" | "-"):
            return _total(tree)
        case Call(function="sum" | "mean" | "trace", arguments=(inner,)):
            return _reduced(tree, inner)
        case Call(function="outer", arguments=(left, right)):
            return _outer(left, right)
        case _:
            return tree


def _total(tree: Tree) -> Tree:
    """A sum with like terms joined and a number that all terms share in front."""
    terms: dict[Tree, Fraction] = {}
    for factor, term in _terms(tree, Fraction(1)):
        terms[term] = terms.get(term, Fraction(0)) + factor
    kept = [(factor, term) for term, factor in terms.items() if factor != 0]
    if not kept:
        return Number(Fraction(0))
    front = _front(kept[0][1])
    if len(kept) > 1 and front is not None and all(_front(term) == front for _, term in kept):
        inner = _rebuilt([(factor, term.right) for factor, term in kept if isinstance(term, Binary)])
        return Binary("*", front, inner) if not isinstance(inner, Negate) else Negate(Binary("*", front, inner.operand))
    return _rebuilt(kept)


def _front(term: Tree) -> Tree | None:
    """The call (a determinant, a norm) that a term begins with as a factor."""
    if isinstance(term, Binary) and term.operator == "*" and isinstance(term.left, Call):
        return term.left if term.left.function in ("det", "norm2", "norm", "trace") else None
    return None


def _rebuilt(kept: list[tuple[Fraction, Tree]]) -> Tree:
    """The sum of terms, a number that all share in front."""
    shared = abs(kept[0][0])
    if len(kept) == 1 or any(abs(factor) != shared for factor, _ in kept):
        shared = Fraction(1)
    sign = -1 if all(factor < 0 for factor, _ in kept) else 1
    kept.sort(key=lambda pair: sign * pair[0] < 0)
    total: Tree | None = None
    for factor, term in kept:
        size = scale(abs(factor) / shared, term)
        if total is None:
            total = Negate(size) if sign * factor < 0 else size
        else:
            total = Binary("-" if sign * factor < 0 else "+", total, size)
    assert total is not None
    return scale(sign * shared, total)


def _terms(tree: Tree, factor: Fraction) -> list[tuple[Fraction, Tree]]:
    """The terms of a sum with the number in front of each."""
    match tree:
        case Binary(operator="+"):
            return _terms(tree.left, factor) + _terms(tree.right, factor)
        case Binary(operator="-"):
            return _terms(tree.left, factor) + _terms(tree.right, -factor)
        case Negate():
            return _terms(tree.operand, -factor)
        case Number():
            return [(factor * tree.value, Number(Fraction(1)))]
        case _:
            value, rest = _number(tree)
            return [(factor * value, rest)]


def _number(tree: Tree) -> tuple[Fraction, Tree]:
    match tree:
        case Binary(operator="*", left=Number(value=value), right=rest):
            return value, rest
        case Binary(operator="@", left=left, right=right):
            value, rest = _number(left)
            return value, Binary("@", rest, right) if value != 1 else tree
        case Binary(operator="/", left=rest, right=Number(value=value)) if value != 0:
            factor, rest = _number(rest)
            return factor / value, rest
        case _:
            return Fraction(1), tree


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
            pushed = replace(inner, left=_transposed(inner.left, shapes), right=_transposed(inner.right, shapes))
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
    right, times_right = _without_scalars(right, shapes)
    product = matmul(left, right)
    negative = isinstance(product, Negate)
    core = product.operand if isinstance(product, Negate) else product
    if times_right:
        core = quotient(Fraction(1), [*times_right, core], [])
    below = over_left + over_right
    if below:
        core = quotient(Fraction(1), [core], below)
    return Negate(core) if negative else core


def _without_divisor(tree: Tree, shapes: Shapes) -> tuple[Tree, list[Tree]]:
    """An operand and the scalars that divide it."""
    match tree:
        case Binary(operator="/", left=top, right=bottom) if shapes.order(bottom) == 0 and not isinstance(bottom, Number):
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
        case Binary(operator="*", left=left, right=right) if not isinstance(left, Number) and shapes.order(left) == 0:
            return right, [left]
        case Negate(operand=inner):
            rest, times = _without_scalars(inner, shapes)
            return Negate(rest), times
        case _:
            return tree, []


def _times(tree: Binary) -> Tree:
    """A product with its sign outside and its numbers joined in front."""
    left, right = tree.left, tree.right
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


def _reduced(tree: Call, inner: Tree) -> Tree:
    """The number and the sign in front of what is summed, in front of the sum."""
    match inner:
        case Negate(operand=rest):
            return Negate(replace(tree, arguments=(rest,)))
        case Binary(operator="*", left=Number(value=value), right=rest):
            return scale(value, replace(tree, arguments=(rest,)))
        case Binary(operator="/", left=rest, right=Name() | Number() as bottom) if tree.function == "sum":
            return Binary("/", replace(tree, arguments=(rest,)), bottom)
        case _:
            return tree


def _outer(left: Tree, right: Tree) -> Tree:
    for one, other, swapped in ((left, right, False), (right, left, True)):
        make = (lambda a, b: Call("outer", (b, a))) if swapped else (lambda a, b: Call("outer", (a, b)))
        match one:
            case Negate(operand=rest):
                return Negate(make(rest, other))
            case Binary(operator="*", left=Number(value=value), right=rest):
                return scale(value, make(rest, other))
            case Binary(operator="/", left=rest, right=Number() as bottom):
                return Binary("/", make(rest, other), bottom)
    return Call("outer", (left, right))


def strip(tree: Tree) -> Tree:
    """A subscript with nothing but slices is the value itself."""
    if isinstance(tree, Item) and all(s == Slice() for s in tree.selectors):
        return strip(tree.target)
    return rebuild(tree, strip)
