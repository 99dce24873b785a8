"""Whether each case's loss and gradients by the NumPy interpreter are those of its peers, in float64."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import numpy as np

import gradwright as gw
from tests.benchmarks.training_case import Case
from tests.benchmarks.training_child import cases, difference, model_of, peers, sizes_of, start

AGREED = 1e-10
"""Rounding of some thousand float64 operations in another order; a wrong gradient is off by 1e-2 and more."""


def check(names: Sequence[str], wanted: Sequence[str]) -> int:
    """Print a line a case; 1 if one differs."""
    os.environ["JAX_ENABLE_X64"] = "1"
    failed = False
    known = cases()
    for name in names:
        try:
            worst = one(known[name], wanted)
        except Exception as error:  # One case's failure is shown, and the others still run.
            print(f"{name:24} failed: {type(error).__name__}: {error}", flush=True)
            failed = True
            continue
        failed |= worst > AGREED
    return int(failed)


def one(case: Case, wanted: Sequence[str]) -> float:
    """The largest difference to a peer."""
    model = model_of(case)
    begin = time.perf_counter()
    gw.derive(model)
    derived = time.perf_counter() - begin
    rng = np.random.default_rng(0)
    data = case.data(case.sizes["small"], rng)
    program = gw.compile(model, sizes=sizes_of(case, "small", model), dtype="float64", backend="numpy")
    params = start(gw.Trainer(program, optimizer=case.optimizer), data, rng)
    begin = time.perf_counter()
    found = program.loss_and_gradients(params, data)
    spent = time.perf_counter() - begin
    chosen = wanted or ("torch eager", "jax jit")
    parity = {
        name: difference(found, runner.gradients())
        for name, runner in peers(case, chosen, params, data, "float64", 1).items()
    }
    shown = ", ".join(f"{name} {value:.1e}" for name, value in parity.items())
    worst = max(parity.values(), default=0.0)
    told = "" if worst <= AGREED else "  TOO LARGE"
    print(
        f"{case.name:24} loss {found[0]:.6g}  {shown}{told}  derived in {derived:.2f} s, "
        f"interpreted in {spent:.2f} s",
        flush=True,
    )
    return worst
