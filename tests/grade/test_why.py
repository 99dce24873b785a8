"""A wrong answer's mistake is named; a right answer has none; nothing that is said gives the answer away."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from gradwright.grade.finding import Finding
from gradwright.grade.why.candidate import families
from gradwright.grade.why.explain import explain
from gradwright.grade.why.linear import multiple
from gradwright.grade.why.part import PART
from gradwright.grade.why.program import Line, Program
from gradwright.grade.why.rule import MalRule
from gradwright.grade.why.say import name_of, say
from gradwright.language.parse import parse
from gradwright.language.scope import Scope, Value
from gradwright.language.text import to_text
from gradwright.language.tree import Formula, Tree
from gradwright.messages import languages, messages
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size

FACTS = [
    "sign",
    "factor",
    "mean-missing",
    "mean-twice",
    "mean-extra",
    "wrong-size",
    "size-less-one",
    "root-size",
    "scaling-missing",
    "transposed",
    "zero",
    "shape",
    "affine",
    "value-added",
    "nearly",
    "positive-only",
    "entries",
    "terms",
    "stopped-early",
]


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, the right one, and the mistakes that may be named."""

    mistakes: str
    right: str
    answer: str
    shapes: dict[str, str]
    domain: dict[str, str] = field(default_factory=dict)

    @property
    def found(self) -> tuple[Finding, ...]:
        """What is found."""
        return why(self.right, self.answer, self.shapes, self.domain)


def tree(text: str) -> Tree:
    return parse(text, frozenset(composites()))


def scope_of(shapes: dict[str, str], domain: dict[str, str] | None = None) -> Scope:
    known = domain or {}
    values = {
        name: Value(tuple(size(axis) for axis in axes.split()), known.get(name, "real"))
        for name, axes in shapes.items()
    }
    return Scope(values, composites())


def why(
    right: str, answer: str, shapes: dict[str, str], domain: dict[str, str] | None = None, depth: int = 2
) -> tuple[Finding, ...]:
    program = Program.of(tree(right))
    return explain(program, tree(answer), scope_of(shapes, domain), seconds=5.0, depth=depth)


def named(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.key.removeprefix("mistake.") for finding in findings]


LINEAR = {"X": "n d", "w": "d", "y": "n"}
RIDGE = {**LINEAR, "lam": ""}
LAYER = {"X": "n d", "V": "d h", "U": "h k", "Y": "n k"}
SQUARE = {"A": "d d", "B": "d d", "C": "d d", "u": "d", "v": "d"}
ROWS = {"p": "k", "g": "k"}
ADAM = {"w": "d", "m": "d", "v": "d", "a": "", "t": "", "eps": ""}
STEPS = {"v": "pos", "a": "unit", "t": "posint", "eps": "pos"}
LEAST = "X.T @ (X @ w - y)/n"
BACK = "X.T @ (((tanh(X @ V) @ U - Y) @ U.T)*(1 - tanh(X @ V)**2))"
CROSS = "X.T @ (sigmoid(X @ w) - y)/n"
JACOBIAN = "diag(p) - outer(p, p)"
ATTEND = "softmax(Q @ K.T/sqrt(q), axis=1) @ V"
HEADS = {"Q": "n q", "K": "m q", "V": "m k"}
PAIR = {"u": "d", "v": "d"}

