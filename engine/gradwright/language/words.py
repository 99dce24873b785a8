"""The words of the language: Greek letters, accents, functions, their other spellings and their arities."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def listed(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lam", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron",
    "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Λ": "Lambda", "∆": "Delta",
}  # fmt: skip
GREEK_LETTERS = {
    **_GREEK,
    **{
        letter.upper(): word.capitalize()
        for letter, word in _GREEK.items()
        if letter.isalpha() and word != "lam"
    },
    "Λ": "Lambda",
}
"""Each Greek letter's spelled name; ``λ`` is ``lam``, since ``lambda`` can't be a name in NumPy code."""

ACCENTS = {
    "\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde", "\u0307": "dot", "\u20d7": "vec",
}  # fmt: skip
"""Each combining mark's spelled name, written after the letter: ``x̂`` is ``x_hat``."""

_ACCENTED = re.compile(f"([^\\W\\d_])([{''.join(ACCENTS)}])(\\d*)(?=_|$)")


@lru_cache(4096)
def canonical_name(written: str) -> str:
    """The one spelling of a name: Greek letters and accents spelled out, look-alike forms folded (NFKC).

    >>> canonical_name("θ"), canonical_name("x̂"), canonical_name("lambda"), canonical_name("W₁")
    ('theta', 'x_hat', 'lam', 'W1')
    """
    parts = unicodedata.normalize("NFKD", written)
    parts = _ACCENTED.sub(lambda found: f"{found[1]}{found[3]}_{ACCENTS[found[2]]}", parts)
    spelled = "".join(GREEK_LETTERS.get(letter, letter) for letter in unicodedata.normalize("NFKC", parts))
    return _LAMBDA.sub("lam", spelled)


@lru_cache(512)
def partial_name(written: str) -> str:
    """The one spelling of a derivative's name: ``∂L/∂W`` is ``dL_dW``."""
    above, below = (part.strip().removeprefix("∂").strip() for part in written.split("/"))
    return canonical_name(f"d{above}_d{below}")


_LAMBDA = re.compile(r"(?<![^\W_])lambda(?![^\W\d_])")

UNARY = listed(
    "exp log log1p expm1 sqrt cbrt abs sign sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh "
    "arccosh arctanh sec csc cot sech csch coth "
    "erf erfc step sigmoid softplus relu silu floor ceil conj real imag factorial "
    "gamma gammaln digamma trace det logdet inv pinv norm1 norm2 ravel diag diagonal ones_like "
    "zeros_like expm cholesky size array"
)
"""Functions of one array."""

_OTHERS = (
    "arctan2 maximum minimum where clip heaviside leaky_relu elu gelu logaddexp binomial hypot mod "
    "sum mean var std max min prod logsumexp softmax log_softmax argmax argmin cumsum "
    "dot vdot inner outer einsum tensordot solve norm eye ones zeros full arange kron transpose "
    "swapaxes moveaxis reshape squeeze "
    "expand_dims concatenate stack cov average mpow corr convfull conv2d max_pool "
    "avg_pool shape astype"
)
PRIMITIVES = UNARY | listed(_OTHERS)
"""Every function of the grammar, each by its one name; composite functions come besides."""

ALIASES = {
    "absolute": "abs", "Abs": "abs", "fabs": "abs", "ln": "log", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "cosec": "csc", "cotan": "cot", "sgn": "sign", "Max": "max", "Min": "min", "amax": "max", "amin": "min",
    "fmax": "maximum", "fmin": "minimum", "expit": "sigmoid", "conjugate": "conj", "re": "real", "im": "imag",
    "tr": "trace", "matrix_power": "mpow", "comb": "binomial", "choose": "binomial", "identity": "eye",
    "flatten": "ravel", "ceiling": "ceil", "product": "prod", "remainder": "mod", "Gamma": "gamma",
    "lgamma": "gammaln", "loggamma": "gammaln", "psi": "digamma", "swish": "silu", "ReLU": "relu",
    "asarray": "array", "GELU": "gelu", "SiLU": "silu", "ELU": "elu", "logsoftmax": "log_softmax",
    "sigma": "sigmoid",
}  # fmt: skip
"""Other spellings of functions."""

OPERATORS = {
    "matmul": "@", "multiply": "*", "add": "+", "subtract": "-", "divide": "/", "true_divide": "/",
    "power": "**", "pow": "**",
}  # fmt: skip
"""Functions that are an operator in words."""

