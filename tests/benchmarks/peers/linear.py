"""Linear models, full batch: least squares with and without a penalty, and losses of two classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tests.benchmarks.training_case import Arrays, Case, Product, Sizes

SIZES = {"small": {"n": 1000, "d": 20}, "next": {"n": 10000, "d": 100}}
Given = Mapping[str, Any]


def numbers(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Features and a target that is nearly linear in them."""
    X = rng.normal(size=(sizes["n"], sizes["d"]))
    return {"X": X, "y": X @ rng.normal(size=sizes["d"]) + rng.normal(size=sizes["n"])}


def zero_or_one(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Features and a class 0 or 1 that a plane tells apart but for noise."""
    found = numbers(sizes, rng)
    return {**found, "y": (found["y"] > 0).astype(np.float64)}


def minus_or_plus(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """The same with classes -1 and 1."""
    found = zero_or_one(sizes, rng)
    return {**found, "y": 2 * found["y"] - 1}


def products(sizes: Sizes) -> Sequence[Product]:
    """The product of the features and the weights."""
    return [Product(sizes["n"], 1, sizes["d"], left=False)]


def squared(params: Given, data: Given) -> Any:
    """The mean squared error; the same words in PyTorch and JAX."""
    return ((data["X"] @ params["w"] - data["y"]) ** 2).mean()


def ridge(params: Given, data: Given) -> Any:
    return squared(params, data) + 0.1 * (params["w"] ** 2).sum()


def lasso(params: Given, data: Given) -> Any:
    return squared(params, data) + 0.1 * abs(params["w"]).sum()


def torch_squared(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    return F.mse_loss(data["X"] @ params["w"], data["y"])


def torch_ridge(params: Given, data: Given) -> Any:
    return torch_squared(params, data) + 0.1 * (params["w"] ** 2).sum()


def torch_lasso(params: Given, data: Given) -> Any:
    return torch_squared(params, data) + 0.1 * params["w"].abs().sum()


def scores(params: Given, data: Given) -> Any:
    return data["X"] @ params["w"] + params["b"]


def torch_logistic(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    return F.binary_cross_entropy_with_logits(scores(params, data), data["y"])


def jax_logistic(params: Given, data: Given) -> Any:
    import jax

    z = scores(params, data)
    return (jax.nn.softplus(z) - data["y"] * z).mean()


def torch_hinge(params: Given, data: Given) -> Any:
    margins = data["y"] * scores(params, data)
    return (1 - margins).relu().mean() + 0.01 * (params["w"] ** 2).sum()


def jax_hinge(params: Given, data: Given) -> Any:
    import jax

    margins = data["y"] * scores(params, data)
    return jax.nn.relu(1 - margins).mean() + 0.01 * (params["w"] ** 2).sum()


def torch_perceptron(params: Given, data: Given) -> Any:
    return (-data["y"] * scores(params, data)).relu().mean()


def jax_perceptron(params: Given, data: Given) -> Any:
    import jax

    return jax.nn.relu(-data["y"] * scores(params, data)).mean()


def case(name: str, model: str, data: Any, torch_loss: Callable[..., Any], jax_loss: Any) -> Case:
    return Case(
        name=name,
        model=model,
        sizes=SIZES,
        data=data,
        torch_loss=torch_loss,
        jax_loss=jax_loss,
        products=products,
    )


CASES = (
    case("linear", "linear-regression", numbers, torch_squared, squared),
    case("ridge", "ridge-regression", numbers, torch_ridge, ridge),
    case("lasso", "lasso", numbers, torch_lasso, lasso),
    case("logistic", "logistic-regression", zero_or_one, torch_logistic, jax_logistic),
    case("svm", "support-vector-machine", minus_or_plus, torch_hinge, jax_hinge),
    case("perceptron", "perceptron", minus_or_plus, torch_perceptron, jax_perceptron),
)
