"""Threads that carry out one program together: each does its share of a kernel."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


@functools.cache
def _helpers(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="gradwright")


def together(work: Callable[[int], None], shares: int) -> None:
    """Call ``work(share)`` on ``shares`` threads at once, this one among them; return when all have."""
    if shares == 1:
        work(0)
        return
    helpers = _helpers(shares - 1)
    others = [helpers.submit(work, share) for share in range(1, shares)]
    work(0)
    for other in others:
        other.result()
