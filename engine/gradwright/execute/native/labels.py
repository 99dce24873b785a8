"""Names for readers: what the values and the counters of a loop program are called when it is shown."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Mapping, Sequence

from gradwright.execute.native.form import SETTINGS, slot
from gradwright.execute.native.formulas import GRADIENT
from gradwright.execute.native.index import Item, Place, Var, items_in
from gradwright.execute.native.statement import Kernel, Program, Repeat, Statement, kernels_in, outside_in
from gradwright.execute.native.tree import Expr, Load, Reduce, loads_of, walk

SPARE = "ijlpqrs"
"""Letters for counters of axes that have no letter."""


KEPT = ("~slot ", "~last ")


class Labels:
    """What everything in a program is called.

    Args:
        program: The program.
        axes: For each named value the letters of its axes, "" for one without a letter.
        settings: The optimizer's settings in the order in which they lie.
    """

    def __init__(
        self, program: Program, axes: Mapping[str, Sequence[str]], settings: Sequence[str] = ()
    ) -> None:
        self.axes = {name: tuple(letters) for name, letters in axes.items()}
        self.settings = tuple(settings)
        self._counters: dict[Var, str] = {}
        self._values = _values(program)
        self._letters = _letters({letter for own in axes.values() for letter in own if letter}, self._values)
        self._taken = frozenset(self._values.values())
        for statement in (*program.once, *program.statements):
            self._statement(statement, frozenset())
        for statement in program.update:
            self._statement(statement, frozenset())

    def value(self, name: str) -> str:
        """What a value is called."""
        return self._values.get(name, name.removeprefix("~"))

    def counter(self, var: Var) -> str:
        """What a counter is called."""
        return self._counters.get(var, var.name)

    def is_named(self, name: str) -> bool:
        """Whether the formulas name a value."""
        return "~" not in name

    def _statement(self, statement: Statement, taken: frozenset[str]) -> None:
        if isinstance(statement, Repeat):
            name = self._name(statement.var, list(_entries(kernels_in(statement.body))), taken)
            for inner in statement.body:
                self._statement(inner, taken | {name})
        elif isinstance(statement, Kernel):
            self._kernel(statement, taken)

    def _kernel(self, kernel: Kernel, taken: frozenset[str]) -> None:
        entries = list(_entries([kernel]))
        for var in kernel.loops:
            taken |= {self._name(var, entries, taken)}
        for store in kernel.stores:
            if store.buffer not in self.axes:
                self.axes[store.buffer] = tuple(self._letter_of(place) for place in store.places)
            self._reductions(store.value, entries, taken)

    def _reductions(self, expr: Expr, entries: Sequence[Load | Item], taken: frozenset[str]) -> None:
        if isinstance(expr, Reduce):
            for var in expr.over:
                taken |= {self._name(var, entries, taken)}
        for child in expr.children:
            self._reductions(child, entries, taken)

    def _name(self, var: Var, entries: Sequence[Load | Item], taken: frozenset[str]) -> str:
        """A name for a counter: its axis's letter, with a number where an outer loop has that letter."""
        if var not in self._counters:
            letter = self._axis(var, entries)
            choices = [letter] if letter else [one for one in SPARE if one not in self._letters.values()]
            choices += [f"{choices[0]}{mark}{number}" for mark in ("", "_") for number in range(2, 9)]
            self._counters[var] = next(
                one for one in choices if one not in taken | self._taken and not self._is_temporary(one)
            )
        return self._counters[var]

    def _is_temporary(self, name: str) -> bool:
        return name[:1] == "t" and name[1:].isdigit()

    def _axis(self, var: Var, entries: Sequence[Load | Item]) -> str:
        """The letter of the axis along which a counter runs, alone in its place if there is such a one."""
        for shifted in (False, True):
            for entry in entries:
                for place, letter in zip(entry.places, self._axes_of(entry.buffer), strict=False):
                    alone = len(place.terms) == 1 and place.terms[0] == (var, 1)
                    if letter and alone and (shifted or place.const == 0):
                        return self._letters.get(letter, letter)
        return "p" if var.name == "p" and "p" not in self._taken else ""

    def _axes_of(self, name: str) -> tuple[str, ...]:
        return self.axes.get(name) or self.axes.get(name.split("~")[0], ())

    def _letter_of(self, place: Place) -> str:
        """The letter of the axis of a place that is one counter."""
        if len(place.terms) == 1 and isinstance(place.terms[0][0], Var):
            name = self._counters.get(place.terms[0][0], "")
            return next((axis for axis, letter in self._letters.items() if letter == name), "")
        return ""


