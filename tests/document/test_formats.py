"""Every format renders every block, and nothing that a block holds can break out of it."""

from __future__ import annotations

import json
import re

import pytest
from markdown_it import MarkdownIt

from gradwright.catalog import content
from gradwright.document.blocks import (
    Blank,
    Code,
    Document,
    Entry,
    Equation,
    Figure,
    Row,
    Steps,
    Table,
    Text,
    blocks_of,
)
from gradwright.document.format import formats, render
from gradwright.errors import UsageError
from gradwright.messages import Math, Mono, plain

NASTY = "<script>alert(1)</script> & 50% of $x_1$ \\end{document} #1 {b}"
X = Math("X^\\top Z", "X.T @ Z")
ALL = Document(
    ("Title ", X),
    "en",
    (
        Text(("A section",), "section"),
        Text((NASTY, Mono("a_b<c>"), X)),
        Equation((Row(X, X, 1, Math("n \\times d", "n × d")), Row(Math("", ""), X)), boxed=True),
        Equation((Row(X, X, 2),)),
        Steps((Entry(("first",), (Equation((Row(X, X, relation="+="),)), Steps((Entry(("inner",), ()),)))),)),
        Table((("a",), ("b",)), (((X,), (NASTY,)), (("c",), ()))),
        Figure(
            "<svg xmlns='http://www.w3.org/2000/svg'><title>loss</title></svg>", "the loss falls", ("Loss",)
        ),
        Blank("q1", 3),
        Code("x < y & z\n  `w`", "python"),
        Text(("Right.",), "good"),
    ),
    ("Subtitle",),
)


@pytest.mark.parametrize("name", sorted(formats()))
def test_every_format_renders_every_block(name: str) -> None:
    text = render(ALL, name)
    assert text.endswith("\n")
    for word in (
        "A section",
        "Subtitle",
        "first",
        "inner",
        "Right.",
        "q1" if name not in ("latex", "text") else "",
    ):
        assert word in text, (name, word)


def test_the_formats_that_are_promised_are_there() -> None:
    assert {"html", "md", "latex", "text", "json"} <= set(formats())
    assert all(record.suffix.startswith(".") and record.title for record in formats().values())


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="html"):
        render(ALL, "htm")


def test_html_escapes_what_is_not_markup() -> None:
    page = render(ALL, "html")
    body = page[page.index("<main>") : page.index("</main>")]
    assert "<script" not in body
    assert "&lt;script&gt;" in body
    assert "a_b&lt;c&gt;" in body


def test_html_needs_nothing_from_outside() -> None:
    page = render(ALL, "html")
    without_script = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"""(src|href)\s*=\s*["']""", without_script)
    assert not re.search(r"url\((?!data:)", without_script)
    assert "KaTeX_Main" in page and "data:font/woff2;base64," in page


def test_the_vendored_katex_is_one_version_with_its_licence() -> None:
    folder = content("templates") / "html" / "katex"
    version = (folder / "VERSION").read_text(encoding="utf-8").strip()
    assert f'version:"{version}"' in (folder / "katex.min.js").read_text(encoding="utf-8")
    assert f'content:"{version}"' in (folder / "katex.min.css").read_text(encoding="utf-8")
    assert "MIT" in (folder / "LICENSE").read_text(encoding="utf-8")
    for font in re.findall(
        r"url\(fonts/(\S+?\.woff2)\)", (folder / "katex.min.css").read_text(encoding="utf-8")
    ):
        assert (folder / "fonts" / font).is_file(), font


def test_markdown_escapes_prose_and_keeps_its_tables() -> None:
    text = render(ALL, "md")
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert "<script>" not in html
    assert html.count("<tr>") == 3
    assert html.count("<h2>") == 1


def test_latex_escapes_prose() -> None:
    text = render(ALL, "latex")
    assert text.count("\\end{document}") == 1
    assert "\\textbackslash{}end\\{document\\}" in text
    assert "50\\% of \\$x\\_1\\$" in text
    assert text.count("\\begin{") == text.count("\\end{")


def test_json_holds_every_block() -> None:
    data = json.loads(render(ALL, "json"))
    assert [block["block"] for block in data["blocks"]] == [
        type(block).__name__.lower() for block in ALL.blocks
    ]
    assert data["title"] == ["Title ", {"latex": X.latex, "text": X.text}]


def test_text_aligns_korean_letters_by_their_width() -> None:
    table = Table((("이름",), ("b",)), ((("x",), ("1",)), (("긴이름",), ("2",))))
    lines = render(Document(("t",), "ko", (table,)), "text").splitlines()
    width = [sum(2 if ord(letter) > 0x1100 else 1 for letter in line[: line.index(mark)])
             for line, mark in zip(lines[-4:], ("b", " -", "1", "2"), strict=True)]  # fmt: skip
    assert width[0] == width[2] == width[3]


def test_blocks_of_walks_into_steps() -> None:
    assert sum(isinstance(block, Steps) for block in blocks_of(ALL)) == 2
    assert plain(ALL.title) == "Title X.T @ Z"
