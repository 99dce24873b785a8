"""One fraction in lowest terms: exponentials, powers and every other function are taken as unknowns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sympy
from sympy import Dummy, Expr, Mul, Pow, Rational, S
from sympy.core.basic import Basic

from gradwright.tensor.canonical import canonical, complexity
from gradwright.tensor.nodes import Entry, Index, Sum

_LEAVES = (Entry, Sum, Index)


def fraction(entry: Expr) -> Expr:
    """The expression as one fraction in lowest terms, the same inside of its sums and functions.

    >>> from sympy import exp, symbols
    >>> x = symbols("x", real=True)
    >>> fraction(2/(1 + exp(-2*x)) - 1)
    (exp(2*x) - 1)/(exp(2*x) + 1)
    """
    unknowns = Unknowns()
    inside = unknowns.of(canonical(entry))
    return canonical(unknowns.back(_with_squares(sympy.cancel(inside), unknowns)))


def shortest(entry: Expr) -> Expr:
    """The expression as it is, in lowest terms, or factored: whichever there is the least to read of."""
    unknowns = Unknowns()
    reduced = fraction(entry)
    taken_out = unknowns.back(sympy.factor(unknowns.of(reduced)))
    return min((canonical(entry), reduced, canonical(taken_out)), key=complexity)


@dataclass
class Unknowns:
    """The symbols that stand for what is not taken apart, and what each stands for.

    Args:
        positive: Tells which entries are positive; their symbols are, too.
    """

    positive: Callable[[Expr], bool] = lambda _: False
    symbols: dict[Expr, Dummy] = field(default_factory=dict)

    def of(self, node: Expr) -> Expr:
        """The expression in symbols: only sums, products and whole powers are left of it."""
        match node:
            case Rational():
                return node
            case sympy.Add() | Mul():
                return node.func(*(self.of(part) for part in node.args))
            case sympy.exp():
                return self._power(S.Exp1, node.args[0])
            case Pow():
                return self._power(*node.args)
            case _:
                return self.symbol(node if isinstance(node, Entry) else _inner(node))

    def symbol(self, node: Expr) -> Expr:
        """The symbol that stands for a node."""
        node = canonical(node)
        if node.is_Rational:
            return node
        if node not in self.symbols:
            sure = bool(node.is_positive) or self.positive(node)
            self.symbols[node] = Dummy(f"u{len(self.symbols)}", positive=True if sure else None)
        return self.symbols[node]

    def back(self, expression: Expr) -> Expr:
        """The expression with each symbol replaced by what it stands for."""
        result: Expr = expression.xreplace({symbol: node for node, symbol in self.symbols.items()})
        return result

    def _power(self, base: Expr, exponent: Expr) -> Expr:
        """A power as a product of whole powers of symbols, one for each unknown part of the exponent."""
        product: Expr = S.One
        for term in sympy.Add.make_args(sympy.expand(exponent)):
            number, rest = term.as_coeff_Mul(rational=True)
            if rest == 1 and base != S.Exp1:
                product *= self.of(base) ** number.p if number.is_Integer else self._root(base, number)
            else:
                whole = self.symbol(Pow(base, rest / number.q))
                product *= whole**number.p
        return product

    def _root(self, base: Expr, power: Rational) -> Expr:
        return self.symbol(Pow(_inner(base), Rational(1, power.q))) ** power.p


def _inner(node: Expr) -> Expr:
    """The node with what is inside of it in lowest terms."""
    if isinstance(node, Sum):
        return Sum.over(fraction(node.body), node.bound)
    if isinstance(node, sympy.Function):
        return node.func(*(fraction(part) for part in node.args))
    return node


def _with_squares(expression: Expr, unknowns: Unknowns) -> Expr:
    """``cos(a)**2`` as ``1 - sin(a)**2``, so that the squares of a sine and its cosine meet."""
    for node, symbol in list(unknowns.symbols.items()):
        if isinstance(node, sympy.cos) and sympy.sin(node.args[0]) in unknowns.symbols:
            sine = unknowns.symbols[sympy.sin(node.args[0])]
            top, bottom = expression.as_numer_denom()
            reduced = (_reduced(part, symbol, 1 - sine**2) for part in (top, bottom))
            above, below = reduced
            expression = sympy.cancel(above / below)
    return expression


def _reduced(part: Expr, symbol: Expr, square: Expr) -> Expr:
    """A polynomial with the square of a symbol replaced."""
    poly = sympy.Poly(part, symbol)
    return sympy.expand(sympy.Add(*(c * square ** (n // 2) * symbol ** (n % 2) for (n,), c in poly.terms())))


def solved(equation: Expr, unknown: Expr, positive: Callable[[Expr], bool]) -> list[Expr]:
    """What the unknown is where the expression is 0; empty where no formula is found.

    Args:
        equation: An expression.
        unknown: A node in it.
        positive: Tells which entries are positive; a root that can't be is left out.
    """
    unknowns = Unknowns(positive)
    wanted = unknowns.symbol(unknown)
    inside = sympy.together(_without_logarithms(unknowns, equation, unknown))
    if not inside.has(wanted):
        return []
    try:
        roots = sympy.solve(inside, wanted)
    except NotImplementedError:
        return []
    return [_joined(fraction(unknowns.back(root))) for root in roots]


def _joined(entry: Expr) -> Expr:
    """Products of exponentials as one, and logarithms of products as sums."""
    if isinstance(entry, Mul):
        powers = [part.args[0] for part in entry.args if isinstance(part, sympy.exp)]
        rest = [part for part in entry.args if not isinstance(part, sympy.exp)]
        return Mul(sympy.exp(sympy.Add(*powers)), *rest)
    return sympy.expand_log(entry) if isinstance(entry, sympy.log) else entry


def _without_logarithms(unknowns: Unknowns, equation: Expr, unknown: Expr) -> Expr:
    """The equation in symbols; functions of the unknown itself stay functions."""
    wanted = unknowns.symbols[canonical(unknown)]

    def inside(node: Expr) -> Expr:
        if not node.has(unknown) or isinstance(node, _LEAVES):
            return wanted if node == unknown else unknowns.symbol(node)
        return node.func(*(inside(part) for part in node.args))

    return inside(canonical(equation))


def sign(entry: Expr, positive: Callable[[Expr], bool], between: Callable[[Expr], bool]) -> int | None:
    """1 where the expression is surely positive, 0 where at least not negative, -1 and -2 for the opposite.

    Args:
        entry: The expression.
        positive: Tells which entries are positive.
        between: Tells which entries lie between 0 and 1.

    Returns:
        1 (``> 0``), 0 (``>= 0``), -1 (``< 0``), -2 (``<= 0``), or None where nothing is seen.
    """
    unknowns = Unknowns(positive)
    inside = unknowns.of(fraction(entry))
    values: dict[Basic, Basic] = {}
    for node, symbol in unknowns.symbols.items():
        if between(node):
            odds = Dummy("odds", positive=True)
            values[symbol] = odds / (1 + odds)
        elif isinstance(node, Sum) and (of_terms := sign(node.body, positive, between)) in (0, 1):
            values[symbol] = Dummy("sum", positive=True) if of_terms else Dummy("root", real=True) ** 2
    top, bottom = sympy.cancel(inside.xreplace(values)).as_numer_denom()
    above, below = _of_polynomial(top), _of_polynomial(bottom)
    if above is None or below not in (1, -1):
        return None
    return above if below == 1 else {1: -1, 0: -2, -1: 1, -2: 0}[above]


def _of_polynomial(part: Expr) -> int | None:
    """The sign of a polynomial: one that its terms all share, or that of a product of squares."""
    found = _of_terms(part)
    if found is not None:
        return found
    number, factors = sympy.factor_list(part)
    if all(power % 2 == 0 for _, power in factors):
        return 0 if number > 0 else -2
    return None


def _of_terms(part: Expr) -> int | None:
    terms = sympy.Add.make_args(sympy.expand(part))
    if all(term.is_positive for term in terms):
        return 1
    if all(term.is_negative for term in terms):
        return -1
    if all(_is_square(term) for term in terms):
        return 1 if any(term.is_positive for term in terms) else 0
    if all(_is_square(-term) for term in terms):
        return -1 if any(term.is_negative for term in terms) else -2
    return None


def _is_square(term: Expr) -> bool:
    """Whether a term is surely not negative: a positive number times even powers and positive unknowns."""
    number, rest = term.as_coeff_Mul()
    if number < 0:
        return False
    powers: Mapping[Expr, Expr] = rest.as_powers_dict()
    return all(bool(base.is_positive) or bool(power.is_even) for base, power in powers.items())
