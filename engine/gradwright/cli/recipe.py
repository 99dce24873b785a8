"""The options of ``train`` that say how: what is not given is as the model's file says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from gradwright.errors import UsageError

Callback = TypeVar("Callback", bound=Callable[..., Any])

COUNT, POSITIVE = click.IntRange(min=0), click.IntRange(min=1)
NUMBER = click.FloatRange(min=0)
SETTINGS = ("clip", "clip_value", "weight_decay")

OPTIONS = (
    click.option("--optimizer", metavar="NAME", help="Such as sgd, momentum, adam."),
    click.option("--learning-rate", type=click.FloatRange(min=0, min_open=True), metavar="RATE"),
    click.option(
        "--setting",
        "said",
        multiple=True,
        metavar="NAME=VALUE",
        help="Another setting of the optimizer, such as b2=0.98; may be given several times.",
    ),
    click.option("--epochs", type=COUNT, metavar="N", help="Passes over the examples, in all."),
    click.option("--batch", type=POSITIVE, metavar="N", help="Examples in a step."),
    click.option("--schedule", metavar="NAME", help="How the rate changes, such as cosine, linear."),
    click.option("--warm-up", type=COUNT, metavar="N", help="First steps over which the rate grows."),
    click.option("--clip", type=NUMBER, metavar="NORM", help="The greatest norm of the gradient (0: any)."),
    click.option(
        "--clip-value", type=NUMBER, metavar="X", help="The greatest number in the gradient (0: any)."
    ),
    click.option("--weight-decay", type=NUMBER, metavar="X", help="Pull the parameters towards 0."),
    click.option(
        "--early-stop",
        type=COUNT,
        metavar="N",
        help="Stop after N epochs without a lower test loss, and keep the best parameters (0: never).",
    ),
    click.option(
        "--augment",
        multiple=True,
        metavar="'shift 1'",
        help="Change the examples at random: flip-horizontal, flip-vertical, shift N, crop N, noise X; may be"
        " given several times (none: not at all).",
    ),
)


def recipe_options(command: Callback) -> Callback:
    """The options, in their order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def recipe(said: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``gradwright.train.run.train`` that the options say.

    Raises:
        UsageError: A setting is no ``NAME=VALUE``.
    """
    found = {name: value for name, value in said.items() if name not in (*SETTINGS, "said", "augment")}
    settings = {name: said[name] for name in SETTINGS if said[name] is not None}
    for text in said["said"]:
        name, _, number = text.partition("=")
        try:
            settings[name.strip().replace("-", "_")] = float(number)
        except ValueError:
            hint = "such as --setting b2=0.98"
            raise UsageError(f"--setting {text}: expected a name = a number", hint=hint) from None
    augment = [one for one in said["augment"] if one != "none"] if said["augment"] else None
    return {**found, "settings": settings, "augment": augment}
