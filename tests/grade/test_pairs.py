"""Pairs that are equal or unequal by construction are judged so, and hardly one is left undecided."""

from __future__ import annotations

from collections import Counter

import pytest

from gradwright.grade.judge import check
from tests.grade.pairs import MATRICES, NUMBERS, SCALARS, VECTORS, Pair, Term, pairs

SEEDS = 8


def verdict(pair: Pair) -> str:
    return check(pair.reference, pair.answer, pair.vars, pair.domain).verdict


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_verdict_on_a_constructed_pair_is_wrong(seed: int, many: int) -> None:
    counts: Counter[str] = Counter()
    for pair in pairs(seed, many // SEEDS):
        found = verdict(pair)
        counts[found] += 1
        if found != "undecided":
            assert found == ("equal" if pair.equal else "different"), pair
    assert counts["undecided"] <= 0.01 * counts.total(), counts


@pytest.mark.parametrize("term", (*NUMBERS, *VECTORS), ids=lambda term: term.same[0])
def test_every_spelling_of_a_term_is_judged_against_every_other(term: Term) -> None:
    shapes = SCALARS if term in NUMBERS else MATRICES
    for reference in term.same:
        for answer in term.same:
            assert verdict(Pair(reference, answer, shapes, dict(term.domain), True)) == "equal", answer
        for answer in term.other:
            found = verdict(Pair(reference, answer, shapes, dict(term.domain), False))
            assert found == "different", (reference, answer)


def test_sizes_that_coincide_hide_nothing() -> None:
    shapes = {"X": "n d", "A": "d d"}
    for answer in (
        "X.T @ X/d",
        "X.T @ X/(d + 1)",
        "X.T @ X/(n - 1)",
        "X.T @ X/(n + d)",
        "X.T @ X/4",
        "X.T @ X/(n + (n - 3)*(n - 4)*(n - 5)*(n - 6))",
    ):
        assert check("X.T @ X/n", answer, shapes).verdict == "different", answer
    assert check("A", "A.T", shapes).verdict == "different"
    assert check("sum(X)/(n*d)", "mean(X)", shapes).verdict == "equal"


def test_a_polynomial_made_to_vanish_at_the_points_of_other_answers_is_no_answer() -> None:
    seen = check("tanh(x)", "tanh(x) + 1e-3")
    assert seen.verdict == "different"
    answer = "x*x + " + "*".join(f"(x - {number}/65536)" for number in range(1, 60))
    assert check("x**2", answer).verdict == "different"


def test_the_certificate_says_how_sure_it_is() -> None:
    shapes = {"X": "n d", "w": "d", "y": "n"}
    found = check("X.T @ (X @ w - y)", "X.T @ X @ w - X.T @ y", shapes).certificate
    assert "polynomials of degree" in found and "1e-5" in found and "n=" in found
    assert "rational functions" in check("1/x + 1/y", "(x + y)/(x*y)").certificate
    assert check("a*b + c", "c + b*a").certificate == "the same normal form"
    assert check("x + x", "x + x").certificate == "the same expression"
    assert "200 bits" in check("tanh(x)", "(exp(2*x) - 1)/(exp(2*x) + 1)").certificate
    assert check("1/2", "0.5").certificate == "the same normal form"
    assert check("sin(1)**2 + cos(1)**2", "1").certificate == "agree to 200 bits"


@pytest.mark.parametrize("answer", ["2*x + 1e-300", "2*x + exp(-1000)", "2*x*exp(1e-200)", "2*x + (x > 1e6)"])
def test_a_difference_too_small_or_too_far_for_ordinary_points_is_found(answer: str) -> None:
    assert check("2*x", answer).verdict == "different"


def test_a_value_that_is_not_a_number_is_different_with_the_point() -> None:
    for answer in ("sqrt(x)*sqrt(x)", "x + 0/(x - x)", "x + log(-1 - x**2)", "x*inf/inf"):
        found = check("x", answer)
        assert found.verdict in ("different", "invalid"), (answer, found)
    found = check("x", "sqrt(x)*sqrt(x)")
    assert "no real value" in found.feedback and "x = " in found.feedback
