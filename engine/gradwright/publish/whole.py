"""Write a folder or a file whole or not at all: under a temporary name first, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradwright.errors import UsageError


@contextmanager
def whole_folder(target: Path, next_move: str) -> Iterator[Path]:
    """A temporary folder that becomes ``target`` if the block ends well, and vanishes if it does not.

    Args:
        target: The folder to make.
        next_move: What to do where ``target`` exists already, for the message.

    Raises:
        UsageError: ``target`` exists already, or can't be written.
    """
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} exists already; nothing was written", hint=next_move)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise UsageError(f"{target} can't be written: {error.strerror}") from error
    try:
        yield temporary
        temporary.chmod(0o755)
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def write_whole(target: Path, text: str) -> None:
    """Write a text file whole: under a temporary name, then renamed.

    Raises:
        UsageError: It can't be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except OSError as error:
        raise UsageError(f"{target} can't be written: {error.strerror}") from error


def put(path: Path, text: str) -> None:
    """Write one file of a temporary folder, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
