"""LaTeX cut into tokens: what only changes its looks is dropped, and every sign gets the kind that it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from gradwright.errors import nearest
from gradwright.language.bounds import DEPTH, check_length
from gradwright.language.scope import ReadError
from gradwright.language.tex import macros
from gradwright.language.tex.spelled import Declared
from gradwright.language.words import canonical_name


class Token(NamedTuple):
    """A sign of the text: its kind, what it stands for, its place, and whether a space stands before it."""

    kind: str
    value: str
    start: int
    end: int
    spaced: bool = False


_GROUPED = r"\d{1,3}(?:(?:,\\!\s*|\{,\}|\\,)\d{3})+(?![\d])"
_NUMBER = rf"(?P<number>(?:{_GROUPED}|\d+(?:\{{,\}}\d+)?)(?:\.\d*)?|\.\d+)(?P<power>E[+-]?\d+)?"
_PLAINLY_GROUPED = re.compile(r"(?P<number>[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)(?P<power>E[+-]?\d+)?(?![\d,])")
_WORDS = "|".join(sorted(macros.WORDS, key=len, reverse=True))
_WORD = rf"\\(?P<wordmacro>{_WORDS})\*?\s*\{{(?P<word>(?:[^{{}}\\$^]|\\[,;:!_ ])*)\}}"
_BOLD = r"\\(?:mathbf|mathbb|boldsymbol|bm|mathbbm|mathds|vec|mathrm|pmb)"
_ONES = rf"{_BOLD}\s*(?:\{{\s*(?P<ones>[01])\s*\}}|(?P<bare_ones>[01]))"
_ENVIRONMENT = (
    r"\\(?P<edge>begin|end)\s*\{(?P<environment>[A-Za-z]+\*?)\}(?P<columns>\{[lcr|\s]*\}|\[[a-z]\])?"
)
_SIZED = r"\\(?P<sized>left|right|middle|[bB]igg?(?:l|r|m)?)(?![A-Za-z])\s*(?P<null>\.(?!\d))?"
_BREAK = r"\\\\(?:\s*\[[^\]\\]*\])?|\\(?:newline|cr|tabularnewline)(?![A-Za-z])"
_RAISED = "".join(char for char, (kind, _) in macros.CHARACTERS.items() if kind == "raised")
_LOWERED = "".join(char for char, (kind, _) in macros.CHARACTERS.items() if kind == "lowered")
_TOKEN = re.compile(
    rf"(?P<space>(?:\s|~|\\[,;:!>\s]|\\ )+)|{_NUMBER}|(?P<letters>[A-Za-z][A-Za-z0-9]*)|(?P<break>{_BREAK})"
    rf"|{_WORD}|{_ONES}|{_ENVIRONMENT}|(?P<size>{_SIZED})|\\(?P<macro>[A-Za-z]+)\*?|\\(?P<control>[^A-Za-z\s])"
    rf"|(?P<raised>[{_RAISED}]+)|(?P<lowered>[{_LOWERED}]+)"
    r"|(?P<letter>[^\W\d_][\u0300-\u036f]*)|(?P<relation><=|>=|==|!=|:=)|(?P<sign>.)",
    re.DOTALL,
)
_STATISTICS = re.compile(r"\\mathbb\s*\{?\s*[EPVRNZQC](?![A-Za-z])")
_SIGNS = {
    "+": ("op", "+"), "-": ("op", "-"), "*": ("op", "*"), "/": ("op", "/"), "=": ("op", "="),
    "<": ("op", "<"), ">": ("op", ">"), "(": ("open", "("), ")": ("close", "("), "[": ("open", "["),
    "]": ("close", "["), "|": ("bar", "|"), ",": ("comma", ","), ";": ("comma", ";"), "&": ("cell", "&"),
    "!": ("fact", "!"), "'": ("prime", "'"), "{": ("{", "{"), "}": ("}", "}"), "^": ("^", "^"),
    "_": ("_", "_"), ":": ("op", ":"), "%": ("percent", "%"), "°": ("percent", "°"),
}  # fmt: skip
_CONTROLS = {
    "{": ("open", "{"), "}": ("close", "{"), "|": ("bar", "‖"), "%": ("percent", "%"), "(": ("", ""),
    ")": ("", ""), "[": ("", ""), "]": ("", ""), "$": ("", ""), "_": ("_", "_"), "&": ("cell", "&"),
    ",": ("", ""),
}  # fmt: skip
_RELATIONS = {"<=": "<=", ">=": ">=", "==": "=", "!=": "!=", ":=": "="}
_SKIPPED = frozenset("$\u200b\ufeff\u2061\u2062\u2063")


def tokens_of(text: str, declared: Declared) -> list[Token]:
    """The tokens of a text, with the brackets counted.

    Args:
        text: The LaTeX.
        declared: The names that are values: a run of letters is cut by them.

    Raises:
        ReadError: The text is too long or too deep, or holds what can't be read.
    """
    check_length((0, len(text)))
    return _Lexer(text, declared).run()


class _Lexer:
    def __init__(self, text: str, declared: Declared) -> None:
        self.text = text
        self.declared = declared
        self.found: list[Token] = []
        self.spaced = False
        self.facing = ""
        self.depth = 0
        self.next = 0

    def run(self) -> list[Token]:
        text, position, end = self.text, 0, len(self.text)
        while position < end:
            match = _TOKEN.match(text, position)
            assert match is not None, text[position]
            self.next = match.end()
            kind = match.lastgroup or ""
            if kind == "space":
                self.spaced = True
            else:
                _READ[kind](self, match)
            position = self.next
        return self.found

    def put(self, kind: str, value: str, start: int, end: int) -> None:
        """Append a token; the depth of brackets is bounded here, before anything is built of them."""
        if kind in ("bar", "open", "close") and self.facing:
            kind = self.facing if kind == "bar" else kind
        self.facing = ""
        if kind in ("open", "{", "begin"):
            self.depth += 1
            if self.depth > DEPTH:
                raise ReadError(
                    f"brackets are nested deeper than {DEPTH} levels", (start, end), "name parts of it"
                )
        elif kind in ("close", "}", "end"):
            self.depth -= 1
        self.found.append(Token(kind, value, start, end, self.spaced))
        self.spaced = False

    def number(self, match: re.Match[str]) -> None:
        grouped_plainly = None if self.depth else _PLAINLY_GROUPED.match(self.text, match.start())
        match = grouped_plainly or match
        start, end = match.span()
        digits, power = match["number"], match["power"] or ""
        if power and self.declared.is_value("E"):
            end = start + len(digits)
            power = ""
        self.next = end
        # A German decimal comma, unless three digits follow as in a grouped number.
        plain = re.sub(r",\\!\s*", "", digits).replace("\\,", "")
        plain = plain if grouped_plainly is None else plain.replace(",", "")
        if "{,}" in plain:
            grouped = re.fullmatch(_GROUPED + r"(?:\.\d*)?", digits) is not None and not digits.startswith(
                "0"
            )
            plain = plain.replace("{,}", "" if grouped else ".")
        following = re.compile(r"e[+-]\d").match(self.text, end)
        if following is not None and not self.declared.is_value("e"):
            raise ReadError(
                f"{self.text[start : following.end()]} has two meanings",
                (start, following.end()),
                r"write 10^{-3} for a power of ten, or 2 e - 3 with spaces",
            )
        self.put("number", plain + power, start, end)

    def letters(self, match: re.Match[str]) -> None:
        start = match.start()
        written = self.declared.raw(self.text, start)
        if written is not None:
            name, end = written
            self.put("symbol", name, start, end)
            self.next = end
            return
        run = match[0]
        ends_call = self.text[match.end() : match.end() + 1] == "(" or self.text.startswith(
            "\\left(", match.end()
        )
        for kind, value, width in self.declared.cut(run, called=ends_call):
            self.put(kind, value, start, start + width)
            start += width

    def word(self, match: re.Match[str]) -> None:
        start, end = match.span()
        value = match["word"].strip()
        self.put("word", value, start, end)

    def ones(self, match: re.Match[str]) -> None:
        self.put("ones", match["ones"] or match["bare_ones"], *match.span())

    def edge(self, match: re.Match[str]) -> None:
        name = match["environment"]
        kind = macros.ENVIRONMENTS.get(name)
        if kind is None:
            raise ReadError(f"the environment {name} is not read", match.span(), "write one expression")
        self.put(match["edge"], kind, *match.span())

    def size(self, match: re.Match[str]) -> None:
        word = match["sized"]
        if match["null"]:
            return
        self.facing = (
            "open"
            if word == "left" or word.endswith("l")
            else "close"
            if word == "right" or word.endswith("r")
            else ""
        )

    def macro(self, match: re.Match[str]) -> None:
        name = match["macro"]
        start, end = match.span()
        statistic = _STATISTICS.match(self.text, start)
        if statistic is not None:
            raise ReadError("an expectation or a set is not read", statistic.span(), "write the sum out")
        entry = _MACROS.get(name)
        if entry is not None:
            if entry[0]:
                self.put(*entry, start, end)
            return
        reason = macros.REFUSED.get(name)
        if reason is not None:
            move = next((hint for head, hint in macros.NEXT_MOVES.items() if reason.startswith(head)), "")
            raise ReadError(
                f"\\{name} can't stand here: {reason}", (start, end), move or "write an expression"
            )
        close = nearest(name, [word for word in _MACROS if len(word) > 1]).replace(
            "did you mean ", "did you mean \\"
        )
        raise ReadError(
            f"\\{name} is not a macro that is read", (start, end), close or "write it without this macro"
        )

    def control(self, match: re.Match[str]) -> None:
        sign = match["control"]
        if sign not in _CONTROLS:
            raise ReadError(f"\\{sign} can't be read", match.span(), "leave it out")
        kind, value = _CONTROLS[sign]
        if kind:
            self.put(kind, value, *match.span())

    def newline(self, match: re.Match[str]) -> None:
        self.put("break", "\\\\", *match.span())

    def raised(self, match: re.Match[str]) -> None:
        self._script("^", match)

    def lowered(self, match: re.Match[str]) -> None:
        self._script("_", match)

    def _script(self, sign: str, match: re.Match[str]) -> None:
        start, end = match.span()
        written = "".join(macros.CHARACTERS[char][1] if char != "ᵀ" else "⊤" for char in match[0])
        self.put(sign, sign, start, end)
        self.put("{", "{", start, end)
        for part in re.findall(r"\d+|.", written):
            kind = "number" if part.isdigit() else "op" if part == "-" else "top" if part == "⊤" else "symbol"
            self.put(kind, part, start, end)
        self.put("}", "}", start, end)

    def letter(self, match: re.Match[str]) -> None:
        start, end = match.span()
        if match[0] in macros.CHARACTERS:
            self.put(*macros.CHARACTERS[match[0]], start, end)
        else:
            self.put("symbol", canonical_name(match[0]), start, end)

    def relation(self, match: re.Match[str]) -> None:
        self.put("op", _RELATIONS[match[0]], *match.span())

    def sign(self, match: re.Match[str]) -> None:
        sign, (start, end) = match[0], match.span()
        if sign in _SKIPPED:
            return
        if sign in ".:。" and not self.text[end:].strip(" \t\n$)]}\\."):
            return
        entry = _SIGNS.get(sign) or macros.CHARACTERS.get(sign)
        if entry is None:
            raise ReadError(f"{sign} can't be read", (start, end), "expected an expression")
        self.put(*entry, start, end)


_MACROS: dict[str, tuple[str, str]] = {
    **dict.fromkeys((*macros.FONTS, *macros.WORDS), ("", "")),
    **{name: ("symbol", value) for name, value in macros.SYMBOLS.items()},
    **{name: ("constant", value) for name, value in macros.CONSTANTS.items()},
    **{name: ("func", value) for name, value in macros.FUNCTIONS.items()},
    **{name: ("big", value) for name, value in macros.BIG.items()},
    **{name: ("op", value) for name, value in macros.OPERATORS.items()},
    **{name: ("frac", name) for name in macros.FRACTIONS},
    **{name: ("binom", name) for name in macros.BINOMIALS},
    **{name: ("accent", value) for name, value in macros.ACCENTS.items()},
    **{name: ("open", value) for name, value in macros.OPENERS.items()},
    **{name: ("close", value) for name, value in macros.CLOSERS.items()},
    **{name: ("bar", value) for name, value in macros.BARS.items()},
    "sqrt": ("root", "sqrt"), "underbrace": ("label", "_"), "overbrace": ("label", "^"),
    "choose": ("choose", "choose"), "partial": ("partial", ""), "nabla": ("nabla", ""),
    "prime": ("prime", "'"),
    "top": ("top", "⊤"), "intercal": ("top", "⊤"), "dagger": ("dagger", "†"), "dag": ("dagger", "†"),
}  # fmt: skip
_READ: dict[str, Callable[[_Lexer, re.Match[str]], None]] = {
    "number": _Lexer.number, "power": _Lexer.number, "letters": _Lexer.letters, "break": _Lexer.newline,
    "wordmacro": _Lexer.word, "word": _Lexer.word, "ones": _Lexer.ones, "bare_ones": _Lexer.ones,
    "edge": _Lexer.edge, "environment": _Lexer.edge, "columns": _Lexer.edge, "size": _Lexer.size,
    "sized": _Lexer.size, "null": _Lexer.size, "macro": _Lexer.macro, "control": _Lexer.control,
    "raised": _Lexer.raised, "lowered": _Lexer.lowered, "letter": _Lexer.letter, "relation": _Lexer.relation,
    "sign": _Lexer.sign,
}  # fmt: skip
