"""The rows of a parameter that a step's data names, as a batch does an embedding's words.

They are read off the gradient's formula: ``sum(k, (i == word[k]) * dE[k, j])`` is 0 in every row ``i`` that
no ``word[k]`` names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Add, Expr, Mul

from gradwright.execute.affine import indices_of
from gradwright.execute.expression import Evaluator
from gradwright.execute.source import Source
from gradwright.tensor.nodes import Delta, Entry, Index, Sum, Tensor

Array = Any


@dataclass(frozen=True)
class Touched:
    """Rows, all others of which have the gradient 0.

    Args:
        axis: The axis of the parameter along which they lie.
        rows: Which they are, a whole number at each place of its indices; a row may be named many times.
    """

    axis: int
    rows: tuple[Tensor, ...]


def touched(source: Source) -> dict[str, Touched]:
    """For each parameter whose gradient tells its rows by given whole numbers, these rows."""
    made = {assignment.name: assignment.tensor for assignment in source.assignments}
    found = {}
    for parameter, gradient in zip(source.parameters, source.gradients, strict=True):
        tensor = made[gradient]
        terms = [next(_named(term, tensor, made), None) for term in Add.make_args(tensor.entry)]
        known = [term for term in terms if term is not None]
        if len(known) == len(terms) and len({axis for axis, _ in known}) == 1:
            found[parameter] = Touched(known[0][0], tuple(dict.fromkeys(rows for _, rows in known)))
    return found


def _named(term: Expr, gradient: Tensor, made: Mapping[str, Tensor]) -> Iterator[tuple[int, Tensor]]:
    """The axis and the rows of a term that is a delta of both times anything, or a sum of such a one."""
    factors = Mul.make_args(term)
    bodies = [
        ((), factors),
        *((one.bound, Mul.make_args(one.body)) for one in factors if isinstance(one, Sum)),
    ]
    for bound, parts in bodies:
        for delta in (part for part in parts if isinstance(part, Delta)):
            for index, row in (delta.args, reversed(delta.args)):
                entries, own = row.atoms(Entry), indices_of(row)
                given = entries and not any(entry.name in made for entry in entries)
                if index in gradient.indices and given and own <= set(bound):
                    loops: tuple[Index, ...] = tuple(one for one in bound if one in own)
                    yield gradient.indices.index(index), Tensor(loops, row)


def where_touched(
    found: Mapping[str, Touched],
    gradients: Mapping[str, Array],
    data: Mapping[str, Array],
    sizes: Mapping[str, int],
) -> dict[str, Array]:
    """For each parameter in its gradient's shape whether a number lies in a row that data names.

    Args:
        found: The rows of those parameters of which others are none.
        gradients: For each parameter its gradient.
        data: The given values.
        sizes: The number of places of each named axis.
    """
    shown = {name: np.ones(np.shape(array), bool) for name, array in gradients.items()}
    for name, one in found.items():
        along = np.zeros(shown[name].shape[one.axis], bool)
        for rows in one.rows:
            places = Evaluator(data, sizes).tensor(rows).astype(np.intp)
            along[places[(places >= 0) & (places < len(along))]] = True
        others = [axis for axis in range(shown[name].ndim) if axis != one.axis]
        shown[name] &= np.expand_dims(along, others)
    return shown
