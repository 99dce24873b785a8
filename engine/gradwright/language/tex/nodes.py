"""What a LaTeX text says before anything is known of shapes: operands, scripts, products side by side."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gradwright.language.bounds import DEPTH
from gradwright.language.scope import ReadError
from gradwright.language.tree import NOWHERE, Span


@dataclass(slots=True, eq=False)
class Node:
    """Any part of a text; ``depth`` is how deep it is nested, bounded when it is made."""

    span: Span
    depth: int = 1


@dataclass(slots=True, eq=False)
class Literal(Node):
    """A number."""

    value: Fraction = Fraction(0)
    text: str = ""


@dataclass(slots=True, eq=False)
class Symbol(Node):
    """A letter or a word; ``word`` is whether it was written upright, as names of functions are."""

    name: str = ""
    word: bool = False


@dataclass(slots=True, eq=False)
class Constant(Node):
    """``pi``, ``E`` or ``inf``."""

    name: str = ""


@dataclass(slots=True, eq=False)
class Ones(Node):
    """A bold 1 or 0: a vector of them, or the indicator of a condition."""

    digit: str = "1"


@dataclass(slots=True, eq=False)
class Derivative(Node):
    """A derivative as a name: what is differentiated, and by what."""

    top: str = ""
    bottom: str = ""


@dataclass(slots=True, eq=False)
class Operator(Node):
    """A sign between operands."""

    sign: str = ""


@dataclass(slots=True, eq=False)
class Script:
    """A sub- or superscript: what it says as an operand, or why it is none, and its letters."""

    node: Node | None
    text: str
    span: Span
    depth: int = 1
    problem: ReadError | None = None


@dataclass(slots=True, eq=False)
class Head(Node):
    """A function or a big sign that waits for its argument."""

    kind: str = "func"
    name: str = ""
    below: Script | None = None
    above: Script | None = None


@dataclass(slots=True, eq=False)
class Scripted(Node):
    """An operand with a sub- or superscript or with primes."""

    base: Node | None = None
    below: Script | None = None
    above: Script | None = None
    primes: int = 0


@dataclass(slots=True, eq=False)
class Fenced(Node):
    """What stands between two delimiters, cut at commas."""

    kind: str = "("
    items: tuple[Node, ...] = ()


@dataclass(slots=True, eq=False)
class Grid(Node):
    """A matrix, or cases."""

    kind: str = "matrix"
    rows: tuple[tuple[Node, ...], ...] = ()


@dataclass(slots=True, eq=False)
class Negated(Node):
    """Unary minus."""

    operand: Node | None = None


@dataclass(slots=True, eq=False)
class Total(Node):
    """Terms with their signs."""

    terms: tuple[tuple[str, Node], ...] = ()


@dataclass(slots=True, eq=False)
class Product(Node):
    """Factors, each with the sign before it (empty side by side) and whether it touches the one before."""

    factors: tuple[tuple[str, Node, bool], ...] = ()


@dataclass(slots=True, eq=False)
class Relation(Node):
    """Sides and the comparisons between them."""

    sides: tuple[Node, ...] = ()
    signs: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Quotient(Node):
    """One operand above another."""

    kind: str = "frac"
    top: Node | None = None
    bottom: Node | None = None


@dataclass(slots=True, eq=False)
class Applied(Node):
    """A function of its arguments."""

    head: Head | None = None
    arguments: tuple[Node, ...] = ()


@dataclass(slots=True, eq=False)
class Big(Node):
    """A sum, product or maximum of a body over indices."""

    head: Head | None = None
    body: Node | None = None


@dataclass(slots=True, eq=False)
class Postfix(Node):
    """A factorial, a percentage or an angle in degrees."""

    sign: str = "!"
    operand: Node | None = None


def above(span: Span, *parts: Node | Script | None) -> int:
    """The depth of what holds the parts.

    Raises:
        ReadError: It is nested deeper than a tree may be.
    """
    depth = 1 + max((part.depth for part in parts if part is not None), default=0)
    if depth > DEPTH:
        raise ReadError(f"the expression is nested deeper than {DEPTH} levels", span, "name parts of it")
    return depth


def joined(first: Span, last: Span) -> Span:
    """From where the first begins to where the last ends."""
    return (min(first[0], last[0]), max(first[1], last[1])) if first != NOWHERE else last
