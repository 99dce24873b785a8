"""From given adjoints to one that is asked: the lines in between, and all of them put into one formula."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sympy import Add, Expr, Mul

from gradwright.derive.backprop import Draft
from gradwright.derive.derivation import Derivation, as_adjoint
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
    tensors = {one: adjoint.tensor for one, adjoint in adjoints.items()}
    own = _used(tensors[name], adjoints)
    stops = own
    if given is not None:
        stops = {derivation.adjoint_of[one] for one in given if one in derivation.adjoint_of} | (own & {name})
    single = {one: _before(adjoint) for one, adjoint in adjoints.items()}
    # A formula that passes over a given adjoint is taken as it was before upstream ones were put into it.
    used = {
        one: single[one] if given is not None and _used(single[one], adjoints) & stops else tensor
        for one, tensor in tensors.items()
    }
    facts = derivation.knowledge
    entry = Rewriting(name, used[name].indices, used[name].entry)
    for upstream in reversed(_order(name, used, stops, derivation)[:-1]):
        _put_in(entry, adjoints[upstream].of, upstream, used[upstream], derivation.model.name)
    settle(entry, facts)
    shapes = {one: tensor.shape for one, tensor in tensors.items()}
    asked = as_adjoint(
        Draft(value, name, Tensor(entry.indices, entry.entry), ()), derivation.model, facts, shapes
    )
    lines = tuple(
        _with(adjoints[one], single[one], derivation, shapes)
        for one in _order(name, single, stops, derivation)
    )
    named = tuple(one for one in adjoints if one in _used(asked.tensor, adjoints))
    return Between(asked, named, lines, _above(derivation, name, named))


def _above(derivation: Derivation, asked: str, given: Collection[str]) -> tuple[Adjoint, ...]:
    """The given adjoints' own formulas and all that these need; what needs the asked one stays as given."""
    adjoints = {adjoint.name: adjoint.tensor for adjoint in derivation.adjoints}
    needs = {one: _reached(one, adjoints, asked) for one in given if one != asked}
    needed = {name for found in needs.values() if asked in given or asked not in found for name in found} - {
        asked
    }
    series = {formula.target for formula in derivation.model.formulas if formula.indices}
    series |= {
        d.name for d in derivation.model.definitions if d.formula.target == d.name and d.formula.indices
    }
    facts = derivation.knowledge
    shapes = {one: tensor.shape for one, tensor in adjoints.items()}
    return tuple(
        as_adjoint(Draft(one.of, one.name, one.tensor, ()), derivation.model, facts, shapes, fewest=1)
        if one.of in series
        else one
        for one in derivation.adjoints
        if one.name in needed
    )


def _reached(start: str, adjoints: Mapping[str, Tensor], asked: str) -> set[str]:
    """An adjoint and all that it needs; the asked one is gone no further than."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _used(adjoints[name], adjoints) if name != asked else ()
    return found


def _used(tensor: Tensor, adjoints: Collection[str]) -> set[str]:
    return {name for name in entry_names(tensor.entry) if name in adjoints}


def _order(
    name: str, adjoints: Mapping[str, Tensor], stops: Collection[str], derivation: Derivation
) -> list[str]:
    """The adjoints that an asked one needs, those before it first, the asked one last."""
    of = {adjoint.name: adjoint.of for adjoint in derivation.adjoints}
    done: list[str] = []

    def visit(one: str, path: tuple[str, ...]) -> None:
        if one in path:
            raise ModelError(
                f"{derivation.model.name}: the adjoint of {of[name]} can't be asked with what is given: "
                f"it needs that of {of[one]}, which needs itself at a later time",
                hint=f"give the adjoint of {of[one]} too",
            )
        used = _used(adjoints[one], adjoints)
        for upstream in adjoints:
            if upstream in used and upstream not in stops and upstream not in done:
                visit(upstream, (*path, one))
        done.append(one)

    visit(name, ())
    return done


def _put_in(work: Rewriting, of: str, name: str, upstream: Tensor, model: str) -> None:
    """Put an adjoint's formula in place of its name."""
    found = [node for node in work.entry.atoms(Entry) if node.name == name]
    if not all(_vanishes(upstream, node) for node in found):
        raise ModelError(
            f"{model}: the adjoint of {of} is needed at another time, so it must be given",
            hint=f"give the adjoint of {of} too",
        )
    work.entry = work.entry.xreplace(
        {
            node: replace_indices(upstream.entry, dict(zip(upstream.indices, node.indices, strict=True)))
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


def _before(adjoint: Adjoint) -> Tensor:
    """The adjoint as the chain rule gave it, before an upstream formula was put in its place."""
    return next((step.before for step in adjoint.steps if step.rule == "inline"), adjoint.tensor)


def _with(
    adjoint: Adjoint, tensor: Tensor, derivation: Derivation, shapes: Mapping[str, tuple[Expr, ...]]
) -> Adjoint:
    """The adjoint with that formula."""
    if tensor is adjoint.tensor:
        return adjoint
    draft = Draft(adjoint.of, adjoint.name, tensor, adjoint.steps)
    return as_adjoint(draft, derivation.model, derivation.knowledge, shapes)
