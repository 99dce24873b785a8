"""Integer arithmetic of indices: extents as numbers, and places proved to lie on an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Expr, Integer, Symbol, floor
from sympy.core.basic import Basic

from gradwright.errors import UsageError
from gradwright.tensor.affine import coefficient
from gradwright.tensor.nodes import Index


def indices_of(expr: Basic) -> set[Index]:
    """The free indices of an expression."""
    return {symbol for symbol in expr.free_symbols if isinstance(symbol, Index)}


def whole(expr: Expr, sizes: Mapping[str, int]) -> int:
    """The number that an extent stands for at the given sizes.

    Raises:
        UsageError: An axis has no size.
    """
    if isinstance(expr, Integer):
        return int(expr)
    values = {}
    for symbol in expr.free_symbols:
        name = str(getattr(symbol, "name", symbol))
        if name not in sizes:
            raise UsageError(f"the axis {name} has no size", hint=f"give one, such as sizes={{'{name}': 4}}")
        values[symbol] = Integer(sizes[name])
    return int(floor(expr.xreplace(values)))


def closed(equations: Sequence[tuple[Symbol, Expr]]) -> dict[Symbol, Expr]:
    """Sizes that follow from others, each by sizes that follow from none."""
    known: dict[Symbol, Expr] = {}
    for left, right in equations:
        value = right.xreplace(known)
        if left in known or left in value.free_symbols:
            continue
        known = {name: other.xreplace({left: value}) for name, other in known.items()}
        known[left] = value
    return known


def range_of(expr: Expr) -> tuple[Expr, Expr] | None:
    """The least and the greatest value of an affine expression of indices, in sizes; None if not affine."""
    low = high = expr.expand()
    for index in indices_of(expr):
        factor = coefficient(expr, index)
        if factor is None:
            return None
        last = index.extent - 1
        least, most = (Integer(0), last) if factor > 0 else (last, Integer(0))
        low = low.xreplace({index: least}).expand()
        high = high.xreplace({index: most}).expand()
    if any(not symbol.is_positive for symbol in low.free_symbols | high.free_symbols):
        return None
    return low, high


def surely_inside(expr: Expr, extent: Expr) -> bool:
    """Whether an index expression is a place of an axis whatever the sizes, as far as can be shown."""
    if isinstance(expr, Index):
        return bool(expr.extent == extent or _not_negative(extent - expr.extent))
    bounds = range_of(expr)
    if bounds is None:
        return False
    low, high = bounds
    return _not_negative(low) and _not_negative(extent - 1 - high)


def _not_negative(expr: Expr) -> bool:
    """Whether an expression of sizes is 0 or more, with ``c * floor(e / c) <= e``."""
    expr = expr.expand()
    for part in expr.atoms(floor):
        factor = expr.coeff(part, 1)
        divisor = part.args[0].as_numer_denom()[1]
        if factor == -divisor:
            expr = expr.xreplace({part: part.args[0]}).expand()
        elif factor == divisor:
            expr = (expr.xreplace({part: part.args[0]}) - divisor + 1).expand()
        else:
            return False
    return bool(expr.is_nonnegative)
