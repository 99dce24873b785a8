"""The training accuracy of compiled epochs is what NumPy counts in the interpreter's forward values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.execute.native import sharing
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
d = "features"
"""
MODELS = {
    "one-hot": """
k = "classes"
[data]
X = "n d"
Y = { axes = "n k", is = "one-hot" }
[parameters]
W = { axes = "d k", init = "normal" }
[forward]
formulas = '''
P = softmax(X @ W)
L = -sum(Y * log(P)) / n
'''
minimise = "L"
[training]
predict = "P"
""",
    "in time": """
k = "classes"
T = "times"
[data]
X = "T n d"
Y = { axes = "T n k", is = "one-hot" }
[parameters]
W = { axes = "d k", init = "normal" }
U = { axes = "k k", init = "normal" }
[forward]
formulas = '''
h[t] = tanh(X[t] @ W + h[t-1] @ U)
L = sum((h - Y) ** 2) / n
'''
minimise = "L"
[training]
predict = "h"
""",
    "0 and 1": """
[data]
X = "n d"
y = { axes = "n", is = "binary" }
[parameters]
w = { axes = "d", init = "normal" }
[forward]
formulas = '''
p = sigmoid(X @ w)
L = -sum(y * log(p) + (1 - y) * log(1 - p)) / n
'''
minimise = "L"
[training]
predict = "p"
""",
    "-1 and 1": """
[data]
X = "n d"
y = { axes = "n", is = "pm1" }
[parameters]
w = { axes = "d", init = "normal" }
[forward]
formulas = '''
f = X @ w
L = sum(maximum(0, 1 - y * f)) / n
'''
minimise = "L"
[training]
predict = "f"
""",
}


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def examples(kind: str, count: int, rng: np.random.Generator) -> Bound:
    """Features that tell something of the class."""
    times = (3,) if kind == "in time" else ()
    which = rng.integers(0, 4 if times or kind == "one-hot" else 2, (*times, count))
    X = rng.normal(size=(*times, count, 5))
    X[..., 0] += which
    along = {"X": len(times), ("Y" if times or kind == "one-hot" else "y"): len(times)}
    if "Y" in along:
        return Bound({"X": X, "Y": np.eye(4)[which]}, along, "Y")
    return Bound({"X": X, "y": 2.0 * which - 1 if kind == "-1 and 1" else 1.0 * which}, along, "y")


def is_right(predicted: Array, target: Array, kind: str) -> Array:
    """Which answers are right, in NumPy's words."""
    if kind in ("one-hot", "in time"):
        return predicted.argmax(axis=-1) == target.argmax(axis=-1)
    return (predicted >= 0.5) == (target == 1) if kind == "0 and 1" else (predicted >= 0) == (target == 1)


def by_hand(model: Model, data: Bound, epochs: int, batch: int) -> list[float]:
    """The share of right answers over each epoch, a step at a time by the interpreter."""
    one, found = Trainer(gw.compile(model, backend="numpy"), "adam", 0.05, seed=4), []
    one.start(data.take(np.arange(batch)))
    for _ in range(epochs):
        order, marks = one.rng.permutation(data.count), []
        for begin in range(0, data.count, batch):
            part = data.take(order[begin : begin + batch])
            predicted = one.program.values(one.params, part)[model.training.predict]
            marks.append(is_right(predicted, part[data.target], model.name).ravel())
            one.step(part)
        found.append(float(np.concatenate(marks).mean()))
    return found


def model_of(kind: str) -> Model:
    return replace(from_text(HEAD + MODELS[kind]), name=kind)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("count", "batch"), [(40, 8), (43, 8)])
@pytest.mark.parametrize("kind", list(MODELS))
def test_an_epochs_accuracy_is_what_numpy_counts_in_the_interpreters_values(
    kind: str, count: int, batch: int, threads: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "WORTH", 0)  # Steps as short as these are shared too.
    model, data = model_of(kind), examples(kind, count, rng)
    program = gw.compile(model, threads=threads)
    trainer = Trainer(program, "adam", 0.05, seed=4)
    history = fit(trainer, data, epochs=5, batch=batch, quiet=True)
    compiled = program.compiled_for(program.sizes_of(data.take(np.arange(batch))), trainer.optimizer.update)
    assert compiled is not None and compiled.threads == threads
    assert history.train_accuracy == by_hand(model, data, 5, batch)
    assert 0 < history.train_accuracy[0] < 1 and history.train_accuracy[0] != history.train_accuracy[-1]


@pytest.mark.parametrize("kind", list(MODELS))
@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_the_score_of_examples_is_what_numpy_counts(
    kind: str, backend: str, rng: np.random.Generator
) -> None:
    model, data = model_of(kind), examples(kind, 43, rng)
    program = gw.compile(model, backend=backend)
    trainer = Trainer(program, "sgd", 0.01)
    trainer.run(data.arrays, 1)  # Steps on one batch are compiled without a score; values have one.
    values = gw.compile(model, backend="numpy").values(trainer.params, data.arrays)
    expected = is_right(values[model.training.predict], data.arrays[data.target], kind).mean()
    assert score(program, trainer.params, data, batch=10)[1] == expected


def test_of_equal_predictions_the_first_class_is_told() -> None:
    program = gw.compile(model_of("one-hot"))
    data = Bound({"X": np.ones((4, 5)), "Y": np.eye(4)}, {"X": 0, "Y": 0}, "Y")
    assert score(program, {"W": np.zeros((5, 4))}, data)[1] == 0.25
    assert score(program, {"W": np.eye(5, 4)[:, ::-1] * [0, 1, 1, 0]}, data)[1] == 0.25


def test_a_target_that_is_no_class_has_no_score(rng: np.random.Generator) -> None:
    model = gw.model("linear-regression")
    assert scores(model.data, model.shapes, model.training.predict) == ()
    data = Bound({"X": rng.normal(size=(9, 2)), "y": rng.normal(size=9)}, {"X": 0, "y": 0}, "y")
    history = fit(Trainer(gw.compile(model), "sgd"), data, epochs=2, batch=4, quiet=True)
    assert len(history.train_loss) == 2 and history.train_accuracy == []


def test_the_accuracy_goes_on_from_a_checkpoint(tmp_path: Path, rng: np.random.Generator) -> None:
    data, model = examples("one-hot", 43, rng), model_of("one-hot")
    through = fit(Trainer(gw.compile(model), seed=1), data, epochs=4, batch=8, quiet=True)
    for epochs in (2, 4):
        trainer = Trainer(gw.compile(model), seed=1)
        found = fit(trainer, data, epochs=epochs, batch=8, saved=tmp_path / "run.npz", quiet=True)
    assert found.train_accuracy == through.train_accuracy and len(found.train_accuracy) == 4


def test_the_score_has_a_name_that_no_value_has() -> None:
    model = model_of("one-hot")
    taken = {**model.shapes, "right_answers": model.shapes["L"]}
    found = [scores(model.data, values, "P")[0] for values in (model.shapes, taken)]
    assert [one.name for one in found] == ["right_answers", "right_answers_"]
