"""A point at which the lines of a proof are computed: sizes, values, and what follows from them, in balls."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
from flint import arb
from sympy import Dummy, Expr, Integer, Rational, Symbol

from gradwright.execute.sample import draw, shape_of
from gradwright.language.lower import lower
from gradwright.language.scope import Value
from gradwright.language.tree import Formula
from gradwright.model.statement import Statement
from gradwright.tensor.moments import Mean, Variance
from gradwright.tensor.nodes import Entry, Tensor
from gradwright.verify.balls import evaluate
from gradwright.verify.explicit import Explicit
from gradwright.verify.proof.chance import Chance

STEPS = 3
"""How many steps of a recurrence are carried out."""
_MOST_TOLD = 6


class World:
    """One point.

    Args:
        statement: What is declared.
        solution: Values that a proof found, by name; they have these values here.
        sizes: The number of places of each axis.
        seed: Where the random numbers begin.
    """

    def __init__(
        self, statement: Statement, solution: Mapping[str, Tensor], sizes: Mapping[str, int], seed: int
    ) -> None:
        self.statement = statement
        recurrence = statement.recurrence
        self.sizes = dict(sizes) if recurrence is None else {**sizes, recurrence.counter: STEPS}
        self.made = {} if recurrence is None else {one.target: one for one in recurrence.formulas}
        self.tensors = {**{one.name: one.tensor for one in statement.definitions}, **solution}
        self.rng = np.random.default_rng(seed)
        given = {name: statement.scope.values[name] for name in statement.given if name not in solution}
        self.arrays = draw({n: v for n, v in given.items() if n not in statement.laws}, self.sizes, self.rng)
        self.explicit = Explicit(self.sizes, _Shapes(statement, solution, self.sizes), lambda _: 0)
        self.values: dict[Symbol, arb] = {}

    def places(self, tensor: Tensor) -> Iterator[tuple[int, ...]]:
        """Every place of a tensor."""
        return itertools.product(*(range(self.explicit.extent(index.extent)) for index in tensor.indices))

    def value(self, tensor: Tensor, place: tuple[int, ...]) -> arb:
        """A tensor's entry."""
        drawn = {name for name in self.statement.laws if self.made and not self._is_array(name)}
        bare = {
            node: Entry(node.name, Integer(1)) for node in tensor.entry.atoms(Entry) if node.name in drawn
        }
        bare = {node: one for node, one in bare.items() if isinstance(node, Entry) and not node.indices}
        entry = self.explicit.entry(Tensor(tensor.indices, tensor.entry.xreplace(bare)), place)
        return self._number(self._opened(entry))

    def told(self) -> str:
        """The values here, in words, where there are few."""
        cells = sorted(self.values, key=str)
        if not 1 <= len(cells) <= _MOST_TOLD:
            return ""
        values = (f"{str(cell).removesuffix('[]')} = {float(self.values[cell].mid()):.6g}" for cell in cells)
        return f" at {', '.join(values)}"

    def _is_array(self, name: str) -> bool:
        return bool(self.statement.scope.values[name].shape)

    def _opened(self, entry: Expr) -> Expr:
        """The expression in given entries alone: formulas and recurrences are carried out."""
        while True:
            known = {s: self._formula(s) for s in entry.free_symbols if self._has_formula(s)}
            if not known:
                return entry
            entry = entry.xreplace(known)

    def _has_formula(self, symbol: Symbol) -> bool:
        name = self.explicit.cell(symbol)[0]
        return name in self.tensors or name in self.made

    def _formula(self, symbol: Symbol) -> Expr:
        name, place = self.explicit.cell(symbol)
        if name in self.tensors:
            return self.explicit.entry(self.tensors[name], place)
        recurrence = self.statement.recurrence
        assert recurrence is not None
        if place[0] == 0:
            start = recurrence.start[name]
            return Rational(start.numerator, start.denominator)
        step = self._step(self.made[name], place[0])
        return self.explicit.entry(Tensor((), step), ())

    def _step(self, formula: Formula, number: int) -> Expr:
        """A formula of the recurrence at a step, in entries of the step before and of what this one draws."""
        entry = lower(formula.body, self.statement.scope).entry
        values: dict[Expr, Expr] = {}
        for node in entry.atoms(Entry):
            if node.name in self.made:
                values[node] = Entry(node.name, Integer(number - 1))
            elif node.name in self.statement.laws:
                values[node] = Entry(node.name, Integer(number))
        result: Expr = entry.xreplace(values)
        return result

    def _number(self, entry: Expr) -> arb:
        """The value of an expression of given entries; expectations by going through all outcomes."""
        found: dict[Expr, Symbol] = {}
        values = {symbol: self._given(symbol) for symbol in entry.free_symbols if not self._is_random(symbol)}
        for node in sorted(entry.atoms(Mean, Variance), key=str):
            symbol = Dummy("moment")
            mean = self.chance.mean(node.args[0], lambda body, drawn: evaluate(body, {**values, **drawn}))
            if isinstance(node, Variance):
                square = node.args[0] ** 2
                second = self.chance.mean(square, lambda body, drawn: evaluate(body, {**values, **drawn}))
                mean = second - mean * mean
            found[node] = symbol
            values[symbol] = mean
        return evaluate(entry.xreplace(found), {**values, **self._fixed(entry.xreplace(found))})

    def _fixed(self, entry: Expr) -> dict[Symbol, arb]:
        """One outcome for random entries outside of any expectation: a line about them holds at each."""
        return {s: self._outcome(s) for s in entry.free_symbols if self._is_random(s)}

    def _is_random(self, symbol: Symbol) -> bool:
        return not isinstance(symbol, Dummy) and self.explicit.cell(symbol)[0] in self.statement.laws

    def _outcome(self, symbol: Symbol) -> arb:
        if symbol not in self.values:
            outcomes = self.chance.outcomes(self.explicit.cell(symbol)[0])
            self.values[symbol] = outcomes[int(self.rng.integers(len(outcomes)))][0]
        return self.values[symbol]

    def _given(self, symbol: Symbol) -> arb:
        """The value of a given entry; a name that nothing declares has a number of its own."""
        if symbol not in self.values:
            name, place = self.explicit.cell(symbol)
            array = self.arrays.get(name)
            drawn = self.rng.integers(-64, 65) / 32 if array is None else np.asarray(array)[place]
            self.values[symbol] = arb(float(drawn))
        return self.values[symbol]

    @cached_property
    def chance(self) -> Chance:
        """The random values here."""
        values = self.statement.scope.values
        return Chance(self.statement.laws, values, self._moment, lambda s: self.explicit.cell(s)[0])

    def _moment(self, name: str, which: str) -> arb | None:
        law = self.statement.laws[name]
        tree = law.mean if which == "mean" else law.variance
        if tree is None:
            return None
        tensor = lower(tree, self.statement.scope)
        place = tuple(0 for _ in tensor.indices)
        return self._number(self._opened(self.explicit.entry(tensor, place)))


class _Shapes(dict[str, tuple[int, ...]]):
    """The shape of each value in numbers; a name that nothing declares is a number."""

    def __init__(
        self, statement: Statement, solution: Mapping[str, Tensor], sizes: Mapping[str, int]
    ) -> None:
        shapes: dict[str, Value] = dict(statement.scope.values)
        super().__init__({name: shape_of(value.shape, sizes) for name, value in shapes.items()})
        self.update({name: shape_of(tensor.shape, sizes) for name, tensor in solution.items()})
        if statement.recurrence is not None:
            names = [one.target for one in statement.recurrence.formulas]
            drawn = [name for name in statement.laws if not statement.scope.values[name].shape]
            self.update(dict.fromkeys([*names, *drawn], (sizes[statement.recurrence.counter] + 1,)))

    def __missing__(self, name: str) -> tuple[int, ...]:
        return ()
