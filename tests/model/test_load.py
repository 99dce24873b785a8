"""Model files are read, and each mistake in one is one message with its place and the next move."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.errors import GradwrightError, ModelError, UsageError
from gradwright.language.text import to_text
from gradwright.model.load import from_expression, from_text, load, model
from gradwright.model.model import Model

GOOD = '''name = "mine"
title = { en = "Softmax regression", ko = "소프트맥스 회귀" }
[axes]
n = "examples"
d = "features"
k = "classes"
[data]
X = "n d"
Y = { axes = "n k", is = "one-hot" }
[parameters]
W = { axes = "d k", init = "xavier" }
b = { axes = "k", init = "zeros" }
[constants]
lam = 0.1
[sizes]
k = 3
[forward]
formulas = """
Z = X @ W + b       # logits
P = softmax(Z)
L = -sum(Y * log(P)) / n + lam * sum(W ** 2)
"""
minimise = "L"
facts = ["sum(Y, axis=1) = 1"]
[training]
data = "digits"
epochs = 5
predict = "P"
'''

FAULTS = {
    "misspelled function": ("softmax(Z)", "sofmax(Z)", 20, "no function sofmax", "did you mean softmax?"),
    "undeclared name": ("log(P)", "log(Q)", 21, "Q is not declared", "known names"),
    "shape clash": ("X @ W", "W @ X", 19, "W is (d, k), X is (n, d)", "did you mean X @ W?"),
    "broadcast clash": ("+ b", "+ Y.T", 19, "is (n, k), Y.T is (k, n)", "did you mean"),
    "cycle": ("softmax(Z)", "softmax(Z + L)", 20, "P needs L needs P", "P[t-1]"),
    "own cycle": ("softmax(Z)", "softmax(P)", 20, "P is defined by itself", "P[t-1]"),
    "same time": ("P = softmax(Z)", "h[t] = h[t] + b\nP = softmax(Z)", 20, "h is defined by itself", ""),
    "both times": (
        "P = softmax(Z)", "h[t] = h[t-1] + h[t+1] + X[t]\nP = softmax(Z)", 20, "h is defined by itself", ""
    ),
    "unused data": ("[parameters]", 'V = "n"\n[parameters]', 10, "the data V is not used", "remove the line"),
    "unused parameter": ("[constants]", 'c = "k"\n[constants]', 13, "the parameter c is not used", ""),
    "unused constant": ("lam = 0.1", "lam = 0.1\nmu1 = 2", 15, "the constant mu1 is not used", ""),
    "unused axis": ("[data]", 'h = "hidden"\n[data]', 7, "the axis h is not used", ""),
    "no loss": ('minimise = "L"\n', "", 17, "no loss", 'minimise = "L"'),
    "undefined loss": ('minimise = "L"', 'minimise = "J"', 23, "loss J is not defined", "defined: Z, P, L"),
    "loss of a shape": ('minimise = "L"', 'minimise = "P"', 23, "not a scalar: its shape is (n, k)", "sum"),
    "defined twice": ("P = softmax(Z)", "P = softmax(Z)\nP = Z", 21, "P is defined twice", "P = softmax(Z)"),
    "defined data": ("P = softmax(Z)", "P = softmax(Z)\nX = Z", 21, "X is declared as data", ""),
    "unknown key": ("minimise =", "minimize =", 23, "unknown key minimize in [forward]", "minimise?"),
    "unknown section": ("[parameters]", "[paramters]", 10, "unknown key paramters", "parameters?"),
    "unknown key of a value": ('init = "zeros"', 'int = "zeros"', 12, "unknown key int of b", "init?"),
    "unknown init": ('init = "zeros"', 'init = "zero"', 12, "there is no init zero", "did you mean zeros?"),
    "unknown domain": ("one-hot", "one-hat", 9, "there is no domain onehat", "did you mean onehot?"),
    "index of nothing": ("one-hot", "index", 9, "an index is one of an axis", 'write is = "index v"'),
    "index of no axis": ("one-hot", "index kk", 9, "kk is not a declared axis", "did you mean k?"),
    "square domain": ('X = "n d"', 'X = { axes = "n d", is = "spd" }', 8, "last two axes", ""),
    "bad TOML": ('X = "n d"', "X = n d", 8, "not valid TOML: invalid value", "toml"),
    "open quote": ('X = "n d"', 'X = "n d', 8, "a text without its closing quote", ""),
    "function's name": ('X = "n d"', 'softmax = "n d"', 8, "softmax is the name of a function", "softmax1"),
    "target is a function": ("Z = X", "exp = X", 19, "exp is the name of a function", "exp1"),
    "axis's name": ("b = {", "d = {", 12, "d is an axis", "another name"),
    "undeclared axis": ('X = "n d"', 'X = "n q"', 8, "q is not a declared axis", "[axes]"),
    "no Korean title": (', ko = "소프트맥스 회귀"', "", 2, "the title lacks ko", 'ko = "..."'),
    "open bracket": ("-sum(Y", "-sum((Y", 21, "this ( is never closed", "closing bracket"),
    "syntax": ("X @ W", "X @ @ W", 19, "@ can't stand here", "a value"),
    "no right side": ("P = softmax(Z)", "P =", 20, "ends too early", ""),
    "no formula": ("P = softmax(Z)", "softmax(Z)", 20, "this is not a formula", "name = expression"),
    "wrong fact": ('"sum(Y, axis=1) = 1"', '"sum(V) = 1"', 24, "V is not declared", ""),
    "no equation": ('"sum(Y, axis=1) = 1"', '"sum(Y, axis=1)"', 24, "a fact is an equation", ""),
    "wrong prediction": ('predict = "P"', 'predict = "p"', 28, "predict names p", "did you mean P?"),
    "wrong number": ("epochs = 5", "epochs = -5", 27, "epochs is -5, expected a positive integer", ""),
    "wrong constant": ("lam = 0.1", 'lam = "a"', 14, "lam is 'a', expected a number", ""),
    "size of no axis": ("[sizes]\nk", "[sizes]\nkk", 16, "kk is not a declared axis", "k"),
    "closed form of no parameter": (
        'minimise = "L"', 'minimise = "L"\nclosed_form = "w"', 24, "no parameter", "did you mean W?"
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_is_one_message_with_its_place_and_the_next_move(fault: str) -> None:
    right, wrong, line, message, hint = FAULTS[fault]
    assert right in GOOD
    with pytest.raises(ModelError) as caught:
        from_text(GOOD.replace(right, wrong, 1), "mine.toml")
    said = str(caught.value)
    assert said.startswith(f"mine.toml, line {line}: "), said
    assert message in said.split("\n")[0], said
    assert re.fullmatch(r" *\^~*", said.split("\n")[2]), said
    assert hint in caught.value.hint, said


@pytest.mark.parametrize("key", ["name", "title"])
def test_a_missing_key_is_named(key: str) -> None:
    text = "\n".join(line for line in GOOD.split("\n") if not line.startswith(f"{key} ="))
    with pytest.raises(ModelError, match=rf"mine\.toml lacks the key {key}"):
        from_text(text, "mine.toml")


def test_the_caret_stands_under_the_wrong_word() -> None:
    with pytest.raises(ModelError) as caught:
        from_text(GOOD.replace("softmax(Z)", "sofmax(Z)"), "mine.toml")
    _, line, caret, _ = str(caught.value).split("\n")
    assert line[caret.index("^") : len(caret)] == "sofmax"


def test_a_good_file_is_read_whole() -> None:
    mine = from_text(GOOD, "mine.toml")
    assert mine.title["ko"] == "소프트맥스 회귀"
    assert mine.data["Y"].domain == "onehot"
    assert mine.parameters["b"].init == "zeros"
    assert mine.constants == {"lam": 0.1}
    assert mine.sizes == {"k": 3}
    assert (mine.training.data, mine.training.epochs, mine.training.predict) == ("digits", 5, "P")
    assert [(to_text(left), to_text(right)) for left, right in mine.facts] == [("sum(Y, axis=1)", "1")]
    assert [d.name for d in mine.definitions if d.written] == ["Z", "P", "L"]
    assert mine.definitions[0].formula.text.startswith("Z = X @ W + b")


@pytest.mark.parametrize("name", sorted(catalog.entries("models")))
def test_each_model_of_the_catalogue_is_read(name: str) -> None:
    one = model(name)
    assert one.name == name
    assert one.family
    assert one.parameters
    assert one.shapes[one.minimise].shape == ()
    assert bool(one.training.data) == bool(one.data)
    assert one.training.predict in ("", *one.shapes)
    _check_order(one)


def _check_order(one: Model) -> None:
    """Each definition uses declared values, earlier definitions, or those of its own recurrence."""
    known = set(one.scope.values)
    names = [definition.name for definition in one.definitions]
    for place, definition in enumerate(one.definitions):
        used = {node.name for node in definition.tensor.entry.atoms() if hasattr(node, "name")} & set(names)
        later = used - known - set(names[:place])
        assert not later or definition.formula.indices, (definition.name, later)


def test_an_unknown_model_is_a_matter_of_the_user_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="did you mean softmax-regression"):
        model("softmax-regresion")


def test_a_file_that_is_missing_or_no_text_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"can't read .*none\.toml"):
        load(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"bytes\.toml is not UTF-8"):
        load(tmp_path / "bytes.toml")


NONSENSE = [
    "",
    "name",
    "[[[",
    "\x00",
    'name = "x"',
    "name = 3\ntitle = 4",
    "[forward]\nformulas = 3",
    "a = " * 99999,
]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_a_message_and_never_a_traceback(text: str) -> None:
    with pytest.raises(GradwrightError):
        from_text(text, "nonsense.toml")


def test_formulas_may_be_written_in_any_order_and_greek_letters_are_spelled() -> None:
    lines = ["L = -sum(Y * log(P)) / n + λ * sum(W ** 2)", "P = softmax(Z)", "Z = X @ W + b"]
    start, end = GOOD.index("Z = X"), GOOD.index('"""\nminimise')
    mine = from_text(GOOD[:start] + "\n".join(lines) + "\n" + GOOD[end:])
    assert [d.name for d in mine.definitions if d.written] == ["Z", "P", "L"]


