"""Follow-through earns nothing where the wrong start made the rest trivial; the condition is shown."""

from __future__ import annotations

from typing import Any

import pytest

from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.result import ChainLine
from tests.grade.test_chain import LINEAR, SOFTMAX


def denied(text: str, **reference: Any) -> ChainLine:
    """The last line, which follows from an error, but for nothing."""
    line = check_chain(text, **reference).lines[-1]
    assert (line.verdict, line.points, line.follow_through) == ("follows", 0, False), line
    assert line.deductions[0].points == line.of and line.deductions[0].reason.key.startswith("chain.guard")
    return line


def granted(text: str, **reference: Any) -> ChainLine:
    line = check_chain(text, **reference).lines[-1]
    assert (line.verdict, line.points, line.follow_through) == ("follows", line.of, True), line
    return line


@pytest.mark.parametrize("start", ["0*P", "P - P", "zeros((n, k))", "Z - X @ W - b"])
@pytest.mark.parametrize("rest", ["dW = X.T @ dZ", "db = sum(dZ, axis=0)", "dW = zeros((d, k))"])
def test_a_start_that_is_zero_everywhere_earns_nothing_after_it(start: str, rest: str) -> None:
    line = denied(f"dZ = {start}\n{rest}", **SOFTMAX)
    assert line.deductions[0].reason.key == "chain.guard.zero"
    assert "dZ" in line.feedback and "zero" in line.feedback


@pytest.mark.parametrize("start", ["ones((n, k))", "P/P/n", "Z*0 + 1/k"])
def test_a_start_that_is_the_same_whatever_the_data_are_earns_nothing(start: str) -> None:
    line = denied(f"dZ = {start}\ndb = sum(dZ, axis=0)", **SOFTMAX)
    assert line.deductions[0].reason.key == "chain.guard.constant"


def test_an_operand_that_no_longer_matters_is_named() -> None:
    steps = ["dS = (dA - sum(A*dA, axis=1, keepdims=True))*A"]
    shapes = {"A": "n k", "G": "n k", "v": "n"}
    reference = {"vars": shapes, "definitions": ["dA = 2*G", *steps], "domain": {"A": "prob"}}
    line = denied("dA = outer(v, ones(k))\ndS = (dA - sum(A*dA, axis=1, keepdims=True))*A", **reference)
    assert line.deductions[0].reason.key == "chain.guard.operand"
    assert line.deductions[0].reason.values == {"name": "A"}


def test_a_start_that_lost_an_axis_earns_nothing() -> None:
    shapes = {"A": "n k", "B": "n k", "C": "n k"}
    reference = {"vars": shapes, "definitions": ["s = A*B", "q = s*C"]}
    line = denied("s = sum(A*B)\nq = s*C", **reference)
    assert line.deductions[0].reason.key == "chain.guard.axis"
    assert "()" in line.feedback and "(n, k)" in line.feedback


def test_a_step_that_can_t_be_carried_out_on_the_wrong_value_earns_nothing() -> None:
    shapes = {"A": "n k", "X": "n d"}
    reference = {"vars": shapes, "definitions": ["s = 2*A", "q = X.T @ s"]}
    line = denied("s = A.T\nq = X.T @ s", **reference)
    assert line.deductions[0].reason.key == "chain.guard.shape"


def test_a_line_that_only_repeats_an_earlier_one_earns_nothing() -> None:
    reference = {"vars": {"x": "n", "c": "n"}, "definitions": ["u = x + c", "v = u*x/c"]}
    assert denied("u = c\nv = x", **reference).deductions[0].reason.key == "chain.guard.copy"
    granted("u = c*x\nv = x*x", **reference)


@pytest.mark.parametrize(
    "start", ["P - Y", "(Y - P)/n", "2*(P - Y)/n", "P/n", "-Y/n", "(P - Y)/k", "(P - Y)*P", "Z/n"]
)
@pytest.mark.parametrize("rest", ["dW = X.T @ dZ", "db = sum(dZ, axis=0)"])
def test_an_honest_error_is_followed_through(start: str, rest: str) -> None:
    granted(f"dZ = {start}\n{rest}", **SOFTMAX)


def test_one_wrong_part_of_many_does_not_spoil_a_sum() -> None:
    shapes = dict.fromkeys(["A", "B", "C", "U", "V", "W"], "n n")
    reference = {"vars": shapes, "definitions": ["p = A @ U", "s = p @ B + C @ V + W"]}
    granted("p = 0*A\ns = p @ B + C @ V + W", **reference)


def test_in_a_chain_of_forms_a_trivial_start_earns_nothing() -> None:
    result = check_chain("x - x\n= 0*x", vars={"x": "", "a": ""}, reference="2*x + a")
    assert [line.verdict for line in result.lines] == ["wrong", "follows"]
    assert result.score == 0
    assert result.lines[1].deductions[0].reason.key == "chain.guard.zero-start"


def test_the_condition_is_shown_in_korean() -> None:
    result = check_chain("dr = 0*r\ndyhat = dr\ndw = X.T @ dyhat", language="ko", **LINEAR)
    assert result.score == 0
    assert "이어지는 점수 없음" in result.lines[1].feedback and "모두 0" in result.lines[2].feedback
