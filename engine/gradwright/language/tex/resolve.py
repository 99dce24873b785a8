r"""From what a LaTeX text says to the tree that it means, by the shapes of the declared values.

``x_i`` with ``x`` undeclared and ``X`` declared is row ``i`` of ``X`` (and ``x_{ij}`` its entry): a sample's
small letter beside the capital of all samples. Where the index's own upper bound names another axis of ``X``
(``\sum_{k=1}^{K} w_k`` with ``W`` of shape ``d K``), it is the slice along that axis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradwright.errors import nearest
from gradwright.language.scope import ReadError
from gradwright.language.tex import calls, factors, grids, scripts, sums
from gradwright.language.tex.indices import Index
from gradwright.language.tex.labels import gradient_names
from gradwright.language.tex.nodes import (
    Applied,
    Big,
    Constant,
    Derivative,
    Fenced,
    Grid,
    Head,
    Literal,
    Negated,
    Node,
    Ones,
    Postfix,
    Product,
    Quotient,
    Relation,
    Scripted,
    Symbol,
    Total,
)
from gradwright.language.tex.pieces import Extent, Piece, Shape, Unknown, extent_tree, found, hole
from gradwright.language.tex.places import first_place
from gradwright.language.tex.spelled import Declared
from gradwright.language.tree import Call, Name, Number, Sequence, Span, Tree, rebuild

Infer = Callable[[Tree], Shape]

WORK = 1_000
"""Terms of sums over numbers that one text may write out."""


class Resolver:
    """Finds the meaning of one text.

    Args:
        text: The text.
        declared: The names that the text may use.
        shapes: The shape of each declared value.
        infer: The shape of a tree, for functions that change it.

    Attributes:
        strain: How unusual the shapes are that met; a guess of shapes keeps it small.
    """

    def __init__(
        self, text: str, declared: Declared, shapes: Mapping[str, Shape], infer: Infer | None = None
    ) -> None:
        self.text = text
        self.declared = declared
        self.shapes = shapes
        self.infer = infer
        self.indices: dict[str, Index] = {}
        self.free: dict[str, Index] = {}
        self.holes: list[Unknown] = []
        self.first: int | None = 1
        self.asked = False
        self.strain = 0
        self.work = WORK

    def piece(self, node: Node | None) -> Piece:
        """The operand that a node stands for."""
        assert node is not None
        return _READ[type(node)](self, node)

    def finish(self, piece: Piece) -> Tree:
        """The tree of a whole text, with the extents that were found on the way."""
        tree = piece.tree
        if piece.written and piece.rank == 1:
            tree = Sequence((tree,), tree.span)
        return self.filled(tree) if self.holes else tree

    def filled(self, tree: Tree) -> Tree:
        """The tree with unknown extents replaced by what they turned out to be."""
        values = {hole(unknown): unknown for unknown in self.holes}

        def fill(node: Tree) -> Tree:
            if isinstance(node, Name) and node.name in values:
                extent = found(values[node.name])
                if isinstance(extent, Unknown):
                    raise ReadError(
                        "nothing says how large this is",
                        node.span,
                        r"give its size, as in I_n or \mathbf{1}_n",
                    )
                return extent_tree(extent, node.span)
            return rebuild(node, fill)

        return fill(tree)

    def shape_of(self, tree: Tree) -> Shape | None:
        """The shape of a tree, where all of it is known already."""
        if self.infer is None or self.holes or self.indices or self.free:
            return None
        try:
            return self.infer(tree)
        except ReadError:
            return None

    def unknown(self) -> Unknown:
        """An extent that is not known yet."""
        self.holes.append(Unknown(len(self.holes)))
        return self.holes[-1]

    def unknown_index(self) -> Unknown:
        """The extent of an index, which no tree holds."""
        return Unknown(-1)

    def index(self, node: Node) -> Index:
        """The index that a letter is: one that a sum binds, else a free one.

        Raises:
            ReadError: It is no letter.
        """
        if not isinstance(node, Symbol):
            raise ReadError("an index is expected here", node.span, "write a letter such as i")
        index = self.indices.get(node.name) or self.free.get(node.name)
        if index is None:
            if node.name in self.shapes:
                raise ReadError(f"{node.name} is a value, not an index", node.span, "choose another letter")
            if len(node.name.rstrip("_")) > 1 or not node.name.isidentifier():
                raise self.undeclared(node)
            index = self.free[node.name] = Index(node.name, self.unknown_index(), self.start())
        return index

    def start(self) -> int | None:
        """The number of the first place on an axis; None where the text says both 0 and 1."""
        if not self.asked:
            self.first, self.asked = first_place(self.text, self.declared), True
        return self.first

    def base(self, span: Span) -> int:
        """The number of the first place on an axis.

        Raises:
            ReadError: The text says both 0 and 1.
        """
        start = self.start()
        if start is None:
            raise ReadError("places are counted both from 1 and from 0 here", span, "count from 1 everywhere")
        return start

    # Leaves

    def name(self, symbol: Symbol) -> Piece:
        """The value, size, index or constant that a letter or a word is.

        Raises:
            ReadError: It is not declared.
        """
        name, span = symbol.name, symbol.span
        if name in self.indices:
            return self.indices[name].value(span)
        known = self.declared.find((name,))
        if known is not None:
            return self.known(known, span)
        if name == "e":
            return Piece(Name("E", span))
        if name in self.free:
            return self.free[name].value(span)
        if name == "I":
            extent = self.unknown()
            return Piece(Call("eye", (Name(hole(extent), span),), (), span), (extent, extent))
        raise self.undeclared(symbol)

    def known(self, name: str, span: Span) -> Piece:
        """A declared value or the size of an axis."""
        shape = self.shapes.get(name, ())
        return Piece(Name(name, span), shape, plain=bool(shape))

    def undeclared(self, symbol: Symbol) -> ReadError:
        """The error about a name that nothing declares."""
        known = sorted(self.declared.known)
        hint = nearest(symbol.name, known) or (f"known names: {', '.join(known[:12])}" if known else "")
        if symbol.name in ("⊤", "†", "′"):
            return ReadError("a transpose needs something before it", symbol.span, r"write A^\top")
        return ReadError(f"{symbol.name} is not declared", symbol.span, hint)

    def _derivative(self, node: Node) -> Piece:
        assert isinstance(node, Derivative)
        known = self.declared.find(gradient_names(node))
        if known is None:
            raise ReadError("this derivative is not a declared name", node.span, "write it out")
        return self.known(known, node.span)

    def _ones(self, node: Node) -> Piece:
        assert isinstance(node, Ones)
        extent = self.unknown()
        word = "ones" if node.digit == "1" else "zeros"
        return Piece(Call(word, (Name(hole(extent), node.span),), (), node.span), (extent,))

    def extent(self, extent: Extent, span: Span) -> Tree:
        """An extent as a tree."""
        return extent_tree(extent, span)


def _literal(resolver: Resolver, node: Node) -> Piece:
    assert isinstance(node, Literal)
    return Piece(Number(node.value, node.text, node.span))


def _symbol(resolver: Resolver, node: Node) -> Piece:
    assert isinstance(node, Symbol)
    return resolver.name(node)


def _constant(resolver: Resolver, node: Node) -> Piece:
    assert isinstance(node, Constant)
    known = resolver.declared.find((node.name,)) if node.name != "E" else None
    return resolver.known(known, node.span) if known else Piece(Name(node.name, node.span))


def _head(resolver: Resolver, node: Node) -> Piece:
    assert isinstance(node, Head)
    raise ReadError(f"{node.name} needs an argument", node.span, "write what it is applied to")


_READ: dict[type[Node], Callable[[Resolver, Node], Piece]] = {
    Literal: _literal, Symbol: _symbol, Constant: _constant, Head: _head,
    Ones: Resolver._ones, Derivative: Resolver._derivative, Total: factors.total,
    Negated: factors.negation, Product: factors.product, Quotient: factors.quotient,
    Relation: factors.relation, Postfix: factors.postfix,
    Fenced: grids.fenced, Grid: grids.grid, Scripted: scripts.scripted, Applied: calls.applied, Big: sums.big,
}  # fmt: skip
