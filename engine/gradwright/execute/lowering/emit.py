"""A lowered program as the source of a Python function for Numba."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr, Mul

from gradwright.errors import UsageError
from gradwright.execute.lowering.scalars import Frame, Scalars
from gradwright.execute.lowering.spelling import Spelling
from gradwright.execute.lowering.statements import (
    Accumulate,
    Best,
    Fill,
    Lowered,
    Opaque,
    Operand,
    Product,
    Repeat,
    Statement,
)
from gradwright.tensor.nodes import Index

OPAQUE: Mapping[str, str] = {
    "inv": "np.linalg.inv({})",
    "det": "np.linalg.det({})",
    "logdet": "np.linalg.slogdet({})[1]",
    "pinv": "np.linalg.pinv({})",
    "solve": "np.linalg.solve({}, {})",
}
HEAD = '''"""{title}

Made by Gradwright; it may be deleted at any time.
"""

import math

import numpy as np
from numba import njit
{imports}
F = np.{dtype}


@njit(cache=True, error_model="numpy")
def {name}({arguments}):
{body}'''


@dataclass(frozen=True)
class Body:
    """The lines of a function and the variables that it takes.

    Args:
        sizes: The variables of the named axes.
        inputs: The variables of the given values: arrays, or numbers where a value has no axes.
        outputs: The variables of the wanted values: arrays to be filled, of one place where it has no axes.
        lines: The function's lines.
        spelling: How names and extents are written in them.
    """

    sizes: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    lines: tuple[str, ...]
    spelling: Spelling


def body(lowered: Lowered, sizes: Sequence[str], inputs: Sequence[str], outputs: Sequence[str]) -> Body:
    """A lowered program as the lines of a function.

    Args:
        lowered: The program.
        sizes: The named axes.
        inputs: The given values.
        outputs: The values to be given back.
    """
    spelling = Spelling(lowered.shapes, lowered.integers)
    writer = _Writer(lowered, spelling, outputs)
    lines = writer.allocations()
    for statement in lowered.statements:
        lines += writer.statement(statement, frozenset())
    for name in outputs:
        if not lowered.shapes[name]:
            lines.append(f"{writer.output(name)}[0] = {spelling.value(name)}")
    return Body(
        tuple(spelling.size(name) for name in sizes),
        tuple(spelling.value(name) for name in inputs),
        tuple(writer.output(name) for name in outputs),
        tuple(lines),
        spelling,
    )


def module_text(
    name: str,
    arguments: Sequence[str],
    lines: Sequence[str],
    dtype: str,
    title: str,
    imports: Sequence[str] = (),
) -> str:
    """The source of a module that holds one compiled function.

    Args:
        name: The function's name.
        arguments: Its arguments.
        lines: Its lines.
        dtype: The numbers' kind.
        title: What the module says of itself.
        imports: Lines that import other generated modules.
    """
    return HEAD.format(
        title=_safe(title),
        imports="".join(f"\n{line}" for line in imports) + ("\n" if imports else ""),
        dtype=dtype,
        name=name,
        arguments=", ".join(arguments),
        body="".join(f"    {line}\n" for line in lines),
    )


def _safe(text: str) -> str:
    """Text that can stand in a comment or a docstring."""
    plain = "".join(letter if letter.isprintable() and letter not in '\\"' else " " for letter in text)
    return plain if len(plain) <= 400 else f"{plain[:400]} ..."


class _Writer:
    """Writes the statements of a program, each with the formula that it stands for."""

    def __init__(self, lowered: Lowered, spelling: Spelling, outputs: Sequence[str]) -> None:
        self.lowered = lowered
        self.spelling = spelling
        self.outputs = set(outputs)
        self.scalars = Scalars(spelling)
        self.explained: set[str] = set()

    def output(self, name: str) -> str:
        """The parameter in which a value is given back."""
        variable = self.spelling.value(name)
        return variable if self.lowered.shapes[name] else f"o_{variable}"

    def allocations(self) -> list[str]:
        """One line for each array between inputs and outputs."""
        lines = []
        for name in self.lowered.made:
            shape = self.lowered.shapes[name]
            if shape and name not in self.outputs:
                extents = ", ".join(self.spelling.whole(extent) for extent in shape)
                kind = "np.int64" if name in self.lowered.integers else "F"
                lines.append(f"{self.spelling.value(name)} = np.empty(({extents},), {kind})")
        return lines

    def statement(self, statement: Statement, outer: frozenset[Index]) -> list[str]:
        """The lines of a statement inside the loops over ``outer``."""
        if isinstance(statement, Repeat):
            return self._repeat(statement)
        self.scalars.frames = [Frame(outer)]
        if isinstance(statement, Fill):
            self._fill(statement)
        elif isinstance(statement, Accumulate):
            self._accumulate(statement)
        elif isinstance(statement, Product):
            self._product(statement)
        elif isinstance(statement, Best):
            self._best(statement)
        else:
            self._opaque(statement)
        return [*self._comment(statement), *self.scalars.frames.pop().lines]

    def _comment(self, statement: Statement) -> list[str]:
        """The formula, before the first statement that writes the value."""
        if isinstance(statement, Repeat | Best):
            return []
        name = statement.target.entry.name if isinstance(statement, Product) else statement.target
        if name in self.explained or name not in self.lowered.formulas:
            return []
        self.explained.add(name)
        return [f"# {_safe(self.lowered.formulas[name])}"]

    def _repeat(self, statement: Repeat) -> list[str]:
        extent = self.spelling.whole(statement.index.extent)
        places = f"range({extent})" if statement.direction > 0 else f"range({extent} - 1, -1, -1)"
        lines = [f"for {self.spelling.index(statement.index)} in {places}:"]
        for inner in statement.body:
            lines += [f"    {line}" for line in self.statement(inner, frozenset({statement.index}))]
        return lines

    def _at(self, name: str, places: Sequence[Expr]) -> str:
        variable = self.spelling.value(name)
        if not places:
            return variable
        return f"{variable}[{', '.join(self.spelling.whole(place) for place in places)}]"

    def _fill(self, statement: Fill) -> None:
        target = self._at(statement.target, statement.places)
        with self.scalars.loops(statement.loops):
            text = self.scalars.number(statement.entry)
            if statement.target in self.lowered.integers:
                text = f"np.int64({text})"
            self.scalars.line(f"{target} = {text}")

    def _accumulate(self, statement: Accumulate) -> None:
        target = self._at(statement.target, statement.lead)
        self.scalars.line(f"{target}[:] = F(0.0)")
        place = self._at(statement.target, (*statement.lead, *statement.places))
        with self.scalars.loops(statement.loops):
            self.scalars.guarded(statement.entry, lambda text: f"{place} += {text}")

    def _product(self, statement: Product) -> None:
        left, right = self._matrix(statement.left), self._matrix(statement.right)
        target = self._matrix(statement.target)
        with self.scalars.loops(statement.batch):
            guards = [
                guard for operand in (statement.left, statement.right) for guard in self._lead_guards(operand)
            ]
            with self.scalars.condition(guards):
                self.scalars.line(f"np.dot({left}, {right}, {target})")
            if guards:
                self.scalars.line("else:")
                self.scalars.line(f"    {target}[:] = F(0.0)")

    def _lead_guards(self, operand: Operand) -> list[str]:
        shape = self.lowered.shapes[operand.entry.name]
        pairs = zip(operand.lead, shape, strict=False)
        return [guard for place, extent in pairs for guard in self.spelling.range_guards(place, extent)]

    def _matrix(self, operand: Operand) -> str:
        """The array, folded to a matrix (or a vector), transposed if it lies so."""
        text = self._at(operand.entry.name, operand.lead)
        sides = [side for side in (operand.rows, operand.columns) if side]
        stored = list(reversed(sides)) if operand.flipped else sides
        if any(len(side) > 1 for side in stored):
            extents = [self.spelling.whole(Mul(*(index.extent for index in side))) for side in stored]
            text = f"{text}.reshape(({', '.join(extents)},))"
        return f"{text}.T" if operand.flipped and len(stored) == 2 else text

    def _best(self, statement: Best) -> None:
        scalars = self.scalars
        with scalars.loops(statement.loops):
            best = scalars.variable()
            scalars.line(f"{best} = F(-np.inf)")
            places = [scalars.variable() for _ in statement.targets]
            scalars.line(f"{' = '.join(places)} = 0")
            with scalars.loops(statement.bound):
                item = scalars.variable()
                scalars.line(f"{item} = {scalars.number(statement.body)}")
                scalars.line(f"if {item} > {best}:")
                scalars.line(f"    {best} = {item}")
                for place, index in zip(places, statement.bound, strict=True):
                    scalars.line(f"    {place} = {self.spelling.index(index)}")
            for target, place in zip(statement.targets, places, strict=True):
                scalars.line(f"{self._at(target, statement.places)} = {place}")

    def _opaque(self, statement: Opaque) -> None:
        if statement.function not in OPAQUE:
            raise UsageError(f"{statement.function} can't be compiled", hint='use backend="numpy"')
        operands = (self.spelling.value(name) for name in statement.operands)
        text = OPAQUE[statement.function].format(*operands)
        self.scalars.line(f"{self.spelling.value(statement.target)} = {text}")
