"""Statements of a user's own: what follows is proved, what does not is refused with the place."""

from __future__ import annotations

import pytest

from gradwright.errors import ModelError
from tests.derive.proof.proofs import proved, results, rules

SCALARS = '[values]\nx = ""\ny = ""\np = { axes = "", is = "pos" }\nu = { axes = "", is = "unit" }\n'
SCALARS = '[axes]\nn = "places"\n' + SCALARS + 'z = "n"\nq = { axes = "n", is = "prob" }\n'
RANDOM = (
    '[axes]\nn = "places"\nm = "others"\n[values]\na = "n"\nmu = ""\ns = { axes = "", is = "pos" }\n'
    '[random]\nx = { axes = "n", mean = "mu", variance = "s" }\n'
    'z = { axes = "n", variance = "s", symmetric = true }\n'
    'w = { axes = "n", mean = 0, variance = 1, independent = false }\n'
)


def claim(text: str) -> str:
    return f"[[claims]]\nshow = '{text}'\n"


@pytest.mark.parametrize(
    "text",
    [
        "cosh(x)**2 - sinh(x)**2 = 1",
        "sigmoid(x) = (1 + tanh(x/2))/2",
        "log(1 + exp(x)) - log(1 + exp(-x)) = x",
        "sin(x + y)*sin(x - y) = sin(x)**2 - sin(y)**2",
        "sin(2*x) = 2*sin(x)*cos(x)",
        "sqrt(p)*sqrt(p) = p",
        "silu(x) = x*sigmoid(x)",
        "1/(1/x + 1/y) = x*y/(x + y)",
        "sigmoid(x)*(1 - sigmoid(x)) > 0",
        "x**2 + y**2 >= 2*x*y",
        "u*(1 - u) > 0",
        "p + 1/p > 0",
        "-exp(x) < 0",
        "0 <= (x - y)**2",
        "q @ z + z @ z >= q @ z",
        "sum(q) = 1",
        "sum(x*q + q**2) - sum(q**2) = x",
        "sum(softmax(z)) = 1",
        "softmax(z) > 0",
    ],
)
def test_an_identity_or_an_inequality_is_proved(text: str) -> None:
    assert proved(SCALARS + claim(text)).parts[0].lines


@pytest.mark.parametrize(
    "text",
    [
        "tanh(x) = sigmoid(x)",
        "x - y > 0",
        "sin(x)**2 = 1 + cos(x)**2",
        "x**2 > 0",
        "u - 1 > 0",
    ],
)
def test_what_is_false_is_not_proved(text: str) -> None:
    with pytest.raises(ModelError, match=r"the claim does not follow|the rules don't show"):
        proved(SCALARS + claim(text))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("E(sum(a*x))", "mu*sum(i, a[i])"),
        ("Var(sum(a*x))", "s*sum(i, a[i]**2)"),
        ("Var(sum(x)/n)", "s/n"),
        ("Var(x[i] + z[i])", "2*s"),
        ("E(x[i]*z[i])", "0"),
        ("E(z[i]**3)", "0"),
        ("E(abs(z[i])**2)", "s"),
        ("E(sum(x)**2)", "n*s + n**2*mu**2"),
        ("E(w[i]**2)", "1"),
        ("sum(i, E(x[i]**2))", "n*(s + mu**2)"),
    ],
)
def test_an_expectation_is_found(text: str, answer: str) -> None:
    from gradwright.derive.proof.fraction import fraction
    from gradwright.derive.proof.line import Line

    part = proved(RANDOM + f'[[claims]]\nfind = "{text}"\n').parts[0]
    other = proved(RANDOM + f'[[claims]]\nshow = "{text} = {answer}"\n').parts[0]
    found = next(item for item in part.result if isinstance(item, Line)).right.tensor.entry
    expected = next(item for item in other.claim if isinstance(item, Line)).right.tensor.entry
    assert fraction(found - expected) == 0


