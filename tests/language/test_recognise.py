"""Matrix notation recovered from index form means the same, and is not given where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.execute.evaluate import evaluate
from gradwright.language.lower import lower
from gradwright.language.parse import parse
from gradwright.language.recognise import recognise
from gradwright.language.scope import Scope, Value
from gradwright.language.text import to_text
from gradwright.model.functions import composites
from gradwright.tensor.canonical import canonical
from gradwright.tensor.nodes import Delta, Entry, First, Index, Sum, Tensor, size
from gradwright.tensor.pull_out import pull_out
from tests.language.loops import Loops

AXES = {
    "X": "n d", "Y": "n d", "A": "n n", "B": "d d", "W": "d k", "x": "n", "y": "n", "w": "d", "s": "",
    "T": "n d k", "U": "n k d", "V": "n n d", "P": "H H", "K": "p p",
}  # fmt: skip
DISTINCT = {"n": 4, "d": 3, "k": 2, "H": 6, "p": 2}
EQUAL = dict.fromkeys(DISTINCT, 3)
SHAPES = {name: tuple(size(axis) for axis in text.split()) for name, text in AXES.items()}
FUNCTIONS = composites()
SCOPE = Scope({name: Value(shape) for name, shape in SHAPES.items()}, FUNCTIONS)
# At most a few hundred products of numbers near 1 are added in another order.
TOLERANCE = 1e-11

TEXTS = [
    "X.T @ Y", "X @ B @ Y.T", "A @ X @ W", "A.T @ x", "x @ A @ y", "x @ y", "sum(x**2)", "sum(X**2)",
    "trace(A)", "trace(A @ A.T)", "trace(X.T @ Y @ B)", "outer(x, w)", "outer(x, x) @ A", "diag(x)", "diag(x) @ X",
    "X*Y", "x[:, None]*X", "X*w", "X/(1 + exp(-Y))", "X - mean(X, axis=0)", "X - mean(X, axis=1, keepdims=True)",
    "X/sum(X**2, axis=1, keepdims=True)", "sum(X, axis=0)", "sum(X, axis=1)", "mean(X)", "mean(x)*x",
    "ones((n, d))", "s*ones(n)", "outer(ones(n), w)", "eye(n) - A", "diagonal(A)", "diag(diagonal(A))",
    "T @ W.T", "T @ U", "swapaxes(T, 1, 2)", "sum(T, axis=(0, 1))", "sum(T, axis=0)", "einsum('ndk,nk->d', T, X @ W)",
    "einsum('nd,ndk->nk', X, T)", "einsum('nd,nk,dk->n', X, X @ W, W)", "einsum('ijd,jd->id', V, X)",
    "corr(P, K)", "convfull(P, K)", "corr(P, K)[0]", "maximum(X, Y)", "where(X > Y, X, 2*Y)", "step(X) + (X <= 0)",
    "max(X, axis=1)", "min(X)", "prod(x)", "abs(X)*sign(Y)", "sqrt(x**2 + 1)", "tanh(X @ W)**2", "X[1:] - X[:-1]",
    "X[0]", "X[:, 1]*x", "X[:2]", "-X @ w/n", "2*(X - Y)/(3*n)", "(X @ B).T", "x @ A/(s**2 + 1)",
    "softmax(X, axis=1)", "sum(X*Y, axis=1)[:, None]*X",
]  # fmt: skip


def _arrays(sizes: dict[str, int]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {name: rng.normal(size=[sizes[axis] for axis in text.split()]) for name, text in AXES.items()}


@pytest.mark.parametrize("sizes", [DISTINCT, EQUAL], ids=["distinct", "equal"])
@pytest.mark.parametrize("text", TEXTS)
def test_the_notation_means_what_the_index_form_means(text: str, sizes: dict[str, int]) -> None:
    tensor = lower(parse(text, frozenset(FUNCTIONS)), SCOPE)
    tensor = Tensor(tensor.indices, canonical(pull_out(tensor.entry)))
    tree = recognise(tensor, shapes=SHAPES)
    assert tree is not None
    read = parse(to_text(tree), frozenset(FUNCTIONS))
    arrays = _arrays(sizes)
    expected = Loops(arrays, sizes).tensor(tensor)
    found = evaluate(read, arrays, sizes, FUNCTIONS)
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=to_text(tree))
    again = lower(read, SCOPE)
    np.testing.assert_allclose(
        Loops(arrays, sizes).tensor(again), expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=to_text(tree)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(X, axis=0)/n", "mean(X, axis=0)"),
        ("eye(n)*x", "diag(x)"),
        ("einsum('ij,kj->ik', X, Y)", "X @ Y.T"),
        ("einsum('ij,ij->', X, Y)", "sum(X*Y)"),
        ("einsum('i,i->', x, x)", "x @ x"),
        ("einsum('ij,jk,ki->', X, B, X.T)", "trace(X @ B @ X.T)"),
        ("einsum('ij,j->i', X, w)", "X @ w"),
        ("-(-X)", "X"),
        ("X*x[:, None]/s", "X*x[:, None]/s"),
        ("(X.T + Y.T)*w[:, None]", "(w*(X + Y)).T"),
    ],
)
def test_the_notation_is_the_usual_one(text: str, expected: str) -> None:
    tree = recognise(lower(parse(text), SCOPE))
    assert tree is not None
    length = len(to_text(tree))
    assert to_text(tree) == expected or length <= len(expected)


def test_a_square_of_equal_axes_keeps_its_transposes() -> None:
    tree = recognise(lower(parse("einsum('ij,kj->ik', A, A)"), SCOPE))
    assert tree is not None
    assert to_text(tree) == "A @ A.T"


def test_a_slice_of_a_longer_axis_is_never_written_as_the_whole() -> None:
    short = Index("j", size("n") - 1)
    read = recognise(Tensor((short,), Entry("x", short)), shapes=SHAPES)
    assert read is not None
    assert to_text(read) == "x[:-1]"
    shifted = recognise(Tensor((short,), Entry("x", short + 1)), shapes=SHAPES)
    assert shifted is not None
    assert to_text(shifted) == "x[1:]"


def test_a_place_outside_an_axis_has_no_notation() -> None:
    i = Index("i", size("n"))
    assert recognise(Tensor((i,), Entry("x", i - 1)), shapes=SHAPES) is None
    assert recognise(Tensor((i,), Entry("x", i - 1))) is None


def test_strided_and_mixed_places_have_no_notation() -> None:
    i, j = Index("i", size("n")), Index("j", size("n"))
    assert recognise(Tensor((i,), Entry("x", 2 * i))) is None
    assert recognise(Tensor((i, j), Entry("x", i + j))) is None
    assert recognise(Tensor((i, j), Delta(i, j + 1))) is None
    assert recognise(Tensor((i,), i)) is None


def test_the_place_of_a_row_maximum_is_a_row_of_the_identity() -> None:
    i, j, k = Index("i", size("n")), Index("j", size("d")), Index("k", size("d"))
    tree = recognise(Tensor((i, j), First(Entry("X", i, k), _tuple(k), _tuple(j))))
    assert tree is not None
    assert to_text(tree) == "eye(d)[argmax(X, axis=1)]"


def _tuple(*indices: Index) -> object:
    from sympy import Tuple

    return Tuple(*indices)


def test_a_fixed_index_stays_as_a_subscript() -> None:
    time, row, column = Index("t", size("n")), Index("i", size("d")), Index("j", size("k"))
    tree = recognise(Tensor((time, row, column), Entry("T", time, row, column)), frozenset({time}))
    assert tree is not None
    assert to_text(tree) == "T[t]"


def test_a_sum_over_stacked_matrices_is_a_named_sum_of_products() -> None:
    time, row, column, inner = (
        Index("t", size("n")), Index("i", size("d")), Index("j", size("d")), Index("l", size("k")),
    )  # fmt: skip
    body = Entry("T", time, row, inner) * Entry("T", time, column, inner)
    tree = recognise(Tensor((row, column), Sum(body, time, inner)), shapes=SHAPES)
    assert tree is not None
    arrays = _arrays(DISTINCT)
    expected = np.einsum("ndk,nek->de", arrays["T"], arrays["T"])
    np.testing.assert_allclose(evaluate(tree, arrays, DISTINCT), expected, rtol=TOLERANCE, atol=TOLERANCE)
