"""How large a local derivative can be: ranges of functions, and the largest slope of an activation.

A function whose slope is a polynomial ``p`` in its own value obeys ``u' = p(u)``, so its value never reaches
a root of ``p``: it stays between the two roots around its value at 0. The largest slope is then the largest
``|p|`` there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from sympy import Expr, Mul, S, Symbol

from gradwright.derive.backprop import Chain
from gradwright.derive.folding import folded
from gradwright.model.model import Definition
from gradwright.tensor.canonical import canonical
from gradwright.tensor.differentiate import merged, occurrences
from gradwright.tensor.fold import own_entry
from gradwright.tensor.nodes import Entry, Iverson, Where

_KINDS: Mapping[str, tuple[int, int]] = {
    "mask": (0, 1), "binary": (0, 1), "unit": (0, 1), "onehot": (0, 1), "prob": (0, 1), "pm1": (-1, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Slope:
    """The slope of an activation at its own value.

    Args:
        value: The value that the activation makes.
        slope: Its slope as a polynomial in ``unknown``, which stands for the value.
        unknown: The symbol.
        low: The value is greater than this.
        high: The value is less than this.
        largest: The greatest absolute value of the slope.
        at: Where it is reached.
    """

    value: str
    slope: Expr
    unknown: Symbol
    low: Expr
    high: Expr
    largest: Expr
    at: Expr


def slope_of(definition: Definition) -> Slope | None:
    """The slope of a value that is a function of one named value, entry by entry; None where it is not."""
    entry = definition.tensor.entry
    places = tuple(index for index in definition.tensor.indices if index.extent != 1)
    read = set(entry.atoms(Entry))
    if len(read) != 1 or (only := read.pop()).indices != places:
        return None
    found = merged(occurrences(entry, only.name))
    if len(found) != 1 or found[0].bound:
        return None
    shorter = folded(canonical(found[0].local), definition.name, definition.tensor)
    unknown = Symbol("u", real=True)
    slope = sympy.expand(shorter if shorter is not None else found[0].local).xreplace(
        {own_entry(definition.name, definition.tensor): unknown}
    )
    start = entry.xreplace({only: S.Zero})
    if not slope.free_symbols <= {unknown} or slope.has(Entry) or not slope.is_polynomial(unknown):
        return None
    return _between_roots(definition.name, slope, unknown, start)


def _between_roots(value: str, slope: Expr, unknown: Symbol, start: Expr) -> Slope | None:
    roots = sorted(sympy.Poly(slope, unknown).real_roots()) if slope.has(unknown) else []
    low = max((root for root in roots if root < start), default=None)
    high = min((root for root in roots if root > start), default=None)
    if low is None or high is None or not start.is_real:
        return None
    inside = [root for root in sympy.Poly(slope.diff(unknown), unknown).real_roots() if low < root < high]
    sizes = {point: abs(slope.subs(unknown, point)) for point in inside}
    at = max(inside, key=lambda point: sizes[point])
    return Slope(value, slope, unknown, low, high, sizes[at], at)


class Sizes:
    """The greatest absolute values of expressions in the values of a model.

    Args:
        chain: The forward pass.
        domains: The domain of each declared value.
    """

    def __init__(self, chain: Chain, domains: Mapping[str, str]) -> None:
        self.slopes = {one.name: slope_of(one) for one in chain.definitions}
        self.domains = domains

    def largest(self, entry: Expr) -> Expr | None:
        """A bound on the absolute value of an expression; None where there is none that its form tells."""
        if entry.is_number:
            return abs(entry)
        if isinstance(entry, Iverson):
            return S.One
        if isinstance(entry, Where):
            cases = [self.largest(case) for case in entry.args[1:]]
            return None if None in cases else max(case for case in cases if case is not None)
        found: Expr = S.One
        for factor in self._by_value(entry):
            size = self._of_factor(factor)
            if size is None:
                return None
            found *= size
        return found

    def _by_value(self, entry: Expr) -> list[Expr]:
        """The factors of a product, those of the same values together."""
        together: dict[frozenset[Expr], Expr] = {}
        for factor in Mul.make_args(entry):
            key = frozenset(factor.atoms(Entry))
            together[key] = together.get(key, S.One) * factor
        return list(together.values())

    def _of_factor(self, factor: Expr) -> Expr | None:
        if factor.is_number or isinstance(factor, Iverson | Where):
            return self.largest(factor)
        entries = list(factor.atoms(Entry))
        if len(entries) != 1:
            return None
        inner = next((node for node in factor.atoms(sympy.tanh) if node.args[0] == entries[0]), None)
        unknown = Symbol("u", real=True)
        if inner is not None:
            low, high = S.NegativeOne, S.One
            polynomial = factor.xreplace({inner: unknown})
        else:
            ends = self._range(entries[0])
            if ends is None:
                return None
            low, high = ends
            polynomial = factor.xreplace({entries[0]: unknown})
        if polynomial.has(Entry) or not polynomial.is_polynomial(unknown):
            return None
        turns = (
            sympy.Poly(polynomial.diff(unknown), unknown).real_roots()
            if polynomial.diff(unknown) != 0
            else []
        )
        points = [low, high, *(turn for turn in turns if low < turn < high)]
        return max(abs(polynomial.subs(unknown, point)) for point in points)

    def _range(self, entry: Entry) -> tuple[Expr, Expr] | None:
        slope = self.slopes.get(entry.name)
        if slope is not None:
            return slope.low, slope.high
        kind = _KINDS.get(self.domains.get(entry.name, ""))
        return None if kind is None else (sympy.Integer(kind[0]), sympy.Integer(kind[1]))
