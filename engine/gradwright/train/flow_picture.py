"""The sizes of adjoints as a picture: along time with their bounds, or through the layers."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from gradwright.errors import UsageError
from gradwright.execute.cache import write
from gradwright.train.flow import Curve, Flow

COLOURS = ("#1f5a92", "#b5541c", "#3b7d3b", "#6d6a9c", "#8a6d1b", "#7a2e52")
ABOVE = 1e3
"""Bounds leave the picture this far above what was measured: they grow by many powers of ten."""
FONTS = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo")

Say = Callable[..., str]


def can_write(text: str) -> bool:
    """Whether there is a font for a text's letters, which a picture needs."""
    return text.isascii() or font() is not None


def draw_flow(flow: Flow, path: Path, say: Say) -> None:
    """Write the measured sizes as PNG or SVG, by the file's suffix: a panel for each state.

    Args:
        flow: What was measured.
        path: Where to.
        say: The sentence of a key, with its words.

    Raises:
        UsageError: Another suffix, or the file can't be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"{path.name}: a picture is a .png or a .svg file")
    states = list(dict.fromkeys(curve.of for curve in flow.curves))
    figure = Figure(figsize=(1.2 + 5.4 * len(states), 4.6), layout="constrained")
    panels = figure.subplots(1, len(states), squeeze=False, sharey=len(states) > 1)[0]
    settings = list(dict.fromkeys(curve.setting for curve in flow.curves))
    colours = {setting: COLOURS[place % len(COLOURS)] for place, setting in enumerate(settings)}
    for state, axes in zip(states, panels, strict=True):
        for curve in flow.curves:
            if curve.of == state:
                _panel(axes, curve, colours[curve.setting])
        _labels(axes, flow, state, say)
    _limits(panels, flow.curves)
    panels[0].set_ylabel(say(f"y-{flow.along}"), fontproperties=font())
    handles = [
        Line2D([], [], color=colour, label=say(setting.kind, **_words(flow, setting)))
        for setting, colour in colours.items()
    ]
    if any(curve.bound for curve in flow.curves):
        handles.append(Line2D([], [], color="#555555", linestyle="--", label=say("bound")))
    if any(curve.direct for curve in flow.curves):
        handles.append(Line2D([], [], color="#555555", linestyle=":", label=say("direct")))
    columns = 3 * len(states)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False, prop=font())
    figure.suptitle(say("title", model=flow.model), fontproperties=font())
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    try:
        write(path, buffer.getvalue())
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error


def _words(flow: Flow, setting: Any) -> dict[str, str]:
    names = ", ".join(flow.weights) if len(flow.weights) <= 3 else f"{flow.weights[0]}, …"
    return {"weights": names, "number": f"{setting.number:g}", "way": setting.way}


def _panel(axes: Axes, curve: Curve, colour: str) -> None:
    places = range(len(curve.places))
    axes.semilogy(places, _shown(curve.norms), color=colour, marker=".", markersize=4, linewidth=1.6)
    if curve.bound:
        axes.semilogy(places, _shown(curve.bound), color=colour, linestyle="--", linewidth=1.0)
    if curve.direct:
        axes.semilogy(places, _shown(curve.direct), color=colour, linestyle=":", linewidth=1.6)


def _shown(numbers: Sequence[float]) -> list[float]:
    """The numbers that a scale of powers can show."""
    return [number if number > 0 and math.isfinite(number) else math.nan for number in numbers]


def _labels(axes: Axes, flow: Flow, state: str, say: Say) -> None:
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if flow.along == "time":
        axes.set_title(say("panel", state=state), fontproperties=font(), fontsize=11)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        names = [str(place) for place in flow.curves[0].places]
        axes.set_xticks(range(len(names)), names)
    axes.set_xlabel(say(f"x-{flow.along}"), fontproperties=font())


def _limits(panels: Sequence[Axes], curves: Sequence[Curve]) -> None:
    """All that was measured, and bounds no further than they still say something beside it."""
    measured = [n for c in curves for n in _shown((*c.norms, *c.direct)) if not math.isnan(n)]
    if measured:
        low, high = min(measured), max(measured)
        beyond = any(max(c.bound, default=0) > high for c in curves)
        for axes in panels:
            axes.set_ylim(low / 3, high * (ABOVE if beyond else 3))


def font() -> FontProperties | None:
    """A font that has Korean letters, if one is installed."""
    known = {font.name for font in fontManager.ttflist}
    found = next((name for name in FONTS if name in known), None)
    return None if found is None else FontProperties(family=[found, "DejaVu Sans"])
