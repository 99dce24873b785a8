"""The one rule of differentiation: each occurrence hands down its local derivative, and no other does."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ModelError
from gradwright.tensor.differentiate import differentiate, occurrences
from gradwright.tensor.nodes import Apply, Delta, Entry, Iverson, Tensor, fresh
from gradwright.tensor.sift import sift
from tests.language.loops import Loops
from tests.tensor.small import SIZES, arrays_of, index, lowered, shapes_of

AXES = {"X": "n d", "A": "n n", "W": "d k", "G": "n d", "v": "d", "w": "n", "s": ""}
STEP = 1e-6
# A central difference of step 1e-6 is wrong by about the step squared and by rounding over the step: 1e-10.
TOLERANCE = 1e-7

CASES = [
    ("sum(X)", "X"),
    ("sum(X*G)", "X"),
    ("sum(X**3)", "X"),
    ("trace(A @ A)", "A"),
    ("trace(A @ A @ A.T)", "A"),
    ("w @ A @ A @ w", "w"),
    ("sum(exp(X @ W))", "W"),
    ("sum(X[:, None, :]*G)", "X"),
    ("sum(X[1:] - X[:-1]**2)", "X"),
    ("sum(X[0]*v)", "X"),
    ("sum(tanh(X @ v)*w)", "v"),
    ("sum(softmax(X, axis=1)*G)", "X"),
    ("sum(softmax(X, axis=0)*G)", "X"),
    ("s*sum(X) + s**2", "s"),
    ("sum(max(X, axis=1)*w)", "X"),
    ("min(X)*s", "X"),
    ("prod(w)", "w"),
    ("sum(where(X > 0, X**2, sin(X)))", "X"),
    ("sum(maximum(X, G) - minimum(X**2, G))", "X"),
    ("sum(clip(X, -0.5, 0.5)*G)", "X"),
    ("sum(abs(X)*G) + sum(sign(X))", "X"),
    ("sum(diag(w) @ A)", "w"),
    ("sum(corr(w, v))", "w"),
    ("sum(convfull(w, v)**2)", "v"),
    ("var(w) + std(w)", "w"),
]


@pytest.mark.parametrize(("text", "name"), CASES, ids=[f"{text} by {name}" for text, name in CASES])
def test_the_rule_gives_what_differences_give(text: str, name: str) -> None:
    definition, given = lowered(text, AXES), arrays_of(AXES)
    assert definition.shape == ()
    at = tuple(fresh(extent) for extent in shapes_of(AXES)[name])
    raw = differentiate(definition, Entry("one"), name, at)
    arrays = {**given, "one": np.array(1.0)}
    expected = np.zeros(given[name].shape)
    for place in np.ndindex(expected.shape):
        ends = []
        for sign in (1, -1):
            moved = given[name].copy()
            moved[place] += sign * STEP
            ends.append(Loops({**arrays, name: moved}, SIZES).at(definition.entry, {}))
        expected[place] = (ends[0] - ends[1]) / (2 * STEP)
    for expression in (raw, sift(raw, shapes_of(AXES))):
        if not _first_stands(expression):
            found = Loops(arrays, SIZES).tensor(Tensor(at, expression))
            np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE)


def _first_stands(expression: object) -> bool:
    """The loops know no place of a maximum; ``test_the_first_of_equal_maxima_takes_all`` does."""
    return "First" in str(type(expression)) or any(
        _first_stands(part) for part in getattr(expression, "args", ())
    )


def test_every_occurrence_is_found_once() -> None:
    entry = lowered("trace(A @ A) + w @ A @ w", AXES).entry
    assert len(list(occurrences(entry, "A"))) == 3
    assert len(list(occurrences(entry, "w"))) == 2
    assert list(occurrences(entry, "X")) == []


def test_what_a_definition_does_not_use_gets_nothing() -> None:
    assert differentiate(lowered("sum(X)", AXES), Entry("one"), "A", (index("i", "n"), index("j", "n"))) == 0


def test_conditions_places_and_deltas_hand_down_nothing() -> None:
    i, j = index("i", "n"), index("j", "d")
    body = Iverson(Entry("X", i, j) > 0) * Delta(i, j)
    assert list(occurrences(body, "X")) == []


def test_at_a_kink_the_number_comes_first() -> None:
    given = {"w": np.array([0.0, 1.0, -1.0])}
    at = (index("i", "n"),)
    for text, expected in (("sum(maximum(w, 0))", [0, 1, 0]), ("sum(abs(w))", [0, 1, -1])):
        adjoint = sift(differentiate(lowered(text, {"w": "n"}), Entry("one"), "w", at))
        found = Loops({**given, "one": np.array(1.0)}, SIZES).tensor(Tensor(at, adjoint))
        np.testing.assert_array_equal(found, expected)


def test_of_two_equal_arguments_of_a_maximum_exactly_one_takes_the_derivative() -> None:
    at = (index("i", "n"),)
    given = {"w": np.array([1.0, 2.0, 3.0]), "one": np.array(1.0)}
    for text in ("sum(maximum(w, 2*w - w))", "sum(minimum(w*1.5, w + w/2))", "sum(maximum(w**2, w*w + 0*w))"):
        definition = lowered(text, {"w": "n"})
        adjoint = sift(differentiate(definition, Entry("one"), "w", at))
        found = Loops(given, SIZES).tensor(Tensor(at, adjoint))
        scale = {"sum(maximum(w, 2*w - w))": 1.0, "sum(minimum(w*1.5, w + w/2))": 1.5}
        expected = scale[text] * np.ones(3) if text in scale else 2 * given["w"]
        np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_an_opaque_function_asks_for_a_name() -> None:
    i = index("i", "n")
    with pytest.raises(ModelError, match="name its value first"):
        list(occurrences(Apply("inv", ("A",), i, i), "A"))
