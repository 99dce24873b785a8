"""A forward value between symbols, such as attention weights, as a heat map with the symbols beside it."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from gradwright.errors import UsageError
from gradwright.execute.cache import write
from gradwright.train.flow_picture import can_write, font

Array = Any
Say = Callable[..., str]
BESIDE = 4
"""Panels in a row."""
SPACE = "␣"
FEW = 12
"""Up to so many places along an axis the numbers stand in the cells."""


@dataclass(frozen=True)
class Map:
    """Numbers between symbols.

    Args:
        name: The value.
        panels: The numbers (panels, rows, columns); a panel a head of attention.
        rows: The symbols beside the rows.
        columns: The symbols below the columns.
        row_axis: Which symbols the rows are: ``made`` or ``source``.
        column_axis: The same for the columns.
        splits: The axis that the panels are of; "" where there is one.
    """

    name: str
    panels: Array
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    row_axis: str
    column_axis: str
    splits: str = ""


def draw_map(shown: Map, path: Path, title: str, say: Say) -> None:
    """Write a heat map as PNG or SVG, by the file's suffix.

    Without a font for the symbols their letters are written as numbers in Unicode.

    Args:
        shown: The numbers and the symbols.
        path: Where to.
        title: What stands above.
        say: The sentence of a key.

    Raises:
        UsageError: Another suffix, or the file can't be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"{path.name}: a picture is a .png or a .svg file")
    count = len(shown.panels)
    across = min(count, BESIDE)
    down = math.ceil(count / across)
    size = 1.2 + 0.46 * len(shown.columns), 0.8 + 0.38 * len(shown.rows)
    figure = Figure(figsize=(1.2 + across * size[0], 0.6 + down * size[1]), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False).ravel()
    known = shown.panels[np.isfinite(shown.panels)]
    low, high = float(known.min(initial=0.0)), float(known.max(initial=1e-12))
    for number, axes in enumerate(grid):
        if number >= count:
            axes.set_visible(False)
            continue
        image = axes.imshow(shown.panels[number], cmap="Blues", vmin=low, vmax=high, aspect="auto")
        _labels(axes, shown, say)
        _numbers(axes, shown.panels[number], low, high)
        if count > 1:
            axes.set_title(f"{shown.splits} = {number}", fontsize=10)
    figure.colorbar(image, ax=list(grid), shrink=0.9)
    figure.suptitle(title if is_writable(title) else shown.name, fontproperties=font())
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    try:
        write(path, buffer.getvalue())
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error


def is_writable(text: str) -> bool:
    """Whether there is a font for a text; every one has the arrow and the sign for a space."""
    return can_write(text.replace("→", "").replace(SPACE, ""))


def _labels(axes: Axes, shown: Map, say: Say) -> None:
    style = FontProperties() if font() is None else font()
    axes.set_xticks(range(len(shown.columns)), _written(shown.columns), fontproperties=style)
    axes.set_yticks(range(len(shown.rows)), _written(shown.rows), fontproperties=style)
    axes.set_xlabel(say(shown.column_axis), fontproperties=style)
    axes.set_ylabel(say(shown.row_axis), fontproperties=style)
    axes.tick_params(length=0)
    if any(len(word) > 3 for word in shown.columns):
        axes.tick_params(axis="x", rotation=60)
    axes.spines[:].set_visible(False)


def _numbers(axes: Axes, panel: Array, low: float, high: float) -> None:
    """The larger numbers in their cells, where there is room."""
    if max(panel.shape) > FEW:
        return
    for (row, column), number in np.ndenumerate(panel):
        if np.isfinite(number) and abs(number) >= 0.05 * max(high, -low):
            colour = "white" if number > (low + high) / 2 else "#1b2a3a"
            axes.text(column, row, f"{number:.2f}", ha="center", va="center", color=colour, fontsize=6.5)


def _written(words: Sequence[str]) -> list[str]:
    """The words as a font can write them; a space is made visible."""
    shown = [SPACE if word == " " else repr(word)[1:-1] if not word.isprintable() else word for word in words]
    return [
        word if is_writable(word) else " ".join(f"U+{ord(letter):04X}" for letter in word) for word in shown
    ]
