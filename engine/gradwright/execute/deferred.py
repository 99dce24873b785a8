"""Formulas made when they are first asked for: a program that was compiled before runs without them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from gradwright.errors import ModelError
from gradwright.tensor.nodes import Assignment

Made = tuple[tuple[Assignment, ...], Mapping[str, str]]


class Deferred:
    """The forward values and their adjoints.

    Args:
        make: Gives the assignments, and for each value the name of its gradient.
        identity: Says which formulas these are; "" if nothing does, and then nothing is kept of them.
        forward: The forward values alone, if they are known already.
    """

    def __init__(
        self, make: Callable[[], Made], identity: str = "", forward: tuple[Assignment, ...] = ()
    ) -> None:
        self.identity = identity
        self._make, self._forward = make, forward

    @cached_property
    def made(self) -> Made:
        """The assignments and the gradients' names."""
        return self._make()

    def checked(self, loss: str, parameters: Iterable[str]) -> Made:
        """The same, each parameter with a gradient.

        Raises:
            ModelError: The loss does not depend on a parameter.
        """
        assignments, adjoint_of = self.made
        known = {assignment.name for assignment in assignments}
        for name in parameters:
            if adjoint_of.get(name) not in known:
                raise ModelError(f"the loss {loss} does not depend on the parameter {name}")
        return assignments, adjoint_of

    @property
    def forward(self) -> tuple[Assignment, ...]:
        """Assignments with the forward values among them, without a derivation if that is possible."""
        return self._forward or self.made[0]
