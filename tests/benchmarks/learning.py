"""Train models as their files say, by our trainer and by PyTorch: same start, same batches, same rule.

python tests/benchmarks/learning.py [MODEL ...] [--seeds 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from gradwright.model.model import Model
from gradwright.train.run import train
from tests.benchmarks.learning_torch import OPTIMIZERS, Learner
from tests.models import MODELS, read
from tests.verify.by_torch import peers

Row = dict[str, Any]


def measured(of: Model) -> str:
    """What is told of the test examples: the model's metric, the share of right answers, or the loss."""
    return of.training.metric or ("accuracy" if of.training.predict else "loss")


def figures(of: Model, seed: int, dtype: str) -> tuple[dict[str, float], dict[str, float]]:
    """Ours and PyTorch's figures of one training."""
    report = train(of, seed=seed, dtype=dtype, quiet=True)
    row: dict[str, Any] = report.row()
    ours = {
        "loss": row["test_loss"],
        "accuracy": row["test_accuracy"],
        "metric": row.get(f"test_{of.training.metric}"),
        "first": report.history.train_loss[0],
        "seconds": report.seconds,
        "steps": report.history.seconds,
    }
    begin = time.perf_counter()
    learned = Learner(of, seed, dtype).learn()
    theirs = {
        "loss": learned.score.loss,
        "accuracy": learned.score.accuracy,
        "metric": learned.score.metric,
        "first": learned.losses[0],
        "seconds": time.perf_counter() - begin,
        "steps": learned.seconds,
    }
    return ours, theirs


def compare(name: str, seeds: int, dtype: str) -> Row:
    """A row of the table: medians over the seeds."""
    of = read(name)
    pairs = [figures(of, seed, dtype) for seed in range(seeds)]
    unit = measured(of)
    if unit == "accuracy" and pairs[0][0]["accuracy"] is None:
        unit = "loss"
    key = "metric" if unit == of.training.metric else unit
    ours, theirs = ([pair[side] for pair in pairs] for side in (0, 1))

    def median(of_side: Sequence[dict[str, float]], what: str) -> float:
        return statistics.median(one[what] for one in of_side)

    apart = max(abs(one["first"] - other["first"]) / abs(other["first"]) for one, other in pairs)
    value, other = median(ours, key), median(theirs, key)
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
        "all": {"ours": [one[key] for one in ours], "torch": [one[key] for one in theirs]},
        "first_epoch_apart": apart,
        "seconds": {"ours": median(ours, "seconds"), "torch": median(theirs, "seconds")},
        "step_seconds": {"ours": median(ours, "steps"), "torch": median(theirs, "steps")},
    }


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
    for name in options.models or [name for name in MODELS if read(name).training.data]:
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
