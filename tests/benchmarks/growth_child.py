"""One model of ``growth_models`` at some of its sizes, in a process of its own; prints one line of JSON."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

from gradwright.model.load import from_text
from gradwright.train.program import compile
from gradwright.train.trainer import Trainer
from tests.benchmarks.growth_models import MODELS, Grown
from tests.benchmarks.training_child import measured, start
from tests.benchmarks.training_peers import Runner, cast, ours


def runner(model: Grown, what: str, factor: int, dtype: str, threads: int) -> tuple[Runner, float]:
    """A model grown in one way, ready to run, and the seconds from its text to the end of its first step."""
    axis = model.axes[what]
    sizes = {name: size * (factor if name == axis else 1) for name, size in model.sizes.items()}
    rng = np.random.default_rng(0)
    batch = cast(model.data(sizes, rng), dtype)
    begin = time.perf_counter()
    read = from_text(model.text(1 if axis else factor))
    program = compile(read, sizes=sizes, dtype=dtype, threads=threads)
    trainer = Trainer(program, optimizer="sgd", learning_rate=0.001, seed=0)
    found = ours(trainer, batch, cast(start(trainer, batch, rng), dtype))
    found.run(1)
    return found, time.perf_counter() - begin


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds to compile at each factor, and microseconds a step if asked for."""
    (model,) = (model for model in MODELS if model.name == options.model)
    made = {
        factor: runner(model, options.what, factor, options.dtype, options.threads)
        for factor in options.factors
    }
    found: dict[str, Any] = {"compile_s": {factor: seconds for factor, (_, seconds) in made.items()}}
    if options.rounds:
        runners = {str(factor): one for factor, (one, _) in made.items()}
        found["times"] = measured(runners, options.rounds, options.threads)
    return found


def main() -> None:
    """Measure, and print."""
    import llvmlite.binding  # noqa: F401  Its import is no part of the compile time.

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--what", required=True, help="batch, T or layers")
    parser.add_argument("--factors", nargs="+", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--threads", type=int, default=1)
    print(json.dumps(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
