"""A bound on how much an adjoint grows or shrinks in one step back through time, from its Jacobian's form."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, S

from gradwright.derive.backprop import chain_of
from gradwright.derive.derivation import Derivation
from gradwright.derive.links import Link
from gradwright.derive.slope import Sizes, Slope
from gradwright.derive.through_time import ThroughTime
from gradwright.language.tree import Call, Tree
from gradwright.tensor.nodes import Entry, Index


@dataclass(frozen=True)
class Term:
    """What one path contributes: a number times the largest singular values of its matrices."""

    number: Expr
    matrices: tuple[Tree, ...]


@dataclass(frozen=True)
class Growth:
    """A bound on the norm of a step's Jacobian that holds at every time: the sum of its terms.

    Args:
        terms: One a path.
        slopes: The slopes whose largest values the numbers are made of.
    """

    terms: tuple[Term, ...]
    slopes: tuple[Slope, ...]


def growth(through: ThroughTime, derivation: Derivation) -> Growth | None:
    """The bound for a recurrence of one state; None where a factor has none, or it can't be less than 1."""
    if len(through.states) != 1:
        return None
    (state,) = through.states
    sizes = sizes_of(derivation)
    terms: list[Term] = []
    slopes: dict[str, Slope] = {}
    for path in through.jacobian.paths[state, state]:
        term = _term(path.links, sizes)
        if term is None:
            return None
        terms.append(term)
        for link in path.links:
            slopes |= {name: one for name in _values(link) if (one := sizes.slopes.get(name)) is not None}
    alone = sum((term.number for term in terms if not term.matrices), S.Zero)
    return None if alone >= 1 else Growth(tuple(terms), tuple(slopes.values()))


def sizes_of(derivation: Derivation) -> Sizes:
    """What is known of the sizes of a model's values."""
    domains = {name: value.domain for name, value in derivation.model.scope.values.items()}
    return Sizes(chain_of(derivation.model), domains)


def _term(links: tuple[Link, ...], sizes: Sizes) -> Term | None:
    number: Expr = S.One
    matrices: list[Tree] = []
    for link in links:
        if link.kind == "matrix":
            if link.tensor.entry.free_symbols & _fixed(link):
                return None
            turned = isinstance(link.tree, Call) and link.tree.function == "transpose"
            matrices.append(link.tree.arguments[0] if turned and isinstance(link.tree, Call) else link.tree)
            continue
        size = sizes.largest(link.tensor.entry)
        if size is None:
            return None
        number *= size
    return Term(number, tuple(matrices))


def _fixed(link: Link) -> set[Index]:
    """The time and the example that a link stands at."""
    free = {symbol for symbol in link.tensor.entry.free_symbols if isinstance(symbol, Index)}
    return free - set(link.tensor.indices)


def _values(link: Link) -> set[str]:
    return {node.name for node in link.tensor.entry.atoms(Entry)} if link.kind == "diagonal" else set()
