"""Points: a rubric against a hand computation, its files, and what is always true of a total."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from gradwright.errors import UsageError
from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.rubric import Rubric, mistakes
from gradwright.grade.chain.rubricfile import rubric_from, rubric_of
from gradwright.grade.chain.say import plain
from tests.grade.test_chain import PERCEPTRON, SOFTMAX

WEIGHTS = {"dZ2": 2.0, "dA1": 1.0, "dZ1": 3.0, "dW1": 4.0, "db1": 2.0}
MIXED = """
dZ2 = (Y - P)/n
dA1 = dZ2 @ W2.T = (Y - P) @ W2.T
dZ1 = dA1*step(Z1)
dW1 = X.T @ (dZ1
"""


def test_points_are_what_a_hand_computation_gives() -> None:
    rubric = Rubric(WEIGHTS, follow_through=0.5, deduct={"sign": 0.25})
    result = check_chain(MIXED, rubric=rubric, **PERCEPTRON)
    assert [line.verdict for line in result.lines] == ["wrong", "wrong", "follows", "invalid"]
    # dZ2: 2 less a quarter for the sign. dA1: its first form follows (half of 0.5), the second lost 1/n (0 of
    # 0.5). dZ1: half of 3. dW1: 4, open. db1: missing.
    by_hand = {"dZ2": 2 * 0.75, "dA1": 0.5 * 0.5, "dZ1": 3 * 0.5, "dW1": 0.0, "db1": 0.0}
    assert {step.name: step.points for step in result.steps} == by_hand
    assert (result.score, result.total, result.open) == (sum(by_hand.values()), 12, 4)
    assert result.lost == 12 - sum(by_hand.values()) - 4


def test_every_deduction_has_its_reason() -> None:
    rubric = Rubric(WEIGHTS, follow_through=0.5, deduct={"sign": 0.25})
    result = check_chain(MIXED, rubric=rubric, **PERCEPTRON)
    lost = [[(one.points, one.reason.key) for one in line.deductions] for line in result.lines]
    assert lost[0] == [(0.5, "mistake.sign")]
    assert lost[1][0] == (0.25, "chain.lost.follow-through")
    assert lost[1][1][0] == 0.5
    assert lost[2] == [(1.5, "chain.lost.follow-through")]
    assert lost[3] == []


LINES = {
    "dZ": ["(P - Y)/n", "(Y - P)/n", "0*P", "P - Y = (P - Y)/n", "(P - Y", "(P - Y)/n = P/n - Y/n = P - Y"],
    "dW": ["X.T @ dZ", "X.T @ (P - Y)/n", "2*X.T @ dZ", "X @ dZ", ""],
    "db": ["sum(dZ, axis=0)", "sum(dZ)", ""],
}


@pytest.mark.parametrize("fraction", [1.0, 0.4])
def test_earned_lost_and_open_make_the_total(fraction: float) -> None:
    rubric = Rubric({"dP": 1, "dZ": 3, "dW": 2.5, "db": 0.7}, follow_through=fraction)
    for parts in itertools.product(*LINES.values()):
        text = "\n".join(f"{name} = {part}" for name, part in zip(LINES, parts, strict=True) if part)
        result = check_chain(text, rubric=rubric, explain="none", **SOFTMAX)
        assert result.total == 7.2
        assert abs(result.score + result.lost + result.open - result.total) < 1e-6
        assert result.lost >= 0 and result.open >= 0
        assert (
            abs(sum(line.of for line in result.lines) + sum(s.of for s in result.steps if not s.lines) - 7.2)
            < 1e-5
        )
        for line in result.lines:
            lost = sum(one.points for one in line.deductions)
            waiting = line.verdict in ("invalid", "undecided")
            assert waiting or abs(line.points + lost - line.of) < 1e-5, line
            assert 0 <= line.points <= line.of


def test_an_invalid_line_neither_earns_nor_loses() -> None:
    whole = check_chain("dZ = (P - Y)/n\ndW = X.T @ dZ", **SOFTMAX)
    broken = check_chain("dZ = (P - Y)/n\ndW = X.T @@ dZ", **SOFTMAX)
    assert (broken.score, broken.open, broken.lost) == (whole.score - 1, 1, whole.lost)
    shown = plain(broken)
    assert "2 of 4 points earned, 1 lost, 1 still open" in shown


def test_a_total_scales_the_weights() -> None:
    assert Rubric({"a": 1, "b": 3}, total=10).shares(["a", "b", "c"]) == {"a": 2.5, "b": 7.5}
    assert Rubric(total=9).shares(["a", "b", "c"]) == {"a": 3, "b": 3, "c": 3}


def test_a_step_that_the_rubric_leaves_out_has_no_points() -> None:
    result = check_chain("dZ = (P - Y)/n\ndW = X @ X.T", rubric=Rubric({"dZ": 5}), **SOFTMAX)
    assert (result.score, result.total) == (5, 5)
    assert [step.name for step in result.steps] == ["dZ"]


def test_the_final_expression_s_points_are_those_of_the_step_that_it_is() -> None:
    rubric = Rubric({"dZ": 1, "result": 4})
    result = check_chain("dW = X.T @ (P - Y)/n", reference="X.T @ (P - Y)/n", rubric=rubric, **SOFTMAX)
    assert {step.name: step.points for step in result.steps} == {"dZ": 1, "dW": 4}


def test_forward_values_earn_points_where_the_rubric_says_so() -> None:
    result = check_chain(
        "P = softmax(X @ W + b)\ndZ = (P - Y)/n", rubric=Rubric({"P": 1, "dZ": 1}), **SOFTMAX
    )
    assert (result.score, result.total) == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"points": {"a": -1}}, "points of a"),
        ({"points": {"a": "2"}}, "points of a"),
        ({"points": {"a": float("nan")}}, "points of a"),
        ({"points": {"a": 0}}, "0 points"),
        ({"total": float("inf")}, "total"),
        ({"follow_through": 1.5}, "from 0 to 1"),
        ({"follow_through": True}, "from 0 to 1"),
        ({"deduct": {"sign": 2}}, "from 0 to 1"),
        ({"deduct": {"sing": 0.5}}, "no kind of mistake sing"),
    ],
)
def test_a_rubric_out_of_range_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Rubric(**arguments)  # type: ignore[arg-type]


def test_the_kinds_of_mistakes_are_those_that_have_names() -> None:
    assert {"sign", "transposed", "mean-missing"} <= set(mistakes())


def test_a_rubric_is_read_from_toml_and_from_json(tmp_path: Path) -> None:
    toml = "follow_through = 0.5\nskipped = false\n[points]\ndZ = 2\ndW = 3\n[deduct]\nsign = 0.5\n"
    data = {"follow_through": 0.5, "skipped": False, "points": {"dZ": 2, "dW": 3}, "deduct": {"sign": 0.5}}
    (tmp_path / "r.toml").write_text(toml)
    (tmp_path / "r.json").write_text(json.dumps(data))
    assert rubric_of(tmp_path / "r.toml") == rubric_of(tmp_path / "r.json")
    assert rubric_of(tmp_path / "r.toml") == Rubric({"dZ": 2, "dW": 3}, 0.0, 0.5, {"sign": 0.5}, False)


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ("[points", "toml", "not TOML"),
        ("{", "json", "not JSON"),
        ("[1]", "json", "table"),
        ("point = 1", "toml", "did you mean points"),
        ("points = 3", "toml", "table of numbers"),
        ("skipped = 1", "toml", "true or false"),
        ("follow_through = 'half'", "toml", "from 0 to 1"),
        ("", "yaml", "toml or .json"),
    ],
)
def test_a_broken_rubric_is_one_clear_message(text: str, form: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        rubric_from(text, form)


def test_a_rubric_file_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        rubric_of(tmp_path / "none.toml")


def test_points_of_a_step_that_does_not_exist_name_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean dW1"):
        check_chain("dW1 = X", rubric=Rubric({"dW_1": 2}), **PERCEPTRON)
