"""Random scalar expressions: gradients against the complex step, against ``sympy.diff``, and as read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradwright.derive.derivation import Derivation, derive
from gradwright.derive.expression import ExpressionGradient
from gradwright.execute.evaluate import evaluate
from gradwright.execute.interpret import interpret
from gradwright.language.parse import parse
from gradwright.language.text import to_text
from gradwright.model.load import from_expression

Array = Any
LEAVES = {"X": "nd", "W": "dk", "G": "nk", "A": "nn", "u": "n", "y": "n", "w": "d", "c": "k", "s": ""}
DISTINCT = {"n": 3, "d": 2, "k": 4}
SMALL = {"n": 2, "d": 3, "k": 2}


@dataclass(frozen=True)
class Node:
    """A random expression: its text, and what it means for arrays of any numbers, SymPy's too."""

    text: str
    value: Callable[[Mapping[str, Array]], Array]


def _each(function: Callable[[Any], Any]) -> Callable[[Array], Array]:
    result: Callable[[Array], Array] = np.frompyfunc(function, 1, 1)
    return result


def _softmax(array: Array) -> Array:
    powers = _each(sympy.exp)(array)
    return powers / powers.sum(axis=-1, keepdims=True)


FUNCTIONS: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "tanh": ("tanh({})", _each(sympy.tanh)),
    "sigmoid": ("sigmoid({})", _each(lambda x: 1 / (1 + sympy.exp(-x)))),
    "exp": ("exp({}/4)", _each(lambda x: sympy.exp(x / 4))),
    "relu": ("relu({})", _each(lambda x: sympy.Piecewise((x, x > 0), (0, True)))),
    "sqrt": ("sqrt(1 + {}**2)", _each(lambda x: sympy.sqrt(1 + x**2))),
    "square": ("{}**2", lambda x: x * x),
    "log": ("log(2 + {}**2)", _each(lambda x: sympy.log(2 + x**2))),
    "negative": ("(-{})", lambda x: -x),
}


def _one(node: Node, pattern: str, value: Callable[[Array], Array]) -> Node:
    return Node(pattern.format(node.text), lambda arrays: value(node.value(arrays)))


def _two(left: Node, right: Node, pattern: str, value: Callable[[Array, Array], Array]) -> Node:
    text = pattern.format(left.text, right.text)
    return Node(text, lambda arrays: value(left.value(arrays), right.value(arrays)))


def _leaf(name: str, turned: bool = False) -> Node:
    if turned:
        return Node(f"{name}.T", lambda arrays: arrays[name].T)
    return Node(name, lambda arrays: arrays[name])


def _leaves(axes: str) -> list[Node]:
    found = [_leaf(name) for name, own in LEAVES.items() if own == axes]
    return found + [
        _leaf(name, turned=True) for name, own in LEAVES.items() if len(own) == 2 and own[::-1] == axes
    ]


@st.composite
def nodes(draw: st.DrawFn, axes: str, depth: int) -> Node:
    """A random expression over the named axes, of at most that many operations one in another."""
    if depth <= 0:
        plain = _leaves(axes)
        return (
            draw(st.sampled_from(plain)) if plain else MATRICES["outer"](lambda of: _leaves(of)[0], axes, "")
        )
    kinds = {0: SCALARS, 1: VECTORS, 2: MATRICES}[len(axes)]
    kind = draw(st.sampled_from(sorted(kinds)))

    def part(of: str) -> Node:
        return draw(nodes(of, depth - 1))

    if kind == "function":
        pattern, value = FUNCTIONS[draw(st.sampled_from(sorted(FUNCTIONS)))]
        return _one(part(axes), pattern, value)
    if kind == "arithmetic":
        return draw(st.sampled_from(ARITHMETIC))(part(axes), part(axes))
    if kind == "scale":
        return _two(part(""), part(axes), "({} * {})", lambda a, b: a * b)
    return kinds[kind](part, axes, draw(st.sampled_from("ndk")))


