"""How well a model does: its loss and the share of right answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sympy import Ge, Rational, Tuple

from gradwright.execute.program import Program
from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment, Entry, First, Index, Sum, Tensor, Where
from gradwright.train.bind import CLASSES, Bound, target_of

Array = Any
RIGHT = "right_answers"


def right_answers(data: Mapping[str, Value], values: Mapping[str, Value], predict: str) -> Assignment | None:
    """How many of a batch's answers are right: the sum of what the target has at the class that is told.

    Args:
        data: The model's data values, the target among them.
        values: All values' shapes.
        predict: The name of the value that predicts.

    Returns:
        The formula; None where the target is no class or has another shape than the prediction.

        >>> from gradwright.tensor.nodes import size
        >>> Y = Value((size("n"), size("k")), "onehot")
        >>> right_answers({"Y": Y}, {"Y": Y, "P": Y}, "P").tensor.entry
        Sum(i0, i1, Y[i0, i1]*First(P[i0, k], (k,), (i1,)))
    """
    if not data or predict not in values:
        return None
    target = target_of(data)
    domain, shape = data[target].domain, data[target].shape
    if domain not in CLASSES or values[predict].shape != shape:
        return None
    at = [Index(f"i{axis}", extent) for axis, extent in enumerate(shape)]
    label, told = Entry(target, *at), Entry(predict, *at)
    if domain == "onehot":
        k = Index("k", shape[-1])
        entry = label * First(Entry(predict, *at[:-1], k), Tuple(k), Tuple(at[-1]))
    elif domain == "pm1":
        entry = Where(Ge(told, 0), (1 + label) / 2, (1 - label) / 2)
    else:
        entry = Where(Ge(told, Rational(1, 2)), label, 1 - label)
    name = RIGHT
    while name in values:
        name += "_"
    return Assignment(name, Tensor((), Sum.over(entry, at)))


def answers(program: Program, data: Bound) -> int:
    """How many answers the examples ask for, each a class."""
    target = data.arrays[data.target]
    return int(target[..., 0].size if program.data[data.target].domain == "onehot" else target.size)


def score(
    program: Program,
    params: Mapping[str, Array],
    data: Bound,
    batch: int = 256,
    averages: Mapping[str, Array] | None = None,
) -> tuple[float, float | None]:
    """The mean loss over the examples, and the share of right answers where the program has a score.

    Args:
        program: The program.
        params: The parameters.
        data: The examples.
        batch: How many examples to look at at once.
        averages: A training's averages, which stand for a batch's own values.
    """
    losses = right = 0.0
    for begin in range(0, data.count, batch):
        places = np.arange(begin, min(begin + batch, data.count))
        values = program.values(params, data.take(places), averages)
        losses += float(values[program.loss]) * len(places)
        right += float(values[program.score.name]) if program.score else 0
    return losses / data.count, right / answers(program, data) if program.score else None
