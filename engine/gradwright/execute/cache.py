"""The cache folder: what was compiled once, each file with a digest by which damage is seen."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from gradwright.errors import UsageError

DIGEST = hashlib.sha256().digest_size


def folder() -> Path:
    """Where compiled programs are kept: ``GRADWRIGHT_CACHE``, or the platform's cache folder of the user."""
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


def kept(name: str, make: Callable[[], bytes]) -> bytes:
    """The content of a file in the cache folder; made, and written, if the file is missing or damaged.

    Raises:
        UsageError: The folder can't be written.
    """
    content = found(name)
    if content is None:
        content = make()
        keep(name, content)
    return content


def found(name: str) -> bytes | None:
    """The content of a file in the cache folder; None if it is missing or damaged."""
    try:
        whole = (folder() / name).read_bytes()
    except OSError:
        return None
    content = whole[DIGEST:]
    return content if content and hashlib.sha256(content).digest() == whole[:DIGEST] else None


def keep(name: str, content: bytes) -> None:
    """Write a file of the cache folder, whole or not at all.

    Raises:
        UsageError: The folder can't be written.
    """
    path = folder() / name
    try:
        write(path, hashlib.sha256(content).digest() + content)
    except OSError as error:
        raise UsageError(
            f"the cache folder {path.parent} can't be written: {error.strerror}",
            hint="name another one in the environment variable GRADWRIGHT_CACHE",
        ) from error


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
