"""How products of Jacobians over many times are written, in LaTeX and in the grammar's text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from gradwright.derive.links import Link
from gradwright.derive.through_time import ThroughTime
from gradwright.document.blocks import Row
from gradwright.document.notation import Notation, sizes_of
from gradwright.document.writing import Writing
from gradwright.language.named_sums import letter_for
from gradwright.language.recognise import extent_tree
from gradwright.language.scope import Value
from gradwright.language.tree import Binary, Call, Item, Name, Number, Tree, substitute
from gradwright.messages import Math
from gradwright.tensor.nodes import Index


class TimeNotation:
    """Writes the formulas of one recurrence's product form.

    Args:
        page: The page.
        through: The product form.
    """

    def __init__(self, page: Writing, through: ThroughTime) -> None:
        self.page, self.through = page, through
        jacobian = through.jacobian
        self.time = Name(jacobian.time)
        self.length = jacobian.recurrence.length
        self.forward = jacobian.recurrence.direction > 0
        self.used = {jacobian.time, *jacobian.examples, *page.notation.values}
        self.used |= set(sizes_of(page.notation.values))
        self.early = Name(letter_for(Index("s", self.length), self.used))
        self.late = Name(self.free("rqpvwxyz"))
        self.before = self._shifted(self.time, -1)
        self.last: Tree = extent_tree(self.length - 1) if self.forward else Number(Fraction(0))
        self.notation = self._notation()

    def free(self, letters: str) -> str:
        """The first of some letters that stands for nothing in the model, nor for the early time."""
        return next(letter for letter in letters if letter not in self.used | {self.early.name})

    def directed(self, key: str) -> str:
        """The key of a message that names earlier and later times, in the recurrence's direction."""
        return key if self.forward else f"{key}-ahead"

    def _notation(self) -> Notation:
        """The page's notation, and the shapes of the Jacobians and of what they multiply."""
        through = self.through
        states = through.states
        values = dict(self.page.notation.values)
        held = values[states[0]].shape[: 1 + len(through.jacobian.examples)]
        for (of, by), name in through.names.items():
            values[name] = Value((*held, through.jacobian.width[of], through.jacobian.width[by]))
        for state, name in through.rows.items():
            values[name] = values[state]
        for state, adjoint in through.direct.items():
            values[adjoint.name] = values[state] if adjoint.subscript else Value(adjoint.tensor.shape)
        short = {name: f"J_{{{name[2:]}}}" for name in through.names.values() if name[2:].isalpha()}
        return replace(self.page.notation, values=values, written=short)

    def _shifted(self, time: Tree, steps: int) -> Tree:
        """The time some steps later in the recurrence's direction."""
        later = (steps > 0) == self.forward
        return Binary("+" if later else "-", time, Number(Fraction(abs(steps))))

    def at(self, name: str, time: Tree | None = None) -> Tree:
        """A value at a time (the step's own unless told) and the example."""
        letters = (Name(letter) for letter in self.through.jacobian.examples)
        return Item(Name(name), (time if time is not None else self.time, *letters))

    def placed(self, name: str, time: Tree | None = None) -> Math:
        """The same, written."""
        return self.notation.math(self.at(name, time))

    def rows(self, left: Math, right: Tree) -> list[Row]:
        """An equation on as many lines as it needs."""
        whole = replace(self.page, notation=self.notation)
        return whole.rows(left, right)

    def link(self, link: Link) -> Row:
        """One local derivative: ``∂h[t, i]/∂a[t, i] = diag(1 - h[t, i]**2)``."""
        above, below = self.placed(link.of), self.placed(link.by, self.before if link.before else None)
        left = f"\\frac{{\\partial {above.latex}}}{{\\partial {below.latex}}}"
        return Row(Math(left, f"∂{above.text}/∂{below.text}"), self._factor(link))

    def _factor(self, link: Link) -> Math:
        """A link as a matrix."""
        if link.kind != "number":
            return self.notation.math(Call("diag", (link.tree,)) if link.kind == "diagonal" else link.tree)
        if link.tensor.entry == 1:
            return Math("I", "I")
        number = _bracketed(self.notation.math(link.tree))
        return Math(f"{number.latex} \\, I", f"{number.text}*I")

    def pair(self) -> Math:
        """The rows of all states side by side, at the step's time."""
        names = [self.placed(name) for name in self.through.rows.values()]
        latex = r" & ".join(name.latex for name in names)
        return Math(f"\\begin{{pmatrix}} {latex} \\end{{pmatrix}}", _listed([name.text for name in names]))

    def block_rows(self) -> list[Row]:
        """The Jacobian of all states together, a matrix of blocks."""
        states = self.through.states
        cells = [[self._block(of, by) for by in states] for of in states]
        latex = r" \\ ".join(" & ".join(cell.latex for cell in line) for line in cells)
        text = _listed([_listed([cell.text for cell in line]) for line in cells])
        return [Row(self._joint("J", self.time), Math(f"\\begin{{pmatrix}} {latex} \\end{{pmatrix}}", text))]

    def _block(self, of: str, by: str) -> Math:
        name = self.through.names[of, by]
        return self.placed(name) if (of, by) in self.through.blocks else Math("0", "0")

    def _joint(self, letter: str, time: Tree) -> Math:
        """The block of all states together: bold, as the several are one."""
        letters = (Name(one) for one in self.through.jacobian.examples)
        inner = self.notation.math(Item(Name("J"), (time, *letters)))
        return Math(
            f"{_BOLD[letter]}{inner.latex.removeprefix('J')}", f"{letter}{inner.text.removeprefix('J')}"
        )

    def _row(self, time: Tree) -> Math:
        """What the products multiply, at a time."""
        if len(self.through.states) > 1:
            return self._joint("delta", time)
        (name,) = self.through.rows.values()
        return self.placed(name, time)

    def _jacobian(self, time: Tree) -> Math:
        if len(self.through.states) > 1:
            return self._joint("J", time)
        (name,) = self.through.names.values()
        return self.placed(name, time)

    def last_time(self) -> Math:
        """The last time in the recurrence's direction."""
        return self.notation.math(self.last)

    def direct_rows(self) -> list[Row]:
        """What the loss hands to each state, at every time or at the last one."""
        rows: list[Row] = []
        for state, adjoint in self.through.direct.items():
            tree = adjoint.matrix if adjoint.matrix is not None else adjoint.index
            name = self.through.rows[state] if self.through.at_end else adjoint.name
            held = adjoint.subscript if adjoint.matrix is not None else adjoint.names
            places: tuple[Tree, ...] = tuple(Name(letter) for letter in held)
            if self.through.at_end:
                places = (self.last, *places)
            rows += self.rows(self.notation.math(Item(Name(name), places)), tree)
        if self.through.at_end:
            nothing = [state for state in self.through.states if state not in self.through.direct]
            rows += [
                Row(self.notation.math(Item(Name(self.through.rows[state]), (self.last,))), Math("0", "0"))
                for state in nothing
            ]
        return rows

    def product_row(self) -> Row:
        """The adjoint at an early time as a product, or as a sum of products over later times."""
        left = self._row(self.early)
        product = _product(self.factors())
        if self.through.at_end:
            return Row(left, product)
        low, high = (self.early, self.last) if self.forward else (self.last, self.early)
        ends = self.notation.math(self.late), self.notation.math(low), self.notation.math(high)
        latex = f"\\sum_{{{ends[0].latex} = {ends[1].latex}}}^{{{ends[2].latex}}} {product.latex}"
        text = f"sum over {ends[0].text} from {ends[1].text} to {ends[2].text} of {product.text}"
        return Row(left, Math(latex, text))

    def factors(self) -> list[Math]:
        """What leads from a later time, or the last one, to an early one: a row, and a Jacobian a step."""
        late = self.last if self.through.at_end else self.late
        if self.through.at_end:
            row = self._row(late)
        elif len(self.through.states) > 1:
            row = self._joint("e", late)
        else:
            (adjoint,) = self.through.direct.values()
            row = self.placed(adjoint.name, late)
        return [row, self._jacobian(late), _DOTS, self._jacobian(self._shifted(self.early, 1))]

    def norm_row(self) -> Row:
        """The norm of a product is at most the product of the norms."""
        parts = self.factors()
        normed = [one if one is _DOTS else norm(one) for one in parts]
        latex, text = " \\, ".join(one.latex for one in normed), "*".join(one.text for one in normed)
        return Row(norm(_product(parts)), Math(latex, text), relation="≤")

    def within_rows(self) -> list[Row]:
        """The adjoints themselves, from the rows that the products multiply."""
        rows: list[Row] = []
        adjoint_of = self.page.derivation.adjoint_of
        for state in reversed(self.through.states):
            terms = [self.placed(self.through.rows[state])]
            for later, factor in self.through.within[state].items():
                terms.append(_product([self.placed(adjoint_of[later]), self.notation.math(factor)]))
            latex, text = " + ".join(one.latex for one in terms), " + ".join(one.text for one in terms)
            rows.append(Row(self.placed(adjoint_of[state]), Math(latex, text)))
        return rows

    def carry_factor(self, state: str, time: Tree | None = None) -> Math:
        """What the entries of a state are multiplied by on the direct path through one step."""
        links = self.through.carries[state].links
        if not links:
            return Math("1", "1")
        letters = (self.through.jacobian.time, *self.through.jacobian.examples)
        tree = links[0].tree
        if time is not None:
            tree = substitute(tree, {letters[0]: time})
        return self.notation.math(tree)

    def carry_row(self, state: str) -> Row:
        """The direct path over many steps: factors of every step, entry by entry."""
        links = self.through.carries[state].links
        name = self.page.derivation.adjoint_of[state]
        factors = [self.carry_factor(state, time) for time in (self.late, self._shifted(self.early, 1))]
        late, first = (_bracketed(factor) for factor in factors)
        sign = " \\odot " if links and links[0].kind == "diagonal" else " \\, "
        parts = [self.placed(name, self.late), late, _DOTS, first]
        latex, text = sign.join(part.latex for part in parts), "*".join(part.text for part in parts)
        return Row(self.placed(name, self.early), Math(latex, text), relation="+=")


_BOLD = {"J": "\\boldsymbol{J}", "delta": "\\boldsymbol{\\delta}", "e": "\\boldsymbol{e}"}
_DOTS = Math("\\cdots", "...")


def norm(formula: Math) -> Math:
    """The length of a row, the largest singular value of a matrix."""
    return Math(f"\\lVert {formula.latex} \\rVert", f"‖{formula.text}‖")


def _product(factors: Sequence[Math]) -> Math:
    return Math(
        " \\, ".join(factor.latex for factor in factors), " @ ".join(factor.text for factor in factors)
    )


def _listed(parts: Sequence[str]) -> str:
    return "[" + ", ".join(parts) + "]"


def _bracketed(formula: Math) -> Math:
    """A sum in brackets, any other formula as it is."""
    if " + " in formula.text or " - " in formula.text:
        return Math(f"({formula.latex})", f"({formula.text})")
    return formula
