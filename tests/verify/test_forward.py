"""Forward passes that are computed again in part, and what masks keep out of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import sympy
from flint import arb
from sympy import Symbol

import gradwright as gw
from gradwright.execute.sample import draw
from gradwright.verify.balls import evaluate
from gradwright.verify.case import constants
from gradwright.verify.forward import Forward

Array = Any
SIZES = {"n": 2, "s": 3, "t": 4, "u": 5, "v": 6, "d": 4, "a": 2, "q": 3, "f": 5}


def _drawn(name: str, rng: np.random.Generator) -> tuple[Forward, dict[str, Array]]:
    model = gw.model(name)
    return Forward(model), {**draw(model.scope.values, SIZES, rng), **constants(model)}


@pytest.mark.parametrize("moved", ["E", "W_1_d1", "c"])
def test_what_a_parameter_reaches_is_computed_again_and_the_rest_is_kept(
    moved: str, rng: np.random.Generator
) -> None:
    forward, arrays = _drawn("transformer", rng)
    before = forward.values(arrays, SIZES)
    changed = arrays[moved] + rng.normal(size=arrays[moved].shape)
    whole = forward.values({**arrays, moved: changed}, SIZES)
    part = forward.values({**before, moved: changed}, SIZES, moved)
    assert part.keys() == whole.keys()
    for name, value in whole.items():
        np.testing.assert_array_equal(part[name], value, err_msg=name)
    assert whole["L"] != before["L"]


def _changed(arrays: Mapping[str, Array], name: str, at: Any, count: int) -> dict[str, Array]:
    """The arrays with other numbers in some places of one that holds places of an axis."""
    other = np.array(arrays[name])
    other[at] = (other[at] + 1) % count
    return {**arrays, name: other}


def test_no_place_of_a_causal_model_looks_ahead(rng: np.random.Generator) -> None:
    forward, arrays = _drawn("gpt", rng)
    one = forward.values(arrays, SIZES)["P"]
    other = forward.values(_changed(arrays, "tokens", np.s_[:, 2], SIZES["v"]), SIZES)["P"]
    np.testing.assert_array_equal(one[:, :2], other[:, :2])
    assert np.abs(one[:, 2:] - other[:, 2:]).min(axis=(0, 2)).max() > 0


def test_padding_tells_nothing(rng: np.random.Generator) -> None:
    forward, arrays = _drawn("transformer", rng)
    arrays["source_mask"] = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    arrays["mask"] = np.array([[1.0, 1.0, 1.0, 0.0]] * 2)
    loss = forward.loss(arrays, SIZES)
    for name, place, count in (("source", 2, "u"), ("before", 3, "v"), ("after", 3, "v")):
        hidden = _changed(arrays, name, np.s_[:, place], SIZES[count])
        assert forward.loss(hidden, SIZES) == pytest.approx(loss, rel=1e-14), name
        seen = _changed(arrays, name, np.s_[:, 1], SIZES[count])
        assert abs(forward.loss(seen, SIZES) - loss) > 1e-6, name


def test_positions_are_sines_and_cosines_in_pairs(rng: np.random.Generator) -> None:
    forward, arrays = _drawn("transformer", rng)
    found = forward.values(arrays, SIZES)["H"]
    assert found.shape == (4, 4)
    for place in range(4):
        angles = [place, place, place / 100, place / 100]
        expected = [np.sin(angles[0]), np.cos(angles[1]), np.sin(angles[2]), np.cos(angles[3])]
        np.testing.assert_allclose(found[place], expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(("x", "expected"), [(7, 1), (-1, 2), (6, 0)])
def test_remainders_are_evaluated_in_balls(x: int, expected: int) -> None:
    a, b = Symbol("a", real=True), Symbol("b", real=True)
    assert evaluate(sympy.Mod(a, b), {a: arb(x), b: arb(3)}) == expected
