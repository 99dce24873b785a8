"""``gradwright homework``: a homework set, a variant for each student of a roster."""

from __future__ import annotations

from pathlib import Path

import click

from gradwright.cli.options import json_option
from gradwright.cli.output import as_json, deliver


@click.command(short_help="Make a homework for each student of a roster.")
@click.argument("name", metavar="SET")
@click.option("--roster", required=True, type=click.Path(path_type=Path), metavar="FILE.csv", help="A CSV with a column student.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The folder to make.")
@click.option("--format", "formats", default="html", show_default=True, metavar="html,md,...", help="Formats of the papers.")
@click.option("--lang", metavar="en|ko", help="For students whose roster line names no language.")
@json_option
def command(name: str, roster: Path, output: Path, formats: str, lang: str | None, as_json_text: bool) -> None:
    """Make the homework SET (a set's name or file) for the students of a roster."""
    raise NotImplementedError
