"""Perplexities of character n-grams by counting, on the split that language models are trained on.

python tests/benchmarks/ngrams.py [--seeds 0 1 2] [--json FILE]

A count of ``alpha`` is added to each; alpha is the best one on the last fifth of the training text, of which
nothing was counted then. A window begins without what stands before it, as for the language models: its first
character is told by one character less.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from gradwright.model.load import model
from gradwright.train.bind import bind

Array = Any
ALPHAS = tuple(float(10.0**power) for power in np.arange(-4, 1.01, 0.25))
NAMES = ("unigram", "bigram", "trigram")


def windows(seed: int) -> tuple[Array, Array, int]:
    """The training and the test text, windows of characters, and how many characters there are."""
    train, test = bind(model("bigram"), "text-characters", np.random.default_rng([seed, 1]))
    known = len(train.vocabularies["next"])
    first, second = (np.c_[one.arrays["tokens"], one.arrays["next"][:, -1:]] for one in (train, test))
    return first, second, known


def counts(text: Array, order: int, known: int) -> Array:
    """How often each run of ``order`` characters stands in the windows (known, ..., known)."""
    found = np.zeros((known,) * order)
    width = text.shape[1] - order + 1
    np.add.at(found, tuple(text[:, place : place + width] for place in range(order)), 1)
    return found


def chances(counted: Array, alpha: float) -> Array:
    """How probable each character is after those before it, ``alpha`` added to each count."""
    raised = counted + alpha
    return raised / raised.sum(axis=-1, keepdims=True)


def nats(tables: list[Array], text: Array) -> float:
    """The mean negative logarithm of the probability of each character but the first of a window.

    Args:
        tables: The probabilities by order, from the unigrams' to those of the order that is asked about; a
            character is told by the longest for which enough characters stand before it.
        text: Windows (examples, places).
    """
    total, order = 0.0, len(tables)
    for place in range(1, text.shape[1]):
        table = tables[min(order, place + 1) - 1]
        before = table.ndim - 1
        total -= np.log(table[tuple(text[:, place - back] for back in range(before, -1, -1))]).sum()
    return float(total / (len(text) * (text.shape[1] - 1)))


def best_alphas(text: Array, known: int) -> list[float]:
    """For each order the number to add that does best on the last fifth, counted in the rest."""
    cut = len(text) * 4 // 5
    learnt, tuned = text[:cut], text[cut:]
    found: list[float] = []
    tables: list[Array] = []
    for order in range(1, len(NAMES) + 1):
        counted = counts(learnt, order, known)
        losses = [nats([*tables, chances(counted, alpha)], tuned) for alpha in ALPHAS]
        found.append(ALPHAS[int(np.argmin(losses))])
        tables.append(chances(counted, found[-1]))
    return found


def perplexities(seed: int) -> list[dict[str, Any]]:
    """For each order its name, alpha, and perplexity on the training and the test text."""
    train, test, known = windows(seed)
    tables: list[Array] = []
    rows = []
    for name, alpha in zip(NAMES, best_alphas(train, known), strict=True):
        tables.append(chances(counts(train, len(tables) + 1, known), alpha))
        first, second = (float(np.exp(nats(tables, text))) for text in (train, test))
        rows.append({"model": name, "seed": seed, "alpha": alpha, "train": first, "test": second})
    return rows


def main() -> None:
    """Print a line for each order: the median over the splits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [row for seed in options.seeds for row in perplexities(seed)]
    for name in NAMES:
        own = [row for row in rows if row["model"] == name]
        alpha, first, second = (median(row[key] for row in own) for key in ("alpha", "train", "test"))
        print(f"{name:8} alpha {alpha:7.4f}  perplexity: training {first:6.2f}, test {second:6.2f}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
