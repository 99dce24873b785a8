"""Machine code is loaded as LLVM loads it, and by LLVM where it is not of the kind that is known."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest

from gradwright.execute.native import loader, machine

pytestmark = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="other systems load code by LLVM"
)
TEXT = """
@table = internal constant [4 x double] [double 2.5, double -1.0, double 4.0, double 0.125], align 64
declare double @exp(double)
declare double @gw_given(double)
define internal double @own(double %x) noinline {
  %y = fmul double %x, 1.7320508
  ret double %y
}
define void @run(ptr %place, i64 %number) {
  %entry = getelementptr [4 x double], ptr @table, i64 0, i64 %number
  %first = load double, ptr %entry
  %grown = call double @exp(double %first)
  %given = call double @gw_given(double %grown)
  %found = call double @own(double %given)
  store double %found, ptr %place
  ret void
}
"""
GIVEN = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: x + 100)
OUTSIDE = {"gw_given": ctypes.cast(GIVEN, ctypes.c_void_p).value or 0}
EXPECTED = 1.7320508 * (np.exp([2.5, -1.0, 4.0, 0.125]) + 100)
Load = Callable[[bytes, dict[str, int]], Any]


def image(text: str = TEXT, **model: str) -> bytes:
    """The machine code of a text, for some model of where code lies."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    made = target.create_target_machine(opt=3, jit=True, **{"codemodel": "jitdefault", **model})
    return bytes(made.emit_object(llvm.parse_assembly(text)))


def results(code: loader.Loaded) -> list[float]:
    run, place = code.function("run", ctypes.c_void_p, ctypes.c_int64), ctypes.c_double()
    found = []
    for number in range(4):
        run(ctypes.addressof(place), number)
        found.append(place.value)
    return found


@pytest.mark.parametrize("load", [loader.Code, machine.Engine, loader.load])
def test_code_gives_the_same_whoever_loads_it(load: Load) -> None:
    found = results(load(image(), OUTSIDE))
    assert found == results(machine.Engine(image(), OUTSIDE))
    np.testing.assert_allclose(found, EXPECTED, rtol=1e-15)  # exp of two libraries may differ by a bit


def test_what_compiled_programs_are_made_of_is_known() -> None:
    assert isinstance(loader.load(machine.object_code(TEXT), OUTSIDE), loader.Code)


def test_code_can_be_carried_out_but_not_written() -> None:
    code = loader.Code(image(), OUTSIDE)
    run: Any = code.function("run")
    at = ctypes.cast(run, ctypes.c_void_p).value or 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        low, high = (int(end, 16) for end in line.split()[0].split("-"))
        if low <= at < high:
            assert line.split()[1] == "r-xp"
            return
    raise AssertionError(f"nothing lies at {at:x}")


WRITABLE = TEXT.replace("internal constant", "internal global")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda: image(codemodel="small", reloc="pic"), id="places relative to code"),
        pytest.param(lambda: image(codemodel="large", reloc="pic"), id="places found by a table"),
        pytest.param(
            lambda: image(WRITABLE + "define ptr @other() { ret ptr @table }"), id="memory to write"
        ),
    ],
)
def test_other_code_is_loaded_by_llvm(given: Callable[[], bytes]) -> None:
    with pytest.raises(loader.Unfamiliar):
        loader.Code(given(), OUTSIDE)
    code = loader.load(given(), OUTSIDE)
    assert isinstance(code, machine.Engine)
    assert results(code) == results(loader.Code(image(), OUTSIDE))


@pytest.mark.parametrize("start", [b"", b"\xcf\xfa\xed\xfe" + b"\0" * 100, b"\x7fELF\x01\x01" + b"\0" * 100])
def test_another_file_is_unfamiliar(start: bytes) -> None:
    with pytest.raises(loader.Unfamiliar, match="object file"):
        loader.Code(start, {})


@pytest.mark.parametrize("byte,other", [(16, 2), (18, 183)], ids=["a whole program", "another processor"])
def test_a_file_of_another_kind_is_unfamiliar(byte: int, other: int) -> None:
    changed = bytearray(image())
    changed[byte] = other
    with pytest.raises(loader.Unfamiliar, match="another kind"):
        loader.Code(bytes(changed), OUTSIDE)


def test_a_function_that_is_nowhere_is_named() -> None:
    with pytest.raises(loader.Unfamiliar, match="gw_given"):
        loader.Code(image(), {})


def test_llvm_loads_where_the_system_lets_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    class Strict(ctypes.CDLL):
        """C's library on a system that refuses."""

        def mprotect(self, *_: Any) -> int:
            return -1

    monkeypatch.setattr(ctypes, "CDLL", Strict)
    with pytest.raises(loader.Unfamiliar, match="carried out"):
        loader.Code(image(), OUTSIDE)
    monkeypatch.undo()
    monkeypatch.setattr(loader, "Code", _refuse)
    assert results(loader.load(image(), OUTSIDE)) == results(machine.Engine(image(), OUTSIDE))


def _refuse(*_: Any) -> Any:
    raise OSError("no memory of this kind")


SCRIPT = """
import sys
import numpy as np
import gradwright as gw
program = gw.compile(gw.model("softmax-regression"), dtype="float32")
trainer = gw.Trainer(program, seed=1)
batch = {"X": np.eye(4, 3), "Y": np.eye(4, 2)}
print(trainer.step(batch), trainer.step(batch), {"llvmlite.binding", "llvmlite.ir"} & set(sys.modules))
"""


def test_what_was_compiled_before_runs_without_llvm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADWRIGHT_CACHE", str(tmp_path))
    command = [sys.executable, "-c", SCRIPT]
    cold, warm = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert "llvmlite.binding" in cold
    assert warm == cold.split("{")[0] + "set()\n"
