"""Factor: common factors leave a sum of terms, also from under sums over the same axes."""

from __future__ import annotations

import itertools

import sympy
from sympy import Expr, Mul, Rational, S

from gradwright.tensor.canonical import canonical, complexity
from gradwright.tensor.instantiate import freshen
from gradwright.tensor.nodes import Apply, Delta, Entry, First, Index, Iverson, Sum


def factor(expression: Expr) -> Expr:
    """The expression with the common factors of its sums taken out, wherever that shortens it."""
    if not expression.args or isinstance(expression, Entry | Apply | First | Delta | Iverson):
        return expression
    arguments = [factor(argument) if isinstance(argument, Expr) else argument for argument in expression.args]
    if any(new is not old for new, old in zip(arguments, expression.args, strict=True)):
        expression = expression.func(*arguments)
    if isinstance(expression, Mul):
        return _content_out(expression)
    if not isinstance(expression, sympy.Add):
        return expression
    joined = _join_sums(expression)
    if not isinstance(joined, sympy.Add):
        return joined
    whole = _common(joined)
    return whole if whole is not None else _partly_common(_on_one_line(joined))


def _content_out(product: Mul) -> Expr:
    """The product with the numbers that its sums hold multiplied together in front."""
    number: Expr = S.One
    parts: list[Expr] = []
    for part in product.args:
        if isinstance(part, sympy.Add):
            content, part = part.primitive()
            number *= content
        parts.append(part)
    return product if number == 1 else Mul(number, *parts)


def _common(total: sympy.Add) -> Expr | None:
    """The sum with factors that all its terms share in front, or None where they share none."""
    tables = [_powers(term) for term in total.args]
    shared = {base: _least([table.get(base, S.Zero) for table in tables]) for base in tables[0]}
    shared = {base: power for base, power in shared.items() if power != 0}
    if not shared:
        return None
    front = Mul(*(base**power for base, power in shared.items()))
    rest = sympy.Add(*(_without(term, shared) for term in total.args))
    whole = front * rest
    return whole if not rest.is_Rational and complexity(whole) <= complexity(total) + 2 else None


def _on_one_line(total: sympy.Add) -> Expr:
    """The sum over one common denominator where that shortens it (``1 - a/(1 + a)`` is ``1/(1 + a)``)."""
    below = {
        part.base
        for term in total.args
        for part in Mul.make_args(term)
        if isinstance(part, sympy.Pow) and part.exp == -1 and isinstance(part.base, sympy.Add)
    }
    if len(below) != 1 or len(total.args) > 4:
        return total
    (base,) = below
    top = sympy.Add(*(sympy.expand_mul(term * base) for term in total.args))
    candidate = top / base
    return candidate if complexity(candidate) < complexity(total) else total


def _without(term: Expr, shared: dict[Expr, Rational]) -> Expr:
    """A term divided by powers of what it holds, also of what it holds with the other sign."""
    parts: list[Expr] = []
    left = dict(shared)
    for part in Mul.make_args(term):
        base, power = part.as_base_exp()
        sign: Expr = S.One
        if base not in left and -base in left and power.is_Integer:
            base, sign = -base, S.NegativeOne**power
        parts.append(sign * base ** (power - left.pop(base, S.Zero)))
    return Mul(*parts)


def _least(powers: list[Rational]) -> Rational:
    """The power that can be taken out of all: the one nearest to 0 where all have one sign, else 0."""
    if all(power > 0 for power in powers):
        return min(powers)
    return max(powers) if all(power < 0 for power in powers) else S.Zero


