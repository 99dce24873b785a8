"""Scores of class numbers, where a mask counts and over whole rows: compiled, interpreted, by NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ModelError
from gradwright.execute.interpret import interpret
from gradwright.language.scope import Value
from gradwright.model.declare import shape_of
from gradwright.model.load import from_text
from gradwright.model.model import Model
from gradwright.train.bind import Bound
from gradwright.train.fit import fit
from gradwright.train.score import score, scores
from gradwright.train.trainer import Trainer

Array = Any
HEAD = """
name = "told"
title = { en = "Told", ko = "판별" }
[axes]
n = "examples"
v = "words"
t = "places"
"""
ALONE = """
[data]
tokens = { axes = "n t", is = "index v" }
y = { axes = "n", is = "index v" }
[parameters]
E = { axes = "v v", init = "normal" }
[sizes]
v = 4
[forward]
formulas = '''
P = softmax(mean(E[tokens], axis=1))
L = -mean(log(P[arange(n), y]))
'''
minimise = "L"
[training]
predict = "P"
"""
MASKED = """
[data]
before = { axes = "t n", is = "index v" }
after = { axes = "n t", is = "index v" }
seen = { axes = "n t", is = "mask" }
[parameters]
E = { axes = "v v", init = "normal" }
U = { axes = "v v", init = "normal" }
[sizes]
v = 4
[forward]
formulas = '''
x = E[before]
h[s] = tanh(x[s] + h[s-1] @ U)
Q = log_softmax(h)
L = -sum(s, sum(i, seen[i, s] * Q[s, i, after[i, s]])) / sum(seen)
'''
minimise = "L"
[training]
predict = "Q"
metric = "exact_match"
"""
KINDS = {"alone": (ALONE, "y"), "masked": (MASKED, "after")}


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def examples(kind: str, rng: np.random.Generator, count: int = 43) -> Bound:
    """Sequences of four words; what is to be told is the last one, or each that follows and is not masked."""
    tokens = rng.integers(0, 4, (count, 3))
    if kind == "alone":
        return Bound({"tokens": tokens, "y": tokens[:, 0]}, {"tokens": 0, "y": 0}, "y")
    seen = (np.arange(3) < rng.integers(1, 4, count)[:, None]).astype(float)
    after = np.where(rng.random((count, 3)) < 0.8, (tokens + 1) % 4, 0)
    return Bound(
        {"before": tokens.T, "after": after, "seen": seen}, {"before": 1, "after": 0, "seen": 0}, "after"
    )


def told(model: Model, params: Any, data: Any) -> tuple[Array, Array]:
    """For each place of each example whether the prediction is right, and whether it counts."""
    arrays = {**data, **params}
    program = gw.compile(model, backend="numpy")
    predicted = interpret(program.assignments, arrays, program.sizes_of(arrays))[model.training.predict]
    if "seen" in data:
        return np.equal(predicted.argmax(axis=2).T, data["after"]), data["seen"] == 1
    right = predicted.argmax(axis=1) == data["y"]
    return right[:, None], np.ones_like(right)[:, None]


@pytest.mark.parametrize("backend", ["numba", "numpy"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_the_accuracy_of_an_epoch_is_what_numpy_counts(
    kind: str, backend: str, rng: np.random.Generator
) -> None:
    model, data = from_text(HEAD + KINDS[kind][0]), examples(kind, rng)
    trainer = Trainer(gw.compile(model, backend=backend), "adam", 0.05, seed=4)
    history = fit(trainer, data, epochs=2, batch=8, quiet=True)
    one, expected = Trainer(gw.compile(model, backend="numpy"), "adam", 0.05, seed=4), []
    one.start(data.take(np.arange(8)))
    for _ in range(2):
        order, right, counted = one.rng.permutation(43), 0, 0
        for begin in range(0, 43, 8):
            part = data.take(order[begin : begin + 8])
            marks, counts = told(model, one.params, part)
            right, counted = right + int((marks & counts).sum()), counted + int(counts.sum())
            one.step(part)
        expected.append(right / counted)
    assert history.train_accuracy == expected and 0 < expected[0] < 1


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_whole_sequences_and_the_perplexity_of_examples_are_what_numpy_counts(
    backend: str, rng: np.random.Generator
) -> None:
    model, data = from_text(HEAD + MASKED), examples("masked", rng)
    program = gw.compile(model, backend=backend)
    params = {name: rng.normal(size=(4, 4)) for name in "EU"}
    marks, counts = told(model, params, data.arrays)
    found = score(program, params, data, "exact_match", batch=10)
    assert found.metric is not None and 0 < found.metric < 1
    assert found.metric == (marks | ~counts).all(axis=1).mean()
    assert found.accuracy == marks[counts].mean()
    nats = program.loss_and_gradients(params, data.arrays)[0]
    perplexity = score(program, params, data, "perplexity", batch=10).metric
    # Batches are weighed by the places that count: it is the same whatever the batch, but for rounding.
    assert perplexity == pytest.approx(np.exp(nats), rel=1e-12)


def test_what_a_prediction_is_computed_from_is_not_what_it_is_to_tell() -> None:
    values = {"P": Value(shape_of("n t v"))}
    data = {name: Value(shape_of("n t"), "index v") for name in ("tokens", "next")}
    for seen in ("tokens", "next"):
        (other,) = set(data) - {seen}
        right, _ = scores(data, {**data, **values}, "P", [seen])
        assert f"{other}[" in str(right.tensor.entry) and f"{seen}[" not in str(right.tensor.entry)


NONE = {
    "another axis": ("n t", "index u", "n t v"),
    "no places of the classes": ("n t", "index v", "n v"),
    "numbers": ("n", "real", "n v"),
    "drawn": ("n t", "index v", "n t"),
}


@pytest.mark.parametrize("kind", list(NONE))
def test_a_prediction_that_does_not_fit_has_no_score(kind: str) -> None:
    axes, domain, shape = NONE[kind]
    data = {"x": Value(shape_of("n")), "y": Value(shape_of(axes), domain)}
    assert scores(data, {**data, "P": Value(shape_of(shape))}, "P") == ()


def test_whole_sequences_are_asked_only_of_models_that_tell_some() -> None:
    for text in (ALONE, MASKED.replace('predict = "Q"\n', "")):
        model = from_text(HEAD + text)
        model = replace(model, training=replace(model.training, metric="exact_match"))
        with pytest.raises(ModelError, match="exact_match needs predict"):
            gw.compile(model)


def test_a_report_has_the_metric_under_its_name(tmp_path: Any) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "mine.npz"
    tokens = rng.integers(0, 4, (40, 3))
    np.savez(path, tokens=tokens, y=tokens[:, 0])
    model = from_text(HEAD + ALONE + 'metric = "perplexity"\n')
    from gradwright.cli.train import line
    from gradwright.train.run import train

    report = train(model, str(path), epochs=1, backend="numpy", quiet=True)
    row = report.row()
    assert row["test_perplexity"] == pytest.approx(np.exp(report.history.test_loss[0]))
    assert list(row).index("test_perplexity") == list(row).index("test_accuracy") + 1
    assert "test perplexity" in line(report)
