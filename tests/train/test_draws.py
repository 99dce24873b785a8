"""Training with dropout whose masks are drawn: both backends alike, resumed, scored at the mean, profiled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import UsageError
from gradwright.execute.draw import mask
from gradwright.execute.native import sharing
from gradwright.model.load import load
from gradwright.train import profile as profiles
from gradwright.train import program as programs
from gradwright.train.bind import Bound
from gradwright.train.fit import fit
from gradwright.train.profile import profile
from gradwright.train.readable import notes
from gradwright.train.run import train
from gradwright.train.score import score
from gradwright.train.trainer import Trainer

Array = Any
MODEL = Path(__file__).parents[1] / "benchmarks" / "models" / "dropout-perceptron.toml"
KEEP = 0.8


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def trainer(
    backend: str = "numba", optimizer: str = "adam", dtype: str = "float64", seed: int = 6, threads: int = 1
) -> Trainer:
    program = gw.compile(load(MODEL), dtype=dtype, backend=backend, threads=threads)
    return Trainer(program, optimizer, 0.02, seed=seed)


def examples(count: int = 43) -> Bound:
    rng = np.random.default_rng(4)
    arrays = {"X": rng.normal(size=(count, 11)), "Y": np.eye(5)[rng.integers(0, 5, count)]}
    return Bound(arrays, {"X": 0, "Y": 0}, "Y")


def by_hand(params: dict[str, Array], data: Mapping[str, Array], first: Array, second: Array) -> Array:
    """The loss, in NumPy, of masks that are given; complex parameters pass through."""
    hidden = np.tanh(data["X"] @ params["W1"] + params["b1"]) * first / KEEP
    hidden = hidden @ params["W2"] + params["b2"]
    hidden = 2 * second * np.where(hidden.real > 0, hidden, 0)
    logits = hidden @ params["W3"] + params["b3"]
    raised = np.exp(logits - logits.real.max(axis=1, keepdims=True))
    return -(data["Y"] * np.log(raised / raised.sum(axis=1, keepdims=True))).sum() / len(data["X"])


def masks(seed: int, step: int, count: int) -> tuple[Array, Array]:
    return mask((count, 27), KEEP, seed, step, 0), mask((count, 18), 0.5, seed, step, 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_curves_of_both_backends_agree_over_200_steps(dtype: str) -> None:
    data = examples().typed(dtype).arrays
    compiled, interpreted = (trainer(backend, dtype=dtype).run(data, 200) for backend in ("numba", "numpy"))
    assert len(compiled) == 200 and interpreted[-1] < 0.5 * interpreted[0]
    # Adam divides small numbers by small numbers; in float32 the interpreter computes in float64.
    near = {"float64": 1e-9, "float32": 1e-3}[dtype]
    assert np.allclose(compiled, interpreted, rtol=near, atol=near)


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_the_loss_of_every_step_is_that_of_its_masks(backend: str) -> None:
    one, data = trainer(backend), examples().arrays
    one.start(data)
    for step in range(1, 5):
        expected = by_hand(one.params, data, *masks(6, step, 43))
        assert one.step(data) == pytest.approx(expected, rel=1e-12)


def test_a_step_goes_down_the_slope_of_its_masks() -> None:
    one, data = trainer(optimizer="sgd"), examples().arrays
    one.settings["learning_rate"] = 1.0
    one.start(data)
    for step in range(1, 4):
        before = {name: array.copy() for name, array in one.params.items()}
        one.step(data)
        for name, array in before.items():
            slope = np.zeros_like(array)
            for place in np.ndindex(array.shape):
                complex_ = array.astype(complex)
                complex_[place] += 1e-30j
                slope[place] = by_hand({**before, name: complex_}, data, *masks(6, step, 43)).imag / 1e-30
            # The complex step is exact to rounding; the difference of the parameters loses what they have.
            assert np.allclose(array - one.params[name], slope, rtol=1e-10, atol=1e-14), name


def test_gradients_of_given_masks_are_those_that_training_takes() -> None:
    one, data = trainer(optimizer="sgd"), examples().arrays
    one.settings["learning_rate"] = 1.0
    one.start(data)
    first, second = masks(6, 1, 43)
    before = {name: array.copy() for name, array in one.params.items()}
    loss, gradients = one.program.loss_and_gradients(before, {**data, "D1": first, "D2": second})
    assert one.step(data) == pytest.approx(loss, rel=1e-14)
    for name, array in before.items():
        assert np.allclose(array - one.params[name], gradients[name], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("count", [40, 43])
@pytest.mark.parametrize("threads", [1, 2])
def test_epochs_draw_batch_by_batch_what_single_steps_draw(
    count: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "WORTH", 0)
    data = examples(count)
    ways: list[dict[str, Any]] = [{"threads": threads}, {"backend": "numpy"}]
    plan: dict[str, Any] = {"epochs": 6, "batch": 8, "schedule": "cosine", "warm_up": 5, "quiet": True}
    compiled, interpreted = (fit(trainer(**way), data, **plan) for way in ways)
    assert np.allclose(compiled.train_loss, interpreted.train_loss, rtol=1e-9, atol=0)
    alone = trainer()
    alone.start(data.take(np.arange(8)))
    losses: list[float] = []
    for _ in range(6):
        order, total = alone.rng.permutation(count), 0.0
        for begin in range(0, count, 8):
            step = len(losses) * -(-count // 8) + begin // 8 + 1
            assert alone.state is not None and alone.state.count == step - 1
            part = data.take(order[begin : begin + 8])
            first, second = masks(6, step, len(part["X"]))
            expected = by_hand(alone.params, part, first, second)
            found = alone.step(part)
            assert found == pytest.approx(expected, rel=1e-12)
            total += found * len(part["X"])
        losses.append(total / count)
    unscheduled = fit(trainer(threads=threads), data, epochs=6, batch=8, quiet=True)
    assert np.allclose(unscheduled.train_loss, losses, rtol=1e-9, atol=0)


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_training_that_goes_on_draws_as_if_it_had_not_stopped(backend: str, tmp_path: Path) -> None:
    data, saved = examples(), tmp_path / "run.npz"
    through = fit(trainer(backend), data, epochs=4, batch=8, quiet=True)
    fit(trainer(backend), data, epochs=2, batch=8, saved=saved, quiet=True)
    found = fit(trainer(backend, seed=99), data, epochs=4, batch=8, saved=saved, quiet=True)
    assert found.train_loss == through.train_loss


def test_seeds_and_steps_have_masks_of_their_own() -> None:
    data = examples().arrays
    start = {name: array.copy() for name, array in _started(trainer(), data).items()}
    losses = set()
    for seed in range(5):
        one = trainer(seed=seed)
        one.settings["learning_rate"] = 0.0
        one.start(data, start)
        losses |= set(one.run(data, 10).tolist())
    assert len(losses) == 50


def _started(one: Trainer, data: Mapping[str, Array]) -> dict[str, Array]:
    one.start(data)
    return one.params


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_a_trained_model_predicts_and_is_scored_at_the_mean(backend: str) -> None:
    one, data = trainer(backend), examples()
    one.run(data.arrays, 20)
    expected = by_hand(one.params, data.arrays, np.full((43, 27), KEEP), np.full((43, 18), 0.5))
    assert one.program.values(one.params, data.arrays)["L"] == pytest.approx(expected, rel=1e-12)
    loss, accuracy, _ = score(one.program, one.params, data, batch=16)
    assert loss == pytest.approx(expected, rel=1e-12) and accuracy is not None
    assert one.program.loss_and_gradients(one.params, data.arrays)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_a_mask_that_is_given_to_training_is_refused(backend: str) -> None:
    one, data = trainer(backend), dict(examples().arrays)
    with pytest.raises(UsageError, match="D1 is given, but training draws it anew in every step"):
        one.step({**data, "D1": np.ones((43, 27))})


def test_what_was_compiled_before_draws_without_a_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    data = examples().arrays

    def curve() -> tuple[list[float], float]:
        one = trainer()
        return one.run(data, 5).tolist(), one.program.loss_and_gradients(one.params, data)[0]

    def refuse(model: Any) -> Any:
        raise AssertionError(f"{model.name} was derived again")

    first = curve()
    monkeypatch.setattr(programs, "derive", refuse)
    assert curve() == first


def test_the_model_trains_on_its_own_data_set_and_its_profile_counts_the_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = train(load(MODEL), epochs=6, quiet=True)
    row = report.row()
    assert isinstance(row["test_accuracy"], float) and row["test_accuracy"] > 0.9
    monkeypatch.setattr(profiles, "SECONDS", 0.05)
    one = report.trainer
    found = profile(one, report.batch, notes(report.derivation, one.program, one.optimizer.update))
    formulas = [formula for part in found.parts for formula in part.formulas if part.microseconds > 0]
    assert any("D1*A1" in formula for formula in formulas) and any("D2*A2" in formula for formula in formulas)
