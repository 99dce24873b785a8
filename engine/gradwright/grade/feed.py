"""Items that come when they come: a thread waits for them, so that nobody else has to."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from multiprocessing import Pipe
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")

_ROOM = 64


class Feed(Generic[Item]):
    """A queue that a thread fills from an iterable, a few items ahead.

    ``bell`` can be read from (for ``multiprocessing.connection.wait``) while there is an item to take, or
    when the last one has been taken.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self.bell, self._ring = Pipe(duplex=False)
        self._items = items
        self._queue: deque[Item] = deque()
        self._lock = threading.Lock()
        self._room = threading.Semaphore(_ROOM)
        self._closed = False
        self._ended = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._fill, name="feed", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._room.release()
        with self._lock:
            self.bell.close()
            self._ring.close()

    @property
    def is_open(self) -> bool:
        """Whether the bell may still ring."""
        with self._lock:
            return not self._ended or bool(self._queue)

    @property
    def is_over(self) -> bool:
        """Whether all items have been taken.

        Raises:
            Exception: What the iterable raised in place of a further item.
        """
        with self._lock:
            if not self._ended or self._queue:
                return False
        if self._error is not None:
            raise self._error
        return True

    def next(self) -> tuple[Item] | None:
        """The next item in a tuple, or None if there is none at the moment."""
        with self._lock:
            if not self._queue:
                return None
            item = self._queue.popleft()
            if not self._queue and not self._ended:
                self.bell.recv_bytes()
        self._room.release()
        return (item,)

    def _fill(self) -> None:
        try:
            for item in self._items:
                self._room.acquire()
                if not self._put(item):
                    return
        except BaseException as error:  # whoever takes the items is told
            self._error = error
        with self._lock:
            self._ended = True
            self._wake()

    def _put(self, item: Item) -> bool:
        with self._lock:
            self._queue.append(item)
            if len(self._queue) == 1:
                self._wake()
        return not self._closed

    def _wake(self) -> None:
        if not self._closed:
            self._ring.send_bytes(b".")
