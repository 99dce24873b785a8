"""What a wrong answer is compared with: the lines of a derivation, the last of which was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.language.scope import Shape
from gradwright.language.tree import Formula, Tree

ANSWER = "answer"
"""The name of the one line of a bare expression."""


@dataclass(frozen=True)
class Line:
    """One formula of a derivation.

    Args:
        name: The value that it defines.
        indices: The indices of its left side, as ``t`` in ``dh[t] = ...``.
        tree: Its right side.
        step: What it is in the derivation, such as ``adjoint of Z``; empty where there is nothing to say.
        forms: Equal right sides, as the chain rule first gives them; mistakes arise in these too.
        shape: Its shape, where that is known.
    """

    name: str
    indices: tuple[str, ...]
    tree: Tree
    step: str = ""
    forms: tuple[Tree, ...] = ()
    shape: Shape | None = None

    @property
    def formula(self) -> Formula:
        """The line as a formula."""
        return Formula(self.name, self.indices, self.tree)


@dataclass(frozen=True)
class Program:
    """Lines of which later ones use earlier ones (or, in a recurrence, one another at another time).

    Args:
        lines: The lines in order.
        result: The name of the line that was asked for.
    """

    lines: tuple[Line, ...]
    result: str

    @staticmethod
    def of(reference: Tree, indices: tuple[str, ...] = ()) -> Program:
        """The program of a bare expression, which may have free indices."""
        return Program((Line(ANSWER, indices, reference),), ANSWER)

    def line(self, name: str) -> Line:
        """The line that defines a value."""
        return next(line for line in self.lines if line.name == name)
