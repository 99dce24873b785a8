"""One job under the limits of an answer: in a process of its own, which may be lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from gradwright.errors import GradwrightError
from gradwright.grade.pool import Limits, run

Item = TypeVar("Item")
Value = TypeVar("Value")


def limited(
    job: Callable[[Item], Value], item: Item, limits: Limits, lost: Callable[[str], Value], language: str
) -> Value:
    """What ``job`` makes of ``item``; or, if it used up its limits, what ``lost`` makes of the cause.

    Raises:
        GradwrightError: The job raised it.
    """
    with closing(run(job, [item], 1, limits)) as outcomes:
        outcome = next(outcomes)
    if outcome.cause == "refused":
        raise GradwrightError(outcome.detail)
    return lost(outcome.said(limits, language)) if outcome.value is None else outcome.value
