"""Optimizers: files of forward formulas under ``problems/optimizers``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradwright import catalog
from gradwright.errors import ModelError, UsageError, nearest
from gradwright.execute.update import Update, sequence
from gradwright.language.lower import lower
from gradwright.language.parse import parse_formulas
from gradwright.language.scope import ReadError, Scope, Value

GIVEN = ("w", "g", "step")


@dataclass(frozen=True)
class Optimizer:
    """A rule that changes the parameters by their gradients.

    Args:
        update: Its formulas, for one number ``w`` with the gradient ``g`` at the step ``step`` (from 1).
        settings: The values of its settings unless told otherwise.
    """

    name: str
    title: Mapping[str, str]
    update: Update
    settings: Mapping[str, float]


def optimizer(name: str) -> Optimizer:
    """The optimizer of the catalogue with the given name.

    Raises:
        UsageError: There is none.
    """
    files = catalog.entries("optimizers")
    if name not in files:
        raise UsageError(
            f"there is no optimizer {name}", hint=nearest(name, files) or f"known: {', '.join(files)}"
        )
    return read(files[name])


def read(path: Path) -> Optimizer:
    """The optimizer in a file.

    Raises:
        ModelError: The file is wrong: a formula that can't be read, a name not declared.
    """
    table = catalog.table(path)
    state = table.get("state", [])
    settings = table.get("settings", {})
    formulas = table.get("update", {}).get("formulas", "")
    if not isinstance(state, list) or not isinstance(settings, Mapping) or not formulas:
        raise ModelError(f"{path.name}: an optimizer has state = [...], [settings] and [update] formulas")
    wrong = [name for name in (*state, *settings) if name in GIVEN]
    if wrong:
        raise ModelError(f"{path.name}: {wrong[0]} is given to every optimizer and can't be declared")
    rows = table.get("rows", "all")
    if rows not in ("all", "touched"):
        raise ModelError(f'{path.name}: rows = "{rows}" is neither "all" nor "touched"')
    values = {name: float(value) for name, value in settings.items()}
    steps = _formulas(formulas, ["w", *state], [*values, "step"], path.name, rows == "touched")
    title: Any = table.get("title", {})
    return Optimizer(str(table.get("name", path.stem)), dict(title), steps, values)


def _formulas(text: str, slots: list[str], settings: list[str], source: str, is_lazy: bool) -> Update:
    """The formulas, each lowered in the scope of what is declared and of the targets before it."""
    known = {name: Value(()) for name in (*slots, *settings, "g")}
    done = []
    try:
        for formula in parse_formulas(text):
            done.append((formula.target, lower(formula.body, Scope(known))))
            known[formula.target] = Value(())
    except ReadError as error:
        raise error.placed(text, ModelError, source) from error
    return sequence(done, slots, settings, is_lazy)
