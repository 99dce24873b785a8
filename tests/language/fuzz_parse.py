"""Coverage-guided fuzzing of the readers and the judge, by the properties of ``fuzz_properties.py``.

python tests/language/fuzz_parse.py [-max_total_time=600] [-max_len=600] [other options of libFuzzer] [FOLDER]

It needs atheris (the ``fuzz`` extra). What breaks a property is printed with its input once for each place in
the code, and the run goes on; inputs of new coverage are kept in FOLDER, where the next run starts from them.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any

LONGEST = 200
"""Pieces of a text."""


def main() -> None:
    """Fuzz until the time is up."""
    import atheris

    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    with atheris.instrument_imports(include=["gradwright.language", "gradwright.grade"]):
        from tests.language.fuzz_properties import PIECES_OF, hold

    properties = list(PIECES_OF)
    seen: set[tuple[str, str]] = set()

    def one_input(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        property = properties[provider.ConsumeIntInRange(0, len(properties) - 1)]
        which = provider.ConsumeIntInRange(0, 99)
        answer = _spelled(provider, PIECES_OF[property])
        try:
            hold(property, answer, which)
        except Exception as error:
            kind, where = type(error).__name__, _place_of(error)
            if (kind, where) not in seen:
                seen.add((kind, where))
                print(
                    f"FOUND {kind} at {where} by {property.__name__}: {answer!r}: {str(error)[:300]}",
                    flush=True,
                )

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


def _spelled(provider: Any, pieces: list[str]) -> str:
    """The text that the fuzzer's bytes stand for: any letters, or pieces of the language."""
    if provider.ConsumeBool():
        return str(provider.ConsumeUnicode(2 * LONGEST))
    parts: list[str] = []
    while provider.remaining_bytes() and len(parts) < LONGEST:
        place = provider.ConsumeIntInRange(0, len(pieces) + 8)
        parts.append(pieces[place] if place < len(pieces) else provider.ConsumeUnicode(1))
    return "".join(parts)


def _place_of(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


if __name__ == "__main__":
    main()