WRONG = (
    Wrong("sign", LEAST, "X.T @ (y - X @ w)/n", LINEAR),
    Wrong("factor", f"2*{LEAST}", LEAST, LINEAR),
    Wrong("mean-missing", LEAST, "X.T @ (X @ w - y)", LINEAR),
    Wrong("mean-twice", LEAST, "X.T @ (X @ w - y)/n**2", LINEAR),
    Wrong("mean-extra", "X.T @ (X @ w - y)", LEAST, LINEAR),
    Wrong("wrong-size", LEAST, "X.T @ (X @ w - y)/d", LINEAR),
    Wrong("size-less-one", LEAST, "X.T @ (X @ w - y)/(n - 1)", LINEAR),
    Wrong("size-less-one", "var(X, axis=0) + w", "var(X, axis=0, ddof=1) + w", LINEAR),
    Wrong("root-size", LEAST, "X.T @ (X @ w - y)/sqrt(n)", LINEAR),
    Wrong("transposed", "X.T @ (X @ V - Y)", "(X @ V - Y).T @ X", {"X": "n d", "V": "d k", "Y": "n k"}),
    Wrong("zero", "sum(u*v)", "u @ v - v @ u", PAIR),
    Wrong("shape", "A @ u", "sum(sin(A) @ cos(A))", SQUARE),
    Wrong("affine", "exp(u)", "3*exp(u) + 5", PAIR),
    Wrong("value-added", "exp(u)*A + B", "exp(u)*A + B + v", SQUARE),
    Wrong("nearly", "exp(u)", "exp(u) + 0.00000001", PAIR),
    Wrong("positive-only", "sqrt(u**2)", "u", PAIR),
    Wrong("entries", "A*B*u", "A*B*u*eye(d) + exp(A + v)*(1 - eye(d))", SQUARE),
    Wrong("terms", "exp(u) + sin(v)*u + 3*u**2", "exp(u) + sin(v)*u/d*7 - 3*u**2", PAIR),
    Wrong("sign-term", LEAST, "X.T @ (X @ w + y)/n", LINEAR),
    Wrong("sign-inside", "log(1 + exp(u))", "log(1 + exp(-u))", PAIR),
    Wrong("penalty-sign", f"{LEAST} + lam*w", f"{LEAST} - lam*w", RIDGE),
    Wrong("penalty-factor", f"{LEAST} + lam*w", f"{LEAST} + 2*lam*w", RIDGE),
    Wrong("penalty-missing", f"{LEAST} + lam*w", LEAST, RIDGE),
    Wrong("penalty-derivative", f"{LEAST} + lam*w", f"{LEAST} + lam*w**2", RIDGE),
    Wrong(
        "penalty-unsquared", "sum((X @ w - y)**2) + lam*sum(w**2)", "sum((X @ w - y)**2) + lam*sum(w)", RIDGE
    ),
    Wrong("identity-missing", "inv(A @ A.T + 2*eye(d))", "inv(A @ A.T + 2)", SQUARE),
    Wrong("mask-missing", "(Y @ U.T)*(X @ V > 0)", "Y @ U.T", LAYER),
    Wrong("mask-tensor", "u*(v > 0)", "u*(u > 0)", PAIR),
    Wrong("mask-value", "u*(v > 0)", "u*maximum(v, 0)", PAIR),
    Wrong("threshold", "u*(v > 0)", "u*(v > 0.5)", PAIR),
    Wrong("bias-correction", "w - m/(1 - a**t)", "w - m", ADAM, STEPS),
    Wrong(
        "bias-correction",
        "w - m/(1 - a**t)/(sqrt(v/(1 - a**t)) + eps)",
        "w - m/(sqrt(v) + eps)",
        ADAM,
        STEPS,
    ),
    Wrong("epsilon-missing", "w - m/(sqrt(v) + eps)", "w - m/sqrt(v)", ADAM, STEPS),
    Wrong("epsilon-inside", "w - m/(sqrt(v) + eps)", "w - m/sqrt(v + eps)", ADAM, STEPS),
    Wrong("scaling-missing", ATTEND, "softmax(Q @ K.T, axis=1) @ V", HEADS),
    Wrong("scaling-size", ATTEND, "softmax(Q @ K.T/sqrt(m), axis=1) @ V", HEADS),
    Wrong("constant-missing", "u + 3*v", "u + v", PAIR),
    Wrong("constant", "u + 3*sin(v)", "u + 5*sin(v)", PAIR),
    Wrong("rounded", "u + v*pi", "u + v*3.14", PAIR),
    Wrong("exponent", "u + exp(v)**3", "u + exp(v)**4", PAIR),
    Wrong("factor-missing", "u*exp(v) + v", "exp(v) + v", PAIR),
    Wrong("factor-extra", "softmax(u)", "softmax(u*v)", PAIR),
    Wrong("factor-one-term", LEAST, "X.T @ X @ w/n - X.T @ y", LINEAR),
    Wrong("derivative-missing", BACK, "X.T @ ((tanh(X @ V) @ U - Y) @ U.T)", LAYER),
    Wrong(
        "derivative-extra",
        CROSS,
        "X.T @ ((sigmoid(X @ w) - y)*sigmoid(X @ w)*(1 - sigmoid(X @ w)))/n",
        LINEAR,
    ),
    Wrong("derivative-argument", BACK, "X.T @ (((tanh(X @ V) @ U - Y) @ U.T)*(1 - (X @ V)**2))", LAYER),
    Wrong("derivative-sign", BACK, "X.T @ (((tanh(X @ V) @ U - Y) @ U.T)*(1 + tanh(X @ V)**2))", LAYER),
    Wrong("function-for-derivative", BACK, "X.T @ (((tanh(X @ V) @ U - Y) @ U.T)*tanh(X @ V))", LAYER),
    Wrong("function-for-derivative", "g*p*w*(1 - p)", "g*p*w", {"p": "k", "g": "k", "w": "k"}),
    Wrong("derivative-other", "sigmoid(u)*(1 - sigmoid(u))", "1 - sigmoid(u)**2", PAIR),
    Wrong("derivative-other", "v*(1 - u**2)", "v*u*(1 - u)", PAIR),
    Wrong("derivative-other", "v*u*(1 - u)", "v*(1 - u**2)", PAIR),
    Wrong("derivative-other", "1 - tanh(u)**2", "sigmoid(u)*(1 - sigmoid(u))", PAIR),
    Wrong("derivative-other", BACK, "X.T @ (((tanh(X @ V) @ U - Y) @ U.T)*(X @ V > 0))", LAYER),
    Wrong("derivative-for-function", "softplus(u)", "sigmoid(u)", PAIR),
    Wrong("mask-for-value", "maximum(u, 0)", "(u > 0)", PAIR),
    Wrong("mask-inverted", "u*(v > 0)", "u*(v < 0)", PAIR),
    Wrong("norm-other", "u/norm(u)", "u/sum(abs(u))", PAIR),
    Wrong("norm-other", "sum(abs(u))", "norm(u)", PAIR),
    Wrong("operator-other", "log(u*v)", "log(u + v)", PAIR, {"u": "pos", "v": "pos"}),
    Wrong("operator-other", "det(A @ B)", "det(A + B)", SQUARE),
    Wrong("applied-apart", "A @ (B @ u)", "A @ u * B @ u", SQUARE),
    Wrong("applied-apart", "A @ B @ u", "(A @ u)*(B @ u)", SQUARE),
    Wrong("sum-distributed", "u @ A @ u", "trace(A)*(u @ u)", SQUARE),
    Wrong("identity-missing", "inv(X.T @ X + lam*eye(d)) @ X.T @ y", "inv(X.T @ X + lam) @ X.T @ y", RIDGE),
    Wrong("factor", f"2*{LEAST}", "X.T @ (X @ w - y)", LINEAR),
    Wrong("factor", LEAST, "X.T @ (y - X @ w)", LINEAR),
    Wrong(
        "factor-extra",
        "inv(X.T @ X + lam*eye(d)) @ y",
        "inv(X.T @ X + n*lam*eye(d)) @ y",
        {**RIDGE, "y": "d"},
    ),
    Wrong("part", "X.T @ (V - Y)/n", "X.T @ (V*(1 - V))/n", {"X": "n d", "V": "n k", "Y": "n k"}),
    Wrong("centering-missing", "w*(u - mean(u))/sqrt(var(u))", "w*u/sqrt(var(u))", {**PAIR, "w": "d"}),
    Wrong("inner-derivative", "2*u*exp(u**2)*v", "exp(u**2)*v", PAIR),
    Wrong("diagonal-only", "p*(g - sum(p*g))", "p*(1 - p)*g", ROWS, {"p": "prob"}),
    Wrong("diagonal-only", JACOBIAN, "diag(p*(1 - p))", ROWS),
    Wrong("diagonal-missing", "A @ diag(u) @ B", "A @ u @ B", SQUARE),
    Wrong("diagonal-broadcast", JACOBIAN, "outer(p, 1 - p)", ROWS),
    Wrong("identity-for-diagonal", JACOBIAN, "eye(k) - outer(p, p)", ROWS),
    Wrong("term-missing", "exp(u) + u*v", "exp(u)", PAIR),
    Wrong("term-extra", "exp(u)/sum(exp(u))", "exp(u)/(1 + sum(exp(u)))", PAIR),
    Wrong("mean-path", "p*(g - sum(p*g))", "p*g", ROWS),
    Wrong("bias-missing", "tanh(X @ V + b)", "tanh(X @ V)", {**LAYER, "b": "h"}),
    Wrong("half", "(A + A.T) @ u", "A @ u", SQUARE),
    Wrong("symmetric-assumed", "(A + A.T) @ u", "2*A @ u", SQUARE),
    Wrong("transpose-missing", "A.T @ B @ u", "A @ B @ u", SQUARE),
    Wrong("transpose-extra", "A @ B @ u", "A @ B.T @ u", SQUARE),
    Wrong("order", "A @ B @ u", "B @ A @ u", SQUARE),
    Wrong("order", "A @ outer(u, v)", "A @ outer(v, u)", SQUARE),
    Wrong("order-turned", "inv(A @ B)", "inv(A) @ inv(B)", SQUARE, {"A": "wellcond", "B": "wellcond"}),
    Wrong("inverse-missing", "u @ inv(A) @ v", "u @ A @ v", SQUARE, {"A": "spd"}),
    Wrong("inverse-extra", "u @ A @ v", "u @ inv(A) @ v", SQUARE, {"A": "spd"}),
    Wrong("elementwise", "A @ B + C", "A*B + C", SQUARE),
    Wrong("matrix-product", "A*B + C", "A @ B + C", SQUARE),
    Wrong("outer-inner", "A + outer(u, v)", "A + u @ v", SQUARE),
    Wrong("binomial", "(A + B) @ (A + B)", "A @ A + 2*A @ B + B @ B", SQUARE),
    Wrong("sum-missing", "sum(A, axis=0)", "A", SQUARE),
    Wrong(
        "sum-extra",
        "einsum('bij,bjk->bik', F, G)",
        "einsum('bij,bjk->ik', F, G)",
        {"F": "b n m", "G": "b m k"},
    ),
    Wrong("sum-all", "sum(A, axis=0)", "sum(A)", SQUARE),
    Wrong("axis", "A - mean(A, axis=0)", "A - mean(A, axis=1, keepdims=True)", SQUARE),
    Wrong("axis-added", "A @ u", "(A @ u)[:, None]", SQUARE),
    Wrong("one-place", "sum(i, outer(A[i], B[i]))", "outer(A[d-1], B[d-1])", SQUARE),
    Wrong("sum-distributed", "X.T @ (X @ w - y)", "sum(X, axis=0)*sum(X @ w - y)", LINEAR),
    Wrong("square-of-sum", "sum((X @ w - y)**2)", "sum(X @ w - y)**2", LINEAR),
    Wrong(
        "index-slip",
        "einsum('bij,bjk->bik', F, G)",
        "einsum('bij,bkj->bik', F, G)",
        {"F": "b n n", "G": "b n n"},
    ),
    Wrong(
        "index-untied",
        "einsum('bij,bjk->bik', F, G)",
        "einsum('bij,cjk->bcik', F, G)",
        {"F": "b n m", "G": "b m k"},
    ),
    Wrong("time-shift", "sum(i, A[i] @ B[i-1])", "sum(i, A[i] @ B[i])", SQUARE),
    Wrong("function-missing", CROSS, "X.T @ (X @ w - y)/n", LINEAR),
    Wrong("function-other", CROSS, "X.T @ (tanh(X @ w) - y)/n", LINEAR),
    Wrong("function-added", "X.T @ (X @ w - y)/n", "X.T @ tanh(X @ w - y)/n", LINEAR),
    Wrong("function-place", CROSS, "X.T @ sigmoid(X @ w - y)/n", LINEAR),
    Wrong("root-missing", "u/sqrt(v)", "u/v", PAIR, {"v": "pos"}),
    Wrong("square-missing", "u**2*v + v", "u*v + v", PAIR),
    Wrong("squared", "X.T @ (y*(X @ w))", "X.T @ (y**2*(X @ w))", LINEAR),
    Wrong("square-inside", "1 - tanh(u)**2", "1 - tanh(u**2)", PAIR),
    Wrong("norm-squared", "u @ u + v @ v", "norm(u) + v @ v", PAIR),
    Wrong("absolute-deviation", "var(A, axis=0)", "mean(abs(A - mean(A, axis=0)), axis=0)", SQUARE),
    Wrong("centering-missing", "var(A, axis=0)", "mean(A**2, axis=0)", SQUARE),
    Wrong("difference-of-squares", "sum((X @ w - y)**2)", "sum((X @ w)**2 - y**2)", LINEAR),
    Wrong("distributed", "log(u*v)", "log(u)*log(v)", PAIR, {"u": "pos", "v": "pos"}),
    Wrong("minimum", "maximum(u, v)", "minimum(u, v)", PAIR),
    Wrong("quotient-turned", "u + u/v", "u + u*v", PAIR, {"v": "pos"}),
    Wrong("value-other", "A @ u + B @ v", "A @ v + B @ v", SQUARE),
    Wrong("value-one", "softmax(u) - v", "softmax(u) - 1", PAIR),
    Wrong("values-exchanged", "p*log(p/g)", "g*log(g/p)", ROWS, {"p": "pos", "g": "pos"}),
    Wrong("part-for-value", "A @ tanh(B @ u)", "A @ v", SQUARE),
    Wrong("part", "exp(A @ u)*sin(v) + cos(u*v)", "exp(A @ u)*erf(u**3 - v) + cos(u*v)", SQUARE),
)


