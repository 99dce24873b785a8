"""A profile says where the time of a step goes, and leaves what was trained as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.errors import SlowerWarning, UsageError
from gradwright.execute import fallback
from gradwright.execute.native import cycles
from gradwright.model.load import model
from gradwright.train import profile as profiles
from gradwright.train.profile import profile
from gradwright.train.profile_picture import draw_profile
from gradwright.train.readable import notes
from gradwright.train.run import Report, train


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(profiles, "SECONDS", 0.05)
        yield


def _trained(name: str) -> Report:
    return train(model(name), epochs=1, quiet=True)


def _profile(report: Report) -> profiles.Profile:
    trainer = report.trainer
    return profile(trainer, report.batch, notes(report.derivation, trainer.program, trainer.optimizer.update))


def test_the_parts_are_named_and_add_up_to_the_step(tmp_path: Path) -> None:
    report = _trained("lstm-classifier")
    before = {name: vector.copy() for name, vector in report.trainer.state.slots.items()}  # type: ignore[union-attr]
    found = _profile(report)
    assert report.trainer.state is not None
    for name, vector in report.trainer.state.slots.items():
        assert np.array_equal(vector, before[name]), name
    kinds = {value: part.kind for part in found.parts for value in part.values}
    assert kinds["i"] == kinds["h"] == kinds["Z"] == "forward"
    assert kinds["dh"] == kinds["dU_i"] == "backward"
    assert kinds["w"] == "update" and found.parts[-1].kind == "update"
    assert sum(map(found.share, found.parts)) == pytest.approx(1)
    # what lies between the parts is the calls' own time; the clock and the counter are read at other moments
    assert 0.5 * found.microseconds <= found.total <= 1.1 * found.microseconds
    rates = [part.rate for part in found.parts if "dU_i" in part.values]
    assert rates[0] is not None and 0.01 < rates[0] < 1000
    for suffix in (".png", ".svg"):
        draw_profile(found, tmp_path / f"picture{suffix}", "title")
        assert (tmp_path / f"picture{suffix}").stat().st_size > 1000
    with pytest.raises(UsageError, match="picture"):
        draw_profile(found, tmp_path / "picture.pdf")


def test_a_processor_counts_between_a_tenth_and_ten_of_thousand_millions_a_second() -> None:
    assert 1e7 < cycles.per_second() < 1e10  # some processors count the ticks of a slower clock


def _refuse(error: Exception) -> Any:
    def refuse() -> Any:
        raise error

    return refuse


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ImportError("no module", name="llvmlite"), "pip install llvmlite"),
        (UsageError("inv has no loops"), "inv has no loops"),
        (RuntimeError("LLVM is lost\nbadly"), "LLVM is lost;"),
    ],
)
def test_where_nothing_is_compiled_numpy_goes_on_to_the_same_numbers_and_says_so(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = train(model("softmax-regression"), epochs=1, quiet=True, dtype="float64")
    monkeypatch.setattr(fallback, "native", _refuse(error))
    with pytest.warns(SlowerWarning) as told:
        report = train(model("softmax-regression"), epochs=1, quiet=True, dtype="float64")
    assert len(told) == 1
    message = str(told[0].message)
    assert said in message and "slower" in message and "\n" not in message
    # the same formulas in float64, a few hundred steps
    assert report.history.train_loss[-1] == pytest.approx(compiled.history.train_loss[-1], rel=1e-9)
    with pytest.raises(UsageError, match="compiled"):
        _profile(report)
