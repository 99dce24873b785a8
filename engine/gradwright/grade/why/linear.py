"""The linear comparer: an answer that is a number times the right one, the number made of axis sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

import numpy as np

from gradwright.grade.why.closeness import fraction

_POWERS = (1, -1, Fraction(1, 2), Fraction(-1, 2), 2, -2)
_AGREEMENT = 1e-8


@dataclass(frozen=True)
class Multiple:
    """A number times powers of sizes; a size ``n - 1`` is named so.

    Args:
        number: The number.
        powers: The exponent of each size.
    """

    number: Fraction
    powers: Mapping[str, int | Fraction]

    @property
    def inverse(self) -> Multiple:
        """One over it."""
        return Multiple(1 / self.number, {name: -power for name, power in self.powers.items()})

    def written(self) -> str:
        """A product such as ``2*n/d``."""
        above = [_power(name, power) for name, power in self.powers.items() if power > 0]
        below = [_power(name, -power) for name, power in self.powers.items() if power < 0]
        sign = "-" if self.number < 0 else ""
        top = (
            [str(abs(self.number.numerator))] if abs(self.number.numerator) != 1 or not above else []
        ) + above
        bottom = ([str(self.number.denominator)] if self.number.denominator != 1 else []) + below
        divisor = "*".join(bottom)
        tail = f"/({divisor})" if len(bottom) > 1 else f"/{divisor}" if bottom else ""
        return sign + "*".join(top) + tail


def _power(name: str, power: int | Fraction) -> str:
    name = f"({name})" if " " in name else name
    return (
        name if power == 1 else f"sqrt({name.strip('()')})" if power == Fraction(1, 2) else f"{name}**{power}"
    )


def multiple(ratios: Sequence[float], sizes: Sequence[Mapping[str, int]]) -> Multiple | None:
    """The one multiple that the ratios at several points are, or None.

    Args:
        ratios: How many times the right value the answer is, at each point.
        sizes: The sizes of the axes at each point, not the same ones everywhere.
    """
    if all(abs(value - ratios[0]) <= _AGREEMENT * abs(ratios[0]) for value in ratios):
        number = fraction(ratios[0])
        if number is not None:
            return Multiple(number, {})
    found = list(_with_sizes(ratios, sizes))
    return min(found, key=_cost) if found else None


def _cost(one: Multiple) -> tuple[float, int]:
    powers = sum(1 if abs(power) == 1 else 3 for power in one.powers.values())
    shifted = sum(" " in name for name in one.powers)
    return powers + 2 * shifted, abs(one.number.numerator) * one.number.denominator


def _with_sizes(ratios: Sequence[float], sizes: Sequence[Mapping[str, int]]) -> Iterator[Multiple]:
    names = sorted(sizes[0])
    tables = [
        {**{n: float(s[n]) for n in names}, **{f"{n} - 1": float(s[n] - 1) for n in names if s[n] > 1}}
        for s in sizes
    ]
    known = [name for name in tables[0] if all(name in table for table in tables)]
    for powers in _monomials(known):
        values = [
            value / float(np.prod([table[name] ** float(power) for name, power in powers]))
            for value, table in zip(ratios, tables, strict=True)
        ]
        if all(abs(value - values[0]) <= _AGREEMENT * abs(values[0]) for value in values):
            number = fraction(values[0])
            if number is not None:
                yield Multiple(number, dict(powers))


def _monomials(names: Sequence[str]) -> Iterator[tuple[tuple[str, int | Fraction], ...]]:
    for name in names:
        for power in _POWERS:
            yield ((name, power),)
    for first, second in combinations(names, 2):
        for one, other in product((1, -1), repeat=2):
            yield (first, one), (second, other)
