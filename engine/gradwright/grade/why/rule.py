"""The record of one mal-rule, and what it sees while it changes a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from gradwright.grade.why.bench import Array, Bench
from gradwright.grade.why.program import Line, Program
from gradwright.grade.why.store import Store
from gradwright.language.scope import Scope
from gradwright.language.tree import Call, Name, Number, Tree, names, walk
from gradwright.language.words import INDEX_REDUCTIONS

Ancestors = tuple[tuple[Tree, int], ...]


@dataclass(frozen=True)
class Change:
    """A node changed.

    Args:
        tree: What stands in its place.
        part: The part of the right formula that the change is about, where that is not the node itself.
        values: What fills the message besides.
    """

    tree: Tree
    part: Tree | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """Where a node stands.

    Args:
        sight: What is known of the whole program and of the answer.
        line: The line that the node is in.
        ancestors: The nodes above it from the line's root down, each with the child that leads on.
        node: The node.
    """

    sight: Sight
    line: Line
    ancestors: Ancestors
    node: Tree

    @property
    def parent(self) -> Tree | None:
        """The node above, if there is one."""
        return self.ancestors[-1][0] if self.ancestors else None

    def shape(self, tree: Tree) -> tuple[int, ...] | None:
        """The shape of a tree at the first point, or None where it has no value."""
        value = self.sight.value(tree)
        return None if value is None else value.shape

    def order(self, tree: Tree) -> int:
        """How many axes a tree's value has; -1 where it has no value."""
        shape = self.shape(tree)
        return -1 if shape is None else len(shape)


@dataclass(frozen=True)
class Sight:
    """What mal-rules may look at.

    Args:
        bench: The first point.
        program: The right lines, their trees in the store.
        answer: The student's tree, in the store.
        scope: The declared values.
        repair: Whether the lines are the student's, and the answer is the right one: what mends it?
        lines: The right lines, those that the answer takes as given too.
    """

    bench: Bench
    program: Program
    answer: Tree
    scope: Scope
    repair: bool = False
    lines: tuple[Line, ...] = ()

    @property
    def store(self) -> Store:
        """Where trees are kept."""
        return self.bench.store

    def value(self, tree: Tree) -> Array | None:
        """A tree's value at the first point, or None; at one place of named indices."""
        tree = self.store.intern(tree)
        if self.store.names[id(tree)].isdisjoint(self.indices):
            return self.bench.get(tree)
        if id(tree) not in self._placed:
            with self.bench.binding(self.indices, 0):
                self._placed[id(tree)] = self.bench.get(tree)
        return self._placed[id(tree)]

    @cached_property
    def _placed(self) -> dict[int, Array | None]:
        """The values of trees with named indices, at one place of these."""
        return {}

    @cached_property
    def notes(self) -> dict[str, bool]:
        """What was found out of the whole answer once."""
        return {}

    @cached_property
    def indices(self) -> Mapping[str, Array]:
        """The second place of every named index."""
        found = {index for line in (*self.program.lines, *self.lines) for index in line.indices}
        for line in self.program.lines:
            for node in (part for tree in (line.tree, *line.forms) for part in walk(tree)):
                if isinstance(node, Call) and len(node.arguments) > 1 and node.function in INDEX_REDUCTIONS:
                    found |= names(node.arguments[0])
        return {name: np.asarray(1) for name in found}

    @cached_property
    def _backward(self) -> frozenset[str]:
        return frozenset(one.name for one in self.lines if one.step.startswith(("adjoint", "gradient")))

    def is_adjoint(self, name: str) -> bool:
        """Whether a name is an adjoint's: that of a line, or of a value that the question gives."""
        return name in self._backward or (name[:1] == "d" and name[1:] in self.shapes)

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shapes of all names at the first point."""
        return {name: array.shape for name, array in self.bench.arrays.items()}

    @cached_property
    def used(self) -> frozenset[str]:
        """The names that the right lines use."""
        lines = self.program.lines
        found = [self.store.names[id(tree)] for line in lines for tree in (line.tree, *line.forms)]
        return frozenset().union(*found)

    @cached_property
    def donors(self) -> Donors:
        """What the answer is made of."""
        nodes = list(walk(self.answer))
        numbers = {node for node in nodes if isinstance(node, Number)}
        names = self.store.names[id(self.answer)] & self.shapes.keys()
        functions = {node.function for node in nodes if isinstance(node, Call)}
        return Donors(
            tuple(sorted(numbers, key=lambda one: one.value)),
            tuple(Name(name) for name in sorted(names)),
            frozenset(functions),
        )

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The calls of functions of entries in the right lines, each once."""
        known = self.bench.field.elementwise
        found: dict[Tree, None] = {}
        for line in (*self.lines, *self.program.lines):
            for node in walk(line.tree):
                if isinstance(node, Call) and (node.function in known or self.entrywise(node.function)):
                    found[node] = None
        return tuple(node for node in found if isinstance(node, Call))

    def entrywise(self, function: str) -> bool:
        """Whether a function acts on each entry alone."""
        if function in self.bench.field.elementwise:
            return True
        composite = self.scope.composites.get(function)
        if composite is None:
            return False
        return all(
            self.entrywise(node.function)
            for formula in composite.formulas
            for node in walk(formula.body)
            if isinstance(node, Call)
        )


@dataclass(frozen=True)
class Donors:
    """Parts of the answer that a changed formula may borrow: its numbers, its names, its functions."""

    numbers: tuple[Number, ...]
    names: tuple[Name, ...]
    functions: frozenset[str]


Changes = Callable[[Tree, Sight], Iterator[Tree | Change]]


def _always(_: Change, __: Context) -> bool:
    return True


@dataclass(frozen=True)
class MalRule:
    """One way in which students change a formula.

    Args:
        name: The rule's own name; the mistake's, too, unless ``mistake`` is given.
        change: From a node to what may stand in its place, whatever is around it. Rules may share one;
            then the first of them, by weight, whose ``when`` holds gives the mistake its name.
        weight: How likely the mistake is; among equal explanations the heaviest is told.
        when: Whether a change that explains the answer is this mistake.
        mistake: The key of the messages, where several rules make one mistake.
        undone: The mistake of a student whose answer this change makes right; empty where it is the same one.
        uniform: Whether the change is also tried everywhere in a line at once, as a habit.
    """

    name: str
    change: Changes
    weight: float = 1.0
    when: Callable[[Change, Context], bool] = _always
    mistake: str = ""
    undone: str = ""
    uniform: bool = False

    @property
    def key(self) -> str:
        """The mistake's name."""
        return self.mistake or self.name
