"""How parameters start: by name, from seeded random numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Expr

from gradwright.errors import ModelError
from gradwright.execute.affine import whole
from gradwright.execute.order import names_in
from gradwright.language.scope import Value
from gradwright.model.start import Start, start_of
from gradwright.tensor.nodes import Assignment, Entry, Index, Sum

Array = Any


def initialise(
    parameters: Mapping[str, Value],
    ways: Mapping[str, str],
    sizes: Mapping[str, int],
    rng: np.random.Generator,
    assignments: Sequence[Assignment] = (),
) -> dict[str, Array]:
    """Starting values of the parameters, float64, in their shapes.

    Args:
        parameters: The parameters, in the order in which the random numbers are drawn.
        ways: For each parameter ``xavier`` (uniform, variance 2 / (fan in + fan out); ``xavier-normal``),
            ``he`` (normal, variance 2 / fan in; ``he-uniform``), ``lecun`` (normal, variance 1 / fan in),
            ``orthogonal``, ``normal`` (standard deviation 0.1), ``uniform`` (limit 0.1), ``constant``,
            ``zeros`` or ``ones``; a number after it says another gain, deviation, limit or value.
        sizes: The sizes of the axes.
        rng: Where the numbers come from.
        assignments: The formulas, which show what a parameter's inputs and outputs are.

    Raises:
        ModelError: A way that is not known, or ``orthogonal`` for a parameter of one axis.

    Source:
        Glorot and Bengio (2010), AISTATS, eq. 16; He et al. (2015), ICCV, eq. 10; LeCun et al. (1998),
        Efficient BackProp, eq. 16; Saxe et al. (2014), ICLR, section 3.
    """
    users: dict[str, list[Assignment]] = {}
    for assignment in assignments:
        for used in names_in(assignment.tensor.entry):
            users.setdefault(used, []).append(assignment)
    found = {}
    for name, value in parameters.items():
        shape = [whole(extent, sizes) for extent in value.shape]
        start = start_of(ways.get(name, "xavier"))
        if start.way == "orthogonal":
            found[name] = start.number * _orthogonal(name, shape, rng)
        else:
            found[name] = _draw(start, shape, fans(name, shape, users.get(name, ())), rng)
    return found


def _draw(start: Start, shape: Sequence[int], fan: tuple[int, int], rng: np.random.Generator) -> Array:
    way, _, kind = start.way.partition("-")
    if way in ("zeros", "ones", "constant"):
        return np.full(shape, start.number)
    if way == "normal":
        return rng.normal(0, start.number, shape)
    if way == "uniform":
        return rng.uniform(-start.number, start.number, shape)
    variance = {"xavier": 2 / sum(fan), "he": 2 / fan[0], "lecun": 1 / fan[0]}[way]
    if kind == "uniform" or start.way == "xavier":
        limit = start.number * math.sqrt(3 * variance)
        return rng.uniform(-limit, limit, shape)
    return rng.normal(0, start.number * math.sqrt(variance), shape)


def _orthogonal(name: str, shape: Sequence[int], rng: np.random.Generator) -> Array:
    """Orthonormal rows or columns, whichever are fewer, of the first axis by all others."""
    if len(shape) < 2:
        raise ModelError(f"{name} has fewer than two axes, so it can't be orthogonal", hint="such as normal")
    rows, columns = shape[0], math.prod(shape[1:])
    tall = rng.normal(size=(max(rows, columns), min(rows, columns)))
    factor, upper = np.linalg.qr(tall)
    factor = factor * np.sign(np.diag(upper))  # else the distribution would not be even
    return (factor if rows >= columns else factor.T).reshape(shape)


def fans(name: str, shape: Sequence[int], assignments: Sequence[Assignment]) -> tuple[int, int]:
    """How many inputs an output has, and outputs an input has, by the first formula that uses a parameter.

    The axes that a sum runs over are the inputs, the others the outputs. The axes of a window, which moves
    over the input, count for both: an input lies in as many windows. Along an axis where data says the place,
    a table's rows, one row is taken: it counts for neither. Where nothing of this is there, the last two axes
    are (inputs, outputs).
    """
    for assignment in assignments:
        for entry, bound, others in _uses(name, assignment.tensor.entry):
            summed = [place in bound for place in entry.indices]
            taken = [bool(place.has(Entry)) for place in entry.indices]
            if not any(summed) and not any(taken):
                continue
            moved = [
                inside and _moves(place, others) for place, inside in zip(entry.indices, summed, strict=True)
            ]
            inputs = math.prod(extent for extent, inside in zip(shape, summed, strict=True) if inside)
            outputs = math.prod(
                extent
                for extent, inside, window, row in zip(shape, summed, moved, taken, strict=True)
                if window or not (inside or row)
            )
            return max(1, inputs), max(1, outputs)
    if len(shape) >= 2:
        return max(1, shape[-2]), max(1, shape[-1])
    return max(1, math.prod(shape)), 1


def _uses(name: str, entry: Expr) -> Iterator[tuple[Entry, frozenset[Index], list[Entry]]]:
    """Each place where a formula reads a parameter: inside sums first, with what these run over and read."""
    for node in sorted(entry.atoms(Sum), key=str):
        read = sorted(node.body.atoms(Entry), key=str)
        for one in read:
            if one.name == name and set(one.indices) & set(node.bound):
                yield one, frozenset(node.bound), [other for other in read if other.name != name]
    for one in sorted(entry.atoms(Entry), key=str):
        if one.name == name:
            yield one, frozenset(), []


def _moves(place: Expr, others: Sequence[Entry]) -> bool:
    """Whether others are read at a sum of this place and another: the parameter is a window over them."""
    return any(
        index != place and index.has(place) and not index.has(Entry)
        for other in others
        for index in other.indices
    )
