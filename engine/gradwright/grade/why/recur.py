"""The values of a recurrence on a bench."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradwright.execute.named import stacked
from gradwright.grade.why.bench import Array, Bench
from gradwright.language.scope import ReadError
from gradwright.model.sort import Group


def recur(group: Group, bench: Bench, extents: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """The arrays of all targets of a recurrence.

    Args:
        group: Its formulas, in the order of one time step.
        bench: The point.
        extents: The shape of every target; its first axis is the one that the recurrence runs along.

    Raises:
        ReadError: A value does not exist.
    """
    values = {}
    for formula in group.formulas:
        if formula.target not in extents:
            raise ReadError(f"nothing says how far {formula.target} runs", formula.body.span)
        values[formula.target] = np.zeros(extents[formula.target])
    length = len(next(iter(values.values())))
    steps = range(length) if group.direction > 0 else range(length - 1, -1, -1)
    with bench.changed(values, frozenset(values)):
        for place in steps:
            for formula in group.formulas:
                time, *rest = formula.indices
                lengths = dict(zip(rest, extents[formula.target][1:], strict=False))
                with bench.binding({time: np.asarray(place)}, 0):
                    value = stacked(formula.body, lengths, bench) if rest else bench.value(formula.body)
                    bench.arrays[formula.target][place] = value
        return {name: bench.arrays[name] for name in values}
