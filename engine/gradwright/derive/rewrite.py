"""Rewriting with a record: each rule that changes an expression leaves a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import sympy
from sympy import Expr

from gradwright.derive.step import Step
from gradwright.tensor.canonical import canonical, complexity, entry_names
from gradwright.tensor.distribute import cancel
from gradwright.tensor.factor import factor
from gradwright.tensor.facts import Fact, use
from gradwright.tensor.nodes import Delta, Index, Sum, Tensor
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.sift import sift
from gradwright.tensor.symmetry import sort_symmetric
from gradwright.tensor.tidy import tidy


@dataclass(frozen=True)
class Knowledge:
    """What may be used while rewriting: facts about values, and the values that are symmetric matrices."""

    facts: tuple[Fact, ...] = ()
    symmetric: frozenset[str] = frozenset()

    def of(self, entry: Expr) -> list[Fact]:
        """The facts about values that an expression holds all of."""
        present = entry_names(entry)
        return [fact for fact in self.facts if fact.names <= present]


@dataclass
class Rewriting:
    """An expression on its way to a simpler one, and the steps so far."""

    target: str
    indices: tuple[Index, ...]
    entry: Expr
    steps: list[Step] = field(default_factory=list)

    def apply(self, rule: str, change: Callable[[Expr], Expr], where: str = "", **because: str) -> bool:
        """Apply a rule; True (and a step) if it changed the expression."""
        after = change(self.entry)
        if after == self.entry:
            return False
        if canonical(after) != canonical(self.entry):
            self.steps.append(
                Step(rule, self.target, self.tensor, Tensor(self.indices, after), dict(because), where)
            )
        self.entry = after
        return True

    @property
    def tensor(self) -> Tensor:
        """The expression as it stands, with its free indices."""
        return Tensor(self.indices, self.entry)


def settle(work: Rewriting, known: Knowledge) -> None:
    """Bring an expression to its shortest form by pulling out, using facts, merging and factoring."""
    if work.entry.has(Delta) and work.entry.has(Sum):
        work.apply("sift", lambda entry: canonical(sift(entry)))
    work.apply("pull-out", lambda entry: canonical(pull_out(entry)))
    use_facts(work, known)
    work.apply("merge", lambda entry: canonical(tidy(entry)))
    multiplied = _multiplied_out(work.entry, known)
    direct = factored(work.entry)
    if complexity(multiplied) < complexity(direct):
        work.apply("merge", lambda _: multiplied)
    else:
        work.apply("factor", lambda _: direct)


def use_facts(work: Rewriting, known: Knowledge) -> None:
    """Put every fact to use that applies."""
    for fact in known.of(work.entry):
        work.apply("fact", lambda entry, fact=fact: use(entry, fact), value=fact.value, fact=fact.text)  # type: ignore[misc]
    if known.symmetric:
        work.apply("symmetric", lambda entry: sort_symmetric(entry, known.symmetric))


def _multiplied_out(entry: Expr, known: Knowledge) -> Expr:
    """The shortest form reached by multiplying out first, so that terms can cancel and facts apply."""
    if not any(
        isinstance(node, sympy.Mul) and node.has(sympy.Add) for node in sympy.preorder_traversal(entry)
    ):
        return entry
    work = canonical(pull_out(cancel(entry)))
    for fact in known.of(work):
        work = use(work, fact)
    return factored(canonical(tidy(work)))


def factored(entry: Expr) -> Expr:
    """The expression factored until nothing more can be taken out."""
    for _ in range(4):
        after = canonical(factor(entry))
        if after == entry:
            break
        entry = after
    return entry
