"""Rubrics as files: TOML or JSON with the fields of ``Rubric``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from gradwright.errors import UsageError, nearest
from gradwright.grade.chain.rubric import Rubric

_LIMIT = 100_000
_FIELDS = tuple(one.name for one in fields(Rubric))


def rubric_of(path: Path) -> Rubric:
    """Read a rubric.

    Args:
        path: A file ``.toml`` or ``.json``.

    Raises:
        UsageError: The file can't be read, or is no rubric.
    """
    try:
        if path.stat().st_size > _LIMIT:
            raise UsageError(f"{path}: a rubric has at most {_LIMIT} bytes")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: the file is not UTF-8 text") from error
    return rubric_from(text, path.suffix.lower().lstrip("."), str(path))


def rubric_from(text: str, form: str = "toml", source: str = "rubric") -> Rubric:
    r"""A rubric from text.

    Args:
        text: ``follow_through = 0.5`` and tables ``[points]`` and ``[deduct]``, or the same as JSON.
        form: ``toml`` or ``json``.
        source: Where it came from, for the message of an error.

    Raises:
        UsageError: The text is no rubric.

    >>> rubric_from("follow_through = 0.5\n[points]\ndZ = 2\ndW = 3").points["dW"]
    3
    """
    if form not in ("toml", "json"):
        raise UsageError(f"{source}: a rubric is a file .toml or .json, not .{form}")
    try:
        data: Any = tomllib.loads(text) if form == "toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{source}: this is not {form.upper()}: {error}") from error
    if not isinstance(data, Mapping):
        raise UsageError(f"{source}: a rubric is a table with {', '.join(_FIELDS)}")
    for key, value in data.items():
        _check(key, value, source)
    try:
        return Rubric(**data)
    except UsageError as error:
        raise UsageError(f"{source}: {error.message}", hint=error.hint) from error


def _check(key: str, value: object, source: str) -> None:
    if key not in _FIELDS:
        hint = nearest(key, _FIELDS) or f"a rubric has {', '.join(_FIELDS)}"
        raise UsageError(f"{source}: a rubric has no {key}", hint=hint)
    if key in ("points", "deduct") and not isinstance(value, Mapping):
        raise UsageError(f"{source}: {key} is a table of numbers, as in {key} = {{ name = 1 }}")
    if key == "skipped" and not isinstance(value, bool):
        raise UsageError(f"{source}: skipped is true or false, not {value!r}")
