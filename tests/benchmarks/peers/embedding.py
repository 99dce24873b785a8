"""Word vectors: skip-gram with negative sampling, GloVe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
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


def jax_descent(
    rows_of: Mapping[str, str], loss: Callable[[Any, Any], Any], params: Any, data: Any, rate: float
) -> tuple[Any, Any]:
    """A step that changes only the rows which the data name.

    ``rows_of`` gives, by the name of each array of places, the parameter whose rows it names, with a number
    where one array names those of several (``i``, ``i 2``). The loss is a function of such rows and the data.
    """
    import jax

    places = {name: data[name.split()[0]] for name in rows_of}
    rows = {name: params[table][places[name]] for name, table in rows_of.items()}
    value, slopes = jax.value_and_grad(loss)(rows, data)
    moved = dict(params)
    for name, table in rows_of.items():
        moved[table] = moved[table].at[places[name]].add(-rate * slopes[name])
    return moved, value


def jax_skip_gram_rows(rows: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    near = jnp.einsum("nd,nd->n", rows["word"], rows["beside"])
    far = jnp.einsum("nd,nmd->nm", rows["word"], rows["drawn"])
    return (jax.nn.softplus(-near).sum() + jax.nn.softplus(far).sum()) / len(near)


SKIP_GRAM_ROWS = {"word": "W", "beside": "C", "drawn": "C"}


def jax_skip_gram(params: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    rows = {name: params[table][data[name]] for name, table in SKIP_GRAM_ROWS.items()}
    return jax_skip_gram_rows(rows, data)


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


GLOVE_ROWS = {"i": "W", "j": "C", "i 2": "b", "j 2": "c"}


def jax_glove_rows(rows: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    import jax.numpy as jnp

    dot = jnp.einsum("nd,nd->n", rows["i"], rows["j"])
    left = dot + rows["i 2"] + rows["j 2"] - jnp.log(data["x"])
    weight = jnp.minimum(data["x"] / 100, 1) ** 0.75
    return (weight * left**2).mean()


def jax_glove(params: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    rows = {name: params[table][data[name.split()[0]]] for name, table in GLOVE_ROWS.items()}
    return jax_glove_rows(rows, data)


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
        jax_step=partial(jax_descent, SKIP_GRAM_ROWS, jax_skip_gram_rows),
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
        jax_step=partial(jax_descent, GLOVE_ROWS, jax_glove_rows),
        learning_rate=0.05,
        torch_layout=Layout(in_columns, out_of_columns),
        variants=(Variant("sparse", loss=torch_sparse_glove, sparse=True),),
    ),
)
