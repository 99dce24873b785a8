"""Which numbers between symbols a forward value holds: attention weights of a sequence that was made."""

from __future__ import annotations

from gradwright.errors import UsageError, nearest
from gradwright.train.generate import Answer, Generator
from gradwright.train.symbol_picture import Map


def symbol_map(generator: Generator, name: str, answer: Answer) -> Map:
    """A forward value at the symbols of an input and of what was made of it.

    The row of a symbol is what the model looked at to make it.

    Args:
        generator: The trained model.
        name: A value with two axes of symbols, and perhaps one more, such as heads.
        answer: What was made.

    Raises:
        UsageError: There is no such value, or it has other axes.
    """
    model, roles = generator.model, generator.roles
    known = {one.name: one.tensor.shape for one in model.definitions}
    axes = {roles.time: "made"}
    if generator.source is not None:
        axes |= {axis: "source" for axis in model.data[generator.source].shape if axis != roles.batch}
    fitting = [
        key
        for key, shape in known.items()
        if roles.batch in shape and len(shape) <= 4 and sum(axis in axes for axis in shape) == 2
    ]
    if name not in fitting:
        has = (
            f"{name} is ({', '.join(map(str, known[name]))})"
            if name in known
            else f"there is no value {name}"
        )
        hint = nearest(name, fitting) or (
            f"such are {', '.join(fitting)}" if fitting else "a model with attention has such values"
        )
        raise UsageError(f"{has}: a picture needs a value between symbols and symbols", hint=hint)
    shape = known[name]
    symbols = [place for place, axis in enumerate(shape) if axis in axes]
    rest = [place for place in range(len(shape)) if place not in symbols and shape[place] != roles.batch]
    array = generator.value(name, answer).transpose([shape.index(roles.batch), *rest, *symbols])[0]
    array = array.reshape(-1, *array.shape[-2:])
    before = generator.before(answer)
    words = {
        "made": generator.symbols.labels((*before[1:], answer.symbols[-1])),
        "before": generator.symbols.labels(before),
        "source": generator.words(answer),
    }
    row, column = (axes[shape[place]] for place in symbols)
    column = "before" if column == "made" else column
    panels = array[:, : len(words[row]), : len(words[column])]
    splits = str(shape[rest[0]]) if rest else ""
    return Map(name, panels, words[row], words[column], row, column, splits)
