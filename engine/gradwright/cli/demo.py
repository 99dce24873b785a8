"""``gradwright demo``: the main job end to end, on the defaults and inputs of ``problems/demo``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradwright import catalog
from gradwright.cli.options import json_option, language_option
from gradwright.cli.output import as_json, deliver
from gradwright.errors import GradwrightError

if TYPE_CHECKING:
    from gradwright.cli.stages import Stage


@dataclass(frozen=True)
class Demo:
    """What the stages share: the defaults, the folder that is being made, and the language of prose."""

    defaults: Mapping[str, Any]
    folder: Path
    language: str


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

    stages = Stages(len(STAGES))
    output = output or _free("gradwright-demo")
    defaults = catalog.table(_shipped() / "demo.toml")
    with whole_folder(output, "name another folder with -o, or remove this one") as folder:
        for title, work in STAGES:
            with stages.stage(title) as stage:
                work(stage, Demo(defaults, folder, lang))
    look = {name: str(output / path) for name, path in LOOK.items()}
    if as_json_text:
        deliver(as_json({"directory": str(output), "look": look, "stages": stages.rows()}))
    else:
        deliver("\n".join(["Where to look", *(f"  {path}\n      {name}" for name, path in look.items())]))


def _free(name: str) -> Path:
    """The name, or with the first number after it that names nothing yet."""
    candidates = (Path(name if number == 1 else f"{name}-{number}") for number in count(1))
    return next(path for path in candidates if not path.exists())


def _derive(stage: Stage, demo: Demo) -> None:
    from gradwright.derive.derivation import derive
    from gradwright.document.derivation import worked_solution
    from gradwright.document.format import render
    from gradwright.language.text import to_text
    from gradwright.model.load import model
    from gradwright.publish.whole import put

    for name in demo.defaults["derive"]:
        derivation = derive(model(name))
        page = worked_solution(derivation, lang=demo.language)
        put(demo.folder / "solutions" / f"{name}.html", render(page, "html"))
        stage.say(f"{name}: {len(derivation.gradients)} gradients in {len(derivation.steps)} steps")
        parameter, tree = next(iter(derivation.result.items()))
        stage.say(f"  d{derivation.model.minimise}/d{parameter} = {to_text(tree)}")


def _verify(stage: Stage, demo: Demo) -> None:
    from gradwright.cli.verify import line
    from gradwright.model.load import model
    from gradwright.verify.verify import verify

    for name in demo.defaults["derive"]:
        report = verify(model(name)).row()
        stage.say(line(report))
        if not report["ok"]:
            raise GradwrightError(f"{name}: a route disagrees with the derivation")


def _train(stage: Stage, demo: Demo) -> None:
    from gradwright.cli.train import line
    from gradwright.model.load import model
    from gradwright.train.picture import draw
    from gradwright.train.run import train

    report = train(model(demo.defaults["train"]), quiet=True)
    folder = demo.folder / "training"
    folder.mkdir()
    draw(report.history, folder / "loss.svg", report.model)
    stage.say(line(report))


def _homework(stage: Stage, demo: Demo) -> None:
    from gradwright.grade.roster import read_roster
    from gradwright.publish.homework import publish, read_secret
    from gradwright.publish.set import load_set

    homework = load_set(demo.defaults["homework"])
    roster = read_roster(_shipped() / "roster.csv")
    secret = read_secret(_shipped() / "secret.txt")
    count = publish(homework, roster, demo.folder / "homework", ("html", "md"), demo.language, secret)
    stage.say(f"{homework.name}: {len(homework.questions)} questions, a variant for each of {count} students")


def _grade(stage: Stage, demo: Demo) -> None:
    from gradwright.messages import messages
    from gradwright.publish.feedback import grade_folder
    from gradwright.publish.sayings import say

    marks = grade_folder(demo.folder / "homework", _shipped() / "submissions", demo.folder / "results")
    speak = say(messages(demo.language))
    for result in marks.results:
        stage.say(f"{result.paper.student}: {result.score:g} of {result.points:g} points")
        first = result.marks[0]
        for finding in first.findings:
            stage.say(f"  {first.label}: {speak(finding)}")
            if finding.detail:
                stage.say("\n".join(f"      {line}" for line in finding.detail.splitlines()))


def _shipped() -> Path:
    return catalog.content("problems") / "demo"


Work = Callable[["Stage", Demo], None]

STAGES: tuple[tuple[str, Work], ...] = (
    ("Derive the gradients, and write the worked solutions", _derive),
    ("Verify them by routes that share no code with the derivation", _verify),
    ("Train a network with its derived gradients", _train),
    ("Make a homework for a class", _homework),
    ("Grade what the class handed in", _grade),
)

LOOK = {
    "worked solutions, to open in a browser": "solutions",
    "the loss curve": "training/loss.svg",
    "what each student gets": "homework/students",
    "the key and the solutions of each variant": "homework/instructor",
    "feedback to each student": "results/feedback",
    "marks, for a spreadsheet and for Gradescope": "results",
}
