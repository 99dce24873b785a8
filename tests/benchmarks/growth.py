"""How the cost of a training step and of compiling grows with the batch, with T and with the layers.

python tests/benchmarks/growth.py [--model NAME ...] [--what batch T layers] [--threads 1] [--rounds N]
                                  [--json FILE]

Each of some models is written with one, two and four layers, or given one, two and four times as many
examples or time steps. The exponent is log2 of the ratio where a size doubles: 1 is linear, 0 does not grow.
An encoder's attention compares each place with each, so that its exponent of T rises above 1 where T is large
beside the features. The three sizes take turns in one process, so that a busy machine slows them alike;
before that each is compiled into an empty cache by a process of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.growth_models import MODELS, Grown  # noqa: E402  After the path is set.
from tests.benchmarks.training import child  # noqa: E402

Row = dict[str, Any]
CHILD = "tests.benchmarks.growth_child"
FACTORS = (1, 2, 4)


def exponents(found: Mapping[int, float]) -> list[float]:
    """How much each doubling of the size multiplies, as a power of 2; the last is that of all together."""
    one, two, four = (math.log2(found[factor]) for factor in FACTORS)
    return [two - one, four - two, (four - one) / 2]


def measure(model: Grown, what: str, options: argparse.Namespace) -> list[Row]:
    """The rows of the steps and of the compilations.

    Raises:
        RuntimeError: A process failed; its message has been shown.
    """
    threads, dtype = options.threads, "float32"
    given = ["--model", model.name, "--what", what, "--threads", str(threads), "--factors"]
    compiled: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="gradwright-") as cache:
        for factor in FACTORS:
            made = child([*given, str(factor)], threads, dtype, cache, module=CHILD)
            compiled[factor] = made["compile_s"][str(factor)]
        rest = [*map(str, FACTORS), "--rounds", str(options.rounds)]
        times = child([*given, *rest], threads, dtype, cache, module=CHILD)["times"]
    steps = {factor: times[str(factor)]["median"] for factor in FACTORS}
    shared = {"dtype": dtype, "threads": threads}
    return [
        *rows_of(model, what, steps, {**shared, "unit": "µs"}),
        *rows_of(model, what, compiled, {**shared, "unit": "s"}),
    ]


def rows_of(model: Grown, what: str, found: Mapping[int, float], shared: Row) -> list[Row]:
    """A row a size; the ratio is that to the smallest."""
    axis = model.axes[what]
    powers = exponents(found)
    return [
        {
            "case": f"{model.name}, {'step' if shared['unit'] == 'µs' else 'compile'}, by {what}",
            "size": f"{what}={factor * (model.sizes[axis] if axis else 1)}",
            **shared,
            "ours": round(value, 4),
            "peers": {},
            "ratio": round(value / found[FACTORS[0]], 3),
            "factor": factor,
            "exponents": [round(power, 3) for power in powers],
        }
        for factor, value in found.items()
    ]


def headline() -> str:
    return f"{'case':34}{'sizes':>14}{'x1':>10}{'x2':>10}{'x4':>10}   exponents: x1-x2 x2-x4   all"


def line(rows: list[Row]) -> str:
    """The three rows of one growth as one line."""
    sizes = ", ".join(row["size"].partition("=")[2] for row in rows)
    values = "".join(f"{row['ours']:10.{1 if row['unit'] == 'µs' else 2}f}" for row in rows)
    powers = "".join(f"{power:6.2f}" for power in rows[0]["exponents"])
    return f"{rows[0]['case']:34}{sizes:>14}{values} {rows[0]['unit']:2}             {powers}"


def main() -> int:
    """Measure and print; 1 if a process fails."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    known = [model.name for model in MODELS]
    ways = ["batch", "T", "layers"]
    parser.add_argument("--model", nargs="+", default=known, choices=known, metavar="NAME")
    parser.add_argument("--what", nargs="+", default=ways, choices=ways, metavar="WAY")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows: list[Row] = []
    failed = False
    print(headline(), flush=True)
    for model in (model for model in MODELS if model.name in options.model):
        for what in (what for what in options.what if what in model.axes):
            try:
                made = measure(model, what, options)
            except RuntimeError as error:
                failed = True
                print(f"{model.name}, by {what}  failed: {error}", flush=True)
                continue
            rows += made
            for at in range(0, len(made), len(FACTORS)):
                print(line(made[at : at + len(FACTORS)]), flush=True)
            if options.json:
                text = json.dumps(rows, indent=1, ensure_ascii=False)
                options.json.write_text(text + "\n", encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
