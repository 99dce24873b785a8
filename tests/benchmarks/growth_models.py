"""Models of any number of layers, whose text is written here, with their sizes and data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tests.benchmarks.peers.attention import sentences
from tests.benchmarks.peers.recurrent import sequences
from tests.benchmarks.peers.softmax import classes
from tests.benchmarks.training_case import Arrays, Sizes

HEAD = "Q = log_softmax({Z})\nL = -sum(Y * Q) / n"
"""The cross-entropy with one-hot rows."""


@dataclass(frozen=True)
class Grown:
    """A model that can grow.

    Args:
        name: What the table calls it.
        text: Its file's text for so many layers.
        sizes: Its smallest sizes.
        data: NumPy arrays from sizes and a generator.
        times: The axis of its time steps or places, if it has one.
    """

    name: str
    text: Callable[[int], str]
    sizes: Sizes
    data: Callable[[Sizes, np.random.Generator], Arrays]
    times: str = ""

    @property
    def axes(self) -> dict[str, str]:
        """What grows, by the table's word: an axis of the model, or no axis for the layers."""
        return {"batch": "n", **({"T": self.times} if self.times else {}), "layers": ""}


def text_of(
    name: str, axes: str, data: Sequence[str], parameters: Sequence[str], formulas: Sequence[str]
) -> str:
    """A model file's text; a parameter is ``W1: d h xavier``."""
    named = [line.split(": ") for line in parameters]
    places = [(key, value.rsplit(" ", 1)) for key, value in named]
    return "\n".join(
        [
            f'name = "{name}"',
            f'title = {{ en = "{name}", ko = "{name}" }}',
            "[axes]",
            *(f'{axis} = "{axis}"' for axis in axes.split()),
            "[data]",
            *data,
            "[parameters]",
            *(f'{key} = {{ axes = "{axes}", init = "{init}" }}' for key, (axes, init) in places),
            "[forward]",
            f"formulas = '''\n{chr(10).join(formulas)}\n'''",
            'minimise = "L"',
        ]
    )


def perceptron(layers: int) -> str:
    """Rectified layers as wide as the input."""
    parameters, formulas, last = [], [], "X"
    for i in range(1, layers + 1):
        parameters += [f"W{i}: {'d' if i == 1 else 'u'} u he", f"b{i}: u zeros"]
        formulas.append(f"A{i} = relu({last} @ W{i} + b{i})")
        last = f"A{i}"
    parameters += ["V: u k xavier", "c: k zeros"]
    formulas += [f"Z = {last} @ V + c", HEAD.format(Z="Z")]
    data = ['X = "n d"', 'Y = { axes = "n k", is = "one-hot" }']
    return text_of("layered-perceptron", "n d u k", data, parameters, formulas)


def recurrent(layers: int) -> str:
    """GRUs one upon the other."""
    parameters, formulas, last = [], [], "x"
    for i in range(1, layers + 1):
        width = "d" if i == 1 else "u"
        for gate in "rzc":
            parameters += [f"W{gate}{i}: {width} u xavier", f"U{gate}{i}: u u xavier", f"b{gate}{i}: u zeros"]
        of_x = {gate: f"{last}[t] @ W{gate}{i} + b{gate}{i}" for gate in "rzc"}
        of_h = {gate: f"h{i}[t-1] @ U{gate}{i}" for gate in "rzc"}
        formulas += [
            f"r{i}[t] = sigmoid({of_x['r']} + {of_h['r']})",
            f"z{i}[t] = sigmoid({of_x['z']} + {of_h['z']})",
            f"c{i}[t] = tanh({of_x['c']} + r{i}[t] * ({of_h['c']}))",
            f"h{i}[t] = (1 - z{i}[t]) * c{i}[t] + z{i}[t] * h{i}[t-1]",
        ]
        last = f"h{i}"
    parameters += ["V: u k xavier", "c: k zeros"]
    formulas += [f"Z = {last}[T-1] @ V + c", HEAD.format(Z="Z")]
    data = ['x = "T n d"', 'Y = { axes = "n k", is = "one-hot" }']
    return text_of("layered-gru", "T n d u k", data, parameters, formulas)


def encoder(layers: int) -> str:
    """A Transformer's encoder."""
    parameters = ["E: v d normal", "B: t d normal"]
    formulas = ["X0 = E[tokens] + B"]
    for i in range(1, layers + 1):
        x = f"X{i - 1}"
        parameters += [
            *(f"W{i}{letter}: d a q xavier" for letter in "qkv"),
            f"W{i}o: a q d xavier",
            *(f"{letter}{i}: d {init}" for letter, init in zip("ghmr", ("ones", "zeros") * 2, strict=True)),
            *(f"W{i}a: d f he", f"b{i}a: f zeros", f"W{i}b: f d xavier", f"b{i}b: d zeros"),
        ]
        formulas += [
            *(f"{name}{i} = einsum('ntd,daq->natq', {x}, W{i}{name.lower()})" for name in "QKV"),
            f"A{i} = softmax(einsum('natq,narq->natr', Q{i}, K{i}) / sqrt(q))",
            f"C{i} = einsum('natr,narq->natq', A{i}, V{i})",
            f"N{i} = layer_norm({x} + einsum('natq,aqd->ntd', C{i}, W{i}o), g{i}, h{i})",
            f"F{i} = relu(N{i} @ W{i}a + b{i}a)",
            f"X{i} = layer_norm(N{i} + F{i} @ W{i}b + b{i}b, m{i}, r{i})",
        ]
    parameters += ["V: d k xavier", "c: k zeros"]
    formulas += [f"Z = mean(X{layers}, axis=1) @ V + c", "P = softmax(Z)", "L = -mean(log(P[arange(n), y]))"]
    data = ['tokens = { axes = "n t", is = "index v" }', 'y = { axes = "n", is = "index k" }']
    return text_of("layered-encoder", "n t v d a q f k", data, parameters, formulas)


MODELS = (
    Grown("perceptron", perceptron, {"n": 128, "d": 128, "u": 128, "k": 10}, classes),
    Grown("gru", recurrent, {"T": 16, "n": 16, "d": 64, "u": 64, "k": 10}, sequences, "T"),
    Grown(
        "encoder",
        encoder,
        {"n": 8, "t": 16, "v": 64, "d": 64, "a": 4, "q": 16, "f": 256, "k": 10},
        sentences,
        "t",
    ),
)