def _entries(kernels: Iterable[Kernel]) -> Iterable[Load | Item]:
    """What kernels write, then what they read."""
    for kernel in kernels:
        yield from (Load(store.buffer, store.places) for store in kernel.stores)
        for store in kernel.stores:
            yield from items_in(store.places)
            yield from loads_of(store.value)


def _letters(axes: set[str], values: Mapping[str, str]) -> dict[str, str]:
    """For each axis a counter's name: its own in small letters, if nothing else has it."""
    found: dict[str, str] = {}
    held = {*values.values(), *keyword.kwlist, *dir(builtins), "exp", "log", "tanh", "sqrt"}
    for axis in sorted(axes, key=lambda axis: (axis != axis.lower(), axis)):
        choices = [axis.lower(), axis, *(f"{axis.lower()}{number}" for number in range(1, 99))]
        found[axis] = next(one for one in choices if one not in held)
        held.add(found[axis])
    return found


def _values(program: Program) -> dict[str, str]:
    """For each value its name; those without one are numbered in the order in which they are made."""
    statements = [*program.once, *program.statements]
    made = [store.buffer for kernel in kernels_in(statements) for store in kernel.stores]
    made += [call.target for call in outside_in(statements)]
    read = [
        node.buffer
        for kernel in kernels_in(statements)
        for store in kernel.stores
        for node in walk(store.value)
        if isinstance(node, Load)
    ]
    found = {name: name for name in (*program.buffers, *made, *read) if "~" not in name}
    number = 0
    for name in dict.fromkeys(made):
        base, _, rest = name.partition("~")
        if base and rest:
            found[name] = _free(f"{base}_copy", found)
        elif rest:
            number += 1
            while f"t{number}" in found.values():
                number += 1
            found[name] = f"t{number}"
    return found | _learned(program)


def _free(name: str, held: Mapping[str, str]) -> str:
    choices = [name, *(f"{name}{number}" for number in range(2, 99))]
    return next(one for one in choices if one not in held.values())


def _learned(program: Program) -> dict[str, str]:
    """The optimizer's values as its own formulas name them, where no old value is read after the new one."""
    found = {GRADIENT: "g", SETTINGS: "settings"}
    for kernel in kernels_in(program.update):
        slots = {one for one in (store.buffer for store in kernel.stores) if one.startswith(KEPT)}
        found |= {name: _kept(name) for name in slots}
        for store in kernel.stores:
            for load in loads_of(store.value):
                if load.buffer.startswith(KEPT):
                    found[load.buffer] = _kept(load.buffer)
            if store.buffer.startswith("~new "):
                begin, _, target = store.buffer.removeprefix("~new ").partition(" ")
                plain = target.rpartition(".")[0]
                late = slot(plain) in slots and (
                    begin != "0" or _is_read_after(kernel, store.buffer, slot(plain))
                )
                found[store.buffer] = f"{plain}_new" if late else plain
    return found


def _kept(name: str) -> str:
    """``m``, or ``m_W`` for those numbers of it that are a parameter's; ``last_W`` for the rows' places."""
    return name.removeprefix("~slot ").removeprefix("~").replace(" ", "_")


def _is_read_after(kernel: Kernel, new: str, old: str) -> bool:
    """Whether the old value is read after the new one is made."""
    at = next(number for number, store in enumerate(kernel.stores) if store.buffer == new)
    later = kernel.stores[at + 1 :]
    return any(load.buffer == old for store in later for load in loads_of(store.value))
