"""``gradwright demo``: the main job end to end, with defaults and inputs that it carries itself."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradwright.cli.options import json_option, language_option
from gradwright.cli.output import as_json, deliver

if TYPE_CHECKING:
    from gradwright.cli.stages import Stage


DERIVED = ("softmax-regression", "lstm-classifier")


@click.command(short_help="Show the main job end to end, in a minute.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to make; gradwright-demo, or the first free name after it, if not given.",
)
@language_option
@json_option
def command(output: Path | None, lang: str, as_json_text: bool) -> None:
    """Derive, verify, train, write solutions, make a homework and grade five submissions to it."""
    from gradwright.cli.stages import Stages
    from gradwright.publish.whole import whole_folder

    stages = Stages(len(_STAGES))
    output = output or _free("gradwright-demo")
    with whole_folder(output, "name another folder with -o, or remove this one") as folder:
        for title, work in _STAGES:
            with stages.stage(title) as stage:
                work(stage, folder, lang)
    deliver(as_json({"directory": str(output), "stages": stages.rows()}) if as_json_text else f"see {output}")


def _free(name: str) -> Path:
    """The name, or with the first number after it that names nothing yet."""
    candidates = (Path(name if number == 1 else f"{name}-{number}") for number in count(1))
    return next(path for path in candidates if not path.exists())


def _derive(stage: Stage, folder: Path, lang: str) -> None:
    """Derive two models and write their worked solutions."""
    from gradwright.derive.derivation import derive
    from gradwright.document.derivation import worked_solution
    from gradwright.document.format import render
    from gradwright.model.load import model
    from gradwright.publish.whole import put

    for name in DERIVED:
        derivation = derive(model(name))
        file = f"{name}.html"
        put(folder / "solutions" / file, render(worked_solution(derivation, lang=lang), "html"))
        stage.say(f"{name}: {len(derivation.gradients)} gradients, {len(derivation.steps)} steps")


def _verify(stage: Stage, folder: Path, lang: str) -> None:
    """Verify the same models by routes that share no code with the derivation."""
    from gradwright.model.load import model
    from gradwright.verify.verify import verify

    for name in DERIVED:
        report = verify(model(name))
        stage.say(f"{name}: {'ok' if report.ok else 'FAILED'}")


_STAGES = (
    ("Derive the gradients of a softmax regression and of an LSTM", _derive),
    ("Verify them by independent routes", _verify),
)
