"""Calls, methods and attributes as the one function they stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from gradwright.errors import nearest
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
    names,
    walk,
)
from gradwright.language.words import (
    ALIASES,
    ARITIES,
    INDEX_REDUCTIONS,
    METHODS,
    OPERATORS,
    PRIMITIVES,
    REDUCTIONS,
    canonical_name,
)

Options = tuple[tuple[str, Tree], ...]
_TEXT_OPTIONS = frozenset({"ord", "mode", "padding", "order"})


@dataclass(frozen=True)
class Written:
    """A call as it was written; ``prefixed`` is whether ``np.`` or ``value.`` stood before the word."""

    word: str
    word_span: Span
    arguments: tuple[Tree, ...]
    options: Options
    span: Span
    prefixed: bool = False


def read_call(call: Written, functions: frozenset[str] = frozenset()) -> Tree:
    """The tree of a call; ``functions`` are the composite functions in reach.

    Raises:
        ReadError: The function is not known, or the arguments are not what it takes.
    """
    word = canonical_name(call.word)
    name = word if word in functions else ALIASES.get(word, word)
    _check_texts(call, name)
    if name in functions and name not in PRIMITIVES:
        return Call(name, call.arguments, tuple(sorted(call.options, key=_key)), call.span)
    if name not in PRIMITIVES and name not in _REWRITES:
        raise _unknown(call, functions)
    call = replace(call, word=name, options=_plain_options(call.options))
    return _REWRITES.get(name, _plain)(call)


def read_method(target: Tree, call: Written) -> Tree:
    """``X.sum(axis=0)`` as ``sum(X, axis=0)``.

    Raises:
        ReadError: It is not one of the methods that may be called.
    """
    if call.word not in METHODS:
        raise _no_attribute(call.word, call.word_span)
    return read_call(replace(call, arguments=(target, *call.arguments), prefixed=True))


def read_attribute(target: Tree, word: str, word_span: Span, span: Span) -> Tree:
    """``A.T`` as ``transpose(A)``, ``A.shape`` as ``shape(A)``.

    Raises:
        ReadError: It is not one of the attributes that may be used.
    """
    if word == "T":
        return Call("transpose", (target,), (), span)
    if word == "shape":
        return Call("shape", (target,), (), span)
    if word in METHODS:
        raise ReadError(f".{word} is a method and needs brackets", word_span, f"write .{word}()")
    raise _no_attribute(word, word_span)


def _no_attribute(word: str, span: Span) -> ReadError:
    known = (
        nearest(word, METHODS | {"T", "shape"}) or "known are .T, .shape[0] and methods such as .sum(axis=0)"
    )
    return ReadError(f"there is no attribute .{word}", span, known)


def _unknown(call: Written, functions: frozenset[str]) -> ReadError:
    known = PRIMITIVES | functions | ALIASES.keys() | _REWRITES.keys()
    hint = (
        nearest(call.word, known)
        or f"known are functions such as exp and softmax; to multiply, write {call.word}*(...)"
    )
    return ReadError(f"there is no function {call.word}", call.word_span, hint)


def _key(option: tuple[str, Tree]) -> str:
    return option[0]


def _plain_options(options: Options) -> Options:
    """Sorted, and without those that say what holds anyway."""
    idle = {("axis", "None"), ("keepdims", "False")}
    kept = [
        (name, value)
        for name, value in options
        if not (isinstance(value, Name) and (name, value.name) in idle)
    ]
    return tuple(sorted(kept, key=_key))


def _check_texts(call: Written, name: str) -> None:
    """A string may only be the pattern of ``einsum`` or the kind of a norm."""
    allowed = {"einsum": 0, "norm": 1}.get(name)
    for position, argument in enumerate(call.arguments):
        if isinstance(argument, Text) and position != allowed and name != "astype":
            raise ReadError("a string can't stand here", argument.span, "expected a value")
    for option, value in call.options:
        if isinstance(value, Text) and option not in _TEXT_OPTIONS:
            raise ReadError("a string can't stand here", value.span, f"expected a value for {option}")


def _checked(call: Written) -> Tree:
    """The call itself, once the number of arguments is right."""
    least, most = ARITIES.get(call.word, (1, len(call.arguments)))
    count = len(call.arguments)
    if not least <= count <= max(most, least):
        expected = f"{least}" if least == most else f"{least} to {most}"
        plural = "" if expected == "1" else "s"
        message = f"{call.word} takes {expected} argument{plural}, here it has {count}"
        raise ReadError(message, call.span, "check the commas and brackets")
    return Call(call.word, call.arguments, call.options, call.span)


def _plain(call: Written) -> Tree:
    if call.word in REDUCTIONS and len(call.arguments) > 1:
        return _reduction(call)
    return _checked(call)


def _reduction(call: Written) -> Tree:
    """A reduction with a second argument: an axis, or named indices and a body."""
    first, second = call.arguments[:2]
    if call.word in INDEX_REDUCTIONS:
        bare_extremum = call.word in ("max", "min") and not call.prefixed
        if _is_index(first, second) and not (bare_extremum and not _runs_over(call.arguments)):
            return _index_reduction(call)
        if bare_extremum:
            return _extremum(call)
    if len(call.arguments) == 2 and _is_axis(second):
        return _checked(replace(call, arguments=(first,), options=_with_option(call, "axis", second)))
    return _checked(call)


def _with_option(call: Written, name: str, value: Tree) -> Options:
    if any(name == other for other, _ in call.options):
        raise ReadError(f"{name} is given twice", value.span, "give it once")
    return _plain_options((*call.options, (name, value)))


def _is_axis(tree: Tree) -> bool:
    """Whether the tree can only be an axis: an integer literal, a tuple of them, or None."""
    if isinstance(tree, Sequence):
        return bool(tree.items) and all(_is_axis(item) for item in tree.items)
    if isinstance(tree, Negate):
        tree = tree.operand
    return isinstance(tree, Number) or (isinstance(tree, Name) and tree.name == "None")


def _is_index(first: Tree, second: Tree) -> bool:
    if isinstance(first, Sequence):
        return bool(first.items) and all(isinstance(item, Name) for item in first.items)
    return isinstance(first, Name) and not _is_axis(second)


def _runs_over(arguments: tuple[Tree, ...]) -> bool:
    """Whether a named index of the first argument stands inside a subscript of the last."""
    indices = names(arguments[0])
    items = (node for node in walk(arguments[-1]) if isinstance(node, Item))
    return any(indices & names(selector) for item in items for selector in item.selectors)


def _index_reduction(call: Written) -> Tree:
    *indices, body = call.arguments
    if len(indices) == 1 and isinstance(indices[0], Sequence) and len(indices[0].items) == 1:
        return Call(call.word, (indices[0].items[0], body), call.options, call.span)
    if len(indices) == 1:
        return Call(call.word, call.arguments, call.options, call.span)
    if not all(isinstance(index, Name) for index in indices):
        raise ReadError(
            f"{call.word} over indices takes names and then one body", call.span, "write sum((i, j), ...)"
        )
    span = (indices[0].span[0], indices[-1].span[1])
    return Call(call.word, (Sequence(tuple(indices), span), body), call.options, call.span)


def _extremum(call: Written) -> Tree:
    """``max(a, b, c)`` of values as elementwise maxima of two."""
    if call.options:
        raise ReadError(
            f"{call.word} of several values takes no option", call.span, f"write np.{call.word}(X, axis=0)"
        )
    tree = call.arguments[0]
    for argument in call.arguments[1:]:
        tree = Call(f"{call.word}imum", (tree, argument), (), call.span)
    return tree


def _operator(call: Written) -> Tree:
    if len(call.arguments) != 2:
        raise ReadError(f"{call.word} takes 2 arguments, here it has {len(call.arguments)}", call.span)
    return Binary(OPERATORS[call.word], call.arguments[0], call.arguments[1], call.span)


def _single(make: Callable[[Tree, Span], Tree]) -> Callable[[Written], Tree]:
    """A function of one argument that stands for an expression of it."""

    def rewrite(call: Written) -> Tree:
        if len(call.arguments) != 1:
            raise ReadError(f"{call.word} takes 1 argument, here it has {len(call.arguments)}", call.span)
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
    return _checked(replace(call, arguments=(*call.arguments[:1], *rest), options=()))


def _norm(call: Written) -> Tree:
    kind = dict(call.options).get("ord")
    if kind is None:
        return _checked(call)
    rest = tuple(option for option in call.options if option[0] != "ord")
    return _checked(replace(call, arguments=(*call.arguments, kind), options=rest))


def _two(span: Span) -> Number:
    return Number(Fraction(2), "", span)


_REWRITES: dict[str, Callable[[Written], Tree]] = {
    **dict.fromkeys(OPERATORS, _operator),
    "negative": _single(Negate),
    "square": _single(lambda value, span: Binary("**", value, _two(span), span)),
    "reciprocal": _single(lambda value, span: Binary("/", Number(Fraction(1), "", span), value, span)),
    "exp2": _single(lambda value, span: Binary("**", _two(span), value, span)),
    "len": _single(lambda value, span: Call("shape", (value, Number(Fraction(0), "", span)), (), span)),
    "log2": _log_to(2),
    "log10": _log_to(10),
    "astype": _astype,
    "reshape": _grouped,
    "transpose": _grouped,
    "norm": _norm,
}
