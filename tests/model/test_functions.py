"""Functions are files: each is read when it is used, and a broken one is the matter of its users alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.errors import ModelError
from gradwright.model.functions import Folder, composites
from gradwright.model.load import from_text, load

SQUARE = """
name = "raised"
title = { en = "Raised", ko = "제곱" }
parameters = ["x"]
formulas = "y = x**power"
defaults = { power = 2 }
"""

MODEL = '''
name = "mine"
title = { en = "Mine", ko = "나의 것" }
axes = { n = "places" }
parameters = { w = "n" }
[forward]
formulas = """
L = sum(raised(w))
"""
minimise = "L"
'''


@pytest.mark.parametrize("name", sorted(catalog.entries("functions")))
def test_each_function_file_is_read(name: str) -> None:
    function = composites()[name]
    assert function.name == name
    assert function.formulas
    assert set(function.title) == {"en", "ko"}
    assert function.source


def _folder(tmp_path: Path, **files: str) -> Folder:
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return Folder(tmp_path)


def test_a_broken_file_is_told_only_to_the_one_who_uses_it(tmp_path: Path) -> None:
    functions = _folder(tmp_path, raised=SQUARE, broken="name = ")
    assert functions["raised"].parameters == ("x",)
    assert [name for name, _ in functions.items()] == ["raised"]
    assert "broken" in functions
    with pytest.raises(ModelError, match=r"broken\.toml, line 1: not valid TOML"):
        functions["broken"]


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('parameters = ["x"]\n', "", "raised.toml lacks the key parameters"),
        ("parameters", "paramaters", "unknown key paramaters"),
        ('name = "raised"', 'name = "cube"', "the file of cube is called raised.toml"),
        ("x**power", "x**", "ends too early"),
        ('["x"]', '"x"', "expected a list of names"),
    ],
)
def test_a_mistake_in_a_function_file_is_one_message(
    tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    functions = _folder(tmp_path, raised=SQUARE.replace(right, wrong))
    with pytest.raises(ModelError) as caught:
        functions["raised"]
    assert message in str(caught.value)


def test_a_model_file_may_bring_functions_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    _folder(tmp_path / "functions", raised=SQUARE)
    (tmp_path / "mine.toml").write_text(MODEL, encoding="utf-8")
    assert [d.name for d in load(tmp_path / "mine.toml").definitions][-1] == "L"
    with pytest.raises(ModelError, match="there is no function raised"):
        from_text(MODEL)


def test_functions_of_the_catalogue_may_be_called_beside_own_ones(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    calls = SQUARE.replace("x**power", "softmax(x)**power")
    _folder(tmp_path / "functions", raised=calls)
    (tmp_path / "mine.toml").write_text(MODEL, encoding="utf-8")
    assert load(tmp_path / "mine.toml").minimise == "L"
