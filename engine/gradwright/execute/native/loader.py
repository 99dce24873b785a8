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
KIND, NOTYPE, FUNCTION, ITSELF = 0xF, 0, 2, 3
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
        file = _File(image)
        offsets, size = _laid_out(file.sections)
        mode = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        self._memory = mmap.mmap(-1, size, flags=mode, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        begin = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        for number, offset in offsets.items():
            content = file.content(file.sections[number])
            self._memory[offset : offset + len(content)] = content
        starts = {number: begin + offset for number, offset in offsets.items()}
        for one in file.sections:
            if one.kind == RELA and one.info in offsets:
                for place, info, addend in RELOCATION.iter_unpack(file.content(one)):
                    if info & 0xFFFFFFFF != R_X86_64_64:
                        raise Unfamiliar(f"the relocation {info & 0xFFFFFFFF}")
                    found = file.address(file.symbols[info >> 32], starts, outside) + addend
                    ADDRESS.pack_into(self._memory, offsets[one.info] + place, found)
        self._functions = {
            file.name(one): starts[one.section] + one.value
            for one in file.symbols
            if one.info & KIND == FUNCTION and one.section in starts
        }
        readable = mmap.PROT_READ | mmap.PROT_EXEC
        if ctypes.CDLL(None).mprotect(ctypes.c_void_p(begin), ctypes.c_size_t(size), readable):
            raise Unfamiliar("memory that was written may not be carried out")

    def function(self, name: str, *kinds: Any) -> Callable[..., None]:
        """A function that gives nothing back; it is called without Python's lock."""
        return ctypes.CFUNCTYPE(None, *kinds)(self._functions[name])


class _File:
    """An object file's sections and symbols.

    Args:
        image: The file.

    Raises:
        Unfamiliar: It is of another kind than is known here.
    """

    def __init__(self, image: bytes) -> None:
        if len(image) < FILE.size:
            raise Unfamiliar("no object file")
        begin, kind, processor, _, _, _, first, _, _, _, _, size, count, _ = FILE.unpack_from(image)
        if (begin, kind, processor, size) != (BEGIN, RELOCATABLE, X86_64, SECTION.size):
            raise Unfamiliar("an object file of another kind")
        self._image = image
        self.sections = [Section(*SECTION.unpack_from(image, first + size * at)) for at in range(count)]
        tables = [one for one in self.sections if one.kind == SYMTAB]
        if len(tables) != 1:
            raise Unfamiliar(f"{len(tables)} tables of symbols")
        self.symbols = [Symbol(*entry) for entry in SYMBOL.iter_unpack(self.content(tables[0]))]
        self._names = self.sections[tables[0].link].offset

    def content(self, section: Section) -> bytes:
        """What a section holds."""
        return self._image[section.offset : section.offset + section.size]

    def name(self, symbol: Symbol) -> str:
        """What a symbol is called."""
        begin = self._names + symbol.name
        return self._image[begin : self._image.index(b"\0", begin)].decode()

    def address(self, symbol: Symbol, starts: Mapping[int, int], outside: Mapping[str, int]) -> int:
        """Where a symbol lies: in a section, among the functions outside, or in the C library."""
        name, library = self.name(symbol), ctypes.CDLL(None)
        if symbol.info & KIND not in (NOTYPE, FUNCTION, ITSELF):
            raise Unfamiliar(f"the symbol {name} of the kind {symbol.info & KIND}")
        if symbol.section in starts:
            return starts[symbol.section] + symbol.value
        if symbol.section == 0 and name in outside:
            return outside[name]
        if symbol.section or not hasattr(library, name):
            raise Unfamiliar(f"the symbol {name}, which is nowhere")
        return ctypes.cast(library[name], ctypes.c_void_p).value or 0


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
