"""Backpropagation through time as a product: an adjoint at one time from those at later times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, S

from gradwright.derive.backprop import Draft, chain_of
from gradwright.derive.derivation import Derivation, as_adjoint
from gradwright.derive.jacobian import Path, StepJacobian, block_tree, path_tree, step_jacobian
from gradwright.derive.knowledge import knowledge
from gradwright.derive.recurrence import recurrences
from gradwright.derive.rewrite import Knowledge, Rewriting, settle
from gradwright.derive.step import Adjoint
from gradwright.language.tree import Binary, Item, Name, Tree
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Delta, Index, Tensor

PATHS = ("chain", "implicit", "lemma")
"""Rules that bring a contribution from a formula that uses the value."""


@dataclass(frozen=True)
class ThroughTime:
    """A recurrence's backward pass as a product of the Jacobians of its steps.

    Args:
        jacobian: The Jacobian of one step.
        names: The name of each block, such as ``J`` or ``J_ch``: of one state by another at the time before.
        blocks: The formula of each block; one that is 0 is left out.
        direct: What the loss hands to each state by itself, not through the next step; a state to which it
            hands nothing is left out. Its name is that of the contribution, such as ``e``; its formula is
            one for each time, or for the last one where that alone is read.
        at_end: Whether the loss reads the states after the last step alone.
        rows: What the products multiply, for each state: its adjoint, or, where a later formula of the same
            step reads the state, its derivative with that formula's value held.
        within: What must be added to such a row for the adjoint: for a state, the later states of the same
            step and the derivative of each by it.
    """

    jacobian: StepJacobian
    names: Mapping[tuple[str, str], str]
    blocks: Mapping[tuple[str, str], Tree]
    direct: Mapping[str, Adjoint]
    at_end: bool
    rows: Mapping[str, str]
    within: Mapping[str, Mapping[str, Tree]]

    @property
    def states(self) -> tuple[str, ...]:
        """What one step hands to the next."""
        return self.jacobian.recurrence.states

    @property
    def carries(self) -> Mapping[str, Path]:
        """The path of each state to itself on which its entries are only scaled, where there are others."""
        paths = self.jacobian.paths
        if sum(map(len, paths.values())) == 1:
            return {}
        found = {of: [path for path in paths[of, of] if path.is_direct] for of in self.states}
        return {of: some[0] for of, some in found.items() if len(some) == 1}


def through_time(derivation: Derivation) -> tuple[ThroughTime, ...]:
    """The product form of every recurrence between the loss and the parameters that has one."""
    model = derivation.model
    chain = chain_of(model)
    known = knowledge(model)
    adjoints = {adjoint.of: adjoint for adjoint in derivation.adjoints}
    sizes = {str(s) for shape in chain.shapes.values() for extent in shape for s in extent.free_symbols}
    taken = set(chain.shapes) | set(derivation.shapes) | sizes
    found: list[ThroughTime] = []
    several = [one for one in recurrences(model) if set(one.states) <= adjoints.keys()]
    for recurrence in several:
        jacobian = step_jacobian(recurrence, chain, known, frozenset(taken))
        if jacobian is None:
            continue
        one = _product(derivation, jacobian, known, taken, alone=len(several) == 1)
        taken |= {*one.names.values(), *one.rows.values(), *(e.name for e in one.direct.values())}
        found.append(one)
    return tuple(found)


def _product(
    derivation: Derivation, jacobian: StepJacobian, known: Knowledge, taken: set[str], alone: bool
) -> ThroughTime:
    states = jacobian.recurrence.states
    letters = (jacobian.time, *jacobian.examples)
    names = _block_names(states, taken, alone)
    places: dict[tuple[str, str], Tree] = {pair: placed(name, letters) for pair, name in names.items()}
    blocks = {
        (of, by): block_tree(jacobian, places, of, by)
        for of in states
        for by in states
        if jacobian.paths[of, by]
    }
    within = {state: _within(jacobian, state) for state in states}
    rows = {
        state: free_name(f"delta_{state}", taken) if len(states) > 1 else derivation.adjoint_of[state]
        for state in states
    }
    found = {state: _handed(derivation, jacobian, state, known) for state in states}
    handed = {state: one for state, one in found.items() if one is not None}
    at_end = all(_is_at_end(one, jacobian) for one in handed.values())
    direct = {
        state: _formula(
            derivation,
            state,
            free_name("e" if alone and len(states) == 1 else f"e_{state}", taken),
            _at_last(one, jacobian) if at_end else one,
            known,
        )
        for state, one in handed.items()
    }
    return ThroughTime(jacobian, names, blocks, direct, at_end, rows, within)


def placed(name: str, letters: tuple[str, ...]) -> Tree:
    """A value at named places."""
    return Item(Name(name), tuple(Name(letter) for letter in letters)) if letters else Name(name)


def free_name(wish: str, taken: set[str]) -> str:
    """The name, changed where a value has it already."""
    while wish in taken:
        wish += "_"
    return wish


def _block_names(states: tuple[str, ...], taken: set[str], alone: bool) -> dict[tuple[str, str], str]:
    """``J`` for the only block of a model, ``J_h`` for that of a recurrence, ``J_ch`` for one of several."""
    if len(states) == 1:
        (state,) = states
        return {(state, state): free_name("J" if alone else f"J_{state}", taken)}
    short = all(len(state) == 1 for state in states)
    return {
        (of, by): free_name(f"J_{of}{by}" if short else f"J_{of}_{by}", taken)
        for of in states
        for by in states
    }


def _within(jacobian: StepJacobian, state: str) -> dict[str, Tree]:
    """The later states of one step that read a state, and the derivative of each by it."""
    found: dict[str, Tree] = {}
    for of in jacobian.recurrence.states:
        # Each path is listed once for every state that the one it goes through comes from.
        paths = {path.links: path for by in jacobian.recurrence.states for path in jacobian.paths[of, by]}
        for path in paths.values():
            if path.through == state:
                tree = path_tree(Path(path.links), {}, state, jacobian.width[state])
                found[of] = Binary("+", found[of], tree) if of in found else tree
    return found


def _handed(derivation: Derivation, jacobian: StepJacobian, state: str, known: Knowledge) -> Tensor | None:
    """What formulas outside of the recurrence hand to a state; None where that is nothing."""
    adjoint = next(one for one in derivation.adjoints if one.of == state)
    total: Expr = S.Zero
    indices: tuple[Index, ...] = adjoint.tensor.indices
    for step in adjoint.steps:
        if step.rule in PATHS and step.where not in jacobian.recurrence.names:
            assert step.downstream is not None
            own = step.downstream.tensor
            total += replace_indices(own.entry, dict(zip(own.indices, indices, strict=True)))
    work = Rewriting(state, indices, total)
    settle(work, known)
    return None if total == 0 else work.tensor


def _formula(derivation: Derivation, state: str, name: str, handed: Tensor, known: Knowledge) -> Adjoint:
    """A contribution as a formula of its own."""
    work = Rewriting(name, handed.indices, handed.entry)
    settle(work, known)
    shapes = {one.name: one.tensor.shape for one in derivation.adjoints}
    in_time = int(len(handed.indices) == len(derivation.model.shapes[state].shape))
    return as_adjoint(Draft(state, name, work.tensor, ()), derivation.model, known, shapes, fewest=in_time)


def _end(jacobian: StepJacobian) -> Expr:
    return jacobian.recurrence.length - 1 if jacobian.recurrence.direction > 0 else Integer(0)


def _at_last(handed: Tensor, jacobian: StepJacobian) -> Tensor:
    """A contribution at the last time, where it is not 0."""
    time, *rest = handed.indices
    return Tensor(tuple(rest), replace_indices(handed.entry, {time: _end(jacobian)}))


def _is_at_end(handed: Tensor, jacobian: StepJacobian) -> bool:
    """Whether a contribution is 0 at all times but the last one of the recurrence's direction."""
    mark = Delta(handed.indices[0], _end(jacobian))
    return all(mark in Mul.make_args(term) for term in Add.make_args(handed.entry))
