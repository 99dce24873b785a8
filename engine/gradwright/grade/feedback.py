"""Why an answer is wrong, where its value alone shows it: transposed, a lost factor, a sign, a shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.errors import GradwrightError
from gradwright.execute.evaluate import evaluate
from gradwright.execute.sample import draw, draw_sizes
from gradwright.grade.finding import Finding
from gradwright.language.scope import Scope
from gradwright.language.shapes import infer
from gradwright.language.tree import Tree

_DRAWS = 5
_TOLERANCE = 1e-8
_SEED = 20240229


@dataclass(frozen=True)
class _Draw:
    """Both values at one random point, and the sizes of the axes there."""

    reference: NDArray[Any]
    answer: NDArray[Any]
    sizes: Mapping[str, int]


def causes(reference: Tree, answer: Tree, scope: Scope, wrt: str) -> tuple[Finding, ...]:
    """What the values of a wrong formula show about the mistake.

    Args:
        reference: The right formula, of declared values alone.
        answer: The student's, of declared values alone.
        scope: The declared values.
        wrt: The value whose gradient is asked, for the message.
    """
    try:
        expected = infer(reference, scope).shape
        got = infer(answer, scope).shape
        draws = list(_draws(reference, answer, scope))
    except GradwrightError:
        return ()
    words = {"got": shape_text(got), "expected": shape_text(expected), "wrt": wrt}
    if len(got) == 2 and got == expected[::-1] and _all(draws, lambda d: close(d.answer.T, d.reference)):
        square = got == expected
        return (Finding("transposed-square" if square else "transposed", words),)
    if got != expected:
        return (Finding("shape", words),)
    return _multiple(draws)


def _draws(reference: Tree, answer: Tree, scope: Scope) -> Iterator[_Draw]:
    rng = np.random.default_rng(_SEED)
    equations = (*infer(reference, scope).equations, *infer(answer, scope).equations)
    for _ in range(_DRAWS):
        sizes = draw_sizes(scope.values, equations, rng, mode="distinct")
        arrays = draw(scope.values, sizes, rng)
        values = [np.asarray(evaluate(tree, arrays, sizes, scope.composites)) for tree in (reference, answer)]
        yield _Draw(values[0], values[1], sizes)


def _multiple(draws: Sequence[_Draw]) -> tuple[Finding, ...]:
    if _all(draws, lambda d: close(d.answer, np.zeros_like(d.answer))):
        return (Finding("zero"),)
    ratios = [ratio(d.reference, d.answer) for d in draws]
    found = [value for value in ratios if value is not None]
    if not draws or len(found) < len(draws):
        return ()
    if np.allclose(found, found[0], rtol=_TOLERANCE):
        return factor_finding(found[0])
    candidates: list[tuple[Fraction, tuple[str, ...], tuple[int, ...]]] = []
    for names, powers in _monomials(sorted(draws[0].sizes)):
        rest = [value / _monomial(d.sizes, names, powers) for value, d in zip(found, draws, strict=True)]
        number = fraction(rest[0])
        if number is not None and np.allclose(rest, rest[0], rtol=_TOLERANCE):
            candidates.append((number, names, powers))
    if not candidates:
        return ()
    return (
        _size_finding(*min(candidates, key=lambda c: (abs(c[0].numerator) * c[0].denominator, len(c[1])))),
    )


def factor_finding(value: float) -> tuple[Finding, ...]:
    """The finding for an answer that is a number times the right one."""
    if abs(value + 1) < _TOLERANCE:
        return (Finding("sign"),)
    exact = fraction(value)
    return () if exact is None or exact == 1 else (Finding("factor-number", {"factor": str(exact)}),)


def _size_finding(number: Fraction, names: Sequence[str], powers: Sequence[int]) -> Finding:
    up = dict(zip(names, powers, strict=True))
    down = {name: -power for name, power in up.items()}
    return Finding("factor-size", {"factor": _written(number, up), "inverse": _written(1 / number, down)})


def _written(number: Fraction, powers: Mapping[str, int]) -> str:
    """A product such as ``2*n/d``."""
    above = [name for name, power in powers.items() if power > 0]
    below = [name for name, power in powers.items() if power < 0]
    sign = "-" if number < 0 else ""
    top = ([str(abs(number.numerator))] if abs(number.numerator) != 1 or not above else []) + above
    bottom = ([str(number.denominator)] if number.denominator != 1 else []) + below
    divisor = "*".join(bottom)
    tail = f"/({divisor})" if len(bottom) > 1 else f"/{divisor}" if bottom else ""
    return sign + "*".join(top) + tail


def _monomials(names: Sequence[str]) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    for name in names:
        for power in (1, -1):
            yield (name,), (power,)
    for first, second in product(range(len(names)), repeat=2):
        if first < second:
            for powers in product((1, -1), repeat=2):
                yield (names[first], names[second]), powers


def _monomial(sizes: Mapping[str, int], names: Sequence[str], powers: Sequence[int]) -> float:
    return float(np.prod([float(sizes[name]) ** power for name, power in zip(names, powers, strict=True)]))


def ratio(reference: NDArray[Any], answer: NDArray[Any]) -> float | None:
    """The number that the answer is times the reference, or None where there is none."""
    if reference.shape != answer.shape or not np.any(reference):
        return None
    place = np.unravel_index(np.argmax(np.abs(reference)), reference.shape)
    value = float(answer[place] / reference[place])
    return value if np.isfinite(value) and close(answer, value * reference) else None


def close(left: NDArray[Any], right: NDArray[Any]) -> bool:
    """Whether two arrays agree to rounding, measured by the larger one's largest entry."""
    if left.shape != right.shape or not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
        return False
    scale = max(float(np.max(np.abs(left), initial=0)), float(np.max(np.abs(right), initial=0)))
    return bool(np.max(np.abs(left - right), initial=0) <= _TOLERANCE * scale)


def fraction(value: float) -> Fraction | None:
    """The simple fraction that a float stands for, or None."""
    simple = Fraction(value).limit_denominator(64)
    return simple if simple and abs(float(simple) - value) <= _TOLERANCE * abs(value) else None


def shape_text(shape: Sequence[Any]) -> str:
    """A shape as NumPy writes it.

    >>> shape_text(("n",))
    '(n,)'
    """
    return f"({shape[0]},)" if len(shape) == 1 else "(" + ", ".join(map(str, shape)) + ")"


def _all(draws: Sequence[_Draw], claim: Callable[[_Draw], bool]) -> bool:
    return bool(draws) and all(claim(d) for d in draws)
