"""The direct evaluation of trees, against NumPy written by hand and against other kinds of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special
from flint import arb

from gradwright.execute.evaluate import evaluate
from gradwright.execute.fields import ball
from gradwright.execute.function import TooLargeError
from gradwright.language.parse import parse
from gradwright.language.scope import ReadError
from gradwright.model.functions import composites

_RNG = np.random.default_rng(7)
SIZES = {"n": 3, "d": 4}
VALUES: dict[str, Any] = {
    "X": _RNG.normal(size=(3, 4)),
    "S": 2 * np.eye(4) + 0.2 * _RNG.normal(size=(4, 4)),
    "T": _RNG.normal(size=(2, 3, 4)),
    "I": _RNG.normal(size=(2, 3, 6, 7)),
    "K": _RNG.normal(size=(5, 3, 2, 3)),
    "w": _RNG.normal(size=4),
    "y": _RNG.normal(size=3),
    "a": np.array(0.375),
    "tok": np.array([0.0, 2.0, 1.0, 2.0]),
}
X, S, T, images, K, w, y, a = (VALUES[name] for name in ["X", "S", "T", "I", "K", "w", "y", "a"])


def value(text: str, field: Any = None, **changed: Any) -> Any:
    tree = parse(text, frozenset(composites()))
    arguments = ({**VALUES, **changed}, SIZES, composites())
    return evaluate(tree, *arguments) if field is None else evaluate(tree, *arguments, field)


def softmax(z: Any, axis: int) -> Any:
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)


CASES: dict[str, Any] = {
    "2/n * X.T @ (X @ w - y)": 2 / 3 * X.T @ (X @ w - y),
    "softmax(X, axis=1)": softmax(X, 1),
    "log_softmax(X)": np.log(softmax(X, -1)),
    "logsumexp(X, axis=1)": scipy.special.logsumexp(X, axis=1),
    "sigmoid(X) + relu(X)": scipy.special.expit(X) + np.maximum(X, 0),
    "gelu(X)": X * scipy.special.ndtr(X),
    "X.var(axis=0)": X.var(axis=0),
    "np.std(X, axis=1, keepdims=True)": X.std(axis=1, keepdims=True),
    "np.cov(X.T, bias=True)": np.cov(X.T, bias=True),
    "np.mean(np.abs(X))": np.mean(np.abs(X)),
    "np.max(X, axis=0) - X.min()": X.max(axis=0) - X.min(),
    "argmax(X, axis=1)": X.argmax(axis=1),
    "prod(X, axis=1)": X.prod(axis=1),
    "average(X, axis=0, weights=y)": np.average(X, axis=0, weights=y),
    "inv(S) @ w": np.linalg.inv(S) @ w,
    "det(S) + logdet(S)": np.linalg.det(S) + np.linalg.slogdet(S)[1],
    "solve(S, w)": np.linalg.solve(S, w),
    "pinv(X)": np.linalg.pinv(X),
    "expm(S)": scipy.linalg.expm(S),
    "mpow(S, -3)": np.linalg.matrix_power(np.linalg.inv(S), 3),
    "norm(X)": np.linalg.norm(X),
    "norm(X, 2)": np.linalg.norm(X, 2),
    "norm(X, 1)": np.linalg.norm(X, 1),
    "norm(w, 3)": np.linalg.norm(w, 3),
    "norm(X, axis=1)": np.linalg.norm(X, axis=1),
    "norm1(X)": np.abs(X).sum(),
    "kron(S, X)": np.kron(S, X),
    "np.einsum('bij,bkj->bik', T, T)": np.einsum("bij,bkj->bik", T, T),
    "np.tensordot(T, w, axes=(2, 0))": np.tensordot(T, w, axes=(2, 0)),
    "np.tensordot(T, T, axes=([0, 2], [0, 2]))": np.tensordot(T, T, axes=([0, 2], [0, 2])),
    "np.dot(T, S)": np.dot(T, S),
    "np.inner(X, w)": np.inner(X, w),
    "np.outer(w, y)": np.outer(w, y),
    "np.trace(S) + np.vdot(X, X)": np.trace(S) + np.vdot(X, X),
    "np.diag(w) @ np.diag(S)": np.diag(w) @ np.diag(S),
    "X[:, None, 1:] * w[1:]": X[:, None, 1:] * w[1:],
    "X[::2, -1]": X[::2, -1],
    "S[tok]": S[VALUES["tok"].astype(int)],
    "X[:, tok]": X[:, VALUES["tok"].astype(int)],
    "(X > 0).astype(float)": (X > 0) * 1.0,
    "np.where(X > 0, X, a*X)": np.where(X > 0, X, a * X),
    "np.clip(X, -0.5, 0.5)": np.clip(X, -0.5, 0.5),
    "np.concatenate([X, 2*X], axis=1)": np.concatenate([X, 2 * X], axis=1),
    "np.stack([w, -w], axis=1)": np.stack([w, -w], axis=1),
    "X.reshape(4, 3) @ y": X.reshape(4, 3) @ y,
    "T.swapaxes(0, 2)": T.swapaxes(0, 2),
    "np.transpose(T, (1, 2, 0))": np.transpose(T, (1, 2, 0)),
    "np.eye(d) + np.ones((d, d))/d": np.eye(4) + 0.25,
    "sum(i, X[i] * y[i])": X.T @ y,
    "sum((i, j), X[i, j]**2)": np.sum(X**2),
    "sum_{i} sum_{j} X[i, j]*sigmoid(w[j])": np.sum(X @ scipy.special.expit(w)),
    "max(i, y[i])": y.max(),
    "sum(i, w[i]*w[i - 1])": w[1:] @ w[:-1],
    "sum(i, w[i + 1]*w[i])": w[1:] @ w[:-1],
    "sum(i, X[i, :] @ w)": np.sum(X @ w),
    "prod(i, 1 + y[i]**2)": np.prod(1 + y**2),
    "factorial(a) + binomial(5, 2)": scipy.special.gamma(1.375) + 10,
    "arctan2(w, 2)": np.arctan2(w, 2),
    "heaviside(w, 0.5) + sign(w)": np.heaviside(w, 0.5) + np.sign(w),
    "X.shape[0] + len(w)": np.array(7.0),
    "3 - 2 - 1": np.array(0.0),
    "-2**2": np.array(-4.0),
}


@pytest.mark.parametrize("text", CASES)
def test_a_tree_is_worth_what_numpy_says(text: str) -> None:
    got = value(text)
    assert got.shape == np.shape(CASES[text])
    # the two sides round in another order: a few units of the last place of a sum of some ten terms
    np.testing.assert_allclose(got, CASES[text], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("text", CASES)
def test_balls_hold_the_float_value(text: str) -> None:
    balls = value(text, ball(120))
    floats = value(text)
    assert balls.shape == floats.shape
    for place in np.ndindex(floats.shape):
        assert balls[place].is_finite(), balls[place]
        assert abs(float(balls[place]) - floats[place]) <= 1e-12 * max(1.0, abs(floats[place]))


@pytest.mark.parametrize("text", [text for text in CASES if "argmax" not in text])
def test_complex_numbers_pass_through(text: str) -> None:
    step = {name: VALUES[name] + 1e-30j for name in ("X", "S", "T", "w", "y", "a")}
    np.testing.assert_allclose(np.real(value(text, **step)), CASES[text], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    "text", ["norm(abs(X))", "sum(maximum(X, 0)*X)", "logsumexp(X)", "max(X)", "logdet(S @ S.T)", "sum(X**3)"]
)
def test_a_complex_step_gives_the_derivative(text: str) -> None:
    for name in ("X", "S"):
        direction = np.random.default_rng(1).normal(size=VALUES[name].shape)
        slope = np.imag(value(text, **{name: VALUES[name] + 1e-30j * direction})) / 1e-30
        h = 1e-6
        ahead, behind = (value(text, **{name: VALUES[name] + s * h * direction}) for s in (1, -1))
        # central differences with h = 1e-6 are good to about 1e-9
        assert slope == pytest.approx((ahead - behind) / (2 * h), rel=1e-7, abs=1e-8)


def test_windows_are_sums_over_shifted_places() -> None:
    image, kernel = images[0, 0], K[0, 0]
    corr = np.array([[np.sum(image[i : i + 2, j : j + 3] * kernel) for j in range(5)] for i in range(5)])
    np.testing.assert_allclose(value("corr(I[0, 0], K[0, 0])"), corr, rtol=1e-12)
    full = np.zeros((7, 9))
    for p, q in np.ndindex(kernel.shape):
        full[p : p + 6, q : q + 7] += image * kernel[p, q]
    np.testing.assert_allclose(value("convfull(I[0, 0], K[0, 0])"), full, rtol=1e-12)
    pooled = images.reshape(2, 3, 3, 2, 7)[..., :6].reshape(2, 3, 3, 2, 3, 2).max(axis=(3, 5))
    np.testing.assert_array_equal(value("max_pool(I, 2)"), pooled)
    np.testing.assert_allclose(value("avg_pool(I, (6, 7))")[..., 0, 0], images.mean(axis=(2, 3)), rtol=1e-12)


def test_a_strided_padded_convolution_is_its_definition() -> None:
    got = value("conv2d(I, K, stride=2, padding=1)")
    wide = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    assert got.shape == (2, 5, 4, 4)
    for h, v in np.ndindex(4, 4):
        window = wide[:, :, 2 * h : 2 * h + 2, 2 * v : 2 * v + 3]
        np.testing.assert_allclose(got[:, :, h, v], np.einsum("ncij,ocij->no", window, K), rtol=1e-11)


def test_a_recurrent_looking_subscript_is_padded_with_zeros_only_for_named_indices() -> None:
    assert value("sum(i, w[i - 3])") == pytest.approx(w[0])
    assert value("w[-1]") == w[-1]


def test_numeric_trouble_gives_nan_or_infinity() -> None:
    assert np.isnan(value("log(a - 1)"))
    assert np.isinf(value("1/(a - a)"))
    assert np.isinf(value("9**9.5**9.5"))
    assert np.isnan(value("(a - 1)**(1/3)"))
    assert np.all(np.isnan(value("inv(outer(w, 0*w))")))


def test_balls_tell_what_does_not_exist_from_what_is_not_known() -> None:
    assert value("log(a - 1)", ball(100))[()].is_nan()
    assert value("1/(a - a)", ball(100))[()].is_nan()
    unknown = value("1/(sqrt(2)**2 - 2)", ball(100))[()]
    assert not unknown.is_nan() and not unknown.is_finite()
    assert value("sqrt(sqrt(2)**2 - 2)", ball(100))[()].contains(arb(0))
    assert value("where(sqrt(2)**2 > 2, 1, 3)", ball(100))[()].contains(arb(2))


def test_a_large_power_in_balls_is_quick_and_right() -> None:
    assert value("(a*8)**40", ball(200))[()] == 3**40
    assert not value("exp(exp(exp(exp(a + 9))))", ball(200))[()].is_finite()


def test_work_beyond_the_limit_is_refused_before_it_is_done() -> None:
    tree = parse("sum(ones((100000, 100000)) * 2)")
    with pytest.raises(TooLargeError):
        evaluate(tree, {}, {}, {}, work=1e6)


def test_a_clash_of_shapes_says_both() -> None:
    with pytest.raises(ReadError, match=r"\(3, 4\) and \(3,\)"):
        value("X + y")
    with pytest.raises(ReadError, match="inner axes differ"):
        value("X @ y")


def test_named_indices_in_reach_are_the_leading_axes() -> None:
    tree = parse("X[i, j]*w[j]")
    got = evaluate(tree, VALUES, SIZES, {}, bound={"j": 4, "i": 3})
    np.testing.assert_allclose(got, (X * w).T)
