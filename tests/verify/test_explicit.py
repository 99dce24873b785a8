"""Entries written out are the entries: against the interpreter, in floats and in balls."""

from __future__ import annotations

import flint
import numpy as np
import pytest
from flint import arb
from sympy import Expr, Integer, Symbol, cos, erf, exp, pi, sqrt, symbols

from gradwright import catalog
from gradwright.derive.derivation import derive
from gradwright.execute.sample import draw, shape_of
from gradwright.model.load import model
from gradwright.tensor.nodes import Apply, Entry, Tensor
from gradwright.verify.balls import NoBallsError, UndecidedError, evaluate
from gradwright.verify.case import constants, make_case
from gradwright.verify.explicit import Explicit, NotExplicitError
from gradwright.verify.forward import Forward
from gradwright.verify.routes.exact import exact
from gradwright.verify.scalars import Scalars
from gradwright.verify.small import small_sizes


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(catalog.entries("models")))
def test_the_loss_written_out_is_the_loss_of_the_formulas(name: str, rng: np.random.Generator) -> None:
    of = model(name)
    sizes = small_sizes(of)
    assert sizes is not None
    arrays = {**draw(of.scope.values, sizes, rng), **constants(of)}
    shapes = {key: shape_of(value.shape, sizes) for key, value in of.shapes.items()}
    explicit = Explicit(sizes, shapes, lambda cell: int(arrays[cell[0]][cell[1]]))
    scalars = Scalars(explicit, {d.name: d.tensor for d in of.definitions})

    def symbol(key: str, place: tuple[int, ...]) -> Symbol:
        entry = scalars.explicit.entry(Tensor((), Entry(key, *map(Integer, place))), ())
        assert isinstance(entry, Symbol)
        return entry

    values = {
        symbol(key, place): arb(float(number))
        for key, array in arrays.items()
        for place, number in np.ndenumerate(np.asarray(array))
    }
    found = float(scalars.compute(symbol(of.minimise, ()), values).mid())
    expected = Forward(of).loss(arrays, sizes).real
    # Rounding of the float64 side alone.
    assert abs(found - expected) < 1e-12 * max(1, abs(expected)), (found, expected)


def test_small_sizes_are_two_wherever_equations_leave_them_free() -> None:
    assert set((small_sizes(model("lstm-classifier")) or {}).values()) == {2}
    sizes = small_sizes(model("convolutional-network"))
    assert sizes is not None
    assert sizes["Ho"] == sizes["Wo"] == sizes["kh"] == sizes["kw"] == 2
    assert sizes["H"] == sizes["Wd"] == 5


def test_what_has_no_formula_of_its_entries_is_named() -> None:
    explicit = Explicit({"n": 2}, {"A": (2, 2)}, lambda cell: 0)
    with pytest.raises(NotExplicitError, match="expm has no finite formula in its entries"):
        explicit.entry(Tensor((), Apply("expm", ("A",), Integer(0), Integer(1))), ())


x, y = symbols("x y", real=True)


@pytest.mark.parametrize(
    "expr", [x**2 / y - 3, sqrt(y) * exp(-x), 1 / sqrt(y), cos(pi * x), erf(x) ** 3, y**x]
)
def test_a_ball_holds_the_value(expr: Expr) -> None:
    at = {x: arb("-0.75"), y: arb("1.5")}
    with flint.ctx.workprec(128):
        found = evaluate(expr, at)
    expected = expr.evalf(30, subs={x: -0.75, y: 1.5})
    assert abs(float(found.mid()) - float(expected)) < 1e-15
    assert found.rad() < arb(10) ** -30


def test_a_condition_that_a_ball_can_t_decide_is_said_so() -> None:
    with pytest.raises(UndecidedError):
        evaluate(abs(x), {x: arb(0, 1e-3)})


def test_an_unknown_function_is_named() -> None:
    from sympy import airyai

    with pytest.raises(NoBallsError, match="airyai"):
        evaluate(airyai(x), {x: arb(1)})


def test_what_is_written_out_for_one_points_places_is_not_used_at_another() -> None:
    derivation = derive(model("trigram"))
    for seed in range(4):
        finding = exact(make_case(derivation, seed))
        assert finding.ok, finding.figure
