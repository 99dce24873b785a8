"""An answer as it was typed, in any of the front ends, read: its tree, left side, free indices and slips."""

from __future__ import annotations

from gradwright.language.bounds import check_length
from gradwright.language.constants import settle
from gradwright.language.free import free_indices, loose_names
from gradwright.language.juxtaposed import Juxtaposition
from gradwright.language.leftside import LeftSide, left_side
from gradwright.language.parse import parse, without_comments
from gradwright.language.said import Reading, Slip
from gradwright.language.scope import ReadError, Scope
from gradwright.language.slips import doubtful_divisions, slips_of
from gradwright.language.tex.read import read_latex
from gradwright.language.tree import Binary, Compare, Name, Tree

__all__ = ["SYNTAXES", "Reading", "Slip", "read"]

SYNTAXES = ("text", "latex")


def read(
    text: str, scope: Scope, syntax: str = "text", *, implicit: bool = False, spread: bool = False
) -> Reading:
    """Read an expression, with or without a left side.

    Args:
        text: The expression.
        scope: The declared values and the composite functions.
        syntax: ``text``, the grammar's own, or ``latex``.
        implicit: Whether ``2x y`` is a product (text of scalars alone; LaTeX always is).
        spread: Whether an index of the left side may be left out on the right, where the value is the same
            at all of its places; the caller knows how far it runs.

    Raises:
        ReadError: The text can't be read; its span is a place in ``text``.

    >>> reading = read("p[i] := exp(z[i])/sum_{j} exp(z[j])", Scope({}))
    >>> reading.target, reading.free, reading.ordered
    ('p', ('i',), True)
    """
    if syntax == "latex":
        return read_latex(text, scope)
    check_length((0, len(text)))
    bare = without_comments(text) if "#" in text else text
    left = left_side(bare) if "=" in bare or ":" in bare else None
    if left is not None:
        # The left side is blanked out, so that places stay places in the text.
        bare = " " * left.end + bare[left.end :]
    functions = scope.functions
    beside = _beside(scope, functions) if implicit else None
    tree = parse(bare, functions, beside, scope.values)
    tree, slips = settle(tree, text, scope)
    slips += slips_of(tree, text, scope)
    if beside is not None:
        slips += doubtful_divisions(beside)
    if left is None:
        target, tree, more = _compared(tree, scope)
        return Reading(tree, target, free_indices(tree, scope), slips=more + slips)
    free, more = _named(left, tree, scope, spread)
    slips = more + slips
    return Reading(tree, left.target, free, bool(free) and bool(left.indices), slips)


def _compared(tree: Tree, scope: Scope) -> tuple[str, Tree, tuple[Slip, ...]]:
    """``dW == X.T @ G`` as ``dW = X.T @ G``, where dW is no value."""
    if isinstance(tree, Compare) and tree.operator == "==":
        name = _undeclared(tree.left, scope)
        if name:
            return name, tree.right, (Slip("slip.comparison", tree.span, {"name": name}),)
    return "", tree, ()


def _undeclared(tree: Tree, scope: Scope) -> str:
    """The name that stands for a value here, though nothing declares it; ``dL/dW`` is ``dL_dW``."""
    if isinstance(tree, Binary) and tree.operator == "/":
        parts = [_undeclared(part, scope) for part in (tree.left, tree.right)]
        return "_".join(parts) if all(part.startswith("d") for part in parts) else ""
    if not isinstance(tree, Name) or tree.name in scope.values or tree.name in scope.axes:
        return ""
    return tree.name if len(tree.name) > 1 else ""


def _beside(scope: Scope, functions: frozenset[str]) -> Juxtaposition | None:
    """How values side by side are read: only where all values are scalars, since arrays have two products."""
    if any(value.shape for value in scope.values.values()):
        return None
    return Juxtaposition(frozenset(scope.values), functions)


def _named(
    left: LeftSide, tree: Tree, scope: Scope, spread: bool
) -> tuple[tuple[str, ...], tuple[Slip, ...]]:
    """The free indices of a right side in the order of its left side."""
    for index in left.indices:
        if index in scope.values:
            raise ReadError(
                f"the index {index} is a declared value already", left.span, "choose another letter"
            )
    used = free_indices(tree, scope, left.indices)
    if not left.indices:
        return used, ()
    # An index may stand in a condition alone, as in ``(i == tokens[t])``.
    used += tuple(name for name in loose_names(tree) if name in left.indices and name not in used)
    rest = [name for name in used if name not in left.indices]
    if rest:
        raise ReadError(
            f"the index {rest[0]} stands on the right side alone",
            tree.span,
            f"sum over it, as in sum({rest[0]}, ...), or name it on the left side too",
        )
    if not used and not spread:
        return (), (Slip("slip.left_indices", left.span, {"name": left.target}),)
    unused = [name for name in left.indices if name not in used]
    if unused and not spread:
        raise ReadError(
            f"the index {unused[0]} stands on the left side alone", left.span, "use it on the right side too"
        )
    return left.indices, ()
