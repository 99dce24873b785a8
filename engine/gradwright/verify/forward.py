"""The forward pass from the formulas as they were written: no index form, no cut, only arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from gradwright.execute.formulas import values_of
from gradwright.execute.sample import shape_of
from gradwright.language.tree import names
from gradwright.model.model import Model
from gradwright.model.sort import Group, groups

Array = Any


class Forward:
    """A model's formulas, ready to be evaluated at many points."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._groups = groups(model.formulas)
        shapes = model.shapes
        self._shapes = {formula.target: shapes[formula.target].shape for formula in model.formulas}
        self._after = cache(self._found_after)

    def loss(self, arrays: Mapping[str, Array], sizes: Mapping[str, int], moved: str = "") -> complex:
        """The loss: a complex number if one of the arrays is complex.

        Args:
            arrays: Data, parameters and constants, and with ``moved`` every other value too.
            sizes: The number of places of each named axis.
            moved: The one array that is not what it was when the values were computed.
        """
        return complex(self.values(arrays, sizes, moved)[self.model.minimise])

    def values(
        self, arrays: Mapping[str, Array], sizes: Mapping[str, int], moved: str = ""
    ) -> dict[str, Array]:
        """The value of every formula's target, and the given arrays.

        Args:
            arrays: Data, parameters and constants, in the shapes of their declarations; with ``moved`` every
                other value too.
            sizes: The number of places of each named axis.
            moved: Compute only what depends on this array; the rest is given.
        """
        composites = self.model.composites
        extents = {name: shape_of(shape, sizes) for name, shape in self._shapes.items()}
        asked = self._after(moved) if moved else self._groups
        return {**arrays, **values_of(asked, arrays, sizes, composites, extents=extents)}

    def _found_after(self, name: str) -> tuple[Group, ...]:
        """The formulas that depend on a value."""
        reached, found = {name}, []
        for group in self._groups:
            if any(names(formula.body) & reached for formula in group.formulas):
                reached |= {formula.target for formula in group.formulas}
                found.append(group)
        return tuple(found)
