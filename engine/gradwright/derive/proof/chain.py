"""A chain of equal expressions: each rule that changes the last one adds a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sympy import Expr, S

from gradwright.derive.proof.line import Line, Side
from gradwright.language.tree import Tree
from gradwright.tensor.canonical import canonical
from gradwright.tensor.nodes import Sum, Tensor


@dataclass
class Chain:
    """An expression on its way to another form, and the lines so far.

    Args:
        start: What the chain begins with, as it is to be shown.
        entry: The expression as it stands.
    """

    start: Side
    entry: Expr
    lines: list[Line] = field(default_factory=list)

    @classmethod
    def of(cls, start: Side) -> Chain:
        """A chain without a line."""
        return cls(start, start.tensor.entry)

    def apply(self, rule: str, change: Callable[[Expr], Expr], **because: str | Side) -> bool:
        """Apply a rule; True (and a line) if it changed the expression."""
        after = canonical(_without_zeros(change(self.entry)))
        if after == canonical(self.entry):
            return False
        self.add(rule, after, **because)
        return True

    def add(self, rule: str, after: Expr, tree: Tree | None = None, /, **because: str | Side) -> None:
        """A line to an expression that is known to be equal, written as ``tree`` if that is given."""
        left = self.lines[-1].right if self.lines else self.start
        right = Side(Tensor(self.start.tensor.indices, after), tree)
        self.lines.append(Line(rule, left, right, because=because, goes_on=bool(self.lines)))
        self.entry = after

    @property
    def end(self) -> Side:
        """The last expression."""
        return self.lines[-1].right if self.lines else self.start


def _without_zeros(entry: Expr) -> Expr:
    """The expression without sums of zeros."""
    nothing = {node: S.Zero for node in entry.atoms(Sum) if node.body == 0}
    result: Expr = entry.xreplace(nothing) if nothing else entry
    return result
