"""What there is to compile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sympy import Expr, Symbol

from gradwright.language.scope import Value
from gradwright.tensor.nodes import Assignment


@dataclass(frozen=True)
class Source:
    """What is compiled.

    Args:
        assignments: The forward values and their adjoints.
        inputs: The given values.
        outputs: What is asked for: the loss, the gradients, others.
        parameters: The trained values, in the order in which an optimizer holds their numbers.
        gradients: Their gradients' names.
        equations: Sizes that follow from others.
        drawn: The inputs that a training step draws, and the probabilities of their ones.
        running: Of values among the outputs that have an average over the steps, the share of it that stays.
        told: The scalars among the outputs that are told of each training step, beside the loss.
    """

    assignments: tuple[Assignment, ...]
    inputs: Mapping[str, Value]
    outputs: tuple[str, ...]
    parameters: tuple[str, ...]
    gradients: tuple[str, ...]
    equations: tuple[tuple[Symbol, Expr], ...] = ()
    drawn: Mapping[str, float] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    running: Mapping[str, float] = field(default_factory=dict)

    @property
    def silent(self) -> Source:
        """The same with nothing told of a step but the loss."""
        outputs = tuple(name for name in self.outputs if name not in self.told)
        return replace(self, outputs=outputs, told=())
