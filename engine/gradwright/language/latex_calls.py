"""The LaTeX of each function: its symbol, its delimiters, or its place above and below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Protocol

from gradwright.language.fragment import (
    ATOM,
    BIG,
    JUXTAPOSED,
    POWER,
    SUM,
    Fragment,
    beside,
    bracketed,
    indicator,
    raised,
    row,
    transposed,
)
from gradwright.language.scope import Composite
from gradwright.language.tree import Binary, Call, Compare, Name, Negate, Number, Sequence, Text, Tree
from gradwright.language.words import listed


class Printing(Protocol):
    """What the printer of a call needs from the printer of trees."""

    @property
    def composites(self) -> Mapping[str, Composite]:
        """The composite functions in reach."""

    def order(self, tree: Tree) -> int | None:
        """The number of axes of a sub-tree, or None where it is not known."""

    def matrix_product(self, node: Binary | Call, left: Fragment, right: Fragment) -> Fragment:
        """The matrix product of two fragments, the operands of ``node``."""


Parts = tuple[Fragment, ...]
Show = Callable[[Printing, Call, Parts], "Fragment | None"]

_NAMED = listed("exp log sin cos tan sinh cosh tanh arcsin arccos arctan sec csc cot coth")
_POWERED = frozenset(f"\\{name}" for name in _NAMED)
"""Names that take a power before their argument."""
_HEADS = {
    **{name: f"\\{name}" for name in _NAMED},
    "det": r"\det", "maximum": r"\max", "minimum": r"\min", "max": r"\max", "min": r"\min",
    "sigmoid": r"\sigma", "relu": r"\operatorname{ReLU}", "leaky_relu": r"\operatorname{LeakyReLU}",
    "elu": r"\operatorname{ELU}", "gelu": r"\operatorname{GELU}", "silu": r"\operatorname{SiLU}",
    "trace": r"\operatorname{tr}", "var": r"\operatorname{Var}", "cov": r"\operatorname{Cov}",
    "expm": r"\exp", "prod": r"\operatorname{prod}", "heaviside": r"\operatorname{H}",
}  # fmt: skip
NUMBERS = listed("sum mean var std max min prod logsumexp trace det logdet norm norm1 norm2 vdot inner")
"""Functions whose value, without options, is a number."""
_OPPOSITES = {"<": r"\ge", "<=": ">", ">": r"\le", ">=": "<", "==": r"\ne", "!=": "="}
_ONE = r"\mathbf{1}"


def print_call(printer: Printing, node: Call, parts: Parts) -> Fragment:
    """The LaTeX of a call; ``parts`` are its arguments' and then its options'."""
    show = _SHOWN.get(node.function) if node.function not in printer.composites else None
    if show is not None:
        fragment = show(printer, node, parts)
        if fragment is not None:
            return fragment
    return _function(printer, node, parts)


def _function(printer: Printing, node: Call, parts: Parts) -> Fragment:
    head = _head(printer, node.function)
    arguments = parts[: len(node.arguments)]
    axis = node.option("axis")
    options = dict(zip((name for name, _ in node.options), parts[len(node.arguments) :], strict=True))
    inside = ", ".join(part.at(SUM) for part in arguments)
    if axis is not None and not _is_last(printer, node, axis):
        head += f"_{{{options['axis'].at(SUM)}}}"
    others = [
        f"{_word(name)} = {part.tex}" for name, part in options.items() if name not in ("axis", "keepdims")
    ]
    tail = bracketed("; ".join([inside, *others]) if others else inside)
    return Fragment(head + tail, head=(head, tail) if head in _POWERED else None)


def _head(printer: Printing, name: str) -> str:
    composite = printer.composites.get(name)
    if composite is not None and composite.latex:
        return composite.latex
    return _HEADS.get(name) or _word(name)


def _word(name: str) -> str:
    stem, _, number = name.rpartition("_")
    if stem and number.isdigit():
        return f"{_word(stem)}_{{{number}}}"
    letters = name.replace("_", r"\_")
    return f"\\operatorname{{{letters}}}" if name.isascii() else f"\\text{{{letters}}}"


def _is_last(printer: Printing, node: Call, axis: Tree) -> bool:
    """Whether the axis of a softmax is the last one, which goes without saying."""
    if node.function not in ("softmax", "log_softmax"):
        return False
    if axis == Negate(Number(Fraction(1))):
        return True
    order = printer.order(node.arguments[0])
    return isinstance(axis, Number) and axis.value == (1 if order is None else order - 1)


def _big(sign: str) -> Show:
    """A sum, product or maximum over named indices; nothing where it is not one."""

    def show(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
        if len(node.arguments) != 2 or node.options:
            return None
        first = node.arguments[0]
        if not isinstance(first, Name | Sequence):
            return None
        indices = parts[0].tex if isinstance(first, Name) else parts[0].tex[1:-1]
        return Fragment(f"{sign}_{{{indices}}} {parts[1].at(BIG)}", BIG)

    return show


def _sum(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
    """Over indices, or along an axis of a matrix as a product with a vector of ones."""
    big = _big(r"\sum")(printer, node, parts)
    if big is not None or len(node.arguments) != 1:
        return big
    axis = node.option("axis")
    if printer.order(node.arguments[0]) != 2 or axis is None:
        return big
    last = isinstance(axis, Negate) or (isinstance(axis, Number) and axis.value == 1)
    matrix, kept = parts[0], node.option("keepdims") is not None
    if last:
        column = beside(matrix.at(JUXTAPOSED), _ONE)
        if not kept:
            return Fragment(column, JUXTAPOSED, matrix=True)
        narrow = Fragment(column, JUXTAPOSED, matrix=True)
        return Fragment(
            beside(column, _ONE + r"^\top"), JUXTAPOSED, narrow=narrow, column=column, matrix=True
        )
    if isinstance(axis, Number) and axis.value == 0:
        across = beside(_ONE + r"^\top", matrix.at(POWER))
        if kept:
            narrow = Fragment(across, JUXTAPOSED, matrix=True)
            return Fragment(beside(_ONE, across), JUXTAPOSED, narrow=narrow, matrix=True)
        down = beside(transposed(matrix).at(JUXTAPOSED), _ONE)
        return Fragment(down, JUXTAPOSED, row=across, across=across, matrix=True)
    return big


def _wrapped(before: str, after: str, level: int = ATOM) -> Show:
    """One argument between two delimiters; nothing where there are more."""

    def show(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
        return Fragment(before + parts[0].at(SUM) + after, level) if len(parts) == 1 else None

    return show


def _transpose(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
    if len(parts) != 1:
        return None
    order = printer.order(node.arguments[0])
    return parts[0] if order in (0, 1) else transposed(parts[0])


def _inverse(exponent: str) -> Show:
    def show(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
        return Fragment(raised(parts[0], exponent), POWER)

    return show


def _solve(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(
        beside(raised(parts[0], "-1"), parts[1].at(JUXTAPOSED if parts[1].matrix else POWER)),
        JUXTAPOSED,
        matrix=True,
    )


def _dot(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
    return printer.matrix_product(node, parts[0], parts[1]) if len(node.arguments) == 2 else None


def _outer(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(beside(parts[0].at(JUXTAPOSED), row(parts[1])), JUXTAPOSED, matrix=True)


def _between(sign: str) -> Show:
    """Two arguments with a sign between them."""

    def show(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
        if len(parts) != 2:
            return None
        return Fragment(f"{parts[0].at(JUXTAPOSED)} {sign} {parts[1].at(POWER)}", SUM)

    return show


def _norm(kind: str) -> Show:
    def show(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
        if node.option("axis") is not None:
            return None
        order, below = printer.order(node.arguments[0]), kind
        second = node.arguments[1] if len(node.arguments) == 2 else None
        if second is not None:
            below = "F" if isinstance(second, Text) else parts[1].at(SUM)
        elif kind == "2" and (order == 2 or (order is None and parts[0].capital)):
            below = "F"
        return Fragment(f"\\lVert {parts[0].at(SUM)} \\rVert_{{{below}}}")

    return show


def _where(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
    if len(parts) != 3:
        return None
    condition, yes, no = parts
    test = node.arguments[0]
    if isinstance(test, Compare):
        sides = condition.halves or ("", "")
        holds, fails = condition.tex, f"{sides[0]} {_OPPOSITES[test.operator]} {sides[1]}"
    else:
        holds, fails = f"{condition.at(SUM)} \\ne 0", f"{condition.at(SUM)} = 0"
    text = f"\\begin{{cases}} {yes.at(SUM)} & {holds} \\\\ {no.at(SUM)} & {fails} \\end{{cases}}"
    return Fragment(text, JUXTAPOSED)


def _step(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(indicator(f"{parts[0].at(SUM)} > 0"))


def _astype(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(parts[0].at(ATOM)) if isinstance(node.arguments[0], Compare) else parts[0]


def _factorial(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(parts[0].at(ATOM) + "!", POWER)


def _binomial(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(f"\\binom{{{parts[0].at(SUM)}}}{{{parts[1].at(SUM)}}}")


def _filled(symbol: str) -> Show:
    """A matrix or vector of one kind, its extents below."""

    def show(printer: Printing, node: Call, parts: Parts) -> Fragment | None:
        if node.options or not parts:
            return None
        first = node.arguments[0]
        inside = (
            parts[0].tex[1:-1] if isinstance(first, Sequence) else ", ".join(part.at(SUM) for part in parts)
        )
        return Fragment(f"{symbol}_{{{inside}}}")

    return show


def _power(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(raised(parts[0], parts[1].at(SUM)), POWER)


def _shape(printer: Printing, node: Call, parts: Parts) -> Fragment:
    below = f"_{{{parts[1].at(SUM)}}}" if len(parts) == 2 else ""
    return Fragment(f"\\operatorname{{shape}}{below}({parts[0].at(SUM)})")


def _log1p(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(f"\\log{bracketed('1 + ' + parts[0].at(BIG))}")


def _expm1(printer: Printing, node: Call, parts: Parts) -> Fragment:
    return Fragment(f"\\exp{bracketed(parts[0].at(SUM))} - 1", SUM)


_SHOWN: dict[str, Show] = {
    "sum": _sum, "prod": _big(r"\prod"), "max": _big(r"\max"), "min": _big(r"\min"),
    "mean": _big(r"\operatorname*{mean}"),
    "sqrt": _wrapped(r"\sqrt{", "}", POWER), "abs": _wrapped(r"\lvert ", r" \rvert"),
    "conj": _wrapped(r"\overline{", "}"),
    "floor": _wrapped(r"\lfloor ", r" \rfloor"), "ceil": _wrapped(r"\lceil ", r" \rceil"),
    "logdet": _wrapped(r"\log \lvert ", r" \rvert", JUXTAPOSED),
    "transpose": _transpose, "inv": _inverse("-1"), "pinv": _inverse("+"), "solve": _solve, "mpow": _power,
    "dot": _dot, "outer": _outer, "vdot": _dot, "kron": _between(r"\otimes"), "corr": _between(r"\star"),
    "convfull": _between(r"\ast"), "norm": _norm("2"), "norm2": _norm("2"), "norm1": _norm("1"),
    "where": _where, "step": _step, "astype": _astype, "factorial": _factorial, "binomial": _binomial,
    "eye": _filled("I"), "ones": _filled(_ONE), "zeros": _filled(r"\mathbf{0}"), "shape": _shape,
    "log1p": _log1p, "expm1": _expm1,
}  # fmt: skip
