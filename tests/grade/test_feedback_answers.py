"""Answers with recurrences and given adjoints: what may be used, what is refused, what a mistake leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gradwright.grade.answer import judge_answer
from gradwright.grade.credit import credit
from gradwright.grade.key import Asked, Expected, Key, Paper, read_key, to_json
from gradwright.messages import languages, messages
from gradwright.publish.sayings import say
from tests.grade.wrong_answers import CELL, GATE, HIDDEN, QUERY
from tests.grade.wrong_answers import Asked as Wrong

RNN = Wrong("rnn", "adjoint_of_value", {"model": "rnn-classifier", "value": "h"})


def verdict(expected: Expected, answer: str) -> tuple[str, list[str]]:
    word, findings = judge_answer(expected, answer)
    return word, [finding.key for finding in findings]


@pytest.mark.parametrize(
    "answer",
    [
        "sum(t, x[t].T @ (dc[t]*c[t-1]*sigmoid(z_f[t])*(1 - sigmoid(z_f[t]))))",
        "dW_f = sum(s, x[s].T @ (dc[s]*c[s-1]*f[s]*(1 - f[s])))",
        "einsum('tnd,tnu->du', x[1:], dc[1:]*c[:-1]*f[1:]*(1 - f[1:]))",
        "sum(t, x[t].T @ (dc[t]*(c[t] - i[t]*g[t])*(1 - f[t])))",
        r"\sum_{t} x_t^\top (\bar{c}_t \odot c_{t-1} \odot f_t \odot (1 - f_t))",
        r"\frac{\partial L}{\partial W_f} = \sum_t x_t^\top "
        r"(\bar c_t \odot c_{t-1} \odot f_t \odot (1 - f_t))",
    ],
)
def test_a_gradient_through_time_is_right_in_any_form(answer: str) -> None:
    assert verdict(GATE.expected(), answer) == ("equal", ["equal"])


@pytest.mark.parametrize(
    "answer",
    [
        "dc[t+1]*sigmoid(z_f[t+1]) + dh[t]*o[t]*(1 - tanh(c[t])**2)",
        "dc[t] = dc[t+1]*f[t+1] + dh[t]*o[t] - dh[t]*h[t]*tanh(c[t])",
        "dc[s+1]*f[s+1] + dh[s]*o[s]/cosh(c[s])**2",
    ],
)
def test_a_recurrence_of_an_adjoint_is_right_in_any_form(answer: str) -> None:
    assert verdict(CELL.expected(), answer)[0] == "equal"


@pytest.mark.parametrize(
    ("expected", "answer", "cause"),
    [
        (CELL.expected(), "dc[t]", "asked-later"),
        (CELL.expected(), "dc", "asked-later"),
        (CELL.expected(), "dc[t+1]*f[t+1] + (dc - dc)[t]", "asked-later"),
        (GATE.expected(), "dW_f", "asked"),
        (GATE.expected(), "sum(t, x[t].T @ dz_f[t])", "not-given"),
        (QUERY.expected(), "sum(i, H[i].T @ dQ[i])", "not-given"),
        (HIDDEN.expected(), "dH", "asked"),
        (GATE.expected(), "dc[t] @ Q", "invalid"),
    ],
)
def test_asking_back_and_what_is_not_given_cost_nothing(expected: Expected, answer: str, cause: str) -> None:
    assert verdict(expected, answer) == ("invalid", [cause])


def test_what_is_not_given_is_named_with_what_is() -> None:
    _, (finding,) = judge_answer(GATE.expected(), "sum(t, x[t].T @ dz_f[t])")
    for language in languages():
        text = say(messages(language))(finding)
        assert "dz_f" in text
        assert "dc" in text


def test_a_level_decides_how_much_is_told() -> None:
    answer = "sum(t, x[t].T @ (dc[t]*c[t-1]*f[t]))"
    told = {}
    for level in ("none", "hint", "rule", "solution"):
        _, findings = judge_answer(replace(GATE.expected(), level=level), answer)
        told[level] = " ".join(say(messages("en"))(finding) for finding in findings)
    assert told["none"] == "Not right."
    assert len({*told.values()}) == 4
    # The reference's line may be read at the level of a solution alone.
    line = "(1 - f)*df*f"
    assert line in told["solution"]
    assert not any(line in told[level] for level in ("none", "hint", "rule"))


def test_a_mistake_that_the_set_names_keeps_a_part_of_the_points() -> None:
    kept = replace(HIDDEN.expected(), partial={"path-missing": 0.5, "sign-term": 0.8})
    verdict, findings = judge_answer(kept, "dR + dQ @ Wq.T + dU @ Wv.T")
    assert (verdict, credit(verdict, findings)) == ("different", 0.5)
    said = say(messages("en"))(findings[-1])
    assert "50 %" in said
    assert "path" in said
    assert credit(*judge_answer(kept, "dR + dK @ Wk.T + dQ @ Wq.T + dU @ Wv")) == 0.0
    assert credit(*judge_answer(kept, "dR + dK @ Wk.T + dQ @ Wq.T + dU @ Wv.T")) == 1.0


def test_an_answer_that_holds_only_a_condition_on_the_time_is_read() -> None:
    expected = RNN.expected()
    assert verdict(expected, "(t == T-1)*(dZ @ V.T)") == ("different", ["different", "mistake.path-missing"])
    assert verdict(expected, "dh[t] = da[t+1] @ Wh.T + (t == T-1)*(dZ @ V.T)")[0] == "equal"
    word, (finding,) = judge_answer(expected, "(t == T-1)*(dZ @ V")
    assert word == "invalid"
    assert "(t == T-1)*(dZ @ V\n" in finding.detail


def chain(*lines: str) -> tuple[str, float, list[str]]:
    word, findings = judge_answer(replace(GATE.expected(), steps=True), "\n".join(lines))
    marks = [finding.values["verdict"] for finding in findings if finding.key == "chain-line"]
    return word, credit(word, findings), marks


def test_a_chain_of_right_lines_earns_all_points() -> None:
    lines = ("df[t] = dc[t]*c[t-1]", "dz_f = df*f*(1 - f)", "dW_f = sum(t, x[t].T @ dz_f[t])")
    assert chain(*lines) == ("equal", 1.0, ["right"] * 3)


def test_lines_after_a_wrong_one_follow_through() -> None:
    lines = ("df[t] = dc[t]*c[t]", "dz_f = df*f*(1 - f)", "dW_f = sum(t, x[t].T @ dz_f[t])")
    verdict, part, marks = chain(*lines)
    assert (verdict, marks) == ("different", ["wrong", "follows", "follows"])
    assert part == pytest.approx(2 / 3)


def test_a_line_may_put_in_what_a_given_adjoint_is() -> None:
    steps = replace(RNN.expected(), steps=True)
    lines = "r = (P - Y) @ V.T\ndh[t] = da[t+1] @ Wh.T + (t == T-1)*r/n"
    assert credit(*judge_answer(steps, lines)) == 1.0
    assert credit(*judge_answer(steps, lines.replace("/n", ""))) == 0.0


def test_one_line_for_a_question_in_steps_is_judged_as_a_formula() -> None:
    assert chain("sum(t, x[t].T @ (dc[t]*c[t-1]*f[t]*(1 - f[t])))") == ("equal", 1.0, [])


def test_a_chain_names_the_mistake_in_its_line() -> None:
    steps = replace(GATE.expected(), steps=True)
    _, findings = judge_answer(steps, "df[t] = -dc[t]*c[t-1]\ndW_f = sum(t, x[t].T @ (df[t]*f[t]*(1-f[t])))")
    keys = [finding.key for finding in findings]
    assert keys[:4] == ["chain", "chain-line", "chain.wrong", "mistake.sign"]


def test_a_key_without_lines_still_explains(tmp_path: Path) -> None:
    old = {
        "kind": "formula",
        "reference": "X.T @ (P - Y)/n",
        "vars": {"X": ["n", "d"], "Y": ["n", "k"], "W": ["d", "k"], "P": ["n", "k"]},
        "domain": {"Y": "onehot"},
        "definitions": {"P": "softmax(X @ W)"},
        "wrt": "W",
        "tolerance": 0.0,
    }
    paper = Paper("s1", "", "", "en", (Asked("q1", "t", 1.0, CELL.expected()),))
    data = json.loads(to_json(Key("s", {"en": "S"}, (paper,))))
    data["papers"][0]["questions"][0]["expected"] = old
    path = tmp_path / "instructor" / "key.json"
    path.parent.mkdir()
    path.write_text(json.dumps(data), encoding="utf-8")
    (paper,) = read_key(tmp_path).papers
    expected = paper.questions[0].expected
    assert verdict(expected, "X.T @ (softmax(X @ W) - Y)/n")[0] == "equal"
    assert verdict(expected, "X.T @ (Y - P)/n") == ("different", ["different", "mistake.sign"])


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (RNN.expected(), "da[t+1] @ Wh.T + (t == T-1)*((P - Y) @ V.T)/n"),
        (RNN.expected(), "da[t+1] @ Wh.T + (t == T-1)*((softmax(h[T-1] @ V + c) - Y) @ V.T)/n"),
        (HIDDEN.expected(), "dR + dK @ Wk.T + dQ @ Wq.T + swapaxes(A, 1, 2) @ dR @ Wv.T"),
    ],
)
def test_what_a_given_adjoint_is_may_be_put_in_its_place(expected: Expected, answer: str) -> None:
    assert verdict(expected, answer) == ("equal", ["equal"])


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (RNN.expected(), "da[t+1] @ Wh.T + (t == T-1)*((P - Y) @ V.T)"),
        (CELL.expected(), "dc[t+1]*f[t+1] + (t == T-1)*(dh[t]*o[t]*(1 - tanh(c[t])**2))"),
        (HIDDEN.expected(), "dR + dK @ Wk.T + dQ @ Wq.T + A @ dR @ Wv.T"),
    ],
)
def test_what_it_is_not_may_not(expected: Expected, answer: str) -> None:
    assert verdict(expected, answer)[0] == "different"
