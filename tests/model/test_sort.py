"""Formulas are put in an order in which they can be carried out, recurrences together."""

from __future__ import annotations

import pytest

from gradwright.language.parse import parse_formulas
from gradwright.language.scope import ReadError
from gradwright.model.sort import groups, in_order


def _order(*lines: str) -> list[str]:
    return [formula.target for formula in in_order(parse_formulas("\n".join(lines)))]


def test_the_written_order_stays_where_it_will_do() -> None:
    assert _order("c = x", "a = x", "b = a + c") == ["c", "a", "b"]


def test_a_formula_moves_behind_what_it_uses() -> None:
    assert _order("c = b", "b = a", "a = x") == ["a", "b", "c"]


def test_a_recurrence_stands_together_and_in_the_order_of_one_step() -> None:
    lines = ["h[t] = o[t]*c[t]", "z = h[T-1]", "c[t] = c[t-1] + g", "o[t] = h[t-1] + b", "g = x", "b = g"]
    found = groups(parse_formulas("\n".join(lines)))
    names = [tuple(one.target for one in group.formulas) for group in found]
    assert names == [("g",), ("c",), ("b",), ("o", "h"), ("z",)]
    assert [group.direction for group in found] == [0, 1, 0, 1, 0]


def test_a_recurrence_may_run_backwards() -> None:
    (only,) = groups(parse_formulas("h[t] = 2*h[t+1] + x[t]"))
    assert only.direction == -1


@pytest.mark.parametrize(
    "lines",
    [
        ("a = a",),
        ("a = b", "b = a"),
        ("h[t] = h[t] + x[t]",),
        ("h[t] = h[t-1] + h[t+1]",),
        ("h[t] = h[t-1] + s", "s = sum(h)"),
        ("a[t] = h[t-1]", "s = sum(a)", "h[t] = a[t] + s"),
        ("a[t] = b[t]", "b[t] = c[t-1] + a[t]", "c[t] = b[t]"),
    ],
)
def test_what_needs_itself_at_the_same_time_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(ReadError, match="cyclic"):
        _order(*lines)
