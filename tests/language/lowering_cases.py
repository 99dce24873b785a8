"""Texts, the shapes of their values, and what NumPy and SciPy say that they are worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.linalg
import scipy.signal
import scipy.special


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.asarray(scipy.special.softmax(x, axis=axis))


def pooled(x: np.ndarray, size: int, stride: int, how: Callable[..., Any]) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(-2, -1))
    return np.asarray(how(windows[..., ::stride, ::stride, :, :], axis=(-2, -1)))


def convolved(x: np.ndarray, k: np.ndarray, stride: int = 1, pad: int = 0) -> np.ndarray:
    wide = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(pad, pad), (pad, pad)])
    windows = np.lib.stride_tricks.sliding_window_view(wide, k.shape[-2:], axis=(-2, -1))
    return np.asarray(np.einsum("...chwpq,ocpq->...ohw", windows[..., ::stride, ::stride, :, :], k))


MATRICES = {"X": "n d", "Y": "n d", "W": "d k", "A": "n n", "B": "n n", "x": "n", "y": "n", "z": "d",
            "c0": "", "T": "b n d", "U": "b d k", "u": "d"}  # fmt: skip

_MATRIX: dict[str, Callable[..., Any]] = {
    "X @ W + 2": lambda X, W, **_: X @ W + 2,
    "(X + Y)*Y/2 - X**2": lambda X, Y, **_: (X + Y) * Y / 2 - X**2,
    "X - Y - X - 3/n/d": lambda Y, **_: -Y - 3 / 3 / 2,
    "x @ X": lambda x, X, **_: x @ X,
    "X @ z": lambda X, z, **_: X @ z,
    "x @ y": lambda x, y, **_: x @ y,
    "x @ A @ y": lambda x, A, y, **_: x @ A @ y,
    "T @ W": lambda T, W, **_: T @ W,
    "T @ U": lambda T, U, **_: T @ U,
    "T @ z": lambda T, z, **_: T @ z,
    "A @ T": lambda A, T, **_: A @ T,
    "x @ T": lambda x, T, **_: x @ T,
    "X.T @ x": lambda X, x, **_: X.T @ x,
    "T.T": lambda T, **_: T.T,
    "sum(X)": lambda X, **_: X.sum(),
    "sum(T, axis=1)": lambda T, **_: T.sum(axis=1),
    "sum(T, axis=(0, 2), keepdims=True)": lambda T, **_: T.sum(axis=(0, 2), keepdims=True),
    "X.mean(axis=-1)": lambda X, **_: X.mean(axis=-1),
    "X - X.mean(axis=0)": lambda X, **_: X - X.mean(axis=0),
    "X/X.sum(axis=1, keepdims=True)": lambda X, **_: X / X.sum(axis=1, keepdims=True),
    "var(X, axis=0)": lambda X, **_: X.var(axis=0),
    "std(X, axis=1, ddof=1, keepdims=True)": lambda X, **_: X.std(axis=1, ddof=1, keepdims=True),
    "max(X, axis=1)": lambda X, **_: X.max(axis=1),
    "min(X)": lambda X, **_: X.min(),
    "prod(X, axis=0)": lambda X, **_: X.prod(axis=0),
    "average(X, axis=0, weights=x)": lambda X, x, **_: np.average(X, axis=0, weights=x),
    "cov(X)": lambda X, **_: np.cov(X),
    "cov(X.T, bias=True)": lambda X, **_: np.cov(X.T, bias=True),
    "sum(x)*sum(x)": lambda x, **_: x.sum() ** 2,
    "sum((x - mean(x))**2)*sum(x)": lambda x, **_: ((x - x.mean()) ** 2).sum() * x.sum(),
    "exp(x) + tanh(x)*abs(x) - sign(y)": lambda x, y, **_: np.exp(x) + np.tanh(x) * abs(x) - np.sign(y),
    "maximum(x, y) - minimum(x, 0)": lambda x, y, **_: np.maximum(x, y) - np.minimum(x, 0),
    "arctan2(x, y) + erf(x) + heaviside(x, 1/2)": lambda x, y, **_: (
        np.arctan2(x, y) + scipy.special.erf(x) + np.heaviside(x, 0.5)
    ),
    "log1p(x**2) + expm1(y)": lambda x, y, **_: np.log1p(x**2) + np.expm1(y),
    "clip(x, -1/2, 1/2)": lambda x, **_: np.clip(x, -0.5, 0.5),
    "where(x > 0, x**2, y)": lambda x, y, **_: np.where(x > 0, x**2, y),
    "where(X > 0, x[:, None], 1)": lambda X, x, **_: np.where(X > 0, x[:, None], 1),
    "X*(X > 0) + (x[:, None] <= Y)": lambda X, x, Y, **_: X * (X > 0) + (x[:, None] <= Y),
    "(X > 0).astype(float)": lambda X, **_: (X > 0) * 1.0,
    "trace(A @ B)": lambda A, B, **_: np.trace(A @ B),
    "diag(x) @ A": lambda x, A, **_: np.diag(x) @ A,
    "diag(A) + diagonal(B)": lambda A, B, **_: np.diag(A) + np.diag(B),
    "diag(diag(A))": lambda A, **_: np.diag(np.diag(A)),
    "outer(x, z)": lambda x, z, **_: np.outer(x, z),
    "inner(x, y) + vdot(X, Y) + dot(x, y)": lambda x, y, X, Y, **_: x @ y + np.vdot(X, Y) + x @ y,
    "inner(X, Y)": lambda X, Y, **_: np.inner(X, Y),
    "kron(X, A)": lambda X, A, **_: np.kron(X, A),
    "A + 2*eye(n) - ones((n, n))": lambda A, **_: A + 2 * np.eye(3) - 1,
    "ones(X.shape)*X.shape[1] + zeros((n, 1))": lambda X, **_: 2 * np.ones(X.shape),
    "ones(n) @ X + ones_like(z)": lambda X, **_: X.sum(axis=0) + 1,
    "norm(x) + norm(x, 1) + norm(X, 'fro') + norm(X, 1)": lambda x, X, **_: (
        np.linalg.norm(x) + np.linalg.norm(x, 1) + np.linalg.norm(X) + np.linalg.norm(X, 1)
    ),
    "norm2(X) + norm1(X) + norm2(x)**2": lambda X, x, **_: np.linalg.norm(X) + abs(X).sum() + x @ x,
    "X/norm(X, axis=1, keepdims=True)": lambda X, **_: X / np.linalg.norm(X, axis=1, keepdims=True),
    "norm(T, axis=1)": lambda T, **_: np.linalg.norm(T, axis=1),
    "inv(A) @ x + solve(A, y)": lambda A, x, y, **_: np.linalg.inv(A) @ x + np.linalg.solve(A, y),
    "det(A)*logdet(B)": lambda A, B, **_: np.linalg.det(A) * np.linalg.slogdet(B)[1],
    "pinv(X) @ x": lambda X, x, **_: np.linalg.pinv(X) @ x,
    "expm(A)": lambda A, **_: scipy.linalg.expm(A),
    "mpow(A, 3) + mpow(A, 0) + mpow(B, -2)": lambda A, B, **_: (
        A @ A @ A + np.eye(3) + np.linalg.matrix_power(B, -2)
    ),
    "einsum('ij,jk->ki', X, W)": lambda X, W, **_: np.einsum("ij,jk->ki", X, W),
    "einsum('ii', A)": lambda A, **_: np.trace(A),
    "einsum('bij,bjk,i->bk', T, U, x)": lambda T, U, x, **_: np.einsum("bij,bjk,i->bk", T, U, x),
    "einsum('ji', X)": lambda X, **_: np.einsum("ji", X),
    "tensordot(T, z, axes=(2, 0))": lambda T, z, **_: np.tensordot(T, z, axes=(2, 0)),
    "tensordot(T, X, axes=((1, 2), (0, 1)))": lambda T, X, **_: np.tensordot(T, X, axes=((1, 2), (0, 1))),
    "tensordot(X, Y)": lambda X, Y, **_: np.tensordot(X, Y),
    "swapaxes(T, 0, 2)": lambda T, **_: np.swapaxes(T, 0, 2),
    "transpose(T, (2, 0, 1))": lambda T, **_: np.transpose(T, (2, 0, 1)),
    "X.ravel() @ Y.ravel()": lambda X, Y, **_: X.ravel() @ Y.ravel(),
    "ravel(X)": lambda X, **_: X.ravel(),
    "outer(X, x)": lambda X, x, **_: np.outer(X, x),
    "reshape(T, (b, -1))": lambda T, **_: T.reshape(2, -1),
    "T.reshape(n*b, d)": lambda T, **_: T.reshape(6, 2),
    "ravel(X).reshape(n, d) + X": lambda X, **_: 2 * X,
    "concatenate([X, Y, X], axis=0)": lambda X, Y, **_: np.concatenate([X, Y, X], axis=0),
    "concatenate([X, A], axis=1) @ concatenate([z, x])": lambda X, A, z, x, **_: X @ z + A @ x,
    "stack([x, y, x])": lambda x, y, **_: np.stack([x, y, x]),
    "stack([exp(x), y], axis=1)": lambda x, y, **_: np.stack([np.exp(x), y], axis=1),
    "X[:, 1:] + X[:, :-1]": lambda X, **_: X[:, 1:] + X[:, :-1],
    "X[0] + X[-1] + z": lambda X, z, **_: X[0] + X[-1] + z,
    "T[:, ::2]": lambda T, **_: T[:, ::2],
    "T[:, ::-1, 1]": lambda T, **_: T[:, ::-1, 1],
    "x[:, None]*z[None]": lambda x, z, **_: x[:, None] * z[None],
    "X[:, None, :] - Y[None, :, :]": lambda X, Y, **_: X[:, None, :] - Y[None, :, :],
    "sum(i, x[i]*y[i])": lambda x, y, **_: x @ y,
    "sum((i, j), A[i, j]*A[j, i])": lambda A, **_: np.trace(A @ A),
    "sum(i, X[i])": lambda X, **_: X.sum(axis=0),
    "sum(i, i*x[i])": lambda x, **_: np.arange(3) @ x,
    "sum((i, j), (i == j)*A[i, j])": lambda A, **_: np.trace(A),
    "sum(i, x[i - 1]*x[i])": lambda x, **_: x[:-1] @ x[1:],
    "sum(i, exp(x)[i + 1]*x[i])": lambda x, **_: np.exp(x)[1:] @ x[:-1],
    "max(i, x[i])": lambda x, **_: x.max(),
    "prod(i, x[i])": lambda x, **_: x.prod(),
    "softmax(X)": lambda X, **_: softmax(X),
    "softmax(X, axis=0)": lambda X, **_: softmax(X, 0),
    "log_softmax(X)*logsumexp(X)": lambda X, **_: np.log(softmax(X)) * scipy.special.logsumexp(X),
    "logsumexp(X, axis=1, keepdims=True) + X": lambda X, **_: (
        X + scipy.special.logsumexp(X, axis=1, keepdims=True)
    ),
    "sigmoid(x) + softplus(x) + relu(x) + silu(x)": lambda x, **_: (
        1 / (1 + np.exp(-x)) + np.log1p(np.exp(x)) + np.maximum(x, 0) + x / (1 + np.exp(-x))
    ),
    "leaky_relu(x, 0.1) + elu(x) + leaky_relu(y, c0)": lambda x, y, c0, **_: (
        np.where(x > 0, x, 0.1 * x) + np.where(x > 0, x, np.expm1(x)) + np.where(y > 0, y, c0 * y)
    ),
    "gelu(x) + logaddexp(x, y)": lambda x, y, **_: x * scipy.special.ndtr(x) + np.logaddexp(x, y),
    "softmax(softmax(X) @ W)": lambda X, W, **_: softmax(softmax(X) @ W),
    "step(x) + c0": lambda x, c0, **_: (x > 0) + c0,
    "dot(X, W)": lambda X, W, **_: X @ W,
    "pi*E**2*x": lambda x, **_: np.pi * np.e**2 * x,
}
IMAGES = {
    "I0": "h w",
    "K": "p q",
    "x": "h",
    "k0": "p",
    "V": "b c h w",
    "F": "o c p q",
    "one": "c h w",
    "G": "n k",
}
_IMAGE: dict[str, Callable[..., Any]] = {
    "corr(I0, K)": lambda I0, K, **_: scipy.signal.correlate2d(I0, K, mode="valid"),
    "corr(x, k0)": lambda x, k0, **_: np.correlate(x, k0, mode="valid"),
    "convfull(G, K)": lambda G, K, **_: scipy.signal.convolve2d(G, K),
    "convfull(exp(G), K)": lambda G, K, **_: scipy.signal.convolve2d(np.exp(G), K),
    "conv2d(V, F)": lambda V, F, **_: convolved(V, F),
    "conv2d(one, F, stride=2, padding=1)": lambda one, F, **_: convolved(one, F, 2, 1),
    "conv2d(cos(V), F, 1, 1)": lambda V, F, **_: convolved(np.cos(V), F, 1, 1),
    "max_pool(V, 2)": lambda V, **_: pooled(V, 2, 2, np.max),
    "avg_pool(I0, 3, stride=1)": lambda I0, **_: pooled(I0, 3, 1, np.mean),
}
GATHERS = {
    "table": "v d",
    "tokens": "b t",
    "label": "n",
    "P": "n k",
    "gamma": "d",
    "beta": "d",
    "eps": "",
    "x": "n d",
}
_GATHER: dict[str, Callable[..., Any]] = {
    "table[tokens]": lambda table, tokens, **_: table[tokens],
    "table[tokens, 1]": lambda table, tokens, **_: table[tokens, 1],
    "table[tokens[:, 0], :]": lambda table, tokens, **_: table[tokens[:, 0], :],
    "layer_norm(x, gamma, beta, eps)": lambda x, gamma, beta, eps, **_: (
        gamma * (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + eps) + beta
    ),
    "cross_entropy(x, softmax(x))": lambda x, **_: -(softmax(x) * np.log(softmax(x))).sum(axis=-1),
}

CASES: list[tuple[str, Mapping[str, str], Callable[..., Any]]] = [
    (text, shapes, function)
    for shapes, table in ((MATRICES, _MATRIX), (IMAGES, _IMAGE), (GATHERS, _GATHER))
    for text, function in table.items()
]

SIZES = {
    "n": 3,
    "d": 2,
    "k": 4,
    "b": 2,
    "h": 5,
    "w": 6,
    "p": 2,
    "q": 3,
    "t": 4,
    "v": 7,
    "c": 2,
    "o": 3,
    "s": 4,
}
"""The number of places of each axis in the sweeps: all small, most of them different."""
