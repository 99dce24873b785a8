"""Counts of parameters and shapes of outputs, against what the arrays themselves have."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradwright.ask.question import Question, Request, question_type
from gradwright.ask.subject import derivation_of
from gradwright.ask.variant import generator
from gradwright.document.blocks import Document
from gradwright.document.format import render
from gradwright.errors import ModelError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.formulas import evaluate_formulas
from gradwright.grade.answer import judge_answer
from gradwright.language.parse import parse
from gradwright.messages import messages

SECRET = b"a secret of enough length"


def asked(kind: str, model: str, student: str = "s1", **options: object) -> Question:
    rng = generator(SECRET, "set", kind, student)
    options = {"model": model, "rename": False, **options}
    return question_type(kind).make(Request("q1", options, 2.0, rng, messages("en")))


def test_a_layers_parameters_are_counted_with_the_gates_of_a_cell_together() -> None:
    sizes = {"d": 3, "u": 5}
    expected = asked("parameter_count", "lstm-classifier", step="c").expected
    model = derivation_of("lstm-classifier").model
    shapes = [
        parameter.value.shape for name, parameter in model.parameters.items() if name not in ("V", "b_y")
    ]
    total = sum(int(np.prod([sizes[str(extent)] for extent in shape])) for shape in shapes)
    assert evaluate(parse(expected.reference), {}, sizes, {}) == total
    assert asked("parameter_count", "lstm-classifier", step="c", sizes=sizes).expected.reference == str(total)
    assert judge_answer(expected, "4*(d*u + u*u + u)")[0] == "equal"
    assert judge_answer(expected, "4*(d*u + u*u)")[0] == "different"


def test_sizes_that_do_not_suffice_for_a_number_are_refused() -> None:
    with pytest.raises(ModelError, match="how long the axis u is"):
        asked("parameter_count", "lstm-classifier", step="c", sizes={"d": 3})


@pytest.mark.parametrize("value", ["Z1", "M", "Z2"])
def test_the_shape_is_the_one_that_the_arrays_have(value: str) -> None:
    sizes = {"n": 2, "c": 1, "H": 8, "Wd": 6, "m": 3, "kh": 3, "kw": 3, "k": 4}
    expected = asked("output_shape", "convolutional-network", value=value, sizes=sizes).expected
    model = derivation_of("convolutional-network").model
    arrays = {
        "X": np.ones((2, 1, 8, 6)),
        "K": np.ones((3, 1, 3, 3)),
        "b1": np.ones(3),
        "W2": np.ones((3, 3, 2, 4)),
        "b2": np.ones(4),
        "Y": np.ones((2, 4)),
    }
    found = evaluate_formulas(model.formulas, arrays, sizes, model.composites)[value]
    assert json.loads(expected.reference) == list(found.shape)
    typed = ", ".join(map(str, found.shape))
    assert judge_answer(expected, typed)[0] == "equal"
    verdict, findings = judge_answer(expected, f"{typed}, 1")
    assert (verdict, findings[1].key) == ("different", "shape-numbers")


def test_all_formulas_on_the_way_are_shown_where_the_set_says_from_where() -> None:
    page = render(
        Document(
            ("t",), "en", asked("output_shape", "convolutional-network", value="M", **{"from": "X"}).prompt
        ),
        "text",
    )
    for name in ("Z1", "A1", "M"):
        assert f"{name} " in page


def test_sizes_that_no_window_fits_are_refused() -> None:
    with pytest.raises(ModelError, match="q1: "):
        asked("output_shape", "convolutional-network", value="Z1", sizes={"H": 2, "kh": 5})


@pytest.mark.parametrize(
    ("sizes", "said"),
    [(3, "a table of axes"), ({"H": "x"}, "positive whole number"), ({"Q": 2}, "has no axis Q")],
)
@pytest.mark.parametrize("kind", ["number_by_hand", "output_shape", "parameter_count"])
def test_sizes_that_are_none_are_refused(kind: str, sizes: object, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        asked(kind, "convolutional-network", sizes=sizes)
