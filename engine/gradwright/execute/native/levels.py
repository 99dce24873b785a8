"""What is known of a number before any data is: its value, or how far it is from being nothing or infinite.

Values of data count as finite, and so does what overflows or divides by 0 by chance of the data alone; what a
condition between indices makes 0 or infinite does not.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum


@functools.total_ordering
class Level(Enum):
    """How much is known of a number that is not known itself."""

    GENERIC = 0
    """Made of data: 0 by chance alone."""
    POSITIVE = 1
    """Above 0."""
    NONNEGATIVE = 2
    """At least 0, and 0 where a condition makes it so."""
    FINITE = 3
    """It may be 0 where a condition makes it so."""
    LOW = 4
    """Finite or -inf."""
    ANY = 5

    def __lt__(self, other: Level) -> bool:
        return self.value < other.value


Known = float | Level
NONZERO = (Level.GENERIC, Level.POSITIVE)
SIGNED = (Level.POSITIVE, Level.NONNEGATIVE)


def level(known: Known) -> Level:
    """How much is known of a number, without its value."""
    if isinstance(known, Level):
        return known
    if known == -math.inf:
        return Level.LOW
    if not math.isfinite(known):
        return Level.ANY
    return Level.POSITIVE if known > 0 else Level.NONNEGATIVE if known == 0 else Level.FINITE


def either(one: Known, other: Known) -> Known:
    """What is known of a number that is one of two."""
    if one == other:
        return one
    both = {level(one), level(other)}
    return max(both) if len(both) == 1 or both == set(SIGNED) else max(*both, Level.FINITE)


def known(name: str, args: Sequence[Known]) -> Known:
    """What is known of an operation's value."""
    return RULES[name](*args) if name in RULES else Level.ANY


def _add(*args: Known) -> Known:
    """A sum: 0 changes nothing, and -inf takes all that is below +inf with it."""
    terms = [one for one in args if one != 0.0]
    levels = {level(one) for one in terms}
    numbers = [one for one in terms if not isinstance(one, Level)]
    highest = max(levels, default=Level.FINITE)
    if highest > Level.FINITE:
        return -math.inf if -math.inf in numbers and highest is Level.LOW else highest
    if len(numbers) == len(terms):
        return math.fsum(numbers)
    if levels <= set(SIGNED):
        return min(levels)
    return (
        Level.GENERIC if {one for one in terms if isinstance(one, Level)} == {Level.GENERIC} else Level.FINITE
    )


def _mul(*args: Known) -> Known:
    """A product: 0 makes 0 of all that is finite."""
    levels = {level(one) for one in args}
    if max(levels) > Level.FINITE:
        return Level.ANY
    numbers = [one for one in args if not isinstance(one, Level)]
    if 0.0 in numbers or len(numbers) == len(args):
        return math.prod(numbers)
    if levels <= set(SIGNED):
        return max(levels)
    unknown = {one for one in args if isinstance(one, Level)}
    return Level.GENERIC if Level.GENERIC in unknown and unknown <= set(NONZERO) else Level.FINITE


def _div(upper: Known, lower: Known) -> Known:
    """A quotient, where what stands below is no 0."""
    if level(upper) > Level.FINITE or not _is_nonzero(lower):
        return Level.ANY
    return _mul(upper, lower if isinstance(lower, Level) else 1 / lower)


def _is_nonzero(one: Known) -> bool:
    return one in NONZERO if isinstance(one, Level) else math.isfinite(one) and one != 0.0


def _neg(one: Known) -> Known:
    if not isinstance(one, Level):
        return -one
    return one if one is Level.GENERIC else Level.FINITE if one <= Level.FINITE else Level.ANY


def _exp(one: Known) -> Known:
    """An exponential: exactly 0 at -inf, and 1 at 0."""
    if one in (-math.inf, 0.0):
        return 0.0 if one else 1.0
    return {Level.LOW: Level.NONNEGATIVE, Level.ANY: Level.ANY}.get(level(one), Level.POSITIVE)


def _greater(one: Known, other: Known) -> Known:
    """A maximum: at least 0 if one of both is."""
    both = {level(one), level(other)}
    if max(both) is Level.ANY:
        return Level.ANY
    if not isinstance(one, Level) and not isinstance(other, Level):
        return max(one, other)
    return min(both & set(SIGNED), default=max(*both, Level.FINITE))


def _smaller(one: Known, other: Known) -> Known:
    return either(level(one), level(other))


def _odd(one: Known) -> Known:
    """A function that is 0 at 0 alone, and finite."""
    if one == 0.0:
        return 0.0
    found = level(one)
    return found if found <= Level.FINITE else Level.ANY


def _bounded(one: Known) -> Known:
    return Level.FINITE if level(one) <= Level.FINITE else Level.ANY


def _of_positive(*args: Known) -> Known:
    return Level.FINITE if level(args[0]) is Level.POSITIVE and _mul(*args) != Level.ANY else Level.ANY


RULES: Mapping[str, Callable[..., Known]] = {
    "add": _add,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "exp": _exp,
    "max": _greater,
    "min": _smaller,
    **dict.fromkeys(("sqrt", "abs", "tanh"), _odd),
    **dict.fromkeys(
        (
            "sigmoid",
            "softplus",
            "erf",
            "erfc",
            "sin",
            "cos",
            "atan",
            "asinh",
            "expm1",
            "sign",
            "floor",
            "ceil",
        ),
        _bounded,
    ),
    **dict.fromkeys(("log", "pow"), _of_positive),
}
