"""Matrix recognition: from index expressions back to matrix notation.

Every part of an expression becomes a piece that knows its axes; a sum over a shared index becomes a product
of matrices, a trace, a row or column sum, or an ``einsum`` where no other notation holds it. What has no
matrix notation is reported as such, never written wrongly.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy
from sympy import Expr, Mul, Pow, Rational, S

from gradwright.language.conditions import cases, condition, extremum, first, over_axes, sides
from gradwright.language.contract import contract
from gradwright.language.elementwise import combined, constant, constant_of, product, total
from gradwright.language.entries import Reading, Shape, padded, subscripted
from gradwright.language.pieces import NoFormError, Order, Piece, fit, quotient, scale, whole
from gradwright.language.tree import Binary, Call, Compare, Name, Sequence, Tree
from gradwright.tensor.canonical import complexity
from gradwright.tensor.content import content
from gradwright.tensor.nodes import (
    Apply,
    Delta,
    Entry,
    First,
    Index,
    Iverson,
    MaxOver,
    ProductOver,
    Sum,
    Tensor,
    Where,
)

SPELLINGS = {
    "Abs": "abs",
    "Mean": "E",
    "Mod": "mod",
    "Variance": "Var",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "ceiling": "ceil",
    "loggamma": "gammaln",
}


def recognise(
    tensor: Tensor, fixed: frozenset[Index] = frozenset(), shapes: Mapping[str, Shape] | None = None
) -> Tree | None:
    """The tensor in matrix notation, or None where there is none.

    Args:
        tensor: Any tensor; its axes are kept in order.
        fixed: Free indices that stay as named subscripts (a time, an example) and are no axes of the result.
        shapes: The shapes of named values; needed only where slices of them are read.
    """
    order = tuple(index for index in tensor.indices if index not in fixed)
    plain = tuple(index for index in order if index.extent != 1)
    try:
        tree = _filled(Recogniser(Reading(fixed, shapes or {})).piece(tensor.entry), plain, bool(fixed))
    except NoFormError:
        return None
    return tree if plain == order else padded(tree, order)


def _filled(piece: Piece, order: Order, held: bool) -> Tree:
    """The piece with exactly the axes ``order``: repeated by ones where it lacks some.

    Raises:
        NoFormError: It is one number for all places while ``held`` indices stay.
    """
    missing = [index for index in order if index not in piece.axes]
    if not missing:
        return piece.build(order)
    if len(missing) == len(order) and held and piece.build(()) != whole(1):
        raise NoFormError  # with all its indices it says the same in fewer words
    if len(order) == 1:
        ones: Tree = Call("ones", (extent_tree(order[0].extent),))
        return quotient(Fraction(1), [piece.build(()), ones] if piece.build(()) != whole(1) else [ones], [])
    if len(order) == 2 and len(missing) == 1:
        vector = piece.build(tuple(index for index in order if index in piece.axes))
        ones = Call("ones", (extent_tree(missing[0].extent),))
        return Call("outer", (vector, ones) if order[1] in missing else (ones, vector))
    ones = Call("ones", (Sequence(tuple(extent_tree(index.extent) for index in order)),))
    tree = fit(piece, order)
    return ones if tree == whole(1) else Binary("*", tree, ones)


def extent_tree(extent: Expr) -> Tree:
    """An axis's extent as an expression in sizes."""
    return Recogniser(Reading()).piece(extent).build(())


