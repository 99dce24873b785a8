"""Worker processes with hard limits: an item that takes too long, or too much memory, loses only itself.

Each worker has a pipe of its own, on which it replies item by item; so when one dies, it is known which item
it died of, and a fresh worker goes on with the next.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic, TypeVar

from gradwright.errors import GradwrightError
from gradwright.grade.feed import Feed
from gradwright.grade.limits import Limits, Outcome
from gradwright.grade.process import Worker, start

__all__ = ["Limits", "Outcome", "run"]

Item = TypeVar("Item")
Value = TypeVar("Value")

_AHEAD = 8
"""Items that a worker is given before it has replied to them: it need not wait for the next one."""
_AHEAD_BYTES = 16_384
"""What these may weigh together: a pipe takes so much though nobody reads it."""
_UNTOLD = 2_000
"""Outcomes that may wait for one before them."""
_START = 60.0
"""Seconds in which a process must have started."""
_TRIES = 3
"""Processes in a row that may fail to start."""


def run(
    function: Callable[[Item], Value],
    items: Iterable[Item],
    workers: int = 1,
    limits: Limits | None = None,
    prepare: Callable[[], None] | None = None,
) -> Generator[Outcome[Value], None, None]:
    """Yield the outcome of each item, in the items' order, each as soon as it and those before it are there.

    Args:
        function: What is done to an item; a module's function, since other processes must find it.
        items: What it is done to; they are asked for when there is room, and may be slow to come.
        workers: How many processes at most.
        limits: What each item may use.
        prepare: Called once in each process, before its limits hold.

    Raises:
        GradwrightError: No worker can be started.
    """
    pool: _Pool[Item, Value] = _Pool(function, prepare or _nothing, limits or Limits(), max(1, workers))
    with Feed(items) as feed:
        try:
            yield from pool.outcomes(feed)
        finally:
            pool.stop()


def _nothing() -> None:
    """Prepare nothing."""


@dataclass
class _Pool(Generic[Item, Value]):
    """The workers, what waits for one, and the outcomes that wait for those before them."""

    function: Callable[[Item], Value]
    prepare: Callable[[], None]
    limits: Limits
    most: int
    workers: list[Worker] = field(default_factory=list)
    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    found: dict[int, Outcome[Value]] = field(default_factory=dict)
    asked: int = 0
    failures: int = 0

    def outcomes(self, feed: Feed[Item]) -> Iterator[Outcome[Value]]:
        told = 0
        while True:
            self._take(feed)
            self._give()
            while told in self.found:
                yield self.found.pop(told)
                told += 1
            if told == self.asked and feed.is_over:
                return
            self._listen(feed)

    def stop(self) -> None:
        for worker in self.workers:
            worker.end()
        self.workers.clear()

    @property
    def _has_room(self) -> bool:
        return len(self.waiting) < self.most * _AHEAD and len(self.found) < _UNTOLD

    def _take(self, feed: Feed[Item]) -> None:
        """Take what has come, as much as the workers can soon use."""
        while self._has_room and (item := feed.next()) is not None:
            self.waiting.append((self.asked, bytes(ForkingPickler.dumps(item[0]))))
            self.asked += 1

    def _give(self) -> None:
        """Hand what waits to the workers, starting as many as there is work for."""
        idle = sum(not worker.given for worker in self.workers)
        for _ in range(min(self.most - len(self.workers), len(self.waiting) - idle)):
            self.workers.append(start(self.function, self.prepare, self.limits))
        for depth in range(_AHEAD):
            for worker in self.workers:
                if self.waiting and worker.is_ready and len(worker.given) == depth:
                    self._hand(worker)

    def _hand(self, worker: Worker) -> None:
        """Give a worker the next item; a further one only if the pipe takes it though the worker is busy."""
        held = sum(len(item) for _, item in worker.given)
        if worker.given and held + len(self.waiting[0][1]) > _AHEAD_BYTES:
            return
        if not worker.given:
            worker.since = time.monotonic()
        worker.given.append(self.waiting.popleft())
        with suppress(OSError):  # if it is dead, that is found when its pipe is read
            worker.pipe.send_bytes(worker.given[-1][1])

    def _listen(self, feed: Feed[Item]) -> None:
        """Wait for replies, for more items, or for the first limit to pass; and settle what has come."""
        ends = [self._deadline(worker) for worker in self.workers if worker.is_busy]
        patience = max(0.0, min(ends) - time.monotonic()) if ends else None
        listening = feed.is_open and self._has_room
        pipes: list[Any] = [*(worker.pipe for worker in self.workers), *([feed.bell] if listening else [])]
        heard = wait(pipes, patience)
        for worker in list(self.workers):
            if worker.pipe in heard:
                self._hear(worker)
            elif worker.is_busy and time.monotonic() > self._deadline(worker):
                self._lose(worker, "time")

    def _deadline(self, worker: Worker) -> float:
        return worker.since + (self.limits.seconds if worker.is_ready else _START)

    def _hear(self, worker: Worker) -> None:
        """Take all that a worker has said so far."""
        try:
            while worker in self.workers and worker.pipe.poll():
                self._settle(worker, *worker.pipe.recv())
        except (EOFError, OSError):
            self._lose(worker, worker.cause_of_death())

    def _settle(self, worker: Worker, cause: str, value: Any) -> None:
        worker.since = time.monotonic()
        match cause:
            case "ready":
                worker.is_ready, self.failures = True, 0
            case "memory":
                self._lose(worker, cause)
            case "":
                self.found[worker.given.popleft()[0]] = Outcome(value)
            case _:
                self.found[worker.given.popleft()[0]] = Outcome(cause=cause, detail=value)

    def _lose(self, worker: Worker, cause: str) -> None:
        """End a worker; what it was at is lost, what it had not begun is given to another."""
        if worker.given:
            self.found[worker.given.popleft()[0]] = Outcome(cause=cause)
        self.waiting.extendleft(reversed(worker.given))
        self.workers.remove(worker)
        worker.end()
        if not worker.is_ready:
            self.failures += 1
            if self.failures >= _TRIES:
                raise GradwrightError("no process to judge in can be started; is there memory for one?")
