"""Trained models put to use: sequences for inputs, texts that go on, scores, weights between symbols."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradwright import catalog
from gradwright.errors import UsageError
from gradwright.model.load import load, model
from gradwright.model.model import Model
from gradwright.train import checkpoint
from gradwright.train.bind import bind
from gradwright.train.generate import Generator
from gradwright.train.history import History
from gradwright.train.next_symbol import log_probabilities, roles
from gradwright.train.numerals import korean
from gradwright.train.program import compile
from gradwright.train.run import shown_sizes, train
from gradwright.train.symbol_map import symbol_map
from gradwright.train.trainer import Trainer

LANGUAGE = '''
name = "letters"
title = {{ en = "Letters", ko = "글자" }}
[axes]
T = "places"
n = "examples"
v = "letters"
u = "units"
[data]
tokens = {{ axes = "T n", is = "index v" }}
next = {{ axes = "T n", is = "index v" }}
[parameters]
E = {{ axes = "v u", init = "normal" }}
W = "u u"
V = {{ axes = "u v", init = "normal" }}
[sizes]
T = 6
u = 8
[forward]
formulas = """
x = E[tokens]
{state}
Z = h @ V
L = -mean(log_softmax(Z)[arange(T)[:, None], arange(n), next])
"""
minimise = "L"
[training]
data = "text-characters"
predict = "Z"
'''


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    """A model that has learnt a little: some numbers come out right, and some do not."""
    folder = tmp_path_factory.mktemp("numbers")
    text = catalog.entries("models")["seq2seq-dot-attention"].read_text(encoding="utf-8")
    (folder / "small.toml").write_text(text.replace('"gru"', '"rnn"'), encoding="utf-8")
    small = load(folder / "small.toml")
    train(small, saved=folder / "trained.npz", quiet=True)
    return Generator(small, folder / "trained.npz")


def _untrained(one: Model, folder: Path) -> Path:
    """A checkpoint with the parameters that training starts from."""
    first, _ = bind(one, one.training.data, np.random.default_rng(0))
    trainer = Trainer(compile(one, shown_sizes(one, first, 2), backend="numpy"), one.training.optimizer)
    trainer.start(first.take(np.arange(2)))
    checkpoint.save(folder / "start.npz", trainer, History())
    return folder / "start.npz"


def _letters(folder: Path, state: str) -> Generator:
    (folder / "letters.toml").write_text(LANGUAGE.format(state=state), encoding="utf-8")
    one = load(folder / "letters.toml")
    return Generator(one, _untrained(one, folder), backend="numpy")


def test_roles_are_read_off_the_formulas() -> None:
    found = roles(model("seq2seq-dot-attention"))
    assert (found.so_far, found.target, found.others) == ("before", "after", ("source", "source_mask"))
    assert (str(found.batch), str(found.time)) == ("n", "T")


def test_whole_sequences_are_as_often_right_after_own_symbols_as_after_the_right_ones(
    numbers: Generator,
) -> None:
    """As long as all symbols are right, what the model goes on from is the same."""
    marks = numbers.marks(count=400)
    assert 0 < marks.whole < 1
    assert marks.whole == marks.forced_whole
    assert marks.whole < marks.forced


def test_the_held_out_examples_are_those_of_the_training(numbers: Generator) -> None:
    report = train(numbers.model, epochs=0, quiet=True)
    first, test = bind(numbers.model, "korean-numbers", np.random.default_rng([0, 1]))
    assert report.batch["source"].shape[0] == first.arrays["source"].shape[0]
    assert np.array_equal(numbers.held.arrays["source"], test.arrays["source"])


def test_an_input_is_answered_as_the_same_held_out_example_is(numbers: Generator) -> None:
    words = numbers.held.vocabularies["source"]
    columns = numbers.held.arrays["source"].T
    inputs = ["".join(words[place] for place in column if place) for column in columns]
    inputs = [inputs[place * len(inputs) // 40] for place in range(40)]
    answers = numbers.answers(inputs)
    right = ["".join(korean(int(text))) for text in inputs]
    share = np.mean([answer.text == good for answer, good in zip(answers, right, strict=True)])
    assert share == numbers.marks(count=40).whole


def test_padding_changes_nothing(numbers: Generator) -> None:
    """A source of one digit is told the same with four places of padding after it and with none."""
    start = np.array([[numbers.symbols.at["<start>"]]])
    place = numbers._vocabulary("source").encode("7")[0]
    told = Generator(numbers.model, numbers.path, backend="numpy").next
    padded = {"source": np.array([[place], [0], [0], [0], [0]]), "source_mask": np.eye(5)[:, :1]}
    alone = {"source": np.array([[place]]), "source_mask": np.ones((1, 1))}
    assert told.logs(padded, start) == pytest.approx(told.logs(alone, start), abs=1e-6)


def test_the_interpreter_tells_the_same(numbers: Generator) -> None:
    other = Generator(numbers.model, numbers.path, backend="numpy")
    mine, yours = numbers.answers(["31"], 2), other.answers(["31"], 2)
    assert [one.symbols for one in mine] == [one.symbols for one in yours]
    assert [one.log for one in mine] == pytest.approx([one.log for one in yours], abs=1e-3)


def test_a_row_of_weights_between_symbols_adds_up_to_one(numbers: Generator) -> None:
    (answer,) = numbers.answers(["2718"])
    shown = symbol_map(numbers, "A", answer)
    assert shown.columns == ("2", "7", "1", "8")
    assert shown.rows == numbers.symbols.labels(answer.symbols)
    assert shown.panels.sum(axis=2) == pytest.approx(np.ones((1, len(answer.symbols))), abs=1e-5)
    with pytest.raises(UsageError, match=r"Z is \(T, n, v\)(?s:.)*such are e, A"):
        symbol_map(numbers, "Z", answer)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "has 0 words"), ("123456", "the model reads 1 to 5"), ("12a", "'a' in '12a' is not among")],
)
def test_an_input_that_can_not_be_read_is_refused(numbers: Generator, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        numbers.answers([text])


def test_a_text_goes_on_by_its_seed_beyond_the_window(tmp_path: Path) -> None:
    letters = _letters(tmp_path, "h[t] = tanh(x[t] + h[t-1] @ W)")
    one = letters.continuation("def ", 20, 1.0, seed=1)
    assert len(one.text) == 20
    assert one == letters.continuation("def ", 20, 1.0, seed=1)
    assert one.text != letters.continuation("def ", 20, 1.0, seed=2).text
    likely = letters.continuation("def ", 20, 0.0, seed=1)
    assert likely.text == letters.continuation("def ", 20, 0.0, seed=2).text
    assert likely.log >= one.log


def test_a_model_that_looks_ahead_is_refused(tmp_path: Path) -> None:
    letters = _letters(tmp_path, "h = tanh(x + mean(x, axis=0) @ W)")
    with pytest.raises(UsageError, match="letters looks ahead"):
        letters.continuation("def ", 5, 1.0)


def test_a_prompt_and_an_input_are_for_different_models(numbers: Generator, tmp_path: Path) -> None:
    letters = _letters(tmp_path, "h[t] = tanh(x[t] + h[t-1] @ W)")
    with pytest.raises(UsageError, match="give it one: --input"):
        numbers.continuation("1", 5, 1.0)
    with pytest.raises(UsageError, match="--prompt"):
        letters.answers(["1"])
    with pytest.raises(UsageError, match="have no end"):
        letters.marks()
    with pytest.raises(UsageError, match="the prompt is empty"):
        letters.continuation("", 5, 1.0)


def test_other_models_checkpoints_and_data_sets_are_refused(numbers: Generator) -> None:
    path = numbers.path
    with pytest.raises(UsageError, match="does not predict the next symbol"):
        Generator(model("lstm-classifier"), path)
    with pytest.raises(UsageError, match="checkpoint of another model"):
        Generator(model("seq2seq-rnn"), path)
    with pytest.raises(UsageError, match=r"v = 18, the data set english-numbers has 34 words"):
        Generator(numbers.model, path, "english-numbers")


def test_logits_and_probabilities_are_told_apart() -> None:
    logits = np.array([[1.0, -2.0, 0.5], [3.0, 3.0, 1.0]])
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert log_probabilities(logits) == pytest.approx(log_probabilities(shares))
