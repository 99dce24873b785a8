"""The lines of a program carried out on a bench, and the result when one of them is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gradwright.execute.named import stacked
from gradwright.grade.why.bench import Array, Bench
from gradwright.grade.why.recur import recur
from gradwright.language.tree import Formula, Tree, names
from gradwright.model.sort import Group


class Lines:
    """A program at one point; ``value`` is that of the result.

    Args:
        bench: The point; the values of several lines are added to its names.
        groups: The lines in order, those of a recurrence together.
        result: The name of the line that was asked for.
        extents: How far the indices of a line run, where that is known.
    """

    def __init__(
        self,
        bench: Bench,
        groups: Sequence[Group],
        result: str,
        extents: Mapping[str, tuple[int, ...]],
    ) -> None:
        self.bench = bench
        self.result = result
        self._groups = groups
        self._extents = extents
        self._alone = len(groups) == 1 and not groups[0].direction
        self._order = [
            (group, _targets(group), frozenset[str]().union(*(names(one.body) for one in group.formulas)))
            for group in groups
        ]
        if self._alone:
            self.value = np.asarray(self._value(groups[0].formulas[0]))
            return
        for group in groups:
            bench.arrays.update(self._values(group))
        self.value = np.asarray(bench.arrays[result])

    def changed(self, trees: Mapping[str, Tree]) -> Array | None:
        """The result when some lines have other trees, or None where that changes nothing.

        Raises:
            GradwrightError: Some value does not exist.
        """
        if self._alone:
            only = self._groups[0].formulas[0]
            return self._value(Formula(only.target, only.indices, trees[only.target]))
        touched = frozenset[str]()
        with self.bench.changed({}, touched):
            for group, targets, needs in self._order:
                own = not targets.isdisjoint(trees)
                if not own and needs.isdisjoint(touched):
                    continue
                affected = touched | targets
                self.bench.touch(affected)
                values = self._values(_with(group, trees) if own else group)
                if any(not _same(values[name], self.bench.arrays[name]) for name in values):
                    touched = affected
                    self.bench.arrays.update(values)
            return self.bench.arrays[self.result] if self.result in touched else None

    def _values(self, group: Group) -> dict[str, Array]:
        if group.direction:
            return recur(group, self.bench, self._extents)
        return {formula.target: self._value(formula) for formula in group.formulas}

    def _value(self, formula: Formula) -> Array:
        if not formula.indices:
            return self.bench.value(formula.body)
        lengths = self._extents.get(formula.target, (0,) * len(formula.indices))
        return stacked(formula.body, dict(zip(formula.indices, lengths, strict=False)), self.bench)


def _targets(group: Group) -> frozenset[str]:
    return frozenset(formula.target for formula in group.formulas)


def _with(group: Group, trees: Mapping[str, Tree]) -> Group:
    formulas = tuple(
        Formula(one.target, one.indices, trees.get(one.target, one.body)) for one in group.formulas
    )
    return Group(formulas, group.direction)


def _same(left: Array, right: Array) -> bool:
    return np.array_equal(left, right)
