"""The forward pass from the formulas as they were written: no index form, no cut, only arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradwright.execute.formulas import values_of
from gradwright.execute.sample import shape_of
from gradwright.model.model import Model
from gradwright.model.sort import groups

Array = Any


class Forward:
    """A model's formulas, ready to be evaluated at many points."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._groups = groups(model.formulas)
        self._targets = tuple(formula.target for formula in model.formulas)

    def loss(self, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> complex:
        """The loss: a complex number if one of the arrays is complex."""
        return complex(self.values(arrays, sizes)[self.model.minimise])

    def values(self, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> dict[str, Array]:
        """The value of every formula's target, and the given arrays.

        Args:
            arrays: Data, parameters and constants, in the shapes of their declarations.
            sizes: The number of places of each named axis.
        """
        composites = self.model.composites
        extents = {name: shape_of(self.model.shapes[name].shape, sizes) for name in self._targets}
        return {**arrays, **values_of(self._groups, arrays, sizes, composites, extents=extents)}
