"""N-gram language models by PyTorch: a table of logits for each context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F

Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Any, Any]


def unigram(p: Given, d: Given, c: Numbers) -> Told:
    every = d["next"].flatten()
    return F.cross_entropy(p["z"].expand(len(every), -1), every), p["z"].softmax(0)


def bigram(p: Given, d: Given, c: Numbers) -> Told:
    z = F.embedding(d["tokens"], p["S"])
    return F.cross_entropy(z.transpose(1, 2), d["next"]), z.softmax(2)


def trigram(p: Given, d: Given, c: Numbers) -> Told:
    known = len(p["S"])
    context = known * d["tokens"][:, :-1] + d["tokens"][:, 1:]
    z = F.embedding(context, p["S"].flatten(0, 1))
    return F.cross_entropy(z.transpose(1, 2), d["next"][:, 1:]), z.softmax(2)