def test_there_is_an_example_of_every_mistake_but_those_that_need_a_derivation() -> None:
    rules = [rule for _, family in families() for rule in family]
    keys = {rule.key for rule in rules} | {rule.undone for rule in rules if rule.undone} | {*FACTS, PART.key}
    of_derivations = {"residual-missing", "path-missing", "stopped-early"}
    assert {wrong.mistakes for wrong in WRONG} | of_derivations == keys


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.mistakes}: {wrong.answer}")
def test_the_mistake_is_named(wrong: Wrong) -> None:
    assert set(named(wrong.found)) == {wrong.mistakes}


EQUAL: tuple[tuple[str, str, dict[str, str], dict[str, str]], ...] = (
    (LEAST, "(X.T @ X @ w - X.T @ y)/n", LINEAR, {}),
    (LEAST, "mean(X*(X @ w - y)[:, None], axis=0)", LINEAR, {}),
    (LEAST, "einsum('ij,i->j', X, X @ w - y)/n", LINEAR, {}),
    ("p*(g - sum(p*g))", "(diag(p) - outer(p, p)) @ g", ROWS, {"p": "prob"}),
    ("1 - tanh(u)**2", "1/cosh(u)**2", PAIR, {}),
    ("sigmoid(u)", "(1 + tanh(u/2))/2", PAIR, {}),
    ("A.T @ A", "(A.T @ A).T", SQUARE, {}),
    ("(A @ B).T", "B.T @ A.T", SQUARE, {}),
    ("inv(A @ B)", "inv(B) @ inv(A)", SQUARE, {"A": "wellcond", "B": "wellcond"}),
    ("u @ A @ v", "v @ A.T @ u", SQUARE, {}),
    ("maximum(u, v)", "(u + v + abs(u - v))/2", PAIR, {}),
    ("u*(v > 0)", "where(v > 0, u, 0)", PAIR, {}),
    ("trace(A @ B)", "sum(A*B.T)", SQUARE, {}),
    ("log(1 - sigmoid(9*u))", "-softplus(9*u)", PAIR, {}),
    ("log(u*v)", "log(u) + log(v)", PAIR, {"u": "pos", "v": "pos"}),
    ("var(A, axis=0)", "mean(A**2, axis=0) - mean(A, axis=0)**2", SQUARE, {}),
    (ATTEND, "softmax((K @ Q.T).T/sqrt(q), axis=1) @ V", HEADS, {}),
)


