"""Memory of a value: its axes with the zeros around them, and where an entry lies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gradwright.execute.native.index import Place
from gradwright.execute.native.tree import Test


@dataclass(frozen=True)
class Buffer:
    """Memory of a value.

    Args:
        shape: The number of places of each axis.
        kind: ``number``, ``int32`` (made) or ``int64`` (given).
        low: Zeros that lie before each axis.
        high: Zeros that lie after each axis.
        given: Whether it comes from outside.
        order: The axes as they lie in memory, the one whose neighbours lie side by side last.
    """

    shape: tuple[int, ...]
    kind: str = "number"
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()
    given: bool = False
    order: tuple[int, ...] = ()

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The places of each axis with its margins."""
        low, high = self.low or (0,) * len(self.shape), self.high or (0,) * len(self.shape)
        return tuple(n + a + b for n, a, b in zip(self.shape, low, high, strict=True))

    @cached_property
    def strides(self) -> tuple[int, ...]:
        """How far neighbours on each axis lie apart, in numbers."""
        found, step = [0] * len(self.shape), 1
        for axis in reversed(self.order or range(len(self.shape))):
            found[axis] = step
            step *= self.lengths[axis]
        return tuple(found)

    @cached_property
    def size(self) -> int:
        """All places, margins too."""
        total = 1
        for length in self.lengths:
            total *= length
        return total

    @property
    def padded(self) -> bool:
        """Whether it has margins."""
        return any(self.low) or any(self.high)

    def tests(self, places: tuple[Place, ...], margins: bool = True) -> tuple[Test, ...]:
        """What must hold for an entry to lie on the axes and their margins; nothing if it surely does."""
        none = (0,) * len(self.shape)
        low, high = (self.low or none, self.high or none) if margins else (none, none)
        found: list[Test] = []
        for place, extent, before, after in zip(places, self.shape, low, high, strict=True):
            bounds = place.range()
            if bounds is None or bounds[0] < -before:
                found.append(Test("ge", place))
            if bounds is None or bounds[1] >= extent + after:
                found.append(Test("lt", place + Place(-extent)))
        return tuple(found)

    def offset(self, places: tuple[Place, ...]) -> Place:
        """Where an entry lies, counted from the buffer's first number."""
        total = Place(0)
        low = self.low or (0,) * len(self.shape)
        for place, stride, margin in zip(places, self.strides, low, strict=True):
            total = total + (place + Place(margin)).times(stride)
        return total
