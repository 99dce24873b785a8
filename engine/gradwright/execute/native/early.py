"""What serves one result alone is computed as soon as it can be: its operands make room, and are near."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from gradwright.execute.native.statement import Program, Statement, touched, written


def with_results_early(program: Program) -> Program:
    """The program in which a parameter's gradient follows the last of what it is made of.

    Formulas name it after all adjoints, which would all stay until then.
    """
    earlier = _earlier(program.statements)
    results = _results(earlier)
    last = dict.fromkeys(results.values(), -1)
    for number, result in results.items():
        last[result] = max([last[result], *(earlier[number] - set(results))])

    def rank(number: int) -> tuple[int, int, int]:
        result = results.get(number)
        return (number, -1, number) if result is None else (last[result], result, number)

    order = sorted(range(len(earlier)), key=rank)
    return replace(program, statements=[program.statements[number] for number in order])


def _earlier(statements: Sequence[Statement]) -> list[set[int]]:
    """For each statement the earlier ones that it has to follow: of two that share a value one writes it."""
    found: list[set[int]] = []
    writers: dict[str, set[int]] = defaultdict(set)
    users: dict[str, set[int]] = defaultdict(set)
    for number, statement in enumerate(statements):
        uses, writes = touched(statement), written([statement])
        found.append(set().union(*(writers[name] for name in uses), *(users[name] for name in writes)))
        for name in uses:
            users[name].add(number)
        for name in writes:
            writers[name].add(number)
    return found


def _results(earlier: Sequence[set[int]]) -> dict[int, int]:
    """For each statement that serves one result alone the statement that ends with it."""
    found: dict[int, int] = {}
    served: list[set[int | None]] = [set() for _ in earlier]
    for number in reversed(range(len(earlier))):
        result = served[number].pop() if len(served[number]) == 1 else None if served[number] else number
        if result is not None:
            found[number] = result
        for one in earlier[number]:
            served[one].add(result)
    return found
