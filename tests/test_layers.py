"""What holds for the code as text: its layers, its sizes, what it never calls, the names that prose uses."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradwright import catalog

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "engine" / "gradwright"
MODULES = sorted(ENGINE.rglob("*.py"))
PROSE = [ROOT / "README.md", ROOT / "engine" / "README.md", ROOT / ".github" / "CONTRIBUTING.md"]

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
FORBIDDEN = {"eval", "exec", "sympify", "parse_expr", "pickle", "cPickle", "dill", "marshal", "shelve"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), path.name)


def test_imports_point_down_the_layers() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_is_of_one_thought(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    functions = [node for node in ast.walk(_parsed(path)) if isinstance(node, ast.FunctionDef)]
    lines = {function.name: _lines(function) for function in functions}
    assert not {name: count for name, count in lines.items() if count > LONGEST_FUNCTION}


def _lines(function: ast.FunctionDef) -> int:
    """Lines of code: neither the signature nor the docstring counts."""
    body = function.body[1 if ast.get_docstring(function) else 0 :]
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_the_engine_never_executes_text(path: Path) -> None:
    used = set()
    for node in ast.walk(_parsed(path)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                used.add(name)
            case ast.ImportFrom(module=str(name)):
                used.update(name.split("."))
    assert not used & FORBIDDEN


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_says_what_the_reader_finds(path: Path) -> None:
    assert ast.get_docstring(_parsed(path))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_file_of_the_engine_names_a_model(path: Path) -> None:
    strings = {node.value for node in ast.walk(_parsed(path)) if isinstance(node, ast.Constant)}
    text = path.read_text(encoding="utf-8")
    for name in catalog.entries("models"):
        assert name not in strings
        assert "-" not in name or name not in text


@pytest.mark.parametrize("path", PROSE, ids=_name)
def test_a_file_that_prose_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text)
    quoted = [
        name
        for name in re.findall(r"`([\w./-]+)`", text)
        if name.endswith("/") or re.search(r"/\w+\.\w+$", name)
    ]
    for link in links:
        assert (path.parent / link).exists(), link
    for name in quoted:
        if name.isupper() or "NAME" in name or "CODE" in name or name.startswith(".venv"):
            continue
        assert any((base / name).exists() for base in (ROOT, ROOT / "engine", ENGINE)), name


def test_a_layer_that_the_architecture_names_exists() -> None:
    text = (ROOT / "engine" / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    layers = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    for layer in layers:
        assert (ENGINE / layer).is_dir() or (ENGINE / f"{layer}.py").is_file(), layer
    parts = {
        path.stem for path in ENGINE.iterdir() if path.name != "py.typed" and not path.name.startswith("_")
    }
    assert parts == set(layers)
