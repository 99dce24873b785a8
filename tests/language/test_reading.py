"""How an answer is read: likely slips, names that are settled, values side by side in scalar text."""

from __future__ import annotations

import pytest

from gradwright.language.parse import parse
from gradwright.language.reading import read
from gradwright.language.scope import ReadError, Scope, Value
from gradwright.language.text import to_text
from gradwright.language.tree import names
from gradwright.messages import messages
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size


def scope_of(**shapes: str) -> Scope:
    values = {name: Value(tuple(size(axis) for axis in axes.split())) for name, axes in shapes.items()}
    return Scope(values, composites())


ARRAYS = scope_of(X="n d", W="d k", y="n", w="d", A="n n", s="", g="n")
SCALARS = scope_of(**dict.fromkeys(["x", "y", "a", "b", "c", "d", "n", "r", "z", "t", "gamma", "theta"], ""))

SLIPS = {
    "e**s": ("euler", "e"),
    "log10(s)": ("log_base", "log10("),
    "np.log2(s)": ("log_base", "log2("),
    "X.T*y": ("entrywise_product", "X.T*y"),
    "2*(X.T*y)/n": ("entrywise_product", "(X.T*y)"),
    "inv(A)*y": ("entrywise_product", "inv(A)*y"),
    "w @ w.T": ("turned_vector", "w.T"),
    "y @ (X @ w).T": ("turned_vector", "(X @ w).T"),
    "A**-1 @ y": ("entrywise_inverse", "A**-1"),
    "X^T @ y": ("power_t", "X^T"),
    "dW == X.T @ y": ("comparison", "dW == X.T @ y"),
    "dL/dW == X.T @ y": ("comparison", "dL/dW == X.T @ y"),
    "dw[i, j] = X.T @ y": ("left_indices", "dw[i, j]"),
}


@pytest.mark.parametrize("text", SLIPS)
def test_a_likely_slip_is_noted_at_its_place(text: str) -> None:
    key, place = SLIPS[text]
    (slip,) = read(text, ARRAYS).slips
    assert (slip.key, text[slice(*slip.span)]) == (f"slip.{key}", place)
    for language in ("en", "ko"):
        said = messages(language).text(slip.key, **slip.values)
        assert said and "{" not in said


@pytest.mark.parametrize(
    "text",
    [
        "2/n*X.T @ (X @ w - y)",
        "x^2",
        "-y**2",
        "(X.T*y).T",
        "X.T*y @ X",
        "sum(X.T*y, axis=1)",
        "X*y[:, None]",
        "y*(y - g)",
        "A*A",
        "A*A.T",
        "A**2",
        "s**-1",
        "y**-1",
        "X**-1",
        "w.T @ w",
        "X @ W @ W.T",
        "sum(e, X[e])",
        "X @ w == y",
        "log(y)",
        "1/2*s",
        "A.T*s",
        "softmax(X)*X",
    ],
)
def test_what_is_often_right_is_no_slip(text: str) -> None:
    scope = Scope({**ARRAYS.values, "x": Value(())}, ARRAYS.composites)
    assert read(text, scope).slips == ()


def test_every_slip_has_a_message_that_a_text_brings_about() -> None:
    said = set(messages("en").keys("slip"))
    assert said == {key for key, _ in SLIPS.values()} | {"implicit_division"}


SETTLED = {
    ("np.pi*s", "pi s"): "arccos(-1)*s",
    ("pi*s", "pi s"): "pi*s",
    ("np.pi*s", "s"): "pi*s",
    ("np.e**s", "E s"): "exp(1)**s",
    ("e**s", "E s"): "exp(1)**s",
    ("e**s", "e s"): "e**s",
    ("e**s", "s"): "E**s",
    ("dL/dz*s", "dL_dz s"): "dL_dz*s",
    ("∂L/∂z*s", "dL_dz s"): "dL_dz*s",
    ("dL/dz*s", "dL dz s"): "dL/dz*s",
    ("s^T", "s T"): "s**T",
    ("s^T", "s"): "s.T",
    ("σ(s)", "s"): "sigmoid(s)",
}


@pytest.mark.parametrize(("text", "names"), SETTLED)
def test_a_name_means_what_the_declared_values_leave_it(text: str, names: str) -> None:
    scope = scope_of(**dict.fromkeys(names.split(), ""))
    assert read(text, scope).tree == parse(SETTLED[text, names])


def test_a_power_of_a_matrix_to_the_length_of_an_axis_t_is_its_transpose() -> None:
    scope = scope_of(X="T d", s="")
    assert read("X^T", scope).tree == parse("X.T")
    assert read("s^T", scope).tree == parse("s**T")


