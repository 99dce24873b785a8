"""Functions that stand for an expression of the grammar's own: operators in words, logarithms to a base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from gradwright.language.scope import ReadError
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    Number,
    Sequence,
    Span,
    Text,
    Tree,
)
from gradwright.language.words import COMPARISONS, OPERATORS
from gradwright.language.written import Written, checked, counted


def _pair(call: Written) -> tuple[Tree, Tree]:
    """The two arguments of a call that takes two."""
    if len(call.arguments) != 2:
        raise ReadError(f"{call.word} takes {counted(2, 2)}, here it has {len(call.arguments)}", call.span)
    return call.arguments[0], call.arguments[1]


def _operator(call: Written) -> Tree:
    left, right = _pair(call)
    return Binary(OPERATORS[call.word], left, right, call.span)


def _single(make: Callable[[Tree, Span], Tree]) -> Callable[[Written], Tree]:
    """A function of one argument that stands for an expression of it."""

    def rewrite(call: Written) -> Tree:
        if len(call.arguments) != 1:
            raise ReadError(
                f"{call.word} takes {counted(1, 1)}, here it has {len(call.arguments)}", call.span
            )
        return make(call.arguments[0], call.span)

    return rewrite


def _log_to(base: int) -> Callable[[Written], Tree]:
    def make(value: Tree, span: Span) -> Tree:
        divisor = Call("log", (Number(Fraction(base), "", span),), (), span)
        return Binary("/", Call("log", (value,), (), span), divisor, span)

    return _single(make)


def _astype(call: Written) -> Tree:
    """Only to floats, or of a comparison to any number: both leave the value as it is."""
    target, *kinds = call.arguments + tuple(value for _, value in call.options)
    kind = kinds[0] if len(kinds) == 1 else None
    word = kind.name if isinstance(kind, Name) else kind.value if isinstance(kind, Text) else ""
    if word.startswith("float") or (word in ("int", "bool") and isinstance(target, Compare)):
        return Call("astype", (target,), (), call.span)
    raise ReadError("astype changes the value here", call.span, "write .astype(float)")


def _grouped(call: Written) -> Tree:
    """``reshape`` and ``transpose``: the extents or axes as one tuple."""
    rest = call.arguments[1:] + tuple(value for _, value in call.options)
    if len(rest) >= 2 or (
        call.word == "reshape" and len(rest) == 1 and not isinstance(rest[0], Sequence | Call)
    ):
        span = (rest[0].span[0], rest[-1].span[1])
        rest = (Sequence(rest, span),)
    return checked(replace(call, arguments=(*call.arguments[:1], *rest), options=()))


def _norm(call: Written) -> Tree:
    kind = dict(call.options).get("ord")
    if kind is None:
        return checked(call)
    rest = tuple(option for option in call.options if option[0] != "ord")
    return checked(replace(call, arguments=(*call.arguments, kind), options=rest))


def _compared(operator: str) -> Callable[[Written], Tree]:
    """``np.greater(a, b)`` as ``a > b``."""

    def rewrite(call: Written) -> Tree:
        left, right = _pair(call)
        return Compare(operator, left, right, call.span)

    return rewrite


def _truth(tree: Tree) -> Tree:
    """1 where the tree is not 0: a comparison is so already."""
    return (
        tree
        if isinstance(tree, Compare)
        else Compare("!=", tree, Number(Fraction(0), "", tree.span), tree.span)
    )


def _both(call: Written) -> Tree:
    left, right = _pair(call)
    return Binary("*", _truth(left), _truth(right), call.span)


def _either(call: Written) -> Tree:
    return Call("maximum", tuple(_truth(tree) for tree in _pair(call)), (), call.span)


def _neither(tree: Tree, span: Span) -> Tree:
    return Binary("-", Number(Fraction(1), "", span), _truth(tree), span)


def _multi_dot(call: Written) -> Tree:
    factors = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(factors, Sequence) or len(factors.items) < 2 or call.options:
        raise ReadError("multi_dot takes a list of matrices", call.span, "write A @ B @ C")
    tree, *rest = factors.items
    for factor in rest:
        tree = Binary("@", tree, factor, call.span)
    return tree


def _full_like(call: Written) -> Tree:
    array, value = _pair(call)
    return Binary("*", value, Call("ones_like", (array,), (), call.span), call.span)


def _take(call: Written) -> Tree:
    axis = dict(call.options).get("axis")
    first = isinstance(axis, Number) and axis.value == 0
    if len(call.arguments) != 2 or not first:
        raise ReadError("take is read along axis 0 only", call.span, "write E[tokens]")
    return Item(call.arguments[0], call.arguments[1:], call.span)


def _size(call: Written) -> Tree:
    """``size(X)`` of the whole, ``size(X, 0)`` of an axis."""
    return (
        checked(call) if len(call.arguments) < 2 else Call("shape", call.arguments, call.options, call.span)
    )


def _same(tree: Tree, span: Span) -> Tree:
    return Call("astype", (tree,), (), span)


def _array(call: Written) -> Tree:
    """``np.array([a, b])`` as it is, ``np.array(x)`` as x."""
    if len(call.arguments) == 1 and not isinstance(call.arguments[0], Sequence):
        return Call("astype", call.arguments, (), call.span)
    return checked(replace(call, options=()))


def _arange(call: Written) -> Tree:
    """``arange(a, b)`` as ``a + arange(b - a)``."""
    if len(call.arguments) != 2 or call.options:
        return checked(call)
    start, stop = call.arguments
    count = Binary("-", stop, start, call.span)
    return Binary("+", start, Call("arange", (count,), (), call.span), call.span)


def _turned(tree: Tree, span: Span) -> Tree:
    """The last two axes swapped."""
    last, other = (Negate(Number(Fraction(place), "", span), span) for place in (1, 2))
    return Call("swapaxes", (tree, last, other), (), span)


def _two(span: Span) -> Number:
    return Number(Fraction(2), "", span)


REWRITES: dict[str, Callable[[Written], Tree]] = {
    **dict.fromkeys(OPERATORS, _operator),
    "negative": _single(Negate),
    "square": _single(lambda value, span: Binary("**", value, _two(span), span)),
    "reciprocal": _single(lambda value, span: Binary("/", Number(Fraction(1), "", span), value, span)),
    "exp2": _single(lambda value, span: Binary("**", _two(span), value, span)),
    "len": _single(lambda value, span: Call("shape", (value, Number(Fraction(0), "", span)), (), span)),
    "log2": _log_to(2),
    "log10": _log_to(10),
    **{word: _compared(operator) for word, operator in COMPARISONS.items()},
    "logical_and": _both,
    "logical_or": _either,
    "logical_not": _single(_neither),
    "multi_dot": _multi_dot,
    "full_like": _full_like,
    "take": _take,
    "size": _size,
    "count_nonzero": _single(lambda value, span: Call("sum", (_truth(value),), (), span)),
    "matrix_transpose": _single(_turned),
    **dict.fromkeys(("copy", "float", "float64", "float32"), _single(_same)),
    "array": _array,
    "arange": _arange,
    "astype": _astype,
    "reshape": _grouped,
    "transpose": _grouped,
    "norm": _norm,
}
