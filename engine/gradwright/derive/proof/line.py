"""What a proof is made of: lines (each relates two sides, by a named rule), sentences, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from sympy import Expr

from gradwright.errors import ModelError
from gradwright.language.tree import Tree
from gradwright.tensor.moments import Mean, Variance
from gradwright.tensor.nodes import Entry, Tensor

RELATIONS = ("=", ">", ">=", "<", "<=")


@dataclass(frozen=True)
class Side:
    """One side of a line.

    Args:
        tensor: Its value.
        tree: How it is written, where that is not the tensor's own index notation: as its author wrote it.
    """

    tensor: Tensor
    tree: Tree | None = None


@dataclass(frozen=True)
class Line:
    """One step: ``left relation right`` by a rule.

    Args:
        rule: The rule's key, also the key of its message and of ``gradwright explain``.
        left: The left side; for a line that goes on it is the right side of the line before.
        right: The right side, with the same free indices.
        relation: One of ``RELATIONS``.
        because: What the rule's message names: names of values, or expressions.
        goes_on: Whether the line continues the one before, whose right side need not be repeated.
        assumed: Whether it is supposed, to be refuted or solved, and so holds at some values alone.
    """

    rule: str
    left: Side
    right: Side
    relation: str = "="
    because: Mapping[str, str | Side] = field(default_factory=dict)
    goes_on: bool = False
    assumed: bool = False


@dataclass(frozen=True)
class Say:
    """A sentence of the proof: the key of a message under ``proof``, and what it names."""

    key: str
    values: Mapping[str, str | Side] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """A table: a heading a column, and rows of sides."""

    heading: tuple[Side, ...]
    rows: tuple[tuple[Side, ...], ...]


@dataclass(frozen=True)
class Linear:
    """Several values as a matrix times others: ``left = matrix @ right``, all entries sides."""

    left: tuple[Side, ...]
    matrix: tuple[tuple[Side, ...], ...]
    right: tuple[Side, ...]


Item = Line | Say | Grid | Linear


@dataclass(frozen=True)
class Proved:
    """A claim and its proof, or a question and its answer.

    Args:
        kind: The kind of the claim.
        title: The claim's own title in each language, if it has one.
        claim: What is claimed or asked.
        proof: How it follows.
        result: The lines that answer a question; empty for a claim.
        solution: Values found on the way, by name: the lines of the proof hold where the names have them.
        margins: For points that can't be separated the weight of each, which shows it; else empty.
        lemmas: Values whose formula was found on the way and may be used by later claims.
    """

    kind: str
    title: Mapping[str, str]
    claim: tuple[Item, ...]
    proof: tuple[Item, ...]
    result: tuple[Item, ...] = ()
    solution: Mapping[str, Tensor] = field(default_factory=dict)
    margins: tuple[Fraction, ...] = ()
    lemmas: Mapping[Expr, Expr] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line of the proof and of its result."""
        return tuple(item for item in (*self.proof, *self.result) if isinstance(item, Line))

    @property
    def known(self) -> dict[Expr, Expr]:
        """What later claims may use: lemmas, and the expectation or variance that this claim is about."""
        lines = [one for one in (*self.claim, *self.result) if isinstance(one, Line)]
        found = {
            line.left.tensor.entry: line.right.tensor.entry
            for line in lines
            if line.relation == "=" and not line.assumed
        }
        moments = {left: right for left, right in found.items() if isinstance(left, Mean | Variance)}
        return {**self.lemmas, **moments}


class UnprovedError(ModelError):
    """A claim that does not follow by the rules, which is not to say that it is false.

    Args:
        error: What is told its author.
        line: The claim.
    """

    def __init__(self, error: ModelError, line: Line) -> None:
        super().__init__(error.message, error.place, error.hint)
        self.line = line


def scalar(entry: Expr, tree: Tree | None = None) -> Side:
    """A side without axes."""
    return Side(Tensor((), entry), tree)


def named(name: str) -> Side:
    """A scalar value by its name."""
    return scalar(Entry(name))
