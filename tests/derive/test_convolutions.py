"""Convolutions, poolings and residual blocks have a textbook's gradients, and they are right."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from gradwright.document.notation import shape_formula
from gradwright.execute.evaluate import evaluate
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw, draw_sizes
from gradwright.language.parse import parse
from gradwright.language.text import to_text
from gradwright.verify.verify import verify
from tests.derive.convolutions import CASES, derivation

TOLERANCE = 1e-11
"""Sums of a few hundred products in another order."""


@pytest.mark.parametrize("name", CASES)
def test_the_closed_form_is_the_one_that_is_expected(name: str) -> None:
    lines = {to_text(left): to_text(right) for left, right in derivation(name).equations()}
    assert {left: lines.get(left, lines) for left in CASES[name].forms} == CASES[name].forms


@pytest.mark.parametrize("name", CASES)
def test_every_printed_form_reads_back_with_the_value_of_what_was_derived(name: str) -> None:
    found = derivation(name)
    functions = MappingProxyType(found.model.composites)
    rng = np.random.default_rng(5)
    sizes = draw_sizes(found.model.shapes, found.model.equations, rng, "distinct", 2)
    arrays = draw(found.model.scope.values, sizes, rng)
    values = {**arrays, **interpret(found.assignments(), arrays, sizes)}
    for adjoint in (one for one in found.adjoints if one.name in values):
        expected = values[adjoint.name]
        forms = {adjoint.names: adjoint.index}
        if adjoint.matrix is not None:
            forms[adjoint.subscript] = adjoint.matrix
        for held, tree in forms.items():
            bound = dict(zip(held, np.shape(expected), strict=False)) or None
            read = parse(to_text(tree), frozenset(functions))
            value = evaluate(read, values, sizes, functions, bound=bound)
            assert np.shape(value) == np.shape(expected), (sizes, to_text(tree))
            assert np.allclose(value, expected, rtol=TOLERANCE, atol=TOLERANCE), (sizes, to_text(tree))


@pytest.mark.parametrize("name", CASES)
def test_every_route_agrees_with_the_gradients(name: str) -> None:
    report = verify(derivation(name))
    assert report.ok, report.findings
    assert report.findings["exact"].figure == "proved"


def test_the_number_of_windows_is_the_whole_part_of_one_quotient() -> None:
    (value,) = [one for one in derivation("stride and padding").model.definitions if one.name == "Z"]
    assert shape_formula(value.tensor.shape).text == "n × m × (floor((H - 1)/2) + 1) × (floor((W - 1)/2) + 1)"
