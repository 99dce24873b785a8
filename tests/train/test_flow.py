"""What is measured of adjoints is what a slope of the loss is, and lies below its bound."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.errors import UsageError
from gradwright.model.load import from_text, load, model
from gradwright.train.flow import Flow, Setting, measure

TESTS = Path(__file__).parents[1]

DEEP = """
name = "deep"
title = {{ en = "Deep", ko = "심층" }}
[axes]
n = "examples"
d = "features"
[data]
X = "n d"
Y = "n d"
[parameters]
W1 = "d d"
W2 = "d d"
W3 = "d d"
W4 = "d d"
[sizes]
d = 64
[forward]
formulas = '''
H1 = {function}(X @ W1)
H2 = {function}(H1 @ W2)
H3 = {function}(H2 @ W3)
H4 = {function}(H3 @ W4)
L = sum((H4 - Y)**2) / n
'''
minimise = "L"
"""


def deep(function: str, *settings: Setting) -> Flow:
    return measure(from_text(DEEP.format(function=function)), settings, seed=1)


@pytest.mark.parametrize("name", ["rnn-classifier", "language-model", "both-directions", "decoder-dot"])
def test_no_measured_adjoint_is_longer_than_its_bound(name: str) -> None:
    path = TESTS / "verify" / "recurrent" / f"{name}.toml"
    of = load(path) if path.exists() else model(name)
    found = measure(of, [Setting("scale", 0.3), Setting("singular", 1.0), Setting("scale", 3.0)], steps=12)
    bounded = [curve for curve in found.curves if curve.bound]
    assert bounded
    for curve in bounded:
        assert all(norm <= bound * (1 + 1e-12) for norm, bound in zip(curve.norms, curve.bound, strict=True))
        if curve.setting.kind == "singular":
            assert abs(curve.factor - 1) < 1e-12


def test_adjoints_vanish_faster_the_smaller_the_weights() -> None:
    found = measure(model("rnn-classifier"), [Setting("scale", s) for s in (0.5, 1.0, 2.0)], steps=20)
    first = [curve.norms[0] for curve in found.curves]
    assert first == sorted(first)
    assert first[0] < 1e-6 * first[2]


def test_a_cell_whose_gates_are_open_keeps_what_a_plain_state_loses() -> None:
    plain = measure(model("rnn-classifier"), [Setting("scale", 0.5)], steps=30).curves[0]
    gated = measure(model("lstm-classifier"), [Setting("scale", 0.5)], steps=30, fixed={"b_f": 8.0}).curves
    cell = next(curve for curve in gated if curve.of == "c")
    assert plain.per_step is not None
    assert cell.per_step is not None
    assert plain.per_step < 0.5 < 0.95 < cell.per_step
    # With every forget gate near 1 the path without matrices alone loses hardly anything.
    assert cell.direct[0] > 0.9 * cell.direct[-1]


def test_a_backward_recurrence_is_followed_from_its_own_end() -> None:
    path = TESTS / "benchmarks" / "models" / "bidirectional-rnn.toml"
    curves = {curve.of: curve for curve in measure(load(path), [Setting("scale", 0.5)], steps=10).curves}
    assert curves["f"].norms[0] < 1e-2 * curves["f"].norms[-1]
    assert curves["g"].norms[-1] < 1e-2 * curves["g"].norms[0]
    for curve in curves.values():
        assert curve.per_step is not None
        assert curve.per_step < curve.factor


def test_sigmoids_lose_the_gradient_in_the_depth_and_rectifiers_do_not() -> None:
    (sigmoid,) = deep("sigmoid", Setting("init", way="xavier")).curves
    (rectifier,) = deep("relu", Setting("init", way="he")).curves
    assert sigmoid.places == rectifier.places == ("H1", "H2", "H3", "H4")
    assert all(near > 3 * far for far, near in pairwise(sigmoid.norms))
    assert rectifier.norms[0] > 0.3 * rectifier.norms[-1]


def test_rectifiers_keep_the_size_of_gradients_by_he_and_lose_it_by_xavier() -> None:
    he, xavier = deep("relu", Setting("init", way="he"), Setting("init", way="xavier")).curves
    assert he.per_step is not None
    assert xavier.per_step is not None
    assert xavier.per_step < 0.85 < he.per_step


def test_the_rows_are_json_and_the_same_for_the_same_seed() -> None:
    rows = [json.dumps(measure(model("rnn-classifier"), [Setting("scale")], steps=5).row()) for _ in range(2)]
    assert rows[0] == rows[1]
    row = json.loads(rows[0])
    assert list(row) == ["model", "data", "along", "weights", "curves"]
    assert row["weights"] == ["Wh"]
    (curve,) = row["curves"]
    assert list(curve) == ["scale", "of", "places", "norms", "bound", "direct", "factor", "per_step"]
    assert len(curve["norms"]) == 5


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("linear-regression", {}, "no recurrence and no two values"),
        ("convolutional-network", {}, "can't be drawn"),
        ("rnn-classifier", {"fixed": {"b_h": 1.0}}, "has no parameter b_h"),
    ],
)
def test_what_can_not_be_measured_is_said(name: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        measure(model(name), [Setting("scale")], **more)


def test_a_picture_has_a_panel_for_each_state(tmp_path: Path) -> None:
    from gradwright.train.flow_picture import draw_flow

    found = measure(model("lstm-classifier"), [Setting("scale", 1.0)], steps=4)
    draw_flow(found, tmp_path / "flow.svg", lambda key, **words: " ".join([key, *words.values()]))
    picture = (tmp_path / "flow.svg").read_text(encoding="utf-8")
    assert "<!-- panel c -->" in picture
    assert "<!-- panel h -->" in picture
    assert "<!-- direct -->" in picture
    assert np.isfinite(found.curves[0].norms).all()
