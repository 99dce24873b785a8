"""One training step of a case by each peer: PyTorch eager and compiled, JAX jitted and scanned, and ours.

Each is a ``Runner``: it gives the first loss and gradients, and runs a number of steps on one batch.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.training_case import Array, Arrays, Case, Variant

SCANNED_AT_MOST = 1000
ADAM = {"b1": 0.9, "b2": 0.999, "epsilon": 1e-8}


@dataclass(frozen=True)
class Runner:
    """What the harness does with a peer.

    Args:
        gradients: Gives the loss and the gradients at the starting parameters, in the model's layout.
        run: Runs some steps and gives the loss before the last of them.
        chunk: Steps that cannot be divided (a compiled loop over steps).
    """

    gradients: Callable[[], tuple[float, Arrays]]
    run: Callable[[int], float]
    chunk: int = 1


def cast(arrays: Mapping[str, Array], dtype: str, whole: str = "int64") -> Arrays:
    """Numbers of one kind, and whole numbers of another, in fresh arrays."""
    return {
        name: np.array(array, dtype=dtype if np.asarray(array).dtype.kind == "f" else whole, order="C")
        for name, array in arrays.items()
    }


def ours(trainer: Any, batch: Mapping[str, Array], params: Mapping[str, Array]) -> Runner:
    """The compiled program of a trainer; its state starts at ``params``."""

    def step_by_step(batch: Mapping[str, Array], count: int) -> list[float]:
        return [trainer.step(batch) for _ in range(count)]

    steps = getattr(trainer, "run", step_by_step)
    trainer.start(batch, params)

    def run(count: int) -> float:
        return float(steps(batch, count)[-1])

    return Runner(lambda: trainer.program.loss_and_gradients(params, batch), run)


def torch_names(case: Case) -> dict[str, tuple[Variant, bool]]:
    """The ways of PyTorch by the name that the table shows, and whether each is compiled."""
    plain = Variant("")
    found = {"torch eager": (plain, False)}
    found |= {f"torch eager {one.name}": (one, False) for one in case.variants}
    found["torch.compile"] = (plain, True)
    found |= {f"torch.compile {one.name}": (one, True) for one in case.variants if one.compiled}
    return found


def torch_runner(
    case: Case,
    params: Mapping[str, Array],
    data: Mapping[str, Array],
    dtype: str,
    variant: Variant,
    compiled: bool,
) -> Runner:
    """PyTorch with its fused optimizer."""
    import torch

    layout = variant.layout or case.torch_layout
    prepare = variant.prepare or (lambda tensor: tensor)
    loss_of = variant.loss or case.torch_loss
    if compiled:
        loss_of = torch.compile(loss_of)
    given = {name: prepare(torch.from_numpy(array)) for name, array in cast(data, dtype).items()}
    packed = cast(layout.pack(params), dtype)
    # A clone: a tensor that shares NumPy's memory may lie badly.
    weights = {
        name: prepare(torch.from_numpy(array)).clone().requires_grad_() for name, array in packed.items()
    }
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[case.optimizer]
    optimizer = kind(list(weights.values()), lr=case.learning_rate, fused=not variant.sparse)

    def gradients() -> tuple[float, Arrays]:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(weights, given)
        loss.backward()
        found = {name: one.grad.to_dense().numpy(force=True).copy() for name, one in weights.items()}
        optimizer.zero_grad(set_to_none=True)
        return loss.item(), layout.unpack(found)

    def run(count: int) -> float:
        for _ in range(count):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(weights, given)
            loss.backward()
            optimizer.step()
        return float(loss.item())

    return Runner(gradients, run)


def jax_runner(
    case: Case, params: Mapping[str, Array], data: Mapping[str, Array], dtype: str, scanned: int = 0
) -> Runner:
    """JAX with donated buffers, a step a call or ``scanned`` steps a call."""
    import jax
    import jax.numpy as jnp

    if dtype == "float64":
        jax.config.update("jax_enable_x64", True)
    layout = case.jax_layout
    given = {name: jnp.asarray(array) for name, array in cast(data, dtype, "int32").items()}
    weights = {name: jnp.array(array) for name, array in cast(layout.pack(params), dtype).items()}
    value_and_gradient = jax.value_and_grad(case.jax_loss)
    if case.optimizer == "adam":
        slots: Any = ({k: jnp.zeros_like(v) for k, v in weights.items()} for _ in range(2))
        carry: Any = (weights, *slots, jnp.zeros((), dtype))
    else:
        carry = (weights,)
    update = {"sgd": _sgd, "adam": _adam}[case.optimizer]

    def step(carry: Any, given: Any) -> Any:
        if case.jax_step is not None:
            moved, loss = case.jax_step(carry[0], given, case.learning_rate)
            return (moved,), loss
        loss, gradient = value_and_gradient(carry[0], given)
        return update(carry, gradient, case.learning_rate), loss

    def steps(carry: Any, given: Any) -> Any:
        carry, losses = jax.lax.scan(lambda carry, _: step(carry, given), carry, None, length=scanned)
        return carry, losses[-1]

    jitted = jax.jit(steps if scanned else step, donate_argnums=0)
    holder = [carry]

    def gradients() -> tuple[float, Arrays]:
        loss, found = jax.jit(value_and_gradient)(holder[0][0], given)
        return float(loss), layout.unpack({name: np.asarray(one) for name, one in found.items()})

    def run(count: int) -> float:
        carry = holder[0]
        for _ in range(count // (scanned or 1)):
            carry, loss = jitted(carry, given)
        holder[0] = jax.block_until_ready(carry)
        return float(loss)

    return Runner(gradients, run, scanned or 1)


def _sgd(carry: Any, gradient: Any, rate: float) -> Any:
    (weights,) = carry
    return ({name: one - rate * gradient[name] for name, one in weights.items()},)


def _adam(carry: Any, gradient: Any, rate: float) -> Any:
    weights, first, second, count = carry
    count = count + 1
    b1, b2 = ADAM["b1"], ADAM["b2"]
    first = {name: b1 * one + (1 - b1) * gradient[name] for name, one in first.items()}
    second = {name: b2 * one + (1 - b2) * gradient[name] ** 2 for name, one in second.items()}
    mean, spread = rate / (1 - b1**count), 1 / (1 - b2**count)
    moved = {
        name: one - mean * first[name] / ((spread * second[name]) ** 0.5 + ADAM["epsilon"])
        for name, one in weights.items()
    }
    return moved, first, second, count


def installed(module: str) -> bool:
    """Whether a peer's library can be imported."""
    return importlib.util.find_spec(module) is not None
