"""Backprop through time as a product: against slopes of the unrolled network, and the bound against norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

from gradwright import catalog
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.growth import growth, sizes_of
from gradwright.derive.through_time import ThroughTime, through_time
from gradwright.execute.evaluate import Evaluation
from gradwright.execute.fields import FLOAT
from gradwright.execute.function import Work
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw, draw_sizes
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Item, Name, Tree
from gradwright.model.load import from_text, load, model
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
    directions: Mapping[str, Array]
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


def point_of(derivation: Derivation, states: Sequence[str], scale: float = 0.7) -> Point:
    """A random point; the slopes by complex steps along a random push of each state at each time.

    Args:
        derivation: A derivation.
        states: The states that are pushed.
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
    slopes, directions = {}, {}
    zeros = {f"push_{state}": np.zeros(np.shape(values[state]), dtype=complex) for state in states}
    for state in states:
        directions[state] = rng.normal(size=np.shape(values[state]))
        slopes[state] = np.zeros(len(values[state]))
        for time in range(len(values[state])):
            step = {name: array.copy() for name, array in zeros.items()}
            step[f"push_{state}"][time] = 1e-30j * directions[state][time]
            slopes[state][time] = np.imag(forward.loss({**arrays, **step}, sizes)) / 1e-30
    return Point(sizes, values, directions, slopes)


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
    given = {name: point.values[name] for name in derivation.model.scope.values}
    return interpret(derivation.assignments(), given, point.sizes)


@pytest.mark.parametrize("name", NAMES)
def test_the_product_of_the_jacobians_is_the_slope_of_the_unrolled_network(name: str) -> None:
    derivation = derivation_of(name)
    found = through_time(derivation)
    assert found
    for through in found:
        point = point_of(derivation, through.states)
        rows = Rows(derivation, through, point, adjoints_of(derivation, point))
        _check(through, point, rows)


def _check(through: ThroughTime, point: Point, rows: Rows) -> None:
    states, direction = through.states, through.jacobian.recurrence.direction
    length = len(point.values[states[0]])
    times = list(range(length)) if direction > 0 else list(range(length))[::-1]
    totals = {state: np.zeros(np.shape(point.values[state])) for state in states}
    counts = np.shape(point.values[states[0]])[1 : 1 + len(through.jacobian.examples)]
    for example in np.ndindex(*counts):
        width = {state: np.shape(point.values[state])[-1] for state in states}
        handed = {state: np.zeros((length, width[state])) for state in states}
        for state, direct in through.direct.items():
            for time in times:
                tree = direct.matrix if direct.matrix is not None else direct.index
                if through.at_end and time != times[-1]:
                    continue
                places = example if through.at_end else (time, *example)
                held = dict(zip(direct.subscript, places, strict=False))
                handed[state][time] = rows.value(tree, held, {})[places[len(held) :]]
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
                totals[state][(time, *example)] = total[state]
    for state in states:
        along = (totals[state] * point.directions[state]).reshape(length, -1).sum(axis=1)
        worst = np.max(np.abs(along - point.slopes[state])) / np.max(np.abs(point.slopes[state]))
        assert worst < 1e-11, (state, along, point.slopes[state])


FORMS = [
    ("rnn-classifier", "h", "h", "diag(1 - h[t, i]**2) @ Wh.T"),
    ("lstm-classifier", "c", "c", "diag(f[t, j])"),
    ("many-to-one", "h", "h", "(1 - M[t, i])*eye(u) + diag(M[t, i]*(1 - g[t, i]**2)) @ Wh.T"),
    (
        "decoder-dot",
        "q",
        "q",
        "diag(1 - q[t, i]**2) @ Ws.T + diag(1 - q[t, i]**2) @ Wc.T @ H[:, i].T"
        " @ (diag(A[t, i]) - outer(A[t, i], A[t, i])) @ H[:, i]",
    ),
]


