"""Functions of what stands behind them, in brackets or not."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from gradwright.language.fold import fold
from gradwright.language.scope import ReadError
from gradwright.language.tex import scripts
from gradwright.language.tex.grids import in_a_row
from gradwright.language.tex.nodes import Applied, Fenced, Head, Literal, Negated, Node, Script
from gradwright.language.tex.pieces import Piece, broadcast, meet, spell
from gradwright.language.tex.products import inverse, transposed
from gradwright.language.tex.spoken import ENTRYWISE
from gradwright.language.tree import Binary, Call, Negate, Number, Sequence, Span, Tree
from gradwright.language.words import UNARY, listed

if TYPE_CHECKING:
    from gradwright.language.tex.resolve import Resolver

_INVERSES = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "sinh": "arcsinh", "cosh": "arccosh",
    "tanh": "arctanh",
    "sec": "arcsec", "csc": "arccsc", "cot": "arccot",
}  # fmt: skip
_NUMBERS = listed("sum mean var std prod logsumexp norm1 norm2")


def applied(resolver: Resolver, node: Node) -> Piece:
    """A function with its arguments and its own scripts."""
    assert isinstance(node, Applied) and node.head is not None
    head = node.head
    arguments = [resolver.piece(argument) for argument in node.arguments]
    name = head.name
    inverted = head.above is not None and _is_minus_one(head.above.node)
    if inverted:
        if name not in _INVERSES:
            raise ReadError(f"the inverse of {name} is not read", head.span, "write 1/f for one over it")
        name = _INVERSES[name]
    made = _BUILD.get(name, _plain_call)(resolver, name, arguments, head, node.span)
    if head.below is not None and name not in _BELOW:
        raise ReadError(f"a subscript of {name} is not read", head.below.span, "put it behind the brackets")
    if head.above is None or inverted:
        return made
    return _raised(resolver, made, head.above, node.span)


def _is_minus_one(node: Node | None) -> bool:
    return isinstance(node, Negated) and isinstance(node.operand, Literal) and node.operand.value == 1


def _raised(resolver: Resolver, made: Piece, above: Script, span: Span) -> Piece:
    r"""``\tanh^2 z``: a power of the value, entry by entry."""
    if above.text in ("⊤", "T"):
        return transposed(made, span)
    if above.node is None:
        raise ReadError("this superscript can't be read", above.span, "write a number")
    exponent = resolver.piece(above.node)
    return Piece(
        Binary("**", made.tree, exponent.tree, span), broadcast(made.shape, exponent.shape), made.row
    )


Build = Callable[["Resolver", str, list[Piece], Head, Span], Piece]


def _one(name: str, arguments: list[Piece], span: Span) -> Piece:
    if len(arguments) != 1:
        raise ReadError(f"{name} takes 1 argument, here it has {len(arguments)}", span, "check the commas")
    return arguments[0]


def _plain_call(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    trees = tuple(argument.tree for argument in arguments)
    if name in ENTRYWISE and name in UNARY:
        inner = _one(name, arguments, span)
        if name == "exp":
            scripts.check_exponent(inner, span)
        return Piece(Call(name, trees, (), span), inner.shape, inner.row)
    call = Call(name, trees, (), span)
    known = resolver.shape_of(call) if name not in ENTRYWISE else None
    if known is not None:
        return Piece(call, known, arguments[0].row and known == arguments[0].shape)
    shape = arguments[0].shape
    for argument in arguments[1:]:
        shape = broadcast(shape, argument.shape)
    return Piece(call, shape, arguments[0].row)


def _reduction(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    r"""Over all entries, or along the axis that stands below the name."""
    inner = _one(name, arguments, span)
    if head.below is None:
        return Piece(Call(name, (inner.tree,), (), span))
    axes = [
        int(node.value) for node in _axes(head.below) if isinstance(node, Literal) and node.value < inner.rank
    ]
    if not axes or len(axes) < len(_axes(head.below)) or len(set(axes)) < len(axes):
        raise ReadError(
            f"this subscript of {name} is not read", head.below.span, "put it behind the brackets"
        )
    trees = tuple(Number(Fraction(axis), "", head.below.span) for axis in axes)
    axis: Tree = trees[0] if len(trees) == 1 else Sequence(trees, head.below.span)
    shape = tuple(extent for place, extent in enumerate(inner.shape) if place not in axes)
    return Piece(Call(name, (inner.tree,), (("axis", axis),), span), shape)


def _axes(below: Script) -> tuple[Node, ...]:
    """The numbers of axes below a name."""
    node = below.node
    while isinstance(node, Fenced) and len(node.items) == 1:
        node = node.items[0]
    return node.items if isinstance(node, Fenced) else () if node is None else (node,)


def _trace(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    inner = _one("tr", arguments, span)
    if not inner.rank:
        return inner
    return Piece(Call("trace", (_square("tr", inner, span).tree,), (), span))


def _square(name: str, piece: Piece, span: Span) -> Piece:
    if piece.rank != 2:
        raise ReadError(f"{name} takes a matrix, and this is {spell(piece.shape)}", span, "check the shapes")
    meet(*piece.shape)
    return piece


def _number_of_matrix(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    inner = _square(name, _one(name, arguments, span), span)
    return Piece(Call(name, (inner.tree,), (), span))


def _matrix_of_matrix(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    inner = _square(name, _one(name, arguments, span), span)
    return inverse(inner, span) if name == "inv" else Piece(Call(name, (inner.tree,), (), span), inner.shape)


def _log(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    inner = _one(name, arguments, span)
    tree = inner.tree
    if isinstance(tree, Call) and tree.function == "det" and _stands_between_bars(resolver, tree):
        return Piece(Call("logdet", tree.arguments, (), span))
    made: Tree = Call("log", (tree,), (), span)
    base: Tree | None = Number(Fraction(10), "", span) if name == "log10" else None
    if head.below is not None:
        base = resolver.piece(head.below.node).tree if head.below.node is not None else None
    if base is not None:
        made = Binary("/", made, Call("log", (base,), (), span), span)
    return Piece(made, inner.shape, inner.row)


def _stands_between_bars(resolver: Resolver, tree: Call) -> bool:
    return tree.span != tree.arguments[0].span and resolver.text[tree.span[0] : tree.span[0] + 4] != "\\det"


def _diagonal(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    inner = _square(name, _one(name, arguments, span), span)
    return Piece(Call(name, (inner.tree,), (), span), inner.shape[:1])


def _diag(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    inner = _one(name, arguments, span)
    if inner.rank == 1:
        return Piece(Call("diag", (inner.tree,), (), span), (inner.shape[0], inner.shape[0]))
    if inner.rank == 2:
        return Piece(Call("diagonal", (inner.tree,), (), span), inner.shape[:1])
    raise ReadError(
        f"diag takes a vector or a matrix, and this is {spell(inner.shape)}", span, "check the shapes"
    )


def _softmax(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    r"""Along the last axis: a row of a matrix, as NumPy's users write it, holds one example."""
    inner = _one(name, arguments, span)
    axis = Negate(Number(Fraction(1), "", span), span)
    options: tuple[tuple[str, Tree], ...] = (("axis", axis),) if inner.rank > 1 else ()
    if head.below is not None and inner.rank > 1:
        options = (("axis", _axis(head.below)),)
    return Piece(Call(name, (inner.tree,), options, span), inner.shape, inner.row)


