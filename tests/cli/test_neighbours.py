"""``gradwright neighbours``: its tables, its JSON, a training that it goes on from, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradwright.cli.main import run
from gradwright.cli.neighbours import shown
from gradwright.train.nearest import Neighbour


@pytest.fixture(autouse=True, scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def test_a_reader_of_the_documentation_would_accept_the_neighbours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = str(tmp_path / "glove.npz")
    assert run(["train", "glove", "--checkpoint", saved]) == 0
    capsys.readouterr()
    assert run(["neighbours", "glove", "list", "class", "float", "--checkpoint", saved, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["model"] == "glove" and row["tables"] == ["W", "C"]
    near = {word: {one["word"] for one in some} for word, some in row["neighbours"].items()}
    assert all(len(some) == 8 for some in near.values())
    assert near["list"] & {"tuple", "sequence", "string", "items"}
    assert near["class"] & {"method", "instance", "attribute", "definition", "function"}
    assert near["float"] & {"complex", "floating", "integer", "number"}
    assert run(["neighbours", "glove", "list", "--checkpoint", saved, "--top", "2", "--lang", "ko"]) == 0
    title, _, heading, *rows = capsys.readouterr().out.splitlines()
    assert title == "glove: 코사인 유사도(W + C)로 가장 가까운 단어"
    assert heading == "list" and len(rows) == 2


def test_without_a_checkpoint_the_model_is_trained_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["neighbours", "glove", "list", "--epochs", "0", "--table", "C", "--seed", "3"]) == 0
    first = capsys.readouterr().out
    assert first.startswith("glove: the nearest words by the cosine of C\n\nlist\n")
    assert run(["neighbours", "glove", "list", "--epochs", "0", "--table", "C", "--seed", "4"]) == 0
    assert capsys.readouterr().out != first


def test_four_words_are_shown_side_by_side() -> None:
    found = shown({letter: [Neighbour("near", 0.5), Neighbour("far", 0.25)] for letter in "abcdef"})
    assert [one.splitlines()[0].split() for one in found] == [["a", "b", "c", "d"], ["e", "f"]]
    assert found[1].splitlines()[1].split() == ["near", "0.50", "near", "0.50"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["glove", "tupel"], "did you mean tuple?"),
        (["glove", "list", "--table", "W+D"], "glove has no table 'D' of words"),
        (["glove", "list", "--checkpoint", "no.npz"], "gradwright train glove --checkpoint no.npz writes it"),
        (["glove", "list", "--checkpoint", "a.npz", "--epochs", "3"], "--checkpoint is one that is done"),
        (["linear-regression", "list"], "linear-regression learns no vectors of words"),
        (["saddle", "list"], "no data to be trained on"),
        (["glov", "list"], "did you mean glove?"),
    ],
)
def test_bad_input_is_one_message(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["neighbours", *arguments]) == 2
    assert message in capsys.readouterr().err
