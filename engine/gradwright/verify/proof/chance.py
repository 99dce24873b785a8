"""Distributions with few outcomes and given moments, so that an expectation is a sum that can be computed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flint import arb
from sympy import Expr, Symbol

from gradwright.errors import ModelError
from gradwright.language.scope import Value
from gradwright.model.statement import Law

MOST_OUTCOMES = 20_000
"""More combinations of outcomes than this are not gone through."""
_SKEW = arb(1.5)
_MEAN, _VARIANCE = arb(5 / 16), arb(45 / 64)
"""The moments of a value about which none are given; exact in any precision."""
_BITS = frozenset({"mask", "binary"})

Outcomes = Sequence[tuple[arb, arb]]


class TooManyOutcomesError(Exception):
    """An expectation is over more outcomes than are gone through."""


@dataclass(frozen=True)
class Chance:
    """The random values at one point.

    Args:
        laws: What is known of each.
        values: Their declarations.
        moment: The value of the formula of a moment: of a name, ``mean`` or ``variance``, or None.
        owner: The name of the value that a symbol is an entry of.
    """

    laws: Mapping[str, Law]
    values: Mapping[str, Value]
    moment: Callable[[str, str], arb | None]
    owner: Callable[[Symbol], str]

    def mean(self, body: Expr, evaluate: Callable[[Expr, Mapping[Symbol, arb]], arb]) -> arb:
        """The expectation of an expression of entries: the sum over all outcomes.

        Raises:
            TooManyOutcomesError: There are too many.
        """
        total = arb(0)
        for chance, values in self._all(body):
            total += chance * evaluate(body, values)
        return total

    def outcomes(self, name: str) -> Outcomes:
        """The outcomes of an entry, each with its probability.

        Raises:
            ModelError: What is declared contradicts itself.
        """
        mean, variance = self.moment(name, "mean"), self.moment(name, "variance")
        law = self.laws[name]
        if self.values[name].domain in _BITS:
            return self._of_bits(name, mean, variance)
        spread = (_VARIANCE if variance is None else variance).sqrt()
        if law.symmetric:
            far = spread * (arb(4) / 3).sqrt()
            return [(-far, arb(3) / 8), (arb(0), arb(1) / 4), (far, arb(3) / 8)]
        if self.values[name].domain == "pos" and mean is None and variance is None:
            return [(arb(1) / 2, arb(1) / 3), (arb(2), arb(2) / 3)]
        middle = _MEAN if mean is None else mean
        high = 1 / (1 + _SKEW**2)
        return [(middle + spread * _SKEW, high), (middle - spread / _SKEW, 1 - high)]

    def _of_bits(self, name: str, mean: arb | None, variance: arb | None) -> Outcomes:
        one = _MEAN if mean is None else mean
        if variance is not None and not variance.overlaps(one * (1 - one)):
            raise ModelError(
                f"{name} is 0 or 1, so its variance is mean*(1 - mean), and not what is declared",
                None,
                "leave the variance as mean*(1 - mean)",
            )
        return [(arb(1), one), (arb(0), 1 - one)]

    def _all(self, body: Expr) -> Iterator[tuple[arb, dict[Symbol, arb]]]:
        """Every joint outcome of the random entries in the expression; dependent ones go together."""
        groups: dict[object, list[Symbol]] = {}
        for symbol in sorted(body.free_symbols, key=str):
            name = self.owner(symbol)
            if name in self.laws:
                groups.setdefault(symbol if self.laws[name].independent else name, []).append(symbol)
        choices = [self.outcomes(self.owner(members[0])) for members in groups.values()]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > MOST_OUTCOMES:
            raise TooManyOutcomesError
        for picked in itertools.product(*choices):
            chance, values = arb(1), {}
            for members, (value, share) in zip(groups.values(), picked, strict=True):
                chance *= share
                values.update(dict.fromkeys(members, value))
            yield chance, values
