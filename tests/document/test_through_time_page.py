"""The section on backpropagation through time: what it says of which model, in both languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.derive.derivation import Derivation, derive
from gradwright.document.blocks import Equation, Steps, blocks_of
from gradwright.document.derivation import worked_solution
from gradwright.document.format import formats, render
from gradwright.document.latex_rows import aligned
from gradwright.messages import messages
from gradwright.model.load import load, model
from tests.document.test_katex import NODE, refused

RECURRENT = Path(__file__).parents[1] / "verify" / "recurrent"
NAMES = ["rnn-classifier", "lstm-classifier", "both-directions", "decoder-additive", "fed-by-its-output"]


@cache
def derivation(name: str) -> Derivation:
    return derive(model(name) if name in catalog.entries("models") else load(RECURRENT / f"{name}.toml"))


def section(name: str, detail: str = "normal", language: str = "en") -> str:
    """The section as text, on one line."""
    whole = render(worked_solution(derivation(name), detail, language), "text")
    title = messages(language).raw("through.title")
    assert title in whole
    return " ".join(whole[whole.index(title) :].split())


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("name", "formulas"),
    [
        (
            "rnn-classifier",
            [
                "J[t, i] = diag(1 - h[t, i]**2) @ Wh.T",
                "dh[T-1] = dZ @ V.T",
                "dh[s, i] = dh[T-1, i] @ J[T-1, i] @ ... @ J[s+1, i]",
                "|1 - v**2| ≤ 1 (-1 < v < 1)",
                "‖dh[s, i]‖ ≤ (σ_max(Wh))**(T - 1 - s)*‖dh[T-1, i]‖",
            ],
        ),
        (
            "lstm-classifier",
            [
                "J_cc[t, j] = diag(f[t, j])",
                "J[t, j] = [[J_cc[t, j], J_ch[t, j]], [J_hc[t, j], J_hh[t, j]]]",
                "delta_c[T-1] = 0",
                "delta[s, j] = delta[T-1, j] @ J[T-1, j] @ ... @ J[s+1, j]",
                "dc[s, j] += dc[r, j]*f[r, j]*...*f[s+1, j]",
            ],
        ),
        (
            "both-directions",
            [
                "e_g[t] = dT3[t] @ Vg.T",
                "dg[s, i] = sum over r from 0 to s of e_g[r, i] @ J_g[r, i] @ ... @ J_g[s-1, i]",
                "≤ (σ_max(Ug))**(s - r)*‖e_g[r, i]‖",
            ],
        ),
        ("bidirectional-rnn", ["‖dh_b[s, i]‖ ≤ (σ_max(Wh_b))**s*‖dh_b[0, i]‖"]),
        (
            "fed-by-its-output",
            ["e_y[t] = 2*(y[t] - Y[t])/(T*n)", "dh[t, i] = delta_h[t, i] + dy[t, i] @ V.T"],
        ),
    ],
)
def test_the_section_has_the_formulas_of_its_model(name: str, formulas: list[str], language: str) -> None:
    text = section(name, "normal", language)
    for formula in formulas:
        assert formula in text, (formula, text)


def test_a_model_without_a_recurrence_has_no_such_section() -> None:
    page = render(worked_solution(derive(model("softmax-regression"))), "text")
    assert messages("en").raw("through.title") not in page


def test_a_bound_is_claimed_only_where_each_factor_has_one() -> None:
    assert "σ_max" not in section("lstm-classifier")
    assert "between 0 and 1" in section("lstm-classifier")
    assert "σ_max" not in section("many-to-one")


def test_a_brief_page_has_the_results_without_the_steps() -> None:
    found = worked_solution(derivation("rnn-classifier"), "brief")
    assert not any(isinstance(block, Steps) for block in blocks_of(found))
    assert "J[t, i] = diag(1 - h[t, i]**2) @ Wh.T" in section("rnn-classifier", "brief")
    assert "∂a[t, i]" not in section("rnn-classifier", "brief")


@pytest.mark.parametrize("name", NAMES)
def test_every_equation_has_a_number_of_its_own_and_every_format_is_written(name: str) -> None:
    page = worked_solution(derivation(name))
    equations = [block for block in page.blocks if isinstance(block, Equation)]
    numbers = [row.number for block in equations for row in block.rows if row.number]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(render(page, format_name) for format_name in formats())


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
def test_katex_sets_the_formulas_of_every_kind_of_recurrence() -> None:
    formulas = [
        (aligned(block, tagged=True), True)
        for name in NAMES
        for block in blocks_of(worked_solution(derivation(name), "normal", "ko"))
        if isinstance(block, Equation)
    ]
    assert refused(formulas) == ""


def test_a_recurrence_that_runs_backwards_is_told_of_in_its_own_direction() -> None:
    both = section("bidirectional-rnn")
    ahead, behind = both.split("## The recurrence of ")[1:]
    assert "The Jacobian of the latest step stands first" in ahead
    assert "what comes from much later vanishes" in ahead
    assert "the Jacobian of the earliest time stands first" in behind
    assert "what comes from much earlier vanishes" in behind
