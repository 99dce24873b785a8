"""HTML: one page that stands alone, KaTeX and its fonts inside, readable offline by ``file://``."""

from __future__ import annotations

import base64
import html
import re
from functools import cache, partial

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gradwright.catalog import content
from gradwright.document.blocks import Blank, Block, Code, Document, Equation, Figure, Steps, Table, Text
from gradwright.document.format import Format
from gradwright.document.latex_rows import aligned
from gradwright.messages import Line, Math, Mono, Piece, plain

_FONTS: tuple[str, ...] = (
    "Main-Regular",
    "Main-Bold",
    "Main-Italic",
    "Math-Italic",
    "Math-BoldItalic",
    "AMS-Regular",
)
_FONTS += ("Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular", "Typewriter-Regular")
_FACE = re.compile(r"@font-face\{[^}]*?url\(fonts/KaTeX_([\w-]+)\.woff2\)[^}]*\}")
_SOURCES = re.compile(r"src:url\(fonts/[^;}]*")


def render(document: Document) -> str:
    """The document as one HTML page."""
    environment = _environment()
    page = environment.get_template("page.html.j2")
    return page.render(
        document=document,
        title=plain(document.title),
        style=Markup(_style()),
        script=Markup(_script()),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(content("templates") / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = _line
    environment.filters["kind"] = _kind
    environment.filters["aligned"] = partial(aligned, tagged=True)
    return environment


def _kind(block: Block) -> str:
    match block:
        case Text() | Equation() | Steps() | Table() | Figure() | Blank() | Code():
            return type(block).__name__.lower()


def _line(line: Line) -> Markup:
    return Markup("".join(_piece(piece) for piece in line))


def _piece(piece: Piece) -> str:
    match piece:
        case Math():
            return f'<span class="math">{html.escape(piece.latex)}</span>'
        case Mono():
            return f"<code>{html.escape(piece.text)}</code>"
        case _:
            return html.escape(piece)


@cache
def _style() -> str:
    folder = content("templates") / "html"
    katex = (folder / "katex" / "katex.min.css").read_text(encoding="utf-8")
    return _FACE.sub(_face, katex) + (folder / "style.css").read_text(encoding="utf-8")


def _face(match: re.Match[str]) -> str:
    """The font face with the font inside, or nothing for a face that no formula here uses."""
    name = match.group(1)
    if name not in _FONTS:
        return ""
    data = (content("templates") / "html" / "katex" / "fonts" / f"KaTeX_{name}.woff2").read_bytes()
    source = f'src:url(data:font/woff2;base64,{base64.b64encode(data).decode("ascii")}) format("woff2")'
    return _SOURCES.sub(lambda _: source, match.group(0))


@cache
def _script() -> str:
    script = (content("templates") / "html" / "katex" / "katex.min.js").read_text(encoding="utf-8")
    return script.replace("</script", "<\\/script")


FORMAT = Format("html", ".html", "HTML page (KaTeX inside, works offline)", render)