@pytest.mark.parametrize(("right", "answer", "shapes", "domain"), EQUAL, ids=lambda one: str(one)[:40])
def test_an_equal_answer_has_no_mistake(
    right: str, answer: str, shapes: dict[str, str], domain: dict[str, str]
) -> None:
    assert why(right, answer, shapes, domain) == ()
    assert why(answer, right, shapes, domain) == ()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.mistakes}: {wrong.answer}")
def test_a_right_answer_is_never_given_the_mistake(wrong: Wrong) -> None:
    assert why(wrong.right, wrong.right, wrong.shapes, wrong.domain) == ()


def test_two_mistakes_are_both_named() -> None:
    found = why("A.T @ u + 3*exp(v)", "A @ u - 3*exp(v)", SQUARE)
    assert set(named(found)) == {"transpose-missing", "sign-term"}
    assert why("A.T @ u*v + 3*exp(v)*u", "(A @ u*v + 3*v*u)**3", SQUARE, depth=1) == ()


def test_an_answer_that_nothing_explains_has_no_mistake() -> None:
    assert why("A @ u", "sin(B @ v)*exp(C @ u) + erf(v)", SQUARE) == ()


def test_the_place_is_the_students_own_text() -> None:
    found = why(CROSS, "X.T @ sigmoid(X @ w - y)/n", LINEAR)
    assert found[0].values["place"] == "sigmoid(X @ w - y)"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("level", ["hint", "rule"])
