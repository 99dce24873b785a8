"""Chains of right, wrong, written-out and compensating lines, against verdicts computed in NumPy alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from gradwright.grade.chain.check import check_chain
from tests.grade.test_chain import PERCEPTRON, verdicts

Values = Mapping[str, Any]
Form = tuple[str, Callable[[Values], Any]]


def step(z: Any) -> Any:
    return (z > 0).astype(float)


STEPS: dict[str, Callable[[Values], Any]] = {
    "dZ2": lambda v: (v["P"] - v["Y"]) / v["n"],
    "dA1": lambda v: v["dZ2"] @ v["W2"].T,
    "dZ1": lambda v: v["dA1"] * step(v["Z1"]),
    "dW1": lambda v: v["X"].T @ v["dZ1"],
}
FORMS: dict[str, list[Form]] = {
    "dZ2": [
        ("(P - Y)/n", STEPS["dZ2"]),
        ("P - Y", lambda v: v["P"] - v["Y"]),
        ("(Y - P)/n", lambda v: (v["Y"] - v["P"]) / v["n"]),
    ],
    "dA1": [
        ("dZ2 @ W2.T", STEPS["dA1"]),
        ("-dZ2 @ W2.T", lambda v: -v["dZ2"] @ v["W2"].T),
        ("(P - Y) @ W2.T", lambda v: (v["P"] - v["Y"]) @ v["W2"].T),
        ("(P - Y) @ W2.T/n", lambda v: (v["P"] - v["Y"]) @ v["W2"].T / v["n"]),
    ],
    "dZ1": [
        ("dA1*step(Z1)", STEPS["dZ1"]),
        ("dZ2 @ W2.T*step(Z1)", lambda v: v["dZ2"] @ v["W2"].T * step(v["Z1"])),
        ("dA1*A1/n", lambda v: v["dA1"] * v["A1"] / v["n"]),
    ],
    "dW1": [
        ("X.T @ dZ1", STEPS["dW1"]),
        ("X.T @ dZ1/n", lambda v: v["X"].T @ v["dZ1"] / v["n"]),
        ("-X.T @ (dA1*step(Z1))", lambda v: -v["X"].T @ (v["dA1"] * step(v["Z1"]))),
        (
            "X.T @ (((P - Y) @ W2.T)*step(Z1))",
            lambda v: v["X"].T @ ((v["P"] - v["Y"]) @ v["W2"].T * step(v["Z1"])),
        ),
    ],
}  # fmt: skip


def forward(rng: np.random.Generator) -> dict[str, Any]:
    n, d, h, k = 5, 4, 6, 3
    values: dict[str, Any] = {
        "X": rng.normal(size=(n, d)),
        "Y": np.eye(k)[rng.integers(0, k, n)],
        "W1": rng.normal(size=(d, h)),
        "b1": rng.normal(size=h),
        "W2": rng.normal(size=(h, k)),
        "b2": rng.normal(size=k),
        "n": n,
    }
    values["Z1"] = values["X"] @ values["W1"] + values["b1"]
    values["A1"] = np.maximum(values["Z1"], 0)
    odds = np.exp(values["A1"] @ values["W2"] + values["b2"])
    return values | {"P": odds / odds.sum(axis=1, keepdims=True)}


def expected(chosen: Mapping[str, Form]) -> list[str]:
    """Right: the right value. Follows: right with right values, or the right step on the student's values."""
    values = forward(np.random.default_rng(5))
    right, mine = dict(values), dict(values)
    for name, make in STEPS.items():
        right[name] = make(right)
    found = []
    for name, (_, form) in chosen.items():
        value = form(mine)
        if np.allclose(value, right[name]):
            found.append("right")
        elif np.allclose(form(right), right[name]) or np.allclose(value, STEPS[name](mine)):
            found.append("follows")
        else:
            found.append("wrong")
        mine[name] = value
    return found


@pytest.mark.parametrize("start", FORMS["dZ2"], ids=lambda form: form[0])
def test_every_verdict_is_what_numpy_alone_gives(start: Form) -> None:
    for rest in itertools.product(*(FORMS[name] for name in list(STEPS)[1:])):
        chosen = dict(zip(STEPS, (start, *rest), strict=True))
        text = "\n".join(f"{name} = {form}" for name, (form, _) in chosen.items())
        result = check_chain(text, explain="none", **PERCEPTRON)
        truth = expected(chosen)
        assert verdicts(result) == truth, text
        assert result.first_wrong == next((at for at, one in enumerate(truth, 1) if one == "wrong"), None)


def test_a_line_left_out_does_not_change_what_is_said_of_the_others() -> None:
    for rest in itertools.product(FORMS["dZ2"], FORMS["dZ1"][1:2], FORMS["dW1"]):
        chosen = dict(zip(["dZ2", "dZ1", "dW1"], rest, strict=True))
        text = "\n".join(f"{name} = {form}" for name, (form, _) in chosen.items())
        # The line for dA1 that the student did not write is the right step on what stands before it.
        whole = {"dZ2": chosen["dZ2"], "dA1": FORMS["dA1"][0], **chosen}
        truth = expected({name: whole[name] for name in STEPS})
        assert verdicts(check_chain(text, explain="none", **PERCEPTRON)) == [truth[0], *truth[2:]], text
