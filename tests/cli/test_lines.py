"""Lines of a stream of bytes: whole, numbered, and none longer than memory likes."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread

import pytest

from gradwright.cli.lines import LONGEST, lines_of


def _lines(data: bytes, tmp_path: Path) -> list[tuple[int, bytes]]:
    (tmp_path / "data").write_bytes(data)
    with (tmp_path / "data").open("rb") as stream:
        return list(lines_of(stream))


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"a", [(1, b"a")]),
        (b"a\n", [(1, b"a")]),
        (b"a\n\n  \nb\n", [(1, b"a"), (4, b"b")]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb", [(1, b"a"), (2, b"\xef\xbb\xbfb")]),
        (b"a\rb\x0bc\x85\n", [(1, b"a\rb\x0bc\x85")]),
    ],
)
def test_lines_are_numbered_from_one_and_empty_ones_left_out(
    data: bytes, lines: list[tuple[int, bytes]], tmp_path: Path
) -> None:
    assert _lines(data, tmp_path) == lines


@pytest.mark.parametrize("length", [65_535, 65_536, 65_537, 200_000, LONGEST])
def test_a_long_line_is_whole(length: int, tmp_path: Path) -> None:
    line = bytes(ord("a") + place % 26 for place in range(length))
    assert _lines(b"first\n" + line + b"\nlast", tmp_path) == [(1, b"first"), (2, line), (3, b"last")]


def test_of_a_line_without_end_only_the_start_is_kept(tmp_path: Path) -> None:
    first, last = _lines(b"x" * (3 * LONGEST) + b"\nlast\n", tmp_path)
    assert len(first[1]) == LONGEST + 1
    assert last == (2, b"last")


def test_a_line_that_comes_in_pieces_is_one_line() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        for piece in (b"a", b"b\nc", b"", b"d\n\ne"):
            os.write(writer, piece)
        os.close(writer)

    thread = Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as stream:
        assert list(lines_of(stream)) == [(1, b"ab"), (2, b"cd"), (4, b"e")]
    thread.join()
