"""The text front end: expressions and formulas in NumPy's spelling."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from gradwright.language.bounds import FORMULAS_LENGTH, check_length, check_tree
from gradwright.language.juxtaposed import Juxtaposition
from gradwright.language.parser import Parser
from gradwright.language.scope import ReadError
from gradwright.language.stacks import read_name
from gradwright.language.tree import Formula, Sequence, Span, Tree

_NO_FUNCTIONS: frozenset[str] = frozenset()


def parse(
    text: str,
    functions: frozenset[str] = _NO_FUNCTIONS,
    beside: Juxtaposition | None = None,
    declared: Collection[str] = (),
) -> Tree:
    """Read one expression.

    Args:
        text: The expression in NumPy's spelling.
        functions: Names of the composite functions that may be called besides the grammar's own.
        beside: How values side by side, as in ``2x``, are read; they are refused without it.
        declared: The names of values, where they are known: none of them can be called.

    Returns:
        The tree; each node's span is its place in ``text``, the brackets around it included.

    Raises:
        ReadError: The text is not an expression of the grammar, or is beyond the bounds.

    >>> parse("X.T @ dZ").operator
    '@'
    """
    place = (0, len(text))
    check_length(place)
    _check_something(text, place)
    tree = Parser(text, place, functions, beside, declared).read()
    check_tree(tree)
    if isinstance(tree, Sequence):
        raise ReadError("a tuple or a list is not one value", tree.span, "write one expression")
    return tree


def parse_formulas(text: str, functions: frozenset[str] = frozenset()) -> tuple[Formula, ...]:
    r"""Read formulas, one a line; a line with an open bracket goes on; ``#`` begins a comment.

    Returns:
        The formulas in the order of the text; spans are places in the whole text.

    Raises:
        ReadError: With the number of the line in the message, and a span in the whole text.

    >>> [formula.target for formula in parse_formulas("Z = X @ W + b\nP = softmax(Z)")]
    ['Z', 'P']
    """
    check_length((0, len(text)), FORMULAS_LENGTH)
    bare = without_comments(text)
    formulas = []
    for start, end in _lines(bare):
        line = text.count("\n", 0, start) + 1
        try:
            check_length((start, end))
            formula = _formula(bare, (start, end), functions)
        except ReadError as error:
            span = error.span if error.span != (0, 0) else (start, end)
            at = text.count("\n", 0, span[0]) + 1
            raise ReadError(f"line {at}: {error.message}", span, error.hint) from None
        formulas.append(replace(formula, text=text[start:end].strip(), line=line))
    return tuple(formulas)


def without_comments(text: str) -> str:
    """The text with comments blanked out, so that places stay."""
    lines = []
    for line in text.split("\n"):
        code = line.partition("#")[0]
        lines.append(code + " " * (len(line) - len(code)))
    return "\n".join(lines)


def _lines(text: str) -> Iterator[Span]:
    """The places of the logical lines: those with an open bracket are joined with what follows."""
    start = depth = place = 0
    for line in text.split("\n"):
        depth += sum(line.count(sign) for sign in "([{") - sum(line.count(sign) for sign in ")]}")
        place += len(line) + 1
        if depth <= 0:
            if text[start : place - 1].strip():
                yield start, place - 1
            start, depth = place, 0
    if text[start:].strip():
        yield start, len(text)


def _check_something(text: str, place: Span) -> None:
    if not text[slice(*place)].strip():
        raise ReadError("there is nothing to read", place, "write an expression")


def _formula(text: str, place: Span, functions: frozenset[str]) -> Formula:
    """Parse the slice ``place`` of the text, one formula; spans count from the whole text's beginning."""
    if "=" not in text[slice(*place)]:
        raise ReadError("this is not a formula", _stripped(text, place), "write name = expression")
    parser = Parser(text, place, functions)
    target, *others = _targets(parser)
    parser.take("=")
    body = parser.read()
    check_tree(body)
    if isinstance(body, Sequence):
        raise ReadError("a tuple or a list can't be computed with", body.span, "expected a value")
    return Formula(*target, body, others=tuple(others))


def _targets(parser: Parser) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names left of the ``=`` with their indices, with commas between them."""
    while True:
        target = read_name(parser.take("name"))
        indices: tuple[str, ...] = ()
        if parser.tokens[parser.at].kind == "[":
            parser.take("[")
            indices = tuple(index.name for index in parser.names_to("]"))
        yield target, indices
        if parser.tokens[parser.at].kind != ",":
            return
        parser.take(",")


def _stripped(text: str, place: Span) -> Span:
    """The place without the white space around it."""
    inside = text[slice(*place)]
    start = place[0] + len(inside) - len(inside.lstrip())
    return start, start + len(inside.strip())
