"""From given adjoints to one that is asked: the lines in between, and all of them put into one formula."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sympy import Add, Mul

from gradwright.derive.backprop import Draft
from gradwright.derive.derivation import Derivation, as_adjoint
from gradwright.derive.knowledge import knowledge
from gradwright.derive.rewrite import Rewriting, settle
from gradwright.derive.step import Adjoint
from gradwright.errors import ModelError
from gradwright.tensor.canonical import entry_names
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Entry, Index, Tensor


@dataclass(frozen=True)
class Between:
    """What leads from given adjoints to one that is asked.

    Args:
        asked: The adjoint, in the forward pass's values and the given adjoints alone.
        given: The names of the given adjoints that it uses; its own name among them where it is a recurrence.
        lines: The adjoints from what is given down to what is asked, each in the names of earlier ones and
            before an upstream formula was put into it; the last one is the asked one.
        above: What the given adjoints are themselves, from the loss down to them, each at one time in a
            recurrence. The asked one is not among them, though it be given at later times.
    """

    asked: Adjoint
    given: tuple[str, ...]
    lines: tuple[Adjoint, ...]
    above: tuple[Adjoint, ...] = ()


def between(derivation: Derivation, value: str, given: Collection[str] | None = None) -> Between:
    """How the adjoint of a value follows from given ones.

    Args:
        derivation: A model's derivation.
        value: The value whose adjoint is asked.
        given: Names of values whose adjoints are given; those that its last formula uses, unless told.

    Raises:
        ModelError: The value has no adjoint, or what is given does not end the recurrence that it belongs to.
    """
    adjoints = {adjoint.name: adjoint for adjoint in derivation.adjoints}
    name = derivation.adjoint_of.get(value, "")
    if name not in adjoints:
        known = ", ".join(adjoint.of for adjoint in derivation.adjoints)
        raise ModelError(f"{derivation.model.name} has no adjoint of {value}: it has those of {known}")
    if given is None:
        stops = _used(adjoints[name], adjoints)
    else:
        stops = {derivation.adjoint_of[one] for one in given if one in derivation.adjoint_of}
        if name in _used(adjoints[name], adjoints):
            stops |= {name}
    single = {one: _single(adjoint, derivation) for one, adjoint in adjoints.items()}
    # A formula that passes over a given adjoint is taken as it was before upstream ones were put into it.
    used = {
        one: single[one] if given is not None and _used(single[one], adjoints) & stops else adjoint
        for one, adjoint in adjoints.items()
    }
    entry = Rewriting(name, used[name].tensor.indices, used[name].tensor.entry)
    facts = knowledge(derivation.model)
    for upstream in reversed(_order(name, used, stops, derivation.model.name)[:-1]):
        _put_in(entry, used[upstream], derivation.model.name)
    settle(entry, facts)
    shapes = {adjoint.name: adjoint.tensor.shape for adjoint in derivation.adjoints}
    asked = as_adjoint(
        Draft(value, name, Tensor(entry.indices, entry.entry), ()), derivation.model, facts, shapes
    )
    lines = tuple(single[one] for one in _order(name, single, stops, derivation.model.name))
    named = tuple(one for one in adjoints if one in _used(asked, adjoints))
    return Between(asked, named, lines, _above(derivation, name, named))


def _above(derivation: Derivation, asked: str, given: Collection[str]) -> tuple[Adjoint, ...]:
    """The given adjoints' own formulas and all that these need; what needs the asked one stays as given."""
    adjoints = {adjoint.name: adjoint for adjoint in derivation.adjoints}
    needs = {one: _reached(one, adjoints, asked) for one in given if one != asked}
    needed = {name for found in needs.values() if asked in given or asked not in found for name in found} - {
        asked
    }
    series = {formula.target for formula in derivation.model.formulas if formula.indices}
    series |= {
        d.name for d in derivation.model.definitions if d.formula.target == d.name and d.formula.indices
    }
    facts = knowledge(derivation.model)
    shapes = {one.name: one.tensor.shape for one in derivation.adjoints}
    return tuple(
        as_adjoint(Draft(one.of, one.name, one.tensor, ()), derivation.model, facts, shapes, fewest=1)
        if one.of in series
        else one
        for one in derivation.adjoints
        if one.name in needed
    )


def _reached(start: str, adjoints: Mapping[str, Adjoint], asked: str) -> set[str]:
    """An adjoint and all that it needs; the asked one is gone no further than."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _used(adjoints[name], adjoints) if name != asked else ()
    return found


def _used(adjoint: Adjoint, adjoints: Collection[str]) -> set[str]:
    return {name for name in entry_names(adjoint.tensor.entry) if name in adjoints}


def _order(name: str, adjoints: dict[str, Adjoint], stops: Collection[str], model: str) -> list[str]:
    """The adjoints that an asked one needs, those before it first, the asked one last."""
    done: list[str] = []

    def visit(one: str, path: tuple[str, ...]) -> None:
        if one in path:
            of = adjoints[one].of
            raise ModelError(
                f"{model}: the adjoint of {adjoints[name].of} can't be asked with what is given: "
                f"it needs that of {of}, which needs itself at a later time",
                hint=f"give the adjoint of {of} too",
            )
        for upstream in _in_order(adjoints[one], adjoints):
            if upstream not in stops and upstream not in done:
                visit(upstream, (*path, one))
        done.append(one)

    visit(name, ())
    return done


def _in_order(adjoint: Adjoint, adjoints: dict[str, Adjoint]) -> Iterator[str]:
    used = _used(adjoint, adjoints)
    return (name for name in adjoints if name in used)


def _put_in(work: Rewriting, upstream: Adjoint, model: str) -> None:
    """Put an adjoint's formula in place of its name."""
    found = [node for node in work.entry.atoms(Entry) if node.name == upstream.name]
    if not all(_vanishes(upstream.tensor, node) for node in found):
        raise ModelError(
            f"{model}: the adjoint of {upstream.of} is needed at another time, so it must be given",
            hint=f"give the adjoint of {upstream.of} too",
        )
    indices = upstream.tensor.indices
    work.entry = work.entry.xreplace(
        {
            node: replace_indices(upstream.tensor.entry, dict(zip(indices, node.indices, strict=True)))
            for node in found
        }
    )


def _vanishes(formula: Tensor, at: Entry) -> bool:
    """Whether a formula is 0, as its name is, where a place at which it is read lies outside its axis."""
    moved = [
        index
        for index, place in zip(formula.indices, at.indices, strict=True)
        if not isinstance(place, Index) and place != 0
    ]
    return all(
        any(isinstance(factor, Entry) and index in factor.indices for factor in Mul.make_args(term))
        for index in moved
        for term in Add.make_args(formula.entry)
    )


def _single(adjoint: Adjoint, derivation: Derivation) -> Adjoint:
    """The adjoint as the chain rule gave it, before an upstream formula was put in its place."""
    step = next((step for step in adjoint.steps if step.rule == "inline"), None)
    if step is None:
        return adjoint
    shapes = {one.name: one.tensor.shape for one in derivation.adjoints}
    draft = Draft(adjoint.of, adjoint.name, step.before, adjoint.steps)
    return as_adjoint(draft, derivation.model, knowledge(derivation.model), shapes)
