"""Subscripts of arrays: named indices, places, slices, new axes and gathers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.language.scope import ReadError
from gradwright.language.tree import Binary, Item, Name, Negate, NewAxis, Number, Slice, Tree, names

if TYPE_CHECKING:
    from gradwright.execute.evaluate import Evaluation

Array = Any
_NOWHERE = -(10**9)


def subscript(tree: Item, run: Evaluation) -> Array:
    """The value of ``target[selectors]``.

    An entry outside its axis is 0 where a named index leads there (zero padding), and NaN where a number or
    data do.
    """
    target = run.value(tree.target)
    used = sum(not is_new(selector) for selector in tree.selectors)
    if used > target.ndim:
        raise ReadError(f"{used} subscripts follow an array of shape {target.shape}", tree.span)
    picks: list[Any] = []
    outside: list[tuple[Array, bool]] = []
    axis = lead = 0
    for selector in tree.selectors:
        if is_new(selector) or isinstance(selector, Slice):
            picks.append(_slice(selector, run) if isinstance(selector, Slice) else None)
            axis += isinstance(selector, Slice)
            lead += not any(isinstance(pick, np.ndarray) for pick in picks)
            continue
        extent = target.shape[axis]
        axis += 1
        at, named = integers(selector, run), bool(names(selector) & run.indices.keys())
        lost = ((at < 0) if named else (at < -extent)) | (at >= extent)
        if np.any(lost):
            outside.append((np.asarray(lost), named))
            at = np.where(lost, 0, at)
        picks.append(int(at) if at.ndim == 0 else at)
    value = np.asarray(target[tuple(picks)], dtype=target.dtype)
    for lost, named in sorted(outside, key=lambda pair: pair[1]):
        filler = run.field.wrap(0.0 if named else np.nan)
        joined = max(np.ndim(pick) for pick in picks if not isinstance(pick, slice) and pick is not None)
        tail = max(value.ndim - lead - joined, 0) if lost.ndim else 0
        value = np.where(lost.reshape(lost.shape + (1,) * tail), filler, value)
    return value


def is_new(selector: Tree) -> bool:
    """Whether a selector makes a new axis."""
    return isinstance(selector, NewAxis) or (isinstance(selector, Name) and selector.name == "None")


def _slice(selector: Slice, run: Evaluation) -> slice:
    parts = (selector.start, selector.stop, selector.step)
    start, stop, step = (None if part is None or _is_none(part) else run.whole(part) for part in parts)
    if step == 0:
        raise ReadError("the step of a slice is a number other than 0", selector.span)
    return slice(start, stop, step)


def _is_none(tree: Tree) -> bool:
    return isinstance(tree, Name) and tree.name == "None"


def integers(tree: Tree, run: Evaluation) -> Array:
    """The whole numbers that a selector stands for; what is none lies far outside every axis."""
    match tree:
        case Number() if tree.value.denominator == 1:
            return np.asarray(int(tree.value))
        case Negate():
            return -integers(tree.operand, run)
        case Binary(operator="+" | "-" | "*"):
            left, right = integers(tree.left, run), integers(tree.right, run)
            return {"+": np.add, "-": np.subtract, "*": np.multiply}[tree.operator](left, right)
        case Name() if tree.name in run.indices:
            return np.asarray(run.indices[tree.name])
        case Name() if tree.name in run.sizes and tree.name not in run.arrays:
            return np.asarray(run.sizes[tree.name])
        case _:
            return _rounded(run.value(tree))


def _rounded(value: Array) -> Array:
    if value.dtype == object:
        return np.asarray(np.frompyfunc(_place, 1, 1)(value)).astype(int)
    real = np.real(value)
    usable = np.isfinite(real) & (real == np.round(real))
    return np.where(usable, real, _NOWHERE).astype(int)


def _place(ball: Any) -> int:
    number = ball.unique_fmpz() if abs(ball) < -_NOWHERE else None
    return _NOWHERE if number is None else int(number)
