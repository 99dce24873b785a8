"""``gradwright grade``: feedback and marks for what a class handed in."""

from __future__ import annotations

from pathlib import Path

import click

from gradwright.cli.options import json_option, limits_options
from gradwright.cli.output import Progress, as_json, deliver, table
from gradwright.grade.limits import Limits


@click.command(short_help="Grade a folder of submissions.")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="RESULTS",
    help="The folder to make.",
)
@limits_options
@json_option
def command(
    directory: Path, submissions: Path, output: Path, workers: int, seconds: float, as_json_text: bool
) -> None:
    """Grade the SUBMISSIONS to the homework in DIR.

    A student's file is <id>.txt, or <id>/answers.txt. RESULTS gets a feedback page a student,
    results.json for Gradescope, grades.csv, and review.csv: what a person must read.
    """
    from gradwright.publish.feedback import grade_folder

    marks = grade_folder(directory, submissions, output, workers, Limits(seconds), Progress("answers judged"))
    rows = [
        {
            "student": result.paper.student,
            "score": result.score,
            "points": result.points,
            "file": result.file,
            "verdicts": {mark.label: mark.verdict for mark in result.marks},
        }
        for result in marks.results
    ]
    if as_json_text:
        deliver(as_json({"directory": str(output), "results": rows, "unknown_files": len(marks.strangers)}))
        return
    lines = [
        (
            result.paper.student,
            f"{result.score:g}/{result.points:g}",
            ", ".join(f"{mark.label} {mark.verdict}" for mark in result.marks),
        )
        for result in marks.results
    ]
    deliver(table(lines, ["student", "score", "verdicts"]))
    deliver(f"feedback, results.json and tables are in {output}")
