"""Vectors of words by PyTorch: the words around a word, pairs of words, and how often they stand together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F

Given = Mapping[str, Any]
Numbers = Mapping[str, float]
Told = tuple[Any, Any]


def cbow(p: Given, d: Given, c: Numbers) -> Told:
    z = F.linear(F.embedding_bag(d["context"], p["W"], mode="mean"), p["C"])
    return F.cross_entropy(z, d["word"]), z.softmax(1)


def skip_gram(p: Given, d: Given, c: Numbers) -> Told:
    z = F.linear(F.embedding(d["word"], p["W"]), p["C"])
    return F.cross_entropy(z, d["beside"]), z.softmax(1)


def skip_gram_negative(p: Given, d: Given, c: Numbers) -> Told:
    words = F.embedding(d["word"], p["W"])
    others = F.embedding(torch.cat([d["beside"][:, None], d["drawn"]], dim=1), p["C"])
    z = torch.bmm(others, words[:, :, None])[:, :, 0]
    is_beside = torch.zeros_like(z)
    is_beside[:, 0] = 1
    return F.binary_cross_entropy_with_logits(z, is_beside, reduction="sum") / len(z), z.sigmoid()


def glove(p: Given, d: Given, c: Numbers) -> Told:
    left, right = F.embedding(d["i"], p["W"]), F.embedding(d["j"], p["C"])
    told = torch.linalg.vecdot(left, right) + p["b"].take(d["i"]) + p["c"].take(d["j"])
    weight = (d["weighted"] / c["most"]).pow(c["power"]).clamp(max=1)
    return (weight * F.mse_loss(told, d["weighted"].log(), reduction="none")).mean(), told
