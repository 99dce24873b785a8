"""A loop program as text to read: nested loops like Python's, each with the formulas that it carries out."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gradwright.execute.native import fuse
from gradwright.execute.native.index import Var
from gradwright.execute.native.labels import Labels
from gradwright.execute.native.remarks import facts, is_copy
from gradwright.execute.native.shape import by_rows_first
from gradwright.execute.native.spell import Speller
from gradwright.execute.native.statement import (
    Kernel,
    Outside,
    Program,
    Repeat,
    Statement,
    Store,
    outside_in,
    written,
)
from gradwright.execute.native.tree import Draw, Load, Op, bare, loads_of, only_where, walk

LONGEST = 100
LEGEND = (
    "t1, t2, ...: values that no formula names; dX: the adjoint of X, the loss's derivative by it",
    "register: never stored, used where it is made; an entry outside its axis is 0",
    "at once: the places computed side by side, each in a register of its own",
)
STEP = "    "


@dataclass(frozen=True)
class Notes:
    """What a reader is told beside the loops.

    Args:
        formulas: For each named value its formula, as the author wrote it or as it was derived.
        reads: For each named value the values that its formula names.
        adjoints: The named values that are adjoints.
        axes: For each named value the letters of its axes, "" for one without a letter.
        settings: The optimizer's settings in the order in which they lie.
    """

    formulas: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    adjoints: frozenset[str] = frozenset()
    axes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: Sequence[str] = ()


def shown(program: Program, notes: Notes, width: int) -> str:
    """The program's text.

    Args:
        program: The program.
        notes: What is said beside it.
        width: The lanes of a vector.
    """
    return "\n".join(_Printer(program, notes, width).lines()) + "\n"


def captions(
    program: Program, notes: Notes
) -> dict[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each kernel, by the values that it stores, their names and their formulas.

    Args:
        program: The program.
        notes: What is known of its values.
    """
    printer = _Printer(program, notes, 1)
    found = {}
    for kernel in _kernels([*program.once, *program.statements, *program.whole, *program.update]):
        key = tuple(store.buffer for store in kernel.stores)
        names = tuple(dict.fromkeys(map(printer.labels.value, key)))
        found[key] = names, tuple(printer.lines_of(kernel))
    for call in outside_in(program.statements):
        found[call.target,] = (printer.labels.value(call.target),), (printer.call(call),)
    return found


def part_of(kernels: Sequence[Kernel], adjoints: frozenset[str]) -> list[str]:
    """For each kernel ``forward``, ``backward`` or ``both``: an unnamed value belongs to what reads it."""
    of_value: dict[str, str] = {}
    parts = [""] * len(kernels)
    told = {store.buffer for kernel in kernels for store in kernel.stores if "~" not in store.buffer}
    for at in range(len(kernels) - 1, -1, -1):
        named = {store.buffer.split("~")[0] for store in kernels[at].stores} - {""}
        found = {"backward" if name in adjoints else "forward" for name in named if name in told}
        found = found or {of_value[one.buffer] for one in kernels[at].stores if one.buffer in of_value}
        parts[at] = "both" if len(found) > 1 else next(iter(found), "backward")
        for store in kernels[at].stores:
            for load in loads_of(store.value):
                if "~" in load.buffer:
                    earlier = of_value.get(load.buffer, "")
                    own = parts[at] if parts[at] != "both" else "forward"
                    of_value[load.buffer] = "forward" if "forward" in (earlier, own) else own
    return parts


