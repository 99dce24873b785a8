"""The counted n-grams that language models are compared with, and the models that learn the same."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.model.load import model
from gradwright.train.bind import bind
from gradwright.train.run import train
from tests.benchmarks.ngrams import chances, counts, nats, windows

TEXT = np.array([[0, 1, 0, 1], [0, 1, 2, 2]])


def test_runs_of_characters_are_counted_within_windows() -> None:
    assert counts(TEXT, 1, 3).tolist() == [3, 3, 2]
    assert counts(TEXT, 2, 3).tolist() == [[0, 3, 0], [1, 0, 1], [0, 0, 1]]
    assert counts(TEXT, 3, 3)[0, 1].tolist() == [1, 0, 1]


def test_what_is_added_makes_distributions_of_counts() -> None:
    assert chances(np.array([3.0, 1.0, 0.0]), 1.0).tolist() == [4 / 7, 2 / 7, 1 / 7]
    assert np.allclose(chances(counts(TEXT, 3, 3), 0.5).sum(axis=-1), 1, rtol=1e-15)


def test_a_character_is_told_by_those_before_it_in_its_window() -> None:
    tables = [np.full(3, 1 / 3), np.full((3, 3), 1 / 4), np.full((3, 3, 3), 1 / 8)]
    assert math.isclose(nats(tables[:1], TEXT), math.log(3))
    assert math.isclose(nats(tables[:2], TEXT), math.log(4))
    assert math.isclose(nats(tables, TEXT), (math.log(4) + 2 * math.log(8)) / 3)


def test_the_split_is_that_of_the_language_models() -> None:
    first, second, known = windows(1)
    train_set, test = bind(model("unigram"), "text-characters", np.random.default_rng([1, 1]))
    assert np.array_equal(first[:, 1:], train_set.arrays["next"]) and known == 96
    assert np.array_equal(second[:, 1:], test.arrays["next"])


@pytest.mark.parametrize(("name", "order"), [("unigram", 1), ("bigram", 2)])
def test_gradient_descent_comes_to_the_perplexity_of_the_counts(
    name: str, order: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path))
    text = rng.choice(4, (50, 7), p=[0.5, 0.3, 0.15, 0.05])
    data = {"tokens": text[:, :-1], "next": text[:, 1:]}
    given: dict[str, Any] = {key: data[key] for key in model(name).data}
    np.savez(tmp_path / "text.npz", **given)
    report = train(
        model(name), str(tmp_path / "text.npz"), backend="numpy", learning_rate=0.5, epochs=150, batch=40,
        schedule="cosine", quiet=True,
    )  # fmt: skip
    first, _ = bind(model(name), str(tmp_path / "text.npz"), np.random.default_rng([0, 1]))
    known = first.arrays["next"]
    told = np.c_[first.arrays.get("tokens", known)[:, :1], known]
    if order == 1:
        best = nats([chances(counts(known, 1, 4), 0)], told)
    else:
        best = nats([chances(counts(known, 1, 4), 1), chances(counts(told, 2, 4), 1e-12)], told)
    # The table of counts is the minimum, so that it is neared from above.
    assert 0 <= report.history.train_loss[-1] - best + 1e-6 < 2e-4
