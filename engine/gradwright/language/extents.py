"""Arithmetic of axis sizes: which extents agree, which clash, and which equations make them agree."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Integer, Mul, S, Symbol, expand, floor

from gradwright.language.scope import ReadError, Shape

ONE = Integer(1)
_MOST_FLOORS = 12

Equation = tuple[Symbol, Expr]


class Equations:
    """The equations between axis sizes that a text needs, gathered while its shapes are read.

    Args:
        work: How many more entries of function calls may be written out; a few nested calls can stand for
            an index form that no memory holds.
    """

    def __init__(self, work: int = 2_000) -> None:
        self.found: list[Equation] = []
        self.work = work
        self.level = 0

    def meet(self, left: Expr, right: Expr) -> Expr | None:
        """The extent that both are, or None where they clash.

        A size's name meeting a composite extent (``Ho`` with ``H - kh + 1``) is an equation, not a clash.
        """
        if left == right:
            return left
        if left.is_Atom and right.is_Atom:
            return None
        if expand(left - right) == 0 or self._implied(left, right):
            return left if left.is_Symbol else right
        if right.is_Symbol:
            left, right = right, left
        if not isinstance(left, Symbol) or left in right.free_symbols:
            return None
        self.found.append((left, right))
        return left

    def broadcast(self, left: Expr, right: Expr) -> Expr | None:
        """The extent of two axes that meet in an elementwise operation; an axis of one place is stretched."""
        if left == right or right == ONE:
            return left
        return right if left == ONE else self.meet(left, right)

    def _implied(self, left: Expr, right: Expr) -> bool:
        if not self.found:
            return False
        known = dict(self.found)
        return bool(expand(left.subs(known) - right.subs(known)) == 0)


def windows(length: Expr, window: Expr, stride: Expr = ONE, padding: Expr = S.Zero) -> Expr:
    """How many windows fit on an axis: ``(H + 2p - k)//s + 1``."""
    return floored(length + 2 * padding - window, stride) + 1


def floored(length: Expr, step: Expr) -> Expr:
    """How often a step fits into a length; refused where lengths made of such lengths go on and on."""
    if len(length.atoms(floor)) > _MOST_FLOORS:
        raise ReadError("too large to write out in index form", hint="name parts of it")
    return floor(length / step)


def spell(shape: Sequence[Expr]) -> str:
    """A shape as a message shows it.

    >>> spell(())
    'a scalar'
    """
    if not shape:
        return "a scalar"
    inside = ", ".join(str(extent) for extent in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def flattened(extents: Sequence[Expr]) -> Expr:
    """The size of axes made into one; its factors keep their row-major order, so that it splits again."""
    factors = [factor for extent in extents for factor in (extent.args if extent.is_Mul else (extent,))]
    factors = [factor for factor in factors if factor != ONE]
    if len(factors) < 2 or not all(factor.is_Symbol for factor in factors):
        return product(tuple(factors))
    return Mul(*factors, evaluate=False)


def plain(extent: Expr) -> Expr:
    """An extent in SymPy's own order."""
    return extent if extent.is_Atom else extent.doit()


def product(extents: Shape) -> Expr:
    """How many entries an array of these extents has."""
    result: Expr = ONE
    for extent in extents:
        result = result * extent
    return result
