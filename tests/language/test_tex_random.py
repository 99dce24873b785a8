"""Random expressions, printed and read back: printer and reader agree on precedence and on shapes."""

from __future__ import annotations

import random

import numpy as np

from gradwright.execute.evaluate import evaluate
from gradwright.language.latex import to_latex
from gradwright.language.parse import parse
from gradwright.language.scope import ReadError
from gradwright.language.shapes import infer
from gradwright.language.tex.read import read_latex
from gradwright.language.tree import Tree
from gradwright.model.functions import composites
from tests.language.tex_values import SCOPE, SIZES, arrays_of

COUNT = 1_500
LEAST = 0.98
"""Share that is read back: the rest has two meanings, as the exponential of a square matrix."""
LEAVES = {
    "s": ["lam", "alpha", "c", "a", "t", "beta1", "2", "0.5"], "d": ["w", "v", "m", "mu"], "n": ["y", "u"],
    "k": ["b", "z", "p"], "nd": ["X"], "dk": ["W", "W1"], "dd": ["A", "B", "S"], "nk": ["Y", "P"],
}  # fmt: skip
COMMON = [
    "{same} + {same}", "{same} - {same}", "{s}*{same}", "-{same}", "{same}*{same}", "{same}/{s}", "{same}**2",
    "maximum({same}, {same})", "({same} > 0)*{same}", "exp({same})", "tanh({same})", "sqrt({same})",
    "sigmoid({same})", "relu({same})",
]  # fmt: skip
OWN = {
    "s": ["{d} @ {d}", "sum({nd})", "trace({dd})", "norm2({d})", "{d} @ {dd} @ {d}", "{s}**{s}", "log({s})",
          "max({k})", "abs({s})", "{s}/{s}", "sum({k})"],
    "d": ["{nd}.T @ {n}", "{dd} @ {d}", "sum({nd}, axis=0)", "inv(A) @ {d}"],
    "n": ["{nd} @ {d}", "sum({nk}, axis=1)"],
    "k": ["{dk}.T @ {d}", "softmax({k})", "{d} @ {dk}"],
    "nk": ["{nd} @ {dk}", "{nk} + {k}", "{nk}*{n}[:, None]", "outer({n}, {k})", "softmax({nk}, axis=1)"],
    "dd": ["{dd}.T", "outer({d}, {d})", "{nd}.T @ {nd}", "diag({d})", "{dd} @ {dd}", "{dd} + {s}*eye(d)"],
    "dk": ["{nd}.T @ {nk}", "outer({d}, {k})"],
    "nd": ["{nk} @ {dk}.T", "outer({n}, {d})"],
}  # fmt: skip


def _text(kind: str, depth: int, rng: random.Random) -> str:
    if not depth or rng.random() < 0.1:
        return rng.choice(LEAVES[kind])
    shape = rng.choice(COMMON + OWN[kind]).replace("{same}", "{" + kind + "}")

    while "{" in shape:
        inner = shape[shape.index("{") + 1 : shape.index("}")]
        shape = shape.replace("{" + inner + "}", f"({_text(inner, depth - 1, rng)})", 1)
    return shape


def _order(tree: Tree) -> int | None:
    try:
        return len(infer(tree, SCOPE).shape)
    except ReadError:
        return None


def test_random_expressions_are_read_back_to_the_same_value() -> None:
    rng = random.Random(11)
    arrays = arrays_of(SCOPE)
    read = 0
    for _ in range(COUNT):
        text = _text(rng.choice(sorted(LEAVES)), rng.randint(1, 3), rng)
        tree = parse(text, frozenset(composites()))
        latex = to_latex(tree, {}, composites(), _order)
        try:
            reading = read_latex(latex, SCOPE)
        except ReadError:
            continue
        read += 1
        assert not reading.free, latex
        want = evaluate(tree, arrays, SIZES, composites())
        got = evaluate(reading.tree, arrays, SIZES, composites())
        assert got.shape == want.shape, (text, latex)
        # Powers of sums are rounded in another order where a fraction was moved in front.
        np.testing.assert_allclose(got, want, rtol=1e-6, err_msg=f"{text}: {latex}")
    assert read >= LEAST * COUNT, read
