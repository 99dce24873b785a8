"""Norms of vectors and matrices, of the whole or along an axis."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr, Integer

from gradwright.language.array import Array, Place, over, total
from gradwright.language.extents import ONE
from gradwright.language.options import axes_of, flag, option, text_of, whole
from gradwright.language.reader import Reader
from gradwright.language.scope import ReadError
from gradwright.language.table import Primitive
from gradwright.language.tree import Call, Name, Text, Tree
from gradwright.tensor.nodes import MaxOver


def _build_norm(call: Call, reader: Reader) -> Array:
    """``norm(x)``, ``norm(x, 1)``, ``norm(X, 'fro')``, along an axis or of the whole."""
    array = reader.array(call.arguments[0])
    tree = option(call, "ord", 1)
    axes = axes_of(option(call, "axis"), array.shape)
    keep = flag(call, "keepdims")
    shape = tuple(
        ONE if axis in axes else e for axis, e in enumerate(array.shape) if keep or axis not in axes
    )
    order = _norm_order(tree, len(axes), call)

    def entry(place: Place) -> Expr:
        rest = iter(place if not keep else [at for axis, at in enumerate(place) if axis not in axes])
        outer = {axis: next(rest) for axis in range(len(array.shape)) if axis not in axes}

        def body(inner: Place) -> Expr:
            full = {**outer, **dict(zip(axes, inner, strict=True))}
            return array.at(tuple(full[axis] for axis in range(len(array.shape))))

        extents = [array.shape[axis] for axis in axes]
        return _norm_entry(order, extents, body, call)

    return Array(shape, entry)


def _norm_order(tree: Tree | None, count: int, call: Call) -> str:
    """Which norm is meant: ``2`` (Frobenius for a matrix), ``1``, ``inf``, or one that has no index form."""
    if call.function in ("norm1", "norm2"):
        return call.function[-1]
    if tree is None or text_of(tree) == "fro":
        return "2"
    if isinstance(tree, Text):
        raise ReadError(f"there is no norm '{tree.value}'", tree.span, "known are 'fro', 1, 2 and np.inf")
    if isinstance(tree, Name) and tree.name == "inf":
        return "inf" if count == 1 else "rows"
    number = str(whole(tree))
    if count == 1 or number not in ("1", "2"):
        return number
    return {"1": "columns", "2": "spectral"}[number]


def _norm_entry(order: str, extents: list[Expr], body: Callable[[Place], Expr], call: Call) -> Expr:
    if order == "2":
        return sympy.sqrt(total(extents, lambda place: body(place) ** 2))
    if order == "1":
        return total(extents, lambda place: sympy.Abs(body(place)))
    if order == "inf":
        indices, at = over(extents[0])
        return MaxOver(sympy.Abs(body((at,))), *indices) if indices else sympy.Abs(body((at,)))
    if order in ("columns", "rows"):
        kept = 1 if order == "columns" else 0
        indices, at = over(extents[kept])
        inner = total(extents[1 - kept : 2 - kept], lambda p: sympy.Abs(body((*p, at) if kept else (at, *p))))
        return MaxOver(inner, *indices) if indices else inner
    if order == "spectral":
        raise ReadError(
            "the largest singular value has no index form", call.span, "norm(X) is the Frobenius norm"
        )
    power = Integer(int(order))
    if power <= 0:
        raise ReadError(f"norm of order {order} has no index form", call.span)
    return total(extents, lambda place: sympy.Abs(body(place)) ** power) ** (1 / power)


NORMS = (
    Primitive("norm", _build_norm, (1, 2), ("ord", "axis", "keepdims")),
    Primitive("norm1", _build_norm, (1, 1), ("axis", "keepdims")),
    Primitive("norm2", _build_norm, (1, 1), ("axis", "keepdims")),
)
