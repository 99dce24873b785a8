"""Random sizes and values honour what is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sympy import floor

from gradwright.errors import UsageError
from gradwright.execute.sample import DOMAINS, draw, draw_sizes
from gradwright.language.scope import Value
from gradwright.tensor.nodes import size

H, W, kh, kw, Ho, Wo, n, d, k = (size(name) for name in ["H", "W", "kh", "kw", "Ho", "Wo", "n", "d", "k"])


@pytest.mark.parametrize("seed", range(10))
def test_every_axis_has_a_size_of_its_own(seed: int) -> None:
    sizes = draw_sizes({"X": Value((n, d)), "W": Value((d, k))}, (), np.random.default_rng(seed))
    assert sorted(sizes) == ["d", "k", "n"]
    assert len(set(sizes.values())) == 3 and min(sizes.values()) >= 3


def test_in_the_equal_mode_all_axes_have_one_size() -> None:
    sizes = draw_sizes({"X": Value((n, d))}, (), np.random.default_rng(0), "equal")
    assert sizes["n"] == sizes["d"]


@pytest.mark.parametrize("mode", ["distinct", "equal"])
@pytest.mark.parametrize("seed", range(10))
def test_equations_between_sizes_hold(mode: str, seed: int) -> None:
    values = {"X": Value((H, W)), "K": Value((kh, kw)), "G": Value((Ho, Wo))}
    equations = ((Ho, H - kh + 1), (Wo, floor((W - kw) / 2) + 1))
    sizes = draw_sizes(values, equations, np.random.default_rng(seed), mode)
    assert sizes["Ho"] == sizes["H"] - sizes["kh"] + 1 >= 1
    assert sizes["Wo"] == (sizes["W"] - sizes["kw"]) // 2 + 1 >= 1
    if mode == "distinct":
        assert len(set(sizes.values())) == len(sizes)


def test_equations_that_turn_in_a_circle_hold_too() -> None:
    equations = ((kh, H - Ho + 1), (Ho, H - kh + 1))
    sizes = draw_sizes({"X": Value((H,))}, equations, np.random.default_rng(0))
    assert sizes["Ho"] + sizes["kh"] == sizes["H"] + 1


def test_equations_that_no_size_satisfies_are_refused() -> None:
    with pytest.raises(UsageError, match="no sizes satisfy"):
        draw_sizes({"X": Value((n,))}, ((d, n - 100),), np.random.default_rng(0))


def _symmetric(x: Any) -> bool:
    return bool(np.array_equal(x, x.T))


CLAIMS: dict[str, Callable[[Any], bool]] = {
    "real": lambda x: bool(np.any(x < 0) and np.any(x > 0)),
    "pos": lambda x: bool(np.all(x > 0)),
    "unit": lambda x: bool(np.all((x > 0) & (x < 1))),
    "nonzero": lambda x: bool(np.all(x != 0)),
    "away0": lambda x: bool(np.all(np.abs(x) >= 0.3)),
    "small": lambda x: bool(np.all(np.abs(x) < 1)),
    "wide": lambda x: bool(np.max(np.abs(x)) > 50 * np.min(np.abs(x))),
    "binary": lambda x: set(np.unique(x)) <= {0.0, 1.0},
    "pm1": lambda x: set(np.unique(x)) <= {-1.0, 1.0},
    "mask": lambda x: set(np.unique(x)) <= {0.0, 1.0} and bool(np.all(x.sum(axis=-1) >= 1)),
    "onehot": lambda x: set(np.unique(x)) <= {0.0, 1.0} and bool(np.all(x.sum(axis=-1) == 1)),
    "prob": lambda x: bool(np.all(x > 0) and np.all(x.sum(axis=-1) == 1)),
    "sym": _symmetric,
    "spd": lambda x: _symmetric(x) and bool(np.all(np.linalg.eigvalsh(x) >= 0.99)),
    "wellcond": lambda x: bool(np.linalg.cond(x) < 50),
    "count": lambda x: bool(np.all(x == np.round(x)) and np.all(x >= 0)),
    "posint": lambda x: bool(np.all(x == np.round(x)) and np.all(x >= 1)),
}


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_drawn_value_lies_in_its_domain(domain: str) -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        drawn = draw({"A": Value((d, d), domain)}, {"d": 6}, rng)["A"]
        assert drawn.shape == (6, 6) and drawn.dtype == np.float64
        assert CLAIMS[domain](drawn), drawn
        scaled = drawn * 2.0**40
        assert np.array_equal(scaled, np.round(scaled)), "every number is a dyadic fraction of few bits"


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_has_scalars_and_vectors(domain: str) -> None:
    drawn = draw({"s": Value((), domain), "v": Value((n,), domain)}, {"n": 4}, np.random.default_rng(0))
    assert drawn["s"].shape == () and drawn["v"].shape == (4,)


def test_an_index_points_into_its_axis() -> None:
    drawn = draw({"t": Value((n,), "index d")}, {"n": 50, "d": 3}, np.random.default_rng(0))["t"]
    assert set(drawn) == {0.0, 1.0, 2.0}


def test_an_unknown_domain_is_named_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="no domain posit") as caught:
        draw({"x": Value((), "posit")}, {}, np.random.default_rng(0))
    assert "posint" in str(caught.value)
