"""The LaTeX printer: a textbook's notation, and nothing that a typesetter refuses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwright.language.latex import to_latex
from gradwright.language.parse import parse
from gradwright.language.scope import Composite, ReadError, Scope, Value
from gradwright.language.shapes import infer
from gradwright.language.tree import Binary, Call, Name, Negate, Number, Tree
from gradwright.language.words import latex_name
from gradwright.tensor.nodes import size

KATEX = Path(__file__).parents[2] / "templates" / "html" / "katex" / "katex.min.js"

SCOPE = Scope(
    {
        name: Value(tuple(size(axis) for axis in axes.split()))
        for name, axes in {
            "X": "n d",
            "W": "d k",
            "b": "k",
            "Y": "n k",
            "P": "n k",
            "Z": "n k",
            "G": "n k",
            "A": "d d",
            "S": "d d",
            "w": "d",
            "x": "d",
            "y": "n",
            "m": "d",
            "z": "d",
            "s": "d",
            "U": "n k",
            "V": "k k",
            "lam": "",
            "c": "",
            "T": "n d k",
            "E": "v d",
            "tokens": "n",
            "dZ": "n k",
        }.items()
    }
)


def order(tree: Tree) -> int | None:
    try:
        return len(infer(tree, SCOPE).shape)
    except ReadError:
        return None


TYPESET = {
    "2*X.T @ (X @ w - y)/n": r"\frac{2}{n} X^\top (X w - y)",
    "(P - Y)/n": r"\frac{P - Y}{n}",
    "-sum(Y*log(P))/n": r"-\frac{1}{n} \sum_{i, j} Y_{ij} \log(P_{ij})",
    "sum((X @ w - y)**2)/n": r"\frac{1}{n} \sum_{i} ((X w)_{i} - y_{i})^{2}",
    "c + lam*sum(w**2)": r"c + \lambda \sum_{i} w_{i}^{2}",
    "sum(x) + sum(w**2)": r"\sum_{i} x_{i} + \sum_{i} w_{i}^{2}",
    "sum(sum(Y, axis=1)**2)": r"\sum_{i} \left(\sum_{j} Y_{ij}\right)^{2}",
    "sum(P - Y, axis=0)": r"(P - Y)^\top \mathbf{1}",
    "P - sum(P, axis=0)/n": r"P - \frac{1}{n} \mathbf{1} \mathbf{1}^\top P",
    "a/(1 - c)/d": r"\frac{a}{(1 - c) d}",
    "sum(P, axis=1)": r"P \mathbf{1}",
    "P*(G - sum(P*G, axis=1, keepdims=True))": r"P \odot (G - (P \odot G) \mathbf{1} \mathbf{1}^\top)",
    "P*(G - sum(P*G, axis=1)[:, None])": r"P \odot (G - (P \odot G) \mathbf{1} \mathbf{1}^\top)",
    "y[:, None]*X": r"\operatorname{diag}(y) X",
    "X*w": r"X \operatorname{diag}(w)",
    "x[:, None] @ z[None, :]": r"x z^\top",
    "outer(x, z) @ w": r"x z^\top w",
    "(z > 0)*x": r"\mathbb{1}[z > 0] \odot x",
    "(z > 0).astype(float)": r"\mathbb{1}[z > 0]",
    "lam*x": r"\lambda x",
    "x*z": r"x \odot z",
    "s*(1 - s)": r"s \odot (1 - s)",
    "x @ z": r"x^\top z",
    "x @ A @ z": r"x^\top A z",
    "x @ A": r"A^\top x",
    "x @ A.T": r"A x",
    "(x - m) @ inv(S) @ (x - m)": r"(x - m)^\top S^{-1} (x - m)",
    "0.5*(x - m) @ inv(S) @ (x - m)": r"0.5 (x - m)^\top S^{-1} (x - m)",
    "(x @ z)*x": r"(x^\top z) x",
    "-2*(U*(P - Y)) @ V": r"-2 (U \odot (P - Y)) V",
    "inv(A).T": r"A^{-\top}",
    "A.T.T": "A",
    "A**2": r"A^{\odot 2}",
    "tanh(A)**2": r"\tanh^{2}(A)",
    "norm2(x)**2": r"\lVert x \rVert_{2}^{2}",
    "norm2(A)": r"\lVert A \rVert_{F}",
    "norm(A, 'fro')": r"\lVert A \rVert_{F}",
    "abs(c)": r"\lvert c \rvert",
    "max(x)": r"\max_{i} x_{i}",
    "E[tokens]": r"E_{\mathrm{tokens}}",
    "1/(1 + exp(-z))": r"\frac{1}{1 + \exp(-z)}",
    "where(z > 0, z, 0)": r"\begin{cases} z & z > 0 \\ 0 & z \le 0 \end{cases}",
    "A @ (A @ x)": "A A x",
    "logdet(A)": r"\log \lvert A \rvert",
    "trace(A @ S)": r"\operatorname{tr}(A S)",
}

WITHOUT_SHAPES = {
    "2*X.T @ (X @ W - Y)/n": r"\frac{2}{n} X^\top (X W - Y)",
    "X.T @ (P - Y)/n": r"\frac{1}{n} X^\top (P - Y)",
    "M*(R - U @ V.T)": r"M \odot (R - U V^\top)",
    "softmax(Q @ K.T/sqrt(d), axis=1) @ V": r"\operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d}}\right) V",
    "softmax(Z, axis=0)": r"\operatorname{softmax}_{0}(Z)",
    "sigmoid(X @ w)": r"\sigma(X w)",
    "step(z)": r"\mathbb{1}[z > 0]",
    "sum_{i, j} X[i, j]*Y[i, j-1]": r"\sum_{i, j} X_{ij} \, Y_{i, j-1}",
    "h[t-1] @ Wh + b": r"h_{t-1} W_{h} + b",
    "W1[i, j]": r"W_{1,ij}",
    "x[i]**2": r"x_{i}^{2}",
    "2*3": r"2 \cdot 3",
    "x*2": r"x \cdot 2",
    "2.5e-3*x": r"2.5 \cdot 10^{-3} x",
    "1e-9": r"10^{-9}",
    "a**b**c": r"a^{b^{c}}",
    "(a**b)**c": r"(a^{b})^{c}",
    "a - (b + c)": "a - (b + c)",
    "-(a + b)": "-(a + b)",
    "(a/b)**2": r"\left(\frac{a}{b}\right)^{2}",
    "n!/(k!*(n-k)!)": r"\frac{n!}{k! (n - k)!}",
    "binomial(n, k)": r"\binom{n}{k}",
    "eye(n) + ones((n, d))": r"I_{n} + \mathbf{1}_{n, d}",
    "einsum('ij,jk->ik', A, B)": r"\operatorname{einsum}(\texttt{ij,jk->ik}, A, B)",
    "dZ": r"\bar{Z}",
}


@pytest.mark.parametrize("text", TYPESET)
def test_a_formula_of_known_shapes_is_printed_as_a_textbook_does(text: str) -> None:
    assert to_latex(parse(text), shape_of=order) == TYPESET[text]


@pytest.mark.parametrize("text", WITHOUT_SHAPES)
def test_a_formula_without_shapes_is_printed_as_a_textbook_does(text: str) -> None:
    assert to_latex(parse(text), {"dZ": r"\bar{Z}"}) == WITHOUT_SHAPES[text]


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("theta", r"\theta"),
        ("lam", r"\lambda"),
        ("Gamma", r"\Gamma"),
        ("Alpha", r"\mathrm{A}"),
        ("omicron", "o"),
        ("W1", "W_{1}"),
        ("WQ", "W_{Q}"),
        ("bf", "b_{f}"),
        ("x_hat", r"\hat{x}"),
        ("x1_hat", r"\hat{x}_{1}"),
        ("x_hat_1", r"\hat{x}_{1}"),
        ("theta_0", r"\theta_{0}"),
        ("x_train", r"x_{\mathrm{train}}"),
        ("loss", r"\mathrm{loss}"),
        ("Deltax", r"\Delta x"),
        ("beta1", r"\beta_{1}"),
        ("pi", r"\pi"),
        ("E", "e"),
        ("손실", r"\text{손실}"),
        ("v_i_j", "v_{i,j}"),
    ],
)
def test_a_name_is_spelled_as_mathematics_does(name: str, latex: str) -> None:
    assert latex_name(name) == latex


def test_a_composite_function_has_its_own_symbol() -> None:
    gelu = Composite("layer_norm", ("x",), (), latex=r"\operatorname{LN}")
    tree = parse("layer_norm(x + y)", frozenset({"layer_norm"}))
    assert to_latex(tree, {}, {"layer_norm": gelu}) == r"\operatorname{LN}(x + y)"


def test_a_very_deep_tree_is_printed() -> None:
    tree: Tree = Name("x")
    for _ in range(3_000):
        tree = Binary("+", tree, Name("y"))
    assert to_latex(tree, shape_of=lambda _: 2).count("y") == 3_000


_leaves = st.one_of(
    st.sampled_from(["A", "X", "W1", "b", "n", "theta", "x_hat", "E", "dZ", "loss", "tokens", "WQ"]).map(
        Name
    ),
    st.fractions(max_denominator=50).map(Number),
    st.sampled_from(
        [
            "x[i]",
            "W1[i, j]",
            "x[:, None]",
            "sum(X)",
            "sum(i, X[i, i])",
            "inv(A).T",
            "1e-9",
            "norm2(X)",
            "z > 0",
            "n!",
        ]
    ).map(parse),
)
_calls = "exp tanh transpose inv sum sqrt abs det norm2 softmax sigmoid logdet step log1p trace"
_trees = st.recursive(
    _leaves,
    lambda trees: st.one_of(
        st.builds(Negate, trees),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**", "@"]), trees, trees),
        st.builds(lambda name, tree: Call(name, (tree,)), st.sampled_from(_calls.split()), trees),
    ),
    max_leaves=15,
)


def faults(text: str) -> str:
    """What a typesetter would refuse: open braces, or two sub- or superscripts on one base."""
    groups: list[set[str]] = [set()]
    pieces = _pieces(text)
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        if piece in "^_" and len(piece) == 1:
            if piece in groups[-1]:
                return f"two {piece}"
            groups[-1].add(piece)
            assert pieces[position + 1] in ("{", "\\top"), text
            if pieces[position + 1] == "{":
                groups.append(set())
            position += 1
        elif piece == "{":
            groups[-1].clear()
            groups.append(set())
        elif piece == "}":
            groups.pop()
            if not groups:
                return "a closing brace too many"
        else:
            groups[-1].clear()
        position += 1
    if text.count(r"\left(") + text.count(r"\left[") != text.count(r"\right)") + text.count(r"\right]"):
        return "unpaired brackets"
    return "" if len(groups) == 1 else "an open brace"


def _pieces(text: str) -> list[str]:
    return re.findall(r"\\[A-Za-z]+|\\.|\S", text)


@given(_trees, st.sampled_from([None, 0, 1, 2]))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_tree_is_printed_as_latex_that_is_refused(tree: Tree, axes: int | None) -> None:
    printed = to_latex(tree, {"dZ": r"\bar{Z}"}, shape_of=None if axes is None else lambda _: axes)
    assert faults(printed) == "", printed


def test_katex_accepts_every_formula() -> None:
    node = shutil.which("node")
    if node is None or not KATEX.exists():
        pytest.skip("needs Node.js and the vendored KaTeX")
    texts = [*TYPESET.values(), *WITHOUT_SHAPES.values()]
    script = (
        f"const k=require({json.dumps(str(KATEX))});"
        "for(const t of JSON.parse(process.argv[1]))k.renderToString(t,{throwOnError:true,strict:'error'})"
    )
    command = [node, "-e", script, json.dumps(texts)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-800:]
