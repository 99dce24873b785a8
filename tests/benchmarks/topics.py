"""What a bag of words does on the short passages of text-topics: scikit-learn's logistic regression.

A model of sequences is to be held against it; the split is the one that ``gradwright train --seed N`` makes.

    python tests/benchmarks/topics.py [--seeds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from gradwright.language.scope import Value
from gradwright.tensor.nodes import size
from gradwright.train.bind import split
from gradwright.train.datasets import load

Array = Any
DATA = {"tokens": Value((size("n"), size("t")), "index v"), "label": Value((size("n"),), "index k")}


def accuracy(seed: int) -> float:
    """The share of right answers on the test passages, from how often each word stands in a passage."""
    first, test = split(DATA, load("text-topics"), np.random.default_rng([seed, 1]))
    words = len(first.vocabularies["tokens"])
    model = LogisticRegression(max_iter=2000)
    model.fit(_bags(first.arrays["tokens"], words), first.arrays["label"])
    return float(model.score(_bags(test.arrays["tokens"], words), test.arrays["label"]))


def _bags(tokens: Array, words: int) -> Array:
    return np.array([np.bincount(row, minlength=words) for row in tokens])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="how many splits")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows = [
        {"case": "text-topics", "seed": seed, "bag_of_words": accuracy(seed)} for seed in range(options.seeds)
    ]
    for row in rows:
        print(f"seed {row['seed']}: {100 * float(str(row['bag_of_words'])):.1f} %")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
