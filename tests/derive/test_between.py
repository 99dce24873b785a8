"""What lies between given adjoints and an asked one: the lines and the closed form agree, by value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from gradwright.derive.between import between
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.step import Adjoint
from gradwright.errors import ModelError
from gradwright.execute.formulas import evaluate_formulas
from gradwright.execute.sample import shape_of
from gradwright.language.tree import Formula
from gradwright.model.load import model

CASES = [
    ("lstm-classifier", "W_f", ["c"]),
    ("lstm-classifier", "U_o", ["h"]),
    ("lstm-classifier", "z_g", ["c"]),
    ("lstm-classifier", "c", None),
    ("lstm-classifier", "h", None),
    ("rnn-classifier", "h", ["h", "Z"]),
    ("attention-classifier", "Wq", ["A"]),
    ("attention-classifier", "H", ["R"]),
    ("attention-classifier", "R", ["N"]),
    ("two-layer-perceptron", "W1", []),
    ("softmax-regression", "W", ["P"]),
]


@cache
def derivation(name: str) -> Derivation:
    return derive(model(name))


def formula(adjoint: Adjoint) -> Formula:
    if adjoint.matrix is not None:
        return Formula(adjoint.name, adjoint.subscript, adjoint.matrix)
    return Formula(adjoint.name, adjoint.names, adjoint.index)


@pytest.mark.parametrize(("name", "value", "given"), CASES)
def test_the_closed_form_has_the_value_of_the_lines(
    name: str, value: str, given: Sequence[str] | None
) -> None:
    found = derivation(name)
    way = between(found, value, given)
    shapes = found.shapes
    letters = sorted({str(symbol) for shape in shapes.values() for e in shape for symbol in e.free_symbols})
    sizes = {letter: size for size, letter in enumerate(letters, 2)}
    rng = np.random.default_rng(1)
    # Every value is drawn by itself; positive, since some are divided by and rooted.
    arrays = {one: rng.uniform(0.2, 0.9, shape_of(shape, sizes)) for one, shape in shapes.items()}
    if "Y" in arrays:
        arrays["Y"] = np.eye(sizes["k"])[rng.integers(sizes["k"], size=sizes["n"])]
    for softmax in {"P", "A"} & arrays.keys():
        arrays[softmax] /= arrays[softmax].sum(-1, keepdims=True)
    if "N_h" in arrays:
        arrays["N_m"] = arrays["R"].mean(-1, keepdims=True)
        arrays["N_v"] = arrays["R"].var(-1, keepdims=True)
        arrays["N_h"] = (arrays["R"] - arrays["N_m"]) / np.sqrt(arrays["N_v"] + 1e-5)
    own = {adjoint.name for adjoint in way.lines} - set(way.given)
    drawn = {one: array for one, array in arrays.items() if one not in own}
    if way.asked.name in way.given:  # the recurrence's own later values are given
        later = formula(way.asked)
        renamed = [Formula("asked", later.indices, later.body)]
        lines = [Formula("asked", way.lines[-1].subscript, formula(way.lines[-1]).body)]
        lines = [*(formula(line) for line in way.lines[:-1]), *lines]
        name_of = "asked"
    else:
        renamed, lines, name_of = [formula(way.asked)], [formula(line) for line in way.lines], way.asked.name
    composites = found.model.composites
    closed = evaluate_formulas(renamed, drawn, sizes, composites)[name_of]
    by_lines = evaluate_formulas(lines, drawn, sizes, composites)[name_of]
    np.testing.assert_allclose(closed, by_lines, rtol=1e-9, atol=1e-12)


def test_a_given_adjoint_ends_the_way() -> None:
    way = between(derivation("lstm-classifier"), "W_f", ["c"])
    assert [line.name for line in way.lines] == ["df", "dz_f", "dW_f"]
    assert way.given == ("dc",)


def test_a_recurrence_uses_its_own_later_value() -> None:
    assert between(derivation("lstm-classifier"), "c").given == ("dh", "dc")


def test_what_does_not_end_a_recurrence_is_refused_with_what_would() -> None:
    with pytest.raises(ModelError, match="give the adjoint of c too"):
        between(derivation("lstm-classifier"), "W_f", [])
    with pytest.raises(ModelError, match="no adjoint of x"):
        between(derivation("lstm-classifier"), "x")
