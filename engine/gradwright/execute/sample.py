"""Random sizes of axes, and random values that honour the declared domains.

Every number drawn is a dyadic fraction of few bits, so that a ball made of it is exact, the rows of a
distribution sum to exactly 1, and a symmetric matrix is exactly symmetric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.random import Generator
from sympy import Expr, Rational, Symbol, floor

from gradwright.errors import UsageError, nearest
from gradwright.language.scope import Value

Array = Any
Shape = tuple[int, ...]
Equation = tuple[Symbol, Expr]

_ATTEMPTS = 300
_BITS = 16
_COARSE = np.array([-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0])


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
        mode: ``distinct``: every axis has a size of its own; ``equal``: all free ones have one size.
        least: The smallest size of a free axis.

    Raises:
        UsageError: No sizes were found that satisfy the equations.
    """
    known, checks = _definitions(equations)
    extents = [extent for value in shapes.values() for extent in value.shape]
    extents += [side for equation in (*known.items(), *checks) for side in equation]
    names = sorted({str(symbol) for extent in extents for symbol in extent.free_symbols})
    free = [name for name in names if name not in {str(symbol) for symbol in known}]
    fallback: dict[str, int] = {}
    for attempt in range(_ATTEMPTS if known else 1):
        top = least + len(free) + 1 + attempt // 20
        if mode == "equal":
            chosen = dict.fromkeys(free, int(rng.integers(least, least + 2 + attempt // 20)))
        else:
            picks = rng.choice(np.arange(least, top), size=len(free), replace=False)
            chosen = dict(zip(free, map(int, picks), strict=True))
        sizes = _completed(chosen, known, checks)
        if sizes is None:
            continue
        values = list(sizes.values())
        if mode == "equal" or not known or (min(values) > 1 and len(set(values)) == len(values)):
            return sizes
        fallback = fallback or sizes
    if not fallback:
        words = ", ".join(f"{left} = {right}" for left, right in (*known.items(), *checks))
        raise UsageError(f"no sizes satisfy {words}")
    return fallback


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
    return tuple(_extent(extent, sizes) for extent in extents)


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


def draw(
    values: Mapping[str, Value],
    sizes: Mapping[str, int],
    rng: Generator,
    coarse: bool = False,
    scale: float = 1.0,
) -> dict[str, Array]:
    """A random array for each value, in its domain.

    Args:
        values: The shapes and domains.
        sizes: The number of places of each named axis.
        rng: The source of randomness.
        coarse: Draw small integers and halves where the domain is an interval.
        scale: A power of two by which values are enlarged where the domain has no upper end.

    Raises:
        UsageError: A domain is not known.
    """
    return {name: _drawn(name, value, sizes, rng, coarse, scale) for name, value in values.items()}


def _drawn(
    name: str, value: Value, sizes: Mapping[str, int], rng: Generator, coarse: bool, scale: float
) -> Array:
    domain, _, axis = value.domain.replace("-", "").replace("_", "").strip().partition(" ")
    shape = shape_of(value.shape, sizes)
    if domain == "index":
        return rng.integers(0, sizes.get(axis.strip(), 2), shape).astype(float)
    if domain not in DOMAINS:
        hint = nearest(domain, DOMAINS) or f"known are {', '.join(DOMAINS)}"
        raise UsageError(f"{name}: there is no domain {value.domain}", hint=hint)
    if coarse and domain in _COARSE_DOMAINS:
        return np.asarray(rng.choice(_COARSE_DOMAINS[domain], shape))
    drawn = np.asarray(DOMAINS[domain](rng, shape), dtype=float)
    return drawn * scale if domain in _UNBOUNDED else drawn


def dyadic(x: Array, bits: int = _BITS) -> Array:
    """The nearest multiples of a power of two, none of them 0."""
    scaled = np.round(np.asarray(x, dtype=float) * 2.0**bits)
    return np.where(scaled == 0, 1.0, scaled) / 2.0**bits


def _real(rng: Generator, shape: Shape) -> Array:
    return dyadic(rng.normal(size=shape) * rng.choice([0.25, 1.0, 1.0, 2.0]))


def _positive(rng: Generator, shape: Shape) -> Array:
    return dyadic(np.exp(0.7 * rng.normal(size=shape)))


def _signs(rng: Generator, shape: Shape) -> Array:
    return 2.0 * rng.integers(0, 2, shape) - 1


def _nonzero(rng: Generator, shape: Shape) -> Array:
    return _signs(rng, shape) * dyadic(0.05 + np.abs(rng.normal(size=shape)))


def _away(rng: Generator, shape: Shape) -> Array:
    return _signs(rng, shape) * (0.3125 + dyadic(np.abs(rng.normal(size=shape))))


def _wide(rng: Generator, shape: Shape) -> Array:
    mantissa, exponent = np.frexp(10.0 ** rng.uniform(-3, 3, shape))
    return _signs(rng, shape) * np.ldexp(dyadic(mantissa), exponent)


def _mask(rng: Generator, shape: Shape) -> Array:
    mask = rng.integers(0, 2, shape).astype(float)
    if not shape:
        return mask
    kept = rng.integers(0, shape[-1], shape[:-1])
    return np.maximum(mask, np.arange(shape[-1]) == np.asarray(kept)[..., None])


def _one_hot(rng: Generator, shape: Shape) -> Array:
    if not shape:
        return 1.0
    return (np.arange(shape[-1]) == rng.integers(0, shape[-1], shape[:-1])[..., None]).astype(float)


def _distribution(rng: Generator, shape: Shape) -> Array:
    """Rows of positive multiples of a power of two whose sum is exactly 1."""
    if not shape:
        return dyadic(rng.uniform(0.02, 0.98))
    weights = rng.integers(32, 1024, shape)
    parts = np.floor(weights / weights.sum(axis=-1, keepdims=True) * 2.0**_BITS)
    parts[..., 0] += 2.0**_BITS - parts.sum(axis=-1)
    return parts / 2.0**_BITS


def _square(shape: Shape) -> bool:
    return len(shape) >= 2 and shape[-1] == shape[-2]


def _symmetric(rng: Generator, shape: Shape) -> Array:
    matrix = _real(rng, shape)
    return (matrix + np.swapaxes(matrix, -1, -2)) / 2 if _square(shape) else matrix


def _positive_definite(rng: Generator, shape: Shape) -> Array:
    if not _square(shape):
        return _positive(rng, shape)
    factor = dyadic(0.6 * rng.normal(size=shape), 8)
    return factor @ np.swapaxes(factor, -1, -2) + np.eye(shape[-1])


def _well_conditioned(rng: Generator, shape: Shape) -> Array:
    matrix = dyadic(0.2 * rng.normal(size=shape))
    return matrix + 2 * np.eye(shape[-1]) if _square(shape) else matrix


DOMAINS: Mapping[str, Callable[[Generator, Shape], Array]] = {
    "real": _real,
    "pos": _positive,
    "unit": lambda rng, shape: dyadic(rng.uniform(0.02, 0.98, shape)),
    "nonzero": _nonzero,
    "away0": _away,
    "small": lambda rng, shape: dyadic(0.1 * rng.normal(size=shape), 20),
    "wide": _wide,
    "binary": lambda rng, shape: rng.integers(0, 2, shape),
    "pm1": _signs,
    "mask": _mask,
    "onehot": _one_hot,
    "prob": _distribution,
    "sym": _symmetric,
    "spd": _positive_definite,
    "wellcond": _well_conditioned,
    "count": lambda rng, shape: rng.integers(0, 6, shape),
    "posint": lambda rng, shape: rng.integers(1, 6, shape),
}
"""How each domain is drawn; ``index v`` besides: the places of an axis ``v``."""

_UNBOUNDED = frozenset({"real", "pos", "nonzero", "away0", "sym"})

_COARSE_DOMAINS = {
    "real": _COARSE,
    "nonzero": _COARSE,
    "away0": _COARSE,
    "pos": _COARSE[_COARSE > 0],
    "unit": np.array([0.25, 0.5, 0.75]),
}
