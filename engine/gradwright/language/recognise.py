"""Matrix recognition: from index expressions back to matrix notation.

Every part of an expression becomes a piece that knows its axes; a sum over a shared index becomes a product
of matrices, a trace, a row or column sum, or an ``einsum`` where no other notation holds it. What has no
matrix notation is reported as such, never written wrongly.
"""

from __future__ import annotations

from fractions import Fraction

import sympy
from sympy import Expr, Mul, Pow, Rational, S

from gradwright.language.contract import contract
from gradwright.language.elementwise import combined, constant, constant_of, nest, product, shorter_of, stored
from gradwright.language.pieces import NoFormError, Order, Piece, fit, quotient, reduce_call, scale, whole
from gradwright.language.tree import Binary, Call, Compare, Item, Name, Negate, NewAxis, Sequence, Slice, Tree
from gradwright.tensor.canonical import reading_order
from gradwright.tensor.nodes import Apply, Delta, Entry, Index, Iverson, MaxOver, Sum, Tensor, Where

SPELLINGS = {
    "Abs": "abs", "sign": "sign", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "loggamma": "gammaln",
}  # fmt: skip
RELATIONS = {"Gt": ">", "Ge": ">=", "Lt": "<", "Le": "<=", "Eq": "==", "Ne": "!=",
             "StrictGreaterThan": ">", "GreaterThan": ">=", "StrictLessThan": "<", "LessThan": "<=",
             "Equality": "==", "Unequality": "!="}  # fmt: skip


def recognise(tensor: Tensor, fixed: frozenset[Index] = frozenset()) -> Tree | None:
    """The tensor in matrix notation, or None where there is none.

    Args:
        tensor: Any tensor; its axes are kept in order.
        fixed: Free indices that stay as named subscripts (a time, an example) and are no axes of the result.
    """
    order = tuple(index for index in tensor.indices if index not in fixed)
    plain = tuple(index for index in order if index.extent != 1)
    try:
        tree = _filled(Recogniser(fixed).piece(tensor.entry), plain)
    except NoFormError:
        return None
    if plain == order:
        return tree
    return Item(tree, tuple(NewAxis() if index.extent == 1 else Slice() for index in order))


def _filled(piece: Piece, order: Order) -> Tree:
    """The piece with exactly the axes ``order``: repeated by ones where it lacks some."""
    missing = [index for index in order if index not in piece.axes]
    if not missing:
        return piece.build(order)
    if len(order) == 1:
        ones: Tree = Call("ones", (extent_tree(order[0].extent),))
        return quotient(Fraction(1), [piece.build(()), ones] if piece.build(()) != whole(1) else [ones], [])
    if len(order) == 2 and len(missing) == 1:
        vector = piece.build(tuple(index for index in order if index in piece.axes))
        ones = Call("ones", (extent_tree(missing[0].extent),))
        return Call("outer", (vector, ones) if order[1] in missing else (ones, vector))
    from_shape = Call("ones", (_shape_tree(order),))
    tree = fit(piece, order)
    return from_shape if tree == whole(1) else Binary("*", tree, from_shape)


def _shape_tree(order: Order) -> Tree:
    return Sequence(tuple(extent_tree(index.extent) for index in order))


def extent_tree(extent: Expr) -> Tree:
    """An axis's extent as an expression in sizes."""
    piece = Recogniser(frozenset()).piece(extent)
    return piece.build(())


