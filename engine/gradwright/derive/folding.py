"""Folding within a derivation: which named values may express a local derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy
from sympy import Expr

from gradwright.derive.rewrite import Knowledge, Rewriting, settle
from gradwright.errors import GradwrightError
from gradwright.language.lower import lower
from gradwright.language.scope import Scope, Value
from gradwright.language.tree import Call, Name
from gradwright.model.model import Definition
from gradwright.tensor.canonical import canonical, complexity
from gradwright.tensor.fold import fold, kernel, own_entry
from gradwright.tensor.match import match
from gradwright.tensor.nodes import Entry, Tensor

if TYPE_CHECKING:
    from gradwright.derive.backprop import Chain


def fold_by_names(
    work: Rewriting, user: Definition, chain: Chain, known: Knowledge, extra: dict[str, Definition]
) -> None:
    """Express the step through ``user`` by its own value, or by another function of the same argument."""
    if _accept(work, folded(work.entry, user.name, user.tensor), user.name, known):
        return
    if user.call is None or len(user.call.arguments) != 1 or not isinstance(user.call.arguments[0], Name):
        return
    if complexity(work.entry) < 8 or not work.entry.has(sympy.exp):
        return
    for name in chain.composites:
        definition = _same_argument(name, user, user.call, chain) if name != user.call.function else None
        if definition is not None and _accept(
            work, folded(work.entry, definition.name, definition.tensor), definition.name, known
        ):
            if definition not in chain.definitions:
                extra[definition.name] = definition
            return


def folded(entry: Expr, name: str, definition: Tensor) -> Expr | None:
    """The entry with a value's definition, or the kernel it is made of, expressed by the value."""
    whole = canonical(definition.entry)
    places = tuple(index for index in definition.indices if index.extent != 1)
    direct = canonical(entry)
    if whole.args and not isinstance(whole, Entry):
        direct = direct.replace(
            lambda node: (
                isinstance(node, Expr) and node.func is whole.func and match(whole, node, places) is not None
            ),
            lambda node: own_entry(name, definition).xreplace(match(whole, node, places) or {}),
        )
    found = kernel(name, definition)
    candidates = [direct] if direct != canonical(entry) else []
    if found is not None:
        candidates.append(fold(entry, found))
    return min(candidates, key=complexity, default=None)


def _accept(work: Rewriting, after: Expr | None, name: str, known: Knowledge) -> bool:
    if after is None:
        return False
    trial = Rewriting(work.target, work.indices, after)
    settle(trial, known)
    before = Rewriting(work.target, work.indices, work.entry)
    if complexity(trial.entry) > complexity(before.entry) or trial.entry == before.entry:
        return False
    if not any(isinstance(node, Entry) and node.name == name for node in trial.entry.atoms(Entry)):
        return False
    work.apply("fold", lambda _: after, where=name, value=name)
    for step in trial.steps:
        work.steps.append(step)
    work.entry = trial.entry
    return True


def _same_argument(function: str, user: Definition, beside: Call, chain: Chain) -> Definition | None:
    """A function of the argument of another call as a named value, if it has the shape of that argument.

    A function whose file can't be read is passed over: its error belongs to the one who uses it.
    """
    try:
        composite = chain.composites[function]
        if composite.open or len(composite.parameters) != 1:
            return None
        options = tuple((key, tree) for key, tree in beside.options if key in composite.defaults)
        call = Call(function, beside.arguments, options)
        values = {name: Value(shape) for name, shape in chain.shapes.items()}
        tensor = lower(call, Scope(values, chain.composites))
    except GradwrightError:
        return None
    named = next((one for one in chain.definitions if one.call == call), None)
    argument = beside.arguments[0]
    assert isinstance(argument, Name)
    if named is not None or tensor.shape != chain.shapes[argument.name]:
        return named
    name = f"{function}_{argument.name}"
    while name in chain.shapes:
        name += "_"
    return Definition(name, call, tensor, call, user.formula, written=False)
