"""``gradwright paths``: the ways of optimizers over a loss of two numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradwright.cli.options import json_option, language_option, output_option, words
from gradwright.cli.output import as_json, deliver, note, table
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradwright.messages import Messages
    from gradwright.train.paths import Course

PICTURES = (".png", ".svg")


@click.command(short_help="Draw the ways of optimizers over a loss of two numbers.")
@click.argument("model")
@click.option(
    "--optimizers",
    default="sgd,momentum,adam",
    show_default=True,
    metavar="NAMES",
    help="With commas between; adam:0.1 has a learning rate of its own.",
)
@click.option("--start", default="", metavar="'x=1,y=0.01'", help="Where they start; else as the model says.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=100, show_default=True, metavar="N")
@click.option(
    "--noise",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    metavar="X",
    help="The standard deviation of what is added to the gradient, the same for all.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N")
@language_option
@output_option
@json_option
def command(
    model: str,
    optimizers: str,
    start: str,
    steps: int,
    noise: float,
    seed: int,
    lang: str,
    output: Path | None,
    as_json_text: bool,
) -> None:
    """Follow optimizers over MODEL, a model's name or file without data and with two numbers to learn.

    Prints where each ended; `-o FILE` (.svg or .png) draws the paths over the contours of the loss.
    """
    if output is not None and output.suffix.lower() not in PICTURES:
        raise UsageError(f"{output}: a picture is a {' or a '.join(PICTURES)} file")
    rules, begin = rules_of(optimizers), start_of(start)
    from gradwright.messages import messages
    from gradwright.train.paths import axes_of, paths

    prose, read = messages(lang), read_target(model)
    courses = paths(read, rules, begin, steps, noise, seed)
    if output is not None:
        from gradwright.train.paths_picture import draw, font_for

        font = font_for(lang)
        if lang == "ko" and font is None:
            note(prose.text("paths.no-font"))
        draw(read, courses, output, prose if font or lang != "ko" else messages("en"), font)
        note(f"wrote {output}")
    names = axes_of(read)
    deliver(as_json([one.row(names) for one in courses]) if as_json_text else _shown(courses, names, prose))


def _shown(courses: Sequence[Course], names: Sequence[str], prose: Messages) -> str:
    heading = [prose.text(f"paths.{key}") for key in ("optimizer", "rate", "steps")]
    rows = [
        [
            one.optimizer,
            f"{one.rate:g}",
            f"{len(one.points) - 1}",
            *(f"{number:.4g}" for number in one.points[-1]),
            f"{one.losses[-1]:.4g}",
            prose.text("paths.gone") if one.is_lost else "",
        ]
        for one in courses
    ]
    return table(rows, [*heading, *names, prose.text("paths.loss"), ""])


def rules_of(text: str) -> list[tuple[str, float | None]]:
    """Read ``--optimizers``.

    >>> rules_of("sgd, adam:0.1")
    [('sgd', None), ('adam', 0.1)]

    Raises:
        UsageError: None is named, or a rate is no positive number.
    """
    found: list[tuple[str, float | None]] = []
    for word in words(text):
        name, sign, rate = word.partition(":")
        found.append((name.strip(), _number(rate, f"--optimizers {word}", "adam:0.1") if sign else None))
        if sign and not found[-1][1]:
            raise UsageError(f"--optimizers {word}: the rate is not above 0", hint="such as adam:0.1")
    if not found:
        raise UsageError("--optimizers names none", hint="such as sgd,momentum,adam")
    return found


def start_of(text: str) -> dict[str, float]:
    """Read ``--start``.

    >>> start_of("x=1, y=0.01")
    {'x': 1.0, 'y': 0.01}

    Raises:
        UsageError: A part is not ``name=number``, or a name comes twice.
    """
    found: dict[str, float] = {}
    for word in words(text):
        name, _, number = (part.strip() for part in word.partition("="))
        if name in found:
            raise UsageError(f"--start gives {name} twice")
        found[name] = _number(number, f"--start {word}", "--start 'x=1,y=0.01'")
    return found


def _number(text: str, where: str, example: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (number < 0 and where.startswith("--optimizers")):
        raise UsageError(f"{where}: expected a number", hint=f"such as {example}")
    return number
