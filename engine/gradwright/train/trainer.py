"""The trainer: a program, an optimizer, and the state that a step changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradwright.errors import UsageError, nearest
from gradwright.execute.batches import Batches
from gradwright.execute.program import Program
from gradwright.execute.state import State
from gradwright.train.adjustments import adjusted, adjustments
from gradwright.train.bind import Bound
from gradwright.train.early import Best
from gradwright.train.initialise import initialise
from gradwright.train.optimizers import optimizer as find

Array = Any


class Trainer:
    """Trains a program's parameters a batch at a time.

    Args:
        program: The loss and its gradients.
        optimizer: The name of a file under ``problems/optimizers``.
        learning_rate: The optimizer's own if not given.
        seed: Of the generator that draws the starting values, then the order of the examples; and of what is
            drawn in every step.
        settings: Other settings of the optimizer, such as ``b1``, and of what adjusts the gradient before:
            ``clip``, ``clip_value``, ``weight_decay`` (0: none).

    Raises:
        UsageError: There is no such optimizer or setting.
    """

    def __init__(
        self,
        program: Program,
        optimizer: str = "adam",
        learning_rate: float | None = None,
        seed: int = 0,
        **settings: float,
    ) -> None:
        self.program = program
        given = {**settings, **({} if learning_rate is None else {"learning_rate": learning_rate})}
        self.optimizer = adjusted(find(optimizer), given, program.exempt)
        known = self.optimizer.settings
        given = {
            name: value
            for name, value in given.items()
            if value or name in known or name not in adjustments()
        }
        for name in given:
            if name not in known:
                raise UsageError(
                    f"the optimizer {optimizer} has no setting {name}",
                    hint=nearest(name, known) or f"it has {', '.join(known)}",
                )
        self.settings = {**known, **given}
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.state: State | None = None
        self.best: Best | None = None
        self.sizes: dict[str, int] = dict(program.sizes)

    def start(self, batch: Mapping[str, Array], params: Mapping[str, Array] | None = None) -> State:
        """Give the parameters their starting values; their sizes are those that ``batch`` shows."""
        self.sizes = self.program.sizes_of({**batch, **(params or {})})
        if params is None:
            program = self.program
            params = initialise(
                program.parameters, program.init, self.sizes, self.rng, program.formulas.forward
            )
        self.state = self.program.start(params, self.optimizer.update, self.seed)
        return self.state

    def step(self, batch: Mapping[str, Array]) -> float:
        """One step on one batch; the loss before it. A loss that is not finite changes no parameter."""
        state = self.state or self.start(batch)
        return self.program.step(state, batch, self.optimizer.update, self.settings)

    def run(self, batch: Mapping[str, Array], count: int) -> Array:
        """Some steps on one batch, which the compiled backend does without Python between them.

        Args:
            batch: The data.
            count: How many steps.

        Returns:
            The loss before each step. One that is not finite ends it, and its step changes no parameter.

            >>> import numpy as np
            >>> import gradwright as gw
            >>> from gradwright.model.load import from_expression
            >>> axes = {"X": "n d", "w": "d", "y": "n"}
            >>> model = from_expression("sum((X @ w - y)**2)/n", axes, wrt="w")
            >>> program = gw.compile(model, backend="numpy")
            >>> trainer = gw.Trainer(program, optimizer="sgd", learning_rate=0.1)
            >>> X = np.array([[-1.0], [0.0], [1.0]])
            >>> losses = trainer.run({"X": X, "y": 2 * X[:, 0]}, 200)
            >>> len(losses), bool(losses[-1] < 1e-6 * losses[0]), trainer.params["w"].round(3)
            (200, True, array([2.]))
        """
        state = self.state or self.start(batch)
        told = self.program.run(state, batch, self.optimizer.update, self.settings, count, lasting=True)
        return told[:, 0]

    def run_batches(self, data: Bound, order: Array, rates: Array | None = None) -> Array:
        """Some steps, each on examples of its own, which the compiled backend gathers itself.

        Args:
            data: All examples.
            order: The places of the examples of each step (steps, batch).
            rates: The learning rate of each step, where it is not the same for all.

        Returns:
            A row for each step: the loss before it, and the score if the program has one. A loss that is
            not finite ends it, and its step changes no parameter.
        """
        state = self.state or self.start(data.take(order[0]))
        examples = {name: data.arrays[name] for name in data.along}
        rest = {name: array for name, array in data.arrays.items() if name not in data.along}
        batches = Batches(examples, data.along, order, rates)
        return self.program.run(state, rest, self.optimizer.update, self.settings, batches)

    @property
    def params(self) -> dict[str, Array]:
        """The parameters as they are, in their shapes; views that later steps change.

        Raises:
            UsageError: No step has been done, so that their sizes are not known.
        """
        if self.state is None:
            raise UsageError("the parameters have no values yet", hint="call start(batch) or step(batch)")
        return self.program.parameters_of(self.state, self.sizes)
