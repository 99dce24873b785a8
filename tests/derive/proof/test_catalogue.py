"""Every statement of the catalogue is proved, by the rules that a textbook would use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradwright import catalog
from gradwright.derive.proof import prove as prove_module
from gradwright.derive.proof.line import Line
from gradwright.derive.proof.prove import kinds
from gradwright.messages import messages
from gradwright.tensor.canonical import canonical
from tests.derive.proof.proofs import catalogued, results, rules

NAMES = list(catalog.entries("statements"))
ANSWERS = {
    "attention-scaling": ["0", "d*sigma**2*tau**2"],
    "he": ["n*s*v/2", "2/n"],
    "maximum-entropy": ["1/n"],
    "momentum-variance": ["sigma**2*(1 - beta**(2*t))/(1 - beta**2)"],
    "n-gram-counts": [
        "c[i]/sum(j, c[j])",
        "(alpha + c[i])/sum(j, alpha + c[j])",
        "C[i, j]/sum(k, C[i, k])",
    ],
    "sample-variance": ["sigma**2/n"],
    "xavier": ["n*s*v", "m*u*v", "1/n", "1/m", "2/(m + n)"],
}
"""What textbooks give."""


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_has_a_proof_and_every_question_an_answer(name: str) -> None:
    for part in catalogued(name).parts:
        assert part.lines or part.margins
        assert bool(part.result) == (part.kind in ("find", "solve", "maximise", "minimise"))


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_are_those_of_textbooks(name: str) -> None:
    assert results(catalogued(name)) == ANSWERS.get(name, [])


@pytest.mark.parametrize("name", NAMES)
def test_a_line_that_goes_on_begins_where_the_last_one_ended(name: str) -> None:
    for part in catalogued(name).parts:
        last: Line | None = None
        for line in part.lines:
            if line.goes_on:
                assert last is not None
                assert canonical(line.left.tensor.entry) == canonical(last.right.tensor.entry)
            assert line.left.tensor.indices == line.right.tensor.indices
            last = line


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_rule_and_sentence_of_a_proof_has_a_message(name: str, language: str) -> None:
    say = messages(language)
    for part in catalogued(name).parts:
        for line in part.lines:
            assert line.rule == "result" or say.has(f"rule.{line.rule}.because"), line.rule


def test_every_rule_that_the_proofs_name_has_messages() -> None:
    folder = Path(prove_module.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    named = set(re.findall(r"(?:Line|apply|add|_worth)\(\s*\"([a-z-]+)\"", text)) - {"claim", "result"}
    assert {"linearity", "lagrangian", "point", "unroll"} <= named
    assert named <= set(messages("en").keys("rule"))
    said = set(re.findall(r"Say\(\s*\"([a-z-]+)\"", text))
    assert {"contradiction", "concave", "unrolled"} <= said
    assert said <= set(messages("en").keys("proof"))


def test_every_kind_of_claim_is_in_the_catalogue() -> None:
    used = {part.kind for name in NAMES for part in catalogued(name).parts}
    assert used | {"minimise"} == set(kinds())


STEPS = {
    ("tanh-as-sigmoid", 0): "function fraction function fraction",
    ("softmax-shift", 0): "function exponent-sum cancel function",
    ("attention-scaling", 1): ("definition variance linearity independence centred second-moment sift count"),
    ("attention-scaling", 2): "scale found-above",
    ("he", 0): "definition symmetry cases second-moment variance centred second-moment",
    ("adam-bias", 1): "scale found-above",
    ("inverted-dropout", 0): "definition linearity mean",
    ("positional-encoding", 0): (
        "definition angle-sum abbreviate definition angle-sum abbreviate "
        "row-product row-product row-product determinant"
    ),
}


@pytest.mark.parametrize(("name", "part"), STEPS)
def test_the_steps_are_those_of_a_textbook(name: str, part: int) -> None:
    assert rules(catalogued(name).parts[part]) == STEPS[name, part].split()


def test_xor_is_refuted_by_each_point_once() -> None:
    first, second = catalogued("xor").parts
    assert list(map(int, first.margins)) == [1, 1, 1, 1]
    assert second.kind == "network"
