"""Nearest words: which parameters are vectors of words, what the nearest are, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradwright.errors import UsageError
from gradwright.model.load import from_text
from gradwright.model.model import Model
from gradwright.train.bind import Bound, bind
from gradwright.train.checkpoint import trained
from gradwright.train.nearest import Tables, Vectors, tables
from gradwright.train.run import train

WORDS = ("list", "tuple", "raise", "except")
MODEL = """
name = "pairs"
title = { en = "Pairs", ko = "쌍" }
[axes]
n = "examples"
v = "words"
u = "words"
d = "features"
q = "features"
[data]
word = { axes = "n", is = "index v" }
beside = { axes = "n", is = "index u" }
[parameters]
b = { axes = "v", init = "zeros" }
W = "v d"
C = "d u"
G = "v q"
[forward]
formulas = '''
Z = W[word] @ C
g = mean(G[word]) + mean(b[word])
P = softmax(Z)
L = -sum(i, log(P[i, beside[i]]))/n + g**2
'''
minimise = "L"
[sizes]
d = 3
q = 2
"""


def pairs(other: tuple[str, ...] = WORDS) -> tuple[Model, Bound]:
    arrays = {"word": np.array([0, 1, 2]), "beside": np.array([1, 0, 3])}
    data = Bound(arrays, dict.fromkeys(arrays, 0), "beside", {"v": 4}, {"word": WORDS, "beside": other})
    return from_text(MODEL), data


def test_the_nearest_words_are_those_at_the_smallest_angle(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(4, 3)) * rng.uniform(1, 9, (4, 1))
    found = Tables({"W": 0}, WORDS).vectors({"W": rows}).around("tuple", 8)
    angles = {
        word: np.arccos(rows[1] @ row / np.sqrt((rows[1] @ rows[1]) * (row @ row)))
        for word, row in zip(WORDS, rows, strict=True)
        if word != "tuple"
    }
    assert [one.word for one in found] == sorted(angles, key=lambda word: angles[word])
    for one in found:
        assert abs(np.arccos(one.cosine) - angles[one.word]) < 1e-9


def test_the_vectors_of_several_tables_are_added_whichever_their_axis(rng: np.random.Generator) -> None:
    model, data = pairs()
    given = {"W": rng.normal(size=(4, 3)), "C": rng.normal(size=(3, 4))}
    total = given["W"] + given["C"].T
    found = tables(model, data, "W+C").vectors(given)
    assert np.allclose(found.rows, total / np.linalg.norm(total, axis=1, keepdims=True), rtol=1e-12)


def test_a_word_of_which_nothing_was_learnt_is_near_to_none() -> None:
    rows = Tables({"W": 0}, WORDS).vectors({"W": np.array([[1, 0], [0, 0], [2, 0], [0, 3]])}).rows
    assert Vectors(WORDS, rows).around("list", 3)[0].word == "raise"
    assert [one.cosine for one in Vectors(WORDS, rows).around("tuple", 3)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("said", "other", "message"),
    [
        ("D", WORDS, "has no table 'D' of words"),
        ("b", WORDS, "has no table 'b' of words"),
        ("W+", WORDS, "has no table '' of words"),
        ("W+C", WORDS[:3], "W and C are vectors of different words"),
    ],
)
def test_a_table_that_can_not_be_asked_is_refused(said: str, other: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("+", r"\+")):
        tables(*pairs(other), said)


def test_tables_of_other_lengths_are_refused(rng: np.random.Generator) -> None:
    given = {"W": rng.normal(size=(4, 3)), "G": rng.normal(size=(4, 2))}
    with pytest.raises(UsageError, match="can't be added: W 3, G 2"):
        tables(*pairs(), "W+G").vectors(given)
    with pytest.raises(UsageError, match="W has vectors of 5 words, and the data has 4"):
        tables(*pairs()).vectors({"W": rng.normal(size=(5, 3))})


def test_a_checkpoint_gives_the_parameters_that_training_ended_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path))
    model, saved, file = from_text(MODEL), tmp_path / "saved.npz", tmp_path / "pairs.npz"
    np.savez(file, word=rng.integers(0, 4, 60), beside=rng.integers(0, 4, 60))
    # So fast that the held-out loss grows after the first epochs, whose parameters are then kept.
    report = train(
        model, str(file), backend="numpy", learning_rate=1.0, epochs=6, early_stop=4, saved=saved, quiet=True
    )
    assert report.history.best < report.history.epochs
    found = trained(saved, model).parameters
    assert set(found) == set(report.trainer.params)
    for name, array in report.trainer.params.items():
        assert np.array_equal(found[name], array), name
    with pytest.raises(UsageError, match="there is no file"):
        trained(tmp_path / "other.npz", model)


def test_drawn_words_are_dealt_out_anew_and_nothing_else_is() -> None:
    model = from_text(
        MODEL.replace("[parameters]", 'drawn = { axes = "n m", is = "index u" }\n[parameters]')
        .replace('d = "features"', 'd = "features"\nm = "drawn words"')
        .replace("+ g**2", "+ g**2 + mean(C[0, drawn])")
    )
    first, _ = bind(model, "text-pairs", np.random.default_rng(0))
    made = first.dealt(np.random.default_rng(1))
    assert first.drawn == ("drawn",) and made.arrays["word"] is first.arrays["word"]
    before, after = first.arrays["drawn"], made.arrays["drawn"]
    assert (before != after).mean() > 0.9
    assert sorted(map(tuple, before)) == sorted(map(tuple, after))
