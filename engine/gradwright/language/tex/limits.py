"""What stands below and above a big sign: its indices, their bounds, and conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.nodes import Fenced, Literal, Negated, Node, Product, Relation, Script, Symbol

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

COMPARED = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "=": "=="}
"""Comparisons that may stand below a sign."""


@dataclass(slots=True)
class Bound:
    """What stands below and above a sign: its indices, where they start and end, and conditions."""

    letters: list[Symbol]
    lower: list[Node | None]
    upper: Node | None = None
    conditions: list[tuple[str, Node, Node]] = field(default_factory=list)


def bound_of(resolver: Resolver, below: Script, above: Script | None) -> Bound:
    """What stands below and above a sign.

    Raises:
        ReadError: It can't be read.
    """
    node = below.node
    while isinstance(node, Fenced) and node.kind != "," and len(node.items) == 1:
        node = node.items[0]
    if node is None:
        raise ReadError("this can't be read below a sign", below.span, "write i, or i=1")
    upper = above.node if above is not None else None
    if above is not None and upper is None:
        raise ReadError("this bound can't be read", above.span, "write a number or the name of an axis")
    bound = Bound([], [], upper)
    parts = node.items if isinstance(node, Fenced) and node.kind == "," else (node,)
    for part in parts:
        _read_bound(resolver, part, bound)
    if not bound.letters:
        raise ReadError("no index stands below this sign", below.span, "write i, or i=1")
    first = bound.lower[-1]
    bound.lower = [first if lower is None and len(parts) > 1 else lower for lower in bound.lower]
    if upper is not None and any(lower is None for lower in bound.lower):
        raise ReadError("a bound stands above this sign and none below", below.span, "write i=1 below it")
    return bound


def _read_bound(resolver: Resolver, part: Node, bound: Bound) -> None:
    if isinstance(part, Symbol):
        bound.letters.append(part)
        bound.lower.append(None)
        return
    if isinstance(part, Product) and all(
        not sign and isinstance(one, Symbol) for sign, one, _ in part.factors
    ):
        for _, one, _ in part.factors:
            _read_bound(resolver, one, bound)
        return
    if not isinstance(part, Relation):
        raise ReadError("this can't be read below a sign", part.span, "write i, or i=1")
    sides, signs = part.sides, part.signs
    if signs[0] == ":" and isinstance(sides[0], Symbol | Fenced | Product):
        _read_bound(resolver, sides[0], bound)
        sides, signs = sides[1:], signs[1:]
    elif signs == ("=",) and isinstance(sides[0], Symbol):
        bound.letters.append(sides[0])
        bound.lower.append(sides[1])
        return
    else:
        _bind_compared(resolver, part, bound)
    for sign, left, right in zip(signs, sides, sides[1:], strict=False):
        bound.conditions.append((sign, left, right))


def _bind_compared(resolver: Resolver, part: Relation, bound: Bound) -> None:
    r"""The letters that ``j \ne i`` or ``i < j`` binds: those that nothing around it binds."""
    if any(sign not in COMPARED for sign in part.signs):
        raise ReadError("a set can't be summed over here", part.span, "write i=1 below and n above")
    bound_here = {letter.name for letter in bound.letters}
    loose = [side for side in part.sides if isinstance(side, Symbol) and side.name not in resolver.indices]
    loose = [
        side for side in loose if side.name not in bound_here and resolver.declared.find((side.name,)) is None
    ]
    known = [side for side in loose if side.name in resolver.free]
    fresh = [side for side in loose if side not in known]
    if len(part.sides) == 2 and len(fresh) == 2 and part.signs[0] == "!=":
        raise ReadError(
            "it is not clear which of the two is summed over",
            part.span,
            r"write \sum_{i,\, j:\, i \ne j} for both",
        )
    if not fresh and not bound_here:
        raise ReadError("no index stands below this sign", part.span, "write i, or i=1")
    bound.letters += fresh
    bound.lower += [None] * len(fresh)


def integer(node: Node | None) -> int | None:
    """The whole number that is written, or None."""
    if isinstance(node, Negated):
        inner = integer(node.operand)
        return None if inner is None else -inner
    if isinstance(node, Literal) and node.value.denominator == 1:
        return int(node.value)
    return None