def test_entries_that_may_depend_on_one_another_are_not_taken_apart() -> None:
    with pytest.raises(ModelError, match="does not follow"):
        proved(RANDOM + claim("E(w[i]*w[j]) = 0"))


def test_a_moment_that_is_not_known_stays() -> None:
    proof = proved(RANDOM + '[[claims]]\nfind = "E(2*x[i]**4)"\n')
    assert results(proof) == ["2*E(x[i]**4)"]


def test_a_sum_of_squares_under_a_linear_constraint_has_equal_parts_at_its_minimum() -> None:
    text = '[axes]\nn = "places"\n[values]\nw = "n"\nc = { axes = "n", is = "pos" }\n'
    ask = '[[claims]]\nminimise = "sum({})"\nby = "w"\nsubject = "sum({}) = 1"\n'
    assert results(proved(text + ask.format("w**2", "w"))) == ["1/n"]
    assert results(proved(text + ask.format("c*w**2", "w"))) == ["1/(c[i]*sum(j, 1/c[j]))"]
    assert "second-derivative" in rules(proved(text + ask.format("w**2", "w")).parts[0])


def test_momentum_and_a_start_that_is_not_zero_are_unrolled() -> None:
    text = (
        '[values]\nb = {{ axes = "", is = "unit" }}\n[random]\ng = {{ axes = "", mean = 1, variance = 1 }}\n'
        '[recurrence]\ncounter = "t"\nstart = {}\nformulas = "m = b*m + g"\n[[claims]]\nshow = "E(m) = {}"\n'
    )
    assert proved(text.format(0, "(1 - b**t)/(1 - b)"))
    assert proved(text.format(2, "2*b**t + (1 - b**t)/(1 - b)"))
    with pytest.raises(ModelError, match="does not follow"):
        proved(text.format(2, "(1 - b**t)/(1 - b)"))


@pytest.mark.parametrize("formula", ["m = b*m**2 + g", "m = g*m + b", "m = t*m + g", "m = m + v\nv = v + g"])
def test_a_recurrence_that_is_not_linear_with_a_constant_is_refused(formula: str) -> None:
    text = (
        f'[values]\nb = ""\n[random]\ng = ""\n[recurrence]\nformulas = """\n{formula}\n"""\n'
        '[[claims]]\nfind = "E(m)"\n'
    )
    with pytest.raises(ModelError, match="can't be unrolled"):
        proved(text)


LINEAR = (
    'formulas = """\nh = {}\n"""\n[values]\na = ""\nb = ""\nu = {{ axes = "", is = "unit" }}\n'
    '[[claims]]\nexpress = "h"\nby = "a, b"\nis = "{}"\n'
)


def test_a_combination_is_convex_where_its_weights_are() -> None:
    assert proved(LINEAR.format("u*a + (1 - u)*b", "convex"))
    assert proved(LINEAR.format("2*a - 3*b", "linear"))
    for formula, reason in [
        ("2*a - b", "may be negative"),
        ("u*a + u*b", "don't add up to 1"),
        ("u*a + (1 - u)*b + 1", "not linear"),
        ("a*b", "not linear"),
        ("a**2 + b", "not linear"),
    ]:
        with pytest.raises(ModelError, match=reason):
            proved(LINEAR.format(formula, "convex"))


def test_a_reflection_is_no_rotation() -> None:
    text = (
        'formulas = """\np = a*cos(t) + b*sin(t)\nq = {}\n"""\n[values]\na = ""\nb = ""\nt = ""\n'
        '[[claims]]\nexpress = "p, q"\nby = "a, b"\nis = "rotation"\n'
    )
    assert proved(text.format("b*cos(t) - a*sin(t)"))
    with pytest.raises(ModelError, match="no rotation"):
        proved(text.format("a*sin(t) - b*cos(t)"))


