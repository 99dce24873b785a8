"""Hostile answers, generated: what might run, blow up, exhaust, confuse or pass for the right answer.

The reference is ``2*x``; ``x`` and ``y`` are scalars, ``v`` has shape (n,), ``X`` (n, d) and ``A`` (n, n).
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

REFERENCE = "2*x"
VARS = {"x": "", "y": "", "v": "n", "X": "n d", "A": "n n"}
MANY = 100_000
FULL = 9_990
"""Letters: just short of what a text may have, so that all of it is read."""
CANARY = "canary-of-the-tests"


@dataclass(frozen=True)
class Hostile:
    """An answer that must not do harm; ``may_be_equal`` where it does mean ``2*x``."""

    kind: str
    answer: str
    syntax: str = "text"
    may_be_equal: bool = False


def every() -> list[Hostile]:
    """All of them, each once."""
    rows = [
        *_of("code", CODE),
        *_of("attribute", attributes()),
        *_of("blow-up", BLOWUPS),
        *_of("array", ARRAYS),
        *_of("deep", deep()),
        *_of("long", long_texts()),
        *_of("special", SPECIAL),
        *_of("names", NAMES),
        *_of("characters", characters()),
        *_of("malformed", MALFORMED),
        *_of("noise", noise()),
        *_of("latex", LATEX, "latex"),
        *_of("latex-deep", latex_deep(), "latex"),
        *_of("latex-noise", noise(LATEX_PIECES), "latex"),
        *_of("cross", [*CODE, *BLOWUPS, *SPECIAL, *MALFORMED], "latex"),
        *_of("cross", LATEX, "text"),
        *(Hostile("look-alike", row, syntax, same) for row, syntax, same in look_alikes()),
    ]
    return list(dict.fromkeys(rows))


def _of(kind: str, answers: Iterator[str] | list[str], syntax: str = "text") -> Iterator[Hostile]:
    return (Hostile(kind, answer, syntax, (answer, syntax) in _RIGHT) for answer in answers)


_RIGHT = {
    ("2*x*1e400*1e-400", "text"),
    ("x·2", "text"), ("x=2x", "latex"), (r"\underbrace{2x}_{3x}", "latex"), ("2 x", "latex"),
    ("2(x)", "latex"),
    ("(2)x", "latex"), (r"\left.2x\right.", "latex"), (r"\color{white}2x", "latex"),
}  # fmt: skip
"""What does mean ``2*x`` of all that."""
_TOUCH = f"touch {CANARY}"
CODE = [
    f"__import__('os').system('{_TOUCH}')", f"eval(\"__import__('os').system('{_TOUCH}')\")",
    f"exec('import os; os.system(\"{_TOUCH}\")')", f"sympify(\"__import__('os').system('{_TOUCH}')\")",
    f"open('{CANARY}', 'w').write('x')", f"np.save('{CANARY}', x)",
    f"np.load('{CANARY}', allow_pickle=True)", f"np.memmap('{CANARY}', mode='w+', shape=9)",
    f"np.fromfile('{CANARY}')", f"np.savetxt('{CANARY}', X)", f"np.lib.npyio.os.system('{_TOUCH}')",
    f"os.system('{_TOUCH}')", f"(lambda: open('{CANARY}', 'w'))()",
    f"[open('{CANARY}', 'w') for i in range(3)]", f"{{open('{CANARY}', 'w')}}",
    f"f\"{{open('{CANARY}', 'w')}}\"", f"2*x if open('{CANARY}', 'w') else x",
    f"2*x; open('{CANARY}', 'w')", f"2*x\nimport os\nos.system('{_TOUCH}')",
    f"2*x or open('{CANARY}', 'w')", f"2*x # {_TOUCH}\nos.system('{_TOUCH}')", f"`{_TOUCH}`",
    f"$({_TOUCH})", f"x | {_TOUCH}", f"'; {_TOUCH}; echo '", f"!{_TOUCH}", f"%system {_TOUCH}",
    f"@open('{CANARY}', 'w')", f"(y := open('{CANARY}', 'w'))", "globals()", "locals()", "vars()", "dir()",
    "input()", "breakpoint()", "exit()", "quit()", "help()", "print(2*x)", "getattr(x, 'T')",
    "setattr(x, 'a', 1)", "type(x)", "compile('2*x', '', 'eval')", "lambda x: 2*x", "[2*x for x in (1,)]",
    "yield 2*x", "await x", "return 2*x", "del x", "import os", "from os import system", "assert x",
    "raise x", "while True: pass", "def f(): pass", "class A: pass", "sympy.sympify('2*x')",
    "np.vectorize(print)(x)", "np.frompyfunc(print, 1, 1)(x)", "np.apply_along_axis(print, 0, X)",
    "np.piecewise(x, [x > 0], [print])", "np.fromfunction(print, (2, 2))", "X.tofile('a')", "X.dump('a')",
    "np.ctypeslib.load_library('c', '/')", "np.core._multiarray_umath", "np.distutils.exec_command",
    "np.f2py", "'2*x'", "\"2*x\"", "b'2*x'", "f'{2*x}'", "'%s' % x", "'{0.__class__}'.format(x)",
    "2*x.__doc__", "'; DROP TABLE grades; --", "<script>alert(1)</script>", "{{7*7}}", "${7*7}",
    "../../etc/passwd",
]  # fmt: skip


def attributes() -> Iterator[str]:
    """Ways to anything from a value."""
    for name in (
        "x",
        "X",
        "np",
        "np.linalg",
        "(2*x)",
        "2",
        "sum",
        "X.T",
        "X.sum()",
    ):
        for tail in (
            "__class__", "__class__.__base__.__subclasses__()", "__class__.__mro__[1]", "__globals__",
            "__dict__", "__init__.__globals__['os']", "__reduce__()", "__getattribute__('T')",
            "func_globals", "gi_frame.f_back", "mro()", "subs(x, 1)", "evalf(10**9)", "ctypes", "base",
            "data", "flags", "tobytes()", "view(int)", "astype(object)", "item(0)", "tolist()",
            "dtype.type.mro()", "T.T.__class__", "shape.__class__",
        ):  # fmt: skip
            yield f"{name}.{tail}"
    yield from (
        "__builtins__",
        "__import__",
        "__name__",
        "__file__",
        "__loader__.load_module('os')",
        "_",
        "__",
        "___",
    )


BLOWUPS = [
    "9**9**9**9", "9**9**9", "x**9**9**9", "2**2**2**2**2**2", "10**10**10", "10**(10**10)",
    "2^(2^(2^(2^9)))", "(x + 1)**100000", "(x+1)**(10**9)", "x**(-10**9)",
    "(1+x)**(1+x)**(1+x)**(1+x)**(1+x)", "x**x**x**x**x**x**x**x", "factorial(10**9)",
    "factorial(factorial(20))", "factorial(x)**factorial(x)", "factorial(1000)**1000",
    "binomial(10**9, 10**8)", "binomial(1000, 500)**1000", "gamma(10**9)", "gamma(1e300)", "exp(10**9)",
    "exp(exp(exp(exp(x))))", "exp(exp(exp(exp(exp(exp(9))))))", "-exp(exp(exp(1000)))", "sin(10**300)",
    "tan(1e300)", "1e999999", "1e-999999", "1e400", "9e99999999999999999999", "9" * 401, "9" * 5000,
    "0." + "0" * 5000 + "1", "1/" + "9" * 390, "0x" + "f" * 300, "1" + "_000" * 100, "2*x + 1e-400",
    "2*x*1e400*1e-400", "0**(10**6)", "1**(10**100)", "(-1)**(10**30)", "2**1000**1", "(2**999)**999",
    "(((2**900)**9)**9)**9", "7**999 - 7**999 + 3*x", "x**999 - x**999 + 3*x", "(x**999)**999",
    "((x**99)**99)**99", "sqrt(" * 50 + "x" + ")" * 50, "sum(i, 1, 10**12)",
    "sum(i**2 for i in range(10**9))", "sum_{i} 1", "sum(v[i]**i, i)", "prod(1, 10**9)",
    "series(exp(exp(exp(x))),x,0,200)", "integrate(exp(-x**2)*log(x), x)", "limit(x, x, 0)",
    "diff(x**100000, x, 99999)", "*".join(["(x+1)"] * 1000), "*".join(["(x+y+1)"] * 400),
    "/".join(["x"] * 2000), "**".join(["x"] * 100), "+".join(["exp(x)"] * 1000),
    "+".join(f"sin({k}*x)" for k in range(500)), "+".join(["2*x"] * 2000),
    "*".join(f"(x - {k})" for k in range(300)), "exp(" * 100 + "x" + ")" * 100,
    "sin(" * 100 + "10**300*x" + ")" * 100, "+".join(["1/(x-x)"] * 100), "(x+y)**999 - (y+x)**999 + 3*x",
    "log(" * 60 + "x" + ")" * 60,
]  # fmt: skip

ARRAYS = [
    "eye(10**9)", "sum(eye(10**9))", "trace(eye(10**5))*x", "zeros((10**5, 10**5))",
    "sum(zeros((10**5, 10**5)))", "ones((10**6, 10**6)).sum()*x", "sum(ones((999,)*9))",
    "ones((99,99,99,99,99)).sum()", "sum(ones((n,n,n,n,n,n,n,n)))", "arange(10**12)",
    "sum(arange(10**12))*x", "arange(1e300)", "arange(0, 1, 1e-12).sum()", "linspace(0, 1, 10**12)",
    "np.full((10**5, 10**5), x).sum()", "np.empty((10**5, 10**5))", "tile(X, (10**5, 10**5)).sum()",
    "repeat(v, 10**10).sum()", "sum(" + "kron(" * 12 + "A" + ", A)" * 12 + ")",
    "sum(" + "kron(" * 60 + "A" + ", A)" * 60 + ")", "trace(" + "kron(A, " * 8 + "A" + ")" * 8 + ")",
    "sum(outer(kron(v, kron(v, v)), kron(v, kron(v, v))))",
    "np.einsum('i,j,k,l,m,o,p,q->ijklmopq', v, v, v, v, v, v, v, v).sum()",
    "np.einsum('ab,cd,ef,gh,ij,kl,mn->', X, X, X, X, X, X, X)",
    "einsum('" + ",".join("abcdefghijklmnopqrstuvwxyz") + "->', " + ", ".join(["v"] * 26) + ")",
    "einsum('" + "i" * 5000 + "', A)", "einsum('ii->', " * 50 + "A" + ")" * 50,
    "einsum('" + "i," * 999 + "i', v)", "np.einsum('...->', A)", "einsum('', A)", "einsum('i->ii', v)",
    "einsum('ij,jk->ik', A)", "einsum(A, A)", "X.reshape(10**9, -1)", "X.reshape((10**6, 10**6))",
    "X.reshape(-1, -1)", "reshape(v, (-5,))", "X.reshape(0)", "X.reshape(())", "mpow(A, 10**9)",
    "mpow(A, 10**18).sum()", "trace(mpow(A, 999))", "mpow(A, -10**9)", "mpow(A, x)", "expm(1e6*A).sum()",
    "sum(" + "expm(" * 20 + "A" + ")" * 20 + ")", "sum(mpow(mpow(mpow(A, 99), 99), 99))",
    "det(kron(kron(A, A), kron(A, A)))", "sum(inv(kron(kron(A, A), kron(A, A))))",
    "sum(" + " @ ".join(["A"] * 900) + ")", "trace(" + "inv(" * 80 + "A" + ")" * 80 + ")",
    "convfull(v, v, 10**9)", "conv2d(X, X, 1, 10**9).sum()", "conv2d(X, X, stride=1, padding=10**6).sum()",
    "conv2d(X, X, 1, 4000).sum()", "conv2d(X, X, 1, 2000).sum()*x", "conv2d(X, X, stride=0)",
    "max_pool(X, 10**9)", "avg_pool(X, 0)", "sum(convfull(" * 9 + "v" + ", v))" * 9,
    "concatenate([" + ", ".join(["v"] * 2000) + "]).sum()", "sum(stack([" + ", ".join(["X"] * 500) + "]))",
    "concatenate([concatenate([v] * 9)] * 9)",
    "sum(diag(diag(diag(kron(v, kron(v, kron(v, kron(v, v))))))))",
    "sum(diag(kron(v, kron(v, kron(v, v)))))", "X[10**9]", "X[-10**9, 0]", "v[10**30]", "v[0.5]", "v[x]",
    "v[v]", "v[v[v[v]]]", "X[:, :, :]", "X[::-1]", "X[::10**9]", "X[" * 50 + "0" + "]" * 50,
    "v" + "[:, None]" * 70, "v" + "[None]" * 70, "sum(v" + "[:, None]" * 30 + " + v)", "X" + ".T" * 2000,
    "sum(X" + ".T" * 3000 + ")", "v[:, None, None, None, None, None] * v[:, None, None, None, None]",
    "X.sum(axis=10**9)", "X.sum(axis=-99)", "swapaxes(X, 0, 99)", "transpose(X, (0, 0))",
    "tensordot(X, X, 99)", "tensordot(X, X, axes=0).sum()",
    "sum(tensordot(tensordot(X, X, 0), tensordot(X, X, 0), 0))",
    "sum(v[i]*v[j]*v[k]*v[l]*v[m]*v[p]*v[q]*v[r], i, j, k, l, m, p, q, r)",
    "sum_{i,j,k,l,m,p,q,r} v[i]*v[j]*v[k]*v[l]*v[m]*v[p]*v[q]*v[r]",
    "sum(i, sum(j, sum(k, sum(l, sum(m, A[i,j]*A[j,k]*A[k,l]*A[l,m])))))",
    "np.linalg.matrix_power(A, 10**9)", "np.random.rand(10**9)", "np.indices((10**4, 10**4))",
    "np.meshgrid(v, v)", "np.roll(v, 10**30)",
]  # fmt: skip

_NESTS = [
    ("(", ")"), ("[", "]"), ("{", "}"), ("-", ""), ("+", ""), ("not ", ""), ("~", ""), ("exp(", ")"),
    ("X[", "]"), ("x**", ""), ("2**", ""), ("x^", ""), ("x/", ""), ("x-", ""), ("x+", ""), ("x@", ""),
    ("x<", ""), ("x==", ""), ("x,", ""), ("(x,", ")"), ("sum(i,", ")"), ("sum_{i}", ""),
    ("where(x>0,", ",x)"), ("[x,", "]"), ("x[", ""), ("(", ""), ("", ")"), ("", "]"), ("", ".T"),
    ("", "[0]"), ("", "()"), ("", ".sum()"), ("", "**2"), ("", "!"), ("", "'"), ("", "²"), ("((", "))*1"),
    ("1/(1+", ")"), ("x if x else ", ""), ("lambda: ", ""), ("f(", ")"), ("np.", ""), ("|", "|"),
    ("x=", ""), ("d", ""), ("∂", ""), ("√", ""), ("abs(", ")"), ("norm(", ")"), ("{'a':", "}"), ("x;", ""),
    ("x:", ""), ("x\n", ""), ("#\n", ""), ("'", "'"),
]  # fmt: skip


def deep() -> Iterator[str]:
    """Every kind of nesting, a little and far too deep."""
    for opening, closing in _NESTS:
        for times in (40, 90, 1_000, FULL // len(opening + closing), MANY):
            yield opening * times + "x" + closing * times


def long_texts() -> Iterator[str]:
    """A megabyte of each kind of token."""
    for token in (
        "1", "9", "x", "a", ".", ",", "1.", "x ", " ", "\t", "\n", "\r", "+", "-", "*", "/", "**", "^",
        "@", "(", ")", "()", "[]", "[", "'", '"', "\\", "_", "x_", "^2", "0", "00.", "1e", "e", "E9", "#",
        "# x\n", "=", "==", "<", "x<", ":", ";", "!", "%", "$", "&", "|", "~", "?", "`", "²", "α", "é",
        "e\u0301", "한", "\U0001d465", "\u200b", "\ufeff", "\u202e", "\0", "\x7f", "\ud800", "sin", "sum(",
        "exp ", "x+", "x*", "2*x+", "x@", "x,", "-x", "x-", "np.", ".T", "X.T", "x[0]", "None ", "True ",
        "inf ", "nan ", "pi*", "x=", "i,", "∑", "√", "·", "−",
    ):  # fmt: skip
        yield token * (FULL // len(token))
        yield token * (1_000_000 // len(token))
    yield "x + " + "0*x + " * 150_000 + "x"
    yield "2*x" + " " * 1_000_000
    yield "2*x #" + "c" * 1_000_000
    yield ("x" * 1000 + "+") * 1000 + "x"


SPECIAL = [
    "nan", "NaN", "NAN", "inf", "Inf", "INF", "Infinity", "infinity", "-inf", "oo", "-oo", "zoo", "np.nan",
    "np.inf", "-np.inf", "np.NaN", "float('nan')", "float('inf')", "inf*0", "inf - inf", "0*inf + 2*x",
    "2*x + 0*inf", "2*x + nan", "nan*0 + 2*x", "x/0", "0/0", "2*x + 0/0", "x/(x-x)", "2*x*(x-x)/(x-x)",
    "log(0)", "log(-1)", "sqrt(-1)", "2*x + 0*log(-1)", "2*x + 0*sqrt(-1-x**2)", "(-8)**(1/3)", "0**0",
    "0**-1", "0.0**x", "arcsin(2)", "arccos(1e300)", "gamma(0)", "gamma(-3)", "2*x + exp(1e9) - exp(1e9)",
    "where(x > 0, 2*x, nan)", "where(x > 1e9, 0, nan)", "max(nan, 2*x)", "True", "False", "None",
    "Ellipsis", "...", "NotImplemented", "1j", "2j*x/1j", "I", "1e", "1e+", "--inf", "+-inf", "∞",
    "2*x + ∞ - ∞", "null", "undefined", "N/A", "?", "-", "minimum(inf, 3*x)", "maximum(-inf, 3*x)",
    "inf**0*3*x", "1**inf*3*x", "inf/inf*2*x", "abs(inf)", "sign(nan)", "sum(nan*v)", "x*inf/inf",
    "2*x**(inf/inf)", "2*x == 2*x", "x == x", "x < inf", "nan != nan", "(2*x == 2*x)*nan", "1e308*10*x",
    "1e-320*x*1e320*3", "5e-324*x", "-0.0", "2*x*(1 + 1e-30)", "2*x + 1e-300", "2*x*(1 - 1e-200)",
    "2*x + 1e-12", "2.0000000001*x", "2*x + 1e-15*sin(x)", "2*x + exp(-1000)", "2*x + exp(-exp(20))",
    "2*x + (x > 1e6)", "2*x + (x == 0.5)",
]  # fmt: skip

NAMES = [
    "reference", "answer", "solution", "scope", "expected", "correct", "result", "verdict", "equal",
    "pair", "case", "right", "got", "self", "cls", "this", "key", "tree", "points", "point", "values",
    "env", "args", "kwargs", "context", "grade", "score", "mark", "check", "judge", "parse", "read",
    "truth", "sympy", "numpy", "np", "flint", "arb", "gradwright", "gw", "os", "sys", "builtins", "scipy",
    "scipy.special", "np.linalg", "np.random", "math", "math.pi", "x.reference", "reference.answer",
    "reference()", "answer()", "check(x, x)", "judge(answer)", "Verdict('equal')", "Verdict",
    "GradwrightError", "Name('x')", "reference*1", "1*solution", "reference if True else x",
    "reference + 0", "(reference)", "2*reference", "$reference", "{reference}", "%(reference)s", "dx",
    "d_x", "x_", "_x", "x'", "x1", "x0", "2x", "x2", "xx", "X", "x·2", "axis", "keepdims", "dtype", "out",
    "n", "d", "n*d", "e", "pi", "E", "i", "j", "h",
]  # fmt: skip

_INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u061c\u115f\u1160\u17b4\u180e\u2000\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067\u2069"
    "\u3000\u3164\ufe00\ufe0f\uffa0\ufff9\ufffc\ufffd\ufffe\uffff\U000e0001\U000e0020\U000e007f\U0001d173"
)
_CONTROL = "".join(map(chr, [*range(32), 127, *range(128, 160)]))
_SURROGATES = "\ud800\udbff\udc00\udfff"


def characters() -> Iterator[str]:
    """Characters that are not seen, or turn the text around, or are no characters."""
    for letter in _INVISIBLE + _CONTROL + _SURROGATES:
        yield f"3*x{letter}"
        yield f"{letter}3*x"
        yield f"3*{letter}x + {letter}"
    yield "3*x" + "\u0301" * 5_000
    yield "".join("x" + "\u0300\u0301\u0302\u0303" * 100 for _ in range(20))
    yield "\u202e" * 500 + "x*3" + "\u202c" * 500
    yield "x\u202e*3/*\u2066 2*x \u2069\u2066*/"
    yield "3*x #\u202e x*2"
    yield "3\u20e3*x"
    yield "\U0001f468\u200d\U0001f469\u200d\U0001f467*x"
    yield "\ud83d\ude00"
    yield "".join(map(chr, range(0x20, 0x2000)))
    yield "".join(map(chr, range(0x2000, 0x3100)))
    yield "".join(map(chr, range(0x1D400, 0x1D800)))


def look_alikes() -> Iterator[tuple[str, str, bool]]:
    """The reference's own text in letters and signs that look like its own: read as such, or refused."""
    xs = "х×ⅹ𝐱𝑥𝒙𝓍𝔁𝔵𝕩𝖝𝗑𝘅𝘹𝙭𝚡ｘˣₓχ᙮⨯╳✕"
    twos = "２𝟐𝟚𝟤𝟮𝟸²₂②٢۲२২੨૨Ƨƻ"
    times = "∗＊⁎✱﹡·×⋅∙•xх"
    for syntax in (
        "text",
        "latex",
    ):
        yield from ((f"2*{x}", syntax, True) for x in xs)
        yield from ((f"{two}*x", syntax, True) for two in twos)
        yield from ((f"2{sign}x", syntax, True) for sign in times)
        yield from ((f"{two}*{x}", syntax, True) for two, x in zip(twos, xs, strict=False))
        for form in (
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
        ):
            yield unicodedata.normalize(form, "２＊ｘ"), syntax, True


