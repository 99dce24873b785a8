"""What a LaTeX text is about, where nothing is declared: its names, their likely shapes, its lines."""

from __future__ import annotations

import pytest

from gradwright.language.scope import ReadError
from gradwright.language.tex.align import lines
from gradwright.language.tex.read import infer_vars, names_in
from tests.language.tex_values import scope_of

NAMES = {
    r"\frac{\pi r}{h+r}": {"r", "h"},
    r"-y\log p-(1-y)\log(1-p)": {"y", "p"},
    r"\sum_{i=1}^{n} x_i + b_1": {"n", "x", "b_1"},
    r"\sigma(z)(1-\sigma(z))": {"z"},
    r"\frac{x-\mu}{\sigma}": {"x", "mu", "sigma"},
    r"\hat{y} e^{-t}": {"y_hat", "t"},
    r"f(x) = w x": {"w", "x"},
    r"\operatorname{softmax}(z)": {"z"},
    r"i i n": {"i", "n"},
    r"\beta m_{t-1} + g_t": {"beta", "m_t_minus_1", "g_t"},
    r"\frac{e^{z_i}}{\sum_{j=1}^k e^{z_j}}": {"z", "k"},
    r"\sigma^2(z) + 1": {"z"},
    r"I^2 R": {"I", "R"},
    r"\begin{cases} a & t>0 \\ b & \text{otherwise}\end{cases}": {"a", "t", "b"},
}


@pytest.mark.parametrize("latex", NAMES)
def test_the_names_of_a_text_are_its_values_without_functions_and_bound_indices(latex: str) -> None:
    assert set(names_in(latex)) == NAMES[latex]


def test_an_array_that_is_declared_takes_its_subscripts_as_indices() -> None:
    scope = scope_of({"z": "k", "X": "n d", "s": ""})
    assert set(names_in(r"e^{z_i - c} + x_i + s_1", scope)) == {"c", "s_1"}


SHAPES: dict[str, dict[str, tuple[str, ...]] | None] = {
    r"\frac{2}{n}X^\top(Xw-y)": {"X": ("n", "d"), "w": ("d",), "y": ("n",)},
    r"(A+A^\top)x": {"A": ("n", "n"), "x": ("n",)},
    r"\operatorname{tr}(AB)": {"A": ("n", "d"), "B": ("d", "n")},
    r"p\odot(g-p^\top g)": {"p": ("n",), "g": ("n",)},
    r"\sum_{i=1}^{k}p_i\log\frac{p_i}{q_i}": {"p": ("k",), "q": ("k",)},
    r"\frac{e^{z_i}}{\sum_{j=1}^{k} e^{z_j}}": {"z": ("k",)},
    r"(X^\top X+\lambda I)^{-1}X^\top y": {"X": ("n", "d"), "lam": (), "y": ("n",)},
    r"\delta x^\top": {"delta": ("n",), "x": ("d",)},
    r"\operatorname{softmax}\left(\frac{QK^\top}{\sqrt{d}}\right)V": {
        "Q": ("n", "k"), "K": ("m", "k"), "d": (), "V": ("m", "p")
    },
    r"p_i(\delta_{ij}-p_j)": {"p": ("n",)},
    r"(I-H)y": {"H": ("n", "n"), "y": ("n",)},
    r"(AB)^{-1}": {"A": ("n", "d"), "B": ("d", "n")},
    r"\frac{1}{n}\sum_{i=1}^n (x_i-\bar{x})^2": {"x": ("n",), "x_bar": ()},
    r"x^2 + 2x": None,
    r"\sigma(z)(1-\sigma(z))": None,
}  # fmt: skip


@pytest.mark.parametrize("latex", SHAPES)
def test_shapes_follow_from_matrix_notation(latex: str) -> None:
    assert infer_vars(latex) == SHAPES[latex]


def test_a_second_text_counts_where_it_fits() -> None:
    assert infer_vars(r"\operatorname{tr}(AB)", r"\operatorname{tr}(A)\operatorname{tr}(B)") == {
        "A": ("n", "n"), "B": ("n", "n")
    }  # fmt: skip


CHAINS = {
    r"\begin{align*} L &= (y - wx)^2 \\ &= y^2 - 2ywx + w^2x^2. \end{align*}": (
        "L = (y - wx)^2",
        "= y^2 - 2ywx + w^2x^2",
    ),
    r"\begin{aligned} a &= b \\[2pt] &= c \nonumber \\ \end{aligned}": ("a = b", "= c"),
    r"\begin{gather} x^2 \label{eq:1} \\ x \cdot x \end{gather}": ("x^2", r"x \cdot x"),
    "$$a = b$$ $$a = c$$": ("a = b", "a = c"),
    r"M = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} \\ M^2": (
        r"M = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
        "M^2",
    ),
    r"\[ a \% % said so" "\n" r"\]": (r"a \%",),
}


@pytest.mark.parametrize("latex", CHAINS)
def test_a_chain_is_cut_into_its_lines(latex: str) -> None:
    assert lines(latex) == CHAINS[latex]


def test_a_chain_beyond_the_bounds_is_refused() -> None:
    with pytest.raises(ReadError):
        lines("a" * 1_000_000)