@pytest.mark.parametrize("text", ["X/sqrt(e)", "X[i, e]", "sum(e, X[0, e])", "G[e] = X[e, 0]", "X[e - 1, 0]"])
def test_e_stays_the_name_of_an_axis_or_an_index(text: str) -> None:
    reading = read(text, scope_of(X="n e") if "sqrt" in text else ARRAYS)
    assert "e" in names(reading.tree)
    assert not reading.slips


SIDE_BY_SIDE = {
    "2x": "2*x",
    "3(x+1)": "3*(x + 1)",
    "x y": "x*y",
    "xy": "x*y",
    "xyz": "x*y*z",
    "2 pi r": "2*pi*r",
    "(a+b)(c+d)": "(a + b)*(c + d)",
    "x(x+1)": "x*(x + 1)",
    "x sin(x)": "x*sin(x)",
    "xsin(x)": "x*sin(x)",
    "2 exp(-x) y": "2*exp(-x)*y",
    "x np.sin(y)": "x*sin(y)",
    "2^n n": "2**n*n",
    "2x^2y": "2*x**2*y",
    "-2x": "-(2*x)",
    "2e^x": "2*E**x",
    "3x y**-2": "3*x*y**-2",
    "a b!": "a*factorial(b)",
    "max(x, 2y)": "max(x, 2*y)",
    "y = 2x": "2*x",
    "thetax": "theta*x",
    "x - y": "x - y",
    "x -y": "x - y",
    "1/2x": "1/2*x",
    "x/y z": "x/y*z",
    "2**-x y": "2**-x*y",
}


@pytest.mark.parametrize("text", SIDE_BY_SIDE)
def test_values_side_by_side_multiply_as_tightly_as_a_sign(text: str) -> None:
    assert read(text, SCALARS, implicit=True).tree == parse(SIDE_BY_SIDE[text])


@pytest.mark.parametrize(("text", "place"), [("1/2x", "/2x"), ("1/xy", "/xy"), ("x/y z + 1", "/y z")])
def test_a_product_without_a_sign_after_a_division_is_doubtful(text: str, place: str) -> None:
    (slip,) = read(text, SCALARS, implicit=True).slips
    assert slip.key == "slip.implicit_division"
    assert text[slice(*slip.span)].startswith(place[:2])


NOT_SIDE_BY_SIDE = {
    "x 2": ("a number stands right after a value", "2"),
    "(x)2": ("a number stands right after a value", "2"),
    "2 3": ("a number stands right after a value", "3"),
    "sin x": ("sin is a function and needs brackets", "sin"),
    "sin^2(x)": ("sin is a function and needs brackets", "sin"),
    "f(x+1)": ("no function f", "f"),
    "gamma(x+1)": ("a declared value and a function", "gamma"),
    "x!(y)": ("right after !", "("),
    "2√x": ("√ can't stand here", "√"),
}


@pytest.mark.parametrize("text", NOT_SIDE_BY_SIDE)
def test_a_doubtful_juxtaposition_is_refused_with_the_next_move(text: str) -> None:
    message, place = NOT_SIDE_BY_SIDE[text]
    with pytest.raises(ReadError) as caught:
        read(text, SCALARS, implicit=True)
    assert message in caught.value.message
    assert text[slice(*caught.value.span)] == place
    assert caught.value.hint


def test_a_word_that_two_rows_of_names_spell_is_refused() -> None:
    scope = scope_of(a="", ab="", b="", bb="")
    with pytest.raises(ReadError, match="several ways"):
        read("abb", scope, implicit=True)


def test_arrays_side_by_side_are_refused_since_they_have_two_products() -> None:
    with pytest.raises(ReadError, match="side by side"):
        read("X w", ARRAYS, implicit=True)


def test_values_side_by_side_are_refused_unless_asked_for() -> None:
    with pytest.raises(ReadError, match="side by side"):
        read("2x", SCALARS)


@pytest.mark.parametrize("text", ["gamma(x + 1)", "x(y + 1)"])
def test_a_declared_value_is_never_called(text: str) -> None:
    with pytest.raises(ReadError, match="is a declared value") as caught:
        read(text, SCALARS)
    assert caught.value.hint.startswith(f"write {text.partition('(')[0]}*(...)")


def test_an_answer_is_read_fast() -> None:
    import timeit

    text = "2/n*X.T @ (X @ w - y) + s*w - 3*sum(y*g)"
    best = min(timeit.repeat(lambda: read(text, ARRAYS), number=20, repeat=5)) / 20
    assert best < 2e-3, "typically 0.1 ms; the bound leaves room for a busy machine"


def test_a_latex_answer_goes_to_its_own_front_end() -> None:
    assert to_text(read(r"X^\top y", ARRAYS, "latex").tree) == "X.T @ y"