def test_an_expression_is_a_model_of_one_formula() -> None:
    one = from_expression("sum((X @ w - y)**2)/n", {"X": "n d", "w": ["d"], "y": "n"}, "w", {"y": "pos"})
    assert list(one.parameters) == ["w"]
    assert set(one.data) == {"X", "y"}
    assert one.data["y"].domain == "pos"
    assert one.minimise == "L"


def test_the_loss_of_an_expression_takes_a_free_name() -> None:
    assert from_expression("sum(L*J)", {"L": "n", "J": "n"}).minimise == "loss"


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("X @ w", ModelError, r"shape \(n\)"),
        ("sum(X @ y)", ModelError, "inner axes differ"),
        ("sum(Q)", ModelError, "Q is not declared"),
        ("sum(", ModelError, "never closed"),
    ],
)
def test_a_wrong_expression_is_one_message_with_a_caret(
    text: str, kind: type[GradwrightError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        from_expression(text, {"X": "n d", "w": "d", "y": "n"})
    assert "^" in str(caught.value)


def test_an_unknown_domain_or_variable_of_an_expression_is_named() -> None:
    with pytest.raises(UsageError, match="there is no domain posi"):
        from_expression("sum(x)", {"x": "n"}, domain={"x": "posi"})
    with pytest.raises(UsageError, match="there is no value z"):
        from_expression("sum(x)", {"x": "n"}, "z")
