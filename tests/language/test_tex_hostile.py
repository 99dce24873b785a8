"""Hostile and broken LaTeX: one clear message each, soon, and nothing of it is carried out."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwright.language.scope import ReadError
from gradwright.language.tex.read import infer_vars, names_in, read_latex
from tests.language.tex_values import SCOPE

SECONDS = 1.0
"""Bound on the time of one refusal: the slowest takes some 0.1 s on a machine that does nothing else."""

REFUSED = [
    r"\left(t+a+c\right)^{2000}", "{" * 100_000 + "t" + "}" * 100_000, "(" * 5_000 + "t" + ")" * 5_000,
    "t" * 1_000_000, r"\frac" * 1_500 + "t", r"\sqrt" * 1_900 + "t", r"\log" * 2_400 + "t",
    "t^" * 4_900 + "t", "t_" * 4_900 + "t", r"\hat" * 2_000 + "t", "t" + "!" * 9_000, "t" + "'" * 9_000,
    "|" * 9_999, "-" * 9_999, r"\begin{bmatrix}" * 600, r"\input{/etc/passwd}", r"\write18{rm -rf /}",
    r"\def\x{1}", r"\csname x\endcsname", r"\operatorname{eval}(t)", r"\operatorname{__import__}(t)",
    r"\prod_{k=1}^{10^9} k", r"\sum_{k=1}^{999999999} k",
    r"\sum_{i=1}^{200}\sum_{j=1}^{200}\sum_{k=1}^{200} ijk", r"\sum_{i=1}^{2}" * 60 + "i",
    r"9^{9^{9^{9}}}", r"2^{100000}", "10000!", r"\binom{100000}{50000}", "1" * 5_000, "1E999999",
    "t+" * 4_999 + "t", "", "   ", "$$", "{}", "()", "t^{}", "^2", "_i", r"\frac{}{}", r"\frac",
    r"\sqrt[3]", r"\end{cases}", "t=", "=t", "\\", "}", ")", r"\right)", "t^2^3", "t_i_j", "t\x00a",
    "х", "🙂", r"\sum", r"\sum_{i}^{n}", r"\max()", r"\text{", "@", '"t"',
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """A collection of garbage that other tests left would be counted."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("latex", REFUSED, ids=lambda text: repr(text[:30]))
def test_broken_or_hostile_latex_is_refused_at_its_place(latex: str) -> None:
    start = time.process_time()
    with pytest.raises(ReadError) as caught:
        read_latex(latex, SCOPE)
    assert time.process_time() - start < SECONDS
    first, last = caught.value.span
    assert 0 <= first <= last <= len(latex) + 1
    assert len(caught.value.message) < 300


_SIGNS = [*"XwytaIeijn{}()[]^_+-*/=,;&!'²ᵀ∑θ:.|><1", "12"]
_MACROS = [
    r"\frac", r"\sqrt", r"\\", r"\top", r"\sum", r"\prod", r"\max", r"\log", r"\sin", r"\left(",
    r"\right)", r"\|", r"\hat", r"\mathbf", r"\text{if}", r"\operatorname{tr}", r"\begin{cases}",
    r"\end{cases}", r"\begin{bmatrix}", r"\end{bmatrix}", r"\%", r"\partial", r"\nabla", r"\mathbb{1}",
    r"\mathbf{1}", r"\pi", r"\infty", r"\odot", r"\cdot", r"\sigma", "_{i=1}", "^{n}", r"\le", r"\ne",
    r"\choose", r"\underbrace", r"\,", r"\langle", r"\rangle", r"\bmod", r"\pm", r"\otimes",
    r"\delta_{ij}", r"x_i", r"\dot", r"\binom", r"\lfloor", r"\rfloor",
]  # fmt: skip
_PARTS = st.sampled_from([*_SIGNS, *_MACROS])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(_PARTS, max_size=14))
def test_any_mixture_of_signs_is_read_or_refused(parts: list[str]) -> None:
    for text in ("".join(parts), " ".join(parts)):
        for read in (lambda latex: read_latex(latex, SCOPE), names_in, infer_vars):
            try:
                read(text)
            except ReadError as error:
                assert 0 <= error.span[0] <= error.span[1] <= len(text) + 1
