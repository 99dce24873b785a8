"""Small convolutional models, and the closed forms that come out of them: a row a thing that layers do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gradwright.derive.derivation import Derivation, derive
from gradwright.model.load import from_text

FIRST_OF_WINDOW = (
    "(mod(l, 2) + 2*mod(k, 2) == "
    "argmax(Z[i, j, 2*floor(k/2):2*floor(k/2) + 2, 2*floor(l/2):2*floor(l/2) + 2]))"
)
"""Whether a place is the first maximum of its window of 2 by 2."""


@dataclass(frozen=True)
class Layers:
    """A model of images ``X`` and what its derivation must say.

    Args:
        parameters: The axes of each parameter.
        formulas: The forward formulas; the loss is ``L``.
        forms: The formula of some adjoints, as they are printed.
        data: The axes of ``X``.
    """

    parameters: Mapping[str, str]
    formulas: str
    forms: Mapping[str, str]
    data: str = "n c H W"


K3 = {"K": "m c 3 3"}
CASES: Mapping[str, Layers] = {
    "plain": Layers(
        {"K": "m c kh kw"},
        "Z = conv2d(X, K)\nL = sum(tanh(Z))",
        {"dK[i, j]": "sum(k, corr(X[k, j], dZ[k, i]))"},
    ),
    "padding": Layers(
        {"K": "m c kh kw"},
        "Z = conv2d(X, K, padding=1)\nL = sum(tanh(Z))",
        {"dK[i, j]": "sum(k, conv2d(X[k, j], dZ[k, i], padding=1))"},
    ),
    "padding that differs by side": Layers(
        {"K": "m c 3 5"},
        "Z = conv2d(X, K, 1, (1, 2))\nL = sum(tanh(Z))",
        {"dK[i, j]": "sum(k, conv2d(X[k, j], dZ[k, i], padding=(1, 2)))"},
    ),
    "stride": Layers(
        {"K": "m c kh kw"},
        "Z = conv2d(X, K, 2)\nL = sum(tanh(Z))",
        {"dK[i, j, k, l]": "sum((p, q, r), X[r, j, k + 2*p, l + 2*q]*dZ[r, i, p, q])"},
    ),
    "stride and padding": Layers(
        K3,
        "Z = conv2d(X, K, stride=2, padding=1)\nL = sum(tanh(Z))",
        {"dK[i, j, k, l]": "sum((p, q, r), X[r, j, k + 2*p - 1, l + 2*q - 1]*dZ[r, i, p, q])"},
    ),
    "a part of the result": Layers(
        K3,
        "C = conv2d(X, K)\nZ = C[:, :, :-1]\nL = sum(tanh(Z))",
        {"dK[i, j, k, l]": "sum((p, q, r), X[r, j, p+k, q+l]*dZ[r, i, p, q])"},
    ),
    "one place": Layers(
        {"K": "m c 1 1"},
        "Z = conv2d(X, K)\nL = sum(tanh(Z))",
        {"dK[i, j]": "sum(X[:, j]*dZ[:, i])[None, None]"},
    ),
    "two in a row": Layers(
        {"K": "m c 3 3", "G": "q m 3 3"},
        "Z = conv2d(X, K)\nA = tanh(Z)\nU = conv2d(A, G)\nL = sum(tanh(U))",
        {"dA[i, j]": "sum(k, convfull(dU[i, k], G[k, j]))", "dG[i, j]": "sum(k, corr(A[k, j], dU[k, i]))"},
    ),
    "two in a row with padding": Layers(
        {"K": "m c 3 3", "b": "m", "G": "q m 3 3"},
        "Z = conv2d(X, K, 1, 1) + b[:, None, None]\nA = relu(Z)\nU = conv2d(A, G, 1, 1)\nL = sum(tanh(U))",
        {
            "dA[i, j]": "sum(k, convfull(dU[i, k], G[k, j])[1:-1, 1:-1])",
            "dZ": "dA*step(Z)",
            "db": "sum(dZ, axis=(0, 2, 3))",
            "dK[i, j]": "sum(k, conv2d(X[k, j], dZ[k, i], padding=1))",
        },
    ),
    "two in a row with stride": Layers(
        {"K": "m c 3 3", "G": "q m 3 3"},
        "Z = conv2d(X, K, 2, 1)\nA = relu(Z)\nU = conv2d(A, G, 2, 1)\nL = sum(tanh(U))",
        {"dA[i, j, k, l]": "sum((p, q, r), G[r, j, k + 1 - 2*p, l + 1 - 2*q]*dU[i, r, p, q])"},
    ),
    "mean of windows": Layers(
        K3,
        "Z = conv2d(X, K, 1, 1)\nM = avg_pool(Z, 2)\nL = sum(tanh(M))",
        {"dZ[i, j, k, l]": "dM[i, j, floor(k/2), floor(l/2)]/4"},
    ),
    "mean of windows that overlap": Layers(
        K3,
        "Z = conv2d(X, K, 1, 1)\nM = avg_pool(Z, 3, 2)\nL = sum(tanh(M))",
        {
            "dZ[i, j, k, l]": "sum((p, q), dM[i, j, p, q]"
            "*(k - 2*p < 3)*(l - 2*q < 3)*(k - 2*p >= 0)*(l - 2*q >= 0))/9"
        },
    ),
    "mean of windows apart": Layers(
        K3,
        "Z = conv2d(X, K, 1, 1)\nM = avg_pool(Z, 2, 3)\nL = sum(tanh(M))",
        {"dZ[i, j, k, l]": "dM[i, j, floor(k/3), floor(l/3)]*(mod(k, 3) < 2)*(mod(l, 3) < 2)/4"},
    ),
    "mean of all places": Layers(
        K3,
        "Z = conv2d(X, K, 1, 1)\nM = mean(Z, axis=(2, 3))\nL = sum(tanh(M))",
        {"dZ[i, j, k, l]": "dM[i, j]/(H*W)"},
    ),
    "maximum of windows": Layers(
        K3,
        "Z = conv2d(X, K, 1, 1)\nM = max_pool(Z, 2)\nL = sum(tanh(M))",
        {"dZ[i, j, k, l]": f"dM[i, j, floor(k/2), floor(l/2)]*{FIRST_OF_WINDOW}"},
    ),
    "maximum of windows that overlap": Layers(
        K3,
        "Z = conv2d(X, K, 1, 1)\nM = max_pool(Z, 3, 2)\nL = sum(tanh(M))",
        {
            "dZ[i, j, k, l]": "sum((p, q), dM[i, j, p, q]"
            "*(l + 3*k - 2*q - 6*p == argmax(Z[i, j, 2*p:2*p + 3, 2*q:2*q + 3]))"
            "*(k - 2*p < 3)*(l - 2*q < 3)*(k - 2*p >= 0)*(l - 2*q >= 0))"
        },
    ),
    "maximum of windows step by step": Layers(
        K3,
        "Z = conv2d(X, K, 1, 1)\nM = max_pool(Z, 2, 1)\nL = sum(tanh(M))",
        {
            "dZ[i, j, k, l]": "sum((p, q), dM[i, j, p, q]"
            "*(l + 2*k - 2*p - q == argmax(Z[i, j, p:p+2, q:q+2]))"
            "*(k - p < 2)*(l - q < 2)*(k - p >= 0)*(l - q >= 0))"
        },
    ),
    "one axis": Layers(
        {"K": "p", "G": "q"},
        "Z = corr(X, K)\nA = tanh(Z)\nU = corr(A, G)\nL = sum(tanh(U))",
        {"dA": "convfull(dU, G)", "dK": "corr(X, dZ)", "dG": "corr(A, dU)"},
        "T",
    ),
    "windows of one axis": Layers(
        {"K": "p"},
        "Z = corr(X, K)\nM = max_pool(Z, 2)\nL = sum(tanh(M))",
        {"dZ[i]": "dM[floor(i/2)]*(mod(i, 2) == argmax(Z[2*floor(i/2):2*floor(i/2) + 2]))"},
        "T",
    ),
    "residual": Layers(
        {"K": "m m 3 3", "G": "m m 3 3"},
        "A = relu(conv2d(X, K, 1, 1))\nU = conv2d(A, G, 1, 1) + X\nR = relu(U)\nL = sum(tanh(R))",
        {
            "dU": "dR*step(U)",
            "dA[i, j]": "sum(k, convfull(dU[i, k], G[k, j])[1:-1, 1:-1])",
            "dG[i, j]": "sum(k, conv2d(A[k, j], dU[k, i], padding=1))",
        },
        "n m H W",
    ),
    "residual inside": Layers(
        {"S": "m c 3 3", "K": "m m 3 3", "G": "m m 3 3"},
        "B = relu(conv2d(X, S, 1, 1))\nC = conv2d(B, K, 1, 1)\nA = relu(C)\n"
        "U = conv2d(A, G, 1, 1) + B\nR = relu(U)\nL = sum(tanh(R))",
        {"dB[i, j]": "dU[i, j] + sum(k, convfull(dC[i, k], K[k, j])[1:-1, 1:-1])"},
    ),
    "residual with a step down": Layers(
        {"S": "m c 3 3", "K": "q m 3 3", "G": "q q 3 3", "P": "q m 1 1"},
        "B = relu(conv2d(X, S, 1, 1))\nC = conv2d(B, K, 2, 1)\nA = relu(C)\n"
        "D = conv2d(B, P, 2)\nU = conv2d(A, G, 1, 1) + D\nR = relu(U)\nL = sum(tanh(R))",
        {
            "dP[i, j, k, l]": "sum((p, r, s), B[s, j, 2*p, 2*r]*dU[s, i, p, r])",
            "dB[i, j, k, l]": "sum((p, q, r), K[r, j, k + 1 - 2*p, l + 1 - 2*q]*dC[i, r, p, q])"
            " + sum(p, P[p, j, 0, 0]*dU[i, p, floor(k/2), floor(l/2)]*(mod(k, 2) == 0)*(mod(l, 2) == 0))",
        },
    ),
}


def text_of(name: str) -> str:
    """A row as a model file."""
    row = CASES[name]
    axes = {axis for shape in (row.data, *row.parameters.values()) for axis in shape.split()}
    return "\n".join(
        [
            f'name = "{name.replace(" ", "-")}"\ntitle = {{ en = "{name}", ko = "{name}" }}\n[axes]',
            *(f'{axis} = "{axis}"' for axis in sorted(axes) if not axis.isdigit()),
            f'[data]\nX = "{row.data}"\n[parameters]',
            *(f'{parameter} = "{shape}"' for parameter, shape in row.parameters.items()),
            f'[forward]\nminimise = "L"\nformulas = """\n{row.formulas}\n"""',
        ]
    )


@cache
def derivation(name: str) -> Derivation:
    """The derivation of a row."""
    return derive(from_text(text_of(name), name))
