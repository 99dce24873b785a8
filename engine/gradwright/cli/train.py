"""``gradwright train``: train a model with its derived gradients."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradwright.cli.main import DONE, FAILED
from gradwright.cli.options import json_option, language_option, threads_option
from gradwright.cli.output import as_json, deliver, note, warnings_told
from gradwright.cli.recipe import recipe, recipe_options
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
@recipe_options
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
    seed: int,
    checkpoint: Path | None,
    plot: Path | None,
    profile: bool,
    plot_profile: Path | None,
    lang: str,
    as_json_text: bool,
    **said: Any,
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
            seed=seed,
            saved=checkpoint,
            **recipe(said),
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
    if report.history.best:
        kept = {"best": report.history.best, "epochs": report.history.epochs}
        note(prose.text("train.kept", **kept))
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
    losses = {"training": history.train_loss, "test": history.test_loss}
    accuracies = {"training": history.train_accuracy, "test": history.test_accuracy}
    for name in losses:
        loss, accuracy = history.kept(losses[name]), history.kept(accuracies[name])
        parts += [] if loss is None else [f"{name} loss {loss:.4g}"]
        parts += [] if accuracy is None else [f"{name} accuracy {100 * accuracy:.1f} %"]
    metric = history.kept(history.test_metric)
    if metric is not None:
        parts.append(f"test {report.source.training.metric.replace('_', ' ')} {metric:.4g}")
    return ", ".join([*parts, f"{report.seconds:.1f} s"])
