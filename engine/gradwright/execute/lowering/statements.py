"""What a lowered program consists of: a small closed set of statements on arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

from sympy import Expr

from gradwright.tensor.nodes import Index


@dataclass(frozen=True)
class Fill:
    """``target[places] = entry`` at every place of ``loops``, an inner reduction being a loop of its own.

    Args:
        places: One index a axis of the target: ``loops``, and before them the time of a recurrence.
    """

    target: str
    places: tuple[Expr, ...]
    loops: tuple[Index, ...]
    entry: Expr


@dataclass(frozen=True)
class Accumulate:
    """``target[lead]`` cleared, then ``target[lead, places] += entry`` for ``loops``: a sum or a scatter."""

    target: str
    lead: tuple[Expr, ...]
    places: tuple[Expr, ...]
    loops: tuple[Index, ...]
    entry: Expr


@dataclass(frozen=True)
class Best:
    """The place of the first maximum of ``body`` over ``bound``: an array of whole numbers a bound index."""

    targets: tuple[str, ...]
    places: tuple[Expr, ...]
    loops: tuple[Index, ...]
    body: Expr
    bound: tuple[Index, ...]


@dataclass(frozen=True)
class Opaque:
    """``target = function(operands)`` of whole arrays."""

    target: str
    function: str
    operands: tuple[str, ...]


@dataclass(frozen=True)
class Repeat:
    """The body carried out at each place of a time axis, forward (``direction`` 1) or backward (-1)."""

    index: Index
    direction: int
    body: tuple[Statement, ...]


Statement = Fill | Accumulate | Best | Opaque | Repeat


@dataclass(frozen=True)
class Lowered:
    """A program: its statements, and the arrays between inputs and outputs.

    Args:
        shapes: The extents of every value, made or given.
        made: The names of the values that the program computes, in order.
        integers: The names of the values that hold whole numbers.
        formulas: For each named value its formula, to be read.
    """

    statements: tuple[Statement, ...]
    shapes: dict[str, tuple[Expr, ...]]
    made: tuple[str, ...]
    integers: frozenset[str]
    formulas: dict[str, str] = field(default_factory=dict)
