"""What is compiled once is kept whole, or made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradwright.errors import UsageError
from gradwright.execute import cache


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 40])
def test_a_damaged_file_is_written_anew(
    damage: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path / "made" / "here"))
    calls: list[int] = []

    def make() -> bytes:
        calls.append(1)
        return b"code"

    assert [cache.kept("one.o", make) for _ in range(3)] == [b"code"] * 3
    assert len(calls) == 1
    path = tmp_path / "made" / "here" / "one.o"
    path.write_bytes(damage)
    assert [cache.kept("one.o", make) for _ in range(2)] == [b"code"] * 2
    assert len(calls) == 2
    assert [item.name for item in path.parent.iterdir()] == ["one.o"]


def test_a_cache_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="GRADWRIGHT_CACHE"):
        cache.kept("one.o", lambda: b"code")
