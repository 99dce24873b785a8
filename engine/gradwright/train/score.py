"""How well a model does: its loss, the share of right answers, and what its metric says."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sympy import Expr, Ge, Integer, Mul, Rational, S, Tuple

from gradwright.errors import ModelError
from gradwright.execute.program import Program
from gradwright.language.scope import Shape, Value
from gradwright.model.model import EXACT_MATCH, PERPLEXITY
from gradwright.tensor.nodes import Assignment, Entry, First, Index, Sum, Tensor, Where, size
from gradwright.train.bind import CLASSES, Bound, batch_axis

Array = Any
RIGHT, ASKED, WHOLE = "right_answers", "answers", "right_examples"


class Score(NamedTuple):
    """How a model does on some examples.

    Args:
        loss: The mean loss.
        accuracy: The share of right answers, where the target is a class.
        metric: The figure that the model's metric asks for, if it has one.
    """

    loss: float
    accuracy: float | None
    metric: float | None


@dataclass(frozen=True)
class Question:
    """What a model is to tell: a class at each of some places.

    Args:
        target: The value that has the right ones.
        at: The places.
        right: 1 where the prediction is right, else 0.
        counts: 1 where a place counts, 0 where a mask leaves it out.
    """

    target: str
    at: tuple[Index, ...]
    right: Expr
    counts: Expr


def scores(
    data: Mapping[str, Value],
    values: Mapping[str, Value],
    predict: str,
    seen: Collection[str] = (),
    metric: str = "",
) -> tuple[Assignment, ...]:
    """How many of a batch's answers are right, how many there are, how many examples are right throughout.

    The target is a class (one-hot, binary, 1 and -1, or a class number) that has the prediction's places and
    that the prediction is not computed from. A place counts unless a mask among the data, with the axes of
    these places, is 0 there.

    Args:
        data: The model's data values, the target among them.
        values: All values' shapes.
        predict: The name of the value that predicts.
        seen: The data that it is computed from.
        metric: The model's metric; the last formula is there for ``exact_match`` alone.

    Returns:
        The formulas; none where the target is no class or has other places than the prediction.

    Raises:
        ModelError: The metric asks for whole sequences and there are none.

        >>> y, P = Value((size("n"),), "index k"), Value((size("n"), size("k")))
        >>> [str(one.tensor.entry) for one in scores({"y": y}, {"y": y, "P": P}, "P")]
        ['Sum(i0, First(P[i0, k], (k,), (y[i0],)))', 'n']
    """
    asked = question(data, values, predict, seen)
    if asked is None or (metric == EXACT_MATCH and len(asked.at) < 2):
        if metric == EXACT_MATCH:
            raise ModelError(
                "the metric exact_match needs predict, a value with an axis of classes last, for each "
                "place of a sequence, and class numbers among the data with its other axes"
            )
        return ()
    right = Sum.over(asked.counts * asked.right, asked.at)
    count = Sum.over(asked.counts, asked.at) if asked.counts != 1 else Mul(*(one.extent for one in asked.at))
    found = {RIGHT: right, ASKED: count}
    if metric == EXACT_MATCH:
        batch = batch_axis(data, asked.target)
        example = [one for one in asked.at if one.extent == batch]
        rest = [one for one in asked.at if one.extent != batch]
        wrong = Sum.over(asked.counts * (1 - asked.right), rest)
        found[WHOLE] = Sum.over(Where(Ge(wrong, Rational(1, 2)), S.Zero, S.One), example)
    return tuple(Assignment(_free(name, values), Tensor((), entry)) for name, entry in found.items())


def _free(name: str, values: Mapping[str, Value]) -> str:
    """The name, or a longer one if a value has it."""
    while name in values:
        name += "_"
    return name


def question(
    data: Mapping[str, Value], values: Mapping[str, Value], predict: str, seen: Collection[str]
) -> Question | None:
    """What is asked, if a value of the data fits the prediction; the arguments are those of ``scores``."""
    if predict not in values:
        return None
    shape = values[predict].shape
    for name, value in data.items():
        if name in seen or value.drawn is not None:
            continue
        at = tuple(Index(f"i{axis}", extent) for axis, extent in enumerate(value.shape))
        if value.domain in CLASSES and value.shape == shape:
            right = _right(name, value.domain, predict, at)
            at = at[:-1] if value.domain == "onehot" else at
        elif value.domain.startswith("index ") and _fits(value, shape):
            lead = [next(one for one in at if one.extent == extent) for extent in shape[:-1]]
            k = Index("k", shape[-1])
            right = First(Entry(predict, *lead, k), Tuple(k), Tuple(Entry(name, *at)))
        else:
            continue
        return Question(name, at, right, _counts(data, at))
    return None


def _fits(value: Value, shape: Shape) -> bool:
    """Whether a prediction's shape is that of class numbers, in any order, and then the classes."""
    if not shape or shape[-1] != size(value.domain.split()[1]):
        return False
    return len(set(value.shape)) == len(value.shape) == len(shape) - 1 and set(value.shape) == set(shape[:-1])


def _right(target: str, domain: str, predict: str, at: Sequence[Index]) -> Expr:
    """1 where a prediction of the target's own shape is right."""
    label, told = Entry(target, *at), Entry(predict, *at)
    if domain == "onehot":
        k = Index("k", at[-1].extent)
        return Sum.over(label * First(Entry(predict, *at[:-1], k), Tuple(k), Tuple(at[-1])), at[-1:])
    if domain == "pm1":
        return Where(Ge(told, 0), (1 + label) / 2, (1 - label) / 2)
    return Where(Ge(told, Rational(1, 2)), label, 1 - label)


def _counts(data: Mapping[str, Value], at: Sequence[Index]) -> Expr:
    """The mask that has the places' axes, in any order; 1 if there is none."""
    place = {one.extent: one for one in at}
    for name, value in data.items():
        is_given = value.domain == "mask" and value.drawn is None
        if is_given and len(value.shape) == len(at) and set(value.shape) == set(place):
            return Entry(name, *(place[extent] for extent in value.shape))
    return Integer(1)


def score(
    program: Program,
    params: Mapping[str, Array],
    data: Bound,
    metric: str = "",
    batch: int = 256,
    averages: Mapping[str, Array] | None = None,
) -> Score:
    """How a program does on examples.

    Args:
        program: The program.
        params: The parameters.
        data: The examples.
        metric: ``perplexity`` is e to the mean loss of an answer; ``exact_match`` the share of examples whose
            answers are all right.
        batch: How many examples to look at at once.
        averages: A training's averages, which stand for a batch's own values.
    """
    losses = nats = 0.0
    told = np.zeros(len(program.scores))
    for begin in range(0, data.count, batch):
        places = np.arange(begin, min(begin + batch, data.count))
        values = program.values(params, data.take(places), averages)
        loss = float(values[program.loss])
        found = np.array([float(values[one.name]) for one in program.scores])
        losses += loss * len(places)
        nats += loss * (found[1] if len(found) else len(places))
        told += found
    answers = told[1] if len(told) else data.count
    figures = {
        PERPLEXITY: _exponential(nats / answers),
        EXACT_MATCH: told[-1] / data.count if len(told) else 0,
    }
    return Score(
        losses / data.count, told[0] / answers if len(told) else None, figures[metric] if metric else None
    )


def _exponential(nats: float) -> float:
    return math.exp(nats) if nats < 700 else math.inf
