"""Symmetric matrices: the two indices of an entry may be swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sympy import Expr, Mul, Pow
from sympy.core.basic import Basic

from gradwright.tensor.canonical import canonical
from gradwright.tensor.flatten import flatten
from gradwright.tensor.instantiate import instantiate
from gradwright.tensor.nodes import Apply, Entry, Index, Tensor, fresh


def sort_symmetric(expression: Expr, names: Iterable[str]) -> Expr:
    """The canonical form in which the two indices of a symmetric entry have no order.

    Inverses of symmetric values are symmetric too. While sums are put in canonical form such an entry stands
    as a function of the sum and the product of its indices, which tell the pair but not its order.
    """
    known = frozenset(names)
    paired: Expr = _change(canonical(expression), known, _pair)
    result: Expr = _change(canonical(paired), known, _unpair)
    return result


def _change(
    node: Basic, known: frozenset[str], change: Callable[[tuple[Expr, ...]], tuple[Expr, ...]]
) -> Basic:
    if isinstance(node, Entry):
        return (
            Entry(node.name, *change(node.indices)) if node.name in known and len(node.indices) == 2 else node
        )
    if isinstance(node, Apply):
        inverse = node.function == "inv" and node.operands[0] in known
        return Apply(node.function, node.operands, *change(node.indices)) if inverse else node
    if not node.args:
        return node
    return node.func(*(_change(argument, known, change) for argument in node.args))


def _pair(indices: tuple[Expr, ...]) -> tuple[Expr, ...]:
    first, second = indices
    plain = isinstance(first, Index) and isinstance(second, Index)
    return (first + second, first * second) if plain else indices


def _unpair(indices: tuple[Expr, ...]) -> tuple[Expr, ...]:
    total, product = indices
    if isinstance(total, Index) or not isinstance(product, Mul | Pow):
        return indices
    found = sorted((symbol for symbol in product.free_symbols if isinstance(symbol, Index)), key=str)
    return (found[0], found[-1])


def is_symmetric(definition: Tensor, names: Iterable[str]) -> bool:
    """Whether a square definition equals its transpose, given the symmetric values it is made of."""
    if len(definition.shape) != 2 or definition.shape[0] != definition.shape[1]:
        return False
    first, second = fresh(definition.shape[0]), fresh(definition.shape[1])
    known = frozenset(names)
    forms = [
        sort_symmetric(flatten(instantiate(definition, places)), known)
        for places in ((first, second), (second, first))
    ]
    return forms[0] == forms[1]
