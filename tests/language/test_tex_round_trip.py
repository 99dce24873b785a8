"""What the LaTeX printer writes is read back to the same value: closed forms, and every model's pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright import catalog
from gradwright.derive.derivation import derive
from gradwright.document.notation import Notation
from gradwright.execute.evaluate import evaluate
from gradwright.execute.sample import draw_sizes, shape_of
from gradwright.language.latex import to_latex
from gradwright.language.parse import parse
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.shapes import infer
from gradwright.language.tex.read import read_latex
from gradwright.language.tree import Item, Name, Slice, Tree, walk
from gradwright.language.tree import names as tree_names
from gradwright.model.functions import composites
from gradwright.model.load import load
from gradwright.tensor.nodes import size
from tests.models import MANY, is_large

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "derive" / "closed_forms.jsonl").read_text().splitlines()
]
MODELS = sorted((catalog.content("problems") / "models").glob("*.toml"))
LEAST = 0.93
"""The share of closed forms that is read back; the rest is einsum, options, and slices with bounds."""
LEAST_OF_PAGES = 0.9
"""The same for the formulas of the models' pages; there the printer leaves out the axes that are kept."""


def _arrays(scope: Scope, sizes: dict[str, int]) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    arrays = {}
    for name, value in scope.values.items():
        shape = shape_of(value.shape, sizes)
        whole = value.domain in ("count", "posint")
        arrays[name] = np.ones(shape) if whole else rng.uniform(0.2, 0.9, size=shape)
    return arrays


def _read_back(latex: str, scope: Scope) -> Tree | None:
    """The tree, or None where the text is refused or the printer has dropped an axis that it needs."""
    try:
        reading = read_latex(latex, scope)
        if not reading.free:
            infer(reading.tree, scope)
    except ReadError:
        return None
    return reading.tree


def test_closed_forms_are_read_back_to_the_same_value() -> None:
    total = read = 0
    for row in ROWS:
        values = {
            name: Value(tuple(size(axis) for axis in axes.split())) for name, axes in row["vars"].items()
        }
        scope = Scope(values, composites())

        def order(tree: Tree, scope: Scope = scope) -> int | None:
            try:
                return len(infer(tree, scope).shape)
            except ReadError:
                return None

        sizes: dict[str, int] = {}
        for axes in row["vars"].values():
            for axis in axes.split():
                sizes.setdefault(axis, 1 if axis == "1" else len(sizes) + 2)
        for text in filter(None, (row["expr"], row.get("gradient"))):
            tree = parse(text, frozenset(composites()))
            try:
                want = evaluate(tree, _arrays(scope, sizes), sizes, composites())
            except ReadError:
                continue
            total += 1
            back = _read_back(to_latex(tree, {}, composites(), order), scope)
            if back is None:
                continue
            read += 1
            got = evaluate(back, _arrays(scope, sizes), sizes, composites())
            assert got.shape == want.shape, (text, got.shape, want.shape)
            # Inverses and long sums are evaluated in another order.
            np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-9, err_msg=text)
    assert read >= LEAST * total, (read, total)


def test_the_formulas_of_every_page_are_read_back_to_the_same_value(many: int) -> None:
    total = read = 0
    for file in MODELS:
        if is_large(file) and many < MANY:
            continue
        derivation = derive(load(file))
        model = derivation.model
        values = {name: Value(tuple(shape)) for name, shape in derivation.shapes.items()} | dict(
            model.scope.values
        )
        scope = Scope(values, model.composites)
        bars = {adjoint: value for value, adjoint in derivation.adjoint_of.items()}
        notation = Notation(bars, model.composites, values)
        sizes = dict(draw_sizes(values, model.equations, np.random.default_rng(2), "distinct"))
        arrays = _arrays(scope, sizes)
        for left, right in derivation.equations():
            bound = {}
            if isinstance(left, Item) and isinstance(left.target, Name):
                lengths = shape_of(values[left.target.name].shape, sizes)
                names = [selector.name for selector in left.selectors if isinstance(selector, Name)]
                bound = dict(zip(names, lengths, strict=False))
            if any(isinstance(node, Slice) and (node.start or node.stop) for node in walk(right)):
                continue  # LaTeX has no notation for a part of an axis
            if "[0 = " in notation.math(right).latex:
                continue  # that something is the place 0 does not tell that counting begins there
            total += 1
            back = _read_back(notation.math(right).latex, scope)
            if back is None:
                continue
            read += 1
            want = evaluate(right, arrays, sizes, model.composites, bound=bound or None)
            # An index that has an axis's letter is read as a name of its own.
            spelled = {f"{one}_" if f"{one}_" in tree_names(back) else one: n for one, n in bound.items()}
            got = evaluate(back, arrays, sizes, model.composites, bound=spelled or None)
            np.testing.assert_allclose(
                got, want, rtol=1e-9, err_msg=f"{file.stem}: {notation.math(right).latex}"
            )
    assert read >= LEAST_OF_PAGES * total, (read, total)


@pytest.mark.parametrize("latex", [r"h_{T-1}", r"\sum_{t} \mathbb{1}[t = T - 1] h_t", "h_T"])
def test_the_last_time_is_found_as_pages_and_as_mathematics_write_it(latex: str) -> None:
    scope = Scope({"h": Value((size("T"), size("m")))})
    h = np.random.default_rng(0).normal(size=(4, 3))
    got = evaluate(read_latex(latex, scope).tree, {"h": h}, {"T": 4, "m": 3})
    np.testing.assert_allclose(got, h[-1])
