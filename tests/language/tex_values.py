"""Values of LaTeX and of text at the same random arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradwright.execute.evaluate import evaluate
from gradwright.language.parse import parse
from gradwright.language.scope import Scope, Value
from gradwright.language.shapes import infer
from gradwright.language.tex.read import read_latex
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size

SHAPES = {
    "X": "n d", "Y": "n k", "P": "n k", "W": "d k", "w": "d", "y": "n", "u": "n", "b": "k", "A": "d d",
    "B": "d d", "S": "d d", "v": "d", "m": "d", "mu": "d", "theta": "d", "v_hat": "d", "z": "k", "p": "k",
    "q": "k", "g": "k", "W1": "d k", "W2": "k r", "b1": "k", "lam": "", "lr": "", "alpha": "", "c": "",
    "a": "", "t": "", "eps": "", "beta1": "", "beta2": "", "tau": "", "dL_dW": "d k",
}  # fmt: skip
SIZES = {"n": 2, "d": 3, "k": 4, "r": 5}


def scope_of(shapes: Mapping[str, str]) -> Scope:
    values = {name: Value(tuple(size(axis) for axis in axes.split())) for name, axes in shapes.items()}
    return Scope(values, composites())


SCOPE = scope_of(SHAPES)


def arrays_of(scope: Scope) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    return {
        name: rng.uniform(0.1, 0.9, size=tuple(SIZES[str(extent)] for extent in value.shape))
        for name, value in scope.values.items()
    }


def value_of(latex: str, scope: Scope = SCOPE) -> Any:
    reading = read_latex(latex, scope)
    if not reading.free:
        infer(reading.tree, scope)
    free = dict.fromkeys(reading.free, 0)
    return evaluate(reading.tree, arrays_of(scope), SIZES, composites(), bound=free or None)


def text_value(text: str, scope: Scope = SCOPE) -> Any:
    return evaluate(parse(text, frozenset(composites())), arrays_of(scope), SIZES, composites())
