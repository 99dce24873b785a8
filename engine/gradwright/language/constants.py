"""Names of constants, where a declared value has the same name or the name is not the grammar's own."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from gradwright.language.free import bound_names
from gradwright.language.said import Slip
from gradwright.language.scope import Scope
from gradwright.language.tree import (
    Binary,
    Call,
    Item,
    Name,
    Negate,
    Number,
    Span,
    Tree,
    names,
    rebuild,
    walk,
)

_UNIT = Fraction(1)


def settle(tree: Tree, text: str, scope: Scope) -> tuple[Tree, tuple[Slip, ...]]:
    """The tree with each constant as itself: ``e`` that nothing declares is Euler's number, ``np.pi`` is pi.

    ``np.pi`` stays pi where a value (a mixture's weights) is called pi, and ``dL/dz`` is the name ``dL_dz``
    where that is declared and neither ``dL`` nor ``dz`` is; ``X^T`` is ``X.T`` where T is no value.
    """
    change, turned, slips = _changes(tree, text, scope)
    if not change and not turned:
        return tree, slips
    return _rewritten(tree, change, {node.span for node in turned}), slips


def _changes(tree: Tree, text: str, scope: Scope) -> tuple[dict[Span, Tree], list[Binary], tuple[Slip, ...]]:
    """What the nodes at some places become, and the powers that are transposes."""
    values = scope.values
    change: dict[Span, Tree] = {}
    letters: list[Name] = []
    turned: list[Binary] = []
    bound: set[str] = set()
    for node in walk(tree):
        if isinstance(node, Name):
            if node.name == "e" and "e" not in values and "e" not in scope.axes:
                letters.append(node)
            elif node.name in ("pi", "E") and node.name in values and "." in text[slice(*node.span)]:
                change[node.span] = _CONSTANTS[node.name](node.span)
        elif isinstance(node, Call):
            bound |= {head.name for head in bound_names(node)}
        elif isinstance(node, Item):
            bound |= {name for selector in node.selectors for name in names(selector)}
        elif isinstance(node, Binary) and node.operator == "/":
            ratio = _ratio(node, scope)
            if ratio is not None:
                change[node.span] = ratio
        elif isinstance(node, Binary) and _is_raised_to_t(node, scope):
            turned.append(node)
    slips: tuple[Slip, ...] = ()
    if "T" in bound:
        turned = []
    if turned:
        slips = (Slip("slip.power_t", turned[0].span),)
    if letters and "e" not in bound:
        for node in letters:
            change[node.span] = _CONSTANTS["E"](node.span) if "E" in values else Name("E", node.span)
        slips += (Slip("slip.euler", letters[0].span),)
    return change, turned, slips


def _is_raised_to_t(node: Binary, scope: Scope) -> bool:
    """Whether it is ``X^T``, where T is no value: a transpose in mathematics' own notation."""
    exponent = node.right
    if node.operator != "**" or not isinstance(exponent, Name) or exponent.name != "T":
        return False
    if "T" in scope.values:
        return False
    base = scope.values.get(node.left.name) if isinstance(node.left, Name) else None
    return "T" not in scope.axes or (base is not None and len(base.shape) > 1)


def _ratio(node: Binary, scope: Scope) -> Name | None:
    """The derivative that ``dL/dz`` names, if it is declared under that name."""
    left, right = node.left, node.right
    if not (isinstance(left, Name) and isinstance(right, Name)):
        return None
    name = f"{left.name}_{right.name}"
    declared = scope.values
    if name in declared and left.name not in declared and right.name not in declared:
        return Name(name, node.span)
    return None


def _rewritten(tree: Tree, change: dict[Span, Tree], turned: set[Span]) -> Tree:
    if isinstance(tree, Name | Binary) and tree.span in change:
        return change[tree.span]
    rebuilt = rebuild(tree, lambda part: _rewritten(part, change, turned))
    if isinstance(rebuilt, Binary) and rebuilt.operator == "**" and rebuilt.span in turned:
        return Call("transpose", (rebuilt.left,), (), rebuilt.span)
    return rebuilt


def _euler(span: Span) -> Tree:
    return Call("exp", (Number(_UNIT, "", span),), (), span)


def _pi(span: Span) -> Tree:
    return Call("arccos", (Negate(Number(_UNIT, "", span), span),), (), span)


_CONSTANTS: dict[str, Callable[[Span], Tree]] = {"E": _euler, "pi": _pi}
