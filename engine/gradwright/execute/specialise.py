"""The formulas of a composite function with its options put in, kept from one call to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gradwright.language.scope import Composite
from gradwright.language.tree import Call, Formula, Tree, names, substitute, walk

_LITERALS = frozenset({"None", "True", "False"})
_KEPT = 512
_found: dict[object, tuple[Composite, tuple[Formula, ...]]] = {}


def specialised(composite: Composite, options: Mapping[str, Tree], exact: bool) -> tuple[Formula, ...]:
    """The formulas of a function in which literal arguments stand for their parameters.

    Args:
        composite: The function.
        options: The arguments that are literals, such as ``axis``.
        exact: Whether the plain formulas serve better than the stable ones.
    """
    key = (id(composite), exact, tuple(options.items()))
    found = _found.get(key)
    if found is not None and found[0] is composite:
        return found[1]
    known = dict(options)
    formulas = []
    for formula in composite.stable if composite.stable and not exact else composite.formulas:
        formulas.append(replace(formula, body=substitute(formula.body, known)) if known else formula)
        known.pop(formula.target, None)
    if len(_found) >= _KEPT:
        _found.clear()
    _found[key] = (composite, tuple(formulas))
    return tuple(formulas)


def is_static(tree: Tree) -> bool:
    """Whether an argument is a literal, an option's value rather than an array."""
    return names(tree) <= _LITERALS and not any(isinstance(node, Call) for node in walk(tree))
