"""What is told of a chain's wrong line: a fact of the whole value comes before anything about a part."""

from __future__ import annotations

import pytest

from gradwright.derive.derivation import derive
from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.derived import derived
from gradwright.grade.chain.result import ChainResult
from gradwright.model.load import model


def checked(text: str) -> ChainResult:
    found = derived(derive(model("softmax-regression")))
    return check_chain(text, vars=found.vars, domain=found.domain, definitions=found.definitions)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("X.T @ (Y - P)/n", "The sign is wrong"),
        ("2*X.T @ (P - Y)/n", "This is 2 times the right answer"),
        ("X.T @ (P - Y)", "A mean was asked for and a sum was taken"),
        ("2*X.T @ (Y - P)", "This is -2*n times the right answer"),
    ],
)
def test_a_multiple_is_told_as_one_however_the_line_is_written(line: str, said: str) -> None:
    result = checked(f"dZ = (P - Y)/n\ndW = X.T @ dZ\n   = {line}\n")
    assert result.lines[2].verdict == "wrong"
    assert said in result.lines[2].feedback
    assert "two mistakes" not in result.lines[2].feedback
    assert "one part" not in result.lines[2].feedback


def test_an_inner_line_s_sign_is_told_with_its_step() -> None:
    result = checked("dZ = (Y - P)/n\ndW = X.T @ dZ\n")
    assert "In the adjoint of Z: The sign is wrong" in result.lines[0].feedback
