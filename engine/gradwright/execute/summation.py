"""Sums and products of the interpreter: factors become arrays, and one ``einsum`` contracts them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from sympy import Add, And, Expr, Mul, log
from sympy.core.basic import Basic

from gradwright.execute.labelled import Labelled, combine, scalar, union
from gradwright.tensor.affine import solve
from gradwright.tensor.nodes import Delta, Entry, First, Index, Iverson, Sum

Array = Any


class Reader(Protocol):
    """What can give the value of an expression."""

    def of(self, expr: Basic) -> Labelled:
        """The value."""

    def inside(self, entry: Entry) -> Labelled:
        """Where the entry's indices lie on their axes."""

    def extent(self, index: Index) -> int:
        """The number of places of an index."""

    def free(self, expr: Basic) -> set[Index]:
        """The indices that do not stand at one place."""


def multiply(reader: Reader, factors: Sequence[Expr]) -> Labelled:
    """A product; 0 where a delta, a condition or an entry outside its axis is 0, whatever the others are.

    ``0 * log(0)`` is 0 too.
    """
    parts = [reader.of(factor) for factor in factors]
    product = combine(lambda *values: math.prod(values[1:], start=values[0]), *parts)
    if np.isfinite(product.array).all():
        return product
    gates = [
        part
        for factor, part in zip(factors, parts, strict=True)
        if isinstance(factor, Delta | Iverson | First)
    ]
    gates += [reader.inside(factor) for factor in factors if isinstance(factor, Entry) and factor.indices]
    plain = [part for factor, part in zip(factors, parts, strict=True) if not isinstance(factor, log)]
    if plain and len(plain) < len(parts):
        gates.append(combine(lambda *values: math.prod(values[1:], start=values[0]), *plain))
    for gate in gates:
        product = combine(lambda value, here: np.where(here == 0, 0, value), product, gate)
    return product


def total(reader: Reader, body: Expr, bound: Sequence[Index]) -> Labelled:
    """The sum of ``body`` over ``bound``."""
    if isinstance(body, Add):
        axes = [reader.free(term) for term in body.args]
        if any(set.union(*axes) == own for own in axes):
            return _reduce(reader, [body], bound)
        parts = [total(reader, term, bound) for term in body.args]
        return combine(lambda *values: sum(values[1:], values[0]), *parts)
    if isinstance(body, Sum):
        return total(reader, body.body, (*bound, *body.bound))
    factors = list(Mul.make_args(body))
    for delta in [factor for factor in factors if isinstance(factor, Delta)]:
        others = [factor for factor in factors if factor is not delta]
        for index in bound:
            place = solve(delta.args[0], delta.args[1], index)
            if place is not None:
                rest = [index_ for index_ in bound if index_ != index]
                return total(reader, Mul(*_placed(others, index, place)), rest)
        for index in sorted(reader.free(delta) - set(bound), key=str):
            place = solve(delta.args[0], delta.args[1], index)
            if place is not None and reader.free(place) & set(bound):
                return _scatter(reader, [f.xreplace({index: place}) for f in others], bound, index, place)
    return _reduce(reader, factors, bound)


def _placed(factors: Sequence[Expr], index: Index, place: Expr) -> list[Expr]:
    """The factors with ``index`` at ``place``, and the condition that the place is on the axis."""
    replaced = [factor.xreplace({index: place}) for factor in factors]
    return [*replaced, Iverson(And(place >= 0, place < index.extent))]


def _reduce(reader: Reader, factors: Sequence[Expr], bound: Sequence[Index]) -> Labelled:
    """The product of the factors summed over ``bound``."""
    parts = [reader.of(factor) for factor in factors]
    axes = union(parts)
    scale = math.prod(reader.extent(index) for index in bound if index not in axes)
    rest = tuple(index for index in axes if index not in bound)
    if not all(np.isfinite(part.array).all() for part in parts):
        whole = multiply(reader, factors)
        summed = whole.along(axes).sum(axis=tuple(axes.index(index) for index in axes if index in bound))
        return Labelled(rest, summed * scale)
    number = {index: place for place, index in enumerate(axes)}
    operands: list[Any] = []
    for part in parts:
        array = part.array if part.array.dtype.kind in "fc" else part.array.astype(np.float64)
        operands += [array, [number[index] for index in part.axes]]
    value = np.einsum(
        *operands, [number[index] for index in rest], optimize="greedy" if len(parts) > 1 else False
    )
    return Labelled(rest, np.asarray(value) * scale)


def _scatter(
    reader: Reader, factors: Sequence[Expr], bound: Sequence[Index], index: Index, place: Expr
) -> Labelled:
    """Each product added at the place along ``index`` that a delta names."""
    at = reader.of(place)
    kept = [item for item in bound if item in at.axes]
    value = (
        total(reader, Mul(*factors), [item for item in bound if item not in kept]) if factors else scalar(1.0)
    )
    free = tuple(item for item in union([value, at]) if item not in kept)
    axes = (*free, *kept)
    shape = [reader.extent(item) for item in axes]
    places = np.broadcast_to(at.along(axes), shape)
    amounts = np.broadcast_to(value.along(axes), shape)
    extent = reader.extent(index)
    result = np.zeros([*shape[: len(free)], extent], np.result_type(np.float64, amounts.dtype))
    here = (places >= 0) & (places < extent)
    where = np.nonzero(here)
    np.add.at(result, (*where[: len(free)], places[here].astype(np.intp)), amounts[here])
    return Labelled((*free, index), result)
