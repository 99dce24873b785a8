"""Claims read as tensors: both sides of a relation on the same axes, expectations as nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sympy import Expr

from gradwright.derive.proof.line import Side
from gradwright.errors import ModelError, nearest
from gradwright.language.free import free_indices
from gradwright.language.lower import lower, tensor
from gradwright.language.named_sums import letter_for
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.shapes import reader_of
from gradwright.language.tree import Call, Item, Name, Tree, rebuild
from gradwright.language.words import canonical_name
from gradwright.model.statement import MOMENTS, Claim, Statement
from gradwright.tensor.instantiate import instantiate
from gradwright.tensor.moments import Mean, Variance
from gradwright.tensor.nodes import Entry, Index, Tensor, size

_SPLIT = re.compile(r"(?<![<>=!])(<=|>=|==|=|<|>)(?!=)")
_NODES = {"E": Mean, "Var": Variance}


@dataclass(frozen=True)
class Reading:
    """A claim being read.

    Args:
        statement: What its names mean.
        claim: The claim.
        known: Expectations, variances and recurrences that earlier claims found, with what they are.
    """

    statement: Statement
    claim: Claim
    known: Mapping[Expr, Expr] = field(default_factory=dict)

    def text(self, key: str, what: str, default: str | None = None) -> str:
        """The text of a key of the claim.

        Raises:
            ModelError: The key is missing, or no text.
        """
        value = self.claim.table.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"the claim's {key} is {value!r}, expected {what}", key)
        return value

    def error(self, message: str, key: str = "", hint: str = "") -> ModelError:
        """The author's error, at a key of the claim."""
        return ModelError(message, self.statement.place(self.claim, key), hint)

    def side(self, text: str, key: str, letters: Sequence[str] = ()) -> Side:
        """An expression of the claim, as it is written and as a tensor.

        Args:
            text: The expression.
            key: The claim's key that it is a part of.
            letters: Indices that are to come first, in this order, where the expression has them.
        """
        tree = self.statement.read(text.strip(), self.claim, key)
        try:
            return Side(lowered(tree, self.statement, letters), tree)
        except ReadError as error:
            raise self.statement.misread(error, text.strip(), self.claim, key) from None

    def sides(self, key: str) -> tuple[Side, str, Side]:
        """Both sides of a relation and the sign between them."""
        text = self.text(key, "a relation such as left = right")
        parts = _SPLIT.split(_outermost(text))
        if len(parts) != 3:
            raise self.error(f"the claim {text!r} is not one relation", key, "write left = right")
        left = self.side(text[: len(parts[0])], key)
        letters = [index.name for index in left.tensor.indices]
        right = self.side(text[len(parts[0]) + len(parts[1]) :], key, letters)
        return left, "=" if parts[1] == "==" else parts[1], right

    def relation(self, key: str) -> tuple[Side, str, Side]:
        """Both sides of a relation, on the same indices, and the sign between them."""
        left, relation, right = self.sides(key)
        left, right = _together(left, right, self, key)
        return left, relation, right

    def names(self, key: str) -> tuple[str, ...]:
        """The names of values that a key lists.

        Raises:
            ModelError: One is not declared.
        """
        found = tuple(map(canonical_name, re.split(r"[,\s]+", self.text(key, "names of values").strip())))
        for name in found:
            if name not in self.statement.scope.values:
                hint = nearest(name, self.statement.scope.values)
                raise self.error(f"{name} is not declared", key, hint)
        return found


def _outermost(text: str) -> str:
    """The text with what stands in brackets blanked out, so that an option's sign splits nothing."""
    depth, kept = 0, []
    for letter in text:
        depth -= letter in ")]"
        kept.append(" " if depth > 0 else letter)
        depth += letter in "(["
    return "".join(kept)


def _together(left: Side, right: Side, reading: Reading, key: str) -> tuple[Side, Side]:
    """Both sides on the indices of the one that has axes."""
    wide, narrow = (left, right) if left.tensor.indices else (right, left)
    if narrow.tensor.indices and narrow.tensor.shape != wide.tensor.shape:
        shapes = " and ".join(str(tuple(map(str, side.tensor.shape))) for side in (left, right))
        raise reading.error(f"the sides of the claim have the shapes {shapes}", key)
    places = wide.tensor.indices if narrow.tensor.indices else ()
    moved = replace(narrow, tensor=Tensor(wide.tensor.indices, instantiate(narrow.tensor, places)))
    return (wide, moved) if wide is left else (moved, wide)


def lowered(tree: Tree, statement: Statement, letters: Sequence[str] = ()) -> Tensor:
    """A tree in index form; ``E(...)`` and ``Var(...)`` become nodes around what they hold.

    Args:
        tree: The expression; an undeclared letter that subscripts a value is a free index, as in ``x[i]``.
        statement: What its names mean.
        letters: Free indices that are to come first, in this order.

    Raises:
        ReadError: Shapes clash or a name is not declared.
    """
    held: dict[str, Tensor] = {}
    outer = _without_moments(tree, statement, held)
    values = {**statement.scope.values, **{name: Value(one.shape) for name, one in held.items()}}
    scope = Scope(values, statement.scope.composites)
    free = free_indices(outer, scope)
    free = (*(letter for letter in letters if letter in free), *(one for one in free if one not in letters))
    whole = tensor(reader_of(scope).bound(free, outer), outer) if free else lower(outer, scope)
    found = {
        node: instantiate(held[node.name], node.indices)
        for node in whole.entry.atoms(Entry)
        if node.name in held
    }
    return lettered(Tensor(whole.indices, _counted(whole.entry.xreplace(found), statement)), free, statement)


def lettered(whole: Tensor, letters: Sequence[str], statement: Statement) -> Tensor:
    """The tensor with a letter for each free index: those given, then the usual ones."""
    taken = {*statement.scope.values, *statement.scope.axes, *letters}
    indices: list[Index] = []
    for number, index in enumerate(whole.indices):
        letter = letters[number] if number < len(letters) else letter_for(index, taken)
        taken.add(letter)
        indices.append(Index(letter, index.extent))
    return Tensor(tuple(indices), instantiate(whole, indices))


def _without_moments(tree: Tree, statement: Statement, held: dict[str, Tensor]) -> Tree:
    """The tree with each expectation as a value of its own, whose leading axes are its free indices."""
    if not (isinstance(tree, Call) and tree.function in MOMENTS):
        return rebuild(tree, lambda part: _without_moments(part, statement, held))
    if len(tree.arguments) != 1 or tree.options:
        raise ReadError(f"{tree.function} takes one expression", tree.span)
    inner = lowered(tree.arguments[0], statement)
    free = free_indices(tree.arguments[0], statement.scope)
    name = f"{tree.function}[{len(held)}]"
    held[name] = Tensor(inner.indices, _NODES[tree.function](inner.entry))
    whole = Name(name, tree.span)
    return Item(whole, tuple(Name(one) for one in free), tree.span) if free else whole


def _counted(entry: Expr, statement: Statement) -> Expr:
    """The values of a recurrence after all its steps, and the number of steps as a size."""
    recurrence = statement.recurrence
    if recurrence is None:
        return entry
    steps = size(recurrence.counter)
    found: dict[Expr, Expr] = {Entry(recurrence.counter): steps}
    found.update({Entry(one.target): Entry(one.target, steps) for one in recurrence.formulas})
    result: Expr = entry.xreplace(found)
    return result


def definitions(statement: Statement) -> Mapping[str, Tensor]:
    """The formula of each defined value."""
    return {one.name: one.tensor for one in statement.definitions}
