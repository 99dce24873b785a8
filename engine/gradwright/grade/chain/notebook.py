"""The cells of a notebook, read as JSON; nothing in it is ever run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gradwright.errors import AnswerError

CELLS = 2_000
"""How many cells are read."""


def cells_of(text: str, name: str = "notebook") -> Iterator[tuple[str, str]]:
    """The kind (``code`` or ``markdown``) and the source of each cell.

    Args:
        text: The file.
        name: Its name, for the message of an error.

    Raises:
        AnswerError: The text is no notebook.

    >>> list(cells_of('{"cells": [{"cell_type": "code", "source": ["a = 1"]}]}'))
    [('code', 'a = 1')]
    """
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise AnswerError(
            f"{name} is not a notebook: it is no JSON{where}", hint="save it again from Jupyter"
        ) from error
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise AnswerError(
            f"{name} is not a notebook: it has no list of cells", hint="save it again from Jupyter"
        )
    if len(cells) > CELLS:
        raise AnswerError(f"{name} has {len(cells)} cells; at most {CELLS} are read")
    for cell in cells:
        yield from _cell(cell, name)


def _cell(cell: Any, name: str) -> Iterator[tuple[str, str]]:
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    if kind not in ("code", "markdown"):
        return
    source = cell.get("source", "")
    parts = source if isinstance(source, list) else [source]
    if not all(isinstance(part, str) for part in parts):
        raise AnswerError(f"{name}: a cell's source is not text", hint="save it again from Jupyter")
    text = "".join(parts)
    if not text.startswith("%%"):
        yield kind, text
