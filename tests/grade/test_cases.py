"""Kinds of right and wrong answers that students give, each judged as it should be."""

from __future__ import annotations

import pytest

from gradwright.grade.judge import check

NETWORK = {"X": "n d", "V": "d h", "b": "h", "U": "h k", "Y": "n k"}
SQUARE = {"A": "d d", "B": "d d", "x": "d", "z": "d"}
SOFTMAX = {"X": "n d", "W": "d k", "Y": "n k"}
GAUSS = {"S": "d d", "x": "d", "m": "d"}

RIGHT = [
    ("X.T @ (softmax(X @ W) - Y)/n", "(softmax(X @ W, axis=1) - Y).T @ X/n", SOFTMAX, 0),
    ("A @ (B @ x)", "np.einsum('ij,jk,k->i', A, B, x)", SQUARE, 1),
    ("np.linalg.det(A @ B)", "np.linalg.det(B @ A)", SQUARE, 1),
    ("np.linalg.inv(A).T", "np.linalg.inv(A.T)", SQUARE, 1),
    ("(A @ B).ravel()", "np.kron(A, np.eye(d)) @ B.ravel()", SQUARE, 1),
    ("np.trace(A @ B)", "np.sum(A * B.T)", SQUARE, 1),
    ("(A + B) @ (A - B)", "A @ A - B @ B", SQUARE, 0),
    ("(x - m) @ np.linalg.inv(S) @ (x - m)", "np.trace(solve(S, np.outer(x - m, x - m)))", GAUSS, 1),
    ("1 - np.tanh(x)**2", "1/np.cosh(x)**2", {"x": "d"}, 1),
    ("sigmoid(x)*(1 - sigmoid(x))", "0.25/np.cosh(x/2)**2", {"x": "d"}, 1),
    ("np.exp(x - np.max(x))/np.sum(np.exp(x - np.max(x)))", "softmax(x)", {"x": "d"}, 1),
    ("softplus(x)", "np.log(1 + np.exp(x))", {"x": "d"}, 1),
    ("relu(x)", "(x + np.abs(x))/2", {"x": "d"}, 1),
    ("relu(x)", "(x + np.sqrt(x**2 + 1e-8))/2", {"x": "d"}, 0),
    ("np.var(X, axis=0)", "np.diag(np.cov(X.T, bias=True))", {"X": "n d"}, 1),
    ("np.var(X, axis=0)", "np.diag(np.cov(X.T))", {"X": "n d"}, 0),
    ("X - X.mean(axis=0)", "(np.eye(n) - np.ones((n, n))/n) @ X", {"X": "n d"}, 1),
    ("X - X.mean(axis=0)", "X @ (np.eye(d) - np.ones((d, d))/d)", {"X": "n d"}, 0),
    ("softmax(Q @ K.T/np.sqrt(d), axis=1) @ V", "softmax(Q @ K.T/np.sqrt(k), axis=1) @ V",
     {"Q": "n d", "K": "m d", "V": "m k"}, 0),
    ("np.einsum('bij,bjk->bik', A, B)", "np.sum(A[:, :, :, None]*B[:, None, :, :], axis=2)",
     {"A": "b n m", "B": "b m k"}, 1),
    ("X.T @ (((np.tanh(X @ V + b) @ U - Y) @ U.T)*(1 - np.tanh(X @ V + b)**2))",
     "X.T @ (((np.tanh(X @ V + b) @ U - Y) @ U.T)/np.cosh(X @ V + b)**2)", NETWORK, 1),
    ("X.T @ (((np.tanh(X @ V + b) @ U - Y) @ U.T)*(1 - np.tanh(X @ V + b)**2))",
     "X.T @ ((np.tanh(X @ V + b) @ U - Y) @ U.T)", NETWORK, 0),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "answer", "shapes", "is_right"), RIGHT)
def test_an_answer_is_judged_as_it_should_be(
    reference: str, answer: str, shapes: dict[str, str], is_right: int
) -> None:
    domain = {"S": "spd"} if "S" in shapes else {}
    found = check(reference, answer, shapes, domain)
    assert found.verdict == ("equal" if is_right else "different"), found


@pytest.mark.parametrize("seed", range(5))
def test_the_verdict_does_not_hang_on_the_seed(seed: int) -> None:
    shapes = {"x": "d", "z": "d", "A": "d d"}
    inverse = "inv(A) - inv(A) @ np.outer(x, z) @ inv(A)/(1 + z @ inv(A) @ x)"
    assert check("inv(A + np.outer(x, z))", inverse, shapes, seed=seed).verdict == "equal"
    swapped = inverse.replace("z @ inv(A) @ x", "x @ inv(A) @ z")
    assert check("inv(A + np.outer(x, z))", swapped, shapes, seed=seed).verdict == "different"