MALFORMED = [
    "", " ", "\n", "()", "[]", "{}", "(", ")", "[", "]", "x[", "x(", "2*", "*x", "2**", "x..T", "x.", ".x",
    ".", ",", "x,", ",x", "x,,x", "x;", ";", ":", "x:", "x:y", "=", "==", "x==y", "x=2*y", "2*x=", "=2*x=",
    "x=y=2*x", ":=", "x := 2*x := x", "!=", "<>", "x <> y", "!", "x!", "x!!", "5!", "%", "x%y", "x%%y",
    "x//y", "x&y", "x|y", "x<<9**9**9", "~x", "x and y", "not x", "x in v", "x is x", "sin", "sin x",
    "sin()", "sin(,)", "sin(x,y)", "sin(x,)", "sin(x=1)", "sin(*v)", "sin(**v)", "sum()", "sum(,)",
    "X.sum(axis=)", "X.sum(axis=x)", "X.sum(axis=(0,0))", "X.sum(keepdims=keepdims)", "X.sum(bad=1)",
    "X.T()", "X.T.T.T(", "x.dot", "x.dot()", "x.dot(x,x)", "np.", "np..sum", "np.sum", "np.sum.sum",
    "np.np.sum(v)", "scipy", "0x10", "0b1", "0o7", "1_0", "1__0", "_1", "1.2.3", "1..2", "1e5.5", "1e1e1",
    "1 2", "x y", "x 2", "2 x", "(x)(y)", "x(y)", "2(x)", "(2)x", "x'", "x\"", "'", "\"", "\\", "\\\\",
    "\\x", "x\\", "/*x*/", "//x", "<!--x-->", "&lt;", "%0a", "\\n", "\\u0078", "\\N{LATIN SMALL LETTER X}",
    "x^^2", "x***2", "x*-*2", "--x", "+-+x", "- - x", "x--", "x++", "x+=1", "x@@x", "X@", "@X", "X@x",
    "A@X@A@X", "|x", "||x||", "|x|", "‖x‖", "<x>", "⟨x, x⟩", "⌊x⌋", "x→y", "x≠y", "x≤y", "¬x", "∀x", "∃x",
]  # fmt: skip

