"""The peak resident size of a process that does a few training steps, ours or PyTorch's; one line of JSON.

What is counted is what comes after the imports. Modules that are loaded on first use are imported before, for
both, and both read the same data and starting parameters from files. The steps after the first are counted
once more by themselves, when what the first has left unused has gone back to the kernel.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import importlib
import json
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import gradwright as gw
from tests.benchmarks.training_case import Arrays, Case
from tests.benchmarks.training_child import cases, model_of, sizes_of
from tests.benchmarks.training_peers import torch_names, torch_runner

STEPS = 5
STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")
OURS = (
    "gradwright.execute.native.executable",
    "gradwright.execute.native.maker",
    "gradwright.model.load",
    "gradwright.train.program",
    "gradwright.train.trainer",
    "sympy.assumptions.wrapper",
    "sympy.sets.setexpr",
    "sympy.tensor.tensor",
)
TORCH = ("torch", "torch._dynamo", "torch.nn.functional", "torch.optim", "torch.profiler._cupti_monitor")
Run = Callable[[int], float]
"""Does so many steps; gives the loss before the last."""


def peak() -> float:
    """Megabytes (of 2**20 bytes) that were resident at most."""
    if STATUS.exists():
        told = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(told["VmHWM"].split()[0]) / 2**10
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def settle() -> bool:
    """Give back what is unused; whether the kernel let the peak fall to what is resident now."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    try:
        RESET.write_text("5")
    except OSError:
        return False
    return True


def arrays(file: Path) -> Arrays:
    """Those of an .npz file."""
    with np.load(file) as found:
        return dict(found)


def ours(case: Case, size: str, dtype: str, threads: int, folder: Path) -> Run:
    """A trainer's steps; the first of them compiles."""
    model = model_of(case)
    program = gw.compile(model, sizes=sizes_of(case, size, model), dtype=dtype, threads=threads)
    trainer = gw.Trainer(program, optimizer=case.optimizer, learning_rate=case.learning_rate, seed=0)
    batch = arrays(folder / "data.npz")
    trainer.start(batch, arrays(folder / "params.npz"))
    return lambda count: float([trainer.step(batch) for _ in range(count)][-1])


def by_torch(case: Case, way: str, dtype: str, threads: int, folder: Path) -> Run:
    """The same by PyTorch without its compiler."""
    import torch

    torch.set_num_threads(threads)
    variant, _ = torch_names(case)[way]
    given = (case.torch_data or case.peer_data)(arrays(folder / "data.npz"))
    return torch_runner(case, arrays(folder / "params.npz"), given, dtype, variant, compiled=False).run


def measure(options: argparse.Namespace) -> Mapping[str, Any]:
    """What the process needs beyond its imports."""
    case = cases()[options.case]
    for name in OURS if options.who == "ours" else TORCH:
        importlib.import_module(name)
    known = set(sys.modules)
    is_reset = settle()
    before = peak()
    make, which = (ours, options.size) if options.who == "ours" else (by_torch, options.who)
    run = make(case, which, options.dtype, options.threads, options.folder)
    run(1)
    first = peak()
    is_reset &= settle()
    loss = run(STEPS - 1)
    return {
        "mb": max(first, peak()) - before,
        "later_mb": peak() - before if is_reset else None,
        "imports_mb": before,
        "loss": loss,
        "late": sorted(set(sys.modules) - known),
    }


def main() -> None:
    """Train, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("who", "case", "size", "dtype"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True)
    print(json.dumps(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
