"""Inlining: an upstream adjoint, or a value's definition, put in place of its name where that shortens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr, preorder_traversal

from gradwright.derive.backprop import Chain, Draft
from gradwright.derive.folding import fold_by_names
from gradwright.derive.rewrite import Knowledge, Rewriting, settle
from gradwright.derive.step import Step
from gradwright.model.model import Definition
from gradwright.tensor.canonical import canonical, complexity, entry_names, sums_of
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Apply, Entry, Index, Sum, Tensor


def inline_upstream(
    drafts: Sequence[Draft], chain: Chain, known: Knowledge, keep: frozenset[str], flat: bool = False
) -> list[Draft]:
    """Each adjoint with an upstream one put in its place, wherever the result is no longer.

    Args:
        drafts: The adjoints in backprop order.
        chain: The forward pass.
        known: Facts and symmetric values.
        keep: Adjoints that are wanted for themselves. One that is not, is used once, and has fewer axes (that
            of a mean, of a variance) may be absorbed where the two formulas together shrink; so may one of as
            many axes where a sum goes away (that of a softmax's value under a cross-entropy).
        flat: Whether only the closed form is shown in the end: then a name costs what it stands for.
    """
    done: list[Draft] = []
    for draft in drafts:
        work = Rewriting(draft.name, draft.tensor.indices, draft.tensor.entry, list(draft.steps))
        users = chain.users(draft.of)[::-1]
        for upstream in reversed(done):
            if upstream.name not in entry_names(work.entry):
                continue
            trial = _inlined(work, upstream.name, upstream.of, upstream.tensor, known)
            if trial is None:
                continue
            for user in users:
                fold_by_names(trial, user, chain, known, {})
            allowed = (
                _named_cost(work.entry, upstream.name, upstream.tensor)
                if flat
                else _allowance(work, trial, upstream, drafts, keep)
            )
            if complexity(trial.entry) <= complexity(canonical(work.entry)) + allowed:
                work.entry = trial.entry
                work.steps.extend(trial.steps)
        if flat:
            _inline_together(work, done, known)
            _inline_values(work, chain, known)
        done.append(replace(draft, tensor=work.tensor, steps=tuple(work.steps)))
    return done


def _inline_together(work: Rewriting, done: Sequence[Draft], known: Knowledge) -> None:
    """Several upstream adjoints put in at once, where only together they shorten (cases of one condition)."""
    present = entry_names(work.entry)
    chosen = [draft for draft in done if draft.name in present]
    if len(chosen) < 2:
        return
    trial = Rewriting(work.target, work.indices, work.entry)
    allowed = complexity(canonical(work.entry))
    for draft in chosen:
        allowed += _named_cost(trial.entry, draft.name, draft.tensor)
        inner = _inlined(trial, draft.name, draft.of, draft.tensor, known)
        if inner is None:
            return
        trial = Rewriting(work.target, work.indices, inner.entry, trial.steps + inner.steps)
    if complexity(trial.entry) <= allowed:
        work.entry = trial.entry
        work.steps.extend(trial.steps)


def _inline_values(work: Rewriting, chain: Chain, known: Knowledge) -> None:
    """Elementwise definitions put back where something cancels (``X/(X/Z)`` is ``Z``)."""
    for definition in reversed(chain.definitions):
        whole = definition.call is not None and definition.call.function in chain.composites
        if whole or definition.name == chain.loss or not _is_elementwise(definition):
            continue
        trial = _inlined(work, definition.name, definition.name, definition.tensor, known)
        if trial is None:
            continue
        allowed = _named_cost(work.entry, definition.name, definition.tensor) - 1
        if complexity(trial.entry) <= complexity(canonical(work.entry)) + allowed:
            work.entry = trial.entry
            work.steps.extend(trial.steps)


def _is_elementwise(definition: Definition) -> bool:
    entry = definition.tensor.entry
    return bool(entry.args) and not isinstance(entry, Entry) and not entry.has(Sum, Apply)


def _named_cost(entry: Expr, name: str, formula: Tensor) -> int:
    """How much longer an expression is where a name stands for its formula, less one for what is gained."""
    occurrences = sum(isinstance(node, Entry) and node.name == name for node in preorder_traversal(entry))
    longer = complexity(formula.entry) - 1
    return occurrences * longer - 1 if longer > 1 else occurrences * longer


def _inlined(work: Rewriting, name: str, of: str, formula: Tensor, known: Knowledge) -> Rewriting | None:
    """The formula with a named value's own formula in its place, if it stands there plainly."""
    own = entry_names(formula.entry)
    if name not in entry_names(work.entry) or name in own or work.target in own:
        return None
    found = [node for node in work.entry.atoms(Entry) if node.name == name]
    if any(not isinstance(place, Index) and place != 0 for node in found for place in node.indices):
        return None
    indices = formula.indices
    values = {
        node: replace_indices(formula.entry, dict(zip(indices, node.indices, strict=True))) for node in found
    }
    trial = Rewriting(work.target, work.indices, work.entry.xreplace(values))
    trial.steps.append(Step("inline", work.target, work.tensor, trial.tensor, {"value": name}, of))
    settle(trial, known)
    return trial


def _allowance(
    work: Rewriting, trial: Rewriting, upstream: Draft, drafts: Sequence[Draft], keep: frozenset[str]
) -> int:
    """How much longer the formula may become: by what the absorbed one was, if it is used here alone."""
    once = sum(upstream.name in entry_names(draft.tensor.entry) for draft in drafts) == 1
    fewer = _axes(upstream.tensor.indices) < _axes(work.indices)
    simpler = fewer or len(sums_of(trial.entry)) < len(sums_of(work.entry))
    return complexity(upstream.tensor.entry) - 2 if once and simpler and upstream.name not in keep else 0


def _axes(indices: Sequence[Index]) -> int:
    return sum(index.extent != 1 for index in indices)
