"""Norms by what stands below and above them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.nodes import Fenced, Literal, Scripted
from gradwright.language.tex.pieces import Piece
from gradwright.language.tex.products import power
from gradwright.language.tree import Binary, Call, Number, Span, Tree

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_INFINITE = frozenset({"inf", "infty", "∞"})


def norm(resolver: Resolver, base: Fenced, node: Scripted | None) -> Piece:
    r"""``\|x\|``, ``\|x\|_2^2``, ``\|A\|_F``, ``\|x\|_1``, ``\|x\|_\infty``.

    A matrix has the Frobenius norm, also below a 2, as where weights are penalised.
    """
    if len(base.items) != 1:
        raise ReadError("a norm is of one value", base.span, "leave the comma out")
    inner = resolver.piece(base.items[0])
    below, above = (node.below, node.above) if node is not None else (None, None)
    kind = below.text if below is not None else "2"
    span = node.span if node is not None else base.span
    if inner.rank > 2:
        raise ReadError("a norm is of a vector or a matrix", base.span, "write it as a sum")
    squared = above is not None and isinstance(above.node, Literal) and above.node.value == 2
    if kind in ("2", "F", "Fro", "fro", "rm F") and squared and inner.rank:
        return Piece(Call("sum", (_squared(inner.tree, span),), (), span))
    value = _value(inner, kind, base, span)
    if above is None:
        return value
    if above.node is None:
        raise ReadError("this superscript can't be read", above.span, "write a number")
    return power(value, resolver.piece(above.node), span)


def _squared(tree: Tree, span: Span) -> Tree:
    return Binary("**", tree, Number(Fraction(2), "", span), span)


def _value(inner: Piece, kind: str, base: Fenced, span: Span) -> Piece:
    if not inner.rank:
        return Piece(Call("abs", (inner.tree,), (), span))
    if kind in ("2", "F", "Fro", "fro"):
        return Piece(Call("norm2", (inner.tree,), (), span))
    if inner.rank == 2:
        raise ReadError(
            f"the norm {kind} of a matrix has more than one meaning",
            base.span,
            r"write \|A\|_F, or the sum itself",
        )
    if kind == "1":
        return Piece(Call("norm1", (inner.tree,), (), span))
    size = Call("abs", (inner.tree,), (), span)
    if kind in _INFINITE:
        return Piece(Call("max", (size,), (), span))
    if not kind.isdigit() or int(kind) == 0:
        raise ReadError(f"the norm {kind} is not read", base.span, r"write \|x\|_2, \|x\|_1 or \|x\|_\infty")
    order = Number(Fraction(int(kind)), "", span)
    total = Call("sum", (Binary("**", size, order, span),), (), span)
    root = Binary("/", Number(Fraction(1), "", span), order, span)
    return Piece(Binary("**", total, root, span))
