"""Gradients without tensors: every entry a scalar with its own formula, differentiated by ``sympy.diff``.

Nothing here is shared with the derivation: no delta, no sum, no fold; the chain rule is that of numbers.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from flint import arb
from sympy import Add, Expr, Piecewise, Symbol, diff

from gradwright.tensor.nodes import Tensor
from gradwright.verify.balls import evaluate
from gradwright.verify.explicit import Cell, Explicit

Balls = dict[Symbol, arb]


class Scalars:
    """The entries of named tensors as scalar formulas, written out when first asked for.

    Args:
        tensors: The definition of each value that has one; other values are given as numbers.
    """

    def __init__(self, explicit: Explicit, tensors: Mapping[str, Tensor]) -> None:
        self.explicit = explicit
        self.tensors = tensors
        self._formulas: dict[Symbol, Expr] = {}
        self._below: dict[Symbol, list[Symbol]] = {}
        self._slopes: dict[Symbol, list[tuple[Symbol, Expr]]] = {}

    def is_given(self, symbol: Symbol) -> bool:
        """Whether a symbol is an entry of a given value."""
        return self.explicit.cell(symbol)[0] not in self.tensors

    def formula(self, symbol: Symbol) -> Expr:
        """The entry's definition, in symbols of other entries."""
        if symbol not in self._formulas:
            name, place = self.explicit.cell(symbol)
            self._formulas[symbol] = self.explicit.entry(self.tensors[name], place)
        return self._formulas[symbol]

    def below(self, symbol: Symbol) -> list[Symbol]:
        """The symbols that an entry's definition uses; none for a given one."""
        if symbol not in self._below:
            found = [] if self.is_given(symbol) else sorted(self.formula(symbol).free_symbols, key=str)
            self._below[symbol] = found
        return self._below[symbol]

    def order(self, root: Symbol, known: Container[Symbol] = ()) -> list[Symbol]:
        """Every entry that the root depends on and that is not known, what is used first; the root last."""
        done: dict[Symbol, None] = {}
        stack: list[tuple[Symbol, Iterator[Symbol]]] = [(root, iter(self.below(root)))]
        while stack:
            symbol, rest = stack[-1]
            following = next((one for one in rest if one not in done and one not in known), None)
            if following is None:
                done[symbol] = None
                stack.pop()
            else:
                stack.append((following, iter(self.below(following))))
        return list(done)

    def compute(self, root: Symbol, values: Balls) -> arb:
        """The value of an entry; ``values`` holds the given ones and gains those computed on the way."""
        if root not in values:
            for symbol in self.order(root, values):
                values[symbol] = evaluate(self.formula(symbol), values)
        return values[root]

    def gradient(self, root: Symbol, values: Balls, names: frozenset[str]) -> dict[Cell, arb]:
        """The derivative of an entry by every entry of the named given values on which it depends."""
        self.compute(root, values)
        order = self.order(root)
        relevant: set[Symbol] = set()
        for symbol in order:
            if self.explicit.cell(symbol)[0] in names or any(one in relevant for one in self.below(symbol)):
                relevant.add(symbol)
        total: Balls = {root: arb(1)}
        for symbol in reversed(order):
            if symbol not in total or self.is_given(symbol):
                continue
            for other, slope in self._partials(symbol):
                if other in relevant:
                    step = total[symbol] * evaluate(slope, values)
                    total[other] = total[other] + step if other in total else step
        found = ((self.explicit.cell(symbol), ball) for symbol, ball in total.items())
        return {cell: ball for cell, ball in found if cell[0] in names}

    def _partials(self, symbol: Symbol) -> list[tuple[Symbol, Expr]]:
        if symbol not in self._slopes:
            formula = self.formula(symbol)
            terms: dict[Symbol, list[Expr]] = {other: [] for other in self.below(symbol)}
            for term in Add.make_args(formula):
                for other in term.free_symbols:
                    terms[other].append(_slope(term, other))
            self._slopes[symbol] = [(other, Add(*slopes)) for other, slopes in terms.items()]
        return self._slopes[symbol]


def _slope(formula: Expr, by: Symbol) -> Expr:
    """The derivative; of cases, that of each, which spares SymPy the comparing of their conditions."""
    if isinstance(formula, Piecewise):
        return Piecewise(*((diff(value, by), said) for value, said in formula.args), evaluate=False)
    return diff(formula, by)
