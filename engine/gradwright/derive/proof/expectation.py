"""Expectations: linearity, independence, known moments and symmetry, each a line of the proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sympy
from sympy import Add, Dummy, Expr, Mul, Pow, S

from gradwright.derive.proof.chain import Chain
from gradwright.derive.proof.reduce import has_moments, one_delta, replaced, tidy_sums
from gradwright.language.lower import lower
from gradwright.language.scope import Scope
from gradwright.language.tree import Tree
from gradwright.model.statement import Law
from gradwright.tensor.canonical import canonical
from gradwright.tensor.instantiate import freshen, instantiate
from gradwright.tensor.moments import Mean, Variance
from gradwright.tensor.nodes import Delta, Entry, Index, Sum

_ROUNDS = 4
Product = tuple[Expr, tuple[Index, ...]]


@dataclass(frozen=True)
class Laws:
    """What is known of the random values.

    Args:
        laws: By name.
        scope: What the formulas of means and variances may name.
        drawn: The values that each step of a recurrence draws anew.
        made: The values that a recurrence makes of them.
    """

    laws: Mapping[str, Law]
    scope: Scope
    drawn: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()

    def is_random(self, entry: Expr) -> bool:
        """Whether a random value occurs."""
        return any(node.name in self.laws or node.name in self.made for node in entry.atoms(Entry))

    def mean(self, entry: Entry) -> Expr | None:
        """The known expectation of an entry."""
        law = self.laws[entry.name]
        if law.mean is None and law.symmetric:
            return S.Zero
        return self._at(law.mean, entry)

    def square(self, entry: Entry) -> Expr | None:
        """The known expectation of an entry's square."""
        variance, mean = self._at(self.laws[entry.name].variance, entry), self.mean(entry)
        return None if variance is None or mean is None else variance + mean**2

    def _at(self, tree: Tree | None, entry: Entry) -> Expr | None:
        """The formula of a moment at the entry's place; a scalar one holds at every place."""
        if tree is None:
            return None
        tensor = lower(tree, self.scope)
        return instantiate(tensor, entry.indices if tensor.indices else ())


def expect(chain: Chain, laws: Laws) -> None:
    """Apply every rule for expectations; those that nothing is known about stay."""
    if not has_moments(chain.entry):
        return
    chain.apply("variance", _without_variance)
    by_terms(chain, laws)
    chain.apply("stationary-draws", lambda entry: _each(entry, lambda inner: _at_rest(inner, laws)))
    for _ in range(_ROUNDS):
        before = chain.entry
        chain.apply("independence", lambda entry: _each(entry, lambda inner: _apart(inner, laws)))
        _means(chain, laws)
        chain.apply(
            "second-moment", lambda entry: one_delta(_each(entry, lambda inner: _second(inner, laws)))
        )
        tidy_sums(chain)
        chain.apply("symmetry", lambda entry: _each(entry, lambda inner: _halved(inner, laws)))
        chain.apply("cases", lambda entry: _each(entry, lambda inner: _by_cases(inner, laws)))
        by_terms(chain, laws)
        if canonical(chain.entry) == canonical(before):
            break


def by_terms(chain: Chain, laws: Laws) -> None:
    """Expectations of sums taken term by term, what is not random in front."""
    chain.apply("linearity", lambda entry: _each(entry, lambda inner: _linear(inner, laws)))


def factors_out(entry: Expr, laws: Laws) -> Expr:
    """The expression with factors that are not random in front of expectations and, squared, of variances."""

    def scaled(node: Expr) -> Expr | None:
        if not isinstance(node, Mean | Variance):
            return None
        factors = Mul.make_args(node.args[0])
        random = [part for part in factors if laws.is_random(part)]
        front = Mul(*(part for part in factors if part not in random))
        return (front if isinstance(node, Mean) else front**2) * node.func(Mul(*random)) if random else None

    return replaced(entry, scaled)


