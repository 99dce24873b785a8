"""A model's training program: its forward formulas and the derived gradients, compiled or interpreted."""

from __future__ import annotations

from collections.abc import Mapping

from gradwright.derive.derivation import Derivation, derive
from gradwright.execute.program import Program
from gradwright.model.model import Model


def compile(
    model: Model,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float64",
    backend: str = "numba",
    threads: int = 1,
) -> Program:
    """Derive a model's gradients and join them with its forward formulas to one program.

    Args:
        model: The model.
        sizes: Sizes of axes that the data does not show, over the model's own; the others help to choose
            between equal ways. A program takes batches of any size.
        dtype: ``float32`` or ``float64``.
        backend: ``numba`` (compiled at the first step, then loaded from a cache) or ``numpy``.
        threads: How many threads share the work of compiled code.

    Raises:
        ModelError: The loss does not depend on a parameter, or a formula has no derivative.
        UsageError: A dtype or a backend that is not known.
    """
    return joined(derive(model), sizes, dtype, backend, threads)


def joined(
    derivation: Derivation,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float64",
    backend: str = "numba",
    threads: int = 1,
) -> Program:
    """A derivation's forward formulas and adjoints as one program; the arguments are those of ``compile``."""
    model = derivation.model
    return Program(
        assignments=derivation.assignments(stable=False),
        parameters={name: parameter.value for name, parameter in model.parameters.items()},
        data=dict(model.data),
        loss=model.minimise,
        adjoint_of=dict(derivation.adjoint_of),
        predict=model.training.predict,
        constants=dict(model.constants),
        sizes={**model.sizes, **(sizes or {})},
        init={name: parameter.init for name, parameter in model.parameters.items()},
        equations=model.equations,
        dtype=dtype,
        backend=backend,
        threads=threads,
    )
