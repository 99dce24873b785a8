"""Batch normalisation with running averages: trained and predicting as PyTorch's does, resumed, refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ModelError
from gradwright.execute.native import sharing
from gradwright.model.load import from_text
from gradwright.train.bind import Bound
from gradwright.train.fit import fit
from gradwright.train.run import train
from gradwright.train.score import score
from gradwright.train.trainer import Trainer

Array = Any
CONVOLUTION = """
name = "normalised"
title = { en = "Batch normalisation", ko = "배치 정규화" }
[axes]
n = "examples"
c = "channels"
H = "height"
Wd = "width"
m = "kernels"
Ho = "rows"
Wo = "columns"
k = "outputs"
[data]
X = "n c H Wd"
Y = "n k"
[parameters]
K = { axes = "m c 3 3", init = "he" }
gamma = { axes = "m", init = "ones" }
beta = { axes = "m", init = "zeros" }
W = "m Ho Wo k"
[constants]
eps = 1e-5
[forward]
formulas = '''
C = conv2d(X, K)
N = batch_norm(C, gamma[:, None, None], beta[:, None, None], eps, axis=(0, 2, 3))
L = sum((tensordot(tanh(N), W, axes=3) - Y)**2)/n
'''
minimise = "L"
[training]
optimizer = "sgd"
"""
BY_HAND = CONVOLUTION.replace(
    "N = batch_norm(C, gamma[:, None, None], beta[:, None, None], eps, axis=(0, 2, 3))",
    "N_m = mean(C, axis=(0, 2, 3), keepdims=True)\nN_v = var(C, axis=(0, 2, 3), keepdims=True)\n"
    "N = gamma[:, None, None]*(C - N_m)/sqrt(N_v + eps) + beta[:, None, None]",
).replace("[training]", "[running]\nN_m = 0.9\nN_v = 0.9\n[training]")
STEPS, RATE = 15, 0.05


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def examples(count: int = 24) -> Bound:
    rng = np.random.default_rng(4)
    arrays = {"X": 2 * rng.normal(size=(count, 2, 6, 5)) + 1, "Y": rng.normal(size=(count, 3))}
    return Bound(arrays, {"X": 0, "Y": 0}, "Y")


def trainer(backend: str = "numba", text: str = CONVOLUTION, threads: int = 1) -> Trainer:
    sizes = {"m": 4, "k": 3, "Ho": 4, "Wo": 3}
    return Trainer(gw.compile(from_text(text), sizes, "float64", backend, threads), "sgd", RATE, seed=6)


def in_torch(start: dict[str, Array], batches: list[Array]) -> tuple[dict[str, Array], list[float], float]:
    """PyTorch's averages after training, its losses, and its loss on all examples in evaluation.

    PyTorch's average of the variance divides by the number of entries less one, so that it is given the other
    by its own formula; what it starts from is forgotten, as ours is, by a momentum of 1 in the first step.
    """
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    data = {name: torch.tensor(array) for name, array in examples().arrays.items()}
    kernel, weights = (torch.tensor(start[name], requires_grad=True) for name in ("K", "W"))
    norm = torch.nn.BatchNorm2d(4, dtype=torch.float64)
    peer = torch.optim.SGD([kernel, weights, *norm.parameters()], lr=RATE)

    def loss(places: Array) -> Any:
        hidden = torch.tanh(norm(torch.nn.functional.conv2d(data["X"][places], kernel)))
        return ((torch.tensordot(hidden, weights, 3) - data["Y"][places]) ** 2).sum() / len(places)

    told = []
    for step, places in enumerate(batches):
        norm.momentum = max(0.1, 1 / (step + 1))
        peer.zero_grad()
        found = loss(places)
        found.backward()
        peer.step()
        told.append(found.item())
    entries = len(batches[0]) * 4 * 3
    norm.running_var *= (entries - 1) / entries
    norm.eval()
    averages = {"N_m": norm.running_mean.numpy(), "N_v": norm.running_var.numpy()}
    return averages, told, loss(np.arange(24)).item()


@pytest.mark.parametrize("text", [CONVOLUTION, BY_HAND], ids=["function", "by hand"])
@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_training_and_prediction_are_those_of_pytorchs_layer(backend: str, text: str) -> None:
    one, data = trainer(backend, text), examples()
    one.start(data.take(np.arange(8)))
    start = {name: array.copy() for name, array in one.params.items()}
    rng = np.random.default_rng(1)
    batches = [rng.permutation(24)[:8] for _ in range(STEPS)]
    averages, losses, last = in_torch(start, batches)
    told = one.run_batches(data, np.array(batches))[:, 0]
    assert np.allclose(told, losses, rtol=1e-9, atol=0)
    assert one.state is not None
    for name, expected in averages.items():
        assert np.allclose(one.state.averages[name].ravel(), expected, rtol=1e-9, atol=1e-12), name
    found = score(one.program, one.params, data, averages=one.state.averages, batch=7)
    assert found.loss == pytest.approx(last, rel=1e-9)
    # With its own statistics the same batch has another loss: there is something to tell apart.
    assert one.program.values(one.params, data.arrays)["L"] != pytest.approx(last, rel=1e-3)


def test_a_prediction_of_an_example_does_not_depend_on_the_others() -> None:
    one, data = trainer("numpy"), examples()
    one.run(data.arrays, 5)
    assert one.state is not None
    alone = [
        one.program.values(one.params, data.take(np.array([place])), one.state.averages)["L"]
        for place in range(24)
    ]
    together = one.program.values(one.params, data.arrays, one.state.averages)["L"]
    assert np.mean(alone) == pytest.approx(together, rel=1e-12)


def test_threads_share_the_averages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "WORTH", 0)
    one, two = trainer(), trainer(threads=2)
    for each in (one, two):
        each.run(examples().arrays, 6)
    assert one.state is not None and two.state is not None
    for name, array in one.state.averages.items():
        assert np.allclose(two.state.averages[name], array, rtol=1e-10, atol=0) and array.any()


@pytest.mark.parametrize("backend", ["numba", "numpy"])
def test_training_goes_on_from_a_checkpoint_with_its_averages(backend: str, tmp_path: Path) -> None:
    data, saved = examples(), tmp_path / "run.npz"
    through, on = trainer(backend), trainer(backend)
    expected = fit(through, data, data, epochs=4, batch=8, quiet=True)
    fit(trainer(backend), data, data, epochs=2, batch=8, saved=saved, quiet=True)
    found = fit(on, data, data, epochs=4, batch=8, saved=saved, quiet=True)
    assert found.test_loss == expected.test_loss
    assert through.state is not None and on.state is not None
    assert all(
        np.array_equal(on.state.averages[name], array) for name, array in through.state.averages.items()
    )


def test_the_models_file_may_say_another_share_than_the_function() -> None:
    model = from_text(CONVOLUTION.replace("[training]", "[running]\nN_m = 0.5\n[training]"))
    assert model.running == {"N_m": 0.5, "N_v": 0.9}
    assert from_text(BY_HAND).running == {"N_m": 0.9, "N_v": 0.9}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("N_q = 0.9", "names N_q, which no formula defines"),
        ("N_m = 1", "N_m is 1, expected a number from 0 to below 1"),
        ('N_m = "much"', "N_m is 'much', expected a number"),
    ],
)
def test_a_running_value_that_is_wrong_is_refused_with_its_place(line: str, message: str) -> None:
    with pytest.raises(ModelError, match=r"line 3[0-9]") as told:
        from_text(CONVOLUTION.replace("[training]", f"[running]\n{line}\n[training]"), "mine.toml")
    assert message in str(told.value)


def test_an_average_over_examples_of_what_each_has_is_refused() -> None:
    text = CONVOLUTION.replace("[training]", "[running]\nC = 0.9\n[training]")
    with pytest.raises(ModelError, match=r"the running value C is \(n, m, .*n counts the examples"):
        train(from_text(text), "digits", epochs=1, quiet=True)
