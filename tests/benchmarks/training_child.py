"""One case at one size, dtype and number of threads, in a process of its own; prints one line of JSON.

The benchmark starts it with the CPUs and the environment set, so that they hold before any library loads.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import gradwright as gw
from gradwright import registry
from tests.benchmarks.training_case import Array, Arrays, Case, Variant
from tests.benchmarks.training_curves import Training, curves
from tests.benchmarks.training_peers import (
    SCANNED_AT_MOST,
    Runner,
    cast,
    installed,
    jax_runner,
    ours,
    torch_names,
    torch_runner,
)

MODELS = Path(__file__).parent / "models"
TURN = 0.02
"""Seconds of a turn at least: a clock's tick and a call's overhead are then below a thousandth."""
NOISE = 0.05
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}


def cases() -> dict[str, Case]:
    """Every case of the benchmark by name."""
    return registry.collect("tests.benchmarks.peers", Case)


def model_of(case: Case) -> Any:
    """The case's model: a file of the benchmark, else one of the catalogue."""
    own = MODELS / f"{case.model}.toml"
    return gw.load(own) if own.exists() else gw.model(case.model)


def sizes_of(case: Case, size: str, model: Any) -> dict[str, int]:
    """The case's sizes that are axes of its model."""
    return {name: number for name, number in case.sizes[size].items() if name in model.axes}


def start(trainer: Any, batch: Mapping[str, Array], rng: np.random.Generator) -> Arrays:
    """Starting parameters: the model's own with some noise, so that no kink is met at a zero."""
    trainer.start(batch)
    return {name: value + NOISE * rng.normal(size=np.shape(value)) for name, value in trainer.params.items()}


def difference(one: tuple[float, Arrays], other: tuple[float, Arrays]) -> float:
    """The largest difference of loss and gradients, relative to the loss and to each gradient's largest.

    A gradient that is rounding alone, such as that of the bias of keys, on which no attention depends, is
    measured by the others.
    """
    worst = abs(one[0] - other[0]) / max(abs(other[0]), 1e-300)
    assert set(one[1]) == set(other[1]), (sorted(one[1]), sorted(other[1]))
    least = max(1e-2 * max(float(np.abs(one).max()) for one in other[1].values()), 1e-300)
    for name, gradient in other[1].items():
        found = np.asarray(one[1][name])
        assert found.shape == gradient.shape, (name, found.shape, gradient.shape)
        scale = max(float(np.abs(gradient).max()), least)
        worst = max(worst, float(np.abs(found - gradient).max()) / scale)
    return worst


def timed(runner: Runner, count: int, clock: Callable[[], float]) -> float:
    """Seconds a step."""
    begin = clock()
    runner.run(count)
    return (clock() - begin) / count


