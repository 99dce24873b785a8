"""Assignments in index form planned as statements: what is stored, and what is computed where it is used.

A sum of products stays a sum, however its factors lie; how to compute it is the machine code's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Expr, Mul
from sympy.core.basic import Basic

from gradwright.execute.lowering.scope import Names, Scope, Sink, key_of, rank
from gradwright.execute.lowering.statements import Best, Fill, Lowered, Opaque, Repeat
from gradwright.execute.lowering.sums import Sums
from gradwright.execute.order import Group, Straight
from gradwright.tensor.nodes import (
    Apply,
    Assignment,
    Delta,
    Entry,
    First,
    Index,
    MaxOver,
    ProductOver,
    Sum,
    Tensor,
)


def plan(groups: Sequence[Group], shapes: Mapping[str, tuple[Expr, ...]]) -> Lowered:
    """The statements that carry out the assignments.

    Args:
        groups: The assignments, prepared and ordered.
        shapes: The extents of the given values.
    """
    names = Names(dict(shapes))
    top = Scope(names)
    planner = Planner(names)
    formulas = {}
    for group in groups:
        members = (group.assignment,) if isinstance(group, Straight) else group.assignments
        for member in members:
            names.add(member.name, member.tensor.shape)
            formulas[member.name] = f"{Entry(member.name, *member.tensor.indices)} = {member.tensor.entry}"
            names.integers.update(_whole(member.tensor.entry))
        if isinstance(group, Straight):
            tensor = group.assignment.tensor
            planner.assign(Sink(group.assignment.name, (), tensor.indices), tensor.entry, top)
        else:
            _repeat(planner, members, group.direction, top)
    return Lowered(
        tuple(top.statements), names.shapes, tuple(names.made), frozenset(names.integers), formulas
    )


def _whole(expr: Expr) -> set[str]:
    """The names of the values that are used as places on an axis."""
    found: set[str] = set()
    for node in expr.atoms(Entry, Apply, Delta, First):
        places = (
            node.args if isinstance(node, Delta) else node.at if isinstance(node, First) else node.indices
        )
        found.update(inner.name for place in places for inner in place.atoms(Entry))
    return found


def _repeat(planner: Planner, members: Sequence[Assignment], direction: int, top: Scope) -> None:
    """A recurrence: the members' statements inside one loop over the time that they share."""
    time = Index(f"{members[0].tensor.indices[0].name}t", members[0].tensor.indices[0].extent)
    inner = Scope(planner.names, time, top, {member.name for member in members})
    for member in members:
        first, *rest = member.tensor.indices
        entry = member.tensor.entry.xreplace({first: time})
        planner.assign(Sink(member.name, (time,), tuple(rest)), entry, inner)
    top.statements.append(Repeat(time, direction, tuple(inner.statements)))