def _partly_common(total: Expr) -> Expr:
    """A factor that some of several terms share, taken out of them where that shortens the sum."""
    if not isinstance(total, sympy.Add) or len(total.args) < 3 or len(total.args) > 12:
        return total
    best: Expr = total
    bases = {base for term in total.args for base in _powers(term)}
    for base in sorted(bases, key=lambda item: item.sort_key()):
        inside = [term for term in total.args if base in _powers(term)]
        if len(inside) < 2:
            continue
        together = _common(sympy.Add(*inside))
        if together is None:
            continue
        candidate = sympy.Add(together, *(term for term in total.args if term not in inside))
        allowed = 3 if best is total and _is_rest(inside, base) else 0
        if complexity(candidate) < complexity(best) + allowed:
            best = candidate
    return best


def _is_rest(terms: list[Expr], base: Expr) -> bool:
    """Whether the terms are a value less a share of it, which is read as ``(1 - m)*a``."""
    return len(terms) == 2 and base in terms and any(term.could_extract_minus_sign() for term in terms)


def _powers(term: Expr) -> dict[Expr, Rational]:
    table: dict[Expr, Rational] = {}
    for part in Mul.make_args(term):
        base, power = part.as_base_exp()
        if power.is_Rational and not base.is_Rational:
            if isinstance(base, sympy.Add) and power.is_Integer and base.could_extract_minus_sign():
                base = -base
            table[base] = power
    return table


def _join_sums(total: sympy.Add) -> Expr:
    """Two sums over like axes that share a factor, as one sum; repeated while it shortens."""
    terms = list(total.args)
    progress = True
    while progress and 1 < len(terms) < 12:
        progress = False
        for first, second in itertools.combinations(terms, 2):
            together = _join(first, second)
            if together is not None:
                terms = [term for term in terms if term is not first and term is not second] + [together]
                progress = True
                break
    return sympy.Add(*terms)


def _join(first: Expr, second: Expr) -> Expr | None:
    one, two = _one_sum(first), _one_sum(second)
    if one is None or two is None or len(one[1].bound) != len(two[1].bound):
        return None
    left = freshen(one[1])
    assert isinstance(left, Sum)
    for order in itertools.permutations(two[1].bound):
        if any(a.extent != b.extent for a, b in zip(left.bound, order, strict=True)):
            continue
        body = two[1].body.xreplace(dict(zip(order, left.bound, strict=True)))
        joined = _shared(left.body, body, left.bound, one[0], two[0])
        if joined is not None and complexity(joined) < complexity(first) + complexity(second):
            return canonical(joined)
    return None


def _shared(left: Expr, right: Expr, bound: tuple[Index, ...], one: Expr, two: Expr) -> Expr | None:
    """``one * Sum(left) + two * Sum(right)`` as one sum of their common factors, where they have any."""
    common: Expr = S.One
    rest = list(Mul.make_args(right))
    mine: Expr = S.One
    for part in Mul.make_args(left):
        if part in rest and set(bound) & part.free_symbols:
            rest.remove(part)
            common *= part
        else:
            mine *= part
    if common == 1 or not _alike(mine, Mul(*rest)):
        return None
    outer = {base: power for base, power in _powers(one).items() if _powers(two).get(base) == power}
    front = Mul(*(base**power for base, power in outer.items()))
    inner = mine * (one / front) + Mul(*rest) * (two / front)
    content, inner = inner.primitive() if isinstance(inner, sympy.Add) else (S.One, inner)
    return content * front * Sum(common * inner, *bound)


def _alike(left: Expr, right: Expr) -> bool:
    """Whether two factors run over the same few indices, so that their sum is one array."""
    mine = {symbol for symbol in left.free_symbols if isinstance(symbol, Index)}
    yours = {symbol for symbol in right.free_symbols if isinstance(symbol, Index)}
    return mine == yours and len(mine) <= 2


def _one_sum(term: Expr) -> tuple[Expr, Sum] | None:
    """A term that is a product with exactly one sum, as the other factors and the sum."""
    sums = [part for part in Mul.make_args(term) if isinstance(part, Sum)]
    if len(sums) != 1:
        return None
    return Mul(*(part for part in Mul.make_args(term) if part is not sums[0])), sums[0]
