"""The emitted elementwise functions against wider arithmetic, for every type, width and size of argument."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special
from llvmlite import ir

from gradwright.execute.native import vectormath
from gradwright.execute.native.lanes import constant
from tests.execute.native.emitted import Compiled, Kernel, compile_kernels

Array = np.ndarray[Any, np.dtype[Any]]

SINGLE: np.dtype[Any] = np.dtype(np.float32)
DOUBLE: np.dtype[Any] = np.dtype(np.float64)
Dtype = np.dtype[Any]
WIDTHS: dict[np.dtype[Any], tuple[int, ...]] = {SINGLE: (1, 8, 16), DOUBLE: (1, 4, 16)}
LIMIT = 4.0
SLACK = 0.25  # of a unit in the last place: other seeds and processors than the ones measured

# The greatest error met, in units in the last place, (float32, float64): of ten million arguments, and
# of all numbers for float32's tanh and erf; of fifty thousand for float64's erf.
MEASURED = {
    "exp": (1.04, 1.07),
    "expm1": (1.60, 2.29),
    "log": (0.89, 1.19),
    "log1p": (1.45, 1.61),
    "tanh": (2.50, 2.51),
    "sigmoid": (2.33, 2.07),
    "softplus": (2.94, 2.38),
    "erf": (3.38, 2.24),
}
FLUSHED = {"exp", "sigmoid", "softplus"}  # a result under the least normal number may be zero

LIBRARY = {  # the C library's: numpy's or SciPy's equal, and the interval of arguments
    "sin": (np.sin, -50, 50),
    "cos": (np.cos, -50, 50),
    "tan": (np.tan, -1.5, 1.5),
    "sinh": (np.sinh, -20, 20),
    "cosh": (np.cosh, -20, 20),
    "asin": (np.arcsin, -1, 1),
    "acos": (np.arccos, -1, 1),
    "atan": (np.arctan, -50, 50),
    "asinh": (np.arcsinh, -50, 50),
    "acosh": (np.arccosh, 1, 50),
    "atanh": (np.arctanh, -0.99, 0.99),
    "tgamma": (scipy.special.gamma, 0.1, 20),
    "lgamma": (scipy.special.gammaln, 3, 20),
    "erfc": (scipy.special.erfc, -3, 3),
}
PAIRS = {"atan2": np.arctan2, "fmod": np.fmod}
EXPONENTS = (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 2.5)


def _kernels() -> dict[str, Kernel]:
    kernels = {}
    for dtype, widths in WIDTHS.items():
        for lanes in widths:
            end = f"{dtype.name}.{lanes}"
            for name in (*MEASURED, "sqrt", "absolute", "floor", "ceil", "sign"):
                kernels[f"{name}.{end}"] = Kernel(getattr(vectormath, name), dtype, lanes)
            for name in ("maximum", "minimum", "power"):
                kernels[f"{name}.{end}"] = Kernel(getattr(vectormath, name), dtype, lanes, 2)
            for exponent in EXPONENTS:
                kernels[f"power {exponent}.{end}"] = Kernel(partial(_powered, exponent), dtype, lanes)
        for name in (*LIBRARY, *PAIRS):
            emit = partial(_from_library, name)
            kernels[f"{name}.{dtype.name}"] = Kernel(emit, dtype, widths[1], 1 + (name in PAIRS))
    return kernels


def _powered(exponent: float, builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    return vectormath.power(builder, x, constant(x.type, exponent))


def _from_library(name: str, builder: ir.IRBuilder, *args: ir.Value) -> ir.Value:
    return vectormath.libm(builder, name, *args)


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_kernels(_kernels())


def _arguments(dtype: Dtype, count: int) -> Array:
    """Numbers of all magnitudes and signs, and more of those where the functions bend."""
    rng = np.random.default_rng(7)
    form = np.finfo(dtype)
    wide = float(-np.log(float(form.tiny))) * 1.1
    low = np.log2(float(form.smallest_subnormal))
    sizes = 2.0 ** rng.uniform(low, float(form.maxexp) - 0.01, count // 4)
    parts = [sizes, -sizes, 1 + rng.uniform(-1e-3, 1e-3, count // 8)]
    parts += [rng.uniform(-bound, bound, count // 8) for bound in (1, 12, wide)]
    return np.concatenate(parts).astype(dtype)


def _specials(dtype: Dtype) -> Array:
    form = np.finfo(dtype)
    sizes = np.array([0, np.inf, np.nan, 1, form.max, form.tiny, form.smallest_subnormal], dtype)
    return np.concatenate([sizes, -sizes])


def _exact(name: str, x: Array) -> Array:
    """The function's values in wider arithmetic."""
    if name == "erf" and x.dtype == DOUBLE:
        with mpmath.workdps(25):
            return np.array([np.longdouble(mpmath.nstr(mpmath.erf(float(value)), 22)) for value in x])
    wide = x.astype(np.longdouble)
    functions: dict[str, Callable[[Array], Array]] = {
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        "softplus": lambda v: np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v))),
        "erf": lambda v: scipy.special.erf(v.astype(np.float64)),
    }
    with np.errstate(all="ignore"):
        return np.asarray(functions.get(name, getattr(np, name, abs))(wide), np.longdouble)


