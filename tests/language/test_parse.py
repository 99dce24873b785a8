"""The text front end: what is read, as what, and how the rest is refused."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from gradwright.language.bounds import DEPTH, LENGTH
from gradwright.language.parse import parse, parse_formulas
from gradwright.language.scope import ReadError
from gradwright.language.table import primitives
from gradwright.language.tree import (
    Binary,
    Call,
    Compare,
    Item,
    Name,
    Negate,
    NewAxis,
    Number,
    Sequence,
    Slice,
    Text,
    Tree,
    walk,
)
from gradwright.language.words import ALIASES, ARITIES, PRIMITIVES, canonical_name

A, B, C, X, Y, i, j, n, t, x, z = (
    Name(name) for name in ["A", "B", "C", "X", "Y", "i", "j", "n", "t", "x", "z"]
)


def number(value: int | str) -> Number:
    return Number(Fraction(value))


def refusal(text: str, functions: frozenset[str] = frozenset()) -> ReadError:
    with pytest.raises(ReadError) as caught:
        parse(text, functions)
    return caught.value


ONE_MEANING = {
    "A + B - C": Binary("-", Binary("+", A, B), C),
    "A @ B * C": Binary("*", Binary("@", A, B), C),
    "A*B @ C/n": Binary("/", Binary("@", Binary("*", A, B), C), n),
    "-x**2": Negate(Binary("**", x, number(2))),
    "-A*B": Negate(Binary("*", A, B)),
    "-A + B": Binary("+", Negate(A), B),
    "A*-B": Binary("*", A, Negate(B)),
    "x^2^n": Binary("**", x, Binary("**", number(2), n)),
    "2**-x": Binary("**", number(2), Negate(x)),
    "+x": x,
    "A − B×C·x": Binary("-", A, Binary("*", Binary("*", B, C), x)),
    "A ⊙ B ÷ n": Binary("/", Binary("*", A, B), n),
    "x + 1 <= z": Compare("<=", Binary("+", x, number(1)), z),
    "x ≥ z": Compare(">=", x, z),
    "(x > 0)*z": Binary("*", Compare(">", x, number(0)), z),
    ".4": number("2/5"),
    "1e-9": number("1/1000000000"),
    "2.5E+1": number(25),
    "3.": number(3),
    "X.T": Call("transpose", (X,)),
    "Xᵀ": Call("transpose", (X,)),
    "np.transpose(X)": Call("transpose", (X,)),
    "X.transpose(1, 0)": Call("transpose", (X, Sequence((number(1), number(0))))),
    "X.sum(axis=0)": Call("sum", (X,), (("axis", number(0)),)),
    "np.sum(X, 0)": Call("sum", (X,), (("axis", number(0)),)),
    "X.sum(-1)": Call("sum", (X,), (("axis", Negate(number(1))),)),
    "X.sum(keepdims=True, axis=1)": Call("sum", (X,), (("axis", number(1)), ("keepdims", Name("True")))),
    "np.sum(X, axis=None, keepdims=False)": Call("sum", (X,)),
    "np.mean(X, (0, 1))": Call("mean", (X,), (("axis", Sequence((number(0), number(1)))),)),
    "np.max(X, 0)": Call("max", (X,), (("axis", number(0)),)),
    "max(x, 0)": Call("maximum", (x, number(0))),
    "Max(0, x)": Call("maximum", (number(0), x)),
    "min(x, n, z)": Call("minimum", (Call("minimum", (x, n)), z)),
    "max(i, X[i, j])": Call("max", (i, Item(X, (i, j)))),
    "sum(i, X[i, j])": Call("sum", (i, Item(X, (i, j)))),
    "sum_{i} X[i, j]": Call("sum", (i, Item(X, (i, j)))),
    "sum((i, j), X[i, j])": Call("sum", (Sequence((i, j)), Item(X, (i, j)))),
    "sum(i, j, X[i, j])": Call("sum", (Sequence((i, j)), Item(X, (i, j)))),
    "sum_{i, j} X[i, j]*n + C": Binary(
        "+", Call("sum", (Sequence((i, j)), Binary("*", Item(X, (i, j)), n))), C
    ),
    "2*∑_{i} x[i]": Binary("*", number(2), Call("sum", (i, Item(x, (i,))))),
    "∏_{i} -x[i]": Call("prod", (i, Negate(Item(x, (i,))))),
    "X.dot(Y)": Call("dot", (X, Y)),
    "np.matmul(X, Y)": Binary("@", X, Y),
    "np.multiply(X, Y)": Binary("*", X, Y),
    "np.square(X)": Binary("**", X, number(2)),
    "np.log10(x)": Binary("/", Call("log", (x,)), Call("log", (number(10),))),
    "(z > 0).astype(float)": Call("astype", (Compare(">", z, number(0)),)),
    "(z > 0).astype(np.float64)": Call("astype", (Compare(">", z, number(0)),)),
    "(z > 0).astype(int)": Call("astype", (Compare(">", z, number(0)),)),
    "X.shape[0]": Call("shape", (X, number(0))),
    "len(X)": Call("shape", (X, number(0))),
    "X.reshape(n, -1)": Call("reshape", (X, Sequence((n, Negate(number(1)))))),
    "np.reshape(X, (n, -1))": Call("reshape", (X, Sequence((n, Negate(number(1)))))),
    "X.reshape(-1)": Call("reshape", (X, Sequence((Negate(number(1)),)))),
    "X.flatten()": Call("ravel", (X,)),
    "x[:, None]": Item(x, (Slice(), NewAxis())),
    "x[np.newaxis, :]": Item(x, (NewAxis(), Slice())),
    "X[:, 1:]": Item(X, (Slice(), Slice(number(1)))),
    "X[::2]": Item(X, (Slice(None, None, number(2)),)),
    "X[1:-1]": Item(X, (Slice(number(1), Negate(number(1))),)),
    "X[t-1][0]": Item(Item(X, (Binary("-", t, number(1)),)), (number(0),)),
    "np.linalg.inv(A)": Call("inv", (A,)),
    "scipy.special.expit(x)": Call("sigmoid", (x,)),
    "linalg.norm(X, 'fro')": Call("norm", (X, Text("fro"))),
    "np.linalg.norm(x, ord=1)": Call("norm", (x, number(1))),
    'np.einsum("ij->ji", X)': Call("einsum", (Text("ij->ji"), X)),
    "np.pi*np.e": Binary("*", Name("pi"), Name("E")),
    "e^x": Binary("**", Name("e"), x),
    "n!": Call("factorial", (n,)),
    "x**n!": Binary("**", x, Call("factorial", (n,))),
    "concatenate([X, Y], axis=1)": Call("concatenate", (Sequence((X, Y)),), (("axis", number(1)),)),
}


@pytest.mark.parametrize("text", ONE_MEANING)
def test_one_meaning_has_one_tree(text: str) -> None:
    assert parse(text) == ONE_MEANING[text]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("θ", "theta"),
        ("Θ", "Theta"),
        ("Α", "Alpha"),
        ("λ", "lam"),
        ("lambda", "lam"),
        ("x̂", "x_hat"),
        ("ŷ_i", "y_hat_i"),
        ("W₁", "W1"),
        ("𝐱", "x"),
        ("ϕ", "phi"),
        ("φ", "phi"),
        ("µ", "mu"),
        ("dθ", "dtheta"),
        ("σ̄", "sigma_bar"),
        ("θ̂1", "theta1_hat"),
        ("coût", "coût"),
        ("손실", "손실"),
        ("Ω", "Omega"),
        ("ς", "sigma"),
        ("π", "pi"),
    ],
)
def test_letters_and_their_spelled_names_are_one_name(written: str, name: str) -> None:
    assert canonical_name(written) == name
    assert parse(written) == Name(name)
    assert parse(name) == Name(name), "the spelled name is itself"


def test_a_span_holds_the_text_of_its_node() -> None:
    text = "  2*X.T @ ((X @ W) - Y)/n + np.sum( np.abs(θ)*x[:, None], axis=0 )**-2 - -n! + max(a, b)"
    for node in walk(parse(text)):
        if isinstance(node, Slice | NewAxis):
            continue
        inside = text[slice(*node.span)]
        assert parse(inside) == node or inside == "max(a, b)", inside


@pytest.mark.parametrize("name", sorted(PRIMITIVES | ALIASES.keys() | primitives().keys()))
def test_every_function_of_the_table_can_be_called(name: str) -> None:
    least = ARITIES.get(ALIASES.get(name, name), (1, 1))[0]
    operands = (
        2
        if name in ("matmul", "multiply", "add", "subtract", "divide", "true_divide", "power", "pow")
        else least
    )
    arguments = ["float"] * operands if name == "astype" else [f"v{k}" for k in range(operands)]
    if name == "astype":
        arguments = ["v0", "float"]
    tree = parse(f"np.{name}({', '.join(arguments)})")
    assert not isinstance(tree, Name), tree


def test_composite_functions_are_known_when_they_are_passed() -> None:
    assert parse("layer_norm(x, eps=2)", frozenset({"layer_norm"})) == Call(
        "layer_norm", (x,), (("eps", number(2)),)
    )
    assert "layer_norm" in refusal("layer_norn(x)", frozenset({"layer_norm"})).hint


REFUSED = {
    "": "nothing to read",
    "   ": "nothing to read",
    "x y": "side by side",
    "2x": "side by side",
    "(x)(y)": "side by side",
    "sofmax(x)": "no function sofmax",
    "x(1 + z)": "no function x",
    "x.foo": "no attribute .foo",
    "x.subs(x, 1)": "no attribute .subs",
    "X.sum": "needs brackets",
    "X.sum()()": "side by side",
    "__import__('os')": "begins with _",
    "'abc'": "can't stand here",
    "exp('abc')": "a string",
    "sum(X, axis='a')": "a string",
    "lambda x: x": "lambda is not part",
    "x if z else n": "if is not part",
    "[x for x in z]": "for is not part",
    "x = 2": "= can't stand here",
    "a < b < c": "chained",
    "x +": "ends too early",
    "(x": "never closed",
    "x)": "closes no",
    "(x]": "closes no",
    "()": "can't stand here",
    "(x, y)": "not one value",
    "(x, y) + 1": "a tuple or a list",
    "sin(x, y)": "takes 1 argument",
    "sin()": "takes 1 argument",
    "where(x, y)": "takes 3 arguments",
    "sum(X, axis=0, axis=1)": "given twice",
    "sum(X, 0, axis=1)": "given twice",
    "sum(axis=0, X)": "after a named one",
    "np.foo": "not a constant",
    "A'": "can't stand here",
    "x²": "can't stand here",
    "√x": "can't stand here",
    "|x|": "can't stand here",
    "x % y": "can't stand here",
    "x // y": "can't stand here",
    "x; y": "can't stand here",
    "x\nimport os": "import is not part",
    "\\frac{1}{2}": "can't stand here",
    "x.astype(int)": "astype changes",
    "n!!": "!!",
    "½": "not a name",
    "{x}": "can't stand here",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_refusal_says_what_where_and_what_next(text: str) -> None:
    error = refusal(text)
    assert REFUSED[text] in error.message, error.message
    start, end = error.span
    assert 0 <= start <= end <= len(text)
    assert error.hint


BEYOND = {
    "length": "x+" * LENGTH + "x",
    "brackets": "(" * 5_000 + "x" + ")" * 4_000,
    "height": "-" * 5_000 + "x",
    "a long sum": "+".join(["x"] * 3_000),
    "transposes": "x" + ".T" * 3_000,
    "calls": "exp(" * 1_000 + "x" + ")" * 1_000,
    "powers": "x" + "**x" * 2_000,
    "selectors": "x" + "[i]" * 3_000,
    "sums over indices": "sum_{i} " * 1_000 + "x",
    "digits": "9" * 5_000,
    "a decimal exponent": "1e999999999",
    "a tower": "9**9**9**9",
    "a number in a power": "x**(9**9**9)",
    "a power": "(1 + x)**100000",
    "a power of a power": "((2**1000)**1000)**1000",
    "a factorial": "factorial(10**9)",
    "a postfix factorial": "(10**9)!",
    "a binomial": "binomial(10**9, n)",
    "quotes": "'" * 5_000,
}


@pytest.mark.parametrize("kind", BEYOND)
def test_what_is_beyond_the_bounds_is_refused_at_once(kind: str) -> None:
    start = time.process_time()
    error = refusal(BEYOND[kind])
    assert time.process_time() - start < 1.0
    assert len(str(error)) < 500


def test_the_largest_text_is_read_in_a_second() -> None:
    terms = "*".join(["x2"] * 40)
    text = " + ".join([f"({terms})"] * 60)
    start = time.process_time()
    parse(text)
    assert time.process_time() - start < 1.0
    assert len(text) < LENGTH


def test_depth_up_to_the_bound_is_read() -> None:
    assert parse("(" * DEPTH + "x" + ")" * DEPTH) == x
    deep = parse("exp(" * (DEPTH - 1) + "x" + ")" * (DEPTH - 1))
    assert sum(1 for _ in walk(deep)) == DEPTH


def test_powers_and_numbers_within_the_bounds_are_read() -> None:
    for text in (
        "tan(x)**54",
        "2**1000",
        "1e-300",
        "1e308",
        "factorial(20)",
        "(-1)**n",
        "x**0.5",
        "0**0",
        "1**1000",
    ):
        assert parse(text)


FORMULAS = """
# the forward pass
Z = X @ W + b      # logits
P = softmax(Z,
            axis=1)

