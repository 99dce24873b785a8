"""Gradients through windows are those of PyTorch's autograd, on the forward formulas alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from gradwright.language.tree import Binary, Call, Item, Name, Negate, NewAxis, Number, Sequence, Slice, Tree
from gradwright.model.model import Model
from gradwright.verify.case import make_case
from tests.derive.convolutions import CASES, derivation

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
F = torch.nn.functional
Tensor = Any

TOLERANCE = 1e-10
"""Rounding of some thousand float64 operations in another order; a wrong gradient is off by 1e-2 and more."""


class Torch:
    """Evaluates formulas.

    Args:
        values: Data, parameters and constants as tensors.
        sizes: The number of places of each named axis.
    """

    def __init__(self, values: Mapping[str, Tensor], sizes: Mapping[str, int]) -> None:
        self.sizes, self.values = sizes, dict(values)

    def loss(self, of: Model) -> Tensor:
        """The loss, with its graph."""
        for formula in of.formulas:
            assert not formula.indices, formula
            self.values[formula.target] = self.value(formula.body)
        return self.values[of.minimise]

    def value(self, tree: Tree) -> Any:
        """The tensor (or the number) that a tree stands for."""
        match tree:
            case Number():
                return float(tree.value) if tree.value.denominator > 1 else int(tree.value)
            case Name():
                return self.values[tree.name] if tree.name in self.values else self.sizes[tree.name]
            case Negate():
                return -self.value(tree.operand)
            case Binary():
                return OPERATORS[tree.operator](self.value(tree.left), self.value(tree.right))
            case Item():
                return self._item(tree)
            case Sequence():
                return tuple(self.value(item) for item in tree.items)
            case Call():
                options = {name: self.value(value) for name, value in tree.options}
                return FUNCTIONS[tree.function](*(self.value(part) for part in tree.arguments), **options)
            case _:
                raise NotImplementedError(type(tree).__name__)

    def _item(self, tree: Item) -> Any:
        return self.value(tree.target)[tuple(self._pick(selector) for selector in tree.selectors)]

    def _pick(self, selector: Tree) -> Any:
        if isinstance(selector, NewAxis) or (isinstance(selector, Name) and selector.name == "None"):
            return None
        if isinstance(selector, Slice):
            ends = (None if end is None else self.value(end) for end in (selector.start, selector.stop))
            return slice(*ends)
        return self.value(selector)


OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "@": torch.matmul,
}


def _pool(line: Callable[..., Tensor], plane: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def pooled(x: Tensor, *sizes: int) -> Tensor:
        return plane(x, *sizes) if x.ndim > 1 else line(x[None, None], *sizes)[0, 0]

    return pooled


def _sum(x: Tensor, axis: int | None = None) -> Tensor:
    return torch.sum(x) if axis is None else torch.sum(x, dim=axis)


def _mean(x: Tensor, axis: tuple[int, ...] | None = None) -> Tensor:
    return torch.mean(x) if axis is None else torch.mean(x, dim=axis)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sum": _sum,
    "mean": _mean,
    "corr": lambda x, k: F.conv1d(x[None, None], k[None, None])[0, 0],
    "tanh": torch.tanh,
    "relu": torch.relu,
    "conv2d": lambda x, k, stride=1, padding=0: F.conv2d(x, k, None, stride, padding),
    "max_pool": _pool(F.max_pool1d, F.max_pool2d),
    "avg_pool": _pool(F.avg_pool1d, F.avg_pool2d),
}
"""PyTorch's own functions, so that a function file is checked too."""


@pytest.mark.parametrize("name", CASES)
def test_gradients_through_windows_are_those_of_autograd(name: str) -> None:
    case = make_case(derivation(name), seed=3)
    assert case.points
    for point in case.points:
        values = {key: torch.tensor(np.asarray(array, dtype=float)) for key, array in point.arrays.items()}
        for parameter in point.gradients:
            values[parameter].requires_grad_()
        Torch(values, point.sizes).loss(case.derivation.model).backward()
        for parameter, derived in point.gradients.items():
            grad = values[parameter].grad
            assert grad is not None, parameter
            expected = grad.numpy()
            scale = max(float(np.max(np.abs(expected))), 1e-6)
            worst = float(np.max(np.abs(derived - expected))) / scale
            named = f"{name}: d{parameter}"
            assert worst < TOLERANCE, f"{named} is off by {worst:.1e}\n{derived}\n{expected}"
