"""What a kernel's function is given, and which kernels can share a function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.index import Place, Var, items_in
from gradwright.execute.native.statement import Kernel
from gradwright.execute.native.tree import Load, loads_of


def used(kernel: Kernel) -> list[str]:
    """The buffers that a kernel touches, in order."""
    found: dict[str, None] = {}
    for store in kernel.stores:
        for load in loads_of(store.value):
            found[load.buffer] = None
        for place in store.places:
            for term, _ in place.terms:
                if not isinstance(term, Var):
                    for item in _items(term):
                        found[item] = None
        found[store.buffer] = None
    return list(found)


def _items(term: Any) -> Iterator[str]:
    for item in items_in((Place(0, ((term, 1),)),)):
        yield item.buffer


def outer(kernel: Kernel) -> list[Var]:
    """The counters of the repetitions around a kernel that it depends on."""
    inside = set(kernel.loops)
    found: dict[Var, None] = {}
    for store in kernel.stores:
        places = frozenset().union(*(place.vars for place in store.places)) if store.places else frozenset()
        for var in sorted(store.value.vars | places, key=lambda var: var.name):
            if var not in inside:
                found[var] = None
    return list(found)


def likeness(kernel: Kernel, buffers: Mapping[str, Buffer], kept: frozenset[str]) -> str:
    """A text that two kernels share if they differ in nothing but which values they are about."""
    names = {name: f"b{number}" for number, name in enumerate(used(kernel))}
    used_as_places = {name for name in names if buffers[name].kind != "number"}
    shapes = [
        (one.strides, one.low, one.kind, one.lengths if name in used_as_places else (), name in kept)
        for name, one in ((name, buffers[name]) for name in names)
    ]
    counters = {var: f"o{number}" for number, var in enumerate(outer(kernel))}
    for var in kernel.loops:
        counters[var] = f"i{len(counters)}"
    stores = [
        (one.add, repr_as(Load(one.buffer, one.places), names, counters), repr_as(one.value, names, counters))
        for one in kernel.stores
    ]
    loops = [var.extent for var in kernel.loops]
    return f"{shapes} {loops} {stores}"


def repr_as(expr: Any, names: Mapping[str, str], counters: dict[Var, str]) -> Any:
    """A node as nested tuples, with other names for buffers and counters."""
    if isinstance(expr, Var):
        return counters.setdefault(expr, f"i{len(counters)}")
    if isinstance(expr, tuple):
        return tuple(repr_as(part, names, counters) for part in expr)
    if not hasattr(expr, "__dataclass_fields__"):
        return expr
    fields: list[Any] = []
    for name in expr.__dataclass_fields__:
        part = getattr(expr, name)
        if name == "over":
            fields.append(tuple((repr_as(var, names, counters), var.extent) for var in part))
        else:
            fields.append(names.get(part, part) if name == "buffer" else repr_as(part, names, counters))
    return (type(expr).__name__, *fields)
