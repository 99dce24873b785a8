"""Whole epochs: batches gathered in compiled code, schedules of the rate, and what they come to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright import catalog
from gradwright.errors import ModelError, UsageError
from gradwright.model.load import from_text
from gradwright.train import schedules
from gradwright.train.bind import Bound
from gradwright.train.fit import fit
from gradwright.train.history import History
from gradwright.train.run import train
from gradwright.train.schedules import schedule
from gradwright.train.trainer import Trainer

RECURRENT = """
name = "sums"
title = { en = "Sums over time", ko = "시간에 걸친 합" }
[axes]
T = "times"
n = "examples"
d = "features"
V = "words"
[data]
x = "T n d"
a = { axes = "n", is = "index V" }
y = "n"
[parameters]
w = { axes = "d", init = "normal" }
E = { axes = "V", init = "normal" }
[forward]
formulas = '''
z = sum(x @ w, axis=0) + E[a]
r = z - y
L = sum(r ** 2) / n
'''
minimise = "L"
"""


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def sums(count: int, rng: np.random.Generator) -> Bound:
    """Examples along the second axis of ``x``, some data whole numbers."""
    arrays = {
        "x": rng.normal(size=(3, count, 2)),
        "a": rng.integers(0, 4, count),
        "y": rng.normal(size=count),
    }
    return Bound(arrays, {"x": 1, "a": 0, "y": 0}, "y")


def trainer(backend: str = "numba", optimizer: str = "adam", dtype: str = "float64") -> Trainer:
    program = gw.compile(from_text(RECURRENT), {"V": 4}, dtype, backend)
    return Trainer(program, optimizer, 0.05, seed=2)


def by_hand(one: Trainer, data: Bound, epochs: int, batch: int) -> list[float]:
    """The mean losses of epochs done a step at a time."""
    found = []
    one.start(data.take(np.arange(min(batch, data.count))))
    for _ in range(epochs):
        order, total = one.rng.permutation(data.count), 0.0
        for begin in range(0, data.count, batch):
            places = order[begin : begin + batch]
            total += one.step(data.take(places)) * len(places)
        found.append(total / data.count)
    return found


@pytest.mark.parametrize(("count", "batch"), [(23, 5), (20, 5), (12, 12), (7, 30)])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_an_epoch_is_its_steps_one_by_one(
    count: int, batch: int, optimizer: str, rng: np.random.Generator
) -> None:
    data = sums(count, rng)
    first, second = trainer(optimizer=optimizer), trainer(optimizer=optimizer)
    history = fit(first, data, epochs=4, batch=batch, quiet=True)
    assert history.train_loss == by_hand(second, data, 4, batch)
    assert all(np.array_equal(first.params[name], second.params[name]) for name in "wE")
    assert history.steps == 4 * -(-count // batch) == getattr(first.state, "count", 0)
    assert first.rng.bit_generator.state == second.rng.bit_generator.state


@pytest.mark.parametrize("kind", list(catalog.entries("schedules")))
def test_both_backends_follow_every_schedule(kind: str, rng: np.random.Generator) -> None:
    data = sums(23, rng)
    runs = [
        fit(trainer(backend), data, epochs=3, batch=5, schedule=kind, warm_up=4, quiet=True)
        for backend in ("numba", "numpy")
    ]
    # Sums are added in another order; Adam divides small numbers by small numbers.
    assert np.allclose(runs[0].train_loss, runs[1].train_loss, rtol=1e-10, atol=0)


def test_schedules_are_what_their_papers_write() -> None:
    steps = np.arange(1, 11)
    cosine = [0.5 * (1 + np.cos(np.pi * t / 10)) for t in range(10)]
    assert np.allclose(schedule("cosine").factors(steps, 10), cosine, rtol=1e-14, atol=0)
    root = [min(step**-0.5, step * 4**-1.5) * 2 for step in steps]
    assert np.allclose(
        schedule("inverse-square-root", 4).factors(steps, 10)[3:], root[3:], rtol=1e-14, atol=0
    )
    assert schedule("constant").constant and not schedule("constant", 1).constant
    assert schedule("linear").factors(steps, 10)[-1] == pytest.approx(0.1, rel=1e-14)


@pytest.mark.parametrize("kind", list(catalog.entries("schedules")))
def test_factors_lie_between_0_and_1_and_grow_over_the_warm_up(kind: str) -> None:
    found = schedule(kind, 5).factors(np.arange(1, 21), 12)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found[:5]) > 0).all()


def test_a_schedule_that_is_wrong_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean cosine"):
        schedule("cosin")
    with pytest.raises(UsageError, match="warm-up"):
        schedule("cosine", -1)
    path = tmp_path / "mine.toml"
    path.write_text('formulas = "rate = 1 / step"', encoding="utf-8")
    with pytest.raises(ModelError, match="factor = "):
        schedules.read(path)
    path.write_text('formulas = "factor = 1 / stop"', encoding="utf-8")
    with pytest.raises(ModelError, match="stop"):
        schedules.read(path)


@pytest.mark.parametrize("backend", ["numba", "numpy"])
@pytest.mark.parametrize("count", [20, 23])
def test_a_loss_that_is_not_finite_ends_an_epoch(backend: str, count: int, rng: np.random.Generator) -> None:
    one = trainer(backend, "sgd")
    one.settings["learning_rate"] = 1e30
    data = sums(count, rng)
    history: History = fit(one, data, epochs=50, batch=5, quiet=True)
    assert history.stopped.startswith(("the loss is inf at step", "the loss is nan at step"))
    assert f"of epoch {history.epochs + 1};" in history.stopped
    assert history.epochs < 50 and np.isfinite(history.train_loss).all()
    assert all(np.isfinite(array).all() for array in one.params.values())
    assert one.state is not None and one.state.count == history.steps


def test_the_time_of_a_step_does_not_hold_the_compilation() -> None:
    report = train(gw.model("linear-regression"), "diabetes", epochs=2, schedule="cosine", quiet=True)
    step = report.row()["step_us"]
    # A step takes a microsecond; compiling takes a hundred thousand times as long.
    assert isinstance(step, float) and 0 < step < 1000


def test_training_goes_on_from_a_checkpoint_along_the_same_schedule(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    data, saved = sums(23, rng), tmp_path / "run.npz"
    through = fit(trainer(), data, epochs=4, batch=5, warm_up=7, schedule="inverse-square-root", quiet=True)
    for epochs in (2, 4):
        found = fit(
            trainer(),
            data,
            epochs=epochs,
            batch=5,
            warm_up=7,
            schedule="inverse-square-root",
            saved=saved,
            quiet=True,
        )
    assert found.train_loss == through.train_loss
