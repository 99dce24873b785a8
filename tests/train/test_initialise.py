"""Starting values: the ways that courses name, and the fans of matrices, kernels, heads and tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradwright.errors import ModelError
from gradwright.execute.affine import whole
from gradwright.language.scope import Value
from gradwright.model.load import from_text
from gradwright.model.start import WAYS, start_of
from gradwright.tensor.nodes import Assignment, size
from gradwright.train.initialise import fans, initialise

Array = Any
a, b = size("a"), size("b")
MODEL = """
name = "many"
title = { en = "Many parameters", ko = "여러 매개변수" }
[axes]
n = "examples"
T = "times"
d = "features"
c = "channels"
H = "height"
Wd = "width"
m = "kernels"
v = "words"
a = "heads"
q = "of a head"
[data]
X = "n c H Wd"
words = { axes = "n T", is = "index v" }
[parameters]
K = "m c 5 3"
E = "v d"
Q = "d a q"
O = "a q d"
w = "d"
[forward]
formulas = '''
C = conv2d(X, K, 2)
x = E[words]
y = einsum('ntd,daq->ntaq', x, Q)
z = einsum('ntaq,aqd->ntd', tanh(y), O)
L = sum(z @ w)/n + sum(C**2)
'''
minimise = "L"
"""
SIZES = {"d": 7, "c": 2, "m": 11, "v": 100, "a": 3, "q": 13}
EXPECTED = {
    "K": (2 * 5 * 3, 11 * 5 * 3),  # as PyTorch counts: the places of a kernel count for both
    "E": (1, 7),
    "Q": (7, 3 * 13),
    "O": (3 * 13, 7),
    "w": (7, 1),
}


def drawn(way: str, shape: tuple[int, int] = (400, 100)) -> Array:
    values, sizes = {"W": Value((a, b))}, {"a": shape[0], "b": shape[1]}
    return initialise(values, {"W": way}, sizes, np.random.default_rng(1))["W"]


@pytest.mark.parametrize("name", EXPECTED)
def test_fans_are_those_of_the_formulas(name: str) -> None:
    model = from_text(MODEL)
    value = model.parameters[name].value
    shape = [whole(extent, SIZES) for extent in value.shape]
    formulas = [Assignment(one.name, one.tensor) for one in model.definitions]
    assert fans(name, shape, formulas) == EXPECTED[name]


def test_the_fans_of_a_kernel_and_of_a_matrix_are_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    found = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(11, 2, 5, 3))
    assert tuple(found) == EXPECTED["K"]
    assert tuple(torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(39, 7))) == EXPECTED["Q"]


@pytest.mark.parametrize(
    ("way", "variance"),
    [
        ("xavier", 2 / 500),
        ("xavier-uniform", 2 / 500),
        ("xavier-normal", 2 / 500),
        ("he", 2 / 400),
        ("he-uniform", 2 / 400),
        ("he-normal", 2 / 400),
        ("lecun", 1 / 400),
        ("normal", 0.1**2),
        ("normal 0.02", 0.02**2),
        ("uniform 0.3", 0.3**2 / 3),
        ("he 2", 4 * 2 / 400),
        ("orthogonal", 1 / 400),
    ],
)
def test_the_variance_is_that_of_its_paper(way: str, variance: float) -> None:
    values = drawn(way)
    # The variance of 40000 numbers is off by sqrt(2 / 40000) = 0.7 % as a rule, by three times that at most.
    assert values.var() == pytest.approx(variance, rel=0.022) and abs(values.mean()) < 0.02 * 0.3
    # A kurtosis of 3 is a normal distribution's, one of 1.8 a uniform one's.
    kurtosis = (values**4).mean() / values.var() ** 2
    is_uniform = way in ("xavier", "xavier-uniform", "he-uniform", "uniform 0.3")
    assert kurtosis == pytest.approx(1.8 if is_uniform else 3.0, abs=0.15)
    if is_uniform:
        assert np.abs(values).max() <= math.sqrt(3 * variance)


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape: tuple[int, int]) -> None:
    values = drawn("orthogonal", shape)
    product = values @ values.T if shape[0] < shape[1] else values.T @ values
    assert np.allclose(product, np.eye(min(shape)), atol=1e-12)
    assert np.allclose(drawn("orthogonal 1.5", shape), 1.5 * values, rtol=1e-12)


def test_numbers_that_are_all_the_same() -> None:
    assert (drawn("constant -2.5") == -2.5).all() and (drawn("ones") == 1).all() and not drawn("zeros").any()


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_seeded_and_may_be_said_in_a_file(way: str) -> None:
    text = f"{way} 2" if WAYS[way] is None else way
    model = from_text(MODEL.replace('E = "v d"', f'E = {{ axes = "v d", init = "{text}" }}'))
    assert model.parameters["E"].init == text
    assert np.array_equal(drawn(text), drawn(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("xavierr", "did you mean xavier"),
        ("kaiming_normal", "did you mean he"),
        ("glorot", "did you mean xavier"),
        ("normal x", "expected one number"),
        ("normal 1 2", "expected one number"),
        ("normal -1", "expected a positive number"),
        ("uniform nan", "expected a positive number"),
        ("constant", "expected one number"),
        ("zeros 1", "expected no number after zeros"),
        ("", "there is no init"),
    ],
)
def test_a_start_that_is_none_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ModelError) as told:
        start_of(text)
    assert message in str(told.value)
    wrong = MODEL.replace('E = "v d"', f'E = {{ axes = "v d", init = "{text}" }}')
    with pytest.raises(ModelError, match=r"mine\.toml, line 20") as placed:
        from_text(wrong, "mine.toml")
    assert message in str(placed.value)


def test_one_axis_is_not_orthogonal() -> None:
    with pytest.raises(ModelError, match="W has fewer than two axes"):
        initialise({"W": Value((a,))}, {"W": "orthogonal"}, {"a": 3}, np.random.default_rng(0))
