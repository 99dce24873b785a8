"""What an answer may use, and what became of one that was judged within its limits, or was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from gradwright.messages import messages

Value = TypeVar("Value")


@dataclass(frozen=True)
class Limits:
    """What one item may use.

    Args:
        seconds: Of wall time, for all that is done with it.
        megabytes: Of memory, all that its process holds taken together.

    The defaults are ``SECONDS`` and ``MEGABYTES`` of ``language/bounds.py``, which a process that only hands
    out work does not import.
    """

    seconds: float = 5.0
    megabytes: int = 300


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """What became of an item.

    Args:
        value: The result, where there is one.
        cause: Why there is none: ``time``, ``memory``, ``died`` (the process did), ``refused`` (an error
            for the one who asked) or ``defect``; empty where there is one.
        detail: The error or defect.
    """

    value: Value | None = None
    cause: str = ""
    detail: str = ""

    def said(self, limits: Limits, language: str = "en") -> str:
        """The cause in words."""
        if self.cause == "refused":
            return self.detail
        values = {"seconds": f"{limits.seconds:g}", "megabytes": str(limits.megabytes), "defect": self.detail}
        return messages(language).text(f"limits.{self.cause}", **values)
