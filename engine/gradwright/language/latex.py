"""Trees as the LaTeX of a textbook, in the part of it that KaTeX and every TeX engine read alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gradwright.language.fold import fold
from gradwright.language.fragment import (
    ATOM,
    BIG,
    COMPARE,
    JUXTAPOSED,
    ODOT,
    POWER,
    SUM,
    Fragment,
    beside,
    bracketed,
    diagonal,
    quotient,
    raised,
    row,
    transposed,
)
from gradwright.language.latex_calls import NUMBERS, print_call
from gradwright.language.latex_leaves import escaped, print_number
from gradwright.language.scope import Composite, ReadError
from gradwright.language.spread import Spread
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Sequence,
    Slice,
    Text,
    Tree,
)
from gradwright.language.words import latex_name

Orders = Callable[[Tree], "int | None"]
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_COMPOSITES: Mapping[str, Composite] = MappingProxyType({})
_SUBSCRIPTED = re.compile(r"(\\?\w+?)_\{([^{}]*)\}")
_COMPARISONS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}


def to_latex(
    tree: Tree,
    names: Mapping[str, str] = _NOTHING,
    composites: Mapping[str, Composite] = _NO_COMPOSITES,
    shape_of: Orders | None = None,
) -> str:
    r"""Print a tree in LaTeX.

    Args:
        tree: The tree.
        names: LaTeX of names that are not to be spelled by the usual rules, such as ``dZ`` to ``\bar{Z}``.
        composites: Composite functions, for their own LaTeX names.
        shape_of: The order (number of axes) of a sub-tree, None where it is not known. It tells products of
            entries (``\odot``) from scalings and vectors from matrices, and gives whole sums their indices.

    >>> from gradwright.language.parse import parse
    >>> to_latex(parse("2*X.T @ (X @ W - Y)/n"))
    '\\frac{2}{n} X^\\top (X W - Y)'
    """
    spread = Spread(shape_of)
    printer = Printer(names, composites, spread.order)
    return fold(spread.spread(tree), printer.print).tex


@dataclass(frozen=True)
class Printer:
    """What printing needs to know besides the tree."""

    names: Mapping[str, str] = field(default_factory=dict)
    composites: Mapping[str, Composite] = field(default_factory=dict)
    shape_of: Orders | None = None

    def order(self, tree: Tree) -> int | None:
        """The number of axes of a sub-tree, or None where it is not known."""
        if isinstance(tree, Number):
            return 0
        try:
            return self.shape_of(tree) if self.shape_of is not None else None
        except ReadError:
            return None

    def print(self, node: Tree, parts: tuple[Fragment, ...]) -> Fragment:
        """The node's LaTeX from that of its children."""
        return replace(self._print(node, parts), capital=_suggests_matrix(node, parts))

    def _print(self, node: Tree, parts: tuple[Fragment, ...]) -> Fragment:
        match node:
            case Number():
                return print_number(node)
            case Name():
                return self._name(node)
            case Negate():
                return Fragment("-" + parts[0].at(BIG), SUM)
            case Binary():
                return self._binary(node, *parts)
            case Compare():
                halves = parts[0].at(SUM), parts[1].at(SUM)
                return Fragment(f" {_COMPARISONS[node.operator]} ".join(halves), COMPARE, halves=halves)
            case Item():
                return self._item(node, parts)
            case Call():
                return print_call(self, node, parts)
            case Text():
                return Fragment(f"\\texttt{{{escaped(node.value)}}}")
            case Sequence():
                return Fragment("(" + ", ".join(part.tex for part in parts) + ")")
            case Slice():
                return Fragment(_slice(node, parts))
            case NewAxis():
                return Fragment(r"\ast")

    def _name(self, node: Name) -> Fragment:
        if node.name in self.names:
            return Fragment(self.names[node.name])
        return Fragment(node.name if node.name == "E" and self.order(node) else latex_name(node.name))

    def _binary(self, node: Binary, left: Fragment, right: Fragment) -> Fragment:
        match node.operator:
            case "+" | "-":
                left, right = self._beside_matrix(node.right, left), self._beside_matrix(node.left, right)
                after = right.at(SUM if node.operator == "+" and _joins(node.right) else BIG)
                return Fragment(f"{left.at(SUM)} {node.operator} {after}", SUM)
            case "@":
                return self.matrix_product(node, left, right)
            case "/":
                return quotient(left, right, self.order(node.right) in (0, None))
            case "**":
                return self._power(node, left, right)
            case _:
                return self._product(node, left, right)

    def _beside_matrix(self, other: Tree, side: Fragment) -> Fragment:
        """A term of a sum; sums of columns that are added to each row of a matrix are written out as one."""
        if side.across is None or self.order(other) != 2:
            return side
        repeated = beside(r"\mathbf{1}", side.across)
        return Fragment(beside(side.lead, repeated) if side.lead else repeated, JUXTAPOSED, matrix=True)

    def matrix_product(self, node: Binary | Call, left: Fragment, right: Fragment) -> Fragment:
        r"""``A B``, ``x^\top y`` of two vectors, ``A^\top x`` for a vector times a matrix."""
        first, second = (node.left, node.right) if isinstance(node, Binary) else node.arguments
        orders = self.order(first), self.order(second)
        left, right = left.narrow or left, right.narrow or right
        chained = _is_product(second) and orders[0] == 2 and orders[1] is not None
        after = right.at(JUXTAPOSED if chained else POWER)
        if orders == (1, 1):
            return Fragment(beside(row(left), after), JUXTAPOSED, matrix=True)
        if orders[0] == 1 and orders[1] == 2:
            column = beside(transposed(right).at(JUXTAPOSED), left.at(POWER))
            return Fragment(column, JUXTAPOSED, row=beside(row(left), after), matrix=True)
        before = left.at(JUXTAPOSED)
        if left.level == ODOT and left.rest is not None:
            before = beside(left.lead, bracketed(left.rest))
        elif left.level == JUXTAPOSED and not left.matrix and left.rest is None and orders[0] is None:
            before = bracketed(left.tex)
        lead, rest = left.lead, None
        if left.rest is not None and left.level >= JUXTAPOSED:
            rest = beside(left.rest, after)
        return Fragment(beside(before, after), JUXTAPOSED, lead=lead, rest=rest, matrix=True)

    def _product(self, node: Binary, left: Fragment, right: Fragment) -> Fragment:
        orders = self.order(node.left), self.order(node.right)
        if 0 not in orders and (None not in orders or (left.capital and right.capital)):
            return self._entrywise(orders, left, right)
        plain = isinstance(node.left, Number) or isinstance(node.right, Number)
        before, after = (
            _factor(side, 2 if plain else order) for side, order in zip((left, right), orders, strict=True)
        )
        if right.level == ODOT and (orders[0] == 0 or isinstance(node.left, Number)):
            return Fragment(beside(before, right.tex), ODOT, lead=before, rest=right.tex)
        if right.level == BIG:
            return Fragment(beside(before, right.tex), BIG)
        loose = None in orders and not isinstance(node.left, Number)
        text = beside(before, after, loose=loose)
        if isinstance(node.left, Number):
            across = beside(before, row(right)) if orders[1] == 1 else None
            return Fragment(text, JUXTAPOSED, lead=before, rest=after, matrix=right.matrix, row=across)
        lead, rest = left.lead, None if left.rest is None else beside(left.rest, after, loose=loose)
        return Fragment(text, JUXTAPOSED, lead=lead, rest=rest)

    def _entrywise(self, orders: tuple[int | None, int | None], left: Fragment, right: Fragment) -> Fragment:
        """Entry by entry; a vector along the rows or columns of a matrix is a diagonal matrix."""
        for one, other, order in ((left, right, orders[0]), (right, left, orders[1])):
            if one.column is not None and order == 2 and 2 in orders and other.column is None:
                return Fragment(beside(diagonal(one.column), other.at(POWER)), JUXTAPOSED)
        if orders == (2, 1):
            return Fragment(beside(left.at(JUXTAPOSED), diagonal(right.at(SUM))), JUXTAPOSED)
        if orders == (1, 2):
            return Fragment(beside(right.at(JUXTAPOSED), diagonal(left.at(SUM))), JUXTAPOSED)
        lead, rest = left.lead, None if left.rest is None else f"{left.rest} \\odot {right.at(ODOT)}"
        return Fragment(f"{left.at(ODOT)} \\odot {right.at(ODOT)}", ODOT, lead=lead, rest=rest)

    def _power(self, node: Binary, left: Fragment, right: Fragment) -> Fragment:
        exponent = right.at(SUM)
        negative = exponent.startswith("-")
        if left.head is not None and not negative:
            head, tail = left.head
            return Fragment(f"{head}^{{{exponent}}}{tail}", POWER)
        if (self.order(node.left) or 0) >= 2:
            exponent = f"\\odot {exponent}" if not negative else f"\\odot ({exponent})"
        return Fragment(raised(left, exponent), POWER)

    def _item(self, node: Item, parts: tuple[Fragment, ...]) -> Fragment:
        target, selectors = parts[0], parts[1:]
        kinds = [type(selector) for selector in node.selectors]
        whole = all(selector == Slice() for selector in node.selectors if isinstance(selector, Slice))
        if whole and kinds in ([Slice, NewAxis], [NewAxis, Slice]) and self.order(node.target) in (1, None):
            return _broadcast(target, tall=kinds[0] is Slice)
        if node.target == Name("E"):
            target = Fragment(self.names.get("E", "E"))
        short = all(_is_letter(selector) for selector in node.selectors)
        inside = ("" if short else ", ").join(_subscript(part) for part in selectors)
        subscripted = _SUBSCRIPTED.fullmatch(target.tex)
        if subscripted is not None and isinstance(node.target, Name):
            return Fragment(f"{subscripted[1]}_{{{subscripted[2]},{inside}}}", ATOM)
        return Fragment(f"{target.subscriptable()}_{{{inside}}}", ATOM)


