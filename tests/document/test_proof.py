"""The page of a proof reads like one, in every format and in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.document.blocks import Document, Equation, Steps, Table, Text, blocks_of
from gradwright.document.format import formats, render
from gradwright.document.latex_rows import aligned
from gradwright.document.proof import proof_page
from gradwright.errors import UsageError
from gradwright.messages import Math, plain
from tests.derive.proof.proofs import catalogued
from tests.document.test_katex import NODE, refused

NAMES = list(catalog.entries("statements"))
GOLDEN = Path(__file__).parent / "golden"
SHOWN = (("attention-scaling", "en"), ("xor", "en"), ("n-gram-counts", "ko"), ("adam-bias", "ko"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_is_rendered_in_every_format(name: str, language: str) -> None:
    page = proof_page(catalogued(name), "full", language)
    for form in formats():
        text = render(page, form)
        assert text.endswith("\n") and "{" + "value}" not in text
    assert json.loads(render(page, "json"))["language"] == language


@pytest.mark.parametrize("name", NAMES)
def test_a_page_in_korean_has_no_english_sentence(name: str) -> None:
    page = proof_page(catalogued(name), "full", "ko")
    for block in blocks_of(page):
        if isinstance(block, Text):
            words = "".join(piece for piece in block.line if isinstance(piece, str))
            assert not re.search(r"[a-z]{3,} [a-z]{3,}", words), words


@pytest.mark.parametrize("name", NAMES)
def test_brief_has_no_reasons_and_full_explains_each_rule_once(name: str) -> None:
    brief, normal, full = (proof_page(catalogued(name), detail) for detail in ("brief", "normal", "full"))
    assert not any(isinstance(block, Steps) for block in blocks_of(brief))
    assert any(isinstance(block, Steps) for block in blocks_of(normal))
    notes = [plain(b.line) for b in blocks_of(full) if isinstance(b, Text) and b.style == "note"]
    assert notes and len(set(notes)) == len(notes)


def test_a_claim_ends_with_its_sign_and_a_question_with_its_answer() -> None:
    text = render(proof_page(catalogued("he")), "text")
    assert text.count("∎") == 1
    assert text.count("## Answer") == 2
    assert text.rstrip().endswith("v = 2/n")


def test_what_is_given_is_told() -> None:
    table = next(b for b in blocks_of(proof_page(catalogued("he"))) if isinstance(b, Table))
    rows = [" | ".join(plain(cell) for cell in row) for row in table.rows]
    assert (
        "z | n | random, variance s, z and its negative have the same distribution, independent entries"
        in rows
    )


def test_an_adjoint_has_its_bar() -> None:
    assert "\\bar{x}_{i}" in render(proof_page(catalogued("xavier")), "md")


def test_an_unknown_detail_is_refused() -> None:
    with pytest.raises(UsageError, match="brief, normal, full"):
        proof_page(catalogued("he"), "long")


@pytest.mark.parametrize(("name", "language"), SHOWN)
def test_the_text_is_the_golden_one(name: str, language: str, rewrite: bool) -> None:
    text = render(proof_page(catalogued(name), "normal", language), "text")
    file = GOLDEN / f"{name}.{language}.txt"
    if rewrite:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def _formulas(page: Document) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    for block in blocks_of(page):
        if isinstance(block, Equation):
            found.append((aligned(block, tagged=True), True))
        lines = [getattr(block, "line", ())]
        if isinstance(block, Table):
            lines += [*block.heading, *(cell for row in block.rows for cell in row)]
        if isinstance(block, Steps):
            lines += [entry.title for entry in block.entries]
        found += [(piece.latex, False) for line in lines for piece in line if isinstance(piece, Math)]
    return found


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
def test_katex_sets_every_formula() -> None:
    pages = [proof_page(catalogued(name), "full", language) for name in NAMES for language in ("en", "ko")]
    formulas = [one for page in pages for one in _formulas(page)]
    assert refused(formulas) == ""
