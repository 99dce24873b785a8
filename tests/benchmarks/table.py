"""Write the table of the catalogue's models: what each is, how its derivation is verified, what it learns.

gradwright verify --all --json > verify.json
python tests/benchmarks/learning.py --json learning.json
python tests/benchmarks/table.py --verify verify.json --learning learning.json

What no file tells is left open.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gradwright import catalog
from gradwright.derive.derivation import derive
from gradwright.model.load import model
from gradwright.model.model import Model
from gradwright.train.bind import bind
from gradwright.train.program import compile
from gradwright.train.run import shown_sizes
from gradwright.train.trainer import Trainer
from gradwright.verify.case import make_case
from tests.verify.by_torch import peers
from tests.verify.test_peers import errors

TABLE = catalog.content("problems") / "models" / "README.md"
OPEN = "–"
HEAD = (
    "Model", "Title", "한국어", "Family", "Arrays", "Numbers", "Data", "Derived, ms", "Difference",
    "Complex step", "Exact", "PyTorch's gradients", "Test score", "Ours", "PyTorch's", "Ours, s",
    "PyTorch's, s",
)  # fmt: skip
ABOUT = """# Models

Each model is one file of forward formulas. The table is written by `tests/benchmarks/table.py`.

- Arrays and numbers: the parameters, in the sizes of the model's own training.
- Derived: all gradients, in milliseconds of the processor.
- Difference, complex step: the largest relative error of a slope. Exact: entry by entry, at small sizes.
- PyTorch's gradients: the largest relative error against a peer that is written for PyTorch, in float64.
- Test score: of the recipe in the model's file, the median of the seeds; ours and PyTorch's from the same
  start on the same batches. The seconds are those of the steps, in float32 on one thread.
"""
Told = Mapping[str, Mapping[str, Any]]


def numbers(of: Model) -> int:
    """How many numbers the parameters have in the sizes of the model's own training."""
    if not of.training.data:
        return len(of.parameters)
    train, _ = bind(of, of.training.data, np.random.default_rng(0))
    trainer = Trainer(compile(of, shown_sizes(of, train, of.training.batch), backend="numpy"))
    trainer.start(train.take(np.arange(min(of.training.batch, train.count))))
    return sum(int(array.size) for array in trainer.params.values())


def row(name: str, verified: Told, learned: Told) -> list[str]:
    """The cells of one model."""
    of = model(name)
    begin = time.process_time()
    derivation = derive(of)
    spent = 1e3 * (time.process_time() - begin)
    off = OPEN
    if name in peers():
        case = make_case(derivation, seed=3)
        found = [errors(of, point, case.forward.values(point.arrays, point.sizes)) for point in case.points]
        off = f"{max(max(one.values()) for one in found):.0e}"
    routes: Mapping[str, Any] = verified[name]["routes"] if name in verified else {}
    about = [f"[{name}]({name}.toml)", of.title["en"], of.title["ko"], of.family, str(len(of.parameters))]
    about += [f"{numbers(of):,}", of.training.data or OPEN, f"{spent:.0f}"]
    figures = [shown(routes.get(route)) for route in ("difference", "complex_step", "exact")]
    return [*about, *figures, off, *score(learned.get(name))]


def score(found: Mapping[str, Any] | None) -> list[str]:
    """What a model learned, and PyTorch's."""
    if found is None:
        return [OPEN] * 5
    seconds = found["step_seconds"]
    values = [f"{value:.4g}" for value in (found["ours"], found["peers"]["torch"])]
    unit = str(found["unit"]).replace("_", " ")
    return [unit, *values, f"{seconds['ours']:.2f}", f"{seconds['torch']:.2f}"]


def shown(figure: object) -> str:
    """A route's figure, or in words why there is none."""
    if figure is None:
        return OPEN
    return f"{figure:.0e}" if isinstance(figure, float) else str(figure).replace("|", "\\|")


def text(rows: Sequence[Sequence[str]]) -> str:
    """The whole file."""
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    return ABOUT + "\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def read(path: Path | None, key: str) -> Told:
    """The rows of a JSON file by the model's name."""
    rows = json.loads(path.read_text(encoding="utf-8")) if path else []
    return {one[key]: one for one in rows}


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--verify", type=Path, metavar="FILE", help="of verify --all --json")
    parser.add_argument("--learning", type=Path, metavar="FILE", help="of learning.py --json")
    options = parser.parse_args()
    verified, learned = read(options.verify, "model"), read(options.learning, "case")
    rows = []
    for name in sorted(catalog.entries("models")):
        rows.append(row(name, verified, learned))
        print(" ".join(rows[-1]), flush=True)
    TABLE.write_text(text(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
