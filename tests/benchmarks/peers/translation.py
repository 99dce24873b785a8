"""Sequence to sequence: a GRU reads, another writes and attends to what the first one read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.benchmarks.peers.softmax import jax_cross_entropy
from tests.benchmarks.training_case import Arrays, Case, Layout, Product, Sizes

Params = Mapping[str, Any]
GATES = {"encoder": ("W", "U", "b", "cg"), "decoder": ("V", "O", "a", "eg")}
"""The letters of a GRU's weights of inputs and of states, of its biases, and the candidate's second bias."""
ORDER = "rzg"


def packed(arrays: Params) -> Arrays:
    """The gates below one another, as ``nn.GRU`` holds them."""
    made = {name: arrays[name] for name in ("E", "G")} | {"c": arrays["c"], "bc": arrays["bc"]}
    made |= {name: arrays[name].T for name in ("Wc", "Wh", "V")}
    for whole, (inputs, states, bias, second) in GATES.items():
        made[f"{whole}_inputs"] = np.concatenate([arrays[inputs + gate].T for gate in ORDER])
        made[f"{whole}_states"] = np.concatenate([arrays[states + gate].T for gate in ORDER])
        made[f"{whole}_bias"] = np.concatenate([arrays[bias + gate] for gate in ORDER])
        made[f"{whole}_second"] = arrays[second]
    return made


def unpacked(arrays: Params) -> Arrays:
    """The way back."""
    made = {name: arrays[name] for name in ("E", "G", "c", "bc")}
    made |= {name: arrays[name].T for name in ("Wc", "Wh", "V")}
    for whole, (inputs, states, bias, second) in GATES.items():
        for letter, part in ((inputs, "inputs"), (states, "states"), (bias, "bias")):
            for gate, rows in zip(ORDER, np.split(arrays[f"{whole}_{part}"], 3), strict=True):
                made[letter + gate] = rows.T
        made[second] = arrays[f"{whole}_second"]
    return made


def torch_gru(params: Params, name: str, inputs: Any, start: Any) -> Any:
    """The states at all times by PyTorch's own kernel; the gates have one bias, the candidate two."""
    import torch
    import torch.nn.functional as F

    second = params[f"{name}_second"]
    weights = [params[f"{name}_inputs"], params[f"{name}_states"], params[f"{name}_bias"]]
    weights.append(F.pad(second, (2 * len(second), 0)))
    states, _ = torch.gru(inputs, start[None], weights, True, 1, 0.0, True, False, False)
    return states


def torch_seq2seq(params: Params, data: Params) -> Any:
    import torch
    import torch.nn.functional as F

    read = F.embedding(data["source"], params["E"])
    zero = read.new_zeros(read.shape[1], len(params["encoder_second"]))
    states = torch_gru(params, "encoder", read, zero)
    written = torch_gru(params, "decoder", F.embedding(data["before"], params["G"]), states[-1])
    memory = states.transpose(0, 1)
    scores = torch.bmm(written.transpose(0, 1), memory.transpose(1, 2))
    context = torch.bmm(F.softmax(scores, dim=-1), memory).transpose(0, 1)
    mixed = F.linear(context, params["Wc"]) + F.linear(written, params["Wh"], params["bc"])
    logits = F.linear(torch.tanh(mixed), params["V"], params["c"])
    return F.cross_entropy(logits.flatten(0, 1), data["after"].flatten())


def jax_gru(params: Params, name: str, inputs: Any, start: Any) -> Any:
    """The states at all times; what the inputs give to the gates is one product before the loop."""
    import jax
    import jax.numpy as jnp

    given = inputs @ params[f"{name}_inputs"].T + params[f"{name}_bias"]
    weights, second = params[f"{name}_states"].T, params[f"{name}_second"]

    def step(state: Any, given: Any) -> Any:
        own = state @ weights
        h = state.shape[1]
        reset = jax.nn.sigmoid(given[:, :h] + own[:, :h])
        update = jax.nn.sigmoid(given[:, h : 2 * h] + own[:, h : 2 * h])
        candidate = jnp.tanh(given[:, 2 * h :] + reset * (own[:, 2 * h :] + second))
        state = (1 - update) * candidate + update * state
        return state, state

    return jax.lax.scan(step, start, given)[1]


def jax_seq2seq(params: Params, data: Params) -> Any:
    import jax
    import jax.numpy as jnp

    read = params["E"][data["source"]]
    zero = jnp.zeros((read.shape[1], len(params["encoder_second"])), read.dtype)
    states = jax_gru(params, "encoder", read, zero)
    written = jax_gru(params, "decoder", params["G"][data["before"]], states[-1])
    scores = jnp.einsum("tnh,snh->nts", written, states)
    context = jnp.einsum("nts,snh->tnh", jax.nn.softmax(scores), states)
    mixed = jnp.tanh(context @ params["Wc"].T + written @ params["Wh"].T + params["bc"])
    return jax_cross_entropy(mixed @ params["V"].T + params["c"], data["after"])


def translations(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Sentences, and their translations with a first word in front that begins every one; time first."""
    n = sizes["n"]
    after = rng.integers(1, sizes["v"], (sizes["T"], n))
    before = np.concatenate([np.zeros((1, n), after.dtype), after[:-1]])
    return {"source": rng.integers(0, sizes["u"], (sizes["S"], n)), "before": before, "after": after}


def seq2seq_products(sizes: Sizes) -> Sequence[Product]:
    n, d, h, s, t = (sizes[name] for name in ("n", "d", "h", "S", "T"))
    gru = [
        product
        for times in (s, t)
        for product in (Product(times * n, 3 * h, d), Product(n, 3 * h, h, times, joined=True))
    ]
    attention = [Product(t, s, h, n), Product(t, h, s, n)]
    return [*gru, *attention, *[Product(t * n, h, h)] * 2, Product(t * n, sizes["v"], h)]


CASES = (
    Case(
        name="seq2seq",
        model="seq2seq",
        sizes={
            "small": {"n": 32, "S": 16, "T": 16, "u": 64, "v": 64, "d": 64, "h": 64},
            "next": {"n": 32, "S": 16, "T": 16, "u": 64, "v": 64, "d": 128, "h": 128},
        },
        data=translations,
        torch_loss=torch_seq2seq,
        jax_loss=jax_seq2seq,
        optimizer="adam",
        learning_rate=1e-4,
        products=seq2seq_products,
        torch_layout=Layout(packed, unpacked),
        jax_layout=Layout(packed, unpacked),
    ),
)
