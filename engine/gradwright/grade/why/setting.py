"""What depends on the question alone: the points, the right values there, the trees seen so far."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradwright.errors import GradwrightError
from gradwright.execute.sample import Equation, shape_of
from gradwright.grade.why.bench import Array, Bench
from gradwright.grade.why.lines import Lines
from gradwright.grade.why.points import ENOUGH, benches, least_size, usable
from gradwright.grade.why.program import Line, Program
from gradwright.grade.why.store import Store
from gradwright.language.scope import Scope, Shape
from gradwright.language.shapes import infer_formulas
from gradwright.language.tree import Formula, Tree, names
from gradwright.model.sort import Group, groups

ASKED = "asked"
"""The name of the line that was asked for where the lines it reads are given."""
_KEPT = 16
_FULL = 50_000
"""Trees of all the questions kept, each of which takes some 700 bytes with what is known of it."""
_DOMAINS = ("", "pos", "unit")


@dataclass
class Setting:
    """A question prepared: what is remembered of it serves every answer.

    Args:
        program: The right lines, their trees in the store; formulas of given names come first.
        all: All of them, where the answer takes some as given.
        scope: The declared values.
        store: The trees.
        benches: The points.
        lines: The program at each point.
        extents: The shapes of the lines at each point.
        narrowed: The same question where some values are given, by their names.
    """

    program: Program
    all: tuple[Line, ...]
    scope: Scope
    store: Store
    benches: list[Bench]
    lines: list[Lines]
    extents: list[Mapping[str, tuple[int, ...]]]
    narrowed: dict[frozenset[str], Setting] = field(default_factory=dict)

    def held(self, named: frozenset[str]) -> Setting:
        """The question where the values that the answer names are given: only the others are judged."""
        lines = {line.name for line in self.program.lines}
        held = named & lines
        if not held or len(lines) == 1:
            return self
        if held not in self.narrowed:
            self.narrowed[held] = self._narrowed(held)
        return self.narrowed[held]

    def _narrowed(self, held: frozenset[str]) -> Setting:
        last = self.program.line(self.program.result)
        asked = replace(last, name=ASKED)
        inner = [line for line in self.program.lines if line.name not in held and line is not last]
        needed = _needed(asked, inner)
        lines = (*(line for line in inner if line.name in needed), asked)
        ordered = groups([line.formula for line in lines])
        made = []
        for bench, shapes in zip(self.benches, self.extents, strict=True):
            extents = {**shapes, **({ASKED: shapes[last.name]} if last.name in shapes else {})}
            made.append(Lines(bench, ordered, ASKED, extents))
        return replace(self, program=Program(lines, ASKED), lines=made)

    def answers(self, answer: Tree, free: Sequence[str]) -> list[Array] | None:
        """The answer's value at each point, or None where it has none."""
        try:
            return [
                np.asarray(bench.stacked(answer, free, lines.value.shape))
                for bench, lines in zip(self.benches, self.lines, strict=True)
            ]
        except (GradwrightError, ArithmeticError, ValueError, TypeError, KeyError, IndexError):
            return None


_SETTINGS: OrderedDict[Any, Setting] = OrderedDict()


def setting(
    program: Program, scope: Scope, givens: Sequence[Formula], seed: int, deadline: float = math.inf
) -> Setting | None:
    """The question prepared, from memory where it was asked before; None where it has no value in time."""
    key = (program, tuple(scope.values.items()), id(scope.composites), tuple(givens), seed)
    found = _SETTINGS.pop(key, None)
    if found is None or len(found.store.names) > _FULL:
        with np.errstate(all="ignore"):
            found = _prepared(program, scope, givens, seed, deadline)
    if found is not None:
        _SETTINGS[key] = found
        for bench in found.benches:
            bench.deadline = deadline
    while len(_SETTINGS) > 1 and (len(_SETTINGS) > _KEPT or _trees() > _FULL):
        _SETTINGS.popitem(last=False)
    return found


def _trees() -> int:
    return sum(len(one.store.names) for one in _SETTINGS.values())


def _prepared(
    program: Program, scope: Scope, givens: Sequence[Formula], seed: int, deadline: float
) -> Setting | None:
    defined = {line.name for line in program.lines}
    told = any(line.step for line in program.lines)
    first = [
        Line(one.target, one.indices, one.body, f"value of {one.target}" if told else "")
        for one in givens
        if one.target not in defined
    ]
    store = Store()
    lines = tuple(
        replace(line, tree=store.intern(line.tree), forms=tuple(map(store.intern, line.forms)))
        for line in (*first, *program.lines)
    )
    whole = Program(lines, program.result)
    formulas = [line.formula for line in lines]
    try:
        ordered = groups(formulas)
        shapes, equations = _shapes(formulas, scope, len(first))
        shapes.update({line.name: line.shape for line in lines if line.shape is not None})
        for domain in _DOMAINS:
            found = _at(whole, scope, store, ordered, shapes, equations, seed, domain, deadline)
            if all(usable(np.asarray(one.value)) for one in found.lines[:ENOUGH]):
                return found
    except (GradwrightError, ArithmeticError, ValueError, TypeError, KeyError, IndexError):
        return None
    return None


def _at(
    program: Program,
    scope: Scope,
    store: Store,
    ordered: Sequence[Group],
    shapes: dict[str, Shape],
    equations: Sequence[Equation],
    seed: int,
    domain: str,
    deadline: float,
) -> Setting:
    least = least_size([line.tree for line in program.lines])
    places = benches(store, scope, equations, least, seed, domain)
    for bench in places:
        bench.deadline = deadline
    extents: list[Mapping[str, tuple[int, ...]]] = [
        {name: shape_of(shape, bench.sizes) for name, shape in shapes.items()} for bench in places
    ]
    lines = [
        Lines(bench, ordered, program.result, known) for bench, known in zip(places, extents, strict=True)
    ]
    return Setting(program, program.lines, scope, store, places, lines, extents)


def _needed(last: Line, lines: Sequence[Line]) -> set[str]:
    """The lines that one line reads, itself or through others."""
    reads = {line.name: _reads(line) for line in lines}
    found: set[str] = set()
    stack = list(_reads(last))
    while stack:
        name = stack.pop()
        if name in reads and name not in found:
            found.add(name)
            stack.extend(reads[name])
    return found


def _reads(line: Line) -> set[str]:
    return set[str]().union(*(names(tree) for tree in (line.tree, *line.forms)))


def _shapes(
    formulas: Sequence[Formula], scope: Scope, given: int
) -> tuple[dict[str, Shape], tuple[Equation, ...]]:
    for known in (formulas, formulas[:given]):
        try:
            return infer_formulas(known, scope)
        except GradwrightError:
            continue
    return {}, ()
