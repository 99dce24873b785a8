"""Trees as text in NumPy's spelling, with brackets where a reader or the parser needs them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gradwright.language.fold import fold
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Sequence,
    Slice,
    Text,
    Tree,
    children,
)
from gradwright.language.words import INDEX_REDUCTIONS

_COMPARE, _SUM, _SIGNED, _PRODUCT, _POWER, _POSTFIX = range(6)
_SPACED = {"+": " + ", "-": " - ", "@": " @ ", "*": "*", "/": "/", "**": "**"}
_SHORT = 6
"""A fraction is printed as a decimal if that has at most so many digits."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A printed sub-tree, and how tightly its outermost operator binds."""

    text: str
    level: int = _POSTFIX

    def at(self, level: int) -> str:
        """The text, in brackets if it binds less tightly than ``level``."""
        return self.text if self.level >= level else f"({self.text})"


def to_text(tree: Tree) -> str:
    """Print a tree so that ``parse`` reads an equal one.

    A number that the program made is read back as the quotient or the negation that it is printed as.

    >>> from gradwright.language.tree import Binary, Call, Name
    >>> to_text(Binary("@", Call("transpose", (Name("X"),)), Name("dZ")))
    'X.T @ dZ'
    """
    return fold(tree, _print).text


def number_text(value: Fraction, text: str = "") -> str:
    """A number in digits: as it was written, else a whole number, a short decimal or a quotient."""
    if text:
        return text
    decimal = short_decimal(value)
    return decimal if decimal is not None else f"{value.numerator}/{value.denominator}"


def short_decimal(value: Fraction) -> str | None:
    """The exact decimal of a number, or None if it has none with few digits."""
    if value.denominator == 1:
        return str(value.numerator)
    places = next((k for k in range(25) if (value * 10**k).denominator == 1), None)
    if places is None:
        return None
    digits = abs((value * 10**places).numerator)
    if len(str(digits)) > _SHORT:
        return None
    sign = "-" if value < 0 else ""
    if places > _SHORT:
        return f"{sign}{digits}e-{places}"
    whole, rest = divmod(digits, 10**places)
    return f"{sign}{whole}.{rest:0{places}d}"


def _print(node: Tree, parts: tuple[_Piece, ...]) -> _Piece:
    match node:
        case Number():
            return _number(node)
        case Name():
            return _Piece(node.name)
        case Text():
            return _Piece(f"'{node.value}'" if "'" not in node.value else f'"{node.value}"')
        case NewAxis():
            return _Piece("None")
        case Negate():
            return _Piece("-" + parts[0].at(_PRODUCT), _SIGNED)
        case Binary():
            return _binary(node, *parts)
        case Compare():
            left, right = parts
            return _Piece(f"{left.at(_SUM)} {node.operator} {right.at(_SUM)}", _COMPARE)
        case Sequence():
            inside = ", ".join(part.text for part in parts)
            return _Piece(f"({inside},)" if len(parts) == 1 else f"({inside})" if parts else "[]")
        case Slice():
            return _slice(node, parts)
        case Item():
            selectors = (_tight(node_, part) for node_, part in zip(node.selectors, parts[1:], strict=True))
            return _Piece(f"{parts[0].at(_POSTFIX)}[{', '.join(selectors)}]")
        case Call():
            return _call(node, parts)


def _number(node: Number) -> _Piece:
    text = number_text(node.value, node.text)
    if node.value < 0:
        return _Piece(text, _SIGNED)
    return _Piece(text, _PRODUCT if "/" in text else _POSTFIX)


def _binary(node: Binary, left: _Piece, right: _Piece) -> _Piece:
    sign = _SPACED[node.operator]
    match node.operator:
        case "+" | "-":
            return _Piece(left.at(_SUM) + sign + right.at(_PRODUCT), _SUM)
        case "**":
            exponent = right.text if _is_short_negative(node.right) else right.at(_POWER)
            return _Piece(left.at(_POSTFIX) + sign + exponent, _POWER)
        case _:
            first = f"({left.text})" if _misleads(node) else left.at(_PRODUCT)
            return _Piece(first + sign + right.at(_POWER), _PRODUCT)


