"""A user's own model that mixes what courses teach apart: a file of formulas, and no code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from gradwright.derive.derivation import Derivation, derive
from gradwright.document.derivation import worked_solution
from gradwright.document.format import render
from gradwright.model.load import load
from gradwright.train.run import train
from gradwright.verify.verify import verify

OWN = Path(__file__).parents[1] / "benchmarks" / "models" / "own-convolutional-attention.toml"


@cache
def derivation() -> Derivation:
    return derive(load(OWN))


def test_a_gru_that_attends_to_convolutions_is_verified_by_every_route() -> None:
    report = verify(derivation())
    assert report.ok, report.findings


def test_its_solution_has_the_forms_of_each_part() -> None:
    text = " ".join(render(worked_solution(derivation(), "brief"), "text").split())
    for formula in (
        "dS = (dA - sum(A*dA, axis=0))*A",
        "dF = A[:, :, None]*ds + da_g @ W_g.T + dT3 @ W_k.T + da_r @ W_r.T",
        "dW_k = sum(i, F[i].T @ dT3[i])",
        "dU_g = sum(i, h[i-1].T @ da_h[i])",
        "dV = h[H-kh].T @ (P - Y)/n",
    ):
        assert formula in text, formula


def test_it_learns_to_read_digits() -> None:
    pytest.importorskip("sklearn", reason="the data set comes with scikit-learn: pip install scikit-learn")
    row = train(derivation().model, "digits", backend="numpy", epochs=2, seed=0).row()
    assert float(str(row["test_accuracy"])) > 0.9, row
