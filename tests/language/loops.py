"""A route of its own from index form to numbers: explicit loops over every index, entry by entry."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.linalg
import sympy
from sympy import Add, And, Expr, Mul, Pow

from gradwright.tensor.nodes import (
    Apply,
    Delta,
    Entry,
    Index,
    Iverson,
    MaxOver,
    ProductOver,
    Sum,
    Tensor,
    Where,
    size,
)

OPAQUE: Mapping[str, Callable[..., Any]] = {
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "logdet": lambda a: np.linalg.slogdet(a)[1],
    "pinv": np.linalg.pinv,
    "expm": scipy.linalg.expm,
}
PLAIN: Mapping[type, Callable[..., float]] = {
    Add: lambda *x: math.fsum(x),
    Mul: lambda *x: math.prod(x),
    Pow: lambda x, y: x**y,
    sympy.exp: math.exp,
    sympy.log: math.log,
    sympy.Max: max,
    sympy.Min: min,
    sympy.Abs: abs,
    sympy.tanh: math.tanh,
    sympy.erf: math.erf,
    sympy.floor: math.floor,
    sympy.Mod: lambda x, y: x % y,
    sympy.sign: lambda x: float(np.sign(x)),
    sympy.atan2: math.atan2,
}


class Loops:
    """Evaluates index expressions by explicit loops over every bound index."""

    def __init__(self, arrays: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> None:
        self.arrays, self.sizes = arrays, sizes

    def count(self, extent: Expr) -> int:
        return int(extent.subs({size(name): number for name, number in self.sizes.items()}))

    def tensor(self, tensor: Tensor) -> np.ndarray:
        counts = [self.count(extent) for extent in tensor.shape]
        result = np.zeros(counts)
        for place in itertools.product(*map(range, counts)):
            result[place] = self.at(tensor.entry, dict(zip(tensor.indices, place, strict=True)))
        return result

    def over(self, body: Expr, bound: tuple[Index, ...], places: dict[Index, int]) -> list[float]:
        every = itertools.product(*(range(self.count(index.extent)) for index in bound))
        return [self.at(body, {**places, **dict(zip(bound, place, strict=True))}) for place in every]

    def picked(self, array: np.ndarray, indices: list[float]) -> float:
        places = [int(index) for index in indices]
        assert places == indices
        inside = all(0 <= place < count for place, count in zip(places, array.shape, strict=True))
        return float(array[tuple(places)]) if inside else 0.0

    def holds(self, condition: Any, places: dict[Index, int]) -> bool:
        if isinstance(condition, And):
            return all(self.holds(part, places) for part in condition.args)
        left, right = (self.at(side, places) for side in condition.args)
        return bool(condition.func(sympy.Float(left), sympy.Float(right)))

    def at(self, expression: Any, places: dict[Index, int]) -> float:
        if isinstance(expression, Index):
            return places[expression]
        if isinstance(expression, sympy.Symbol):
            return self.sizes[expression.name]
        if expression.is_number:
            return float(expression)
        if isinstance(expression, Entry):
            return self.picked(self.arrays[expression.name], [self.at(i, places) for i in expression.indices])
        if isinstance(expression, Apply):
            value = np.asarray(
                OPAQUE[expression.function](*(self.arrays[name] for name in expression.operands))
            )
            return self.picked(value, [self.at(i, places) for i in expression.indices])
        if isinstance(expression, Sum):
            return math.fsum(self.over(expression.body, expression.bound, places))
        if isinstance(expression, MaxOver):
            return max(self.over(expression.body, expression.bound, places))
        if isinstance(expression, ProductOver):
            return math.prod(self.over(expression.body, expression.bound, places))
        if isinstance(expression, Where):
            condition, yes, no = expression.args
            return self.at(yes if self.holds(condition, places) else no, places)
        if isinstance(expression, Iverson):
            return float(self.holds(expression.args[0], places))
        parts = [self.at(part, places) for part in expression.args]
        if isinstance(expression, Delta):
            return float(parts[0] == parts[1])
        if expression.func in PLAIN:
            return PLAIN[expression.func](*parts)
        return float(expression.func(*map(sympy.Float, parts)))
