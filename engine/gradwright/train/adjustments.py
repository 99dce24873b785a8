"""Adjustments of the gradient before an optimizer is given it: files of forward formulas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from gradwright import catalog
from gradwright.errors import ModelError
from gradwright.execute.update import DECAY, preceded
from gradwright.language.lower import lower
from gradwright.language.parse import parse_formulas
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.tensor.nodes import Tensor, size
from gradwright.train.optimizers import Optimizer


@dataclass(frozen=True)
class Adjustment:
    """A change of the gradient, such as clipping.

    Args:
        setting: The name of its one setting; 0 is none.
        formulas: Targets and what they become: the gradient ``g`` as a vector of all parameters' numbers, and
            scalars on the way there.
    """

    name: str
    title: Mapping[str, str]
    setting: str
    formulas: tuple[tuple[str, Tensor], ...]


@cache
def adjustments() -> Mapping[str, Adjustment]:
    """The adjustments of the catalogue by the names of their settings."""
    found = [read(path) for path in catalog.entries("adjustments").values()]
    return {one.setting: one for one in found}


def read(path: Path) -> Adjustment:
    """The adjustment in a file.

    Raises:
        ModelError: The file is wrong: a formula that can't be read, a name not declared, no new gradient.
    """
    table = catalog.table(path)
    setting, text = str(table.get("setting", "")), str(table.get("formulas", ""))
    if not setting or not text:
        raise ModelError(f"{path.name}: an adjustment has setting = ... and formulas")
    numbers = (size("numbers"),)
    known = {"g": Value(numbers), "w": Value(numbers), setting: Value(())}
    done: list[tuple[str, Tensor]] = []
    try:
        for formula in parse_formulas(text):
            tensor = lower(formula.body, Scope(known))
            done.append((formula.target, tensor))
            known[formula.target] = Value(tensor.shape)
    except ReadError as error:
        raise error.placed(text, ModelError, path.name) from error
    if done[-1][0] != "g" or done[-1][1].shape != numbers or any(one.indices for _, one in done[:-1]):
        raise ModelError(f"{path.name}: an adjustment makes scalars, and last the gradient g")
    title: Any = table.get("title", {})
    return Adjustment(str(table.get("name", path.stem)), dict(title), setting, tuple(done))


def adjusted(optimizer: Optimizer, settings: Mapping[str, float], exempt: Collection[str] = ()) -> Optimizer:
    """The optimizer that is given an adjusted gradient: first clipped, then with the decay of the weights.

    Args:
        optimizer: The optimizer; one that has a setting of an adjustment's name does that in its own way.
        settings: The settings told, those of adjustments among them.
        exempt: The parameters that do not decay.

    Returns:
        An optimizer that has the settings of the adjustments too.
    """
    chosen = [
        one
        for name, one in sorted(adjustments().items())
        if settings.get(name) and name not in optimizer.settings
    ]
    update, values = optimizer.update, dict(optimizer.settings)
    for one in reversed(chosen):
        update = preceded(update, one.name, one.formulas, one.setting)
        values[one.setting] = float(settings[one.setting])
    if exempt and DECAY in values:
        update = replace(update, exempt=frozenset(exempt))
    return replace(optimizer, update=update, settings=values)
