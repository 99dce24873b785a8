"""Formulas as they are written, recurrences included, against loops, the interpreter, and balls."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from gradwright import catalog
from gradwright.derive.derivation import derive
from gradwright.execute.evaluate import TooLargeError
from gradwright.execute.fields import ball
from gradwright.execute.formulas import evaluate_formulas
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw, draw_sizes, shape_of
from gradwright.language.parse import parse_formulas
from gradwright.language.scope import ReadError
from gradwright.model.functions import composites
from gradwright.model.load import model

FUNCTIONS = composites()
SIZES = {"T": 5, "n": 3, "d": 4, "u": 2}


@pytest.fixture
def cell(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The inputs and weights of a plain recurrent network, and the adjoint of its last state."""
    shapes = {"x": "Tnd", "W": "du", "U": "uu", "b": "u", "g": "nu"}
    return {name: rng.normal(size=[SIZES[axis] for axis in axes]) for name, axes in shapes.items()}


def test_a_recurrence_and_its_adjoint_are_the_loops_they_stand_for(cell: dict[str, np.ndarray]) -> None:
    text = """
    a[t] = x[t] @ W + h[t-1] @ U + b
    h[t] = tanh(a[t])
    dh[t] = da[t+1] @ U.T + (t == T - 1)*g
    da[t] = (1 - h[t]**2)*dh[t]
    dU = sum(t, h[t-1].T @ da[t])
    """
    found = evaluate_formulas(parse_formulas(text), cell, SIZES, FUNCTIONS)
    h, dh, da = ([np.zeros((3, 2))] * 7 for _ in range(3))
    h, dh, da = list(h), list(dh), list(da)
    for t in range(5):
        h[t] = np.tanh(cell["x"][t] @ cell["W"] + h[t - 1] @ cell["U"] + cell["b"])
    for t in (4, 3, 2, 1, 0):
        dh[t] = da[t + 1] @ cell["U"].T + (cell["g"] if t == 4 else 0)
        da[t] = (1 - h[t] ** 2) * dh[t]
    grad = sum(h[t - 1].T @ da[t] for t in range(1, 5))
    assert np.allclose(found["h"], h[:5], rtol=1e-14)
    assert np.allclose(found["dh"], dh[:5], rtol=1e-14)
    assert np.allclose(found["dU"], grad, rtol=1e-13)


def test_lines_of_whole_arrays_in_a_recurrence_are_those_of_each_time(cell: dict[str, np.ndarray]) -> None:
    around = "\ndh[t] = {} + (t == T - 1)*g"
    whole = "da = (1 - h**2)*db\ndb = M[:, :, None]*dc\ndc = dh + sum(dh*h, axis=2, keepdims=True)\n"
    whole += "dx = da @ U.T" + around.format("dx[t+1]")
    each = "da[t] = (1 - h[t]**2)*M[t, :, None]*(dh[t] + sum(dh[t]*h[t], axis=1, keepdims=True))"
    each += around.format("da[t+1] @ U.T")
    rng = np.random.default_rng(7)
    arrays = {**cell, "h": rng.normal(size=(5, 3, 2)), "M": rng.normal(size=(5, 3))}
    extents = dict.fromkeys(("da", "db", "dc", "dx", "dh"), (5, 3, 2))
    one = evaluate_formulas(parse_formulas(whole), arrays, SIZES, extents=extents)
    other = evaluate_formulas(parse_formulas(each), arrays, SIZES, extents=extents)
    assert np.allclose(one["da"], other["da"], rtol=1e-14)
    assert np.all(other["da"] != 0)
    mixed = parse_formulas("dx = U @ da\nda[t] = dx[t+1] + g")
    with pytest.raises(ReadError, match="needs its index"):
        evaluate_formulas(mixed, arrays, SIZES, extents=extents)


