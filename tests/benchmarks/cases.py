"""Judge the rows of case files with known verdicts, and count how often the judge is right.

python tests/benchmarks/cases.py CASES/matrix.jsonl CASES/scalar.jsonl [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from gradwright.grade.judge import check


def kind(row: dict[str, Any], verdict: str) -> str:
    """``right``, ``wrong``, ``undecided``, ``invalid`` or ``error`` for the verdict on a row."""
    if "category" in row:
        return "wrong" if verdict == "equal" else "right"
    if verdict in ("undecided", "error"):
        return verdict
    equivalent = row["equivalent"]
    if verdict == "invalid":
        return "invalid"
    return "right" if (verdict == "equal") == equivalent else "wrong"


def judge(path: Path) -> tuple[Counter[str], float]:
    """Print what is not right in one file, and count."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    counts: Counter[str] = Counter()
    started = last = time.perf_counter()
    for row in rows:
        given = row if "reference" in row else {**row, "reference": "2*x", "vars": {"x": []}}
        syntax = row.get("syntax") or ("text" if "vars" in given else "latex")
        result = check(
            given["reference"], given["answer"], given.get("vars"), given.get("domain"), syntax=syntax
        )
        found = kind(row, result.verdict)
        counts[found] += 1
        now = time.perf_counter()
        if found != "right" or now - last > 1:
            what = f"{given['reference']} | {given['answer'][:80]}"
            print(f"{found:10} {now - last:6.2f} s  {row['id']}  {what}  {result.feedback}")
        last = now
    return counts, len(rows) / (time.perf_counter() - started)


def main() -> None:
    """Judge the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    report = []
    for path in options.files:
        counts, pace = judge(path)
        words = ("right", "wrong", "undecided", "invalid", "error")
        report.append({"case": path.name, **{word: counts[word] for word in words}, "rows_per_second": pace})
        print(path.name, " ".join(f"{word} {counts[word]}" for word in words), f"{pace:.1f} rows/s")
    if options.json:
        options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
