"""Numbers by hand: what is asked is small, worth asking, and what the model's own formulas give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice

import numpy as np
import pytest

from gradwright.ask.byhand import Exercise, derivation_by_hand
from gradwright.ask.instance import Instance, draw_instance, of_gradient, of_value
from gradwright.ask.pick import picks
from gradwright.ask.question import Question, Request, question_type
from gradwright.ask.variant import generator
from gradwright.ask.work import MOST, work
from gradwright.document.blocks import Document
from gradwright.document.format import render
from gradwright.errors import ModelError
from gradwright.execute.formulas import evaluate_formulas
from gradwright.grade.answer import judge_answer
from gradwright.messages import messages

SECRET = b"a secret of enough length"
STEP = 1e-6
MODELS = ["two-layer-perceptron", "convolutional-network", "rnn-classifier", "attention-classifier"]


def request(model: str, student: str, **options: object) -> Request:
    rng = generator(SECRET, "set", "number_by_hand", student)
    return Request("q1", {"model": model, **options}, 2.0, rng, messages("en"))


def asked(model: str, student: str, **options: object) -> Question:
    return question_type("number_by_hand").make(request(model, student, **options))


@pytest.mark.parametrize("model", MODELS)
def test_what_is_picked_is_little_work_and_agrees_with_the_forward_formulas(model: str) -> None:
    """Values against the formulas as they are written, gradients against central differences of these."""
    for student in range(3):
        ask = request(model, f"s{student}")
        for found in islice(picks(ask), 3):
            exercise = found.exercise
            assert work([d.tensor for d in exercise.model.definitions], exercise.sizes) <= MOST
            derivation = derivation_by_hand(exercise, found.value if found.is_gradient else "")
            program = (of_gradient if found.is_gradient else of_value)(derivation, found.value)
            instance = draw_instance(program, exercise.sizes, ask.rng, exercise.constants)
            if found.is_gradient:
                assert_slope(exercise, found.value, instance)
            else:
                values = forward(exercise, instance.given)
                assert np.allclose(values[found.value], instance.asked, atol=1e-12)


def forward(exercise: Exercise, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    own = exercise.model
    return evaluate_formulas(own.formulas, arrays, exercise.sizes, own.composites)


def assert_slope(exercise: Exercise, value: str, instance: Instance) -> None:
    """The gradient against one-sided differences; where these differ there is a kink, which says nothing."""
    here = instance.given[value]
    direction = np.random.default_rng(1).normal(size=here.shape)
    losses = [
        float(forward(exercise, {**instance.given, value: here + step * direction})[exercise.model.minimise])
        for step in (STEP, 0.0, -STEP)
    ]
    up, down = (losses[0] - losses[1]) / STEP, (losses[1] - losses[2]) / STEP
    if abs(up - down) < 1e-3:
        # Central differences with this step are good to about 1e-9 of losses of order 1 to 100.
        assert np.sum(instance.asked * direction) == pytest.approx((up + down) / 2, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_numbers_are_few_and_worth_computing(model: str) -> None:
    for student in range(4):
        numbers = np.array(json.loads(asked(model, f"s{student}").expected.reference))
        assert numbers.size <= 6
        assert 0.004 < np.max(np.abs(numbers)) < 1000


def test_a_value_can_be_asked_for_and_its_page_says_so() -> None:
    question = asked("rnn-classifier", "s1", value="h", rename=False)
    page = render(Document(("t",), "en", question.prompt), "text")
    assert "Compute h from the values below" in page
    assert "T = 2" in page
    assert judge_answer(question.expected, question.expected.reference)[0] == "equal"


def test_a_parameter_of_a_large_model_is_asked_through_one_part() -> None:
    question = asked("lstm-classifier", "s1", parameter="U_f", rename=False)
    assert np.shape(json.loads(question.expected.reference)) != ()
    page = render(Document(("t",), "en", question.prompt), "text")
    assert "A part of a network computes" in page
    assert "by U_f" in page


def test_a_value_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="value is nothing"):
        asked("rnn-classifier", "s1", value="nothing")
