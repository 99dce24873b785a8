"""How large a text may be, and why: whatever a stranger types is read or refused in well under a second."""

from __future__ import annotations

from fractions import Fraction

from gradwright.language.scope import ReadError
from gradwright.language.tree import Binary, Call, Negate, Number, Span, Tree, children, walk

SECONDS = 5.0
"""How long one answer may take, from its text to its verdict."""
MEGABYTES = 300
"""Private memory of the process that judges it."""
LENGTH = 10_000
"""Characters of one expression (the longest closed form of the catalogue's models has some 2,000)."""
FORMULAS_LENGTH = 100_000
"""Characters of a block of formulas."""
DEPTH = 120
"""Nested brackets, and the height of a tree: a walk by recursion stays far from Python's own limit."""
NODES = 5_000
"""Nodes of one tree."""
DIGITS = 400
"""Digits of one number."""
EXPONENT = 400
"""Size of a decimal exponent: beyond the range of a float."""
POWER = 1_000
"""Size of a power that is a number."""
BITS = 20_000
"""Bits of a number that is worth computing from numbers alone."""
EXTENT = 10_000
"""Places of an axis that is given by a number, as in ``ones(3)``."""
FACTORIAL = 1_000
"""Largest number in a factorial or a binomial coefficient."""


def check_length(place: Span, limit: int = LENGTH) -> None:
    """Raise ReadError if the text at ``place`` is longer than it may be."""
    start, end = place
    if end - start > limit:
        message = f"the text has {end - start} characters; at most {limit} can be read"
        raise ReadError(message, (start + limit, start + limit + 1), "name parts of it, and use the names")


def read_number(text: str, span: Span) -> Fraction:
    """The exact value of a literal such as ``12``, ``.4`` or ``1e-9``."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > DIGITS:
        raise ReadError(f"a number may have {DIGITS} digits; this one has more", span, "round it")
    if exponent and (len(exponent) > 6 or abs(int(exponent)) > EXPONENT):
        raise ReadError(
            f"a decimal exponent may be at most {EXPONENT} in size", span, "use a number nearer to 1"
        )
    return Fraction(text)


def check_tree(tree: Tree) -> None:
    """Raise ReadError if the tree is too large or too deep, or computes a number beyond the bounds."""
    nodes = list(walk(tree))
    if len(nodes) > NODES:
        raise ReadError(f"the expression has {len(nodes)} parts; at most {NODES} can be read", tree.span)
    heights: dict[int, int] = {}
    values: dict[int, Fraction | None] = {}
    for node in reversed(nodes):
        parts = children(node)
        height = 1 + max([heights[id(part)] for part in parts], default=0)
        if height > DEPTH:
            raise ReadError(
                f"the expression is nested deeper than {DEPTH} levels", node.span, "name parts of it"
            )
        heights[id(node)] = height
        values[id(node)] = _constant(node, [values[id(part)] for part in parts])


def _constant(node: Tree, parts: list[Fraction | None]) -> Fraction | None:
    """The node's value if it is made of numbers alone, else None; ReadError if it is beyond the bounds."""
    match node:
        case Number():
            return node.value
        case Negate():
            return None if parts[0] is None else -parts[0]
        case Binary():
            return _operate(node, *parts)
        case Call(function="factorial" | "binomial"):
            if any(part is not None and abs(part) > FACTORIAL for part in parts):
                raise ReadError(
                    f"{node.function} of a number above {FACTORIAL}", node.span, "use a smaller number"
                )
    return None


def _operate(node: Binary, left: Fraction | None, right: Fraction | None) -> Fraction | None:
    if node.operator == "**" and right is not None and abs(right) > POWER:
        raise ReadError(f"a power may be at most {POWER} in size", node.right.span, "use a smaller power")
    if left is None or right is None:
        return None
    match node.operator:
        case "+":
            return _bounded(left + right, node)
        case "-":
            return _bounded(left - right, node)
        case "*":
            return _bounded(left * right, node)
        case "/" if right:
            return _bounded(left / right, node)
        case "**" if right.denominator == 1 and (left or right > 0):
            _check_bits(_bits(left) * max(1, abs(right.numerator)), node)
            power = left**right.numerator
            return _bounded(Fraction(power), node)
        case _:
            return None


def _bits(value: Fraction) -> int:
    """Bits that a power of the number grows by; 1, 0 and -1 do not grow."""
    if abs(value) in (0, 1):
        return 0
    return value.numerator.bit_length() + value.denominator.bit_length()


def _check_bits(bits: int, node: Binary) -> None:
    if bits > BITS:
        raise ReadError(f"the number has more than {BITS} binary digits", node.span, "use a smaller number")


def _bounded(value: Fraction, node: Binary) -> Fraction:
    _check_bits(_bits(value), node)
    return value
