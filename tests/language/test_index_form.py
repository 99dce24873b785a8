"""Index notation says what the tensor is, and can be read back."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from gradwright.execute.evaluate import evaluate
from gradwright.language.index_form import index_form
from gradwright.language.lower import lower
from gradwright.language.parse import parse
from gradwright.language.scope import Scope, Value
from gradwright.language.text import to_text
from gradwright.model.functions import composites
from gradwright.tensor.nodes import Delta, Entry, First, Index, MaxOver, Sum, Tensor, size
from tests.language.loops import Loops

AXES = {"X": "n d", "A": "n n", "B": "d k", "x": "n", "y": "n", "w": "d", "s": "", "P": "H H", "K": "p p"}
SIZES = {"n": 4, "d": 3, "k": 2, "H": 6, "p": 2}
SHAPES = {name: tuple(size(axis) for axis in text.split()) for name, text in AXES.items()}
FUNCTIONS = composites()
SCOPE = Scope({name: Value(shape) for name, shape in SHAPES.items()}, FUNCTIONS)
# At most a few hundred products of numbers near 1 are added in another order.
TOLERANCE = 1e-11
TEXTS = [
    "X @ B", "X.T @ X", "trace(A @ A)", "x @ A @ y", "outer(x, w)", "diag(x)", "eye(n)", "sum(X, axis=0)",
    "X - mean(X, axis=0)", "softmax(X, axis=1)", "where(X > 0, X, s)", "step(X)", "maximum(X, 0)", "minimum(X, w)",
    "max(X, axis=1)", "min(X, axis=0)", "prod(x)", "x[1:]*y[:-1]", "sum((x[1:] - x[:-1])**2)", "sum(x[:-1])",
    "corr(P, K)", "convfull(P, K)", "2*X/(3*s)", "-x/n", "sqrt(x**2 + 1)*pi", "arctan(x) + erf(x)", "tanh(X @ B)**2",
    "X[0]", "sum(log(x[1:]**2 + x[:-1]**2 + 1))", "maximum(maximum(x, y), s)",
]  # fmt: skip


def _arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    return {name: rng.normal(size=[SIZES[axis] for axis in text.split()]) for name, text in AXES.items()}


@pytest.mark.parametrize("text", TEXTS)
def test_the_text_read_back_means_what_the_tensor_means(text: str) -> None:
    tensor = lower(parse(text, frozenset(FUNCTIONS)), SCOPE)
    names, tree = index_form(tensor, shapes=SHAPES)
    read = parse(to_text(tree), frozenset(FUNCTIONS))
    assert read == tree
    arrays = _arrays()
    loops = Loops(arrays, SIZES)
    expected = loops.tensor(tensor)
    bound = dict(zip(names, expected.shape, strict=True))
    found = evaluate(read, arrays, SIZES, FUNCTIONS, bound=bound or None)
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=to_text(tree))
    places = {name: Index(name, index.extent) for name, index in zip(names, tensor.indices, strict=True)}
    again = Tensor(tuple(places.values()), lower(read, SCOPE, places).entry)
    np.testing.assert_allclose(loops.tensor(again), expected, rtol=TOLERANCE, atol=TOLERANCE)


def test_names_of_values_and_sizes_are_no_indices() -> None:
    i, j = Index("q1", size("i")), Index("q2", size("n"))
    names, _ = index_form(Tensor((i, j), Entry("j", i, j)), frozenset({"k"}))
    assert len(set(names)) == 2
    assert not {"i", "j", "k", "n"} & set(names)


def test_a_time_axis_is_called_t() -> None:
    time = Index("q", size("T"))
    assert index_form(Tensor((time,), Entry("h", time - 1)))[0] == ("t",)


def test_the_range_of_a_shorter_index_is_a_condition() -> None:
    short = Index("q", size("n") - 1)
    body = sympy.log(Entry("x", short) ** 2)
    tree = index_form(Tensor((), Sum(body, short)), shapes=SHAPES)[1]
    arrays = _arrays()
    found = evaluate(parse(to_text(tree)), arrays, SIZES)
    assert float(found) == pytest.approx(float(np.sum(np.log(arrays["x"][:-1] ** 2))), rel=TOLERANCE)


def test_an_index_that_subscripts_nothing_is_solved_for() -> None:
    place, window, row = Index("o", size("k")), Index("w", sympy.Integer(2)), Index("r", size("n"))
    body = Entry("g", place) * Delta(row, 2 * place + window)
    tensor = Tensor((row,), Sum(body, place, window))
    names, tree = index_form(tensor, shapes={"g": (size("k"),)})
    arrays = {"g": np.array([3.0, 5.0])}
    found = evaluate(parse(to_text(tree)), arrays, SIZES, bound=dict(zip(names, (4,), strict=True)))
    np.testing.assert_array_equal(found, [3.0, 3.0, 5.0, 5.0])


def test_the_first_maximum_of_a_row_is_its_argmax() -> None:
    i, j, k = Index("q", size("n")), Index("r", size("d")), Index("t", size("d"))
    node = First(Entry("X", i, k), sympy.Tuple(k), sympy.Tuple(j))
    names, tree = index_form(Tensor((i, j), node))
    arrays = {"X": np.array([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 5.0]])}
    found = evaluate(parse(to_text(tree)), arrays, SIZES, bound=dict(zip(names, (4, 3), strict=True)))
    np.testing.assert_array_equal(found, np.eye(3)[[1, 0, 0, 2]])


def test_a_maximum_of_negatives_is_a_minimum() -> None:
    i = Index("q", size("n"))
    assert to_text(index_form(Tensor((), -MaxOver(-Entry("x", i), i)))[1]) == "min(i, x[i])"
