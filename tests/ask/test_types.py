"""Every question type, for many students: the key is right by an independent route, and the page asks it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradwright.ask.instance import draw_instance, of_gradient
from gradwright.ask.question import Question, Request, question_type, question_types
from gradwright.ask.subject import derivation_of
from gradwright.ask.variant import generator
from gradwright.document.blocks import Document
from gradwright.document.format import formats, render
from gradwright.errors import GradwrightError, ModelError, UsageError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.formulas import evaluate_formulas
from gradwright.grade.answer import judge_answer
from gradwright.language.parse import parse
from gradwright.language.tree import Formula
from gradwright.messages import messages
from gradwright.model.functions import composites
from tests.document.models import TEXTS

SECRET = b"a secret of enough length"
STEP = 1e-6


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    for name, text in TEXTS.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return {name: str(folder / f"{name}.toml") for name in TEXTS}


def asked(kind: str, model: str, student: str, language: str = "en", **options: object) -> Question:
    rng = generator(SECRET, "set", kind, student)
    return question_type(kind).make(Request("q1", {"model": model, **options}, 2.0, rng, messages(language)))


def difference(question: Question, numbers: int = 3) -> None:
    """The reference formula against central differences of the loss's own forward formulas."""
    expected = question.expected
    letters = sorted({axis for shape in expected.vars.values() for axis in shape})
    sizes = dict(zip(letters, range(2, 2 + len(letters)), strict=True))
    rng = np.random.default_rng(numbers)
    given = {name: shape for name, shape in expected.vars.items() if name not in expected.definitions}
    arrays = {name: rng.uniform(0.5, 1.5, [sizes[axis] for axis in shape]) for name, shape in given.items()}
    for name, domain in expected.domain.items():
        if domain == "onehot":
            arrays[name] = np.eye(arrays[name].shape[-1])[
                rng.integers(arrays[name].shape[-1], size=len(arrays[name]))
            ]

    def forward(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        known = dict(values)
        for name, formula in expected.definitions.items():
            known[name] = evaluate(parse(formula), known, sizes, composites())
        return known

    def loss(values: dict[str, np.ndarray]) -> float:
        known = forward(values)
        if "L" in expected.definitions:
            return float(known["L"])
        (output,) = expected.definitions
        return float(np.sum(known[f"d{output}"] * known[output]))

    gradient = evaluate(parse(expected.reference), forward(arrays), sizes, composites())
    direction = rng.normal(size=arrays[expected.wrt].shape)
    ends = [
        loss({**arrays, expected.wrt: arrays[expected.wrt] + sign * STEP * direction}) for sign in (1, -1)
    ]
    # Central differences with this step are good to about 1e-9 of values of order 1.
    assert np.sum(gradient * direction) == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("kind", ["gradient_of_parameter", "backprop_step"])
@pytest.mark.parametrize("model", ["softmax", "shared"])
def test_the_key_of_a_formula_agrees_with_differences(kind: str, model: str, files: dict[str, str]) -> None:
    for student in range(6):
        if kind == "gradient_of_parameter":
            difference(asked(kind, files[model], f"s{student}", scale=["1", "2", "1/3"]))
        else:
            difference(asked(kind, files[model], f"s{student}"))


@pytest.mark.parametrize("kind", sorted(question_types()))
def test_the_key_is_judged_right_by_the_grader(kind: str, files: dict[str, str]) -> None:
    for student in range(4):
        expected = asked(kind, files["softmax"], f"s{student}").expected
        assert judge_answer(expected, expected.reference)[0] == "equal", expected


@pytest.mark.parametrize("kind", sorted(question_types()))
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_type_makes_pages_in_every_format_and_language(
    kind: str, language: str, files: dict[str, str]
) -> None:
    question = asked(kind, files["softmax"], "s1", language)
    assert question.type == kind
    assert messages(language).has(f"question.{kind}.title")
    for blocks in (question.prompt, question.solution):
        for name in formats():
            assert render(Document(("t",), language, blocks), name)


def test_students_get_different_variants(files: dict[str, str]) -> None:
    references = {
        asked("gradient_of_parameter", files["softmax"], f"s{i}").expected.reference for i in range(30)
    }
    assert len(references) >= 20


def test_letters_stay_where_the_set_says_so(files: dict[str, str]) -> None:
    question = asked("gradient_of_parameter", files["softmax"], "s1", parameter="W", rename=False)
    assert question.expected.reference == "X.T @ (P - Y)/n"


def test_a_number_by_hand_is_small_and_friendly(files: dict[str, str]) -> None:
    for student in range(10):
        question = asked("number_by_hand", files["softmax"], f"s{student}", sizes={"n": 2, "d": 2, "k": 2})
        gradient = np.array(json.loads(question.expected.reference))
        assert gradient.size <= 6
        assert np.any(gradient)
        assert np.all(np.abs(gradient) < 100)
        assert question.expected.tolerance > 0


def test_a_parameter_of_a_recurrence_is_asked_by_the_adjoint_that_its_last_line_needs(
    files: dict[str, str],
) -> None:
    expected = asked("gradient_of_parameter", files["recurrent"], "s1", parameter="Wx", rename=False).expected
    (given,) = expected.given
    assert expected.reference == f"sum(t, x[t].T @ {given}[t])"
    assert judge_answer(expected, f"sum(t, x[t].T @ ({given}[t]))")[0] == "equal"
    assert judge_answer(expected, f"sum(t, x[t-1].T @ {given}[t])")[0] == "different"


def test_what_is_given_must_end_the_recurrence(files: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="give the adjoint of T1 too"):
        asked("gradient_of_parameter", files["recurrent"], "s1", parameter="Wx", given=[])


def test_a_parameter_that_is_not_there_is_refused_with_the_known_ones(files: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="W, b"):
        asked("gradient_of_parameter", files["softmax"], "s1", parameter="V")


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="number_by_hand"):
        question_type("number_by_hands")


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GradwrightError):
        asked("gradient_of_parameter", "no-such-model", "s1")