class Planner:
    """Rewrites expressions so that every reduction worth it is a stored value of its own."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.sums = Sums(self, names)

    def assign(self, sink: Sink, expr: Expr, scope: Scope) -> None:
        """Plan ``sink = expr``."""
        expr = self._place_firsts(expr, scope)
        if isinstance(expr, Sum):
            found = self.sums.total(expr, sink.loops, scope, sink)
            if found is None:
                return
            expr = found
        else:
            expr = self.reduce(expr, sink.loops, scope)
        scope.statements.append(Fill(sink.target, (*sink.lead, *sink.loops), sink.loops, expr))

    def reduce(self, expr: Basic, around: tuple[Index, ...] | None, scope: Scope) -> Expr:
        """The expression with reductions stored, but for those that run once at each place of ``around``.

        Args:
            expr: The expression.
            around: The loops in which the expression is evaluated; None where it is not known.
            scope: Where its statements go.
        """
        result: Expr = self._reduce(expr, around, scope)
        return result

    def _reduce(self, expr: Basic, around: tuple[Index, ...] | None, scope: Scope) -> Basic:
        if not expr.args or isinstance(expr, Entry):
            return expr
        if isinstance(expr, Sum):
            found = self.sums.total(expr, around, scope, None)
            assert found is not None
            return found
        if isinstance(expr, MaxOver | ProductOver):
            home = scope.home(expr)
            if around is not None and home is scope and scope.free(expr) == set(around):
                return expr.func(self.reduce(expr.body, (*around, *expr.bound), scope), *expr.bound)
            return self.stored(expr, sorted(home.free(expr), key=rank), home)
        if isinstance(expr, Apply):
            return self._applied(expr, scope)
        args = [self._reduce(argument, around, scope) for argument in expr.args]
        if all(new is old for new, old in zip(args, expr.args, strict=True)):
            return expr
        return expr.func(*args)

    def stored(self, expr: Expr, axes: Sequence[Index], scope: Scope) -> Entry:
        """An entry of a temporary value that holds the expression, with its axes in the order given."""
        key = key_of(expr, axes)
        if key not in scope.known:
            name = scope.temporary(axes)
            places = tuple(axes)
            if isinstance(expr, MaxOver | ProductOver):
                inner = expr.func(self.reduce(expr.body, (*places, *expr.bound), scope), *expr.bound)
                scope.statements.append(Fill(name, places, places, inner))
            else:
                self.assign(Sink(name, (), places), expr, scope)
            scope.known[key] = name
        return Entry(scope.known[key], *axes)

    def product(
        self, pair: tuple[Expr, Expr], bound: Sequence[Index], scope: Scope, sink: Sink | None
    ) -> Expr | None:
        """The sum of two factors' product as a stored value; a factor that is no entry is stored first."""
        left, right = (self._factor(factor, bound, scope) for factor in pair)
        value = Sum(left * right, *bound)
        if sink is not None:
            scope.statements.append(Fill(sink.target, (*sink.lead, *sink.loops), sink.loops, value))
            return None
        axes = tuple(sorted(scope.free(value), key=rank))
        name = scope.temporary(axes)
        scope.statements.append(Fill(name, axes, axes, value))
        return Entry(name, *axes)

    def _factor(self, factor: Expr, bound: Sequence[Index], scope: Scope) -> Expr:
        if isinstance(factor, Entry):
            return factor
        axes = sorted(scope.free(factor), key=lambda index: (index in bound, rank(index)))
        return self.stored(factor, axes, scope)

    def _applied(self, expr: Apply, scope: Scope) -> Expr:
        """An entry of an opaque function's value, which is computed once."""
        home = scope.home(expr)
        key = Tensor((), Apply(expr.args[0], expr.args[1])).entry
        if key not in home.known:
            shape = self.names.shapes[expr.operands[-1]]
            if expr.function == "pinv":
                shape = shape[::-1]
            name = self.names.add(home.temporary(()), shape if expr.indices else ())
            home.statements.append(Opaque(name, expr.function, expr.operands))
            home.known[key] = name
        return Entry(home.known[key], *expr.indices)

    def _place_firsts(self, expr: Expr, scope: Scope) -> Expr:
        """Each ``First`` as deltas between its place and stored whole numbers, the place of the maximum."""
        firsts = sorted(expr.atoms(First), key=str)
        if not firsts:
            return expr
        values: dict[Basic, Basic] = {}
        for node in firsts:
            body = self._place_firsts(node.body, scope)
            home = scope.home(body)
            axes = tuple(sorted(home.free(body) - set(node.bound), key=rank))
            key = key_of(MaxOver(body, *node.bound), axes, ordered=True)
            if key not in home.known:
                targets = tuple(home.temporary(axes, integer=True) for _ in node.bound)
                reduced = self.reduce(body, (*axes, *node.bound), home)
                home.statements.append(Best(targets, axes, axes, reduced, node.bound))
                home.known[key] = " ".join(targets)
            targets = tuple(home.known[key].split())
            pairs = zip(node.at, targets, strict=True)
            values[node] = Mul(*(Delta(place, Entry(target, *axes)) for place, target in pairs))
        replaced: Expr = expr.xreplace(values)
        return replaced
