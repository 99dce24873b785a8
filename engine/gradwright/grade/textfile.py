"""Is a file text, and in which encoding? Rosters and submissions are asked the same two questions."""

from __future__ import annotations

_MAGIC = {
    b"%PDF": "PDF",
    b"PK\x03\x04": "ZIP, Word or Excel",
    b"\xd0\xcf\x11\xe0": "Word or Excel",
    b"\x89PNG": "PNG picture",
    b"\xff\xd8\xff": "JPEG picture",
    b"GIF8": "GIF picture",
    b"{\\rtf": "RTF",
    b"\x1f\x8b": "gzip",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x7fELF": "program",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def looks_binary(data: bytes) -> str:
    """The kind of a file that is not text, or an empty string.

    >>> looks_binary(b"%PDF-1.7 ...")
    'PDF'
    """
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            return kind
    return "binary" if b"\0" in data and not data.startswith(_UTF16) else ""


def decode(data: bytes) -> tuple[str, str] | None:
    """The text and the encoding it was read in (UTF-8, with or without a mark, UTF-16, CP949), or None.

    >>> decode("학번".encode("cp949"))
    ('학번', 'cp949')
    """
    if data.startswith(b"\xef\xbb\xbf"):
        trials: tuple[str, ...] = ("utf-8-sig",)
    elif data.startswith(_UTF16):
        trials = ("utf-16",)
    else:
        trials = ("utf-8", "cp949")
    for encoding in trials:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return None
