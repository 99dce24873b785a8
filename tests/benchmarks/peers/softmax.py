"""Softmax regression and multi-layer perceptrons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.benchmarks.training_case import Arrays, Case, Product, Sizes

Given = Mapping[str, Any]


def classes(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Features and one-hot rows."""
    labels = rng.integers(0, sizes["k"], sizes["n"])
    return {"X": rng.normal(size=(sizes["n"], sizes["d"])), "Y": np.eye(sizes["k"])[labels]}


def labelled(data: Mapping[str, Any]) -> Arrays:
    """The data with the class's number instead of the one-hot row."""
    return {**{name: value for name, value in data.items() if name != "Y"}, "labels": data["Y"].argmax(-1)}


def torch_softmax(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    return F.cross_entropy(data["X"] @ params["W"] + params["b"], data["labels"])


def jax_cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean cross-entropy of class numbers."""
    import jax
    import jax.numpy as jnp

    told = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1)
    return -told.mean()


def jax_softmax(params: Given, data: Given) -> Any:
    return jax_cross_entropy(data["X"] @ params["W"] + params["b"], data["labels"])


def softmax_products(sizes: Sizes) -> Sequence[Product]:
    return [Product(sizes["n"], sizes["k"], sizes["d"], left=False)]


def torch_two(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    hidden = F.relu(data["X"] @ params["W1"] + params["b1"])
    return F.cross_entropy(hidden @ params["W2"] + params["b2"], data["labels"])


def jax_two(params: Given, data: Given) -> Any:
    import jax

    hidden = jax.nn.relu(data["X"] @ params["W1"] + params["b1"])
    return jax_cross_entropy(hidden @ params["W2"] + params["b2"], data["labels"])


def two_products(sizes: Sizes) -> Sequence[Product]:
    n, d, h, k = (sizes[axis] for axis in "ndhk")
    return [Product(n, h, d, left=False), Product(n, k, h)]


def torch_three(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    hidden = F.relu(data["X"] @ params["W1"] + params["b1"])
    hidden = F.relu(hidden @ params["W2"] + params["b2"])
    return F.cross_entropy(hidden @ params["W3"] + params["b3"], data["labels"])


def jax_three(params: Given, data: Given) -> Any:
    import jax

    hidden = jax.nn.relu(data["X"] @ params["W1"] + params["b1"])
    hidden = jax.nn.relu(hidden @ params["W2"] + params["b2"])
    return jax_cross_entropy(hidden @ params["W3"] + params["b3"], data["labels"])


def three_products(sizes: Sizes) -> Sequence[Product]:
    n, d, h, m, k = (sizes[axis] for axis in "ndhmk")
    return [Product(n, h, d, left=False), Product(n, m, h), Product(n, k, m)]


SHARED: dict[str, Any] = {"data": classes, "peer_data": labelled}
TWO: dict[str, Any] = {
    **SHARED,
    "model": "two-layer-perceptron",
    "torch_loss": torch_two,
    "jax_loss": jax_two,
    "products": two_products,
    "optimizer": "adam",
    "learning_rate": 0.001,
}

CASES = (
    Case(
        name="softmax",
        model="softmax-regression",
        sizes={"small": {"n": 128, "d": 784, "k": 10}, "next": {"n": 512, "d": 784, "k": 10}},
        torch_loss=torch_softmax,
        jax_loss=jax_softmax,
        products=softmax_products,
        **SHARED,
    ),
    Case(
        name="mlp-784-adam",
        sizes={
            "small": {"n": 128, "d": 784, "h": 128, "k": 10},
            "next": {"n": 256, "d": 784, "h": 256, "k": 10},
        },
        **TWO,
    ),
    Case(
        name="mlp-64-adam",
        sizes={"small": {"n": 32, "d": 64, "h": 32, "k": 10}, "next": {"n": 128, "d": 64, "h": 64, "k": 10}},
        **TWO,
    ),
    Case(
        name="mlp-deep-adam",
        model="three-layer-perceptron",
        sizes={
            "small": {"n": 128, "d": 784, "h": 256, "m": 128, "k": 10},
            "next": {"n": 256, "d": 784, "h": 512, "m": 256, "k": 10},
        },
        torch_loss=torch_three,
        jax_loss=jax_three,
        products=three_products,
        optimizer="adam",
        learning_rate=0.001,
        **SHARED,
    ),
)
