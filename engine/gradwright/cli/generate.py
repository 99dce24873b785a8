"""``gradwright generate``: what a trained model makes of an input or a prompt, and how well it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradwright.cli.options import json_option, language_option
from gradwright.cli.output import as_json, deliver, note, table, warnings_told
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from gradwright.messages import Messages
    from gradwright.train.generate import Answer, Generator, Marks

PICTURES = (".png", ".svg")
LENGTH = 200
"""Symbols that follow a prompt, unless told."""


@click.command(short_help="Make sequences with a trained model.")
@click.argument("model")
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    required=True,
    help="What train --checkpoint wrote.",
)
@click.option("--data", metavar="NAME", help="The data set that it was trained on, if not the model's own.")
@click.option(
    "--input", "inputs", multiple=True, metavar="TEXT", help="An input; may be given several times."
)
@click.option("--prompt", metavar="TEXT", help="The start of a text that a language model goes on from.")
@click.option("--score", is_flag=True, help="Tell how well it does on the held-out examples.")
@click.option(
    "--beam",
    type=click.IntRange(min=1, max=64),
    default=1,
    show_default=True,
    metavar="N",
    help="Keep the N best sequences while making one.",
)
@click.option(
    "--count", type=click.IntRange(min=1), metavar="N", help="Score N of the held-out examples alone."
)
@click.option(
    "--length",
    type=click.IntRange(min=1, max=100_000),
    metavar="N",
    help=f"Symbols after a prompt; {LENGTH} unless given.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(min=0),
    metavar="T",
    help="After a prompt: 1 draws as the model says, 0 takes the most probable; 1 unless given.",
)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Of what is drawn; 0 unless given.")
@click.option("--picture", metavar="NAME", help="Draw this value, symbols against symbols, into -o.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The picture (.svg or .png).",
)
@click.option("--backend", type=click.Choice(["numpy", "numba"]), default="numba", show_default=True)
@language_option
@json_option
def command(
    model: str,
    checkpoint: Path,
    data: str | None,
    inputs: tuple[str, ...],
    prompt: str | None,
    score: bool,
    beam: int,
    count: int | None,
    backend: str,
    lang: str,
    as_json_text: bool,
    **more: Any,
) -> None:
    """Make sequences with MODEL, a model's name or file, that train has trained.

    A model that turns sequences into sequences is given --input, a language model --prompt. Each symbol is
    made from those before it, by forward passes alone. --score compares what the model makes of the held-out
    examples with what is right, after its own symbols and after the right ones.
    """
    _check(inputs, prompt, score, beam, count, more)
    from gradwright.messages import messages
    from gradwright.train.generate import Generator

    prose = messages(lang)
    with warnings_told():
        generator = Generator(read_target(model), checkpoint, data, backend)
        if score:
            marks = generator.marks(beam, count)
            deliver(as_json(_row(marks)) if as_json_text else scored(generator, marks, beam, prose))
            return
        answers = _answers(generator, inputs, prompt, beam, more)
        if more["picture"]:
            _draw(generator, more["picture"], answers[0], more["output"], prose)
    if as_json_text:
        deliver(as_json([_as_row(answer) for answer in answers]))
    else:
        deliver("\n".join(f"{prompt if prompt is not None else ''}{answer.text}" for answer in answers))
    for answer in answers:
        if prompt is None and not answer.ended:
            note(prose.text("generate.cut", given=answer.given, count=len(answer.symbols)))


def _check(
    inputs: tuple[str, ...],
    prompt: str | None,
    score: bool,
    beam: int,
    count: int | None,
    more: dict[str, Any],
) -> None:
    """Raise where the options don't go together.

    Raises:
        UsageError: Not one thing is asked for, or an option is given that it makes no use of.
    """
    asked = [
        name
        for name, given in (("--input", inputs), ("--prompt", prompt is not None), ("--score", score))
        if given
    ]
    if len(asked) != 1:
        raise UsageError(
            f"{' and '.join(asked)} are two things" if asked else "nothing is asked of the model",
            hint="give it --input, --prompt or --score",
        )
    drawn = [f"--{name}" for name in ("length", "temperature", "seed") if more[name] is not None]
    idle = ([] if prompt is not None else drawn) + (["--beam"] if prompt is not None and beam > 1 else [])
    idle += ["--count"] if count is not None and not score else []
    idle += ["--picture"] if more["picture"] and score else []
    if idle:
        raise UsageError(f"{', '.join(idle)} does nothing with {asked[0]}", hint="leave it out")
    picture, output = more["picture"], more["output"]
    if (picture is None) != (output is None):
        raise UsageError("a picture needs both --picture and -o", hint="such as --picture A -o attention.svg")
    if output is not None and output.suffix.lower() not in PICTURES:
        raise UsageError(f"{output}: a picture is a {' or a '.join(PICTURES)} file")


def _answers(
    generator: Generator, inputs: tuple[str, ...], prompt: str | None, beam: int, more: dict[str, Any]
) -> list[Answer]:
    if prompt is None:
        return generator.answers(inputs, beam)
    length = more["length"] or LENGTH
    temperature = 1.0 if more["temperature"] is None else more["temperature"]
    return [generator.continuation(prompt, length, temperature, more["seed"] or 0)]


def _as_row(answer: Answer) -> dict[str, Any]:
    return {
        "input": answer.given,
        "output": answer.text,
        "log_probability": answer.log,
        "ended": answer.ended,
    }


def _row(marks: Marks) -> dict[str, Any]:
    return {
        "count": marks.count,
        "exact_match": marks.whole,
        "symbols": marks.free,
        "teacher_forced_exact_match": marks.forced_whole,
        "teacher_forced_symbols": marks.forced,
    }


def scored(generator: Generator, marks: Marks, beam: int, prose: Messages) -> str:
    """A table: the right symbols and the right sequences after the right symbols and after its own."""
    head = prose.text(
        "generate.scored", model=generator.model.name, count=str(marks.count), data=generator.data
    )
    own = prose.text("generate.free") if beam == 1 else prose.text("generate.free-beam", width=beam)
    rows = [
        (prose.text("generate.forced"), _percent(marks.forced), _percent(marks.forced_whole)),
        (own, _percent(marks.free), _percent(marks.whole)),
    ]
    heading = [prose.text(f"generate.{key}") for key in ("how", "symbols", "whole")]
    return f"{head}\n\n{table(rows, heading)}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _draw(generator: Generator, name: str, answer: Answer, output: Path, prose: Messages) -> None:
    from gradwright.messages import messages
    from gradwright.train.flow_picture import can_write
    from gradwright.train.symbol_map import symbol_map
    from gradwright.train.symbol_picture import draw_map, is_writable

    told = prose if can_write(prose.text("generate.made")) else messages("en")
    shown = symbol_map(generator, name, answer)
    key = "picture" if generator.source is not None else "picture-text"
    title = told.text(
        f"generate.{key}", name=name, model=generator.model.name, given=answer.given, made=answer.text
    )
    draw_map(shown, output, title, lambda key: told.text(f"generate.{key}"))
    note(f"wrote {output}")
    if not is_writable("".join((*shown.rows, *shown.columns))):
        note(prose.text("generate.no-font"))
