"""Calls, methods and attributes as the one function they stand for."""

from __future__ import annotations

from dataclasses import replace

from gradwright.errors import nearest
from gradwright.language.instead import INSTEAD
from gradwright.language.rewrites import REWRITES
from gradwright.language.scope import ReadError
from gradwright.language.tree import (
    Call,
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
    INDEX_REDUCTIONS,
    METHODS,
    PRIMITIVES,
    REDUCTIONS,
    canonical_name,
)
from gradwright.language.written import Written, checked, key_of, plain_options, with_option

_LIBRARIES = frozenset({"torch", "tf", "keras", "F", "nn", "K", "sp", "scipy", "sympy", "stats"})
_TEXT_OPTIONS = frozenset({"ord", "mode", "padding", "order"})


def read_call(call: Written, functions: frozenset[str] = frozenset()) -> Tree:
    """The tree of a call; ``functions`` are the composite functions in reach.

    Raises:
        ReadError: The function is not known, or the arguments are not what it takes.
    """
    word = canonical_name(call.word)
    name = word if word in functions else ALIASES.get(word, word)
    _check_texts(call, name)
    if name in functions and name not in PRIMITIVES:
        return Call(name, call.arguments, tuple(sorted(call.options, key=key_of)), call.span)
    if name not in PRIMITIVES and name not in REWRITES:
        raise _unknown(call, functions)
    call = replace(call, word=name, options=plain_options(call.options, name))
    return REWRITES.get(name, _plain)(call)


def is_function(word: str, functions: frozenset[str] = frozenset()) -> bool:
    """Whether a word is a function's name."""
    name = canonical_name(word)
    return name in functions or ALIASES.get(name, name) in PRIMITIVES or name in REWRITES


def read_method(target: Tree, call: Written) -> Tree:
    """``X.sum(axis=0)`` as ``sum(X, axis=0)``.

    Raises:
        ReadError: It is not one of the methods that may be called.
    """
    if call.word not in METHODS:
        if isinstance(target, Name) and target.name in _LIBRARIES:
            raise ReadError(f"{target.name} is not read", target.span, f"write np.{call.word}(...)")
        raise _no_attribute(call.word, call.word_span)
    return read_call(replace(call, arguments=(target, *call.arguments), prefixed=True))


def read_attribute(target: Tree, word: str, word_span: Span, span: Span) -> Tree:
    """``A.T`` as ``transpose(A)``, ``A.shape`` as ``shape(A)``.

    Raises:
        ReadError: It is not one of the attributes that may be used.
    """
    if word == "T":
        return Call("transpose", (target,), (), span)
    if word == "mT":
        return REWRITES["matrix_transpose"](Written(word, word_span, (target,), (), span))
    if word in ("shape", "size"):
        return Call(word, (target,), (), span)
    if word in METHODS:
        raise ReadError(f".{word} is a method and needs brackets", word_span, f"write .{word}()")
    raise _no_attribute(word, word_span)


def _no_attribute(word: str, span: Span) -> ReadError:
    known = (
        nearest(word, METHODS | {"T", "shape", "size"})
        or "known are .T, .shape[0] and methods such as .sum(axis=0)"
    )
    return ReadError(f"there is no attribute .{word}", span, known)


def _unknown(call: Written, functions: frozenset[str]) -> ReadError:
    known = PRIMITIVES | functions | ALIASES.keys() | REWRITES.keys()
    hint = (
        INSTEAD.get(call.word)
        or (_big(call.word) if not call.prefixed else "")
        or nearest(call.word, known)
        or f"known are functions such as exp and softmax; to multiply, write {call.word}*(...)"
    )
    return ReadError(f"there is no function {call.word}", call.word_span, hint)


def _big(word: str) -> str:
    """The next move where ``sum_i`` was written for ``sum_{i}``."""
    head, _, index = word.partition("_")
    if head in INDEX_REDUCTIONS and index.isalpha() and len(index) == 1:
        return f"write {head}({index}, ...) or {head}_{{{index}}} ..."
    return ""


def _check_texts(call: Written, name: str) -> None:
    """A string may only be the pattern of ``einsum`` or the kind of a norm."""
    allowed = {"einsum": 0, "norm": 1}.get(name)
    for position, argument in enumerate(call.arguments):
        if isinstance(argument, Text) and position != allowed and name != "astype":
            raise ReadError("a string can't stand here", argument.span, "expected a value")
    for option, value in call.options:
        if isinstance(value, Text) and option not in _TEXT_OPTIONS:
            raise ReadError("a string can't stand here", value.span, f"expected a value for {option}")


def _plain(call: Written) -> Tree:
    if call.word in REDUCTIONS and len(call.arguments) > 1:
        return _reduction(call)
    return checked(call)


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
        return checked(replace(call, arguments=(first,), options=with_option(call, "axis", second)))
    return checked(call)


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
