"""A computation of SymPy's that is given up after a time: its searches have no limit of their own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

Value = TypeVar("Value")

_REFUSALS = (NotImplementedError, ValueError, TypeError, AttributeError, RecursionError)
"""What SymPy raises where it knows no way."""


class _SpentError(Exception):
    """The time is over."""


def within(seconds: float, compute: Callable[[], Value]) -> Value | None:
    """What a computation gives, or None where it finds nothing within some seconds of this process's time.

    Only the main thread of a system with timers can be interrupted; elsewhere there is no limit.
    """
    try:
        with _timer(seconds):
            return compute()
    except (_SpentError, *_REFUSALS):
        return None


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def spent(number: int, frame: FrameType | None) -> None:
        raise _SpentError

    before = signal.signal(signal.SIGVTALRM, spent)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
