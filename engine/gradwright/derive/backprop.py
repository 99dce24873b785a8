"""Backprop over named values: each value's adjoint from the values that use it, a name at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sympy import Expr, Mul, S

from gradwright.derive.folding import fold_by_names, folded
from gradwright.derive.opaque import opaque_adjoint
from gradwright.derive.rewrite import Knowledge, Rewriting, factored, settle
from gradwright.derive.step import Factor, Step
from gradwright.errors import ModelError, nearest
from gradwright.language.scope import Composite
from gradwright.model.model import Definition, Model
from gradwright.tensor.canonical import canonical, complexity, values_read
from gradwright.tensor.differentiate import differentiate
from gradwright.tensor.nodes import ZERO, Apply, Delta, Entry, Index, Tensor, fresh
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.sift import sift
from gradwright.tensor.symmetry import is_symmetric


@dataclass(frozen=True)
class Draft:
    """An adjoint being derived: the value, the adjoint's name, its formula so far, and the steps to it."""

    of: str
    name: str
    tensor: Tensor
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Chain:
    """The definitions of a forward pass and how each value is used."""

    definitions: tuple[Definition, ...]
    loss: str
    shapes: Mapping[str, tuple[Expr, ...]]
    composites: Mapping[str, Composite]

    def uses(self, definition: Definition) -> frozenset[str]:
        """The values that a definition reads."""
        return values_read(definition.tensor.entry)

    def users(self, value: str) -> list[Definition]:
        """The definitions that read a value, last first."""
        return self._users.get(value, [])

    @cached_property
    def _users(self) -> dict[str, list[Definition]]:
        found: dict[str, list[Definition]] = {}
        for definition in reversed(self.definitions):
            for name in self.uses(definition):
                found.setdefault(name, []).append(definition)
        return found


def chain_of(model: Model) -> Chain:
    """The forward pass of a model."""
    shapes = {name: value.shape for name, value in model.shapes.items()}
    return Chain(model.definitions, model.minimise, shapes, model.composites)


def moved(chain: Chain, wrt: Sequence[str]) -> set[str]:
    """The values that others move, by themselves or through more of them."""
    reaches = set(wrt)
    changed = True
    while changed:
        changed = False
        for definition in chain.definitions:
            if definition.name not in reaches and chain.uses(definition) & reaches:
                reaches.add(definition.name)
                changed = True
    return reaches


def needed(chain: Chain, wrt: Sequence[str]) -> list[str]:
    """The values between the loss and the parameters, in backprop order, the parameters last."""
    reaches = moved(chain, wrt)
    below = {chain.loss}
    stack = [chain.loss]
    by_name = {definition.name: definition for definition in chain.definitions}
    while stack:
        for name in chain.uses(by_name[stack.pop()]):
            if name not in below:
                below.add(name)
                if name in by_name:
                    stack.append(name)
    between = [
        d.name for d in reversed(chain.definitions) if d.name in reaches & below and d.name != chain.loss
    ]
    return between + [name for name in wrt if name not in by_name]


def adjoint_names(chain: Chain, values: Sequence[str]) -> dict[str, str]:
    """The name of each value's adjoint: ``dZ`` for ``Z``, changed where a value has that name already."""
    taken = set(chain.shapes) | {
        str(s) for shape in chain.shapes.values() for e in shape for s in e.free_symbols
    }
    chosen: dict[str, str] = {}
    for value in values:
        name = f"d{value}"
        while name in taken:
            name = f"d_{name[1:]}" if not name.startswith("d_") else f"{name}_"
        taken.add(name)
        chosen[value] = name
    return chosen


def backprop(chain: Chain, wrt: Sequence[str], known: Knowledge) -> tuple[list[Draft], list[Definition]]:
    """The adjoints of all values between the loss and the parameters ``wrt``, in backprop order.

    Returns:
        The drafts, and the definitions of the values that folding brought in (``sigmoid(Z)`` for the
        derivative of ``softplus(Z)``).

    Raises:
        ModelError: A parameter is not there, or a definition has no derivative.
    """
    for name in wrt:
        if name not in chain.shapes:
            raise ModelError(
                f"there is no value {name} to differentiate by", hint=nearest(name, chain.shapes)
            )
    values = needed(chain, wrt)
    names = adjoint_names(chain, values)
    drafts: list[Draft] = []
    extra: dict[str, Definition] = {}
    for value in values:
        draft = _adjoint(chain, value, names, known, extra)
        drafts.append(draft)
        if known.symmetric and is_symmetric(draft.tensor, known.symmetric):
            known = replace(known, symmetric=known.symmetric | {draft.name})
    return drafts, list(extra.values())


