"""Recognised matrix notation is worth what the index form is; what has no notation is told, never made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from sympy import Expr

from gradwright.execute.evaluate import evaluate
from gradwright.language.lower import lower
from gradwright.language.parse import parse
from gradwright.language.recognise import recognise
from gradwright.language.scope import Scope, Value
from gradwright.language.text import to_text
from gradwright.language.tree import Tree
from gradwright.model.functions import composites
from gradwright.tensor.nodes import Delta, Entry, Index, Sum, Tensor, size
from tests.language.loops import Loops
from tests.language.lowering_cases import CASES as ALL_CASES
from tests.language.lowering_cases import SIZES

COMPOSITES = composites()
CASES = [case for case in ALL_CASES if case[0] != "einsum('bij,bjk,i->bk', T, U, x)"]


def _scope(axes: Mapping[str, str]) -> Scope:
    shapes = {name: tuple(size(axis) for axis in text.split()) for name, text in axes.items()}
    return Scope({name: Value(shape) for name, shape in shapes.items()}, COMPOSITES)


def _arrays(axes: Mapping[str, str]) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    arrays: dict[str, np.ndarray] = {}
    for name, text in axes.items():
        counts = [SIZES[axis] for axis in text.split()]
        arrays[name] = rng.integers(0, SIZES["v"], counts) if name == "tokens" else rng.normal(size=counts)
        if name in ("eps", "pos"):
            arrays[name] = np.abs(arrays[name]) + 0.1
    return arrays


def _read(text: str) -> Tree:
    return parse(text, frozenset(COMPOSITES))


def _recognised(text: str, axes: Mapping[str, str]) -> Tree | None:
    scope = _scope(axes)
    shapes = {name: value.shape for name, value in scope.values.items()}
    return recognise(lower(_read(text), scope), shapes=shapes)


@pytest.mark.parametrize(("text", "axes", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_is_recognised_is_read_back_and_worth_the_same(
    text: str, axes: Mapping[str, str], expected: Callable[..., Any]
) -> None:
    found = _recognised(text, axes)
    if found is None:
        return
    arrays = _arrays(axes)
    printed = to_text(found)
    value = np.asarray(evaluate(_read(printed), arrays, SIZES, COMPOSITES), dtype=float)
    wanted = np.asarray(expected(**arrays), dtype=float)
    assert value.shape == wanted.shape, printed
    # Sums of a few dozen terms in double precision, in another order.
    np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-9, err_msg=printed)


def test_most_of_the_language_has_matrix_notation() -> None:
    found = [_recognised(text, axes) is not None for text, axes, _ in CASES]
    assert sum(found) > 0.7 * len(found), f"{sum(found)} of {len(found)}"


MATRICES = {"X": "n d", "G": "n k", "W": "d k", "A": "n n", "x": "n", "y": "n", "w": "d", "c": "k", "s": ""}


@pytest.mark.parametrize(
    "text",
    [
        "X.T @ G",
        "G @ W.T",
        "X @ w",
        "X.T @ x",
        "x @ A @ y",
        "x @ y",
        "outer(x, w)",
        "trace(A)",
        "X @ W @ c",
        "A.T",
        "sum(X, axis=0)",
        "mean(X, axis=1)",
        "sum(X)",
        "sum(X*X)",
        "X.T @ (G - X @ W)",
        "eye(n)",
        "diag(x)",
        "diagonal(A)",
        "A @ A @ A",
        "sqrt(1 + x**2)",
    ],
)
def test_plain_notation_comes_back_as_the_least_text_that_means_it(text: str) -> None:
    found = _recognised(text, MATRICES)
    assert found is not None
    printed = to_text(found)
    assert "einsum" not in printed
    assert len(printed) <= len(text) + 4, printed
    arrays = _arrays(MATRICES)
    # The same few products, perhaps in another order.
    np.testing.assert_allclose(
        evaluate(_read(printed), arrays, SIZES, COMPOSITES),
        evaluate(_read(text), arrays, SIZES, COMPOSITES),
        rtol=1e-11,
        atol=1e-12,
        err_msg=printed,
    )


H, J, L, K = (Index(letter, size(axis)) for letter, axis in zip("ijlk", "nnnk", strict=True))
D = Index("m", size("d"))
SUMS: list[tuple[str, Expr, tuple[Index, ...]]] = [
    ("three in one index", Sum(Entry("x", H) * Entry("y", H) * Entry("A", H, J), H), (J,)),
    ("a matrix and its rows", Sum(Entry("X", H, D) * Entry("G", H, K) * Entry("x", H), H), (D, K)),
    ("a triangle", Sum(Entry("A", H, J) * Entry("A", J, L) * Entry("A", L, H), H, J, L), ()),
    ("a diagonal in a sum", Sum(Entry("A", H, H) * Entry("X", H, D), H), (D,)),
    ("columns side by side", Sum(Entry("X", H, D) * Entry("w", D) ** 2, D), (H,)),
    ("a product by entries", Entry("A", H, J) * Entry("A", J, H) * Entry("x", H), (H, J)),
    ("a vector in a missing axis", Entry("x", H), (H, D)),
    ("a number in two axes", Entry("s"), (H, D)),
    ("a delta in front", Delta(H, J) * Entry("x", H) + Entry("A", J, H), (H, J)),
    ("two deltas", Delta(H, J) * Sum(Entry("A", L, L), L), (J, H)),
    ("another order of axes", Sum(Entry("X", H, D) * Entry("G", H, K), H), (K, D)),
    ("apart", Sum(Entry("x", H), H) * Entry("w", D) / size("n"), (D,)),
    ("all three axes", Entry("X", H, D) * Entry("G", H, K), (H, D, K)),
]


@pytest.mark.parametrize(("entry", "free"), [case[1:] for case in SUMS], ids=[case[0] for case in SUMS])
def test_a_sum_of_entries_is_written_with_its_own_axes_in_order(entry: Expr, free: tuple[Index, ...]) -> None:
    found = recognise(Tensor(free, entry))
    assert found is not None
    arrays = _arrays(MATRICES)
    printed = to_text(found)
    value = np.asarray(evaluate(_read(printed), arrays, SIZES, COMPOSITES), dtype=float)
    wanted = Loops(arrays, SIZES).tensor(Tensor(free, entry))
    assert value.shape == wanted.shape, printed
    # Sums of a few dozen terms in double precision.
    np.testing.assert_allclose(value, wanted, rtol=1e-11, atol=1e-12, err_msg=printed)


@pytest.mark.parametrize(
    ("entry", "free"),
    [
        (Delta(2 * H, J), (H, J)),
        (Entry("A", H, J) * H, (H, J)),
        (Sum(Entry("x", H) * H, H), ()),
        (Sum(Entry("x", H) * Delta(2 * H, J), H), (J,)),
    ],
)
def test_what_has_no_matrix_notation_is_none(entry: Expr, free: tuple[Index, ...]) -> None:
    assert recognise(Tensor(free, entry)) is None


def test_a_fixed_index_stays_as_a_subscript() -> None:
    time = Index("t", size("n"))
    entry = Sum(Entry("X", time, D) * Entry("W", D, K), D)
    found = recognise(Tensor((time, K), entry), frozenset({time}))
    assert found is not None
    assert to_text(found).replace(" ", "") in ("X[t]@W", "W.T@X[t]")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("einsum('bij,bjk,i->bk', S, S, v)", (2, 3)),
        ("einsum('bij,bjk,k->bi', S, S, v)", (2, 3)),
        ("einsum('bij,bjk,i,k->b', S, S, v, v)", (2,)),
        ("einsum('ij,bjk,k->bi', Q, S, v)", (2, 3)),
    ],
)
def test_a_stack_of_matrices_times_a_vector_is_not_regrouped(text: str, wanted: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    shapes = {"S": ("b", "n", "n"), "Q": ("n", "n"), "v": ("n",)}
    sizes = {"b": 2, "n": 3}
    arrays = {name: rng.normal(size=[sizes[axis] for axis in axes]) for name, axes in shapes.items()}
    scope = Scope({name: Value(tuple(size(axis) for axis in axes)) for name, axes in shapes.items()})
    found = recognise(lower(parse(text), scope))
    assert found is not None
    value = np.asarray(evaluate(found, arrays, sizes), dtype=float)
    assert value.shape == wanted, to_text(found)
    # Sums of 27 terms in double precision.
    np.testing.assert_allclose(
        value, evaluate(parse(text), arrays, sizes), rtol=1e-12, err_msg=to_text(found)
    )
