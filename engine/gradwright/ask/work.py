"""How much there is to compute by hand: operations on numbers, counted on the formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from sympy import Add, Expr, Function, Mul, Pow, log
from sympy.core.basic import Basic

from gradwright.ask.instance import extent_in
from gradwright.tensor.nodes import Entry, First, Index, MaxOver, ProductOver, Sum, Tensor

MOST = 60
"""Operations of a forward pass by hand: a softmax regression of two examples, features and classes has 46."""

MOST_BACK = 40
"""The same where the way back is computed, too."""

_FUNCTION = 3
"""What a function counts: it is looked up."""


def work(tensors: Iterable[Tensor], sizes: Mapping[str, int]) -> int:
    """The number of operations that the entries of some values take.

    >>> from gradwright.tensor.nodes import size
    >>> i = Index("i", size("n"))
    >>> work([Tensor((i,), 2 * Entry("x", i))], {"n": 3})
    3
    """
    return sum(_places(tensor.indices, sizes) * _operations(tensor.entry, sizes) for tensor in tensors)


def sums_over(tensors: Iterable[Tensor], axis: str) -> int:
    """How many sums and maxima run along an axis."""
    nodes = (node for tensor in tensors for node in tensor.entry.atoms(Sum, MaxOver, ProductOver))
    return sum(any(axis in map(str, index.extent.free_symbols) for index in node.bound) for node in nodes)


def levelled_axes(tensors: Iterable[Tensor]) -> set[str]:
    """The axes along which something is compared with its neighbours, so that one place alone tells nothing.

    A softmax divides by a sum along its axis or takes its logarithm, a variance adds up squares.
    """
    found: set[str] = set()
    for tensor in tensors:
        below = [node.base for node in tensor.entry.atoms(Pow) if node.exp.is_negative]
        below += tensor.entry.atoms(log)
        sums = [node for part in below for node in part.atoms(Sum)]
        sums += [node for node in tensor.entry.atoms(Sum) if node.body.atoms(Pow)]
        found |= {str(axis) for node in sums for index in node.bound for axis in index.extent.free_symbols}
    return found


def _places(indices: Iterable[Index], sizes: Mapping[str, int]) -> int:
    return prod(extent_in(index.extent, sizes) for index in indices)


def _operations(node: Basic, sizes: Mapping[str, int]) -> int:
    match node:
        case Entry() | Index():
            return 0
        case Sum() | MaxOver() | ProductOver():
            return _places(node.bound, sizes) * (_operations(node.body, sizes) + 1)
        case First():
            return _places(node.bound, sizes)
    inside = sum(_operations(part, sizes) for part in node.args)
    if isinstance(node, Add | Mul):
        return (
            inside
            + sum(isinstance(part, Expr) and not part.is_number for part in node.args)
            - 1
            + any(part.is_number and part not in (1, -1) for part in node.args)
        )
    if isinstance(node, Pow):
        return inside + 1
    return inside + (_FUNCTION if isinstance(node, Function) else 0)
