"""A normal form: what two expressions share if they differ in their writing alone.

Only identities are used that hold in real arithmetic for arrays of any shapes and for every value: operands
of sums and products in any order, numbers and signs pulled out, ``a/b`` and ``a*(1/b)``, powers by whole
numbers, a double transpose, the names of bound indices. A factor never cancels: it may be 0, or have the
larger shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradwright.language.free import bound_names
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Slice,
    Text,
    Tree,
)
from gradwright.language.tree import Sequence as Items
from gradwright.language.words import ALIASES, listed

Factor = int | Fraction
Form = tuple[Factor, int]
Bound = Mapping[str, str]

_LINEAR = listed("sum mean trace transpose swapaxes reshape ravel diag diagonal cumsum")
_SYMMETRIC = listed("maximum minimum hypot add multiply")
_TURNED = {">": "<", ">=": "<="}
_POWERS: Mapping[str, Factor] = {"square": 2, "reciprocal": -1, "sqrt": Fraction(1, 2)}
_SAME = listed("array astype real conj")
_LARGEST = 16
_ONE = 0


def same_form(left: Tree, right: Tree, left_free: Sequence[str] = (), right_free: Sequence[str] = ()) -> bool:
    """Whether two trees have the same normal form.

    Args:
        left: A tree.
        right: Another.
        left_free: Its free indices, in the order of its axes.
        right_free: Those of the other.

    >>> from gradwright.language.parse import parse
    >>> same_form(parse("-(a - b)/(2*c)"), parse("0.5*(b - a)*(1/c)"))
    True
    >>> same_form(parse("a/a"), parse("1"))
    False
    """
    forms = _Forms()
    return forms.of(left, _places(left_free)) == forms.of(right, _places(right_free))


def _places(names: Sequence[str]) -> Bound:
    return {name: f"axis {place}" for place, name in enumerate(names)}


class _Forms:
    """Forms of trees: a rational factor, and the number of what it multiplies in a table of parts."""

    def __init__(self) -> None:
        self._known: dict[object, int] = {("product", (), ()): _ONE}
        self._opened: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {_ONE: ((), ())}
        self._turned: dict[int, int] = {}

    def of(self, tree: Tree, bound: Bound) -> Form:
        match tree:
            case Number():
                return tree.value, _ONE
            case Name():
                return 1, self._part(("name", bound.get(tree.name, tree.name)))
            case Negate():
                factor, part = self.of(tree.operand, bound)
                return -factor, part
            case Binary(operator="+" | "-"):
                return self._sum(tree, bound)
            case Binary(operator="*" | "/"):
                return self._product(tree, bound)
            case Binary(operator="**"):
                return self._power(tree, bound)
            case Binary():
                left, one = self.of(tree.left, bound)
                right, other = self.of(tree.right, bound)
                return left * right, self._part(("@", one, other))
            case Compare():
                return 1, self._comparison(tree, bound)
            case Call():
                return self._call(tree, bound)
            case _:
                return 1, self._structure(tree, bound)

    def _part(self, key: object) -> int:
        return self._known.setdefault(key, len(self._known))

    def _sum(self, tree: Binary, bound: Bound) -> Form:
        terms: dict[int, Factor] = {}
        stack: list[tuple[Factor, Tree]] = [(1, tree)]
        while stack:
            sign, node = stack.pop()
            if isinstance(node, Binary) and node.operator in "+-":
                stack += [(sign, node.left), (sign if node.operator == "+" else -sign, node.right)]
                continue
            factor, part = self.of(node, bound)
            terms[part] = terms.get(part, 0) + sign * factor
        if len(terms) > 1 and not terms.get(_ONE, 1):
            del terms[_ONE]
        parts = sorted(terms)
        if len(parts) == 1:
            return terms[parts[0]], parts[0]
        lead = terms[parts[0]] or 1
        scaled = tuple((part, terms[part] if lead == 1 else Fraction(terms[part]) / lead) for part in parts)
        return lead, self._part(("sum", scaled))

    def _product(self, tree: Binary, bound: Bound) -> Form:
        above, below = self._factors(tree, bound)
        top: Factor = 1
        for factor, _ in above:
            top = factor if top == 1 else top * factor
        bottom: Factor = 1
        for factor, _ in below:
            bottom = factor if bottom == 1 else bottom * factor
        if bottom == 0:
            return 1, self._part(("undefined", id(tree)))
        ups, downs = [part for _, part in above], [part for _, part in below]
        return (top if bottom == 1 else Fraction(top) / bottom), self._ratio(ups, downs)

    def _factors(self, tree: Tree, bound: Bound) -> tuple[list[Form], list[Form]]:
        """The forms of what a product multiplies, and of what it divides by."""
        sides: tuple[list[Form], list[Form]] = ([], [])
        stack: list[tuple[int, Tree]] = [(0, tree)]
        while stack:
            below, node = stack.pop()
            if isinstance(node, Binary) and (node.operator == "*" or (node.operator == "/" and not below)):
                stack += [(below, node.left), (below or int(node.operator == "/"), node.right)]
            else:
                sides[below].append(self.of(node, bound))
        return sides

    def _ratio(self, ups: Sequence[int], downs: Sequence[int]) -> int:
        """The part that is a product of parts over another; parts that are products are opened.

        A quotient below the line stays whole: ``a/(b/c)`` has no value where ``c`` is 0, and ``a*c/b`` has.
        """
        above: list[int] = []
        below: list[int] = []
        for part in ups:
            top, bottom = self._opened.get(part, ((part,), ()))
            above += top
            below += bottom
        for part in downs:
            top, bottom = self._opened.get(part, ((part,), ()))
            below += (part,) if bottom else top
        if len(above) == 1 and not below:
            return above[0]
        both = tuple(sorted(above)), tuple(sorted(below))
        found = self._part(("product", *both))
        self._opened[found] = both
        return found

    def _power(self, tree: Binary, bound: Bound) -> Form:
        return self._raised(self.of(tree.left, bound), self.of(tree.right, bound))

    def _raised(self, base: Form, exponent: Form) -> Form:
        """A power; one by a small whole number is a product, below the line if the number is negative."""
        factor, part = base
        count = _count(exponent)
        if not count or abs(count) > _LARGEST or (count < 0 and not factor):
            return 1, self._part(("**", base, exponent))
        parts = [part] * abs(count)
        raised = factor if factor == 1 else Fraction(factor) ** count
        return raised, self._ratio(parts, ()) if count > 0 else self._ratio((), parts)

    def _comparison(self, tree: Compare, bound: Bound) -> int:
        left, right = self.of(tree.left, bound), self.of(tree.right, bound)
        operator = tree.operator
        if operator in _TURNED or (operator in ("==", "!=") and right < left):
            operator, left, right = _TURNED.get(operator, operator), right, left
        return self._part((operator, left, right))

    def _call(self, tree: Call, bound: Bound) -> Form:
        name = ALIASES.get(tree.function, tree.function)
        heads = bound_names(tree)
        if heads:
            level = int(bound.get("", "0"))
            names = {head.name: f"bound {level + place}" for place, head in enumerate(heads)}
            bound = {**bound, **names, "": str(level + len(names))}
        arguments = [self.of(argument, bound) for argument in tree.arguments]
        if not tree.options and name in _POWERS and len(arguments) == 1:
            return self._raised(arguments[0], (_POWERS[name], _ONE))
        if name in _SAME and arguments:
            return arguments[0]
        factor: Factor = 1
        if name in _LINEAR and arguments:
            place = -1 if heads else 0
            factor, part = arguments[place]
            arguments[place] = (1, part)
            if name == "transpose" and len(arguments) == 1 and not tree.options:
                if part in self._turned:
                    return factor, self._turned[part]
                found = self._part((name, part))
                self._turned[found] = part
                return factor, found
        if name in _SYMMETRIC:
            arguments.sort()
        options = sorted((key, self.of(value, bound)) for key, value in tree.options)
        return factor, self._part((name, tuple(arguments), tuple(options)))

    def _structure(self, tree: Tree, bound: Bound) -> int:
        match tree:
            case Item():
                selectors = tuple(self.of(selector, bound) for selector in tree.selectors)
                return self._part(("item", self.of(tree.target, bound), selectors))
            case Items():
                return self._part(("items", tuple(self.of(item, bound) for item in tree.items)))
            case Slice():
                parts = (tree.start, tree.stop, tree.step)
                forms = tuple(None if part is None else self.of(part, bound) for part in parts)
                return self._part(("slice", forms))
            case Text():
                return self._part(("text", tree.value))
            case NewAxis():
                return self._part(("new",))
            case _:
                raise AssertionError(tree)


def _count(exponent: Form) -> int:
    """The whole number that an exponent is, or 0."""
    factor, part = exponent
    return int(factor) if part == _ONE and factor == int(factor) else 0
