"""What a command is asked about: a model of the catalogue, a model file, or an expression."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradwright import catalog
from gradwright.errors import UsageError, nearest

if TYPE_CHECKING:
    from gradwright.model.model import Model

_MODEL_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


def read_target(
    target: str,
    variables: Mapping[str, tuple[str, ...]] | None = None,
    domain: Mapping[str, str] | None = None,
    wrt: Sequence[str] | None = None,
) -> Model:
    """The model that a TARGET names, or that an expression is made into.

    Raises:
        UsageError: It is no model's name, no file, and no expression with its ``--var``.
        ModelError: The file or the expression can't be read.
    """
    path = Path(target)
    models = catalog.entries("models")
    if variables or target in models or path.is_file():
        return _read(target, variables or {}, domain or {}, wrt)
    if path.suffix == ".toml":
        raise UsageError(f"there is no file {target}")
    if _MODEL_NAME.fullmatch(target):
        raise UsageError(
            f"there is no model or function {target!r}",
            hint=nearest(target, [*models, *catalog.entries("functions")])
            or "see gradwright list models and gradwright list functions",
        )
    raise UsageError(
        f"{target!r} is no model's name and no file",
        hint="for an expression say what its names are: --var 'X: n d'",
    )


def _read(
    target: str,
    variables: Mapping[str, tuple[str, ...]],
    domain: Mapping[str, str],
    wrt: Sequence[str] | None,
) -> Model:
    from gradwright.model.load import from_expression, load, model

    if variables:
        return from_expression(target, variables, wrt, domain)
    return model(target) if target in catalog.entries("models") else load(Path(target))
