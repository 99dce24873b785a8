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

_SHOWN = 200


def stream(lines: Iterable[str], answer: Answer, failure: Failure) -> None:
    """Print one JSON line for each line of input, flushed.

    Args:
        lines: JSON objects, one a line; an empty line is skipped.
        answer: From a row to the fields of its answer, without the id.
        failure: From an error's message to the fields of the answer of a row that can't be answered.
    """
    for reply in answers(lines, answer, failure):
        click.echo(as_line(reply))


def answers(lines: Iterable[str], answer: Answer, failure: Failure) -> Iterator[dict[str, Any]]:
    """The answers, in the order of the lines."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield reply_to(number, line, answer, failure)


def reply_to(number: int, line: str | bytes, answer: Answer, failure: Failure) -> dict[str, Any]:
    """The answer to one line, whatever it holds; ``number`` is the line's."""
    identity: Any = None
    try:
        row = row_of(line)
        identity = row.get("id")
        return {"id": identity, **answer(row)}
    except GradwrightError as error:
        where = "" if identity is not None else f"line {number}: "
        return {"id": identity, **failure(f"{where}{error}")}
    except MemoryError:
        raise
    except Exception as error:  # a defect met in one row is that row's answer, not the end of the others
        return {"id": identity, **failure(f"a defect of gradwright: {type(error).__name__}: {error}")}


def row_of(line: str | bytes) -> Row:
    """The JSON object of a line.

    Raises:
        GradwrightError: It is none, or not one that every program reads alike.
    """
    try:
        text = line if isinstance(line, str) else line.decode("utf-8")
        row = json.loads(text, object_pairs_hook=_unambiguous, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise GradwrightError(f"not UTF-8 text: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise GradwrightError("not JSON that can be read: it is nested too deeply") from error
    except ValueError as error:
        raise GradwrightError(f"not JSON: {str(error)[:_SHOWN]}") from error
    if not isinstance(row, dict):
        raise GradwrightError("a JSON object was expected")
    return row


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise GradwrightError(f'the key "{twice[:_SHOWN]}" stands twice in one object')
    return row


def _refuse(constant: str) -> Any:
    raise GradwrightError(f"not JSON: {constant} is no JSON number")


def as_line(reply: Mapping[str, Any]) -> str:
    """A reply as one line of JSON; letters are kept as they are if they can be written."""
    line = json.dumps(reply, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can express
        return json.dumps(reply)
    return line


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