def test_neither_a_hint_nor_a_rule_prints_the_right_formula(level: str, language: str) -> None:
    for wrong in WRONG:
        text = say(wrong.found, level, language)
        assert text
        assert to_text(tree(wrong.right)) not in text, wrong


def test_the_solution_prints_the_right_formula() -> None:
    program = Program.of(tree(LEAST))
    found = explain(program, tree("X.T @ (X @ w + y)/n"), scope_of(LINEAR), solution=True)
    assert LEAST in say(found, "solution", "en")
    assert LEAST not in say(found, "rule", "en")


@pytest.mark.parametrize("language", languages())
def test_every_mistake_has_its_messages(language: str) -> None:
    catalogue = messages(language)
    rules: list[MalRule] = [rule for _, family in families() for rule in family]
    keys = {rule.key for rule in rules} | {rule.undone for rule in rules if rule.undone} | {*FACTS, "part"}
    for key in sorted(keys):
        for kind in ("name", "hint", "rule"):
            assert catalogue.has(f"mistake.{key}.{kind}"), (key, kind)


def test_a_hint_is_not_the_rule() -> None:
    for language in languages():
        catalogue = messages(language)
        for key in catalogue.keys("mistake"):
            if catalogue.has(f"mistake.{key}.hint"):
                assert catalogue.raw(f"mistake.{key}.hint") != catalogue.raw(f"mistake.{key}.rule"), key