class Recogniser:
    """Builds pieces from index expressions; ``fixed`` indices are subscripts, not axes."""

    def __init__(self, fixed: frozenset[Index]) -> None:
        self.fixed = fixed

    def piece(self, node: Expr) -> Piece:
        """The piece for one expression."""
        match node:
            case Rational():
                return constant(quotient(Fraction(int(node.p), int(node.q)), [], []))
            case Index():
                return self._index(node)
            case Entry():
                return self._entry(node)
            case Apply():
                call = Call(node.function, tuple(Name(name) for name in node.operands))
                return self._subscripted(call, node.indices)
            case Delta():
                return self._delta(node)
            case sympy.Add():
                return self._add(node)
            case Mul():
                return self._mul(node)
            case Pow():
                return self._power(node)
            case Sum():
                return contract(node, self.fixed, lambda part, fixed: Recogniser(fixed).piece(part))
            case MaxOver():
                return self._maximum(node)
            case Iverson():
                return self._condition(node.args[0])  # type: ignore[arg-type]
            case Where():
                return self._where(node)
            case sympy.Symbol():
                return constant(Name(node.name))
            case sympy.Function() | sympy.Max() | sympy.Min():
                return self._function(node)
            case _:
                return constant_of(node)

    def _index(self, node: Index) -> Piece:
        if node in self.fixed:
            return constant(Name(node.name))
        raise NoFormError

    def _entry(self, node: Entry) -> Piece:
        return self._subscripted(Name(node.name), node.indices)

    def _subscripted(self, base: Tree, places: tuple[Expr, ...]) -> Piece:
        """A value at its indices: plain distinct ones are axes, fixed ones subscripts, a repeated one a diagonal."""
        axes: list[Index] = []
        selectors: list[Tree] = []
        for place in places:
            if isinstance(place, Index) and place not in self.fixed:
                axes.append(place)
                selectors.append(Slice())
            elif place.free_symbols <= self.fixed | {s for s in place.free_symbols if not isinstance(s, Index)}:
                selectors.append(self.piece(place).build(()))
            else:
                raise NoFormError
        while selectors and isinstance(selectors[-1], Slice):
            selectors.pop()
        tree = Item(base, tuple(selectors)) if selectors else base
        if len(set(axes)) == len(axes):
            return stored(tree, tuple(axes))
        if len(axes) == 2:
            return stored(Call("diagonal", (tree,)), (axes[0],))
        raise NoFormError

    def _delta(self, node: Delta) -> Piece:
        left, right = node.args
        places = {symbol for symbol in node.free_symbols if isinstance(symbol, Index)}
        if places <= self.fixed:
            return constant(Compare("==", self.piece(left).build(()), self.piece(right).build(())))  # type: ignore[arg-type]
        if not (isinstance(left, Index) and isinstance(right, Index) and left.extent == right.extent):
            raise NoFormError
        if {left, right} & self.fixed:
            raise NoFormError
        tree = Call("eye", (extent_tree(left.extent),))
        return Piece(frozenset((left, right)), lambda order: tree, (left, right))

    def _add(self, node: sympy.Add) -> Piece:
        content, rest = node.primitive()
        if any(term.is_Rational for term in node.args) and not content.is_Integer:
            content, rest = S.One, node
        if all(term.could_extract_minus_sign() for term in rest.args):
            content, rest = -content, -rest
        if content != 1:
            return self._scaled(content, self.piece(rest))
        terms = reading_order(node.args)
        pieces = [self.piece(term) for term in terms]  # type: ignore[arg-type]
        axes = frozenset().union(*(piece.axes for piece in pieces))
        natural = max((piece.natural for piece in pieces), key=len)
        natural += tuple(sorted(axes - set(natural), key=lambda index: index.name))

        def plain(order: Order) -> Tree:
            total: Tree | None = None
            for piece in pieces:
                tree = fit(piece, order)
                if total is None:
                    total = tree
                elif isinstance(tree, Negate):
                    total = Binary("-", total, tree.operand)
                else:
                    total = Binary("+", total, tree)
            assert total is not None
            return total

        return Piece(axes, shorter_of(plain, axes), natural)

    def _scaled(self, content: Rational, piece: Piece) -> Piece:
        factor = Fraction(int(content.p), int(content.q))
        return Piece(piece.axes, lambda order: scale(factor, piece.build(order)), piece.natural)

    def _mul(self, node: Mul) -> Piece:
        number, factors = node.as_coeff_mul()
        top: list[Piece] = []
        bottom: list[Piece] = []
        averaged = list(factors)
        means: list[Piece] = []
        for factor in factors:
            if isinstance(factor, Sum) and (mean := self._mean(factor, averaged)) is not None:
                means.append(mean)
        for factor in averaged:
            base, power = factor.as_base_exp()
            if power.is_Rational and power.is_negative and not isinstance(factor, sympy.exp):
                bottom.append(self.piece(base**-power))
            else:
                top.append(self.piece(factor))
        if not number.is_Rational:
            top.insert(0, self.piece(number))
            number = S.One
        return product(Fraction(int(number.p), int(number.q)), top + means, bottom)

    def _mean(self, factor: Sum, factors: list[Expr]) -> Piece | None:
        """The sum over an axis divided by the axis's extent, if both are among the factors."""
        extents = [Pow(index.extent, -1) for index in factor.bound]
        if not all(extent in factors for extent in extents) or len(set(extents)) != len(extents):
            return None
        piece = self.piece(factor)
        tree = piece.build(piece.natural)
        if not (isinstance(tree, Call) and tree.function == "sum"):
            return None
        factors.remove(factor)
        for extent in extents:
            factors.remove(extent)

        def build(order: Order) -> Tree:
            inner = piece.build(order)
            if isinstance(inner, Call) and inner.function == "sum":
                return Call("mean", inner.arguments, inner.options)
            return quotient(Fraction(1), [inner], [extent_tree(index.extent) for index in factor.bound])

        return Piece(piece.axes, build, piece.natural)

    def _power(self, node: Pow) -> Piece:
        base, power = node.args
        if power.is_Rational and power.is_negative:  # type: ignore[union-attr]
            return product(Fraction(1), [], [self.piece(base**-power)])  # type: ignore[operator]
        inner = self.piece(base)  # type: ignore[arg-type]
        if power == S.Half:
            return Piece(inner.axes, lambda order: Call("sqrt", (inner.build(order),)), inner.natural)
        return combined([inner, self.piece(power)], lambda trees: Binary("**", trees[0], trees[1]))  # type: ignore[arg-type]

    def _maximum(self, node: MaxOver) -> Piece:
        inner = self.piece(node.body)
        axes = inner.axes - set(node.bound)
        natural = tuple(index for index in inner.natural if index in axes)

        def build(order: Order) -> Tree:
            return reduce_call("max", inner, order, node.bound)

        return Piece(axes, build, natural)

    def _condition(self, node: Expr) -> Piece:
        if isinstance(node, sympy.And):
            parts = [self._condition(part) for part in sympy.ordered(node.args)]
            return combined(parts, lambda trees: quotient(Fraction(1), trees, []))
        operator = RELATIONS.get(type(node).__name__)
        if operator is None:
            raise NoFormError
        left, right = node.args
        if operator == ">" and right == 0:
            inner = self.piece(left)  # type: ignore[arg-type]
            return Piece(inner.axes, lambda order: Call("step", (inner.build(order),)), inner.natural)
        sides = [self.piece(left), self.piece(right)]  # type: ignore[arg-type]
        return combined(sides, lambda trees: Compare(operator, trees[0], trees[1]))

    def _where(self, node: Where) -> Piece:
        condition, yes, no = node.args
        if isinstance(condition, sympy.And):
            raise NoFormError
        operator = RELATIONS.get(type(condition).__name__)
        if operator is None:
            raise NoFormError
        parts = [self.piece(part) for part in (*condition.args, yes, no)]  # type: ignore[arg-type]
        return combined(
            parts, lambda trees: Call("where", (Compare(operator, trees[0], trees[1]), trees[2], trees[3]))
        )

    def _function(self, node: Expr) -> Piece:
        name = type(node).__name__
        if name in ("Max", "Min"):
            word = "maximum" if name == "Max" else "minimum"
            parts = [self.piece(part) for part in sympy.ordered(node.args)]
            return combined(parts[::-1], lambda trees: nest(word, trees))
        spelling = SPELLINGS.get(name, name)
        return combined([self.piece(part) for part in node.args], lambda trees: Call(spelling, tuple(trees)))  # type: ignore[arg-type]
