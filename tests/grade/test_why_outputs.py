"""Derivatives written in a function's value are derived, and right."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.execute.evaluate import evaluate
from gradwright.grade.why.outputs import in_output, slope_at
from gradwright.language.tree import Call, Name
from gradwright.model.functions import composites


@pytest.mark.parametrize("function", ["sigmoid", "tanh", "tan"])
def test_a_derivative_in_the_value_is_the_difference_quotient(function: str) -> None:
    at, step = np.linspace(-1.2, 1.1, 7), 1e-6
    call = Call(function, (Name("u"),))

    def value(points: object) -> np.ndarray:
        return np.asarray(evaluate(call, {"u": np.asarray(points)}, {}, composites()))

    tree = slope_at(function, Name("y"))
    assert tree is not None
    found = evaluate(tree, {"y": value(at)}, {}, composites())
    np.testing.assert_allclose(found, (value(at + step) - value(at - step)) / (2 * step), rtol=1e-7)


@pytest.mark.parametrize("function", ["exp", "softplus", "log", "relu", "no_function"])
def test_a_function_whose_derivative_is_no_formula_of_some_content_in_its_value_has_none(
    function: str,
) -> None:
    assert in_output(function) is None
