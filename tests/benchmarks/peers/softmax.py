"""Softmax regression and multi-layer perceptrons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.benchmarks.training_case import Arrays, Case, Product, Sizes


def classes(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Features and one-hot rows."""
    labels = rng.integers(0, sizes["k"], sizes["n"])
    return {"X": rng.normal(size=(sizes["n"], sizes["d"])), "Y": np.eye(sizes["k"])[labels]}


def labelled(data: Mapping[str, Any]) -> Arrays:
    """The data with the class's number instead of the one-hot row."""
    return {**{name: value for name, value in data.items() if name != "Y"}, "labels": data["Y"].argmax(-1)}


def torch_softmax(params: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    import torch.nn.functional as F

    return F.cross_entropy(data["X"] @ params["W"] + params["b"], data["labels"])


def jax_cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean cross-entropy of class numbers."""
    import jax
    import jax.numpy as jnp

    told = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1)
    return -told.mean()


def jax_softmax(params: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    return jax_cross_entropy(data["X"] @ params["W"] + params["b"], data["labels"])


def softmax_products(sizes: Sizes) -> Sequence[Product]:
    return [Product(sizes["n"], sizes["k"], sizes["d"], left=False)]


CASES = (
    Case(
        name="softmax",
        model="softmax-regression",
        sizes={"small": {"n": 128, "d": 784, "k": 10}, "next": {"n": 512, "d": 784, "k": 10}},
        data=classes,
        peer_data=labelled,
        torch_loss=torch_softmax,
        jax_loss=jax_softmax,
        products=softmax_products,
    ),
)
