"""Operands and signs in a row become sums, products and functions of what follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gradwright.language.scope import ReadError
from gradwright.language.tex.nodes import (
    Applied,
    Big,
    Fenced,
    Head,
    Literal,
    Negated,
    Node,
    Ones,
    Operator,
    Product,
    Quotient,
    Relation,
    Scripted,
    Symbol,
    Total,
    above,
    joined,
)
from gradwright.language.tree import Span

RELATIONS = frozenset({"=", "<", ">", "<=", ">=", "!=", "~", "in", ":"})
_LOOSE = frozenset({"odot", "otimes", "oslash", "oplus", "mod", "star"})
"""Products that bind less tightly than what stands side by side."""
_ENTRIES = frozenset({"(", "[", "{"})
_WORDS = {"~": "≈", "cdot": r"\cdot", "odot": r"\odot", "times": r"\times", "otimes": r"\otimes"}


def reduce(pieces: Sequence[Node], span: Span) -> Node:
    """The operand that pieces in a row make.

    Args:
        pieces: Operands, signs, and functions that wait for an argument.
        span: Where they stand, for an error about an empty row.

    Raises:
        ReadError: A sign lacks an operand, or the row has two meanings.
    """
    if len(pieces) == 1 and not isinstance(pieces[0], Operator | Head):
        return pieces[0]
    sides: list[Node] = []
    signs: list[str] = []
    start = 0
    for place, piece in enumerate(pieces):
        if isinstance(piece, Operator) and piece.sign in RELATIONS:
            sides.append(_total(pieces[start:place], piece.span))
            signs.append(piece.sign)
            start = place + 1
    sides.append(_total(pieces[start:], span if not signs else pieces[-1].span))
    if not signs:
        return sides[0]
    where = joined(sides[0].span, sides[-1].span)
    return Relation(where, above(where, *sides), tuple(sides), tuple(signs))


def _total(pieces: Sequence[Node], span: Span) -> Node:
    """The terms between plus and minus signs."""
    if not pieces:
        raise ReadError("a value is missing here", span, "write an expression")
    terms: list[tuple[str, Node]] = []
    sign, waiting, term = "+", False, list[Node]()
    for piece in pieces:
        if not isinstance(piece, Operator) or piece.sign not in "+-":
            if isinstance(piece, Operator) and piece.sign == "pm":
                raise ReadError("± stands for two values", piece.span, "write one of them")
            term.append(piece)
            waiting = isinstance(piece, Operator | Head)
        elif not term:
            sign = sign if piece.sign == "+" else "-" if sign == "+" else "+"
            span = piece.span
        elif waiting:
            term.append(piece)
        else:
            terms.append((sign, _term(term)))
            sign, term = piece.sign, []
            span = piece.span
    if not term:
        raise ReadError("a value is missing after this sign", span, "write an expression after it")
    terms.append((sign, _term(term)))
    if len(terms) == 1:
        sign, only = terms[0]
        if (
            sign == "-"
            and isinstance(only, Product)
            and any(between == "mod" for between, _, _ in only.factors)
        ):
            raise ReadError(
                "it is not clear what the remainder is of", only.span, r"write (-a) \bmod b or -(a \bmod b)"
            )
        where = (min(span[0], only.span[0]), only.span[1])
        return only if sign == "+" else Negated(where, above(where, only), only)
    where = joined(terms[0][1].span, terms[-1][1].span)
    return Total(where, above(where, *(part for _, part in terms)), tuple(terms))


@dataclass(slots=True)
class _Open:
    """A term, or an argument, a body or a minus under way.

    Args:
        head: What waits for it; None for the term itself; an Operator for a minus.
        sign: The sign that stands before it.
    """

    head: Node | None
    sign: str = ""
    touches: bool = False
    factors: list[tuple[str, Node, bool]] = field(default_factory=list)
    pending: str = ""


def _term(pieces: Sequence[Node]) -> Node:
    """A product: functions without brackets take what stands beside them, big signs the rest of the term."""
    if len(pieces) == 1 and not isinstance(pieces[0], Operator | Head):
        return pieces[0]
    stack = [_Open(None)]
    at, end = 0, pieces[0].span[0]
    while at < len(pieces):
        piece = pieces[at]
        touches = piece.span[0] == end
        end = piece.span[1]
        at += 1
        if isinstance(piece, Operator):
            _sign(stack, piece)
        elif isinstance(piece, Head):
            if _is_run(stack[-1]) and stack[-1].factors:
                _close(stack)
            following = pieces[at] if at < len(pieces) else None
            inside = _brackets(piece, following)
            if inside is not None and following is not None:
                end = following.span[1]
                at += 1
                _add(stack, _called(piece, following, inside), touches)
            else:
                stack.append(_Open(piece, stack[-1].pending, touches))
        else:
            _add(stack, piece, touches)
    while len(stack) > 1:
        _close(stack)
    return _product(stack[0].factors, stack[0].pending, pieces[-1].span)


def _is_run(part: _Open) -> bool:
    return isinstance(part.head, Head) and part.head.kind == "func"


def _sign(stack: list[_Open], piece: Operator) -> None:
    if piece.sign in "+-":
        if piece.sign == "-":
            stack.append(_Open(piece, stack[-1].pending))
        return
    while stack[-1].head is not None and not (
        isinstance(stack[-1].head, Head) and stack[-1].head.kind == "big"
    ):
        _check_run(stack[-1], piece)
        _close(stack)
    top = stack[-1]
    if top.pending or not top.factors:
        raise ReadError("a value is missing before this sign", piece.span, "write an expression before it")
    top.pending = piece.sign


def _check_run(part: _Open, piece: Operator) -> None:
    r"""Refuse ``\log x / y`` and ``\sin 2 \cdot x``, which are read in two ways."""
    if not _is_run(part) or not part.factors:
        return
    numbers = all(isinstance(node, Literal) for _, node, _ in part.factors)
    if piece.sign in ("/", "over") or (numbers and piece.sign in ("cdot", "times", "ast", "*")):
        name = part.head.name if isinstance(part.head, Head) else ""
        where = joined(part.factors[0][1].span, piece.span)
        raise ReadError(
            f"it is not clear where the argument of {name} ends", where, f"put it in brackets: \\{name}(...)"
        )


def _add(stack: list[_Open], node: Node, touches: bool) -> None:
    top = stack[-1]
    bracketed = isinstance(node, Fenced) and node.kind in _ENTRIES
    if _is_run(top) and top.factors and bracketed and not isinstance(top.factors[-1][1], Literal | Ones):
        name = top.head.name if isinstance(top.head, Head) else ""
        raise ReadError(
            f"it is not clear where the argument of {name} ends",
            node.span,
            f"put it in brackets: \\{name}(...)",
        )
    if top.factors and not top.pending:
        _check_number(top.factors[-1][1], node)
    top.factors.append((top.pending, node, touches))
    top.pending = ""


def _check_number(before: Node, node: Node) -> None:
    """A number right behind a letter or another number is a slip of the pen, not a product."""
    number = node.base if isinstance(node, Scripted) else node
    if isinstance(number, Literal) and isinstance(before, Literal | Symbol | Scripted):
        raise ReadError(
            f"the number {number.text} stands right behind another value",
            number.span,
            r"put it in front, write \cdot, or write x_{2} or x^{2}",
        )
    fraction = node if isinstance(node, Quotient) and node.kind == "frac" else None
    if fraction is not None and all(map(_is_whole, (before, fraction.top, fraction.bottom))):
        raise ReadError(
            "a whole number beside a fraction is a sum to some and a product to others",
            joined(before.span, node.span),
            r"write 1 + \frac{1}{2}, or 1 \cdot \frac{1}{2}",
        )


def _is_whole(node: Node | None) -> bool:
    return isinstance(node, Literal) and node.value.denominator == 1


def _close(stack: list[_Open]) -> None:
    part = stack.pop()
    head = part.head
    assert head is not None, part
    if not part.factors:
        what = "this sign" if not isinstance(head, Head) else f"\\{head.name}"
        raise ReadError(f"{what} has nothing behind it", head.span, "write what it is applied to")
    body = _product(part.factors, part.pending, head.span)
    where = joined(head.span, body.span)
    depth = above(where, body, head)
    made: Node
    if not isinstance(head, Head):
        made = Negated(where, depth, body)
    elif head.kind == "func":
        made = Applied(where, depth, head, (body,))
    else:
        made = Big(where, depth, head, body)
    top = stack[-1]
    top.factors.append((part.sign, made, part.touches))
    top.pending = ""


def _brackets(head: Head, following: Node | None) -> Fenced | None:
    """The brackets that hold a function's arguments, if they follow it."""
    if head.kind != "func" or following is None:
        return None
    inner = following.base if isinstance(following, Scripted) else following
    return inner if isinstance(inner, Fenced) and inner.kind in _ENTRIES else None


