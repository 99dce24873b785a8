"""The order of formulas: each after what it uses; those of a recurrence stand together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gradwright.language.scope import ReadError
from gradwright.language.tree import Binary, Formula, Item, Name, Negate, Number, Tree, children


@dataclass(frozen=True)
class Group:
    """One formula (``direction`` 0), or the formulas of a recurrence, in the order of one time step.

    Args:
        direction: 1 where values are needed at earlier places of the leading axis, -1 where at later ones.
    """

    formulas: tuple[Formula, ...]
    direction: int = 0


def in_order(formulas: Sequence[Formula]) -> tuple[Formula, ...]:
    """The formulas so that each uses only earlier ones, or its own recurrence's values at another time.

    Raises:
        ReadError: Some formulas need one another at the same time.
    """
    return tuple(formula for group in groups(formulas) for formula in group.formulas)


def groups(formulas: Sequence[Formula]) -> tuple[Group, ...]:
    """The same as groups, which keep the order in which they were written wherever that will do.

    Raises:
        ReadError: Some formulas need one another at the same time.
    """
    reads = {formula.target: tuple(_reads(formula)) for formula in formulas}
    reach = reached({target: {name for name, _ in found} for target, found in reads.items()})
    waiting: list[tuple[Formula, ...]] = []
    for formula in formulas:
        near = {name for name in reach[formula.target] if formula.target in reach[name]} | {formula.target}
        if not any(formula in members for members in waiting):
            waiting.append(tuple(one for one in formulas if one.target in near))
    done: list[Group] = []
    ready: set[str] = set()
    while waiting:
        members = next(group for group in waiting if _outer(group, reads) & reads.keys() <= ready)
        waiting.remove(members)
        done.append(_group(members, reads))
        ready |= {one.target for one in members}
    return tuple(done)


Reads = Mapping[str, Sequence[tuple[str, int | None]]]


def _outer(members: Sequence[Formula], reads: Reads) -> set[str]:
    inner = {one.target for one in members}
    return {name for one in members for name, _ in reads[one.target]} - inner


def _group(members: tuple[Formula, ...], reads: Reads) -> Group:
    inner = {one.target for one in members}
    found = {one.target: [(name, lag) for name, lag in reads[one.target] if name in inner] for one in members}
    lags = [lag for pairs in found.values() for _, lag in pairs]
    if not lags:
        return Group(members)
    signs = {(-1 if lag > 0 else 1) for lag in lags if lag}
    ordered = _at_one_time(members, found) if None not in lags and len(signs) == 1 else None
    if ordered is None:
        raise _cycle(members, found)
    return Group(ordered, signs.pop())


def _at_one_time(members: Sequence[Formula], found: Reads) -> tuple[Formula, ...] | None:
    """The formulas of one time step so that each uses only earlier ones there; None if they are cyclic."""
    waiting = list(members)
    done: list[Formula] = []
    ready: set[str] = set()
    while waiting:
        needed = ({name for name, lag in found[one.target] if not lag} <= ready for one in waiting)
        at = next((place for place, free in enumerate(needed) if free), None)
        if at is None:
            return None
        ready.add(waiting[at].target)
        done.append(waiting.pop(at))
    return tuple(done)


def _cycle(members: Sequence[Formula], found: Reads) -> ReadError:
    first = members[0]
    hint = f"a value may use itself at an earlier time only, as in {first.target}[t] = f({first.target}[t-1])"
    path = [first.target]
    while path[-1] not in path[:-1]:
        path.append(next((n for n, lag in found[path[-1]] if not lag), found[path[-1]][0][0]))
    cycle = path[path.index(path[-1]) :]
    if len(cycle) == 2:
        return ReadError(
            f"{cycle[0]} is defined by itself: a cyclic formula", _of(members, cycle[0]).body.span, hint
        )
    message = f"these formulas are cyclic: {' needs '.join(cycle)}"
    return ReadError(message, _of(members, cycle[0]).body.span, hint)


def _of(members: Sequence[Formula], target: str) -> Formula:
    return next(one for one in members if one.target == target)


def _reads(formula: Formula) -> Iterator[tuple[str, int | None]]:
    """Each name in a formula's body and how far along the formula's first index it is read.

    ``h[t - 1]`` in a formula for ``a[t]`` is ``("h", -1)``; a name read in any other way has None.
    """
    yield from _names(formula.body, formula.indices[0] if formula.indices else "")


def _names(tree: Tree, time: str) -> Iterator[tuple[str, int | None]]:
    if isinstance(tree, Name):
        yield tree.name, None
        return
    parts: Sequence[Tree] = children(tree)
    if isinstance(tree, Item) and isinstance(tree.target, Name) and time:
        lag = _lag(tree.selectors[0], time)
        if lag is not None:
            yield tree.target.name, lag
            parts = tree.selectors
    for part in parts:
        yield from _names(part, time)


def _lag(selector: Tree, time: str) -> int | None:
    match selector:
        case Name(name=name) if name == time:
            return 0
        case Binary(operator="-", left=Name(name=name), right=Number(value=value)) if name == time:
            return -int(value)
        case Binary(operator="+", left=Name(name=name), right=Number(value=value)) if name == time:
            return int(value)
        case Binary(operator="+", left=Number(value=value), right=Name(name=name)) if name == time:
            return int(value)
        case Binary(operator="+", left=Negate(operand=Number(value=value)), right=Name(name=name)) if (
            name == time
        ):
            return -int(value)
        case _:
            return None


def reached(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Every target that each target needs, by itself or through others."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        found: set[str] = set()
        stack = [start]
        while stack:
            for name in graph[stack.pop()] & graph.keys():
                if name not in found:
                    found.add(name)
                    stack.append(name)
        reach[start] = found
    return reach
