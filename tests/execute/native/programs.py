"""Runs a program as machine code with guard numbers around all its memory, and compares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradwright.execute.native.executable import Executable
from gradwright.execute.native.held import Memory
from gradwright.execute.program import Program

Array = Any
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
"""Some thousand operations, each rounded, of numbers at most a hundred times as large as the result."""
SPARE = 64
WHOLE = -7


class Guard:
    """Numbers that are none, around and between all values of an executable.

    Reading one where it counts makes a result no number; one that is written to is found by ``check``.

    Args:
        executable: Its memory is replaced, and the arrays that it is given are copied.
    """

    def __init__(self, executable: Executable) -> None:
        self.given: list[tuple[Array, Array]] = []
        self.executable = executable
        layout, dtype = executable.layout, executable.dtype
        made = executable._memory
        held = self._aligned(len(made.numbers), dtype, np.nan)
        whole = self._aligned(layout.integers, np.dtype(np.int32), WHOLE)
        inside = {"number": held, "int32": whole}
        for name, place in layout.places.items():
            buffer = executable.program.buffers[name]
            inside[buffer.kind][place : place + buffer.size] = 0
        self.free = [
            (array, ~np.isin(np.arange(len(array)), self._used(kind))) for kind, array in inside.items()
        ]
        executable.use(Memory(held, whole, made.told))
        self._given = executable._given
        executable._given = self._surrounded  # type: ignore[method-assign]

    def _used(self, kind: str) -> Array:
        places, buffers = self.executable.layout.places, self.executable.program.buffers
        ranges = [
            np.arange(place, place + buffers[name].size)
            for name, place in places.items()
            if buffers[name].kind == kind
        ]
        return np.concatenate(ranges) if ranges else np.zeros(0, int)

    def _aligned(self, count: int, dtype: Any, filling: float) -> Array:
        """An array that begins where a vector may begin, with room on both sides that is guarded too."""
        whole = np.full(count + 4 * SPARE, filling, dtype)
        first = SPARE + (-whole.__array_interface__["data"][0] // whole.itemsize) % (64 // whole.itemsize)
        found = whole[first : first + count]
        self.given.append((whole, np.r_[0:first, first + count : len(whole)]))
        return found

    def _surrounded(self, name: str, array: Array) -> Array:
        made = self._given(name, array)
        kind = made.dtype
        filling = WHOLE if kind.kind == "i" else np.nan
        whole = np.full(made.size + 2 * SPARE, filling, kind)
        whole[SPARE : SPARE + made.size] = made.ravel()
        self.given.append((whole, np.r_[0:SPARE, SPARE + made.size : len(whole)]))
        self.given.append((whole[SPARE : SPARE + made.size], made.ravel().copy()))
        return whole[SPARE : SPARE + made.size].reshape(made.shape)

    def check(self) -> None:
        """Nothing around the values was written to, and no input.

        Raises:
            AssertionError: Something was.
        """
        for array, free in self.free:
            assert _untouched(array[free]), "a number between two values was written to"
        for whole, other in self.given:
            if other.dtype == np.intp and len(other) != len(whole):
                assert _untouched(whole[other]), "a number around a value was written to"
            else:
                assert np.array_equal(whole, other, equal_nan=whole.dtype.kind == "f"), "an input was changed"


def _untouched(array: Array) -> bool:
    return bool(np.isnan(array).all()) if array.dtype.kind == "f" else bool((array == WHOLE).all())


def guarded_values(
    program: Program, params: Mapping[str, Array], data: Mapping[str, Array]
) -> dict[str, Array]:
    """All outputs of a program, computed twice in guarded memory."""
    arrays = {**data, **params, **program.constants}
    executable = program.executable(program.sizes_of(arrays))
    guard = Guard(executable)
    first = executable.values(arrays)
    second = executable.values(arrays)
    guard.check()
    for name, value in first.items():
        assert np.array_equal(value, second[name], equal_nan=True), f"{name} depends on what the memory held"
    return first


def compare(found: Mapping[str, Array], expected: Mapping[str, Array], tolerance: float) -> None:
    """Hold values against others of the same names, by the largest error.

    Args:
        found: What is tested.
        expected: Its infinities and values that are no numbers must be found too.
        tolerance: The error allowed, relative to the value's largest number; where all of it is small beside
            the others, as a sum that cancels is, relative to a hundredth of theirs.
    """
    largest = max((_norm(value) for value in expected.values()), default=0.0)
    for name, value in expected.items():
        own, other = np.asarray(value, float), np.asarray(found[name], float)
        assert own.shape == other.shape, f"{name}: {other.shape}, expected {own.shape}"
        finite = np.isfinite(own)
        assert np.array_equal(other[~finite], own[~finite], equal_nan=True), (
            f"{name}: {other}, expected {own}"
        )
        error = float(np.abs(other - own)[finite].max(initial=0.0))
        allowed = tolerance * max(_norm(own), 1e-2 * largest)
        assert error <= allowed, f"{name}: off by {error:g} of {_norm(own):g}\n{other}\nexpected\n{own}"


def _norm(value: Array) -> float:
    numbers = np.asarray(value, float)
    return float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0))
