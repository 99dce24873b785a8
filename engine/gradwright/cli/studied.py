"""``gradwright derive FUNCTION``: the page of one function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gradwright import catalog
from gradwright.cli.output import deliver
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from gradwright.document.blocks import Document


def names_function(target: str) -> bool:
    """Whether a TARGET is the name of a function, and of no model and no file."""
    if target in catalog.entries("functions"):
        return True
    if not target.isidentifier() or target in catalog.entries("models") or Path(target).is_file():
        return False
    from gradwright.derive.alone import is_function

    return is_function(target)


def study(
    name: str,
    wrt: str | None,
    detail: str,
    lang: str,
    format_name: str,
    output: Path | None,
    plot: Path | None,
) -> None:
    """Write the page of a function, and its picture where one is asked for.

    Raises:
        UsageError: ``--wrt`` is given, the picture is no SVG or PNG file, or the function can't be studied.
    """
    if wrt is not None:
        raise UsageError(
            f"{name} is a function: it is differentiated by its arguments", hint="leave --wrt out"
        )
    from gradwright.document.format import render

    deliver(render(_page(name, detail, lang, plot, format_name in ("html", "json")), format_name), output)


def _page(name: str, detail: str, lang: str, plot: Path | None, pictured: bool) -> Document:
    from gradwright.derive.activation import activation
    from gradwright.derive.alone import whole
    from gradwright.derive.derivation import derive
    from gradwright.document.activation_page import activation_page
    from gradwright.document.function_page import function_page

    found = activation(name)
    if found is None:
        if plot is not None:
            raise UsageError(f"--plot draws functions of one number, and {name} is none")
        return function_page(derive(whole(name)), detail, lang)
    picture = ""
    if plot is not None or pictured:
        from gradwright.document.curve import draw

        if plot is not None:
            _write(plot, draw(found, _kind(plot)))
        drawn = draw(found).decode() if pictured else ""
        picture = drawn[drawn.find("<svg") :] if drawn else ""
    return activation_page(found, detail, lang, picture)


def _kind(plot: Path) -> str:
    kind = plot.suffix.lower().lstrip(".")
    if kind not in ("svg", "png"):
        raise UsageError(f"{plot.name}: a picture is a .png or a .svg file")
    return kind


def _write(path: Path, data: bytes) -> None:
    from gradwright.execute.cache import write

    try:
        write(path, data)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
