"""A sum that an earlier value names is read by that name, and every value stays what it was."""

import numpy as np
from sympy import Integer

from gradwright.derive.derivation import derive
from gradwright.derive.sharing import shared
from gradwright.execute.interpret import interpret
from gradwright.model.load import from_expression
from gradwright.tensor.canonical import entry_names, sums_of
from gradwright.tensor.nodes import Assignment, Entry, Index, Sum, Tensor, size

N, D = size("n"), size("d")
ROW, COLUMN, OTHER = Index("i", N), Index("j", D), Index("k", D)
TOTAL = Sum(Entry("X", ROW, OTHER), OTHER)
SIZES = {"n": 3, "d": 4}


def test_the_mean_inside_a_variance_is_the_mean_that_has_a_name() -> None:
    mean = Assignment("m", Tensor((ROW, Index("o", Integer(1))), TOTAL / D))
    spread = Sum((Entry("X", ROW, COLUMN) - TOTAL / D) ** 2, COLUMN) / D
    program = [mean, Assignment("v", Tensor((ROW,), spread))]
    after = shared(program)
    assert after[0] is mean
    assert "m" in entry_names(after[1].tensor.entry)
    assert len(sums_of(after[1].tensor.entry)) == 1
    arrays = {"X": np.random.default_rng(0).normal(size=(3, 4))}
    before, found = interpret(program, arrays, SIZES), interpret(after, arrays, SIZES)
    np.testing.assert_allclose(found["v"], before["v"], rtol=1e-13)


def test_a_sum_over_other_places_is_not_taken_for_it() -> None:
    named = Assignment("s", Tensor((ROW,), TOTAL))
    other = Assignment("c", Tensor((COLUMN,), Sum(Entry("X", ROW, COLUMN), ROW)))
    shifted = Assignment("l", Tensor((ROW,), Sum(Entry("X", ROW - 1, OTHER), OTHER)))
    assert shared([named, other, shifted]) == (named, other, shifted)


def test_a_layer_norm_adds_up_its_mean_once() -> None:
    derivation = derive(from_expression("sum(Y*layer_norm(X))", {"X": "n d", "Y": "n d"}, ["X"]))
    forward = [one for one in derivation.assignments(stable=False) if not one.name.startswith("d")]
    whole = [one for one in forward if len(sums_of(one.tensor.entry)) > 1]
    assert not whole, whole
