"""The cache folder of generated code: one file a content."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import sys
import tempfile
import warnings
from pathlib import Path
from types import ModuleType

from gradwright.errors import SlowerWarning, UsageError


def folder() -> Path:
    """Where generated modules are kept: ``GRADWRIGHT_CACHE``, or the platform's cache folder of the user."""
    named = os.environ.get("GRADWRIGHT_CACHE")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "gradwright"


def module(kind: str, source: str) -> ModuleType:
    """The module with the given source, imported from the cache folder under a name made of its content.

    Raises:
        UsageError: The folder can't be written.
    """
    name = f"gradwright_{kind}_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    if name in sys.modules:
        return sys.modules[name]
    path = folder() / f"{name}.py"
    try:
        if not path.is_file() or path.read_text(encoding="utf-8") != source:
            write(path, source.encode())
    except OSError as error:
        raise UsageError(
            f"the cache folder {path.parent} can't be written: {error.strerror}",
            hint="name another one in the environment variable GRADWRIGHT_CACHE",
        ) from error
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, path
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    try:
        spec.loader.exec_module(made)
    except BaseException:
        del sys.modules[name]
        raise
    return made


def keep(path: Path, content: bytes) -> None:
    """Write a file of the cache folder; where that can't be done a warning says so, and nothing is kept."""
    try:
        write(path, content)
    except OSError as error:
        reason = f"the cache folder {path.parent} can't be written: {error.strerror}"
        remedy = "name another one in the environment variable GRADWRIGHT_CACHE"
        warnings.warn(f"{reason}, so each process compiles anew; {remedy}", SlowerWarning, 2)


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: to a temporary name beside it, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
