"""The closed forms of every model as a reader sees them; ``--rewrite`` writes what is shown now."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradwright.document.derivation import worked_solution
from gradwright.document.format import render
from tests.models import MODELS, derived

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", MODELS)
def test_the_closed_forms_of_a_model_are_shown_as_they_were(name: str, rewrite: bool) -> None:
    path = GOLDEN / f"{name}.txt"
    shown = render(worked_solution(derived(name), "brief", "en", "matrix"), "text")
    if rewrite:
        path.write_text(shown, encoding="utf-8")
    assert path.exists(), f"write {path.name} with --rewrite, and read it"
    assert shown == path.read_text(encoding="utf-8")


def test_no_golden_file_is_of_a_model_that_is_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} <= set(MODELS)
