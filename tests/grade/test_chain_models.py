"""Derived chains of the catalogue's models: one broken line is named, and the others keep their marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from gradwright.derive.derivation import derive
from gradwright.errors import GradwrightError
from gradwright.execute.formulas import evaluate_formulas
from gradwright.execute.sample import draw, draw_sizes
from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.derived import Derived, derived
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Formula, Tree, children, rebuild
from gradwright.model.load import model

MODELS = [
    "linear-regression", "ridge-regression", "logistic-regression", "softmax-regression",
    "two-layer-perceptron", "rnn-classifier", "lstm-classifier", "attention-classifier",
]  # fmt: skip
BREAKS = {"sign": "-({})", "factor": "2*({})", "size": "({})*n"}


@cache
def reference(name: str) -> tuple[Derived, tuple[Formula, ...]]:
    """What the chain is compared with, and its steps."""
    derivation = derive(model(name))
    found = derived(derivation)
    adjoints = {adjoint.name for adjoint in derivation.adjoints}
    return found, tuple(one for one in found.definitions if one.target in adjoints)


def left(formula: Formula) -> str:
    return f"{formula.target}[{', '.join(formula.indices)}]" if formula.indices else formula.target


def line(formula: Formula, form: str = "{}") -> str:
    return f"{left(formula)} = {form.format(to_text(formula.body))}"


def judged(name: str, lines: list[str]) -> tuple[list[str], int | None, list[bool]]:
    found, _ = reference(name)
    result = check_chain(
        "\n".join(lines), vars=found.vars, domain=found.domain, definitions=found.definitions, explain="none"
    )
    return (
        [one.verdict for one in result.lines],
        result.first_wrong,
        [one.points == one.of for one in result.lines],
    )


@pytest.mark.parametrize("name", MODELS)
def test_the_derivation_s_own_lines_are_right(name: str) -> None:
    _, steps = reference(name)
    verdicts, first, kept = judged(name, [line(one) for one in steps])
    assert set(verdicts) == {"right"} and first is None and all(kept)


@pytest.mark.parametrize("name", MODELS)
def test_one_broken_line_is_the_first_wrong_one_and_the_others_keep_their_points(name: str) -> None:
    _, steps = reference(name)
    rng = np.random.default_rng(len(name))
    places = range(len(steps)) if len(steps) < 9 else sorted(rng.choice(len(steps), 3, replace=False))
    for place, form in zip(places, list(BREAKS.values()) * len(steps), strict=False):
        lines = [line(one, form if at == place else "{}") for at, one in enumerate(steps)]
        verdicts, first, kept = judged(name, lines)
        assert first == place + 1, (lines[place], verdicts)
        assert verdicts[place] == "wrong" and verdicts.count("wrong") == 1
        assert [at for at, whole in enumerate(kept) if not whole] == [place], (lines[place], verdicts)


def changes(tree: Tree) -> Iterator[Tree]:
    """The tree with one operand dropped, or one sign of a sum turned."""
    if isinstance(tree, Binary) and tree.operator in "+-*/":
        yield tree.left
        if tree.operator in "+-":
            yield replace(tree, operator="-" if tree.operator == "+" else "+")
        if tree.operator in "+*":
            yield tree.right
    for part in children(tree):
        for changed in changes(part):
            yield rebuild(tree, lambda one, part=part, changed=changed: changed if one is part else one)  # type: ignore[misc]


def values_of(name: str, formulas: tuple[Formula, ...]) -> dict[str, Any]:
    values = model(name).scope.values
    rng = np.random.default_rng(3)
    sizes = draw_sizes(values, model(name).equations, rng)
    return evaluate_formulas(formulas, draw(values, sizes, rng), sizes, model(name).composites)


@pytest.mark.parametrize("name", MODELS)
def test_an_operand_dropped_or_a_sign_turned_is_found_where_it_is(name: str) -> None:
    found, steps = reference(name)
    right = values_of(name, found.definitions)
    rng = np.random.default_rng(7)
    tried = 0
    for place in rng.permutation(len(steps)):
        broken = list(changes(steps[place].body))
        if not broken or tried == 3:
            continue
        form = broken[int(rng.integers(len(broken)))]
        other = replace(steps[place], body=form)
        try:
            got = values_of(name, tuple(other if one is steps[place] else one for one in found.definitions))
        except GradwrightError:
            continue
        value, expected = got[other.target], right[other.target]
        if value.shape != expected.shape or np.allclose(value, expected):
            continue
        tried += 1
        lines = [line(other if at == place else one) for at, one in enumerate(steps)]
        verdicts, first, kept = judged(name, lines)
        assert first == place + 1 and verdicts.count("wrong") == 1, (lines[place], verdicts)
        assert [at for at, whole in enumerate(kept) if not whole] == [place], (lines[place], verdicts)
    assert tried


@pytest.mark.parametrize("name", ["softmax-regression", "two-layer-perceptron", "lstm-classifier"])
def test_a_line_that_is_set_to_zero_gives_nothing_for_what_only_multiplies_it(name: str) -> None:
    _, steps = reference(name)
    by_name = {one.target: at for at, one in enumerate(steps)}
    start, rest = {
        "softmax-regression": ("dZ", ["dW", "db"]),
        "two-layer-perceptron": ("dZ1", ["dW1", "db1"]),
        "lstm-classifier": ("dz_f", ["dW_f", "dU_f", "db_f"]),
    }[name]
    lines = [line(one, "0*({})" if one.target == start else "{}") for one in steps]
    verdicts, first, kept = judged(name, lines)
    assert first == by_name[start] + 1
    lost = [steps[at].target for at, whole in enumerate(kept) if not whole]
    assert lost == [start, *rest], verdicts


@pytest.mark.parametrize("name", MODELS)
def test_the_reference_lines_are_the_gradient_by_differences(name: str) -> None:
    found, steps = reference(name)
    values = model(name).scope.values
    rng = np.random.default_rng(1)
    sizes = draw_sizes(values, model(name).equations, rng)
    arrays = draw(values, sizes, rng)

    def loss(changed: dict[str, object]) -> float:
        done = evaluate_formulas(found.definitions, {**arrays, **changed}, sizes, model(name).composites)
        return float(done["L"])

    done = evaluate_formulas(found.definitions, arrays, sizes, model(name).composites)
    for parameter in model(name).parameters:
        step = 1e-5 * rng.normal(size=arrays[parameter].shape)
        slope = loss({parameter: arrays[parameter] + step}) - loss({parameter: arrays[parameter] - step})
        assert np.isclose(slope / 2, np.sum(done[f"d{parameter}"] * step), rtol=1e-5, atol=1e-11), parameter
    assert {f"d{parameter}" for parameter in model(name).parameters} <= {one.target for one in steps}


def test_an_lstm_step_in_a_student_s_own_writing() -> None:
    found, _ = reference("lstm-classifier")
    text = """
    dZ = (P - Y)/n
    dc[t] = dh[t]*o[t]*(1 - tanh(c[t])**2) + dc[t+1]*f[t+1]
    df[t] = dc[t]*c[t-1]
    dz_f = df*f*(1 - f)
    dW_f = sum(t, x[t].T @ dz_f[t])
    dU_f = np.einsum('tij,tik->jk', h[:-1], dz_f[1:])
    db_f = dz_f.sum(axis=(0, 1))
    do = dh*tanh(c)
    dz_o = do*o
    dW_o = np.einsum('tij,tik->jk', x, dz_o)
    db_o = dz_o.sum((0, 1))
    """
    result = check_chain(text, vars=found.vars, domain=found.domain, definitions=found.definitions)
    verdicts = [one.verdict for one in result.lines]
    assert verdicts == ["right"] * 8 + ["wrong", "follows", "follows"], [one.feedback for one in result.lines]
    assert result.first_wrong == 10


def test_a_forgotten_step_in_time_is_carried_through_the_recurrence() -> None:
    found, _ = reference("lstm-classifier")
    text = """
    dc[t] = dh[t]*o[t]*(1 - tanh(c[t])**2)
    df[t] = dc[t]*c[t-1]
    dz_f[t] = df[t]*f[t]*(1 - f[t])
    dW_f = sum(t, x[t].T @ dz_f[t])
    """
    result = check_chain(text, vars=found.vars, domain=found.domain, definitions=found.definitions)
    assert [one.verdict for one in result.lines] == ["wrong", "follows", "follows", "follows"]
    assert [one.since for one in result.lines] == [(), (2,), (2,), (2,)]


def test_attention_in_a_student_s_own_writing() -> None:
    vars = {"X": "t d", "Wq": "d q", "Wk": "d q", "Wv": "d v", "G": "t v"}
    definitions = [
        "Q = X @ Wq", "K = X @ Wk", "V = X @ Wv", "S = Q @ K.T/sqrt(q)", "A = softmax(S)", "O = A @ V",
        "L = sum(G*O)", "dO = G", "dV = A.T @ dO", "dA = dO @ V.T",
        "dS = A*(dA - sum(A*dA, axis=1, keepdims=True))", "dQ = dS @ K/sqrt(q)", "dK = dS.T @ Q/sqrt(q)",
        "dWq = X.T @ dQ", "dWk = X.T @ dK", "dWv = X.T @ dV",
    ]  # fmt: skip
    text = """
    dA = G @ V.T
    dS = A*(dA - (A*dA).sum(axis=1)[:, None])
    dQ = dS @ K
    dK = dS.T @ Q
    dW_q = X.T @ dQ
    grad_Wk = X.T @ (dS.T @ (X @ Wq))/sqrt(q)
    dWv = X.T @ A.T @ G
    """
    result = check_chain(text, vars=vars, definitions=definitions)
    assert [one.verdict for one in result.lines] == [
        "right", "right", "wrong", "wrong", "follows", "right", "right",
    ]  # fmt: skip
    assert result.lines[5].findings[0].key == "chain.comes-back"
    assert {step.name for step in result.steps if step.reason is not None} == {"dO", "dV"}
    assert result.score == 7
