"""Numbers and dates as people write them, each with the values that it may have."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from headwater.domain.language import MONTHS, plain_word
from headwater.domain.unit import (
    Unit,
    cjk_word_at,
    large_number,
    power_of,
    raised,
    unit_named,
)

_DIGITS: Final = {
    first + digit: str(digit)
    for first in (0x660, 0x6F0, 0x966, 0xFF10)  # Arabic, Persian, Devanagari, full width
    for digit in range(10)
}
_COMMA_IS_DECIMAL: Final = frozenset(("de", "es", "fr", "ru"))
_GAP = "\u00a0\u202f\u2009"
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_])(?<![0-9][.,:])"
    r"(?:(?P<clock>[0-9]{1,2}(?::[0-9]{2}){1,2})(?![0-9])"
    rf"|(?P<grouped>[0-9]{{1,3}}(?:[{_GAP}'’ ][0-9]{{3}}){{1,5}}(?:[.,][0-9]{{1,9}})?)(?![0-9])"
    r"|(?P<plain>[0-9]{1,18}(?:[.,][0-9]{1,18}){0,6}))"
)
_YEARS = re.compile(r"(?<![0-9])([12][0-9]{3})[–-]([0-9]{2})(?![0-9])")
_THREES = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}")
_WORD_AFTER = re.compile(
    rf"[ {_GAP}-]?(?:(?:de|d['’]) ?)?((?:[^\W\d_]+|[µμ][^\W\d_])(?:/[^\W\d_]+)?|[%€$£¥℃℉]|° ?[CF])"
)
_MONEY_BEFORE = re.compile(r"([$€£¥]) ?\Z")
_DATE = re.compile(
    r"(?<![0-9])(?:"
    r"(?P<iso_y>[12][0-9]{3})-(?P<iso_m>[01][0-9])-(?P<iso_d>[0-3][0-9])"
    r"|(?P<cjk_y>[12][0-9]{3}) ?年"
    r" ?(?P<cjk_m>[0-9]{1,2}) ?月(?: ?(?P<cjk_d>[0-9]{1,2}) ?[日号])?"
    r"|(?P<d1>[0-3]?[0-9])[./](?P<m1>[0-3]?[0-9])[./](?P<y1>[12][0-9]{3})"
    r")(?![0-9])"
)
_DAY_MONTH = re.compile(
    r"(?<![0-9])(?:(?P<day>[0-3]?[0-9])(?:st|nd|rd|th|er|\.)? ?(?:of |de )?)?"
    r"(?P<month>[^\W\d_]{3,12})(?:\.(?= [0-9]))?"
    r"(?: (?P<day_after>[0-3]?[0-9])(?:st|nd|rd|th)?(?![0-9])(?![.,][0-9]))?"
    r"(?:,? ?(?:of |de |del )?(?P<year>[12][0-9]{3})(?![0-9]))?"
)
# What stands before a number and says that it is a bound; `text` ends where the number begins.
_SENSE = re.compile(
    r"(?:(?P<more>(?<!\w)(?:(?:no|not) (?:less|fewer|lower) than"
    r"|(?:more|greater|higher|larger|longer) than|at least|over|above|exceed(?:s|ed|ing)?"
    r"|mehr als|mindestens|über|nicht weniger als|más de|al menos|no menos de|plus de|au moins"
    r"|более|больше|не менее|أكثر من)|超过|超過)"
    r"|(?P<less>(?<!\w)(?:(?:no|not) (?:more|greater|higher|longer) than"
    r"|(?:less|fewer|lower|smaller) than|at most|up to|under|below"
    r"|weniger als|höchstens|unter|nicht mehr als|menos de|como máximo|no más de|moins de|au plus"
    r"|менее|меньше|не более|أقل من)|不到|少于))"
    r"(?: (?:about|an?|the|den|der|die|dem|des))? ?\Z",
    re.IGNORECASE,
)
_SENSE_REACH = 28
_LETTERS = re.compile(r"(?<![^\W\d_])[^\W\d_]{3,12}(?![^\W\d_])")
_CLOSE = 1e-9
_CONVERTED = 0.02  # a converted figure is usually rounded


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number at `text[start:end]`; `values` are its readings, more than one if it is ambiguous.

    `sense` is +1 for "more than" and "at least", -1 for their opposites, whose words begin at
    `sense_start`; `clock` is a time or a duration such as 2:09:56, which is compared as it is
    written; `is_word` says that it is written in letters.
    """

    start: int
    end: int
    values: tuple[float, ...]
    unit: Unit | None = None
    step: float = 0.0  # of the last digit that is not a filling zero
    is_rough: bool = False  # "1.2 million": a figure with more digits may round to it
    sense: int = 0
    sense_start: int = -1
    clock: str = ""
    is_word: bool = False

    def is_in(self, other: Quantity) -> bool:
        """Whether `other`, in a passage, is this number."""
        if self.clock or other.clock:
            return self.clock == other.clock
        if self.unit and other.unit:
            if self.unit.measures != other.unit.measures:
                return False
            near = _CLOSE if self.unit == other.unit else _CONVERTED
            return any(
                math.isclose(
                    (mine + self.unit.zero) * self.unit.factor,
                    (its + other.unit.zero) * other.unit.factor,
                    rel_tol=near,
                )
                or (self.unit == other.unit and self._rounds(its))
                for mine in self.values
                for its in other.values
            )
        return any(
            math.isclose(mine, its, rel_tol=_CLOSE) for mine in self.values for its in other.values
        ) or any(self._rounds(its) for its in other.values)

    def _rounds(self, precise: float) -> bool:
        return self.is_rough and self.step > 0 and abs(precise - self.values[0]) <= self.step / 2