SERIES = ["rnn-classifier", "lstm-classifier", "attention-classifier"]


@pytest.mark.parametrize("model", SERIES)
@pytest.mark.parametrize("kind", ["gradient_of_parameter", "adjoint_of_value", "backprop_step"])
def test_the_key_of_a_large_model_is_judged_right_and_twice_it_wrong(kind: str, model: str) -> None:
    for student in range(3):
        expected = asked(kind, model, f"s{student}").expected
        left, _, right = expected.reference.rpartition(" = ")
        assert judge_answer(expected, expected.reference)[0] == "equal", expected
        twice = f"{left} = 2*({right})" if left else f"2*({expected.reference})"
        assert judge_answer(replace(expected, level="none"), twice)[0] == "different", expected


@pytest.mark.parametrize("model", SERIES)
def test_what_a_question_gives_is_on_its_page_with_how_it_is_typed(model: str) -> None:
    for student in range(3):
        question = asked("adjoint_of_value", model, f"s{student}")
        page = render(Document(("t",), "en", question.prompt), "md")
        for name in question.expected.given:
            assert f"`{name}`" in page
        assert question.expected.reference.rpartition(" = ")[2] not in page


def test_a_gradient_through_time_agrees_with_differences_of_a_program() -> None:
    """The chain of keys from the loss to a parameter, carried out in numbers, against differences."""
    derivation = derivation_of("lstm-classifier")
    parameter = "U_f"
    sizes = {"T": 3, "n": 2, "d": 1, "u": 2, "k": 2}
    instance = draw_instance(of_gradient(derivation, parameter), sizes, np.random.default_rng(5))
    model = derivation.model
    formulas = [
        Formula(d.name, d.formula.indices if d.formula.target == d.name else (), d.tree)
        for d in model.definitions
    ]

    def loss(values: dict[str, np.ndarray]) -> float:
        return float(evaluate_formulas(formulas, values, instance.sizes, model.composites)["L"])

    rng = np.random.default_rng(7)
    given = dict(instance.given)
    direction = rng.normal(size=given[parameter].shape)
    ends = [loss({**given, parameter: given[parameter] + sign * STEP * direction}) for sign in (1, -1)]
    slope = (ends[0] - ends[1]) / (2 * STEP)
    # Central differences with this step are good to about 1e-9 of values of order 1.
    assert np.sum(instance.asked * direction) == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_significant_figures_are_asked_for_and_judged() -> None:
    question = asked("number_by_hand", "softmax-regression", "s1", figures=3)
    page = render(Document(("t",), "en", question.prompt), "md")
    assert "3 significant figures" in page
    right = np.array(json.loads(question.expected.reference))
    rows = [", ".join(f"{entry:.2e}" for entry in row) for row in np.atleast_2d(right)]
    typed = "[" + ", ".join(f"[{row}]" for row in rows) + "]"
    assert judge_answer(question.expected, typed)[0] == "equal", (typed, right)
    with pytest.raises(ModelError, match="figures"):
        asked("number_by_hand", "softmax-regression", "s1", figures="many")


def test_steps_are_offered_where_the_set_says_so() -> None:
    question = asked("gradient_of_parameter", "lstm-classifier", "s1", given="c", parameter="W_i", steps=True)
    assert question.expected.steps
    assert len(question.expected.lines) == 3
    assert "chain of steps" in render(Document(("t",), "en", question.prompt), "md")
