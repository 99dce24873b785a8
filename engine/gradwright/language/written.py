"""A call as it was written, before it is known what it stands for."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.language.scope import ReadError
from gradwright.language.tree import Call, Name, Span, Tree
from gradwright.language.words import ARITIES

Options = tuple[tuple[str, Tree], ...]
_LAST_AXIS = frozenset({"softmax", "log_softmax"})


@dataclass(frozen=True)
class Written:
    """A call as it was written; ``prefixed`` is whether ``np.`` or ``value.`` stood before the word."""

    word: str
    word_span: Span
    arguments: tuple[Tree, ...]
    options: Options
    span: Span
    prefixed: bool = False


def key_of(option: tuple[str, Tree]) -> str:
    """What options are sorted by."""
    return option[0]


def plain_options(options: Options, function: str = "") -> Options:
    """Sorted, and without those that say what holds anyway; but a softmax's axis is the last by itself."""
    if not options:
        return options
    idle = {("keepdims", "False")} | (set() if function in _LAST_AXIS else {("axis", "None")})
    kept = [
        (name, value)
        for name, value in options
        if not (isinstance(value, Name) and (name, value.name) in idle)
    ]
    return tuple(sorted(kept, key=key_of))


def with_option(call: Written, name: str, value: Tree) -> Options:
    """The call's options and one more."""
    if any(name == other for other, _ in call.options):
        raise ReadError(f"{name} is given twice", value.span, "give it once")
    return plain_options((*call.options, (name, value)), call.word)


def counted(least: int, most: int) -> str:
    """How many arguments a function takes, in words."""
    expected = f"{least}" if least == most else f"{least} to {most}"
    return f"{expected} argument{'' if expected == '1' else 's'}"


def checked(call: Written) -> Tree:
    """The call itself, once the number of arguments is right."""
    least, most = ARITIES.get(call.word, (1, len(call.arguments)))
    count = len(call.arguments)
    if not least <= count <= max(most, least):
        message = f"{call.word} takes {counted(least, most)}, here it has {count}"
        raise ReadError(message, call.span, "check the commas and brackets")
    return Call(call.word, call.arguments, call.options, call.span)
