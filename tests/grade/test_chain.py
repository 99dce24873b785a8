"""Chains of steps: which line goes wrong first, what follows from it, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gradwright.errors import UsageError
from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.result import ChainResult
from gradwright.grade.chain.rubric import Rubric

LINEAR: dict[str, Any] = {
    "vars": {"X": "n d", "y": "n", "w": "d"},
    "definitions": [
        "yhat = X @ w", "r = yhat - y", "L = sum(r**2)/n", "dr = 2*r/n", "dyhat = dr", "dw = X.T @ dyhat",
    ],
}  # fmt: skip
SOFTMAX: dict[str, Any] = {
    "vars": {"X": "n d", "Y": "n k", "W": "d k", "b": "k"},
    "domain": {"Y": "onehot"},
    "definitions": [
        "Z = X @ W + b", "P = softmax(Z)", "L = -sum(Y*log(P))/n",
        "dP = -Y/(n*P)", "dZ = (P - Y)/n", "dW = X.T @ dZ", "db = sum(dZ, axis=0)",
    ],
}  # fmt: skip
PERCEPTRON: dict[str, Any] = {
    "vars": {"X": "n d", "Y": "n k", "W1": "d h", "b1": "h", "W2": "h k", "b2": "k"},
    "domain": {"Y": "onehot"},
    "definitions": [
        "Z1 = X @ W1 + b1", "A1 = relu(Z1)", "Z2 = A1 @ W2 + b2", "P = softmax(Z2)", "L = -sum(Y*log(P))/n",
        "dZ2 = (P - Y)/n", "dA1 = dZ2 @ W2.T", "dZ1 = dA1*step(Z1)",
        "dW1 = X.T @ dZ1", "db1 = sum(dZ1, axis=0)", "dW2 = A1.T @ dZ2", "db2 = sum(dZ2, axis=0)",
    ],
}  # fmt: skip


def verdicts(result: ChainResult) -> list[str]:
    return [line.verdict for line in result.lines]


def keys(result: ChainResult, line: int) -> list[str]:
    return [finding.key for finding in result.lines[line].findings]


@pytest.mark.parametrize("reference", [LINEAR, SOFTMAX, PERCEPTRON])
def test_the_reference_s_own_lines_are_all_right(reference: dict[str, Any]) -> None:
    steps = [line for line in reference["definitions"] if line.startswith("d")]
    result = check_chain("\n".join(steps), **reference)
    assert set(verdicts(result)) == {"right"}
    assert result.first_wrong is None
    assert (result.score, result.total, result.lost) == (len(steps), len(steps), 0)


def test_other_ways_of_writing_the_same_steps_are_right() -> None:
    text = """
    # the backward pass
    dL_dZ2 = P/n - Y/n
    grad_A1 = np.dot(dL_dZ2, W2.T)
    dZ1 = where(Z1 > 0, dA1, 0)
    ∂L/∂W1 = X.T @ dZ1 = X.T @ ((P - Y) @ W2.T/n*(Z1 > 0))
    db1[j] = sum(i, dZ1[i, j])
    dW_2 = relu(X @ W1 + b1).T @ (P - Y)/n
    db2 = np.ones(n) @ dZ2
    """
    result = check_chain(text, **PERCEPTRON)
    assert verdicts(result) == ["right"] * 7, [line.feedback for line in result.lines]
    assert [line.name for line in result.lines] == ["dZ2", "dA1", "dZ1", "dW1", "db1", "dW2", "db2"]
    assert [line.number for line in result.lines] == [3, 4, 5, 6, 7, 8, 9]


def test_one_wrong_line_is_named_and_the_later_ones_follow() -> None:
    text = "dZ2 = (P - Y)/n\ndA1 = dZ2 @ W2.T\ndZ1 = dA1*A1\ndW1 = X.T @ dZ1\ndb1 = sum(dZ1, axis=0)"
    text += "\ndW2 = A1.T @ dZ2"
    result = check_chain(text, **PERCEPTRON)
    assert verdicts(result) == ["right", "right", "wrong", "follows", "follows", "right"]
    assert result.first_wrong == 3
    assert [line.since for line in result.lines] == [(), (), (), (3,), (3,), ()]
    assert [line.follow_through for line in result.lines] == [False, False, False, True, True, False]
    assert [line.points for line in result.lines] == [1, 1, 0, 1, 1, 1]
    assert "chain.follows" in keys(result, 3)


def test_a_wrong_value_that_is_written_out_again_follows_too() -> None:
    result = check_chain("dZ = P - Y\ndW = X.T @ (P - Y)\ndb = sum(P, axis=0) - sum(Y, axis=0)", **SOFTMAX)
    assert verdicts(result) == ["wrong", "follows", "follows"]
    assert result.lines[2].since == (1,)


def test_a_later_error_of_its_own_is_wrong_even_behind_an_earlier_one() -> None:
    result = check_chain("dZ = P - Y\ndW = X.T @ dZ\ndb = sum(dZ, axis=0)/2", **SOFTMAX)
    assert verdicts(result) == ["wrong", "follows", "wrong"]
    assert result.first_wrong == 1


def test_errors_in_a_row_are_each_followed_through() -> None:
    text = "dZ2 = P - Y\ndA1 = 2*dZ2 @ W2.T\ndZ1 = dA1*step(Z1)\ndW2 = A1.T @ dZ2"
    result = check_chain(text, **PERCEPTRON)
    assert verdicts(result) == ["wrong", "wrong", "follows", "follows"]
    assert result.lines[2].since == (2,), "the error in dA1 hides that in dZ2"
    assert result.lines[3].since == (1,)


def test_a_wrong_line_that_carries_an_earlier_error_names_both() -> None:
    text = "dZ2 = P - Y\ndZ1 = (dZ2 @ W2.T)*A1\ndW1 = X.T @ dZ1"
    result = check_chain(text, **PERCEPTRON)
    assert verdicts(result) == ["wrong", "wrong", "follows"]


def test_a_repaired_error_is_said_to_come_back() -> None:
    result = check_chain("dZ = (Y - P)/n\ndW = X.T @ (P - Y)/n", **SOFTMAX)
    assert verdicts(result) == ["wrong", "right"]
    assert keys(result, 1) == ["chain.comes-back"]
    assert result.lines[1].points == 1
    assert "line 1" in result.lines[1].feedback


def test_two_errors_that_cancel_come_back_too() -> None:
    result = check_chain("dZ = (Y - P)/n\ndW = -X.T @ dZ", **SOFTMAX)
    assert verdicts(result) == ["wrong", "right"]
    assert result.lines[1].since == (1,)


def test_a_step_corrected_on_the_next_line_is_right_from_there_on() -> None:
    result = check_chain("dZ = P - Y\n= (P - Y)/n\ndW = X.T @ dZ", **SOFTMAX)
    assert verdicts(result) == ["wrong", "right", "right"]
    assert keys(result, 1) == ["chain.comes-back"]
    assert [line.points for line in result.lines] == [0, 0.5, 1]


def test_within_a_step_going_on_with_a_wrong_form_earns_nothing() -> None:
    result = check_chain("dZ = 2*(P - Y)\n = 2*P - 2*Y\ndW = X.T @ dZ", **SOFTMAX)
    assert verdicts(result) == ["wrong", "follows", "follows"]
    assert [line.points for line in result.lines] == [0, 0, 1]
    assert keys(result, 1) == ["chain.goes-on"]
    assert not result.lines[1].follow_through


def test_a_form_that_is_not_equal_to_the_one_before_it_breaks_the_chain() -> None:
    result = check_chain("dW = X.T @ dZ = X.T @ (P - Y)", **SOFTMAX)
    assert verdicts(result) == ["wrong"]
    assert "chain.breaks" in keys(result, 0)
    assert result.lines[0].points == 0.5, "the first of two forms is right"


def test_skipped_steps_are_earned_by_their_consequences() -> None:
    result = check_chain("dW1 = X.T @ (((P - Y) @ W2.T)*step(Z1))/n", **PERCEPTRON)
    by_name = {step.name: step for step in result.steps}
    assert {name for name, step in by_name.items() if step.points} == {"dZ2", "dA1", "dZ1", "dW1"}
    assert result.score == 4
    reason = by_name["dA1"].reason
    assert reason is not None and reason.key == "chain.step.skipped"


def test_skipped_steps_can_be_asked_for() -> None:
    result = check_chain(
        "dW1 = X.T @ (((P - Y) @ W2.T)*step(Z1))/n", rubric=Rubric(skipped=False), **PERCEPTRON
    )
    assert result.score == 1


def test_a_step_that_is_only_called_by_name_is_not_earned() -> None:
    result = check_chain("dW = X.T @ dZ\ndb = sum(dZ, axis=0)", **SOFTMAX)
    assert verdicts(result) == ["right", "right"]
    assert {step.name: step.points for step in result.steps} == {"dP": 0, "dZ": 0, "dW": 1, "db": 1}


def test_a_step_that_its_wrong_consequence_hides_is_not_earned() -> None:
    result = check_chain("dZ1 = (P - Y) @ W2.T*step(Z1)\ndW1 = X.T @ dZ1", **PERCEPTRON)
    assert verdicts(result) == ["wrong", "follows"]
    assert {step.name: step.points for step in result.steps}["dA1"] == 0


def test_the_order_of_the_lines_may_differ() -> None:
    result = check_chain("db = sum(dZ, axis=0)\ndW = X.T @ dZ\ndZ = (P - Y)/n\ndP = -Y/P/n", **SOFTMAX)
    assert verdicts(result) == ["right"] * 4
    assert result.score == 4


def test_an_invalid_line_costs_nothing_and_its_points_stay_open() -> None:
    result = check_chain("dZ = (P - Y/n\ndW = X.T @ dZ\ndb = sum(dQ, axis=0)", **SOFTMAX)
    assert verdicts(result) == ["invalid", "right", "invalid"]
    assert result.first_wrong is None
    assert (result.score, result.open, result.lost, result.total) == (1, 3, 0, 4), "dP waits for dZ"
    assert "^" in result.lines[0].feedback and "did you mean" in result.lines[2].feedback


def test_shapes_that_clash_are_handed_back_with_both_shapes() -> None:
    result = check_chain("dZ = (P - Y)/n\ndW = X @ dZ", **SOFTMAX)
    assert verdicts(result) == ["right", "invalid"]
    assert "(n, d)" in result.lines[1].feedback and "(n, k)" in result.lines[1].feedback


def test_a_line_that_has_a_meaning_with_the_wrong_shape_alone_is_wrong() -> None:
    result = check_chain("dZ = sum(P - Y)\ndW = X.T*dZ", **SOFTMAX)
    assert verdicts(result) == ["wrong", "wrong"]


def test_helpers_of_the_student_s_own_may_be_used() -> None:
    result = check_chain("E = P - Y\ndZ = E/n\nM = X.T\ndW = M @ E/n\ndb = E.sum(0)/n", **SOFTMAX)
    assert verdicts(result) == ["note", "right", "note", "right", "right"]
    assert [line.of for line in result.lines] == [0, 1, 0, 1, 1]


def test_an_error_is_carried_through_a_helper() -> None:
    result = check_chain("dZ = P - Y\nG = 2*dZ\ndW = X.T @ G/2", **SOFTMAX)
    assert verdicts(result) == ["wrong", "note", "follows"]
    assert result.lines[2].since == (1,)


def test_a_helper_that_is_defined_anew_leaves_earlier_lines_alone() -> None:
    result = check_chain("E = P - Y\nF = E/n\nE = 3*E\ndZ = F\ndW = X.T @ E/(3*n)", **SOFTMAX)
    assert verdicts(result) == ["note", "note", "note", "right", "right"]


def test_two_forms_of_a_helper_must_be_equal() -> None:
    result = check_chain("E = P - Y = Y - P\ndZ = (P - Y)/n", **SOFTMAX)
    assert verdicts(result) == ["wrong", "right"]
    assert result.first_wrong == 1 and result.lines[0].of == 0


def test_a_value_that_is_updated_is_judged_at_its_end() -> None:
    result = check_chain("dZ = P - Y\ndZ = dZ/n\ndW = X.T @ dZ", **SOFTMAX)
    assert verdicts(result) == ["note", "right", "right"]
    assert [line.points for line in result.lines] == [0, 1, 1]


@pytest.mark.parametrize("text", ["dW = dW", "dZ = dZ*1", "dyhat = dr\ndr = dyhat", "dr = dyhat"])
def test_a_definition_in_a_circle_shows_nothing(text: str) -> None:
    reference = LINEAR if "r" in text else SOFTMAX
    result = check_chain(text, **reference)
    assert verdicts(result)[-1] == "wrong"
    assert "chain.circular" in keys(result, -1)


def test_a_helper_does_not_hide_a_circle() -> None:
    result = check_chain("E = 2*dZ\ndZ = E/2", **SOFTMAX)
    assert verdicts(result) == ["note", "wrong"]


def test_a_wrong_forward_value_is_the_first_wrong_line_and_carries_no_points() -> None:
    result = check_chain("P = sigmoid(Z)\ndZ = (P - Y)/n\ndW = X.T @ dZ", **SOFTMAX)
    assert verdicts(result) == ["wrong", "follows", "follows"]
    assert result.lines[0].of == 0 and result.first_wrong == 1


def test_what_is_given_words_and_programs_are_not_marked() -> None:
    text = "import numpy as np\nX = ones((3, 2))\nNow we use the chain rule\ndZ = (P - Y)/n\nprint(dZ)"
    text += "\ndW += lam*W\nassert dZ"
    result = check_chain(text, **SOFTMAX)
    assert verdicts(result) == ["note", "note", "note", "right", "note", "note", "note"]


def test_what_stands_in_a_docstring_is_not_marked() -> None:
    text = 'def backward():\n    """Back.\n\n    dZ = wrong\n    """\n    dZ = (P - Y)/n\n    return dZ'
    result = check_chain(text, **SOFTMAX)
    assert [(line.number, line.verdict) for line in result.lines] == [(1, "note"), (6, "right"), (7, "note")]


def test_labels_before_a_step_are_not_part_of_it() -> None:
    result = check_chain(
        "1. dZ = (P - Y)/n\nStep 2: dW = X.T @ dZ\nso db = sum(dZ, axis=0)\n=> db = np.ones(n) @ dZ",
        **SOFTMAX,
    )
    assert verdicts(result) == ["right"] * 4


def test_a_forgotten_bracket_does_not_swallow_the_next_lines() -> None:
    result = check_chain("dZ = (P - Y/n\ndW = X.T @ dZ\ndb = sum(dZ,\n         axis=0)", **SOFTMAX)
    assert [(line.number, line.verdict) for line in result.lines] == [
        (1, "invalid"),
        (2, "right"),
        (3, "right"),
    ]


def test_an_error_that_a_line_makes_good_is_said_to_be_so() -> None:
    result = check_chain("dZ = P - Y\ndW = X.T @ dZ/n\ndb = dZ.mean(axis=0)", **SOFTMAX)
    assert verdicts(result) == ["wrong", "right", "right"]
    assert keys(result, 1) == keys(result, 2) == ["chain.makes-good"]
    assert result.first_wrong == 1


def test_a_wrong_loss_is_carried_into_the_adjoints() -> None:
    result = check_chain("L = -sum(Y*log(P))\ndP = -Y/P\ndZ = P - Y\ndW = X.T @ (P - Y)/n", **SOFTMAX)
    assert verdicts(result) == ["wrong", "follows", "follows", "right"]
    assert result.lines[2].since == (1,)
    half = check_chain("L = sum(r**2)/(2*n)\ndr = r/n\ndyhat = dr\ndw = X.T @ r/n", **LINEAR)
    assert verdicts(half) == ["wrong", "follows", "follows", "follows"]
    other = check_chain("L = sum(r**2)/(2*n)\ndr = 3*r/n", **LINEAR)
    assert verdicts(other) == ["wrong", "wrong"]


def test_a_loss_that_is_no_multiple_of_the_right_one_excuses_nothing() -> None:
    result = check_chain("L = sum(r**4)/n\ndr = r/n\ndyhat = 4*r**3/n", **LINEAR)
    assert verdicts(result) == ["wrong", "wrong", "wrong"]


def test_the_order_of_free_indices_is_found_where_the_left_side_does_not_give_it() -> None:
    result = check_chain("dW = sum(i, dZ[i, c]*X[i, a])\ndb = sum(i, dZ[i, c])", **SOFTMAX)
    assert verdicts(result) == ["right", "right"]
    square: dict[str, Any] = {"vars": {"A": "n n", "B": "n n"}, "definitions": ["C = A @ B.T"]}
    assert verdicts(check_chain("C = sum(k, B[j, k]*A[i, k])", **square)) == ["right"]
    assert verdicts(check_chain("C[j, i] = sum(k, B[j, k]*A[i, k])", **square)) == ["wrong"]


@pytest.mark.parametrize("blank", ["", "____", "...", "…"])
def test_a_blank_line_is_a_missing_step_and_not_an_open_one(blank: str) -> None:
    result = check_chain(f"dZ = (P - Y)/n\ndW = {blank}", **SOFTMAX)
    assert verdicts(result) == ["right", "note"]
    assert (result.score, result.open, result.lost) == (2, 0, 2)


def test_a_ratio_of_differentials_is_a_name_in_a_form_too() -> None:
    text = "∂L/∂Z = (P - Y)/n\n∂L/∂W = X.T @ ∂L/∂Z\ndL/db = sum(dL/dZ, axis=0)"
    assert verdicts(check_chain(text, **SOFTMAX)) == ["right"] * 3
    broken = check_chain("dW = X.T @ ∂L/∂Z @@ P", **SOFTMAX).lines[0].feedback.split("\n")
    at = next(place for place, line in enumerate(broken) if line.lstrip().startswith("^"))
    assert broken[at - 1] == "dW = X.T @ ∂L/∂Z @@ P" and broken[at - 1][broken[at].index("^")] == "@"


def test_two_steps_on_one_line_are_two_lines() -> None:
    result = check_chain("dZ = (P - Y)/n, dW = X.T @ dZ; db = sum(dZ, axis=0)", **SOFTMAX)
    assert [(line.number, line.name, line.verdict) for line in result.lines] == [
        (1, "dZ", "right"),
        (1, "dW", "right"),
        (1, "db", "right"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "dZ",
        "dL_dZ",
        "dLdZ",
        "dJ_dZ",
        "grad_Z",
        "nabla_Z",
        "Z_bar",
        "Z̄",
        "∂L/∂Z",
        "∇_Z L",
        "d_Z",
        "delta",
        "δ",
    ],
)
def test_a_derivative_may_be_spelled_in_many_ways(name: str) -> None:
    result = check_chain(f"{name} = (P - Y)/n\ndW = X.T @ dZ", **SOFTMAX)
    assert [line.name for line in result.lines] == ["dZ", "dW"], result.lines[0].feedback
    assert verdicts(result) == ["right", "right"]


def test_a_chain_of_forms_of_one_expression_follows_through() -> None:
    text = "((x + a)**2 - a**2)/x\n= x + 2*a\n= x + 3*a\n= 3*a + x"
    result = check_chain(text, vars={"x": "", "a": ""}, reference="x + 2*a")
    assert verdicts(result) == ["right", "right", "wrong", "follows"]
    assert result.first_wrong == 3
    assert (result.score, result.total) == (0.75, 1)


def test_the_last_name_is_the_expression_that_was_asked_for() -> None:
    shapes = {"X": "n d", "w": "d", "y": "n"}
    right = check_chain("r = X @ w - y\ng = 2*X.T @ r/n", vars=shapes, reference="2/n*X.T @ (X @ w - y)")
    wrong = check_chain("r = X @ w - y\ng = 2*X.T @ r", vars=shapes, reference="2/n*X.T @ (X @ w - y)")
    assert (verdicts(right), right.score, right.total) == (["note", "right"], 1, 1)
    assert (verdicts(wrong), wrong.score, wrong.first_wrong) == (["note", "wrong"], 0, 2)


def test_a_reference_that_is_a_step_already_is_not_asked_for_twice() -> None:
    result = check_chain(
        "dZ = (P - Y)/n\ndW = X.T @ dZ\ndb = dZ.sum(0)", reference="X.T @ (P - Y)/n", **SOFTMAX
    )
    assert result.total == 4 and result.score == 4


def test_a_bare_answer_is_taken_for_the_last_step() -> None:
    result = check_chain(
        "X.T @ (P - Y)/n", vars={"X": "n d", "P": "n k", "Y": "n k"}, definitions=["G = X.T @ (P - Y)/n"]
    )
    assert verdicts(result) == ["right"] and result.score == 1


def test_the_named_mistake_is_said_and_the_reference_is_not() -> None:
    result = check_chain("dZ = (Y - P)/n\ndW = X.T @ dZ", **SOFTMAX)
    assert "mistake.sign" in keys(result, 0)
    assert "sign" in result.lines[0].feedback.lower()
    assert "(P - Y)/n" not in json.dumps(result.to_json(), ensure_ascii=False).replace("(Y - P)/n", "")


def test_the_solution_is_shown_only_where_it_is_asked_for() -> None:
    shown = check_chain("dZ = (Y - P)/n", explain="solution", **SOFTMAX)
    silent = check_chain("dZ = (Y - P)/n", explain="none", **SOFTMAX)
    assert "(P - Y)/n" in shown.lines[0].feedback
    assert not any(finding.key.startswith("mistake") for finding in silent.lines[0].findings)


def test_a_result_is_json() -> None:
    result = check_chain("dZ = P - Y\ndW = X.T @ dZ", **SOFTMAX)
    data = json.loads(json.dumps(result.to_json()))
    assert data["score"] + data["lost"] + data["open"] == data["total"] == 4
    assert data["first_wrong"] == 1 and data["lines"][1]["follow_through"] is True
    assert data["lines"][1]["findings"][0]["values"] == {"lines": "1"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "no reference"),
        ({"definitions": ["dW = X.T @"]}, "can't be read"),
        ({"definitions": ["dW = X @ Q"], "vars": {"X": "n d"}}, "Q"),
        ({"reference": "2*x +", "vars": {"x": ""}}, "can't be read"),
        ({"definitions": ["a = x"], "rubric": Rubric({"b": 1})}, "no step"),
    ],
)
def test_a_reference_that_can_t_be_used_is_the_author_s_error(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_chain("dW = X", **arguments)


def test_a_chain_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="at most 200"):
        check_chain("a = 1\n" * 201, **SOFTMAX)


def test_feedback_speaks_korean() -> None:
    result = check_chain("dZ = (Y - P)/n\ndW = X.T @ dZ\ndb = sum(dZ, axis=0", language="ko", **SOFTMAX)
    assert "올바른 값이 아니다" in result.lines[0].feedback
    assert "1번 줄의 오류 때문이다" in result.lines[1].feedback
    assert "감점은 없으니" in result.lines[2].feedback
