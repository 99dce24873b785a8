"""The same values in formulas that do not overflow: exact identities, applied before anything is carried out.

``exp(a) / sum(exp(a))`` is shifted by the maximum of ``a``, ``log(sum(exp(a)))`` and ``log(1 + exp(a))`` too;
``exp(a) / (1 + exp(a))`` is turned so that an overflowing exponential stands below the line alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Add, Expr, Function, Integer, Max, Mul, Pow, exp, log
from sympy.core.basic import Basic

from gradwright.execute.affine import indices_of, surely_inside
from gradwright.tensor.instantiate import instantiate
from gradwright.tensor.nodes import Entry, Index, MaxOver, Sum, Tensor


class Softplus(Function):
    """``log(1 + exp(x))``, evaluated as ``max(x, 0) + log1p(exp(-|x|))``."""

    nargs = (1,)


def stable(expr: Expr, definitions: Mapping[str, Tensor] | None = None) -> Expr:
    """An equal expression whose exponentials do not overflow where the value itself does not.

    Args:
        expr: An expression of entries.
        definitions: What named values are; the logarithm of a softmax or of a logistic function is taken
            of its definition, so that a probability too small to be stored has a logarithm.
    """
    if not expr.has(exp, log) and not definitions:
        return expr
    result: Expr = _walk(expr, definitions or {})
    return result


def _walk(node: Basic, definitions: Mapping[str, Tensor]) -> Basic:
    if not node.args or isinstance(node, Entry):
        return node
    args = [_walk(argument, definitions) for argument in node.args]
    changed = any(new is not old for new, old in zip(args, node.args, strict=True))
    node = node.func(*args) if changed else node
    if isinstance(node, log):
        return _of_share(node.args[0], definitions) or _logarithm(node)
    if isinstance(node, Mul):
        return _product(_cancelled(node, definitions))
    if isinstance(node, Pow):
        return _product(Mul(node, evaluate=False))
    return node


def _of_share(inside: Expr, definitions: Mapping[str, Tensor]) -> Expr | None:
    """``log(P)`` where ``P`` is exponentials over a sum of them, or ``log(1 - P)`` of a logistic ``P``."""
    entry = inside if isinstance(inside, Entry) else 1 - inside
    if not isinstance(entry, Entry) or entry.name not in definitions:
        return None
    tensor = definitions[entry.name]
    pairs = zip(entry.indices, tensor.shape, strict=True)
    if not all(surely_inside(place, extent) for place, extent in pairs):
        return None
    body = stable(instantiate(tensor, entry.indices))
    factors = [_split(factor) for factor in Mul.make_args(body)]
    if not any(power.is_negative and (_is_logistic(base) or base.has(exp)) for base, power in factors):
        return None
    if entry is not inside:
        base, power = factors[0]
        if len(factors) > 1 or power != -1 or not _is_logistic(base):
            return None
        below: Expr = -Softplus(-base.args[1].args[0])
        return below
    if not all(isinstance(base, exp | Sum) or _is_logistic(base) for base, _ in factors):
        return None
    terms = [
        power * (base.args[0] if isinstance(base, exp) else _logarithm(log(base))) for base, power in factors
    ]
    return Add(*terms)


def _logarithm(node: Expr) -> Expr:
    """``log`` of a sum of exponentials."""
    inside = node.args[0]
    if _is_logistic(inside):
        softplus: Expr = Softplus(inside.args[1].args[0])
        return softplus
    if isinstance(inside, Add) and all(isinstance(term, exp) for term in inside.args):
        largest = Max(*(term.args[0] for term in inside.args))
        return largest + log(Add(*(exp(term.args[0] - largest) for term in inside.args)))
    shift = _exponent(inside)
    if shift is None:
        return node
    return shift + log(_shifted(inside, shift))


def _exponent(expr: Basic) -> Expr | None:
    """The maximum over the bound indices of what a sum of exponentials has in its exponents."""
    if not isinstance(expr, Sum):
        return None
    powers = [factor.args[0] for factor in Mul.make_args(expr.body) if isinstance(factor, exp)]
    if len(powers) != 1 or any(isinstance(-term, MaxOver) for term in Add.make_args(powers[0])):
        return None
    bound = [index for index in expr.bound if index in powers[0].free_symbols]
    if not bound:
        return None
    names = {index: Index(f"{index.name}m", index.extent) for index in bound}
    maximum: Expr = MaxOver(powers[0].xreplace(names), *names.values())
    return maximum


def _shifted(expr: Basic, shift: Expr) -> Expr:
    """A sum of exponentials divided by ``exp(shift)``."""
    assert isinstance(expr, Sum), expr
    factors = [
        exp(factor.args[0] - shift) if isinstance(factor, exp) else factor
        for factor in Mul.make_args(expr.body)
    ]
    return Sum.over(Mul(*factors), expr.bound)


def _product(node: Expr) -> Expr:
    """A product (or a power) with a sum of exponentials below the line."""
    if not isinstance(node, Mul):
        return node
    factors = [_split(factor) for factor in node.args]
    for at, (base, power) in enumerate(factors):
        if isinstance(base, Sum) and power.is_negative and len(factors) > 1:
            shift = _exponent(base)
            if shift is not None:
                return _shift_all(factors, at, shift)
        if _is_logistic(base) and power.is_Integer and power.is_negative:
            turned = _turn(factors, at)
            if turned is not None:
                return turned
    return node


def _cancelled(node: Expr, definitions: Mapping[str, Tensor]) -> Expr:
    """A product with a value put in whose definition divides by another factor: ``p (y / p + ...)``.

    Where ``p`` is stored as 0 the quotient would be infinite, and the product not a number.
    """
    bases = {base for base, power in map(_split, node.args) if power.is_positive}
    for at, factor in enumerate(node.args):
        if not isinstance(factor, Entry) or factor.name not in definitions:
            continue
        tensor = definitions[factor.name]
        below = {part.args[0] for part in tensor.entry.atoms(Pow) if part.args[1].is_negative}
        if not below or not all(map(surely_inside, factor.indices, tensor.shape)):
            continue
        body = instantiate(tensor, factor.indices)
        below = {part for part in body.atoms(Pow) if part.args[1].is_negative and part.args[0] in bases}
        if not below:
            continue
        rest = [other for place, other in enumerate(node.args) if place != at]
        sums = [part for part in Mul.make_args(body) if isinstance(part, Add)][:1]
        rest += [part for part in Mul.make_args(body) if part not in sums]
        result = Add(*(Mul(*rest, term) for term in (sums[0].args if sums else (Integer(1),))))
        if not result.atoms(Pow) & below:
            return result
    return node


def _split(factor: Basic) -> tuple[Expr, Expr]:
    if isinstance(factor, Pow) and not isinstance(factor, exp):
        return factor.args[0], factor.args[1]
    return factor, Integer(1)


def _shift_all(factors: list[tuple[Expr, Expr]], at: int, shift: Expr) -> Expr:
    """Every exponential of the product is shifted as the denominator's is; the shifts cancel or add up."""
    total: Expr = Integer(0)
    kept: list[Expr] = []
    for place, (base, power) in enumerate(factors):
        if isinstance(base, exp):
            total += power * base.args[0]
        elif place == at or (_exponent(base) is not None and not (indices_of(shift) - indices_of(base))):
            total += power * shift
            kept.append(Pow(_shifted(base, shift), power))
        else:
            kept.append(Pow(base, power))
    return Mul(exp(total), *kept)


def _is_logistic(base: Basic) -> bool:
    """Whether it is ``1 + exp(a)``."""
    if not isinstance(base, Add) or len(base.args) != 2:
        return False
    return base.args[0] == 1 and isinstance(base.args[1], exp)


def _turn(factors: list[tuple[Expr, Expr]], at: int) -> Expr | None:
    """``exp(r a) / (1 + exp(a))**k`` as ``s(a)**r s(-a)**(k - r)`` with ``s(a) = 1 / (1 + exp(-a))``."""
    base, power = factors[at]
    inner = base.args[1].args[0]
    count = -int(power)
    for place, (other, one) in enumerate(factors):
        if not isinstance(other, exp) or one != 1:
            continue
        ratio = next((r for r in range(1, count + 1) if (other.args[0] - r * inner).expand() == 0), 0)
        if ratio:
            rest = [Pow(*pair) for number, pair in enumerate(factors) if number not in (at, place)]
            up = (1 + exp(-inner)) ** (-ratio)
            down = (1 + exp(inner)) ** (ratio - count)
            return Mul(*rest, up, down)
    return None
