"""Correlations, convolutions and pooling: sums and maxima over windows."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Integer

from gradwright.language.array import Array, Place, over_all, total
from gradwright.language.extents import product, spell, windows
from gradwright.language.options import option, pair
from gradwright.language.reader import Reader
from gradwright.language.scope import ReadError
from gradwright.language.table import Primitive
from gradwright.language.tree import Call
from gradwright.tensor.nodes import ZERO, MaxOver, Sum


def _pair_of_arrays(call: Call, reader: Reader) -> tuple[Array, Array]:
    left, right = (reader.array(argument) for argument in call.arguments[:2])
    if len(left.shape) != len(right.shape) or len(left.shape) not in (1, 2):
        raise ReadError(
            f"{call.function} takes vectors or matrices, not {spell(left.shape)} and {spell(right.shape)}",
            call.span,
        )
    return left, right


def _build_corr(call: Call, reader: Reader) -> Array:
    """``out[i, j] = sum_{p, q} X[i + p, j + q] K[p, q]``, where the window lies inside."""
    image, kernel = _pair_of_arrays(call, reader)
    shape = tuple(windows(length, window) for length, window in zip(image.shape, kernel.shape, strict=True))

    def entry(place: Place) -> Expr:
        return total(
            kernel.shape,
            lambda inner: (
                image.at(tuple(a + b for a, b in zip(place, inner, strict=True))) * kernel.at(inner)
            ),
        )

    return Array(shape, entry)


def _build_convfull(call: Call, reader: Reader) -> Array:
    """``out[u, v] = sum_{p, q} G[u - p, v - q] K[p, q]``, where anything overlaps."""
    image, kernel = _pair_of_arrays(call, reader)
    shape = tuple(length + window - 1 for length, window in zip(image.shape, kernel.shape, strict=True))

    def entry(place: Place) -> Expr:
        return total(
            kernel.shape,
            lambda inner: (
                image.anywhere(tuple(a - b for a, b in zip(place, inner, strict=True))) * kernel.at(inner)
            ),
        )

    return Array(shape, entry)


def _check_window(sizes: tuple[Expr, ...], call: Call) -> None:
    if any(size.is_nonpositive for size in sizes):
        raise ReadError("the size and the stride of a window are at least 1", call.span)


def _build_conv2d(call: Call, reader: Reader) -> Array:
    """A layer's convolution: ``x`` is (n, c, H, W), ``k`` (o, c, kh, kw); one image will do."""
    image, kernel = (reader.array(argument) for argument in call.arguments[:2])
    orders = (len(image.shape), len(kernel.shape))
    if orders not in ((4, 4), (3, 4), (2, 2)):
        raise ReadError(
            f"conv2d: x is {spell(image.shape)}, k is {spell(kernel.shape)}",
            call.span,
            "it takes x (n, c, H, W) and k (o, c, kh, kw)",
        )
    stride = pair(option(call, "stride", 2), Integer(1), reader)
    padding = pair(option(call, "padding", 3), ZERO, reader)
    _check_window(stride, call)
    if any(size.is_negative for size in padding):
        raise ReadError("a padding is at least 0", call.span)
    lead = image.shape[:-3]
    channels = kernel.shape[1:-2]
    if channels and reader.equations.meet(image.shape[-3], channels[0]) is None:
        raise ReadError(
            f"conv2d: x has {image.shape[-3]} channels, k takes {channels[0]}",
            call.span,
            f"x is {spell(image.shape)}, k is {spell(kernel.shape)}",
        )
    sides = zip(image.shape[-2:], kernel.shape[-2:], stride, padding, strict=True)
    shape = (*lead, *kernel.shape[:-3], *(windows(*side) for side in sides))
    look = image.at if padding == (ZERO, ZERO) else image.anywhere

    def entry(place: Place) -> Expr:
        batch, out, spot = place[: len(lead)], place[len(lead) : -2], place[-2:]

        def body(inner: Place) -> Expr:
            corner = zip(spot, inner[-2:], stride, padding, strict=True)
            at = tuple(s * i + p - pad for i, p, s, pad in corner)
            return look((*batch, *inner[:-2], *at)) * kernel.at((*out, *inner))

        return total((*channels, *kernel.shape[-2:]), body)

    return Array(shape, entry)


def _build_pool(largest: bool, call: Call, reader: Reader) -> Array:
    image = reader.array(call.arguments[0])
    if not image.shape:
        raise ReadError(f"{call.function} takes an array", call.span)
    tree = option(call, "size", 1)
    if tree is None:
        raise ReadError(f"{call.function} needs the size of its window", call.span)
    count = min(2, len(image.shape))
    size = pair(tree, ZERO, reader)[-count:]
    stride_tree = option(call, "stride", 2)
    stride = size if stride_tree is None else pair(stride_tree, ZERO, reader)[-count:]
    _check_window((*size, *stride), call)
    tail = image.shape[-count:]
    shape = (*image.shape[:-count], *(windows(*side) for side in zip(tail, size, stride, strict=True)))

    def entry(place: Place) -> Expr:
        indices, inner = over_all(size)
        at = tuple(s * i + p for i, p, s in zip(place[-count:], inner, stride, strict=True))
        body = image.at((*place[:-count], *at))
        if largest:
            return MaxOver(body, *indices) if indices else body
        return Sum.over(body, indices) / product(size)

    return Array(shape, entry)


WINDOWS = (
    Primitive("corr", _build_corr, (2, 2)),
    Primitive("convfull", _build_convfull, (2, 2)),
    Primitive("conv2d", _build_conv2d, (2, 4), ("stride", "padding")),
    Primitive("max_pool", partial(_build_pool, True), (1, 3), ("size", "stride")),
    Primitive("avg_pool", partial(_build_pool, False), (1, 3), ("size", "stride")),
)
