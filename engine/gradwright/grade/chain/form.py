"""A form as it is written, read into a formula whose names are the reference's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from gradwright.errors import AnswerError
from gradwright.grade.chain.names import resolve
from gradwright.grade.chain.texleft import TexLeft, tex_left
from gradwright.grade.chain.texnames import spelled, spelled_text
from gradwright.grade.chain.world import World
from gradwright.grade.finding import Finding
from gradwright.language.bounds import NODES
from gradwright.language.reading import Reading, read
from gradwright.language.scope import ReadError
from gradwright.language.tree import (
    Binary,
    Formula,
    Item,
    Name,
    Number,
    Tree,
    names,
    rebuild,
    substitute,
    walk,
)

_BELOW = re.compile(r"[_^](?:\{([^{}]*)\}|(\w))")
_INDICES = 3
"""More free indices than this are not tried in other orders."""


@dataclass(frozen=True)
class Form:
    """What a form says.

    Args:
        formulas: The formula; several where nothing tells the order of its indices.
        update: Whether it is an update such as ``dZ = dZ/n`` of what the value was before.
        slips: What was read but is probably not meant.
    """

    formulas: tuple[Formula, ...]
    update: bool = False
    slips: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Reads forms.

    Args:
        syntax: ``text`` or ``latex``.
    """

    syntax: str

    def name_of(self, left: str, world: World, forms: Sequence[str] = ()) -> str:
        """The name on a left side, in the reference's spelling where it has it; empty if it is no name.

        Args:
            left: The left side.
            world: What the names mean.
            forms: What it stands before: a letter below ``W_a`` is an index only if it is one there too.
        """
        found = self._tex(left, world)
        below = "".join(map("".join, _BELOW.findall(" ".join(forms))))
        if found is not None and all(letter in below for letter in found.indices):
            return found.name
        try:
            written = read(f"{left} = 0", world.spelled, self.syntax).target
        except ReadError:
            return ""
        return self._resolved(written, world) if written else ""

    def formula(self, left: str, form: str, target: str, world: World) -> Form:
        """Read one form.

        Args:
            left: The left side of its chain, as it is written; empty if there is none.
            form: The expression.
            target: The name that it is a form of.
            world: What the names mean.

        Raises:
            AnswerError: It can't be read, or its shapes clash.
        """
        found = self._tex(left, world)
        found = found if found is not None and found.name == target else None
        text = f"{left} = {form}" if left and found is None else form
        spoken = (spelled if self.syntax == "latex" else spelled_text)(text, self._known(world))
        try:
            reading = read(spoken.text, world.spelled, self.syntax)
            reading = _led(reading, found.indices) if found is not None else reading
            tree = self._renamed(reading.tree, {*reading.free}, world)
            formula = Formula(target, reading.free, tree, text=form)
            opened = _opened(formula, world)
            world.shape(opened)
        except ReadError as error:
            again = ReadError(error.message, spoken.written(error.span), error.hint)
            raise again.placed(text, AnswerError) from error
        orders = [reading.free] if reading.ordered else _orders(reading.free)
        formulas = tuple(replace(opened, indices=tuple(order)) for order in orders)
        slips = tuple(Finding(slip.key, dict(slip.values)) for slip in reading.slips)
        return Form(formulas, opened is not formula, slips)

    def _tex(self, left: str, world: World) -> TexLeft | None:
        """A left side in LaTeX that is one of the reference's names."""
        return tex_left(left, self._known(world)) if self.syntax == "latex" and left else None

    def _known(self, world: World) -> Callable[[str], str]:
        """Finds the reference's name that a written name stands for."""
        formulas, values = world.reference.formulas, world.reference.values

        def known(written: str) -> str:
            name = self._resolved(written, world)
            return name if name in formulas or name in values else ""

        return known

    def _renamed(self, tree: Tree, free: set[str], world: World) -> Tree:
        written = names(tree) - free
        meant = {name: self._resolved(name, world) for name in written}
        return substitute(tree, {name: Name(to) for name, to in meant.items() if name != to})

    def _resolved(self, written: str, world: World) -> str:
        known = world.reference.known | world.helpers.keys()
        return resolve(written, world.reference.formulas, known)


def _led(reading: Reading, indices: tuple[str, ...]) -> Reading:
    """The reading with the indices of a left side in LaTeX, where they are those of the right side.

    A letter that is also the size of an axis is read as the axis's last place; the left side says that it is
    an index.
    """
    sizes = [name for name in indices if name not in reading.free]
    tree = _indexed(reading.tree, sizes) if sizes else reading.tree
    free = {*reading.free, *(name for name in sizes if tree != reading.tree)}
    return replace(reading, tree=tree, free=indices, ordered=True) if free == {*indices} else reading


def _indexed(tree: Tree, letters: Sequence[str]) -> Tree:
    """The tree with ``P[i, k - 1]`` read as ``P[i, k]``."""

    def place(selector: Tree) -> Tree:
        match selector:
            case Binary(operator="-", left=Name(name=name), right=Number(value=value)) if value == 1:
                return Name(name) if name in letters else selector
        return _indexed(selector, letters)

    made = rebuild(tree, lambda part: _indexed(part, letters))
    if isinstance(tree, Item):
        return replace(
            tree, target=_indexed(tree.target, letters), selectors=tuple(map(place, tree.selectors))
        )
    return made


def _orders(free: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The orders that free indices may stand in, that of their first use first."""
    return permutations(free) if len(free) <= _INDICES else iter((free,))


def _opened(formula: Formula, world: World) -> Formula:
    """An update such as ``dZ = dZ/n`` in terms of what ``dZ`` was before."""
    before = world.written.get(formula.target)
    if before is None or formula.indices or before.indices or formula.target not in names(formula.body):
        return formula
    inside = sum(1 for _ in walk(before.body))
    uses = sum(1 for node in walk(formula.body) if node == Name(formula.target))
    if inside * uses > NODES:
        raise ReadError(f"{formula.target} in terms of what it was before is too long", formula.body.span)
    return replace(formula, body=substitute(formula.body, {formula.target: before.body}))
