"""The ways back through time that are measured: an adjoint, its bound, and its path without matrices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr

from gradwright.derive.derivation import Derivation
from gradwright.derive.growth import Growth, growth
from gradwright.derive.links import Link
from gradwright.derive.through_time import ThroughTime, through_time
from gradwright.language.tree import Name, Tree, names
from gradwright.tensor.nodes import Index, Tensor

Array = Any


@dataclass(frozen=True)
class Way:
    """One state of a recurrence.

    Args:
        state: Its name.
        through: The product form of its recurrence.
        growth: The bound of one step, where there is one.
        weights: The parameters that are matrices of the Jacobian.
        measured: Further values to be computed: what the loss hands in, the factor of the direct path.
    """

    state: str
    through: ThroughTime
    growth: Growth | None
    weights: tuple[str, ...]
    measured: tuple[tuple[str, Tensor], ...]

    @property
    def length(self) -> Expr:
        """The extent of the time axis."""
        return self.through.jacobian.recurrence.length

    def bound(self, values: Mapping[str, Array], norms: Array) -> tuple[float, Array]:
        """The bound's factor for one step, and the bound at each time; 0 and nothing where there is none."""
        if self.growth is None or any(t not in self.weights for t in self._matrices):
            return 0.0, ()
        factor = sum(
            float(term.number) * float(np.prod([_largest(values, tree) for tree in term.matrices]))
            for term in self.growth.terms
        )
        handed = np.zeros(len(norms))
        if self.through.at_end:
            handed[-1 if self.forward else 0] = norms[-1 if self.forward else 0]
        else:
            direct = values[self.through.direct[self.state].name]
            handed = np.sqrt((direct.reshape(len(direct), -1) ** 2).sum(axis=1))
        limits, last = np.zeros(len(norms)), 0.0
        for time in self._backwards(len(norms)):
            last = limits[time] = factor * last + handed[time]
        return factor, limits

    def direct(self, values: Mapping[str, Array], adjoint: Array) -> Array:
        """The length of what the last adjoint hands back along the path without matrices alone."""
        name = _carry(self.state)
        if name not in values:
            return ()
        first, *rest = self._backwards(len(adjoint))
        row, lengths, later = adjoint[first], np.zeros(len(adjoint)), first
        lengths[first] = np.linalg.norm(row)
        for time in rest:
            factor = values[name][later]
            row = row * (factor if np.ndim(factor) == np.ndim(row) else factor[..., None])
            lengths[time], later = np.linalg.norm(row), time
        return lengths

    @property
    def _matrices(self) -> list[str]:
        """The names of the matrices of the bound; empty for one that has none."""
        trees = [tree for term in self.growth.terms for tree in term.matrices] if self.growth else []
        return [tree.name if isinstance(tree, Name) else "" for tree in trees]

    @property
    def forward(self) -> bool:
        """Whether the recurrence runs from the first time to the last."""
        return self.through.jacobian.recurrence.direction > 0

    def _backwards(self, length: int) -> range:
        return range(length - 1, -1, -1) if self.forward else range(length)


def ways_of(derivation: Derivation) -> tuple[Way, ...]:
    """A way for each state of each recurrence that has a product form."""
    parameters = derivation.model.parameters
    found: list[Way] = []
    for through in through_time(derivation):
        weights = [
            name
            for link in through.jacobian.links
            if link.kind == "matrix"
            for name in sorted(names(link.tree))
            if name in parameters and len(parameters[name].value.shape) == 2
        ]
        for state in through.states:
            measured: list[tuple[str, Tensor]] = []
            if not through.at_end and state in through.direct:
                measured.append((through.direct[state].name, through.direct[state].tensor))
            if state in through.carries and through.carries[state].links:
                factor = _in_full(through.carries[state].links[0], through, derivation)
                measured.append((_carry(state), factor))
            bound = growth(through, derivation)
            found.append(Way(state, through, bound, tuple(dict.fromkeys(weights)), tuple(measured)))
    return tuple(found)


def _carry(state: str) -> str:
    return f"carry of {state}"


def _in_full(link: Link, through: ThroughTime, derivation: Derivation) -> Tensor:
    """A factor at every time and example: its named indices as axes, in the state's order."""
    letters = (through.jacobian.time, *through.jacobian.examples)
    named = {symbol.name: symbol for symbol in link.tensor.entry.free_symbols if isinstance(symbol, Index)}
    shape = derivation.shapes[through.states[0]]
    held = [named.get(letter, Index(letter, extent)) for letter, extent in zip(letters, shape, strict=False)]
    return Tensor((*held, *link.tensor.indices), link.tensor.entry)


def _largest(values: Mapping[str, Array], tree: Tree) -> float:
    """The largest singular value of a matrix that is a parameter."""
    assert isinstance(tree, Name), tree
    return float(np.linalg.norm(values[tree.name], 2))
