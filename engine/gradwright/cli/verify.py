"""``gradwright verify``: prove a derivation against routes that share no code with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from gradwright import catalog
from gradwright.cli.main import DONE, FAILED
from gradwright.cli.options import json_option
from gradwright.cli.output import as_json, deliver, note
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError


@click.command(short_help="Verify derived gradients by independent routes.")
@click.argument("target", required=False)
@click.option("--all", "everything", is_flag=True, help="Verify every model of the catalogue.")
@json_option
def command(target: str | None, everything: bool, as_json_text: bool) -> int:
    """Verify the gradients of TARGET (a model's name or file) by difference, complex step and exact routes.

    Exit status 1 if a route disagrees.
    """
    if everything == (target is not None):
        raise UsageError("verify needs either a TARGET or --all")
    from gradwright.verify.verify import verify

    names = list(catalog.entries("models")) if target is None else [target]
    reports: list[Mapping[str, Any]] = []
    for name in names:
        report = verify(read_target(name)).row()
        reports.append(report)
        if not as_json_text:
            deliver(line(report))
        elif everything:
            note(line(report))
    if as_json_text:
        deliver(as_json(reports))
    return DONE if all(report["ok"] for report in reports) else FAILED


def line(report: Mapping[str, Any]) -> str:
    """One line that says how a verification went."""
    routes = ", ".join(
        f"{route.replace('_', ' ')} {_figure(figure)}" for route, figure in report["routes"].items()
    )
    return f"{report['model']}: {'ok' if report['ok'] else 'FAILED'} ({routes}; {report['seconds']:.1f} s)"


def _figure(figure: object) -> str:
    return f"{figure:.1e}" if isinstance(figure, float) else str(figure)
