"""Direct evaluation of syntax trees with NumPy's meaning: no index form, no symbols, only arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from gradwright.execute.fields import FLOAT, Field
from gradwright.execute.function import TooLargeError, Work, functions
from gradwright.execute.named import stacked
from gradwright.execute.specialise import is_static, specialised
from gradwright.execute.subscript import subscript
from gradwright.language.compose import arguments_of
from gradwright.language.scope import Composite, ReadError
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Formula,
    Item,
    Name,
    Negate,
    Number,
    Sequence,
    Tree,
)
from gradwright.language.words import ALIASES

__all__ = ["Evaluation", "TooLargeError", "evaluate"]

Array = Any
_DEEPEST = 12


def evaluate(
    tree: Tree,
    arrays: Mapping[str, Any],
    sizes: Mapping[str, int],
    composites: Mapping[str, Composite] | None = None,
    field: Field = FLOAT,
    work: float = np.inf,
    bound: Mapping[str, int] | None = None,
) -> Array:
    """The value of a tree.

    Args:
        tree: The expression.
        arrays: The declared values, in the shapes of their declarations; complex ones make it complex.
        sizes: The number of places of each named axis.
        composites: The functions that are formulas, by name.
        field: The numbers to compute in: ``FLOAT``, or ``ball(bits)``.
        work: How many entries may be computed on the way.
        bound: Named indices in reach and how far they run; they are the leading axes of the result.

    Returns:
        An array of the field; NaN or infinity where a number does not exist or is too large.

    Raises:
        ReadError: A name or a function is not known, or shapes clash.
        TooLargeError: More entries than ``work`` would have to be computed.
    """
    with field.context(), np.errstate(all="ignore"):
        given = {name: field.wrap(array) for name, array in arrays.items()}
        known = {} if composites is None else composites
        run = Evaluation(given, sizes, known, field, Work(work))
        value = stacked(tree, bound, run) if bound else run.value(tree)
        return field.wrap(value)


class Evaluation:
    """One evaluation under way.

    Args:
        arrays: The values in reach.
        sizes: The numbers of places of the named axes.
        composites: The functions that are formulas.
        field: The numbers to compute in.
        work: How many entries may still be computed.
    """

    def __init__(
        self,
        arrays: Mapping[str, Array],
        sizes: Mapping[str, int],
        composites: Mapping[str, Composite],
        field: Field,
        work: Work,
    ) -> None:
        self.arrays = dict(arrays)
        self.sizes = sizes
        self.composites = composites
        self.field = field
        self.work = work
        self.indices: dict[str, Array] = {}
        self.axes = 0
        self.depth = 0

    def value(self, tree: Tree) -> Array:
        """The array that a tree stands for."""
        rule = _RULES.get(type(tree))
        if rule is None:
            raise ReadError("this is no value", tree.span)
        return rule(self, tree)

    def settle(self, value: Any) -> Array:
        """The value as an array, and counted as work."""
        array = value if isinstance(value, _ARRAYS) else np.asarray(value, dtype=object)
        self.work.spend(array.size)
        return array

    def elementwise(self, function: str, parts: list[Array], tree: Tree) -> Array:
        """A function of entries, with broadcasting."""
        shape = parts[0].shape
        for part in parts:
            if part.shape != shape and part.shape:
                # Only arrays of different shapes can make a larger one: that is checked before it is made.
                self._check_broadcast(parts, tree)
                break
        try:
            return self.settle(self.field.elementwise[function](*parts))
        except TypeError as error:
            raise ReadError(f"{function} can't be computed: {error}", tree.span) from error

    def _check_broadcast(self, parts: list[Array], tree: Tree) -> None:
        extents: dict[int, int] = {}
        for part in parts:
            for place, extent in enumerate(reversed(part.shape)):
                found = extents.setdefault(place, extent)
                if found != extent != 1:
                    if found != 1:
                        shapes = " and ".join(str(part.shape) for part in parts)
                        raise ReadError(f"shapes do not broadcast: {shapes}", tree.span)
                    extents[place] = extent
        self.work.check(prod(extents.values()))

    def product(self, left: Array, right: Array, tree: Tree) -> Array:
        """``left @ right``."""
        if not left.ndim or not right.ndim:
            raise ReadError("@ multiplies arrays, and one side is a scalar", tree.span, "use * to scale")
        self.work.check(left.size * (right.shape[-1] if right.ndim > 1 else 1))
        try:
            return self.settle(left @ right)
        except ValueError:
            raise ReadError(f"@ : inner axes differ: {left.shape} and {right.shape}", tree.span) from None

    def exact(self, tree: Tree) -> Fraction:
        """The rational number that a tree of numbers, sizes and indices stands for."""
        match tree:
            case Number():
                return tree.value
            case Negate():
                return -self.exact(tree.operand)
            case Binary(operator="+" | "-" | "*" | "/"):
                left, right = self.exact(tree.left), self.exact(tree.right)
                if tree.operator == "/":
                    if not right:
                        raise ReadError("division by zero", tree.span)
                    return left / right
                return {"+": left + right, "-": left - right, "*": left * right}[tree.operator]
            case Name() if tree.name in self.sizes and tree.name not in self.arrays:
                return Fraction(self.sizes[tree.name])
            case _:
                value = self.value(tree)
                if value.ndim:
                    raise ReadError("a number is expected here", tree.span)
                number = float(value[()]) if value.dtype == object else float(np.real(value[()]))
                if not np.isfinite(number):
                    raise ReadError("a finite number is expected here", tree.span)
                return Fraction(number)

    def whole(self, tree: Tree) -> int:
        """The whole number that a tree stands for."""
        if type(tree) is Number and tree.value.denominator == 1:
            return tree.value.numerator
        value = self.exact(tree)
        if value.denominator != 1:
            raise ReadError("a whole number is expected here", tree.span)
        return int(value)

    def wholes(self, tree: Tree) -> tuple[int, ...]:
        """One whole number, or a sequence of some."""
        return (
            tuple(self.whole(item) for item in tree.items)
            if isinstance(tree, Sequence)
            else (self.whole(tree),)
        )

    @contextmanager
    def binding(self, indices: Mapping[str, Array], axes: int) -> Iterator[None]:
        """Named indices in reach for a while; ``axes`` of them have an axis of their own."""
        before, count = self.indices, self.axes
        self.indices, self.axes = {**before, **indices}, axes
        try:
            yield
        finally:
            self.indices, self.axes = before, count

    def inside(self) -> Evaluation:
        """The evaluation of a composite function's formulas, which see its arguments alone."""
        inner = Evaluation({}, self.sizes, self.composites, self.field, self.work)
        inner.depth = self.depth + 1
        return inner

    def _number(self, tree: Number) -> Array:
        return self.field.number(tree.value)

    def _negate(self, tree: Negate) -> Array:
        return self.settle(-self.value(tree.operand))

    def _compare(self, tree: Compare) -> Array:
        return self.elementwise(tree.operator, [self.value(tree.left), self.value(tree.right)], tree)

    def _item(self, tree: Item) -> Array:
        return self.settle(subscript(tree, self))

    def _sequence(self, tree: Sequence) -> Array:
        return self._call(Call("stack", (tree,), (), tree.span))

    def _name(self, tree: Name) -> Array:
        name = tree.name
        if name in self.indices:
            return self.field.wrap(self.indices[name])
        if name in self.arrays:
            return self.arrays[name]
        if name in ("pi", "E", "inf"):
            return self.field.constant(name)
        if name in self.sizes:
            return self.field.number(Fraction(self.sizes[name]))
        if name in ("True", "False"):
            return self.field.number(Fraction(name == "True"))
        raise ReadError(f"{name} is not declared", tree.span)

    def _binary(self, tree: Binary) -> Array:
        """The operators of a left spine one after the other, so that a long sum needs no deep recursion."""
        spine: list[Binary] = []
        node: Tree = tree
        while isinstance(node, Binary):
            spine.append(node)
            node = node.left
        value = self.value(node)
        for step in reversed(spine):
            right = self.value(step.right)
            if step.operator == "@":
                value = self.product(value, right, step)
            else:
                value = self.elementwise(_WORDS[step.operator], [value, right], step)
        return value

    def _call(self, tree: Call) -> Array:
        name = ALIASES.get(tree.function, tree.function)
        function = functions().get(name)
        if function is not None:
            return self.settle(function.apply(tree, self))
        if tree.function in self.composites or name in self.composites:
            return self._composite(self.composites.get(tree.function) or self.composites[name], tree)
        if name in self.field.elementwise and not tree.options:
            return self.elementwise(name, [self.value(argument) for argument in tree.arguments], tree)
        raise ReadError(f"there is no function {tree.function}", tree.span)

    def _composite(self, composite: Composite, call: Call) -> Array:
        if self.depth > _DEEPEST:
            raise ReadError("functions that call one another without end", call.span)
        arguments = arguments_of(composite, call)
        inside = self.inside()
        known: dict[str, Tree] = {}
        for name, tree in arguments.items():
            if is_static(tree):
                known[name] = tree
            else:
                inside.arrays[name] = self.value(tree)
        for formula in specialised(composite, known, self.field.exact):
            inside.arrays[formula.target] = inside.formula(formula)
        return inside.arrays[formula.target]

    def formula(self, formula: Formula) -> Array:
        """The value of one formula of a composite function."""
        if formula.indices:
            return self.settle(stacked(formula.body, dict.fromkeys(formula.indices, 0), self))
        return self.value(formula.body)


_ARRAYS = (np.ndarray, np.generic)
_RULES: Mapping[type, Callable[[Evaluation, Any], Array]] = {
    Number: Evaluation._number,
    Name: Evaluation._name,
    Binary: Evaluation._binary,
    Negate: Evaluation._negate,
    Call: Evaluation._call,
    Compare: Evaluation._compare,
    Item: Evaluation._item,
    Sequence: Evaluation._sequence,
}
_WORDS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}
