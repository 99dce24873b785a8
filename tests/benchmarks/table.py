"""Write the table of the catalogue's models: what each is, how its derivation is verified, what it learns.

python tests/benchmarks/table.py --measure models.json
gradwright verify --all --json > verify.json
python tests/benchmarks/learning.py --json learning.json
python tests/benchmarks/table.py models.json verify.json learning.json

A file has a row a model; a later one replaces an earlier one of its kind. What none tells is left open.
"""

from __future__ import annotations

import argparse
import json
import sys
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

sys.path.insert(0, str(Path(__file__).parents[2]))

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


def measure(name: str) -> dict[str, Any]:
    """How large a model is, how soon it is derived, and how far its gradients are from the peer's."""
    of = model(name)
    begin = time.process_time()
    derivation = derive(of)
    spent = time.process_time() - begin
    case = make_case(derivation, seed=3)
    found: list[float] = []
    if name in peers():
        for point in case.points:
            found += errors(of, point, case.forward.values(point.arrays, point.sizes)).values()
    off = max(found, default=None)
    return {"name": name, "numbers": numbers(of), "derive_ms": 1e3 * spent, "gradients": off}


def row(name: str, measured: Told, verified: Told, learned: Told) -> list[str]:
    """The cells of one model."""
    of, known = model(name), measured.get(name, {})
    about = [f"[{name}]({name}.toml)", of.title["en"], of.title["ko"], of.family, str(len(of.parameters))]
    size, spent = known.get("numbers"), known.get("derive_ms")
    about += [OPEN if size is None else f"{size:,}", of.training.data or OPEN]
    about.append(OPEN if spent is None else f"{spent:.0f}")
    routes = verified.get(name, {}).get("routes", {})
    figures = [shown(routes.get(route)) for route in ("difference", "complex_step", "exact")]
    return [*about, *figures, shown(known.get("gradients")), *score(learned.get(name))]


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


def read(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """The rows of all files by their kind, which is the key that has the model's name, and that name."""
    found: dict[str, dict[str, Any]] = {"name": {}, "model": {}, "case": {}}
    for path in paths:
        for one in json.loads(path.read_text(encoding="utf-8")):
            kind = next(kind for kind in found if kind in one)
            found[kind][one[kind]] = one
    return found


def main() -> None:
    """Write the table, or measure for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.json")
    parser.add_argument("--measure", type=Path, metavar="FILE.json", help="write what is measured here")
    options = parser.parse_args()
    names = sorted(catalog.entries("models"))
    if options.measure:
        rows: list[dict[str, Any]] = []
        for name in names:
            rows.append(measure(name))
            print(rows[-1], flush=True)
            options.measure.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        return
    told = read(options.files)
    cells = [row(name, told["name"], told["model"], told["case"]) for name in names]
    TABLE.write_text(text(cells), encoding="utf-8")


if __name__ == "__main__":
    main()
