"""``gradwright train``: train a model with its derived gradients."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradwright.cli.main import DONE, FAILED
from gradwright.cli.options import json_option, language_option, threads_option
from gradwright.cli.output import as_json, deliver, note, warnings_told
from gradwright.cli.targets import read_target
from gradwright.errors import UsageError

if TYPE_CHECKING:
    from gradwright.messages import Messages
    from gradwright.train.profile import Profile
    from gradwright.train.run import Report

PICTURES = (".png", ".svg")


@click.command(short_help="Train a model with its derived gradients.")
@click.argument("model")
@click.option("--data", metavar="NAME|FILE", help="A data set's name, or a .csv or .npz file.")
@click.option("--backend", type=click.Choice(["numpy", "numba"]), default="numba", show_default=True)
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True)
@threads_option
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
@click.option("--profile", is_flag=True, help="Tell where a step's time goes, value by value.")
@click.option(
    "--plot-profile",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw where a step's time goes (.svg or .png).",
)
@language_option
@json_option
def command(
    model: str,
    data: str | None,
    backend: str,
    dtype: str,
    threads: int,
    optimizer: str | None,
    learning_rate: float | None,
    epochs: int | None,
    batch: int | None,
    schedule: str,
    warm_up: int,
    seed: int,
    checkpoint: Path | None,
    plot: Path | None,
    profile: bool,
    plot_profile: Path | None,
    lang: str,
    as_json_text: bool,
) -> int:
    """Train MODEL, a model's name or file; what is not given is as the model's file says.

    Exit status 1 if the loss became infinite or no number.
    """
    for picture in (plot, plot_profile):
        if picture is not None and picture.suffix.lower() not in PICTURES:
            raise UsageError(f"{picture}: a picture is a {' or a '.join(PICTURES)} file")
    if backend == "numpy" and (profile or plot_profile):
        raise UsageError("only compiled code is timed part by part", hint="leave --backend numpy out")
    from gradwright.messages import messages
    from gradwright.train.run import train

    prose = messages(lang)
    with warnings_told():
        report = train(
            read_target(model),
            data,
            backend=backend,
            dtype=dtype,
            threads=threads,
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
    found = _profile(report, plot_profile, prose) if profile or plot_profile else None
    if as_json_text:
        deliver(as_json(report.row() | ({"profile": found.row()} if found else {})))
    else:
        deliver(line(report))
        if found is not None and profile:
            from gradwright.cli.profiled import print_profile

            print_profile(found, prose)
    if report.history.stopped:
        note(f"stopped early: {report.history.stopped}")
        return FAILED
    return DONE


def _draw(report: Report, plot: Path) -> None:
    from gradwright.train.picture import draw

    draw(report.history, plot, report.model)
    note(f"wrote {plot}")


def _profile(report: Report, file: Path | None, prose: Messages) -> Profile | None:
    """Where a step's time goes; None, and a note, if there is no compiled step to look into."""
    if report.trainer.program.is_interpreted or report.history.stopped:
        reason = report.history.stopped or "NumPy"
        note(prose.text("profile.none", reason=reason))
        return None
    from gradwright.train.profile import profile
    from gradwright.train.profile_picture import draw_profile
    from gradwright.train.readable import notes

    trainer = report.trainer
    about = notes(report.derivation, trainer.program, trainer.optimizer.update)
    found = profile(trainer, report.batch, about)
    if file is not None:
        draw_profile(found, file, report.model)
        note(f"wrote {file}")
    return found


def line(report: Report) -> str:
    """One line that says how the training went."""
    history = report.history
    parts = [f"{report.model} on {report.data}: {history.epochs} epochs"]
    if history.train_loss:
        parts.append(f"training loss {history.train_loss[-1]:.4g}")
    if history.train_accuracy:
        parts.append(f"training accuracy {100 * history.train_accuracy[-1]:.1f} %")
    if history.test_loss:
        parts.append(f"test loss {history.test_loss[-1]:.4g}")
    if history.test_accuracy:
        parts.append(f"test accuracy {100 * history.test_accuracy[-1]:.1f} %")
    if history.test_metric:
        parts.append(f"test {report.source.training.metric.replace('_', ' ')} {history.test_metric[-1]:.4g}")
    return ", ".join([*parts, f"{report.seconds:.1f} s"])
