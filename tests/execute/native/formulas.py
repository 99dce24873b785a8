"""A table of formulas of one or a few lines, wide in kinds, and the arrays that go with them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.execute.program import Program
from gradwright.execute.sample import draw, shape_of
from gradwright.model.load import from_text
from gradwright.model.model import Model
from gradwright.train.program import compile

Array = Any
SWEEP = (1, 2, 3, 7, 8, 9, 16, 17, 33)
"""Sizes before, at and after a vector's and a tile's."""


@dataclass(frozen=True)
class Case:
    """Formulas that end with ``F`` (a loss is made of it) or with ``L``.

    Args:
        formulas: One a line.
        values: What they are made of, such as ``X: n d; s: ; x: n pos; tokens: n < V``, where what follows
            the axes is a domain, or the axis whose places a value of whole numbers names.
    """

    formulas: str
    values: str

    @property
    def name(self) -> str:
        """For the test's name: the formulas on one line."""
        return "; ".join(line.strip() for line in self.formulas.strip().splitlines())

    @cached_property
    def model(self) -> Model:
        """The case as a model: whole numbers are data, all else is trained."""
        spoken = [part.split(":") for part in self.values.split(";")]
        data: list[str] = []
        parameters: list[str] = []
        axes: set[str] = set()
        for name, text in ((name.strip(), text.strip()) for name, text in spoken):
            shape, below, axis = text.partition("<")
            words = shape.split()
            domain = (
                words.pop()
                if words and words[-1] in ("pos", "unit", "away0", "small", "wellcond")
                else "real"
            )
            axes |= {word for word in (*words, axis.strip()) if word and not word.isdigit()}
            lines = data if below or name == "DATA" else parameters
            lines.append(f'{name} = {{ axes = "{" ".join(words)}", is = "{"posint" if below else domain}" }}')
        loss = "" if "L = " in self.formulas else "L = sum(F + F*F/2)"
        found = from_text(
            "\n".join(
                [
                    'name = "case"\ntitle = { en = "case", ko = "case" }\n[axes]',
                    *(f'{axis} = "places"' for axis in sorted(axes)),
                    "[data]",
                    *data,
                    "[parameters]",
                    *parameters,
                    f'[forward]\nformulas = """\n{self.formulas.strip()}\n{loss}\n"""\nminimise = "L"',
                ]
            )
        )
        return found

    @property
    def below(self) -> dict[str, str]:
        """For each value of whole numbers the axis whose places it names."""
        parts = [part.split(":") for part in self.values.split(";")]
        return {name.strip(): text.split("<")[1].strip() for name, text in parts if "<" in text}

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes that need a size, in order."""
        known = {str(left) for left, _ in self.model.equations}
        return tuple(sorted(axis for axis in self.model.axes if axis not in known))

    def sizes(self, turn: int) -> dict[str, int]:
        """Sizes of the axes, each another one; after as many turns as there are sizes each axis had all."""
        return {axis: SWEEP[(turn + 4 * at) % len(SWEEP)] for at, axis in enumerate(self.axes)}

    @cached_property
    def reference(self) -> Program:
        """The loss and all gradients, interpreted."""
        return compile(self.model, backend="numpy")

    def program(self, sizes: Mapping[str, int], dtype: str = "float64") -> Program:
        """The loss and all gradients as machine code."""
        return replace(self.reference, backend="numba", dtype=dtype, sizes=dict(sizes), executables={})

    def arrays(self, sizes: Mapping[str, int]) -> tuple[dict[str, Array], dict[str, Array]]:
        """Random parameters and data, the same at every call."""
        rng = np.random.default_rng(zlib.crc32(f"{self.name} {sorted(sizes.items())}".encode()))
        model = self.model
        values = {name: parameter.value for name, parameter in model.parameters.items()}
        params = draw(values, sizes, rng)
        data = {
            name: rng.integers(0, sizes[self.below[name]], shape_of(value.shape, sizes)).astype(float)
            for name, value in model.data.items()
        }
        return params, data


def table(text: str, values: str) -> Iterator[Case]:
    """A case for each line; ``;`` separates a case's formulas."""
    for line in text.strip().splitlines():
        yield Case("\n".join(part.strip() for part in line.split(";;")), values)


