"""A part of a model as a model of its own: some of its formulas, what comes from outside them as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from sympy import Expr, Symbol

from gradwright.ask.modeltext import model_text
from gradwright.document.writing import placed
from gradwright.language.scope import Value
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Call, Formula, Tree, names, walk
from gradwright.model.load import from_text
from gradwright.model.model import Model
from gradwright.tensor.nodes import size

LOSS = "L_"
"""The loss of a part that does not hold the model's own: the upstream adjoint times the value, summed."""

_RANGES = {"softmax": "prob", "sigmoid": "unit", "tanh": "small"}
"""What is known of the values of a function; a softmax's rows sum to 1."""

_POSITIVE = ("log", "sqrt", "log1p")


@dataclass(frozen=True)
class Part:
    """Some formulas of a model.

    Args:
        model: The part's own model; its loss is the whole model's, or ``LOSS``.
        formulas: The formulas as the whole model has them.
        output: The value that the part computes.
        result: What that is called in the part's model: a formula that stands apart may read its own name.
        extents: The compound sizes, such as ``H - kh + 1``, that letters of the part's model stand for.
    """

    model: Model
    formulas: tuple[Formula, ...]
    output: str
    result: str
    extents: Mapping[Symbol, Expr]

    @property
    def upstream(self) -> str:
        """The adjoint that comes from above; empty where the part ends in the model's own loss."""
        return f"d{self.output}" if self.model.minimise == LOSS else ""


def make_part(
    whole: Model, formulas: Sequence[Formula], output: str, wrt: Sequence[str] = (), apart: bool = False
) -> Part:
    """The part that some formulas are.

    Args:
        whole: The model.
        formulas: Some of its formulas, in its order.
        output: The value that is computed in the end.
        wrt: The values that the part's model may be differentiated by; its parameters where not told.
        apart: Whether what a formula computes is another value than the one of that name that it reads, as
            ``c`` in ``c[t] = f[t]*c[t-1]``: a step of a recurrence rather than the recurrence.

    Raises:
        ModelError: The formulas can't stand alone, since a size in them belongs to no value.
    """
    read = {name for formula in formulas for name in names(formula.body)}
    result = f"{output}_new" if apart and output in read else output
    targets = {formula.target for formula in formulas} - ({output} if result != output else set())
    inputs = [name for name in whole.shapes if name in read and name not in targets]
    ranged = _ranged(whole)
    values = {name: guarded(ranged[name], name, formulas) for name in inputs}
    lines = [_line(formula, result if formula.target == output else formula.target) for formula in formulas]
    loss = whole.minimise if output == whole.minimise else LOSS
    if loss == LOSS:
        values[f"d{output}"] = Value(whole.shapes[output].shape)
        lines.append(f"{LOSS} = sum(d{output} * {result})")
    plain, letters = _plain(values, whole)
    chosen = list(wrt) or [name for name in inputs if name in whole.parameters] or inputs[:1]
    data = {name: value for name, value in plain.items() if name not in chosen}
    parameters = {name: plain[name] for name in chosen}
    axes = {**whole.axes, **{letter: letter for letter in letters.values()}}
    text = model_text(f"{whole.name}-{output}", data, parameters, {}, lines, loss, axes)
    extents = {size(letter): extent for extent, letter in letters.items()}
    return Part(from_text(text, whole.name), tuple(formulas), output, result, extents)


def _ranged(whole: Model) -> dict[str, Value]:
    """The values of a model, with what the functions that compute them tell of their entries."""
    calls = {d.name: d.call.function for d in whole.definitions if d.call}
    return {
        name: replace(value, domain=_RANGES.get(calls.get(name, ""), value.domain))
        for name, value in whole.shapes.items()
    }


def _line(formula: Formula, target: str) -> str:
    return f"{to_text(placed(target, formula.indices))} = {to_text(formula.body)}"


def _plain(values: Mapping[str, Value], whole: Model) -> tuple[dict[str, Value], dict[Expr, str]]:
    """The values with a letter for each compound size, and the letters."""
    free = _letters(whole)
    same = {right: left for left, right in whole.equations}
    letters: dict[Expr, str] = {}
    plain: dict[str, Value] = {}
    for name, value in values.items():
        own = [same.get(extent, extent) for extent in value.shape]
        for extent in own:
            if not extent.is_Atom and extent not in letters:
                letters[extent] = next(free)
        shape = tuple(size(letters[extent]) if extent in letters else extent for extent in own)
        plain[name] = replace(value, shape=shape)
    return plain, letters


def _letters(whole: Model) -> Iterator[str]:
    taken = {str(symbol) for value in whole.shapes.values() for e in value.shape for symbol in e.free_symbols}
    for formula in whole.formulas:
        taken |= names(formula.body) | {formula.target}
    return (letter for number in count(1) if (letter := f"e{number}") not in taken)


def guarded(value: Value, name: str, formulas: Sequence[Formula]) -> Value:
    """The value with entries that the formulas can take: positive ones in a divisor or a logarithm."""
    for node in (node for formula in formulas for node in walk(formula.body)):
        below = node.right if isinstance(node, Binary) and node.operator == "/" else None
        inside: Sequence[Tree] = (
            node.arguments if isinstance(node, Call) and node.function in _POSITIVE else ()
        )
        read = (*inside, *([below] if below else []))
        if value.domain == "real" and any(name in names(part) for part in read):
            return replace(value, domain="pos")
    return value
