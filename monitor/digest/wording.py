"""How a number, a date or a list is written; the same in the page, the text and the charts.

One style throughout: probabilities in whole percent, spreads and changes in percentage points
(pp), the typographic minus, days as ``22 Nov 2026`` and months as ``Nov 2026``. Month names are
written here, so that the locale of the machine cannot change a digest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from monitor.domain import Interval

MINUS: Final = "\u2212"
NONE: Final = "\u2013"
"""Stands where a table cell has no value."""

UNCHANGED: Final = "no change"

# fmt: off
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)
# fmt: on
_LAST_WORDS: Final = {
    "percent": "%",
    "percent of GDP": "%",
    "percentage points": " pp",
    "basis points": " bp",
    "billions of USD": " bn USD",
    "millions of USD": " bn USD",
    "thousands of persons": " thousand",
    "index (the base year changes)": "",
}
_SIGNED: Final = frozenset({"percentage points", "basis points"})
_SCALE: Final = {"millions of USD": 1e-3}


def month(period: date) -> str:
    """A month: ``Sep 2026``."""
    return f"{_MONTHS[period.month - 1]} {period.year}"


def quarter(period: date) -> str:
    """A quarter: ``Q3 2026``."""
    return f"Q{(period.month + 2) // 3} {period.year}"


def day(when: date) -> str:
    """A day: ``22 Nov 2026``."""
    return f"{when.day} {month(when)}"


def instant(when: datetime) -> str:
    """An instant to the minute, in UTC."""
    utc = when.astimezone(UTC)
    return f"{day(utc.date())} {utc:%H:%M} UTC"


def whole_percent(probability: float) -> int:
    """A probability in whole percent, halves rounded up."""
    return math.floor(100 * probability + 0.5)


def percent(probability: float) -> str:
    """A probability in whole percent; never 0% or 100%, which no model here can know."""
    whole = whole_percent(probability)
    if whole < 1:
        return "<1%"
    return ">99%" if whole > 99 else f"{whole}%"  # noqa: PLR2004 - a percentage


def percent_range(interval: Interval) -> str:
    """An interval of probabilities: ``5% to 24%``."""
    return f"{percent(interval.low)} to {percent(interval.high)}"


def probability_change(now: float, before: float) -> str:
    """Change of a probability in whole percentage points.

    It is the difference of the two printed numbers, so that the reader's own subtraction agrees.
    """
    difference = whole_percent(now) - whole_percent(before)
    return f"{signed(difference, 0)} pp" if difference else UNCHANGED


def tenths(probability: float) -> str:
    """A probability in percent with one decimal: for parts that add up."""
    return f"{unsigned(100 * probability, 1)}%"


def share(points: float) -> str:
    """A part of a probability, in percentage points with one decimal."""
    return f"{signed(100 * points, 1)} pp"


def signed(value: float, digits: int) -> str:
    """A number with its sign; a value that rounds to zero has none."""
    size = f"{abs(value):,.{digits}f}"
    if float(size.replace(",", "")) == 0:
        return size
    return f"{MINUS if value < 0 else '+'}{size}"


def unsigned(value: float, digits: int) -> str:
    """A number with a sign only where it is negative."""
    return signed(value, digits).removeprefix("+")


def points(value: float) -> str:
    """A spread or a gap in percentage points: ``+1.05 pp``."""
    return f"{signed(value, 2)} pp"


def rate(value: float) -> str:
    """An interest rate in percent, ``1.75%``; halves go up, as those of the eighths do."""
    return f"{hundredths(value)}%"


def hundredths(value: float) -> str:
    """A rate without its unit; the middle of a target range is a multiple of an eighth."""
    return unsigned(math.floor(100 * value + 0.5) / 100, 2)


def amount(value: float, unit: str, digits: int) -> str:
    """A level with its unit, ``4.2%`` or ``6,543 bn USD``; ``value`` is in ``unit``."""
    scaled = value * _SCALE.get(unit, 1)
    write = signed if unit in _SIGNED else unsigned
    return f"{write(scaled, digits)}{_LAST_WORDS.get(unit, f' {unit}')}"


def change(value: float | None, unit: str, digits: int) -> str:
    """A change in ``unit`` with its sign; percent becomes percentage points."""
    if value is None:
        return NONE
    words = " pp" if unit.startswith("percent") else _LAST_WORDS.get(unit, f" {unit}")
    return f"{signed(value * _SCALE.get(unit, 1), digits)}{words}"


def capital(text: str) -> str:
    """Words that begin a line."""
    return text[:1].upper() + text[1:]


def count(number: int, one: str, many: str) -> str:
    """``1 inversion``, ``3 inversions``."""
    return f"{number} {one if number == 1 else many}"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def clean(text: str) -> str:
    """Foreign text on one line, without control characters that a terminal would obey."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())


def sentence(text: str) -> str:
    """Foreign text on one line with a full stop, with our minus, our days and our months."""
    line = re.sub(r"(?<=\s)-(?=\d)", MINUS, clean(text))
    line = re.sub(r"\b(\d{4})-(\d\d)(?:-(\d\d))?(?![\d-])", _date, line)
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _date(found: re.Match[str]) -> str:
    """A date as ISO 8601 writes it in our words; what only looks like one as it stands."""
    year, number, of_month = found.groups()
    try:
        when = date(int(year), int(number), int(of_month or 1))
    except ValueError:
        return found[0]
    return day(when) if of_month else month(when)
