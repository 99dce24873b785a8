"""Every line of every proof is computed by other means, and a line that is wrong is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Rational

from gradwright import catalog
from gradwright.derive.proof.line import Line, Proved, Side
from gradwright.derive.proof.prove import Proof
from gradwright.errors import ModelError
from gradwright.tensor.nodes import Tensor
from gradwright.verify.proof.check import BITS, check, refuted
from tests.derive.proof.proofs import HEAD, catalogued, proved

NAMES = list(catalog.entries("statements"))


def _checked(line: Line, part: Proved) -> bool:
    return line.relation == "=" and (not line.assumed or bool(part.solution))


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_the_catalogue_is_computed_and_holds(name: str) -> None:
    report = check(catalogued(name))
    assert report.lines and not report.skipped
    assert report.points == 3
    assert all(one.deviation < 5 for one in report.estimates)


@pytest.mark.parametrize("name", ["attention-scaling", "xavier", "he", "inverted-dropout", "sample-variance"])
def test_expectations_are_simulated_too(name: str) -> None:
    report = check(catalogued(name))
    assert report.with_chance and report.estimates
    assert all(one.error > 0 or one.estimate == one.claimed for one in report.estimates)
    assert report.said()["checked"]["bits"] == BITS


def _spoilt(proof: Proof, number: int, at: int) -> Proof:
    """The proof with a little added to the right side of one line."""
    part = proof.parts[number]
    line = part.proof[at]
    assert isinstance(line, Line)
    right = Side(Tensor(line.right.tensor.indices, line.right.tensor.entry + Rational(1, 1000)))
    items = (*part.proof[:at], replace(line, right=right), *part.proof[at + 1 :])
    parts = list(proof.parts)
    parts[number] = replace(part, proof=items)
    return replace(proof, parts=tuple(parts))


def _every_line(name: str) -> list[tuple[int, int]]:
    parts = catalogued(name).parts
    return [
        (number, at)
        for number, part in enumerate(parts)
        for at, item in enumerate(part.proof)
        if isinstance(item, Line) and _checked(item, part)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_line_that_is_wrong_by_a_thousandth_is_found(name: str, many: int) -> None:
    lines = _every_line(name)
    some = lines if many > 400 else lines[:: max(1, len(lines) // 3)]
    for number, at in some:
        with pytest.raises(ModelError, match="fails its check"):
            check(replace(spoilt := _spoilt(catalogued(name), number, at), parts=(spoilt.parts[number],)))


def test_an_inequality_that_is_wrong_is_found() -> None:
    proof = catalogued("gru-convex")
    part = proof.parts[0]
    turned = tuple(
        replace(item, relation="<") if isinstance(item, Line) and item.relation == ">" else item
        for item in part.proof
    )
    with pytest.raises(ModelError, match="fails its check"):
        check(replace(proof, parts=(replace(part, proof=turned),)))


def test_a_point_that_is_no_extremum_is_found() -> None:
    proof = catalogued("maximum-entropy")
    with pytest.raises(ModelError, match=r"better|fails its check"):
        check(replace(proof, parts=(replace(proof.parts[0], kind="minimise"),)))


def test_weights_of_points_that_show_nothing_are_found() -> None:
    proof = catalogued("xor")
    with pytest.raises(ModelError, match="do not show"):
        check(replace(proof, parts=(replace(proof.parts[0], margins=(1, 1, 1, 0)),)))  # type: ignore[arg-type]


def test_a_variance_that_no_mask_has_is_found() -> None:
    text = '[values]\nk = { axes = "", is = "unit" }\n[random]\n'
    text += 'D = { axes = "", is = "mask", mean = "k", variance = "k" }\n'
    with pytest.raises(ModelError, match=r"mean\*\(1 - mean\)"):
        check(proved(text + '[[claims]]\nfind = "Var(D)"\n'))


@pytest.mark.parametrize(
    ("text", "is_false"),
    [
        ('[values]\nx = ""\n[[claims]]\nshow = "tanh(x) = 2*sigmoid(x) - 1"\n', True),
        ('[values]\nx = ""\n[[claims]]\nshow = "x**2 > 1"\n', True),
        ('[random]\nx = { axes = "", mean = 1, variance = 1 }\n[[claims]]\nshow = "E(x**2) = 1"\n', True),
        ('[values]\nx = ""\n[[claims]]\nshow = "abs(x)**2 + gelu(x) = x**2 + gelu(x)"\n', False),
    ],
)
def test_a_claim_that_is_false_is_told_from_one_that_is_beyond_the_rules(text: str, is_false: bool) -> None:
    from gradwright.derive.proof.line import UnprovedError
    from gradwright.model.load_statement import from_text

    statement = from_text(HEAD + text)
    try:
        proved(text)
    except UnprovedError as error:
        assert bool(refuted(statement, error.line)) == is_false
    else:
        assert not is_false
