"""Mistakes in derivations: the step in which one arises is named, and so is every change of a gradient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from gradwright.catalog import content
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.expression import derive_expression
from gradwright.errors import GradwrightError, UsageError
from gradwright.grade.finding import Finding
from gradwright.grade.why.candidate import Candidate, named
from gradwright.grade.why.closeness import close
from gradwright.grade.why.derivation import Derived, from_derivation
from gradwright.grade.why.explain import explain
from gradwright.grade.why.points import Place
from gradwright.grade.why.program import Program
from gradwright.grade.why.rule import Sight
from gradwright.grade.why.search import Search
from gradwright.grade.why.setting import Setting, setting
from gradwright.language.parse import parse
from gradwright.language.scope import Scope
from gradwright.language.text import to_text
from gradwright.language.tree import Call, Formula, Tree, names, walk
from gradwright.model.functions import composites
from gradwright.model.load import load

MODELS = sorted(path.stem for path in (content("problems") / "models").glob("*.toml"))
LONG = 600.0
"""Seconds: what is found here does not depend on the speed of the machine."""
BRIEF = 5.0


@cache
def derived(model: str) -> Derivation:
    return derive(load(content("problems") / "models" / f"{model}.toml"))


@cache
def lines_to(model: str, of: str) -> Derived:
    return from_derivation(derived(model), of)


def tree(text: str) -> Tree:
    return parse(text, frozenset(composites()))


def why(model: str, of: str, answer: str) -> tuple[Finding, ...]:
    known = lines_to(model, of)
    held = known.program.line(known.program.result).indices
    free = tuple(index for index in held if index in names(tree(answer)))
    free = free or (("t",) if "[t" in answer and "sum(t" not in answer else ())
    return explain(
        known.program, tree(answer), known.scope, givens=known.givens, free=free, seconds=LONG, depth=1
    )


SOFTMAX = (
    ("W", "X.T @ (P - Y)", "mean-missing", "gradient of W"),
    ("W", "X.T @ (Z - Y)/n", "function-missing", "adjoint of Z"),
    ("W", "X.T @ (softmax(X @ W) - Y)/n", "bias-missing", "value of Z"),
    ("W", "X.T @ (P*(1 - P)*(-Y/(n*P)))", "diagonal-only", "adjoint of Z"),
    ("W", "X.T @ (-Y/(n*P))", "stopped-early", "gradient of W"),
    ("b", "(P - Y)/n", "sum-missing", "gradient of b"),
    ("Z", "(Y - P)/n", "sign", "adjoint of Z"),
)
PERCEPTRON = (
    ("W1", "X.T @ ((P - Y) @ W2.T)/n", "mask-missing", "adjoint of Z1"),
    ("W1", "X.T @ (((P - Y) @ W2.T)*A1)/n", "function-for-derivative", "adjoint of Z1"),
    ("W2", "Z1.T @ (P - Y)/n", "function-missing", "gradient of W2"),
    ("Z1", "dA1", "stopped-early", "adjoint of Z1"),
    ("b1", "sum(((P - Y) @ W2.T)*(Z1 > 0))/n", "sum-all", "gradient of b1"),
)
ATTENTION = (
    ("H", "dK @ Wk.T + dQ @ Wq.T + dU @ Wv.T", "residual-missing", "adjoint of H"),
    ("H", "dR + dK @ Wk.T + dU @ Wv.T", "path-missing", "adjoint of H"),
    ("S", "dA*A*(1 - A)", "diagonal-only", "adjoint of S"),
    ("S", "(dA - sum(A*dA, axis=1, keepdims=True))*A", "axis", "adjoint of S"),
    (
        "R",
        "(dN_h - N_h*mean(N_h*dN_h, axis=2, keepdims=True))/sqrt(N_v + 0.00001)",
        "mean-path",
        "adjoint of R",
    ),
    ("R", "(dN_h - mean(dN_h, axis=2, keepdims=True))/sqrt(N_v + 0.00001)", "mean-path", "adjoint of R"),
    ("Q", "dS @ K", "scaling-missing", "adjoint of Q"),
    ("Q", "dS @ K/sqrt(d)", "scaling-size", "adjoint of Q"),
    ("K", "dS @ Q/sqrt(q)", "transpose-missing", "adjoint of K"),
    ("U", "A @ dR", "transpose-missing", "adjoint of U"),
)
LSTM = (
    ("c", "dc[t]*f[t] + (1 - tanh(c[t])**2)*dh[t]*o[t]", "time-shift", "adjoint of c"),
    ("c", "dc[t+1]*f[t] + (1 - tanh(c[t])**2)*dh[t]*o[t]", "time-shift", "adjoint of c"),
    ("c", "(1 - tanh(c[t])**2)*dh[t]*o[t]", "path-missing", "adjoint of c"),
    ("c", "dc[t+1]*f[t+1] + dh[t]*o[t]", "derivative-missing", "adjoint of c"),
    ("c", "dc[t+1]*f[t+1] + (1 - c[t]**2)*dh[t]*o[t]", "derivative-argument", "adjoint of c"),
    ("z_f", "df*f", "function-for-derivative", "adjoint of z_f"),
    ("z_f", "df*sigmoid(f)*(1 - sigmoid(f))", "derivative-argument", "adjoint of z_f"),
    ("z_g", "dg*(1 + g**2)", "derivative-sign", "adjoint of z_g"),
    ("f", "c*dc", "time-shift", "adjoint of f"),
    ("U_f", "sum(t, h[t].T @ dz_f[t])", "time-shift", "gradient of U_f"),
    ("W_f", "x[T-1].T @ dz_f[T-1]", "one-place", "gradient of W_f"),
    ("W_f", "x[t].T @ dz_f[t]", "sum-missing", "gradient of W_f"),
    ("W_f", "sum(t, x[t].T @ (df[t]*f[t]))", "function-for-derivative", "adjoint of z_f"),
    ("b_f", "sum(t, dz_f[t])", "sum-missing", "gradient of b_f"),
)
GATHERED = (
    ("W", "sum(k, (i == word[k])*dE[k, j])**2", "squared", "gradient of W"),
    ("W", "-sum(k, (i == word[k])*dE[k, j])", "sign", "gradient of W"),
    ("W", "mean(k, (i == word[k])*dE[k, j])", "mean-extra", "gradient of W"),
)
ONE_TO_MANY = (
    ("y", "dx[t] + 2*(y[t] - R[t])/(T*d*n)", "time-shift", "adjoint of y"),
    ("y", "2*(y[t] - R[t])/(T*d*n)", "residual-missing", "adjoint of y"),
    ("Wx", "sum(t, x[t].T @ dh[t])", "derivative-missing", "adjoint of a"),
)
MADE = (
    *(("softmax-regression", *case) for case in SOFTMAX),
    *(("two-layer-perceptron", *case) for case in PERCEPTRON),
    *(("attention-classifier", *case) for case in ATTENTION),
    *(("lstm-classifier", *case) for case in LSTM),
    *(("skip-gram", *case) for case in GATHERED),
    *(("rnn-one-to-many", *case) for case in ONE_TO_MANY),
)


@pytest.mark.parametrize(("model", "of", "answer", "mistake", "step"), MADE)
def test_the_mistake_and_its_step_are_named(
    model: str, of: str, answer: str, mistake: str, step: str
) -> None:
    found = why(model, of, answer)
    assert [(one.key, one.values["step"]) for one in found] == [(f"mistake.{mistake}", step)]


@pytest.mark.thorough
@pytest.mark.parametrize("model", MODELS)
def test_the_derived_gradients_have_no_mistake(model: str) -> None:
    known = derived(model)
    for parameter, one in known.gradients.items():
        if one.matrix is None:
            continue
        program = lines_to(model, parameter)
        for answer in (one.matrix, one.named):
            found = explain(program.program, answer, program.scope, givens=program.givens, seconds=BRIEF)
            assert found == (), (parameter, to_text(answer))


@pytest.mark.thorough
@pytest.mark.parametrize("model", MODELS)
def test_the_lines_of_a_derivation_have_the_values_that_they_say(model: str) -> None:
    """The chain rule's own forms are equal to what facts and inlining make of them."""
    for _, program, scope, givens in parameters(model):
        ready = setting(program, scope, givens, 0)
        assert ready is not None
        bench = ready.benches[0]
        for line in ready.program.lines:
            for form in line.forms:
                with np.errstate(all="ignore"):
                    value = np.asarray(bench.value(form))
                assert close(np.asarray(bench.arrays[line.name]), value), line.name