def calibrated(runner: Runner) -> int:
    """How many steps fill a turn; a first call, which compiles, is not counted."""
    runner.run(runner.chunk)
    count = runner.chunk
    while True:
        spent = timed(runner, count, time.perf_counter) * count
        if spent >= TURN:
            return count
        grown = int(count * min(10.0, 1.2 * TURN / max(spent, 1e-6)))
        count = max(2, grown // runner.chunk + 1) * runner.chunk


def measured(runners: Mapping[str, Runner], rounds: int, threads: int) -> dict[str, dict[str, float]]:
    """Microseconds a step of each runner, turn by turn in rounds."""
    clocks = {"cpu": time.process_time, "wall": time.perf_counter}
    counts = {name: calibrated(runner) for name, runner in runners.items()}
    times: dict[str, dict[str, list[float]]] = {name: {clock: [] for clock in clocks} for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            begin = {clock: now() for clock, now in clocks.items()}
            runner.run(counts[name])
            for clock, now in clocks.items():
                times[name][clock].append((now() - begin[clock]) / counts[name] * 1e6)
    chosen = "cpu" if threads == 1 else "wall"
    return {
        name: {
            "median": statistics.median(found[chosen]),
            "least": min(found[chosen]),
            "wall": statistics.median(found["wall"]),
            "steps": counts[name],
        }
        for name, found in times.items()
    }


def floor(case: Case, size: str, dtype: str, threads: int) -> dict[str, float]:
    """Microseconds of the step's matrix products alone.

    Returns:
        ``floor``: all multiply-adds at the best rate that NumPy's matmul reaches on one of the shapes;
        ``products``: each product at its own shape's rate; ``gflops``: that best rate.
    """
    shapes = [shape for product in case.products(case.sizes[size]) for shape in product.step]
    if not shapes:
        return {}
    clock = time.process_time if threads == 1 else time.perf_counter
    rng = np.random.default_rng(0)
    seconds: dict[tuple[int, int, int], float] = {}
    for _, m, n, k in shapes:
        if (m, n, k) not in seconds:
            a, b = (rng.normal(size=shape).astype(dtype) for shape in ((m, k), (k, n)))
            out = np.empty((m, n), dtype)

            def run(count: int, a: Any = a, b: Any = b, out: Any = out) -> float:
                for _ in range(count):
                    np.matmul(a, b, out=out)
                return 0.0

            runner = Runner(lambda: (0.0, {}), run)
            count = calibrated(runner)
            seconds[m, n, k] = min(timed(runner, count, clock) for _ in range(7))
    best = max(2 * m * n * k / spent for (m, n, k), spent in seconds.items())
    work = sum(2 * times * m * n * k for times, m, n, k in shapes)
    own = sum(times * seconds[m, n, k] for times, m, n, k in shapes)
    return {"floor": work / best * 1e6, "products": own * 1e6, "gflops": best / 1e9}


def peers(
    case: Case, wanted: Sequence[str], params: Arrays, data: Arrays, dtype: str, threads: int
) -> dict[str, Runner]:
    """The peers that are wanted and installed."""
    found: dict[str, Runner] = {}
    if installed("torch"):
        import torch

        given = (case.torch_data or case.peer_data)(data)

        torch.set_num_threads(threads)
        for name, (variant, compiled) in torch_names(case).items():
            if _is_wanted(name, wanted):
                found[name] = torch_runner(case, params, given, dtype, variant, compiled)
    if installed("jax"):
        given = (case.jax_data or case.peer_data)(data)
        if _is_wanted("jax jit", wanted):
            found["jax jit"] = jax_runner(case, params, given, dtype)
        if _is_wanted("jax lax.scan", wanted):
            plain = found.get("jax jit") or jax_runner(case, params, given, dtype)
            plain.run(1)
            spent = timed(plain, 3, time.perf_counter)
            scanned = min(SCANNED_AT_MOST, max(2, int(TURN / spent)))
            found["jax lax.scan"] = jax_runner(case, params, given, dtype, scanned)
            if "jax jit" in found:  # Its state has moved, and the gradients are those at the start.
                found["jax jit"] = jax_runner(case, params, given, dtype)
    return found


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or any(name.startswith(one) for one in wanted)


def main() -> None:
    """Measure, and print the row."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("case", "size", "dtype"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", nargs="*", default=[])
    parser.add_argument("--backend", default="numba")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--only-compile", action="store_true")
    options = parser.parse_args()
    print(json.dumps(row(options)))


def row(options: argparse.Namespace) -> dict[str, Any]:
    """What is found for one case."""
    case, dtype, threads = cases()[options.case], options.dtype, options.threads
    model = model_of(case)
    sizes = sizes_of(case, options.size, model)
    rng = np.random.default_rng(0)
    data = case.data(case.sizes[options.size], rng)
    batch = cast(data, dtype)
    if options.backend == "numba":
        import llvmlite.binding  # noqa: F401  Its import is no part of the compile time.

    begin = time.perf_counter()
    if options.only_compile:
        program = gw.compile(model, sizes=sizes, dtype=dtype, backend="numpy")
        typed = cast(start(gw.Trainer(program, optimizer=case.optimizer), batch, rng), dtype)
        return {"refused": refused(peers(case, ["torch.compile"], typed, batch, dtype, threads))}
    gw.derive(model)
    derived = time.perf_counter()
    program = gw.compile(model, sizes=sizes, dtype=dtype, backend=options.backend, threads=threads)
    trainer = gw.Trainer(program, optimizer=case.optimizer, learning_rate=case.learning_rate, seed=0)
    params = start(trainer, batch, rng)
    typed = cast(params, dtype)
    mine = ours(trainer, batch, typed)
    mine.run(1)
    done = time.perf_counter()
    found: dict[str, Any] = {"derive_s": derived - begin, "compile_s": done - derived}
    mine = ours(trainer, batch, typed)
    if options.only_ours:
        return {**found, "times": measured({"ours": mine}, min(3, options.rounds), threads)}
    others = peers(case, options.peers, typed, batch, dtype, threads)
    others = {name: one for name, one in others.items() if not name.startswith(tuple(options.without))}
    runners = {"ours": mine, **others}
    found["parity"] = parity(runners, exact(case, typed, batch))
    training = Training(case, model, sizes, typed, batch)
    found["curves"] = curves(training, others, dtype, threads, options.steps)
    found["times"] = measured(runners, options.rounds, threads)
    return found | floor(case, options.size, dtype, threads)


def refused(runners: Mapping[str, Runner]) -> str:
    """Why a peer can't be compiled, "" if it can; PyTorch keeps what it compiled for the next process."""
    try:
        for one in runners.values():
            one.gradients()
            one.run(1)
    except Exception as error:  # Whatever a compiler may refuse is told, and the other peers run.
        first = str(error).strip().split("\n")[0]
        return f"{type(error).__name__}: {first}"
    return ""


def exact(case: Case, params: Arrays, batch: Arrays) -> tuple[float, Arrays] | None:
    """Loss and gradients in float64 by PyTorch, at the very numbers that are given."""
    if not installed("torch"):
        return None
    given = (case.torch_data or case.peer_data)(cast(batch, "float64"))
    return torch_runner(case, params, given, "float64", Variant(""), compiled=False).gradients()


def parity(runners: Mapping[str, Runner], reference: tuple[float, Arrays] | None) -> dict[str, float]:
    """How far each is from the reference; without one, how far the peers are from ours."""
    first = {name: runner.gradients() for name, runner in runners.items()}
    compared = reference or first["ours"]
    return {name: difference(one, compared) for name, one in first.items()}


if __name__ == "__main__":
    main()