COMPARISONS = {
    "equal": "==", "not_equal": "!=", "greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=",
}  # fmt: skip
"""Functions that are a comparison in words."""

REDUCTIONS = listed("sum mean var std max min prod logsumexp softmax log_softmax argmax argmin")
"""Functions whose second positional argument is an axis."""

INDEX_REDUCTIONS = frozenset({"sum", "prod", "max", "min", "mean"})
"""Functions that also run over named indices: ``sum(i, X[i, j])``."""

METHODS = listed(
    "sum mean var std max min prod argmax argmin cumsum dot ravel flatten reshape astype transpose trace "
    "diagonal swapaxes squeeze conj clip copy"
)
"""Methods that may be called on a value."""

CONSTANTS = {
    "pi": "pi", "e": "E", "inf": "inf", "newaxis": "None",
    "float64": "float", "float32": "float", "float_": "float", "double": "float",
}  # fmt: skip
"""What may follow ``np.`` without being called, and the name that it is."""

_PAIRS = (
    "arctan2 maximum minimum logaddexp binomial hypot mod dot vdot inner outer solve kron corr convfull mpow"
)
_SINGLES = "var std softmax log_softmax argmax argmin astype"
_ONE_OR_TWO = "log average heaviside leaky_relu elu gelu shape norm transpose eye logsumexp"
ARITIES = {
    **dict.fromkeys(UNARY, (1, 1)),
    **dict.fromkeys(listed(_PAIRS), (2, 2)),
    **dict.fromkeys(listed(_SINGLES), (1, 1)),
    **dict.fromkeys(listed(_ONE_OR_TWO), (1, 2)),
    "where": (3, 3), "clip": (1, 3), "swapaxes": (3, 3), "reshape": (2, 2), "tensordot": (2, 3),
}  # fmt: skip
"""The least and the greatest number of positional arguments, where the grammar knows it."""

_LATEX_WORDS = {
    "pi": r"\pi", "E": "e", "inf": r"\infty", "oo": r"\infty", "eps": r"\epsilon", "ell": r"\ell",
    "omicron": "o", "epsilon": r"\varepsilon", "phi": r"\phi", "lam": r"\lambda", "None": r"\mathrm{None}",
}  # fmt: skip
_LATIN_CAPITALS = {
    "Alpha": "A", "Beta": "B", "Epsilon": "E", "Zeta": "Z", "Eta": "H", "Iota": "I", "Kappa": "K", "Mu": "M",
    "Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X",
}  # fmt: skip
_SUBSCRIPTED = re.compile(r"([A-Zb])([A-Za-z])")


@lru_cache(4096)
def latex_name(name: str) -> str:
    r"""A name as mathematics writes it: Greek letters, accents, subscripts, upright words.

    >>> latex_name("x_hat"), latex_name("W1"), latex_name("theta_0"), latex_name("x_train")
    ('\\hat{x}', 'W_{1}', '\\theta_{0}', 'x_{\\mathrm{train}}')
    """
    head, *rest = [part for part in name.split("_") if part] or [name]
    found = re.fullmatch(r"(.*?)([0-9]*)", head)
    assert found is not None, head
    stem, digits = found.groups()
    split = _SUBSCRIPTED.fullmatch(stem)
    below = [digits] if digits else []
    if split is not None and not digits:
        stem, below = split[1], [split[2]]
    symbol = _latex_word(stem or digits)
    if not stem:
        below = []
    marks = set(ACCENTS.values())
    for part in rest:
        if part in marks:
            symbol = f"\\{part}{{{symbol}}}"
        else:
            below.append(_latex_word(part))
    return f"{symbol}_{{{','.join(below)}}}" if below else symbol


def _latex_word(word: str) -> str:
    if word in _LATEX_WORDS:
        return _LATEX_WORDS[word]
    if word in _LATIN_CAPITALS:
        return f"\\mathrm{{{_LATIN_CAPITALS[word]}}}"
    if word in GREEK_LETTERS.values():
        return f"\\{word}"
    if word.startswith("Delta") and len(word) == 6:
        return f"\\Delta {word[5]}"
    if not word.isascii():
        return f"\\text{{{word}}}"
    return word if len(word) == 1 or word.isdigit() else f"\\mathrm{{{word}}}"
