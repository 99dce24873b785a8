"""Whole numbers in words, Korean and English, as tokens that join to what is written."""

from __future__ import annotations

from gradwright.errors import UsageError

MOST = 99_999
DIGITS = "영일이삼사오육칠팔구"
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
ONES = _ONES.split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = _TENS.split()


def korean(number: int) -> tuple[str, ...]:
    """A number in Sino-Korean syllables; the space after 만 is a token too.

    A single 십, 백, 천 or 만 goes without 일.

    Raises:
        UsageError: The number is out of range.

        >>> "".join(korean(15321)), "".join(korean(10)), "".join(korean(21110))
        ('만 오천삼백이십일', '십', '이만 천백십')
    """
    _check(number)
    if number == 0:
        return (DIGITS[0],)
    high, low = divmod(number, 10_000)
    upper = (*_below(high if high > 1 else 0), "만") if high else ()
    return (*upper, *((" ",) if high and low else ()), *_below(low))


def _below(number: int) -> tuple[str, ...]:
    """The syllables of a number from 1 to 9999; none for 0."""
    found: list[str] = []
    for power, unit in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit = number // power % 10
        if digit > 1 or (digit and not unit):
            found.append(DIGITS[digit])
        if digit and unit:
            found.append(unit)
    return tuple(found)


def english(number: int) -> tuple[str, ...]:
    """A number in English words without "and"; a hyphen is a token too.

    Raises:
        UsageError: The number is out of range.

        >>> joined(english(15321)), joined(english(40))
        ('fifteen thousand three hundred twenty-one', 'forty')
    """
    _check(number)
    if number == 0:
        return (ONES[0],)
    thousands, rest = divmod(number, 1000)
    return (*_hundreds(thousands), *(("thousand",) if thousands else ()), *_hundreds(rest))


def joined(words: tuple[str, ...]) -> str:
    """English words as they are written."""
    return " ".join(words).replace(" - ", "-")


def _hundreds(number: int) -> tuple[str, ...]:
    """The words of a number from 1 to 999; none for 0."""
    hundreds, rest = divmod(number, 100)
    found = [ONES[hundreds], "hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        found += [TENS[tens - 2], *(("-", ONES[ones]) if ones else ())]
    elif rest:
        found.append(ONES[rest])
    return tuple(found)


def _check(number: int) -> None:
    if not 0 <= number <= MOST:
        raise UsageError(f"{number} is not written in words here: the numbers go from 0 to {MOST}")
