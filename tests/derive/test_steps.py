"""Every step of every derivation keeps the value: before and after are equal, entry by entry."""

from collections.abc import Iterator

import numpy as np
import pytest

from gradwright import catalog
from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.step import Step
from gradwright.execute.interpret import interpret
from gradwright.execute.sample import draw, draw_sizes
from gradwright.model.load import model
from gradwright.tensor.nodes import Assignment


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _all(step.parts)


def _values(derivation: Derivation, seed: int) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """A random instance: every forward value and every adjoint, in small sizes."""
    of = derivation.model
    rng = np.random.default_rng(seed)
    sizes = draw_sizes(of.shapes, of.equations, rng)
    arrays = draw(of.scope.values, sizes, rng) | {name: np.asarray(one) for name, one in of.constants.items()}
    program = [Assignment(d.name, d.tensor) for d in of.definitions]
    program += [Assignment(adjoint.name, adjoint.tensor) for adjoint in derivation.adjoints]
    return {**arrays, **interpret(program, arrays, sizes)}, sizes


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(catalog.entries("models")))
def test_each_step_of_a_model_s_derivation_keeps_the_value(name: str) -> None:
    derivation = derive(model(name))
    arrays, sizes = _values(derivation, seed=1)
    steps = list(_all(derivation.steps))
    assert steps
    for step in steps:
        both = interpret(
            [Assignment("@before", step.before), Assignment("@after", step.after)], arrays, sizes
        )
        scale = np.max(np.abs(both["@before"]), initial=1e-6)
        worst = np.max(np.abs(both["@before"] - both["@after"]), initial=0.0) / scale
        # float64 sums of some hundred terms: 1e-9 leaves room for cancellation, a wrong rule is off by 1e-2
        assert worst < 1e-9, f"{name}, {step.target}, {step.rule}: {worst:.1e}\n{step.before}\n{step.after}"


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(catalog.entries("models")))
def test_backprop_steps_tell_upstream_local_and_downstream_with_shapes(name: str) -> None:
    derivation = derive(model(name))
    chain = [step for step in _all(derivation.steps) if step.rule in ("chain", "lemma")]
    assert chain
    shapes = {name: value.shape for name, value in derivation.model.shapes.items()}
    for step in chain:
        assert step.upstream is not None
        assert step.local is not None
        assert step.downstream is not None
        value, user = step.because["value"], step.because["user"]
        assert step.upstream.shape == shapes[user]
        assert step.downstream.shape == shapes[value]
        assert step.local.shape == shapes[user] + shapes[value]
