"""The processor at hand and what it can do, told without LLVM where the system tells it."""

from __future__ import annotations

import contextlib
import functools
import importlib
from pathlib import Path

import llvmlite

TOLD = Path("/proc/cpuinfo")
KEYS = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags")
"""What Linux tells of an x86 processor that does not change while it works."""


@functools.cache
def processor() -> str:
    """The processor, what it can do, and the LLVM that uses it: code made for one is used by no other."""
    return f"{_told() or _asked()} llvmlite {llvmlite.__version__}"


def _told() -> str:
    """What Linux tells of the first processor, one of x86; "" otherwise."""
    table = {}
    with contextlib.suppress(OSError):
        first = TOLD.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
        table = {
            key.strip(): value.strip()
            for key, _, value in (line.partition(":") for line in first.splitlines())
        }
    return repr([table[key] for key in KEYS]) if set(KEYS) <= set(table) else ""


def _asked() -> str:
    """What LLVM finds."""
    found: str = importlib.import_module("gradwright.execute.native.machine").processor()
    return found