LATEX = [
    r"\input{/etc/passwd}", r"\include{/etc/passwd}", r"\write18{touch canary-of-the-tests}",
    r"\immediate\write18{touch canary-of-the-tests}", r"\openout5=canary-of-the-tests", r"\def\x{\x\x}\x",
    r"\newcommand{\a}{\a\a}\a", r"\let\a=\b", r"\loop\iftrue\repeat", r"\catcode`\@=11",
    r"\csname x\endcsname", r"\expandafter\x", r"\the\x", r"\special{x}",
    r"\href{javascript:alert(1)}{2x}", r"\url{x}", r"\includegraphics{/etc/passwd}", r"\verb|2x|",
    r"\text{2x}", r"\mbox{2x}", r"\label{x}", r"\ref{x}", r"\require{ams}", r"\class{x}{2x}",
    r"\unknown{x}", r"\begin{x}2x\end{x}", r"\begin{align}3x\end{align}",
    r"\begin{bmatrix}" + "x&" * 900 + r"x\end{bmatrix}",
    r"\begin{bmatrix}" + r"x\\" * 900 + r"x\end{bmatrix}", r"\begin{bmatrix}x\end{pmatrix}",
    r"\begin{bmatrix}1&2\\3\end{bmatrix}", r"\begin{cases}2x", r"\end{bmatrix}", r"\left(x", r"x\right)",
    r"\left(x\right", r"\left", r"\right", r"\left<2x\right>", r"\left.2x\right.", r"\frac", r"\frac{1}",
    r"\frac12x", r"\frac{1}{0}", r"\frac{}{}", r"\sqrt", r"\sqrt[3]", r"\sqrt[]{x}", r"\sqrt[0]{x}",
    r"\sqrt[10^9]{x}", r"x^", r"x_", r"^2", r"_2", r"x^{", r"x^}", r"x^{}", r"x_{}", r"x^2^2", r"x_2_2",
    r"x^{2^{2^{2^{99}}}}", r"x^{9^{9^{9}}}", r"9^{9^{9^{9}}}", r"(x+1)^{100000}",
    r"\left(x+y\right)^{2000}-\left(y+x\right)^{2000}", r"\prod_{k=1}^{10^9} k", r"\sum_{k=1}^{10^{12}} k",
    r"\sum_{i=1}^{n}\sum_{j=1}^{n}\sum_{k=1}^{n}\sum_{l=1}^{n} v_i v_j v_k v_l", r"\sum", r"\sum_",
    r"\sum_{}", r"\sum_{i}^{}", r"\sum_{i=}^{n}", r"\sum_{i=1}^{n}", r"\sum_{x=1}^{x} x",
    r"\prod_{i=1}^{\infty} 2", r"\int_0^1 x dx", r"\lim_{x\to 0} x", r"10^{10^{10}}", r"10!^{10!}",
    r"100!!", r"x!!!!!!!!!!!!", r"\infty", r"2x+\infty-\infty", r"\infty\cdot 0", r"-\infty",
    r"\mathrm{NaN}", r"\text{nan}", r"\operatorname{nan}", r"\operatorname{eval}(x)",
    r"\operatorname{__import__}", r"\operatorname{}", r"\operatorname", r"\mathbf{}", r"\mathbb{1}",
    r"\hat{}", r"\bar", r"\hat{\hat{\hat{x}}}", r"\partial", r"\frac{\partial}{\partial}",
    r"\frac{\partial L}{\partial x}", r"\nabla", r"\|x", r"\|x\|", r"\|", r"|x", r"||x||", r"\lvert x",
    r"$", r"$$", r"x$", r"$x", r"$$$3x$$$", r"\[3x\]", r"\(3x\)", r"\(3x", r"3x\)", r"%2x", r"3x%2x",
    r"3x % 2x", "3x\n%\n", r"\%", r"\#", r"#1", r"&", r"\\", r"\ ", "\\", r"\,", r"~", r"3x~~~~",
    r"\!\!\!3x", r"\phantom{2x}", r"\color{white}2x", r"\cancel{2x}", r"\not=", r"\neq", r"x=2x", r"2x=",
    r"{", r"}", r"{}", r"{{}}", r"}{", r"{x", r"x}", r"\{x\}", r"\{", r"a\over b", r"{x \over 0}",
    r"x\choose y", r"\binom{10^9}{10^8}", r"\stackrel{2}{x}", r"\overset{2}{x}", r"\underbrace{2x}_{3x}",
    r"\boxed{2x", r"\color", r"\tag{1}", r"\reference", r"\answer", r"\mathrm{reference}",
    r"\text{reference}", r"\text{solution}", r"\x", r"\xx", r"\2x", r"2\x", "\\\0", "\\\u202e", r"\u0078",
    r"\char`x", r"\symbol{120}", r"^^78", r"2^^78", r"\uppercase{x}", r"\lowercase{X}",
]  # fmt: skip

