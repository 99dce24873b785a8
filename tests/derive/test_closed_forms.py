"""The closed forms of some hundred textbook losses are right, read back, and as short as the textbook's."""

from __future__ import annotations

import io
import json
import tokenize
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.derive.derivation import Derivation, derive
from gradwright.execute.evaluate import evaluate
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw, draw_sizes
from gradwright.language.parse import parse
from gradwright.language.text import to_text
from gradwright.model.functions import composites
from gradwright.model.load import from_expression
from gradwright.model.model import Model

FUNCTIONS = composites()
ROWS = [json.loads(line) for line in (Path(__file__).parent / "closed_forms.jsonl").read_text().splitlines()]
TINY = 1e-30
"""The complex step's length: its error is the square of it, far below rounding."""
TOLERANCE = 1e-7
"""Inverses at condition numbers near 100 leave nine of sixteen figures at worst."""
LONGER = 1.3
"""How much longer than the textbook's form a closed form may be, in tokens."""
TALL = (5, 3, 4, 6, 2, 7, 8, 9, 10)
"""Sizes in the order in which axes are declared: data matrices have more rows than columns."""


def _sizes(row: dict[str, Any], model: Model, mode: str) -> dict[str, int]:
    if model.equations:
        return draw_sizes(model.scope.values, model.equations, np.random.default_rng(2), mode)
    names = dict.fromkeys(
        str(symbol)
        for value in model.scope.values.values()
        for extent in value.shape
        for symbol in extent.free_symbols
    )
    counts = dict(zip(names, TALL, strict=False)) if mode == "distinct" else dict.fromkeys(names, 3)
    return {**counts, **row.get("sizes", {})} if mode == "distinct" else counts


@cache
def _derived(place: int) -> Derivation:
    row = ROWS[place]
    model = from_expression(row["expr"], row["vars"], row["wrt"], row["domain"])
    return derive(model, [row["wrt"]])


def _slope(
    row: dict[str, Any], arrays: dict[str, np.ndarray], sizes: dict[str, int], way: np.ndarray
) -> float:
    """The derivative along a direction, by the complex step on the expression as it was written."""
    moved = {**arrays, row["wrt"]: arrays[row["wrt"]] + TINY * 1j * way}
    tree = parse(row["expr"], frozenset(FUNCTIONS))
    return float(np.imag(evaluate(tree, moved, sizes, FUNCTIONS)) / TINY)


@pytest.mark.parametrize("place", range(len(ROWS)), ids=[row["id"] for row in ROWS])
def test_every_form_of_the_gradient_has_the_right_value(place: int) -> None:
    row, derivation = ROWS[place], _derived(place)
    name = row["wrt"]
    (own,) = [adjoint for adjoint in derivation.adjoints if adjoint.of == name]
    matrix = derivation.gradients[name].matrix
    for mode in ("distinct", "equal"):
        rng = np.random.default_rng(1)
        sizes = _sizes(row, derivation.model, mode)
        arrays = draw(derivation.model.scope.values, sizes, rng)
        values = {**arrays, **interpret(derivation.assignments(), arrays, sizes)}
        forms = {"adjoint": values[own.name]}
        bound = dict(zip(own.names, np.shape(arrays[name]), strict=True)) or None
        index = parse(to_text(own.index), frozenset(FUNCTIONS))
        forms["index"] = evaluate(index, values, sizes, FUNCTIONS, bound=bound)
        if matrix is not None:
            read = parse(to_text(matrix), frozenset(FUNCTIONS))
            assert read == matrix
            forms["matrix"] = evaluate(read, arrays, sizes, FUNCTIONS)
        if "gradient" in row:
            written = parse(row["gradient"], frozenset(FUNCTIONS))
            forms["textbook"] = evaluate(written, arrays, sizes, FUNCTIONS)
        for _ in range(2):
            way = rng.normal(size=np.shape(arrays[name]))
            expected = _slope(row, arrays, sizes, way)
            for kind, value in forms.items():
                assert np.shape(value) == np.shape(arrays[name]), (kind, mode)
                found = float(np.sum(value * way))
                assert found == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE), (kind, mode)


@pytest.mark.parametrize("place", [place for place, row in enumerate(ROWS) if "gradient" in row])
def test_the_closed_form_is_about_as_short_as_the_textbook_s(place: int) -> None:
    row = ROWS[place]
    matrix = _derived(place).gradients[row["wrt"]].matrix
    assert matrix is not None, row["id"]
    found = to_text(matrix)
    assert _tokens(found) <= LONGER * _tokens(row["gradient"]), (row["id"], found, row["gradient"])


def _tokens(text: str) -> int:
    kinds = (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER)
    words = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(word.type not in kinds and word.string != "" for word in words)
