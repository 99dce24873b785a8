"""The BLAS that comes with SciPy: where its functions lie, and how many threads it takes."""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections.abc import Iterator
from typing import Any

from scipy.linalg import cython_blas
from threadpoolctl import ThreadpoolController


def addresses() -> dict[str, int]:
    """Its products of matrices, by their names in generated code."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    capsules = {letter: cython_blas.__pyx_capi__[f"{letter}gemm"] for letter in "sd"}
    return {f"gw_{letter}gemm": get(one, name(one)) for letter, one in capsules.items()}


@functools.cache
def _controller() -> Any:
    """Sets how many threads it takes; None if nothing does."""
    for library in ThreadpoolController().lib_controllers:
        if library.user_api == "blas" and "scipy" in library.filepath:
            return library
    return None


@contextlib.contextmanager
def single() -> Iterator[None]:
    """BLAS with one thread: the program shares its work among threads itself."""
    library = _controller()
    before = library.get_num_threads() if library is not None else 1
    if before == 1:
        yield
        return
    library.set_num_threads(1)
    try:
        yield
    finally:
        library.set_num_threads(before)
