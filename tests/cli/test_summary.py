"""``gradwright summary`` counts what PyTorch counts, and says what is wrong with sizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradwright import catalog
from gradwright.cli.main import run

NET = '''
name = "strided"
title = { en = "Strided", ko = "간격이 있는 합성곱" }
[axes]
n = "examples"
H = "image height"
W = "image width"
Ho = "height at the end"
Wo = "width at the end"
k = "classes"
[data]
X = "n 3 H W"
[parameters]
K1 = "8 3 5 5"
b1 = "8"
K2 = "16 8 3 3"
b2 = "16"
V = "16 Ho Wo k"
c = "k"
[forward]
minimise = "L"
formulas = """
Z1 = conv2d(X, K1, stride=2, padding=2) + b1[:, None, None]
A1 = relu(Z1)
M1 = max_pool(A1, 3, 2)
Z2 = conv2d(M1, K2, 1, 1) + b2[:, None, None]
A2 = relu(Z2)
M2 = avg_pool(A2, 2)
S = tensordot(M2, V, axes=3) + c
L = sum(S**2)
"""
'''


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert run(["summary", *words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_shapes_and_counts_are_those_of_torch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    file = tmp_path / "strided.toml"
    file.write_text(NET, encoding="utf-8")
    found = told(capsys, str(file), "--size", "n=2,H=33,W=40,k=10")
    layers = {
        "Z1": torch.nn.Conv2d(3, 8, 5, stride=2, padding=2),
        "A1": torch.nn.ReLU(),
        "M1": torch.nn.MaxPool2d(3, 2),
        "Z2": torch.nn.Conv2d(8, 16, 3, padding=1),
        "A2": torch.nn.ReLU(),
        "M2": torch.nn.AvgPool2d(2),
    }
    value = torch.zeros(2, 3, 33, 40)
    rows = {row["name"]: row for row in found["values"]}
    total = 0
    for name, layer in layers.items():
        value = layer(value)
        assert rows[name]["numbers"] == list(value.shape), name
        count = sum(parameter.numel() for parameter in layer.parameters())
        assert (rows[name]["count"]["number"] or 0) == count, name
        total += count
    last = torch.nn.Linear(value[0].numel(), 10)
    assert rows["S"]["count"]["number"] == sum(parameter.numel() for parameter in last.parameters())
    assert found["total"]["number"] == total + rows["S"]["count"]["number"]
    assert rows["M2"]["receptive"]["X.H"] == {"kind": "window", "size": "21", "number": 21, "jump": 8}


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("name", sorted(catalog.entries("models")))
def test_every_model_has_a_table(name: str, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["summary", name, "--lang", lang, "--format", "md"]) == 0
    assert "| --- |" in capsys.readouterr().out


def test_a_parameter_that_is_used_twice_is_counted_once(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "rnn-classifier", "--size", "T=3,n=2,d=4")
    counted = [name for row in found["values"] for name in row["parameters"]]
    assert len(counted) == len(set(counted))


def test_counts_are_formulas_in_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["name"]: row for row in told(capsys, "softmax-regression", "--data", "iris")["values"]}
    assert rows["Z"]["count"] == {"formula": "d*k + k", "number": 15}


def test_a_worked_solution_says_how_sizes_follow(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "convolutional-network", "--detail", "brief"]) == 0
    assert "Ho = floor((H - kh - 1)/2) + 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nosuch",), "there is no model"),
        (("softmax-regression", "--size", "z=3"), "no axis"),
        (("convolutional-network", "--size", "Ho=3"), "follows from the others"),
        (("convolutional-network", "--size", "H=1"), "too small"),
        (("softmax-regression", "--size", "n=x"), "n=32"),
        (("softmax-regression", "--data", "nosuch"), "no data set"),
    ],
)
def test_what_does_not_fit_is_one_message(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["summary", *words]) == 2
    captured = capsys.readouterr()
    assert not captured.out and said in captured.err
