"""An answer as it was typed, in any of the front ends: its tree, its left side, its free indices, its slips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gradwright.language.parse import parse
from gradwright.language.scope import Scope
from gradwright.language.tree import Span, Tree

SYNTAXES = ("text", "latex")


@dataclass(frozen=True)
class Slip:
    """Something that can be read but is probably not what was meant.

    Args:
        key: A message under ``slip``.
        span: Its place in the text.
        values: What fills the message.
    """

    key: str
    span: Span
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What a text says.

    Args:
        tree: The expression, without a left side.
        target: The name on the left of ``dW = ...``; empty without one.
        free: The named indices that nothing binds: the leading axes of the value, in the order of the left
            side ``G[i, j] = ...`` where there is one, else of their first use.
        ordered: Whether the left side gives that order.
        slips: What was read but is probably not meant.
    """

    tree: Tree
    target: str = ""
    free: tuple[str, ...] = ()
    ordered: bool = False
    slips: tuple[Slip, ...] = ()


def read(text: str, scope: Scope, syntax: str = "text", *, implicit: bool = False) -> Reading:
    """Read an expression, with or without a left side.

    Args:
        text: The expression.
        scope: The declared values and the composite functions.
        syntax: ``text``, the grammar's own, or ``latex``.
        implicit: Whether ``2x y`` is a product (text of scalars alone; LaTeX always is).

    Raises:
        ReadError: The text can't be read; its span is a place in ``text``.
    """
    return Reading(parse(text, frozenset(scope.composites)))
