"""A tiny instance of a model: small sizes, friendly numbers, and every value computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from sympy import Expr

from gradwright.derive.derivation import Derivation
from gradwright.errors import ModelError
from gradwright.execute.formulas import evaluate_formulas
from gradwright.execute.sizes import shape_of
from gradwright.language.scope import ReadError, Value
from gradwright.language.tree import Formula, names
from gradwright.model.model import Model

Array = NDArray[np.float64]
_TRIES = 40
_FAINT, _LARGE = 0.004, 1000.0
"""A number that rounds to 0, and one that is tiresome."""
WORTHY = 2
_PARTS = 4


@dataclass(frozen=True)
class Program:
    """What is computed by hand: a model's forward formulas, and those of the adjoints that are needed.

    Args:
        model: The model.
        formulas: The formulas.
        shapes: The shape of every value and adjoint.
        asked: The name of what is asked: a value or an adjoint.
    """

    model: Model
    formulas: tuple[Formula, ...]
    shapes: Mapping[str, tuple[Expr, ...]]
    asked: str


@dataclass(frozen=True)
class Instance:
    """Sizes, the given values, the computed values, the adjoints on the way, and the numbers asked for."""

    sizes: Mapping[str, int]
    given: Mapping[str, Array]
    computed: Mapping[str, Array]
    adjoints: Mapping[str, Array]
    asked: Array

    @property
    def worth(self) -> int:
        """``WORTHY`` for numbers that differ and that rounding does not make 0, 1 for such that are alike."""
        largest = float(np.max(np.abs(self.asked), initial=0.0))
        if not _FAINT < largest < _LARGE:
            return 0
        return 1 + (self.asked.size < 2 or bool(np.ptp(self.asked) > _FAINT))


def of_gradient(derivation: Derivation, value: str) -> Program:
    """The program that ends in the adjoint of a value."""
    # Entry by entry, since every formula of a recurrence has to hold at one time.
    backward = {one.name: Formula(one.name, one.names, one.index) for one in derivation.adjoints}
    asked = derivation.adjoint_of[value]
    needed: set[str] = set()
    stack = [asked]
    while stack:
        name = stack.pop()
        if name in backward and name not in needed:
            needed.add(name)
            stack.extend(names(backward[name].body))
    chain = tuple(formula for name, formula in backward.items() if name in needed)
    return Program(derivation.model, _forward(derivation.model) + chain, derivation.shapes, asked)


def of_value(derivation: Derivation, value: str) -> Program:
    """The program that ends in a value of the forward pass."""
    model = derivation.model
    formulas: list[Formula] = []
    for formula in _forward(model):
        formulas.append(formula)
        if formula.target == value and not formula.indices:
            break
    return Program(model, tuple(formulas), derivation.shapes, value)


def _forward(model: Model) -> tuple[Formula, ...]:
    return tuple(
        Formula(d.name, d.formula.indices if d.formula.target == d.name else (), d.tree)
        for d in model.definitions
    )


def draw_instance(
    program: Program,
    sizes: Mapping[str, int],
    rng: Generator,
    constants: Mapping[str, float] | None = None,
) -> Instance:
    """An instance whose numbers are worth computing: finite, not zero, not all alike.

    Args:
        program: What is computed.
        sizes: The number of places of each axis.
        rng: The student's random numbers.
        constants: Values that are numbers of the model rather than drawn.

    Raises:
        ModelError: No values can be computed with these sizes.
    """
    best: Instance | None = None
    for _ in range(_TRIES):
        instance = _instance(program, sizes, rng, constants or {})
        if not np.all(np.isfinite(instance.asked)):
            continue
        best = instance if best is None or instance.worth > best.worth else best
        if best.worth == WORTHY:
            return best
    if best is None:
        raise ModelError(f"{program.model.name}: no finite {program.asked} with sizes {dict(sizes)}")
    return best


def _instance(
    program: Program, sizes: Mapping[str, int], rng: Generator, constants: Mapping[str, float]
) -> Instance:
    model = program.model
    numbers = {**constants, **model.constants}
    given: dict[str, Array] = {
        name: small_numbers(value, [extent_in(extent, sizes) for extent in value.shape], rng, sizes)
        for name, value in model.scope.values.items()
        if name not in numbers
    }
    given.update(
        {name: np.asarray(float(value)) for name, value in numbers.items() if name in model.scope.values}
    )
    extents = {
        name: tuple(extent_in(extent, sizes) for extent in shape) for name, shape in program.shapes.items()
    }
    try:
        known = evaluate_formulas(program.formulas, given, sizes, model.composites, extents=extents)
    except (ReadError, ValueError, IndexError) as error:
        said = error.message if isinstance(error, ReadError) else str(error)
        raise ModelError(
            f"{model.name}: no values with sizes {dict(sizes)} ({said})", hint="give sizes in the set"
        ) from error
    values = {name: np.asarray(value, dtype=float) for name, value in known.items()}
    forward = {definition.name for definition in model.definitions}
    computed = {name: value for name, value in values.items() if name in forward}
    adjoints = {
        name: value for name, value in values.items() if name not in forward and name != program.asked
    }
    return Instance(sizes, given, computed, adjoints, values[program.asked])


def extent_in(extent: Expr, sizes: Mapping[str, int]) -> int:
    """A size in numbers."""
    return shape_of((extent,), sizes)[0]


def small_numbers(value: Value, shape: list[int], rng: Generator, sizes: Mapping[str, int]) -> Array:
    """Small whole numbers that the value's domain allows; quarters where it has to lie between 0 and 1."""
    domain, _, axis = value.domain.partition(" ")
    match domain:
        case "index":
            return rng.integers(sizes[axis], size=shape).astype(float)
        case "onehot":
            return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]
        case "prob":
            return _shares(shape, rng)
        case "binary" | "mask":
            return rng.integers(2, size=shape).astype(float)
        case "pm1":
            return rng.choice([-1.0, 1.0], size=shape)
        case "unit":
            return rng.integers(1, 4, size=shape) / 4
        case "small":
            return rng.choice([-0.75, -0.5, 0.25, 0.5], size=shape)
        case "pos" | "count" | "posint":
            return rng.integers(1, 4, size=shape).astype(float)
        case "nonzero" | "away0":
            return rng.choice([-2.0, -1.0, 1.0, 2.0], size=shape)
        case "sym" | "spd" | "wellcond":
            return 2 * np.eye(shape[-1]) + np.ones(shape)
        case _:
            return rng.integers(-2, 3, size=shape).astype(float)


def _shares(shape: list[int], rng: Generator) -> Array:
    """Rows that sum to 1, in quarters where there are no more than four entries."""
    most = shape[-1]
    if most >= _PARTS:
        return np.full(shape, 1 / most)
    rest = rng.multinomial(_PARTS - most, np.full(most, 1 / most), size=shape[:-1])
    return (1.0 + rest) / _PARTS
