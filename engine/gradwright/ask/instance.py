"""A tiny instance of a model: small sizes, friendly numbers, and every value computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gradwright.derive.derivation import Derivation
from gradwright.errors import ModelError
from gradwright.execute.formulas import evaluate_formulas
from gradwright.language.scope import ReadError, Value
from gradwright.language.tree import Formula, names
from gradwright.model.model import Model

Array = NDArray[np.float64]
_TRIES = 40
_LARGEST = 6
"""Entries of a value that a person fills in by hand."""


@dataclass(frozen=True)
class Instance:
    """Sizes, the given values, the computed values, the adjoints on the way, and the gradient asked."""

    sizes: Mapping[str, int]
    given: Mapping[str, Array]
    computed: Mapping[str, Array]
    adjoints: Mapping[str, Array]
    gradient: Array


def draw_instance(
    derivation: Derivation, parameter: str, sizes: Mapping[str, int], rng: Generator
) -> Instance:
    """An instance whose gradient is worth computing: finite, not zero, its entries not all alike.

    Args:
        derivation: A model's gradients.
        parameter: The value whose gradient is asked.
        sizes: Sizes of axes that are not to be drawn.
        rng: The student's random numbers.
    """
    best: Instance | None = None
    for _ in range(_TRIES):
        instance = _instance(derivation, parameter, sizes, rng)
        if np.all(np.isfinite(instance.gradient)) and np.any(instance.gradient):
            best = instance
            if instance.gradient.size < 2 or np.ptp(instance.gradient) > 0:
                return instance
    assert best is not None, (derivation.model.name, parameter)
    return best


def _instance(derivation: Derivation, parameter: str, fixed: Mapping[str, int], rng: Generator) -> Instance:
    model = derivation.model
    sizes = _sizes(model, parameter, fixed, rng)
    given: dict[str, Array] = {
        name: small_numbers(value, [_extent(extent, sizes) for extent in value.shape], rng)
        for name, value in model.scope.values.items()
        if name not in model.constants
    }
    given.update({name: np.asarray(float(value)) for name, value in model.constants.items()})
    adjoint = derivation.adjoint_of[parameter]
    extents = {
        name: tuple(_extent(extent, sizes) for extent in shape) for name, shape in derivation.shapes.items()
    }
    try:
        known = evaluate_formulas(
            _formulas(derivation, adjoint), given, sizes, model.composites, extents=extents
        )
    except ReadError as error:
        raise ModelError(
            f"{model.name}: no values with sizes {sizes} ({error.message})", hint="give sizes in the set"
        ) from error
    values = {name: np.asarray(value, dtype=float) for name, value in known.items()}
    computed = {definition.name: values[definition.name] for definition in model.definitions}
    adjoints = {name: value for name, value in values.items() if name not in computed and name != adjoint}
    return Instance(sizes, given, computed, adjoints, values[adjoint])


def _formulas(derivation: Derivation, adjoint: str) -> list[Formula]:
    """The forward formulas, and those of the adjoints that an adjoint needs."""
    forward = [
        Formula(d.name, d.formula.indices if d.formula.target == d.name else (), d.tree)
        for d in derivation.model.definitions
    ]
    # Entry by entry, since every formula of a recurrence has to hold at one time.
    backward = {one.name: Formula(one.name, one.names, one.index) for one in derivation.adjoints}
    needed: set[str] = set()
    stack = [adjoint]
    while stack:
        name = stack.pop()
        if name in backward and name not in needed:
            needed.add(name)
            stack.extend(names(backward[name].body))
    return [*forward, *(formula for name, formula in backward.items() if name in needed)]


def _sizes(model: Model, parameter: str, fixed: Mapping[str, int], rng: Generator) -> dict[str, int]:
    """Two or three places on each axis, as long as the gradient stays short."""
    extents = [extent for value in model.scope.values.values() for extent in value.shape]
    used = sorted({str(symbol) for extent in extents for symbol in extent.free_symbols})
    letters = [
        *(axis for axis in model.axes if axis in used),
        *(axis for axis in used if axis not in model.axes),
    ]
    sizes = {letter: int(fixed.get(letter, 2 + rng.integers(2))) for letter in letters}
    shape = model.shapes[parameter].shape
    while np.prod([_extent(extent, sizes) for extent in shape]) > _LARGEST:
        large = next((letter for letter in letters if sizes[letter] > 2 and letter not in fixed), None)
        if large is None:
            break
        sizes[large] -= 1
    return sizes


def _extent(extent: Any, sizes: Mapping[str, int]) -> int:
    return int(extent.subs({symbol: sizes[str(symbol)] for symbol in extent.free_symbols}))


def small_numbers(value: Value, shape: list[int], rng: Generator) -> Array:
    """Small whole numbers that the value's domain allows; quarters where it has to lie between 0 and 1."""
    match value.domain:
        case "onehot":
            return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
        case "prob":
            return np.full(shape, 1 / shape[-1])
        case "binary" | "mask":
            return rng.integers(2, size=shape).astype(float)
        case "pm1":
            return rng.choice([-1.0, 1.0], size=shape)
        case "unit":
            return rng.integers(1, 4, size=shape) / 4
        case "pos" | "count" | "posint":
            return rng.integers(1, 4, size=shape).astype(float)
        case "nonzero" | "away0":
            return rng.choice([-2.0, -1.0, 1.0, 2.0], size=shape)
        case "sym" | "spd" | "wellcond":
            return 2 * np.eye(shape[-1]) + np.ones(shape)
        case _:
            return rng.integers(-2, 3, size=shape).astype(float)
