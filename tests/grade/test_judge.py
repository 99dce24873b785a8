"""The judge: equal, different, invalid or undecided, each for its reason."""

from __future__ import annotations

import time

import pytest

from gradwright.grade.judge import check

REGRESSION = {"X": "n d", "w": "d", "y": "n"}
SQUARE = {"A": "d d", "B": "d d", "x": "d"}


def verdict(reference: str, answer: str, vars: dict[str, str] | None = None, **domain: str) -> str:
    return check(reference, answer, vars, domain).verdict


@pytest.mark.parametrize(
    "answer",
    [
        "2/n * X.T @ (X @ w - y)",
        "2*(X.T @ X @ w)/n - 2*y @ X/n",
        "sum(i, 2*X[i]*(X[i] @ w - y[i]))/n",
        "np.einsum('ni,n->i', X, X @ w - y)/(n/2)",
    ],
)
def test_another_way_to_write_it_is_equal(answer: str) -> None:
    found = check("2/n * X.T @ (X @ w - y)", answer, REGRESSION)
    assert found.verdict == "equal", found
    assert found.certificate


@pytest.mark.parametrize(
    "answer",
    [
        "2/d * X.T @ (X @ w - y)",
        "1/n * X.T @ (X @ w - y)",
        "2/n * X.T @ (y - X @ w)",
        "2/n * X.T @ (X @ w - y) + 1e-12",
        "2.0000000001/n * X.T @ (X @ w - y)",
    ],
)
def test_a_wrong_value_is_different_with_a_point(answer: str) -> None:
    found = check("2/n * X.T @ (X @ w - y)", answer, REGRESSION)
    assert found.verdict == "different", found
    assert "ball arithmetic" in found.certificate and "the reference is" in found.feedback


def test_a_missing_transpose_shows_even_in_a_square_matrix() -> None:
    assert verdict("A.T @ x", "A @ x", SQUARE) == "different"
    assert verdict("(A @ B).T", "B.T @ A.T", SQUARE) == "equal"
    assert verdict("(A + A.T) @ x", "2*A @ x", SQUARE, A="sym") == "equal"


def test_another_shape_is_different_with_both_shapes() -> None:
    found = check("X @ w", "(X @ w)[:, None]", REGRESSION)
    assert found.verdict == "different"
    assert "(n, 1)" in found.feedback and "(n,)" in found.feedback


def test_a_clash_of_shapes_is_invalid_with_both_shapes_and_a_caret() -> None:
    found = check("X.T @ y/n", "X @ y", REGRESSION)
    assert found.verdict == "invalid"
    assert "(n, d)" in found.feedback and "did you mean X.T @ y?" in found.feedback and "^" in found.feedback


@pytest.mark.parametrize("answer", ["2*", "2*z", "__import__('os')", "x; x", "lambda x: x", "", "sin(x, x)"])
def test_what_cannot_be_read_is_invalid(answer: str) -> None:
    found = check("2*x", answer)
    assert found.verdict == "invalid"
    assert found.feedback


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("2*x", "(1+x)**(1+x)**(1+x)**(1+x)"),
        ("2*x", "exp(exp(exp(exp(exp(x)))))"),
        ("2*x", "sum(ones((10**6, 10**6)))*x"),
        ("2*x", "x**(9**9**9)"),
        ("2*x", "factorial(factorial(factorial(x*x + 9)))"),
        ("2*x", "inf*0"),
    ],
)
def test_a_hostile_answer_is_refused_in_time(reference: str, answer: str) -> None:
    started = time.monotonic()
    assert verdict(reference, answer) != "equal"
    assert time.monotonic() - started < 2  # a second on a quiet machine


@pytest.mark.parametrize(
    ("reference", "answer", "expected"),
    [
        ("1/2", "0.5", "equal"),
        ("pi/2 - atan(2)", "atan(1/2)", "equal"),
        ("sqrt(2)", "1.41421356237309", "different"),
        ("x**2/3", "0.333333333333333*x**2", "different"),
        ("exp(x)", "exp(x) + 1e-9", "different"),
        ("abs(x)**2", "x*conj(x)", "equal"),
        ("binomial(n, k)", "factorial(n)/(factorial(k)*factorial(n - k))", "equal"),
    ],
)
def test_scalars_and_numbers_are_judged(reference: str, answer: str, expected: str) -> None:
    assert verdict(reference, answer) == expected


