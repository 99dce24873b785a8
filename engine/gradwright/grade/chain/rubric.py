"""A rubric: points a step, what follow-through earns, and what a named mistake costs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gradwright.errors import UsageError, nearest
from gradwright.messages import messages


@dataclass(frozen=True)
class Rubric:
    """How the lines of a chain earn points.

    Args:
        points: The points of each step by its name in the reference; empty for equal shares of all steps.
        total: The points of the whole; 0 for the sum of ``points``, or one point a step.
        follow_through: The fraction of its points that a line earns by follow-through.
        deduct: The fraction of its points that a line loses for a mistake of a kind, where the mistake is
            found, such as ``{"sign": 0.5}``; a wrong line loses all otherwise.
        skipped: Whether a step that was left out earns its points where its consequences are right.

    Raises:
        UsageError: A number is out of range, or a kind of mistake is not known.

    >>> Rubric({"dZ": 2, "dW": 3}).shares(["dZ", "dW"])
    {'dZ': 2.0, 'dW': 3.0}
    >>> Rubric(total=10).shares(["dP", "dZ", "dW", "db"])["dP"]
    2.5
    """

    points: Mapping[str, float] = field(default_factory=dict)
    total: float = 0.0
    follow_through: float = 1.0
    deduct: Mapping[str, float] = field(default_factory=dict)
    skipped: bool = True

    def __post_init__(self) -> None:
        for name, points in self.points.items():
            _check(f"the points of {name}", points)
        if self.points and not any(self.points.values()):
            raise UsageError("every step has 0 points", hint="give at least one step some points")
        _check("total", self.total)
        _check("follow_through", self.follow_through, 1.0)
        known = mistakes()
        for kind, part in self.deduct.items():
            _check(f"the deduction for {kind}", part, 1.0)
            if kind not in known:
                hint = nearest(kind, known) or f"the kinds are {', '.join(known)}"
                raise UsageError(f"there is no kind of mistake {kind}", hint=hint)

    def shares(self, steps: Iterable[str]) -> dict[str, float]:
        """The points of each of the steps, in their order; a step that the rubric does not name has none.

        Raises:
            UsageError: The rubric names a step that is not one of them.
        """
        steps = tuple(steps)
        for name in self.points:
            if name not in steps:
                known = f"the steps are {', '.join(steps)}" if steps else "the reference has no steps"
                raise UsageError(
                    f"the rubric gives points to {name}, which is no step of the reference",
                    hint=nearest(name, steps) or known,
                )
        weights = {name: float(self.points.get(name, 0.0)) for name in steps if name in self.points}
        weights = weights or dict.fromkeys(steps, 1.0)
        whole = sum(weights.values())
        scale = self.total / whole if self.total and whole else 1.0
        return {name: weight * scale for name, weight in weights.items()}


def mistakes() -> tuple[str, ...]:
    """The kinds of mistakes that have a name."""
    catalogue = messages("en")
    return tuple(kind for kind in catalogue.keys("mistake") if catalogue.has(f"mistake.{kind}.name"))


def _check(what: str, value: object, most: float = math.inf) -> None:
    """Raise UsageError unless the value is a number from 0 to ``most``."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= float(str(value)) <= most or math.isinf(float(str(value))):
        bound = "a number that is not negative" if math.isinf(most) else f"a number from 0 to {most:g}"
        raise UsageError(f"{what}: {value!r} is not {bound}")