UNARY = """
exp(x)
exp(-x*x)
sin(x)
cos(x)
tan(x/4)
sinh(x)
cosh(x)
tanh(x)
sech(x)
arctan(x)
arcsinh(x)
arcsin(x/9)
arccos(x/9)
arctanh(x/9)
erf(x)
erfc(x)
abs(x)
sign(x)*x
floor(x)*x + ceil(x)
x**2
x**3
x**5
2**x
-x
1/(1 + x**2)
1/(1 + exp(x))
1/(1 + exp(-x))
expm1(x)
sigmoid(x)
softplus(x)
relu(x)
leaky_relu(x)
elu(x)
gelu(x)
silu(x)
clip(x, -1, 1)
clip(x, -0.5, 2)
step(x)*x
heaviside(x, 0.5)*x
where(x > 0, x, 0.1*x)
where((x > -1) * (x < 1), x**2, 1)
maximum(x, 0.5)
minimum(x, 0)
maximum(minimum(x, 1), -1)*x
log1p(x**2)
log(1 + exp(100*x))
sqrt(1 + x**2)
tanh(x)*sigmoid(x) + exp(-abs(x))
arange(len(x))*x
x + len(x)
""".strip().splitlines()

POSITIVE = """
log(x)
log2(x)
log10(x)
log1p(x)
sqrt(x)
cbrt(x)
x**0.5
x**1.5
x**2.5
x**0.3
1/x
1/sqrt(x)
x**(-2)
x**x
x*log(x)
-x*log(x/(1 + x))
arccosh(1 + x)
hypot(x, 1)
reciprocal(x + 1)
coth(x)
csch(x)
""".strip().splitlines()

BINARY = """
maximum(x, y)
minimum(x, y)
where(x > y, x, y)
where(x <= y, x*y, y**2)
where(x == y, x, y)
logaddexp(x, y)
arctan2(x, y)
hypot(x, y)
x*y + x/(1 + y**2)
x @ y
vdot(x, y) * x
(x > y)*x
(x > 0)*(y > 0)*x*y
huber(x, y)
sum(x)*y
x - mean(y)
x[:-1]*y[1:]
x[::-1]*y
outer(x, y)
x[:, None]*y[None, :] + x[None, :]
concatenate([x, y])
concatenate([x, 2*y, x*y])
stack([x, y])
stack([x, y], axis=1)
corr(x, y[:1])
convfull(x, y)
""".strip().splitlines()

REDUCTIONS = """
sum(X)*X
sum(X, axis=0)
sum(X, axis=1)
sum(X, axis=2)
sum(X, axis=(0, 1))
sum(X, axis=(0, 2))
sum(X, axis=(1, 2))
sum(X, axis=1, keepdims=True)*X
mean(X)*X
mean(X, axis=0)
mean(X, axis=2)
mean(X, axis=(0, 2), keepdims=True) - X
var(X)
var(X, axis=0)
var(X, axis=1)
var(X, axis=2)
std(X + 5*arange(len(X))[:, None, None], axis=(0, 1)) + 1
max(X)
max(X, axis=0)
max(X, axis=1)
max(X, axis=2)
max(X, axis=(1, 2))
min(X)
min(X, axis=0)
min(X, axis=1)
min(X, axis=2)
X - max(X, axis=2, keepdims=True)
prod(1 + X/9, axis=0)
prod(1 + X/9, axis=1)
prod(1 + X/9, axis=2)
prod(X[0, 0])
logsumexp(X)
logsumexp(X, axis=0)
logsumexp(X, axis=1)
logsumexp(X, axis=2)
softmax(X)
softmax(X, axis=0)
softmax(X, axis=1)
softmax(9*X)
log_softmax(X)
log_softmax(X, axis=0)
log_softmax(X, axis=1)
layer_norm(X + 3*X**2, X[0, 0], X[0, 0])
rms_norm(X, X[0, 0])
cumsum(X, axis=0)
cumsum(X, axis=2)
norm(X)*X
sum(abs(X), axis=1)
sum(exp(X), axis=0)/sum(exp(-X), axis=0)
sum(tanh(X), axis=(0, 2))*sum(X, axis=(0, 2))
X[0]
X[-1]
X[:, 0]
X[:, :, -1]
X[:, :, ::-1]
X[0, :, 0]
X[0, 0, 0]*X
X.T
transpose(X, (1, 0, 2))
transpose(X, (2, 0, 1))*2
swapaxes(X, 0, 2) * swapaxes(X, 0, 2)
ravel(X)
X - mean(X, axis=-1, keepdims=True)
(X - mean(X, axis=-1, keepdims=True))/sqrt(var(X, axis=-1, keepdims=True) + 0.1)
where(X > mean(X), X, 0)
concatenate([X, X**2], axis=1)
concatenate([X, X**2], axis=2)
""".strip().splitlines()