def test_the_same_recurrence_in_index_form_has_the_same_value(cell: dict[str, np.ndarray]) -> None:
    whole = parse_formulas("h[t] = tanh(x[t] @ W + h[t-1] @ U + b)")
    entries = parse_formulas("h[t, i, k] = tanh(sum(j, x[t,i,j]*W[j,k]) + sum(l, h[t-1,i,l]*U[l,k]) + b[k])")
    one = evaluate_formulas(whole, cell, SIZES)["h"]
    other = evaluate_formulas(entries, cell, SIZES, extents={"h": (5, 3, 2)})["h"]
    assert np.allclose(one, other, rtol=1e-14)
    assert np.allclose(one, evaluate_formulas(entries, cell, SIZES)["h"], rtol=1e-14)


def test_balls_hold_the_floats(cell: dict[str, np.ndarray]) -> None:
    formulas = parse_formulas("h[t] = tanh(x[t] @ W + h[t-1] @ U + b)\nL = sum(h[T-1]**2)/n")
    floats = evaluate_formulas(formulas, cell, SIZES)
    balls = evaluate_formulas(formulas, cell, SIZES, field=ball(200))
    assert float(balls["L"][()].rad()) < 1e-55
    assert floats["L"] == pytest.approx(float(balls["L"][()]), rel=1e-14)
    for place in product(range(5), range(3), range(2)):
        assert floats["h"][place] == pytest.approx(float(balls["h"][place]), rel=1e-13)


def test_complex_numbers_pass_through(cell: dict[str, np.ndarray]) -> None:
    formulas = parse_formulas("h[t] = tanh(x[t] @ W + h[t-1] @ U + b)\nL = sum(h[T-1]**2)")
    stepped = {**cell, "b": cell["b"] + 1e-30j}
    slope = evaluate_formulas(formulas, stepped, SIZES)["L"].imag / 1e-30
    up, down = ({**cell, "b": cell["b"] + sign * 1e-6} for sign in (1, -1))
    ends = [float(evaluate_formulas(formulas, at, SIZES)["L"]) for at in (up, down)]
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-7)


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(catalog.entries("models")))
def test_the_printed_derivation_of_a_model_is_a_program_that_finds_its_gradients(name: str) -> None:
    of = model(name)
    derivation = derive(of)
    of = derivation.model
    rng = np.random.default_rng(3)
    sizes = draw_sizes(of.shapes, of.equations, rng)
    arrays = {**draw(of.scope.values, sizes, rng), **{k: np.asarray(v) for k, v in of.constants.items()}}
    expected = interpret(derivation.assignments(), arrays, sizes)
    forward = [definition.equation for definition in of.definitions]
    printed = parse_formulas(derivation.text(), frozenset(of.composites))
    extents = {target: shape_of(shape, sizes) for target, shape in derivation.shapes.items()}
    found = evaluate_formulas([*forward, *printed], arrays, sizes, of.composites, extents=extents)
    assert set(derivation.adjoint_of.values()) <= set(found)
    largest = {
        one.name: np.max(np.abs(expected[one.name])) for one in derivation.adjoints if one.name in expected
    }
    for adjoint, scale in largest.items():
        # float64 sums of some hundred terms, in another order; terms of larger adjoints may cancel, as those
        # of a bias of the keys do to 0
        bound = 1e-10 * scale + 1e-13 * max(largest.values())
        assert np.max(np.abs(found[adjoint] - expected[adjoint])) < bound, adjoint


def test_what_cannot_be_carried_out_is_said() -> None:
    with pytest.raises(ReadError, match="cyclic"):
        evaluate_formulas(parse_formulas("a = b + 1\nb = a + 1"), {}, {})
    with pytest.raises(ReadError, match="says how far"):
        evaluate_formulas(parse_formulas("a[t] = 2*t"), {}, {})
    with pytest.raises(TooLargeError):
        evaluate_formulas(parse_formulas("a[t] = a[t-1] + x[t]"), {"x": np.ones(100)}, {}, work=50)
