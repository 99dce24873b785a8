"""The one rule of differentiation: every occurrence of a value contributes its local derivative and deltas.

For ``Y[f] := E(X, ...)`` with upstream adjoint ``dY``, each occurrence ``X[g(f, s)]`` under sums over ``s``
contributes ``sum over f, s of dY[f] * (dE / d occurrence) * product of delta(g_m(f, s), t_m)`` to ``dX[t]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Function, Mul, Pow, S, Tuple
from sympy.core.basic import Basic

from gradwright.errors import ModelError
from gradwright.tensor.instantiate import freshen, replace_indices
from gradwright.tensor.nodes import (
    Apply,
    Delta,
    Entry,
    First,
    Index,
    Iverson,
    MaxOver,
    ProductOver,
    Sum,
    Tensor,
    Where,
    fresh,
)


@dataclass(frozen=True)
class Occurrence:
    """One occurrence of a value: its local derivative, the places it reads, and the sums it stands under."""

    local: Expr
    places: tuple[Expr, ...]
    bound: tuple[Index, ...]


def differentiate(definition: Tensor, upstream: Expr, name: str, at: Sequence[Index]) -> Expr:
    """What the definition of one value hands down to another: a sum over its occurrences, deltas unsifted.

    Args:
        definition: The tensor that defines the value; its indices are those of ``upstream``.
        upstream: The adjoint of the defined value, an expression in the definition's indices.
        name: The value to differentiate by.
        at: The indices of the result, one an axis of that value.

    Returns:
        The contribution to the adjoint of ``name`` at ``at``; 0 where the definition does not use it.
    """
    total: Expr = S.Zero
    for occurrence in merged(occurrences(definition.entry, name)):
        pairs = zip(occurrence.places, at, strict=True)
        deltas = [Delta(place, index) for place, index in pairs if index.extent != 1]
        over = tuple(index for index in definition.indices if index.extent != 1) + occurrence.bound
        total += freshen(Sum.over(Mul(upstream, occurrence.local, *deltas), over))
    return total


def merged(found: Iterator[Occurrence]) -> list[Occurrence]:
    """Occurrences that read the same place outside any sum, taken together."""
    together: dict[tuple[Expr, ...], Expr] = {}
    apart: list[Occurrence] = []
    for occurrence in found:
        if occurrence.bound:
            apart.append(occurrence)
        else:
            before = together.get(occurrence.places, S.Zero)
            together[occurrence.places] = before + occurrence.local
    return [Occurrence(local, places, ()) for places, local in together.items()] + apart


def occurrences(expression: Basic, name: str) -> Iterator[Occurrence]:
    """Every differentiable occurrence of the value ``name``, from left to right."""
    match expression:
        case Entry() if expression.name == name:
            yield Occurrence(S.One, expression.indices, ())
        case Apply() if name in expression.operands:
            raise ModelError(
                f"{expression.function} of {name} has no derivative rule here: name its value first"
            )
        case Entry() | Apply() | Iverson() | Delta() | First():
            return
        case Where():
            condition, yes, no = expression.args
            yield from _scaled(yes, name, lambda local: Where(condition, local, S.Zero))
            yield from _scaled(no, name, lambda local: Where(condition, S.Zero, local))
        case Sum():
            for found in occurrences(expression.body, name):
                yield Occurrence(found.local, found.places, expression.bound + found.bound)
        case MaxOver() | ProductOver():
            yield from _reduced(expression, name)
        case _ if expression.args:
            for position, argument in enumerate(expression.args):
                if _mentions(argument, name):
                    outer = _partial(expression, position)
                    yield from _scaled(argument, name, lambda local, outer=outer: Mul(outer, local))
        case _:
            return


def _scaled(expression: Basic, name: str, scale) -> Iterator[Occurrence]:  # type: ignore[no-untyped-def]
    for found in occurrences(expression, name):
        yield Occurrence(scale(found.local), found.places, found.bound)


def _mentions(expression: Basic, name: str) -> bool:
    return any(
        isinstance(node, Entry | Apply) and _names(node, name)
        for node in sympy.preorder_traversal(expression)
    )


def _names(node: Entry | Apply, name: str) -> bool:
    return node.name == name if isinstance(node, Entry) else name in node.operands


def _partial(expression: Basic, position: int) -> Expr:
    """The derivative of a node by one of its arguments, by SymPy's own rules."""
    argument = expression.args[position]
    match expression:
        case sympy.Add():
            return S.One
        case Mul():
            return Mul(*expression.args[:position], *expression.args[position + 1 :])
        case Pow():
            base, exponent = expression.args
            return exponent * base ** (exponent - 1) if position == 0 else expression * sympy.log(base)
        case sympy.Max() | sympy.Min():
            return _chosen(expression, position)
        case sympy.Abs():
            return sympy.sign(argument)
        case sympy.sign() | sympy.floor() | sympy.ceiling():
            return S.Zero
        case Function() if not isinstance(expression, sympy.polygamma):
            derivative: Expr = expression.fdiff(position + 1)
            return derivative
    raise ModelError(f"no derivative is known for {type(expression).__name__}")


def _chosen(expression: sympy.Max | sympy.Min, position: int) -> Expr:
    """1 where an argument is the maximum (minimum): of equal ones a number comes first, then the first."""
    argument = expression.args[position]
    order = sorted(
        range(len(expression.args)), key=lambda place: (not expression.args[place].is_number, place)
    )
    sign = 1 if isinstance(expression, sympy.Max) else -1
    weight: Expr = S.One
    for place in order:
        other = expression.args[place]
        if place == position:
            continue
        strict = order.index(place) < order.index(position)
        more, less = (argument, other) if sign == 1 else (other, argument)
        weight *= Iverson(more > less if strict else more >= less)
    return weight


def _reduced(expression: MaxOver | ProductOver, name: str) -> Iterator[Occurrence]:
    places = [fresh(index.extent, index.name.split("_")[0]) for index in expression.bound]
    body = replace_indices(expression.body, dict(zip(expression.bound, places, strict=True)))
    for found in occurrences(body, name):
        if isinstance(expression, MaxOver):
            weight: Expr = First(expression.body, Tuple(*expression.bound), Tuple(*places))
        else:
            weight = expression / body
        yield Occurrence(weight * found.local, found.places, tuple(places) + found.bound)
