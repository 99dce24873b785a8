"""Recurrent networks by PyTorch's own cells, whose gates stand in one matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F

Tensor = Any
Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Tensor, Tensor]


def rnn_one_to_one(p: Given, d: Given, c: Numbers) -> Told:
    before = p["h0"].expand(len(d["x"]), -1)
    state = torch.rnn_tanh_cell(d["x"], before, *_weights(p, "", "Wx", "Wh", "b"))
    return _class(F.linear(state, p["V"].T, p["b_y"]), d["Y"])


def rnn_one_to_many(p: Given, d: Given, c: Numbers) -> Told:
    """Each row that is drawn is the next one's input."""
    given, drawn = F.linear(d["C"], p["E"].T), []
    state = given.new_zeros(len(given), len(p["b"]))
    for _ in d["R"]:
        state = torch.rnn_tanh_cell(given, state, *_weights(p, "", "Wx", "Wh", "b"))
        given = F.linear(state, p["V"].T, p["b_y"])
        drawn.append(given)
    return F.mse_loss(torch.stack(drawn), d["R"]), torch.stack(drawn)


def rnn_classifier(p: Given, d: Given, c: Numbers) -> Told:
    return _class(F.linear(_rnn(p, d["x"])[-1], p["V"].T, p["c"]), d["Y"])


def lstm_classifier(p: Given, d: Given, c: Numbers) -> Told:
    return _class(F.linear(_lstm(p, d["x"])[-1], p["V"].T, p["b_y"]), d["Y"])


def gru_classifier(p: Given, d: Given, c: Numbers) -> Told:
    return _class(F.linear(_gru(p, d["x"])[-1], p["V"].T, p["b_y"]), d["Y"])


def deep_rnn(p: Given, d: Given, c: Numbers) -> Told:
    states = _rnn(p, _rnn(p, d["x"], "_1"), "_2")
    return _class(F.linear(states[-1], p["V"].T, p["b_y"]), d["Y"])


def deep_lstm(p: Given, d: Given, c: Numbers) -> Told:
    states = _lstm(p, _lstm(p, d["x"], "_1"), "_2")
    return _class(F.linear(states[-1], p["V"].T, p["b_y"]), d["Y"])


def bidirectional_rnn(p: Given, d: Given, c: Numbers) -> Told:
    return _both(p, d, _rnn(p, d["x"], "_f"), _rnn(p, d["x"].flip(0), "_b"))


def bidirectional_lstm(p: Given, d: Given, c: Numbers) -> Told:
    return _both(p, d, _lstm(p, d["x"], "_f"), _lstm(p, d["x"].flip(0), "_b"))


def text_classifier(p: Given, d: Given, c: Numbers) -> Told:
    states = _gru(p, F.embedding(d["tokens"], p["E"]) * d["D"] / c["keep"])
    z = F.linear(states.mean(0) * d["F"] / c["keep"], p["V"].T, p["b_y"])
    return F.cross_entropy(z, d["label"]), z.softmax(1)


def character_rnn(p: Given, d: Given, c: Numbers) -> Told:
    return _following(p, d, _rnn(p, F.embedding(d["tokens"], p["E"])))


def character_lstm(p: Given, d: Given, c: Numbers) -> Told:
    return _following(p, d, _lstm(p, F.embedding(d["tokens"], p["E"])))


def character_gru(p: Given, d: Given, c: Numbers) -> Told:
    return _following(p, d, _gru(p, F.embedding(d["tokens"], p["E"])))


def _class(z: Tensor, told: Tensor) -> Told:
    return F.cross_entropy(z, told.argmax(1)), z.softmax(1)


def _both(p: Given, d: Given, forward: Tensor, backward: Tensor) -> Told:
    """From the last state of each direction, side by side."""
    state, weight = torch.cat([forward[-1], backward[-1]], 1), torch.cat([p["V_f"], p["V_b"]])
    return _class(F.linear(state, weight.T, p["b_y"]), d["Y"])


def _following(p: Given, d: Given, states: Tensor) -> Told:
    z = F.linear(states, p["V"].T, p["b_y"])
    return F.cross_entropy(z.flatten(0, 1), d["next"].flatten()), z.softmax(-1)


def _weights(p: Given, mark: str, *names: str) -> list[Tensor]:
    """Of one gate or none; of PyTorch's two biases one stays 0."""
    w, u, b = (p[f"{name}{mark}"] for name in names)
    return [w.T, u.T, b, torch.zeros_like(b)]


def _rnn(p: Given, x: Tensor, mark: str = "") -> Tensor:
    """The states at all times, from zeros."""
    weights = _weights(p, mark, "Wx", "Wh", "b")
    start = x.new_zeros(1, x.shape[1], len(weights[2]))
    return torch.rnn_tanh(x, start, weights, True, 1, 0.0, False, False, False)[0]


def _lstm(p: Given, x: Tensor, mark: str = "") -> Tensor:
    w, u, b = (torch.cat([p[f"{kind}_{gate}{mark}"] for gate in "ifgo"], -1) for kind in "WUb")
    start = x.new_zeros(1, x.shape[1], len(b) // 4)
    given = [w.T, u.T, b, torch.zeros_like(b)]
    return torch.lstm(x, (start, start), given, True, 1, 0.0, False, False, False)[0]


def _gru(p: Given, x: Tensor) -> Tensor:
    """The candidate alone has two biases."""
    w, u, b = (torch.cat([p[f"{kind}_{gate}"] for gate in "rzg"], -1) for kind in "WUb")
    inner = torch.cat([torch.zeros_like(b)[: -len(p["c_g"])], p["c_g"]])
    start = x.new_zeros(1, x.shape[1], len(p["c_g"]))
    return torch.gru(x, start, [w.T, u.T, b, inner], True, 1, 0.0, False, False, False)[0]