def _adjoint(
    chain: Chain, value: str, names: Mapping[str, str], known: Knowledge, extra: dict[str, Definition]
) -> Draft:
    at = tuple(fresh(extent) for extent in chain.shapes[value])
    parts: list[Step] = []
    total: Expr = S.Zero
    for user in chain.users(value):
        if user.name != chain.loss and user.name not in names:
            continue
        work = _handed_down(chain, user, value, names, at)
        if work is None:
            continue
        settle(work, known)
        fold_by_names(work, user, chain, known, extra)
        parts.extend([_lemma(work, user)] if user.call is not None else work.steps)
        total += work.entry
    whole = Rewriting(names[value], at, total, parts)
    users = [step.where for step in parts if step.rule in ("chain", "implicit", "lemma")]
    if len(users) > 1:
        before = Tensor(at, total)
        whole.steps.append(Step("accumulate", names[value], before, before, {"values": ", ".join(users)}))
    settle(whole, known)
    return Draft(value, names[value], whole.tensor, tuple(whole.steps))


def _handed_down(
    chain: Chain, user: Definition, value: str, names: Mapping[str, str], at: tuple[Index, ...]
) -> Rewriting | None:
    """The chain-rule step from one user of a value, its deltas sifted."""
    indices = tuple(ZERO if index.extent == 1 else index for index in user.tensor.indices)
    upstream: Expr = S.One if user.name == chain.loss else Entry(names[user.name], *indices)
    above = Factor(Tensor(user.tensor.indices, upstream), "" if user.name == chain.loss else names[user.name])
    opaque = isinstance(user.tensor.entry, Apply)
    if opaque:
        raw = opaque_adjoint(user.name, user.tensor, upstream, value, at)
    else:
        raw = differentiate(user.tensor, upstream, value, at)
    if raw == 0:
        return None
    work = Rewriting(names[value], at, raw)
    shapes = {**chain.shapes, **{names[of]: chain.shapes[of] for of in names if of in chain.shapes}}
    handed = sift(raw, shapes)
    local = None if opaque else _local(user, value, at, chain.shapes)
    because = {"function": user.tensor.entry.function} if isinstance(user.tensor.entry, Apply) else {}
    step = Step(
        "implicit" if opaque else "chain",
        names[value],
        work.tensor,
        work.tensor,
        {"value": value, "user": user.name, **because},
        user.name,
        upstream=above,
        local=local,
        downstream=Factor(Tensor(at, handed), shapes=_shapes(chain, names)),
    )
    work.steps.append(step)
    work.apply("sift", lambda _: handed, user.name)
    return work


def _shapes(chain: Chain, names: Mapping[str, str]) -> Mapping[str, tuple[Expr, ...]]:
    """The shapes of all values and of their adjoints."""
    return {**chain.shapes, **{adjoint: chain.shapes[value] for value, adjoint in names.items()}}


def _lemma(work: Rewriting, user: Definition) -> Step:
    """The steps through a function's call as one: its adjoint, derived from its forward formulas."""
    first = work.steps[0]
    assert user.call is not None
    assert first.downstream is not None
    because = {**first.because, "function": user.call.function}
    return replace(
        first,
        rule="lemma",
        after=work.tensor,
        because=because,
        parts=tuple(work.steps),
        downstream=Factor(work.tensor, shapes=first.downstream.shapes),
    )


def _local(
    user: Definition, value: str, at: tuple[Index, ...], shapes: Mapping[str, tuple[Expr, ...]]
) -> Factor:
    """The derivative of a definition by a value: an array with the axes of both."""
    places = {index: fresh(index.extent) for index in user.tensor.indices}
    deltas = [Delta(index, place) for index, place in places.items() if index.extent != 1]
    entry = canonical(pull_out(sift(differentiate(user.tensor, Mul(*deltas), value, at), shapes)))
    named = folded(entry, user.name, user.tensor)
    if named is not None and complexity(named) < complexity(entry):
        entry = factored(named)
    return Factor(Tensor((*places.values(), *at), entry), indexed=True, shapes=shapes)
