"""The whole training step as one compiled function: loss, gradients and the optimizer's update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Integer, Mul

from gradwright.execute import cache
from gradwright.execute.compile import Signature
from gradwright.execute.lowering.emit import Body, module_text
from gradwright.execute.update import Update, compiled

Array = Any


class Stepper:
    """A compiled training step, which can also be asked for the values alone.

    Args:
        signature: What the loss and its gradients take; the outputs are the loss, the gradients in the
            parameters' order, and others.
        body: The lines that compute them.
        parameters: The names of the trained values.
        optimizer: The update.
        constants: Numbers that the formulas name.
    """

    def __init__(
        self,
        signature: Signature,
        body: Body,
        parameters: Sequence[str],
        optimizer: Update,
        constants: Mapping[str, float],
    ) -> None:
        self.signature = signature
        self.optimizer = optimizer
        self._parameters = tuple(parameters)
        self._constants = constants
        self._given = [name for name in signature.inputs if name not in parameters]
        self._others = signature.outputs[1 + len(parameters) :]
        _, update = compiled(optimizer, signature.dtype)
        self._function = cache.module("step", _source(signature, body, parameters, optimizer, update)).step
        self._scratch: dict[tuple[int, ...], list[Array]] = {}

    def step(
        self,
        slots: Mapping[str, Array],
        data: Mapping[str, Array],
        sizes: Mapping[str, int],
        settings: Mapping[str, float],
    ) -> float:
        """One step on a batch: the slots change in place if the loss, which is returned, is finite."""
        return float(self._call(True, slots, data, sizes, settings)[0][0])

    def values(
        self, vector: Array, data: Mapping[str, Array], sizes: Mapping[str, int]
    ) -> tuple[Array, dict[str, Array]]:
        """The gradients as one vector, and the other outputs by name, for parameters given as one vector."""
        slots = dict.fromkeys(self.optimizer.slots, vector)
        loss, gradient, *others = self._call(
            False, slots, data, sizes, dict.fromkeys(self.optimizer.settings, 0.0)
        )
        found = dict(zip((self.signature.outputs[0], *self._others), (loss, *others), strict=True))
        shapes = self.signature.shapes
        return gradient.copy(), {
            name: array.copy() if shapes[name] else array[0] for name, array in found.items()
        }

    def _call(
        self,
        learn: bool,
        slots: Mapping[str, Array],
        data: Mapping[str, Array],
        sizes: Mapping[str, int],
        settings: Mapping[str, float],
    ) -> list[Array]:
        """Call the function; the arrays that it has filled: the loss, the gradient, the others."""
        signature = self.signature
        vectors = [slots[name] for name in self.optimizer.slots]
        numbers = [sizes[name] for name in signature.sizes]
        key = (vectors[0].size, *numbers)
        if key not in self._scratch:
            if len(self._scratch) > 8:
                self._scratch.clear()
            made = [signature.blank(name, sizes) for name in (signature.outputs[0], *self._others)]
            self._scratch[key] = [made[0], np.empty_like(vectors[0]), *made[1:]]
        arrays = self._scratch[key]
        kind = np.dtype(signature.dtype).type
        values = {**data, **self._constants}
        try:
            self._function(
                learn,
                *vectors,
                *(kind(settings[name]) for name in self.optimizer.settings),
                *arrays,
                *numbers,
                *(signature.given(name, values[name]) for name in self._given),
            )
        except np.linalg.LinAlgError:  # a matrix is singular: nothing was changed, and no value is a number
            for array in arrays:
                array.fill(np.nan)
        return arrays


def _source(
    signature: Signature, body: Body, parameters: Sequence[str], optimizer: Update, update: str
) -> str:
    """The step's source: parameters and gradients are views of the optimizer's vectors."""
    spelling = body.spelling
    slots = [f"a_{number}" for number in range(len(optimizer.slots))]
    settings = [f"h_{number}" for number in range(len(optimizer.settings))]
    inputs = dict(zip(signature.inputs, body.inputs, strict=True))
    outputs = body.outputs[1 : 1 + len(parameters)]
    lines = ["e_0 = 0"]
    for number, (name, output) in enumerate(zip(parameters, outputs, strict=True)):
        shape = signature.shapes[name]
        begin, end = f"e_{number}", f"e_{number + 1}"
        fold = f".reshape(({', '.join(spelling.whole(extent) for extent in shape)},))" if shape else ""
        lines.append(f"{end} = {begin} + {spelling.whole(Mul(Integer(1), *shape))}")
        lines.append(f"{inputs[name]} = {slots[0]}[{f'{begin}:{end}' if shape else begin}]{fold}")
        lines.append(f"{output} = gradient[{begin}:{end}]{fold}")
    lines += body.lines
    lines.append(f"if learn and math.isfinite({body.outputs[0]}[0]):")
    lines.append(f"    update({', '.join([*slots, 'gradient', *settings])})")
    others = body.outputs[1 + len(parameters) :]
    given = [variable for name, variable in inputs.items() if name not in parameters]
    arguments = ["learn", *slots, *settings, body.outputs[0], "gradient", *others, *body.sizes, *given]
    imports = [f"from {update} import update"]
    return module_text("step", arguments, lines, signature.dtype, "One training step.", imports)
