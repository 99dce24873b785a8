"""A model trained by PyTorch: its peer and ``torch.optim``, from our start, on our batches in our order.

What is drawn in a step (masks, changes of the examples) is a function of the seed, and so the same for both.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch

from gradwright.execute.interpret import interpret
from gradwright.execute.program import Program
from gradwright.model.model import Model
from gradwright.train.augmentation import changed, read
from gradwright.train.bind import bind
from gradwright.train.program import compile
from gradwright.train.run import settings_of, shown_sizes
from gradwright.train.schedules import schedule
from gradwright.train.score import Score, score
from gradwright.train.trainer import Trainer
from tests.verify.by_torch import compute, tensors

Array = Any
Arrays = Mapping[str, Array]

OPTIMIZERS: Mapping[str, Any] = {
    "sgd": lambda groups, s: torch.optim.SGD(groups, s["learning_rate"]),
    "momentum": lambda groups, s: torch.optim.SGD(groups, s["learning_rate"], s["b"]),
    "nesterov": lambda groups, s: torch.optim.SGD(groups, s["learning_rate"], s["b"], nesterov=True),
    "adam": lambda groups, s: torch.optim.Adam(groups, s["learning_rate"], (s["b1"], s["b2"]), s["epsilon"]),
    "adamw": lambda groups, s: torch.optim.AdamW(
        groups, s["learning_rate"], (s["b1"], s["b2"]), s["epsilon"]
    ),
    "adagrad": lambda groups, s: torch.optim.Adagrad(groups, s["learning_rate"], eps=s["epsilon"]),
    "rmsprop": lambda groups, s: torch.optim.RMSprop(groups, s["learning_rate"], s["b"], s["epsilon"]),
}
"""PyTorch's own by the names of ours; its lazy Adam wants sparse gradients, which the peers do not make."""


@dataclass
class Averages:
    """Running averages of a batch's own values, as the model's file says how much of them stays.

    Args:
        keep: The share that stays at a step, by name; the first steps count alike.
    """

    keep: Mapping[str, float]
    step: int = 0
    is_predicting: bool = False
    values: dict[str, Any] = field(default_factory=dict)

    def __call__(self, name: str, value: Any) -> Any:
        """The value itself in training, its average in a prediction."""
        if self.is_predicting:
            return self.values[name]
        new, old = value.detach(), self.values.get(name, torch.zeros_like(value))
        self.values[name] = old + (new - old) * max(1 - self.keep[name], 1 / self.step)
        return value


@dataclass
class Learned:
    """What became of a training by PyTorch.

    Args:
        score: Of the test examples.
        losses: The mean loss of each epoch.
        seconds: Of the steps alone.
    """

    score: Score
    losses: list[float]
    seconds: float


