"""Correlations, convolutions and pooling: sums and maxima over windows."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gradwright.errors import GradwrightError
from gradwright.execute.function import Function, option, pair
from gradwright.execute.functions.reductions import extreme, mean
from gradwright.language.scope import ReadError
from gradwright.language.tree import Call

if TYPE_CHECKING:
    from gradwright.execute.evaluate import Evaluation

Array = Any
_PATTERNS = {(4, 4): "nchwij,ocij->nohw", (3, 4): "chwij,ocij->ohw", (2, 2): "hwij,ij->hw"}


def _views(
    array: Array, window: tuple[int, ...], stride: tuple[int, ...], call: Call, run: Evaluation
) -> Array:
    """The windows over the last axes: their places first, then their own axes."""
    count = len(window)
    tail = array.shape[-count:]
    if any(size < 1 or size > extent for size, extent in zip(window, tail, strict=True)) or min(stride) < 1:
        raise ReadError(f"windows of {window} do not fit in {tail}", call.span)
    axes = tuple(range(array.ndim - count, array.ndim))
    views = sliding_window_view(array, window, axis=axes)
    steps = tuple(slice(None, None, step) for step in stride)
    places: Any = (..., *steps, *(slice(None),) * count)
    views = views[places]
    run.work.check(views.size)
    return views


def _padded(array: Array, widths: tuple[int, ...], run: Evaluation) -> Array:
    """The array with zeros around its last axes."""
    if not any(widths):
        return array
    lead = array.ndim - len(widths)
    shape = array.shape[:lead] + tuple(n + 2 * w for n, w in zip(array.shape[lead:], widths, strict=True))
    if min(widths) < 0:
        raise GradwrightError(f"the padding {widths} is negative")
    run.work.check(prod(shape))
    result = np.array(np.broadcast_to(run.field.wrap(0.0), shape), dtype=array.dtype)
    inside: Any = (..., *(slice(w, w + n) for n, w in zip(array.shape[lead:], widths, strict=True)))
    result[inside] = array
    return result


def _two(call: Call, run: Evaluation) -> tuple[Array, Array]:
    left, right = (run.value(argument) for argument in call.arguments[:2])
    if left.ndim != right.ndim or left.ndim not in (1, 2):
        raise ReadError(
            f"{call.function} takes two vectors or two matrices, not {left.shape} and {right.shape}",
            call.span,
        )
    return left, right


def _corr(call: Call, run: Evaluation) -> Array:
    """``out[i, j] = sum_{p, q} X[i + p, j + q] K[p, q]``, where the window lies inside."""
    image, kernel = _two(call, run)
    return np.tensordot(_views(image, kernel.shape, (1,) * kernel.ndim, call, run), kernel, axes=kernel.ndim)


def _convfull(call: Call, run: Evaluation) -> Array:
    """``out[u, v] = sum_{p, q} G[u - p, v - q] K[p, q]``, where anything overlaps."""
    image, kernel = _two(call, run)
    wide = _padded(image, tuple(extent - 1 for extent in kernel.shape), run)
    views = _views(wide, kernel.shape, (1,) * kernel.ndim, call, run)
    return np.tensordot(views, np.flip(kernel), axes=kernel.ndim)


def _conv2d(call: Call, run: Evaluation) -> Array:
    """``x`` is (n, c, H, W), ``k`` is (o, c, kh, kw); one image or one channel will do."""
    image, kernel = (run.value(argument) for argument in call.arguments[:2])
    pattern = _PATTERNS.get((image.ndim, kernel.ndim))
    if pattern is None or (kernel.ndim == 4 and image.shape[-3] != kernel.shape[1]):
        raise ReadError(
            f"conv2d takes x (n, c, H, W) and k (o, c, kh, kw), not {image.shape} and {kernel.shape}",
            call.span,
        )
    stride = pair(option(call, "stride", 2), 1, run)
    padding = pair(option(call, "padding", 3), 0, run)
    views = _views(_padded(image, padding, run), kernel.shape[-2:], stride, call, run)
    run.work.check(views.size * kernel.shape[0])
    return np.einsum(pattern, views, kernel)


def _pool(largest: bool, call: Call, run: Evaluation) -> Array:
    image = run.value(call.arguments[0])
    tree = option(call, "size", 1)
    if tree is None or not image.ndim:
        raise ReadError(f"{call.function} takes an array and the size of its window", call.span)
    count = min(2, image.ndim)
    size = pair(tree, 1, run)[-count:]
    stride_tree = option(call, "stride", 2)
    stride = size if stride_tree is None else pair(stride_tree, 1, run)[-count:]
    views = _views(image, size, stride, call, run)
    axes = tuple(range(views.ndim - count, views.ndim))
    return extreme("maximum", views, axes, False, run) if largest else mean(views, axes, False, run)


WINDOWS = (
    Function("corr", _corr),
    Function("convfull", _convfull),
    Function("conv2d", _conv2d),
    Function("max_pool", partial(_pool, True)),
    Function("avg_pool", partial(_pool, False)),
)
