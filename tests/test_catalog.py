"""Content is found, and says what it is without being read whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from gradwright import catalog, registry
from gradwright.errors import ModelError


@pytest.mark.parametrize("name", catalog.FOLDERS)
def test_content_is_a_folder_in_this_installation(name: str) -> None:
    assert catalog.content(name).is_dir()


def test_content_is_found_inside_the_package_where_a_wheel_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "gradwright"
    (package / "problems").mkdir(parents=True)
    monkeypatch.setattr(catalog, "_HERE", package)
    assert catalog.content("problems") == package / "problems"


@pytest.mark.parametrize(
    "folder", ["models", "functions", "sets", "optimizers", "schedules", "adjustments", "statements"]
)
def test_every_file_is_called_by_the_name_that_it_gives(folder: str) -> None:
    for name, path in catalog.entries(folder).items():
        assert catalog.table(path)["name"] == name == path.stem


@pytest.mark.parametrize("folder", ["models", "functions", "sets", "statements"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_file_has_a_title_in_both_languages(folder: str, language: str) -> None:
    for path in catalog.entries(folder).values():
        assert catalog.table(path)["title"][language].strip(), path.name


def test_a_title_falls_back_to_english_and_then_to_the_name() -> None:
    assert catalog.title({"name": "a", "title": {"en": "A"}}, "ko") == "A"
    assert catalog.title({"name": "a"}) == "a"


def test_a_file_that_is_no_toml_is_named_in_the_message(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(ModelError, match=r"bad\.toml: not valid TOML"):
        catalog.table(tmp_path / "bad.toml")


@dataclass(frozen=True)
class Record:
    """A record for the tests of ``registry.collect``."""

    name: str
    value: int = 0


def _package(monkeypatch: pytest.MonkeyPatch, folder: Path, modules: dict[str, dict[str, object]]) -> str:
    import sys

    package = ModuleType("shelf")
    package.__path__ = [str(folder)]
    monkeypatch.setitem(sys.modules, "shelf", package)
    for name, values in modules.items():
        (folder / f"{name}.py").touch()
        module = ModuleType(f"shelf.{name}")
        vars(module).update(values)
        monkeypatch.setitem(sys.modules, f"shelf.{name}", module)
    return "shelf"


def test_collect_finds_records_alone_and_in_tuples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Record("a")
    modules = {
        "one": {"first": shared, "other": 3},
        "two": {"imported": shared, "several": (Record("b"), Record("c"))},
    }
    found = registry.collect(_package(monkeypatch, tmp_path, modules), Record)
    assert list(found) == ["a", "b", "c"]


def test_collect_refuses_two_records_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules: dict[str, dict[str, object]] = {"one": {"x": Record("a")}, "two": {"y": Record("a", 1)}}
    with pytest.raises(ValueError, match="two Record records are called 'a'"):
        registry.collect(_package(monkeypatch, tmp_path, modules), Record)
