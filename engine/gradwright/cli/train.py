"""``gradwright train``: train a model with its derived gradients."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradwright.cli.main import DONE, FAILED
from gradwright.cli.options import json_option
from gradwright.cli.output import as_json, deliver, note
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from gradwright.train.run import Report

PICTURES = (".png", ".svg")


@click.command(short_help="Train a model with its derived gradients.")
@click.argument("model")
@click.option("--data", metavar="NAME|FILE", help="A data set's name, or a .csv or .npz file.")
@click.option("--backend", type=click.Choice(["numpy", "numba"]), default="numba", show_default=True)
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True)
@click.option("--optimizer", metavar="NAME", help="Such as sgd, momentum, adam.")
@click.option("--learning-rate", type=click.FloatRange(min=0, min_open=True), metavar="RATE")
@click.option("--epochs", type=click.IntRange(min=0), metavar="N", help="Passes over the examples, in all.")
@click.option("--batch", type=click.IntRange(min=1), metavar="N", help="Examples in a step.")
@click.option(
    "--schedule", metavar="NAME", default="constant", show_default=True, help="Such as cosine, linear."
)
@click.option(
    "--warm-up",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="First steps over which the rate grows.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N")
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Written after each epoch; where FILE exists, training goes on from it.",
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
    schedule: str,
    warm_up: int,
    seed: int,
    checkpoint: Path | None,
    plot: Path | None,
    as_json_text: bool,
) -> int:
    """Train MODEL, a model's name or file; what is not given is as the model's file says.

    Exit status 1 if the loss became infinite or no number.
    """
    if plot is not None and plot.suffix.lower() not in PICTURES:
        raise UsageError(f"{plot}: a picture is a {' or a '.join(PICTURES)} file")
    from gradwright.train.run import train

    report = train(
        read_target(model),
        data,
        backend=backend,
        dtype=dtype,
        optimizer=optimizer,
        learning_rate=learning_rate,
        epochs=epochs,
        batch=batch,
        schedule=schedule,
        warm_up=warm_up,
        seed=seed,
        saved=checkpoint,
    )
    if plot is not None:
        _draw(report, plot)
    deliver(as_json(report.row()) if as_json_text else line(report))
    if report.history.stopped:
        note(f"stopped early: {report.history.stopped}")
        return FAILED
    return DONE


def _draw(report: Report, plot: Path) -> None:
    from gradwright.train.picture import draw

    draw(report.history, plot, report.model)
    note(f"wrote {plot}")


def line(report: Report) -> str:
    """One line that says how the training went."""
    history = report.history
    parts = [f"{report.model} on {report.data}: {history.epochs} epochs"]
    if history.train_loss:
        parts.append(f"training loss {history.train_loss[-1]:.4g}")
    if history.test_loss:
        parts.append(f"test loss {history.test_loss[-1]:.4g}")
    if history.test_accuracy:
        parts.append(f"test accuracy {100 * history.test_accuracy[-1]:.1f} %")
    return ", ".join([*parts, f"{report.seconds:.1f} s"])