def _is_product(tree: Tree) -> bool:
    """Whether a product of matrices may go on with this one without brackets."""
    return (isinstance(tree, Binary) and tree.operator == "@") or (
        isinstance(tree, Call) and tree.function == "outer"
    )


def _suggests_matrix(node: Tree, parts: tuple[Fragment, ...]) -> bool:
    match node:
        case Name():
            return node.name[0].isupper()
        case Binary(operator="@"):
            return all(part.capital for part in parts)
        case Binary() | Negate() | Compare():
            return any(part.capital for part in parts)
        case Call():
            return node.function not in NUMBERS and not node.options and any(part.capital for part in parts)
        case _:
            return False


def _broadcast(vector: Fragment, tall: bool) -> Fragment:
    """A vector as a column or a row: ``x 1^T`` entry by entry, but ``x`` or ``x^T`` in a matrix product."""
    if not tall:
        narrow = Fragment(row(vector), POWER)
        return Fragment(beside(r"\mathbf{1}", narrow.tex), JUXTAPOSED, narrow=narrow)
    text = beside(vector.at(JUXTAPOSED), r"\mathbf{1}^\top")
    return Fragment(text, JUXTAPOSED, narrow=vector, column=vector.at(SUM))


def _joins(tree: Tree) -> bool:
    """Whether a sum on the right of a plus reads the same without brackets."""
    return isinstance(tree, Binary) and tree.operator in "+-"


def _factor(side: Fragment, order: int | None) -> str:
    """A factor of a scaling; what may be an inner product stands in brackets there."""
    if side.matrix and order in (0, None) and side.level == JUXTAPOSED:
        return bracketed(side.tex)
    return side.at(JUXTAPOSED)


def _subscript(part: Fragment) -> str:
    return part.at(SUM).replace(" + ", "+").replace(" - ", "-")


def _is_letter(tree: Tree) -> bool:
    if isinstance(tree, Number):
        return tree.value.denominator == 1 and 0 <= tree.value <= 9
    return isinstance(tree, Name) and len(latex_name(tree.name).lstrip("\\")) == 1


def _slice(node: Slice, parts: tuple[Fragment, ...]) -> str:
    rest = iter(parts)
    places = ["" if place is None else _subscript(next(rest)) for place in (node.start, node.stop, node.step)]
    return "{:}".join(places if node.step is not None else places[:2])