def test_a_mistake_has_a_short_name() -> None:
    assert name_of(Finding("mistake.sign", {"step": ""})) == "wrong sign"
    assert name_of(Finding("mistake.sign", {"step": ""}), "ko") == "부호 오류"


def test_the_step_stands_before_the_sentence() -> None:
    finding = Finding("mistake.sign", {"step": "adjoint of Z"})
    assert say([finding], "rule", "en").startswith("In the adjoint of Z: ")
    assert say([finding], "rule", "ko").startswith("Z 의 수반값: ")
    assert say([finding], "none") == ""


def test_the_line_in_which_a_mistake_arises_is_named() -> None:
    lines = (
        Line("S", (), tree("sigmoid(X @ w)"), "value of S"),
        Line("G", (), tree("(S - y)/n"), "adjoint of Z"),
        Line("dw", (), tree("X.T @ G"), "gradient of w"),
    )
    program = Program(lines, "dw")
    cases = {
        "X.T @ (S + y)/n": ("sign-term", "adjoint of Z"),
        "X.T @ (tanh(X @ w) - y)/n": ("function-other", "value of S"),
        "X.T @ S/n": ("term-missing", "adjoint of Z"),
    }
    for answer, (mistake, step) in cases.items():
        found = explain(program, tree(answer), scope_of(LINEAR), seconds=5.0)
        assert (named(found), found[0].values["step"]) == ([mistake], step), answer


