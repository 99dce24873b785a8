"""``gradwright flow``: how a model's gradients shrink or grow on their way back, measured and drawn."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradwright.cli.options import json_option, language_option, words
from gradwright.cli.output import as_json, deliver, note, table
from gradwright.cli.targets import read_target
from gradwright.errors import ModelError, UsageError

if TYPE_CHECKING:
    from gradwright.messages import Messages
    from gradwright.train.flow import Flow, Setting

PICTURES = (".png", ".svg")
DEFAULT = "0.5,1,2"


@click.command(short_help="Measure how gradients vanish or explode.")
@click.argument("model")
@click.option("--data", metavar="NAME|FILE", help="A data set's name, or a .csv or .npz file.")
@click.option("--scale", metavar="0.5,1,2", help="Multiply the weights by each; done if nothing is asked.")
@click.option("--singular", metavar="0.9,1.1", help="Give the weights each of these largest singular values.")
@click.option(
    "--init",
    "ways",
    metavar="xavier,he",
    help="Start the weights in each of these ways; one may have a number, as normal 0.01.",
)
@click.option("--set", "fixed", multiple=True, metavar="b_f=3", help="Every entry of a parameter.")
@click.option(
    "--steps", type=click.IntRange(min=2, max=10_000), metavar="T", help="Time steps of drawn data."
)
@click.option(
    "--batch", type=click.IntRange(min=1), default=32, show_default=True, metavar="N", help="Examples."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw it (.svg or .png).",
)
@language_option
@json_option
def command(
    model: str,
    data: str | None,
    scale: str | None,
    singular: str | None,
    ways: str | None,
    fixed: tuple[str, ...],
    steps: int | None,
    batch: int,
    seed: int,
    output: Path | None,
    lang: str,
    as_json_text: bool,
) -> None:
    """Measure the adjoints of MODEL, a model's name or file, at its start.

    A model with a recurrence is followed back through time: the length of each state's adjoint at every time,
    and the bound that the Jacobian of a step gives. Any other is followed through its layers. The weights of
    the recurrence, or of all layers, are changed in each of the ways that are asked for.
    """
    if output is not None and output.suffix.lower() not in PICTURES:
        raise UsageError(f"{output}: a picture is a {' or a '.join(PICTURES)} file")
    if data is not None and steps is not None:
        raise UsageError("--steps is for drawn data, and --data has its own", hint="leave one of them out")
    from gradwright.messages import messages
    from gradwright.train.flow import STEPS, measure

    prose = messages(lang)
    settings = settings_of(scale, singular, ways)
    found = measure(
        read_target(model), settings, data or "", steps or STEPS, batch, seed, dict(map(_entry, fixed))
    )
    deliver(as_json(found.row()) if as_json_text else said(found, prose))
    if output is not None:
        _draw(found, output, prose)


def settings_of(scale: str | None, singular: str | None, ways: str | None) -> list[Setting]:
    """The settings that are asked for, scales if none is.

    Raises:
        UsageError: More than one kind is asked for, or one is no number above 0 or no way to start.
    """
    from gradwright.model.start import start_of
    from gradwright.train.flow import Setting

    given = {"scale": scale, "singular": singular, "init": ways}
    asked = [f"--{name}" for name, text in given.items() if text is not None]
    if len(asked) > 1:
        raise UsageError(f"{' and '.join(asked)} each say what the weights are", hint="give one of them")
    if ways is not None:
        names = _parts(ways, "init")
        for name in names:
            try:
                start_of(name)
            except ModelError as error:
                raise UsageError(f"--init {name} is no way to start", hint=error.hint) from None
        return [Setting("init", 1.0, name) for name in names]
    kind = "scale" if singular is None else "singular"
    text = singular if singular is not None else scale if scale is not None else DEFAULT
    return [Setting(kind, _number(part, kind)) for part in _parts(text, kind)]


def _parts(text: str, option: str) -> tuple[str, ...]:
    """The parts of an option's list, which has some."""
    parts = words(text)
    if not parts:
        raise UsageError(f"--{option} is empty", hint="write values with commas between them")
    return parts


def _number(text: str, option: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number <= 0:
        raise UsageError(f"--{option} {text!r} is no number above 0", hint=f"such as --{option} {DEFAULT}")
    return number


def _entry(text: str) -> tuple[str, float]:
    """One ``--set`` text: a parameter and a number."""
    name, _, number = (part.strip() for part in text.partition("="))
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise UsageError(f"--set {text!r} is no parameter and a number", hint="write it as b=1")
    return name, value


def said(flow: Flow, prose: Messages) -> str:
    """A table: for each setting the sizes at both ends, and the factor of one step between them."""
    rows = []
    for curve in flow.curves:
        cells = [_setting(curve.setting, flow, prose)]
        cells += [f"d{curve.of}"] if flow.along == "time" else []
        cells += [_short(number) for number in (curve.norms[0], curve.norms[-1], curve.per_step)]
        cells += [_short(curve.factor or None)] if flow.along == "time" else []
        rows.append(cells)
    first, last = flow.curves[0].places[0], flow.curves[0].places[-1]
    ends = [prose.text(f"flow.at-{flow.along}", place=str(place)) for place in (first, last)]
    heading = [prose.text("flow.weights")]
    heading += [prose.text("flow.adjoint")] if flow.along == "time" else []
    heading += [*ends, prose.text(f"flow.factor-{flow.along}")]
    heading += [prose.text("flow.at-most")] if flow.along == "time" else []
    return f"{prose.text('flow.title', model=flow.model)}\n\n{table(rows, heading)}"


def _setting(setting: Setting, flow: Flow, prose: Messages) -> str:
    weights = ", ".join(flow.weights) if len(flow.weights) <= 3 else f"{flow.weights[0]}, …"
    return prose.text(f"flow.{setting.kind}", weights=weights, number=f"{setting.number:g}", way=setting.way)


def _short(number: float | None) -> str:
    return "-" if number is None else f"{number:.3g}"


def _draw(flow: Flow, output: Path, prose: Messages) -> None:
    from gradwright.messages import messages
    from gradwright.train.flow_picture import can_write, draw_flow

    told = prose if can_write(prose.text("flow.title", model="")) else messages("en")
    draw_flow(flow, output, lambda key, **more: told.text(f"flow.{key}", **more))
    note(f"wrote {output}")
