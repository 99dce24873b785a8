"""Index notation: an index expression as a syntax tree with named indices, ``sum(i, X[i, j]*G[i, k])``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import sympy
from sympy import Expr, Mul, Pow, Rational, S, preorder_traversal
from sympy.core.basic import Basic

from gradwright.language.conditions import RELATIONS, sides
from gradwright.language.elementwise import nest
from gradwright.language.entries import Shape
from gradwright.language.named_sums import letter_for
from gradwright.language.pieces import quotient
from gradwright.language.ranges import legible
from gradwright.language.recognise import recognise, spelled
from gradwright.language.tree import Binary, Call, Compare, Item, Name, Negate, Sequence, Tree, rebuild
from gradwright.tensor.bounds import reach
from gradwright.tensor.canonical import reading_order
from gradwright.tensor.nodes import (
    Apply,
    Delta,
    Entry,
    First,
    Index,
    Iverson,
    MaxOver,
    ProductOver,
    Sum,
    Tensor,
    Where,
    fresh,
)


def index_form(
    tensor: Tensor,
    taken: frozenset[str] = frozenset(),
    shapes: Mapping[str, Shape] | None = None,
    ranged: bool = True,
) -> tuple[tuple[str, ...], Tree]:
    """The names given to the free indices, and the entry in those and the bound indices' names.

    Args:
        tensor: Any tensor.
        taken: Names that an index must not have, beside those that occur in the expression.
        shapes: The shapes of named values; needed only where slices of them are read.
        ranged: Whether the text tells how far every bound index runs, so that it can be read back.
    """
    if ranged:
        tensor = Tensor(tensor.indices, legible(tensor.entry, shapes or {}))
    used = set(taken) | {str(symbol) for symbol in tensor.entry.free_symbols if not isinstance(symbol, Index)}
    used |= {node.name for node in preorder_traversal(tensor.entry) if isinstance(node, Entry)}
    used |= {str(symbol) for index in tensor.indices for symbol in index.extent.free_symbols}
    names: dict[Index, str] = {}
    for index in tensor.indices:
        names[index] = letter_for(index, used)
        used.add(names[index])
    return tuple(names.values()), _tree(tensor.entry, names, used)


def _tree(node: Basic, names: Mapping[Index, str], used: set[str]) -> Tree:
    def inner(part: Basic) -> Tree:
        return _tree(part, names, used)

    match node:
        case Entry() | Apply():
            target = Name(node.name) if isinstance(node, Entry) else _call(node)
            return Item(target, tuple(inner(place) for place in node.indices)) if node.indices else target
        case Delta():
            left, right = sides(node)
            return Compare("==", inner(left), inner(right))
        case Iverson():
            return _condition(node.args[0], names, used)
        case Where():
            condition, yes, no = node.args
            return Call("where", (_condition(condition, names, used), inner(yes), inner(no)))
        case Sum() | MaxOver() | ProductOver():
            return _binder(node, names, used)
        case First():
            return _first(node, names, used)
        case sympy.Add():
            return _total(node, names, used)
        case Mul() | Pow():
            return _product(node, names, used)
        case sympy.Max() | sympy.Min():
            word = "maximum" if isinstance(node, sympy.Max) else "minimum"
            return nest(word, [inner(part) for part in list(sympy.ordered(node.args))[::-1]])
        case sympy.Function():
            name, arguments = spelled(node)
            if isinstance(node, sympy.floor | sympy.ceiling):
                return Call(name, (_quotient(arguments[0], names, used),))
            return Call(name, tuple(inner(part) for part in arguments))
        case _:
            return _leaf(node, names)


def _quotient(node: Expr, names: Mapping[Index, str], used: set[str]) -> Tree:
    """What is rounded, over its common divisor: ``(H - 3)/2``, not ``H/2 - 1.5``."""
    above, below = sympy.fraction(sympy.together(node))
    if below == 1:
        return _tree(node, names, used)
    return Binary("/", _tree(sympy.expand(above), names, used), _tree(below, names, used))


def _leaf(node: Basic, names: Mapping[Index, str]) -> Tree:
    """A number, an index, a size or a constant."""
    match node:
        case Rational():
            return quotient(Fraction(int(node.p), int(node.q)), [], [])
        case Index():
            return Name(names.get(node, node.name))
        case sympy.Symbol():
            return Name(node.name)
        case sympy.core.numbers.NegativeInfinity():
            return Negate(Name("inf"))
        case _:
            assert node in (S.Pi, S.Exp1), node
            return Name("pi" if node == S.Pi else "E")


def _call(node: Apply) -> Tree:
    return Call(node.function, tuple(Name(name) for name in node.operands))


def _bind(
    bound: tuple[Index, ...], names: Mapping[Index, str], used: set[str]
) -> tuple[dict[Index, str], set[str]]:
    extended, taken = dict(names), set(used) | set(names.values())
    for index in bound:
        extended[index] = letter_for(index, taken)
        taken.add(extended[index])
    return extended, taken


def _heads(bound: tuple[Index, ...], names: Mapping[Index, str]) -> Tree:
    heads = tuple(Name(names[index]) for index in bound)
    return heads[0] if len(heads) == 1 else Sequence(heads)


def _binder(node: Sum | MaxOver | ProductOver, names: Mapping[Index, str], used: set[str]) -> Tree:
    word = {Sum: "sum", MaxOver: "max", ProductOver: "prod"}[type(node)]
    if isinstance(node, MaxOver) and node.body.could_extract_minus_sign():
        least = _tree(ProductOver(-node.body, *node.bound), names, used)
        assert isinstance(least, Call)
        return Negate(Call("min", least.arguments))
    inside, taken = _bind(node.bound, names, used)
    return Call(word, (_heads(node.bound, inside), _tree(node.body, inside, taken)))


def _first(node: First, names: Mapping[Index, str], used: set[str]) -> Tree:
    """``k == argmax(X[i])``; of several indices the place is counted through row by row."""
    named = {index: Index(name, index.extent) for index, name in names.items()}
    body = node.body.xreplace({index: new for index, new in named.items() if index not in node.bound})
    corners = {part: fresh(S.One) for part in body.atoms(sympy.floor)}
    body = body.xreplace(corners)
    held = frozenset(named.values()) | frozenset(corners.values())
    tree = recognise(Tensor(node.bound, body), held, _windows(body))
    if tree is None:
        inside, taken = _bind(node.bound, names, used)
        tree = Call("argmax", (_heads(node.bound, inside), _tree(node.body, inside, taken)))
    else:
        written = {corner.name: _tree(part, names, used) for part, corner in corners.items()}
        tree = Call("argmax", (_put(tree, written),))
    place: Expr = S.Zero
    for index, at in zip(node.bound, node.at, strict=True):
        place = place * index.extent + at
    return Compare("==", _tree(sympy.expand(place), names, used), tree)


def _put(tree: Tree, written: Mapping[str, Tree]) -> Tree:
    """The tree with formulas in the place of names."""
    if isinstance(tree, Name):
        return written.get(tree.name, tree)
    return rebuild(tree, lambda part: _put(part, written))


def _windows(body: Expr) -> dict[str, Shape]:
    """Shapes that make a shifted reading a slice: longer than any window in it."""
    found: dict[str, Shape] = {}
    for node in preorder_traversal(body):
        if isinstance(node, Entry) and not all(isinstance(place, Index) for place in node.indices):
            found[node.name] = tuple(_beyond(place) for place in node.indices)
    return found


def _beyond(place: Expr) -> Expr:
    """The length of an axis that an index runs through, or of one on which a shifted index stays."""
    span = reach(place)
    return place.extent if isinstance(place, Index) else sympy.oo if span is None else span[1] + 2


def _condition(node: Basic, names: Mapping[Index, str], used: set[str]) -> Tree:
    if isinstance(node, sympy.And):
        parts = [_condition(part, names, used) for part in sympy.ordered(node.args)]
        return quotient(Fraction(1), parts, [])
    left, right = (_tree(part, names, used) for part in node.args)
    return Compare(RELATIONS[type(node).__name__], left, right)


def _total(node: sympy.Add, names: Mapping[Index, str], used: set[str]) -> Tree:
    terms = reading_order(node.args)
    total: Tree | None = None
    for term in terms:
        tree = _tree(term, names, used)
        if total is None:
            total = tree
        elif isinstance(tree, Negate):
            total = Binary("-", total, tree.operand)
        else:
            total = Binary("+", total, tree)
    assert total is not None
    return total


def _product(node: Expr, names: Mapping[Index, str], used: set[str]) -> Tree:
    number, factors = node.as_coeff_mul()
    top: list[Tree] = []
    bottom: list[Tree] = []
    for factor in factors:
        base, power = factor.as_base_exp()
        below = bool(power.is_Rational and power.is_negative) and not isinstance(factor, sympy.exp)
        (bottom if below else top).append(_power(base, -power if below else power, factor, names, used))
    if not number.is_Rational:
        top.insert(0, _tree(number, names, used))
        number = S.One
    return quotient(Fraction(int(number.p), int(number.q)), top, bottom)


def _power(base: Expr, power: Expr, factor: Expr, names: Mapping[Index, str], used: set[str]) -> Tree:
    if isinstance(factor, sympy.exp):
        return Call("exp", (_tree(factor.args[0], names, used),))
    tree = _tree(base, names, used)
    if power == 1:
        return tree
    if power == S.Half:
        return Call("sqrt", (tree,))
    return Binary("**", tree, _tree(power, names, used))
