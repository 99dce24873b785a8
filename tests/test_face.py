"""The Python face: its names are there, late, and stay what they are."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gradwright as gw


def test_every_name_of_the_face_is_found() -> None:
    for name in gw.__all__:
        assert callable(getattr(gw, name)), name
        assert name in dir(gw)


def test_a_function_stays_though_the_layer_of_its_name_is_imported() -> None:
    program = (
        "import gradwright.model.load, gradwright.derive.derivation, gradwright.verify.verify\n"
        "import gradwright as gw\n"
        "from gradwright.model.load import model\n"
        "assert gw.model is model and callable(gw.derive) and callable(gw.verify)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_importing_the_package_imports_nothing_heavy() -> None:
    program = "import sys, gradwright; sys.exit(bool({'sympy', 'numpy', 'llvmlite'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'integrate'"):
        getattr(gw, "integrate")  # noqa: B009


def test_a_model_is_derived_and_verified_in_three_lines() -> None:
    model = gw.model("ridge-regression")
    derivation = gw.derive(model, wrt="w")
    assert set(derivation.gradients) == {"w"}
    assert gw.verify(model).ok


def test_an_answer_is_checked() -> None:
    assert gw.check("X.T @ y", "(y @ X)", vars={"X": "n d", "y": "n"}).verdict == "equal"
    assert gw.check("X.T @ y", "X.T @ y/n", vars={"X": "n d", "y": "n"}).verdict == "different"
