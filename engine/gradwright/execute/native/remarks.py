"""What is said of a kernel beside its loops: the products of matrices in it, and its tile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Var
from gradwright.execute.native.labels import Labels
from gradwright.execute.native.shape import Plan, plan_of, products
from gradwright.execute.native.statement import Kernel
from gradwright.execute.native.tiling import Tiling
from gradwright.execute.native.tree import Load, Reduce, walk


def facts(kernel: Kernel, buffers: Mapping[str, Buffer], width: int, labels: Labels) -> Iterator[str]:
    """A line about the products of matrices in a kernel, and one about its tile.

    Args:
        kernel: The kernel.
        buffers: All buffers.
        width: The lanes of a vector.
        labels: What everything is called.
    """
    sizes: Counter[str] = Counter()
    for _, made in products(kernel):
        sizes[f"({made.rows} x {made.inner}) @ ({made.inner} x {made.columns})"] += made.batch
    if sizes:
        each = [size if count == 1 else f"{count} of {size}" for size, count in sizes.items()]
        yield f"{'product' if sizes.total() == 1 else 'products'}: {', '.join(each)}"
    if is_copy(kernel):
        return
    plan = plan_of(kernel, buffers, width)
    text = _tile(plan, kernel, labels)
    if text:
        yield text


def is_copy(kernel: Kernel) -> bool:
    """Whether a kernel gives a value another place in memory and nothing else."""
    store = kernel.stores[0]
    return (
        store.buffer.partition("~")[2] != ""
        and not store.buffer.startswith("~")
        and isinstance(store.value, Load)
    )


def _tile(plan: Plan, kernel: Kernel, labels: Labels) -> str:
    """A tile in words: how many places are computed at once, and along which loop the vectors lie."""
    tile = plan.tile
    parts = []
    if tile.vector is not None:
        lanes = min(tile.width, tile.vector.extent)
        count = tile.tile.get(tile.vector, 1)
        parts.append(f"{_many(count, 'vector')} of {lanes} along {_counter(tile.vector, kernel, labels)}")
    parts += [
        f"{count} of {_counter(var, kernel, labels)}"
        for var, count in tile.tile.items()
        if var is not tile.vector and count > 1
    ]
    inner = _inner(tile, kernel, labels)
    if inner:
        parts.append(f"vectors of {tile.width} along {inner} inside the sum")
    return f"at once: {', '.join(parts)}" if parts else ""


def _inner(tile: Tiling, kernel: Kernel, labels: Labels) -> str:
    names = dict.fromkeys(_counter(var, kernel, labels) for var in tile.inner.values())
    return ", ".join(names)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _counter(var: Var, kernel: Kernel, labels: Labels) -> str:
    """A counter's name; of one that joins neighbouring loops, theirs."""
    if var in kernel.loops:
        return labels.counter(var)
    over = [
        one for store in kernel.stores for n in walk(store.value) if isinstance(n, Reduce) for one in n.over
    ]
    found = _spelled(var.name, [*kernel.loops, *over])
    return "*".join(map(labels.counter, found)) if found else labels.counter(var)


def _spelled(name: str, vars_: Sequence[Var]) -> list[Var]:
    """The counters whose names one after the other are a name; empty if there are none."""
    for var in vars_:
        if name == var.name:
            return [var]
        if name.startswith(var.name):
            rest = _spelled(name.removeprefix(var.name), [one for one in vars_ if one is not var])
            if rest:
                return [var, *rest]
    return []
