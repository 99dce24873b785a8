"""``gradwright check``: is an answer equal to a reference? One pair, a stream of them, a chain of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click

from gradwright.cli.batch import judge_lines
from gradwright.cli.frommodel import asked_of_model
from gradwright.cli.limited import limited
from gradwright.cli.main import DONE, FAILED
from gradwright.cli.options import (
    domains_of,
    explain_option,
    json_option,
    language_option,
    limits_options,
    reading_options,
    shapes,
    values_options,
)
from gradwright.cli.output import as_json, deliver, paint
from gradwright.cli.question import VERDICT, Question, judged, undecided
from gradwright.cli.steps import judge_steps
from gradwright.errors import UsageError
from gradwright.grade.pool import Limits
from gradwright.messages import messages

_COLOURS = {"equal": "green", "different": "red", "invalid": "yellow", "undecided": "yellow"}


@click.command(short_help="Judge an answer against a reference.")
@click.option("--reference", metavar="EXPR", help="The right answer.")
@click.option("--answer", metavar="EXPR", help="The answer to judge.")
@values_options
@reading_options
@explain_option
@language_option
@click.option("--batch", type=click.File("rb"), metavar="FILE.jsonl", help="Judge a row a line.")
@click.option(
    "--steps",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Judge a chain of steps, line by line: a file .txt, .md, .tex or .ipynb.",
)
@click.option("--rubric", type=click.Path(path_type=Path), metavar="FILE", help="The points of each step.")
@click.option("--model", metavar="MODEL", help="The right answer is the gradient of this model by --wrt.")
@click.option("--wrt", metavar="W", help="The value of the model whose gradient is asked.")
@limits_options
@json_option
def command(
    reference: str | None,
    answer: str | None,
    batch: BinaryIO | None,
    steps: Path | None,
    rubric: Path | None,
    model: str | None,
    wrt: str | None,
    workers: int,
    seconds: float,
    as_json_text: bool,
    **given: Any,
) -> int:
    """Judge an ANSWER against a REFERENCE: equal, different, invalid or undecided.

    Without --var the reference's names are scalars. Exit status 0: equal; 1: anything else.
    """
    explain = given.pop("explain")
    question, limits = _question(**given), Limits(seconds)
    if batch is not None:
        _refuse("--batch", {"--reference": reference, "--answer": answer, "--steps": steps, "--model": model})
        # Two mistakes at once take far longer to find than a verdict: a stream gets them only if it asks.
        judge_lines(batch, replace(question, explain=explain or "brief"), workers, limits)
        return DONE
    question = replace(question, explain=explain or "rule")
    if model is not None:
        question = asked_of_model(question, model, wrt, in_steps=steps is not None)
    elif wrt is not None:
        raise UsageError("--wrt names a value of a model: say which with --model")
    if reference is not None:
        question = replace(question, reference=reference)
    if steps is not None:
        _refuse("--steps", {"--answer": answer})
        return judge_steps(question, steps, rubric, limits, as_json_text)
    if rubric is not None:
        raise UsageError("--rubric gives the points of a chain of steps: name its file with --steps")
    if answer is None or question.reference == "":
        raise UsageError("check needs --reference and --answer, or --batch FILE.jsonl, or --steps FILE")
    return _judge(replace(question, answer=answer), limits, as_json_text, is_asked=explain is not None)


def _judge(question: Question, limits: Limits, as_json_text: bool, is_asked: bool) -> int:
    """Judge one answer and print what is said of it; in JSON, mistakes are listed only for who asked."""
    job = partial(judged, seconds=limits.seconds)
    reply = limited(job, question, limits, undecided, question.language)
    if as_json_text:
        deliver(as_json({key: value for key, value in reply.items() if is_asked or key in VERDICT}))
    else:
        deliver("\n".join(_lines(reply)))
    return DONE if reply["verdict"] == "equal" else FAILED


def _lines(reply: Mapping[str, Any]) -> Iterator[str]:
    yield paint(reply["verdict"], _COLOURS[reply["verdict"]])
    yield from (reply[key] for key in ("certificate", "feedback") if reply[key])
    yield from (f"note: {warning}" for warning in reply.get("warnings", ()))


def _question(
    variables: tuple[str, ...],
    domains: tuple[str, ...],
    latex: bool,
    implicit: bool,
    definitions: tuple[str, ...],
    lang: str,
) -> Question:
    messages(lang)  # whether there is such a language is known before anything is judged
    declared = shapes(variables)
    return Question(
        vars=declared or None,
        domain=domains_of(domains, declared),
        syntax="latex" if latex else "text",
        definitions=definitions,
        implicit=implicit,
        language=lang,
    )


def _refuse(option: str, others: Mapping[str, object]) -> None:
    given = [name for name, value in others.items() if value is not None]
    if given:
        raise UsageError(f"{option} takes its questions from the file; leave {' and '.join(given)} out")
