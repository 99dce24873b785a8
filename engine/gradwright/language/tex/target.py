"""The left side of an equation: the name of what is defined, and its indices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.labels import gradient_names, names_of, written
from gradwright.language.tex.nodes import Derivative, Fenced, Node, Product, Relation, Scripted, Symbol
from gradwright.language.tex.subscripts import selectors_of

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver


@dataclass(frozen=True)
class Target:
    """A name and the indices on it."""

    name: str
    indices: tuple[str, ...]


def target_of(node: Node, resolver: Resolver) -> Target:
    """What a left side names.

    Raises:
        ReadError: It names nothing.
    """
    if isinstance(node, Derivative):
        names = gradient_names(node)
        return Target(resolver.declared.find(names) or names[0], ())
    if isinstance(node, Symbol):
        return Target(resolver.declared.find((node.name,)) or node.name, ())
    if isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[1][1], Fenced):
        return target_of(node.factors[0][1], resolver)
    if isinstance(node, Product) and all(
        not sign and isinstance(part, Symbol) for sign, part, _ in node.factors
    ):
        # A name of several letters, such as dW, whose letters are values too.
        word = "".join(part.name for _, part, _ in node.factors if isinstance(part, Symbol))
        return Target(resolver.declared.find((word,)) or word, ())
    if isinstance(node, Scripted) and isinstance(node.base, Symbol | Derivative):
        return _scripted(node, resolver)
    raise ReadError(
        "an equation is not an expression", node.span, "write its right side alone, or name = expression"
    )


def _scripted(node: Scripted, resolver: Resolver) -> Target:
    base = target_of(node.base, resolver).name if node.base is not None else ""
    if node.below is None:
        return Target(base, ())
    letters = tuple(item.name for item in selectors_of(node.below, 3) if isinstance(item, Symbol))
    if letters and all(letter in resolver.free for letter in letters):
        return Target(base, letters)
    label = written(node.below)
    known = resolver.declared.find(names_of(base, label)) if label else None
    return Target(known or (f"{base}_{label}" if label else base), ())


def sides_of(node: Node) -> tuple[Node | None, Node]:
    """The left side of an equation that names something, and its right side."""
    if not isinstance(node, Relation) or not set(node.signs) <= {"=", "~"}:
        return None, node
    if len(node.sides) > 2:
        raise ReadError("these are several equations", node.sides[2].span, "write one expression")
    return node.sides[0], node.sides[1]
