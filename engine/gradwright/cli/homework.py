"""``gradwright homework``: a homework set, with a variant of its own for each student of a roster."""

from __future__ import annotations

from pathlib import Path

import click

from gradwright.cli.options import json_option, language_option, words
from gradwright.cli.output import as_json, deliver, note


@click.command(short_help="Make a homework for each student of a roster.")
@click.argument("name", metavar="SET")
@click.option(
    "--roster",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="A CSV file with a column student; optionally name, email, language.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to make.",
)
@click.option(
    "--format",
    "format_names",
    default="html",
    show_default=True,
    metavar="html,md,...",
    help="Formats of the students' pages.",
)
@click.option(
    "--secret-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What the variants are drawn with; else GRADWRIGHT_SECRET; else drawn anew and kept in DIR.",
)
@click.option("--attempt", type=click.IntRange(min=1), default=1, show_default=True, metavar="N")
@language_option
@json_option
def command(
    name: str,
    roster: Path,
    output: Path,
    format_names: str,
    secret_file: Path | None,
    attempt: int,
    lang: str,
    as_json_text: bool,
) -> None:
    """Make the homework SET, a set's name or file, for the students of a roster.

    DIR/students holds what to hand out, DIR/instructor the key and the worked solutions. --lang is the
    language of students whose line of the roster names none.
    """
    from gradwright.grade.roster import read_roster
    from gradwright.publish.homework import publish, read_secret
    from gradwright.publish.set import load_set

    secret = read_secret(secret_file)
    homework, students = load_set(name), read_roster(roster)
    if students.encoding != "utf-8":
        note(f"{roster} was read as {students.encoding}")
    count = publish(homework, students, output, words(format_names), lang, secret, attempt)
    made = {
        "set": homework.name,
        "students": count,
        "questions": len(homework.questions),
        "directory": str(output),
    }
    if as_json_text:
        deliver(as_json(made))
    else:
        deliver(
            f"{homework.name}: {made['questions']} questions for {count} students\n"
            f"hand out {output / 'students'}; keep {output / 'instructor'}"
        )
