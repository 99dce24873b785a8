"""What holds of the readers and the judge for any text: nothing but a clear error, in a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from gradwright.errors import AnswerError, GradwrightError
from gradwright.grade.judge import check
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.reading import read
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.shapes import infer
from gradwright.language.text import to_text
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size
from tests.grade.hostile import LATEX_PIECES, PIECES, VARS

SECONDS = 1.0
REFERENCES = [
    ("2*x", r"2x"),
    ("X.T @ v", r"X^\top v"),
    ("A*x", "xA"),
    ("sum(v**2)", r"\sum_i v_i^2"),
    ("v", "v"),
]

SCOPE = Scope({name: Value(tuple(map(size, axes.split()))) for name, axes in VARS.items()}, composites())
FUNCTIONS = frozenset(SCOPE.composites)


def text(answer: str, which: int) -> None:
    """What is read is written and read again as the same tree, and its shape is found or refused."""
    tree = parse(answer, FUNCTIONS)
    assert parse(to_text(tree), FUNCTIONS) == tree, to_text(tree)
    infer(tree, SCOPE)
    if which > 50:
        parse(answer * which, FUNCTIONS)


def formulas(answer: str, which: int) -> None:
    """Formulas are read, each written and read again as the same."""
    for formula in parse_formulas(answer, FUNCTIONS):
        assert parse(to_text(formula.body), FUNCTIONS) == formula.body, to_text(formula.body)


def reading(answer: str, which: int) -> None:
    """An answer with a left side, free indices, and values side by side."""
    scalars = Scope({name: Value(()) for name in ("x", "y", "ab")}, SCOPE.composites)
    tree = read(answer, scalars, implicit=True).tree
    assert parse(to_text(tree), FUNCTIONS) == tree, to_text(tree)
    read(answer, SCOPE)


def latex(answer: str, which: int) -> None:
    """What LaTeX means can be written as text, and is read from that as the same tree."""
    tree = read(answer, SCOPE, "latex").tree
    assert parse(to_text(tree), FUNCTIONS) == tree, to_text(tree)


def judged_text(answer: str, which: int) -> None:
    """The judge of an answer in the grammar's own text."""
    _judged(answer, "text", which)


def judged_latex(answer: str, which: int) -> None:
    """The judge of an answer in LaTeX."""
    _judged(answer, "latex", which)


def _judged(answer: str, syntax: str, which: int) -> None:
    """The judge says one of four words, and says why unless it is equal."""
    reference = REFERENCES[which % len(REFERENCES)][syntax == "latex"]
    explain = "rule" if which > 90 else "none"
    found = check(reference, answer, VARS, syntax=syntax, seconds=0.8, explain=explain)
    assert found.verdict in ("equal", "different", "invalid", "undecided"), found
    assert found.verdict == "equal" or found.feedback, found
    assert "can't be evaluated (" not in found.feedback, found.feedback  # a defect that was caught


Property = Callable[[str, int], None]
IN_TEXT = (text, formulas, reading, judged_text)
IN_LATEX = (latex, judged_latex)
PIECES_OF: dict[Property, list[str]] = {
    **dict.fromkeys(IN_TEXT, PIECES),
    **dict.fromkeys(IN_LATEX, LATEX_PIECES),
}
"""Each property with the pieces that texts for it are spelled by."""


def hold(property: Property, answer: str, which: int = 0) -> None:
    """Put a text to a property.

    Raises:
        AssertionError: It takes too long, or what it says of it is not so.
        Exception: Anything that the readers and the judge may not raise.
    """
    started = time.process_time()
    try:
        property(answer, which)
    except ReadError as error:
        assert str(error.placed(answer, AnswerError))
    except GradwrightError as error:
        assert str(error)
    taken = time.process_time() - started
    assert taken < SECONDS, f"{taken:.2f} s"
