"""What a reader is told of a compiled program: each value's formula and axes."""

from __future__ import annotations

from gradwright.derive.derivation import Derivation
from gradwright.execute.native.show import Notes
from gradwright.execute.order import names_in
from gradwright.execute.program import Program
from gradwright.execute.update import Update
from gradwright.language.index_form import index_form
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, Item, Name


def notes(derivation: Derivation, program: Program, update: Update | None = None) -> Notes:
    """The notes for a program's listing.

    Args:
        derivation: Where the program comes from.
        program: The program.
        update: The optimizer's formulas.
    """
    forward = {one.name: _equation(one.equation) for one in derivation.model.definitions}
    backward = {}
    for adjoint, (left, right) in zip(derivation.adjoints, derivation.equations(), strict=True):
        backward[adjoint.name] = f"{to_text(left)} = {to_text(right)}"
    told = {one.name: f"{one.name} = {to_text(index_form(one.tensor)[1])}" for one in program.scores}
    known = {right: left for left, right in program.equations}
    given = {name: value.shape for name, value in {**program.data, **program.parameters}.items()}
    made = {one.name: tuple(index.extent for index in one.tensor.indices) for one in program.assignments}
    axes = {
        name: tuple(
            str(known.get(extent, extent)) if known.get(extent, extent).is_Symbol else "" for extent in shape
        )
        for name, shape in {**given, **made}.items()
    }
    return Notes(
        formulas={**forward, **backward, **told},
        reads={one.name: frozenset(names_in(one.tensor.entry)) for one in program.assignments},
        adjoints=frozenset(backward),
        axes=axes,
        settings=update.settings if update is not None else (),
    )


def _equation(formula: Formula) -> str:
    """A line of the model as it would be typed."""
    name = Name(formula.target)
    left = Item(name, tuple(Name(index) for index in formula.indices)) if formula.indices else name
    return f"{to_text(left)} = {to_text(formula.body)}"
