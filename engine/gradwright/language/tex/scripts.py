r"""Sub- and superscripts: parts of a name, indices, transposes, inverses, powers, kinds of a norm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gradwright.language.scope import ReadError
from gradwright.language.tex.factors import condition
from gradwright.language.tex.labels import label_of, names_of, written
from gradwright.language.tex.nodes import (
    Applied,
    Constant,
    Fenced,
    Literal,
    Node,
    Ones,
    Product,
    Relation,
    Script,
    Scripted,
    Symbol,
)
from gradwright.language.tex.norms import norm
from gradwright.language.tex.pieces import Extent, Piece, is_square, meet
from gradwright.language.tex.products import bars_in_two_ways, inverse, power, transposed
from gradwright.language.tex.spoken import is_elementwise
from gradwright.language.tex.subscripts import (
    as_one,
    capital_of,
    opened,
    row_of,
    runs_over_rows,
    selectors_of,
    subscripted,
)
from gradwright.language.tree import Binary, Call, Compare, Name, Span, Tree
from gradwright.language.tree import Sequence as Items

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_TRANSPOSES = frozenset({"⊤", "T", "intercal"})


def scripted(resolver: Resolver, node: Node) -> Piece:
    """An operand with scripts."""
    assert isinstance(node, Scripted)
    base = node.base
    if isinstance(base, Fenced) and base.kind == "‖":
        return norm(resolver, base, node)
    if isinstance(base, Ones) and node.below is not None:
        return _above(resolver, _filled(resolver, base, node.below), node, node.above)
    if isinstance(base, Symbol):
        return _symbol(resolver, base, node)
    if isinstance(base, Constant) and base.name == "E":
        return _exponential(resolver, node)
    piece = resolver.piece(base)
    if node.below is not None:
        piece = subscripted(resolver, piece, node.below, node.span)
    return _above(resolver, piece, node, node.above)


def _symbol(resolver: Resolver, base: Symbol, node: Scripted) -> Piece:
    below, above = node.below, node.above
    known = _declared(resolver, base, below, above)
    if known is not None:
        piece, below, above = known
    elif base.name == "e" and not base.word and below is None and not _is_known(resolver, base):
        return _exponential(resolver, node)
    elif base.name == "I" and below is not None and not _is_known(resolver, base):
        piece, below = _identity(resolver, below, node.span), None
    elif base.name == "delta" and below is not None and not _is_known(resolver, base):
        piece, below = _kronecker(resolver, base, below, node.span), None
    else:
        piece, below, above = _entry_of(resolver, base, below, above)
    if below is not None:
        piece = subscripted(resolver, piece, below, node.span)
    if above is not None and above.text in _TRANSPOSES and not piece.rank and capital_of(resolver, base):
        raise ReadError(
            f"{base.name} and {base.name.upper()} are both declared, and an entry has no transpose",
            node.span,
            f"for a row write {base.name.upper()}_i",
        )
    return _above(resolver, piece, node, above)


def _is_known(resolver: Resolver, symbol: Symbol) -> bool:
    return symbol.name in resolver.indices or resolver.declared.find((symbol.name,)) is not None


def _declared(
    resolver: Resolver, base: Symbol, below: Script | None, above: Script | None
) -> tuple[Piece, Script | None, Script | None] | None:
    """A declared value whose name holds the scripts, and the scripts that are left."""
    lower = written(below)
    upper = label_of(above, loose=True)
    span = base.span
    tries: list[tuple[str, str, Script | None, Script | None]]
    tries = [(lower, upper, None, None)] if lower and upper else []
    tries += [(lower, "", None, above)] if lower else []
    tries += [(upper, "", below, None)] if upper else []
    if below is not None and "," in below.text and isinstance(below.node, Fenced):
        _, *rest = below.node.items
        label = below.text.split(",")[0]
        shorter = replace(below, text=below.text.partition(",")[2], node=as_one(rest, below.span))
        tries.append((label, "", shorter, above))
    for first_text, second_text, left_below, left_above in tries:
        known = resolver.declared.find(names_of(base.name, first_text, second_text))
        if known is not None and known in resolver.declared.values:
            return resolver.known(known, span), left_below, left_above
    return None


def _entry_of(
    resolver: Resolver, base: Symbol, below: Script | None, above: Script | None
) -> tuple[Piece, Script | None, Script | None]:
    """The base itself, or, for an undeclared small letter, the capital that it is a row of."""
    bracketed = above is not None and isinstance(above.node, Fenced) and above.node.kind in "(["
    capital = capital_of(resolver, base)
    script = opened(above) if bracketed and above is not None else below
    if capital is not None and script is not None and runs_over_rows(resolver, base, capital, script):
        row = row_of(resolver, resolver.known(capital, base.span), script)
        return (row, below, None) if bracketed else (row, None, above)
    if _is_known(resolver, base) or base.name in resolver.free or base.name in ("e", "I"):
        piece = resolver.name(base)
        if bracketed and above is not None:
            if not piece.rank:
                raise ReadError(
                    "a superscript in brackets needs a declared name or an array",
                    above.span,
                    "for a power, write x^{2}",
                )
            return subscripted(resolver, piece, opened(above), above.span), below, None
        return piece, below, above
    if capital is None or script is None:
        if below is not None and written(below):
            shown = f"{base.name}_{written(below)}"
            raise resolver.undeclared(replace(base, name=shown, span=(base.span[0], below.span[1])))
        raise resolver.undeclared(base)
    row = row_of(resolver, resolver.known(capital, base.span), script)
    return (row, below, None) if bracketed else (row, None, above)


def _exponential(resolver: Resolver, node: Scripted) -> Piece:
    if node.below is not None or node.primes or node.above is None:
        raise ReadError("e has no index", node.span, "write e^{...}")
    if node.above.node is None:
        raise ReadError("this exponent can't be read", node.above.span, "write e^{...}")
    exponent = resolver.piece(node.above.node)
    check_exponent(exponent, node.span)
    return Piece(Call("exp", (exponent.tree,), (), node.span), exponent.shape, exponent.row)


def check_exponent(exponent: Piece, span: Span) -> None:
    """Refuse the exponential of a declared square matrix, which is of entries or of the matrix."""
    if exponent.plain and is_square(exponent.shape):
        raise ReadError(
            "the exponential of a square matrix has two meanings",
            span,
            r"write \operatorname{expm}(A), or e^{A_{ij}} for an entry",
        )


def _identity(resolver: Resolver, below: Script, span: Span) -> Piece:
    items = selectors_of(below, 2)
    if len(items) == 2 and not (isinstance(items[0], Symbol) and resolver.declared.find((items[0].name,))):
        return _kronecker(resolver, Symbol(span, 1, "I"), below, span)
    extent = _size(resolver, items[0])
    return Piece(Call("eye", (resolver.extent(extent, span),), (), span), (extent, extent))


def _size(resolver: Resolver, node: Node) -> Extent:
    """An extent written as a script."""
    if isinstance(node, Literal) and node.value.denominator == 1:
        return int(node.value)
    if isinstance(node, Symbol):
        known = resolver.declared.find((node.name,))
        if known is not None and known in resolver.declared.sizes:
            return known
    raise ReadError("a size is expected here", node.span, "write the name of an axis, such as n, or a number")


def _filled(resolver: Resolver, base: Ones, below: Script) -> Piece:
    r"""``\mathbf{1}_n``, ``\mathbf{0}_{n \times d}``, ``\mathbb{1}_{z > 0}``."""
    node = below.node
    while isinstance(node, Fenced) and len(node.items) == 1:
        node = node.items[0]
    if isinstance(node, Relation) and base.digit == "1":
        return condition(resolver, node)
    if node is None:
        raise ReadError("a size is expected here", below.span, "write the name of an axis")
    parts = [part for _, part, _ in node.factors] if isinstance(node, Product) else [node]
    if isinstance(node, Fenced):
        parts = list(node.items)
    shape = tuple(_size(resolver, part) for part in parts)
    trees = tuple(resolver.extent(extent, below.span) for extent in shape)
    word = "ones" if base.digit == "1" else "zeros"
    inside: Tree = trees[0] if len(trees) == 1 else Items(trees, below.span)
    return Piece(Call(word, (inside,), (), base.span), shape)


def _kronecker(resolver: Resolver, base: Symbol, below: Script, span: Span) -> Piece:
    items = selectors_of(below, 2)
    if len(items) != 2:
        raise resolver.undeclared(base)
    left, right = (resolver.index(item) for item in items)
    meet(left.extent, right.extent)
    return Piece(Compare("==", Name(left.name, span), Name(right.name, span), span))


def _above(resolver: Resolver, piece: Piece, node: Scripted, above: Script | None) -> Piece:
    """Primes and a superscript of an operand."""
    if node.primes:
        if not piece.rank:
            raise ReadError(
                "a prime is not read here", node.span, "declare the name, or write the derivative out"
            )
        for _ in range(node.primes):
            piece = transposed(piece, node.span)
    return piece if above is None else raised(resolver, piece, above, node)


def raised(resolver: Resolver, piece: Piece, above: Script, node: Scripted) -> Piece:
    """An operand with a superscript."""
    text, span = above.text, node.span
    if text in _TRANSPOSES and not piece.rank:
        resolver.strain += 4
    if text in _TRANSPOSES and (text != "T" or piece.rank or resolver.declared.find(("T",)) is None):
        return transposed(piece, span)
    if text in ("-⊤", "-T", "⊤-", "T-"):
        return transposed(inverse(piece, span), span)
    if text == "′":
        return transposed(piece, span)
    if text in ("+", "†", "dagger") and piece.rank == 2:
        return Piece(Call("pinv", (piece.tree,), (), span), piece.shape[::-1])
    if text.startswith((r"\odot", r"\circ", "⊙", "∘")) and above.node is not None:
        return _entries(piece, resolver.piece(above.node), span)
    if above.node is None:
        if above.problem is not None and len(above.text) > 1:
            raise above.problem
        raise ReadError(f"this superscript can't be read: {text}", above.span, "write a number, or ^\\top")
    if isinstance(above.node, Fenced) and above.node.kind in "([" and piece.rank:
        return subscripted(resolver, piece, opened(above), span)
    exponent = resolver.piece(above.node)
    head = node.base.head if isinstance(node.base, Applied) else None
    if head is not None and not exponent.rank and is_elementwise(head.name):
        return _entries(piece, exponent, span)
    return power(piece, exponent, span)


def _entries(piece: Piece, exponent: Piece, span: Span) -> Piece:
    if piece.bars:
        raise bars_in_two_ways(span)
    return Piece(Binary("**", piece.tree, exponent.tree, span), piece.shape, piece.row)
