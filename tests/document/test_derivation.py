"""The worked solution: what it must say, in each detail, form and language."""

from __future__ import annotations

import re

import pytest

from gradwright.document.blocks import Document, Equation, Steps, Text, blocks_of, plain
from gradwright.document.derivation import worked_solution
from gradwright.document.format import formats, render
from gradwright.errors import UsageError
from tests.document.models import TEXTS, derivation


def rows(document: Document) -> list[str]:
    equations = [block for block in blocks_of(document) if isinstance(block, Equation)]
    return [f"{row.left.text} {row.relation} {row.right.text}" for block in equations for row in block.rows]


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
        equations = [block for block in worked_solution(derivation(name)).blocks if isinstance(block, Equation)]
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
    contributions = [row for row in rows(document) if row.startswith("dW[") and " += " in row]
    assert len(contributions) >= 2
    titles = [plain(entry.title) for block in blocks_of(document) if isinstance(block, Steps) for entry in block.entries]
    assert any(title.startswith("Several paths") for title in titles)


def test_a_korean_page_has_no_english_sentence() -> None:
    document = worked_solution(derivation("softmax"), lang="ko")
    prose = [block.line for block in blocks_of(document) if isinstance(block, Text)]
    words = "".join(piece for line in (*prose, document.title, document.subtitle) for piece in line if isinstance(piece, str))
    assert re.search("[가-힣]", words)
    assert not set(re.findall(r"[A-Za-z]{3,}", words)) - {"adjoint"}


def test_an_unknown_detail_is_refused() -> None:
    with pytest.raises(UsageError, match="brief, normal, full"):
        worked_solution(derivation("softmax"), detail="all")
