"""The derived gradients of the benchmark's models are the slopes of their losses, and come soon."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gradwright.derive.derivation import derive
from gradwright.model.load import load
from gradwright.verify.case import make_case
from gradwright.verify.routes.difference import DIFFERENCE

MODELS = sorted((Path(__file__).parents[1] / "benchmarks" / "models").glob("*.toml"))
SLOWEST = 20.0
"""Seconds of CPU; the longest, some 250 formulas, takes 5 on an idle machine."""


@pytest.mark.thorough
@pytest.mark.parametrize("path", MODELS, ids=[path.stem for path in MODELS])
def test_a_model_of_the_benchmark_is_derived_soon_and_right(path: Path) -> None:
    begin = time.process_time()
    derivation = derive(load(path))
    spent = time.process_time() - begin
    finding = DIFFERENCE.run(make_case(derivation, 0))
    assert finding.ok, finding.figure
    assert spent < SLOWEST, spent
