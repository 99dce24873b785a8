"""Where the time of a step goes, as a picture: a bar for each value, coloured by what it is for."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch

from gradwright.errors import UsageError
from gradwright.execute.cache import write
from gradwright.train.profile import Part, Profile

COLOURS = {"forward": "#1f5a92", "both": "#6d6a9c", "backward": "#b5541c", "update": "#3b7d3b"}
WORDS = {"both": "forward and backward"}
MOST = 24
"""So many bars at the most, each of so great a share at the least; what is left is one bar."""
LEAST = 0.003


def draw_profile(profile: Profile, path: Path, title: str = "") -> None:
    """Write the profile as PNG or SVG, by the file's suffix; small parts beyond the longest are one bar.

    Raises:
        UsageError: Another suffix, or the file can't be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"{path.name}: a picture is a .png or a .svg file")
    shown = _longest(profile)
    rest = profile.total - sum(part.microseconds for part in shown)
    names = [_name(part) for part in shown] + (
        [f"{len(profile.parts) - len(shown)} others"] if rest > 0 else []
    )
    lengths = [part.microseconds for part in shown] + ([rest] if rest > 0 else [])
    colours = [COLOURS[part.kind] for part in shown] + (["#8a8a8a"] if rest > 0 else [])
    figure = Figure(
        figsize=(8.4, 1.5 + 0.28 * len(names)), layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08)
    )
    axes = figure.subplots()
    bars = axes.barh(range(len(names)), lengths, color=colours, height=0.72)
    axes.set_yticks(range(len(names)), names, family="monospace", fontsize=9)
    axes.set_ylim(len(names) - 0.4, -0.6)
    for bar, part in zip(bars, shown, strict=False):
        _label(axes, bar, profile.share(part), part.rate)
    if rest > 0:
        _label(axes, bars[-1], rest / profile.total, None)
    axes.set_xlim(0, 1.32 * max(lengths, default=1.0))
    axes.set(
        xlabel="microseconds a step", title=f"{title}: {profile.microseconds:.4g} µs a step" if title else ""
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)
    figure.legend(
        handles=_legend(profile, {part.kind for part in shown}),
        loc="outside lower center",
        ncols=4,
        frameon=False,
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    try:
        write(path, buffer.getvalue())
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}") from error


def _longest(profile: Profile) -> list[Part]:
    """The parts that take longest, in the order in which they are carried out."""
    by_time = [part for part in profile.parts if profile.share(part) >= LEAST]
    by_time = sorted(by_time, key=lambda part: -part.microseconds)[:MOST]
    return [part for part in profile.parts if part in by_time]


def _name(part: Part) -> str:
    return textwrap.shorten(", ".join(part.values), 34, placeholder=" …")


def _label(axes: object, bar: object, share: float, speed: float | None) -> None:
    """The share, and the speed of a product, at a bar's end."""
    rate = f", {speed:.3g} GFLOP/s" if speed is not None else ""
    axes.annotate(  # type: ignore[attr-defined]
        f"{100 * share:.1f} %{rate}",
        (bar.get_width(), bar.get_y() + bar.get_height() / 2),  # type: ignore[attr-defined]
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color="#444444",
    )


def _legend(profile: Profile, shown: set[str]) -> list[Patch]:
    kinds = profile.kinds()
    return [
        Patch(
            color=colour,
            label=f"{WORDS.get(kind, kind)} {100 * kinds[kind] / max(profile.total, 1e-9):.0f} %",
        )
        for kind, colour in COLOURS.items()
        if kind in shown
    ]
