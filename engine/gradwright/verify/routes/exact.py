"""Exact comparison at the smallest sizes: explicit scalars, ``sympy.diff``, and balls at rational points."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import flint
import numpy as np
from flint import arb, fmpq
from sympy import Integer, Symbol

from gradwright.execute.sample import draw, shape_of
from gradwright.tensor.nodes import Entry, Tensor
from gradwright.verify.balls import NoBallsError, UndecidedError
from gradwright.verify.case import Case, Finding, Route
from gradwright.verify.explicit import Cell, Explicit, NotExplicitError
from gradwright.verify.scalars import Balls, Scalars
from gradwright.verify.small import small_sizes

BITS = 256
RADIUS = arb(10) ** -30
POINTS = 2
ENTRIES = 4
"""How many entries of each parameter are compared at each point."""


def exact(case: Case) -> Finding:
    """``"proved"`` where balls of radius below 1e-30 overlap at each entry and point, or what differs."""
    sizes = small_sizes(case.derivation.model)
    if sizes is None:
        return Finding("skipped: no small sizes satisfy the model's shapes", None)
    rng = np.random.default_rng(case.seed)
    try:
        with flint.ctx.workprec(BITS):
            comparison = _Comparison(case, sizes)
            for _ in range(POINTS):
                if comparison.forward.explicit.is_of_data:
                    comparison = _Comparison(case, sizes)
                difference = comparison.at(_rational(case, sizes, rng), rng)
                if difference:
                    return Finding(difference, False)
    except (NotExplicitError, NoBallsError) as error:
        return Finding(f"skipped: {error}", None)
    except UndecidedError:
        return Finding("skipped: a kink lies too near a random point", None)
    return Finding("proved", True)


class _Comparison:
    """The explicit scalars of the forward pass and of the derived adjoints, at one choice of sizes."""

    def __init__(self, case: Case, sizes: Mapping[str, int]) -> None:
        derivation, model = case.derivation, case.derivation.model
        self.derivation = derivation
        forward = {one.name: one.tensor for one in model.definitions}
        derived = {one.name: one.tensor for one in derivation.adjoints}
        shapes = {name: shape_of(value.shape, sizes) for name, value in model.shapes.items()}
        shapes.update({name: shape_of(tensor.shape, sizes) for name, tensor in derived.items()})
        self.given: dict[Cell, arb] = {}
        explicit = Explicit(sizes, shapes, lambda cell: int(float(self.given[cell])))
        self.shapes = shapes
        self.forward = Scalars(explicit, forward)
        self.derived = Scalars(explicit, {**forward, **derived})

    def at(self, given: dict[Cell, arb], rng: np.random.Generator) -> str:
        """What differs at a point, in words; empty if nothing does."""
        self.given = given
        names = frozenset(self.derivation.gradients)
        values: Balls = {self._symbol(cell): ball for cell, ball in given.items()}
        reference = self.forward.gradient(self._symbol((self.derivation.model.minimise, ())), values, names)
        for name in self.derivation.gradients:
            adjoint = self.derivation.adjoint_of[name]
            for place in _places(self.shapes[name], rng):
                expected = reference.get((name, place), arb(0))
                derived = self.derived.compute(self._symbol((adjoint, place)), values)
                difference = _compared(name, place, derived, expected)
                if difference:
                    return difference
        return ""

    def _symbol(self, cell: Cell) -> Symbol:
        name, place = cell
        symbol = self.forward.explicit.entry(Tensor((), Entry(name, *map(Integer, place))), ())
        assert isinstance(symbol, Symbol), cell
        return symbol


def _compared(name: str, place: tuple[int, ...], derived: arb, expected: arb) -> str:
    where = f"{name}[{', '.join(map(str, place))}]" if place else name
    if not derived.overlaps(expected):
        return f"differs at {where}: derived {float(derived.mid()):.6g}, exact {float(expected.mid()):.6g}"
    if not (derived.rad() < RADIUS and expected.rad() < RADIUS):
        raise UndecidedError(where)
    return ""


def _rational(case: Case, sizes: Mapping[str, int], rng: np.random.Generator) -> dict[Cell, arb]:
    """Rational values of data, parameters and constants, as exact balls."""
    model = case.derivation.model
    cells: dict[Cell, arb] = {}
    for name, array in draw(model.scope.values, sizes, rng).items():
        for place, number in np.ndenumerate(np.asarray(array)):
            cells[name, place] = arb(float(number))
    for name, constant in model.constants.items():
        exactly = Fraction(repr(float(constant)))
        cells[name, ()] = arb(fmpq(exactly.numerator, exactly.denominator))
    return cells


def _places(shape: tuple[int, ...], rng: np.random.Generator) -> list[tuple[int, ...]]:
    """A handful of places of an array, without repetition."""
    everything = list(np.ndindex(shape))
    chosen = rng.choice(len(everything), size=min(ENTRIES, len(everything)), replace=False)
    return [everything[number] for number in sorted(chosen)]


EXACT = Route("exact", exact)