class Recogniser:
    """Builds pieces from index expressions."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def piece(self, node: Expr) -> Piece:
        """The piece for one expression."""
        match node:
            case Entry() | Apply():
                return self._stored(node)
            case sympy.Add():
                return self._add(node)
            case Mul():
                return self._mul(node)
            case Pow():
                return self._power(node)
            case Sum():
                return contract(node, self.reading, lambda part, reading: Recogniser(reading).piece(part))
            case sympy.Max() | sympy.Min():
                return extremum(node, self.piece)
            case sympy.Function():
                return self._function(node)
            case Delta() | MaxOver() | ProductOver() | First() | Iverson() | Where():
                return self._choice(node)
            case _:
                return self._leaf(node)

    def _leaf(self, node: Expr) -> Piece:
        """A number, a fixed index, a size or a constant."""
        match node:
            case Rational():
                return constant(quotient(Fraction(int(node.p), int(node.q)), [], []))
            case Index() if node not in self.reading.fixed:
                raise NoFormError
            case sympy.Symbol():
                return constant(Name(node.name))
            case _:
                return constant_of(node)

    def _choice(self, node: Expr) -> Piece:
        """A condition, a case or a place."""
        match node:
            case Delta():
                return self._delta(node)
            case MaxOver() | ProductOver():
                return over_axes(node, self.piece)
            case First():
                return first(node, self.piece, extent_tree)
            case Iverson():
                return condition(node.args[0], self.piece)
            case _:
                return cases(node, self.piece)

    def _scalar(self, node: Expr) -> Tree:
        return self.piece(node).build(())

    def _stored(self, node: Entry | Apply) -> Piece:
        if isinstance(node, Entry):
            return subscripted(
                Name(node.name), node.indices, self.reading.shapes.get(node.name), self.reading, self._scalar
            )
        call = Call(node.function, tuple(Name(name) for name in node.operands))
        return subscripted(call, node.indices, None, self.reading, self._scalar)

    def _delta(self, node: Delta) -> Piece:
        left, right = sides(node)
        places = {symbol for symbol in node.free_symbols if isinstance(symbol, Index)}
        if places <= self.reading.fixed:
            return constant(Compare("==", self._scalar(left), self._scalar(right)))
        pair = _diagonal(node, self.reading.fixed)
        tree = Call("eye", (extent_tree(pair[0].extent),))
        return Piece(frozenset(pair), lambda order: tree, pair)

    def _add(self, node: sympy.Add) -> Piece:
        number, rest = content(node)
        if number != 1:
            return self._scaled(number, self.piece(rest))

        def rank(term: Expr) -> tuple[bool, bool, int, str]:
            return term.could_extract_minus_sign(), bool(term.is_Rational), complexity(term), str(term)

        return total([self.piece(term) for term in sorted(node.args, key=rank)])

    def _scaled(self, number: Rational, piece: Piece) -> Piece:
        factor = Fraction(int(number.p), int(number.q))
        spread = piece.spread
        return Piece(
            piece.axes,
            lambda order: scale(factor, piece.build(order)),
            piece.natural,
            spread=(lambda order: scale(factor, spread(order))) if spread else None,
        )

    def _mul(self, node: Mul) -> Piece:
        number, factors = node.as_coeff_mul()
        for factor in factors:
            if isinstance(factor, Delta) and (made := self._diagonal(node, factor)) is not None:
                return made
        remaining = list(factors)
        top: list[Piece] = [] if number.is_Rational else [self.piece(number)]
        bottom: list[Piece] = []
        means: list[Piece] = []
        for factor in factors:
            if (
                isinstance(factor, Sum)
                and factor in remaining
                and (mean := self._mean(factor, remaining)) is not None
            ):
                means.append(mean)
        for factor in remaining:
            base, power = factor.as_base_exp()
            if power.is_Rational and power.is_negative and not isinstance(factor, sympy.exp):
                bottom.append(self.piece(base**-power))
            else:
                top.append(self.piece(factor))
        number = number if number.is_Rational else S.One
        return product(Fraction(int(number.p), int(number.q)), top + means, bottom)

    def _diagonal(self, node: Mul, delta: Delta) -> Piece | None:
        """``v[i]*Delta(i, j)`` as ``diag(v)``; a factor in both indices is read on its diagonal."""
        try:
            pair = _diagonal(delta, self.reading.fixed)
        except NoFormError:
            return None
        rest = self.piece((node / delta).xreplace({pair[1]: pair[0]}))
        if rest.axes != {pair[0]}:
            return None
        tree = Call("diag", (rest.build((pair[0],)),))
        return Piece(frozenset(pair), lambda order: tree, pair)

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
        if power.is_Rational and power.is_negative:
            return product(Fraction(1), [], [self.piece(base**-power)])
        inner = self.piece(base)
        if power == S.Half:
            return combined([inner], lambda trees: Call("sqrt", tuple(trees)))
        return combined([inner, self.piece(power)], lambda trees: Binary("**", trees[0], trees[1]))

    def _function(self, node: Expr) -> Piece:
        spelling, arguments = spelled(node)
        return combined([self.piece(part) for part in arguments], lambda trees: Call(spelling, tuple(trees)))


def spelled(node: Expr) -> tuple[str, tuple[Expr, ...]]:
    """The grammar's name of one of SymPy's functions, and the arguments it takes there."""
    name = type(node).__name__
    if isinstance(node, sympy.polygamma) and node.args[0] == 0:
        return "digamma", node.args[1:]
    return SPELLINGS.get(name, name), node.args


def _diagonal(delta: Delta, fixed: frozenset[Index]) -> tuple[Index, Index]:
    """The two axes that a delta makes one."""
    left, right = delta.args
    if not (isinstance(left, Index) and isinstance(right, Index)) or left.extent != right.extent:
        raise NoFormError
    if {left, right} & fixed:
        raise NoFormError
    return left, right