ARITHMETIC: list[Callable[[Node, Node], Node]] = [
    lambda a, b: _two(a, b, "({} + {})", lambda x, y: x + y),
    lambda a, b: _two(a, b, "({} - {})", lambda x, y: x - y),
    lambda a, b: _two(a, b, "({} * {})", lambda x, y: x * y),
    lambda a, b: _two(a, b, "({}/(1 + {}**2))", lambda x, y: x / (1 + y**2)),
]
Part = Callable[[str], Node]
Kind = Callable[[Part, str, str], Node]


def _product(left: str, right: str) -> Kind:
    """A matrix product; ``$`` is the axis in the middle, 0 and 1 are those of the result."""

    def build(part: Part, axes: str, middle: str) -> Node:
        shapes = [
            text.replace("$", middle).replace("0", axes[:1]).replace("1", axes[1:2]) for text in (left, right)
        ]
        return _two(part(shapes[0]), part(shapes[1]), "({} @ {})", lambda x, y: x @ y)

    return build


_NONE: Mapping[str, Kind] = dict.fromkeys(
    ("function", "arithmetic", "scale"), lambda part, axes, axis: part(axes)
)
MATRICES: Mapping[str, Kind] = {
    **_NONE,
    "product": _product("0$", "$1"),
    "outer": lambda p, a, _: _two(p(a[0]), p(a[1]), "outer({}, {})", np.multiply.outer),
    "rows": lambda p, a, _: _two(p(a), p(a[0]), "({} - {}[:, None])", lambda x, y: x - y[:, None]),
    "columns": lambda p, a, _: _two(p(a), p(a[1]), "({} * {})", lambda x, y: x * y),
    "softmax": lambda p, a, _: _one(p(a), "softmax({})", _softmax),
    "centred": lambda p, a, _: _two(
        p(a),
        p(a),
        "({} - mean({}, axis=0, keepdims=True))",
        lambda x, y: x - y.sum(axis=0, keepdims=True) / len(y),
    ),
    "turned": lambda p, a, _: _one(p(a[::-1]), "({}).T", lambda x: x.T),
}
VECTORS: Mapping[str, Kind] = {
    **_NONE,
    "product": _product("0$", "$"),
    "across": lambda p, a, b: _one(p(a + b), "sum({}, axis=1)", lambda x: x.sum(axis=1)),
    "down": lambda p, a, b: _one(p(b + a), "mean({}, axis=0)", lambda x: x.sum(axis=0) / len(x)),
    "softmax": lambda p, a, _: _one(p(a), "softmax({})", _softmax),
}
SCALARS: Mapping[str, Kind] = {
    **_NONE,
    "inner": _product("$", "$"),
    "sum": lambda p, _, b: _one(p("n" + b), "sum({})", lambda x: x.sum()),
    "mean": lambda p, _, b: _one(p(b), "mean({})", lambda x: x.sum() / len(x)),
    "trace": lambda p, _, b: _one(p(b + b), "trace({})", np.trace),
}


def _derived(text: str) -> tuple[Derivation, list[str]]:
    """The derivation by every value that the text mentions."""
    used = [name for name in LEAVES if _mentions(text, name)]
    model = from_expression(text, {name: list(LEAVES[name]) for name in used})
    return derive(model), used


def _mentions(text: str, name: str) -> bool:
    return any(word == name for word in "".join(c if c.isalnum() else " " for c in text).split())


def _point(used: list[str], sizes: Mapping[str, int], seed: int) -> dict[str, np.ndarray]:
    """Odd fourteenths: none is 0, where a rectifier has no slope."""
    rng = np.random.default_rng(seed)
    return {name: (2 * rng.integers(-8, 8, [sizes[axis] for axis in LEAVES[name]]) + 1) / 14 for name in used}


def _gradients(
    derivation: Derivation, arrays: Mapping[str, Array], sizes: Mapping[str, int]
) -> dict[str, Array]:
    found = interpret(derivation.assignments(), arrays, sizes)
    return {name: found[derivation.adjoint_of[name]] for name in derivation.gradients}


