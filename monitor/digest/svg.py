"""Drawing by hand as inline SVG: the words of the language, and the axis of time.

The drawings carry classes and no colours: ``web/base.css`` gives them light and dark ones.
Coordinates are CSS pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Final

from monitor.digest import wording
from monitor.domain import add_months, months_between

Recession = tuple[date, date | None]
"""First and last month of a recession; ``None`` while its trough is not announced."""

CHARACTER: Final = 0.56
"""Mean width of a character of the system fonts, in units of the font size."""


TOP = 26
"""Pixels above a plot, for the unit of its axis."""

AXIS = 22
"""Pixels below it, for the years."""

_THINNEST = 2
"""Pixels of shade that can still be seen: the recession of 2020 had two months."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Size and density of one drawing, in CSS pixels unless said otherwise.

    Attributes:
        name: classes of the drawing, by which the style sheet shows or hides it.
        width, height: of the plot and its axis, without the rows of labels below.
        left, right: room for the axis and for the label of the newest value.
        font: size of the type.
        years: years from one mark of the time axis to the next.
        rows: rows over which labels below the axis may spread.
    """

    name: str
    width: int
    height: int
    left: int
    right: int
    font: float
    years: int
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a month and a value stand: the frame, the first month and the value axis."""

    frame: Frame
    first: date
    last: date
    low: float
    high: float

    def x(self, month: date) -> float:
        """Horizontal place of the middle of a month."""
        span = max(months_between(self.first, self.last), 1)
        room = self.frame.width - self.frame.left - self.frame.right
        return self.frame.left + room * months_between(self.first, month) / span

    def y(self, value: float) -> float:
        """Vertical place of a value of the axis."""
        room = self.frame.height - TOP - AXIS
        return TOP + room * (self.high - value) / (self.high - self.low)


def overlaps(recession: Recession, first: date, last: date) -> bool:
    """Whether a recession touches the months from ``first`` to ``last``."""
    start, end = recession
    return start <= last and (end is None or end >= first)


def shading(recessions: Iterable[Recession], scale: Scale) -> Iterator[str]:
    """A shade behind the plot for each recession within its months."""
    for start, end in recessions:
        if not overlaps((start, end), scale.first, scale.last):
            continue
        # A month is drawn at its middle, so a recession reaches half a month further either way.
        left = scale.x(max(start, scale.first))
        right = scale.x(min(end or scale.last, scale.last))
        half = (scale.x(add_months(scale.first, 1)) - scale.x(scale.first)) / 2
        yield (
            f'<rect class="recession" x="{number(left - half)}" y="{TOP}" '
            f'width="{number(max(right - left + 2 * half, _THINNEST))}" '
            f'height="{number(scale.frame.height - TOP - AXIS)}"/>'
        )


def time_axis(scale: Scale) -> Iterator[str]:
    """Marks and labels of round years below the plot."""
    bottom = scale.frame.height - AXIS
    years = scale.last.year - scale.first.year
    step = scale.frame.years if years > scale.frame.years else max(years // 3, 1)
    for year in range(scale.first.year, scale.last.year + 1):
        if year % step == 0 and date(year, 1, 1) >= scale.first:
            x = scale.x(date(year, 1, 1))
            yield line("mark", x, bottom, x, bottom + 4)
            yield text("axis", x, bottom + 17, str(year), "middle")


def path(points: Iterable[tuple[date, float]], scale: Scale) -> str:
    """The line through monthly points, broken where a month is missing."""
    pieces = []
    before: date | None = None
    for month, value in points:
        command = "L" if before is not None and add_months(before, 1) == month else "M"
        pieces.append(f"{command}{number(scale.x(month))} {number(scale.y(value))}")
        before = month
    return "".join(pieces)


def newest(point: tuple[date, float], scale: Scale, words: str) -> Iterator[str]:
    """A mark on the last point of a line, and its value and month on the right."""
    month, value = point
    x, y = scale.x(month), scale.y(value)
    yield dot(x, y, 3.5)
    yield text("label strong", scale.frame.width, y, words, "end")
    yield text("axis", scale.frame.width, y + 14, wording.month(month), "end")


# ------------------------------------------------------------------------------------ SVG itself
@dataclass(frozen=True, slots=True)
class Sheet:
    """Classes and size of one drawing in CSS pixels, and the size of its type."""

    name: str
    width: float
    height: float
    font: float


def drawing(sheet: Sheet, title: str, description: str, parts: Iterable[str]) -> str:
    """The whole of one drawing, with its title and description for those who cannot see it."""
    size = f"{number(sheet.width)} {number(sheet.height)}"
    key = f"chart-{sheet.name.replace(' ', '-')}"
    head = (
        f'<svg class="chart {sheet.name}" viewBox="0 0 {size}" '
        f'font-size="{number(sheet.font)}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc">'
    )
    names = (
        f'<title id="{key}-title">{escape(title)}</title>',
        f'<desc id="{key}-desc">{escape(description)}</desc>',
    )
    return "\n".join([head, *names, *parts, "</svg>"])


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A straight line."""
    return f'<path class="{kind}" d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"/>'


def joined(points: Iterable[tuple[float, float]]) -> str:
    """Corners as a path lists them, after its first letter."""
    return "L".join(f"{number(x)} {number(y)}" for x, y in points)


def dot(x: float, y: float, radius: float) -> str:
    """A filled circle that marks a value."""
    return f'<circle class="dot" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'


def text(kind: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    """Words whose base line starts, ends or is centred at a place."""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{number(x)}" y="{number(y)}"{where}>{escape(words)}</text>'


def whisker(low: float, high: float, y: float) -> list[str]:
    """A level interval with a bar at either end."""
    ends = [line("whisker", end, y - 4, end, y + 4) for end in (low, high)]
    return [line("whisker", low, y, high, y), *ends]


def number(value: float) -> str:
    """A coordinate to a tenth of a pixel, without a trailing zero."""
    rounded = f"{value:.1f}".removesuffix(".0")
    return "0" if rounded == "-0" else rounded
