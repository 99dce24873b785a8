"""``gradwright summary``: a model in one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradwright.cli.compile import sizes_of
from gradwright.cli.options import json_option, language_option, output_option
from gradwright.cli.output import as_json, deliver
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from gradwright.model.model import Model


@click.command(short_help="Show a model's shapes, parameters and receptive fields.")
@click.argument("model")
@click.option("--data", metavar="NAME|FILE", help="Sizes as this data set shows them.")
@click.option(
    "--size", "sizes", multiple=True, metavar="n=32", help="An axis's places; may be given several times."
)
@click.option(
    "--format", "format_name", default="text", metavar="NAME", help="One of gradwright list formats."
)
@language_option
@output_option
@json_option
def command(
    model: str,
    data: str | None,
    sizes: tuple[str, ...],
    format_name: str,
    lang: str,
    output: Path | None,
    as_json_text: bool,
) -> None:
    """Show what MODEL, a model's name or file, is made of: a row a formula.

    Shapes and counts are formulas in sizes, and numbers where the model, --data or --size tells the sizes. Of
    data that are read through windows (convolutions, poolings) or step by step it is said what a value sees.
    """
    given, read = sizes_of(sizes), read_target(model)
    known = _sizes(read, data, given)
    from gradwright.document.format import render
    from gradwright.document.summary import summary
    from gradwright.document.summary_page import summary_page

    found = summary(read, known)
    if as_json_text:
        deliver(as_json(found.row()), output)
    else:
        deliver(render(summary_page(found, lang), format_name), output)


def _sizes(model: Model, data: str | None, given: dict[str, int]) -> dict[str, int]:
    """The sizes that are told, and those that follow.

    Raises:
        UsageError: A size is of no axis of the model or follows from others, or the data does not fit.
    """
    from gradwright.execute.shown import completed

    axes = {str(s) for value in model.shapes.values() for extent in value.shape for s in extent.free_symbols}
    follow = {str(left) for left, _ in model.equations}
    for name in given:
        if name not in axes or name in follow:
            known = ", ".join(sorted(axes - follow))
            why = "follows from the others" if name in follow else f"is no axis of {model.name}"
            raise UsageError(f"--size: {name} {why}", hint=f"its axes are {known}")
    shown = _of_data(model, data) if data is not None else {}
    return completed({**model.sizes, **shown, **given}, model.equations)


def _of_data(model: Model, data: str) -> dict[str, int]:
    import numpy as np

    from gradwright.train.bind import split
    from gradwright.train.datasets import load
    from gradwright.train.run import shown_sizes

    first, _ = split(model.given, load(data), np.random.default_rng(0))
    return shown_sizes(model, first, model.training.batch)
