"""``gradwright train``: train a model with its derived gradients."""

from __future__ import annotations

from pathlib import Path

import click

from gradwright.cli.options import json_option
from gradwright.cli.output import as_json, deliver
from gradwright.cli.targets import read_target


@click.command(short_help="Train a model with its derived gradients.")
@click.argument("model")
@click.option(
    "--data", metavar="NAME|FILE", help="A data set's name or a file; the model's own if not given."
)
@click.option("--backend", type=click.Choice(["numpy", "numba"]), default="numba", show_default=True)
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True)
@click.option("--optimizer", metavar="NAME", help="sgd, momentum, adam, ...; the model's own if not given.")
@click.option("--learning-rate", type=float, metavar="RATE")
@click.option("--epochs", type=click.IntRange(min=0), metavar="N")
@click.option("--batch", type=click.IntRange(min=1), metavar="N", help="Examples in a step.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N")
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Save to FILE after each epoch, and go on from it where it exists.",
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw the loss curve (.svg or .png).",
)
@json_option
def command(
    model: str,
    data: str | None,
    backend: str,
    dtype: str,
    optimizer: str | None,
    learning_rate: float | None,
    epochs: int | None,
    batch: int | None,
    seed: int,
    checkpoint: Path | None,
    plot: Path | None,
    as_json_text: bool,
) -> None:
    """Train MODEL, a model's name or file."""
    raise NotImplementedError