def _close(found: Array, expected: Array, scale: float, text: str) -> None:
    # Some hundred operations in double precision lose three or four of sixteen figures of the largest term.
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10 * max(1.0, scale), err_msg=text)


@settings(max_examples=200)
@given(nodes("", 3), st.integers(0, 3))
def test_the_gradient_is_that_of_the_complex_step(node: Node, seed: int) -> None:
    assume(any(_mentions(node.text, name) for name in LEAVES))
    derivation, used = _derived(node.text)
    composites = derivation.model.composites
    tree = parse(node.text, frozenset(composites))
    arrays = _point(used, DISTINCT, seed)
    assume(abs(complex(evaluate(tree, arrays, DISTINCT, composites))) < 1e6)
    rng = np.random.default_rng(seed)
    for name, gradient in _gradients(derivation, arrays, DISTINCT).items():
        direction = rng.normal(size=arrays[name].shape)
        moved = {**arrays, name: arrays[name] + 1e-30j * direction}
        slope = complex(evaluate(tree, moved, DISTINCT, composites)).imag / 1e-30
        _close(np.sum(gradient * direction), slope, float(np.abs(gradient).max()), f"d{name} of {node.text}")


@settings(max_examples=100)
@given(nodes("", 3), st.integers(0, 3), st.data())
def test_the_gradient_is_sympys_of_the_entries(node: Node, seed: int, data: st.DataObject) -> None:
    assume(any(_mentions(node.text, name) for name in LEAVES))
    derivation, used = _derived(node.text)
    arrays = _point(used, SMALL, seed)
    gradients = _gradients(derivation, arrays, SMALL)
    name = data.draw(st.sampled_from(used))
    places = list(np.ndindex(arrays[name].shape))
    place = data.draw(st.sampled_from(places))
    # Fourteenths to 30 figures: what holds no symbol becomes a number at once, so that formulas stay small.
    exact = _each(lambda x: sympy.Float(sympy.Rational(round(14 * x), 14), 30))
    cells = {one: np.array(exact(arrays[one]), dtype=object) for one in used}
    moving = sympy.Symbol("moving", real=True)
    here = cells[name][place]
    cells[name][place] = moving
    loss = sympy.sympify(np.asarray(node.value(cells)).item())
    slope = sympy.diff(loss, moving).subs(moving, here).evalf(30)
    assume(slope.is_number and slope.is_finite)
    _close(gradients[name][place], float(slope), 1.0, f"d{name}{place} of {node.text}")


@settings(max_examples=100)
@given(nodes("", 3), st.integers(0, 3))
def test_what_is_printed_is_read_back_and_worth_the_gradient(node: Node, seed: int) -> None:
    assume(any(_mentions(node.text, name) for name in LEAVES))
    derivation, used = _derived(node.text)
    composites = derivation.model.composites
    arrays = _point(used, DISTINCT, seed)
    gradients = _gradients(derivation, arrays, DISTINCT)
    assume(all(np.all(np.abs(gradient) < 1e6) for gradient in gradients.values()))
    for name in used:
        gradient = ExpressionGradient(derivation, name)
        scale = float(np.abs(gradients[name]).max())
        if gradient.matrix is not None:
            printed = to_text(gradient.matrix)
            again = evaluate(parse(printed, frozenset(composites)), arrays, DISTINCT, composites)
            _close(again, gradients[name], scale, f"d{name} of {node.text} as {printed}")
            assert np.shape(again) == np.shape(gradients[name]), f"d{name} of {node.text} as {printed}"
        letters, index = gradient.index
        printed = to_text(index)
        bound = dict(zip(letters, gradients[name].shape, strict=True))
        again = evaluate(parse(printed, frozenset(composites)), arrays, DISTINCT, composites, bound=bound)
        _close(
            np.broadcast_to(again, gradients[name].shape), gradients[name], scale, f"{node.text} as {printed}"
        )
