"""Where content is found, in a wheel or in a checkout, and what a file of it says about itself."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradwright.errors import ModelError

FOLDERS = ("problems", "templates")

_HERE = Path(__file__).resolve().parent


def content(name: str) -> Path:
    """The folder ``problems`` or ``templates``: beside this file in a wheel, two levels up in a checkout."""
    assert name in FOLDERS, name
    inside = _HERE / name
    return inside if inside.is_dir() else _HERE.parents[1] / name


def entries(folder: str) -> dict[str, Path]:
    """The files of a folder of ``problems``, such as ``models``, by name and in its order."""
    return {path.stem: path for path in sorted((content("problems") / folder).glob("*.toml"))}


def table(path: Path) -> Mapping[str, Any]:
    """What a content file holds, unchecked.

    Raises:
        ModelError: It is no TOML file.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path.name}: not valid TOML: {error}") from error


def title(entry: Mapping[str, Any], language: str = "en") -> str:
    """The title of a content file in the language, else in English, else its name."""
    titles = entry.get("title", "")
    if isinstance(titles, Mapping):
        titles = titles.get(language) or titles.get("en", "")
    return str(titles or entry.get("name", ""))


def titles(folder: str, language: str = "en") -> dict[str, str]:
    """Name and title of each file of a folder of ``problems``."""
    return {name: title(table(path), language) for name, path in entries(folder).items()}
