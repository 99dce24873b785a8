"""What the parts of a worked solution share: the words, the notation, and the numbers of its equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gradwright.derive.derivation import Derivation
from gradwright.document.blocks import Row
from gradwright.document.notation import Notation, shape_formula
from gradwright.errors import UsageError, nearest
from gradwright.language.index_form import index_form
from gradwright.language.recognise import recognise
from gradwright.language.scope import Value
from gradwright.language.tree import Binary, Item, Name, Tree
from gradwright.messages import Line, Math, Messages, messages
from gradwright.tensor.nodes import Tensor

_WIDE = 72
"""Characters of a formula, as it is typed, that fit on one line of a page."""
DETAILS = ("brief", "normal", "full")
FORMS = ("matrix", "index", "both")


@dataclass
class Writing:
    """A page being written.

    Args:
        derivation: What is written about.
        say: The messages of the page's language.
        notation: How its values are written.
        detail: ``brief``, ``normal`` or ``full``.
        form: ``matrix``, ``index`` or ``both``.
        numbers: The number of each named value's equation, as far as it has been written.
        first: How many equations have stood before this part of the page.
    """

    derivation: Derivation
    say: Messages
    notation: Notation
    detail: str = "normal"
    form: str = "matrix"
    numbers: dict[str, int] = field(default_factory=dict)
    first: int = 0

    def number(self, name: str) -> int:
        """A new number, by which ``name`` is referred to from now on."""
        self.numbers[name] = self.first + len(self.numbers) + 1
        return self.numbers[name]

    def scalar(self) -> str:
        """The word for the shape of a scalar."""
        return self.say.raw("word.scalar")

    def remark(self, shape: Sequence[Any]) -> Math:
        """A shape beside an equation."""
        word = self.scalar()
        return shape_formula(self.extents(shape)) if shape else Math(f"\\text{{{word}}}", word)

    def extents(self, shape: Sequence[Any]) -> list[Any]:
        """A shape with the names that the model gives to sizes that follow from others."""
        named = {formula: letter for letter, formula in self.derivation.model.equations}
        return [named.get(extent, extent) for extent in shape]

    def row(self, left: Tree | Math, right: Tree, relation: str = "=") -> Row:
        """One line of an equation."""
        side = left if isinstance(left, Math) else self.notation.math(left)
        return Row(side, self.notation.math(right), relation=relation)

    def rows(self, left: Tree | Math, right: Tree, relation: str = "=") -> list[Row]:
        """An equation on as many lines as it needs: a long sum goes on below its first terms."""
        whole = self.row(left, right, relation)
        if len(whole.right.text) <= _WIDE:
            return [whole]
        lines: list[Tree] = []
        signs: list[str] = []
        for sign, term in terms(right):
            longer = Binary(sign, lines[-1], term) if lines else term
            if lines and len(self.notation.math(longer).text) <= _WIDE:
                lines[-1] = longer
            else:
                lines.append(term)
                signs.append(sign)
        rows = [self.row(left, lines[0], relation)]
        for sign, line in zip(signs[1:], lines[1:], strict=True):
            piece = self.notation.math(line)
            rows.append(
                Row(Math("", ""), Math(f"\\quad {sign} {piece.latex}", f"  {sign} {piece.text}"), relation="")
            )
        return rows

    def reference(self, name: str) -> Line:
        """A value and the number of its equation."""
        number = self.numbers.get(name)
        value = self.notation.value(name)
        return (value,) if number is None else (value, f" ({number})")

    def entries(self, name: str, tensor: Tensor) -> tuple[Tree, Tree]:
        """Both sides of a tensor's formula in index notation."""
        taken = frozenset(self.notation.values)
        letters, tree = index_form(tensor, taken, self.derivation.shapes)
        return placed(name, letters), tree

    def whole(self, name: str, tensor: Tensor) -> tuple[Tree, Tree] | None:
        """Both sides of a tensor's formula in matrix notation, or None where there is none."""
        tree = recognise(tensor, shapes=self.derivation.shapes)
        return None if tree is None else (Name(name), tree)

    def shown(self, name: str, tensor: Tensor) -> tuple[Tree, Tree]:
        """Both sides of an intermediate formula, in index notation if that is what the page is in."""
        found = self.whole(name, tensor) if self.form == "matrix" and not tensor.indices else None
        return found or self.entries(name, tensor)


def terms(tree: Tree) -> list[tuple[str, Tree]]:
    """The terms of a sum with the signs between them; the first has none."""
    if isinstance(tree, Binary) and tree.operator in ("+", "-"):
        return [*terms(tree.left), (tree.operator, tree.right)]
    return [("", tree)]


def placed(name: str, letters: Sequence[str]) -> Tree:
    """A value at a place: ``h[t, i]``, or the bare name of a scalar."""
    return Item(Name(name), tuple(Name(letter) for letter in letters)) if letters else Name(name)


def begin(derivation: Derivation, detail: str, lang: str, form: str) -> Writing:
    """A page with nothing on it.

    Raises:
        UsageError: There is no such detail, language or form.
    """
    for word, known in ((detail, DETAILS), (form, FORMS)):
        if word not in known:
            raise UsageError(f"{word!r} is none of {', '.join(known)}", hint=nearest(word, known))
    values = dict(derivation.model.shapes)
    values.update({adjoint.name: Value(adjoint.tensor.shape) for adjoint in derivation.adjoints})
    adjoints = {adjoint: value for value, adjoint in derivation.adjoint_of.items()}
    return Writing(
        derivation, messages(lang), Notation(adjoints, derivation.model.composites, values), detail, form
    )


def joined(lines: Sequence[Line], separator: str = ", ") -> Line:
    """Lines one after another."""
    pieces: list[Any] = []
    for line in lines:
        pieces += [separator, *line] if pieces else list(line)
    return tuple(pieces)
