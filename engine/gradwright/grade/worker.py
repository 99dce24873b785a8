"""The child's side of the pool: bound what this process may use, then judge one item after another."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gradwright.errors import GradwrightError
from gradwright.grade.limits import Limits

if sys.platform != "win32":
    import resource

_MEBIBYTE = 1 << 20
_LEAST = 48
"""Megabytes that an answer may take at least, however much the process holds before it starts."""


def serve(
    connection: Connection[Any, Any],
    complaints: Connection[Any, Any],
    function: Callable[[Any], Any],
    prepare: Callable[[], None],
    limits: Limits,
) -> None:
    """Say that all is ready, then reply to each item with its cause of failure, if any, and its value.

    Args:
        connection: Where items come from, and where ``(cause, value)`` goes.
        complaints: Where a C library may say why it gives up.
        function: What is done to an item.
        prepare: Called once, before the limits hold: fills what all items share.
        limits: What the process may hold, and what an item may take: who started it sees to the time, and
            it ends of itself only when nobody does.
    """
    _be_quiet(complaints)
    prepare()
    _limit_memory(limits.megabytes)
    connection.send(("ready", None))
    while True:
        cause, value = _one(connection, function, limits.seconds)
        if cause == "end":
            return
        connection.send((cause, value))
        if cause == "memory":  # what the failed answer left behind must not weigh on the next one
            return


def _one(connection: Connection[Any, Any], function: Callable[[Any], Any], seconds: float) -> tuple[str, Any]:
    _alarm(0)
    try:
        item = connection.recv()
    except EOFError:
        return "end", None
    except MemoryError:
        return "memory", None
    _alarm(2 * seconds)
    try:
        return "", function(item)
    except MemoryError:
        return "memory", None
    except GradwrightError as error:
        return "refused", str(error)
    except Exception as error:  # a defect met in one item is that item's outcome, not the end of the others
        return "defect", f"{type(error).__name__}: {error}"


def _alarm(seconds: float) -> None:
    """End this process after so many seconds, whatever library it is in; 0 takes that back."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _be_quiet(complaints: Connection[Any, Any]) -> None:
    """No input, nothing printed, and no part in the terminal's Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    os.set_blocking(complaints.fileno(), False)
    os.dup2(complaints.fileno(), 2)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _limit_memory(megabytes: int) -> None:
    """Let the process grow to so many megabytes in memory; beyond, an allocation fails.

    What is limited is private writable memory (RLIMIT_DATA), not addresses: a numerical library reserves
    hundreds of megabytes of addresses that it never touches. Other systems than Linux have no such limit.
    """
    if not sys.platform.startswith("linux"):
        return
    page = os.sysconf("SC_PAGE_SIZE")
    fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    resident, data = (int(fields[place]) * page for place in (1, 5))
    room = max(megabytes * _MEBIBYTE - resident, _LEAST * _MEBIBYTE)
    resource.setrlimit(resource.RLIMIT_DATA, (data + room, data + room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
