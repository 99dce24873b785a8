"""Functions without loops, such as a matrix's inverse: the machine code calls NumPy back."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gradwright.execute.native.statement import Outside

Array = Any
SYMBOL = "gw_outside"
_living: weakref.WeakValueDictionary[int, Callbacks] = weakref.WeakValueDictionary()


class Callbacks:
    """What a program's machine code calls.

    Args:
        statements: The calls by number.
        view: Gives a value as an array, which shares the program's memory.
    """

    def __init__(self, statements: Sequence[Outside], view: Callable[[str], Array]) -> None:
        self.statements, self.view = statements, view
        self.failed = np.zeros(1, np.int64)
        """Not 0 once a function had no value; its address tells the machine code's programs apart."""
        self.error: BaseException | None = None
        _living[int(self.failed.__array_interface__["data"][0])] = self

    def call(self, number: int) -> None:
        """Carry out a call; no exception leaves it."""
        statement = self.statements[number]
        target = None
        try:
            target = self.view(statement.target)
            with np.errstate(all="ignore"):
                target[...] = statement.apply(*(self.view(name) for name in statement.operands))
        except BaseException as error:  # the machine code between here and Python knows of none
            if not isinstance(error, np.linalg.LinAlgError):
                self.error = error
            self.failed[0] = 1
            if target is not None:
                target[...] = np.nan

    def settle(self) -> bool:
        """Whether every function had a value since the last time.

        Raises:
            BaseException: What a call raised, other than that a matrix is singular.
        """
        failed, error = bool(self.failed[0]), self.error
        self.failed[0], self.error = 0, None
        if error is not None:
            raise error
        return not failed


def _dispatch(address: int, number: int) -> None:
    _living[address].call(number)


_call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(_dispatch)


def addresses() -> dict[str, int]:
    """The callback, by its name in generated code."""
    return {SYMBOL: ctypes.cast(_call, ctypes.c_void_p).value or 0}
