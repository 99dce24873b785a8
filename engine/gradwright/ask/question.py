"""A question, and the record of a type of question."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from numpy.random import Generator

from gradwright.document.blocks import Block
from gradwright.errors import ModelError, UsageError, nearest
from gradwright.grade.key import Expected
from gradwright.messages import Messages
from gradwright.registry import collect


@dataclass(frozen=True)
class Request:
    """What a question is made from.

    Args:
        label: What stands before the answer, such as ``q1``.
        options: What the homework set says of the question, the model's name among it.
        points: What a right answer is worth.
        rng: The student's own random numbers.
        messages: The student's language.
    """

    label: str
    options: Mapping[str, Any]
    points: float
    rng: Generator
    messages: Messages

    @property
    def model(self) -> str:
        """The name of the model that is asked about."""
        return str(self.options["model"])

    def sizes(self, axes: Collection[str]) -> dict[str, int]:
        """The sizes of axes that the set gives.

        Raises:
            ModelError: They are no table of positive whole numbers, or the model has no such axis.
        """
        given = self.options.get("sizes", {})
        hint = "write it as sizes = { n = 2, d = 3 }"
        if not isinstance(given, Mapping):
            raise ModelError(f"{self.label}: sizes is {given!r}; a table of axes is expected", hint=hint)
        for axis, size in given.items():
            if axis not in axes:
                known = ", ".join(sorted(axes))
                raise ModelError(
                    f"{self.label}: {self.model} has no axis {axis}: it has {known}", hint=nearest(axis, axes)
                )
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise ModelError(
                    f"{self.label}: the size of {axis} is {size!r}; a positive whole number is expected",
                    hint=hint,
                )
        return dict(given)

    def listed(self, option: str, known: Sequence[str]) -> list[str]:
        """The names that an option lists, or all that are known where the set does not say.

        Raises:
            ModelError: The option names something that is not there, or there is nothing to ask about.
        """
        listed = self.options.get(option, list(known))
        wanted = [listed] if isinstance(listed, str) else [str(name) for name in listed]
        for name in wanted:
            if name not in known:
                raise ModelError(
                    f"{self.label}: {option} is {name}, but {self.model} has {', '.join(known)}",
                    hint=nearest(name, known),
                )
        if not wanted:
            raise ModelError(f"{self.label}: there is no {option} to ask about in {self.model}")
        return wanted

    def choice(self, option: str, known: Sequence[str], usual: Sequence[str] | None = None) -> str:
        """One of the names that an option lists, by the student's random numbers.

        Args:
            option: The option.
            known: The names that it may list.
            usual: Those to draw from where the set does not say; all that are known unless told.

        Raises:
            ModelError: The option names something that is not there.
        """
        wanted = self.listed(option, known if option in self.options or usual is None else usual)
        return wanted[int(self.rng.integers(len(wanted)))]


@dataclass(frozen=True)
class Question:
    """A question as one student gets it: what is asked, the key, and the worked solution."""

    label: str
    type: str
    points: float
    prompt: tuple[Block, ...]
    expected: Expected
    solution: tuple[Block, ...]
    blank: int = 2


@dataclass(frozen=True)
class QuestionType:
    """A type of question.

    Args:
        name: As a homework set names it.
        options: What a set may say besides ``type``, ``model`` and ``points``, and what it means.
        make: From a request to a question.
    """

    name: str
    options: Mapping[str, str]
    make: Callable[[Request], Question]


COMMON = ("type", "model", "points", "partial")


@cache
def question_types() -> dict[str, QuestionType]:
    """Every question type by name."""
    return {record.name: record for record in collect("gradwright.ask.types", QuestionType).values()}


def question_type(name: str) -> QuestionType:
    """The question type of that name.

    Raises:
        UsageError: There is none.
    """
    known = question_types()
    if name not in known:
        raise UsageError(
            f"there is no question type {name!r}; there are {', '.join(known)}", hint=nearest(name, known)
        )
    return known[name]
