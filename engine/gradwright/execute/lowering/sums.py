"""Sums planned: deltas used up, products contracted two factors at a time, the rest summed in loops."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, And, Expr, Mul

from gradwright.execute.affine import surely_inside
from gradwright.execute.lowering.scope import Around, Names, Reducer, Scope, Sink, key_of, rank
from gradwright.execute.lowering.statements import Accumulate, Fill
from gradwright.tensor.affine import solve
from gradwright.tensor.nodes import Delta, Entry, Index, Iverson, Sum


class Sums:
    """Plans sums for a planner of expressions."""

    def __init__(self, planner: Reducer, names: Names) -> None:
        self.planner = planner
        self.names = names

    def total(self, expr: Sum, around: Around, scope: Scope, sink: Sink | None) -> Expr | None:
        """The sum as an expression of stored values, or None where it was written into ``sink``."""
        home = scope.home(expr)
        if home is not scope:
            around, sink = None, None
        if sink is not None and home.free(expr) != set(sink.loops):
            sink = None
        if isinstance(expr.body, Add):
            own = [home.free(term) for term in expr.body.args]
            if not any(set.union(*own) == axes for axes in own):
                terms = (Sum.over(term, expr.bound) for term in expr.body.args)
                return Add(*(self._part(term, around, home) for term in terms))
        factors = list(Mul.make_args(expr.body))
        outside = [factor for factor in factors if not home.free(factor) & set(expr.bound)]
        inside = [factor for factor in factors if factor not in outside]
        used = [index for index in expr.bound if any(index in home.free(factor) for factor in inside)]
        if outside or len(used) < len(expr.bound):
            outside += [index.extent for index in expr.bound if index not in used]
            rest = Sum.over(Mul(*inside), used)
            return Mul(self.planner.reduce(Mul(*outside), around, home), self._part(rest, around, home))
        return self._sum(inside, list(expr.bound), around, home, sink)

    def _part(self, expr: Expr, around: Around, scope: Scope) -> Expr:
        return self.planner.reduce(expr, around, scope)

    def _sum(
        self, factors: list[Expr], bound: list[Index], around: Around, scope: Scope, sink: Sink | None
    ) -> Expr | None:
        """A product summed, none of whose factors is free of the bound indices."""
        choice = self._delta(factors, bound, scope)
        if choice is None:
            return self._contract(factors, bound, around, scope, sink)
        delta, index, place = choice
        others = [factor.xreplace({index: place}) for factor in factors if factor is not delta]
        if index not in bound:
            return self._scatter(factors, bound, scope, sink)
        bound = [item for item in bound if item != index]
        if not surely_inside(place, index.extent):
            others.append(Iverson(And(place >= 0, place < index.extent)))
        rest = Sum.over(Mul(*others), bound)
        if isinstance(rest, Sum):
            return self.total(rest, around, scope, sink)
        return self._part(rest, around, scope)

    def _delta(
        self, factors: Sequence[Expr], bound: Sequence[Index], scope: Scope
    ) -> tuple[Delta, Index, Expr] | None:
        """A delta, the index that it fixes, and the place: the cheapest choice; a free index is a scatter."""
        best: tuple[float, tuple[Delta, Index, Expr]] | None = None
        for delta in [factor for factor in factors if isinstance(factor, Delta)]:
            for index in sorted(scope.free(delta), key=rank):
                place = solve(delta.args[0], delta.args[1], index)
                if place is None or (index not in bound and not scope.free(place) & set(bound)):
                    continue
                gain = self.names.cost([index]) * (1.0 if index in bound else 0.6)
                if best is None or gain > best[0]:
                    best = (gain, (delta, index, place))
        return best[1] if best else None

    def _scatter(
        self, factors: list[Expr], bound: list[Index], scope: Scope, sink: Sink | None
    ) -> Expr | None:
        """A sum in which deltas name the places of free indices: each term is added where it belongs."""
        free = sink.loops if sink else tuple(sorted(scope.free(Sum(Mul(*factors), *bound)), key=rank))
        places: dict[Index, Expr] = {}
        while (choice := self._delta(factors, bound, scope)) is not None and choice[1] not in bound:
            delta, index, place = choice
            factors = [factor.xreplace({index: place}) for factor in factors if factor is not delta]
            places[index] = place
        kept = {index for place in places.values() for index in scope.free(place)}
        loops = [index for index in free if index not in places] + [index for index in bound if index in kept]
        inner = [index for index in bound if index not in kept]
        body = self._part(Sum.over(Mul(*factors), inner), tuple(loops), scope)
        name = sink.target if sink else scope.temporary(free)
        lead = sink.lead if sink else ()
        at = tuple(places.get(index, index) for index in free)
        guards = [
            Iverson(And(place >= 0, place < index.extent))
            for index, place in places.items()
            if not surely_inside(place, index.extent)
        ]
        loops = self._ordered(body, loops, loops[-1] if loops else None)
        scope.statements.append(Accumulate(name, lead, at, tuple(loops), Mul(body, *guards)))
        return None if sink else Entry(name, *free)

    def _contract(
        self, factors: list[Expr], bound: list[Index], around: Around, scope: Scope, sink: Sink | None
    ) -> Expr | None:
        """A product of factors without deltas, contracted two groups of factors at a time."""
        whole = Sum(Mul(*factors), *bound)
        known = self._known(whole, scope)
        if known is not None and sink is None:
            return known
        if len(factors) == 2 and _is_matrix_vector(factors, bound, scope):
            return self.planner.product((factors[0], factors[1]), bound, scope, sink)
        while True:
            groups = _groups(factors, self.names, scope)
            factors = [Mul(*group) for _, group in groups]
            if len(groups) == 1 or not bound:
                return self._loop(factors, bound, around, scope, sink, whole)
            touched, inner = self._next([axes for axes, _ in groups], bound)
            if len(touched) == len(groups):
                if len(groups) == 2:
                    return self.planner.product((factors[0], factors[1]), bound, scope, sink)
                return self._loop(factors, bound, around, scope, sink, whole)
            part = Sum.over(Mul(*(factors[place] for place in touched)), inner)
            made = self.planner.reduce(part, None, scope)
            factors = [made, *(factor for place, factor in enumerate(factors) if place not in touched)]
            factors = [item for factor in factors for item in Mul.make_args(factor)]
            bound = [index for index in bound if index not in inner]

    def _next(self, axes: Sequence[set[Index]], bound: Sequence[Index]) -> tuple[list[int], list[Index]]:
        """The groups to contract first, and over which indices: the cheapest to do."""
        best: tuple[int, list[int]] | None = None
        for index in bound:
            touched = [place for place, own in enumerate(axes) if index in own]
            cost = self.names.cost(set.union(*(axes[place] for place in touched)))
            if best is None or (cost, len(touched)) < (best[0], len(best[1])):
                best = (cost, touched)
        assert best is not None
        others = [own for place, own in enumerate(axes) if place not in best[1]]
        return best[1], [index for index in bound if not any(index in own for own in others)]

    def _known(self, expr: Sum, scope: Scope) -> Expr | None:
        axes = tuple(sorted(scope.free(expr), key=rank))
        name = scope.known.get(key_of(expr, axes))
        return Entry(name, *axes) if name else None

    def _loop(
        self,
        factors: list[Expr],
        bound: list[Index],
        around: Around,
        scope: Scope,
        sink: Sink | None,
        whole: Sum,
    ) -> Expr | None:
        """A plain sum: inside the loops around it, or in loops of its own."""
        body = Mul(*factors)
        free = scope.free(Sum.over(body, bound))
        if sink is None and around is not None and free == set(around):
            loops = self._ordered(body, bound, _innermost(body, self.names))
            return Sum.over(self.planner.reduce(body, (*around, *bound), scope), loops)
        axes = tuple(sorted(free, key=rank))
        place = sink or Sink(scope.temporary(axes), (), axes)
        if sink is None:
            scope.known[key_of(whole, axes)] = place.target
        last = _innermost(body, self.names)
        reduced = self.planner.reduce(body, (*place.loops, *bound), scope)
        if bound and last in free:
            loops = self._ordered(body, [*bound, *place.loops], last)
            scope.statements.append(Accumulate(place.target, place.lead, place.loops, tuple(loops), reduced))
        else:
            entry = Sum.over(reduced, self._ordered(body, bound, last))
            scope.statements.append(Fill(place.target, (*place.lead, *place.loops), place.loops, entry))
        return None if sink else Entry(place.target, *axes)

    def _ordered(self, body: Expr, loops: Sequence[Index], last: Index | None) -> list[Index]:
        """The loops in the order in which the largest array in the body lies in memory."""
        entries = sorted(body.atoms(Entry), key=lambda entry: (-len(entry.indices), str(entry)))
        order = [index for entry in entries for index in entry.indices if index in loops]
        order = list(dict.fromkeys([*order, *loops]))
        return [index for index in order if index != last] + [index for index in order if index == last]


def _is_matrix_vector(factors: Sequence[Expr], bound: Sequence[Index], scope: Scope) -> bool:
    """Whether two factors are a stored matrix and a stored vector along all the summed indices."""
    own = [scope.free(factor) for factor in factors]
    if own[0] == own[1] or own[0] & own[1] != set(bound) or set(bound) not in own:
        return False
    return all(isinstance(factor, Entry) and _is_plain(factor, scope) for factor in factors)


def _is_plain(entry: Entry, scope: Scope) -> bool:
    """Whether each place is an index of its own, along all of its axis, or the same for all."""
    shape = scope.names.shapes[entry.name]
    places = [
        (place, extent) for place, extent in zip(entry.indices, shape, strict=True) if scope.free(place)
    ]
    plain = all(isinstance(place, Index) and place.extent == extent for place, extent in places)
    return plain and len({place for place, _ in places}) == len(places)


def _groups(factors: Sequence[Expr], names: Names, scope: Scope) -> list[tuple[set[Index], list[Expr]]]:
    """Factors whose indices are among another's are put with it; no group's indices are among another's."""
    pairs = [(scope.free(factor), [factor]) for factor in factors]
    pairs.sort(key=lambda pair: (-len(pair[0]), str(pair[1])))
    groups: list[tuple[set[Index], list[Expr]]] = []
    for axes, own in pairs:
        homes = [group for group in groups if axes <= group[0]]
        if not homes:
            groups.append((axes, list(own)))
            continue
        plain = [len(group[1]) == 1 and isinstance(group[1][0], Entry) for group in homes]
        best = min(range(len(homes)), key=lambda at: (plain[at], names.cost(homes[at][0])))
        homes[best][1].extend(own)
    return groups


def _innermost(body: Expr, names: Names) -> Index | None:
    """The index along which most of the body's arrays lie side by side."""
    votes: dict[Index, int] = {}
    for entry in sorted(body.atoms(Entry), key=str):
        if entry.indices and isinstance(entry.indices[-1], Index):
            last = entry.indices[-1]
            votes[last] = votes.get(last, 0) + names.cost(
                [item for item in entry.indices if isinstance(item, Index)]
            )
    return max(votes, key=lambda index: votes[index]) if votes else None
