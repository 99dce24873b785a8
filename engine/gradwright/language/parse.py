"""The text front end: expressions and formulas in NumPy's spelling, read by a table-driven parser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NoReturn

from lark import Lark, UnexpectedInput, UnexpectedToken
from lark.utils import TextSlice

from gradwright.language.bounds import DEPTH, FORMULAS_LENGTH, check_length, check_tree
from gradwright.language.scope import ReadError
from gradwright.language.syntax import Builder, reach
from gradwright.language.tree import Formula, Sequence, Span, Tree
from gradwright.language.words import listed

_PAIRS = {")": "(", "]": "[", "}": "{"}
_NEXT_MOVES = {
    "'": "for a transpose, write A.T",
    "²": "for a power, write x**2",
    "√": "for a square root, write sqrt(x)",
    "|": "for an absolute value, write abs(x)",
    "%": "a percentage or a remainder can't be read; write the number out",
    "&": "to join conditions, multiply them: (a > 0)*(b > 0)",
    "~": "for not, write 1 - (a > 0)",
    ";": "write one expression",
    "\\": "this looks like LaTeX; use the LaTeX input",
    "$": "this looks like LaTeX; use the LaTeX input",
    "{": "braces only stand in sum_{i}; use ( )",
    "∂": "name a derivative dL_dW or dW",
    "∇": "name a gradient dW or grad_W",
    "…": "write every index out",
    "→": "expected an expression",
    "=": "an expression holds no assignment; to compare, write ==",
    "!": "for a factorial, write factorial(n)",
    ":": "a slice only stands inside [ ]",
    "//": "for a division, write /",
}
_WORDS = listed("lambda for in if else import from while def class return is not and or assert with yield")


@cache
def _parser() -> Lark:
    return Lark(
        Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
        start=["comparison", "formula"],
        parser="lalr",
        lexer="contextual",
        transformer=Builder(),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )


def parse(text: str, functions: frozenset[str] = frozenset()) -> Tree:
    """Read one expression.

    Args:
        text: The expression in NumPy's spelling.
        functions: Names of the composite functions that may be called besides the grammar's own.

    Returns:
        The tree; each node's span is its place in ``text``, the brackets around it included.

    Raises:
        ReadError: The text is not an expression of the grammar, or is beyond the bounds.

    >>> parse("X.T @ dZ").operator
    '@'
    """
    check_length((0, len(text)))
    tree = _read(text, (0, len(text)), "comparison", functions)
    if isinstance(tree, Sequence):
        raise ReadError("a tuple or a list is not one value", tree.span, "write one expression")
    assert not isinstance(tree, Formula), tree
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
    bare = _without_comments(text)
    formulas = []
    for start, end in _lines(bare):
        line = text.count("\n", 0, start) + 1
        try:
            check_length((start, end))
            formula = _read(bare, (start, end), "formula", functions)
        except ReadError as error:
            span = error.span if error.span != (0, 0) else (start, end)
            at = text.count("\n", 0, span[0]) + 1
            raise ReadError(f"line {at}: {error.message}", span, error.hint) from None
        assert isinstance(formula, Formula), formula
        formulas.append(replace(formula, text=text[start:end].strip(), line=line))
    return tuple(formulas)


def _without_comments(text: str) -> str:
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


def _read(text: str, place: Span, start: str, functions: frozenset[str]) -> Tree | Formula:
    """Parse the slice ``place`` of the text; spans count from the whole text's beginning."""
    if not text[place[0] : place[1]].strip():
        raise ReadError("there is nothing to read", place, "write an expression")
    _check_brackets(text, place)
    token = reach.set(functions)
    try:
        made: object = _parser().parse(TextSlice(text, *place), start)
    except UnexpectedInput as error:
        if start == "formula" and "=" not in text[slice(*place)]:
            raise ReadError(
                "this is not a formula", _stripped(text, place), "write name = expression"
            ) from None
        _explain(text, place, error)
    finally:
        reach.reset(token)
    assert isinstance(made, Tree | Formula), made
    check_tree(made.body if isinstance(made, Formula) else made)
    return made


def _stripped(text: str, place: Span) -> Span:
    """The place without the white space around it."""
    inside = text[slice(*place)]
    start = place[0] + len(inside) - len(inside.lstrip())
    return start, start + len(inside.strip())


def _check_brackets(text: str, place: Span) -> None:
    opened: list[int] = []
    quote = ""
    for position in range(*place):
        sign = text[position]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign if sign in text[position + 1 : place[1]] else ""
        elif sign in "([{":
            opened.append(position)
            if len(opened) > DEPTH:
                raise ReadError(
                    f"brackets are nested deeper than {DEPTH} levels",
                    (position, position + 1),
                    "name parts of it",
                )
        elif sign in ")]}":
            if not opened or text[opened[-1]] != _PAIRS[sign]:
                hint = f"add a {_PAIRS[sign]} before it, or remove it"
                raise ReadError(f"this {sign} closes no {_PAIRS[sign]}", (position, position + 1), hint)
            opened.pop()
    if opened:
        raise ReadError(
            f"this {text[opened[-1]]} is never closed",
            (opened[-1], opened[-1] + 1),
            "add the closing bracket",
        )


def _explain(text: str, place: Span, error: UnexpectedInput) -> NoReturn:
    """What was got at the place where the parser stopped, what was expected, and the next move."""
    position = error.pos_in_stream
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if position is None or at_end:
        end = place[0] + len(text[slice(*place)].rstrip())
        last = text[end - 1]
        raise ReadError("the text ends too early", (end - 1, end), f"expected a value after {last}") from None
    got = str(error.token) if isinstance(error, UnexpectedToken) else text[position]
    span = (position, position + max(1, len(got)))
    before = text[place[0] : position].rstrip()[-1:]
    raise ReadError(*_reason(text, span, before)) from None


def _reason(text: str, span: Span, before: str) -> tuple[str, Span, str]:
    """The message, the place and the next move for what stands at ``span`` after the sign ``before``."""
    got = text[slice(*span)]
    after_value = before.isalnum() or before in tuple(")]}'\"_.ᵀ!")
    word = "".join(_leading_word(text[span[0] :]))
    previous = "".join(reversed(list(_leading_word(text[: span[0]].rstrip()[::-1]))))
    for found in (word, previous):
        if found in _WORDS:
            return (
                f"{found} is not part of the grammar",
                span,
                "write an expression of names, functions and operators",
            )
    if got in _NEXT_MOVES or got[0] in _NEXT_MOVES:
        hint = _NEXT_MOVES.get(got) or _NEXT_MOVES[got[0]]
        return f"{got} can't stand here", span, hint
    if got[0] in "¹³⁰⁴⁵⁶⁷⁸⁹":
        return f"{got} can't be read", span, "for a power, write x**2"
    if after_value and (got[0].isalnum() or got[0] in "([{_."):
        return (
            "two values stand side by side",
            span,
            "write * for a product of entries, @ for a matrix product",
        )
    if got in tuple("+*/@^×·÷)],-") or got == "**":
        return f"{got} can't stand here", span, "expected a value before it"
    if got[0] in "'\"":
        return "a string can't stand here", span, "expected a value"
    expected = "expected an operator" if after_value else "expected a value"
    return f"{got} can't be read here", span, expected


def _leading_word(text: str) -> Iterator[str]:
    for letter in text:
        if not (letter.isalnum() or letter == "_"):
            return
        yield letter
