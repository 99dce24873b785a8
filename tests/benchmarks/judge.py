"""How many answers a second the judge judges, one core, with math-verify beside it on the LaTeX rows.

python tests/benchmarks/judge.py [CASES/scalar.jsonl CASES/matrix.jsonl CASES/latex.jsonl] [--json FILE]

Without files the rows of the tests are judged. A first pass warms up; then come some repeats, of which the
median CPU time counts. The references kept by the judge are forgotten before each, so that a row is as dear
as it is alone (neighbouring rows with one reference share it, as the answers of a class do).
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import json
import logging
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gradwright.grade.judge import check
from gradwright.grade.reference import forget

Row = dict[str, Any]
REPEATS = 5
OWN = Path(__file__).parents[1] / "grade" / "rows.jsonl"


def read(path: Path) -> list[tuple[str, list[Row]]]:
    """The rows of a file by the kind of judgement: scalars, matrices, LaTeX."""
    lines = path.read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line.strip()]
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        if "reference" in row:
            kinds.setdefault(kind_of(row), []).append(row)
    return [(f"{path.name} {kind}", kinds[kind]) for kind in sorted(kinds)]


def kind_of(row: Row) -> str:
    """``latex``, ``matrix`` or ``scalar``."""
    if row.get("syntax") == "latex" or "vars" not in row:
        return "latex"
    return "matrix" if any(row["vars"].values()) else "scalar"


def ours(row: Row) -> str:
    """The judge's verdict."""
    syntax = "latex" if kind_of(row) == "latex" else "text"
    return check(row["reference"], row["answer"], row.get("vars"), row.get("domain"), syntax=syntax).verdict


def theirs(row: Row) -> str:
    """The verdict of math-verify."""
    import math_verify

    sides = [math_verify.parse(f"${row[side]}$") for side in ("reference", "answer")]
    return "equal" if math_verify.verify(*sides) else "different"


def tally(rows: Sequence[Row], judge: Callable[[Row], str]) -> Counter[str]:
    """How many verdicts are right, wrong, undecided or invalid; this warms up too."""
    found: Counter[str] = Counter()
    for row in rows:
        verdict = judge(row)
        is_right = (verdict == "equal") == row["equivalent"]
        found[verdict if verdict in ("undecided", "invalid") else "right" if is_right else "wrong"] += 1
    return found


def seconds(rows: Sequence[Row], judge: Callable[[Row], str]) -> float:
    """The CPU time of one pass over the rows: busy neighbours do not count."""
    forget()
    begin = time.process_time()
    for row in rows:
        judge(row)
    return time.process_time() - begin


def measure(case: str, rows: Sequence[Row], peers: dict[str, Callable[[Row], str]], repeats: int) -> Row:
    """One line of the table: rows a second of the judge and of its peers, pass by pass in turn."""
    judges = {"ours": ours, **peers}
    counts = {name: tally(rows, judge) for name, judge in judges.items()}
    times: dict[str, list[float]] = {name: [] for name in judges}
    for _ in range(repeats):
        for name, judge in judges.items():
            times[name].append(seconds(rows, judge))
    pace = {name: round(len(rows) / statistics.median(found), 1) for name, found in times.items()}
    for name, count in counts.items():
        words = ", ".join(f"{number} {verdict}" for verdict, number in sorted(count.items()))
        print(f"{case}: {name}: {words} of {len(rows)}; {pace[name]} rows/s")
    own = pace.pop("ours")
    ratio = round(own / min(pace.values()), 2) if pace else None
    if ratio:
        print(f"{case}: {ratio} times as many rows a second as {', '.join(pace)}")
    return {
        "case": case,
        "size": f"{len(rows)} rows",
        "dtype": "",
        "threads": 1,
        "ours": own,
        "peers": pace,
        "ratio": ratio,
        "unit": "rows/s",
        "verdicts": {name: dict(count) for name, count in counts.items()},
    }


def peers_of(kind: str) -> dict[str, Callable[[Row], str]]:
    """The other judges of this kind of rows that are installed."""
    if not kind.endswith("latex"):
        return {}
    try:
        import math_verify
    except ImportError:
        print("math-verify is not installed (pip install 'gradwright[bench]'): LaTeX rows have no peer")
        return {}
    for module in ("math_verify", "latex2sympy2_extended", math_verify.__name__):
        logging.getLogger(module).setLevel(logging.CRITICAL)
    return {"math-verify": theirs}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("files", nargs="*", type=Path, help="files of rows; the tests' own if none is given")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"one core, one thread, CPU time, median of {options.repeats} repeats")
    report = []
    for path in options.files or [OWN]:
        for case, rows in read(path):
            report.append(measure(case, rows, peers_of(case), options.repeats))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
