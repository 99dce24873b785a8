"""The losses of the recurrent shapes, written a second time: loops of PyTorch over plain lists of states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")

Values = Mapping[str, Any]
"""Data and parameters by name, as tensors."""


def _start(v: Values, count: int) -> Any:
    return torch.zeros(count, len(v["Wh"]), dtype=torch.float64)


def _cross_entropy(v: Values, states: list[Any]) -> Any:
    return -(v["Y"] * torch.log_softmax(torch.stack(states) @ v["V"] + v["c"], dim=-1))


def _one_to_many(v: Values) -> Any:
    h, states = _start(v, len(v["x"])), []
    for t in range(len(v["Y"])):
        h = torch.tanh((v["x"] @ v["Wx"] if t == 0 else 0) + h @ v["Wh"] + v["b"])
        states.append(h)
    return _cross_entropy(v, states).sum() / v["Y"].shape[:2].numel()


def _started_by_an_image(v: Values) -> Any:
    states = [torch.tanh(v["x"] @ v["Wx"])]
    for _ in v["Y"][1:]:
        states.append(torch.tanh(states[-1] @ v["Wh"] + v["b"]))
    return ((torch.stack(states) @ v["V"] + v["c"] - v["Y"]) ** 2).sum() / v["Y"].shape[:2].numel()


def _fed_by_its_output(v: Values) -> Any:
    h, y, error = _start(v, len(v["x"])), v["x"], torch.tensor(0.0)
    for target in v["Y"]:
        h = torch.tanh(y @ v["Wx"] + h @ v["Wh"] + v["b"])
        y = h @ v["V"] + v["c"]
        error = error + ((y - target) ** 2).sum()
    return error / v["Y"].shape[:2].numel()


def _many_to_one(v: Values) -> Any:
    h = _start(v, len(v["y"]))
    for x, m in zip(v["x"], v["M"], strict=True):
        h = torch.where(m[:, None] > 0, torch.tanh(x @ v["Wx"] + h @ v["Wh"] + v["b"]), h)
    return ((h @ v["V"] + v["c"] - v["y"]) ** 2).mean()


def _language_model(v: Values) -> Any:
    h, total = _start(v, v["M"].shape[1]), torch.tensor(0.0)
    for words, following, m in zip(v["tokens"].long(), v["next"].long(), v["M"], strict=True):
        h = torch.tanh(v["E"][words] @ v["Wx"] + h @ v["Wh"] + v["b"])
        losses = torch.nn.functional.cross_entropy(h @ v["V"] + v["c"], following, reduction="none")
        total = total + (m * losses).sum()
    return total / (1 + v["M"].sum())


def _two_layers(v: Values) -> Any:
    f = g = torch.zeros(v["x"].shape[1], len(v["U1"]), dtype=torch.float64)
    error = torch.tensor(0.0)
    for x, target in zip(v["x"], v["Y"], strict=True):
        f = torch.tanh(x @ v["W1"] + f @ v["U1"] + v["b1"])
        g = torch.tanh(f @ v["W2"] + g @ v["U2"] + v["b2"])
        error = error + ((g @ v["V"] + v["c"] - target) ** 2).sum()
    return error / v["x"].shape[:2].numel()


def _both_directions(v: Values) -> Any:
    def run(xs: Any, W: Any, U: Any, b: Any) -> list[Any]:
        h, states = torch.zeros(xs.shape[1], len(U), dtype=torch.float64), []
        for x in xs:
            h = torch.tanh(x @ W + h @ U + b)
            states.append(h)
        return states

    forth = torch.stack(run(v["x"], v["Wf"], v["Uf"], v["bf"]))
    back = torch.stack(run(v["x"].flip(0), v["Wg"], v["Ug"], v["bg"])).flip(0)
    logits = forth @ v["Vf"] + back @ v["Vg"] + v["c"]
    return -(v["Y"] * torch.log_softmax(logits, dim=-1)).sum() / v["x"].shape[:2].numel()


def _encoded(v: Values) -> list[Any]:
    states = [_start(v, v["x"].shape[1])]
    for x in v["x"]:
        states.append(torch.tanh(x @ v["Wx"] + states[-1] @ v["Wh"] + v["b"]))
    return states[1:]


def _encoder_decoder(v: Values) -> Any:
    q, states = _encoded(v)[-1], []
    for y in v["y"]:
        q = torch.tanh(y @ v["Wy"] + q @ v["Ws"] + v["bs"])
        states.append(q)
    return _cross_entropy(v, states).sum() / v["y"].shape[:2].numel()


def _decoder(score: Callable[[Values, Any, Any], Any]) -> Callable[[Values], Any]:
    """The loss of a decoder that attends by ``score``, of a state (n, u) and one of the encoder's (n, u)."""

    def loss(v: Values) -> Any:
        encoded, states = _encoded(v), []
        q = encoded[-1]
        for y in v["y"]:
            weights = torch.softmax(torch.stack([score(v, q, h) for h in encoded]), dim=0)
            context = sum(w[:, None] * h for w, h in zip(weights, encoded, strict=True))
            q = torch.tanh(y @ v["Wy"] + context @ v["Wc"] + q @ v["Ws"] + v["bs"])
            states.append(q)
        return (v["M"][:, :, None] * _cross_entropy(v, states)).sum() / v["y"].shape[1]

    return loss


LOSSES: Mapping[str, Callable[[Values], Any]] = {
    "one-to-many": _one_to_many,
    "started-by-an-image": _started_by_an_image,
    "fed-by-its-output": _fed_by_its_output,
    "many-to-one": _many_to_one,
    "language-model": _language_model,
    "two-layers": _two_layers,
    "both-directions": _both_directions,
    "encoder-decoder": _encoder_decoder,
    "decoder-dot": _decoder(lambda v, q, h: (q * h).sum(-1)),
    "decoder-scaled": _decoder(lambda v, q, h: (q * h).sum(-1) / q.shape[-1] ** 0.5),
    "decoder-bilinear": _decoder(lambda v, q, h: ((q @ v["Wa"]) * h).sum(-1)),
    "decoder-additive": _decoder(lambda v, q, h: torch.tanh(q @ v["Wa"] + h @ v["Ua"]) @ v["va"]),
}
"""By the name of the model file in ``recurrent``."""
