"""Every rewriting of an index expression keeps what it is worth: windows, gathers, cases, maxima."""

from __future__ import annotations

import pytest
import sympy
from sympy import Expr

from gradwright.tensor.canonical import canonical, sums_of
from gradwright.tensor.factor import factor
from gradwright.tensor.flatten import flatten
from gradwright.tensor.instantiate import freshen
from gradwright.tensor.nodes import Delta, Entry, Index, MaxOver, ProductOver, Sum, Where, size
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.sift import sift
from gradwright.tensor.tidy import tidy
from tests.tensor.small import SIZES, arrays_of, assert_same, index, shapes_of, values

P, Q, R = index("p", "n"), index("q", "n"), index("r", "n")
C, K, W, T = index("c", "d"), index("k", "k"), index("w", "p"), index("t", "H")
AXES = {"x": "n", "y": "n", "z": "k", "A": "n n", "B": "n d", "D": "d k", "K": "p"}
ARRAYS = arrays_of(AXES)
X, Y = Entry("x", P), Entry("y", P)
POSITIVE = sympy.Gt(Entry("x", P), 0, evaluate=False)

EXPRESSIONS: dict[str, Expr] = {
    "a chain of products": Sum(X * Entry("B", P, C) * Entry("D", C, K) * Entry("z", K), P, C, K),
    "independent parts": Sum(X * Entry("B", P, C) * Entry("z", K) ** 2, P, C, K),
    "an index that nothing uses": Sum(X * Entry("B", P, C), P, C, K),
    "a sum within a sum": Sum(Entry("A", P, Q) * Sum(Entry("A", Q, R) * Entry("x", R), R), Q) * X,
    "a sum within a function": Sum(sympy.exp(Sum(Entry("B", P, C) ** 2, C)), P),
    "three factors in a ring": Sum(Entry("A", P, Q) * Entry("A", Q, R) * Entry("A", R, P), P, Q, R),
    "two sums of one matrix": Sum(Entry("B", P, C) * X, P) + Sum(Entry("B", Q, C) * Entry("y", Q), Q),
    "one line": 1 - sympy.exp(X) / (1 + sympy.exp(X)),
    "both signs": (X - Y) * sympy.exp(Y) + (Y - X) * X,
    "numbers in factors": (2 * X + 2 * Y) * (3 * X - 3) / size("n"),
    "the largest of products": MaxOver(Entry("B", P, C) * Sum(Entry("A", P, Q), Q), C),
    "a product of sums": ProductOver(Entry("x", Q) + Sum(Entry("A", Q, R), R), Q),
    "cases": Where(POSITIVE, Sum(X * Entry("A", P, Q), Q), X) + Where(POSITIVE, X * Y, Y),
    "a strided window": Sum(X * Entry("K", W) * Delta(2 * P + W, T), P, W),
    "a stride": Sum(X * Delta(2 * P, T), P),
    "a shift": Sum(X * Delta(P + 1, T), P),
    "a delta in cases": Sum(Where(POSITIVE, Entry("A", P, Q), 2 * X) * Delta(P, R), P),
    "a delta in a function": Sum(sympy.exp(X * Delta(P, Q)), P),
    "a diagonal": Sum(Entry("A", P, Q) * Delta(P, Q), P, Q),
    "signs and sizes": sympy.sign(X) * sympy.Abs(X) + sympy.sinh(Y) / sympy.cosh(Y),
}


def _sifted(expression: Expr) -> Expr:
    return sift(expression, shapes_of(AXES))


@pytest.mark.parametrize("rewrite", [canonical, factor, flatten, freshen, pull_out, _sifted, tidy])
@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=list(EXPRESSIONS))
def test_a_rewriting_keeps_the_value(expression: Expr, rewrite: object) -> None:
    assert callable(rewrite)
    free = sorted((symbol for symbol in expression.free_symbols if isinstance(symbol, Index)), key=str)
    assert_same(expression, rewrite(expression), free, ARRAYS)


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=list(EXPRESSIONS))
def test_new_names_of_bound_indices_do_not_change_the_canonical_form(expression: Expr) -> None:
    assert canonical(freshen(expression)) == canonical(expression) == canonical(canonical(expression))


def test_a_strided_window_is_sifted_by_the_index_that_has_no_stride() -> None:
    after = _sifted(EXPRESSIONS["a strided window"])
    assert not after.has(Delta)
    (rows,) = (node.bound[0] for node in sums_of(after))
    assert Entry("K", T - 2 * rows) in after.atoms(Entry)


def test_the_delta_of_a_gather_stays() -> None:
    word = index("o", "v")
    before = Sum(X * Delta(Entry("tokens", P), word), P)
    after = sift(before, shapes_of({"x": "n", "tokens": "n"}))
    assert after.has(Delta)
    tokens = (100 * ARRAYS["y"]).astype(int) % SIZES["v"]
    assert_same(before, after, (word,), {**ARRAYS, "tokens": tokens})


def test_only_connected_factors_stay_under_one_sum() -> None:
    after = pull_out(EXPRESSIONS["independent parts"])
    assert sorted(len(node.bound) for node in sums_of(after)) == [1, 2]
    assert len(sums_of(factor(EXPRESSIONS["two sums of one matrix"]))) == 1
    assert pull_out(Sum(X, C, K)) == size("d") * size("k") * X


def test_a_sum_over_nothing_is_its_body() -> None:
    assert Sum.over(X, ()) == X
    assert Sum.over(sympy.S.Zero, (P,)) == 0
    # One addition of three numbers.
    assert values(Sum.over(X, (P,)), (), ARRAYS) == pytest.approx(ARRAYS["x"].sum(), rel=1e-14)


def test_beside_a_delta_an_index_is_read_where_the_delta_puts_it_if_that_is_shorter() -> None:
    word, given = index("o", "n"), Entry("tokens", P)
    product = Delta(word, given) * Entry("y", word) / Entry("y", given)
    assert tidy(product) == Delta(word, given)
    longer = Delta(word, given) * Entry("y", word)
    assert tidy(longer) == longer
