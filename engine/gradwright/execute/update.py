"""An optimizer's forward formulas, applied to every number of the parameters: compiled, or in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr

from gradwright.errors import ModelError
from gradwright.execute import cache
from gradwright.execute.expression import Evaluator
from gradwright.execute.lowering.emit import module_text
from gradwright.execute.lowering.scalars import Frame, Scalars
from gradwright.execute.lowering.spelling import Spelling
from gradwright.execute.order import names_in
from gradwright.tensor.nodes import Assignment, Entry, Index, Tensor, size

PLACE = Index("p", size("numbers"))


@dataclass(frozen=True)
class Update:
    """Formulas in the order written, each of whose targets has a name of its own.

    Args:
        slots: What is kept from one step to the next, the parameter ``w`` first.
        settings: Numbers that are the same for all parameters, ``step`` (from 1) among them.
        formulas: The new values.
        results: For each slot the name that holds its new value.
    """

    slots: tuple[str, ...]
    settings: tuple[str, ...]
    formulas: tuple[Assignment, ...]
    results: Mapping[str, str]


def sequence(formulas: Sequence[tuple[str, Tensor]], slots: Sequence[str], settings: Sequence[str]) -> Update:
    """Formulas that may give a name a new value, with each value under a name of its own.

    Args:
        formulas: Targets and what they become, in entries of slots, settings, the gradient ``g`` and
            earlier targets; vectors over the numbers of the parameters, or scalars.
        slots: What is kept from step to step, ``w`` first.
        settings: Numbers that are the same for all parameters.

    Raises:
        ModelError: A setting or the gradient is given a value, or a name is unknown.
    """
    current = {name: Entry(name, PLACE) for name in (*slots, "g")}
    current |= {name: Entry(name) for name in settings}
    done = []
    for number, (target, tensor) in enumerate(formulas):
        if target in settings or target == "g":
            raise ModelError(f"an optimizer may not change {target}")
        entry = tensor.entry.xreplace(dict.fromkeys(tensor.indices, PLACE))
        unknown = sorted(names_in(entry) - set(current))
        if unknown:
            raise ModelError(f"{target} uses {unknown[0]}, which the optimizer does not declare")
        entry = entry.replace(lambda node: isinstance(node, Entry), lambda node: current[node.name])
        axes = (PLACE,) if PLACE in entry.free_symbols or target in slots else ()
        name = f"{target}.{number}"
        done.append(Assignment(name, Tensor(axes, entry)))
        current[target] = Entry(name, *axes)
    results = {name: current[name].name for name in slots}
    return Update(tuple(slots), tuple(settings), tuple(done), results)


def in_numpy(update: Update, arrays: Mapping[str, Any], settings: Mapping[str, float]) -> None:
    """Carry out an update in place.

    Args:
        update: The formulas.
        arrays: The slots and the gradient ``g``, each a vector of all parameters' numbers.
        settings: The settings' values.
    """
    values: dict[str, Any] = {**arrays, **{name: np.asarray(value) for name, value in settings.items()}}
    with np.errstate(all="ignore"):
        for formula in update.formulas:
            evaluator = Evaluator(values, {"numbers": len(arrays["g"])})
            values[formula.name] = evaluator.tensor(formula.tensor)
    for slot, name in update.results.items():
        arrays[slot][:] = values[name]


def compiled(update: Update, dtype: str) -> tuple[Callable[..., None], str]:
    """The function ``update(slots..., g, settings...)`` for Numba, and the name of its module."""
    spelling = _Local({}, ())
    scalars = Scalars(spelling)
    scalars.frames = [Frame(frozenset())]
    place = spelling.index(PLACE)
    arrays = {name: f"a_{spelling.value(name)}" for name in (*update.slots, "g")}
    with scalars.loops([PLACE]):
        for name, array in arrays.items():
            scalars.line(f"{spelling.value(name)} = {array}[{place}]")
        for formula in update.formulas:
            text = scalars.number(formula.tensor.entry)
            scalars.line(f"{spelling.value(formula.name)} = {text}")
        for slot, result in update.results.items():
            if result != slot:
                scalars.line(f"{arrays[slot]}[{place}] = {spelling.value(result)}")
    arguments = [*arrays.values(), *(spelling.value(name) for name in update.settings)]
    lines = [f"{spelling.size('numbers')} = {arrays['g']}.size", *scalars.frames[0].lines]
    made = cache.module(
        "update", module_text("update", arguments, lines, dtype, "The update of the parameters.")
    )
    return made.update, made.__name__


class _Local(Spelling):
    """Names of values that are variables inside the loop over all numbers."""

    def item(self, entry: Entry) -> str:
        return self.value(entry.name)

    def outside(self, entry: Entry) -> list[str]:
        return []

    def range_guards(self, place: Expr, extent: Expr) -> list[str]:
        return []
