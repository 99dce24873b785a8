"""The proofs of the catalogue, each made once, and statements written in a few lines."""

from __future__ import annotations

from functools import cache

from gradwright.derive.proof.line import Line, Proved, Side
from gradwright.derive.proof.prove import Proof, prove
from gradwright.language.index_form import index_form
from gradwright.language.text import to_text
from gradwright.model.load_statement import from_text, statement
from gradwright.tensor.nodes import Tensor

HEAD = 'name = "mine"\ntitle = { en = "Mine", ko = "나의 것" }\n'


@cache
def catalogued(name: str) -> Proof:
    """The proof of a statement of the catalogue."""
    return prove(statement(name))


def proved(text: str) -> Proof:
    """The proof of a statement without its name and title."""
    return prove(from_text(HEAD + text, "mine.toml"))


def shown(side: Side) -> str:
    """A side in index notation."""
    letters = frozenset(index.name for index in side.tensor.indices)
    return to_text(index_form(Tensor((), side.tensor.entry), letters, ranged=False)[1])


def results(proof: Proof) -> list[str]:
    """The answers of a statement's questions."""
    return [shown(line.right) for part in proof.parts for line in _answers(part)]


def _answers(part: Proved) -> list[Line]:
    return [item for item in part.result if isinstance(item, Line)]


def rules(part: Proved) -> list[str]:
    """The rules of a proof's lines, in order."""
    return [line.rule for line in part.lines if line.rule not in ("result",)]
