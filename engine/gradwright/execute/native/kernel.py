"""One kernel written: its function, its loops over tiles, its stores."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from llvmlite import ir

from gradwright.execute.native import transpose
from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.conditions import ends, same
from gradwright.execute.native.emit import Emitter
from gradwright.execute.native.index import Place, Var
from gradwright.execute.native.nest import I64, POINTER
from gradwright.execute.native.reach import Reach
from gradwright.execute.native.sharing import ALONE, Sharing
from gradwright.execute.native.signature import outer, used
from gradwright.execute.native.statement import Kernel, Store
from gradwright.execute.native.tiling import Tiling, is_exact
from gradwright.execute.native.tree import Const, Op


def write(
    module: ir.Module,
    name: str,
    kernel: Kernel,
    buffers: Mapping[str, Buffer],
    number: ir.Type,
    tile: Tiling,
    kept: frozenset[str],
    share: Sharing = ALONE,
    shares: int = 1,
) -> ir.Function:
    """The function of a kernel: it takes the buffers that it uses, the counters around it, and its share.

    Args:
        module: Where the function goes.
        name: The function's name.
        kernel: The kernel.
        buffers: All buffers.
        number: LLVM's type of a number.
        tile: The tile.
        kept: The buffers whose stores are wanted; the others' values are used in the kernel alone.
        share: The loop that threads share.
        shares: How many threads there are.
    """
    names, counters = used(kernel), outer(kernel)
    type_ = ir.FunctionType(ir.VoidType(), [POINTER] * len(names) + [I64] * (len(counters) + 1))
    function = ir.Function(module, type_, name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    pointers = dict(zip(names, function.args, strict=False))
    around = dict(zip(counters, function.args[len(names) :], strict=False))
    emitter = Emitter(function, pointers, around, buffers, number, tile)
    _Writer(emitter, kernel, tile, kept, share, shares, function.args[-1]).write()
    emitter.nest.resume()
    emitter.builder.ret_void()
    return function


class _Writer:
    """Opens a kernel's loops around its tile."""

    def __init__(
        self,
        emitter: Emitter,
        kernel: Kernel,
        tile: Tiling,
        kept: frozenset[str],
        shared: Sharing,
        shares: int,
        share: Any,
    ) -> None:
        self.emitter, self.kernel, self.exact = emitter, kernel, is_exact(kernel)
        self.tiling = tile
        self.kept, self.shared, self.shares, self.share = kept, shared, shares, share
        self.reach = Reach(emitter.nest, emitter.places)

    def write(self) -> None:
        """All loops and the tile inside; what threads do not share is done by the first of them."""
        if self.shares > 1 and self.shared.var is None:
            builder = self.emitter.builder
            with self.emitter.nest.condition(builder.icmp_signed("==", self.share, I64(0))):
                self._open(self.tiling.order)
        else:
            self._open(self.tiling.order)

    def _open(self, loops: Sequence[Var]) -> None:
        emitter = self.emitter
        if not loops:
            self._tile()
            return
        var, *rest = loops
        if var is not self.tiling.vector:
            self._blocks(var, self.tiling.span(var, 1), rest)
            return
        width = self.tiling.width
        emitter.places.lanes = min(width, var.extent)
        if not self.exact or var.extent <= width:
            self._blocks(var, self.tiling.span(var, emitter.places.lanes), rest)
            return
        block = width * self.tiling.tile.get(var, 1)
        with self._loop(var, var.extent // block, lambda i: emitter.builder.mul(i, I64(block))):
            self._open(rest)
        if var.extent % block:
            emitter.places.lanes = var.extent % width
            with (
                self._narrow(var),
                self._alone(var),
                emitter.nest.loop(var, I64(0), I64(1), lambda i: I64(var.extent - emitter.places.lanes)),
            ):
                self._open(rest)

    @contextlib.contextmanager
    def _narrow(self, var: Var) -> Iterator[None]:
        """A tile with a single vector along a counter."""
        held, places = self.tiling, self.emitter.places
        self.tiling = places.tiling = replace(held, tile={**held.tile, var: 1})
        yield
        self.tiling = places.tiling = held

    @contextlib.contextmanager
    def _alone(self, var: Var) -> Iterator[None]:
        """What is left over of the loop that threads share is done by the first of them."""
        if var is self.shared.var:
            with self.emitter.nest.condition(self.emitter.builder.icmp_signed("==", self.share, I64(0))):
                yield
        else:
            yield

    def _blocks(self, var: Var, span: int, rest: Sequence[Var]) -> None:
        """A loop over tiles along a counter; the last may overlap the one before."""
        builder, count = self.emitter.builder, -(-var.extent // span)
        if var is self.shared.var and self.shared.by_rows:
            self._rows(var, span, rest)
            return

        def base(number: Any) -> Any:
            at = builder.mul(number, I64(span), flags=["nsw"])
            if var.extent % span == 0:
                return at
            last = I64(var.extent - span)
            return builder.select(builder.icmp_signed("<", at, last), at, last)

        with self._loop(var, count, base):
            self._open(rest)

    def _rows(self, var: Var, span: int, rest: Sequence[Var]) -> None:
        """A thread's own places along a counter, tile by tile; the last tile may overlap the one before."""
        builder, extent = self.emitter.builder, I64(var.extent)

        def part(number: Any) -> Any:
            return builder.udiv(builder.mul(number, extent), I64(self.shares))

        low, high = part(self.share), part(builder.add(self.share, I64(1)))
        count = builder.udiv(builder.add(builder.sub(high, low), I64(span - 1)), I64(span))
        last = builder.sub(high, I64(span))

        def base(number: Any) -> Any:
            at = builder.add(low, builder.mul(number, I64(span)), flags=["nsw"])
            return builder.select(builder.icmp_signed("<", at, last), at, last)

        with self.emitter.nest.loop(var, I64(0), count, base):
            self._open(rest)

    @contextlib.contextmanager
    def _loop(self, var: Var, end: int, base: Any) -> Iterator[None]:
        emitter, builder = self.emitter, self.emitter.builder
        if var is not self.shared.var:
            with emitter.nest.loop(var, I64(0), I64(end), base):
                yield
            return
        low = builder.udiv(builder.mul(self.share, I64(end)), I64(self.shares))
        high = builder.udiv(builder.mul(builder.add(self.share, I64(1)), I64(end)), I64(self.shares))
        with (
            emitter.nest.condition(builder.icmp_signed("<", low, high)),
            emitter.nest.loop(var, low, high, base),
        ):
            yield

    def _tile(self) -> None:
        """The stores at every place of the tile; what changes its own inputs is read whole before."""
        emitter = self.emitter
        pair = transpose.turned(self.kernel, emitter.access.buffers, self.tiling.width)
        if pair is not None:
            transpose.write(emitter, self.kernel, pair, self.tiling.width)
            return
        common = self._ends()
        if not common:
            self._stores(self.kernel.stores)
            return
        beyond = self.reach.beyond(common)
        with emitter.nest.condition(emitter.builder.not_(beyond), skips=True):
            self._stores(self.kernel.stores)
        others = [one for one in map(_other, self.kernel.stores) if not one.add or one.value != Const(0.0)]
        with emitter.nest.condition(beyond, skips=True):
            self._stores(others)

    def _ends(self) -> list[Place]:
        """The conditions beyond which every value that is stored may be another, shorter one."""
        kept = (store.value for store in self.kernel.stores if store.buffer in self.kept)
        first, *others = [{same(one): one for one in ends(value)} for value in kept] or [{}]
        return [one for key, one in first.items() if all(key in other for other in others)]

    def _stores(self, stores: Sequence[Store]) -> None:
        emitter, tile = self.emitter, self.tiling.tile
        emitter.counts = dict(tile)
        emitter.forward = {}
        later = []
        for store in stores:
            if store.buffer in self.kept:
                places = frozenset().union(*(place.vars for place in store.places))
                own = [var for var in tile if var in places]
                for at in itertools.product(*(range(tile[var]) for var in own)):
                    inst = dict(zip(own, at, strict=True))
                    value = emitter.value(store.value, inst)
                    if self.exact and not store.add:
                        later.append((store, inst, value))
                    else:
                        emitter.store(store, inst, value)
            if not store.add:
                emitter.forward[store.buffer, store.places] = store
        for store, inst, value in later:
            emitter.store(store, inst, value)


def _other(store: Store) -> Store:
    """The store of a value's other, where that is known."""
    value = store.value
    return replace(store, value=value.args[2]) if isinstance(value, Op) and value.name == "within" else store
