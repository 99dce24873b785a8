"""Elementwise formulas of whole arrays inside a recurrence, written for one place of its leading axis.

A printed derivation says ``di = dc*g`` where ``dc[t]`` needs ``di[t+1]`` in its turn; place by place it is
``di[t] = dc[t]*g[t]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gradwright.execute.fields import FLOAT
from gradwright.execute.named import entrywise
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import Binary, Call, Compare, Formula, Item, Name, Negate, Number, Tree, rebuild
from gradwright.language.tree import names as names_of

Shapes = Mapping[str, tuple[int, ...]]


def in_time(
    formulas: Sequence[Formula], shapes: Shapes, composites: Mapping[str, Composite]
) -> tuple[Formula, ...]:
    """The formulas with a leading index on each that stands in a cycle with an indexed one.

    Args:
        formulas: Some of them a recurrence.
        shapes: The shape of every name.
        composites: The functions that are formulas.

    Raises:
        ReadError: A formula without an index in a recurrence is not elementwise.
    """
    needs = {one.target: names_of(one.body) for one in formulas}
    result = []
    for formula in formulas:
        around = [one for one in formulas if one.indices and _in_cycle(formula.target, one.target, needs)]
        if formula.indices or not around:
            result.append(formula)
            continue
        time = around[0].indices[0]
        body = _at(formula.body, time, shapes[formula.target], shapes, composites)
        result.append(replace(formula, indices=(time,), body=body))
    return tuple(result)


def _in_cycle(one: str, other: str, needs: Mapping[str, set[str]]) -> bool:
    return _reaches(one, other, needs) and _reaches(other, one, needs)


def _reaches(start: str, goal: str, needs: Mapping[str, set[str]]) -> bool:
    seen, stack = {start}, [start]
    while stack:
        for name in needs.get(stack.pop(), ()):
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return False


def _at(
    tree: Tree, time: str, shape: tuple[int, ...], shapes: Shapes, composites: Mapping[str, Composite]
) -> Tree:
    """An elementwise tree of a shape at one place of its first axis."""

    def at(part: Tree) -> Tree:
        match part:
            case Number():
                return part
            case Name() if part.name != time:
                own = shapes.get(part.name, ())
                if len(own) < len(shape):
                    return part
                if len(own) == len(shape) and own[0] == shape[0]:
                    return Item(part, (Name(time),), part.span)
            case Negate() | Compare():
                return rebuild(part, at)
            case Binary() if part.operator != "@":
                return rebuild(part, at)
            case Call() if not part.options and _is_elementwise(part.function, composites):
                return rebuild(part, at)
        raise ReadError("a formula of a recurrence needs its index, as in a[t] = ...", part.span)

    return at(tree)


def _is_elementwise(function: str, composites: Mapping[str, Composite]) -> bool:
    if function in composites:
        return entrywise(composites[function], composites, FLOAT)
    return function in FLOAT.elementwise