def test_a_value_without_an_adjoint_is_refused() -> None:
    with pytest.raises(UsageError, match="has no adjoint"):
        from_derivation(derived("softmax-regression"), "X")


def test_given_adjoints_are_no_lines_of_their_own() -> None:
    known = from_derivation(derived("lstm-classifier"), "W_f", given=("dz_f",))
    assert [line.name for line in known.program.lines if line.name in ("dz_f", "dW_f")] == ["dW_f"]


Subject = tuple[str, Program, Scope, tuple[Formula, ...]]


def functions() -> Iterator[Subject]:
    """The gradient of a loss that each function of the catalogue makes.

    Where a function reads only the shape of its argument the gradient is 0: there is no mistake to explain.
    """
    for name, composite in composites().items():
        shapes = {one: ["n", "d"] for one in composite.parameters if one not in composite.defaults}
        first = composite.parameters[0]
        found = derive_expression(f"sum({name}({', '.join(shapes)})**2)", shapes, first)
        (asked,) = (one for one in found.derivation.adjoints if one.of == first)
        if found.matrix is not None and asked.tensor.entry != 0:
            yield name, Program.of(found.matrix), found.derivation.model.scope, ()


def parameters(model: str) -> Iterator[Subject]:
    """The parameters whose derivation is quick to evaluate: one of four indices goes place by place."""
    for parameter in derived(model).gradients:
        known = lines_to(model, parameter)
        if max(len(line.indices) for line in known.program.lines) < 4:
            yield parameter, known.program, known.scope, known.givens


