"""Machine code laid out in memory without LLVM, whose own pages are most of what a small program needs."""

from __future__ import annotations

import ctypes
import importlib
import mmap
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

FILE = struct.Struct("<6s10xHHIQQQIHHHHHH")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
RELOCATION = struct.Struct("<QQq")
ADDRESS = struct.Struct("<Q")
"""Source: System V Application Binary Interface, chapter 4 (object files), as are the numbers below."""
BEGIN, RELOCATABLE, X86_64 = b"\x7fELF\x02\x01", 1, 62
PROGBITS, SYMTAB, RELA, REL = 1, 2, 4, 9
UNWIND = 0x70000001
"""How to leave a function by an exception, which none does."""
ALLOC, EXECINSTR, MERGE, STRINGS, LARGE = 0x2, 0x4, 0x10, 0x20, 0x10000000
FIXED = ALLOC | EXECINSTR | MERGE | STRINGS | LARGE
"""What sections may be whose bytes are read or carried out, and never written."""
NOTYPE, FUNCTION, ITSELF = 0, 2, 3
R_X86_64_64 = 1
"""The one relocation that code needs which may lie at any distance from what it calls: a whole address."""


class Loaded(Protocol):
    """Machine code in memory; it stays as long as this object does."""

    def function(self, name: str, *kinds: Any) -> Callable[..., None]:
        """A function that gives nothing back; it is called without Python's lock."""


class Unfamiliar(Exception):
    """An object file, or a system, for which LLVM's own loader is needed."""


class Section(NamedTuple):
    """The head of a section."""

    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry: int


class Symbol(NamedTuple):
    """An entry of the table of symbols; ``section`` 0 is elsewhere."""

    name: int
    info: int
    other: int
    section: int
    value: int
    size: int


def load(image: bytes, outside: Mapping[str, int]) -> Loaded:
    """Machine code ready to be called; by LLVM where it is of another kind than is known here.

    Args:
        image: An object file.
        outside: The addresses of the functions that it may call, but for those of the C library.
    """
    try:
        return Code(image, outside)
    except (Unfamiliar, OSError):
        loaded: Loaded = importlib.import_module("gradwright.execute.native.machine").Engine(image, outside)
        return loaded


class Code:
    """An ELF file of x86-64 in memory that is written first, and then only read and carried out.

    Args:
        image: An object file.
        outside: The addresses of the functions that it may call, but for those of the C library.

    Raises:
        Unfamiliar: It is of another kind, or asks for more.
        OSError: The system gives no such memory.
    """

    def __init__(self, image: bytes, outside: Mapping[str, int]) -> None:
        self._image, self._outside, self._sections = image, outside, _sections(image)
        offsets, size = _laid_out(self._sections)
        mode = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        self._memory = mmap.mmap(-1, size, flags=mode, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        begin = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._starts = {number: begin + offset for number, offset in offsets.items()}
        for number, offset in offsets.items():
            one = self._sections[number]
            self._memory[offset : offset + one.size] = image[one.offset : one.offset + one.size]
        tables = [one for one in self._sections if one.kind == SYMTAB]
        if len(tables) != 1:
            raise Unfamiliar(f"{len(tables)} tables of symbols")
        self._names = self._sections[tables[0].link].offset
        self._symbols = [Symbol(*entry) for entry in SYMBOL.iter_unpack(_content(image, tables[0]))]
        for one in self._sections:
            if one.kind == RELA and one.info in offsets:
                self._relocate(one, offsets[one.info])
        readable = mmap.PROT_READ | mmap.PROT_EXEC
        if ctypes.CDLL(None).mprotect(ctypes.c_void_p(begin), ctypes.c_size_t(size), readable):
            raise Unfamiliar("memory that was written may not be carried out")

    def function(self, name: str, *kinds: Any) -> Callable[..., None]:
        """A function that gives nothing back; it is called without Python's lock."""
        symbol = next(one for one in self._symbols if one.section and self._name(one) == name)
        return ctypes.CFUNCTYPE(None, *kinds)(self._address(symbol))

    def _relocate(self, table: Section, start: int) -> None:
        """Write the addresses that a section asks for."""
        for place, info, addend in RELOCATION.iter_unpack(_content(self._image, table)):
            kind, symbol = info & 0xFFFFFFFF, self._symbols[info >> 32]
            if kind != R_X86_64_64:
                raise Unfamiliar(f"the relocation {kind}")
            ADDRESS.pack_into(self._memory, start + place, self._address(symbol) + addend)

    def _address(self, symbol: Symbol) -> int:
        """Where a symbol lies: in the file, among the functions outside, or in the C library."""
        if symbol.info & 0xF not in (NOTYPE, FUNCTION, ITSELF):
            raise Unfamiliar(f"a symbol of the kind {symbol.info & 0xF}")
        if symbol.section in self._starts:
            return self._starts[symbol.section] + symbol.value
        name = self._name(symbol)
        if symbol.section == 0 and name in self._outside:
            return self._outside[name]
        if symbol.section or not hasattr(ctypes.CDLL(None), name):
            raise Unfamiliar(f"the symbol {name}")
        return ctypes.cast(ctypes.CDLL(None)[name], ctypes.c_void_p).value or 0

    def _name(self, symbol: Symbol) -> str:
        begin = self._names + symbol.name
        return self._image[begin : self._image.index(b"\0", begin)].decode()


def _content(image: bytes, section: Section) -> bytes:
    return image[section.offset : section.offset + section.size]


def _sections(image: bytes) -> list[Section]:
    """The heads of a file's sections."""
    if len(image) < FILE.size:
        raise Unfamiliar("no object file")
    begin, kind, processor, _, _, _, first, _, _, _, _, size, count, _ = FILE.unpack_from(image)
    if (begin, kind, processor, size) != (BEGIN, RELOCATABLE, X86_64, SECTION.size):
        raise Unfamiliar("an object file of another kind")
    return [Section(*SECTION.unpack_from(image, first + number * size)) for number in range(count)]


def _laid_out(sections: list[Section]) -> tuple[dict[int, int], int]:
    """How far into the memory each section lies that is needed there, and the length of all."""
    offsets, end = {}, 0
    for number, one in enumerate(sections):
        if one.kind == REL:
            raise Unfamiliar("relocations without addends")
        if not one.flags & ALLOC or one.kind == UNWIND:
            continue
        if one.kind != PROGBITS or one.flags & ~FIXED or one.alignment > mmap.PAGESIZE:
            raise Unfamiliar(f"a section of the kind {one.kind} with the flags {one.flags:x}")
        offsets[number] = -(-end // max(one.alignment, 1)) * max(one.alignment, 1)
        end = offsets[number] + one.size
    return offsets, end
