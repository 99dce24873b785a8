"""Trees of scalars alone: at many points at once in floats, and at one point in balls without arrays."""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from typing import Any

from flint import arb, fmpq

from gradwright.execute.ball_functions import ENTRIES
from gradwright.execute.fields import FLOAT
from gradwright.execute.named import entrywise
from gradwright.language.compose import arguments_of
from gradwright.language.scope import Composite, ReadError
from gradwright.language.table import primitives
from gradwright.language.tree import Binary, Call, Compare, Name, Negate, Number, Tree
from gradwright.language.words import ALIASES

Ball = Any
Values = Mapping[str, Ball]
Compute = Callable[[Values], Ball]

_CONSTANTS: Mapping[str, Callable[[], Ball]] = {"pi": arb.pi, "E": arb.const_e}
_OPERATORS: Mapping[str, Callable[[Ball, Ball], Ball]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": ENTRIES["divide"],
    "**": ENTRIES["power"],
}


def is_scalar(tree: Tree, known: Container[str], composites: Mapping[str, Composite]) -> bool:
    """Whether a tree computes one number from known scalars by functions of numbers.

    Args:
        tree: The expression; its functions get as many arguments as they take.
        known: The names that are scalars.
        composites: The functions that are formulas.
    """
    match tree:
        case Number():
            return True
        case Name():
            return tree.name in known or tree.name in _CONSTANTS
        case Negate():
            return is_scalar(tree.operand, known, composites)
        case Binary():
            return _is_spine(tree, known, composites)
        case Compare():
            return is_scalar(tree.left, known, composites) and is_scalar(tree.right, known, composites)
        case Call() if not tree.options:
            return _is_known(tree, composites) and all(
                is_scalar(argument, known, composites) for argument in tree.arguments
            )
        case _:
            return False


def _is_spine(tree: Tree, known: Container[str], composites: Mapping[str, Composite]) -> bool:
    """The same along the left side of a long sum."""
    while isinstance(tree, Binary):
        if tree.operator == "@" or not is_scalar(tree.right, known, composites):
            return False
        tree = tree.left
    return is_scalar(tree, known, composites)


def _is_known(call: Call, composites: Mapping[str, Composite]) -> bool:
    """Whether a call is of a function of numbers, with as many arguments as it takes."""
    composite = composites.get(call.function)
    if composite is not None:
        try:
            arguments_of(composite, call)
        except ReadError:
            return False
        return entrywise(composite, composites, FLOAT)
    primitive = primitives().get(call.function)
    if primitive is None or ALIASES.get(call.function, call.function) not in ENTRIES:
        return False
    least, most = primitive.operands
    return least <= len(call.arguments) <= most


def compiled(tree: Tree, composites: Mapping[str, Composite]) -> Compute:
    """A function from balls of the names to the ball of the value of a tree that is scalar."""
    match tree:
        case Number():
            return _number(tree)
        case Name():
            name = tree.name
            constant = _CONSTANTS.get(name)
            return lambda values: values[name] if constant is None or name in values else constant()
        case Negate():
            inner = compiled(tree.operand, composites)
            return lambda values: -inner(values)
        case Binary():
            return _spine(tree, composites)
        case Compare():
            return _applied(ENTRIES[tree.operator], (tree.left, tree.right), composites)
        case Call():
            composite = composites.get(tree.function)
            if composite is not None:
                return _composed(composite, tree, composites)
            return _applied(ENTRIES[ALIASES.get(tree.function, tree.function)], tree.arguments, composites)
        case _:
            raise AssertionError(tree)


@lru_cache(maxsize=4096)
def _number(tree: Number) -> Compute:
    top, bottom = tree.value.numerator, tree.value.denominator
    if bottom == 1 and abs(top) < 2**53:
        exact = arb(top)
        return lambda _: exact
    return lambda _: arb(fmpq(top, bottom))


def _spine(tree: Binary, composites: Mapping[str, Composite]) -> Compute:
    """A run of operators along the left side, as deep as a long sum is, one after the other."""
    steps: list[tuple[Callable[[Ball, Ball], Ball], Compute]] = []
    node: Tree = tree
    while isinstance(node, Binary):
        steps.append((_OPERATORS[node.operator], compiled(node.right, composites)))
        node = node.left
    first = compiled(node, composites)
    steps.reverse()
    if len(steps) == 1:
        ((apply, right),) = steps
        return lambda values: apply(first(values), right(values))

    def compute(values: Values) -> Ball:
        value = first(values)
        for apply, right in steps:
            value = apply(value, right(values))
        return value

    return compute


def _applied(
    function: Callable[..., Ball], arguments: tuple[Tree, ...], composites: Mapping[str, Composite]
) -> Compute:
    parts = [compiled(argument, composites) for argument in arguments]
    if len(parts) == 1:
        (part,) = parts
        return lambda values: function(part(values))
    return lambda values: function(*(part(values) for part in parts))


def _composed(composite: Composite, call: Call, composites: Mapping[str, Composite]) -> Compute:
    given = {name: compiled(tree, composites) for name, tree in arguments_of(composite, call).items()}
    lines = [(formula.target, compiled(formula.body, composites)) for formula in composite.formulas]

    def compute(values: Values) -> Ball:
        inside = {name: argument(values) for name, argument in given.items()}
        for target, line in lines:
            inside[target] = line(inside)
        return inside[lines[-1][0]]

    return compute
