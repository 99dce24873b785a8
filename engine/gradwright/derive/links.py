"""The links of a recurrence: the derivative of each value by another, for one example at one time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Expr, Mul, S, expand_mul

from gradwright.derive.backprop import Chain
from gradwright.derive.folding import folded
from gradwright.derive.recurrence import Recurrence, lag, reads_of
from gradwright.derive.rewrite import Knowledge, Rewriting, factored, settle
from gradwright.language.named_sums import letter_for
from gradwright.language.recognise import recognise
from gradwright.language.tree import Tree
from gradwright.model.model import Definition
from gradwright.tensor.bounds import decided
from gradwright.tensor.canonical import canonical, complexity
from gradwright.tensor.instantiate import replace_indices
from gradwright.tensor.nodes import Delta, Index, Sum, Tensor, fresh
from gradwright.tensor.pull_out import pull_out
from gradwright.tensor.sift import sift


@dataclass(frozen=True)
class Link:
    """The derivative of one value by another that its formula reads, for one example at one time.

    Args:
        of: The value that is differentiated.
        by: The value by which.
        before: Whether ``by`` is read at the time before.
        kind: ``number`` (a multiple of the unit matrix), ``diagonal`` or ``matrix``.
        tensor: The number, the diagonal, or the matrix: one index an axis.
        tree: The same in matrix notation, its time and example as named indices.
    """

    of: str
    by: str
    before: bool
    kind: str
    tensor: Tensor
    tree: Tree


@dataclass(frozen=True)
class _Part:
    """A local derivative before it has a notation, in the indices of the formula that is differentiated.

    ``unit`` is the unit matrix that a straight one stands in front of.
    """

    by: str
    before: bool
    straight: bool
    columns: tuple[Index, ...]
    entry: Expr
    unit: Expr = S.One


class Links:
    """Makes the links of one recurrence.

    Args:
        recurrence: Any recurrence.
        chain: The forward pass that it belongs to.
        known: Facts and symmetric values.
        taken: Names that no index may have.
    """

    def __init__(self, recurrence: Recurrence, chain: Chain, known: Knowledge, taken: frozenset[str]) -> None:
        self.recurrence, self.chain, self.known = recurrence, chain, known
        self.shared: tuple[Expr, ...] = ()
        self.shared = self._examples()
        used = set(taken)
        named: list[Index] = []
        for extent in (recurrence.length, *self.shared):
            letter = letter_for(fresh(extent), used)
            used.add(letter)
            named.append(Index(letter, extent))
        self.time, *self.places = named

    def width(self, name: str) -> Expr | None:
        """The extent of a value's row; 1 for a number, None where it has more axes than one."""
        rows = self._rows(self.recurrence.member(name))
        return None if len(rows) > 1 else rows[0].extent if rows else S.One

    def of(self, member: Definition) -> list[Link] | None:
        """The derivatives of a value by those that its formula reads; None where one is no matrix.

        A value of more axes (a score for each unit and place) has no links of its own: what reads it is
        linked with what it reads.
        """
        if len(self._rows(member)) > 1:
            return []
        made: list[Link | None] = []
        for part in _gathered(self._parts(member), member.call is not None):
            made.append(self._link(member, part))
        return None if None in made else [link for link in made if link is not None]

    def times(self, one: Link, other: Link) -> Link | None:
        """Two neighbouring diagonals or numbers as one."""
        kind = "diagonal" if "diagonal" in (one.kind, other.kind) else "number"
        axes = one.tensor.indices or other.tensor.indices
        along = dict(zip(other.tensor.indices, axes, strict=False))
        entry = one.tensor.entry * replace_indices(other.tensor.entry, along)
        return self._named(one.of, other.by, other.before, kind, Tensor(axes, entry))

    def _examples(self) -> tuple[Expr, ...]:
        """The extents of the axes along which each example goes its own way through every formula.

        The last axis of a state is its row of numbers, whatever the formulas do.
        """
        states = [self.recurrence.member(name).tensor for name in self.recurrence.states]
        wide = {state.shape[-1] for state in states if len(state.shape) > 1}
        return tuple(
            extent
            for extent in states[0].shape[1:]
            if extent not in wide and all(self._apart(member, extent) for member in self.recurrence.members)
        )

    def _apart(self, member: Definition, extent: Expr) -> bool:
        """Whether a formula reads each value of the recurrence at its own place of an axis."""
        own = [index for index in member.tensor.indices[1:] if index.extent == extent]
        if len(own) != 1:
            return False
        for name in self.chain.uses(member) & self.recurrence.names:
            for found in reads_of(member, name):
                shape = self.chain.shapes[name]
                if [p for p, e in zip(found.places, shape, strict=True) if e == extent] != own:
                    return False
        return True

    def _rows(self, member: Definition) -> list[Index]:
        return [index for index in member.tensor.indices[1:] if index.extent not in self.shared]

    def _parts(self, member: Definition) -> Iterator[_Part]:
        """The local derivatives of a value by values of one row, those between put in."""
        for name in sorted(self.chain.uses(member) & self.recurrence.names):
            inner = self.recurrence.member(name)
            for part in self._own_parts(member, name):
                if len(self._rows(inner)) <= 1 or part.before:
                    yield part
                    continue
                for below in self._parts(inner):
                    along = dict(zip(self._rows(inner), part.columns, strict=True))
                    along |= dict(zip(self._held(inner), self._held(member), strict=True))
                    entry = Mul(part.entry, replace_indices(below.entry, along))
                    summed = sift(Sum.over(entry, part.columns), self.chain.shapes)
                    yield _Part(below.by, below.before, False, below.columns, summed)

    def _held(self, member: Definition) -> list[Index]:
        """A value's time and examples, in one order for all."""
        own = {index.extent: index for index in member.tensor.indices[1:]}
        return [member.tensor.indices[0], *(own[extent] for extent in self.shared)]

    def _own_parts(self, member: Definition, name: str) -> Iterator[_Part]:
        rows = self._rows(member)
        shape = self.chain.shapes[name]
        columns = tuple(fresh(extent) for extent in shape[1:] if extent not in self.shared)
        for found in reads_of(member, name):
            pairs = list(zip(found.places, shape, strict=True))[1:]
            places = [place for place, extent in pairs if extent not in self.shared]
            straight = not found.bound and len(rows) <= 1 and places == rows
            deltas = () if straight else map(Delta, places, columns)
            entry = sift(Sum.over(Mul(found.local, *deltas), found.bound), self.chain.shapes)
            before = lag(found, member.tensor.indices[0]) != 0
            unit = Mul(*map(Delta, rows, columns)) if straight else S.One
            yield _Part(name, before, straight, columns, self._shortened(entry, member), unit)

    def _shortened(self, entry: Expr, member: Definition) -> Expr:
        """A local derivative where there is a time before, by the value itself where that shortens."""
        settled = canonical(pull_out(self._while_before(entry, member)))
        shorter = folded(settled, member.name, member.tensor)
        if shorter is not None and complexity(shorter) < complexity(settled):
            return factored(shorter)
        return settled

    def _while_before(self, entry: Expr, member: Definition) -> Expr:
        """The entry where there is a time before: conditions that ask for it hold."""
        time = member.tensor.indices[0]
        shift = 1 if self.recurrence.direction > 0 else 0
        inside = Index(f"{time.name}_", time.extent - 1)
        inner = decided(replace_indices(entry, {time: inside + shift}))
        return replace_indices(inner, {inside: time - shift}) if inner.has(inside) else inner

    def _link(self, member: Definition, part: _Part) -> Link | None:
        rows = self._rows(member)
        if len(part.columns) > 1 or (not part.straight and (not rows or not part.columns)):
            return None
        axes = tuple(rows) if part.straight else (*rows, *part.columns)
        kind = ("diagonal" if rows else "number") if part.straight else "matrix"
        if kind == "diagonal" and not part.entry.has(rows[0]):
            kind, axes = "number", ()
        values = dict(zip(self._held(member), (self.time, *self.places), strict=True))
        tensor = Tensor(axes, replace_indices(part.entry, values))
        if kind == "matrix" and tensor.entry.has(Delta):
            # A diagonal less an outer product is not taken out of brackets.
            spread = canonical(expand_mul(tensor.entry))
            return self._named(member.name, part.by, part.before, kind, Tensor(axes, spread))
        work = Rewriting(member.name, axes, tensor.entry)
        settle(work, self.known)
        return self._named(member.name, part.by, part.before, kind, work.tensor)

    def _named(self, of: str, by: str, before: bool, kind: str, tensor: Tensor) -> Link | None:
        tree = recognise(tensor, frozenset((self.time, *self.places)), self.chain.shapes)
        return None if tree is None else Link(of, by, before, kind, tensor, tree)


def _gathered(parts: Iterator[_Part], together: bool) -> Sequence[_Part]:
    """The parts by the same value at the same time added; of a call's, diagonal and matrix are one matrix."""
    done: dict[tuple[str, bool, bool], _Part] = {}
    found = list(parts)
    mixed = {(part.by, part.before) for part in found if not part.straight} if together else set()
    for part in found:
        straight = part.straight and (part.by, part.before) not in mixed
        key = (part.by, part.before, straight)
        columns = done[key].columns if key in done else part.columns
        entry = part.entry if straight else part.entry * part.unit
        entry = replace_indices(entry, dict(zip(part.columns, columns, strict=True)))
        total = entry + (done[key].entry if key in done else S.Zero)
        done[key] = _Part(part.by, part.before, straight, columns, total)
    return tuple(done.values())
