"""Mixed radix: an index over a reshaped axis written in the indices of the axes that it is made of."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Expr, Mod, floor
from sympy.core.basic import Basic

from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Delta, Index, fresh


def split(factors: Sequence[Expr], bound: Sequence[Index]) -> tuple[list[Expr], list[Index]] | None:
    """Factors in which a bound ``k`` of ``floor(k/m)`` and ``Mod(k, m)`` in a delta is ``m*i + j``, or None.

    Args:
        factors: The factors of a product under a sum.
        bound: The indices of the sum.

    Returns:
        The changed factors and the indices, ``i`` and ``j`` in the place of ``k``.
    """
    for delta in factors:
        for node in delta.atoms(floor, Mod) if isinstance(delta, Delta) else ():
            whole, step = _parts(node)
            if step.has(Index):
                continue
            if whole in bound:
                count = sympy.cancel(whole.extent / step)
                if sympy.fraction(count)[1] == 1:
                    return _changed(factors, bound, whole, step, count)
            elif (pair := _counted(whole, bound)) is not None:
                return _joined(factors, bound, whole, pair)
    return None


def _parts(node: Expr) -> tuple[Expr, Expr]:
    """What is divided, and by what."""
    if isinstance(node, Mod):
        return node.args[0], node.args[1]
    top, bottom = sympy.fraction(sympy.together(node.args[0]))
    return top, bottom


def _counted(whole: Expr, bound: Sequence[Index]) -> tuple[Index, Index] | None:
    """The bound ``i`` and ``j`` of ``m*i + j``, where ``j`` runs over ``m`` places."""
    for inner in bound:
        outer = sympy.expand((whole - inner) / inner.extent)
        if outer in bound and outer != inner:
            return outer, inner
    return None


def _joined(
    factors: Sequence[Expr], bound: Sequence[Index], whole: Expr, pair: tuple[Index, Index]
) -> tuple[list[Expr], list[Index]]:
    """``m*i + j`` as one index, where something is asked of the two together."""
    outer, inner = pair
    one = fresh(sympy.expand(outer.extent * inner.extent))
    known: dict[Basic, Basic] = {}
    for factor in factors:
        for node in factor.atoms(floor, Mod):
            top, step = _parts(node)
            if top == whole:
                known[node] = Mod(one, step) if isinstance(node, Mod) else floor(one / step)
    values: dict[Basic, Basic] = {outer: floor(one / inner.extent), inner: Mod(one, inner.extent)}
    changed = [replace_indices(factor.xreplace(known), values) for factor in factors]
    return changed, [*(other for other in bound if other not in pair), one]


def _changed(
    factors: Sequence[Expr], bound: Sequence[Index], index: Index, step: Expr, count: Expr
) -> tuple[list[Expr], list[Index]]:
    outer, inner = fresh(count), fresh(step)
    known: dict[Basic, Basic] = {floor(index / step): outer, Mod(index, step): inner}
    values: dict[Basic, Basic] = {index: step * outer + inner}
    changed = [replace_indices(factor.xreplace(known), values) for factor in factors]
    return changed, [*(other for other in bound if other is not index), outer, inner]
