"""Random sizes of axes, and random values that honour the declared domains.

Every number drawn is a dyadic fraction of few bits, so that a ball made of it is exact, the rows of a
distribution sum to exactly 1, and a symmetric matrix is exactly symmetric.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.random import Generator

from gradwright.errors import UsageError, nearest
from gradwright.execute.sizes import Equation, Shape, Sizes, draw_sizes, shape_of
from gradwright.language.scope import Value

__all__ = ["DOMAINS", "Equation", "Sizes", "draw", "draw_scalars", "draw_sizes", "dyadic", "shape_of"]

Array = Any
Domains = Mapping[str, Callable[[Generator, Shape], Array]]

_BITS = 16
_COARSE = np.array([-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0])
_SPREADS = (0.25, 1.0, 1.0, 2.0)


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
    shape = shape_of(value.shape, sizes)
    domain, _, axis = value.domain.partition(" ")
    if domain == "index":
        return rng.integers(0, sizes.get(axis.strip(), 2), shape).astype(float)
    return _of_domain(name, domain, shape, rng, coarse, scale, DOMAINS)


def _of_domain(
    name: str, domain: str, shape: Shape, rng: Generator, coarse: bool, scale: float, table: Domains
) -> Array:
    if domain not in table:
        domain = domain.replace("-", "").replace("_", "").strip()
    if domain not in table:
        hint = nearest(domain, table) or f"known are {', '.join(table)}"
        raise UsageError(f"{name}: there is no domain {domain}", hint=hint)
    if coarse and domain in _COARSE_DOMAINS:
        return np.asarray(rng.choice(_COARSE_DOMAINS[domain], shape))
    drawn = np.asarray(table[domain](rng, shape), dtype=float)
    return drawn * scale if scale != 1 and domain in _UNBOUNDED else drawn


def draw_scalars(
    values: Mapping[str, Value], rng: Generator, count: int, coarse: bool = False, scale: float = 1.0
) -> dict[str, Array]:
    """Many random numbers for each scalar, in its domain: one point a place.

    Args:
        values: The scalars.
        rng: The source of randomness.
        count: How many points.
        coarse: Draw small integers and halves where the domain is an interval.
        scale: A power of two by which values are enlarged where the domain has no upper end.
    """
    shape = (count,)
    return {
        name: _of_domain(name, value.domain, shape, rng, coarse, scale, _ALONE)
        for name, value in values.items()
    }


def dyadic(x: Array, bits: int = _BITS) -> Array:
    """The nearest multiples of a power of two, none of them 0."""
    scaled = np.asarray(np.rint(np.asarray(x, dtype=float) * 2.0**bits))
    scaled[scaled == 0] = 1.0
    scaled *= 2.0**-bits
    return scaled


def _real(rng: Generator, shape: Shape) -> Array:
    return dyadic(rng.standard_normal(shape) * _SPREADS[rng.integers(4)])


def _scalars(rng: Generator, shape: Shape) -> Array:
    """Real numbers, each of a size of its own."""
    return dyadic(rng.standard_normal(shape) * np.take(_SPREADS, rng.integers(0, 4, shape)))


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


DOMAINS: Domains = {
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

_ALONE: Domains = {
    **DOMAINS,
    "real": _scalars,
    "sym": _scalars,
    "spd": _positive,
    "prob": DOMAINS["unit"],
    "mask": DOMAINS["binary"],
    "onehot": lambda _, shape: np.ones(shape),
}
"""How many single numbers of a domain are drawn, where an array's axes would have a meaning."""

_COARSE_DOMAINS = {
    "real": _COARSE,
    "nonzero": _COARSE,
    "away0": _COARSE,
    "pos": _COARSE[_COARSE > 0],
    "unit": np.array([0.25, 0.5, 0.75]),
}
