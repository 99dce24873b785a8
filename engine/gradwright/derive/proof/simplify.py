"""One side of a claim on its way to its shortest form: every rule in turn, and the lemmas it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from sympy import Expr, S

from gradwright.derive.proof.chain import Chain
from gradwright.derive.proof.claims import definitions
from gradwright.derive.proof.expectation import Laws, by_terms, expect, factors_out
from gradwright.derive.proof.line import Item, Say, Side, scalar
from gradwright.derive.proof.reduce import exponentials, reduce
from gradwright.derive.proof.unroll import unrolled
from gradwright.language.index_form import index_form
from gradwright.language.tree import Call, Compare, Number, walk
from gradwright.model.statement import Recurrence, Statement
from gradwright.tensor.canonical import canonical
from gradwright.tensor.distribute import distribute
from gradwright.tensor.facts import Fact, declared, use
from gradwright.tensor.instantiate import spelled_out
from gradwright.tensor.moments import Mean, Variance
from gradwright.tensor.nodes import Entry, Tensor, size

_ADDING_UP = ("prob", "onehot")
_HYPERBOLIC = ("tanh", "sinh", "cosh")


@dataclass
class Simplifier:
    """Brings sides to their shortest form.

    Args:
        statement: Whose values occur.
        known: What earlier claims found.
        kept: Names that stay though they have a formula.
        lemmas: What was shown on the way and is used from then on, such as a recurrence unrolled.
        found: The same as equations.
    """

    statement: Statement
    known: Mapping[Expr, Expr] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    lemmas: list[Item] = field(default_factory=list)
    found: dict[Expr, Expr] = field(default_factory=dict)

    def chain(self, side: Side) -> Chain:
        """The side, in its shortest form at the end of the chain."""
        chain = Chain.of(side)
        self._opened(chain)
        expect(chain, laws_of(self.statement))
        reduce(chain)
        self._facts(chain)
        return chain

    def expand(self, chain: Chain) -> None:
        """The chain with sums taken term by term, where only that shows that two expressions are equal."""
        chain.apply("expand", distribute)
        self._facts(chain)

    def _facts(self, chain: Chain) -> None:
        for fact in facts_of(self.statement):
            total = index_form(Tensor(fact.free, fact.pattern), ranged=False)[1]
            side = scalar(fact.pattern, Compare("==", total, Number(Fraction(1))))
            chain.apply("fact", partial(use, fact=fact), fact=side)

    def _opened(self, chain: Chain) -> None:
        """Functions, defined values and recurrences replaced by what they stand for."""
        self._functions(chain)
        self._found(chain)
        tensors = {name: one for name, one in definitions(self.statement).items() if name not in self.kept}
        used = sorted({node.name for node in chain.entry.atoms(Entry) if node.name in tensors})
        if used:
            whole = Tensor(chain.start.tensor.indices, chain.entry)
            chain.apply("definition", lambda _: spelled_out(whole, tensors).entry, value=", ".join(used))
        recurrence = self.statement.recurrence
        if recurrence is not None:
            self._steps(chain, recurrence)

    def _found(self, chain: Chain) -> None:
        """Expectations and variances that earlier claims found, a factor taken out of them if need be."""
        moments = {node: value for node, value in self.known.items() if isinstance(node, Mean | Variance)}
        scaled = factors_out(chain.entry, laws_of(self.statement, random_names(self.statement)))
        if any(node in moments for node in scaled.atoms(Mean, Variance)):
            chain.apply("scale", lambda _: scaled)
        chain.apply("found-above", lambda entry: entry.xreplace(moments))

    def _steps(self, chain: Chain, recurrence: Recurrence) -> None:
        """What a recurrence makes: as an earlier claim found it, else unrolled."""
        nodes = {one.target: Entry(one.target, size(recurrence.counter)) for one in recurrence.formulas}
        if self.known and chain.entry.has(*nodes.values()):
            by_terms(chain, laws_of(self.statement))
            chain.apply("found-above", lambda entry: entry.xreplace(dict(self.known)))
        for name, node in nodes.items():
            if chain.entry.has(node):
                if node not in self.found and node not in self.known:
                    self._unroll(name, node)
                chain.apply("found-above", lambda entry: entry.xreplace({**self.known, **self.found}))

    def _functions(self, chain: Chain) -> None:
        """The line that puts in what the functions of the text stand for."""
        tree = chain.start.tree
        if tree is None:
            return
        composites = self.statement.scope.composites
        called = [node.function for node in walk(tree) if isinstance(node, Call)]
        names = [name for name in dict.fromkeys(called) if name in composites or name in _HYPERBOLIC]
        if names:
            chain.add("function", canonical(exponentials(chain.entry)), functions=", ".join(names))

    def _unroll(self, name: str, node: Entry) -> None:
        lemma = unrolled(self.statement, name)
        self.lemmas += [Say("unrolled", {"value": name}), *lemma.lines]
        self.found[node] = lemma.entry


def facts_of(statement: Statement) -> list[Fact]:
    """What declarations say of sums: distributions and one-hot rows add up to 1."""
    values = statement.scope.values
    shapes = {name: values[name].shape for name in statement.given if values[name].domain in _ADDING_UP}
    return [declared(name, shape, len(shape) - 1, S.One) for name, shape in shapes.items()]


def random_names(statement: Statement) -> frozenset[str]:
    """The defined values that depend on random ones."""
    found: set[str] = set(statement.laws)
    for one in statement.definitions:
        if any(node.name in found for node in one.tensor.entry.atoms(Entry)):
            found.add(one.name)
    return frozenset(found - statement.laws.keys())


def laws_of(statement: Statement, defined: frozenset[str] = frozenset()) -> Laws:
    """What the statement says of random values; ``defined`` are further names that count as random."""
    if statement.recurrence is None:
        return Laws(statement.laws, statement.scope, made=defined)
    drawn = frozenset(name for name in statement.laws if not statement.scope.values[name].shape)
    made = frozenset(one.target for one in statement.recurrence.formulas)
    return Laws(statement.laws, statement.scope, drawn, made | defined)


def positive(statement: Statement) -> Callable[[Expr], bool]:
    """Tells which entries are positive by their declaration."""
    return lambda node: _domain(statement, node) in ("pos", "posint", "unit")


def between(statement: Statement) -> Callable[[Expr], bool]:
    """Tells which entries lie between 0 and 1 by their declaration."""
    return lambda node: _domain(statement, node) == "unit"


def _domain(statement: Statement, node: Expr) -> str:
    known = statement.scope.values
    return known[node.name].domain if isinstance(node, Entry) and node.name in known else ""
