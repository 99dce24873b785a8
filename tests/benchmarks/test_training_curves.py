"""The benchmark's training curves agree where the rule is the same, and tell another rule apart."""

from __future__ import annotations

import subprocess
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from tests.benchmarks.training import CURVES, child
from tests.benchmarks.training_child import cases, model_of, sizes_of, start
from tests.benchmarks.training_curves import Training, apart, curves
from tests.benchmarks.training_peers import cast, ours

STEPS = 30


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_curve_of_another_learning_rate_is_told_apart(dtype: str, rng: np.random.Generator) -> None:
    case = cases()["mlp-64-adam"]
    model = model_of(case)
    sizes = sizes_of(case, "small", model)
    batch = cast(case.data(case.sizes["small"], rng), dtype)
    program = gw.compile(model, sizes, dtype)
    params = cast(start(gw.Trainer(program, case.optimizer), batch, rng), dtype)
    runners = {
        name: ours(gw.Trainer(gw.compile(model, sizes, dtype), case.optimizer, rate), batch, params)
        for name, rate in (("same", case.learning_rate), ("other", 1.05 * case.learning_rate))
    }
    found = curves(Training(case, model, sizes, params, batch), runners, dtype, 1, STEPS)
    assert found["steps"] == STEPS >= found["interpreted"] > 1
    assert found["float64"] <= CURVES["float64"] and found[dtype] <= CURVES[dtype]
    assert found["peers"]["same"] == 0 and found["peers"]["other"] > CURVES[dtype]


def test_curves_are_as_far_apart_as_their_farthest_step() -> None:
    assert apart(np.array([2.0, 1.0, 4.0]), np.array([2.0, 1.0, 5.0])) == pytest.approx(0.2)
    assert apart(np.array([2.0, 1.0, 4.0]), np.array([2.0, 1.25])) == pytest.approx(0.2)
    assert apart(np.array([2.0, np.nan]), np.array([2.0, 1.0])) == np.inf


def test_a_process_that_takes_too_long_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        child(["-n1", "-r1", "import time; time.sleep(600)"], 1, "float32", "", module="timeit", limit=1)