h[t] = tanh(x[t] @ Wx + h[t-1] @ Wh + b)
θ̂ = -sum(Y * log(P)) / n
"""


def test_formulas_are_read_a_line_each() -> None:
    formulas = parse_formulas(FORMULAS)
    assert [(formula.target, formula.indices, formula.line) for formula in formulas] == [
        ("Z", (), 3),
        ("P", (), 4),
        ("h", ("t",), 7),
        ("theta_hat", (), 8),
    ]
    assert formulas[0].text == "Z = X @ W + b      # logits"
    assert formulas[1].body == parse("softmax(Z, axis=1)")
    for formula in formulas:
        assert parse(FORMULAS[slice(*formula.body.span)]) == formula.body, (
            "spans count from the whole text's beginning"
        )


@pytest.mark.parametrize(
    ("text", "line", "place"),
    [
        ("Z = X\nP = sofmax(Z)", 2, "sofmax"),
        ("Z = X\n\n# note\nX @ W", 4, "X @ W"),
        ("Z = (X\n+ W\nP = Z", 1, "("),
        ("Z = X\nP = Z Z", 2, "Z"),
        ("X.T = Z", 1, "."),
        ("Z = X = W", 1, "="),
        ("Z = f(X,\n  exp(X) X)", 2, "X"),
    ],
)
def test_an_error_in_formulas_names_the_line(text: str, line: int, place: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse_formulas(text)
    assert caught.value.message.startswith(f"line {line}: ")
    assert text[slice(*caught.value.span)] == place


def test_nothing_is_ever_run(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr("os.system", called.append)
    for text in (
        "__import__('os').system('x')",
        "x.__class__",
        "().__class__",
        "exec('x')",
        "eval('x')",
        "open('x')",
        "f'{x}'",
    ):
        assert isinstance(refusal(text), ReadError)
    assert called == []


def test_the_tree_of_a_number_keeps_how_it_was_written() -> None:
    tree: Tree = parse("0.50")
    assert isinstance(tree, Number)
    assert (tree.value, tree.text) == (Fraction(1, 2), "0.50")
