"""Whatever stands in a chain is answered soon, and nothing that can't be read is accepted."""

from __future__ import annotations

import time

import pytest

from gradwright.errors import GradwrightError
from gradwright.grade.chain.check import check_chain
from tests.grade.test_chain import SOFTMAX, verdicts

LONG = {
    "brackets": "(\n" * 40_000,
    "spaces": "a" + " " * 90_000 + "!",
    "empty lines": "\n" * 99_000,
    "environments": "\\begin{a}" * 10_000,
    "braces": "{" * 90_000,
    "equal signs": "=" * 90_000,
    "forms": "a = " * 20_000,
    "statements": ";a" * 40_000,
    "cells": "&" * 90_000,
    "words": "word " * 18_000,
    "names": "a," * 40_000 + "=3",
    "labels": "and " * 20_000,
}


@pytest.mark.parametrize("syntax", ["text", "latex"])
@pytest.mark.parametrize("name", LONG)
def test_a_long_text_is_refused_soon(name: str, syntax: str) -> None:
    start = time.process_time()
    try:
        result = check_chain(LONG[name], syntax=syntax, **SOFTMAX)
        assert set(verdicts(result)) <= {"invalid", "note"}
    except GradwrightError:
        pass
    # Two seconds leave room for a busy machine; a quadratic scan of 90,000 characters takes far longer.
    assert time.process_time() - start < 2


def test_a_text_beyond_the_bounds_is_refused() -> None:
    with pytest.raises(GradwrightError, match="at most 100000"):
        check_chain("a" * 100_001, **SOFTMAX)


@pytest.mark.parametrize("start", ["E = P", "dZ = P"])
def test_a_value_that_is_doubled_again_and_again_does_not_grow_without_end(start: str) -> None:
    name = start.split()[0]
    result = check_chain(start + f"\n{name} = {name} + {name}" * 60, explain="none", **SOFTMAX)
    assert verdicts(result)[-1] == "invalid"


def test_time_that_is_up_leaves_the_lines_undecided_and_costs_nothing() -> None:
    result = check_chain("dZ = (P - Y)/n\ndW = X.T @ dZ", seconds=0, **SOFTMAX)
    assert verdicts(result) == ["undecided", "undecided"]
    assert result.first_wrong is None and result.lost == result.total - result.open == 1


@pytest.mark.parametrize(
    "text",
    [
        "dZ = __import__('os').system('touch PWNED')",
        "dZ = (lambda: P)()",
        "dZ = P.__class__",
        "dZ = [p for p in P]",
        "dZ = 9**9**9**9",
        "dZ = dZ′",
        "dZ = reference″",
        "dZ = answer",
        "dZ = (P - Y)/n if True else 0",
    ],
)
def test_what_is_no_expression_is_invalid(text: str) -> None:
    assert verdicts(check_chain(text, **SOFTMAX)) == ["invalid"]
