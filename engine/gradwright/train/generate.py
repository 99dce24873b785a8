"""A trained model put to use: sequences for inputs, texts from a prompt, and how well that goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.errors import UsageError
from gradwright.model.model import Model
from gradwright.train.bind import Bound, bind
from gradwright.train.checkpoint import trained
from gradwright.train.decode import Made, beam, draw
from gradwright.train.next_symbol import NextSymbol, roles
from gradwright.train.table import END, START
from gradwright.train.vocabulary import Vocabulary

Array = Any


@dataclass(frozen=True)
class Answer:
    """What a model made of an input.

    Args:
        source: The places of the input's words.
        symbols: The places of the symbols made, the end among them if it came to it.
        text: These as text.
        log: The logarithm of their probability.
        ended: Whether the model came to an end by itself.
    """

    given: str
    source: tuple[int, ...]
    symbols: tuple[int, ...]
    text: str
    log: float
    ended: bool


@dataclass(frozen=True)
class Marks:
    """How well a model does on held-out examples.

    Args:
        count: The examples.
        whole: The share of them whose whole sequence is right where the model goes on from its own symbols.
        free: The share of right symbols then: of the longer of both sequences, those that agree.
        forced: The share of right symbols where each comes after the right ones before (teacher forcing).
        forced_whole: The share of examples whose symbols are then all right.
    """

    count: int
    whole: float
    free: float
    forced: float
    forced_whole: float


class Generator:
    """A trained model that makes sequences.

    Args:
        model: The model.
        checkpoint: The file that training wrote.
        data: The data set it was trained on; the model's own unless given.
        backend: ``numba`` or ``numpy``.

    Raises:
        UsageError: The model predicts no next symbol, the checkpoint is of another one, or the data set is.
    """

    def __init__(
        self, model: Model, checkpoint: Path, data: str | None = None, backend: str = "numba"
    ) -> None:
        self.model, self.path, self.data = model, checkpoint, data or model.training.data
        if not self.data:
            raise UsageError(f"the model {model.name} names no data set", hint="name one with --data")
        self.roles = roles(model)
        found = trained(checkpoint, model)
        self.next, self.sizes = NextSymbol(model, found, backend), found.sizes
        self.held: Bound = bind(model, self.data, np.random.default_rng([found.seed, 1]))[1]
        for axis, size in self.held.sizes.items():
            if self.sizes.get(axis, size) != size:
                raise UsageError(
                    f"{checkpoint} is of a model with {axis} = {self.sizes[axis]}, "
                    f"the data set {self.data} has {size} words for {axis}",
                    hint="name with --data the data set that the model was trained on",
                )
        self.symbols = self._vocabulary(self.roles.so_far)

    @cached_property
    def source(self) -> str | None:
        """The value that an input's words go to; None for a model that goes on from a prompt alone."""
        known = [name for name in self.roles.others if name in self.held.vocabularies]
        masks = [name for name in self.roles.others if self.model.data[name].domain == "mask"]
        strange = [name for name in self.roles.others if name not in known and name not in masks]
        if len(known) > 1 or strange:
            shown = ", ".join(strange or known)
            raise UsageError(f"no text gives {self.model.name} its {shown}")
        return known[0] if known else None

    @property
    def end(self) -> int | None:
        """The symbol that ends a sequence, if there is one."""
        return self.symbols.at.get(END)

    def answers(self, inputs: Sequence[str], width: int = 1) -> list[Answer]:
        """What the model makes of some inputs.

        Args:
            inputs: Texts.
            width: How many sequences beam search keeps; 1 is greedy decoding.

        Raises:
            UsageError: The model takes no input, or an input is empty, too long, or of words not known.
        """
        if self.source is None or self.end is None or START not in self.symbols.at:
            raise UsageError(
                f"{self.model.name} turns no input into a sequence",
                hint="give it the start of a text: --prompt",
            )
        words = self._vocabulary(self.source)
        sources = [words.encode(text) for text in inputs]
        room = self._room(self.source)
        for text, places in zip(inputs, sources, strict=True):
            if not 1 <= len(places) <= room:
                raise UsageError(f"{text!r} has {len(places)} words", hint=f"the model reads 1 to {room}")
        made = self._made(self._given(sources, room), len(inputs), width)
        return [
            Answer(text, places, one.symbols, self.symbols.text(one.symbols), one.log, self._is_over(one))
            for text, places, one in zip(inputs, sources, made, strict=True)
        ]

    def continuation(self, prompt: str, length: int, temperature: float, seed: int = 0) -> Answer:
        """A text that goes on from a prompt.

        Args:
            prompt: The start.
            length: How many symbols are made.
            temperature: Below 1 the probable symbols are drawn more often, above 1 less; 0 takes the most
                probable one.
            seed: Of what is drawn.

        Raises:
            UsageError: The model takes an input, or the prompt is empty or of symbols not known.
        """
        if self.source is not None:
            raise UsageError(f"{self.model.name} turns an input into a sequence", hint="give it one: --input")
        places = self.symbols.encode(prompt)
        begin = ([self.symbols.at[START]] if START in self.symbols.at else []) + list(places)
        if not begin:
            raise UsageError("the prompt is empty", hint="the model goes on from one symbol or more")
        rng = np.random.default_rng(seed)
        ask = self._ask({})
        (made,) = draw(ask, np.array([begin]), length, self.end, temperature, rng)
        return Answer(
            prompt, places, made.symbols, self.symbols.text(made.symbols), made.log, self._is_over(made)
        )

    def marks(self, width: int = 1, count: int | None = None) -> Marks:
        """How well the model does on the held-out examples, or on ``count`` that lie evenly among them.

        Raises:
            UsageError: Its sequences have no end.
        """
        if self.end is None or START not in self.symbols.at:
            raise UsageError(
                f"the sequences of {self.model.name} have no end, so that none of them is the right one",
                hint="gradwright train tells how probable held-out text is",
            )
        number = min(count or self.held.count, self.held.count)
        data = self.held.take(np.arange(number) * self.held.count // number)
        given = {name: data[name] for name in self.roles.others}
        made = self._made(given, number, width)
        right = [_until(row, self.end) for row in self._rows(data[self.roles.target], self.roles.target)]
        told = np.argmax(self.next.all_logs(given, self._rows(data[self.roles.so_far], self.roles.so_far)), 2)
        forced = [tuple(map(int, row[: len(good)])) for row, good in zip(told, right, strict=True)]
        return Marks(
            number,
            float(np.mean([one.symbols == good for one, good in zip(made, right, strict=True)])),
            _agreement([one.symbols for one in made], right),
            _agreement(forced, right),
            float(np.mean([one == good for one, good in zip(forced, right, strict=True)])),
        )

    def value(self, name: str, answer: Answer) -> Array:
        """A forward value where an answer has been made, its axes as the model has them."""
        given = {}
        if self.source is not None:
            given = self._given([answer.source], self._room(self.source))
        return self.next.values(name, given, np.array([self.before(answer)]))

    def before(self, answer: Answer) -> tuple[int, ...]:
        """The places of the symbols that each of an answer's own was made after."""
        begin = (self.symbols.at[START],) if START in self.symbols.at else ()
        if self.source is None:
            begin = (*begin, *answer.source)
        return (*begin, *answer.symbols[:-1])[-self.next.length :]

    def words(self, answer: Answer) -> tuple[str, ...]:
        """The words of an answer's input."""
        vocabulary = self.symbols if self.source is None else self._vocabulary(self.source)
        return vocabulary.labels(answer.source)

    def _room(self, name: str) -> int:
        """How many words of an input there is room for."""
        shape = self.model.data[name].shape
        return self.sizes[str(next(axis for axis in shape if axis != self.roles.batch))]

    def _is_over(self, made: Made) -> bool:
        return bool(made.symbols) and made.symbols[-1] == self.end

    def _vocabulary(self, name: str) -> Vocabulary:
        if name not in self.held.vocabularies:
            raise UsageError(
                f"the data set {self.data} has no words for {name}, which is numbers alone",
                hint="gradwright list datasets says which have words",
            )
        return Vocabulary(self.held.vocabularies[name])

    def _made(self, given: Mapping[str, Array], count: int, width: int) -> list[Made]:
        assert self.end is not None
        begin = np.full((count, 1), self.symbols.at[START])
        return beam(self._ask(given), begin, self.next.length, self.end, width)

    def _ask(self, given: Mapping[str, Array]) -> Any:
        along = {name: self.model.data[name].shape.index(self.roles.batch) for name in given}

        def ask(rows: Array, prefix: Array) -> Array:
            own = {name: np.take(array, rows, along[name]) for name, array in given.items()}
            return self.next.logs(own, prefix)

        return ask

    def _given(self, sources: Sequence[tuple[int, ...]], room: int) -> dict[str, Array]:
        """The source of each example, padded, and its mask, as the model has them."""
        words, is_word = np.zeros((len(sources), room), int), np.zeros((len(sources), room))
        for row, places in enumerate(sources):
            words[row, : len(places)], is_word[row, : len(places)] = places, 1
        found = {}
        for name in self.roles.others:
            array = words if name == self.source else is_word
            found[name] = array if self.model.data[name].shape[0] == self.roles.batch else array.T
        return found

    def _rows(self, array: Array, name: str) -> Array:
        """An array of the model's with the examples first."""
        return array if self.model.data[name].shape[0] == self.roles.batch else array.T


def _until(row: Array, end: int) -> tuple[int, ...]:
    """The symbols up to the end, which is among them."""
    places = [int(place) for place in row]
    return tuple(places[: places.index(end) + 1] if end in places else places)


def _agreement(made: Sequence[tuple[int, ...]], right: Sequence[tuple[int, ...]]) -> float:
    """Of the symbols of the longer of each pair, the share that agree place by place."""
    same = sum(
        sum(a == b for a, b in zip(one, good, strict=False)) for one, good in zip(made, right, strict=True)
    )
    return same / sum(max(len(one), len(good)) for one, good in zip(made, right, strict=True))
