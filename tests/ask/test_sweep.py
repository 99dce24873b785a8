"""Every question type asks about every model: the key is right, the page can be shown, and it is quick.

A sample by default; ``--many 1000`` takes every model, type and language.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradwright.ask.question import Question, Request, question_type, question_types
from gradwright.ask.readable import LONGEST
from gradwright.ask.variant import generator
from gradwright.catalog import entries
from gradwright.document.blocks import Document
from gradwright.document.format import formats, render
from gradwright.grade.answer import judge_answer
from gradwright.language.parse import parse
from gradwright.language.weight import length
from gradwright.messages import messages

SECRET = b"a secret of enough length"
STAND_INS = Path(__file__).parent.parent / "benchmarks" / "models"
CATALOGUE = sorted(entries("models"))
OTHERS = sorted(str(path) for path in STAND_INS.glob("*.toml"))
SAMPLE = {"attention-classifier", "convolutional-network", "lstm-classifier", "glove", "skip-gram"}
ALL = 1000
SECONDS = 8.0
"""Of processor time, for four variants of a model whose derivation is known: a homework for 180 makes 180."""


def asked(kind: str, model: str, student: str, language: str = "en", **options: object) -> Question:
    rng = generator(SECRET, "set", kind, student)
    return question_type(kind).make(Request("q1", {"model": model, **options}, 2.0, rng, messages(language)))


def right(question: Question) -> str:
    return question.expected.reference


@pytest.mark.parametrize("model", [*CATALOGUE, *OTHERS], ids=lambda model: Path(model).stem)
def test_every_type_asks_about_every_model_and_takes_its_own_key(model: str, many: int) -> None:
    if Path(model).stem not in SAMPLE and many < ALL:
        pytest.skip("a sample stands for the others unless --many 1000 is given")
    for kind in question_types():
        asked(kind, model, "s0")
        start = time.process_time()
        for student in range(1, 5):
            language = "ko" if student % 2 else "en"
            question = asked(kind, model, f"s{student}", language)
            assert judge_answer(question.expected, right(question))[0] == "equal", question.expected
            if question.expected.kind == "formula":
                # One with no short answer at all is asked for its shortest.
                assert length(parse(right(question).rpartition(" = ")[2])) <= 2 * LONGEST
            else:
                assert np.all(np.isfinite(np.array(json.loads(right(question)))))
            for blocks in (question.prompt, question.solution):
                for name in formats() if student < 3 else ():
                    assert render(Document(("t",), language, blocks), name)
        assert time.process_time() - start < SECONDS, (kind, model)


@pytest.mark.parametrize("kind", sorted(question_types()))
def test_twice_the_right_answer_is_wrong_with_a_reason(kind: str) -> None:
    question = asked(kind, "convolutional-network", "s2")
    expected = question.expected
    if expected.kind == "formula":
        left, _, body = expected.reference.rpartition(" = ")
        wrong = f"{left} = 2*({body})" if left else f"2*({body})"
    else:
        wrong = json.dumps((2 * np.array(json.loads(expected.reference))).tolist())
    verdict, findings = judge_answer(expected, wrong)
    assert verdict == "different"
    assert len(findings) > 1


def test_a_large_model_is_shown_in_part_with_all_that_the_answer_needs() -> None:
    model = next(path for path in OTHERS if path.endswith("transformer-encoder.toml"))
    for kind in ("gradient_of_parameter", "adjoint_of_value", "backprop_step", "number_by_hand"):
        question = asked(kind, model, "s1")
        page = render(Document(("t",), "en", question.prompt), "text")
        assert len(page.splitlines()) < 60, page
        for name in question.expected.given:
            assert question.expected.vars[name]


def test_gathers_are_answered_by_conditions() -> None:
    model = next(path for path in OTHERS if path.endswith("skip-gram.toml"))
    expected = asked("gradient_of_parameter", model, "s1", parameter="W", rename=False).expected
    typed = "dW[i, j] = sum(p, (i == word[p])*dE[p, j])"
    assert judge_answer(expected, typed)[0] == "equal"
    assert judge_answer(expected, r"\sum_{p} \mathbb{1}[word_p = i] \bar{E}_{pj}")[0] == "equal"
    verdict, findings = judge_answer(expected, "dW[i, j] = -sum(p, (i == word[p])*dE[p, j])")
    assert (verdict, findings[1].key) == ("different", "mistake.sign")
    assert judge_answer(expected, "dW[i, j] = sum(p, (i == beside[p])*dE[p, j])")[0] == "different"


def test_an_index_that_only_a_shifted_place_holds_runs_as_far_as_what_is_asked() -> None:
    expected = asked(
        "backprop_step", "convolutional-network", "s1", step="Z1", input="K", rename=False
    ).expected
    by_entries = "dK[i, j, p, q] = sum((e, a, b), X[e, j, p + a, q + b]*dZ1[e, i, a, b])"
    assert judge_answer(expected, by_entries)[0] == "equal"
    assert judge_answer(expected, by_entries.replace("p + a", "p - a"))[0] == "different"


def test_what_is_spread_over_an_axis_needs_no_ones() -> None:
    expected = asked("backprop_step", "attention-classifier", "s1", step="M", rename=False).expected
    assert judge_answer(expected, "dN[i, j, k] = dM[i, k]/t")[0] == "equal"
    verdict, findings = judge_answer(expected, "dN[i, j, k] = dM[i, k]")
    assert (verdict, findings[1].key) == ("different", "mistake.mean-missing")


def test_an_adjoint_of_a_recurrence_is_judged_in_text_and_latex() -> None:
    expected = asked("adjoint_of_value", "rnn-classifier", "s1", value="h", rename=False).expected
    assert judge_answer(expected, "dh[t] = (t == T-1)*(dZ @ V.T) + da[t+1] @ Wh.T")[0] == "equal"
    latex = r"\bar{h}_t = \bar{a}_{t+1} W_h^\top + \mathbb{1}[t = T]\, \bar{Z} V^\top"
    assert judge_answer(expected, latex)[0] == "equal"
    for wrong, mistake in (
        ("dh[t] = da[t+1] @ Wh.T", "path-missing"),
        ("dh[t] = da[t+1] @ Wh + (t == T-1)*(dZ @ V.T)", "transpose-missing"),
        ("dh[t] = da[t-1] @ Wh.T + (t == T-1)*(dZ @ V.T)", "time-shift"),
    ):
        verdict, findings = judge_answer(expected, wrong)
        assert (verdict, findings[1].key) == ("different", f"mistake.{mistake}")


def test_a_wrong_answer_about_a_model_with_pooling_is_decided() -> None:
    expected = asked("gradient_of_parameter", "convolutional-network", "s1", parameter="K").expected
    left, _, body = expected.reference.rpartition(" = ")
    assert judge_answer(replace(expected, level="none"), f"{left} = -({body})")[0] == "different"
