"""What the grammar has besides NumPy's spelling: named indices, windows, its own functions; each by value."""

# ruff: noqa: PLW0108

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import scipy.special

from gradwright.language.reading import read
from gradwright.language.scope import ReadError
from gradwright.language.shapes import infer_free
from tests.language.test_numpy import GIVEN as v
from tests.language.test_numpy import SCOPE, assert_same, value_of


def slide(image: Any, kernel: Any, step: int = 1, pad: int = 0) -> Any:
    """The sums of products of a kernel with the windows of an image, by loops."""
    image = np.pad(image, pad)
    rows, columns = ((a - b) // step + 1 for a, b in zip(image.shape, kernel.shape, strict=True))
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = image[i * step : i * step + kernel.shape[0], j * step : j * step + kernel.shape[1]]
            out[i, j] = (window * kernel).sum()
    return out


def layer(step: int, pad: int) -> Any:
    """A layer's convolution of ``x4`` with ``k4``, by loops."""
    return np.array(
        [
            [sum(slide(x, k, step, pad) for x, k in zip(image, kernel, strict=True)) for kernel in v.k4]
            for image in v.x4
        ]
    )


def pooled(fold: Callable[[Any], Any], image: Any, size: int) -> Any:
    """One number a block of ``size`` by ``size`` places."""
    rows, columns = image.shape[0] // size, image.shape[1] // size
    return np.array(
        [
            [fold(image[i * size : (i + 1) * size, j * size : (j + 1) * size]) for j in range(columns)]
            for i in range(rows)
        ]
    )


def shifted(array: Any, by: int) -> Any:
    """The array read ``by`` places later along its first axis, 0 outside."""
    out = np.zeros_like(array)
    for place in range(len(array)):
        if 0 <= place + by < len(array):
            out[place] = array[place + by]
    return out


NOTATION: Mapping[str, Callable[[], Any]] = {
    "sum_{i} x[i]*y[i]": lambda: v.x @ v.y,
    "sum(i, x[i]*y[i])": lambda: v.x @ v.y,
    "Σ_{i} x[i]*y[i]": lambda: v.x @ v.y,
    "∑_{i} x[i]*y[i]": lambda: v.x @ v.y,
    "∏_{i} x[i]": lambda: np.prod(v.x),
    "sum_{i, j} X[i, j]**2": lambda: np.sum(v.X**2),
    "sum((i, j), X[i, j]**2)": lambda: np.sum(v.X**2),
    "sum(i, j, X[i, j]**2)": lambda: np.sum(v.X**2),
    "sum_{i} sum_{j} X[i, j]*w[j]": lambda: np.sum(v.X @ v.w),
    "2*sum_{i} x[i]**2 + s": lambda: 2 * np.sum(v.x**2) + v.s,
    "sum_{i} X[i]": lambda: v.X.sum(axis=0),
    "sum_{i} x[i]*X[i]": lambda: v.x @ v.X,
    "mean_{i} x[i]": lambda: v.x.mean(),
    "max_{i} x[i]": lambda: v.x.max(),
    "min(i, x[i])": lambda: v.x.min(),
    "exp(x[i])/sum_{j} exp(x[j])": lambda: scipy.special.softmax(v.x),
    "p[i] = exp(x[i])/sum_{j} exp(x[j])": lambda: scipy.special.softmax(v.x),
    "sum(j, X[i, j]*w[j])": lambda: v.X @ v.w,
    "X[i, j]*w[j]": lambda: v.X * v.w,
    "G[j, i] = X[i, j]": lambda: v.X.T,
    "dW[q, r] = sum_{i} X[i, q]*G[i, r]": lambda: v.X.T @ v.G,
    "dW[q, r] := sum(i, X[i, q]*G[i, r])": lambda: v.X.T @ v.G,
    "X[i] @ w": lambda: v.X @ v.w,
    "T[r-1]": lambda: shifted(v.T, -1),
    "x[i] - x[i-1]": lambda: v.x - shifted(v.x, -1),
    "x[i+1]*y[i]": lambda: shifted(v.x, 1) * v.y,
    "sum_{r} T[r-1, i, j]*T[r, i, j]": lambda: np.sum(shifted(v.T, -1) * v.T, axis=0),
    "A[i, i]": lambda: np.diag(v.A),
    "(i == j)*x[i]*y[j]": lambda: np.diag(v.x * v.y),
    "E[tokens[i], j]": lambda: v.E[v.tokens],
    "P[i, lab[i]]": lambda: v.P[np.arange(4), v.lab],
    "x[n]": lambda: v.x,
    "x[n - 1]": lambda: v.x[-1],
    "step(x)": lambda: (v.x > 0) * 1.0,
    "relu(x)": lambda: np.maximum(v.x, 0),
    "leaky_relu(x)": lambda: np.where(v.x > 0, v.x, 0.01 * v.x),
    "elu(x)": lambda: np.where(v.x > 0, v.x, np.exp(v.x) - 1),
    "gelu(x)": lambda: v.x * (1 + scipy.special.erf(v.x / math.sqrt(2))) / 2,
    "silu(x)": lambda: v.x * scipy.special.expit(v.x),
    "swish(x)": lambda: v.x * scipy.special.expit(v.x),
    "softplus(x)": lambda: np.log1p(np.exp(v.x)),
    "sigmoid(x)": lambda: scipy.special.expit(v.x),
    "softmax(X)": lambda: scipy.special.softmax(v.X, axis=-1),
    "softmax(X, axis=0)": lambda: scipy.special.softmax(v.X, axis=0),
    "softmax(X, axis=None)": lambda: scipy.special.softmax(v.X),
    "log_softmax(X)": lambda: scipy.special.log_softmax(v.X, axis=-1),
    "logsumexp(X, axis=1)": lambda: scipy.special.logsumexp(v.X, axis=1),
    "ln(exp(x))": lambda: v.x,
    "log(S[0, 0], 2)": lambda: np.log2(v.S[0, 0]),
    "mpow(A, 3)": lambda: v.A @ v.A @ v.A,
    "logdet(S)": lambda: np.linalg.slogdet(v.S)[1],
    "norm1(x)": lambda: np.abs(v.x).sum(),
    "norm2(x)": lambda: np.linalg.norm(v.x),
    "tr(A)": lambda: np.trace(v.A),
    "corr(img, ker)": lambda: slide(v.img, v.ker),
    "convfull(img, ker)": lambda: slide(np.pad(v.img, ((1, 1), (2, 2))), v.ker[::-1, ::-1]),
    "conv2d(x4, k4)": lambda: layer(1, 0),
    "conv2d(x4, k4, stride=2, padding=1)": lambda: layer(2, 1),
    "max_pool(img, 2)": lambda: pooled(np.max, v.img, 2),
    "avg_pool(img, 2)": lambda: pooled(np.mean, v.img, 2),
    "max(x, 0)": lambda: np.maximum(v.x, 0),
    "min(s, t, 1)": lambda: min(v.s, v.t, 1),
    "n!": lambda: 24,
    "x^2": lambda: v.x**2,
    "X ⊙ Y": lambda: v.X * v.Y,
    "Xᵀ @ Y": lambda: v.X.T @ v.Y,
    "s·x − y": lambda: v.s * v.x - v.y,
    "x ÷ 2": lambda: v.x / 2,
    "(x ≥ 0)*y": lambda: (v.x >= 0) * v.y,
    "e**x[0]": lambda: np.exp(v.x[0]),
    "dX = 2*X  # by the power rule": lambda: 2 * v.X,
    "∂L/∂X = 2*X": lambda: 2 * v.X,
    "grad_X: 2*X": lambda: 2 * v.X,
    "∇_X L = 2*X": lambda: 2 * v.X,
}


@pytest.mark.parametrize("text", NOTATION)
def test_notation_has_the_value_that_its_meaning_gives(text: str) -> None:
    assert_same(value_of(text), NOTATION[text]())


LEFT_SIDES = {
    "dW = X": ("dW", (), False),
    "dW := X": ("dW", (), False),
    "grad_W: X": ("grad_W", (), False),
    "dL/dW = X": ("dL_dW", (), False),
    "∂L/∂W = X": ("dL_dW", (), False),
    "∂ L / ∂ θ̂ = X": ("dL_dtheta_hat", (), False),
    "∇_W L = X": ("grad_W", (), False),
    "∇W = X": ("grad_W", (), False),
    "θ = X": ("theta", (), False),
    "G[i, j] = X[i, j]": ("G", ("i", "j"), True),
    "G[j, i] = X[i, j]": ("G", ("j", "i"), True),
    "∂L/∂W[i, j] = X[i, j]": ("dL_dW", ("i", "j"), True),
    "G[n, d] = X[n, d]": ("G", ("n", "d"), True),
    "f(x) = X": ("f", (), False),
    "f'(x) = X": ("f_prime", (), False),
    "y' = X": ("y_prime", (), False),
    "y'' = X": ("y_prime_prime", (), False),
    "dy/dx = X": ("dy_dx", (), False),
    "loss(X, W) = X": ("loss", (), False),
    "X[i, j]": ("", ("i", "j"), False),
    "sum(X, axis=0)": ("", (), False),
    "x[1:]": ("", (), False),
    "sum_{i} X[i, j]": ("", ("j",), False),
    "sum(i, X[i, j]) + sum(j, A[i, j])[0]*w[j]": ("", ("j", "i"), False),
}


@pytest.mark.parametrize("text", LEFT_SIDES)
def test_a_left_side_and_free_indices_are_read(text: str) -> None:
    reading = read(text, SCOPE)
    assert (reading.target, reading.free, reading.ordered) == LEFT_SIDES[text]
    assert text[slice(*reading.tree.span)] == text.split("= ")[-1].split(": ")[-1]


REFUSED = {
    "X.T = Y": ("not a name", "X.T"),
    "sum(X) = Y": ("not a name", "sum(X)"),
    "2*f(x) = Y": ("not a name", "2*f(x)"),
    "= X": ("nothing stands before", "="),
    "dW[:, j] = X": ("names of indices", ":, j"),
    "dW[i, i] = A[i, i]": ("same index twice", "dW[i, i]"),
    "dW[i, j] = X[i, k]*W[k, j]": ("k stands on the right side alone", "X[i, k]*W[k, j]"),
    "dW[i, j] = x[i]": ("j stands on the left side alone", "dW[i, j]"),
    "dW[X, j] = A[X, j]": ("declared value already", "dW[X, j]"),
    "a = b = x": ("can't stand here", "="),
    "dW =": ("nothing to read", "dW ="),
    "X[i, j] + G[i, j]": ("j runs over d places", "j"),
    "x[i]*w[i]": ("i runs over n places", "i"),
    "sum_{i=1} x[i]": ("a range can't stand here", "="),
    "sum_i x[i]": ("side by side", "x"),
    "Σ_i x[i]": ("side by side", "x"),
    "∑_i x[i]": ("∑ can't stand here", "∑"),
    "sum_i(x[i])": ("no function sum_i", "sum_i"),
    "X[..., 0]": ("... can't stand here", "..."),
    "np.einsum('...ij,jk->...ik', T, W)": ("an einsum pattern", "'...ij,jk->...ik'"),
    "(X > 0) & (Y > 0)": ("& can't stand here", "&"),
    "~(X > 0)": ("~ can't stand here", "~"),
    "0 < x < 1": ("chained", "<"),
    "np.hstack([X, Y])": ("no function hstack", "hstack"),
    "np.tril(A)": ("no function tril", "tril"),
    "torch.exp(x)": ("torch is not read", "torch"),
    "X.exp()": ("no attribute .exp", "exp"),
    "x.ndim": ("no attribute .ndim", "ndim"),
    "x[lambda t: t]": ("lambda is not part", "t"),
    "x if s > 0 else y": ("if is not part", "if"),
    "x // 2": ("// can't stand here", "//"),
    "np.linalg.norm(X, 'nuc')": ("no norm 'nuc'", "'nuc'"),
    "E[tokns]": ("tokns is not declared", "tokns"),
    "x[0.5]": ("a subscript is a whole number", "0.5"),
    "X @ s": ("the right side is a scalar", "X @ s"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_read_is_refused_at_its_place(text: str) -> None:
    message, place = REFUSED[text]
    with pytest.raises(ReadError) as caught:
        reading = read(text, SCOPE)
        infer_free(reading.tree, SCOPE, reading.free)
    assert message in caught.value.message
    start, end = caught.value.span
    assert text[start:end] == place or (place == "<" and text[start] == "<")
