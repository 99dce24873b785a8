"""The macros of LaTeX that are read, each by what it stands for, and those that are refused and why."""

from __future__ import annotations

from gradwright.language.words import listed

_GREEK = listed(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa mu nu xi omicron rho sigma tau upsilon phi chi "
    "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar imath jmath "
    "varepsilon vartheta varphi varrho varsigma varkappa varGamma varDelta varTheta varSigma varOmega varPhi"
)
SYMBOLS: dict[str, str] = {
    **{name: name for name in _GREEK}, "lambda": "lam", "varpi": "varpi", "imath": "i", "jmath": "j",
    "Alpha": "Alpha", "Beta": "Beta", "Epsilon": "Epsilon", "Eta": "Eta",
}  # fmt: skip
"""Macros that are letters, and the names of the values that they stand for."""

SPELLINGS: tuple[frozenset[str], ...] = tuple(
    listed(words)
    for words in (
        "epsilon eps varepsilon", "lam lambda lamda lmbda", "phi varphi", "theta vartheta",
        "sigma varsigma", "rho varrho", "kappa varkappa", "ell l",
    )
)  # fmt: skip
"""Names that are one letter in LaTeX."""

CONSTANTS = {"pi": "pi", "exponentialE": "E", "infty": "inf", "e": "E"}
"""Macros that are constants."""

FUNCTIONS: dict[str, str] = {
    **{
        name: name
        for name in listed(
            "exp log sin cos tan sec csc cot sinh cosh tanh sech csch coth arcsin arccos arctan arcsinh "
            "arccosh arctanh arccot arcsec arccsc det max min gcd lcm floor ceil"
        )
    },
    "ln": "log", "lg": "log10", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "cosec": "csc",
    "ctg": "cot", "tg": "tan", "arsinh": "arcsinh", "arcosh": "arccosh", "artanh": "arctanh", "tr": "tr",
    "Tr": "tr", "trace": "tr", "diag": "diag", "softmax": "softmax", "sign": "sign", "sgn": "sign",
    "argmax": "argmax", "argmin": "argmin", "relu": "relu", "ReLU": "relu", "sigmoid": "sigmoid",
    "operatornamewithlimits": "max", "Re": "real", "Im": "imag",
}  # fmt: skip
"""Macros that are functions of what follows."""

BIG = {"sum": "sum", "prod": "prod"}
"""Signs with indices below and a body behind."""

OPERATORS = {
    "cdot": "cdot", "times": "times", "ast": "ast", "odot": "odot", "circ": "odot", "div": "/",
    "over": "over",
    "otimes": "otimes", "oslash": "oslash", "pm": "pm", "mp": "pm", "bullet": "cdot", "star": "star",
    "bmod": "mod", "mod": "mod", "slash": "/", "centerdot": "cdot", "cdotp": "cdot", "oplus": "oplus",
    "le": "<=", "leq": "<=", "leqslant": "<=", "lt": "<", "ge": ">=", "geq": ">=", "geqslant": ">=",
    "gt": ">",
    "ne": "!=", "neq": "!=", "approx": "~", "equiv": "~", "simeq": "~", "coloneqq": "=", "triangleq": "=",
    "doteq": "=", "leftarrow": "=", "gets": "=", "cong": "~", "in": "in", "neg": "not", "colon": ":",
    "land": "and", "wedge": "and",
    "leqq": "<=", "geqq": ">=",
}  # fmt: skip
"""Macros that stand between two operands."""

OPENERS = {
    "lvert": "|", "lVert": "‖", "lfloor": "⌊", "lceil": "⌈", "langle": "⟨", "lbrack": "[", "lbrace": "{",
    "lgroup": "(", "lparen": "(",
}  # fmt: skip
CLOSERS = {
    "rvert": "|", "rVert": "‖", "rfloor": "⌊", "rceil": "⌈", "rangle": "⟨", "rbrack": "[", "rbrace": "{",
    "rgroup": "(", "rparen": "(",
}  # fmt: skip
"""Delimiters by the sign that both of a pair are known by."""

BARS = {"vert": "|", "mid": "|", "Vert": "‖", "|": "‖", "parallel": "‖"}
"""Delimiters that open and close alike."""

WORDS = listed(
    "operatorname mathrm text mathsf texttt mathtt textrm textsf mbox textnormal mathop hbox textup "
    "textbf textit mathit rm"
)
"""Macros whose argument is a word: the name of a function or of a value."""

FONTS = listed(
    "mathbf boldsymbol bm mathcal mathscr mathfrak mathbb vec pmb bold symbf symbfit mathbbm mathds "
    "mathnormal symbol bf it underline displaystyle textstyle scriptstyle scriptscriptstyle boxed fbox "
    "limits nolimits mathopen mathclose mathord mathbin mathrel mathinner ensuremath strut mathstrut "
    "nonumber notag quad qquad thinspace medspace thickspace negthinspace enspace space cal allowbreak "
    "nobreak null relax"
)
"""Macros that change how something looks, not what it means."""

ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve", "mathring": "ring",
}  # fmt: skip
"""Marks over a letter, and what they add to its name."""

