"""What a derivation may use of a model's values: declared facts, facts that follow, symmetric matrices."""

from __future__ import annotations

from dataclasses import replace

from sympy import S

from gradwright.derive.rewrite import Knowledge
from gradwright.errors import ModelError
from gradwright.language.index_form import index_form
from gradwright.language.lower import lower
from gradwright.language.scope import Scope
from gradwright.language.text import to_text
from gradwright.language.tree import Tree
from gradwright.model.model import Model
from gradwright.tensor.canonical import canonical
from gradwright.tensor.facts import Fact, declared, derived, of_places
from gradwright.tensor.nodes import Sum, Tensor, size
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.symmetry import is_symmetric


def knowledge(model: Model) -> Knowledge:
    """The facts and the symmetric values of a model.

    One-hot rows and distributions sum to 1; of all places of an axis an index names one; the model's own
    ``facts`` are sums that equal a number; others follow from definitions (the rows of a softmax sum to 1).

    Raises:
        ModelError: A declared fact is of another kind.
    """
    facts: list[Fact] = []
    symmetric = {name for name, value in model.scope.values.items() if value.domain in ("sym", "spd")}
    for name, value in model.scope.values.items():
        if value.domain in ("onehot", "prob") and value.shape:
            facts.append(declared(name, value.shape, len(value.shape) - 1, S.One))
        if value.domain.startswith("index "):
            fact = of_places(name, value.shape, size(value.domain.split()[1]))
            _, tree = index_form(Tensor(fact.free, fact.pattern), frozenset(model.shapes))
            facts.append(replace(fact, value=to_text(tree)))
    facts.extend(_written(left, right, model) for left, right in model.facts)
    for definition in model.definitions:
        facts.extend(derived(definition.name, definition.tensor, facts))
        if is_symmetric(definition.tensor, symmetric):
            symmetric.add(definition.name)
    return Knowledge(tuple(facts), frozenset(symmetric))


def _written(left: Tree, right: Tree, model: Model) -> Fact:
    """A fact of the model file: a sum over an axis on the left, a number on the right."""
    scope = Scope(model.shapes, model.composites)
    pattern, total = lower(left, scope), lower(right, scope)
    entry = canonical(pull_out(pattern.entry))
    if not isinstance(entry, Sum) or not total.entry.is_number:
        text = f"{to_text(left)} = {to_text(right)}"
        raise ModelError(f"{model.name}: the fact {text} is not used: write a sum over an axis = a number")
    return Fact(to_text(left), -1, total.entry, entry, pattern.indices)
