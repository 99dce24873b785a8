"""Chains in LaTeX as a course writes them: derivatives as fractions, bars, deltas, indices, time."""

from __future__ import annotations

import pytest

from gradwright.derive.derivation import derive
from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.derived import derived
from gradwright.grade.chain.texleft import TexLeft, tex_left
from gradwright.grade.chain.texnames import spelled
from gradwright.model.load import model
from tests.grade.test_chain import PERCEPTRON, SOFTMAX, verdicts

KNOWN = {"dZ2", "dW1", "dz_f", "dc", "dh", "dW_f", "W1", "delta"}


def known(name: str) -> str:
    return name if name in KNOWN else ""


@pytest.mark.parametrize(
    ("left", "name", "indices"),
    [
        (r"\frac{\partial L}{\partial Z_2}", "dZ2", ""),
        (r"\dfrac{\partial \mathcal{L}}{\partial W_{1}}", "dW1", ""),
        (r"\frac{dL}{dW_{1,ij}}", "dW1", "ij"),
        (r"\partial L/\partial W^{[1]}", "dW1", ""),
        (r"\nabla_{W_1} L", "dW1", ""),
        (r"\nabla_{W_1}", "dW1", ""),
        (r"(\nabla_{W_1} L)_{ij}", "dW1", "ij"),
        (r"\bar{Z}_2", "dZ2", ""),
        (r"\bar{\mathbf{W}}_{1}", "dW1", ""),
        (r"\mathrm{d}W_1", "dW1", ""),
        (r"dz_{f,t}", "dz_f", "t"),
        (r"dz_f^{(t)}", "dz_f", "t"),
        (r"dc_t", "dc", "t"),
        (r"\frac{\partial L}{\partial h_t}", "dh", "t"),
        (r"W_1", "W1", ""),
        (r"\delta", "delta", ""),
    ],
)
def test_a_left_side_is_a_known_name_and_its_indices(left: str, name: str, indices: str) -> None:
    assert tex_left(left, known) == TexLeft(name, tuple(indices))


@pytest.mark.parametrize("left", [r"X^\top \bar{Z}", r"2 dZ_2", r"dQ", r"\frac{a}{b}", "dZ_2 + dW_1", ""])
def test_what_is_no_known_name_is_left_alone(left: str) -> None:
    assert tex_left(left, known) is None


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (r"X^\top dZ_2W_2^\top", r"X^\top \mathrm{dZ2}W_2^\top"),
        (r"x_t^\top dz_{f,t}", r"x_t^\top \mathrm{dz\_f}_{t}"),
        (r"XdW_1", r"X\mathrm{dW1}"),
        (r"\frac{\partial L}{\partial z_{f,t}} \odot f_t", r"\mathrm{dz\_f}_{t} \odot f_t"),
        (r"d X + dQ_2 + \odot", r"d X + dQ_2 + \odot"),
        (r"\frac{1}{d} W_1", r"\frac{1}{d} W_1"),
    ],
)
def test_a_known_adjoint_is_spelled_as_one_word(form: str, text: str) -> None:
    assert spelled(form, known).text == text


def test_a_place_in_the_spelled_form_is_found_in_the_written_one() -> None:
    form = r"X dZ_2 + \odd"
    made = spelled(form, known)
    start = made.text.index("\\odd")
    assert made.written((start, start + 4)) == (form.index("\\odd"), form.index("\\odd") + 4)
    inside = made.text.index("dZ2")
    assert made.written((inside, inside + 3)) == (form.index("dZ_2"), form.index("dZ_2") + 4)


def test_a_perceptron_in_every_notation_of_a_course() -> None:
    text = r"""
    \begin{align*}
    dZ_2 &= \tfrac1n (P - Y) \\
    dW^{[2]} &= A_1^\top dZ^{[2]} \\
    \frac{\partial L}{\partial A_1} &= \frac{\partial L}{\partial Z_2} W_2^\top = dZ_2W_2^\top \\
    \delta_1 &= dA_{1} \odot \mathbb{1}[Z_1 > 0] && \text{by the chain rule} \\
    \nabla_{W_1} L &= X^\top\delta_1 = X^T dZ_1 \\
    (\nabla_{b_1} L)_j &= \sum_i \delta_{1,ij} \\
    \frac{\partial L}{\partial b_{2,k}} &= \frac{1}{n} \sum_{i} (P_{ik} - Y_{ik})
    \end{align*}
    """
    result = check_chain(text, syntax="latex", **PERCEPTRON)
    assert verdicts(result) == ["right"] * 7, [line.feedback for line in result.lines]
    assert [line.name for line in result.lines] == ["dZ2", "dW2", "dA1", "dZ1", "dW1", "db1", "db2"]
    assert [line.number for line in result.lines] == list(range(3, 10))


def test_an_lstm_in_latex_with_one_error() -> None:
    found = derived(derive(model("lstm-classifier"), ["W_f"]))
    text = r"""
    \begin{align}
    dc_t &= dh_t \odot o_t \odot (1 - \tanh^2(c_t)) + dc_{t+1} \odot f_{t+1} \\
    df_t &= dc_t \odot c_{t-1} \\
    dz_{f,t} &= df_t \odot f_t \\
    \frac{\partial L}{\partial W_f} &= \sum_{t} x_t^\top dz_{f,t}
    \end{align}
    """
    result = check_chain(
        text, syntax="latex", vars=found.vars, domain=found.domain, definitions=found.definitions
    )
    assert verdicts(result) == ["right", "right", "wrong", "follows"], [
        line.feedback for line in result.lines
    ]
    assert result.first_wrong == 5 and result.lines[3].since == (5,)


def test_helpers_and_deltas_may_be_used_in_latex() -> None:
    text = r"""\begin{align}
    M &= P - Y \\
    \delta &= \frac{1}{n} M \\
    \tilde{G} &= X^\top M \\
    dW &= \frac{1}{n} \tilde{G} = X^T \delta \\
    db &= \delta^\top \mathbf{1}
    \end{align}"""
    result = check_chain(text, syntax="latex", **SOFTMAX)
    assert verdicts(result) == ["note", "right", "note", "right", "right"], [x.feedback for x in result.lines]


def test_a_letter_below_a_helper_is_no_index_unless_it_is_one() -> None:
    text = r"""\begin{align}
    W_a &= X^\top (P - Y) \\
    Z_s &= P - Y \\
    dZ &= \frac{1}{n} Z_s \\
    Z_i &= X_i W + b \\
    dW &= \frac{1}{n} W_a
    \end{align}"""
    result = check_chain(text, syntax="latex", **SOFTMAX)
    assert verdicts(result) == ["note", "note", "right", "right", "right"], [x.feedback for x in result.lines]
    assert [line.name for line in result.lines] == ["W_a", "Z_s", "dZ", "Z", "dW"]


def test_a_left_side_that_is_no_name_is_handed_back() -> None:
    result = check_chain("dZ &= (P - Y)/n \\\\\n\\int x &= X^\\top dZ", syntax="latex", **SOFTMAX)
    assert verdicts(result) == ["right", "invalid"]
    assert result.lines[1].findings[0].key == "chain.no-name"


def test_an_error_in_latex_shows_the_text_as_it_was_written() -> None:
    result = check_chain(r"dW = X^\top \frac{\partial L}{\partial Z} + \oddity", syntax="latex", **SOFTMAX)
    assert verdicts(result) == ["invalid"]
    lines = result.lines[0].feedback.split("\n")
    at = next(place for place, line in enumerate(lines) if line.lstrip().startswith("^"))
    assert lines[at - 1][lines[at].index("^") :].startswith("\\oddity")