@dataclass(frozen=True, slots=True)
class Date:
    """A date at `text[start:end]`; what it leaves open is 0. `days_or_months` may be swapped."""

    start: int
    end: int
    year: int = 0
    month: int = 0
    day: int = 0
    is_swappable: bool = False

    def is_in(self, other: Date) -> bool:
        """Whether `other`, in a passage, says everything that this date says."""
        if self._agrees(other.year, other.month, other.day):
            return True
        return (self.is_swappable or other.is_swappable) and self._agrees(
            other.year, other.day, other.month
        )

    def _agrees(self, year: int, month: int, day: int) -> bool:
        return (
            (not self.year or self.year == year)
            and (not self.month or self.month == month)
            and (not self.day or self.day == day)
        )


def with_plain_digits(text: str) -> str:
    """Return `text`, as long as before, with the digits of other scripts as 0-9."""
    return text if text.isascii() else text.translate(_DIGITS)


def find_dates(text: str) -> list[Date]:
    """Return the dates in `text` (with plain digits): at least a month with a day or a year."""
    found: list[Date] = []
    for numeric in _DATE.finditer(text):
        date = _numeric_date(numeric)
        if date is not None:
            found.append(date)
    taken = [(date.start, date.end) for date in found]
    at = 0
    for month in _LETTERS.finditer(text):
        if month.start() < at or plain_word(month.group()) not in MONTHS:
            continue
        # The day stands before the name, with at most a few characters between.
        start = max(at, month.start() - 9)
        match = _day_month(text, start, month)
        day = int(match["day"] or match["day_after"] or 0) if match else 0
        year = int(match["year"] or 0) if match else 0
        if match is None or not (day or year) or day > 31:
            continue
        if not any(start < match.end() and match.start() < end for start, end in taken):
            found.append(
                Date(
                    match.start(),
                    match.end(),
                    year,
                    MONTHS[plain_word(match["month"])],
                    day,
                )
            )
        at = match.end()
    return sorted(found, key=lambda date: date.start)


def _day_month(text: str, start: int, month: re.Match[str]) -> re.Match[str] | None:
    for begin in range(start, month.start() + 1):
        match = _DAY_MONTH.match(text, begin)
        if match is not None and match.start("month") == month.start():
            return match
    return None


def _numeric_date(match: re.Match[str]) -> Date | None:
    if match["iso_y"]:
        year, month, day = int(match["iso_y"]), int(match["iso_m"]), int(match["iso_d"])
    elif match["cjk_y"]:
        year, month, day = int(match["cjk_y"]), int(match["cjk_m"]), int(match["cjk_d"] or 0)
    else:
        day, month, year = int(match["d1"]), int(match["m1"]), int(match["y1"])
    if month > 12:
        day, month = month, day
    if not 1 <= month <= 12 or day > 31:
        return None
    return Date(
        match.start(), match.end(), year, month, day, is_swappable=bool(match["y1"]) and day <= 12
    )


