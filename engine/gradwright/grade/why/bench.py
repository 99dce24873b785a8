"""Values of many trees that share their parts at one point: each part is evaluated once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradwright.errors import DEFECTS, GradwrightError
from gradwright.execute.evaluate import Evaluation, evaluate
from gradwright.execute.fields import FLOAT
from gradwright.execute.function import Work
from gradwright.execute.named import stacked, subscripts
from gradwright.grade.why.store import Store
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import Binary, Call, Item, Name, Number, Tree

Array = Any

SLOPE = "slope"
"""The derivative of a function of entries at its argument, found by a complex step: ``slope(tanh(z))``."""

EACH = "each"
"""A value at each place of a named index: ``each(i, X[i].T @ G[i])``, the sum over ``i`` forgotten."""

_OFTEN = 256
_STEP = 1e-30
_LARGEST = 200_000
_MOST = 5_000_000
"""Entries of an array that a function may compute on the way."""
_REMEMBERED = 5_000
"""Entries of an array that is kept: a question is kept for the next answer to it, with all its values."""
_FAILED = object()
_OPERATIONS: Mapping[str, Callable[..., Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": FLOAT.elementwise["power"],
    "@": np.matmul,
}


def lengths(tree: Tree, free: Sequence[str], shape: Sequence[int]) -> tuple[int, ...]:
    """How far free indices run: 0 where a tree tells, else as in a shape, for ``(i == word[k])*E[k, j]``."""
    told = subscripts(tree)
    known = (*shape, *(0 for _ in free))
    return tuple(0 if index in told else length for index, length in zip(free, known, strict=False))


class TooSlowError(GradwrightError):
    """Time was up while a tree was evaluated."""


class _Bounded(Work):
    """No array may be larger than the limit, and a large one looks at the time first."""

    deadline = math.inf

    def check(self, count: int) -> None:
        super().check(count)
        if count > _LARGEST and time.monotonic() > self.deadline:
            raise TooSlowError("it takes too long to evaluate")

    def spend(self, count: int) -> None:
        self.check(count)


class Bench(Evaluation):
    """One point: the sizes of the axes, the values of the names, and the values of trees of a store.

    Args:
        store: Whose trees are remembered.
        arrays: The values of the names.
        sizes: The number of places of each axis.
        composites: The functions that are formulas.
    """

    def __init__(
        self,
        store: Store,
        arrays: Mapping[str, Array],
        sizes: Mapping[str, int],
        composites: Mapping[str, Composite],
    ) -> None:
        given = {name: FLOAT.wrap(array) for name, array in arrays.items()}
        self._bound = _Bounded(_MOST)
        super().__init__(given, sizes, composites, FLOAT, self._bound)
        self.store = store
        self._known: dict[int, Any] = {}
        self._changed: frozenset[str] = frozenset()
        self._local: dict[int, Any] = {}
        self._count = 0

    @property
    def deadline(self) -> float:
        """When to stop, by the system's clock."""
        return self._bound.deadline

    @deadline.setter
    def deadline(self, deadline: float) -> None:
        self._bound.deadline = deadline

    def get(self, tree: Tree) -> Array | None:
        """The value of a tree, or None where it has none."""
        try:
            return self.value(tree)
        except (GradwrightError, *DEFECTS):
            return None

    def value(self, tree: Tree) -> Array:
        """The value of a tree; that of a tree of the store is remembered, as is that it has none."""
        key = id(tree)
        names = self.store.names.get(key)
        if names is None or (self.indices and not names.isdisjoint(self.indices)):
            return self._computed(tree)
        known = self._local if self._changed and not names.isdisjoint(self._changed) else self._known
        found: Any = known.get(key)
        if found is None:
            try:
                found = self._computed(tree)
            except TooSlowError:
                raise
            except (GradwrightError, *DEFECTS):
                found = _FAILED
            if not isinstance(found, np.ndarray) or found.size <= _REMEMBERED:
                known[key] = found
        if found is _FAILED:
            raise ReadError("no value", tree.span)
        return found

    def inside(self) -> Evaluation:
        """A composite function's formulas are no trees of the store: they are evaluated plainly."""
        inner = Evaluation({}, self.sizes, self.composites, self.field, self.work)
        inner.depth = self.depth + 1
        return inner

    def stacked(self, tree: Tree, free: Sequence[str], shape: Sequence[int]) -> Array:
        """The value of a tree at all places of its free indices, which are its leading axes.

        Args:
            tree: A formula.
            free: Its free indices.
            shape: How far these run where the formula itself does not tell.
        """
        if not free:
            return self.value(tree)
        return stacked(tree, dict(zip(free, lengths(tree, free, shape), strict=True)), self)

    @contextmanager
    def changed(self, arrays: Mapping[str, Array], affected: frozenset[str]) -> Iterator[None]:
        """Other values of some names for a while; ``affected`` are all whose values may differ."""
        before = self.arrays, self._changed, self._local
        self.arrays = {**self.arrays, **arrays}
        self._changed, self._local = self._changed | affected, {}
        try:
            yield
        finally:
            self.arrays, self._changed, self._local = before

    def touch(self, affected: frozenset[str]) -> None:
        """While ``changed``: these names' values may differ from now on."""
        self._changed = affected
        self._local = {}

    def _computed(self, tree: Tree) -> Array:
        self._count += 1
        if self._count % _OFTEN == 0 and time.monotonic() > self.deadline:
            raise TooSlowError("it takes too long to evaluate")
        if isinstance(tree, Binary):
            left, right = self.value(tree.left), self.value(tree.right)
            value: Array = _OPERATIONS[tree.operator](left, right)
            if value.size > _LARGEST:
                raise ReadError("too large", tree.span)
            return value
        if isinstance(tree, Item) and self.indices:
            entry = self._entry(tree)
            if entry is not None:
                return entry
        if isinstance(tree, Call) and tree.function == SLOPE:
            return self._slope(tree)
        if isinstance(tree, Call) and tree.function == EACH:
            index, body = tree.arguments
            if not isinstance(index, Name):  # a mistake was made of the index itself
                raise ReadError("no index", tree.span)
            return stacked(body, {index.name: 0}, self)
        return super().value(tree)

    def slope_by(self, tree: Tree, name: str) -> Array | None:
        """The derivative of each entry of a tree by the same entry of a name, or None where it has none."""
        stepped = {**self.arrays, name: self.arrays[name] + _STEP * 1j}
        try:
            value = evaluate(tree, stepped, self.sizes, self.composites)
        except (GradwrightError, *DEFECTS):
            return None
        return np.imag(value) / _STEP

    def _entry(self, tree: Item) -> Array | None:
        """``h[t-1]`` at one place of its indices, 0 outside the axis; None if it is not so plain."""
        if not isinstance(tree.target, Name) or tree.target.name in self.indices:
            return None
        array = self.arrays.get(tree.target.name)
        places = [self._place(selector) for selector in tree.selectors]
        if array is None or None in places or len(places) > array.ndim:
            return None
        found = [place for place in places if place is not None]
        if any(not 0 <= place < extent for place, extent in zip(found, array.shape, strict=False)):
            return np.zeros(array.shape[len(found) :])
        return np.asarray(array[tuple(found)])

    def _place(self, selector: Tree) -> int | None:
        """The number that a subscript with a named index is here."""
        match selector:
            case Name(name=name) if name in self.indices and self.indices[name].ndim == 0:
                return int(self.indices[name])
            case Binary(operator="+" | "-" as sign, left=left, right=Number(value=step)):
                place = self._place(left)
                if place is None or step.denominator != 1:
                    return None
                return place + int(step) if sign == "+" else place - int(step)
            case _:
                return None

    def _slope(self, tree: Call) -> Array:
        call = tree.arguments[0]
        if not isinstance(call, Call):
            raise ReadError("a second change left no call to take the slope of", tree.span)
        argument = np.asarray(self.value(call.arguments[0]))
        inside = Call(call.function, (Name(SLOPE), *call.arguments[1:]), call.options)
        stepped = {**self.arrays, SLOPE: argument + _STEP * 1j}
        value = evaluate(inside, stepped, self.sizes, self.composites)
        return np.imag(value) / _STEP
