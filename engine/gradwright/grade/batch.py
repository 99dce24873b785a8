"""A stream of pairs to judge: JSON lines in, a result for each, and a bad row stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gradwright.grade.judge import check
from gradwright.language.scope import Composite

Row = Mapping[str, Any]


def judge_rows(
    lines: Iterable[str | Row], composites: Mapping[str, Composite] | None = None, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """Judge each row ``{"id", "reference", "answer", ("vars", "domain", "syntax")}`` as it comes.

    Yields:
        ``{"id", "verdict", "certificate", "feedback"}``, or ``{"id", "error"}`` for a row that is malformed.
    """
    for number, line in enumerate(lines, 1):
        if isinstance(line, str) and not line.strip():
            continue
        row, problem = _row(line, number)
        if problem:
            yield {"id": row.get("id"), "error": problem}
            continue
        verdict = check(
            row["reference"],
            row["answer"],
            row.get("vars"),
            row.get("domain") or {},
            composites,
            seed,
            row.get("syntax") or "text",
        )
        yield {
            "id": row.get("id"),
            "verdict": verdict.verdict,
            "certificate": verdict.certificate,
            "feedback": verdict.feedback,
        }


def _row(line: str | Row, number: int) -> tuple[Row, str]:
    """The row, and what is wrong with it."""
    try:
        row = json.loads(line) if isinstance(line, str) else line
    except (json.JSONDecodeError, RecursionError) as error:
        return {}, f"line {number}: not JSON: {error}"
    if not isinstance(row, Mapping):
        return {}, f"line {number}: a JSON object was expected"
    for key in ("reference", "answer"):
        if not isinstance(row.get(key), str):
            return row, f'"{key}" is {"missing" if row.get(key) is None else "no string"}'
    if not _is_shapes(row.get("vars")):
        return row, '"vars" is an object such as {"X": ["n", "d"]}'
    domain = row.get("domain") or {}
    if not (isinstance(domain, Mapping) and all(isinstance(word, str) for word in domain.values())):
        return row, '"domain" is an object such as {"X": "pos"}'
    return row, ""


def _is_shapes(declared: object) -> bool:
    if declared is None:
        return True
    if not isinstance(declared, Mapping):
        return False
    return all(
        isinstance(axes, str)
        or (isinstance(axes, list | tuple) and all(isinstance(axis, str) for axis in axes))
        for axes in declared.values()
    )
