"""The reference interpreter: index-form assignments carried out in NumPy; complex numbers pass through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.execute.affine import whole
from gradwright.execute.expression import Evaluator
from gradwright.execute.order import Recurrence, Straight, order
from gradwright.execute.prepare import prepare
from gradwright.tensor.nodes import Assignment, Tensor

Array = Any


def interpret(
    assignments: Sequence[Assignment], arrays: Mapping[str, Array], sizes: Mapping[str, int]
) -> dict[str, Array]:
    """The value of every assignment.

    Args:
        assignments: In any order; a recurrence along a leading axis is carried out place by place.
        arrays: The given values, in the shapes of their declarations; if one is complex, results may be.
        sizes: The number of places of each named axis.

    Returns:
        An array (float64 or complex128) for each assigned name.

    Raises:
        ModelError: The assignments are cyclic.
        UsageError: An axis has no size.
    """
    return run(order(prepare(assignments)), arrays, sizes)


def run(
    groups: Sequence[Straight | Recurrence], arrays: Mapping[str, Array], sizes: Mapping[str, int]
) -> dict[str, Array]:
    """The same for assignments that are prepared and ordered already."""
    values = {name: np.asarray(array) for name, array in arrays.items()}
    kind = np.result_type(np.float64, *(value.dtype for value in values.values()))
    results: dict[str, Array] = {}
    with np.errstate(all="ignore"):
        for group in groups:
            if isinstance(group, Straight):
                tensor = group.assignment.tensor
                value = Evaluator(values, sizes).tensor(tensor)
                values[group.assignment.name] = results[group.assignment.name] = value
            else:
                results.update(_recur(group, values, sizes, kind))
    return results


def _recur(
    group: Recurrence, values: dict[str, Array], sizes: Mapping[str, int], kind: Any
) -> dict[str, Array]:
    """The values of a recurrence; before (or after) its first place there are zeros."""
    length = whole(group.extent, sizes)
    for member in group.assignments:
        values[member.name] = np.zeros([whole(extent, sizes) for extent in member.tensor.shape], kind)
    places = range(length) if group.direction > 0 else range(length - 1, -1, -1)
    for place in places:
        for member in group.assignments:
            lead, *rest = member.tensor.indices
            evaluator = Evaluator(values, sizes, {lead: place})
            values[member.name][place] = evaluator.tensor(Tensor(tuple(rest), member.tensor.entry))
    return {member.name: values[member.name] for member in group.assignments}
