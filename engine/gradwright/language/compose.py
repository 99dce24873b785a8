"""A call of a composite function, inlined: its formulas with the arguments in place of the parameters."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gradwright.errors import nearest
from gradwright.language.array import Array
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import Call, Formula, Tree, names, substitute, walk

if TYPE_CHECKING:
    from gradwright.language.reader import Reader

_LITERALS = frozenset({"None", "True", "False"})


def inline(composite: Composite, call: Call, reader: Reader) -> Array:
    """The array that a composite function makes of its arguments."""
    arguments = arguments_of(composite, call)
    static = tuple((name, tree) for name, tree in arguments.items() if _is_static(tree))
    arrays = {name: reader.array(tree) for name, tree in arguments.items() if not _is_static(tree)}
    inside = reader.inside(arrays, call)
    for formula in _substituted(composite.formulas, static):
        try:
            inside.arrays[formula.target] = inside.formula(formula)
        except ReadError as error:
            raise ReadError(f"in {composite.name}: {error.message}", call.span, error.hint) from error
    return inside.arrays[composite.formulas[-1].target]


def arguments_of(composite: Composite, call: Call) -> dict[str, Tree]:
    """Each parameter and option of a composite function with the tree that a call gives it."""
    order = (
        *composite.parameters,
        *(name for name in composite.defaults if name not in composite.parameters),
    )
    if len(call.arguments) > len(order):
        raise ReadError(
            f"{composite.name} takes {len(order)} arguments, not {len(call.arguments)}", call.span
        )
    given = dict(zip(order, call.arguments, strict=False))
    for name, tree in call.options:
        if name not in order:
            raise ReadError(f"{composite.name} has no option {name}", tree.span, nearest(name, order))
        if name in given:
            raise ReadError(f"{composite.name} is given {name} twice", tree.span)
        given[name] = tree
    complete = {**composite.defaults, **given}
    missing = [name for name in composite.parameters if name not in complete]
    if missing:
        raise ReadError(f"{composite.name} needs {', '.join(missing)}", call.span)
    return {name: complete[name] for name in order}


def _is_static(tree: Tree) -> bool:
    """Whether an argument is a literal, an option's value rather than an array."""
    return names(tree) <= _LITERALS and not any(isinstance(node, Call) for node in walk(tree))


@lru_cache(maxsize=512)
def _substituted(formulas: tuple[Formula, ...], values: tuple[tuple[str, Tree], ...]) -> tuple[Formula, ...]:
    known = dict(values)
    result = []
    for formula in formulas:
        result.append(Formula(formula.target, formula.indices, substitute(formula.body, known)))
        known.pop(formula.target, None)
    return tuple(result)
