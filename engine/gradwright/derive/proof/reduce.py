"""Rules that bring an expression to its shortest form: definitions, exponentials, sums, one fraction."""

from __future__ import annotations

from collections.abc import Callable

import sympy
from sympy import Expr, Mul, Pow, S, preorder_traversal
from sympy.core.basic import Basic

from gradwright.derive.proof.chain import Chain
from gradwright.derive.proof.fraction import fraction
from gradwright.derive.proof.line import scalar
from gradwright.tensor.canonical import canonical
from gradwright.tensor.moments import Mean, Variance
from gradwright.tensor.nodes import Delta, Sum
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.sift import sift

_MOST_TIMES = 6
"""The largest multiple of an angle that is opened."""
_HYPERBOLIC = (sympy.sinh, sympy.cosh, sympy.tanh)


def reduce(chain: Chain) -> None:
    """Apply every rule that shortens, in the order in which a person would; each leaves a line."""
    chain.apply("exponentials", exponentials)
    chain.apply("angle-sum", angles)
    chain.apply("exponent-sum", split)
    tidy_sums(chain)
    chain.apply("logarithm", logarithms)
    _geometric(chain)


def tidy_sums(chain: Chain) -> None:
    """Sums with a delta sifted, and what does not depend on the index taken out."""
    chain.apply("sift", sifted)
    before = chain.entry
    after = canonical(pull_out(before))
    if after == canonical(before):
        return
    if _is_counted(before):
        rule = "count"
    else:
        rule = "cancel" if _exponentials(after) < _exponentials(before) else "pull-out"
    chain.add(rule, after)


def _is_counted(entry: Expr) -> bool:
    """Whether a sum runs over an index that its terms don't depend on."""
    return any(
        not set(node.bound) <= node.body.free_symbols
        for node in preorder_traversal(entry)
        if isinstance(node, Sum)
    )


def _exponentials(entry: Expr) -> int:
    return sum(isinstance(node, sympy.exp) for node in preorder_traversal(entry))


def replaced(node: Basic, change: Callable[[Expr], Expr | None]) -> Expr:
    """The expression with ``change`` applied to every node from the leaves up; None keeps a node."""
    arguments = [replaced(part, change) for part in node.args] if isinstance(node, Expr) else []
    if arguments and any(new is not old for new, old in zip(arguments, node.args, strict=True)):
        node = node.func(*arguments)
    found = change(node) if isinstance(node, Expr) else None
    result: Expr = node if found is None else found
    return result


def exponentials(entry: Expr) -> Expr:
    """Hyperbolic functions by exponentials."""
    return replaced(entry, lambda node: node.rewrite(sympy.exp) if isinstance(node, _HYPERBOLIC) else None)


def split(entry: Expr) -> Expr:
    """``exp(a + b)`` as ``exp(a)*exp(b)``, where that is inside of a sum or beside one."""
    if not entry.has(Sum):
        return entry
    return replaced(entry, _split_power)


def _split_power(node: Expr) -> Expr | None:
    if isinstance(node, sympy.exp) and len(terms := sympy.expand(node.args[0]).as_ordered_terms()) > 1:
        return Mul(*(sympy.exp(term) for term in terms))
    if isinstance(node, Pow) and len(terms := sympy.expand(node.exp).as_ordered_terms()) > 1:
        return Mul(*(Pow(node.base, term) for term in terms))
    return None


def angles(entry: Expr) -> Expr:
    """Sine and cosine of a sum by the sines and cosines of its parts."""
    return replaced(entry, _of_angle)


def _of_angle(node: Expr) -> Expr | None:
    if not isinstance(node, sympy.sin | sympy.cos):
        return None
    first, *rest = sympy.expand(node.args[0]).as_ordered_terms()
    other = sympy.Add(*rest)
    times = first.as_coeff_Mul()[0]
    if not rest and (not times.is_Integer or not 2 <= times <= _MOST_TIMES):
        return None
    if not rest:
        first, other = first / times, first - first / times
    sines, cosines = ([angles(f(part)) for part in (first, other)] for f in (sympy.sin, sympy.cos))
    if isinstance(node, sympy.sin):
        return sines[0] * cosines[1] + cosines[0] * sines[1]
    return cosines[0] * cosines[1] - sines[0] * sines[1]


def logarithms(entry: Expr) -> Expr:
    """The logarithm of a product of positive factors as a sum of logarithms."""
    return replaced(entry, _of_logarithm)


def _of_logarithm(node: Expr) -> Expr | None:
    if not isinstance(node, sympy.log):
        return None
    for argument in (node.args[0], fraction(node.args[0])):
        opened = sympy.expand_log(sympy.log(argument), deep=False)
        if not isinstance(opened, sympy.log):
            return opened
    return None


def sifted(entry: Expr) -> Expr:
    """Sums with a delta have one term left; a delta times itself is the delta."""
    return sift(one_delta(entry)) if entry.has(Delta) else entry


def one_delta(entry: Expr) -> Expr:
    """A power of a delta is the delta."""
    return replaced(
        entry, lambda node: node.base if isinstance(node, Pow) and isinstance(node.base, Delta) else None
    )


def _geometric(chain: Chain) -> None:
    """The sum of the powers of a number put in: ``(1 - b**t)/(1 - b)``."""
    for node in sorted(chain.entry.atoms(Sum), key=str):
        value = _closed(node)
        if value is not None:
            after = canonical(chain.entry.xreplace({node: value}))
            chain.add("geometric", after, sum=scalar(node), value=scalar(value))


def _closed(node: Expr) -> Expr | None:
    if not (isinstance(node, Sum) and len(node.bound) == 1 and isinstance(node.body, Pow)):
        return None
    index, (base, exponent) = node.bound[0], node.body.args
    step = exponent.coeff(index, 1)
    if base.has(index) or exponent - step * index != S.Zero or step.has(index):
        return None
    ratio = base**step
    return (1 - ratio**index.extent) / (1 - ratio)


def has_moments(entry: Expr) -> bool:
    """Whether an expectation or a variance occurs."""
    return bool(entry.has(Mean, Variance))
