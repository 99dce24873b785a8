"""Numbers in words: known pairs, and a reader of its own that turns every one of them back."""

from __future__ import annotations

import re

import pytest

from gradwright.errors import UsageError
from gradwright.train.numerals import MOST, english, joined, korean

KNOWN = {
    0: ("영", "zero"),
    1: ("일", "one"),
    7: ("칠", "seven"),
    10: ("십", "ten"),
    11: ("십일", "eleven"),
    12: ("십이", "twelve"),
    20: ("이십", "twenty"),
    21: ("이십일", "twenty-one"),
    40: ("사십", "forty"),
    99: ("구십구", "ninety-nine"),
    100: ("백", "one hundred"),
    101: ("백일", "one hundred one"),
    110: ("백십", "one hundred ten"),
    111: ("백십일", "one hundred eleven"),
    215: ("이백십오", "two hundred fifteen"),
    999: ("구백구십구", "nine hundred ninety-nine"),
    1000: ("천", "one thousand"),
    1001: ("천일", "one thousand one"),
    1010: ("천십", "one thousand ten"),
    1100: ("천백", "one thousand one hundred"),
    1111: ("천백십일", "one thousand one hundred eleven"),
    2024: ("이천이십사", "two thousand twenty-four"),
    6060: ("육천육십", "six thousand sixty"),
    10000: ("만", "ten thousand"),
    10001: ("만 일", "ten thousand one"),
    11000: ("만 천", "eleven thousand"),
    11111: ("만 천백십일", "eleven thousand one hundred eleven"),
    15321: ("만 오천삼백이십일", "fifteen thousand three hundred twenty-one"),
    20000: ("이만", "twenty thousand"),
    30010: ("삼만 십", "thirty thousand ten"),
    50505: ("오만 오백오", "fifty thousand five hundred five"),
    90000: ("구만", "ninety thousand"),
    99999: ("구만 구천구백구십구", "ninety-nine thousand nine hundred ninety-nine"),
}


def read_korean(text: str) -> int:
    """The number that syllables say: a unit multiplies the digit before it, 만 all that is before it."""
    total = part = 0
    digit = None
    for sign in text.replace(" ", ""):
        if sign == "만":
            total, part, digit = (part + (digit or 0) or 1) * 10_000, 0, None
        elif sign in "천백십":
            assert digit != 1, f"{text}: 일 before {sign}"
            part, digit = part + (digit or 1) * {"천": 1000, "백": 100, "십": 10}[sign], None
        else:
            assert digit is None, f"{text}: two digits on end"
            digit = "영일이삼사오육칠팔구".index(sign)
    return total + part + (digit or 0)


SMALL = {word: number for number, (_, word) in KNOWN.items() if number < 13} | {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "nine": 9, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "thirty": 30, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "twenty": 20, "forty": 40,
}  # fmt: skip


def read_english(text: str) -> int:
    """The number that words say, from left to right."""
    total = part = 0
    for word in re.split("[ -]", text):
        if word == "thousand":
            total, part = part * 1000, 0
        elif word == "hundred":
            part *= 100
        else:
            part += SMALL[word]
    return total + part


@pytest.mark.parametrize("number", list(KNOWN))
def test_known_numbers_are_written_as_people_write_them(number: int) -> None:
    assert ("".join(korean(number)), joined(english(number))) == KNOWN[number]


def test_every_number_is_read_back_by_readers_that_share_nothing_with_the_writers() -> None:
    for number in range(MOST + 1):
        text = "".join(korean(number))
        assert read_korean(text) == number, text
        assert (" " in text) == (number > 10_000 and number % 10_000 != 0), text
        assert read_english(joined(english(number))) == number


def test_every_number_has_words_of_its_own_and_no_unit_has_a_one_before_it_in_korean() -> None:
    numbers = range(MOST + 1)
    for write in (korean, english):
        assert len({write(number) for number in numbers}) == len(numbers)
    assert not any(f"일{unit}" in "".join(korean(number)) for number in numbers for unit in "십백천만")


@pytest.mark.parametrize("number", [-1, MOST + 1])
def test_a_number_out_of_range_is_refused(number: int) -> None:
    for write in (korean, english):
        with pytest.raises(UsageError, match=f"{number} is not written in words"):
            write(number)