def _axis(below: Script) -> Tree:
    node = below.node
    if isinstance(node, Literal):
        return Number(node.value, "", node.span)
    raise ReadError(
        "this subscript of softmax is not read", below.span, "leave it out: each row is normalised"
    )


def _extremum(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    if head.below is not None:
        return _reduction(resolver, name, arguments, head, span)
    if len(arguments) == 1:
        inner = arguments[0]
        return Piece(Call(name, (inner.tree,), (), span)) if inner.rank else inner
    result = arguments[0]
    for other in arguments[1:]:
        shape = broadcast(result.shape, other.shape)
        result = Piece(Call(f"{name}imum", (result.tree, other.tree), (), span), shape)
    return result


def _vec(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    """The columns of a matrix one below the other."""
    inner = _one(name, arguments, span)
    if inner.rank < 2:
        return inner
    flat = Call("ravel", (transposed(inner, span).tree,), (), span)
    return Piece(flat, ("*".join(str(extent) for extent in inner.shape[::-1]),))


def _logit(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    inner = _one(name, arguments, span)
    rest = Binary("-", Number(Fraction(1), "", span), inner.tree, span)
    return Piece(Call("log", (Binary("/", inner.tree, rest, span),), (), span), inner.shape)


def _reciprocal(of: str) -> Build:
    """An inverse function of a reciprocal: ``arcsec x`` is ``arccos(1/x)``."""

    def build(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
        inner = _one(name, arguments, span)
        ratio = Binary("/", Number(Fraction(1), "", span), inner.tree, span)
        return Piece(Call(of, (ratio,), (), span), inner.shape)

    return build


def _of_numbers(combine: Callable[[int, int], int]) -> Build:
    """The greatest divisor or least multiple of numbers, which may be fractions over one denominator."""

    def build(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
        values = [fold(argument.tree, _constant) for argument in arguments]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            raise ReadError(f"{name} is only read of numbers", span, "write its value")
        below = math.lcm(*(value.denominator for value in known))
        result = abs(int(known[0] * below))
        for value in known[1:]:
            result = combine(result, int(value * below))
        return Piece(Number(Fraction(result, below), "", span))

    return build


def _constant(node: Tree, parts: tuple[Fraction | None, ...]) -> Fraction | None:
    """The value of a number made of others by the four operations, or None."""
    known = [part for part in parts if part is not None]
    if isinstance(node, Number):
        return node.value
    if len(known) < len(parts):
        return None
    if isinstance(node, Negate):
        return -known[0]
    if isinstance(node, Binary) and node.operator in _ARITHMETIC and (node.operator != "/" or known[1]):
        return _ARITHMETIC[node.operator](*known)
    return None


_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def _concat(resolver: Resolver, name: str, arguments: list[Piece], head: Head, span: Span) -> Piece:
    if any(piece.rank != 1 for piece in arguments):
        raise ReadError("concat is read of vectors", span, r"write \begin{bmatrix} ... \end{bmatrix}")
    return in_a_row(arguments, 0, span)


_BELOW = frozenset({"log", "softmax", "log_softmax", "max", "min"}) | _NUMBERS
_BUILD: dict[str, Build] = {
    **dict.fromkeys(_NUMBERS, _reduction),
    "tr": _trace, "det": _number_of_matrix, "logdet": _number_of_matrix, "inv": _matrix_of_matrix,
    "expm": _matrix_of_matrix, "cholesky": _matrix_of_matrix, "log": _log, "log10": _log, "diag": _diag,
    "diagonal": _diagonal,
    "softmax": _softmax, "log_softmax": _softmax, "max": _extremum, "min": _extremum, "vec": _vec,
    "logit": _logit,
    "arcsec": _reciprocal("arccos"), "arccsc": _reciprocal("arcsin"), "arccot": _reciprocal("arctan"),
    "gcd": _of_numbers(math.gcd), "lcm": _of_numbers(math.lcm), "concat": _concat,
}  # fmt: skip
