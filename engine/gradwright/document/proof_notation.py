"""How the sides of a proof's lines are written: as their author did, or in index notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from gradwright.derive.proof.line import Side
from gradwright.document.notation import Notation, named_indices, order
from gradwright.language.free import free_indices
from gradwright.language.index_form import index_form
from gradwright.language.scope import Composite, Scope, Value
from gradwright.language.tree import Binary, Call, Item, Name, Negate, Number, Tree
from gradwright.messages import Math
from gradwright.model.statement import MOMENTS, Statement
from gradwright.tensor.nodes import Tensor


@dataclass(frozen=True)
class ProofNotation:
    """Writes sides.

    Args:
        statement: Whose values they are made of.
        notation: How trees are written.
        scope: The same values and functions, expectations among them.
    """

    statement: Statement
    notation: Notation
    scope: Scope

    def side(self, side: Side, whole: bool = False) -> Math:
        """A side at the place of its indices; ``whole`` leaves the subscript out of what its author wrote."""
        return self.notation.math(self.tree(side, whole))

    def tree(self, side: Side, whole: bool = False) -> Tree:
        """The tree of a side."""
        letters = [index.name for index in side.tensor.indices]
        if side.tree is None:
            taken = frozenset({*self.statement.scope.values, *self.scope.axes, *letters})
            return index_form(Tensor((), side.tensor.entry), taken, ranged=False)[1]
        free = free_indices(side.tree, self.scope)
        rest = [letter for letter in letters if letter not in free]
        return side.tree if whole or not rest else self._at(side.tree, rest)

    def names(self, text: str) -> tuple[Math | str, ...]:
        """A list of names as formulas; other text as it is."""
        pieces: list[Math | str] = []
        for name in text.split(", "):
            known = name.isidentifier()
            pieces += [", "] if pieces else []
            pieces.append(self.notation.value(name) if known else Math(name, name))
        return tuple(pieces)

    def _at(self, tree: Tree, letters: Sequence[str]) -> Tree:
        """A tree at a place: the subscript stands at the values of an elementwise formula."""
        count = self._order(tree)
        if count == 0 or isinstance(tree, Number):
            return tree
        match tree:
            case Call() if tree.function in MOMENTS:
                return replace(tree, arguments=tuple(self._at(part, letters) for part in tree.arguments))
            case Negate():
                return replace(tree, operand=self._at(tree.operand, letters))
            case Binary() if tree.operator != "@" and self._is_even(tree, len(letters)):
                return replace(tree, left=self._at(tree.left, letters), right=self._at(tree.right, letters))
            case _:
                return Item(tree, tuple(Name(letter) for letter in letters))

    def _is_even(self, tree: Binary, count: int) -> bool:
        """Whether both operands have all the axes or none."""
        return all(self._order(part) in (0, count) for part in (tree.left, tree.right))

    def _order(self, tree: Tree) -> int | None:
        return order(self.scope, named_indices(tree, self.scope.values), tree)


def notation_of(statement: Statement, points: Sequence[str] = ()) -> ProofNotation:
    """The notation of a statement; ``points`` are names that its table of points brings."""
    composites: Mapping[str, Composite] = {**statement.scope.composites, **MOMENTS}
    values = {**statement.scope.values, **{name: Value(()) for name in points}}
    adjoints = {name: name[1:] for name in values if name.startswith("d") and name[1:] in values}
    return ProofNotation(statement, Notation(adjoints, composites, values), Scope(values, composites))


def number(value: Fraction) -> Math:
    """A number as a formula."""
    return Notation().math(Number(value))
