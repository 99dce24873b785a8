"""The worked solution: what it must say, in each detail, form and language."""

from __future__ import annotations

import re

import pytest

from gradwright.catalog import entries
from gradwright.document.blocks import Equation, Steps, Table, Text, blocks_of
from gradwright.document.derivation import worked_solution
from gradwright.document.format import formats, render
from gradwright.document.writing import begin
from gradwright.errors import UsageError
from gradwright.language.parse import parse
from gradwright.language.text import to_text
from gradwright.language.tree import Name
from gradwright.messages import messages, plain
from gradwright.model.load import model
from tests.document.models import TEXTS, derivation


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("detail", ["brief", "normal", "full"])
@pytest.mark.parametrize("form", ["matrix", "index", "both"])
def test_every_page_can_be_written(name: str, detail: str, form: str) -> None:
    for language in ("en", "ko"):
        document = worked_solution(derivation(name), detail, language, form)
        for format_name in formats():
            assert render(document, format_name)


def test_a_page_ends_with_every_gradient_and_its_shape() -> None:
    document = worked_solution(derivation("softmax"))
    final = [block for block in document.blocks if isinstance(block, Equation)][-1]
    assert [row.left.text for row in final.rows] == ["dW", "db"]
    assert final.rows[0].right.text == "X.T @ (P - Y)/n"
    assert [row.remark.text for row in final.rows if row.remark] == ["d × k", "k"]
    assert final.rows[0].left.latex == r"\frac{\partial L}{\partial W}"


def test_each_equation_number_is_given_once() -> None:
    for name in TEXTS:
        equations = [
            block for block in worked_solution(derivation(name)).blocks if isinstance(block, Equation)
        ]
        numbers = [row.number for block in equations for row in block.rows if row.number]
        assert numbers == list(range(1, len(numbers) + 1))


def test_more_detail_has_more_steps() -> None:
    counts = []
    for detail in ("brief", "normal", "full"):
        steps = [b for b in blocks_of(worked_solution(derivation("softmax"), detail)) if isinstance(b, Steps)]
        counts.append(sum(len(block.entries) for block in steps))
    assert counts[0] == 0 < counts[1] < counts[2], counts


def test_paths_of_a_shared_weight_are_shown_as_contributions_that_add_up() -> None:
    document = worked_solution(derivation("shared"))
    tables = [block for block in blocks_of(document) if isinstance(block, Table)]
    cells = [plain(row[1]) for table in tables for row in table.rows]
    assert [cell for cell in cells if cell.startswith("dW +=")] == ["dW += H.T @ dR", "dW += X.T @ dA"]
    titles = [
        plain(entry.title)
        for block in blocks_of(document)
        if isinstance(block, Steps)
        for entry in block.entries
    ]
    assert any(title.startswith("Several paths") for title in titles)


def test_a_korean_page_has_no_english_sentence() -> None:
    document = worked_solution(derivation("softmax"), lang="ko")
    prose = [block.line for block in blocks_of(document) if isinstance(block, Text)]
    words = "".join(
        piece
        for line in (*prose, document.title, document.subtitle)
        for piece in line
        if isinstance(piece, str)
    )
    assert re.search("[가-힣]", words)
    assert not set(re.findall(r"[A-Za-z]{3,}", words)) - {"adjoint"}


def test_each_factor_of_a_backprop_step_has_its_shape() -> None:
    document = worked_solution(derivation("softmax"))
    tables = [block for block in blocks_of(document) if isinstance(block, Table) and len(block.rows[0]) == 3]
    shown = [tuple(plain(cell) for cell in row) for table in tables for row in table.rows]
    assert ("upstream", "∂L/∂Z = dZ", "n × k") in shown
    assert ("local", "∂L/∂P[i, j] = -Y[i, j]/(n*P[i, j])", "n × k") in shown
    assert ("downstream", "dW = X.T @ dZ", "d × k") in shown


def test_a_long_sum_goes_on_below() -> None:
    page = begin(derivation("softmax"), "normal", "en", "matrix")
    sum_of_many = parse(" + ".join(["X @ W"] * 12) + " - Y")
    lines = page.rows(Name("Z"), sum_of_many)
    assert len(lines) > 1
    assert all(len(line.right.text) < 80 for line in lines)
    assert " ".join(line.right.text.strip() for line in lines) == to_text(sum_of_many)


def test_every_axis_of_the_catalogue_is_named_in_korean() -> None:
    korean = messages("ko")
    for name in entries("models"):
        for meaning in model(name).axes.values():
            assert korean.has(f"axis.{meaning}"), (name, meaning)


def test_an_unknown_detail_is_refused() -> None:
    with pytest.raises(UsageError, match="brief, normal, full"):
        worked_solution(derivation("softmax"), detail="all")
