"""Gradwright derives, verifies, trains, teaches and grades the mathematics of machine learning.

The names below are the Python face. Each is imported when it is first used, so that ``import gradwright``
is quick and the command line can answer without SymPy.

    import gradwright as gw

    model = gw.load("mine.toml")
    derivation = gw.derive(model)
    report = gw.verify(model)
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradwright.derive.derivation import derive
    from gradwright.grade.chain.check import check_chain
    from gradwright.grade.judge import check
    from gradwright.model.load import load, model
    from gradwright.model.model import Model
    from gradwright.train.program import compile
    from gradwright.train.trainer import Trainer
    from gradwright.verify.verify import verify

__all__ = ["Model", "Trainer", "check", "check_chain", "compile", "derive", "load", "model", "verify"]

__version__ = "0.1.0"

_HOMES = {
    "Model": "gradwright.model.model",
    "Trainer": "gradwright.train.trainer",
    "check": "gradwright.grade.judge",
    "check_chain": "gradwright.grade.chain.check",
    "compile": "gradwright.train.program",
    "derive": "gradwright.derive.derivation",
    "load": "gradwright.model.load",
    "model": "gradwright.model.load",
    "verify": "gradwright.verify.verify",
}


class _Face(ModuleType):
    """The package itself; ``model``, ``derive`` and ``verify`` are functions, though layers are so named."""

    def __getattr__(self, name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        super().__setattr__(name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        """Keep a name of the face when the import system binds the layer of that name."""
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Face