def test_a_rule_of_positive_numbers_does_not_hold_for_all() -> None:
    assert verdict("log(a*b)", "log(a) + log(b)", {"a": "", "b": ""}, a="pos", b="pos") == "equal"
    assert verdict("sqrt(x**2)", "x") == "different"
    assert verdict("log(x**2)", "2*log(x)") == "different"
    assert verdict("a**(b*c)", "(a**b)**c") == "different"
    assert verdict("a**(b*c)", "(a**b)**c", {"a": "", "b": "", "c": ""}, a="pos") == "equal"


def test_points_without_a_value_of_the_reference_do_not_count() -> None:
    assert verdict("y**log(x)", "x**log(y)") == "equal"
    assert verdict("sum(log(X))", "log(prod(X))", {"X": "n d"}) == "equal"
    assert verdict("arccos(3*x)", "pi/2 - arcsin(3*x)") == "equal"
    assert verdict("1/0", "1") == "undecided"


def test_an_answer_that_exists_nowhere_is_different_where_exact_arithmetic_shows_it() -> None:
    found = check("inv(A)", "inv(outer(x, x))", SQUARE)
    assert found.verdict == "different"
    assert "rational arithmetic" in found.certificate and "no real value" in found.feedback
    assert verdict("inv(A)", "inv(outer(x, exp(x)))", SQUARE) == "undecided"


def test_a_bound_far_out_is_found() -> None:
    assert verdict("maximum(x, 0)", "clip(x, 0, 6)") == "different"
    assert verdict("maximum(x, 0)", "where(x > 0, x, 0)") == "equal"
    assert verdict("log(1 + exp(x))", "x + log(1 + exp(-x))") == "equal"


def test_domains_are_honoured_exactly() -> None:
    assert verdict("softmax(z) - y", "softmax(z)*sum(y) - y", {"z": "k", "y": "k"}, y="prob") == "equal"
    assert verdict("softmax(z) - y", "softmax(z)*sum(y) - y", {"z": "k", "y": "k"}) == "different"
    assert verdict("y**2", "y", {"y": "n"}, y="binary") == "equal"
    assert verdict("y**2", "1", {"y": ""}, y="pm1") == "equal"
    assert verdict("cos(pi*t)", "(-1)**t", {"t": ""}, t="posint") == "equal"
    assert verdict("trace(inv(A) @ A)", "d", {"A": "d d"}, A="spd") == "equal"


def test_sizes_that_follow_from_others_are_honoured() -> None:
    windows = {"X": "H W", "K": "kh kw", "G": "Ho Wo"}
    assert verdict("sum(G*corr(X, K))", "sum(K*corr(X, G))", windows) == "equal"
    assert verdict("corr(X, G)", "corr(X, G)[::-1, ::-1]", windows) == "different"


def test_windows_that_do_not_fit_where_all_axes_are_equal_are_judged_at_other_sizes() -> None:
    shapes = {"X": "n c H W", "K": "o c kh kw", "G": "n o Ho Wo"}
    value = "sum(G*conv2d(X, K, stride=2))"
    assert verdict(value, "sum(conv2d(X, K, stride=2)*G)", shapes) == "equal"
    assert verdict(value, "sum(conv2d(X, -K, stride=2)*G)*(-1)", shapes) == "equal"
    assert verdict(f"relu({value})", f"maximum(0, {value})", shapes) == "equal"
    assert verdict(value, "sum(conv2d(X, K[:, :, ::-1, :], stride=2)*G)", shapes) == "different"


def test_names_may_be_greek_and_may_be_words_of_the_program() -> None:
    assert verdict("θ*x", "x*theta") == "equal"
    assert verdict("beta*gamma + reference", "gamma*beta + reference") == "equal"


def test_an_unreadable_reference_is_nobodys_mistake() -> None:
    assert verdict("X @ @", "X", REGRESSION) == "undecided"


def test_a_fix_of_a_clash_that_is_the_reference_itself_is_not_shown() -> None:
    shapes = {"X": "n d", "dY": "n k"}
    hidden = check("X.T @ dY", "X @ dY", shapes)
    assert hidden.verdict == "invalid" and "X.T" not in hidden.feedback
    assert "did you mean X.T @ dY?" in check("X.T @ dY/n", "X @ dY", shapes).feedback
    assert "X.T @ dY" in check("X.T @ dY", "X @ dY", shapes, explain="solution").feedback


def test_what_is_too_large_with_a_size_of_its_own_for_each_axis_is_judged_at_small_sizes() -> None:
    shapes = {"x": "a b c d e", "y": "f g h i"}
    pairwise = "sum(einsum('abcde,fghi->abcdefghi', x, y))"
    assert check(pairwise, "sum(x)*sum(y)", shapes).verdict == "equal"
    assert check(pairwise, "sum(x)*sum(y)*(1 + 1e-12)", shapes).verdict == "different"
