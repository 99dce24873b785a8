"""Sequence to sequence models in PyTorch, on our parameters: (loss, prediction) from parameters and data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional as F

Tensors = Mapping[str, Any]
Cell = Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]
"""A step: what comes in and the state before it (the output first) to the state after it."""
Attend = Callable[[Any, Any, Any], Any]
"""The query (n, u), the source's states (n, S, u) and its mask (n, S) to the context (n, u)."""


def seq2seq_rnn(p: Tensors, d: Tensors, c: Tensors) -> tuple[Any, Any]:
    """Elman cells."""
    return _plain(p, d, _rnn, 1)


def seq2seq_gru(p: Tensors, d: Tensors, c: Tensors) -> tuple[Any, Any]:
    """Gated recurrent units."""
    return _plain(p, d, _gru, 1)


def seq2seq_lstm(p: Tensors, d: Tensors, c: Tensors) -> tuple[Any, Any]:
    """Long short-term memory."""
    return _plain(p, d, _lstm, 2)


def seq2seq_dot_attention(p: Tensors, d: Tensors, c: Tensors) -> tuple[Any, Any]:
    """Luong's attention with scores q . h."""
    return _luong(
        p, d, lambda q, h, m: F.scaled_dot_product_attention(q[:, None], h, h, m[:, None], scale=1.0)[:, 0]
    )


def seq2seq_scaled_attention(p: Tensors, d: Tensors, c: Tensors) -> tuple[Any, Any]:
    """The same divided by the root of the number of units."""
    return _luong(p, d, lambda q, h, m: F.scaled_dot_product_attention(q[:, None], h, h, m[:, None])[:, 0])


def seq2seq_bilinear_attention(p: Tensors, d: Tensors, c: Tensors) -> tuple[Any, Any]:
    """Luong's general scores h . W q."""

    def attend(q: Any, h: Any, m: Any) -> Any:
        scores = F.bilinear(h, q[:, None].expand_as(h).contiguous(), p["W_a"][None])[..., 0]
        return _context(scores, h, m)

    return _luong(p, d, attend)


def seq2seq_additive_attention(p: Tensors, d: Tensors, c: Tensors) -> tuple[Any, Any]:
    """Bahdanau's attention, from the state before a step."""
    states, last = _encoded(p, d, _gru(p, "e"), 1)
    mask, keys = d["source_mask"].T.bool(), F.linear(states, p["U_a"].T)
    words = F.embedding(d["before"], p["G"])
    step, state, told = _gru(p, "d"), last, []
    for word in words:
        scores = F.linear(torch.tanh(F.linear(state[0], p["W_a"].T)[:, None] + keys), p["v_a"][None])[..., 0]
        state = step(torch.cat([word, _context(scores, states, mask)], 1), state)
        told.append(state[0])
    return _end(p, d, torch.stack(told))


def _plain(p: Tensors, d: Tensors, cell: Callable[[Tensors, str], Cell], values: int) -> tuple[Any, Any]:
    _, last = _encoded(p, d, cell(p, "e"), values)
    return _end(p, d, _decoded(p, d, cell(p, "d"), last))


def _luong(p: Tensors, d: Tensors, attend: Attend) -> tuple[Any, Any]:
    states, last = _encoded(p, d, _gru(p, "e"), 1)
    queries = _decoded(p, d, _gru(p, "d"), last)
    mask = d["source_mask"].T.bool()
    contexts = torch.stack([attend(query, states, mask) for query in queries])
    both = torch.cat([contexts, queries], -1)
    return _end(p, d, torch.tanh(F.linear(both, torch.cat([p["W_C"], p["W_q"]]).T)))


def _context(scores: Any, states: Any, mask: Any) -> Any:
    weights = F.softmax(scores.masked_fill(~mask, -torch.inf), -1)
    return torch.bmm(weights[:, None], states)[:, 0]


def _encoded(p: Tensors, d: Tensors, step: Cell, values: int) -> tuple[Any, tuple[Any, ...]]:
    """The states of the source (n, S, u), and the last real one of each example."""
    words = F.embedding(d["source"], p["E"])
    start = words.new_zeros(words.shape[1], len(p["V"]))
    state, told = (start,) * values, []
    for word, is_word in zip(words, d["source_mask"].bool(), strict=True):
        state = tuple(
            torch.where(is_word[:, None], new, old) for new, old in zip(step(word, state), state, strict=True)
        )
        told.append(state[0])
    return torch.stack(told, 1), state


def _decoded(p: Tensors, d: Tensors, step: Cell, state: tuple[Any, ...]) -> Any:
    """The decoder's states (T, n, u) after the right words."""
    told = []
    for word in F.embedding(d["before"], p["G"]):
        state = step(word, state)
        told.append(state[0])
    return torch.stack(told)


def _end(p: Tensors, d: Tensors, states: Any) -> tuple[Any, Any]:
    """The mean cross-entropy of the places that count, and the distributions."""
    logits = F.linear(states, p["V"].T, p["c"])
    losses = F.cross_entropy(logits.flatten(0, 1), d["after"].flatten(), reduction="none")
    return (losses * d["mask"].flatten()).sum() / d["mask"].sum(), F.softmax(logits, -1)


def _rnn(p: Tensors, mark: str) -> Cell:
    weights = p[f"Wx_{mark}"].T, p[f"Wh_{mark}"].T, p[f"b_{mark}"], torch.zeros_like(p[f"b_{mark}"])
    return lambda x, state: (torch.rnn_tanh_cell(x, state[0], *weights),)


def _gru(p: Tensors, mark: str) -> Cell:
    """PyTorch's gates are reset, update, new, each with a bias on the input's and on the state's side."""
    inner = torch.cat([p[f"W_{gate}_{mark}"] for gate in "rzg"], 1).T
    outer = torch.cat([p[f"U_{gate}_{mark}"] for gate in "rzg"], 1).T
    zero = torch.zeros_like(p[f"b_r_{mark}"])
    first = torch.cat([p[f"b_{gate}_{mark}"] for gate in "rzg"])
    second = torch.cat([zero, zero, p[f"c_g_{mark}"]])
    return lambda x, state: (torch.gru_cell(x, state[0], inner, outer, first, second),)


def _lstm(p: Tensors, mark: str) -> Cell:
    """PyTorch's gates are input, forget, candidate, output."""
    inner = torch.cat([p[f"W_{gate}_{mark}"] for gate in "ifgo"], 1).T
    outer = torch.cat([p[f"U_{gate}_{mark}"] for gate in "ifgo"], 1).T
    bias = torch.cat([p[f"b_{gate}_{mark}"] for gate in "ifgo"])
    return lambda x, state: torch.lstm_cell(x, state, inner, outer, bias, torch.zeros_like(bias))
