"""What is done to a gradient before the optimizer: clipping and weight decay, as PyTorch does them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright import catalog
from gradwright.errors import ModelError, UsageError
from gradwright.execute.native import sharing
from gradwright.execute.sample import draw
from gradwright.model.load import from_text, load
from gradwright.train.adjustments import adjustments, read
from gradwright.train.trainer import Trainer

Array = Any
SIZES = {"n": 9, "d": 7, "h": 6, "k": 3}
BAG = Path(__file__).parents[1] / "benchmarks" / "models" / "skip-gram.toml"
SAID: dict[str, dict[str, float]] = {
    "clip": {"clip": 0.05},
    "clip-value": {"clip_value": 0.01},
    "weight-decay": {"weight_decay": 0.3},
    "all": {"clip": 0.2, "clip_value": 0.05, "weight_decay": 0.3},
}
PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
}
NETWORK = """
name = "network"
title = { en = "A network", ko = "신경망" }
[axes]
n = "examples"
d = "features"
h = "hidden units"
k = "outputs"
[data]
X = "n d"
Y = "n k"
[parameters]
W = { axes = "d h", init = "normal" }
c = { axes = "h", init = "normal", decay = false }
V = { axes = "h k", init = "normal" }
[forward]
formulas = '''
H = tanh(X @ W + c)
L = sum((H @ V - Y) ** 2) / n
'''
minimise = "L"
"""


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def data() -> dict[str, Array]:
    return draw(dict(from_text(NETWORK).data), SIZES, np.random.default_rng(3))


def trainer(rule: str, said: dict[str, float], backend: str, threads: int = 1) -> Trainer:
    program = gw.compile(from_text(NETWORK), SIZES, "float64", backend, threads)
    return Trainer(program, rule, 0.05, seed=1, **said)


def in_torch(rule: str, said: dict[str, float], start: dict[str, Array], steps: int) -> dict[str, Array]:
    """The parameters after steps that PyTorch does: clip_grad_norm_, clip_grad_value_, its weight decay."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    held = {name: torch.tensor(array, requires_grad=True) for name, array in start.items()}
    X, Y = (torch.tensor(data()[name]) for name in "XY")
    kind, options = PEERS[rule]
    decay = said.get("weight_decay", 0.01 if rule == "adamw" else 0.0)
    groups = [
        {"params": [held["W"], held["V"]], "weight_decay": decay},
        {"params": [held["c"]], "weight_decay": 0.0},
    ]
    peer = getattr(torch.optim, kind)(groups, lr=0.05, **options)
    for _ in range(steps):
        peer.zero_grad()
        loss = ((torch.tanh(X @ held["W"] + held["c"]) @ held["V"] - Y) ** 2).sum() / len(X)
        loss.backward()
        if "clip" in said:
            torch.nn.utils.clip_grad_norm_(list(held.values()), said["clip"])
        if "clip_value" in said:
            torch.nn.utils.clip_grad_value_(list(held.values()), said["clip_value"])
        peer.step()
    return {name: value.detach().numpy() for name, value in held.items()}


@pytest.mark.parametrize(
    ("rule", "name", "backend"),
    [
        *((rule, name, "numpy") for rule in PEERS for name in SAID),
        *((rule, "all", "numba") for rule in PEERS),
    ],
)
def test_thirty_steps_are_pytorchs(rule: str, name: str, backend: str) -> None:
    one = trainer(rule, SAID[name], backend)
    one.start(data())
    start = {key: array.copy() for key, array in one.params.items()}
    one.run(data(), 30)
    expected = in_torch(rule, SAID[name], start, 30)
    plain = trainer(rule, {}, "numpy")
    plain.start(data(), start)
    plain.run(data(), 30)
    for key, array in expected.items():
        # Thirty steps, each rounded; Adam divides small numbers by small numbers.
        np.testing.assert_allclose(one.params[key], array, rtol=1e-8, atol=1e-10)
    assert any(np.abs(plain.params[key] - array).max() > 1e-4 for key, array in expected.items())


def test_threads_and_steps_apart_clip_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "WORTH", 0)
    alone, shared, single = (trainer("adam", SAID["all"], "numba", threads) for threads in (1, 2, 1))
    losses = alone.run(data(), 20)
    assert np.allclose(shared.run(data(), 20), losses, rtol=1e-10, atol=0)
    assert np.allclose([single.step(data()) for _ in range(20)], losses, rtol=1e-10, atol=0)


@pytest.mark.parametrize("rule", ["sgd", "adagrad", "lazy-adam"])
def test_the_norm_counts_the_rows_that_a_batch_names_as_the_interpreter_does(rule: str) -> None:
    model = load(BAG)
    sizes = {"n": 5, "m": 3, "v": 40, "d": 8}
    batch = draw(dict(model.data), sizes, np.random.default_rng(2))
    compiled, interpreted = (
        Trainer(gw.compile(model, sizes, "float64", backend), rule, 0.1, seed=4, clip=0.02).run(batch, 10)
        for backend in ("numba", "numpy")
    )
    assert np.allclose(compiled, interpreted, rtol=1e-10, atol=0) and compiled[-1] < compiled[0]


def test_0_adjusts_nothing_but_an_optimizers_own_decay_is_0_then() -> None:
    plain, none = trainer("adam", {}, "numpy"), trainer("adam", dict.fromkeys(adjustments(), 0.0), "numpy")
    assert none.optimizer.update.formulas == plain.optimizer.update.formulas
    assert trainer("adamw", {"weight_decay": 0.0}, "numpy").settings["weight_decay"] == 0


def test_a_setting_that_nothing_has_is_refused() -> None:
    with pytest.raises(UsageError, match="the optimizer sgd has no setting clop"):
        trainer("sgd", {"clop": 1.0}, "numpy")


@pytest.mark.parametrize("name", catalog.entries("adjustments"))
def test_an_adjustment_that_makes_no_gradient_is_refused(name: str, tmp_path: Path) -> None:
    text = catalog.entries("adjustments")[name].read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("\ng = ", "\nf = "), encoding="utf-8")
    with pytest.raises(ModelError, match="last the gradient g"):
        read(path)
    path.write_text(text.replace("\ng = ", "\ng = nothing + "), encoding="utf-8")
    with pytest.raises(ModelError, match="nothing"):
        read(path)
