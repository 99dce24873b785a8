"""What is said of an activation is so: every fact is seen again in numbers that NumPy alone computes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy

from gradwright import catalog
from gradwright.derive.activation import Activation, activation
from gradwright.derive.alone import entrywise, options, whole
from gradwright.derive.byoutput import pieces, slope_of
from gradwright.derive.derivation import derive
from gradwright.errors import UsageError
from gradwright.execute.evaluate import evaluate
from gradwright.language.text import to_text
from gradwright.language.tree import Call, Name
from gradwright.model.functions import composites

FUNCTIONS = composites()
PRIMITIVES = ("tanh", "step", "heaviside", "abs", "sign", "erf", "arctan", "exp", "square")
NAMES = (*(name for name in FUNCTIONS if entrywise(name) is not None), *PRIMITIVES)
GRID = np.linspace(-30, 30, 24001) + 1e-4
"""Fine about 0 and far enough out that an activation is at its limits; no kink lies on it."""
LENGTH = 1e-6
SLACK = 1e-6
"""A central difference of that length is off by about 1e-10 of the value."""


@cache
def facts(name: str) -> Activation:
    found = activation(name)
    assert found is not None, name
    return found


def number(name: str, x: Any) -> Any:
    settings = {key: float(tree.value) for key, tree in options(name).items()}
    call = Call(name, tuple(Name(key) for key in ("x", *settings)))
    values = {"x": np.asarray(x, dtype=float), **{key: np.float64(value) for key, value in settings.items()}}
    return evaluate(call, values, {"n": np.size(x)}, FUNCTIONS)


def slopes(name: str, x: Any) -> Any:
    return (number(name, x + LENGTH) - number(name, x - LENGTH)) / (2 * LENGTH)


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_is_the_central_difference(name: str) -> None:
    x = GRID[(np.abs(GRID) < 8) & (np.arange(len(GRID)) % 97 == 0)]
    settings = {key: np.float64(float(tree.value)) for key, tree in options(name).items()}
    values = {"x": x, "y": number(name, x), **settings}
    found = evaluate(slope_of(facts(name)), values, {"n": len(x)}, FUNCTIONS)
    np.testing.assert_allclose(found + 0 * x, slopes(name, x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_slope_by_the_output_is_the_slope(name: str) -> None:
    settings = {key: np.float64(float(tree.value)) for key, tree in options(name).items()}
    for piece in pieces(facts(name)):
        low, high = max(float(piece.low), -6.0), min(float(piece.high), 6.0)
        x = np.linspace(low, high, 12)[1:-1]
        for tree in (piece.slope, *([piece.by_output] if piece.by_output is not None else [])):
            values = {"x": x, "y": number(name, x), **settings}
            found = evaluate(tree, values, {"n": len(x)}, FUNCTIONS)
            np.testing.assert_allclose(found + 0 * x, slopes(name, x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_the_function_and_its_slope_go_where_it_is_said(name: str) -> None:
    for end, place in zip(facts(name).ends, (-30.0, 30.0), strict=True):
        for limit, measure in ((end.value, number), (end.slope, slopes)):
            value = float(measure(name, place))
            if limit.is_infinite:
                assert value * float(sympy.sign(limit)) > 2 * abs(float(measure(name, place / 3)))
            else:
                slow = 0.04  # arctan is this far from its limit at 30
                assert value == pytest.approx(float(limit), abs=slow), (name, place)


@pytest.mark.parametrize("name", NAMES)
def test_no_value_or_slope_is_beyond_the_extremes_and_one_comes_near(name: str) -> None:
    found = facts(name)
    smooth = GRID[[all(abs(x - float(k)) > 1e-3 for k in found.function.kinks) for x in GRID]]
    seen = ((found.least, found.greatest, number(name, GRID)),)
    for low, high, values in (*seen, (found.flattest, found.steepest, slopes(name, smooth))):
        for bound, worst in ((low, values.min()), (high, values.max())):
            if bound.value.is_infinite:
                assert worst in (values[0], values[-1]), name
            else:
                inside = 1 if bound is low else -1
                assert inside * (worst - float(bound.value)) > -SLACK, (name, bound)
                assert worst == pytest.approx(float(bound.value), abs=0.04), (name, bound)


@pytest.mark.parametrize("name", NAMES)
def test_an_extreme_is_taken_where_it_is_said(name: str) -> None:
    found = facts(name)
    for extreme in (found.least, found.greatest):
        for place in extreme.places:
            assert float(number(name, float(place))) == pytest.approx(float(extreme.value), abs=1e-12)
        if not extreme.attained and extreme.value.is_finite:
            assert not np.any(number(name, GRID[np.abs(GRID) < 5]) == float(extreme.value))


@pytest.mark.parametrize("name", NAMES)
def test_symmetry_and_monotony_are_those_of_the_numbers(name: str) -> None:
    found, values = facts(name), number(name, GRID)
    mirrored = number(name, -GRID)
    signs = {"odd": -1, "even": 1}
    agreeing = {word for word, sign in signs.items() if np.allclose(mirrored, sign * values, atol=1e-12)}
    assert agreeing == ({found.parity} - {""})
    assert found.rises == bool(np.all(np.diff(values) >= -1e-13))
    assert found.falls == bool(np.all(np.diff(values) <= 1e-13))


@pytest.mark.parametrize("name", NAMES)
def test_at_a_kink_the_one_sided_quotients_are_those_said(name: str) -> None:
    for kink in facts(name).kinks:
        place = float(kink.place)
        assert float(number(name, place)) == pytest.approx(float(kink.value))
        for sign, limit, slope in ((-1, kink.left, kink.slopes[0]), (1, kink.right, kink.slopes[1])):
            near, far = (float(number(name, place + sign * LENGTH * times)) for times in (1, 2))
            assert near == pytest.approx(float(limit), abs=1e-5)
            assert sign * (far - near) / LENGTH == pytest.approx(float(slope), abs=1e-4)


def test_textbook_slopes_come_out_in_terms_of_the_output() -> None:
    assert to_text(slope_of(facts("sigmoid"))) == "(1 - y)*y"
    assert to_text(slope_of(facts("tanh"))) == "1 - y**2"
    assert to_text(slope_of(facts("softplus"))) == "sigmoid(x)"
    below = pieces(facts("elu"))[0]
    assert below.by_output is not None and to_text(below.by_output) == "a + y"


def test_exact_values_are_found_where_there_are_some_and_digits_elsewhere() -> None:
    assert facts("sigmoid").steepest.value == sympy.Rational(1, 4)
    assert facts("gelu").steepest.places == (sympy.sqrt(2),)
    (place,) = facts("silu").least.places
    # The place where 1 + exp(-x) + x*exp(-x) = 0, which Lambert's function names.
    assert abs(place - sympy.N(-1 - sympy.LambertW(sympy.exp(-1)), 25)) < 1e-18


def test_a_corner_and_a_jump_are_told_apart() -> None:
    (corner,), (jump,) = facts("relu").kinks, facts("step").kinks
    assert corner.continuous and not corner.differentiable and corner.taken == 0
    assert not jump.continuous and facts("step").flat
    assert all(kink.differentiable for kink in facts("huber").kinks)


@pytest.mark.parametrize("name", ["log", "floor", "sin", "gamma"])
def test_what_is_no_activation_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(UsageError):
        activation(name)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if entrywise(name) is None])
def test_every_other_function_is_derived_as_a_whole(name: str) -> None:
    if "shape[-2]" in str(catalog.table(catalog.entries("functions")[name])["formulas"]):
        with pytest.raises(UsageError, match="does not take vectors alone"):  # its rows are places
            whole(name)
        return
    model = whole(name)
    assert derive(model).gradients.keys() == model.parameters.keys()
