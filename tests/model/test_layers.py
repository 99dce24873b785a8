"""Layers: files of forward formulas with parameters of their own, written out where a model calls them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.errors import ModelError
from gradwright.language.text import to_text
from gradwright.model.layers import with_layers
from gradwright.model.load import load
from gradwright.model.model import Model

LAYER = '''
name = "dense"
title = { en = "Dense layer", ko = "완전 연결층" }
inputs = ["x", "shift"]
defaults = { shift = "0" }
formulas = """
z = x @ W + b + shift
y = tanh(z)
"""
[axes]
d = "inputs"
h = "outputs"
[parameters]
W = "d h"
b = { axes = "h", init = "zeros" }
'''
PAIR = '''
name = "pair"
title = { en = "Two dense layers", ko = "두 완전 연결층" }
inputs = ["x"]
outputs = ["low", "high"]
formulas = """
low = one(x)
high = two(low)
"""
[axes]
d = "inputs"
h = "outputs"
[layers]
one = { is = "dense", mark = "a" }
two = { is = "dense", mark = "b", axes = { d = "h" } }
'''
MODEL = '''
name = "mine"
title = {{ en = "Mine", ko = "나의 것" }}
[axes]
n = "examples"
p = "features"
[data]
X = "n p"
[layers]
{uses}
[forward]
formulas = """
{formulas}
"""
minimise = "L"
'''


def _load(folder: Path, uses: str, formulas: str, **layers: str) -> Model:
    (folder / "layers").mkdir(exist_ok=True)
    for name, text in {"dense": LAYER, "pair": PAIR, **layers}.items():
        (folder / "layers" / f"{name}.toml").write_text(text, encoding="utf-8")
    (folder / "mine.toml").write_text(MODEL.format(uses=uses, formulas=formulas), encoding="utf-8")
    return load(folder / "mine.toml")


def _formulas(model: Model) -> list[str]:
    shown = []
    for one in model.formulas:
        indices = f"[{', '.join(one.indices)}]" if one.indices else ""
        shown.append(f"{one.target}{indices} = {to_text(one.body)}")
    return shown


def test_a_call_is_written_out_with_marked_names(tmp_path: Path) -> None:
    model = _load(
        tmp_path, 'hidden = { is = "dense", mark = "1", axes = { d = "p" } }', "H = hidden(X)\nL = sum(H)"
    )
    assert _formulas(model) == ["z_1 = X @ W_1 + b_1", "H = tanh(z_1)", "L = sum(H)"]
    assert {name: str(one.value.shape) for name, one in model.parameters.items()} == {
        "W_1": "(p, h)",
        "b_1": "(h,)",
    }
    assert model.axes["h"] == "outputs"
    assert [(copy.path, copy.inputs) for copy in model.copies] == [(("hidden",), {"x": "X"})]


def test_a_stack_gives_each_copy_parameters_of_its_own(tmp_path: Path) -> None:
    uses = (
        'first = { is = "dense", axes = { d = "p" } }\nrest = { is = "dense", times = 3, axes = { d = "h" } }'
    )
    model = _load(tmp_path, uses, "H0 = first(X)\nH = rest(H0)\nL = sum(H)")
    assert "H = tanh(z_3)" in _formulas(model)
    assert "z_2 = y_1 @ W_2 + b_2" in _formulas(model)
    assert list(model.parameters) == ["W", "b", "W_1", "b_1", "W_2", "b_2", "W_3", "b_3"]


def test_an_axis_of_a_layer_may_be_a_number_of_places(tmp_path: Path) -> None:
    model = _load(
        tmp_path, 'hidden = { is = "dense", axes = { d = "p", h = "3" } }', "H = hidden(X)\nL = sum(H)"
    )
    assert {name: str(one.value.shape) for name, one in model.parameters.items()} == {
        "W": "(p, 3)",
        "b": "(3,)",
    }
    assert "h" not in model.axes


def test_a_second_call_shares_the_parameters(tmp_path: Path) -> None:
    uses = 'twin = { is = "dense", axes = { d = "p" } }'
    model = _load(tmp_path, uses, "A = twin(X)\nB = twin(2*X)\nL = sum(A*B)")
    assert list(model.parameters) == ["W", "b"]
    assert "z_2 = 2*X @ W + b" in _formulas(model)


def test_layers_are_made_of_layers_and_make_several_values(tmp_path: Path) -> None:
    model = _load(
        tmp_path,
        'both = { is = "pair", mark = "e", axes = { d = "p" } }',
        "A, B = both(X)\nL = sum(A) + sum(B)",
    )
    assert list(model.parameters) == ["W_a_e", "b_a_e", "W_b_e", "b_b_e"]
    assert "B = tanh(z_b_e)" in _formulas(model)
    assert [copy.path for copy in model.copies] == [("both",), ("both", "one"), ("both", "two")]
    assert model.copies[2].names["A"] == "x"


def test_a_cell_on_a_time_axis_keeps_the_time_in_its_values(tmp_path: Path) -> None:
    formulas = "s[i] = cell(s[i-1], X[i])\nL = sum(s)"
    model = _load(tmp_path, 'cell = { is = "dense", axes = { d = "p", h = "p" } }', formulas)
    assert _formulas(model) == ["z[i] = s[i-1] @ W + b + X[i]", "s[i] = tanh(z[i])", "L = sum(s)"]


def test_what_a_call_gives_is_not_taken_for_a_name_of_the_layer(tmp_path: Path) -> None:
    uses = 'hidden = { is = "dense", mark = "1", axes = { d = "p" } }'
    model = _load(tmp_path, uses, "z = sum(X)\nH = hidden(X, 2*z)\nL = sum(H)")
    assert "z_1 = X @ W_1 + b_1 + 2*z" in _formulas(model)


@pytest.mark.parametrize(
    ("uses", "formulas", "message"),
    [
        ('f = "dens"', "L = sum(f(X))", r"there is no layer dens.*dense"),
        ('f = { is = "dense", axis = { d = "p" } }', "L = 0", r"unknown key axis in \[layers\] f"),
        ('f = { is = "dense", axes = { q = "p" } }', "L = 0", r"dense has no axis q"),
        ('f = { is = "dense", times = 0 }', "L = 0", r"times is 0, expected a positive integer"),
        ('f = { is = "dense", axes = { d = "p" } }', "L = sum(f(X))", r"f is a layer, which stands alone"),
        (
            'f = { is = "dense", axes = { d = "p" } }',
            "H = f(X, X, X)\nL = sum(H)",
            r"f takes x, shift, not 3",
        ),
        ('f = { is = "dense", axes = { d = "p" } }', "H = f()\nL = sum(H)", r"f needs x"),
        ('f = { is = "dense", axes = { d = "p" } }', "H = f(X, y=X)\nL = sum(H)", r"f has no input y"),
        ('f = { is = "dense", axes = { d = "p" } }', "H, G = f(X)\nL = sum(H)", r"f makes y, not 2 values"),
        ('f = { is = "dense", axes = { d = "p" } }', "H, G = X\nL = sum(H)", r"only a layer makes several"),
        ('f = { is = "dense" }', "H = f(X)\nL = sum(H)", r"inner axes differ"),
        ('f = "dense"\ng = "dense"', "L = 0", r"the layer g declares W, which is declared already"),
        ('softmax = "dense"', "L = 0", r"softmax is the name of a function"),
    ],
)
def test_a_wrong_use_says_what_to_do(tmp_path: Path, uses: str, formulas: str, message: str) -> None:
    with pytest.raises(ModelError) as error:
        _load(tmp_path, uses, formulas)
    assert re.search(message, str(error.value), re.S), str(error.value)


@pytest.mark.parametrize("name", sorted(catalog.entries("layers")))
def test_each_layer_file_is_read_and_names_its_source(name: str) -> None:
    entry = catalog.table(catalog.entries("layers")[name])
    _, uses = with_layers({"layers": {"f": name}})
    assert uses["f"].layer.name == name
    assert set(entry["title"]) == {"en", "ko"}
    assert entry["source"]
