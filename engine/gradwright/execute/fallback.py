"""What compiles may be missing or refuse: the reason, in one line; NumPy's interpreter then goes on."""

from __future__ import annotations

import importlib
from typing import Any

from gradwright.errors import GradwrightError, UsageError


def native() -> Any:
    """The module of compiled programs; what it rests on may be missing.

    Raises:
        ImportError: A package is not installed.
    """
    return importlib.import_module("gradwright.execute.native.executable")


def cause(error: Exception) -> str:
    """Why there is no compiled program, and the next move, in one line."""
    if isinstance(error, ImportError):
        package = (error.name or "llvmlite").partition(".")[0]
        return f"nothing is compiled, since {package} can't be imported (try pip install {package})"
    message = error.message if isinstance(error, GradwrightError) else str(error).strip().split("\n")[0]
    move = "--backend numpy asks for that" if isinstance(error, UsageError) else "please report it"
    return f"this model has no compiled form ({message}; {move})"
