"""The whole training step as one compiled function: loss, gradients and the optimizer's update."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Integer, Mul

from gradwright.execute import cache
from gradwright.execute.compile import Compiled
from gradwright.execute.lowering.spelling import Spelling
from gradwright.execute.update import Update, compiled
from gradwright.language.scope import Value

SOURCE = '''"""One training step.

Made by Gradwright; it may be deleted at any time.
"""

import math

import numpy as np
from numba import njit

from {core} import core
from {update} import update

F = np.{dtype}


@njit(cache=True, error_model="numpy")
def step({arguments}):
{body}    return loss[0]
'''


def compile_step(
    core: Compiled,
    parameters: Mapping[str, Value],
    outputs: Sequence[str],
    optimizer: Update,
    constants: Mapping[str, float],
) -> Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, int], Mapping[str, float]], float]:
    """The step as a function of the slots (changed in place), a batch, the sizes and the settings.

    Args:
        core: The compiled loss and gradients.
        parameters: The trained values.
        outputs: The core's outputs: the loss, the gradients in the parameters' order, and what is not needed.
        optimizer: The update.
        constants: Numbers that the formulas name.
    """
    _, module = compiled(optimizer, core.dtype)
    spelling = Spelling(core.shapes, ())
    source = _source(core, parameters, outputs, optimizer, module, spelling)
    function = cache.module("step", source).step
    kind = np.dtype(core.dtype).type
    given = [name for name in core.inputs if name not in parameters]
    scratch: dict[int, Any] = {}

    def step(
        slots: Mapping[str, Any],
        data: Mapping[str, Any],
        sizes: Mapping[str, int],
        settings: Mapping[str, float],
    ) -> float:
        vectors = [slots[name] for name in optimizer.slots]
        count = vectors[0].size
        if count not in scratch:
            scratch[count] = np.empty_like(vectors[0])
        values = {**data, **constants}
        arrays = [core.given(name, values[name]) for name in given]
        numbers = [kind(settings[name]) for name in optimizer.settings]
        return float(
            function(*vectors, scratch[count], *numbers, *(sizes[name] for name in core.sizes), *arrays)
        )

    return step


def _source(
    core: Compiled,
    parameters: Mapping[str, Value],
    outputs: Sequence[str],
    optimizer: Update,
    module: str,
    spelling: Spelling,
) -> str:
    slots = [f"a_{spelling.value(name)}" for name in optimizer.slots]
    settings = [f"h_{spelling.value(name)}" for name in optimizer.settings]
    sizes = [spelling.size(name) for name in core.sizes]
    given = [spelling.value(name) for name in core.inputs if name not in parameters]
    lines = ["loss = np.empty(1, F)", "e0 = 0"]
    for number, (name, value) in enumerate(parameters.items()):
        count = spelling.whole(Mul(Integer(1), *value.shape))
        shape = ", ".join(spelling.whole(extent) for extent in value.shape)
        begin, end = f"e{number}", f"e{number + 1}"
        lines.append(f"{end} = {begin} + {count}")
        fold = f".reshape(({shape},))" if value.shape else ""
        lines.append(
            f"{spelling.value(name)} = {slots[0]}[{begin}:{end}]{fold}"
            if fold
            else f"{spelling.value(name)} = {slots[0]}[{begin}]"
        )
        lines.append(f"g{number} = gradient[{begin}:{end}]{fold}")
    gradients = [f"g{number}" for number in range(len(parameters))]
    others = []
    for number, name in enumerate(outputs[1 + len(parameters) :]):
        shape = ", ".join(spelling.whole(extent) for extent in core.shapes[name]) or "1"
        lines.append(f"other{number} = np.empty(({shape},), F)")
        others.append(f"other{number}")
    inputs = [spelling.value(name) for name in core.inputs]
    lines.append(f"core({', '.join([*sizes, *inputs, 'loss', *gradients, *others])})")
    lines.append("if math.isfinite(loss[0]):")
    lines.append(f"    update({', '.join([*slots, 'gradient', *settings])})")
    arguments = ", ".join([*slots, "gradient", *settings, *sizes, *given])
    body = "".join(f"    {line}\n" for line in lines)
    return SOURCE.format(core=core.module, update=module, dtype=core.dtype, arguments=arguments, body=body)
