"""Short ways to write trees, and to ask what a tree is."""

from __future__ import annotations

from fractions import Fraction

from gradwright.grade.why.rule import Sight
from gradwright.language.tree import Binary, Call, Compare, Item, Name, Negate, NewAxis, Number, Slice, Tree

ONE = Number(Fraction(1))
TWO = Number(Fraction(2))
HALF = Number(Fraction(1, 2))

REDUCERS = frozenset({"sum", "mean", "max", "min", "prod", "var", "std", "logsumexp"})
"""Functions that fold axes away."""
SUMMERS = frozenset({"sum", "mean"})
INVERSES = frozenset({"inv", "pinv"})


def number(value: int | Fraction) -> Number:
    """An exact number."""
    return Number(Fraction(value))


def binary(operator: str, left: Tree, right: Tree) -> Tree:
    """``left operator right``."""
    return Binary(operator, left, right)


def times(left: Tree, right: Tree) -> Tree:
    """``left * right``."""
    return Binary("*", left, right)


def over(left: Tree, right: Tree) -> Tree:
    """``left / right``."""
    return Binary("/", left, right)


def plus(left: Tree, right: Tree) -> Tree:
    """``left + right``."""
    return Binary("+", left, right)


def minus(left: Tree, right: Tree) -> Tree:
    """``left - right``."""
    return Binary("-", left, right)


def negative(tree: Tree) -> Tree:
    """``-tree``; a double minus is dropped."""
    return tree.operand if isinstance(tree, Negate) else Negate(tree)


def square(tree: Tree) -> Tree:
    """``tree**2``."""
    return Binary("**", tree, TWO)


def call(function: str, *arguments: Tree, **options: Tree) -> Call:
    """A call."""
    return Call(function, arguments, tuple(options.items()))


def transposed(tree: Tree) -> Tree:
    """``tree.T``; that of a transpose is the matrix."""
    if isinstance(tree, Call) and tree.function == "transpose" and len(tree.arguments) == 1:
        return tree.arguments[0]
    return call("transpose", tree)


def column(tree: Tree) -> Tree:
    """``tree[:, None]``."""
    return Item(tree, (Slice(), NewAxis()))


def true() -> Tree:
    """``True``."""
    return Name("True")


def is_new(tree: Tree) -> bool:
    """Whether a selector makes a new axis."""
    return isinstance(tree, NewAxis) or (isinstance(tree, Name) and tree.name == "None")


def is_number(tree: Tree, value: int | Fraction) -> bool:
    """Whether a tree is this number."""
    return isinstance(tree, Number) and tree.value == value


def is_call(tree: Tree, *functions: str) -> bool:
    """Whether a tree is a call of one of these."""
    return isinstance(tree, Call) and tree.function in functions


def is_mask(tree: Tree) -> bool:
    """Whether a tree is an indicator: a comparison, or a step."""
    while is_call(tree, "astype") and isinstance(tree, Call):
        tree = tree.arguments[0]
    return isinstance(tree, Compare) or is_call(tree, "step", "heaviside")


def axis_of(tree: Call) -> Tree | None:
    """The axis that a reduction runs along; None for all."""
    found = tree.option("axis")
    if found is None and len(tree.arguments) > 1:
        return None
    return None if isinstance(found, Name) and found.name == "None" else found


def with_options(tree: Call, **options: Tree | None) -> Call:
    """The call with some options replaced, or left out where they are None."""
    kept = {name: value for name, value in tree.options if name not in options}
    kept.update({name: value for name, value in options.items() if value is not None})
    return Call(tree.function, tree.arguments, tuple(kept.items()))


def summands(tree: Tree) -> list[tuple[int, Tree]]:
    """The terms of a sum with their signs; a tree that is no sum is its one term."""
    found: list[tuple[int, Tree]] = []
    stack: list[tuple[int, Tree]] = [(1, tree)]
    while stack:
        sign, node = stack.pop()
        if isinstance(node, Negate):
            stack.append((-sign, node.operand))
        elif isinstance(node, Binary) and node.operator in "+-":
            stack.append((sign if node.operator == "+" else -sign, node.right))
            stack.append((sign, node.left))
        else:
            found.append((sign, node))
    return found


def total(terms: list[tuple[int, Tree]]) -> Tree:
    """The sum of signed terms."""
    sign, first = terms[0]
    tree = first if sign > 0 else Negate(first)
    for sign, term in terms[1:]:
        tree = plus(tree, term) if sign > 0 else minus(tree, term)
    return tree


def is_size_name(tree: Tree, sight: Sight) -> bool:
    """Whether a tree is the name of an axis's size."""
    return isinstance(tree, Name) and tree.name in sight.bench.sizes and tree.name not in sight.bench.arrays
