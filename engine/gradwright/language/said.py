"""What a text says: its tree, its left side, its free indices, and what in it is probably not meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gradwright.language.tree import Span, Tree


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
