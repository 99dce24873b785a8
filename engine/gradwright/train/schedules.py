"""Schedules of the learning rate: files of forward formulas under ``problems/schedules``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradwright import catalog
from gradwright.errors import ModelError, UsageError, nearest
from gradwright.execute.expression import Evaluator
from gradwright.execute.order import names_in
from gradwright.execute.update import PLACE
from gradwright.language.lower import lower
from gradwright.language.parse import parse_formulas
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.tensor.nodes import Entry, Tensor

Array = Any
GIVEN = ("step", "steps", "warm_up")


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes.

    Args:
        factor: What it is multiplied by, a formula of the step (from 1), all steps and those of the warm-up.
        warm_up: Over so many first steps the factor grows in a straight line to that of the last of them.
    """

    name: str
    title: Mapping[str, str]
    factor: Tensor
    warm_up: int = 0

    @property
    def constant(self) -> bool:
        """Whether the rate is the same at every step."""
        return not self.warm_up and not names_in(self.factor.entry)

    def factors(self, numbers: Array, steps: int) -> Array:
        """The factor at some steps.

        Args:
            numbers: Which steps, from 1.
            steps: How many there are to be.

        Returns:
            One factor a step.

            >>> schedule("linear", warm_up=2).factors(np.arange(1, 7), 6).tolist()
            [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]
        """
        steps = max(steps, self.warm_up + 1)
        after = np.clip(numbers, max(self.warm_up, 1), steps).astype(np.float64)
        values = {"step": after, "steps": np.float64(steps), "warm_up": np.float64(self.warm_up)}
        found = Evaluator(values, {"numbers": len(after)}).tensor(self.factor)
        return found * np.minimum(1.0, numbers / max(1, self.warm_up))


def schedule(name: str, warm_up: int = 0) -> Schedule:
    """The schedule of the catalogue with the given name.

    Raises:
        UsageError: There is none, or the warm-up is negative.
    """
    files = catalog.entries("schedules")
    if name not in files:
        hint = nearest(name, files) or f"known: {', '.join(files)}"
        raise UsageError(f"there is no schedule {name}", hint=hint)
    if warm_up < 0:
        raise UsageError(f"a warm-up of {warm_up} steps", hint="0 is none")
    return read(files[name], warm_up)


def read(path: Path, warm_up: int = 0) -> Schedule:
    """The schedule in a file.

    Raises:
        ModelError: The file is wrong: a formula that can't be read, a name not declared, no factor.
    """
    table = catalog.table(path)
    text = str(table.get("formulas", ""))
    try:
        formulas = parse_formulas(text)
        if len(formulas) != 1 or formulas[0].target != "factor":
            raise ModelError(f'{path.name}: a schedule has formulas = "factor = ..."')
        factor = lower(formulas[0].body, Scope({name: Value(()) for name in GIVEN})).entry
    except ReadError as error:
        raise error.placed(text, ModelError, path.name) from error
    factor = factor.xreplace({Entry("step"): Entry("step", PLACE)})
    title: Any = table.get("title", {})
    return Schedule(str(table.get("name", path.stem)), dict(title), Tensor((PLACE,), factor), warm_up)
