"""Every model of the catalogue, from its file to an epoch of training, on a small budget."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from gradwright.derive.step import Step
from gradwright.document.derivation import worked_solution
from gradwright.document.format import formats, render
from gradwright.messages import messages
from gradwright.train.bind import bind
from gradwright.train.fit import fit
from gradwright.train.program import joined
from gradwright.train.run import settings_of, shown_sizes
from gradwright.train.trainer import Trainer
from tests.models import MODELS, TRAINED, derived, read

LANGUAGES = ("en", "ko")
BATCH = 4


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _all(step.parts)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_a_gradient_by_each_parameter_and_a_reason_for_each_step(name: str) -> None:
    found = derived(name)
    assert set(found.gradients) == set(read(name).parameters)
    rules = {step.rule for step in _all(found.steps)}
    assert rules
    for language in LANGUAGES:
        known = messages(language)
        assert [rule for rule in sorted(rules) if not known.has(f"rule.{rule}.because")] == []


@pytest.mark.parametrize("name", MODELS)
def test_a_model_s_worked_solution_is_shown_in_every_language_and_format(name: str) -> None:
    title = read(name).title
    for language in LANGUAGES:
        page = worked_solution(derived(name), "brief", language, "matrix")
        for form in formats():
            shown = render(page, form)
            assert title[language] in shown, (language, form)


@pytest.mark.parametrize("name", TRAINED)
def test_an_epoch_of_a_model_s_own_training_ends_with_finite_losses(name: str) -> None:
    of = read(name)
    plan = of.training
    train, test = bind(of, plan.data, np.random.default_rng(0))
    few = train.part(np.arange(min(2 * BATCH, train.count)))
    program = joined(derived(name), shown_sizes(of, few, BATCH), backend="numpy")
    trainer = Trainer(program, plan.optimizer, seed=0, **settings_of(plan, plan.optimizer))
    history = fit(
        trainer,
        few,
        test.part(np.arange(min(BATCH, test.count))),
        epochs=1,
        batch=BATCH,
        schedule=plan.schedule,
        warm_up=plan.warm_up,
        metric=plan.metric,
        augment=plan.augment,
        quiet=True,
    )
    assert history.stopped == ""
    assert history.steps == math.ceil(few.count / BATCH)
    told = [*history.train_loss, *history.test_loss, *history.test_metric]
    assert len(told) == 2 + bool(plan.metric)
    assert all(map(math.isfinite, told)), told
