"""How long a training step takes, ours and PyTorch's and JAX's in turn, on the same data and parameters.

python tests/benchmarks/training.py [--case NAME ...] [--size small next] [--dtype float32] [--threads 1 2]
                                    [--peers NAME ...] [--rounds N] [--figure least] [--steps N]
                                    [--compile-limit SECONDS] [--json FILE]
python tests/benchmarks/training.py --check [--case NAME ...]

Each case runs in a process of its own that may use as many CPUs as it has threads. There the program and the
peers take turns of at least 20 ms; what counts is the median of their CPU times a step on one thread, of wall
times on more (``--figure least`` takes the least, which a busy neighbour spoils less).

Before that loss and gradients must agree with PyTorch's in float64 (``off``), and so must the losses of each
of ``--steps`` steps (``training_curves.py``): machine code's with the interpreter's in float64 (``exact``),
and float32 with float64 and each peer with us (``curve``); both are the largest relative distance. Beyond the
small size there are at most 20 steps, and the interpreter takes some 20 s: ``steps`` tells how many steps
there were, and in brackets how many of them the interpreter did, where these are fewer. Where training itself
enlarges rounding, ``curve`` may be ten times what rounding the starting parameters another way grows to.

``torch.compile`` is tried first in a process of its own; if that takes longer than ``--compile-limit``, or
fails, a line says so and the row goes without it. PyTorch keeps what it compiled.

The floor is the time of the step's multiply-adds at the best rate of NumPy's matmul on one of the shapes. It
bounds what has matrix products; a model that has only products with a vector is bound by memory.

``--check`` compares loss and gradients of the NumPy interpreter in float64 with the peers' and times nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.training_child import TOLERANCE, cases  # noqa: E402  After the path is set.
from tests.benchmarks.training_peers import installed  # noqa: E402

Row = dict[str, Any]
CURVES = {"float32": 1e-3, "float64": 1e-10}
"""Rounding grows from step to step; another update rule is off by more at once."""
GROWN = 10
"""What is rounded at every step comes to more than the rounding of the starting parameters."""
STEPS = 20
"""Beyond the small size, where a step takes long."""
KEEPING = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
"""The allocator keeps what is freed, so that no step waits for the kernel to clear pages."""
SHOWN = ("torch eager", "torch.compile", "jax jit", "jax lax.scan")


def child(
    arguments: Sequence[str],
    threads: int,
    dtype: str,
    cache: str,
    module: str = "tests.benchmarks.training_child",
    allocator: Mapping[str, str] = KEEPING,
    limit: float | None = None,
) -> Row:
    """What a process of its own finds.

    Args:
        arguments: Of the module.
        threads: As many CPUs it gets.
        dtype: Whether JAX is to know float64.
        cache: The folder of compiled programs.
        module: What runs; its last line of output is JSON.
        allocator: Settings of the C library's allocator.
        limit: Seconds after which it is ended, with what it has started.

    Raises:
        TimeoutExpired: It was.
        RuntimeError: It failed; its message has been shown.
    """
    one = str(threads)
    environment = {
        **os.environ,
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), one),
        "NUMBA_NUM_THREADS": one,
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={'false' if threads == 1 else 'true'}",
        "JAX_PLATFORMS": "cpu",
        "JAX_ENABLE_X64": "1" if dtype == "float64" else "0",
        **allocator,
        "GRADWRIGHT_CACHE": cache,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "engine"), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-m", module, *arguments]
    pinned = None
    if hasattr(os, "sched_setaffinity"):
        cpus = sorted(os.sched_getaffinity(0))[-threads:]

        def pinned() -> None:
            os.sched_setaffinity(0, cpus)

    with subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=pinned,  # noqa: PLW1509  This process has one thread.
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=limit)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise RuntimeError(f"exit status {process.returncode}")
    found: Row = json.loads(output.strip().splitlines()[-1])
    return found


def refused(given: Sequence[str], threads: int, dtype: str, cache: str, limit: float) -> str:
    """Why ``torch.compile`` can't run; "" if it can."""
    try:
        found = child([*given, "--only-compile"], threads, dtype, cache, limit=limit)
    except subprocess.TimeoutExpired:
        return f"more than {limit:g} s to compile"
    return str(found["refused"])


def measure(case: str, size: str, dtype: str, threads: int, options: argparse.Namespace) -> Row:
    """One row: a process that compiles into an empty cache, then one that loads from it and measures."""
    given = ["--case", case, "--size", size, "--dtype", dtype, "--threads", str(threads)]
    steps = options.steps if size == "small" else min(STEPS, options.steps)
    given += ["--rounds", str(options.rounds), "--steps", str(steps)]
    with tempfile.TemporaryDirectory(prefix="gradwright-") as cache:
        cold = child([*given, "--only-ours"], threads, dtype, cache)
        name, reason = "torch.compile", ""
        if installed("torch") and (not options.peers or name.startswith(tuple(options.peers))):
            reason = refused(given, threads, dtype, cache, options.compile_limit)
        without = {name: reason} if reason else {}
        warm = child([*given, "--peers", *options.peers, "--without", *without], threads, dtype, cache)
    times, curves = warm["times"], warm["curves"]
    found = {name: one[options.figure] for name, one in times.items()}
    own = found.pop("ours")
    fastest = min(found.values(), default=None)
    return {
        "case": case,
        "size": size,
        "dtype": dtype,
        "threads": threads,
        "ours": round(own, 3),
        "peers": {name: round(value, 3) for name, value in found.items()},
        "ratio": round(fastest / own, 3) if fastest else None,
        "unit": "µs",
        "fastest": min(found, key=lambda name: found[name], default=None),
        "parity": warm["parity"],
        "curve": max([curves[dtype], *curves["peers"].values()]),
        "curves": curves,
        "left_out": without,
        "floor": warm.get("floor"),
        "share": warm["floor"] / own if "floor" in warm else None,
        "products": warm.get("products"),
        "gflops": warm.get("gflops"),
        "derive_s": cold["derive_s"],
        "cold_s": cold["compile_s"],
        "warm_s": warm["compile_s"],
        "ours_uncached": cold["times"]["ours"]["median"],
        "median": {name: one["median"] for name, one in times.items()},
        "least": {name: one["least"] for name, one in times.items()},
        "wall": {name: one["wall"] for name, one in times.items()},
    }


