"""The profile of a training step as a table: where its time goes, value by value."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gradwright.messages import Messages

if TYPE_CHECKING:
    from gradwright.train.profile import Part, Profile

COLOURS = {"forward": "blue", "both": "magenta", "backward": "yellow", "update": "green"}
WIDTH = 140


def print_profile(profile: Profile, prose: Messages) -> None:
    """Write the table on stdout."""
    is_terminal = sys.stdout.isatty()
    console = Console(width=None if is_terminal else WIDTH, no_color=bool(os.environ.get("NO_COLOR")))
    table = Table(box=None, pad_edge=False, expand=True, header_style="bold")
    table.add_column(prose.text("profile.value"), no_wrap=True, min_width=16, max_width=30)
    table.add_column(prose.text("profile.kind"), no_wrap=True, min_width=8)
    for name in ("time", "share", "rate"):
        table.add_column(prose.text(f"profile.{name}"), justify="right", no_wrap=True, min_width=7)
    table.add_column(prose.text("profile.formula"), no_wrap=True, overflow="ellipsis", ratio=1)
    for part in profile.parts:
        table.add_row(*cells(part, profile, prose))
    console.print(table)
    shares = ", ".join(
        f"{prose.text(f'profile.{kind}')} {100 * spent / max(profile.total, 1e-9):.0f} %"
        for kind, spent in profile.kinds().items()
    )
    step = f"{profile.microseconds:.4g}"
    console.print(prose.text("profile.total", step=step, steps=profile.steps, shares=shares), highlight=False)


def cells(part: Part, profile: Profile, prose: Messages) -> list[str]:
    """A part's row, with rich's marks of colour."""
    colour = COLOURS[part.kind]
    return [
        escape(", ".join(part.values)),
        f"[{colour}]{prose.text(f'profile.{part.kind}')}[/]",
        f"{part.microseconds:.2f}",
        f"{100 * profile.share(part):.1f} %",
        "" if part.rate is None else f"{part.rate:.1f}",
        escape("; ".join(part.formulas)),
    ]
