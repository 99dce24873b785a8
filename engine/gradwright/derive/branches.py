"""A function of one real number, piece by piece: where its formula changes, and what it is in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import sympy
from sympy import Expr, Integer, S, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from gradwright.derive.bounded import within
from gradwright.errors import UsageError
from gradwright.tensor.nodes import Iverson, Where

PATIENCE = 2.0
"""Seconds for one question to SymPy."""

_CHOOSING = (Where, Iverson, sympy.Max, sympy.Min, sympy.Abs, sympy.sign)


@dataclass(frozen=True)
class Branch:
    """What a function is between two neighbouring places (or from or to infinity): a smooth formula."""

    low: Expr
    high: Expr
    formula: Expr


@dataclass(frozen=True)
class Piecewise:
    """A function of ``x``: its branches from left to right, and its value where two of them meet."""

    x: Symbol
    branches: tuple[Branch, ...]
    values: tuple[Expr, ...]

    @property
    def kinks(self) -> tuple[Expr, ...]:
        """The places where branches meet."""
        return tuple(branch.high for branch in self.branches[:-1])


def seams(entry: Expr, x: Symbol) -> tuple[Expr, ...]:
    """The places where a condition of an expression changes, in order.

    Raises:
        UsageError: There is no end of them, or they can't be found.
    """
    found: set[Expr] = set()
    for difference in _differences(entry):
        zeros = within(PATIENCE, lambda d=difference: sympy.solveset(d, x, S.Reals))  # type: ignore[misc]
        if not isinstance(zeros, sympy.FiniteSet | sympy.sets.sets.EmptySet):
            raise UsageError(f"the places where {difference} changes its sign are not a few numbers")
        found |= set(zeros)
    return tuple(sorted(found, key=float))


def piecewise(entry: Expr, x: Symbol, kinks: tuple[Expr, ...]) -> Piecewise:
    """The expression's branches between places, and its values there."""
    ends = [S.NegativeInfinity, *kinks, S.Infinity]
    branches = tuple(
        Branch(low, high, sympy.simplify(chosen(entry, x, _between(low, high))))
        for low, high in pairwise(ends)
    )
    return Piecewise(x, branches, tuple(sympy.simplify(chosen(entry, x, k).subs(x, k)) for k in kinks))


def chosen(entry: Expr, x: Symbol, place: Expr) -> Expr:
    """The expression with every choice in it made as it is made at a place."""
    result: Expr = _chosen(entry, x, place)
    return result


def _between(low: Expr, high: Expr) -> Expr:
    if low.is_infinite and high.is_infinite:
        return Integer(1)
    if low.is_infinite:
        return high - 1
    return low + 1 if high.is_infinite else (low + high) / 2


def _chosen(node: Basic, x: Symbol, place: Expr) -> Basic:
    if not node.has(*_CHOOSING):
        return node
    match node:
        case Where():
            condition, yes, no = node.args
            return _chosen(yes if _holds(condition, x, place) else no, x, place)
        case Iverson():
            return S.One if _holds(node.args[0], x, place) else S.Zero
        case sympy.Max() | sympy.Min():
            pick = max if isinstance(node, sympy.Max) else min
            return pick((_chosen(a, x, place) for a in node.args), key=lambda a: float(a.subs(x, place)))
        case sympy.Abs() | sympy.sign():
            inner = _chosen(node.args[0], x, place)
            sign = sympy.sign(inner.subs(x, place))
            return sign * inner if isinstance(node, sympy.Abs) else sign
        case _:
            return node.func(*(_chosen(part, x, place) for part in node.args))


def _holds(condition: Basic, x: Symbol, place: Expr) -> bool:
    if isinstance(condition, sympy.And):
        return all(_holds(part, x, place) for part in condition.args)
    assert isinstance(condition, Relational), condition
    left, right = (_chosen(side, x, place).subs(x, place) for side in condition.args)
    return bool(condition.func(left, right))


def _differences(entry: Expr) -> Iterator[Expr]:
    """What is 0 where a choice changes."""
    for node in sympy.preorder_traversal(entry):
        match node:
            case Where() | Iverson():
                relations = [node.args[0], *getattr(node.args[0], "args", ())]
                yield from (one.lhs - one.rhs for one in relations if isinstance(one, Relational))
            case sympy.Max() | sympy.Min():
                yield from (one - other for one, other in combinations(node.args, 2))
            case sympy.Abs() | sympy.sign():
                yield node.args[0]
