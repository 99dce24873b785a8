"""The quick check of a printed gradient: yes to right ones, no to wrong ones, neither where it can't tell."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from gradwright.derive.expression import ExpressionGradient, derive_expression
from gradwright.language.parse import parse
from gradwright.verify.expression import verified

SHAPES = {"X": "n d", "w": "d", "y": "n", "A": "n n", "G": "n k", "W": "d k", "s": ""}
RIGHT = [
    ("sum((X @ w - y)**2)/n", "w", {}),
    ("sum(G*tanh(X @ W))", "W", {}),
    ("y @ inv(A) @ y", "A", {"A": "wellcond"}),
    ("sum(relu(X @ w))*s", "X", {}),
    ("s**3", "s", {}),
    ("sum(log(w))", "w", {"w": "pos"}),
]


def _with(gradient: ExpressionGradient, text: str) -> ExpressionGradient:
    """The same gradient with another text in matrix notation."""
    derivation = gradient.derivation
    shown = replace(derivation.gradients[gradient.wrt], matrix=parse(text))
    return replace(gradient, derivation=replace(derivation, gradients={gradient.wrt: shown}))


def _gradient(text: str, wrt: str, domain: dict[str, str]) -> ExpressionGradient:
    used = {name: axes for name, axes in SHAPES.items() if name in text}
    return derive_expression(text, used, wrt, domain)


@pytest.mark.parametrize(("text", "wrt", "domain"), RIGHT)
def test_a_right_gradient_is_verified(text: str, wrt: str, domain: dict[str, str]) -> None:
    assert verified(_gradient(text, wrt, domain)) is True


@pytest.mark.parametrize(
    ("text", "wrt", "wrong"),
    [
        ("sum((X @ w - y)**2)/n", "w", "X.T @ (X @ w - y)/n"),
        ("sum((X @ w - y)**2)/n", "w", "2*X.T @ (X @ w - y)"),
        ("sum((X @ w - y)**2)/n", "w", "2*X.T @ (y - X @ w)/n"),
        ("sum((X @ w - y)**2)/n", "w", "X @ w"),
        ("y @ A @ A @ y", "A", "outer(y, A @ y) + outer(A @ y, y)"),
        ("sum(relu(X @ w))*s", "s", "sum(X @ w)"),
    ],
)
def test_a_wrong_gradient_is_found(text: str, wrt: str, wrong: str) -> None:
    assert verified(_with(_gradient(text, wrt, {}), wrong)) is False


def test_a_singular_point_is_no_proof_of_a_wrong_gradient() -> None:
    # X.T @ X is singular at every draw with more columns than rows.
    gradient = derive_expression("logdet(X.T @ X)", {"X": "n d"}, "X")
    assert all(verified(gradient, seed) is not False for seed in range(8))


def test_where_no_point_is_finite_it_says_neither() -> None:
    assert verified(_gradient("sum(log(-exp(w)))", "w", {})) is None


def test_it_takes_milliseconds() -> None:
    gradient = _gradient("sum(G*tanh(X @ W))", "W", {})
    verified(gradient)
    begin = time.process_time()
    for seed in range(10):
        verified(gradient, seed)
    # A tenth of the 50 ms that a row of a batch may take, twice over for a busy machine.
    assert (time.process_time() - begin) / 10 < 0.01
