"""A model's training program: its forward formulas and the derived gradients, compiled or interpreted."""

from __future__ import annotations

from collections.abc import Mapping

from gradwright.derive.derivation import Derivation, derive
from gradwright.execute.deferred import Deferred, Made
from gradwright.execute.order import names_in
from gradwright.execute.program import Program
from gradwright.model.identity import identity
from gradwright.model.model import Model
from gradwright.tensor.nodes import Assignment
from gradwright.train.score import scores


def compile(
    model: Model,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float64",
    backend: str = "numba",
    threads: int = 1,
) -> Program:
    """A model's loss, its gradients and its training steps as one program.

    Gradients are derived, and machine code is made, when they are first needed for data of some shape; what
    was compiled before, in another process too, is loaded from the cache folder without a derivation.

    Args:
        model: The model.
        sizes: Sizes of axes that the data does not show, over the model's own. A program takes batches of
            any size.
        dtype: ``float32`` or ``float64``.
        backend: ``numba``, the compiled one: machine code through llvmlite, Numba's compiler layer; or
            ``numpy``, the interpreter.
        threads: How many threads share the work of the compiled backend.

    Raises:
        UsageError: A dtype or a backend that is not known, or no thread. A ModelError is raised by the first
            use where the loss does not depend on a parameter, or a formula has no derivative.
    """
    forward = tuple(Assignment(one.name, one.tensor) for one in model.definitions)
    formulas = Deferred(lambda: _made(derive(model)), identity(model), forward)
    return _program(model, formulas, sizes, dtype, backend, threads)


def joined(
    derivation: Derivation,
    sizes: Mapping[str, int] | None = None,
    dtype: str = "float64",
    backend: str = "numba",
    threads: int = 1,
) -> Program:
    """A derivation's forward formulas and adjoints as one program; the arguments are those of ``compile``."""
    return _program(derivation.model, Deferred(lambda: _made(derivation)), sizes, dtype, backend, threads)


def _made(derivation: Derivation) -> Made:
    return derivation.assignments(stable=False), dict(derivation.adjoint_of)


def _program(
    model: Model,
    formulas: Deferred,
    sizes: Mapping[str, int] | None,
    dtype: str,
    backend: str,
    threads: int,
) -> Program:
    predict = model.training.predict
    return Program(
        formulas=formulas,
        parameters={name: parameter.value for name, parameter in model.parameters.items()},
        data=dict(model.data),
        loss=model.minimise,
        predict=predict,
        scores=scores(model.data, model.shapes, predict, seen(model, predict), model.training.metric),
        constants=dict(model.constants),
        sizes={**model.sizes, **(sizes or {})},
        init={name: parameter.init for name, parameter in model.parameters.items()},
        exempt=frozenset(name for name, parameter in model.parameters.items() if not parameter.decay),
        equations=model.equations,
        running=dict(model.running),
        dtype=dtype,
        backend=backend,
        threads=threads,
    )


def seen(model: Model, predict: str) -> frozenset[str]:
    """The data that a value is computed from."""
    uses = {one.name: names_in(one.tensor.entry) for one in model.definitions}
    found: set[str] = set()
    left = [predict]
    while left:
        new = set(uses.get(left.pop(), ())) - found
        found |= new
        left += new
    return frozenset(found & set(model.data))
