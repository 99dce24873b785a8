"""Threads that share a program's steps do what one thread does, and the same each time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.catalog import entries
from gradwright.execute.native import sharing
from gradwright.execute.sample import draw
from gradwright.model.load import model as load_model
from gradwright.train.program import compile
from gradwright.train.trainer import Trainer

Array = Any
STEPS = 200
SIZES = (11, 26, 13, 17, 19, 3, 7, 9, 15, 21)


@pytest.fixture(autouse=True)
def every_step_is_worth_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "WORTH", 0)


def trained(
    name: str, sizes: dict[str, int], threads: int, steps: int, optimizer: str = "adam"
) -> tuple[Array, dict[str, Array]]:
    """The losses of some steps on one batch, and the parameters after them."""
    model = load_model(name)
    program = compile(model, sizes, dtype="float64", threads=threads)
    known = program.completed(sizes)
    data = draw(dict(model.given), known, np.random.default_rng(5))
    trainer = Trainer(program, optimizer, 0.003, seed=2)
    trainer.start(data)
    losses = trainer.run(data, steps)
    executable = program.executable(known, trainer.optimizer.update, lasting=True)
    assert executable.threads == threads
    return losses, {key: value.copy() for key, value in trainer.params.items()}


def sizes_of(name: str) -> dict[str, int]:
    """A size of its own for each axis, odd and even ones."""
    model = load_model(name)
    program = compile(model, {}, backend="numpy")
    names = sorted({str(extent) for value in model.scope.values.values() for extent in value.shape})
    free = [one for one in names if one.isidentifier() and one not in dict(_known(program.equations))]
    return {**dict(zip(free, SIZES, strict=False)), **{one: 3 for one in ("kh", "kw") if one in free}}


def _known(equations: Any) -> list[tuple[str, Any]]:
    return [(str(left), right) for left, right in equations]


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(entries("models")))
def test_two_threads_train_every_model_as_one_does(name: str) -> None:
    sizes = sizes_of(name)
    if "H" in sizes:
        sizes |= {"H": 12, "Wd": 14, "Ho": 5, "Wo": 6}
    one, params = trained(name, sizes, 1, 8)
    two, others = trained(name, sizes, 2, 8)
    # Sums are taken in another order; an update that a thread misses is off by 1e-3 and more.
    np.testing.assert_allclose(two, one, rtol=1e-9)
    for key, value in params.items():
        np.testing.assert_allclose(others[key], value, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_long_training_is_the_same_each_time_and_with_any_number_of_threads(optimizer: str) -> None:
    sizes = {"n": 96, "d": 40, "h": 50, "k": 7}
    one, _ = trained("two-layer-perceptron", sizes, 1, STEPS, optimizer)
    two, first = trained("two-layer-perceptron", sizes, 2, STEPS, optimizer)
    again, second = trained("two-layer-perceptron", sizes, 2, STEPS, optimizer)
    np.testing.assert_allclose(two, one, rtol=1e-7)
    assert (two == again).all()
    assert all((first[key] == second[key]).all() for key in first)
