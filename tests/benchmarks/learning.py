"""Train models as their files say, by our trainer and by PyTorch: same start, same batches, same rule.

python tests/benchmarks/learning.py [MODEL ...] [--seeds 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from gradwright.model.model import Model
from gradwright.train.run import train

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.learning_torch import OPTIMIZERS, Learner
from tests.models import TRAINED, read
from tests.verify.by_torch import peers

Row = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of a training.

    Args:
        figures: Of the test examples: ``loss``, ``accuracy`` and the model's metric, those that there are.
        first: The mean loss of the first epoch.
        seconds: Everything: data, derivation, compilation, training.
        steps: The seconds of the steps alone.
    """

    figures: Mapping[str, float]
    first: float
    seconds: float
    steps: float


def ours(of: Model, seed: int, dtype: str) -> Outcome:
    """By our trainer."""
    report = train(of, seed=seed, dtype=dtype, quiet=True)
    history = report.history
    told: Mapping[str, Any] = report.row()
    figures = {key.removeprefix("test_"): value for key, value in told.items() if key.startswith("test_")}
    return Outcome(_known(figures), history.train_loss[0], report.seconds, history.seconds)


def theirs(of: Model, seed: int, dtype: str) -> Outcome:
    """By PyTorch."""
    begin = time.perf_counter()
    learned = Learner(of, seed, dtype).learn()
    loss, accuracy, metric = learned.score
    figures = {"loss": loss, "accuracy": accuracy, of.training.metric: metric}
    return Outcome(_known(figures), learned.losses[0], time.perf_counter() - begin, learned.seconds)


def _known(figures: Mapping[str, float | None]) -> dict[str, float]:
    return {key: value for key, value in figures.items() if key and value is not None}


def compare(name: str, seeds: int, dtype: str) -> Row:
    """A row of the table: medians over the seeds."""
    of = read(name)
    pairs = [(ours(of, seed, dtype), theirs(of, seed, dtype)) for seed in range(seeds)]
    known = pairs[0][0].figures
    unit = of.training.metric or ("accuracy" if "accuracy" in known else "loss")
    found = {side: [pair[at] for pair in pairs] for at, side in enumerate(("ours", "torch"))}
    every = {side: [one.figures[unit] for one in outcomes] for side, outcomes in found.items()}
    value, other = (statistics.median(every[side]) for side in ("ours", "torch"))
    return {
        "case": name,
        "size": of.training.data,
        "dtype": dtype,
        "threads": 1,
        "seeds": seeds,
        "ours": value,
        "peers": {"torch": other},
        "ratio": value / other if other else None,
        "unit": unit,
        "all": every,
        "first_epoch_apart": max(abs(one.first - two.first) / abs(two.first) for one, two in pairs),
        "seconds": _medians(found, lambda one: one.seconds),
        "step_seconds": _medians(found, lambda one: one.steps),
    }


def _medians(found: Mapping[str, Sequence[Outcome]], what: Callable[[Outcome], float]) -> dict[str, float]:
    return {side: statistics.median(map(what, outcomes)) for side, outcomes in found.items()}


def line(row: Row) -> str:
    """A row to read."""
    other = row["peers"]["torch"]
    seconds, steps = row["seconds"], row["step_seconds"]
    return (
        f"{row['case']:30}{row['size']:18}{row['unit']:>12}{row['ours']:10.4f}{other:10.4f}"
        f"{row['ours'] - other:+10.4f}{seconds['ours']:9.2f}{steps['ours']:8.2f}{steps['torch']:8.2f}"
        f"  {row['first_epoch_apart']:.1e}"
    )


HEAD = (
    f"{'model':30}{'data':18}{'of the test':>12}{'ours':>10}{'torch':>10}{'apart':>10}"
    f"{'whole s':>9}{'steps s':>8}{'torch s':>8}  first epoch apart"
)


def main() -> int:
    """Train and print; 1 if a model cannot be compared."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows: list[Row] = []
    failed = 0
    print(HEAD, flush=True)
    for name in options.models or TRAINED:
        lacking = "peer" if name not in peers() else "optimizer of PyTorch's"
        if name not in peers() or read(name).training.optimizer not in OPTIMIZERS:
            print(f"{name:30}there is no {lacking}", flush=True)
            failed = 1
            continue
        rows.append(compare(name, options.seeds, options.dtype))
        print(line(rows[-1]), flush=True)
        if options.json:
            options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