_LATEX_NESTS = [
    ("{", "}"), (r"\left(", r"\right)"), (r"\frac{1}{", "}"), (r"\frac{", "}{x}"), (r"\sqrt{", "}"),
    (r"\sqrt[", "]{x}"), ("x^{", "}"), ("x_{", "}"), ("x^", ""), ("x_", ""), (r"\hat{", "}"),
    (r"\mathbf{", "}"), (r"\text{", "}"), (r"\|", r"\|"), ("|", "|"), (r"\left|", r"\right|"),
    (r"\exp(", ")"), (r"\exp", ""), (r"\sum_{i}", ""), (r"\sum_{i=1}^{", "}"), (r"\operatorname{", "}"),
    (r"\begin{bmatrix}", r"\end{bmatrix}"), (r"\overline{", "}"), ("$", "$"), (r"\frac", ""),
    (r"\left(", ""), ("", r"\right)"), ("", "^2"), ("", "_2"), ("", "'"), ("", "!"), ("", r"^\top"),
    ("-", ""), ("(", ")"), ("[", "]"), ("x", ""), (r"\cdot ", ""), (r"\,", ""), (r"\\", ""), ("&", ""),
    (r"\partial ", ""), (r"\log_{", "}"), (r"\{", r"\}"),
]  # fmt: skip


