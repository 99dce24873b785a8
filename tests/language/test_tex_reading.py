"""How LaTeX is read: left sides, names, numbers, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.tex.read import names_in, read_latex
from gradwright.language.tree import Name
from gradwright.tensor.nodes import size
from tests.language.tex_values import SCOPE, scope_of, text_value, value_of

LEFT_SIDES = {
    r"\nabla_w L = 2w": "dL_dw",
    r"\frac{\partial L}{\partial W} = X^\top(P-Y)": "dL_dW",
    r"\partial L/\partial W = X^\top(P-Y)": "dL_dW",
    r"\nabla_W \mathcal{L} = X^\top (P-Y)": "dL_dW",
    r"dW = X^\top (P-Y)": "dW",
    r"t \approx 11": "t",
    r"f(v) = w^\top v": "f",
    r"w \leftarrow w - \alpha w": "w",
}


@pytest.mark.parametrize("latex", LEFT_SIDES)
def test_a_left_side_is_a_name_and_no_part_of_the_value(latex: str) -> None:
    assert read_latex(latex, SCOPE).target == LEFT_SIDES[latex]


def test_indices_on_the_left_give_the_order_of_the_axes() -> None:
    reading = read_latex("G_{ji} = A_{ij}", SCOPE)
    assert (reading.target, reading.free, reading.ordered) == ("G", ("j", "i"), True)
    assert read_latex("A_{ij}", SCOPE).free == ("i", "j")


def test_a_declared_name_with_a_subscript_wins_over_an_index() -> None:
    scope = scope_of({"x": "d", "x_i": ""})
    assert read_latex("x_i", scope).free == ()
    assert read_latex("x_j", scope).free == ("j",)


def test_a_row_by_an_upper_bound_of_another_axis_is_a_column() -> None:
    scope = scope_of({"W": "d k", "v": "d"})
    np.testing.assert_allclose(
        value_of(r"\sum_{j=1}^{k} w_j^\top v", scope), text_value("sum(W.T @ v)", scope), rtol=1e-12
    )


def test_letters_are_cut_by_the_declared_names() -> None:
    scope = scope_of({"lr": "", "w": "d"})
    np.testing.assert_allclose(value_of("lr w", scope), text_value("lr*w", scope))
    both = scope_of({"l": "", "r": "", "lr": ""})
    np.testing.assert_allclose(value_of("lr", both), text_value("l*r", both))


@pytest.mark.parametrize(
    "latex", [r"$X^\top y$", r"\[ X^\top y \]", r"\(X^\top y\)", r"so it is $\boxed{X^\top y}$."]
)
def test_delimiters_and_words_around_a_formula_are_left_out(latex: str) -> None:
    np.testing.assert_allclose(value_of(latex), text_value("X.T @ y"), rtol=1e-12)


NUMBERS = {
    r"11,\!111": 11111, "1,234,567": 1234567, r"10\,000": 10000, "10{,}000.5": 10000.5, "0{,}25": 0.25,
    "324E-3": 0.324, "092": 92, r"\frac34": 0.75, r"\frac{-42}{6}": -7, r"-3 + 5": 2,
    r"(-7.13)(1.5)": -10.695,
    r"\left\lgroup1+2\right\rgroup\left[3-4\right]": -3, r"\sqrt3": 3**0.5, r"1\sqrt{19}": 19**0.5,
    r"\exponentialE^{3}": np.e**3, r"e^{\ln 2}": 2, r"\lvert7*4/5\rvert": 5.6, r"\gcd(12, 18)": 6,
    r"\max(58*9)": 522, r"38+\min(13, 15-2.3)": 50.7, r"|2||-3|": 6, r"\cfrac{1}{3}": 1 / 3,
    r"{5 \choose 2}": 10, r"\sin 30^\circ": 0.5, "180°": np.pi,
    r"2^{3^2}": 512, r"7\bmod 4": 3, "½": 0.5, "2²": 4, r"\$1,000.00": 1000,
}  # fmt: skip


@pytest.mark.parametrize("latex", NUMBERS)
def test_a_number_is_read_however_it_is_written(latex: str) -> None:
    np.testing.assert_allclose(value_of(latex), NUMBERS[latex], rtol=1e-14)


TWO_MEANINGS = [
    r"v^\top w^\top", r"a/bc", r"\log t/a", r"\log t(1-a)", r"\sin 2 \cdot t", r"A^{1/2}", r"e^{A}",
    r"\frac{1}{A}",
    r"v \times w", r"A * B", r"\|A\|_1", r"x^10", r"a2", r"\sum_{i\ne j} A_{ij}", r"1 \pm t", r"2e-3",
    r"1\frac{1}{2}",
    r"v_{1:2}", r"\begin{cases} a & t>1 \\ c & t<0\end{cases}", r"A v^\top", r"\sum_{i=1}^{k} y_i",
    r"-3 \bmod 2",
]  # fmt: skip


def test_the_letter_of_an_axis_alone_in_a_subscript_is_an_index_and_a_capital_one_the_last_place() -> None:
    scope = Scope({"P": Value((size("n"), size("k"))), "h": Value((size("T"),))})
    assert read_latex(r"P_{ik} - \frac1k", scope).free == ("i", "k_")
    assert read_latex("h_T", scope).free == ()


def test_an_adjoint_is_one_name_though_d_is_an_axis() -> None:
    shape = (size("n"), size("d"))
    scope = Scope({"dz_f": Value(shape), "z_f": Value(shape)})
    for latex in ("dz_f", "dz_{f}", r"\frac{\partial L}{\partial z_f}"):
        assert read_latex(latex, scope).tree == Name("dz_f")


@pytest.mark.parametrize("latex", TWO_MEANINGS)
def test_what_has_two_meanings_is_refused_with_a_next_move(latex: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_latex(latex, SCOPE)
    start, end = caught.value.span
    assert caught.value.hint
    assert 0 <= start < end <= len(latex), caught.value.span


NO_EXPRESSIONS = [
    r"\int t dt", r"\lim_{t \to 0} a", r"[0, 1)", r"(1, 2)", r"\{1, 2\}", r"a \cup c", r"t \in A", r"1, 2, 3",
    r"2t = 4", r"a = c = 3", r"\frac{d}{dt} a", r"\mathbb{E}[t]", r"\sum_{i=1}^{\infty} a", r"1 + \dots + n",
    r"\sigma'(t)", r"\angle A",
]  # fmt: skip


@pytest.mark.parametrize("latex", NO_EXPRESSIONS)
def test_what_is_no_expression_is_refused(latex: str) -> None:
    with pytest.raises(ReadError):
        read_latex(latex, SCOPE)


def test_an_undeclared_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ReadError, match="gama is not declared") as caught:
        read_latex(r"\mathrm{gama} + w", scope_of({"gamma": "", "w": ""}))
    assert "gamma" in caught.value.hint


SPELLINGS = {
    r"\varepsilon": "eps", r"\lambda": "lam", r"\hat x": "x_hat", r"W_{hh}": "Whh", r"\beta_1": "beta1",
    r"W^{(2)}": "W2", r"W^{[2]}": "W_2", r"\mu_{\text{old}}": "mu_old", r"w^*": "w_star", "W_hh": "W_hh",
    r"\hat{W}_1": "W1_hat",
}  # fmt: skip


@pytest.mark.parametrize("latex", SPELLINGS)
def test_a_declared_name_is_found_in_its_latex_spelling(latex: str) -> None:
    name = SPELLINGS[latex]
    scope = scope_of({name: "d"})
    np.testing.assert_allclose(value_of(latex, scope), text_value(name, scope))


def test_letters_in_an_exponent_are_factors_and_no_part_of_the_name() -> None:
    assert set(names_in(r"x^{mn} + y^{\frac{a}{b}} + p^{y_i} + w^{\text{old}}")) == {
        "x", "m", "n", "y", "a", "b", "p", "y_i", "w_old"
    }  # fmt: skip
    scope = scope_of({"x": "", "m": "", "n": ""})
    np.testing.assert_allclose(value_of("x^{mn}", scope), text_value("x**(m*n)", scope))


def test_the_first_place_of_an_expression_may_be_nought() -> None:
    np.testing.assert_allclose(value_of("(Xw)_{0}"), text_value("(X @ w)[0]"))
    np.testing.assert_allclose(value_of("(Xw)_{1}"), text_value("(X @ w)[0]"))
