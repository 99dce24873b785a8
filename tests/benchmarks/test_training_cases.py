"""Every case of the training benchmark means the same to us, to PyTorch and to JAX."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import gradwright as gw
from tests.benchmarks.training_check import AGREED
from tests.benchmarks.training_child import cases, difference, model_of, peers, sizes_of, start

FEW = {"n": 4, "T": 7}
"""Examples and time steps: what a model means does not depend on them, and the interpreter is slow."""


@pytest.mark.parametrize("name", sorted(cases()))
def test_a_case_is_the_same_function_for_its_peers(name: str, rng: np.random.Generator) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    case = cases()[name]
    fewer = {axis: FEW.get(axis, number) for axis, number in case.sizes["small"].items()}
    case = replace(case, sizes={"small": fewer})
    model = model_of(case)
    data = case.data(fewer, rng)
    program = gw.compile(model, sizes=sizes_of(case, "small", model), dtype="float64", backend="numpy")
    params = start(gw.Trainer(program, optimizer=case.optimizer), data, rng)
    found = program.loss_and_gradients(params, data)
    for peer, runner in peers(case, ["torch eager"], params, data, "float64", 1).items():
        assert difference(runner.gradients(), found) <= AGREED, peer


@pytest.mark.parametrize("name", sorted(cases()))
def test_a_case_has_data_for_its_model_at_every_size(name: str, rng: np.random.Generator) -> None:
    case = cases()[name]
    model = model_of(case)
    for size, sizes in case.sizes.items():
        expected = {key: [sizes[str(axis)] for axis in value.shape] for key, value in model.data.items()}
        assert {key: list(np.shape(array)) for key, array in case.data(sizes, rng).items()} == expected, size
