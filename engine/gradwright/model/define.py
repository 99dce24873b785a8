"""From formulas to definitions: shapes checked, cut into named values, lowered to index form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradwright.language.cut import cut
from gradwright.language.extents import Equation
from gradwright.language.lower import lower_formula
from gradwright.language.scope import ReadError, Scope, Shape, Value
from gradwright.language.shapes import infer_formulas
from gradwright.language.tree import Call, Formula, Item, Name, Number, Tree
from gradwright.language.tree import Sequence as Items
from gradwright.model.model import Definition
from gradwright.model.sort import in_order


@dataclass(frozen=True)
class Defined:
    """A model's definitions, and the equations between axis sizes under which its shapes agree."""

    formulas: tuple[Formula, ...]
    definitions: tuple[Definition, ...]
    shapes: Mapping[str, Shape]
    equations: tuple[Equation, ...]


def define(formulas: Sequence[Formula], scope: Scope) -> Defined:
    """Check, cut and lower formulas.

    Args:
        formulas: As written, in any order; a recurrence uses a value at an earlier time.
        scope: The declared values and the functions in reach.

    Returns:
        Definitions in an order in which each uses only earlier ones, or its own recurrence's.

    Raises:
        ReadError: A name is not declared, shapes clash, or formulas are cyclic.
    """
    check_targets(formulas, scope.values)
    ordered = in_order(formulas)
    shapes, equations = infer_formulas(ordered, scope)
    values: dict[str, Value] = {**scope.values, **{name: Value(shape) for name, shape in shapes.items()}}
    written = frozenset(shapes)
    definitions = []
    for formula in cut(ordered, Scope(values, scope.composites)):
        tensor = lower_formula(formula, Scope(values, scope.composites))
        values.setdefault(formula.target, Value(tensor.shape))
        definitions.append(
            Definition(
                formula.target, formula.body, tensor, _call(formula.body), formula, formula.target in written
            )
        )
    return Defined(tuple(formulas), tuple(definitions), shapes, tuple(dict.fromkeys(equations)))


def check_targets(formulas: Sequence[Formula], declared: Mapping[str, Value]) -> None:
    """Raise for a formula whose target is declared, an axis, or defined before."""
    axes = {
        str(symbol) for value in declared.values() for extent in value.shape for symbol in extent.free_symbols
    }
    seen: dict[str, Formula] = {}
    for formula in formulas:
        name, span = formula.target, formula.body.span
        if name in seen:
            hint = f"{name} was defined in: {seen[name].text}"
            raise ReadError(f"{name} is defined twice", span, hint)
        if name in declared:
            raise ReadError(
                f"{name} is declared as data, parameter or constant, so no formula defines it", span
            )
        if name in axes:
            raise ReadError(
                f"{name} is an axis, so no formula defines it", span, f"call it {name}1, or another name"
            )
        for index in formula.indices:
            if index in declared or index in axes:
                what = "an axis" if index in axes else "a declared value"
                raise ReadError(f"the index {index} is {what} already", span, "choose another letter")
        seen[name] = formula


def _call(tree: Tree) -> Call | None:
    """The tree, if it is one function of named values."""
    if isinstance(tree, Call) and all(
        isinstance(_bare(part), Name | Number | Items) for part in tree.arguments
    ):
        return tree
    return None


def _bare(tree: Tree) -> Tree:
    """The value that is subscripted by indices, or the tree."""
    return tree.target if isinstance(tree, Item) else tree
