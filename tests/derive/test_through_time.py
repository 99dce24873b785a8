"""Backprop through time as a product: against slopes of the unrolled network, and the bound against norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.through_time import ThroughTime, through_time
from gradwright.execute.evaluate import Evaluation
from gradwright.execute.fields import FLOAT
from gradwright.execute.function import Work
from gradwright.execute.sample import draw, draw_sizes
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Item, Name, Tree
from gradwright.model.load import load, model
from gradwright.model.model import Model, Parameter
from gradwright.verify.case import constants
from gradwright.verify.forward import Forward

Array = Any

TESTS = Path(__file__).parents[1]
FILES = {
    path.stem: path
    for folder in ("verify/recurrent", "benchmarks/models")
    for path in sorted((TESTS / folder).glob("*.toml"))
}
NAMES = [
    "rnn-classifier",
    "lstm-classifier",
    "gru-classifier",
    "both-directions",
    "decoder-additive",
    "decoder-scaled",
    "fed-by-its-output",
    "language-model",
    "many-to-one",
    "started-by-an-image",
]


@cache
def derivation_of(name: str) -> Derivation:
    return derive(model(name) if name in catalog.entries("models") else load(FILES[name]))


@dataclass(frozen=True)
class Point:
    """The values of a forward pass at a random point, and the loss's slopes by pushes on the states."""

    sizes: Mapping[str, int]
    values: Mapping[str, Array]
    slopes: Mapping[str, Array]


def pushed(of: Model, states: Sequence[str]) -> Model:
    """The model with a value of its own added to each state at each time: the slope by it is the adjoint."""
    formulas = []
    parameters = dict(of.parameters)
    for formula in of.formulas:
        if formula.target in states:
            push = Item(Name(f"push_{formula.target}"), tuple(map(Name, formula.indices)))
            formula = replace(formula, body=Binary("+", formula.body, push))
            parameters[f"push_{formula.target}"] = Parameter(of.shapes[formula.target])
        formulas.append(formula)
    return replace(of, formulas=tuple(formulas), parameters=parameters)


def point_of(derivation: Derivation, states: Sequence[str], held: Sequence[str], scale: float = 0.7) -> Point:
    """A random point; the slopes by complex steps along each entry of each push.

    Args:
        derivation: A derivation.
        states: The states that are pushed.
        held: Those of them that are pushed only where the next step reads them.
        scale: The size of the parameters.
    """
    of = derivation.model
    rng = np.random.default_rng(7)
    sizes = draw_sizes(of.shapes, of.equations, rng, "distinct", 3)
    arrays = dict(draw(of.scope.values, sizes, rng))
    for name in of.parameters:
        arrays[name] = arrays[name] * scale
    arrays |= constants(of)
    values = Forward(of).values(arrays, sizes)
    forward = Forward(pushed(of, states))
    slopes = {}
    zeros = {f"push_{state}": np.zeros(np.shape(values[state]), dtype=complex) for state in states}
    for state in states:
        slopes[state] = np.zeros(np.shape(values[state]))
        for place in np.ndindex(*np.shape(values[state])):
            step = {name: array.copy() for name, array in zeros.items()}
            step[f"push_{state}"][place] = 1e-30j
            slopes[state][place] = np.imag(forward.loss({**arrays, **step}, sizes)) / 1e-30
    return Point(sizes, values, slopes)


