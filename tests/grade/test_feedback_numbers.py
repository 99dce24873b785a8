"""Numbers by hand: tolerances, significant figures, exact fractions, and what is said of each entry."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.grade.answer import judge_answer
from gradwright.grade.credit import credit
from gradwright.grade.key import Expected
from gradwright.grade.numbers import judge_numbers, read_entries

THIRD = Expected("number", "0.3333333333333333", wrt="w", digits=3)
ARRAY = Expected("array", "[[0.3333333333333333, 0.6666666666666666], [0.0, -12.5]]", wrt="W", digits=3)


@pytest.mark.parametrize(
    ("answer", "verdict", "last"),
    [
        ("0.333", "equal", "equal-figures"),
        (".3333", "equal", "equal-figures"),
        ("3.33e-1", "equal", "equal-figures"),
        ("1/3", "equal", "equal-figures"),
        ("2/6", "equal", "equal-figures"),
        ("0.33", "different", "few-figures"),
        ("0.3", "different", "few-figures"),
        ("0.334", "different", "different-figures"),
        ("0.34", "different", "different-figures"),
        ("333/1000", "different", "different-figures"),
        ("-0.333", "different", "sign"),
        ("x", "invalid", "not-numbers"),
    ],
)
def test_three_figures_are_asked_for(answer: str, verdict: str, last: str) -> None:
    found = judge_numbers(THIRD, answer)
    assert (found[0], found[1][-1].key) == (verdict, last)


def test_entries_are_judged_one_by_one() -> None:
    verdict, findings = judge_numbers(ARRAY, "[[0.33, 0.667], [0, 12.5]]")
    assert verdict == "different"
    said = {finding.key: finding.values for finding in findings}
    assert said["entries"] == {"wrong": "1", "total": "4", "places": "(2, 2)"}
    assert "entries-sign" in said
    assert said["few-figures-at"]["places"] == "(1, 1)"


def test_a_tolerance_stands_beside_the_figures() -> None:
    loose = Expected("number", "0.3333333333333333", digits=2, tolerance=0.01)
    assert judge_numbers(loose, "0.34")[0] == "equal"
    assert judge_numbers(loose, "0.35")[0] == "different"
    assert judge_numbers(loose, "0.3")[1][-1].key == "few-figures"


def test_a_whole_number_needs_no_figures_behind_the_point() -> None:
    assert judge_numbers(Expected("number", "-18.0", digits=3), "-18")[0] == "equal"
    assert judge_numbers(Expected("number", "0.5", digits=3), "0.5")[0] == "equal"


def test_too_few_figures_may_keep_a_part_of_the_points() -> None:
    kept = Expected("number", "0.3333333333333333", digits=3, partial={"figures": 0.5})
    assert credit(*judge_answer(kept, "0.33")) == 0.5
    assert credit(*judge_answer(kept, "0.35")) == 0.0


@given(
    st.fractions(min_value=-1000, max_value=1000, max_denominator=997).filter(bool),
    st.integers(min_value=1, max_value=8),
    st.integers(min_value=0, max_value=4),
)
def test_a_value_rounded_to_enough_figures_is_right_and_cut_short_is_not(
    value: Fraction, digits: int, more: int
) -> None:
    expected = Expected("number", repr(float(value)), digits=digits)
    typed = f"{float(value):.{digits + more - 1}e}"
    assert judge_numbers(expected, typed)[0] == "equal", typed
    # One unit of the last figure that is asked for is twice what rounding may change.
    power = int(f"{float(value):.{digits - 1}e}".partition("e")[2])
    off = float(value) + 1.2 * 10.0 ** (power - digits + 1)
    assert judge_numbers(expected, f"{off:.{digits + 3}e}")[0] == "different"


def test_figures_are_counted_as_on_paper() -> None:
    counted = {"0.0330": 3, "1.50": 3, "007": 1, "2e3": 1, "-12.5": 3, "0": 1, "10.0": 3}
    assert {text: read_entries(text).item().figures for text in counted} == counted
