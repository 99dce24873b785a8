"""Every optimizer of the catalogue does what PyTorch's of that name does, in double precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.errors import ModelError
from gradwright.execute.update import in_numpy
from gradwright.train import optimizers
from gradwright.train.optimizers import optimizer

STEPS = 50
PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {"eps": 1e-8}),
    "rmsprop": ("RMSprop", {"alpha": 0.9}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "lazy-adam": ("Adam", {}),  # where every row is named; tests/execute/native/test_rows.py has the others
}


@pytest.mark.parametrize("name", catalog.entries("optimizers"))
def test_fifty_steps_are_pytorchs(name: str, rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    rule = optimizer(name)
    kind, options = PEERS[name]
    start, slopes = rng.normal(size=7), rng.normal(size=(STEPS, 7))
    slots = {slot: np.zeros(7) for slot in rule.update.slots} | {"w": start.copy()}
    weights = torch.tensor(start)
    peer = getattr(torch.optim, kind)([weights], lr=rule.settings["learning_rate"], **options)
    for step, slope in enumerate(slopes):
        gradient = slope + slots["w"]  # that of a parabola with noise, so that an error feeds on itself
        in_numpy(rule.update, {**slots, "g": gradient}, {**rule.settings, "step": float(step + 1)})
        weights.grad = torch.tensor(slope) + weights
        peer.step()
        # fifty steps of ten operations, each rounded
        np.testing.assert_allclose(slots["w"], weights.numpy(), rtol=1e-12, atol=1e-14)
    assert np.abs(slots["w"] - start).max() > 10 * rule.settings["learning_rate"]


def test_a_way_with_rows_that_is_not_known_is_refused(tmp_path: Path) -> None:
    text = catalog.entries("optimizers")["lazy-adam"].read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('"touched"', '"named"'), encoding="utf-8")
    with pytest.raises(ModelError, match='rows = "named" is neither "all" nor "touched"'):
        optimizers.read(path)
