"""Numbered stages of a long job on stderr, each with what it found and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding


@dataclass
class Stage:
    """One stage while it runs."""

    title: str
    console: Console
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)

    def say(self, finding: str) -> None:
        """Tell the reader one thing that the stage found."""
        self.findings.append(finding)
        self.console.print(Padding(escape(finding), (0, 0, 0, 6), expand=False), highlight=False)


class Stages:
    """The stages of one job, in order."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True)
        self._total = total
        self.done: list[Stage] = []

    @contextmanager
    def stage(self, title: str) -> Iterator[Stage]:
        """Run one stage; its time is told when it ends well."""
        current = Stage(title, self._console)
        number = len(self.done) + 1
        self._console.print(
            rf"[bold cyan]\[{number}/{self._total}][/] [bold]{escape(title)}[/]", highlight=False
        )
        begin = time.perf_counter()
        yield current
        current.seconds = time.perf_counter() - begin
        self.done.append(current)
        self._console.print(f"      [dim]{current.seconds:.1f} s[/]", highlight=False)

    def rows(self) -> list[dict[str, object]]:
        """Title, findings and seconds of each stage, as data."""
        return [
            {"stage": one.title, "findings": one.findings, "seconds": round(one.seconds, 3)}
            for one in self.done
        ]
