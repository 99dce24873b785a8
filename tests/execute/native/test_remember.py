"""Costly values that two kernels compute alike are computed once, at the right places."""

from __future__ import annotations

import numpy as np

from gradwright.model.load import from_text
from gradwright.train.program import compile

WAVES = '''
name = "waves"
title = { en = "Waves along two axes", ko = "두 축의 파동" }
axes = { s = "places", t = "other places", d = "features" }
data = { X = "s d", Y = "t d" }
parameters = { v = "d", w = "d" }
[forward]
formulas = """
A = (X + positional_encoding(X)) @ v
B = (Y + positional_encoding(Y)) @ w
L = sum(tanh(A)) * sum(tanh(B))
"""
minimise = "L"
'''


def test_values_of_counters_alone_are_told_apart_by_their_counters() -> None:
    model, rng = from_text(WAVES), np.random.default_rng(0)
    for sizes in ({"s": 5, "t": 5, "d": 6}, {"s": 4, "t": 7, "d": 5}):
        params = {"v": rng.normal(size=sizes["d"]), "w": rng.normal(size=sizes["d"])}
        data = {
            "X": rng.normal(size=(sizes["s"], sizes["d"])),
            "Y": rng.normal(size=(sizes["t"], sizes["d"])),
        }
        found = [
            compile(model, sizes, dtype="float64", backend=backend).loss_and_gradients(params, data)
            for backend in ("numba", "numpy")
        ]
        assert np.isclose(found[0][0], found[1][0], rtol=1e-12)
        for name, gradient in found[1][1].items():
            np.testing.assert_allclose(found[0][1][name], gradient, rtol=1e-9, atol=1e-12)
