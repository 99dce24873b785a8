"""A model in numbers: shapes, parameters with their counts, and what each value sees of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr

from gradwright.document.notation import size_math
from gradwright.errors import UsageError
from gradwright.execute.sizes import shape_of
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, names
from gradwright.messages import Math
from gradwright.model.model import Model
from gradwright.model.reach import Reach, Reaches, reaches, windowed
from gradwright.model.sort import in_order


@dataclass(frozen=True)
class Layer:
    """One formula of a model.

    Args:
        formula: The formula as it is written.
        shape: Of the value that it defines.
        parameters: The parameters that it is the first to use.
        counts: How many numbers each of those is, in sizes.
        seen: What an entry of the value reaches of each data value.
    """

    formula: Formula
    shape: tuple[Expr, ...]
    parameters: tuple[str, ...]
    counts: tuple[Expr, ...]
    seen: Reaches

    @property
    def count(self) -> Expr:
        """How many numbers its parameters are."""
        return sympy.Add(*self.counts)


@dataclass(frozen=True)
class Summary:
    """A model's layers, at sizes as far as they are known."""

    model: Model
    layers: tuple[Layer, ...]
    sizes: Mapping[str, int]
    axes: tuple[tuple[str, int], ...]

    @property
    def total(self) -> Expr:
        """How many numbers all parameters are."""
        return sympy.Add(*(layer.count for layer in self.layers))

    def row(self) -> dict[str, object]:
        """The summary as data."""
        return {
            "model": self.model.name,
            "sizes": dict(self.sizes),
            "values": [self._value(layer) for layer in self.layers],
            "total": {"formula": added(terms_of(self.total)).text, "number": self.number(self.total)},
        }

    def _value(self, layer: Layer) -> dict[str, object]:
        shape = layer.shape
        return {
            "name": layer.formula.target,
            "formula": to_text(layer.formula.body),
            "shape": [size_math(extent).text for extent in shape],
            "numbers": self.numbers(shape),
            "parameters": list(layer.parameters),
            "count": {"formula": added(layer.counts).text, "number": self.number(layer.count)},
            "receptive": {
                f"{data}.{size_math(self.model.shapes[data].shape[axis]).text}": self._field(
                    layer.seen[data][axis]
                )
                for data, axis in self.axes
                if data in layer.seen
            },
        }

    def _field(self, one: Reach) -> dict[str, Any]:
        found: dict[str, Any] = {"kind": one.kind}
        if one.kind == "window":
            found |= {"size": size_math(one.size).text, "number": self.number(one.size), "jump": one.jump}
        return found

    def numbers(self, shape: tuple[Expr, ...]) -> list[int] | None:
        """A shape in numbers, where the sizes in it are known."""
        return list(shape_of(shape, self.sizes)) if self._known(*shape) else None

    def number(self, count: Expr) -> int | None:
        """A count as a number, where the sizes in it are known."""
        return shape_of((count,), self.sizes)[0] if self._known(count) else None

    def _known(self, *extents: Expr) -> bool:
        return all(str(symbol) in self.sizes for extent in extents for symbol in extent.free_symbols)


def summary(model: Model, sizes: Mapping[str, int]) -> Summary:
    """What there is to say of a model in one table.

    Args:
        model: The model.
        sizes: The sizes that are known, those that follow from others among them.

    Raises:
        UsageError: A window does not fit into what it moves over.
    """
    found, used = reaches(model), set()
    layers = []
    for formula in in_order(model.formulas):
        read = names(formula.body)
        own = tuple(name for name in model.parameters if name in read and name not in used)
        used |= set(own)
        counts = tuple(sympy.Mul(*model.parameters[name].value.shape) for name in own)
        shape = model.shapes[formula.target].shape
        layers.append(Layer(formula, shape, own, counts, found[formula.target]))
    made = Summary(model, tuple(layers), dict(sizes), windowed(model, found))
    for layer in layers:
        if any(number < 1 for number in made.numbers(layer.shape) or ()):
            shown = " × ".join(map(str, made.numbers(layer.shape) or ()))
            raise UsageError(
                f"{layer.formula.target} would be {shown}: the sizes are too small for its windows"
            )
    return made


def terms_of(count: Expr) -> tuple[Expr, ...]:
    """The terms of a count, the products of the most sizes first."""

    def rank(term: Expr) -> tuple[int, str]:
        powers = term.as_powers_dict()
        return -sum(int(power) for base, power in powers.items() if base.is_Symbol), str(term)

    return tuple(sorted(sympy.Add.make_args(sympy.expand(count)), key=rank))


def added(terms: Sequence[Expr]) -> Math:
    """Counts with plus signs between them, in the order given."""
    shown = [size_math(term) for term in terms] or [size_math(sympy.S.Zero)]
    return Math(" + ".join(one.latex for one in shown), " + ".join(one.text for one in shown))
