"""Random sizes of axes that satisfy the equations between them, and shapes in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import prod

from numpy.random import Generator
from sympy import Expr, Rational, Symbol, floor

from gradwright.errors import UsageError
from gradwright.language.scope import Value

Shape = tuple[int, ...]
Equation = tuple[Symbol, Expr]

_ATTEMPTS = 300


def draw_sizes(
    shapes: Mapping[str, Value],
    equations: Iterable[Equation],
    rng: Generator,
    mode: str = "distinct",
    least: int = 3,
) -> dict[str, int]:
    """A number of places for each named axis.

    Args:
        shapes: The values whose axes they are.
        equations: Sizes that follow from others, such as ``Ho = H - kh + 1``.
        rng: The source of randomness.
        mode: ``distinct``: every axis has a size of its own; ``equal``: all free ones have one size;
            ``compact``: small ones, of which some are equal and some not.
        least: The smallest size of a free axis.

    Raises:
        UsageError: No sizes were found that satisfy the equations.
    """
    return Sizes(shapes, equations, least).draw(rng, mode)


class Sizes:
    """What sizes are drawn from.

    Args:
        shapes: The values whose axes they are.
        equations: Sizes that follow from others.
        least: The smallest size of a free axis.
    """

    def __init__(self, shapes: Mapping[str, Value], equations: Iterable[Equation], least: int = 3) -> None:
        self._known, self._checks = _definitions(equations)
        extents = {extent for value in shapes.values() for extent in value.shape}
        extents |= {side for equation in (*self._known.items(), *self._checks) for side in equation}
        names = {name for extent in extents for name in _names(extent)}
        self._free = sorted(names - {symbol.name for symbol in self._known})
        self._least = least
        self._windows = [
            extent for extent in extents if extent.free_symbols and not isinstance(extent, Symbol)
        ]

    def draw(self, rng: Generator, mode: str = "distinct") -> dict[str, int]:
        """Sizes of all axes.

        Args:
            rng: The source of randomness.
            mode: ``distinct``, ``equal`` or ``compact``.

        Raises:
            UsageError: No sizes were found that satisfy the equations.
        """
        free, least, known = self._free, self._least, self._known
        fallback: dict[str, int] = {}
        for attempt in range(_ATTEMPTS if known or self._windows else 1):
            more = attempt // 20
            if mode == "equal":
                chosen = dict.fromkeys(free, least + int(rng.integers(2 + more)))
            elif mode == "compact":
                drawn = rng.integers(least - 1, least + 2 + more, len(free))
                chosen = dict(zip(free, drawn.tolist(), strict=True))
            else:
                places = rng.choice(len(free) + 1 + more, len(free), replace=False)
                chosen = dict(zip(free, (places + least).tolist(), strict=True))
            sizes = _completed(chosen, known, self._checks)
            if sizes is None:
                continue
            if any(_number(extent, sizes) < 1 for extent in self._windows):
                continue
            values = list(sizes.values())
            if mode == "equal" or not known or (min(values) > 1 and _is_told(mode, values)):
                return sizes
            fallback = fallback or sizes
        if not fallback:
            words = [f"{left} = {right}" for left, right in (*known.items(), *self._checks)]
            words += [f"{extent} >= 1" for extent in self._windows]
            raise UsageError(f"no sizes satisfy {', '.join(words)}")
        return fallback


def _is_told(mode: str, values: Sequence[int]) -> bool:
    """Whether the sizes tell axes apart: all of them, or, where they are compact, some."""
    apart = len(set(values))
    return apart == len(values) or (mode == "compact" and apart > 1)


def _names(extent: Expr) -> list[str]:
    return [extent.name] if isinstance(extent, Symbol) else [symbol.name for symbol in extent.free_symbols]


def _definitions(equations: Iterable[Equation]) -> tuple[dict[Symbol, Expr], list[Equation]]:
    """The equations that define a size by others without a circle, and those that are left to check."""
    known: dict[Symbol, Expr] = {}
    checks: list[Equation] = []
    for left, right in equations:
        needs = set(right.free_symbols)
        for _ in known:
            needs |= {symbol for name in needs & known.keys() for symbol in known[name].free_symbols}
        if left in known or left in needs:
            checks.append((left, right))
        else:
            known[left] = right
    return known, checks


def _completed(
    free: Mapping[str, int], known: Mapping[Symbol, Expr], checks: Iterable[Equation]
) -> dict[str, int] | None:
    """The sizes with those that follow from others, or None where one is not positive or a check fails."""
    sizes = dict(free)
    waiting = dict(known)
    while waiting:
        for left, right in known.items():
            if left in waiting and all(str(symbol) in sizes for symbol in right.free_symbols):
                value = _number(right, sizes)
                if value.denominator != 1 or value < 1:
                    return None
                sizes[str(left)] = int(value)
                del waiting[left]
    return sizes if all(sizes[str(left)] == _number(right, sizes) for left, right in checks) else None


def shape_of(extents: Iterable[Expr], sizes: Mapping[str, int]) -> Shape:
    """A shape in numbers."""
    return tuple(
        sizes[extent.name] if isinstance(extent, Symbol) else _extent(extent, sizes) for extent in extents
    )


def _extent(extent: Expr, sizes: Mapping[str, int]) -> int:
    value = _number(extent, sizes)
    if value.denominator != 1:
        raise UsageError(f"an axis of {extent} places has {value} here")
    return int(value)


def _number(extent: Expr, sizes: Mapping[str, int]) -> Fraction:
    """A size in numbers; many times quicker than a substitution."""
    if isinstance(extent, Symbol):
        return Fraction(sizes[extent.name])
    if isinstance(extent, Rational):
        return Fraction(int(extent.p), int(extent.q))
    parts = [_number(part, sizes) for part in extent.args]
    if extent.is_Add:
        return sum(parts, Fraction(0))
    if extent.is_Mul:
        return prod(parts, start=Fraction(1))
    if extent.is_Pow and parts[1].denominator == 1:
        return parts[0] ** int(parts[1])
    if isinstance(extent, floor):
        return Fraction(parts[0].__floor__())
    value = extent.subs({symbol: sizes[str(symbol)] for symbol in extent.free_symbols})
    return Fraction(int(value.p), int(value.q))
