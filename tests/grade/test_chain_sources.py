"""The same chain from text, Markdown, LaTeX and a notebook; broken files are one message; nothing is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradwright.errors import AnswerError
from gradwright.grade.chain.check import check_chain
from gradwright.grade.chain.lines import text_statements
from gradwright.grade.chain.rows import latex_statements
from gradwright.grade.chain.sources import lines_of
from tests.grade.test_chain import SOFTMAX

TEXT = """\
# softmax regression
dZ = P - Y
dW = X.T @ dZ
   = X.T @ (P - Y)
db = sum(dZ, axis=0)
"""
LATEX = r"""
\documentclass{article}
\begin{document}
By the chain rule % not this
\begin{align}
  \frac{\partial L}{\partial Z} &= P - Y \\
  \frac{\partial L}{\partial W} &= X^\top \frac{\partial L}{\partial Z} \\
    &= X^\top (P - Y) \\
  \frac{\partial L}{\partial b} &= \sum_{i=1}^{n} dZ_{i}.
\end{align}
\end{document}
"""
CODE = "import numpy as np\nP = softmax(X @ W + b)\n\ndZ = P - Y\ndW = X.T @ dZ\n"
MORE = "dW = np.matmul(X.T, P - Y)\ndb = np.sum(dZ, axis=0)  # (k,)\nopen('PWNED', 'w').write('x')\n"


def notebook(*cells: tuple[str, str]) -> str:
    made = [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in cells]
    return json.dumps({"cells": made, "nbformat": 4, "metadata": {}})


FILES = {
    "a.txt": TEXT,
    "a.md": f"My answer. So x = y.\n\n```python\n{TEXT}```\nThank you = bye.\n",
    "b.md": "As we know:\n\n" + "".join(f"$$\n{row}\n$$\n" for row in (
        r"dZ = P - Y", r"dW = X^\top dZ", r"= X^\top (P - Y)", r"db = \sum_{i} dZ_{i}"
    )),
    "c.md": "# Answer\n\nAs $n$ is fixed:\n\n" + "".join(f"- ${row}$\n" for row in (
        r"dZ = P - Y", r"dW = X^\top dZ", r"= X^\top (P - Y)", r"db = \sum_{i} dZ_{i}"
    )),
    "a.tex": LATEX,
    "a.ipynb": notebook(("markdown", "# Homework\nLet $x = 1$."), ("code", CODE), ("code", MORE)),
    "b.ipynb": notebook(("markdown", LATEX), ("code", "%matplotlib inline\nprint(1)")),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_form_of_a_file_gives_the_same_marks(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    lines, syntax = lines_of(tmp_path / name)
    result = check_chain("\n".join(lines), syntax=syntax, **SOFTMAX)
    marked = [line for line in result.lines if line.of]
    assert [(line.name, line.verdict) for line in marked] == [
        ("dZ", "wrong"), ("dW", "follows"), ("dW", "follows"), ("db", "follows")
    ], [line.feedback for line in result.lines]  # fmt: skip
    assert (result.score, result.total) == (2, 4)
    assert [line.points for line in marked] == [0, 0.5, 0.5, 1]


@pytest.mark.parametrize(
    ("name", "first"), [("a.txt", 2), ("a.md", 5), ("b.md", 4), ("c.md", 5), ("a.tex", 6)]
)
def test_a_line_keeps_its_number_in_the_file(name: str, first: int, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    lines, syntax = lines_of(tmp_path / name)
    result = check_chain("\n".join(lines), syntax=syntax, **SOFTMAX)
    assert result.first_wrong == first
    assert "P - Y" in FILES[name].split("\n")[first - 1]


def test_nothing_in_a_notebook_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.ipynb").write_text(FILES["a.ipynb"], encoding="utf-8")
    lines, syntax = lines_of(Path("a.ipynb"))
    result = check_chain("\n".join(lines), syntax=syntax, **SOFTMAX)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.ipynb"]
    skipped = [line.text for line in result.lines if line.verdict == "note"]
    assert skipped == ["import numpy as np", "open('PWNED', 'w').write('x')"]
    assert "nothing in the file is run" in result.lines[0].feedback


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.ipynb", b"{", "no JSON"),
        ("a.ipynb", b"[1, 2]", "no list of cells"),
        ("a.ipynb", b'{"cells": 3}', "no list of cells"),
        ("a.ipynb", b'{"cells": [{"cell_type": "code", "source": [1]}]}', "not text"),
        ("a.ipynb", b'{"cells": []}', "no formula"),
        ("a.ipynb", b"[" * 100_000, "no JSON"),
        ("a.ipynb", json.dumps({"cells": [{}] * 3000}).encode(), "at most 2000"),
        ("a.txt", b"", "no formula"),
        ("a.txt", b"%PDF-1.7 ...", "PDF"),
        ("a.txt", b"\xff\xfe\xff", "encoding"),
        ("a.txt", b"a = 1\n" * 20_000, "at most 100000"),
        ("a.md", b"x" * 3_000_000, "MB"),
        ("a.tex", b"\n\n", "no formula"),
    ],
)
def test_a_broken_file_is_one_clear_message(name: str, data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AnswerError, match=words) as caught:
        lines_of(tmp_path / name)
    assert str(caught.value).startswith(name)


def test_a_file_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(AnswerError, match="no such file"):
        lines_of(tmp_path / "none.txt")


def test_a_cell_of_latex_in_a_matrix_or_cases_is_not_cut() -> None:
    text = r"""
    \begin{align*}
    A &= \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} \\
    f &= \begin{cases} x & x > 0 \\ 0 & x = 0 \end{cases} \quad \text{as above} \tag{2} \\
    \sum_{i=1}^n x_i &= s, && \text{so } c &= d \\
    &= t.
    \end{align*}
    """
    found = [(one.left, one.forms) for one in latex_statements(text) if not one.aside]
    assert found == [
        ("A", (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",)),
        ("f", (r"\begin{cases} x & x > 0 \\ 0 & x = 0 \end{cases}",)),
        (r"\sum_{i=1}^n x_i", ("s",)),
        ("c", ("d",)),
        ("", ("t",)),
    ]


def test_equal_signs_in_brackets_and_comparisons_do_not_cut_a_line() -> None:
    found = text_statements("a := sum(x, axis=0) = (b == c)*d\n  = e >= f # = g\ndb[i, j]: h")
    assert [(one.left, one.forms) for one in found] == [
        ("a", ("sum(x, axis=0)", "(b == c)*d")),
        ("", ("e >= f",)),
        ("db[i, j]", ("h",)),
    ]
