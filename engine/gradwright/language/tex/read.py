"""The LaTeX front end: from a text to the tree that it means."""

from __future__ import annotations

from collections.abc import Mapping

from gradwright.language.bounds import check_length, check_tree
from gradwright.language.said import Reading
from gradwright.language.scope import Scope
from gradwright.language.shapes import infer
from gradwright.language.tex.infer import infer_vars
from gradwright.language.tex.layout import read_node
from gradwright.language.tex.names import names_in
from gradwright.language.tex.pieces import Shape, extent_of
from gradwright.language.tex.prose import mathematics
from gradwright.language.tex.resolve import Infer, Resolver
from gradwright.language.tex.spelled import Declared
from gradwright.language.tex.spoken import labels_of
from gradwright.language.tex.target import Target, sides_of, target_of
from gradwright.language.tree import Tree

__all__ = ["infer_vars", "names_in", "read_latex"]

_CACHED: dict[int, tuple[Scope, Declared, Mapping[str, Shape]]] = {}
_KEPT = 32


def read_latex(text: str, scope: Scope) -> Reading:
    r"""Read an expression written in LaTeX, with or without a left side.

    Args:
        text: The LaTeX; spans of the tree are places in it.
        scope: The declared values and the composite functions.

    Returns:
        The tree in NumPy's meaning, and what stands on the left.

    Raises:
        ReadError: The text can't be read, a name is not declared, or it has two meanings.

    >>> from gradwright.language.scope import Value
    >>> from gradwright.tensor.nodes import size
    >>> n, d = size("n"), size("d")
    >>> scope = Scope({"X": Value((n, d)), "w": Value((d,)), "y": Value((n,))})
    >>> reading = read_latex(r"\nabla_w L = \frac{2}{n} X^\top (Xw - y)", scope)
    >>> from gradwright.language.text import to_text
    >>> reading.target, to_text(reading.tree)
    ('dL_dw', '2/n*X.T @ (X @ w - y)')
    """
    check_length((0, len(text)))
    declared, shapes = _known(scope)
    return _read(mathematics(text), declared, shapes, lambda tree: _shape(tree, scope))


def _shape(tree: Tree, scope: Scope) -> Shape:
    return tuple(extent_of(extent) for extent in infer(tree, scope).shape)


def _known(scope: Scope) -> tuple[Declared, Mapping[str, Shape]]:
    """What a scope declares, kept for the scopes that were read in last."""
    kept = _CACHED.get(id(scope))
    if kept is not None and kept[0] is scope:
        return kept[1], kept[2]
    shapes = {
        name: tuple(extent_of(extent) for extent in value.shape) for name, value in scope.values.items()
    }
    sizes = {
        str(symbol)
        for value in scope.values.values()
        for extent in value.shape
        for symbol in extent.free_symbols
    }
    gathers = any(value.domain.startswith("index") for value in scope.values.values())
    declared = Declared(scope.values.keys(), sizes, labels_of(scope.composites), gathers)
    while len(_CACHED) >= _KEPT:
        _CACHED.pop(next(iter(_CACHED)))
    _CACHED[id(scope)] = scope, declared, shapes
    return declared, shapes


def _read(text: str, declared: Declared, shapes: Mapping[str, Shape], known: Infer) -> Reading:
    node = read_node(text, declared)
    left, right = sides_of(node)
    resolver = Resolver(text, declared, shapes, known)
    piece = resolver.piece(right)
    tree = resolver.finish(piece)
    check_tree(tree)
    target = target_of(left, resolver) if left is not None else Target("", ())
    free = tuple(resolver.free)
    ordered = bool(target.indices) and set(target.indices) == set(free)
    return Reading(tree, target.name, target.indices if ordered else free, ordered)
