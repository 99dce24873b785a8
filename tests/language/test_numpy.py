"""What a student types in a notebook is an answer: each spelling has NumPy's own value and shape."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gradwright.execute.evaluate import evaluate
from gradwright.execute.sample import shape_of
from gradwright.language.latex import to_latex
from gradwright.language.reading import read
from gradwright.language.scope import Scope, Value
from gradwright.language.shapes import infer_free
from gradwright.language.text import to_text
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size
from tests.language.numpy_rows import (
    ARRAYS,
    ELEMENTWISE,
    LINEAR_ALGEBRA,
    PRODUCTS,
    REDUCTIONS,
    SUBSCRIPTS,
)

ROWS = {**ELEMENTWISE, **SUBSCRIPTS, **REDUCTIONS, **PRODUCTS, **LINEAR_ALGEBRA, **ARRAYS}
SIZES = {
    "n": 4,
    "d": 3,
    "k": 2,
    "p": 5,
    "v": 6,
    "m": 4,
    "bt": 2,
    "c": 2,
    "H": 6,
    "V": 5,
    "kh": 2,
    "kw": 3,
    "o": 3,
}
SHAPES = {
    "X": "n d", "Y": "n d", "A": "n n", "B": "n n", "S": "n n", "W": "d k", "x": "n", "y": "n", "w": "d",
    "b": "k", "T": "p n d", "E": "v d", "tokens": "p", "lab": "n", "s": "", "t": "", "P": "n k", "G": "n k",
    "x4": "bt c H V", "k4": "o c kh kw", "img": "H V", "ker": "kh kw",
}  # fmt: skip
SCOPE = Scope(
    {name: Value(tuple(size(axis) for axis in axes.split())) for name, axes in SHAPES.items()}, composites()
)


def _values() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=[SIZES[axis] for axis in axes.split()]) for name, axes in SHAPES.items()}
    values["S"] = values["A"] @ values["A"].T + 4 * np.eye(4)
    values["tokens"] = rng.integers(0, 6, 5).astype(float)
    values["lab"] = rng.integers(0, 2, 4).astype(float)
    values["t"] = np.array(3.0)
    return values


VALUES = _values()
GIVEN = SimpleNamespace(
    **SIZES,
    **{name: array.astype(int) if name in ("tokens", "lab") else array for name, array in VALUES.items()},
)


def value_of(text: str) -> np.ndarray:
    reading = read(text, SCOPE)
    shape = infer_free(reading.tree, SCOPE, reading.free).shape
    bound = dict.fromkeys(reading.free, 0)
    value = np.asarray(evaluate(reading.tree, VALUES, SIZES, SCOPE.composites, bound=bound))
    assert value.shape == shape_of(shape, SIZES), (value.shape, shape)
    return value


def assert_same(got: np.ndarray, expected: Any) -> None:
    wanted = np.asarray(expected, dtype=float)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("text", ROWS)
def test_a_spelling_has_numpys_value_and_shape(text: str) -> None:
    with np.errstate(all="ignore"):
        expected = ROWS[text](GIVEN)
    assert_same(value_of(text), expected)


@pytest.mark.parametrize("text", ROWS)
def test_what_is_read_is_printed_so_that_it_is_read_again(text: str) -> None:
    tree = read(text, SCOPE).tree
    assert read(to_text(tree), SCOPE).tree == tree
    assert to_latex(tree)


PLAIN = [text for text in ROWS if "np." in text and "np.min(" not in text and "np.max(" not in text]


@pytest.mark.parametrize("text", PLAIN)
def test_the_library_before_a_function_may_be_left_out(text: str) -> None:
    bare = text.replace("np.linalg.", "").replace("np.", "")
    assert read(bare.replace("newaxis", "None"), SCOPE).tree == read(text, SCOPE).tree
