"""The LaTeX of numbers and strings."""

from __future__ import annotations

from gradwright.language.fragment import ATOM, JUXTAPOSED, POWER, SUM, Fragment
from gradwright.language.text import short_decimal
from gradwright.language.tree import Number


def print_number(node: Number) -> Fragment:
    """A number in figures, a power of ten or a fraction."""
    text = (node.text or short_decimal(node.value) or "").lower()
    level = SUM if node.value < 0 else ATOM
    if not text:
        sign, top = ("-", -node.value) if node.value < 0 else ("", node.value)
        return Fragment(
            f"{sign}\\frac{{{top.numerator}}}{{{top.denominator}}}", min(level, JUXTAPOSED), fraction=True
        )
    mantissa, _, exponent = text.partition("e")
    mantissa = ("0" + mantissa if mantissa.startswith(".") else mantissa).rstrip(".")
    if not exponent:
        return Fragment(mantissa, level)
    power = f"10^{{{int(exponent)}}}"
    if mantissa in ("1", "1.0"):
        return Fragment(power, POWER)
    return Fragment(f"{mantissa} \\cdot {power}", min(level, JUXTAPOSED))


def escaped(text: str) -> str:
    """A string's characters in text mode; what TeX would act on is dropped."""
    return "".join(letter for letter in text if letter.isalnum() or letter in " ,.->:'")