def _misleads(node: Binary) -> bool:
    """Whether a left operand without brackets misleads: ``(M*R) @ V``, ``(a @ b)*c``, not ``2*X.T @ y/n``."""
    left = node.left
    if not isinstance(left, Binary) or left.operator not in "*/@":
        return False
    match left.operator, node.operator:
        case ("@", "*"):
            return True
        case ("*" | "/", "@") | ("/", "*"):
            return not _starts_with_number(left)
        case ("@", "/"):
            return isinstance(node.right, Binary) and node.right.operator != "**"
        case _:
            return False


def _starts_with_number(tree: Tree) -> bool:
    while isinstance(tree, Binary) and tree.operator in "*/@":
        tree = tree.left
    return isinstance(tree, Number)


def _is_short_negative(tree: Tree) -> bool:
    return (
        isinstance(tree, Negate)
        and isinstance(tree.operand, Number | Name)
        and _number_is_plain(tree.operand)
    )


def _number_is_plain(tree: Number | Name) -> bool:
    return isinstance(tree, Name) or (tree.value >= 0 and "/" not in number_text(tree.value, tree.text))


def _slice(node: Slice, parts: tuple[_Piece, ...]) -> _Piece:
    rest = iter(parts)
    places = [
        "" if place is None else _tight(place, next(rest)) for place in (node.start, node.stop, node.step)
    ]
    return _Piece(":".join(places if node.step is not None else places[:2]))


def _tight(node: Tree, piece: _Piece) -> str:
    """A selector; a short sum such as ``t-1`` has no spaces."""
    simple = isinstance(node, Binary) and all(isinstance(side, Name | Number) for side in children(node))
    return piece.text.replace(" ", "") if simple else piece.text


def _call(node: Call, parts: tuple[_Piece, ...]) -> _Piece:
    arguments, options = parts[: len(node.arguments)], parts[len(node.arguments) :]
    if len(arguments) == 1 and not options and node.function == "transpose":
        return _Piece(_target(node.arguments[0], arguments[0]) + ".T")
    if node.function == "astype":
        return _Piece(_target(node.arguments[0], arguments[0]) + ".astype(float)")
    if node.function == "shape" and arguments:
        place = f"[{arguments[1].text}]" if len(arguments) == 2 else ""
        return _Piece(f"{_target(node.arguments[0], arguments[0])}.shape{place}")
    if _hides_an_axis(node):
        first = node.arguments[0]
        indices = arguments[0].text if isinstance(first, Name) else arguments[0].text[1:-1].rstrip(",")
        return _Piece(f"{node.function}_{{{indices}}} {arguments[1].at(_SIGNED)}", _SIGNED)
    inside = [piece.text for piece in arguments]
    inside += [f"{name}={piece.text}" for (name, _), piece in zip(node.options, options, strict=True)]
    return _Piece(f"{node.function}({', '.join(inside)})")


def _target(node: Tree, piece: _Piece) -> str:
    """What a method or an attribute stands behind; a number's dot would be read as a decimal point."""
    return f"({piece.text})" if isinstance(node, Number) else piece.at(_POSTFIX)


def _hides_an_axis(node: Call) -> bool:
    """Whether ``sum(i, 1)`` would be read as a sum along an axis, or ``max(i, x)`` as the larger of two."""
    if node.function not in INDEX_REDUCTIONS or len(node.arguments) != 2:
        return False
    first, body = node.arguments
    names = first.items if isinstance(first, Sequence) else (first,)
    if not names or not all(isinstance(name, Name) for name in names):
        return False
    if node.function in ("max", "min"):
        return True
    bare = body.operand if isinstance(body, Negate) else body
    return isinstance(first, Name) and (
        isinstance(bare, Number) or (isinstance(bare, Name) and bare.name == "None")
    )
