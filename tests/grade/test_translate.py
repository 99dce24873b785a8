"""Every refusal of the front ends is said in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradwright import language as front_ends
from gradwright.errors import GradwrightError, nearest
from gradwright.grade.translate import refusal, translated
from gradwright.language import refusals
from gradwright.language.instead import INSTEAD
from gradwright.language.reading import read
from gradwright.language.scope import Scope, Value
from gradwright.language.shapes import infer_free
from gradwright.language.tex import macros
from gradwright.messages import languages, messages
from gradwright.model.functions import composites
from gradwright.tensor.nodes import size

FOLDER = Path(front_ends.__file__).parent
OTHERS = [language for language in languages() if language != "en"]
BLANK = "QQ"
NAMED = re.compile(r"[A-Za-z]{3,}")


def literals(node: ast.AST) -> list[str]:
    """The sentences that an expression can be, ``QQ`` for what varies."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(str(part.value) if isinstance(part, ast.Constant) else BLANK for part in values)]
        case ast.IfExp(body=body, orelse=other):
            return literals(body) + literals(other)
        case ast.BoolOp(values=values):
            return [text for value in values for text in literals(value)]
        case _:
            return []


def sentences(path: Path) -> Iterator[str]:
    """What the errors that a module raises can say, hints included."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        named: dict[str, list[str]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                named.setdefault(node.targets[0].id, []).extend(literals(node.value))
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("ReadError", "ClashError"):
                hints = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
                for argument in (*node.args[:1], *node.args[2:3], *hints):
                    found = (
                        named.get(argument.id, []) if isinstance(argument, ast.Name) else literals(argument)
                    )
                    yield from (text for text in found if NAMED.search(text.replace(BLANK, "")))


def returned(path: Path) -> Iterator[str]:
    """The sentences in the tuples that a module's functions return."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            for part in node.value.elts:
                yield from (text for text in literals(part) if NAMED.search(text.replace(BLANK, "")))


TABLES = (INSTEAD, refusals.NEXT_MOVES, macros.REFUSED, macros.NEXT_MOVES)
TEMPLATES = sorted(
    {text for path in FOLDER.rglob("*.py") for text in sentences(path)}
    | set(returned(FOLDER / "refusals.py"))
    | {text for table in TABLES for text in table.values()}
    | {nearest("sofmax", ["softmax"])}
)


def is_shown_as_typed(text: str) -> bool:
    """Whether a hint such as ``write sum(x)`` holds nothing but what is typed."""
    typed = text.removeprefix("write ")
    return typed != text and not re.search(r"(?<![\w.(\\])[a-z]{2,} (?![=<>*/+-])[a-z(]", typed)


def test_there_are_many_sentences_to_translate() -> None:
    assert len(TEMPLATES) > 200


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("text", TEMPLATES)
def test_every_sentence_of_a_refusal_is_said_in_every_language(text: str, language: str) -> None:
    got = translated(text, language)
    assert got != text, "add it to templates/messages/*/reading.toml under refusal"
    left = re.findall(r"\{_\d\}", got)
    assert not left, got
    if text.startswith("write ") and not is_shown_as_typed(text):
        assert got != translated("write QQ", language).replace("QQ", text.removeprefix("write ")), (
            "a hint in prose has a sentence of its own"
        )


def scope_of(**shapes: str) -> Scope:
    values = {name: Value(tuple(size(axis) for axis in axes.split())) for name, axes in shapes.items()}
    return Scope(values, composites())


SCOPE = scope_of(X="n d", W="d k", x="n", w="d", s="")

KOREAN = {
    "X @ V": "V: 선언되지 않은 이름이다",
    "W @ X": "W @ X: 안쪽 축이 서로 다르다: W: (d, k), X: (n, d)",
    "X @ s": "@ 기호는 배열의 곱인데 오른쪽 값이 스칼라다",
    "X*x": "*: 모양이 맞지 않아 브로드캐스팅할 수 없다: X: (n, d), x: (n,)",
    "softmax(X, axis=3)": "softmax 안에서: (n, d) 모양에는 축 3 번이 없다",
    "x[0, 1]": "x: 모양은 (n,)인데 첨자가 2개다",
    "s[0]": "s: 모양은 스칼라인데 첨자가 있다",
    "sin(x, w)": "sin: 인자는 1개인데 2개를 썼다",
    "where(x)": "where: 인자는 3개인데 1개를 썼다",
    "x y": "두 값이 나란히 있다",
    "(x": "(: 괄호가 닫히지 않았다",
}


@pytest.mark.parametrize("text", KOREAN)
def test_a_korean_student_reads_korean(text: str) -> None:
    with pytest.raises(GradwrightError) as caught:
        reading = read(text, SCOPE)
        infer_free(reading.tree, SCOPE, reading.free)
    error = caught.value
    assert translated(error.message, "ko") == KOREAN[text]
    shown = (
        refusal(error.placed(text, GradwrightError), "ko")
        if hasattr(error, "placed")
        else refusal(error, "ko")
    )
    assert KOREAN[text] in shown
    assert "^" in shown, "the caret stays"
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", shown), shown


def test_english_is_left_as_it_is() -> None:
    assert translated("V is not declared", "en") == "V is not declared"


def test_a_sentence_that_no_pattern_knows_and_one_too_long_stay() -> None:
    assert translated("zzz", "ko") == "zzz"
    long = "a" * 100_000 + " is not declared"
    assert translated(long, "ko") == long


def test_no_two_refusals_are_one_pattern() -> None:
    english = messages("en").sentences
    texts = [text for key, text in english.items() if key.startswith(("refusal.", "phrase."))]
    assert len(set(texts)) == len(texts)
