"""Identities that SymPy does not apply by itself: each holds wherever both sides do."""

from __future__ import annotations

import sympy
from sympy import Expr, Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from gradwright.tensor.canonical import complexity
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Apply, Delta, Entry, Index, Iverson, Where


def tidy(expression: Expr) -> Expr:
    """``sinh/cosh`` as ``tanh``, ``sign(x)/abs(x)`` as ``1/x``, ``abs(x)*sign(x)`` as ``x``."""
    result: Expr = _tidy(expression)
    return result


def _tidy(node: Basic) -> Basic:
    if not node.args or isinstance(node, Entry | Apply):
        return node
    arguments = [_tidy(argument) for argument in node.args]
    if any(new is not old for new, old in zip(arguments, node.args, strict=True)):
        node = node.func(*arguments)
    if isinstance(node, sympy.Add):
        return _of_cases(node)
    return _of_product(node) if isinstance(node, Mul) else node


def _of_cases(total: sympy.Add) -> Expr:
    """Two cases of one condition with the same factor in front, as one."""
    merged: dict[tuple[Basic, Expr], tuple[Expr, Expr]] = {}
    rest: list[Expr] = []
    asked = [part.args[0] for term in total.args for part in Mul.make_args(term) if isinstance(part, Where)]
    for term in total.args:
        cases = [part for part in Mul.make_args(term) if isinstance(part, Where)]
        if len(cases) != 1:
            rest.append(term)
            continue
        condition, yes, no = cases[0].args
        front = Mul(*(part for part in Mul.make_args(term) if part is not cases[0]))
        if sum(cases[0].args[0] == other for other in asked) > 1 and 0 in (yes, no):
            front, yes, no = S.One, front * yes, front * no
        before = merged.get((condition, front), (sympy.S.Zero, sympy.S.Zero))
        merged[condition, front] = (before[0] + yes, before[1] + no)
    return sympy.Add(*rest, *(front * Where(c, yes, no) for (c, front), (yes, no) in merged.items()))


def _under(asked: Iverson, factors: list[Basic]) -> list[Basic]:
    """The factors where ``u > c`` holds: ``Max(u, c)`` in a condition is ``u``; ``Max(u, 0)`` needs none."""
    condition = asked.args[0]
    if not isinstance(condition, sympy.StrictGreaterThan | sympy.StrictLessThan):
        return factors
    larger = sympy.Max(condition.gts, condition.lts)
    smaller = sympy.Min(condition.gts, condition.lts)
    if condition.lts == 0 and larger in factors:
        return [part for part in factors if part is not asked]
    values = {larger: condition.gts, smaller: condition.lts}
    return [
        part if part is asked or not isinstance(part, Iverson) else part.xreplace(values) for part in factors
    ]


def one_sign(product: Expr) -> Expr:
    """The product with ``u`` for ``-u`` where both stand in it, so that they cancel."""
    if not isinstance(product, Mul):
        return product
    bases = {part.as_base_exp()[0] for part in product.args}
    turned = {
        base
        for base in bases
        if isinstance(base, sympy.Add) and -base in bases and base.could_extract_minus_sign()
    }
    if not turned:
        return product
    parts: list[Expr] = []
    for part in product.args:
        base, power = part.as_base_exp()
        turn = base in turned and power.is_Integer
        parts.extend([S.NegativeOne**power, (-base) ** power] if turn else [part])
    return Mul(*parts)


def _under_deltas(product: Mul) -> Expr:
    """The product with an index read at the place a delta puts it, where that is shorter.

    ``delta(k, y)*p[k]/p[y]`` is the delta alone.
    """
    for delta in [part for part in product.args if isinstance(part, Delta)]:
        rest = Mul(*(part for part in product.args if part is not delta))
        for index, place in (delta.args, delta.args[::-1]):
            if not isinstance(index, Index) or index not in rest.free_symbols:
                continue
            there = replace_indices(rest, {index: place})
            if complexity(there) < complexity(rest):
                shorter = delta * there
                return _under_deltas(shorter) if isinstance(shorter, Mul) else shorter
    return product


def _of_places(condition: Basic) -> bool:
    """Whether a condition is one relation between places, which is 0 or 1 itself."""
    return isinstance(condition, Relational) and not condition.has(Entry, Apply)


def _of_product(product: Mul) -> Expr:
    settled = _under_deltas(product)
    if not isinstance(settled, Mul):
        return settled
    product = one_sign(settled)
    factors = list(Mul.make_args(product))
    for part in Mul.make_args(product):
        if isinstance(part, Where) and part.args[1:] == (0, 1) and _of_places(part.args[0]):
            factors[factors.index(part)] = Iverson(sympy.Not(part.args[0]))
        elif isinstance(part, sympy.sinh) and (below := Pow(sympy.cosh(part.args[0]), -1)) in factors:
            factors.remove(part)
            factors.remove(below)
            factors.append(sympy.tanh(part.args[0]))
        elif isinstance(part, Iverson) and part in factors:
            factors = _under(part, factors)
        elif isinstance(part, sympy.sign) and part in factors:
            inner = part.args[0]
            equals = (
                (Pow(sympy.Abs(inner), -1), 1 / inner),
                (sympy.Abs(inner), inner),
                (inner, sympy.Abs(inner)),
            )
            for other, equal in equals:
                if other in factors:
                    factors.remove(part)
                    factors.remove(other)
                    factors.append(equal)
                    break
    return Mul(*factors)