def find_quantities(text: str, language: str) -> Iterator[Quantity]:
    """Yield the numbers in `text` (with plain digits), read as `language` writes them."""
    short_years: set[int] = set()
    for years in _YEARS.finditer(text):
        century = years[1][:2]
        short_years.add(years.start(2))
        yield Quantity(years.start(2), years.end(2), (float(century + years[2]),))
    for match in _NUMBER.finditer(text):
        if match.start() in short_years:
            continue
        if match["clock"]:
            yield Quantity(match.start(), match.end(), (), clock=match["clock"].lstrip("0"))
        elif match["grouped"] and language == "en" and " " in match["grouped"]:
            # English sets no space between thousands: these are two numbers.
            at = match.start()
            for digits in match["grouped"].split(" "):
                yield _quantity(text, at, digits, language)
                at += len(digits) + 1
        else:
            yield _quantity(text, match.start(), match.group(), language)


def _quantity(text: str, start: int, digits: str, language: str) -> Quantity:
    end = start + len(digits)
    values, step = _readings(digits, language)
    times, power, unit = 1.0, 1, None
    for _ in range(4):
        word, after = _word_after(text, end)
        if not word:
            break
        large = large_number(word, language)
        raising = power_of(word)
        if large is not None:
            times *= large
        elif raising is not None:
            power = raising
        else:
            unit = unit_named(word.replace(" ", ""))
            end = after if unit else end
            break
        end = after
    if unit is None:
        money = _MONEY_BEFORE.search(text, max(0, start - 2), start)
        unit = unit_named(money[1]) if money else None
    elif power > 1:
        unit = raised(unit, power)
    sense, sense_start = sense_before(text, start)
    is_negative = start > 0 and text[start - 1] in "-−" and not text[start - 2 : start - 1].strip()
    sign = -1.0 if is_negative else 1.0
    return Quantity(
        start,
        end,
        tuple(sign * value * times for value in values),
        unit,
        step * times,
        is_rough=times > 1,
        sense=sense,
        sense_start=sense_start,
    )


def sense_before(text: str, at: int) -> tuple[int, int]:
    """Return +1 if "more than" or its like stands before index `at`, -1 for its opposite, or 0.

    The second number is where it begins.
    """
    begin = max(0, at - _SENSE_REACH)
    found = _SENSE.search(text[begin:at])
    if found is None:
        return 0, at
    return (1 if found["more"] else -1), begin + found.start()


def _word_after(text: str, at: int) -> tuple[str, int]:
    cjk = cjk_word_at(text, at)
    if cjk:
        return cjk, at + len(cjk)
    match = _WORD_AFTER.match(text, at, at + 40)
    return (match[1], match.end()) if match else ("", at)


def _readings(digits: str, language: str) -> tuple[tuple[float, ...], float]:
    """Return the values that digits with separators may stand for, and the last digit's step."""
    bare = re.sub(rf"[{_GAP}'’ ]", "", digits)
    separators = [character for character in bare if character in ".,"]
    if not separators:
        return (float(bare),), _step_of(bare)
    threes = _THREES.fullmatch(bare)
    if threes:
        grouped, decimal = float(re.sub("[.,]", "", bare)), float(bare.replace(",", "."))
        if not language:
            return (grouped, decimal), 0.0
        is_decimal = (threes[1] == ",") == (language in _COMMA_IS_DECIMAL)
        return ((decimal,), 0.001) if is_decimal else ((grouped,), _step_of(bare))
    last = separators[-1]
    if separators.count(last) > 1:  # 1.000.000, or a version such as 1.2.3
        return (float(re.sub("[.,]", "", bare)),), 0.0
    whole, _, rest = bare.rpartition(last)
    return (float(f"{re.sub('[.,]', '', whole)}.{rest}"),), 10.0 ** -len(rest)


def _step_of(digits: str) -> float:
    bare = re.sub("[.,]", "", digits)
    return float(10 ** (len(bare) - len(bare.rstrip("0"))))
