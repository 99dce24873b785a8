"""The order of formulas: each after what it uses, except what it uses at an earlier time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gradwright.language.scope import ReadError
from gradwright.language.tree import Binary, Formula, Item, Name, Negate, Number, Tree, children


def in_order(formulas: Sequence[Formula]) -> tuple[Formula, ...]:
    """The formulas so that each uses only earlier ones, or a recurrence's values at another time.

    Formulas keep the order in which they were written wherever that will do.

    Raises:
        ReadError: Some formulas need one another at the same time.
    """
    targets = {formula.target for formula in formulas}
    needs = {formula.target: _needs(formula, targets) for formula in formulas}
    waiting = list(formulas)
    done: list[Formula] = []
    ready: set[str] = set()
    while waiting:
        following = next((one for one in waiting if needs[one.target] <= ready), None)
        if following is None:
            raise _cycle(waiting, needs)
        waiting.remove(following)
        done.append(following)
        ready.add(following.target)
    _check_loops(done, needs)
    return tuple(done)


def uses(formula: Formula) -> Iterator[tuple[str, int | None]]:
    """Each name in a formula's body and how far along the formula's first index it is read.

    ``h[t - 1]`` in a formula for ``a[t]`` is ``("h", -1)``; a name read in any other way has None.
    """
    yield from _uses(formula.body, formula.indices[0] if formula.indices else "")


def _uses(tree: Tree, time: str) -> Iterator[tuple[str, int | None]]:
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
        yield from _uses(part, time)


def _lag(selector: Tree, time: str) -> int | None:
    match selector:
        case Name() if selector.name == time:
            return 0
        case Binary(operator="-", left=Name(name=name), right=Number(value=value)) if name == time:
            return -int(value)
        case Binary(operator="+", left=Name(name=name), right=Number(value=value)) if name == time:
            return int(value)
        case Binary(operator="+", left=Negate(operand=Number(value=value)), right=Name(name=name)) if (
            name == time
        ):
            return -int(value)
        case _:
            return None


def _needs(formula: Formula, targets: set[str]) -> set[str]:
    """The targets that must be there before the formula: those not read at another time."""
    return {name for name, lag in uses(formula) if name in targets and not lag}


def _cycle(waiting: Sequence[Formula], needs: Mapping[str, set[str]]) -> ReadError:
    names = {formula.target for formula in waiting}
    path = [waiting[0].target]
    while path[-1] not in path[:-1]:
        path.append(next(name for name in sorted(needs[path[-1]]) if name in names))
    cycle = path[path.index(path[-1]) :]
    formula = next(one for one in waiting if one.target == cycle[0])
    if len(cycle) == 2:
        message = f"{cycle[0]} is defined by itself"
    else:
        message = f"these formulas are cyclic: {' needs '.join(cycle)}"
    hint = f"a value may use itself at an earlier time only, as in {cycle[0]}[t] = f({cycle[0]}[t-1])"
    return ReadError(message, formula.body.span, hint)


def _check_loops(formulas: Sequence[Formula], needs: Mapping[str, set[str]]) -> None:
    """Raise where a recurrence needs, through others, the whole of a value that it is still computing."""
    reach = _reach({one.target: {name for name, _ in uses(one)} for one in formulas})
    for formula in formulas:
        for name, lag in uses(formula):
            if lag is None and name in reach and formula.target in reach[name]:
                raise ReadError(
                    f"{formula.target} needs all of {name}, and {name} needs {formula.target}: a cyclic formula",
                    formula.body.span,
                    f"inside a recurrence, {name} is read at one time, as in {name}[t-1]",
                )


def _reach(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
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
