"""``gradwright grade``: feedback and marks for what a class handed in."""

from __future__ import annotations

from pathlib import Path

import click

from gradwright.cli.options import json_option
from gradwright.cli.output import as_json, deliver


@click.command(short_help="Grade a folder of submissions.")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="RESULTS", help="The folder to make.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, metavar="N")
@json_option
def command(directory: Path, submissions: Path, output: Path, workers: int, as_json_text: bool) -> None:
    """Grade SUBMISSIONS to the homework in DIR: a feedback page a student, Gradescope's results, tables."""
    from gradwright.publish.feedback import grade_folder

    marks = grade_folder(directory, submissions, output, workers)
    scores = [
        {"student": one.paper.student, "score": one.score, "points": one.points, "file": one.file}
        for one in marks.results
    ]
    if as_json_text:
        deliver(as_json({"results": scores, "unknown": len(marks.strangers), "directory": str(output)}))
    else:
        lines = [f"{one['student']}: {one['score']:g} of {one['points']:g}" for one in scores]
        deliver("\n".join([*lines, f"feedback and tables are in {output}"]))
