"""Recurrent networks: plain, LSTM, GRU, in both directions, and a language model of characters.

PyTorch's own kernels (those of ``nn.RNN``, ``nn.LSTM``, ``nn.GRU``) take stacked gates, and JAX's loop over
time does with them one product a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.benchmarks.peers.softmax import jax_cross_entropy, labelled
from tests.benchmarks.training_case import Array, Arrays, Case, Layout, Product, Sizes

Given = Mapping[str, Any]
SIZES = {
    "small": {"T": 32, "n": 32, "d": 64, "u": 64, "k": 10},
    "next": {"T": 64, "n": 64, "d": 128, "u": 128, "k": 10},
}
CHARACTERS = {
    "small": {"T": 32, "n": 32, "d": 64, "u": 64, "v": 64},
    "next": {"T": 64, "n": 64, "d": 128, "u": 128, "v": 100},
}


def sequences(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Random sequences and classes."""
    labels = rng.integers(0, sizes["k"], sizes["n"])
    shape = [sizes[axis] for axis in ("T", "n", "d")]
    return {"x": rng.normal(size=shape), "Y": np.eye(sizes["k"])[labels]}


def characters(sizes: Sizes, rng: np.random.Generator) -> Arrays:
    """Random texts and, for each place, the character that follows."""
    text = rng.integers(0, sizes["v"], (sizes["T"] + 1, sizes["n"]))
    return {"tokens": text[:-1], "next": text[1:]}


def recurrence(sizes: Sizes, gates: int, directions: int = 1) -> list[Product]:
    """The inputs' product over all times, and the states' one a step."""
    T, n, d, u = (sizes[axis] for axis in "Tndu")
    return directions * [
        Product(T * n, gates * u, d, left=False),
        Product(n, gates * u, u, times=T, joined=True),
    ]


def products(gates: int, directions: int = 1) -> Any:
    """Those of a classifier with so many gates."""

    def found(sizes: Sizes) -> Sequence[Product]:
        head = Product(sizes["n"], sizes["k"], directions * sizes["u"])
        return [*recurrence(sizes, gates, directions), head]

    return found


def character_products(sizes: Sizes) -> Sequence[Product]:
    """The inputs are parameters, and each place is told."""
    T, n, d, u, v = (sizes[axis] for axis in "Tnduv")
    _, states = recurrence(sizes, 1)
    return [Product(T * n, u, d), states, Product(T * n, v, u)]


def stacked(names: Mapping[str, Sequence[str]], turned: bool) -> Layout:
    """A layout that stacks gates.

    Args:
        names: The peer's name of a stack, and the model's names of its parts.
        turned: Whether matrices are transposed, as PyTorch has them; else parts are side by side.
    """

    def pack(params: Mapping[str, Array]) -> Arrays:
        parts = {part for stack in names.values() for part in stack}
        found = {name: value for name, value in params.items() if name not in parts}
        for name, stack in names.items():
            whole = np.concatenate([params[part] for part in stack], axis=-1)
            found[name] = whole.T if turned else whole
        return found

    def unpack(params: Mapping[str, Array]) -> Arrays:
        found = {name: value for name, value in params.items() if name not in names}
        for name, stack in names.items():
            whole = params[name].T if turned else params[name]
            found |= zip(stack, np.split(whole, len(stack), axis=-1), strict=True)
        return found

    return Layout(pack, unpack)


def gates(letters: str) -> dict[str, list[str]]:
    """The stacks of gates whose letters are given, in the order of PyTorch's kernel."""
    return {name: [f"{name}_{letter}" for letter in letters] for name in "WUb"}


PLAIN = {"Wx": ["Wx"], "Wh": ["Wh"], "b": ["b"]}
BOTH = {f"{name}_{letter}": [f"{name}_{letter}"] for letter in "fg" for name in "WUb"}


def torch_states(kind: str, x: Any, weights: Sequence[Any]) -> Any:
    """The hidden states of all times, from zeros, by PyTorch's kernel.

    Args:
        kind: ``rnn_tanh``, ``lstm`` or ``gru``.
        x: Inputs (T, n, d).
        weights: Of a direction the inputs' and the states' weights and the bias.
    """
    import torch

    directions = len(weights) // 3
    units = weights[1].shape[1]
    zero = x.new_zeros(directions, x.shape[1], units)
    state = (zero, zero) if kind == "lstm" else zero
    flat = []
    for W, U, b in zip(*(weights[at::3] for at in range(3)), strict=True):
        flat += [W, U, b, torch.zeros_like(b)]
    kernel = getattr(torch._VF, kind)
    return kernel(x, state, flat, True, 1, 0.0, True, directions == 2, False)[0]


def torch_loss_of(kind: str, names: Sequence[str], output: Sequence[str]) -> Any:
    """The loss of a classifier from the last hidden state."""

    def loss(params: Given, data: Given) -> Any:
        import torch.nn.functional as F

        states = torch_states(kind, data["x"], [params[name] for name in names])
        V, b = (params[name] for name in output)
        return F.cross_entropy(states[-1] @ V + b, data["labels"])

    return loss


