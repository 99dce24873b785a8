"""A named index while what it subscripts is read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gradwright.language.scope import ReadError
from gradwright.language.tex.pieces import Extent, Piece
from gradwright.language.tree import Binary, Name, Number, Span, Tree


@dataclass(slots=True)
class Index:
    """A named index while what it subscripts is read.

    Args:
        name: Its letter.
        extent: How many places it runs over.
        start: The number that its first place stands for: 1, or 0 where counting begins there; None where the
            text says both.
        upper: The size that it is said to run to, if that is the name of one.
        likely: The extent of an axis that it subscripts as ``t - 1``.
        constant: The number that it is, while a sum over numbers is written out.
        used: Whether it subscripts an axis.
        valued: Whether it is computed with.
    """

    name: str
    extent: Extent
    start: int | None = 1
    upper: str | None = None
    likely: Extent | None = None
    constant: Fraction | None = None
    used: bool = False
    valued: bool = False

    def value(self, span: Span) -> Piece:
        """The number that the index is."""
        if self.constant is not None:
            return Piece(Number(self.constant, "", span))
        self.valued = True
        if self.start is None:
            raise ReadError(
                "places are counted both from 1 and from 0 here", span, f"write what {self.name} starts from"
            )
        tree: Tree = Name(self.name, span)
        if self.start:
            tree = Binary("+", tree, Number(Fraction(self.start), "", span), span)
        return Piece(tree)
