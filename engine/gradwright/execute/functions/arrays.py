"""Arrays made, turned and put together: ones, transposes, reshapes, concatenations, einsum; choices."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.execute.function import Function, axis_of, extents_of, option
from gradwright.language.scope import ReadError
from gradwright.language.tree import Call, Sequence, Text

if TYPE_CHECKING:
    from gradwright.execute.evaluate import Evaluation

Array = Any


def _filled(value: Any, shape: tuple[int, ...], call: Call, run: Evaluation) -> Array:
    if any(extent < 0 for extent in shape):
        raise ReadError(f"an axis can't have {min(shape)} places", call.span)
    run.work.check(prod(shape))
    return np.broadcast_to(run.field.wrap(value), shape)


def _constant(value: float) -> Callable[[Call, Evaluation], Array]:
    return lambda call, run: _filled(value, extents_of(call.arguments[0], run), call, run)


def _like(value: float) -> Callable[[Call, Evaluation], Array]:
    return lambda call, run: _filled(value, run.value(call.arguments[0]).shape, call, run)


def _full(call: Call, run: Evaluation) -> Array:
    return _filled(run.value(call.arguments[1]), extents_of(call.arguments[0], run), call, run)


def _arange(call: Call, run: Evaluation) -> Array:
    count = run.whole(call.arguments[0])
    run.work.check(count)
    return run.field.wrap(np.arange(count))


def _eye(call: Call, run: Evaluation) -> Array:
    rows, columns = (run.whole(tree) for tree in (call.arguments[0], call.arguments[-1]))
    run.work.check(rows * columns)
    return run.field.wrap(np.eye(rows, columns))


def _shape(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    if len(call.arguments) < 2:
        raise ReadError("a shape is no value here; take one axis of it, as in X.shape[0]", call.span)
    tree = call.arguments[1]
    return run.field.wrap(array.shape[axis_of(run.whole(tree), array.ndim, tree)])


def _size(call: Call, run: Evaluation) -> Array:
    return run.field.wrap(run.value(call.arguments[0]).size)


def _transpose(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    tree = option(call, "axes", 1)
    if tree is None:
        return np.transpose(array)
    order = run.wholes(tree) if len(call.arguments) < 3 else run.wholes(Sequence(call.arguments[1:]))
    try:
        return np.transpose(array, order)
    except ValueError:
        raise ReadError(f"{order} are not the axes of {array.shape}, each once", call.span) from None


def _swapped(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    one, other = (axis_of(run.whole(tree), array.ndim, tree) for tree in call.arguments[1:])
    return np.swapaxes(array, one, other) if call.function == "swapaxes" else np.moveaxis(array, one, other)


def _expanded(call: Call, run: Evaluation) -> Array:
    tree = option(call, "axis", 1)
    if tree is None:
        raise ReadError("expand_dims needs an axis", call.span)
    array = run.value(call.arguments[0])
    return np.expand_dims(array, axis_of(run.whole(tree), array.ndim + 1, tree))


def _squeezed(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    tree = option(call, "axis", 1)
    try:
        return np.squeeze(array, None if tree is None else run.wholes(tree))
    except ValueError:
        raise ReadError(f"that axis of {array.shape} is not of one place", call.span) from None


def _reshape(call: Call, run: Evaluation) -> Array:
    array = run.value(call.arguments[0])
    trees = call.arguments[1:]
    shape = extents_of(trees[0], run) if len(trees) == 1 else run.wholes(Sequence(trees))
    try:
        return np.reshape(array, shape)
    except ValueError:
        raise ReadError(f"{array.shape} does not reshape to {shape}", call.span) from None


def _items(call: Call, run: Evaluation) -> list[Array]:
    tree = call.arguments[0]
    if not isinstance(tree, Sequence) or not tree.items:
        raise ReadError(
            f"{call.function} takes a list of arrays", call.span, f"write {call.function}([a, b])"
        )
    return [run.value(item) for item in tree.items]


def _joined(call: Call, run: Evaluation) -> Array:
    parts = _items(call, run)
    tree = option(call, "axis", 1)
    axis = 0 if tree is None else run.whole(tree)
    try:
        if call.function == "stack":
            return np.stack(np.broadcast_arrays(*parts), axis=axis)
        return np.concatenate(parts, axis=axis)
    except ValueError:
        shapes = " and ".join(str(part.shape) for part in parts)
        raise ReadError(f"{call.function}: these do not fit: {shapes}", call.span) from None


def _einsum(call: Call, run: Evaluation) -> Array:
    pattern = call.arguments[0]
    if not isinstance(pattern, Text):
        raise ReadError("einsum starts with its pattern", call.span, "write einsum('ij,jk->ik', A, B)")
    parts = [run.value(tree) for tree in call.arguments[1:]]
    letters = pattern.value.replace(" ", "").partition("->")[0].split(",")
    extents: dict[str, int] = {}
    for names, part in zip(letters, parts, strict=False):
        for name, extent in zip(names, part.shape, strict=False):
            extents[name] = max(extents.get(name, 1), extent)
    run.work.check(prod(extents.values()))
    try:
        return np.einsum(pattern.value, *parts, optimize=len(parts) > 2)
    except ValueError as error:
        shapes = " and ".join(str(part.shape) for part in parts)
        raise ReadError(f"einsum '{pattern.value}' does not fit {shapes}", pattern.span) from error


def _where(call: Call, run: Evaluation) -> Array:
    return run.elementwise("where", [run.value(argument) for argument in call.arguments], call)


def _clip(call: Call, run: Evaluation) -> Array:
    value = run.value(call.arguments[0])
    low, high = option(call, "a_min", 1), option(call, "a_max", 2)
    low, high = low or option(call, "min"), high or option(call, "max")
    if low is not None:
        value = run.elementwise("maximum", [value, run.value(low)], call)
    if high is not None:
        value = run.elementwise("minimum", [value, run.value(high)], call)
    return value


ARRAYS = (
    Function("ones", _constant(1.0)),
    Function("zeros", _constant(0.0)),
    Function("ones_like", _like(1.0)),
    Function("zeros_like", _like(0.0)),
    Function("full", _full),
    Function("arange", _arange),
    Function("eye", _eye),
    Function("shape", _shape),
    Function("size", _size),
    Function("transpose", _transpose),
    Function("swapaxes", _swapped),
    Function("moveaxis", _swapped),
    Function("expand_dims", _expanded),
    Function("squeeze", _squeezed),
    Function("ravel", lambda call, run: np.ravel(run.value(call.arguments[0]))),
    Function("reshape", _reshape),
    Function("concatenate", _joined),
    Function("stack", _joined),
    Function("einsum", _einsum),
    Function("where", _where),
    Function("clip", _clip),
    Function("astype", lambda call, run: run.value(call.arguments[0])),
    Function("array", lambda call, run: run.value(call.arguments[0])),
)