class Rows:
    """Evaluates the formulas of a product form at one time and one example."""

    def __init__(
        self, derivation: Derivation, through: ThroughTime, point: Point, adjoints: Mapping[str, Array]
    ) -> None:
        self.through, self.point, self.derivation = through, point, derivation
        self.arrays = {**point.values, **adjoints}

    def value(self, tree: Tree, places: Mapping[str, int], more: Mapping[str, Array]) -> Array:
        composites = self.derivation.model.composites
        run = Evaluation({**self.arrays, **more}, dict(self.point.sizes), composites, FLOAT, Work(np.inf))
        with run.binding({name: np.asarray(place) for name, place in places.items()}, 0):
            return np.asarray(run.value(tree), dtype=float)

    def blocks(self, time: int, example: tuple[int, ...]) -> dict[tuple[str, str], Array]:
        """The Jacobian's blocks at a time; those that another is made of come first."""
        jacobian = self.through.jacobian
        letters = (jacobian.time, *jacobian.examples)
        places = dict(zip(letters, (time, *example), strict=True))
        found: dict[tuple[str, str], Array] = {}
        named: dict[str, Array] = {}
        shape = tuple(np.shape(self.arrays[self.through.states[0]])[: len(letters)])
        waiting = dict(self.through.blocks)
        while waiting:
            for pair, tree in list(waiting.items()):
                names = {node for node in self.through.names.values() if node in to_text(tree)}
                if names <= named.keys():
                    found[pair] = self.value(tree, places, named)
                    whole = np.zeros((*shape, *found[pair].shape))
                    whole[(time, *example)] = found[pair]
                    named[self.through.names[pair]] = whole
                    del waiting[pair]
        return found


def adjoints_of(derivation: Derivation, point: Point) -> dict[str, Array]:
    """The program's adjoints at a point."""
    from gradwright.execute.interpret import interpret

    given = {name: point.values[name] for name in derivation.model.scope.values}
    return interpret(derivation.assignments(), given, point.sizes)


@pytest.mark.parametrize("name", NAMES)
def test_the_product_of_the_jacobians_is_the_slope_of_the_unrolled_network(name: str) -> None:
    derivation = derivation_of(name)
    found = through_time(derivation)
    assert found
    for through in found:
        point = point_of(derivation, through.states, ())
        rows = Rows(derivation, through, point, adjoints_of(derivation, point))
        _check(through, point, rows)


def _check(through: ThroughTime, point: Point, rows: Rows) -> None:
    states, direction = through.states, through.jacobian.recurrence.direction
    length = len(point.values[states[0]])
    times = list(range(length)) if direction > 0 else list(range(length))[::-1]
    counts = np.shape(point.values[states[0]])[1 : 1 + len(through.jacobian.examples)]
    for example in np.ndindex(*counts):
        width = {state: np.shape(point.values[state])[-1] for state in states}
        handed = {state: np.zeros((length, width[state])) for state in states}
        for state, direct in through.direct.items():
            for time in times:
                tree = direct.matrix if direct.matrix is not None else direct.index
                if through.at_end and time != times[-1]:
                    continue
                whole = rows.value(tree, dict.fromkeys(direct.subscript[:1], time), {})
                handed[state][time] = whole[example]
        jacobians = {time: rows.blocks(time, example) for time in times[1:]}
        for place, time in enumerate(times):
            # Every later reading of the loss, times the Jacobians of the steps between, the latest first.
            row = {state: np.zeros(width[state]) for state in states}
            for later in range(place, length):
                part = {state: handed[state][times[later]] for state in states}
                for step in range(later, place, -1):
                    block = jacobians[times[step]]
                    part = {
                        by: sum(
                            (part[of] @ block[of, by] for of in states if (of, by) in block),
                            np.zeros(width[by]),
                        )
                        for by in states
                    }
                row = {state: row[state] + part[state] for state in states}
            total = _total(through, rows, row, time, example)
            for state in states:
                expected = point.slopes[state][(time, *example)]
                worst = np.max(np.abs(total[state] - expected))
                assert worst <= 1e-11 * max(1e-3, np.max(np.abs(point.slopes[state]))), (
                    state,
                    time,
                    total,
                    expected,
                )


def _total(
    through: ThroughTime, rows: Rows, row: Mapping[str, Array], time: int, example: tuple[int, ...]
) -> dict[str, Array]:
    """The adjoints from the rows: what later states of the same step hand back is added."""
    places = dict(zip((through.jacobian.time, *through.jacobian.examples), (time, *example), strict=True))
    total = dict(row)
    for state in reversed(through.states):
        for later, tree in through.within[state].items():
            total[state] = total[state] + total[later] @ rows.value(tree, places, {})
    return total
