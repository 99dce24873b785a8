"""What an answer may be written in: named indices, further names, LaTeX, implicit products, two languages."""

from __future__ import annotations

import pytest

from gradwright.grade.judge import check
from gradwright.grade.reference import forget

SQUARE = {"A": "d d", "B": "d d"}
PRODUCT = {"X": "n d", "W": "d k"}
CELL = {"x": "T n d", "W": "d u", "U": "u u", "b": "u"}
STEPS = ["a[t] = x[t] @ W + h[t-1] @ U + b", "h[t] = tanh(a[t])", "L = sum(h[T-1]**2)"]
ADAM = r"\theta-\eta\frac{\hat m}{\sqrt{\hat v}+\epsilon}"


@pytest.mark.parametrize(
    ("reference", "answer", "expected"),
    [
        ("exp(z[i])/sum_{j} exp(z[j])", "softmax(z)", "equal"),
        ("softmax(z)", "p[i] = exp(z[i])/sum_{j} exp(z[j])", "equal"),
        ("softmax(z)", "exp(z[i])/sum_{j} exp(2*z[j])", "different"),
        ("sum(i, z[i]**2)", "z @ z", "equal"),
        ("z[i]", "z[k]", "equal"),
        ("z[i]*z[i]", "z @ z", "different"),
    ],
)
def test_free_indices_are_the_leading_axes(reference: str, answer: str, expected: str) -> None:
    assert check(reference, answer, {"z": "m"}).verdict == expected


def test_the_order_of_free_indices_is_the_left_side_s_or_the_only_one_that_fits() -> None:
    entries = "sum_{j} X[a, j]*W[j, b]"
    assert check("X @ W", entries, PRODUCT).verdict == "equal"
    assert check("X @ W", f"G[a, b] = {entries}", PRODUCT).verdict == "equal"
    assert check("X @ W", f"G[b, a] = {entries}", PRODUCT).verdict == "different"
    named = "G[i, k] = sum_{j} A[i, j]*B[j, k]"
    assert check(named, "sum_{j} B[j, k]*A[i, j]", SQUARE).verdict == "equal"
    assert check(named, "sum_{j} A[k, j]*B[j, i]", SQUARE).verdict == "different"
    open_order = check("A @ B", "sum_{j} A[i, j]*B[j, k]", SQUARE)
    assert open_order.verdict == "undecided"
    assert "G[i, k] = ..." in open_order.feedback
    assert check("A @ B", "sum_{j} A[i, j]*B[k, j]", SQUARE).verdict == "different"


def test_a_left_side_is_no_part_of_the_value() -> None:
    assert check("dW = X.T @ y", "∂L/∂W = y @ X", {"X": "n d", "y": "n"}).verdict == "equal"


@pytest.mark.parametrize(
    ("reference", "answer", "expected"),
    [
        ("1 - h**2", "1 - tanh(a)**2", "equal"),
        ("1 - h**2", "1 - tanh(a)", "different"),
        ("L", "sum(tanh(a[T-1])**2)", "equal"),
        ("h[T-1] @ U", "h[T-2] @ U", "different"),
        ("L", "sum(h[T-1])**2", "different"),
        ("h", "q", "invalid"),
    ],
)
def test_further_names_stand_for_their_formulas(reference: str, answer: str, expected: str) -> None:
    assert check(reference, answer, CELL, definitions=STEPS).verdict == expected


def test_a_fact_that_only_the_definition_gives_counts() -> None:
    shapes, define = {"Z": "n k", "Y": "n k"}, ["P = softmax(Z)"]
    assert check("sum(P, axis=1)", "ones(n)", shapes, definitions=define).verdict == "equal"
    whole = check("P - Y", "P*sum(Y, axis=1, keepdims=True) - Y", shapes, {"Y": "onehot"}, definitions=define)
    assert whole.verdict == "equal"
    assert check("P - Y", "P - P", shapes, definitions=define).verdict == "different"


def test_a_backward_recurrence_may_define_a_name() -> None:
    shapes = {"g": "T", "f": "T"}
    define = ["c[t] = g[t] + f[t+1]*c[t+1]"]
    assert check("c[T-1]", "g[T-1]", shapes, definitions=define).verdict == "equal"
    assert check("c[T-2]", "g[T-2] + f[T-1]*g[T-1]", shapes, definitions=define).verdict == "equal"
    assert check("c[T-2]", "g[T-2] + f[T-2]*g[T-1]", shapes, definitions=define).verdict == "different"


def test_implicit_products_are_read_where_they_are_allowed() -> None:
    assert check("2*x*y", "2x y", implicit=True).verdict == "equal"
    assert check("2*x*y", "2x y").verdict == "invalid"


def test_latex_finds_its_own_shapes_and_says_what_it_assumed() -> None:
    assert check(r"X^\top(Xw-y)", r"X^TXw-X^Ty", syntax="latex").verdict == "equal"
    assert check(r"X^\top(Xw-y)", r"X(Xw-y)", syntax="latex").verdict == "different"
    shapes = {"w": "d", "m": "d", "v": "d", "lr": "", "eps": ""}
    found = check(ADAM, r"\theta-\frac{\eta\,\hat m}{\epsilon+\hat v^{1/2}}", shapes, syntax="latex")
    assert found.verdict == "equal"
    assert "theta" in found.certificate
    assert check(r"ax+b", r"b+ax+y-y", syntax="latex").verdict == "equal"
    assert check(r"\ln\frac{a}{b}", r"\ln a-\ln b", domain="pos", syntax="latex").verdict == "equal"
    assert check(r"\ln\frac{a}{b}", r"\ln a-\ln b", syntax="latex").verdict == "different"


def test_a_mistake_is_told_before_the_counterexample_in_either_language() -> None:
    shapes = {"X": "n d", "w": "d", "y": "n"}
    pair = ("2/n*X.T @ (X @ w - y)", "1/n*X.T @ (X @ w - y)")
    plain = check(*pair, shapes)
    assert not plain.findings
    for language in ("en", "ko"):
        told = check(*pair, shapes, explain="rule", language=language)
        assert told.findings
        assert len(told.feedback) > len(check(*pair, shapes, language=language).feedback) + 10
        assert pair[0] not in told.feedback
        assert pair[0] in check(*pair, shapes, explain="solution", language=language).feedback


def test_every_verdict_speaks_korean() -> None:
    shapes = {"X": "n d", "y": "n"}
    assert "모양" in check("X.T @ y", "X", shapes, language="ko").feedback
    assert "정답의 값" in check("X", "2*X", shapes, language="ko").feedback
    assert "일치" in check("tanh(X)", "1 - 2/(exp(2*X) + 1)", shapes, language="ko").certificate
    assert "정답" in check("X @ @", "X", shapes, language="ko").feedback


def test_what_is_kept_of_a_reference_changes_no_verdict() -> None:
    pairs = [
        ("tanh(x)", "sinh(x)/cosh(x)"),
        ("tanh(x)", "x"),
        ("tanh(x)", "tanh(x) + (x > 50)"),
        ("x", "tanh(x)"),
    ]
    fresh = []
    for pair in pairs:
        forget()
        fresh.append(check(*pair))
    forget()
    assert [check(*pair) for pair in pairs] == fresh
    assert [check(*pair) for pair in reversed(pairs)] == fresh[::-1]