def latex_deep() -> Iterator[str]:
    """Every kind of nesting of LaTeX, and a megabyte of some of its tokens."""
    for opening, closing in _LATEX_NESTS:
        for times in (40, 90, 1_000, FULL // len(opening + closing), MANY):
            yield opening * times + "x" + closing * times
    for token in (
        "\\",
        "{",
        "}",
        "^",
        "_",
        "$",
        "&",
        "%",
        "~",
        r"\a",
        r"\alpha ",
        r"\left",
        r"\frac",
        "x_1",
        "x^2",
        "\\\\",
        r"\begin{x}",
        r"\text{x}",
        "x ",
        "3x+",
        "v_i ",
    ):
        yield token * (FULL // len(token))
        yield token * (1_000_000 // len(token))


PIECES = [
    "x", "y", "v", "X", "A", "2", "0", "1e9", ".5", "+", "-", "*", "/", "**", "^", "@", "(", ")", "[", "]",
    ",", ".T", ".sum()", "exp(", "sum(", "axis=0", "np.", "i", "==", "<", "!", "=", "'", ":", "None", " ",
    "\n", "#", "inf", "nan", "log(", "where(", "einsum('ij->'", "inv(", "eye(n)", "_", "{", "}", "∂", "²",
    "\u200b", "9**9", "mean(", "X[i,j]", "sum_{i}", "…", "\\", "conv2d(", "max_pool(", "avg_pool(X, 2)",
    "corr(", "convfull(", "reshape(", ".reshape(n, -1)", "kron(", "einsum('ij,jk->ik', ", "stack([", "])",
    "concatenate([", "[:, None]", "[1:]", "[0, :]", "[::2]", "diag(", "det(", "softmax(", "axis=1",
    "keepdims=True", "swapaxes(", "tensordot(", "outer(", "norm(", "cov(", "solve(A, ", "mpow(A, ",
    "expm(", "trace(", "argmax(", "std(", "prod(", "zeros_like(", "ones((n, d))", "arange(n)",
    "maximum(x, ", "sigmoid(", "relu(", "gelu(", "n", "d", "-1", "1/2", "1e-9", "%", "<=", ">", "and",
    "not ", "if", "lambda", "|", "@ A", ".T @ X", "logsumexp(", "cumsum(", "np.linalg.", "layer_norm(",
    "factorial(", "binomial(5, ", "v[i]", "A[i,i]", "X[0]", "== 0",
]  # fmt: skip
LATEX_PIECES = [
    "x", "y", "v", "X", "A", "2", "+", "-", "=", "^", "_", "{", "}", "(", ")", "[", "]", r"\frac",
    r"\sqrt", r"\sum_{i}", r"\left(", r"\right)", r"\top", r"\cdot", r"\log", r"\exp", r"\|", "|", "'",
    "!", r"\operatorname{tr}", r"\mathbf{X}", r"\begin{bmatrix}", r"\end{bmatrix}", "&", r"\\", " ", "$",
    "%", r"\partial", r"\hat{x}", "v_i", "X_{ij}", r"\text{a}", r"\,", "9^9", r"\infty", "\\",
    r"\mathbb{1}[", "~", r"\sigma(",
]  # fmt: skip


def noise(pieces: list[str] = PIECES, count: int = 150) -> Iterator[str]:
    """Pieces of the language in no order, each ended so that it can't mean ``2*x``."""
    chance = random.Random(7)
    for _ in range(count):
        yield "".join(chance.choices(pieces, k=chance.randint(1, 40))) + " - 7*y"
