"""The interpreter against NumPy, and against itself along the imaginary axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import sympy
from sympy import Expr

from gradwright.errors import ModelError, UsageError
from gradwright.execute.interpret import interpret
from gradwright.execute.order import Recurrence, needed, order
from gradwright.execute.stable import stable
from gradwright.tensor.nodes import (
    Apply,
    Assignment,
    Delta,
    Entry,
    First,
    Index,
    Iverson,
    MaxOver,
    ProductOver,
    Sum,
    Tensor,
    Where,
    size,
)

n, d, k, T = (size(name) for name in "ndkT")
i, j, c, e, t = Index("i", n), Index("j", d), Index("c", k), Index("e", k), Index("t", T)
SIZES = {"n": 4, "d": 5, "k": 3, "T": 6}


def let(name: str, indices: Sequence[Index], entry: Expr) -> Assignment:
    return Assignment(name, Tensor(tuple(indices), entry))


def value(entry: Expr, indices: Sequence[Index], **arrays: object) -> np.ndarray:
    result: np.ndarray = interpret([let("out", indices, entry)], arrays, SIZES)["out"]
    return result


def test_products_sums_and_elementwise_functions(rng: np.random.Generator) -> None:
    x, w = rng.normal(size=(4, 5)), rng.normal(size=(5, 3))
    product = Sum(Entry("X", i, j) * Entry("W", j, c), j)
    assert np.allclose(value(product, (i, c), X=x, W=w), x @ w, rtol=1e-14)
    assert np.allclose(value(product, (c, i), X=x, W=w), (x @ w).T, rtol=1e-14)
    spread = Sum((Entry("X", i, j) - Sum(Entry("X", i, j), j) / d) ** 2, j) / d
    assert np.allclose(value(spread, (i,), X=x), x.var(axis=1), rtol=1e-13)
    assert np.allclose(value(ProductOver(Entry("X", i, j), j), (i,), X=x), x.prod(axis=1), rtol=1e-14)
    mixed = sympy.tanh(Entry("X", i, j)) + sympy.Max(Entry("X", i, j), 0) / (1 + sympy.Abs(Entry("X", i, j)))
    assert np.allclose(value(mixed, (i, j), X=x), np.tanh(x) + np.maximum(x, 0) / (1 + abs(x)), rtol=1e-14)
    assert np.array_equal(value(sympy.Integer(3) * n, (), X=x), np.array(12.0))
    assert np.array_equal(value(Sum(Entry("b", c), i, c), (), b=np.ones(3)), np.array(12.0))


def test_entries_outside_their_axis_are_0_even_beside_an_infinity() -> None:
    x = np.arange(1.0, 7.0)
    assert np.array_equal(value(Entry("x", t - 1), (t,), x=x), [0, 1, 2, 3, 4, 5])
    assert np.array_equal(value(Entry("x", 2 * t + 1), (t,), x=x), [2, 4, 6, 0, 0, 0])
    bad = Entry("x", t - 1) / t
    assert np.array_equal(value(bad, (t,), x=x), [0, *(x[:5] / np.arange(1, 6))])
    log = Sum(Entry("y", t) * sympy.log(Entry("x", t)), t)
    assert value(log, (), x=np.zeros(6), y=np.zeros(6)) == 0
    guarded = Where(Entry("x", t) > 3, sympy.log(Entry("x", t) - 3), sympy.S.Zero)
    assert np.isfinite(value(guarded, (t,), x=x)).all()


def test_gathers_and_scatters(rng: np.random.Generator) -> None:
    tokens, table = np.array([2, 0, 2, 1]), rng.normal(size=(3, 5))
    assert np.array_equal(value(Entry("E", Entry("w", i), j), (i, j), E=table, w=tokens), table[tokens])
    upstream = rng.normal(size=(4, 5))
    expected = np.zeros((3, 5))
    np.add.at(expected, tokens, upstream)
    scatter = Sum(Entry("G", i, j) * Delta(c, Entry("w", i)), i)
    assert np.allclose(value(scatter, (c, j), G=upstream, w=tokens), expected, rtol=1e-14)
    strided = Sum(Entry("g", i) * Delta(t, 2 * i), i)
    assert np.array_equal(value(strided, (t,), g=np.arange(1.0, 5.0)), [1, 0, 2, 0, 3, 0])
    sifted = Sum(Entry("g", i) * Delta(t, i + 3), i)
    assert np.array_equal(value(sifted, (t,), g=np.arange(1.0, 5.0)), [0, 0, 0, 1, 2, 3])


def test_the_first_of_equal_maxima_is_taken() -> None:
    x = np.array([[1.0, 3, 3], [2, 2, 1], [0, 0, 0], [0, 1, 2]])
    first = First(Entry("X", i, e), sympy.Tuple(e), sympy.Tuple(c))
    assert np.array_equal(value(first, (i, c), X=x), [[0, 1, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]])
    assert np.array_equal(value(MaxOver(Entry("X", i, c), c), (i,), X=x), [3, 2, 0, 2])


def test_conditions_on_places() -> None:
    mask = Iverson(sympy.And(i <= j, sympy.Ne(j, 4)))
    expected = np.triu(np.ones((4, 5)))
    expected[:, 4] = 0
    assert np.array_equal(value(mask, (i, j)), expected)


def test_functions_of_matrices(rng: np.random.Generator) -> None:
    a = rng.normal(size=(5, 5))
    l_ = Index("l", d)
    solved = Sum(Apply("inv", ("A",), j, l_) * Entry("b", l_), l_)
    b = rng.normal(size=5)
    assert np.allclose(value(solved, (j,), A=a, b=b), np.linalg.solve(a, b), rtol=1e-10)
    assert np.allclose(value(Apply("logdet", ("A",)), (), A=a), np.linalg.slogdet(a)[1], rtol=1e-12)
    assert np.isnan(value(Apply("inv", ("A",), j, l_), (j, l_), A=np.zeros((5, 5)))).all()


def test_a_recurrence_runs_forward_and_its_mirror_backward() -> None:
    ahead = [
        let("s", (t,), Entry("s", t - 1) + Entry("x", t)),
        let("r", (t,), Entry("r", t + 1) + Entry("x", t)),
        let("last", (), Entry("s", T - 1)),
    ]
    x = np.arange(1.0, 7.0)
    values = interpret(ahead, {"x": x}, SIZES)
    assert np.array_equal(values["s"], np.cumsum(x))
    assert np.array_equal(values["r"], np.cumsum(x[::-1])[::-1])
    assert values["last"] == 21


def test_a_group_of_values_recurs_in_the_order_in_which_they_need_one_another() -> None:
    program = [
        let("h", (t,), Entry("o", t) * sympy.tanh(Entry("c", t))),
        let("c", (t,), Entry("c", t - 1) / 2 + Entry("o", t)),
        let("o", (t,), Entry("x", t) + Entry("h", t - 1)),
    ]
    (group,) = order(program)
    assert isinstance(group, Recurrence)
    assert [member.name for member in group.assignments] == ["o", "c", "h"]
    x, h, cell = np.linspace(-1, 1, 6), 0.0, 0.0
    result = interpret(program, {"x": x}, SIZES)["h"]
    for place in range(6):
        o = x[place] + h
        cell = cell / 2 + o
        h = o * np.tanh(cell)
        assert abs(result[place] - h) < 1e-15


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ([let("a", (t,), Entry("b", t)), let("b", (t,), Entry("a", t))], "a, b need one another"),
        ([let("a", (), Entry("b")), let("b", (), Entry("a"))], "cyclic"),
        ([let("a", (t,), Entry("a", t - 1) + Entry("a", t + 1))], "both earlier and later"),
        ([let("a", (t,), Sum(Entry("a", Index("s", T)), Index("s", T)))], "fixed distance"),
        ([let("a", (), Entry("x")), let("a", (), Entry("x"))], "defined twice"),
    ],
)
def test_a_cycle_without_a_step_in_time_is_refused(program: list[Assignment], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        order(program)


def test_only_what_the_outputs_need_is_kept() -> None:
    program = [let("a", (), Entry("x")), let("b", (), Entry("a")), let("z", (), Entry("a"))]
    assert [item.name for item in needed(program, ["b"])] == ["a", "b"]


def test_a_missing_value_or_size_is_named() -> None:
    with pytest.raises(UsageError, match="X is missing"):
        value(Entry("X", i), (i,))
    with pytest.raises(UsageError, match="axis q has no size"):
        value(Entry("x", Index("a", size("q"))), (Index("a", size("q")),), x=np.ones(2))


def test_a_complex_step_is_the_derivative(rng: np.random.Generator) -> None:
    x = Entry("x", j)
    entry = (
        sympy.Abs(x)
        + sympy.Max(x, sympy.Rational(1, 5))
        + Where(x > 0, x**2, -x)
        + sympy.erf(x)
        + sympy.sqrt(1 + x**2)
        + 2**x
        + sympy.atan2(x, 2)
        + sympy.log(1 + sympy.exp(x))
    )
    at = rng.normal(size=5)
    step = value(entry, (j,), x=at + 1e-30j).imag / 1e-30
    difference = (value(entry, (j,), x=at + 1e-6) - value(entry, (j,), x=at - 1e-6)) / 2e-6
    assert np.abs(step - difference).max() < 1e-8


def test_overflow_is_avoided_where_the_value_is_finite() -> None:
    z = np.array([[1000.0, 0, -1000]] * 4)
    share = sympy.exp(Entry("Z", i, c)) / Sum(sympy.exp(Entry("Z", i, e)), e)
    assert np.array_equal(value(share, (i, c), Z=z)[0], [1, 0, 0])
    total = sympy.log(Sum(sympy.exp(Entry("Z", i, e)), e))
    assert np.array_equal(value(total, (i,), Z=z), [1000] * 4)
    weighted = Sum(sympy.exp(Entry("Z", i, e)) * Entry("v", e), e) / Sum(sympy.exp(Entry("Z", i, e)), e)
    assert np.array_equal(value(weighted, (i,), Z=z, v=np.array([3.0, 1, 1])), [3] * 4)
    x = sympy.exp(Entry("Z", i, c))
    assert np.array_equal(value(x / (1 + x), (i, c), Z=z)[0], [1, 0.5, 0])
    assert np.array_equal(value(x / (1 + x) ** 2, (i, c), Z=z)[0], [0, 0.25, 0])
    assert np.array_equal(value(sympy.log(1 + x), (i, c), Z=z)[0], [1000, np.log(2), 0])
    pair = sympy.log(sympy.exp(Entry("Z", i, c)) + sympy.exp(2 * Entry("Z", i, c)))
    assert np.array_equal(value(pair, (i, c), Z=z)[0], [2000, np.log(2), -1000])
    cross = [let("P", (i, c), share), let("L", (i, c), -sympy.log(Entry("P", i, c)))]
    assert np.array_equal(interpret(cross, {"Z": z}, SIZES)["L"][0], [0, 1000, 2000])
    logistic = [
        let("p", (c,), 1 / (1 + sympy.exp(-Entry("Z", sympy.S.Zero, c)))),
        let("L", (c,), sympy.log(1 - Entry("p", c))),
    ]
    assert np.array_equal(interpret(logistic, {"Z": z}, SIZES)["L"], [-1000, -np.log(2), 0])


def test_the_stable_form_is_equal(rng: np.random.Generator) -> None:
    z = rng.normal(size=(4, 3))
    a, b = sympy.exp(Entry("Z", i, c)), Sum(sympy.exp(Entry("Z", i, e)), e)
    x, y = np.exp(z), np.exp(z).sum(axis=1, keepdims=True)
    pairs = [
        (a / b, x / y),
        (a * b**-2, x / y**2),
        (sympy.log(b), np.log(y)),
        (1 / b, 1 / y),
        (a / (1 + a), x / (1 + x)),
        (a**2 / (1 + a) ** 3, x**2 / (1 + x) ** 3),
        (sympy.log(1 + a), np.log(1 + x)),
    ]
    for entry, expected in pairs:
        got = value(stable(entry), (i, c), Z=z)
        assert np.allclose(got, np.broadcast_to(expected, (4, 3)), rtol=1e-13)
