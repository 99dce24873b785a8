"""What the names mean at a line: the reference's values, or the student's own where an earlier line is wrong.

A name with a prime (``dZ′``) is the student's own value of ``dZ``; no text can spell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from gradwright.grade.chain.names import aliases
from gradwright.grade.chain.reference import Reference, closure
from gradwright.language.extents import plain
from gradwright.language.reader import Reader
from gradwright.language.scope import ReadError, Scope, Shape, Value
from gradwright.language.tree import Binary, Formula, Name, Tree, names, substitute

PRIME = "′"


def own(name: str) -> str:
    """The name of the student's own value."""
    return name + PRIME


@dataclass(frozen=True)
class World:
    """The state before a line.

    Args:
        reference: The reference.
        helpers: The student's own definitions, by name, in right values.
        shapes: The shapes of the helpers, and of the student's own wrong values under their primed names.
        wrong: The last form of each step that the student has wrong, in the names as they were written.
        right: The steps that the student has right.
        since: The lines at which the error in each wrong value arose.
        written: The last form of every name that the student wrote.
    """

    reference: Reference
    helpers: Mapping[str, Formula] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    wrong: Mapping[str, Formula] = field(default_factory=dict)
    right: frozenset[str] = frozenset()
    since: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    written: Mapping[str, Formula] = field(default_factory=dict)

    def formulas(self) -> dict[str, Formula]:
        """Every name's formula in right values."""
        return {**self.reference.formulas, **self.helpers}

    def reads(self, name: str) -> frozenset[str]:
        """The names that a name's right formula uses; the loss too, where the student has that wrong.

        A wrong loss that is a multiple of the right one multiplies every adjoint by as much.
        """
        found = frozenset(names(self.formulas()[name].body))
        loss = self.reference.loss
        return found | {loss} if loss in self.wrong and name in self.reference.first_adjoints else found

    @cached_property
    def affected(self) -> frozenset[str]:
        """The names whose value is not the reference's once the student's wrong values are put in."""
        found = set(self.wrong)
        waiting = {
            name: self.reads(name)
            for name in (self.formulas() if found else ())
            if name not in self.right and name not in found
        }
        grown = True
        while grown:
            more = {name for name, reads in waiting.items() if reads & found and name not in found}
            found |= more
            grown = bool(more)
        return frozenset(found)

    def roots(self, used: Iterable[str]) -> tuple[int, ...]:
        """The lines at which the errors arose that some names carry."""
        direct = {
            name: self.reads(name)
            for name in self.formulas()
            if name not in self.right and name not in self.wrong
        }
        reached = closure(direct, {*used})
        return tuple(sorted({line for name in reached for line in self.since.get(name, ())}))

    def primed(self, tree: Tree) -> Tree:
        """The tree with the student's own values in place of the reference's."""
        return substitute(tree, {name: Name(own(name)) for name in self.affected})

    def student(self, formula: Formula) -> Formula:
        """A formula in the student's own values."""
        return replace(formula, body=self.primed(formula.body))

    def student_step(self, name: str) -> Formula | None:
        """The reference's formula of a name in the student's own values; None where that is not another."""
        formula = self.formulas()[name]
        reads = self.reads(name)
        direct = {one: self.reads(one) for one in self.formulas() if one not in self.right}
        if not closure(direct, reads) & (self.affected - {name}):
            return None
        made = self.student(formula)
        loss = self.reference.loss
        if loss in reads and loss not in names(formula.body):
            made = replace(made, body=Binary("*", made.body, Binary("/", Name(own(loss)), Name(loss))))
        try:
            shape_in(made, self.scope(students=True, primes=True))
        except ReadError:
            return None
        return made

    @cached_property
    def definitions(self) -> Mapping[str, Formula]:
        """Every name's formula: right values, and the student's own under their primed names."""
        found = self.formulas()
        for name in self.affected:
            formula = self.student(self.wrong[name]) if name in self.wrong else self.student_step(name)
            formula = formula or self.student(found[name])
            found[own(name)] = replace(formula, target=own(name))
        return found

    def scope(self, students: bool = False, primes: bool = False) -> Scope:
        """All values with shapes.

        Args:
            students: Whether a wrong value has the student's own shape.
            primes: Whether the student's own values have their primed names besides.
        """
        values = dict(self.reference.scope.values)
        values |= {name: Value(self.shapes[name]) for name in self.helpers}
        mine = {name: Value(self.shapes[own(name)]) for name in self.wrong}
        if primes:
            values |= {own(name): mine.get(name) or values[name] for name in self.affected}
        return Scope({**values, **(mine if students else {})}, self.reference.composites)

    def shape(self, formula: Formula) -> Shape:
        """The shape of a formula's value, with right values or else with the student's own.

        Raises:
            ReadError: It has none with either.
        """
        try:
            return shape_in(formula, self.scope())
        except ReadError:
            if not self.wrong:
                raise
        return shape_in(formula, self.scope(students=True))

    @cached_property
    def spelled(self) -> Scope:
        """All names that a line may use, other spellings of the reference's names among them."""
        scope, shapes = self.scope(), self.reference.shapes
        other = aliases(self.reference.formulas, scope.values)
        return replace(
            scope, values={**{n: Value(shapes[meant]) for n, meant in other.items()}, **scope.values}
        )

    def with_helper(self, formula: Formula) -> World:
        """The world after a definition of the student's own; what used an earlier one keeps that one."""
        name = formula.target
        world = self._renamed(name) if name in self.helpers else self
        return replace(
            world,
            helpers={**world.helpers, name: formula},
            shapes={**world.shapes, name: self.shape(formula)},
            written={**world.written, name: formula},
        )

    def _renamed(self, name: str) -> World:
        """The world in which a helper has a name that no text can spell."""
        past = f"{name}‵{sum(one.startswith(f'{name}‵') for one in self.helpers)}"

        def put(formulas: Mapping[str, Formula]) -> dict[str, Formula]:
            new = {
                one: replace(f, body=substitute(f.body, {name: Name(past)})) for one, f in formulas.items()
            }
            return {(past if one == name else one): f for one, f in new.items()}

        helpers = put(self.helpers)
        helpers[past] = replace(helpers[past], target=past)
        shapes = {**self.shapes, past: self.shapes[name]}
        return replace(self, helpers=helpers, shapes=shapes, wrong=put(self.wrong), written=put(self.written))

    def without(self, name: str) -> World:
        """The world in which nothing has been said of a name yet."""
        return replace(
            self,
            wrong={one: form for one, form in self.wrong.items() if one != name},
            since={one: lines for one, lines in self.since.items() if one != name},
            right=self.right - {name},
        )

    def with_right(self, formula: Formula) -> World:
        """The world after a right form of a step."""
        name = formula.target
        return replace(self.without(name), right=self.right | {name}, written={**self.written, name: formula})

    def with_wrong(self, formula: Formula, since: tuple[int, ...]) -> World:
        """The world after a form of a step whose value is not the reference's.

        Args:
            formula: The form.
            since: The lines at which the error in it arose.
        """
        name = formula.target
        try:
            shape = shape_in(formula, self.scope(students=True))
        except ReadError:
            shape = self.reference.shapes[name]
        return replace(
            self,
            wrong={**self.wrong, name: formula},
            since={**self.since, name: since},
            right=self.right - {name},
            shapes={**self.shapes, own(name): shape},
            written={**self.written, name: formula},
        )


def shape_in(formula: Formula, scope: Scope) -> Shape:
    """The shape of a formula's value in a scope.

    Raises:
        ReadError: Shapes clash, or a name is not declared.
    """
    return tuple(plain(extent) for extent in Reader(scope).formula(formula).shape)
