"""How threads share kernels: which loop they divide, and where they must wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.conditions import ends
from gradwright.execute.native.index import Place, Var, items_in
from gradwright.execute.native.loops import joined
from gradwright.execute.native.statement import Kernel, Program, Repeat, Statement
from gradwright.execute.native.tiling import Tiling, is_exact
from gradwright.execute.native.transpose import tile_of
from gradwright.execute.native.tree import loads_of, walk


@dataclass(frozen=True)
class Sharing:
    """What each thread does of a kernel.

    Args:
        var: The loop that is divided; None where the first thread does everything.
        by_rows: Whether thread ``s`` of ``S`` does the places from ``s*n/S`` below ``(s + 1)*n/S``; otherwise
            whole tiles are dealt out.
    """

    var: Var | None
    by_rows: bool = True


ALONE = Sharing(None)
WORTH = 60_000
"""A step of fewer cycles is carried out by one thread: the others would not be awake in time."""


def worthwhile(program: Program, width: int) -> bool:
    """Whether a program's steps are long enough for threads to share."""

    def cycles(statements: Sequence[Statement]) -> float:
        total = 0.0
        for one in statements:
            if isinstance(one, Repeat):
                total += one.var.extent * cycles(one.body)
            elif isinstance(one, Kernel):
                total += tile_of(joined(one, program.buffers), program.buffers, width).cycles
        return total

    return cycles(program.statements) > WORTH


def sharing(kernel: Kernel, tile: Tiling, shares: int) -> Sharing:
    """The division of a kernel's work among ``shares`` threads."""
    if shares == 1:
        return ALONE
    exact, uneven = is_exact(kernel), _uneven(kernel)
    for var in sorted(tile.order, key=lambda var: var in uneven):
        lanes = min(tile.width, var.extent)
        if not _divides(kernel, var):
            continue
        if exact and var is tile.vector:
            if var.extent // (lanes * tile.tile.get(var, 1)) >= shares:
                return Sharing(var, by_rows=False)
            continue
        span, part = tile.span(var, lanes), var.extent // shares
        if part >= span and not (exact and (var.extent % shares or part % span)):
            return Sharing(var)
        if exact and var.extent // span >= shares:
            return Sharing(var, by_rows=False)
    return ALONE


def _uneven(kernel: Kernel) -> frozenset[Var]:
    """The loops along which some places are more work than others."""
    nodes = (node for store in kernel.stores for node in walk(store.value))
    return frozenset().union(*(place.vars for node in nodes for place in ends(node)))


def _divides(kernel: Kernel, var: Var) -> bool:
    """Whether threads that share a loop add to different places."""
    return all(
        not store.add or any(_steps_over(place, var) for place in store.places) for store in kernel.stores
    )


def _steps_over(place: Place, var: Var) -> bool:
    """Whether a step along a counter leads past all that the others reach."""
    if not place.is_affine:
        return False
    reach = sum(abs(factor) * (term.extent - 1) for term, factor in place.terms if term is not var)
    return abs(place.factor(var)) > reach


@dataclass(frozen=True)
class _Access:
    """Entries of a buffer that a kernel touches.

    Args:
        buffer: The buffer.
        writes: Whether it writes them.
        share: The loop that threads divide.
        offset: Their places.
        inner: The loops inside the kernel.
    """

    buffer: str
    writes: bool
    share: Sharing
    offset: Place
    inner: frozenset[Var]

    def part(self, shares: int) -> int | None:
        """The distance after which the threads' parts repeat, if each has a whole part of its own."""
        var = self.share.var
        if var is None or not self.share.by_rows or not self.offset.is_affine or var.extent % shares:
            return None
        step = self.offset.factor(var)
        period = step * var.extent
        if step <= 0:
            return None
        reach = self.offset.const % period
        for term, factor in self.offset.terms:
            if term is var:
                continue
            if term in self.inner:
                reach += factor * (term.extent - 1) if factor > 0 else step
            elif factor % period:
                return None
        return period if reach < step else None


class Meetings:
    """Tells before which kernels the threads must meet.

    Args:
        buffers: All buffers.
        shares: The number of threads.
        overlap: For each value those that share its memory.

    ``outer`` are the counters of the repetitions around.
    """

    def __init__(
        self, buffers: Mapping[str, Buffer], shares: int, overlap: Mapping[str, frozenset[str]]
    ) -> None:
        self.buffers, self.shares, self.overlap = buffers, shares, overlap
        self.open: list[_Access] = []
        self.all: list[_Access] = []
        self.outer: frozenset[Var] = frozenset()

    def clear(self) -> None:
        """All threads have met."""
        self.open, self.all = [], []

    def before(self, kernel: Kernel, share: Sharing) -> bool:
        """Whether the threads must meet before a kernel, which is then among those carried out."""
        own = list(self._accesses(kernel, share))
        needed = self.clash(self.open, own)
        self.open = [*([] if needed else self.open), *own]
        self.all += own
        return needed

    def clash(self, earlier: Sequence[_Access], later: Sequence[_Access]) -> bool:
        """Whether a thread may touch what another has touched, one of them writing."""
        return any(self._apart(a, b) for a in earlier for b in later if a.writes or b.writes)

    def _apart(self, one: _Access, other: _Access) -> bool:
        if one.buffer != other.buffer:
            return other.buffer in self.overlap.get(one.buffer, ())
        if one.share.var is None and other.share.var is None:
            return False
        parts = one.part(self.shares), other.part(self.shares)
        return None in parts or parts[0] != parts[1]

    def _accesses(self, kernel: Kernel, share: Sharing) -> Iterator[_Access]:
        found: dict[tuple[str, bool, Place], None] = {}
        for store in kernel.stores:
            found[store.buffer, True, self.buffers[store.buffer].offset(store.places)] = None
            for load in (*loads_of(store.value), *items_in(store.places)):
                found[load.buffer, False, self.buffers[load.buffer].offset(load.places)] = None
        for buffer, writes, offset in found:
            bound = offset.vars - self.outer
            yield _Access(buffer, writes, share, offset, bound)
