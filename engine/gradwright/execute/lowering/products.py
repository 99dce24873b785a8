"""Matrix products: two factors that share a summed index, laid out as matrices and multiplied by BLAS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr

from gradwright.execute.lowering.scope import Reducer, Scope, Sink, key_of, rank
from gradwright.execute.lowering.statements import Operand, Product
from gradwright.tensor.nodes import Entry, Index, Sum


@dataclass(frozen=True)
class _View:
    """How an array's axes are divided: fixed ones, then the outer and the summed ones (or the reverse)."""

    entry: Entry
    lead: tuple[Expr, ...]
    outer: tuple[Index, ...]
    inner: tuple[Index, ...]
    inner_first: bool

    def operand(self, outer_rows: bool) -> Operand:
        """The matrix with the outer indices as its rows (or its columns)."""
        flipped = self.inner_first == outer_rows
        rows, columns = (self.outer, self.inner) if outer_rows else (self.inner, self.outer)
        return Operand(self.entry, self.lead, rows, columns, flipped)


def product(
    planner: Reducer,
    pair: tuple[Expr, Expr],
    bound: Sequence[Index],
    scope: Scope,
    sink: Sink | None,
    whole: Sum,
) -> Expr | None:
    """The sum of ``pair``'s product over ``bound`` as matrix products; None where written into ``sink``."""
    own = [scope.free(factor) for factor in pair]
    batch = [index for index in _sorted(own[0] & own[1], sink) if index not in bound]
    outer = [_sorted(own[at] - own[1 - at], sink) for at in range(2)]
    views = [_view(pair[at], batch, outer[at], bound, scope) for at in range(2)]
    inner = next((view.inner for view in views if view is not None), tuple(bound))
    laid: list[_View] = []
    for at, view in enumerate(views):
        if view is None or view.inner != inner:
            axes = (*batch, *outer[at], *inner)
            entry = planner.stored(pair[at], axes, scope)
            view = _View(entry, tuple(batch), tuple(outer[at]), inner, False)
        laid.append(view)
    return _write(laid, tuple(batch), scope, sink, whole)


def _write(
    laid: Sequence[_View], batch: tuple[Index, ...], scope: Scope, sink: Sink | None, whole: Sum
) -> Expr | None:
    """The product of two laid-out factors, in the order that the sink wants if it can be had."""
    first, second = laid
    if sink is not None:
        swapped = sink.loops == (*batch, *second.outer, *first.outer)
    else:
        swapped = [rank(index) for index in second.outer] < [rank(index) for index in first.outer]
    if swapped:
        first, second = second, first
    axes = (*batch, *first.outer, *second.outer)
    direct = sink is not None and sink.loops == axes
    name = sink.target if sink is not None and direct else scope.temporary(axes)
    lead = (*sink.lead, *batch) if sink is not None and direct else batch
    target = Operand(Entry(name, *lead, *axes[len(batch) :]), lead, first.outer, second.outer)
    scope.statements.append(Product(target, batch, first.operand(True), second.operand(False)))
    if direct:
        return None
    order = tuple(sorted(axes, key=rank))
    if order == axes:
        scope.known[key_of(whole, axes)] = name
    return Entry(name, *axes)


def is_matrix_vector(factors: Sequence[Expr], bound: Sequence[Index], scope: Scope) -> bool:
    """Whether two factors are a stored matrix and a stored vector along all the summed indices."""
    own = [scope.free(factor) for factor in factors]
    if own[0] == own[1] or own[0] & own[1] != set(bound) or set(bound) not in own:
        return False
    views = [_view(factors[at], (), sorted(own[at] - set(bound), key=rank), bound, scope) for at in range(2)]
    return views[0] is not None and views[1] is not None and views[0].inner == views[1].inner


def _sorted(indices: set[Index], sink: Sink | None) -> list[Index]:
    """The indices in the order of the sink's loops, or by name."""
    wanted = sink.loops if sink is not None else ()
    return sorted(
        indices, key=lambda index: (wanted.index(index) if index in wanted else len(wanted), rank(index))
    )


def _view(
    factor: Expr, batch: Sequence[Index], outer: Sequence[Index], inner: Sequence[Index], scope: Scope
) -> _View | None:
    """The factor's axes divided, if it is an array whose axes lie so that nothing need be moved."""
    if not isinstance(factor, Entry) or factor.name in scope.names.integers:
        return None
    places = factor.indices
    count = 0
    while count < len(places) and scope.free(places[count]) <= set(batch):
        count += 1
    if {index for place in places[:count] for index in scope.free(place)} != set(batch):
        return None
    rest = places[count:]
    if not all(isinstance(place, Index) for place in rest) or len(set(rest)) != len(rest):
        return None
    extents = scope.names.shapes[factor.name][count:]
    if tuple(place.extent for place in rest) != extents or set(rest) != {*outer, *inner}:
        return None
    lead = tuple(places[:count])
    if set(rest[: len(outer)]) == set(outer):
        return _View(factor, lead, tuple(rest[: len(outer)]), tuple(rest[len(outer) :]), False)
    if set(rest[len(inner) :]) == set(outer):
        return _View(factor, lead, tuple(rest[len(inner) :]), tuple(rest[: len(inner)]), True)
    return None