def headline() -> str:
    names = "".join(f"{name:>14}" for name in SHOWN)
    return (
        f"{'case':22}{'size':6}{'dtype':>8}{'thr':>4}{'ours µs':>11}{names}{'ratio':>7}"
        f"{'floor':>9}{'share':>6}{'cold s':>7}{'warm s':>7}  off     curve   exact   steps"
    )


def line(row: Row) -> str:
    """A row of the table; of the ways of PyTorch eager the fastest is shown."""
    ways = {name: [v for peer, v in row["peers"].items() if peer.startswith(name)] for name in SHOWN}
    names = "".join(f"{min(found):14.1f}" if found else f"{'-':>14}" for found in ways.values())
    ratio = f"{row['ratio']:7.2f}" if row["ratio"] else f"{'-':>7}"
    floor = f"{row['floor']:9.1f}{row['share']:6.2f}" if row["floor"] else f"{'-':>9}{'-':>6}"
    told = "" if agrees(row) else "  TOO LARGE"
    steps, done = row["curves"]["steps"], row["curves"]["interpreted"]
    growth = row["curves"]["growth"]
    grown = f"  rounding grows to {growth:.1e}" if row["curve"] > CURVES[row["dtype"]] else ""
    told = f"{steps}{f' ({done})' if done < steps else ''}{grown}{told}"
    reasons = [f"\n{'':22}without {name}: {reason}" for name, reason in row["left_out"].items()]
    return (
        f"{row['case']:22}{row['size']:6}{row['dtype']:>8}{row['threads']:4}{row['ours']:11.1f}{names}{ratio}"
        f"{floor}{row['cold_s']:7.2f}{row['warm_s']:7.2f}"
        f"  {off(row):.1e} {row['curve']:.1e} {row['curves']['float64']:.1e} {told}{''.join(reasons)}"
    )


def off(row: Row) -> float:
    """How far our loss and gradients are from PyTorch's in float64; without it, from the farthest peer's."""
    found: dict[str, float] = row["parity"]
    return found["ours"] or max(found.values())


def agrees(row: Row) -> bool:
    """Whether they are near enough, and the losses of all steps too."""
    near = row["curve"] <= max(CURVES[row["dtype"]], GROWN * row["curves"]["growth"])
    return off(row) <= TOLERANCE[row["dtype"]] and near and row["curves"]["float64"] <= CURVES["float64"]


def means(rows: Sequence[Row]) -> list[str]:
    """The geometric mean of the ratios of each size, dtype and number of threads."""
    groups: dict[tuple[str, str, int], list[float]] = {}
    for row in rows:
        if row["ratio"]:
            groups.setdefault((row["size"], row["dtype"], row["threads"]), []).append(row["ratio"])
    return [
        f"{size}, {dtype}, {threads} thread{'s' * (threads > 1)}: geometric mean of {len(found)} ratios "
        f"{math.exp(sum(map(math.log, found)) / len(found)):.2f}, least {min(found):.2f}"
        for (size, dtype, threads), found in groups.items()
    ]


def main() -> int:
    """Measure and print; 1 if a case fails or its gradients differ."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    known = cases()
    parser.add_argument("--case", nargs="+", default=list(known), choices=list(known), metavar="NAME")
    parser.add_argument("--size", nargs="+", default=["small"])
    parser.add_argument("--dtype", nargs="+", default=["float32"], choices=["float32", "float64"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--peers", nargs="+", default=[], help="names or their beginnings, such as jax")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--figure", default="median", choices=["median", "least"])
    parser.add_argument("--steps", type=int, default=200, help="of the training curves")
    parser.add_argument("--compile-limit", type=float, default=300, metavar="SECONDS")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="compare gradients in float64, measure nothing")
    options = parser.parse_args()
    if options.check:
        from tests.benchmarks.training_check import check

        return check(options.case, options.peers)
    rows: list[Row] = []
    failed = False
    print(headline(), flush=True)
    for case in options.case:
        for size in [size for size in options.size if size in known[case].sizes]:
            for dtype in options.dtype:
                for threads in options.threads:
                    try:
                        rows.append(measure(case, size, dtype, threads, options))
                    except RuntimeError as error:
                        failed = True
                        print(f"{case:22}{size:6}{dtype:>8}{threads:4}  failed: {error}", flush=True)
                        continue
                    failed |= not agrees(rows[-1])
                    print(line(rows[-1]), flush=True)
                    if options.json:
                        text = json.dumps(rows, indent=1, ensure_ascii=False)
                        options.json.write_text(text + "\n", encoding="utf-8")
    print("\n".join(means(rows)))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
