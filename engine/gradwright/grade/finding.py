"""What grading has to say about an answer or a file: the key of a message and what fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One thing to tell: ``key`` is a message under ``feedback``; ``detail`` is shown as typed, under it."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
