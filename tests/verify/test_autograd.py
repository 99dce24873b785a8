"""The derived gradients of every model are those of PyTorch's autograd, on the forward formulas alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.derive.derivation import Derivation, derive
from gradwright.execute.sample import shape_of
from gradwright.language.tree import Binary, Call, Item, Name, Negate, NewAxis, Number, Sequence, Slice, Tree
from gradwright.model.load import model
from gradwright.model.model import Model
from gradwright.model.sort import groups
from gradwright.verify.case import make_case
from tests.derive.convolutions import CASES
from tests.derive.convolutions import derivation as derivation_of

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
F = torch.nn.functional
Tensor = Any

TOLERANCE = 1e-10
"""Rounding of some thousand float64 operations in another order; a wrong gradient is off by 1e-2 and more."""


class Torch:
    """Evaluates formulas; a recurrent value is a list of its places until it is whole.

    Args:
        values: Data, parameters and constants as tensors.
        sizes: The number of places of each named axis.
    """

    def __init__(self, model: Model, values: Mapping[str, Tensor], sizes: Mapping[str, int]) -> None:
        self.model, self.sizes = model, sizes
        self.values: dict[str, Any] = dict(values)
        self.indices: dict[str, int] = {}

    def loss(self) -> Tensor:
        """The loss, with its graph."""
        for group in groups(self.model.formulas):
            if not group.direction:
                formula = group.formulas[0]
                assert not formula.indices, formula
                self.values[formula.target] = self.value(formula.body)
                continue
            shapes = [shape_of(self.model.shapes[one.target].shape, self.sizes) for one in group.formulas]
            assert group.direction > 0
            for formula in group.formulas:
                self.values[formula.target] = []
            for place in range(shapes[0][0]):
                for formula in group.formulas:
                    self.indices = {formula.indices[0]: place}
                    self.values[formula.target].append(self.value(formula.body))
            for formula in group.formulas:
                self.values[formula.target] = torch.stack(self.values[formula.target])
        loss = self.values[self.model.minimise]
        assert isinstance(loss, torch.Tensor)
        return loss

    def value(self, tree: Tree) -> Any:
        """The tensor (or the number) that a tree stands for."""
        match tree:
            case Number():
                return float(tree.value) if tree.value.denominator > 1 else int(tree.value)
            case Name():
                if tree.name in self.indices:
                    return self.indices[tree.name]
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
                options = {name: self._option(value) for name, value in tree.options}
                return FUNCTIONS[tree.function](*(self.value(part) for part in tree.arguments), **options)
            case _:
                raise NotImplementedError(type(tree).__name__)

    def _option(self, tree: Tree) -> Any:
        if isinstance(tree, Name) and tree.name in ("True", "False"):
            return tree.name == "True"
        return self.value(tree)

    def _item(self, tree: Item) -> Any:
        assert isinstance(tree.target, Name)
        target = self.values[tree.target.name]
        picks = [self._pick(selector) for selector in tree.selectors]
        first = picks[0]
        if isinstance(first, int) and not 0 <= first < len(target):
            assert self.indices, tree
            shape = shape_of(self.model.shapes[tree.target.name].shape, self.sizes)
            return torch.zeros(shape[len(picks) :], dtype=torch.float64)
        return target[tuple(picks)] if isinstance(target, torch.Tensor) else target[first]

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


def _layer_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-5) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], gamma, beta, eps)


def _pool(line: Callable[..., Tensor], plane: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def pooled(x: Tensor, *sizes: int) -> Tensor:
        return plane(x, *sizes) if x.ndim > 1 else line(x[None, None], *sizes)[0, 0]

    return pooled


def _sum(x: Tensor, axis: int | None = None) -> Tensor:
    return torch.sum(x) if axis is None else torch.sum(x, dim=axis)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sum": _sum,
    "mean": lambda x, axis: torch.mean(x, dim=axis),
    "log": torch.log,
    "exp": torch.exp,
    "tanh": torch.tanh,
    "maximum": lambda least, x: torch.clamp(x, min=least),
    "sqrt": lambda x: x**0.5,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "softmax": lambda x, axis=-1: torch.softmax(x, dim=axis),
    "layer_norm": _layer_norm,
    "transpose": lambda x: x.T,
    "swapaxes": torch.swapaxes,
    "tensordot": lambda a, b, axes: torch.tensordot(a, b, dims=axes),
    "conv2d": lambda x, k, stride=1, padding=0: F.conv2d(x, k, None, stride, padding),
    "corr": lambda x, k: F.conv1d(x[None, None], k[None, None])[0, 0],
    "max_pool": _pool(F.max_pool1d, F.max_pool2d),
    "avg_pool": _pool(F.avg_pool1d, F.avg_pool2d),
}
"""PyTorch's own functions, so that a function file is checked too."""


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(catalog.entries("models")))
def test_the_derived_gradients_are_those_of_autograd(name: str) -> None:
    _compare(derive(model(name)))


@pytest.mark.parametrize("name", CASES)
def test_gradients_through_windows_are_those_of_autograd(name: str) -> None:
    _compare(derivation_of(name))


def _compare(derivation: Derivation) -> None:
    case = make_case(derivation, seed=3)
    assert case.points
    for point in case.points:
        values = {key: torch.tensor(np.asarray(array, dtype=float)) for key, array in point.arrays.items()}
        for parameter in point.gradients:
            values[parameter].requires_grad_()
        Torch(derivation.model, values, point.sizes).loss().backward()
        for parameter, derived in point.gradients.items():
            grad = values[parameter].grad
            assert grad is not None, parameter
            expected = grad.numpy()
            scale = max(float(np.max(np.abs(expected))), 1e-6)
            worst = float(np.max(np.abs(derived - expected))) / scale
            named = f"{derivation.model.name}: d{parameter}"
            assert worst < TOLERANCE, f"{named} is off by {worst:.1e}\n{derived}\n{expected}"