def test_free_indices_are_the_leading_axes() -> None:
    right = Program.of(tree("exp(u[i])/sum(j, exp(u[j]))"), ("i",))
    assert explain(right, tree("softmax(u)"), scope_of(PAIR)) == ()
    assert named(explain(right, tree("exp(-u[i])/sum(j, exp(-u[j]))"), scope_of(PAIR), free=("i",))) == [
        "sign-inside"
    ]
    assert named(explain(right, tree("2*softmax(u)"), scope_of(PAIR))) == ["factor"]


def test_given_formulas_may_be_named_by_both() -> None:
    givens = (tree_formula("P", "softmax(u)"),)
    program = Program.of(tree("P - v"))
    found = explain(program, tree("P + v"), scope_of(PAIR), givens=givens)
    assert named(found) == ["sign-term"]
    assert explain(program, tree("softmax(u) - v"), scope_of(PAIR), givens=givens) == ()


def tree_formula(name: str, text: str) -> Formula:
    return Line(name, (), tree(text)).formula


def test_a_number_times_sizes_is_recognised() -> None:
    sizes = [{"n": 3, "d": 4}, {"n": 5, "d": 4}, {"n": 6, "d": 9}]
    found = multiple([-2 / at["n"] * at["d"] for at in sizes], sizes)
    assert found is not None
    assert (found.written(), found.inverse.written()) == ("-2*d/n", "-n/(2*d)")
    assert multiple([np.pi, np.pi, np.pi], sizes) is None


def test_it_keeps_to_its_time() -> None:
    right = " + ".join(f"A @ exp(B @ u*{k})*v" for k in range(1, 9))
    answer = " + ".join(f"sin(A @ u + {k})" for k in range(1, 9))
    start = time.perf_counter()
    explain(Program.of(tree(right)), tree(answer), scope_of(SQUARE), seconds=0.5)
    assert time.perf_counter() - start < 2.5


@pytest.mark.parametrize(
    ("right", "answer", "factor", "inverse"),
    [
        ("2/n * X.T @ (X @ w - y)", "X.T @ (X @ w - y)", "n/2", "2/n"),
        (LEAST, "-X.T @ (X @ w - y)", "-n", "-1/n"),
        (f"2*{LEAST}", f"{LEAST}/n", "1/(2*n)", "2*n"),
    ],
)
def test_a_factor_is_told_whole(right: str, answer: str, factor: str, inverse: str) -> None:
    (found,) = why(right, answer, LINEAR)
    assert (found.key, found.values["factor"], found.values["inverse"]) == ("mistake.factor", factor, inverse)
    assert factor in say((found,))
    assert inverse in say((found,))


def test_a_factor_besides_another_mistake_has_the_right_direction() -> None:
    layer = {"X": "n d", "P": "n k", "Y": "n k"}
    assert set(named(why("X.T @ (P - Y)/n", "X.T @ (P - Y**2)", layer))) == {"squared", "mean-missing"}
    assert set(named(why("X.T @ (P - Y)", "X.T @ (P - Y**2)/n", layer))) == {"squared", "mean-extra"}


@pytest.mark.parametrize(
    ("right", "answer"),
    [
        ("X.T @ (P - Y)/n", "X.T @ (P*(1 - P))/n"),
        ("X.T @ (P - Y)/n", "X.T @ exp(P*Y)/n"),
        ("X.T @ (P - Y)/n", "X.T @ exp(P*Y)"),
    ],
)
def test_another_part_is_never_told_as_two_mistakes(right: str, answer: str) -> None:
    assert len(why(right, answer, {"X": "n d", "P": "n k", "Y": "n k"})) <= 1


def test_the_derivative_of_a_function_is_not_looked_for_where_its_value_has_another_formula() -> None:
    scope = {"z": "n", "g": "n"}
    lines = (Line("p", (), tree("softmax(z)")), Line("q", (), tree("g*p*(1 - p)"), "adjoint of z"))
    found = explain(Program(lines, "q"), tree("g*p"), scope_of(scope), seconds=5.0)
    assert found
    assert "sigmoid" not in " ".join(value for one in found for value in one.values.values())
