"""How a program for machine code is planned: a sum of products stays a sum, whatever the layout."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr

from gradwright.execute.lowering.plan import Planner
from gradwright.execute.lowering.scope import Scope, Sink, rank
from gradwright.execute.lowering.statements import Fill
from gradwright.tensor.nodes import Entry, Index, Sum


class Contractions(Planner):
    """Plans a sum of a product of two factors as one value; how to compute it is the kernels' affair."""

    def product(
        self, pair: tuple[Expr, Expr], bound: Sequence[Index], scope: Scope, sink: Sink | None, whole: Sum
    ) -> Expr | None:
        """The sum as a stored value; a factor that is no entry is stored first."""
        factors = [self._entry(factor, bound, scope) for factor in pair]
        value = Sum(factors[0] * factors[1], *bound)
        if sink is not None:
            scope.statements.append(Fill(sink.target, (*sink.lead, *sink.loops), sink.loops, value))
            return None
        return self.stored_as(value, sorted(scope.free(value), key=rank), scope)

    def stored_as(self, value: Expr, axes: Sequence[Index], scope: Scope) -> Entry:
        """An entry of a new value."""
        name = scope.temporary(axes)
        scope.statements.append(Fill(name, tuple(axes), tuple(axes), value))
        return Entry(name, *axes)

    def _entry(self, factor: Expr, bound: Sequence[Index], scope: Scope) -> Expr:
        if isinstance(factor, Entry):
            return factor
        axes = sorted(scope.free(factor), key=lambda index: (index in bound, rank(index)))
        return self.stored(factor, axes, scope)
