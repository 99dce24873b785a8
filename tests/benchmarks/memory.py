"""How much memory a training step takes, ours and PyTorch's, each in a process of its own.

python tests/benchmarks/memory.py [--case NAME ...] [--size small|next] [--dtype float32] [--threads 1]
                                  [--json FILE]

Of each process counts the peak resident size over five steps, less what it has after its imports: ours once
with the program in the cache folder, as on every run but the first, and once cold, when SymPy derives and
LLVM compiles; PyTorch without its compiler, in each way that the case knows. The ratio is that of PyTorch's
least to ours from the cache: above 1 we need less. ``later`` are the steps after the first alone, once what
deriving, compiling or loading took has been given back. The losses of the fifth step must agree.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import gradwright as gw  # noqa: E402  After the path is set.
from tests.benchmarks.training import CURVES, child  # noqa: E402
from tests.benchmarks.training_child import cases, model_of, sizes_of, start  # noqa: E402
from tests.benchmarks.training_peers import cast, torch_names  # noqa: E402

Row = dict[str, Any]
CHILD = "tests.benchmarks.memory_child"


def write(name: str, size: str, dtype: str, folder: Path) -> None:
    """Put a case's data and starting parameters into files that all processes read."""
    case = cases()[name]
    model = model_of(case)
    rng = np.random.default_rng(0)
    data = case.data(case.sizes[size], rng)
    program = gw.compile(model, sizes=sizes_of(case, size, model), dtype="float64", backend="numpy")
    params = start(gw.Trainer(program, optimizer=case.optimizer), data, rng)
    np.savez(folder / "data.npz", allow_pickle=False, **cast(data, dtype))
    np.savez(folder / "params.npz", allow_pickle=False, **cast(params, dtype))


def measure(name: str, options: argparse.Namespace) -> Row:
    """One row.

    Raises:
        RuntimeError: A process failed; its message has been shown.
    """
    case, size, dtype, threads = cases()[name], options.size, options.dtype, options.threads
    with tempfile.TemporaryDirectory(prefix="gradwright-") as made:
        folder = Path(made)
        write(name, size, dtype, folder)
        shared = ["--case", name, "--size", size, "--dtype", dtype, "--threads", str(threads)]
        shared += ["--folder", made]

        def by(who: str) -> Row:
            given = ["--who", who, *shared]
            return child(given, threads, dtype, str(folder / "cache"), module=CHILD, allocator={})

        cold, warm = by("ours"), by("ours")
        ways = [way for way, (_, compiled) in torch_names(case).items() if not compiled]
        found = {way: by(way) for way in ways}
    peers = {way: round(one["mb"], 2) for way, one in found.items()}
    own, least = warm["mb"], min(peers.values())
    losses = [one["loss"] for one in (cold, *found.values())]
    return {
        "case": name,
        "size": size,
        "dtype": dtype,
        "threads": threads,
        "ours": round(own, 2),
        "peers": peers,
        "ratio": round(least / own, 3),
        "unit": "MB",
        "cold": round(cold["mb"], 2),
        "ratio_cold": round(least / cold["mb"], 3),
        "imports": {"ours": warm["imports_mb"], **{way: one["imports_mb"] for way, one in found.items()}},
        "later": {who: one["later_mb"] for who, one in {"ours": warm, **found}.items()},
        "off": max(abs(loss / warm["loss"] - 1) for loss in losses),
        "late": {"ours": warm["late"], **{way: one["late"] for way, one in found.items()}},
    }


def headline() -> str:
    return (
        f"{'case':24}{'size':6}{'dtype':>8}{'thr':>4}{'ours MB':>9}{'cold MB':>9}{'torch MB':>9}{'ratio':>7}"
        f"{'cold':>6}{'later: ours':>13}{'torch':>7}{'ratio':>7}  imports  curve"
    )


def line(row: Row) -> str:
    """A row of the table."""
    told = "" if row["off"] <= CURVES[row["dtype"]] else "  TOO LARGE"
    ratio = later(row)
    steps = f"{'-':>13}{'-':>7}{'-':>7}"
    if ratio is not None:
        own = row["later"]["ours"]
        steps = f"{own:13.1f}{own * ratio:7.1f}{ratio:7.2f}"
    return (
        f"{row['case']:24}{row['size']:6}{row['dtype']:>8}{row['threads']:4}{row['ours']:9.1f}"
        f"{row['cold']:9.1f}{min(row['peers'].values()):9.1f}{row['ratio']:7.2f}{row['ratio_cold']:6.2f}{steps}"
        f"  {row['imports']['ours']:3.0f} {row['imports']['torch eager']:3.0f}  {row['off']:.1e}{told}"
    )


def later(row: Row) -> float | None:
    """The ratio of the steps after the first; None where the kernel keeps the peak."""
    known: dict[str, float | None] = row["later"]
    values = {who: value for who, value in known.items() if value is not None}
    if len(values) < len(known):
        return None
    own = values.pop("ours")
    return min(values.values()) / own


def summary(rows: Sequence[Row]) -> str:
    """How many rows hold."""
    warm = sum(row["ratio"] >= 1 for row in rows)
    cold = sum(row["ratio_cold"] >= 1 for row in rows)
    steps = sum((later(row) or 0) >= 1 for row in rows)
    return (
        f"at most PyTorch's, of {len(rows)}: {warm} from the cache, {cold} cold, {steps} in the later steps"
    )


def main() -> int:
    """Measure and print; 1 if a process fails or the losses differ."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    known = cases()
    parser.add_argument("--case", nargs="+", default=list(known), choices=list(known), metavar="NAME")
    parser.add_argument("--size", default="small", choices=["small", "next"])
    parser.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows: list[Row] = []
    failed = False
    print(headline(), flush=True)
    for name in (name for name in options.case if options.size in known[name].sizes):
        try:
            rows.append(measure(name, options))
        except RuntimeError as error:
            failed = True
            print(f"{name:24}{options.size:6}  failed: {error}", flush=True)
            continue
        failed |= rows[-1]["off"] > CURVES[options.dtype]
        print(line(rows[-1]), flush=True)
        if options.json:
            text = json.dumps(rows, indent=1, ensure_ascii=False)
            options.json.write_text(text + "\n", encoding="utf-8")
    print(summary(rows))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
