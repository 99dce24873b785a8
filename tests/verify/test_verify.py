"""Every model's derivation is verified by every route, and every route finds a wrong derivation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from sympy import Expr

from gradwright import catalog
from gradwright.derive.derivation import Derivation, derive
from gradwright.model.load import from_expression, model
from gradwright.tensor.nodes import Tensor
from gradwright.verify.case import make_case
from gradwright.verify.verify import routes, verify


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(catalog.entries("models")))
def test_every_route_agrees_with_the_derivation_of_a_model(name: str) -> None:
    report = verify(model(name), seed=1)
    figures = {route: finding.figure for route, finding in report.findings.items()}
    assert report.ok, figures
    assert figures["exact"] == "proved"
    # Truncation of a step of 1e-5 at losses near 1, and rounding alone.
    assert isinstance(figures["difference"], float)
    assert figures["difference"] < 1e-6
    assert isinstance(figures["complex_step"], float)
    assert figures["complex_step"] < 1e-11


def test_a_report_is_json_of_the_agreed_shape() -> None:
    row = json.loads(verify(model("softmax-regression")).to_json())
    assert list(row) == ["model", "ok", "routes", "seconds"]
    assert row["model"] == "softmax-regression"
    assert row["ok"] is True
    assert set(row["routes"]) == {"difference", "complex_step", "exact"}


def _spoiled(derivation: Derivation, of: str, change: Callable[[Expr], Expr]) -> Derivation:
    """The derivation with one adjoint's formula changed."""
    adjoints = tuple(
        replace(one, tensor=Tensor(one.tensor.indices, change(one.tensor.entry))) if one.of == of else one
        for one in derivation.adjoints
    )
    assert adjoints != derivation.adjoints
    return replace(derivation, adjoints=adjoints)


@pytest.mark.parametrize("route", sorted(routes()))
@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("softmax-regression", "Z"),
        ("logistic-regression", "w"),
        ("two-layer-perceptron", "A1"),
        ("rnn-classifier", "h"),
        ("attention-classifier", "S"),
        ("convolutional-network", "K"),
    ],
)
def test_every_route_finds_a_dropped_factor_and_a_wrong_sign(route: str, name: str, of: str) -> None:
    derivation = derive(model(name))
    for change in (lambda entry: 2 * entry, lambda entry: -entry):
        case = make_case(_spoiled(derivation, of, change), seed=0)
        assert routes()[route].run(case).ok is False


def test_a_missing_transpose_is_found_where_shapes_hide_it() -> None:
    derivation = derive(from_expression("sum((A @ X)**2)", {"A": "n n", "X": "n n"}, "X"))
    (own,) = (one for one in derivation.adjoints if one.of == "X")
    turned = replace(own, tensor=Tensor(own.tensor.indices[::-1], own.tensor.entry))
    wrong = replace(derivation, adjoints=tuple(turned if one is own else one for one in derivation.adjoints))
    assert [finding.ok for finding in verify(wrong).findings.values()] == [False, False, False]


def test_nothing_verified_is_not_ok() -> None:
    report = verify(from_expression("sum(sqrt(-1 - x**2))", {"x": "n"}, "x"))
    assert not report.ok
    assert all(finding.ok is None for finding in report.findings.values())


@pytest.mark.parametrize(
    ("text", "variables", "domain"),
    [
        ("sum(relu(X @ w))", {"X": "n d", "w": "d"}, {}),
        ("sum(abs(w - x))", {"w": "d", "x": "d"}, {}),
        ("sum(max(w*X, axis=1))", {"w": "d", "X": "n d"}, {}),
        ("sum(where(w > 0, w**2, exp(w)))", {"w": "d"}, {}),
        ("sum(clip(w, -0.5, 0.5)*x)", {"w": "d", "x": "d"}, {}),
        ("sum(softmax(where(arange(d)[:, None] >= arange(d), w, -inf)) @ x)", {"w": "d d", "x": "d"}, {}),
        ("logdet(w)", {"w": "d d"}, {"w": "spd"}),
        ("x @ inv(w) @ x", {"w": "d d", "x": "d"}, {"w": "wellcond"}),
        ("prod(w)*sum(x)", {"w": "d", "x": "d"}, {}),
    ],
)
def test_kinks_branches_and_matrix_functions_are_proved(
    text: str, variables: dict[str, str], domain: dict[str, str]
) -> None:
    report = verify(from_expression(text, variables, "w", domain))
    assert report.findings["exact"].figure == "proved"
    assert report.ok, report
