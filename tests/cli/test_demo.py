"""The demo does the main job end to end, and says what it did."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.cli.main import run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the demo makes; its own report beside it."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        lines: list[str] = []
        patch.setattr("gradwright.cli.demo.deliver", lines.append)
        assert run(["demo", "--json"]) == 0
    (folder / "report.json").write_text(lines[0], encoding="utf-8")
    return folder


def _findings(demo: Path, stage: str) -> str:
    rows = json.loads((demo / "report.json").read_text(encoding="utf-8"))["stages"]
    return "\n".join(next(row["findings"] for row in rows if stage in row["stage"]))


def test_where_to_look_is_there_to_look_at(demo: Path) -> None:
    report = json.loads((demo / "report.json").read_text(encoding="utf-8"))
    assert report["directory"] == "gradwright-demo"
    for path in report["look"].values():
        assert (demo / path).exists()


def test_the_derived_gradients_are_verified(demo: Path) -> None:
    told = _findings(demo, "Verify")
    for name in catalog.table(catalog.content("problems") / "demo" / "demo.toml")["derive"]:
        assert f"{name}: ok" in told


def test_the_trained_network_reads_digits(demo: Path) -> None:
    accuracy = re.search(r"test accuracy ([\d.]+) %", _findings(demo, "Train"))
    assert accuracy is not None and float(accuracy[1]) >= 95


def test_five_submissions_get_five_different_feedbacks(demo: Path) -> None:
    told = re.split(r"^\w+: .* points$", _findings(demo, "Grade"), flags=re.MULTILINE)[1:]
    assert len(told) == 5 == len(set(told))
    assert sum("transpose" in text for text in told) == 1
    assert sum("a sum was taken" in text for text in told) == 1
    assert sum("can't be read" in text for text in told) == 1
    assert sum("left blank" in text for text in told) == 1


def test_a_second_demo_takes_a_free_name(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gradwright.cli.demo import _free

    monkeypatch.chdir(demo)
    assert _free("gradwright-demo") == Path("gradwright-demo-2")