@pytest.mark.parametrize(
    ("rows", "is_separable"),
    [
        ([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]], True),
        ([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]], True),
        ([[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]], False),
        ([[0, 0, 0], [2, 0, 0], [0, 2, 0], [0.5, 0.5, 1]], False),
        ([[0.25, 0, 0], [0.5, 0, 1], [0.75, 0, 0]], False),
        ([[1, 1, 1], [1, 1, 0]], False),
        ([[0.1, 3.2, 0], [0.2, 3.1, 1]], True),
        ([[0, 0, 1], [5, 1, 1]], True),
    ],
)
def test_points_are_separated_or_it_is_shown_that_they_cannot_be(
    rows: list[list[float]], is_separable: bool
) -> None:
    text = f'[points]\ninputs = "a b"\nlabel = "y"\nrows = {rows}\n[[claims]]\nseparable = '
    part = proved(text + str(is_separable).lower()).parts[0]
    if not is_separable:
        assert part.margins and all(margin >= 0 for margin in part.margins)
    with pytest.raises(ModelError, match="the claim is false: one perceptron can"):
        proved(text + str(not is_separable).lower())


def test_one_class_alone_is_separated_and_equal_points_of_two_classes_are_not() -> None:
    text = '[points]\ninputs = "a"\nlabel = "y"\nrows = {}\n[[claims]]\nseparable = {}\n'
    assert proved(text.format("[[1, 1], [2, 1]]", "true"))
    assert proved(text.format("[[1, 0], [1, 1]]", "false"))


def test_a_coefficient_that_depends_on_a_name_through_a_formula_is_found() -> None:
    text = (
        'formulas = """\nk = 2*t\nh = k*a\n"""\n[values]\na = ""\nt = ""\n'
        '[[claims]]\nexpress = "h"\nby = "a"\nfree_of = "{}"\n'
    )
    with pytest.raises(ModelError, match="the coefficients depend on t"):
        proved(text.format("t"))


def test_three_points_in_a_row_need_two_hidden_units() -> None:
    text = '[points]\ninputs = "a"\nlabel = "y"\nrows = [[0, 0], [1, 1], [2, 0]]\n[[claims]]\nnetwork = {}\n'
    assert proved(text.format(2))
    with pytest.raises(ModelError, match="no network with 1 hidden units is found"):
        proved(text.format(1))


def test_an_expectation_under_a_sum_takes_the_index_of_the_sum() -> None:
    assert results(proved(RANDOM + '[[claims]]\nfind = "sum(i, a[i]*E(x[i]))"\n')) == ["mu*sum(i, a[i])"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[claims]]\nshow = "x"', "is not one relation"),
        ('[[claims]]\nshow = "x = y = p"', "is not one relation"),
        ('[[claims]]\nshow = "x = qq"', "qq is not declared"),
        ('[[claims]]\nshow = "E(x, y) = 1"', "takes one expression"),
        ("[[claims]]\nshow = 3", "the claim's show is 3"),
        ('[[claims]]\nshw = "x = x"', "did you mean show"),
        ('[[claims]]\nshow = "x = x"\nwher = "y"', "unknown key wher"),
        ('[[claims]]\nshow = "x = x"\nfind = "x"', "expected exactly one of"),
        ('[[claims]]\nsolve = "b"\nwhere = "x = 1"', "b is not declared"),
        ('[[claims]]\nsolve = "x"\nwhere = "x**2 = 1"', "expected one"),
        ('[[claims]]\nsolve = "x"\nwhere = "x > 1"', "write left = right"),
        ('[[claims]]\nexpress = "x"\nby = "y"', "give x a formula"),
        ("[[claims]]\nseparable = true", "the statement has no points"),
        ('[[claims]]\nfind = "x"', "no rule makes this shorter"),
        ('[[claims]]\nmaximise = "x"\nby = "x"', "the claim's subject is None"),
        ('[[claims]]\nmaximise = "x*y"\nby = "x"\nsubject = "x + y = 1"', "no one formula"),
    ],
)
def test_a_claim_that_cannot_be_read_or_met_is_one_message_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        proved(SCALARS + text + "\n")
    assert caught.value.place is not None
    assert caught.value.place.source == "mine.toml"
