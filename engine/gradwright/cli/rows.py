"""JSON lines in, JSON lines out: each row is answered at once, and a bad row stops nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import click

from gradwright.errors import GradwrightError

Row = Mapping[str, Any]
Answer = Callable[[Row], Mapping[str, Any]]
Failure = Callable[[str], Mapping[str, Any]]


def stream(lines: Iterable[str], answer: Answer, failure: Failure) -> None:
    """Print one JSON line for each line of input, flushed.

    Args:
        lines: JSON objects, one a line; an empty line is skipped.
        answer: From a row to the fields of its answer, without the id.
        failure: From an error's message to the fields of the answer of a row that can't be answered.
    """
    for reply in answers(lines, answer, failure):
        click.echo(json.dumps(reply, ensure_ascii=False))


def answers(lines: Iterable[str], answer: Answer, failure: Failure) -> Iterator[dict[str, Any]]:
    """The answers, in the order of the lines."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _reply(number, line, answer, failure)


def _reply(number: int, line: str, answer: Answer, failure: Failure) -> dict[str, Any]:
    identity: Any = None
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            return {"id": None, **failure(f"line {number}: a JSON object was expected")}
        identity = row.get("id")
        return {"id": identity, **answer(row)}
    except GradwrightError as error:
        return {"id": identity, **failure(str(error))}
    except json.JSONDecodeError as error:
        return {"id": None, **failure(f"line {number}: not JSON: {error}")}
    except Exception as error:  # a defect met in one row is that row's answer, not the end of the others
        return {"id": identity, **failure(f"a defect of gradwright: {type(error).__name__}: {error}")}


def text_of(row: Row, key: str) -> str:
    """A row's text.

    Raises:
        GradwrightError: It is missing, or no string.
    """
    value = row.get(key)
    if not isinstance(value, str):
        raise GradwrightError(f'"{key}" is {"missing" if value is None else "no string"}')
    return value


def shapes_of(row: Row) -> dict[str, tuple[str, ...]] | None:
    """A row's ``vars``, or None where it has none.

    Raises:
        GradwrightError: They are no object of lists of axis names.
    """
    declared = row.get("vars")
    if declared is None:
        return None
    if not isinstance(declared, dict):
        raise GradwrightError('"vars" is not an object such as {"X": ["n", "d"]}')
    shapes = {name: axes.split() if isinstance(axes, str) else axes for name, axes in declared.items()}
    for name, axes in shapes.items():
        if not (isinstance(axes, list) and all(isinstance(axis, str) for axis in axes)):
            raise GradwrightError(f'the shape of {name} is not a list of axis names such as ["n", "d"]')
    return {name: tuple(axes) for name, axes in shapes.items()}


def domain_of(row: Row) -> dict[str, str]:
    """A row's ``domain``, empty where it has none.

    Raises:
        GradwrightError: It is no object of strings.
    """
    domain = row.get("domain") or {}
    if not (isinstance(domain, dict) and all(isinstance(value, str) for value in domain.values())):
        raise GradwrightError('"domain" is not an object such as {"X": "pos"}')
    return dict(domain)
