"""Products of matrices lose what stands beside its own inverse, and share what they begin and end with."""

import numpy as np
import pytest

from gradwright.execute.evaluate import evaluate
from gradwright.language.chains import cancelled, gathered
from gradwright.language.parse import parse
from gradwright.language.text import to_text
from gradwright.language.tree import Binary, Call, Name, Negate, Tree

SQUARE = {"A", "B", "X"}
ORDERS = {"A": 2, "B": 2, "X": 2, "U": 2, "x": 1, "y": 1}
SHAPES = {"A": (3, 3), "B": (3, 3), "X": (3, 3), "U": (3, 2), "x": (3,), "y": (3,)}


def _square(tree: Tree) -> bool:
    if isinstance(tree, Call) and tree.function == "transpose":
        return _square(tree.arguments[0])
    return isinstance(tree, Name) and tree.name in SQUARE


def _order(tree: Tree) -> int | None:
    match tree:
        case Name(name=name):
            return ORDERS[name]
        case Call(function="transpose" | "inv"):
            return 2
        case Negate(operand=inner):
            return _order(inner)
        case Binary(operator="@", left=left, right=right):
            return (_order(left) or 0) + (_order(right) or 0) - 2
        case Binary(left=left, right=right):
            return max(_order(left) or 0, _order(right) or 0)
        case _:
            return None


def _same(one: Tree, other: Tree) -> None:
    rng = np.random.default_rng(6)
    arrays = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    for name in SQUARE:
        arrays[name] += 2 * np.eye(3)
    # Two inversions of matrices of condition number below 100.
    np.testing.assert_allclose(evaluate(one, arrays, {}), evaluate(other, arrays, {}), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A.T @ inv(A @ X @ B).T @ B.T", "inv(X).T"),
        ("A @ inv(X @ A)", "inv(X)"),
        ("inv(X @ A) @ X", "inv(A)"),
        ("inv(X) @ X @ A", "A"),
        ("inv(X).T @ X.T @ inv(X).T", "inv(X).T"),
        ("X.T @ inv(mpow(X, 3)).T @ X.T", "inv(X).T"),
        ("x @ A @ inv(B @ A) @ y", "x @ inv(B) @ y"),
    ],
)
def test_a_matrix_beside_its_inverse_is_gone(text: str, expected: str) -> None:
    tree = parse(text)
    found = cancelled(tree, _square)
    assert to_text(found) == expected
    _same(found, tree)


@pytest.mark.parametrize("text", ["U @ inv(U.T @ U) @ U.T", "A @ inv(A @ X)", "inv(X @ A) @ A", "A @ B @ X"])
def test_what_is_not_beside_its_inverse_stays(text: str) -> None:
    tree = parse(text)
    assert cancelled(tree, _square) == tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A @ X + B @ X", "(A + B) @ X"),
        ("A @ X - A @ B", "A @ (X - B)"),
        ("-(A @ X @ B) - A @ X.T @ B", "-A @ (X + X.T) @ B"),
        ("A @ X @ y - B @ X @ y + y", "(A - B) @ X @ y + y"),
    ],
)
def test_a_common_beginning_and_end_are_taken_out(text: str, expected: str) -> None:
    tree = parse(text)
    found = gathered(tree, _order)
    _same(found, tree)
    assert len(to_text(found)) <= len(expected) + 2


@pytest.mark.parametrize("text", ["A @ X + X @ A", "A + A @ X", "A @ x + y"])
def test_a_sum_without_a_common_end_stays(text: str) -> None:
    tree = parse(text)
    assert gathered(tree, _order) == tree