MATRICES = """
A @ B
A @ B + c
A @ B - b[:, None]
tanh(A @ B + c)
relu(A @ B + c)
softmax(A @ B + c)
B.T @ A.T
(A @ B).T
(A @ B) @ D
A @ (B @ D)
A @ B @ D @ A
A.T @ A
A @ A.T
B @ B.T
B.T @ B
A.T @ (A @ B)
A @ B * (A @ B)
A @ B + D.T
A @ B * D.T
exp(-A @ B / 9)
b @ A
A @ v
b @ A @ B
b @ A @ v
A @ B @ c
v @ B
c @ D @ A @ v
outer(b, v) + A
outer(b, c) @ D
(b[:, None]*A) @ B
(A*v) @ B
(A @ B)/(1 + sum(abs(A @ B), axis=1, keepdims=True))
A / sqrt(sum(A**2, axis=0) + 1)
(A**2) @ (B**2)
tanh(A) @ tanh(B)
sum(A @ B, axis=0)
mean(A @ B, axis=1)
max(A @ B, axis=1)
A @ B @ D * 0.1 + eye(len(b))
trace(A @ B @ D)
trace(A @ A.T)
diag(b) @ A
diag(A @ B @ D)
diagonal(D.T @ B.T @ A.T)
A[0] @ B
A[:, 0]
A[-1] * v
A[:, None, :] * B.T[None, :, :]
einsum("ij,jk->ik", A, B)
einsum("ij,jk->ki", A, B)
einsum("ij,jk->i", A, B)
einsum("ij,ij->j", A, A)
einsum("ij,jk,ki->", A, B, D)
einsum("ij,jk,kl->il", A, B, D)
einsum("ij,kj->ik", A, A)
einsum("i,j->ij", b, v)
einsum("ij,ik->jk", A, D.T)
einsum("i,ij,j->", b, A, v)
tensordot(A, B, axes=1)
tensordot(A, B.T, axes=((1,), (1,)))
tensordot(A, D.T, axes=((0,), (0,)))
tensordot(A, A, axes=2)
inner(A, B.T)
dot(A, B)
kron(b, v)
kron(A[:1], c[None, :])
logsumexp(A @ B, axis=1)
-sum(softmax(A) * log_softmax(A), axis=1)
cross_entropy(A @ B, softmax(D.T))
sum((A[:, None, :] - A[None, :, :])**2, axis=2)
exp(-sum((A[:, None, :] - B.T[None, :, :])**2, axis=2))
sqrt(1 + sum((A[:, None, :] - B.T[None, :, :])**2, axis=2))
""".strip().splitlines()

BATCHED = """
P @ Q
P @ swapaxes(P, 1, 2)
swapaxes(P, 1, 2) @ P
P @ W
P @ W + v
softmax(P @ swapaxes(P, 1, 2) / 3) @ P
P * W.T[0]
einsum("nij,njk->nik", P, Q)
einsum("nij,njk->nki", P, Q)
einsum("nij,njk->ik", P, Q)
einsum("nij,njk->nk", P, Q)
einsum("nij,jk->ink", P, W)
einsum("nij,nij->ij", P, P)
einsum("nij,nkj->nik", P, P)
einsum("nij,mij->nm", P, P)
einsum("nij,njk->", P, Q)
tensordot(P, W, axes=1)
tensordot(P, P, axes=((1, 2), (1, 2)))
tensordot(P, P, axes=((0, 1), (0, 1)))
tensordot(P, Q, axes=((0, 2), (0, 1)))
tensordot(W.T, P, axes=((1,), (2,)))
mean(P @ W, axis=1)
layer_norm(P, v[0] + P[0, 0], P[0, 0])
batch_norm(P[0], P[0, 0], P[0, 0])
P[0] @ Q[0]
P[:, 0] @ W
P[:, -1] @ W + v
tanh(P @ W) @ W.T
max(P @ W, axis=1)
sum(P[:, :, None, :] * P[:, None, :, :], axis=3)
""".strip().splitlines()

