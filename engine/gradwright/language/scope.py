"""What names mean while a text is read: values with shapes, and functions that are themselves formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sympy import Expr

from gradwright.errors import GradwrightError, Place
from gradwright.language.tree import NOWHERE, Formula, Span, Tree

Shape = tuple[Expr, ...]


@dataclass(frozen=True)
class Value:
    """A declared value.

    Args:
        shape: One extent an axis.
        domain: Such as ``real`` or ``onehot``.
        drawn: Where the value is drawn anew in every training step, the probability that an entry is 1, or
            the constant that is; None where it is given.
    """

    shape: Shape
    domain: str = "real"
    drawn: str | float | None = None


@dataclass(frozen=True)
class Composite:
    """A function that is a file of forward formulas; the last formula's target is its value.

    Args:
        parameters: Names of the positional arguments, in order.
        defaults: Values of arguments that may be left out, options such as ``axis`` included.
        formulas: The definition, as mathematics writes it.
        stable: The same value in formulas that do not overflow, for evaluation; empty if not needed.
        latex: The name in LaTeX.
        running: Of inner values that an average over the steps of training stands for in predictions, the
            share of it that stays at a step.
        open: Whether its inner values become named values of the model that calls it (a layer), or it stays
            whole and has a lemma (an activation).
    """

    name: str
    parameters: tuple[str, ...]
    formulas: tuple[Formula, ...]
    defaults: Mapping[str, Tree] = field(default_factory=dict)
    stable: tuple[Formula, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)
    latex: str = ""
    source: str = ""
    open: bool = False
    running: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """The declared values and the composite functions in reach."""

    values: Mapping[str, Value]
    composites: Mapping[str, Composite] = field(default_factory=dict)

    @cached_property
    def axes(self) -> frozenset[str]:
        """The names of the axes of the declared values."""
        extents = (extent for value in self.values.values() for extent in value.shape)
        return frozenset(symbol.name for extent in extents for symbol in extent.free_symbols)

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of the composite functions."""
        return frozenset(self.composites)


_LONGEST = 400


def _short(sentence: str) -> str:
    """A sentence without the middle of what it quotes, where that is longer than anyone reads."""
    half = _LONGEST // 2
    return sentence if len(sentence) <= _LONGEST else f"{sentence[:half]} ... {sentence[-half:]}"


class ReadError(GradwrightError):
    """A text that can't be read or whose shapes clash; ``span`` is the place in the text that was parsed."""

    def __init__(self, message: str, span: Span = NOWHERE, hint: str = "") -> None:
        super().__init__(_short(message), None, _short(hint))
        self.span = span

    def placed(
        self, text: str, kind: type[GradwrightError], source: str = "", line: int | None = None
    ) -> GradwrightError:
        """The same error for the one who wrote ``text``, with a caret."""
        return kind(self.message, Place(text, *self.span, source, line), self.hint)
