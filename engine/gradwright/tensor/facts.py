"""Facts: equations that hold between values, declared with the data or following from a definition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy
from sympy import Expr, Mul
from sympy.core.basic import Basic

from gradwright.tensor.canonical import canonical, entry_names
from gradwright.tensor.instantiate import instantiate
from gradwright.tensor.match import match
from gradwright.tensor.nodes import Delta, Entry, Index, Sum, Tensor, fresh
from gradwright.tensor.pull_out import pull_out


@dataclass(frozen=True)
class Fact:
    """``sum of value over the axis = total`` for all other indices.

    Args:
        value: The value's name.
        axis: The axis summed over.
        total: What the sum equals, a number.
        pattern: The sum, in canonical form.
        free: Its free indices.
    """

    value: str
    axis: int
    total: Expr
    pattern: Expr
    free: tuple[Index, ...]

    @property
    def names(self) -> frozenset[str]:
        """The values that the sum is of."""
        return entry_names(self.pattern)

    @property
    def text(self) -> str:
        """The fact as an equation of the grammar; a declared one carries its left side as the value."""
        left = f"sum({self.value}, axis={self.axis})" if self.axis >= 0 else self.value
        return f"{left} = {self.total}"


def axis_sum(name: str, shape: tuple[Expr, ...], axis: int) -> tuple[Expr, tuple[Index, ...]]:
    """The sum of a value over one axis, in canonical form, and its free indices."""
    indices = [fresh(extent) for extent in shape]
    free = tuple(index for place, index in enumerate(indices) if place != axis)
    return canonical(Sum(Entry(name, *indices), indices[axis])), free


def declared(name: str, shape: tuple[Expr, ...], axis: int, total: Expr) -> Fact:
    """A fact that the model declares."""
    pattern, free = axis_sum(name, shape, axis)
    return Fact(name, axis, total, pattern, free)


def of_places(name: str, shape: tuple[Expr, ...], extent: Expr) -> Fact:
    """An entry of a value that holds places of an axis is one of them: of ``k == y[i]`` one ``k`` is right.

    Args:
        name: The value, such as ``y``.
        shape: Its shape.
        extent: The axis's.
    """
    free = tuple(fresh(one) for one in shape)
    place = fresh(extent)
    pattern = canonical(Sum(Delta(place, Entry(name, *free)), place))
    return Fact(name, -1, sympy.S.One, pattern, free)


def derived(name: str, definition: Tensor, known: Iterable[Fact] = ()) -> list[Fact]:
    """The facts of this kind that follow from a definition: its sum over an axis is a number.

    Args:
        name: The value that is defined.
        definition: Its formula.
        known: Facts of the values in it.
    """
    found = []
    used = [fact for fact in known if fact.names <= entry_names(definition.entry)]
    for axis, extent in enumerate(definition.shape):
        if extent == 1 or not (used or definition.entry.has(Sum)):
            continue
        places = [fresh(index.extent) for index in definition.indices]
        entry = instantiate(definition, places)
        total = canonical(pull_out(sympy.expand_mul(canonical(pull_out(Sum(entry, places[axis]))))))
        for fact in used:
            total = canonical(sympy.expand_mul(use(total, fact)))
        if total.is_Rational:
            found.append(declared(name, definition.shape, axis, total))
    return found


def use(expression: Expr, fact: Fact) -> Expr:
    """The expression, in canonical form, with the fact's sum replaced by its total wherever it stands."""

    def change(node: Basic) -> Basic:
        if isinstance(node, Sum):
            body: Expr = change(node.body)
            whole = Sum.over(body, node.bound)
            if not isinstance(whole, Sum) or not isinstance(whole.body, Entry | Delta | Mul):
                return whole
            return fact.total if match(fact.pattern, canonical(whole), fact.free) is not None else whole
        if isinstance(node, Entry) or not node.args:
            return node
        return node.func(*(change(argument) for argument in node.args))

    if fact.names <= entry_names(expression):
        expression = change(canonical(expression))
    return canonical(expression)