class Learner:
    """A model under PyTorch, at the numbers at which our training of the same seed starts.

    Args:
        of: The model.
        seed: Of the training.
        dtype: ``float32`` or ``float64``.
    """

    def __init__(self, of: Model, seed: int, dtype: str = "float32") -> None:
        plan = of.training
        self.of, self.seed, self.dtype = of, seed, dtype
        train, self.test = bind(of, plan.data, np.random.default_rng([seed, 1]))
        self.train = train.typed(dtype)
        self.batch = min(plan.batch, train.count)
        self.program = compile(of, shown_sizes(of, train, plan.batch), dtype, "numpy")
        self.trainer = Trainer(self.program, plan.optimizer, seed=seed, **settings_of(plan, plan.optimizer))
        self.trainer.start(self.train.take(np.arange(self.batch)))
        self.parameters = {
            name: torch.tensor(np.asarray(array, dtype)).requires_grad_()
            for name, array in self.trainer.params.items()
        }
        self.averages = Averages(of.running)
        self.step = 0
        self.optimizer = OPTIMIZERS[plan.optimizer](self._groups(), self.trainer.settings)

    def learn(self) -> Learned:
        """Train as the model's file says."""
        plan, begin = self.of.training, time.perf_counter()
        losses: list[float] = []
        lowest, best, stale, apart = math.inf, None, 0, 0.0
        for epoch in range(plan.epochs):
            losses.append(self._epoch(epoch))
            if plan.early_stop:
                pause = time.perf_counter()
                loss = self.score().loss
                stale = 0 if loss < lowest else stale + 1
                if loss < lowest:
                    lowest, best = loss, copy.deepcopy((self.parameters, self.averages))
                apart += time.perf_counter() - pause
                if stale == plan.early_stop:
                    break
        seconds = time.perf_counter() - begin - apart
        if best is not None:
            self.parameters, self.averages = best
        return Learned(self.score(), losses, seconds)

    def score(self) -> Score:
        """How the parameters do on the test examples: the loss and the prediction are the peer's."""
        self.averages.is_predicting = True
        by_peer = cast(Program, Scored(self))
        with torch.no_grad():
            found = score(by_peer, {}, self.test.typed(self.dtype), self.of.training.metric)
        self.averages.is_predicting = False
        return found

    def told(self, examples: Arrays) -> tuple[Any, Any]:
        """The peer's loss and prediction on some examples."""
        return compute(self.of, self.parameters, tensors(self.of, examples, self.dtype), self.averages)

    def _groups(self) -> list[dict[str, Any]]:
        """The parameters, those that do not decay apart."""
        decay = self.trainer.settings.get("weight_decay", 0.0)
        named = self.parameters.items()
        exempt = [one for name, one in named if name in self.program.exempt]
        others = [one for name, one in named if name not in self.program.exempt]
        groups = [{"params": others, "weight_decay": decay}, {"params": exempt, "weight_decay": 0.0}]
        return [group for group in groups if group["params"]]

    def _epoch(self, epoch: int) -> float:
        """One pass over the examples; the mean loss."""
        plan, count = self.of.training, self.train.count
        rates = schedule(plan.schedule, plan.warm_up)
        steps = plan.epochs * -(-count // self.batch)
        data = self.program.data
        changes = read(plan.augment, self.train, data)
        examples = changed(self.train, changes, self.seed, epoch, data) if changes else self.train
        order, total = self.trainer.rng.permutation(count), 0.0
        for begin in range(0, count, self.batch):
            places = order[begin : begin + self.batch]
            self.step += 1
            factor = float(rates.factors(np.array([self.step]), steps)[0])
            total += self._step(examples.take(places), factor) * len(places)
        return total / count

    def _step(self, given: Arrays, factor: float) -> float:
        """One step of the optimizer; the loss before it."""
        plan, draws = self.of.training, self.program.draws
        self.averages.step = self.step
        sizes = self.program.sizes_of({**given, **self.trainer.params})
        loss, _ = self.told({**given, **draws.masks(sizes, self.seed, self.step)})
        self.optimizer.zero_grad()
        loss.backward()
        parameters = list(self.parameters.values())
        if plan.clip:
            torch.nn.utils.clip_grad_norm_(parameters, plan.clip)
        if plan.clip_value:
            torch.nn.utils.clip_grad_value_(parameters, plan.clip_value)
        for group in self.optimizer.param_groups:
            group["lr"] = self.trainer.settings["learning_rate"] * factor
        self.optimizer.step()
        return float(loss.item())


@dataclass(frozen=True)
class Scored:
    """A learner as a program that our scorer asks: our formulas of right answers, the peer's prediction."""

    learner: Learner

    @property
    def loss(self) -> str:
        return self.learner.of.minimise

    @property
    def scores(self) -> tuple[Any, ...]:
        return self.learner.program.scores

    def values(self, params: Arrays, given: Arrays, averages: object) -> dict[str, Any]:
        """The loss and how many answers are right."""
        of, program = self.learner.of, self.learner.program
        sizes = program.sizes_of({**given, **self.learner.trainer.params})
        loss, prediction = self.learner.told({**given, **program.draws.means(sizes)})
        found: dict[str, Any] = {of.minimise: loss.item()}
        if self.scores:
            arrays = {**given, of.training.predict: prediction.numpy()}
            found |= interpret(self.scores, arrays, sizes)
        return found
