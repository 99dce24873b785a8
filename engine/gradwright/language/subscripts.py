"""Subscripts: named indices, places, slices, new axes and gathers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Expr, Integer, Symbol

from gradwright.language.array import Array, Place, aligned
from gradwright.language.extents import ONE, floored, spell
from gradwright.language.scope import ReadError, Shape
from gradwright.language.tree import Binary, Item, Name, NewAxis, Number, Slice, Tree
from gradwright.tensor.nodes import ZERO

if TYPE_CHECKING:
    from gradwright.language.reader import Reader


@dataclass(frozen=True, slots=True)
class _Part:
    """What one selector makes of one axis (or, for a new axis, of none).

    Args:
        shape: The axes that it gives.
        place: From the place on those axes to the place on the target's axis.
        kind: ``new``, ``slice``, ``scalar`` or ``gather``.
    """

    shape: Shape
    place: Callable[[Place], Expr]
    kind: str


def subscript(tree: Item, reader: Reader) -> Array:
    """The array ``target[selectors]``."""
    target = reader.array(tree.target)
    if target.open:
        return Array((), target.at, open=True)
    used = sum(1 for selector in tree.selectors if not _is_new(selector, reader))
    if used > len(target.shape):
        what = target.name or "what is subscripted"
        count = f"{used} subscripts follow" if used > 1 else "a subscript follows"
        raise ReadError(f"{what} is {spell(target.shape)}, but {count}", tree.span)
    parts, axis = [], 0
    for selector in tree.selectors:
        if _is_new(selector, reader):
            parts.append(_Part((ONE,), lambda _: ZERO, "new"))
            continue
        parts.append(_part(selector, target.shape[axis], target, axis, reader))
        axis += 1
    parts += [_Part((extent,), lambda place: place[0], "slice") for extent in target.shape[axis:]]
    if any(part.kind == "gather" for part in parts):
        return _gathered(target, parts, tree, reader)
    return _selected(target, parts)


def _selected(target: Array, parts: list[_Part]) -> Array:
    shape = tuple(extent for part in parts for extent in part.shape)

    def entry(place: Place) -> Expr:
        inside, at = [], 0
        for part in parts:
            width = len(part.shape)
            if part.kind != "new":
                inside.append(part.place(place[at : at + width]))
            at += width
        return target.anywhere(tuple(inside))

    return Array(shape, entry, padded=target.padded and all(part.kind == "scalar" for part in parts))


def _gathered(target: Array, parts: list[_Part], tree: Item, reader: Reader) -> Array:
    """NumPy's advanced indexing: the gathers are broadcast together, in the first one's place or in front."""
    pickers = [at for at, part in enumerate(parts) if part.kind in ("gather", "scalar")]
    common: Shape = ()
    for at in pickers:
        common = reader.broadcast(common, parts[at].shape, tree)
    adjacent = pickers[-1] - pickers[0] == len(pickers) - 1
    before = pickers[0] if adjacent else 0
    plain = [at for at in range(len(parts)) if at not in pickers]
    lead = [at for at in plain if at < before]
    tail = [at for at in plain if at >= before]
    shape = (
        *(extent for at in lead for extent in parts[at].shape),
        *common,
        *(extent for at in tail for extent in parts[at].shape),
    )
    picked = {at: aligned(Array(parts[at].shape, parts[at].place), common) for at in pickers}
    width, start = len(common), len(lead)

    def entry(place: Place) -> Expr:
        shared = place[start : start + width]
        rest = iter((*place[:start], *place[start + width :]))
        own = {at: next(rest) for at in (*lead, *tail)}
        inside = [
            picked[at](shared) if at in picked else part.place((own[at],))
            for at, part in enumerate(parts)
            if part.kind != "new"
        ]
        return target.at(tuple(inside))

    return Array(shape, entry)


def _is_new(selector: Tree | Slice | NewAxis, reader: Reader) -> bool:
    return isinstance(selector, NewAxis) or (isinstance(selector, Name) and selector.name == "None")


def _part(selector: Tree | Slice, extent: Expr, target: Array, axis: int, reader: Reader) -> _Part:
    if isinstance(selector, Slice):
        return _slice(selector, extent, reader)
    if isinstance(selector, Name) and selector.name in reader.slots and selector.name not in reader.arrays:
        _run(selector, extent, target, axis, reader)
    if isinstance(selector, Binary) and selector.operator in ("+", "-") and isinstance(selector.left, Name):
        shifted = reader.slots.get(selector.left.name)
        if shifted is not None and shifted.likely is None:
            shifted.likely = extent
    if isinstance(selector, Number) and selector.value.denominator != 1:
        raise ReadError(f"a subscript is a whole number, not {selector.text}", selector.span)
    index = reader.array(selector)
    if index.shape:
        if index.condition is not None:
            raise ReadError("a condition does not select here", selector.span, "multiply by it, or use where")
        return _Part(index.shape, index.at, "gather")

    def place(_: Place) -> Expr:
        at = index.at(())
        if at.is_negative and all(isinstance(s, Symbol) and s.is_positive for s in at.free_symbols):
            return extent + at
        if at.is_number and not at.is_Integer:
            raise ReadError(f"a subscript is an integer, not {at}", selector.span)
        return at

    return _Part((), place, "scalar")


def _run(selector: Name, extent: Expr, target: Array, axis: int, reader: Reader) -> None:
    """A named index runs over the axis that it subscripts; it can't run over two of different sizes."""
    slot = reader.slots[selector.name]
    if slot.extent is None:
        slot.extent = extent
        return
    both = reader.equations.meet(slot.extent, extent)
    if both is None:
        what = target.name or "an array"
        raise ReadError(
            f"{selector.name} runs over {slot.extent} places, but axis {axis} of {what} has {extent}",
            selector.span,
        )


def _slice(selector: Slice, extent: Expr, reader: Reader) -> _Part:
    step = Integer(1) if selector.step is None else reader.extent(selector.step)
    if step == 0 or not (step.is_Integer or step.is_positive):
        raise ReadError("the step of a slice is a number other than 0", selector.span)
    if step.is_negative:
        if selector.start is not None or selector.stop is not None:
            raise ReadError("a slice with a negative step takes no bounds here", selector.span)
        count, first = _steps(extent, -step), extent - 1
    else:
        first = _bound(selector.start, ZERO, extent, reader)
        count = _steps(_bound(selector.stop, extent, extent, reader) - first, step)
    if count.is_nonpositive:
        raise ReadError("this slice is empty", selector.span)
    if count == ONE:
        return _Part((ONE,), lambda _: first, "slice")
    if first == 0 and step == 1:
        return _Part((count,), lambda place: place[0], "slice")
    return _Part((count,), lambda place: first + step * place[0], "slice")


def _steps(length: Expr, step: Expr) -> Expr:
    return length if step == 1 else floored(length + step - 1, step)


def _bound(tree: Tree | None, default: Expr, extent: Expr, reader: Reader) -> Expr:
    if tree is None:
        return default
    bound = reader.extent(tree)
    return extent + bound if bound.is_negative else bound
