"""The paths of optimizers over the contours of a loss, as a picture."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure

from gradwright import catalog
from gradwright.errors import UsageError
from gradwright.execute.cache import write
from gradwright.messages import Messages
from gradwright.model.model import Model
from gradwright.train.paths import Course, axes_of, surface

Array = Any
KOREAN = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "NanumBarunGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
    "UnDotum",
    "Baekmuk Dotum",
)
COLOURS = ("#d1495b", "#1f5a92", "#3b7d3b", "#b5771c", "#6d4c9c", "#00868b", "#8a5a44", "#444444")
SIDE, LEVELS = 160, 18


def korean_font() -> str | None:
    """The name of a font with Korean letters that matplotlib finds; None if there is none."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in KOREAN if name in known), None)


def font_for(language: str) -> str | None:
    """The font for a language's letters; None where matplotlib's own will do or there is none."""
    return korean_font() if language == "ko" else None


def draw(
    model: Model, courses: Sequence[Course], path: Path, prose: Messages, font: str | None = None
) -> None:
    """Write the picture as PNG or SVG, by the file's suffix.

    Args:
        model: The loss.
        courses: The paths.
        path: The file.
        prose: The words of the legend.
        font: A font that has their letters.

    Raises:
        UsageError: Another suffix, or the file can't be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"{path.name}: a picture is a .png or a .svg file")
    own: Any = {
        "font.family": [font, "DejaVu Sans"] if font else ["DejaVu Sans"],
        "svg.hashsalt": "gradwright",
    }
    buffer = io.BytesIO()
    with matplotlib.rc_context(own):
        figure = figure_of(model, courses, prose)
        figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    try:
        write(path, buffer.getvalue())
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error


def figure_of(model: Model, courses: Sequence[Course], prose: Messages) -> Figure:
    """The picture, in the language of ``prose``."""
    figure = Figure(figsize=(7.6, 5.6), layout="constrained")
    axes = figure.subplots()
    first, second = axes_of(model)
    low, high = _box(courses)
    _contours(axes, lambda x, y: surface(model, x, y), low, high)
    for course, colour in zip(courses, _colours(len(courses)), strict=True):
        label = prose.text(
            "paths.lost" if course.is_lost else "paths.line",
            optimizer=catalog.title(
                catalog.table(catalog.entries("optimizers")[course.optimizer]), prose.language
            ),
            rate=f"{course.rate:g}",
            steps=len(course.points) - 1,
            loss=f"{course.losses[-1]:.3g}",
        )
        axes.plot(
            *course.points.T, color=colour, linewidth=1.5, marker=".", markersize=4, alpha=0.85, label=label
        )
        if not course.is_lost:
            axes.plot(*course.points[-1], color=colour, marker="*", markersize=13, markeredgecolor="white")
    start = courses[0].points[0]
    axes.plot(*start, "o", color="black", markersize=7, label=prose.text("paths.start"), linestyle="none")
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel=first, ylabel=second)
    axes.set_title(model.title.get(prose.language, model.name))
    figure.legend(loc="outside lower center", ncols=1, frameon=False, fontsize=9)
    return figure


def _colours(count: int) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(count)]


def _box(courses: Sequence[Course]) -> tuple[Array, Array]:
    """The corners of what is shown: every path that stayed near, and the others' beginnings."""
    start = courses[0].points[0]
    stayed = [course.points for course in courses if not course.is_lost]
    shown = np.concatenate([start[None], *(stayed or [course.points[:-1] for course in courses])])
    low, high = shown.min(axis=0), shown.max(axis=0)
    room = np.maximum(0.12 * (high - low), 0.25 * max(float((high - low).max()), 0.1))
    return low - room, high + room


def _contours(axes: Any, loss: Callable[[Array, Array], Array], low: Array, high: Array) -> None:
    """Lines of equal loss, as many points between any two neighbours."""
    across, up = (np.linspace(low[place], high[place], SIDE) for place in (0, 1))
    grid = np.meshgrid(across, up)
    values = loss(grid[0].ravel(), grid[1].ravel()).reshape(SIDE, SIDE)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return
    levels = np.unique(np.quantile(finite, np.linspace(0, 1, LEVELS)))
    if len(levels) < 3:
        return
    known = np.ma.masked_invalid(values)
    axes.contourf(across, up, known, levels=levels, cmap="Greys_r", alpha=0.35)
    axes.contour(across, up, known, levels=levels, colors="#555555", linewidths=0.5, alpha=0.6)
