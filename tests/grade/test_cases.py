"""Kinds of right and wrong answers that students give, each judged as it should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradwright.grade.judge import check

ROWS = [json.loads(line) for line in (Path(__file__).parent / "rows.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_an_answer_is_judged_as_it_should_be(row: dict[str, Any]) -> None:
    syntax = row.get("syntax", "text")
    found = check(row["reference"], row["answer"], row.get("vars"), row.get("domain"), syntax=syntax)
    assert found.verdict == ("equal" if row["equivalent"] else "different"), found


@pytest.mark.parametrize("seed", range(5))
def test_the_verdict_does_not_hang_on_the_seed(seed: int) -> None:
    shapes = {"x": "d", "z": "d", "A": "d d"}
    inverse = "inv(A) - inv(A) @ np.outer(x, z) @ inv(A)/(1 + z @ inv(A) @ x)"
    assert check("inv(A + np.outer(x, z))", inverse, shapes, seed=seed).verdict == "equal"
    swapped = inverse.replace("z @ inv(A) @ x", "x @ inv(A) @ z")
    assert check("inv(A + np.outer(x, z))", swapped, shapes, seed=seed).verdict == "different"