@pytest.mark.parametrize(("name", "of", "by", "form"), FORMS)
def test_the_jacobian_of_a_step_reads_as_in_a_textbook(name: str, of: str, by: str, form: str) -> None:
    blocks = [one.blocks for one in through_time(derivation_of(name))]
    assert form in [to_text(found[of, by]) for found in blocks if (of, by) in found]


@pytest.mark.parametrize(
    ("name", "state", "factor"),
    [
        ("lstm-classifier", "c", "f[t, j]"),
        ("gru-classifier", "h", "z[t, i]"),
        ("many-to-one", "h", "1 - M[t, i]"),
    ],
)
def test_the_path_without_matrices_is_the_gate(name: str, state: str, factor: str) -> None:
    derivation = derivation_of(name)
    (through,) = through_time(derivation)
    (link,) = through.carries[state].links
    assert to_text(link.tree) == factor
    assert sizes_of(derivation).largest(link.tensor.entry) == 1
    assert growth(through, derivation) is None


CELL = """
name = "cell"
title = {{ en = "A cell", ko = "셀" }}
[axes]
T = "time steps"
n = "examples"
u = "hidden units"
[data]
x = "T n u"
[parameters]
W = "u u"
[forward]
formulas = '''
h[t] = {cell}
L = sum(h[T-1]**2)
'''
minimise = "L"
"""


def cell(text: str) -> Derivation:
    return derive(from_text(CELL.format(cell=text)))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("tanh(x[t] + h[t-1] @ W)", 1),
        ("sigmoid(x[t] + h[t-1] @ W)", sympy.Rational(1, 4)),
        ("relu(x[t] + h[t-1] @ W)", 1),
        ("2*tanh(x[t] + h[t-1] @ W)", 2),
        ("x[t] + h[t-1] @ W", 1),
    ],
)
def test_a_step_of_a_cell_grows_by_its_largest_slope(text: str, number: sympy.Expr) -> None:
    derivation = cell(text)
    (through,) = through_time(derivation)
    bound = growth(through, derivation)
    assert bound is not None
    assert [(term.number, [to_text(one) for one in term.matrices]) for term in bound.terms] == [
        (number, ["W"])
    ]


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("text", ["tanh(x[t] + h[t-1] @ W)", "sigmoid(x[t] + h[t-1] @ W)"])
def test_the_bound_holds_for_measured_adjoints(text: str, scale: float, rng: np.random.Generator) -> None:
    derivation = cell(text)
    (through,) = through_time(derivation)
    bound = growth(through, derivation)
    assert bound is not None
    sizes = {"T": 12, "n": 3, "u": 5}
    W = scale * rng.normal(size=(5, 5)) / np.sqrt(5)
    values = {"x": rng.normal(size=(12, 3, 5)), "W": W}
    norms = np.linalg.norm(interpret(derivation.assignments(), values, sizes)["dh"], axis=-1)
    step = float(bound.terms[0].number) * np.linalg.norm(W, 2)
    for time in range(12):
        limit = step ** (11 - time) * norms[-1]
        assert np.all(norms[time] <= limit * (1 + 1e-12)), (time, norms[time], limit)
    assert np.all(norms[0] > 0)


def test_slopes_are_polynomials_in_the_values_own_entries() -> None:
    slopes = sizes_of(derivation_of("lstm-classifier")).slopes
    gate, candidate = slopes["f"], slopes["g"]
    assert gate is not None
    assert candidate is not None
    assert (gate.low, gate.high, gate.largest, gate.at) == (0, 1, sympy.Rational(1, 4), sympy.Rational(1, 2))
    assert (candidate.low, candidate.high, candidate.largest, candidate.at) == (-1, 1, 1, 0)
    assert slopes["c"] is None


def test_what_is_no_step_from_one_time_to_the_next_has_no_product_form() -> None:
    assert through_time(derivation_of("two-layer-perceptron")) == ()
    assert through_time(cell("tanh(x[t] + h[t-1] @ W + h[t-2])")) == ()


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
