"""Syntax trees to index form: one scalar expression with a free index an axis."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, S

from gradwright.language.array import Array, letter
from gradwright.language.extents import ONE, plain
from gradwright.language.scope import ReadError, Scope
from gradwright.language.shapes import lettered_axes, reader_of
from gradwright.language.tree import Formula, Tree
from gradwright.tensor.nodes import ZERO, Entry, Index, Tensor, Where, fresh

_NO_NUMBERS = (S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity, S.ImaginaryUnit)


def lower(tree: Tree, scope: Scope, bound: Mapping[str, Index] | None = None) -> Tensor:
    """The index form of a tree; every sum has its own fresh indices.

    Args:
        tree: What is lowered.
        scope: The declared values and composite functions.
        bound: Named indices in reach, as the left side ``h[t]`` of a formula binds ``t``.

    Raises:
        ReadError: Shapes clash, a name is not declared, or a part has no index form, such as the inverse
            of what is not a named value.
    """
    return tensor(reader_of(scope, bound).array(tree), tree)


def lower_formula(formula: Formula, scope: Scope) -> Tensor:
    """The index form of a formula: the indices of its left side come first."""
    known = scope.values.get(formula.target)
    lengths = lettered_axes(scope)
    lengths |= {} if known is None else dict(zip(formula.indices, known.shape, strict=False))
    return tensor(reader_of(scope, lengths=lengths).formula(formula), formula.body, masks=True)


def tensor(array: Array, tree: Tree, masks: bool = False) -> Tensor:
    """The array at fresh indices.

    Args:
        array: What is read.
        tree: Where it is written.
        masks: Whether a value may be ``-inf`` where a condition between indices puts it aside.

    Raises:
        ReadError: An entry is infinite, not real or not defined whatever the values are, such as ``log(-1)``.
    """
    indices = tuple(fresh(plain(extent), letter(extent)) for extent in array.shape)
    place = tuple(ZERO if index.extent == ONE else index for index in indices)
    entry = array.at(place)
    if entry.has(*_NO_NUMBERS) and (not masks or _unmasked(entry).has(*_NO_NUMBERS)):
        raise ReadError(
            "this has no real value", tree.span, "look for a division by zero or a root of a negative"
        )
    return Tensor(indices, entry)


def _unmasked(entry: Expr) -> Expr:
    """The entry without the ``-inf`` of its masks."""
    return entry.replace(
        lambda one: isinstance(one, Where) and not one.args[0].has(Entry),
        lambda one: one.func(*(ZERO if part is S.NegativeInfinity else part for part in one.args)),
    )
