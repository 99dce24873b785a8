"""The table of the models in the repository is of the catalogue's models, with a cell for each column."""

from __future__ import annotations

import re

from gradwright import catalog

TABLE = catalog.content("problems") / "models" / "README.md"


def test_the_table_has_a_row_for_each_model_of_the_catalogue() -> None:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    named = [re.match(r"\| \[([\w-]+)\]\(\1\.toml\) \|", line) for line in lines[2:]]
    assert [found and found[1] for found in named] == sorted(catalog.entries("models"))
    assert {line.count(" | ") for line in lines if "---" not in line} == {lines[0].count(" | ")}
