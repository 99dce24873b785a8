"""Reductions over axes, with ``axis`` and ``keepdims``, and over named indices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.execute.ball_functions import UNKNOWN
from gradwright.execute.function import Function, axes_of, axis_of, flag, option
from gradwright.execute.named import reduce_named
from gradwright.language.scope import ReadError
from gradwright.language.tree import Call

if TYPE_CHECKING:
    from gradwright.execute.evaluate import Evaluation

Array = Any
Fold = Callable[[Array, tuple[int, ...], bool, "Evaluation"], Array]


def total(array: Array, axes: tuple[int, ...], keep: bool, _: Evaluation) -> Array:
    """The sum over some axes."""
    return np.sum(array, axis=axes, keepdims=keep)


def extreme(join: str, array: Array, axes: tuple[int, ...], keep: bool, run: Evaluation) -> Array:
    """The largest or the smallest along some axes; ``join`` is the function of two that picks it."""
    if not axes:
        return array
    if array.dtype.kind == "f":
        fold = np.max if join == "maximum" else np.min
        return fold(array, axis=axes, keepdims=keep)
    rest = [axis for axis in range(array.ndim) if axis not in axes]
    flat = np.transpose(array, (*axes, *rest)).reshape(-1, *(array.shape[axis] for axis in rest))
    result = flat[0]
    for part in flat[1:]:
        result = run.field.elementwise[join](result, part)
    return np.expand_dims(result, axes) if keep else result


def mean(array: Array, axes: tuple[int, ...], keep: bool, run: Evaluation) -> Array:
    """The mean over some axes."""
    return total(array, axes, keep, run) / prod(array.shape[axis] for axis in axes)


def _product(array: Array, axes: tuple[int, ...], keep: bool, _: Evaluation) -> Array:
    for axis in reversed(axes):
        array = np.prod(array, axis=axis, keepdims=keep)
    return array


def _reduce(fold: Fold, call: Call, run: Evaluation) -> Array:
    if len(call.arguments) > 1:
        return reduce_named(call, run)
    array = run.value(call.arguments[0])
    return fold(array, axes_of(option(call, "axis"), array, run), flag(call, "keepdims"), run)


def _variance(root: bool, call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    axes = axes_of(option(call, "axis"), array, run)
    ddof = option(call, "ddof")
    count = prod(array.shape[axis] for axis in axes) - (run.whole(ddof) if ddof is not None else 0)
    centred = run.settle(array - mean(array, axes, True, run))
    squares = np.sum(centred * centred, axis=axes, keepdims=flag(call, "keepdims"))
    variance = run.elementwise("divide", [run.settle(squares), run.field.wrap(count)], call)
    return run.elementwise("sqrt", [variance], call) if root else variance


def _average(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    tree = option(call, "axis")
    axes, keep = axes_of(tree, array, run), flag(call, "keepdims")
    weights_tree = option(call, "weights", 1)
    if weights_tree is None:
        return mean(array, axes, keep, run)
    weights = run.value(weights_tree)
    if weights.ndim == 1 and len(axes) == 1 and array.ndim > 1:
        weights = weights.reshape([-1 if axis == axes[0] else 1 for axis in range(array.ndim)])
    weighted = run.elementwise("multiply", [array, weights], call)
    if weighted.shape != array.shape:
        raise ReadError(f"average: weights of shape {weights.shape} for {array.shape}", call.span)
    whole = np.broadcast_to(weights, array.shape)
    return run.elementwise("divide", [total(weighted, axes, keep, run), total(whole, axes, keep, run)], call)


def _place(smallest: bool, call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    tree, keep = option(call, "axis"), flag(call, "keepdims")
    axis = None if tree is None else axis_of(run.whole(tree), array.ndim, tree)
    if array.dtype != object:
        pick = np.argmin if smallest else np.argmax
        return pick(np.real(array), axis=axis, keepdims=keep).astype(float)
    sign = -1 if smallest else 1
    lines = (
        array.reshape(1, -1) if axis is None else np.moveaxis(array, axis, -1).reshape(-1, array.shape[axis])
    )
    found = np.array([_largest([sign * entry for entry in line]) for line in lines], dtype=object)
    if axis is None:
        return found.reshape((1,) * array.ndim if keep else ())
    shape = array.shape[:axis] + array.shape[axis + 1 :]
    return np.expand_dims(found.reshape(shape), axis) if keep else found.reshape(shape)


def _largest(line: list[Any]) -> Any:
    """The place of the first of the largest balls, if that is certain."""
    for place, entry in enumerate(line):
        if all(entry > other for other in line[:place]) and all(entry >= other for other in line[place:]):
            return type(entry)(place)
    return UNKNOWN


def _cumulative(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    tree = option(call, "axis", 1)
    axis = None if tree is None else axis_of(run.whole(tree), array.ndim, tree)
    return np.cumsum(array, axis=axis)


def _covariance(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    if array.ndim not in (1, 2):
        raise ReadError("cov takes a matrix or a vector", call.span)
    rows = array if array.ndim == 1 or flag(call, "rowvar", True) else array.T
    ddof = option(call, "ddof")
    count = rows.shape[-1] - (run.whole(ddof) if ddof is not None else 1 - flag(call, "bias"))
    centred = run.settle(rows - mean(rows, (rows.ndim - 1,), True, run))
    products = run.product(centred, centred.T, call)
    return run.elementwise("divide", [products, run.field.wrap(count)], call)


REDUCTIONS = (
    Function("sum", partial(_reduce, total)),
    Function("mean", partial(_reduce, mean)),
    Function("prod", partial(_reduce, _product)),
    Function("max", partial(_reduce, partial(extreme, "maximum"))),
    Function("min", partial(_reduce, partial(extreme, "minimum"))),
    Function("var", partial(_variance, False)),
    Function("std", partial(_variance, True)),
    Function("average", _average),
    Function("argmax", partial(_place, False)),
    Function("argmin", partial(_place, True)),
    Function("cumsum", _cumulative),
    Function("cov", _covariance),
)