def changed(
    program: Program, scope: Scope, givens: tuple[Formula, ...], most: int
) -> Iterator[tuple[str, Tree]]:
    """Wrong answers: the asked line changed by one rule after the other, with the rule's mistake."""
    ready = setting(program, scope, givens, 0)
    assert ready is not None
    line = ready.program.line(ready.program.result)
    places = [
        Place(bench, lines, np.asarray(lines.value), np.asarray(lines.value))
        for bench, lines in zip(ready.benches, ready.lines, strict=True)
    ]
    sight = Sight(places[0].bench, ready.program, line.tree, scope, lines=ready.all)
    seen: Counter[str] = Counter()
    for one in Search(places, sight, np.inf).singles([line]):
        rule = named(one, sight)[0]
        if seen[rule.name] or len(seen) >= most or not _differs(one, ready):
            continue
        seen[rule.name] += 1
        yield rule.key, tree(to_text(one.root))


def _differs(one: Candidate, ready: Setting) -> bool:
    """Whether the change can be typed, has a value, and another one than the right formula."""
    if any(isinstance(node, Call) and node.function in ("slope", "each") for node in walk(one.root)):
        return False
    for lines in ready.lines:
        with np.errstate(all="ignore"):
            try:
                value = lines.changed({one.line.name: one.root})
            except (GradwrightError, ValueError, TypeError, IndexError):
                return False
        if value is None or not np.all(np.isfinite(np.asarray(value, dtype=float))):
            return False
        if close(np.asarray(value), np.asarray(lines.value), 1e-6):
            return False
    return True


@pytest.mark.parametrize("subject", list(functions()), ids=lambda subject: subject[0])
def test_every_change_of_a_functions_gradient_is_explained(subject: Subject) -> None:
    _, program, scope, givens = subject
    for mistake, answer in changed(program, scope, givens, most=12):
        found = explain(program, answer, scope, givens=givens, seconds=LONG)
        assert found, (mistake, to_text(answer))


@pytest.mark.thorough
@pytest.mark.parametrize("model", MODELS)
def test_every_change_of_a_models_gradient_is_explained_most_by_its_own_name(model: str) -> None:
    right = total = 0
    for parameter, program, scope, givens in parameters(model):
        for mistake, answer in changed(program, scope, givens, most=4):
            free = program.line(program.result).indices
            found = explain(program, answer, scope, givens=givens, free=free, seconds=LONG, depth=1)
            assert found, (parameter, mistake, to_text(answer))
            total += 1
            right += f"mistake.{mistake}" in [one.key for one in found] or found[0].key in SIMPLER
    assert right >= 0.8 * total, (right, total)


SIMPLER = frozenset(
    f"mistake.{name}" for name in ("sign", "factor", "transposed", "zero", "mean-missing", "axis")
)
"""Facts that say the same of a whole answer, and are preferred."""
