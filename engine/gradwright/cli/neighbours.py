"""``gradwright neighbours``: the words whose vectors lie nearest to a word's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradwright.cli.main import DONE, FAILED
from gradwright.cli.options import json_option, language_option
from gradwright.cli.output import as_json, deliver, note, table
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gradwright.train.nearest import Neighbour

ABREAST = 4
"""The words whose neighbours are shown side by side."""


@click.command(short_help="Show the nearest words of a word, by the vectors that a model learns.")
@click.argument("model")
@click.argument("words", metavar="WORD...", nargs=-1, required=True)
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Of a training, as `train --checkpoint` writes it; without it the model is trained first.",
)
@click.option("--data", metavar="NAME|FILE", help="The data set; else the model's own.")
@click.option("--epochs", type=click.IntRange(min=0), metavar="N", help="Passes over the examples.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N")
@click.option(
    "--table",
    "tables",
    default="",
    metavar="W|W+C",
    help="The parameter whose rows or columns are the vectors, or several, added; else as the model says.",
)
@click.option("--top", type=click.IntRange(min=1), default=8, show_default=True, metavar="N")
@language_option
@json_option
def command(
    model: str,
    words: tuple[str, ...],
    checkpoint: Path | None,
    data: str | None,
    epochs: int | None,
    seed: int,
    tables: str,
    top: int,
    lang: str,
    as_json_text: bool,
) -> int:
    """Show the words nearest to each WORD by the cosine of the vectors that MODEL learns.

    MODEL is a model's name or file, with a parameter that has a vector for each word of its data.
    """
    if checkpoint is not None and epochs is not None:
        raise UsageError("--epochs is for a training, and --checkpoint is one that is done")
    import numpy as np

    from gradwright.messages import messages
    from gradwright.train.bind import bind
    from gradwright.train.nearest import tables as tables_of
    from gradwright.train.run import data_name

    read = read_target(model)
    name = data_name(read, data)
    examples, _ = bind(read, name, np.random.default_rng(seed))
    chosen = tables_of(read, examples, tables)
    for word in words:
        chosen.check(word)
    params = _parameters(read, name, checkpoint, epochs, seed)
    if params is None:
        return FAILED
    found = chosen.vectors(params)
    around = {word: found.around(word, top) for word in words}
    if as_json_text:
        rows = {word: [one._asdict() for one in some] for word, some in around.items()}
        deliver(as_json({"model": read.name, "tables": list(chosen.axes), "neighbours": rows}))
    else:
        prose = messages(lang)
        told = prose.text("neighbours.title", model=read.name, tables=" + ".join(chosen.axes))
        deliver("\n\n".join([told, *shown(around)]))
    return DONE


def _parameters(
    model: Any, data: str, checkpoint: Path | None, epochs: int | None, seed: int
) -> Mapping[str, Any] | None:
    """What was learnt; None, and a note, if a loss was not finite."""
    if checkpoint is not None:
        from gradwright.train.checkpoint import trained

        return trained(checkpoint, model).parameters
    from gradwright.train.run import train

    report = train(model, data, epochs=epochs, seed=seed)
    if report.history.stopped:
        note(f"stopped early: {report.history.stopped}")
        return None
    return report.trainer.params


def shown(around: Mapping[str, Sequence[Neighbour]]) -> list[str]:
    """The neighbours as tables of a few words side by side, a column for each word."""
    asked = list(around)
    tables = []
    for begin in range(0, len(asked), ABREAST):
        some = asked[begin : begin + ABREAST]
        ranks = zip(*(around[word] for word in some), strict=True)
        rows = [[cell for one in rank for cell in (one.word, f"{one.cosine:.2f}")] for rank in ranks]
        tables.append(table(rows, [cell for word in some for cell in (word, "")]))
    return tables
