"""Derivatives written in what a function gives: ``f*(1 - f)`` where ``f`` is a sigmoid's value."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from gradwright.derive.expression import derive_expression
from gradwright.errors import GradwrightError
from gradwright.grade.why.build import is_mask
from gradwright.grade.why.closeness import close
from gradwright.grade.why.rule import Sight
from gradwright.language.tree import (
    Binary,
    Call,
    Item,
    Name,
    Negate,
    Number,
    Tree,
    names,
    rebuild,
    substitute,
    walk,
)

_ARGUMENT, _OUTPUT = "z", "output"
_COMMON = ("sigmoid", "tanh")
"""The functions whose values are named most, so that only the name tells of them."""


@cache
def in_output(function: str) -> Tree | None:
    """A function's derivative as a formula in its value, derived; None where it has none of some content."""
    try:
        derived = derive_expression(f"sum({function}({_ARGUMENT}))", {_ARGUMENT: "d"}, _ARGUMENT).matrix
    except (GradwrightError, ArithmeticError, ValueError, TypeError, LookupError):
        return None
    if derived is None:
        return None
    tree = _put(derived, Call(function, (Name(_ARGUMENT),)))
    return tree if names(tree) == {_OUTPUT} and not isinstance(tree, Name) else None


def _put(tree: Tree, call: Call) -> Tree:
    if isinstance(tree, Call) and (tree.function, tree.arguments) == (call.function, call.arguments):
        return Name(_OUTPUT)
    return rebuild(tree, lambda part: _put(part, call))


def slope_at(function: str, output: Tree) -> Tree | None:
    """The derivative of a function where it gives ``output``."""
    tree = in_output(function)
    return None if tree is None else substitute(tree, {_OUTPUT: output})


def functions(sight: Sight) -> Iterator[str]:
    """The functions that a formula may be about: the common ones, and those that it or the answer calls."""
    seen = set(_COMMON)
    yield from _COMMON
    for name in (*(one.function for one in sight.calls), *sorted(sight.donors.functions)):
        if name not in seen and sight.entrywise(name):
            seen.add(name)
            yield name


def masked(sight: Sight) -> bool:
    """Whether the answer has an indicator in it, as the derivative of a ReLU is one."""
    return any(is_mask(node) for node in walk(sight.answer))


def output_of(node: Tree, sight: Sight) -> tuple[str, Tree] | None:
    """The function of which a part is the derivative, and the part of it that is the function's value."""
    output = _only(node)
    if output is None:
        return None
    value = sight.value(node)
    if value is None:
        return None
    for function in functions(sight):
        if _may_be(output, function, sight):
            tree = slope_at(function, output)
            slope = None if tree is None else sight.value(tree)
            if slope is not None and close(np.asarray(slope), np.asarray(value)):
                return function, output
    return None


def _only(node: Tree) -> Tree | None:
    """The one value that a formula of sums, products and numbers is made of."""
    if not isinstance(node, Binary):
        return None
    found: Tree | None = None
    stack: list[Tree] = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, Binary) and part.operator != "@":
            stack += (part.left, part.right)
        elif isinstance(part, Negate):
            stack.append(part.operand)
        elif isinstance(part, Name | Item | Call) and (found is None or found == part):
            found = part
        elif not isinstance(part, Number):
            return None
    return found


def _may_be(output: Tree, function: str, sight: Sight) -> bool:
    """Whether a value may be one of a function: it is, by its own formula, or nothing is known of it."""
    if isinstance(output, Call):
        return output.function == function
    name = output.target if isinstance(output, Item) else output
    for line in sight.lines:
        if isinstance(name, Name) and line.name == name.name:
            return isinstance(line.tree, Call) and line.tree.function == function
    return isinstance(name, Name) and name.name in sight.scope.values
