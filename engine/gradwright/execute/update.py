"""An optimizer's forward formulas, applied to every number of the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sympy import Expr, Integer, S

from gradwright.errors import ModelError
from gradwright.execute.expression import Evaluator
from gradwright.execute.order import names_in
from gradwright.tensor.nodes import Assignment, Entry, Index, Sum, Tensor, size

PLACE = Index("p", size("numbers"))
DECAY = "weight_decay"
"""The setting that pulls numbers towards 0, from which parameters may be exempt."""


@dataclass(frozen=True)
class Update:
    """Formulas in the order written, each of whose targets has a name of its own.

    Args:
        slots: What is kept from one step to the next, the parameter ``w`` first.
        settings: Numbers that are the same for all parameters, ``step`` (from 1) among them.
        formulas: The new values.
        results: For each slot the name that holds its new value.
        is_lazy: Whether rows that a step's data does not name keep all slots, whatever the formulas say.
        exempt: The parameters for whose numbers the setting ``weight_decay`` is 0.
    """

    slots: tuple[str, ...]
    settings: tuple[str, ...]
    formulas: tuple[Assignment, ...]
    results: Mapping[str, str]
    is_lazy: bool = False
    exempt: frozenset[str] = frozenset()

    @property
    def whole(self) -> tuple[Assignment, ...]:
        """The scalars that all numbers of the gradient make, as its norm."""
        return tuple(formula for formula in self.formulas if formula.tensor.entry.has(Sum))

    def of(self, parameter: str) -> Update:
        """The formulas for the numbers of a parameter."""
        if parameter not in self.exempt:
            return replace(self, exempt=frozenset())
        none = {Entry(DECAY): S.Zero}
        formulas = [Assignment(one.name, _put(one.tensor, none)) for one in self.formulas]
        return replace(self, formulas=tuple(formulas), exempt=frozenset())

    def becomes(self, gradient: Expr) -> dict[str, Expr]:
        """For each slot what it becomes, in the old slots, the settings and the gradient.

        Args:
            gradient: What stands for the gradient.
        """
        values: dict[str, Expr] = {"g": gradient}
        for formula in self.formulas:
            entry = formula.tensor.entry
            known = {one: values[one.name] for one in entry.atoms(Entry) if one.name in values}
            values[formula.name] = entry.xreplace(known)
        return {
            name: values[result] if name != result else Entry(name, PLACE)
            for name, result in self.results.items()
        }

    @property
    def leaves_still(self) -> bool:
        """Whether a number whose gradient is 0 stays, and all that is kept of it."""
        if self.whole:
            return False
        new = self.becomes(Integer(0))
        return all((value - Entry(name, PLACE)).expand() == 0 for name, value in new.items())


def sequence(
    formulas: Sequence[tuple[str, Tensor]],
    slots: Sequence[str],
    settings: Sequence[str],
    is_lazy: bool = False,
) -> Update:
    """Formulas that may give a name a new value, with each value under a name of its own.

    Args:
        formulas: Targets and what they become, in entries of slots, settings, the gradient ``g`` and
            earlier targets; vectors over the numbers of the parameters, or scalars.
        slots: What is kept from step to step, ``w`` first.
        settings: Numbers that are the same for all parameters.
        is_lazy: Whether rows that a step's data does not name keep all slots.

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
    return Update(tuple(slots), tuple(settings), tuple(done), results, is_lazy)


def preceded(update: Update, mark: str, formulas: Sequence[tuple[str, Tensor]], setting: str) -> Update:
    """An update that is given a changed gradient.

    Args:
        update: The update.
        mark: Tells the new formulas from others.
        formulas: What becomes of the gradient ``g``, a vector of all numbers, and scalars on the way there,
            in entries of ``g``, ``w``, the setting and earlier targets.
        setting: The setting that they have.
    """
    current = {"g": "g"}
    done = []
    for target, tensor in formulas:
        assert target == "g" or not tensor.indices, target
        entry = tensor.entry.xreplace(dict.fromkeys(tensor.indices, PLACE))
        entry = entry.replace(
            lambda node: isinstance(node, Entry) and node.name in current,
            lambda node: Entry(current[node.name], *node.indices),
        )
        current[target] = f"{target}.{mark}"
        done.append(Assignment(current[target], Tensor((PLACE,) if target == "g" else (), entry)))
    new = {Entry("g", PLACE): Entry(current["g"], PLACE)}
    rest = [
        one if one.tensor.entry.has(Sum) else Assignment(one.name, _put(one.tensor, new))
        for one in update.formulas
    ]
    return replace(update, formulas=(*done, *rest), settings=(*update.settings, setting))


def _put(tensor: Tensor, new: Mapping[Expr, Expr]) -> Tensor:
    return Tensor(tensor.indices, tensor.entry.xreplace(new))


def in_numpy(
    update: Update, arrays: Mapping[str, Any], settings: Mapping[str, float], where: Any = True
) -> None:
    """Carry out an update in place.

    Args:
        update: The formulas.
        arrays: The slots and the gradient ``g``, each a vector of all parameters' numbers.
        settings: The settings' values.
        where: Which numbers are changed.
    """
    values: dict[str, Any] = {**arrays, **{name: np.asarray(value) for name, value in settings.items()}}
    with np.errstate(all="ignore"):
        for formula in update.formulas:
            evaluator = Evaluator(values, {"numbers": len(arrays["g"])})
            values[formula.name] = evaluator.tensor(formula.tensor)
    for slot, name in update.results.items():
        np.copyto(arrays[slot], values[name], where=where)
