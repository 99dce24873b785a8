"""The shapes that recurrent networks have in courses: derived in matrix form, verified, and trained."""

from __future__ import annotations

from pathlib import Path
from typing import TypeGuard

import numpy as np
import pytest

from gradwright.derive.derivation import Derivation, derive
from gradwright.language.text import to_text
from gradwright.language.tree import Call, Tree, walk
from gradwright.model.load import load
from gradwright.tensor.nodes import Delta
from gradwright.train.program import compile
from gradwright.train.trainer import Trainer
from gradwright.verify.case import make_case
from gradwright.verify.verify import verify

FOLDER = Path(__file__).parent / "recurrent"
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
TOLERANCE = 1e-10
"""Rounding of some thousand float64 operations in another order; a wrong gradient is off by 1e-2 and more."""
COMPILED = ("fed-by-its-output", "language-model")
FEW = 400


@pytest.fixture(scope="module")
def derived() -> dict[str, Derivation]:
    return {name: derive(load(FOLDER / f"{name}.toml")) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_route_agrees(name: str, derived: dict[str, Derivation]) -> None:
    report = verify(derived[name], seed=2)
    assert report.ok, {route: finding.figure for route, finding in report.findings.items()}
    assert report.findings["exact"].figure == "proved"


@pytest.mark.parametrize("name", NAMES)
def test_the_gradients_are_those_of_autograd(name: str, derived: dict[str, Derivation]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    from tests.verify.recurrent_losses import LOSSES

    points = make_case(derived[name], seed=4).points
    assert points
    for point in points:
        values = {key: torch.tensor(np.asarray(array, dtype=float)) for key, array in point.arrays.items()}
        for parameter in point.gradients:
            values[parameter].requires_grad_()
        LOSSES[name](values).backward()
        for parameter, found in point.gradients.items():
            expected = values[parameter].grad.numpy()
            scale = max(float(np.max(np.abs(expected))), 1e-6)
            worst = float(np.max(np.abs(found - expected))) / scale
            assert worst < TOLERANCE, f"d{parameter} is off by {worst:.1e}\n{found}\n{expected}"


@pytest.mark.parametrize("name", NAMES)
def test_every_formula_is_one_of_matrices_at_each_time(name: str, derived: dict[str, Derivation]) -> None:
    for adjoint in derived[name].adjoints:
        gathered = name == "language-model" and adjoint.tensor.entry.has(Delta)
        assert gathered or adjoint.matrix is not None, f"{adjoint.name} = {to_text(adjoint.index)}"
        tree = adjoint.matrix if adjoint.matrix is not None else adjoint.index
        text = f"{adjoint.name}{list(adjoint.subscript)} = {to_text(tree)}"
        # A case that never holds, and a product that was computed forward already, are not read again.
        assert "where(" not in text
        assert not any(_is_einsum(part) for node in walk(tree) if _is_einsum(node) for part in node.arguments)


def _is_einsum(tree: Tree) -> TypeGuard[Call]:
    return isinstance(tree, Call) and tree.function == "einsum"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("one-to-many", "dWx = x.T @ da[0]"),
        ("one-to-many", "dWh = sum(t, h[t-1].T @ da[t])"),
        ("started-by-an-image", "dT3[t] = (t != 0)*dh[t]"),
        ("fed-by-its-output", "dWh = sum(t, h[t-1].T @ dT1[t])"),
        (
            "many-to-one",
            "dh[t] = dT1[t+1] @ Wh.T + (1 - M[t+1][:, None])*dh[t+1] + (t == T - 1)*outer(dp, V)",
        ),
        (
            "language-model",
            "dZ[t, i, j] = (softmax_Z[t, i, j] - (j == next[t, i]))*M[t, i]/(T2 + 1)",
        ),
        ("two-layers", "df[t] = dT1[t+1] @ U1.T + dT2[t] @ W2.T"),
        ("both-directions", "dUg = sum(t, g[t+1].T @ dT2[t])"),
        ("encoder-decoder", "dH[s] = dT1[s+1] @ Wh.T + (s == S - 1)*dp[0]"),
        ("decoder-dot", "dp[t, i] = Ws @ dT2[t, i] + H[:, i].T @ de[t, i]"),
        ("decoder-bilinear", "dWa = sum(t, p[t].T @ dT2[t])"),
        ("decoder-additive", "dp = dT3 @ Ws.T + sum(dT2, axis=1) @ Wa.T"),
    ],
)
def test_a_line_reads_as_in_a_textbook(name: str, line: str, derived: dict[str, Derivation]) -> None:
    assert line in derived[name].text().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_compiled(
    name: str, derived: dict[str, Derivation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    if many <= FEW and name not in COMPILED:
        pytest.skip(f"compiled with --many above {FEW}")
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path))
    (point, *_) = make_case(derived[name], seed=5).points
    model = derived[name].model
    trainer = Trainer(compile(model, point.sizes), learning_rate=0.02, seed=1)
    losses = trainer.run({key: point.arrays[key] for key in model.data}, 60)
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.9 * losses[0], (losses[0], losses[-1])
