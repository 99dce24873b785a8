"""The lines of a stream of bytes as they come, none so long that it could fill the memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

Numbered = tuple[int, bytes]
"""A line and its number, from 1."""
LONGEST = 4_000_000
"""Bytes of a line that are kept."""
_CHUNK = 65_536
_MARK = b"\xef\xbb\xbf"


def lines_of(stream: BinaryIO) -> Iterator[Numbered]:
    """The lines that hold something, each with its number; of one that is too long, the start.

    They are read past Python's buffers: a thread that waits in these for a slow pipe would hold their lock
    when the program ends.
    """
    for number, line in enumerate(_split(stream), 1):
        bare = line.removeprefix(_MARK) if number == 1 else line
        if bare.strip():
            yield number, bare


def _split(stream: BinaryIO) -> Iterator[bytes]:
    held = bytearray()
    is_cut = False
    while chunk := _read(stream):
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            yield bytes(held) if is_cut else bytes(held + piece)
            held.clear()
            is_cut = False
        if not is_cut:
            held += rest[: LONGEST + 1 - len(held)]
            is_cut = len(held) > LONGEST
    if held:
        yield bytes(held)


def _read(stream: BinaryIO) -> bytes:
    return os.read(stream.fileno(), _CHUNK)