def torch_both(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    states = torch_states("rnn_tanh", data["x"], [params[name] for name in BOTH])
    units = states.shape[-1] // 2
    logits = states[-1, :, :units] @ params["V_f"] + states[0, :, units:] @ params["V_g"] + params["b_y"]
    return F.cross_entropy(logits, data["labels"])


def torch_characters(params: Given, data: Given) -> Any:
    import torch.nn.functional as F

    x = F.embedding(data["tokens"], params["E"])
    states = torch_states("rnn_tanh", x, [params[name] for name in PLAIN])
    logits = states @ params["V"] + params["c"]
    return F.cross_entropy(logits.flatten(0, 1), data["next"].flatten())


def jax_states(step: Any, projected: Any, units: int, reverse: bool = False) -> Any:
    """The hidden states of all times, from zeros; the inputs' products are done before."""
    import jax
    import jax.numpy as jnp

    zero = jnp.zeros((projected.shape[1], units), projected.dtype)
    return jax.lax.scan(step, zero, projected, reverse=reverse)[1]


def jax_plain_states(x: Any, W: Any, U: Any, b: Any, reverse: bool = False) -> Any:
    import jax.numpy as jnp

    def step(h: Any, projected: Any) -> Any:
        h = jnp.tanh(projected + h @ U)
        return h, h

    return jax_states(step, x @ W + b, U.shape[0], reverse)


def jax_rnn(params: Given, data: Given) -> Any:
    states = jax_plain_states(data["x"], params["Wx"], params["Wh"], params["b"])
    return jax_cross_entropy(states[-1] @ params["V"] + params["c"], data["labels"])


def jax_lstm(params: Given, data: Given) -> Any:
    import jax
    import jax.numpy as jnp

    def step(carry: Any, projected: Any) -> Any:
        h, c = carry
        i, f, g, o = jnp.split(projected + h @ params["U"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    projected = data["x"] @ params["W"] + params["b"]
    zero = jnp.zeros((projected.shape[1], params["U"].shape[0]), projected.dtype)
    (h, _), _ = jax.lax.scan(step, (zero, zero), projected)
    return jax_cross_entropy(h @ params["V"] + params["b_y"], data["labels"])


def jax_gru(params: Given, data: Given) -> Any:
    import jax
    import jax.numpy as jnp

    def step(h: Any, projected: Any) -> Any:
        of_x = jnp.split(projected, 3, axis=-1)
        of_h = jnp.split(h @ params["U"], 3, axis=-1)
        r = jax.nn.sigmoid(of_x[0] + of_h[0])
        z = jax.nn.sigmoid(of_x[1] + of_h[1])
        h = (1 - z) * jnp.tanh(of_x[2] + r * of_h[2]) + z * h
        return h, None

    projected = data["x"] @ params["W"] + params["b"]
    zero = jnp.zeros((projected.shape[1], params["U"].shape[0]), projected.dtype)
    h, _ = jax.lax.scan(step, zero, projected)
    return jax_cross_entropy(h @ params["V"] + params["b_y"], data["labels"])


def jax_both(params: Given, data: Given) -> Any:
    forward, backward = (
        jax_plain_states(
            data["x"], params[f"W_{letter}"], params[f"U_{letter}"], params[f"b_{letter}"], letter == "g"
        )
        for letter in "fg"
    )
    logits = forward[-1] @ params["V_f"] + backward[0] @ params["V_g"] + params["b_y"]
    return jax_cross_entropy(logits, data["labels"])


def jax_characters(params: Given, data: Given) -> Any:
    states = jax_plain_states(params["E"][data["tokens"]], params["Wx"], params["Wh"], params["b"])
    return jax_cross_entropy(states @ params["V"] + params["c"], data["next"])


SHARED: dict[str, Any] = {"learning_rate": 0.01}
CLASSIFIER: dict[str, Any] = {**SHARED, "sizes": SIZES, "data": sequences, "peer_data": labelled}

CASES = (
    Case(
        name="rnn",
        model="rnn-classifier",
        torch_loss=torch_loss_of("rnn_tanh", list(PLAIN), ("V", "c")),
        jax_loss=jax_rnn,
        products=products(1),
        torch_layout=stacked(PLAIN, turned=True),
        **CLASSIFIER,
    ),
    Case(
        name="lstm",
        model="lstm-classifier",
        torch_loss=torch_loss_of("lstm", ("W", "U", "b"), ("V", "b_y")),
        jax_loss=jax_lstm,
        products=products(4),
        torch_layout=stacked(gates("ifgo"), turned=True),
        jax_layout=stacked(gates("ifgo"), turned=False),
        **CLASSIFIER,
    ),
    Case(
        name="gru",
        model="gru-classifier",
        torch_loss=torch_loss_of("gru", ("W", "U", "b"), ("V", "b_y")),
        jax_loss=jax_gru,
        products=products(3),
        torch_layout=stacked(gates("rzn"), turned=True),
        jax_layout=stacked(gates("rzn"), turned=False),
        **CLASSIFIER,
    ),
    Case(
        name="birnn",
        model="bidirectional-rnn",
        torch_loss=torch_both,
        jax_loss=jax_both,
        products=products(1, directions=2),
        torch_layout=stacked(BOTH, turned=True),
        **CLASSIFIER,
    ),
    Case(
        name="char-rnn",
        model="char-rnn",
        sizes=CHARACTERS,
        data=characters,
        torch_loss=torch_characters,
        jax_loss=jax_characters,
        products=character_products,
        torch_layout=stacked(PLAIN, turned=True),
        **SHARED,
    ),
)
