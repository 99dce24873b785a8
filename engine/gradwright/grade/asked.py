"""What a key says in trees: the values that an answer may name, their shapes, and their formulas."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from gradwright.grade.extents import extent_of
from gradwright.grade.key import Expected
from gradwright.language.parse import parse_formulas
from gradwright.language.scope import Scope, Value
from gradwright.language.tree import Formula, names
from gradwright.model.functions import composites


def formulas_of(expected: Expected) -> tuple[Formula, ...]:
    """The formulas of the computed values."""
    return _formulas("\n".join(f"{left} = {right}" for left, right in expected.definitions.items()))


def formulas_for(expected: Expected, used: Iterable[str], tied: bool = False) -> tuple[Formula, ...]:
    """The formulas that some names need, by themselves or through others.

    Args:
        expected: The question.
        used: The names.
        tied: Whether the given adjoints have their formulas too, and are no values of their own.
    """
    formulas = formulas_of(expected)
    if tied:
        formulas += _formulas("\n".join(expected.above))
    reached = set(used)
    grown = True
    while grown:
        more = {name for formula in formulas if formula.target in reached for name in names(formula.body)}
        grown = not more <= reached
        reached |= more
    return tuple(formula for formula in formulas if formula.target in reached)


def formula_of(text: str) -> Formula:
    """One line such as ``df[t] = c[t-1]*dc[t]``."""
    (formula,) = _formulas(text)
    return formula


@cache
def _formulas(text: str) -> tuple[Formula, ...]:
    return tuple(parse_formulas(text, frozenset(composites()))) if text else ()


def spellings(expected: Expected) -> dict[str, str]:
    r"""Other spellings of the given adjoints, as in LaTeX: ``\bar{z}_f`` and ``\partial L/\partial z_f``.

    >>> spellings(Expected("formula", "dz_f", {"z_f": ("n",), "dz_f": ("n",)}, given=("dz_f",)))
    {'z_bar_f': 'dz_f', 'dL_dz_f': 'dz_f'}
    """
    found: dict[str, str] = {}
    for adjoint in expected.given:
        value = adjoint.removeprefix("d")
        letter, score, rest = value.partition("_")
        for spelling in (f"{letter}_bar{score}{rest}", f"dL_{adjoint}"):
            if spelling not in expected.vars:
                found[spelling] = adjoint
    return found


def given_shapes(expected: Expected, tied: bool = False) -> dict[str, tuple[str, ...]]:
    """The shapes of the values that are given and not computed from others; see ``formulas_for``."""
    computed = {formula.target for formula in formulas_of(expected)}
    if tied:
        computed |= {formula.target for formula in _formulas("\n".join(expected.above))}
    return {name: shape for name, shape in expected.vars.items() if name not in computed}


def scope_of(expected: Expected, computed: bool = True) -> Scope:
    """The values that an answer may name; without the computed ones if told."""
    shapes = expected.vars if computed else given_shapes(expected)
    domain = expected.domain
    values = {
        name: Value(tuple(map(extent_of, shape)), domain.get(name, "real")) for name, shape in shapes.items()
    }
    return Scope(values, composites())
