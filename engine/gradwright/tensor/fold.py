"""Fold: express a derivative by a value that the forward pass already named.

No table of derivatives is used: the definition of the value is solved for the kernel it is made of
(``P = exp(z)/S`` for ``exp(z)``, ``s = 1/(1 + exp(-z))`` for ``exp(z)``, ``N = sqrt(q)`` for ``q``), and the
kernel is replaced by what it equals; what is longer afterwards is not taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import sympy
from sympy import Dummy, Expr, Pow, S
from sympy.core.basic import Basic

from gradwright.tensor.canonical import canonical
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.match import match
from gradwright.tensor.nodes import ZERO, Entry, Index, Sum, Tensor
from gradwright.tensor.pull_out import pull_out


@dataclass(frozen=True)
class Kernel:
    """A value's definition solved for what it is made of.

    ``pattern ** power`` (an exponential's argument, or a root's radicand) equals ``solution``, an expression
    in the value's own entry and in the sums of its definition, which stay as they are.
    """

    pattern: Expr
    exponential: bool
    power: Expr
    solution: Expr
    free: tuple[Index, ...]
    sums: tuple[tuple[Expr, Entry], ...]


@lru_cache(maxsize=1024)
def kernel(name: str, definition: Tensor) -> Kernel | None:
    """The definition of ``name`` solved for its exponential or its root; None where it has no such kernel."""
    free = tuple(index for index in definition.indices if index.extent != 1)
    own = own_entry(name, definition)
    held = _hold_sums(canonical(definition.entry))
    body = held.expression
    exponentials = [node for node in body.atoms(sympy.exp) if node.free_symbols <= set(free)]
    if exponentials:
        argument = _shared_argument(exponentials)
        if argument is None:
            return None
        unknown = Dummy("u", positive=True)
        reduced = body.replace(
            lambda node: isinstance(node, sympy.exp), lambda node: unknown ** (node.args[0] / argument)
        )
        solution = _solve(reduced, unknown, own)
        if solution is None or not _divides_safely(solution, own, definition.entry):
            return None
        return Kernel(argument, True, S.One, solution, free, held.pairs)
    return _root(own, canonical(definition.entry), free) or _core(own, canonical(definition.entry), free)


def _root(own: Entry, body: Expr, free: tuple[Index, ...]) -> Kernel | None:
    """A multiple of a root (``N = sqrt(q/n)``) solved for the root (``sqrt(q) = N*sqrt(n)``)."""
    factors = sympy.Mul.make_args(body)
    roots = [
        part for part in factors if isinstance(part, Pow) and part.exp.is_Rational and not part.exp.is_Integer
    ]
    roots = [part for part in roots if part.has(Entry)]
    if len(roots) != 1:
        return None
    solution = own * roots[0] / body
    if not _divides_safely(solution, own, body):
        return None
    return Kernel(roots[0].base, False, roots[0].exp, solution, free, ())


def _divides_safely(solution: Expr, own: Entry, definition: Expr) -> bool:
    """Whether a solution divides by nothing that may be 0 where the definition has a value."""
    below = {part.base for part in solution.atoms(Pow) if part.exp.could_extract_minus_sign()}
    known = {part.base for part in definition.atoms(Pow) if part.exp.could_extract_minus_sign()}
    return all(base in known or _is_nonzero(base.xreplace({own: definition})) for base in below)


def _is_nonzero(expression: Expr) -> bool:
    top, bottom = sympy.fraction(sympy.together(expression))
    top = sympy.expand(top)
    return bool((top.is_positive or (-top).is_positive) and bottom.is_positive)


def _core(own: Entry, body: Expr, free: tuple[Index, ...]) -> Kernel | None:
    """A product with one sum in it (``h = (x - m)/s``) solved for that sum (``x - m = h*s``)."""
    cores = [part for part in sympy.Mul.make_args(body) if isinstance(part, sympy.Add | Sum)]
    solution = own * cores[0] / body if len(cores) == 1 else None
    if solution is None or not isinstance(body, sympy.Mul) or not _divides_safely(solution, own, body):
        return None
    return Kernel(cores[0], False, S.One, solution, free, ())


def own_entry(name: str, definition: Tensor) -> Entry:
    """The value's entry at its definition's indices."""
    return Entry(name, *(ZERO if index.extent == 1 else index for index in definition.indices))


def fold(expression: Expr, found: Kernel) -> Expr:
    """The expression with the kernel replaced wherever it stands (not necessarily shorter)."""
    work = canonical(expression)
    work = _replace_sums(work, found)
    if found.exponential:
        work = work.replace(
            lambda node: isinstance(node, sympy.exp), lambda node: _of_exponential(node, found)
        )
    else:
        kinds = (Pow, found.pattern.func) if found.power == 1 else (Pow,)
        work = work.replace(lambda node: isinstance(node, kinds), lambda node: _of_power(node, found))
    work = pull_out(_multiplied_out(work))
    for expanded, entry in found.sums:
        work = _put_back(work, entry, expanded)
    return canonical(work)


def _multiplied_out(expression: Expr) -> Expr:
    """The expression as a sum of products; what is divided by sizes alone stays so, as ``1/(H - 2)``."""
    shares = {
        part: sympy.Dummy(positive=True)
        for part in expression.atoms(Pow)
        if part.exp.could_extract_minus_sign() and isinstance(part.base, sympy.Add) and _is_size(part.base)
    }
    done = sympy.expand_mul(expression.xreplace(shares))
    return done.xreplace({held: part for part, held in shares.items()})


def _is_size(expression: Expr) -> bool:
    return not expression.has(Entry) and not any(isinstance(one, Index) for one in expression.free_symbols)


@dataclass(frozen=True)
class _Held:
    expression: Expr
    pairs: tuple[tuple[Expr, Entry], ...]


def _hold_sums(expression: Expr) -> _Held:
    """The expression with its outermost sums behind entries of their own."""
    pairs: list[tuple[Expr, Entry]] = []

    def hold(node: Basic) -> Basic:
        if isinstance(node, Sum):
            places = sorted((s for s in node.free_symbols if isinstance(s, Index)), key=lambda s: s.name)
            entry = Entry(f"@{len(pairs)}", *places)
            pairs.append((node, entry))
            return entry
        if isinstance(node, Entry) or not node.args:
            return node
        return node.func(*(hold(argument) for argument in node.args))

    result: Expr = hold(expression)
    return _Held(result, tuple(pairs))


def _shared_argument(exponentials: list[Expr]) -> Expr | None:
    argument = exponentials[0].args[0]
    if all((other.args[0] / argument).is_Integer for other in exponentials):
        positive = argument if not argument.could_extract_minus_sign() else -argument
        return positive
    return None


def _solve(body: Expr, unknown: Dummy, value: Entry) -> Expr | None:
    """The unknown of ``body == value`` where that is linear in it."""
    top, bottom = sympy.fraction(sympy.together(body))
    equation = sympy.expand(top - value * bottom)
    rest, slope = equation.as_independent(unknown, as_Add=True)
    coefficient = sympy.expand(slope / unknown)
    if unknown in coefficient.free_symbols:
        return None
    solution: Expr = -rest / sympy.factor_terms(coefficient)
    return solution if unknown not in solution.free_symbols else None


def _of_exponential(node: Expr, found: Kernel) -> Expr:
    argument = node.args[0]
    for candidate, power in ((argument, 1), (-argument, -1)):
        places = match(found.pattern, candidate, found.free)
        if places is not None and len(places) == len(found.free):
            return replace_indices(found.solution, places) ** power
    return node


def _of_power(node: Expr, found: Kernel) -> Expr:
    for sign in (S.One, S.NegativeOne):
        base, power = node.args if isinstance(node, Pow) else (sign * node, S.One)
        times = power / found.power
        if times.is_Integer and (places := match(found.pattern, base, found.free)) is not None:
            return (1 if isinstance(node, Pow) else sign) * replace_indices(found.solution, places) ** times
    return node


def _replace_sums(work: Expr, found: Kernel) -> Expr:
    for pattern, entry in found.sums:
        work = _on_sums(work, pattern, entry, found.free)
    return work


def _on_sums(work: Expr, pattern: Expr, entry: Entry, free: tuple[Index, ...]) -> Expr:
    def change(node: Basic) -> Basic:
        if isinstance(node, Sum):
            places = match(pattern, node, free)
            if places is not None:
                return entry.xreplace(places)
        if isinstance(node, Entry) or not node.args:
            return node
        return node.func(*(change(argument) for argument in node.args))

    result: Expr = change(work)
    return result


def _put_back(work: Expr, entry: Entry, expanded: Expr) -> Expr:
    is_held: Callable[[Basic], bool] = lambda node: isinstance(node, Entry) and node.name == entry.name  # noqa: E731
    return work.replace(
        is_held, lambda node: replace_indices(expanded, dict(zip(entry.indices, node.indices, strict=True)))
    )