WINDOWS = {
    "X: 3 c 9 11; K: m c 3 3; b: m": """
conv2d(X, K)
conv2d(X, K) + b[:, None, None]
relu(conv2d(X, K) + b[:, None, None])
conv2d(X, K, stride=2)
conv2d(X, K, padding=1)
conv2d(X, K, stride=2, padding=1)
conv2d(X, K, stride=3, padding=2)
max_pool(conv2d(X, K), 2)
avg_pool(relu(conv2d(X, K, padding=1)), 3)
max_pool(X, 2)
max_pool(X, 3, stride=2)
max_pool(X, 3, stride=1)
max_pool(X, 2, stride=3)
avg_pool(X, 2)
avg_pool(X, 3, stride=2)
avg_pool(X, 3, stride=1)
avg_pool(X, 2, stride=3)
sum(max_pool(X, 2), axis=(2, 3))
""",
    "X: 5 H W; K: m 5 2 3": """
conv2d(X[:, :, :], K, padding=2)
conv2d(X, K, stride=2, padding=2)
conv2d(conv2d(X, K, padding=2), transpose(K, (1, 0, 2, 3)), padding=1)
""",
    "X: 9 W; K: 3 1": """
corr(X, K)
convfull(X, K)
conv2d(X, K)
conv2d(X, K, padding=2, stride=2)
corr(convfull(X, K), K)
""",
    "x: n; k: 1; w: 4": """
corr(x, k)
convfull(x, w)
corr(convfull(x, w), w)
convfull(tanh(convfull(x, w)), w)
""",
    "X: n 6 m; K: 2 3": """
max_pool(swapaxes(X, 1, 2), 1)
max_pool(X[0].T, (1, 2))
avg_pool(X[:, :, 0], (1, 2))
""",
}

INDEXED = {
    "E: V d; tokens: n < V; x: d": """
E[tokens]
E[tokens] @ x
tanh(E[tokens]) * x
softmax(E[tokens])
mean(E[tokens], axis=0)
sum(E[tokens], axis=1)
max(E[tokens], axis=0)
E[tokens] @ E.T
E[tokens][:, 0]
E[tokens] - E[0]
""",
    "E: V d; tokens: T < V; B: T d": """
F[t] = E[tokens[t-1]] + B[t]
F[t] = E[tokens[t+1]] * B[t]
F[t] = E[tokens[T-1-t]] - B[t-1]
F[t] = tanh(E[tokens[t]] + F[t-1])
F[t] = tanh(E[tokens[t]] @ B.T @ B / 9 + F[t+1])
""",
    "E: V d; B: t d; tokens: n t < V; W: d k": """
E[tokens] + B
(E[tokens] + B) @ W
mean(E[tokens], axis=1) @ W
softmax(E[tokens] @ swapaxes(E[tokens], 1, 2)) @ E[tokens]
layer_norm(E[tokens] + B, B[0], B[0])
""",
    "x: T; y: T": """
F[t] = x[t-1]*y[t]
F[t] = x[t+1]*y[t]
F[t] = x[t-1] - 2*x[t] + x[t+1]
F[t] = x[t-3]*x[t+2]
F[t] = x[2*t]*y[t]
F[t] = x[T-1-t]*y[t]
F[t] = tanh(x[t-1] + y[t+1])
F[t] = sum(s, where(s <= t, x[s]*y[t], 0))
F[t] = sum(s, x[s]*y[t-s])
F[t] = sum(s, exp(-x[t-s]**2)*y[s])
F[t] = x[t] + x[t]*t
""",
    "X: T n d; W: d d; b: d": """
F[t] = X[t-1] @ W + b
F[t] = X[t+1] @ W + X[t]
F[t] = tanh(X[t-2] @ W)*X[t]
""",
}

