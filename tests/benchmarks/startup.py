"""How quickly the command line answers: ``python tests/benchmarks/startup.py [CASES.jsonl] [--json FILE]``.

It prints the seconds of ``gradwright --help``, of ``gradwright derive softmax-regression`` against a bare
``python -c 'import sympy'``, and, for a file of batch rows, the milliseconds of a derivation after import.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RUNS = 5


def seconds(*command: str) -> float:
    """The least wall time of some runs of a command, output discarded."""
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def batch(cases: Path) -> list[float]:
    """Milliseconds of each row of a running ``derive --batch``, the first (which imports) left out."""
    command = [sys.executable, "-m", "gradwright", "derive", "--batch", "-"]
    lines = [line for line in cases.read_text(encoding="utf-8").splitlines() if line.strip()]
    times = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None and running.stdout is not None
        for line in (lines[0], *lines):
            begin = time.perf_counter()
            running.stdin.write(line + "\n")
            running.stdin.flush()
            running.stdout.readline()
            times.append(1e3 * (time.perf_counter() - begin))
        running.stdin.close()
    return times[1:]


def row(case: str, size: str, ours: float, peers: dict[str, float], unit: str) -> dict[str, Any]:
    """One line of the table."""
    ratio = ours / min(peers.values()) if peers else None
    return {
        "case": case,
        "size": size,
        "dtype": "",
        "threads": 1,
        "ours": round(ours, 4),
        "peers": {name: round(value, 4) for name, value in peers.items()},
        "ratio": round(ratio, 3) if ratio else None,
        "unit": unit,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=Path, help="rows of derive --batch")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    ours = [sys.executable, "-m", "gradwright"]
    bare = seconds(sys.executable, "-c", "import sympy")
    rows = [
        row("gradwright --help", "", seconds(*ours, "--help"), {}, "s"),
        row(
            "gradwright derive softmax-regression",
            "",
            seconds(*ours, "derive", "softmax-regression"),
            {"import sympy": bare},
            "s",
        ),
    ]
    if arguments.cases:
        times = batch(arguments.cases)
        rows.append(row("derive --batch, median", f"{len(times)} rows", statistics.median(times), {}, "ms"))
        rows.append(row("derive --batch, longest", f"{len(times)} rows", max(times), {}, "ms"))
    for one in rows:
        beside = "".join(f", {value:.2f} {one['unit']} {name}" for name, value in one["peers"].items())
        ratio = f" ({one['ratio']:.2f} times)" if one["ratio"] else ""
        print(f"{one['case']} {one['size']}".strip() + f": {one['ours']:.2f} {one['unit']}{beside}{ratio}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