class _Printer:
    def __init__(self, program: Program, notes: Notes, width: int) -> None:
        self.program, self.notes, self.width = program, notes, width
        self.labels = Labels(program, notes.axes, notes.settings)
        self.speller = Speller(self.labels)
        self.kept = fuse.kept(program)
        self.made = written([*program.once, *program.statements, *program.update])
        kernels = list(_kernels(program.statements))
        self.parts = dict(zip(map(id, kernels), part_of(kernels, notes.adjoints), strict=True))
        self.told: set[str] = set()

    def lines(self) -> Iterator[str]:
        """All lines."""
        yield from self._head()
        if self.program.once:
            yield from (_ruler("once, before the first of many steps on the same data"), "")
        for statement in self.program.once:
            yield from (*self._statement(statement, ""), "")
        section = ""
        for statement in self.program.statements:
            part = self._part(statement)
            if isinstance(statement, Kernel) and is_copy(statement):
                part = "copies, laid out as the products read them"
            if part != section and not (section == "backward" or (section and part == "both")):
                section = "forward" if part == "both" else part
                yield from (_ruler(section), "")
            yield from self._statement(statement, "")
            yield ""
        if self.program.update:
            yield from (_ruler("update, if the loss is finite"), "")
            for statement in self.program.update:
                yield from self._statement(statement, "")

    def _head(self) -> Iterator[str]:
        """The values that come from outside, and how the text is to be read."""
        given = [name for name, buffer in self.program.buffers.items() if buffer.given and "~" not in name]
        named = (
            f"{name}\N{NO-BREAK SPACE}({','.join(map(str, self.program.buffers[name].shape))})"
            for name in given
        )
        yield from _comment("", "given: " + ", ".join(named))
        for name, text in self._drawn().items():
            yield from _comment("", f"drawn in each step: {text}; draw({name}, ...) is an entry of it")
        yield from (f"# {line}" for line in LEGEND)
        yield ""

    def _drawn(self) -> dict[str, str]:
        """What is said of each value that is drawn."""
        values = [store.value for kernel in _kernels(self.program.statements) for store in kernel.stores]
        found = {node.buffer: node for value in values for node in walk(value) if isinstance(node, Draw)}
        sizes = {name: ",".join(map(str, one.shape)) for name, one in found.items()}
        return {
            name: f"{name}\N{NO-BREAK SPACE}({sizes[name]}), 1 with probability {one.chance:g}, else 0"
            for name, one in found.items()
        }

    def _part(self, statement: Statement) -> str:
        parts = {self.parts[id(kernel)] for kernel in _kernels([statement])}
        return next(iter(parts)) if len(parts) == 1 else "both"

    def _statement(self, statement: Statement, indent: str) -> Iterator[str]:
        if isinstance(statement, Repeat):
            var = statement.var
            places = f"range({var.extent})" if statement.direction > 0 else f"reversed(range({var.extent}))"
            yield f"{indent}for {self.labels.counter(var)} in {places}:{'':4}# one after the other"
            for number, inner in enumerate(statement.body):
                if number:
                    yield ""
                yield from self._statement(inner, indent + STEP)
        elif isinstance(statement, Kernel):
            yield from self._kernel(statement, indent)
        else:
            yield f"{indent}{self.call(statement)}    # by NumPy"

    def call(self, call: Outside) -> str:
        """A call of a function without loops."""
        operands = ", ".join(map(self.labels.value, call.operands))
        return f"{self.labels.value(call.target)} = {call.name}({operands})"

    def _kernel(self, kernel: Kernel, indent: str) -> Iterator[str]:
        for formula in self._formulas(kernel) or self._purpose(kernel):
            yield from _comment(indent, formula)
        for fact in facts(kernel, self.program.buffers, self.width, self.labels):
            yield f"{indent}#   {fact}"
        for var in kernel.loops:
            yield f"{indent}for {self.labels.counter(var)} in range({var.extent}):"
            indent += STEP
        written = {store.buffer: store for store in kernel.stores}
        for truth, stores in itertools.groupby(kernel.stores, lambda store: only_where(store.value)):
            if truth is not None:
                yield f"{indent}if {self.speller.text(truth)}:"
            for store in stores:
                if not self._is_copied(store, written):
                    yield from self._store(store, kernel, indent if truth is None else indent + STEP)

    def lines_of(self, kernel: Kernel) -> list[str]:
        """A kernel's formulas; of unnamed values what is stored, or what it is for."""
        named = self._formulas(kernel)
        if named:
            return [one.partition("    (")[0] for one in named]
        stores = [" ".join(line.strip() for line in self._store(one, kernel, "")) for one in kernel.stores]
        return [one.partition("    # ")[0] for one in stores if len(one) <= LONGEST] or self._purpose(kernel)

    def _is_copied(self, store: Store, written: Mapping[str, Store]) -> bool:
        """Whether a store only gives a value the name by which it is shown already."""
        value = store.value
        if not (isinstance(value, Load) and value.buffer in written):
            return False
        return self.speller.text(value) == self.speller.entry(store.buffer, store.places)

    def _store(self, store: Store, kernel: Kernel, indent: str) -> Iterator[str]:
        value = by_rows_first(bare(store.value), [*_around(store), *kernel.loops])
        head = f"{indent}{self.speller.entry(store.buffer, store.places)} {'+=' if store.add else '='} "
        terms = self.speller.terms(value)
        mark = "" if self._is_stored(store, kernel) else "    # register"
        text = head + " ".join(terms)
        opened = "("
        if len(text) > LONGEST and isinstance(value, Op) and len(value.args) == 1 and value.name != "neg":
            terms, opened = self.speller.terms(value.args[0]), f"{value.name}("
        if len(text) <= LONGEST:
            yield text + mark
            return
        if len(terms) == 1:
            terms = textwrap.wrap(terms[0], LONGEST - len(indent) - len(STEP), break_long_words=False)
        yield f"{head}{opened}{mark}"
        for term in terms:
            yield f"{indent}{STEP}{term}"
        yield f"{indent})"

    def _is_stored(self, store: Store, kernel: Kernel) -> bool:
        if store.buffer in self.kept:
            return True
        name = self.speller.entry(store.buffer, store.places)
        return any(
            one is not store and self.speller.entry(one.buffer, one.places) == name for one in kernel.stores
        )

    def _formulas(self, kernel: Kernel) -> list[str]:
        """The formulas of the values that a kernel makes, after those of values that it takes in."""
        found: dict[str, None] = {}
        for store in kernel.stores:
            base, _, rest = store.buffer.partition("~")
            if base and not rest:
                found |= dict.fromkeys(self._formula(base))
        return list(found)

    def _purpose(self, kernel: Kernel) -> list[str]:
        """For what a kernel makes its unnamed values."""
        made = dict.fromkeys(store.buffer for store in kernel.stores)
        for later in _kernels(self.program.statements):
            names = [store.buffer for store in later.stores if self.labels.is_named(store.buffer)]
            reads = {load.buffer for store in later.stores for load in loads_of(store.value)}
            used = [one for one in made if one in reads]
            if names and used:
                return [f"{', '.join(map(self.labels.value, used))}: for {names[0]}"]
        return []

    def _formula(self, name: str) -> Iterator[str]:
        for read in sorted(self.notes.reads.get(name, ())):
            inlined = read not in self.made and not self._is_given(read) and read in self.notes.formulas
            if inlined and read != name:
                yield from self._formula(read)
        if name not in self.told:
            self.told.add(name)
            text = self.notes.formulas.get(name) or self.program.formulas.get(name, "")
            note = "" if name in self.made else f"    ({name} is never stored)"
            if text:
                yield text + note

    def _is_given(self, name: str) -> bool:
        return name in self.program.buffers and self.program.buffers[name].given


def _around(store: Store) -> list[Var]:
    """The counters of a store's places in their order, those of repetitions among them."""
    return [term for place in store.places for term, _ in place.terms if isinstance(term, Var)]


def _kernels(statements: Iterable[Statement]) -> Iterator[Kernel]:
    for statement in statements:
        if isinstance(statement, Kernel):
            yield statement
        elif isinstance(statement, Repeat):
            yield from _kernels(statement.body)


def _comment(indent: str, text: str) -> Iterator[str]:
    """A comment in as many lines as it takes."""
    lines = textwrap.wrap(text, LONGEST - len(indent), break_long_words=False, subsequent_indent="    ")
    yield from (f"{indent}# {line}" for line in lines)


def _ruler(title: str) -> str:
    return f"# {title} ".ljust(LONGEST - 20, "-")