def _units(name: str, got: Array, exact: Array) -> Array:
    """Errors in units in the last place; infinite where only one of both is NaN or infinite."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(got.dtype)
        settled = (np.isnan(got) & np.isnan(rounded)) | (np.isinf(got) & (got == rounded))
        if name in FLUSHED:
            settled |= (got == 0) & (np.abs(exact) <= np.finfo(got.dtype).tiny)
        units = np.where(settled, 0, np.abs(got.astype(np.longdouble) - exact) / np.spacing(np.abs(rounded)))
    return np.where(np.isnan(units), np.inf, units)


@pytest.mark.parametrize("dtype", WIDTHS, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("name", MEASURED)
def test_every_width_is_within_the_measured_error(compiled: Compiled, name: str, dtype: Dtype) -> None:
    x = _arguments(dtype, 4000 if name == "erf" and dtype == DOUBLE else 200_000)
    exact = _exact(name, x)
    bound = MEASURED[name][dtype == DOUBLE] + SLACK
    assert bound <= LIMIT
    for lanes in WIDTHS[dtype]:
        got = compiled(f"{name}.{dtype.name}.{lanes}", x)
        units = _units(name, got, exact)
        worst = int(np.argmax(units))
        assert units[worst] <= bound, (lanes, x[worst], got[worst], exact[worst], float(units[worst]))


@pytest.mark.parametrize("dtype", WIDTHS, ids=lambda dtype: dtype.name)
def test_zeros_infinities_nan_and_bounds_have_their_exact_values(compiled: Compiled, dtype: Dtype) -> None:
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -1.0], dtype)
    nan, inf = np.nan, np.inf
    expected: dict[str, list[float | None]] = {
        "exp": [1, 1, inf, 0, nan],
        "expm1": [0.0, -0.0, inf, -1, nan],
        "log": [-inf, -inf, inf, nan, nan, nan],
        "log1p": [0.0, -0.0, inf, nan, nan, -inf],
        "tanh": [0.0, -0.0, 1, -1, nan],
        "sigmoid": [0.5, 0.5, 1, 0, nan],
        "softplus": [None, None, inf, 0, nan],
        "erf": [0.0, -0.0, 1, -1, nan],
        "sqrt": [0.0, -0.0, inf, nan, nan, nan],
        "sign": [0.0, -0.0, 1, -1, nan, -1],
    }
    for name, values in expected.items():
        for lanes in WIDTHS[dtype]:
            got = compiled(f"{name}.{dtype.name}.{lanes}", x)
            for argument, value, result in zip(x, values, got, strict=False):
                if value is not None:
                    case = (name, lanes, argument, result)
                    assert np.array_equal(result, dtype.type(value), equal_nan=True), case
                    assert value != value or np.signbit(result) == np.signbit(value), case


@pytest.mark.parametrize("dtype", WIDTHS, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("name", MEASURED)
def test_a_number_has_one_value_in_every_width(compiled: Compiled, name: str, dtype: Dtype) -> None:
    x = np.concatenate([_specials(dtype), _arguments(dtype, 4000)])
    one, *others = (compiled(f"{name}.{dtype.name}.{lanes}", x) for lanes in WIDTHS[dtype])
    for other in others:
        np.testing.assert_array_equal(other, one)


@pytest.mark.parametrize("dtype", WIDTHS, ids=lambda dtype: dtype.name)
def test_roundings_signs_and_extremes_are_those_of_numpy(compiled: Compiled, dtype: Dtype) -> None:
    x = np.concatenate([_specials(dtype), _arguments(dtype, 4000)])
    y = np.random.default_rng(8).permutation(x)
    for lanes in WIDTHS[dtype]:
        end = f"{dtype.name}.{lanes}"
        with np.errstate(all="ignore"):
            for name in ("sqrt", "absolute", "floor", "ceil", "sign"):
                np.testing.assert_array_equal(compiled(f"{name}.{end}", x), getattr(np, name)(x), name)
            for name in ("maximum", "minimum"):
                np.testing.assert_array_equal(compiled(f"{name}.{end}", x, y), getattr(np, name)(x, y), name)


@pytest.mark.parametrize("dtype", WIDTHS, ids=lambda dtype: dtype.name)
def test_a_power_is_that_of_the_c_library(compiled: Compiled, dtype: Dtype) -> None:
    rng = np.random.default_rng(9)
    x = np.concatenate([_specials(dtype), rng.uniform(-9, 9, 2000).astype(dtype)])
    y = rng.uniform(-5, 5, len(x)).astype(dtype)
    y[::2] = np.rint(y[::2])
    for lanes in WIDTHS[dtype]:
        end = f"{dtype.name}.{lanes}"
        with np.errstate(all="ignore"):
            # Two roundings of a product, or numpy's own vector code: at most two units apart.
            close = partial(
                np.testing.assert_allclose, rtol=2 * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny
            )
            close(compiled(f"power.{end}", x, y), np.power(x, y))
            for exponent in EXPONENTS:
                # For one exponent of 1/2 numpy takes a root, unlike C's pow; not for an array.
                expected = np.power(x, np.full_like(x, exponent))
                close(compiled(f"power {exponent}.{end}", x), expected)


@pytest.mark.parametrize("dtype", WIDTHS, ids=lambda dtype: dtype.name)
@pytest.mark.parametrize("name", [*LIBRARY, *PAIRS])
def test_a_function_of_the_c_library_is_called_for_every_lane(
    compiled: Compiled, name: str, dtype: Dtype
) -> None:
    rng = np.random.default_rng(10)
    if name in PAIRS:
        x, y = rng.uniform(-9, 9, (2, 500)).astype(dtype)
        got, expected = compiled(f"{name}.{dtype.name}", x, y), PAIRS[name](x, y)
    else:
        function, low, high = LIBRARY[name]
        x = rng.uniform(low, high, 500).astype(dtype)
        got, expected = compiled(f"{name}.{dtype.name}", x), function(x.astype(np.float64))
    # Two libraries' values: sixteen units of the function's greatest size, ample for the worst, tgammaf.
    eps = float(np.finfo(dtype).eps)
    np.testing.assert_allclose(got, expected, rtol=16 * eps, atol=4 * eps)


def test_a_module_gets_each_function_once_per_type() -> None:
    module = ir.Module("once")
    kind = ir.VectorType(ir.FloatType(), 8)
    function = ir.Function(module, ir.FunctionType(kind, [kind]), "twice")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(vectormath.exp(builder, vectormath.exp(builder, function.args[0])))
    defined = [held.name for held in module.functions if held.name.startswith("gw.")]
    assert defined == ["gw.exp.v8f32"]


def test_no_call_of_an_arithmetic_function_is_left_in_a_loop(compiled: Compiled) -> None:
    assert "gw.exp" not in compiled.text
    assert "gw.erf." not in compiled.text
