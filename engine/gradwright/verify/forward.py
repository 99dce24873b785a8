"""The forward pass from the formulas as they were written: no index form, no cut, only arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradwright.execute.evaluate import Evaluation, evaluate
from gradwright.execute.fields import FLOAT
from gradwright.execute.function import Work
from gradwright.execute.sample import shape_of
from gradwright.model.model import Model
from gradwright.model.sort import Group, groups

Array = Any


class Forward:
    """A model's formulas, ready to be evaluated at many points."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._groups = groups(model.formulas)

    def loss(self, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> complex:
        """The loss: a complex number if one of the arrays is complex."""
        return complex(self.values(arrays, sizes)[self.model.minimise])

    def values(self, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> dict[str, Array]:
        """The value of every formula's target, and the given arrays.

        Args:
            arrays: Data, parameters and constants, in the shapes of their declarations.
            sizes: The number of places of each named axis.
        """
        values = dict(arrays)
        with np.errstate(all="ignore"):
            for group in self._groups:
                if group.direction:
                    self._recur(group, values, sizes)
                    continue
                formula = group.formulas[0]
                bound = dict.fromkeys(formula.indices, 0)
                values[formula.target] = evaluate(
                    formula.body, values, sizes, self.model.composites, bound=bound or None
                )
        return values

    def _recur(self, group: Group, values: dict[str, Array], sizes: Mapping[str, int]) -> None:
        """Carry a recurrence out place by place; before its first place there are zeros."""
        shapes = self.model.shapes
        kind = np.result_type(np.float64, *(np.asarray(value).dtype for value in values.values()))
        for formula in group.formulas:
            values[formula.target] = np.zeros(shape_of(shapes[formula.target].shape, sizes), kind)
        length = len(values[group.formulas[0].target])
        run = Evaluation(values, sizes, self.model.composites, FLOAT, Work(np.inf))
        for place in range(length) if group.direction > 0 else reversed(range(length)):
            for formula in group.formulas:
                rest = np.ndindex(values[formula.target].shape[1 : len(formula.indices)])
                for inner in rest:
                    at = (place, *inner)
                    with run.binding(dict(zip(formula.indices, map(np.asarray, at), strict=True)), 0):
                        values[formula.target][at] = run.value(formula.body)
