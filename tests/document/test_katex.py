"""Every formula on a page is one that the vendored KaTeX can set (skipped where Node is not there)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence

import pytest

from gradwright.catalog import content, entries
from gradwright.derive.derivation import derive
from gradwright.document.blocks import Equation, blocks_of
from gradwright.document.derivation import worked_solution
from gradwright.document.latex_rows import aligned
from gradwright.messages import Math
from gradwright.model.load import model
from tests.document.models import TEXTS, derivation

NODE = shutil.which("node")
SCRIPT = """
const katex = require(process.argv[1]);
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const [latex, display] of formulas) {
  try { katex.renderToString(latex, {displayMode: display, throwOnError: true, strict: false}); }
  catch (error) { console.log(latex + "\\n" + error.message); }
}
"""


@pytest.mark.thorough
@pytest.mark.skipif(NODE is None, reason="Node is not installed")
@pytest.mark.parametrize("name", [*TEXTS, *entries("models")])
def test_katex_sets_every_formula(name: str) -> None:
    formulas: list[tuple[str, bool]] = []
    found = derivation(name) if name in TEXTS else derive(model(name))
    for language in ("en", "ko"):
        for block in blocks_of(worked_solution(found, "full", language, "both")):
            if isinstance(block, Equation):
                formulas.append((aligned(block, tagged=True), True))
                formulas += [(side.latex, False) for row in block.rows for side in (row.left, row.right)]
            for piece in getattr(block, "line", ()):
                if isinstance(piece, Math):
                    formulas.append((piece.latex, False))
    assert refused(formulas) == ""


def refused(formulas: Sequence[tuple[str, bool]]) -> str:
    """What KaTeX, run by Node, can't set of formulas, each in a line of its own or not, and why."""
    katex = content("templates") / "html" / "katex" / "katex.min.js"
    assert NODE is not None
    done = subprocess.run(
        [NODE, "-e", SCRIPT, str(katex)],
        input=json.dumps(formulas),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