def _each(entry: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """The expression with ``change`` applied to what each expectation holds; None keeps it."""
    return replaced(entry, lambda node: change(node.args[0]) if isinstance(node, Mean) else None)


def _without_variance(entry: Expr) -> Expr:
    def written(node: Expr) -> Expr | None:
        if not isinstance(node, Variance):
            return None
        return Mean(node.args[0] ** 2) - Mean(node.args[0]) ** 2

    return replaced(entry, written)


def _means(chain: Chain, laws: Laws) -> None:
    """Known expectations put in; those that are 0 are said to be."""
    found: dict[Expr, Expr] = {}
    for node in chain.entry.atoms(Mean):
        inner = node.args[0]
        if isinstance(inner, Entry) and inner.name in laws.laws:
            mean = laws.mean(inner)
            if mean is not None:
                found[node] = mean
    zeros = {node: mean for node, mean in found.items() if mean == 0}
    names = ", ".join(sorted({node.args[0].name for node in zeros}))
    chain.apply("centred", lambda entry: entry.xreplace(zeros), values=names)
    others = sorted({node.args[0].name for node in found.keys() - zeros.keys()})
    chain.apply("mean", lambda entry: entry.xreplace(found), values=", ".join(others))


def _linear(inner: Expr, laws: Laws) -> Expr:
    """The expectation of a sum of products, term by term, with what is not random in front."""
    terms = []
    for product, bound in products(inner, laws):
        factors = Mul.make_args(product)
        fixed = [part for part in factors if not laws.is_random(part)]
        random = [part for part in factors if laws.is_random(part)]
        mean = Mean(Mul(*random)) if random else S.One
        terms.append(Sum.over(Mul(*fixed, mean), bound))
    return Add(*terms)


def products(entry: Expr, laws: Laws) -> list[Product]:
    """The expression as a sum of products, each with the indices that it is summed over.

    What is not random is not multiplied out.
    """
    if not laws.is_random(entry) and not entry.has(Sum):
        return [(entry, ())]
    match entry:
        case Add():
            return [one for part in entry.args for one in products(part, laws)]
        case Sum():
            opened = freshen(entry)
            assert isinstance(opened, Sum)
            inside = products(opened.body, laws)
            return [(product, (*opened.bound, *bound)) for product, bound in inside]
        case Mul():
            return _crossed([products(part, laws) for part in entry.args])
        case Pow(base=base, exp=sympy.Integer() as power) if power > 1 and isinstance(base, Sum | Add | Mul):
            return _crossed([products(freshen(base), laws) for _ in range(int(power))])
    return [(entry, ())]


def _crossed(parts: list[list[Product]]) -> list[Product]:
    total: list[Product] = [(S.One, ())]
    for part in parts:
        total = [(left * right, (*bound, *more)) for left, bound in total for right, more in part]
    return total


def _at_rest(inner: Expr, laws: Laws) -> Expr | None:
    """What every step draws anew has the same distribution in each: the step is not written."""
    reads = [node for node in inner.atoms(Entry) if node.name in laws.drawn and node.indices]
    if not reads or len({node.indices for node in reads}) != 1:
        return None
    return Mean(inner.xreplace({node: Entry(node.name) for node in reads}))


def _apart(inner: Expr, laws: Laws) -> Expr | None:
    """The expectation of a product of independent factors as a product of expectations."""
    groups: list[tuple[set[str], Expr]] = []
    for factor in Mul.make_args(inner):
        names = {node.name for node in factor.atoms(Entry) if node.name in laws.laws}
        joined = factor
        for group in [one for one in groups if one[0] & names]:
            groups.remove(group)
            names, joined = names | group[0], group[1] * joined
        groups.append((names, joined))
    return Mul(*(Mean(factor) for _, factor in groups)) if len(groups) > 1 else None


def _second(inner: Expr, laws: Laws) -> Expr | None:
    """The expectation of a square, or of the product of two entries of one value."""
    if isinstance(inner, Pow) and inner.exp == 2 and isinstance(inner.base, Entry):
        return laws.square(inner.base) if inner.base.name in laws.laws else None
    pair = Mul.make_args(inner)
    if len(pair) != 2 or not all(isinstance(part, Entry) and part.name in laws.laws for part in pair):
        return None
    one, other = pair
    assert isinstance(one, Entry) and isinstance(other, Entry)
    if one.name != other.name or not laws.laws[one.name].independent:
        return None
    square, means = laws.square(one), (laws.mean(one), laws.mean(other))
    if square is None or means[0] is None or means[1] is None:
        return None
    same = Mul(*(Delta(*places) for places in zip(one.indices, other.indices, strict=True)))
    return same * (square - means[0] ** 2) + means[0] * means[1]


def _of_one(inner: Expr, laws: Laws) -> Entry | None:
    """The one random entry that an expectation is about, where its distribution is symmetric."""
    reads = {node for node in inner.atoms(Entry) if node.name in laws.laws}
    if len(reads) != 1:
        return None
    (entry,) = reads
    assert isinstance(entry, Entry)
    return entry if laws.laws[entry.name].symmetric else None


def _halved(inner: Expr, laws: Laws) -> Expr | None:
    """``E(f(x))`` as ``E(f(x) + f(-x))/2``, for a symmetric ``x`` and an ``f`` that is no polynomial."""
    entry = _of_one(inner, laws)
    if entry is None:
        return None
    turned = inner.xreplace({entry: -entry})
    if canonical(turned + inner) == 0:
        return S.Zero
    if turned == inner or inner.as_poly(entry) is not None or _case(inner + turned, entry) is None:
        return None
    return Mean(inner + turned) / 2


def _by_cases(inner: Expr, laws: Laws) -> Expr | None:
    """What is inside, where it is the same polynomial for positive and for negative values."""
    entry = _of_one(inner, laws)
    if entry is None or inner.as_poly(entry) is not None:
        return None
    found = _case(inner, entry)
    return None if found is None else Mean(found)


def _case(inner: Expr, entry: Entry) -> Expr | None:
    """An even function of an entry by its formula for positive values, where that is an even polynomial."""
    above = Dummy("above", positive=True)
    yes, no = (sympy.expand(inner.xreplace({entry: value})) for value in (above, -above))
    poly = yes.as_poly(above)
    if sympy.expand(yes - no) != 0 or poly is None or yes.has(sympy.Max, sympy.Min, sympy.Abs):
        return None
    if any(power % 2 for (power,), _ in poly.terms()):
        return None
    return yes.xreplace({above: entry})
