"""How fast the processor's counter of cycles runs, by the clock."""

from __future__ import annotations

import ctypes
import functools
import time

from gradwright.execute.native import loader, machine

NOW = """
declare i64 @llvm.readcyclecounter()
define void @now(ptr %place) {
  %count = call i64 @llvm.readcyclecounter()
  store i64 %count, ptr %place
  ret void
}
"""
WAIT = 0.02


@functools.cache
def per_second() -> float:
    """The cycles that the processor counts in a second, from a short wait between two readings of both."""
    code = loader.load(machine.made(NOW), {})
    read, place = code.function("now", ctypes.c_void_p), ctypes.c_int64()

    def cycles() -> int:
        read(ctypes.addressof(place))
        return place.value

    cycles()
    begin, first = time.perf_counter(), cycles()
    while time.perf_counter() - begin < WAIT:
        pass
    end, last = time.perf_counter(), cycles()
    return (last - first) / (end - begin)
