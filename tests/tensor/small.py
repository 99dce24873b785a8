"""Index expressions at small sizes: their values by explicit loops, and texts lowered to tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sympy import Expr

from gradwright.language.lower import lower
from gradwright.language.parse import parse
from gradwright.language.scope import Scope, Value
from gradwright.model.functions import composites
from gradwright.tensor.nodes import Index, Tensor, size
from tests.language.loops import Loops

SIZES = {"n": 3, "d": 2, "k": 4, "p": 2, "H": 6, "v": 5}


def index(letter: str, axis: str) -> Index:
    return Index(letter, size(axis))


def shapes_of(axes: Mapping[str, str]) -> dict[str, tuple[Expr, ...]]:
    return {name: tuple(size(axis) for axis in text.split()) for name, text in axes.items()}


def lowered(text: str, axes: Mapping[str, str]) -> Tensor:
    functions = composites()
    scope = Scope({name: Value(shape) for name, shape in shapes_of(axes).items()}, functions)
    return lower(parse(text, frozenset(functions)), scope)


def arrays_of(axes: Mapping[str, str], seed: int = 0) -> dict[str, np.ndarray]:
    """Normal numbers for each name; sizes that are no name of ``SIZES`` are numbers."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(size=[SIZES[axis] if axis in SIZES else int(axis) for axis in text.split()])
        for name, text in axes.items()
    }


def values(expression: Expr, free: Sequence[Index], arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    return Loops(arrays, SIZES).tensor(Tensor(tuple(free), expression))


def assert_same(before: Expr, after: Expr, free: Sequence[Index], arrays: Mapping[str, np.ndarray]) -> None:
    """Both expressions have one value at every place of the free indices."""
    # A few dozen additions of numbers near 1 in double precision.
    np.testing.assert_allclose(
        values(after, free, arrays), values(before, free, arrays), rtol=1e-11, atol=1e-11
    )
