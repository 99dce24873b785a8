"""The closed forms that a textbook prints are the ones that come out of the forward formulas."""

import pytest

from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.stationary import closed_form
from gradwright.language.text import to_text
from gradwright.model.load import from_text
from gradwright.tensor.canonical import entry_names, sums_of
from gradwright.tensor.nodes import Sum

HEAD = """
name = "page"
title = {{ en = "A page", ko = "한 쪽" }}
family = "test"
[axes]
{axes}
[data]
{data}
[parameters]
{parameters}
[forward]
minimise = "L"
formulas = '''
{formulas}
'''
"""


def _derive(axes: str, data: str, parameters: str, formulas: str) -> Derivation:
    declared = "\n".join(f'{axis} = "places"' for axis in axes.split())
    return derive(
        from_text(HEAD.format(axes=declared, data=data, parameters=parameters, formulas=formulas.strip()))
    )


def _lines(derivation: Derivation) -> dict[str, str]:
    return dict(line.split(" = ", 1) for line in derivation.text().splitlines())


SOFTMAX = ("n d k", 'X = "n d"\nY = { axes = "n k", is = "onehot" }', 'W = "d k"\nb = "k"')


def test_softmax_regression_reaches_the_residual_over_n() -> None:
    derivation = _derive(*SOFTMAX, "Z = X @ W + b\nP = softmax(Z)\nL = -sum(Y*log(P))/n")
    assert _lines(derivation)["dZ"] == "(P - Y)/n"
    matrix = derivation.gradients["W"].matrix
    assert matrix is not None
    assert to_text(matrix) == "X.T @ (P - Y)/n"


@pytest.mark.parametrize("rows", ["n", "n t"])
def test_a_cross_entropy_of_class_numbers_reaches_the_residual_without_a_sum(rows: str) -> None:
    places = {"n": "arange(n)", "n t": "arange(n)[:, None], arange(t)"}[rows]
    data = f'X = "{rows} d"\ny = {{ axes = "{rows}", is = "index k" }}'
    formulas = f"Z = X @ W + b\nP = softmax(Z)\nL = -mean(log(P[{places}, y]))"
    derivation = _derive("n t d k" if "t" in rows else "n d k", data, 'W = "d k"\nb = "k"', formulas)
    (adjoint,) = [one for one in derivation.adjoints if one.name == "dZ"]
    assert entry_names(adjoint.tensor.entry) == {"P", "y"}
    assert not adjoint.tensor.entry.has(Sum)


def test_a_first_place_read_from_elsewhere_hands_down_without_a_sum() -> None:
    data = 'x = "T n u"\ns = "n u"'
    formulas = "h[t] = tanh(x[t] + where(t < 1, s * w, h[t-1]))\nL = sum(h)"
    derivation = _derive("T n u", data, 'w = "u"', formulas)
    (adjoint,) = [one for one in derivation.adjoints if one.of == "w"]
    assert not any(index.extent.name == "T" for one in sums_of(adjoint.tensor.entry) for index in one.bound)


def test_the_softmax_lemma_is_the_product_minus_its_row_sum() -> None:
    derivation = _derive("n k", 'G = "n k"', 'Z = "n k"', "P = softmax(Z)\nL = sum(tanh(G*P))")
    assert _lines(derivation)["dZ"] == "(dP - sum(P*dP, axis=1, keepdims=True))*P"


def test_layer_normalisation_reaches_its_three_terms() -> None:
    derivation = _derive(
        "n d",
        'G = "n d"',
        'R = "n d"\ngamma = "d"\nbeta = "d"',
        "N = layer_norm(R, gamma, beta)\nL = sum(G*N)",
    )
    assert _lines(derivation)["dR"] == (
        "(dN_h - mean(dN_h, axis=1, keepdims=True)"
        " - N_h*mean(N_h*dN_h, axis=1, keepdims=True))/sqrt(N_v + 0.00001)"
    )


def test_batch_normalisation_of_pictures_reaches_its_three_terms() -> None:
    derivation = _derive(
        "n m H V",
        'G = "n m H V"',
        'Z = "n m H V"\ngamma = "m"',
        "N = batch_norm(Z, gamma[:, None, None], axis=(0, 2, 3))\nL = sum(G*tanh(N))",
    )
    assert _lines(derivation)["dZ"] == (
        "(dN_h - (sum(dN_h, axis=(0, 2, 3), keepdims=True)"
        " + N_h*sum(N_h*dN_h, axis=(0, 2, 3), keepdims=True))/(H*V*n))/sqrt(N_v + 0.00001)"
    )


def test_backpropagation_through_time_is_a_recurrence_of_the_adjoint_for_symbolic_length() -> None:
    derivation = _derive(
        "T n d u",
        'x = "T n d"\nG = "n u"',
        'Wx = "d u"\nWh = "u u"\nb = "u"',
        "a[t] = x[t] @ Wx + h[t-1] @ Wh + b\nh[t] = tanh(a[t])\nL = sum(G*h[T-1])",
    )
    lines = _lines(derivation)
    assert lines["dh[t]"] == "da[t+1] @ Wh.T + (t == T - 1)*G"
    assert lines["da"] == "(1 - h**2)*dh"
    assert lines["dWh"] == "sum(t, h[t-1].T @ da[t])"


def test_a_convolution_by_its_input_is_a_full_convolution_with_the_kernel() -> None:
    derivation = _derive(
        "H V p q Ho Vo", 'G = "Ho Vo"', 'X = "H V"\nK = "p q"', "C = corr(X, K)\nL = sum(G*C)"
    )
    lines = _lines(derivation)
    assert lines["dX"] == "convfull(dC, K)"
    assert lines["dK"] == "corr(X, G)"


@pytest.mark.parametrize(
    ("penalty", "solution"),
    [
        ("", "inv(X.T @ X) @ X.T @ y"),
        (" + lam*sum(w**2)", "inv(X.T @ X + n*lam*eye(d)) @ X.T @ y"),
    ],
)
def test_least_squares_is_solved_by_its_normal_equations(penalty: str, solution: str) -> None:
    data = 'X = "n d"\ny = "n"' + ('\nlam = ""' if penalty else "")
    derivation = _derive("n d", data, 'w = "d"', f"L = sum((X @ w - y)**2)/n{penalty}")
    assert to_text(closed_form(derivation, "w").solution) == solution