def _called(head: Head, following: Node, inside: Fenced) -> Node:
    """A function of what its brackets hold; scripts of the brackets are the value's."""
    where = joined(head.span, inside.span)
    made = Applied(where, above(where, head, inside), head, inside.items)
    if not isinstance(following, Scripted):
        return made
    where = joined(head.span, following.span)
    return replace(following, base=made, span=where, depth=above(where, made, following))


def _product(factors: list[tuple[str, Node, bool]], pending: str, span: Span) -> Node:
    if pending:
        raise ReadError("a value is missing after this sign", span, "write an expression after it")
    if any(sign in _LOOSE for sign, _, _ in factors):
        parts: list[tuple[str, Node, bool]] = []
        group: list[tuple[str, Node, bool]] = []
        lead = ""
        for sign, node, touches in factors:
            if sign in _LOOSE:
                parts.append((lead, _joined(group), False))
                lead, group = sign, [("", node, touches)]
            else:
                group.append((sign, node, touches))
        parts.append((lead, _joined(group), False))
        if len(factors) > 2 and any(sign == "mod" for sign, _, _ in factors):
            raise ReadError(
                "it is not clear what the remainder is of", span, r"write brackets: (a) \bmod (b)"
            )
        return _joined(parts)
    return _joined(factors)


def _joined(factors: list[tuple[str, Node, bool]]) -> Node:
    if len(factors) == 1:
        return factors[0][1]
    where = joined(factors[0][1].span, factors[-1][1].span)
    return Product(where, above(where, *(node for _, node, _ in factors)), tuple(factors))
