"""What worker processes are asked to do in the tests; they have to find it in a module."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

from flint import fmpz

from gradwright.errors import UsageError
from gradwright.grade.judge import check
from tests.grade.hostile import REFERENCE, VARS, Hostile


def twice(number: int) -> int:
    return 2 * number


def obey(order: str) -> Any:
    """Do what an answer might do to its process."""
    word, _, rest = order.partition(" ")
    if word in _DEEDS:
        return _DEEDS[word]()
    match word:
        case "sleep":
            time.sleep(float(rest))
        case "print":
            _print(rest)
        case "refuse":
            raise UsageError(rest)
        case "mark":
            _mark(rest)
    return rest


def _print(text: str) -> None:
    print(text)
    for stream in (1, 2):
        os.write(stream, text.encode())


def _mark(path: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")


def _hang() -> None:
    """A call into C that does not come back: no signal handler of Python's would ever run."""
    re.match(r"(a+)+b", "a" * 80)


def _spin() -> None:
    while True:
        pass


def _grow() -> None:
    held: list[Any] = []
    while True:
        held.append([0] * 1000)


def _defect() -> None:
    raise IndexError("no such entry")


def _power() -> Any:
    three: Any = fmpz(3)
    return three**10**10


_DEEDS: dict[str, Callable[[], Any]] = {
    "pid": os.getpid,
    "where": os.getcwd,
    "hang": _hang,
    "spin": _spin,
    "array": lambda: bytearray(2_000_000_000),
    "list": _grow,
    "flint": _power,
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(3),
    "defect": _defect,
    "big": lambda: "x" * 3_000_000,
    "threads": threading.active_count,
    "environment": lambda: os.environ.get("OPENBLAS_NUM_THREADS"),
}


@dataclass(frozen=True)
class Judged:
    """How an answer was judged, and what it took: seconds of the process, its most megabytes so far."""

    verdict: str
    feedback: str
    seconds: float
    megabytes: float


def judge_hostile(row: Hostile, explain: str = "none") -> Judged:
    """Judge a hostile answer in the process that this is called in."""
    started = time.process_time()
    found = check(REFERENCE, row.answer, VARS, syntax=row.syntax, explain=explain)
    seconds = time.process_time() - started
    return Judged(found.verdict, found.feedback, seconds, getrusage(RUSAGE_SELF).ru_maxrss / 1024)


def explain_hostile(row: Hostile) -> Judged:
    """The same, with the mistake looked for."""
    return judge_hostile(row, "rule")
