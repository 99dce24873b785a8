"""Word vectors: skip-gram with negative sampling, GloVe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.benchmarks.training_case import Arrays, Case, Layout, Sizes, Variant


def words(sizes: Sizes, rng: np.random.Generator, *shape: int) -> Any:
    """Words as they occur in a text: the k-th most frequent one about 1/k times as often as the first."""
    frequency = 1 / np.arange(1, sizes["v"] + 1)
    return rng.choice(sizes["v"], shape, p=frequency / frequency.sum())


def neighbours(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Words, words beside them, and words drawn at random."""
    n = sizes["n"]
    return {
        "word": words(sizes, rng, n),
        "beside": words(sizes, rng, n),
        "drawn": words(sizes, rng, n, sizes["m"]),
    }


def torch_skip_gram(params: Mapping[str, Any], data: Mapping[str, Any], sparse: bool = False) -> Any:
    import torch
    import torch.nn.functional as F

    word = F.embedding(data["word"], params["W"], sparse=sparse)
    beside = F.embedding(data["beside"], params["C"], sparse=sparse)
    drawn = F.embedding(data["drawn"], params["C"], sparse=sparse)
    near = (word * beside).sum(1)
    far = torch.bmm(drawn, word[:, :, None])[:, :, 0]
    return -(F.logsigmoid(near).sum() + F.logsigmoid(-far).sum()) / len(word)


def torch_sparse_skip_gram(params: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    return torch_skip_gram(params, data, sparse=True)


def jax_skip_gram(params: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    word = params["W"][data["word"]]
    near = jnp.einsum("nd,nd->n", word, params["C"][data["beside"]])
    far = jnp.einsum("nd,nmd->nm", word, params["C"][data["drawn"]])
    return (jax.nn.softplus(-near).sum() + jax.nn.softplus(far).sum()) / len(word)


def pairs(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Pairs of words and how often they stand together."""
    n = sizes["n"]
    counts = np.ceil(rng.pareto(1.0, n) * 3 + 0.5)
    return {"i": words(sizes, rng, n), "j": words(sizes, rng, n), "x": counts}


def torch_glove(params: Mapping[str, Any], data: Mapping[str, Any], sparse: bool = False) -> Any:
    import torch.nn.functional as F

    def rows(name: str, places: str) -> Any:
        return F.embedding(data[places], params[name], sparse=sparse)

    dot = (rows("W", "i") * rows("C", "j")).sum(1)
    left = dot + rows("b", "i")[:, 0] + rows("c", "j")[:, 0] - data["x"].log()
    weight = (data["x"] / 100).clamp(max=1) ** 0.75
    return (weight * left**2).mean()


def torch_sparse_glove(params: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    return torch_glove(params, data, sparse=True)


def jax_glove(params: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    import jax.numpy as jnp

    i, j, together = data["i"], data["j"], data["x"]
    dot = jnp.einsum("nd,nd->n", params["W"][i], params["C"][j])
    left = dot + params["b"][i] + params["c"][j] - jnp.log(together)
    weight = jnp.minimum(together / 100, 1) ** 0.75
    return (weight * left**2).mean()


def in_columns(arrays: Mapping[str, Any]) -> Arrays:
    """The biases as tables of one column, as ``nn.Embedding`` holds them."""
    return {name: array[:, None] if array.ndim == 1 else array for name, array in arrays.items()}


def out_of_columns(arrays: Mapping[str, Any]) -> Arrays:
    return {name: array[:, 0] if array.shape[1] == 1 else array for name, array in arrays.items()}


CASES = (
    Case(
        name="skip-gram",
        model="skip-gram",
        sizes={
            "small": {"n": 512, "m": 5, "v": 10000, "d": 100},
            "next": {"n": 2048, "m": 5, "v": 10000, "d": 100},
        },
        data=neighbours,
        torch_loss=torch_skip_gram,
        jax_loss=jax_skip_gram,
        learning_rate=0.05,
        variants=(Variant("sparse", loss=torch_sparse_skip_gram, sparse=True),),
    ),
    Case(
        name="glove",
        model="glove",
        sizes={"small": {"n": 4096, "v": 5000, "d": 50}, "next": {"n": 16384, "v": 5000, "d": 50}},
        data=pairs,
        torch_loss=torch_glove,
        jax_loss=jax_glove,
        learning_rate=0.05,
        torch_layout=Layout(in_columns, out_of_columns),
        variants=(Variant("sparse", loss=torch_sparse_glove, sparse=True),),
    ),
)
