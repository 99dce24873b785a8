"""A worker process as its owner sees it: how it is started, and how it is ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from gradwright.grade.limits import Limits
from gradwright.grade.worker import serve

_PRELOAD = ["gradwright.grade.answer"]
"""What every worker imports: once, in the process that they are copied from."""
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Set to 1 for workers: more threads would not help with small arrays, and each reserves memory."""


@dataclass
class Worker:
    """A process, the pipe to it, what it was given and has not answered, and since when it is at the first.

    ``complaints`` is what its C libraries print: the reason before they abort.
    """

    process: BaseProcess
    pipe: Connection[Any, Any]
    complaints: Connection[Any, Any]
    since: float
    given: deque[tuple[int, bytes]] = field(default_factory=deque)
    is_ready: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether something is awaited of it."""
        return bool(self.given) or not self.is_ready

    def cause_of_death(self) -> str:
        """``memory`` if a library said so before it aborted, ``time`` if it ended of itself for that."""
        self.process.join(1)
        if sys.platform != "win32" and self.process.exitcode == -signal.SIGALRM:
            return "time"
        said = os.read(self.complaints.fileno(), 65_536) if self.complaints.poll() else b""
        return "memory" if b"memory" in said.lower() else "died"

    def end(self) -> None:
        """Kill the process and close the pipes."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()
        self.complaints.close()


def start(function: Callable[[Any], Any], prepare: Callable[[], None], limits: Limits) -> Worker:
    """Start a process that does ``function`` to what it is sent."""
    ours, theirs = multiprocessing.Pipe()
    complaints, stderr = multiprocessing.Pipe(duplex=False)
    with _apart():
        process = _context().Process(
            target=serve, args=(theirs, stderr, function, prepare, limits), daemon=True
        )
        process.start()
    theirs.close()
    stderr.close()
    return Worker(process, ours, complaints, time.monotonic())


@cache
def _context() -> Any:
    """How processes are started: as copies of one that has imported all, where the system can do that."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    return context


@contextmanager
def _apart() -> Iterator[None]:
    """Let processes that are started inside compute in one thread each, and leave the user's program alone.

    A new process would otherwise run the program's main file again, to find functions that stand there.
    """
    main = sys.modules["__main__"]
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
