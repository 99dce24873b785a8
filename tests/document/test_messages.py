"""The catalogues say the same things in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradwright.derive import derivation as derivation_module
from gradwright.errors import UsageError
from gradwright.messages import Math, Messages, Mono, choose, fill, languages, messages

RULES = messages("en").keys("rule")


def placeholders(catalogue: Messages, key: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", catalogue.raw(key)))


def test_every_language_has_the_sentences_of_english() -> None:
    assert set(languages()) >= {"en", "ko"}
    english = messages("en")
    for language in languages():
        other = messages(language)
        missing = {key for key in english.sentences if not other.has(key) and not key.startswith("axis.")}
        assert not missing, (language, missing)


def test_a_sentence_has_the_same_placeholders_in_every_language() -> None:
    english = messages("en")
    for language in languages():
        other = messages(language)
        for key in english.sentences:
            if other.has(key):
                assert placeholders(english, key) == placeholders(other, key), (language, key)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_rule_has_a_name_a_reason_an_explanation_and_an_example(rule: str, language: str) -> None:
    catalogue = messages(language)
    for part in ("name", "because", "plain", "explanation", "example"):
        assert catalogue.raw(f"rule.{rule}.{part}").strip()
    assert not placeholders(catalogue, f"rule.{rule}.plain")


def test_every_rule_that_a_derivation_names_has_messages() -> None:
    folder = Path(derivation_module.__file__).parent
    named = {
        rule
        for path in folder.glob("*.py")
        for rule in re.findall(r"(?:Step|apply)\(\s*\"([a-z-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert {"accumulate", "fold", "inline"} <= named
    assert named | {"chain", "lemma", "implicit"} <= set(RULES)


def test_no_korean_particle_that_depends_on_sound_follows_a_symbol() -> None:
    particles = re.compile(r"[}$`] ?(은|는|을|를|과|와|으로|로|이|가) ")
    for key, sentence in messages("ko").sentences.items():
        for match in particles.finditer(sentence):
            assert match.group(0)[0] == "`" or match.group(1) in ("로",), (key, match.group(0))


def test_placeholders_typed_words_and_mathematics_become_pieces() -> None:
    line = fill(r"see {x} in `a{n}.txt`: $\frac{1}{2}{x}|half {x}$", {"x": Math("X", "x"), "n": 3})
    assert line == ("see ", Math("X", "x"), " in ", Mono("a3.txt"), ": ", Math(r"\frac{1}{2}X", "half x"))


def test_an_unknown_language_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(UsageError, match="en, ko"):
        messages("kr")


def test_a_title_falls_back_to_english() -> None:
    assert choose({"en": "A", "ko": "B"}, "ko") == "B"
    assert choose({"en": "A"}, "ko") == "A"