RECURRENCES = {
    "x: T; a: ": """
F[t] = F[t-1] + x[t]
F[t] = F[t+1] + x[t]
F[t] = a*F[t-1] + x[t]
F[t] = tanh(a*F[t-1] + x[t])
F[t] = tanh(a*F[t+1] + x[t])
F[t] = a*F[t-1]/2 - F[t-2]/3 + x[t]
F[t] = tanh(a*F[t-1] + x[t-1] + x[t+1])
F[t] = maximum(F[t-1], x[t])
F[t] = sigmoid(x[t])*F[t-1] + (1 - sigmoid(x[t]))*x[t]
h[t] = tanh(a*h[t-1] + x[t]) ;; L = h[T-1]**2 + a*h[T-1]
h[t] = tanh(a*h[t+1] + x[t]) ;; L = h[0]**2 + a*h[0]
h[t] = tanh(a*h[t-1] + x[t]) ;; F[t] = tanh(a*F[t-1] + h[t])
h[t] = tanh(a*h[t-1] + x[t]) ;; F[t] = tanh(a*F[t+1] + h[t])
h[t] = tanh(a*h[t-1] + x[t]) ;; g[t] = tanh(g[t+1] - x[t]) ;; F = h*g
h[t] = c[t-1] + x[t] ;; c[t] = tanh(a*h[t]) ;; F = h + c
h[t] = tanh(a*h[t-1] + x[t]) ;; m = mean(h) ;; F[t] = tanh(F[t-1]/2 + h[t] - m)
""",
    "X: T n d; W: d d small; U: d d small; b: d; h0: n d": """
h[t] = tanh(X[t] @ W + h[t-1] @ U + b) ;; F = h
h[t] = tanh(X[t] @ W + h[t+1] @ U + b) ;; F = h
h[t] = tanh(X[t] @ W + h[t-1] @ U + b) ;; F = h[T-1]
h[t] = relu(X[t] @ W + h[t-1] @ U + b) ;; F = mean(h, axis=0)
h[t] = tanh(X[t] @ W + h[t-1] @ U) ;; g[t] = tanh(h[t] @ W + g[t-1] @ U + b) ;; F = g[T-1]
h[t] = tanh(X[t] @ W + h[t-1] @ U) ;; g[t] = tanh(X[t] @ W + g[t+1] @ U) ;; F = concatenate([h, g], axis=2)
h[t] = tanh(X[t] @ W + h[t-1] @ U) ;; g[t] = tanh(h[t] @ W + g[t+1] @ U + b) ;; F = g * h
z[t] = sigmoid(X[t] @ W + h[t-1] @ U) ;; h[t] = z[t]*h[t-1] + (1 - z[t])*tanh(X[t] @ U + b) ;; F = h
h[t] = softmax(X[t] + h[t-1] @ U) ;; F = h[T-1]
h[t] = layer_norm(X[t] + h[t-1] @ U, b, b) ;; F = h[T-1]
h[t] = tanh(X[t] @ W + where(t == 0, h0, h[t-1]) @ U + b) ;; F = h[T-1]
h[t] = X[t] + h[t-1] * (h[t-1] @ U) / 99 ;; F = h
h[t] = tanh(X[t] @ W + h[t-1] @ U + h[t-2] @ W) ;; F = h
""",
}


def cases() -> list[Case]:
    """The whole table."""
    found = [Case(f"F = {line}", "x: n") for line in UNARY]
    found += [Case(f"F = {line}", "x: n pos") for line in POSITIVE]
    found += [Case(f"F = {line}", "x: n; y: n") for line in BINARY]
    found += [Case(f"F = {line}", "X: n d k") for line in REDUCTIONS]
    sorted_values = {"A": "n d", "B": "d k", "D": "k n", "b": "n", "c": "k", "v": "d"}
    found += [Case(f"F = {line}", _chosen(line, sorted_values)) for line in MATRICES]
    found += [
        Case(f"F = {line}", _chosen(line, {"P": "n t d", "Q": "n d k", "W": "d k", "v": "k"}))
        for line in BATCHED
    ]
    for group in (WINDOWS, INDEXED, RECURRENCES):
        for values, lines in group.items():
            named = dict(part.split(":") for part in values.replace(" ", "_").split(";"))
            known = {name.strip("_"): text.replace("_", " ").strip() for name, text in named.items()}
            for line in lines.strip().splitlines():
                text = line if line[1:4] == "[t]" else f"F = {line}"
                found.append(Case("\n".join(part.strip() for part in text.split(";;")), _chosen(text, known)))
    return found


def _chosen(line: str, values: Mapping[str, str]) -> str:
    """Those of the values that a formula names."""
    words = set("".join(letter if letter.isalnum() or letter == "_" else " " for letter in line).split())
    return "; ".join(f"{name}: {text}" for name, text in values.items() if name in words)


__all__ = ["SWEEP", "Case", "UsageError", "cases"]