FRACTIONS = listed("frac dfrac tfrac cfrac nicefrac sfrac")
BINOMIALS = listed("binom dbinom tbinom")

ENVIRONMENTS = {
    **dict.fromkeys(
        listed("matrix pmatrix bmatrix Bmatrix smallmatrix array bsmallmatrix psmallmatrix"), "matrix"
    ),
    "vmatrix": "det", "Vmatrix": "norm", "cases": "cases", "dcases": "cases", "rcases": "cases",
    **dict.fromkeys(
        listed("aligned align align* split equation equation* gather gather* gathered displaymath math"),
        "lines",
    ),
}  # fmt: skip

REFUSED = {
    "int": "an integral is not read", "iint": "an integral is not read", "oint": "an integral is not read",
    "lim": "a limit is not read", "limsup": "a limit is not read", "liminf": "a limit is not read",
    "sup": "a supremum is not read", "inf": "an infimum is not read",
    "cup": "a set is not an expression", "cap": "a set is not an expression",
    "setminus": "a set is not an expression", "emptyset": "a set is not an expression",
    "varnothing": "a set is not an expression", "notin": "a set is not an expression",
    "subset": "a set is not an expression", "forall": "a statement is not an expression",
    "exists": "a statement is not an expression", "implies": "one expression is read at a time",
    "iff": "one expression is read at a time", "Rightarrow": "one expression is read at a time",
    "Leftrightarrow": "one expression is read at a time", "to": "an arrow is not an expression",
    "rightarrow": "an arrow is not an expression", "mapsto": "an arrow is not an expression",
    "ldots": "dots leave out what is meant", "cdots": "dots leave out what is meant",
    "dots": "dots leave out what is meant", "dotsc": "dots leave out what is meant",
    "dotsb": "dots leave out what is meant", "vdots": "dots leave out what is meant",
    "ddots": "dots leave out what is meant", "propto": "a proportionality is not an expression",
    "sim": "a distribution is not an expression", "angle": "an angle is not read",
    "degree": "degrees are not read", "arg": "the place of a maximum is counted in two ways",
}  # fmt: skip
"""Macros that mathematics knows and an answer can't hold."""
NEXT_MOVES = {
    "dots": "write every term out, or use a sum sign",
    "one": "write one expression a line",
    "a set": "write one value",
    "degrees": "write the angle in radians",
    "the place": r"write \operatorname{argmax}(z), counted from 0",
}
"""The next move, by how the reason begins."""

CHARACTERS: dict[str, tuple[str, str]] = {
    "·": ("op", "cdot"), "⋅": ("op", "cdot"), "∙": ("op", "cdot"), "•": ("op", "cdot"), "×": ("op", "times"),
    "÷": ("op", "/"), "∕": ("op", "/"), "⁄": ("op", "/"), "−": ("op", "-"), "–": ("op", "-"),
    "∗": ("op", "ast"),
    "⊙": ("op", "odot"), "∘": ("op", "odot"), "⊗": ("op", "otimes"), "⊘": ("op", "oslash"), "±": ("op", "pm"),
    "≤": ("op", "<="), "≥": ("op", ">="), "≠": ("op", "!="), "≈": ("op", "~"), "∈": ("op", "in"),
    "∑": ("big", "sum"), "∏": ("big", "prod"), "√": ("root", "sqrt"), "∂": ("partial", ""),
    "∇": ("nabla", ""),
    "∞": ("constant", "inf"), "‖": ("bar", "‖"), "∥": ("bar", "‖"), "⟨": ("open", "⟨"), "⟩": ("close", "⟨"),
    "⌊": ("open", "⌊"), "⌋": ("close", "⌊"), "⌈": ("open", "⌈"), "⌉": ("close", "⌈"), "′": ("prime", "'"),
    "½": ("half", ""), "π": ("constant", "pi"), "ᵀ": ("raised", "top"), "⊤": ("top", "⊤"),
    "²": ("raised", "2"), "³": ("raised", "3"), "¹": ("raised", "1"), "⁰": ("raised", "0"),
    "⁴": ("raised", "4"),
    "⁵": ("raised", "5"), "⁶": ("raised", "6"), "⁷": ("raised", "7"), "⁸": ("raised", "8"),
    "⁹": ("raised", "9"),
    "⁻": ("raised", "-"), "ⁿ": ("raised", "n"),
    **{chr(0x2080 + digit): ("lowered", str(digit)) for digit in range(10)},
    "ᵢ": ("lowered", "i"), "ⱼ": ("lowered", "j"),
}  # fmt: skip
"""Characters outside ASCII by the kind and value of their token."""
