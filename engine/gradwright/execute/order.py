"""The order of work: assignments sorted into straight ones and recurrences along a leading (time) axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr, Integer
from sympy.core.basic import Basic

from gradwright.errors import ModelError
from gradwright.tensor.nodes import Apply, Assignment, Entry


@dataclass(frozen=True)
class Straight:
    """An assignment that uses only values which are complete by then."""

    assignment: Assignment


@dataclass(frozen=True)
class Recurrence:
    """Assignments that need one another at an earlier (``direction`` 1) or later (-1) leading place.

    Args:
        assignments: In an order in which each uses only earlier ones at the same place.
    """

    assignments: tuple[Assignment, ...]
    direction: int

    @property
    def extent(self) -> Expr:
        """The number of places of the leading axis."""
        return self.assignments[0].tensor.indices[0].extent


Group = Straight | Recurrence


def order(assignments: Sequence[Assignment]) -> tuple[Group, ...]:
    """The assignments in an order in which they can be carried out.

    Raises:
        ModelError: A value is defined twice, or values need one another at the same place (a cycle).
    """
    by_name: dict[str, Assignment] = {}
    for assignment in assignments:
        if assignment.name in by_name:
            raise ModelError(f"{assignment.name} is defined twice")
        by_name[assignment.name] = assignment
    uses = {name: _used(item.tensor.entry, by_name) for name, item in by_name.items()}
    groups: list[Group] = []
    for names in _components(uses):
        if len(names) == 1 and names[0] not in uses[names[0]]:
            groups.append(Straight(by_name[names[0]]))
        else:
            groups.append(_recurrence([by_name[name] for name in by_name if name in names]))
    return tuple(groups)


def needed(assignments: Sequence[Assignment], outputs: Sequence[str]) -> tuple[Assignment, ...]:
    """The assignments that the outputs depend on, in the given order."""
    by_name = {assignment.name: assignment for assignment in assignments}
    found: set[str] = set()
    stack = [name for name in outputs if name in by_name]
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(_used(by_name[name].tensor.entry, by_name))
    return tuple(assignment for assignment in assignments if assignment.name in found)


def names_in(expr: Basic) -> set[str]:
    """The names of the values that an expression uses."""
    names = {entry.name for entry in expr.atoms(Entry)}
    for node in expr.atoms(Apply):
        names.update(node.operands)
    return names


def _used(expr: Basic, known: Mapping[str, Assignment]) -> list[str]:
    return sorted(name for name in names_in(expr) if name in known)


def _components(uses: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Tarjan's strongly connected components, what is used first; without recursion."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_names: list[str] = []
    for root in uses:
        if root in number:
            continue
        work = [(root, iter(uses[root]))]
        number[root] = low[root] = len(number)
        open_names.append(root)
        while work:
            name, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == number[name]:
                    at = open_names.index(name)
                    yield open_names[at:]
                    del open_names[at:]
            elif following not in number:
                number[following] = low[following] = len(number)
                open_names.append(following)
                work.append((following, iter(uses[following])))
            elif following in open_names:
                low[name] = min(low[name], number[following])


def _recurrence(members: Sequence[Assignment]) -> Recurrence:
    """The group as a loop over its members' leading index."""
    names = {member.name for member in members}
    listed = ", ".join(sorted(names))
    if any(not member.tensor.indices for member in members):
        raise ModelError(
            f"{listed} need one another: a cyclic formula", hint="only a value on a time axis may"
        )
    extents = {member.tensor.indices[0].extent for member in members}
    if len(extents) > 1:
        raise ModelError(f"{listed} need one another along different axes: {', '.join(map(str, extents))}")
    signs: set[int] = set()
    same: dict[str, list[str]] = {member.name: [] for member in members}
    for member in members:
        for other, offset in _offsets(member, names):
            if offset == 0:
                same[member.name].append(other)
            else:
                signs.add(-1 if offset > 0 else 1)
    if len(signs) != 1:
        what = "at both earlier and later places" if signs else "at the same place"
        raise ModelError(f"{listed} need one another {what}: a cyclic formula")
    sorted_names: list[str] = []
    for names_now in _components(same):
        if len(names_now) > 1 or names_now[0] in same[names_now[0]]:
            raise ModelError(f"{', '.join(names_now)} need one another at the same place: a cyclic formula")
        sorted_names += names_now
    by_name = {member.name: member for member in members}
    return Recurrence(tuple(by_name[name] for name in sorted_names), signs.pop())


def _offsets(member: Assignment, names: set[str]) -> Iterator[tuple[str, int]]:
    """Each use of a value of the group and how far along the leading axis it lies."""
    time = member.tensor.indices[0]
    for node in member.tensor.entry.atoms(Apply):
        if names & set(node.operands):
            raise ModelError(f"{member.name} applies {node.function} to a value that needs {member.name}")
    for entry in member.tensor.entry.atoms(Entry):
        if entry.name not in names:
            continue
        offset = (entry.indices[0] - time).expand() if entry.indices else None
        if not isinstance(offset, Integer):
            raise ModelError(
                f"{member.name} and {entry.name} need one another: a cyclic formula",
                hint=f"a recurrence refers to {entry.name} at a fixed distance along the leading axis, "
                f"such as {entry.name}[{time} - 1]",
            )
        yield entry.name, int(offset)
