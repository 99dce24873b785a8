"""A printed piece of LaTeX that knows how tightly it binds and what it may be put beside."""

from __future__ import annotations

import re
from dataclasses import dataclass

COMPARE, SUM, BIG, ODOT, JUXTAPOSED, POWER, ATOM = range(7)
"""From the loosest to the tightest; ``BIG`` is a sum sign with its body, ``ODOT`` a product of entries."""

_TALL = re.compile(r"\\(?:frac|sum|prod|binom|begin|left|sqrt|max|min)(?![a-z])")
_ENDS_WITH_WORD = re.compile(r"\\[A-Za-z]+$")
_UPRIGHT = re.compile(r"\\(?:mathrm|text|hat|bar|tilde|dot|vec)?\{[^{}]{2,}\}$")


@dataclass(frozen=True, slots=True)
class Fragment:
    r"""LaTeX of a sub-tree.

    Args:
        tex: The LaTeX.
        level: How tightly its outermost operator binds.
        row: A vector's LaTeX as a row, where that is not just its transpose.
        across: For a sum down the columns of a matrix, the sums as a row (without ``lead``).
        narrow: What stands in a matrix product for an array of one column or one row.
        column: For an array that repeats a vector along the rows of a matrix, the vector.
        lead: The scalar in front of a product.
        rest: The product without ``lead``.
        head: For ``\tanh(x)``, the parts before and after the place of a power.
        inner: For a transpose, what is transposed.
        halves: The two sides of a comparison, or of a fraction (the lower one as a factor).
        matrix: Whether it is a matrix product.
        fraction: Whether it is one fraction.
        capital: Whether its letters suggest a matrix, for when its order is not known.
    """

    tex: str
    level: int = ATOM
    row: str | None = None
    across: str | None = None
    narrow: Fragment | None = None
    column: str | None = None
    lead: str = ""
    rest: str | None = None
    head: tuple[str, str] | None = None
    inner: Fragment | None = None
    halves: tuple[str, str] | None = None
    matrix: bool = False
    fraction: bool = False
    capital: bool = False

    def at(self, level: int) -> str:
        """The LaTeX, in brackets if it binds less tightly than ``level``; a comparison as its indicator."""
        if self.level == COMPARE and level > COMPARE:
            return indicator(self.tex)
        if self.fraction and level in (JUXTAPOSED, POWER) and self.level == JUXTAPOSED:
            return self.tex
        return self.tex if self.level >= level else bracketed(self.tex)

    def subscriptable(self) -> str:
        """The LaTeX as what a subscript may be put to."""
        text = self.at(ATOM)
        return bracketed(text) if has_script(text) else text


def bracketed(text: str) -> str:
    """The text in round brackets as tall as it is."""
    return f"\\left({text}\\right)" if _TALL.search(text) else f"({text})"


def indicator(condition: str) -> str:
    """1 where the condition holds, else 0."""
    return (
        f"\\mathbb{{1}}\\left[{condition}\\right]"
        if _TALL.search(condition)
        else f"\\mathbb{{1}}[{condition}]"
    )


def has_script(text: str, signs: str = "_^") -> bool:
    """Whether the text ends with a sub- or superscript, so that another one would be a second."""
    depth = 0
    found = False
    for position, letter in enumerate(text):
        if letter in "{}" and text[position - 1 : position] != "\\":
            depth += 1 if letter == "{" else -1
        elif depth == 0 and letter in signs and text[position - 1 : position] != "\\":
            found = True
        elif depth == 0 and letter in " ()|":
            found = False
    return found


def beside(left: str, right: str, loose: bool = False) -> str:
    """Two factors in one line: a dot between figures, a thin space beside words, else nothing but a space."""
    if right[:1].isdigit() or (left[-1:].isdigit() and right.startswith(r"\frac{")):
        return f"{left} \\cdot {right}"
    wordy = _UPRIGHT.search(left) or right.startswith((r"\mathrm{", r"\text{"))
    if (loose and not right.startswith(("(", "\\left("))) or wordy:
        return f"{left} \\, {right}"
    return f"{left} {right}"


def raised(base: Fragment, exponent: str) -> str:
    """The base to a power."""
    text = base.at(ATOM)
    if has_script(text, "^"):
        text = bracketed(text)
    return f"{text}^{{{exponent}}}"


def transposed(fragment: Fragment) -> Fragment:
    """The transpose; that of a transpose is what was transposed."""
    if fragment.inner is not None:
        return fragment.inner
    if fragment.tex.endswith("^{-1}") and fragment.level == POWER:
        return Fragment(f"{fragment.tex[:-5]}^{{-\\top}}", POWER)
    text = fragment.at(ATOM)
    if has_script(text, "^"):
        text = bracketed(text)
    return Fragment(f"{text}^\\top", POWER, inner=fragment)


def row(fragment: Fragment) -> str:
    """A vector's LaTeX as a row."""
    return fragment.row if fragment.row is not None else transposed(fragment).tex


def diagonal(text: str) -> str:
    """The diagonal matrix of a vector."""
    return f"\\operatorname{{diag}}{bracketed(text)}"


def quotient(left: Fragment, right: Fragment, scalar: bool) -> Fragment:
    """A fraction; a scalar below a long product or a sum sign goes in front of it."""
    below = right.at(SUM)
    if scalar and left.level == BIG:
        return Fragment(beside(f"\\frac{{1}}{{{below}}}", left.tex), BIG)
    lead = f"\\frac{{{left.lead or 1}}}{{{below}}}"
    if scalar and left.rest is not None and (left.matrix or "(" in left.rest):
        return Fragment(beside(lead, left.rest), left.level, lead=lead, rest=left.rest, matrix=left.matrix)
    if scalar and left.matrix and left.level == JUXTAPOSED and ("(" in left.tex or left.across is not None):
        row_of = None if left.row is None else beside(lead, left.row)
        whole = beside(lead, left.tex)
        return Fragment(
            whole, JUXTAPOSED, row=row_of, across=left.across, lead=lead, rest=left.tex, matrix=True
        )
    if left.fraction and left.halves is not None:
        above, under = left.halves
        below = beside(under, right.at(JUXTAPOSED))
        return Fragment(f"\\frac{{{above}}}{{{below}}}", JUXTAPOSED, fraction=True, halves=(above, below))
    above = left.at(SUM)
    text = f"\\frac{{{above}}}{{{below}}}"
    return Fragment(text, JUXTAPOSED, fraction=True, halves=(above, right.at(JUXTAPOSED)))
