"""Drawing by hand as inline SVG: the words of the language, and the axis of time.

The drawings carry classes and no colours: ``web/base.css`` gives them light and dark ones.
Coordinates are CSS pixels.
"""

from __future__ import annotations

import calendar
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Final

from monitor.digest.wording import Wording
from monitor.domain import Recession, add_months, months_between

CHARACTER: Final = 0.56
"""Mean width of a character of the system fonts, in units of the font size."""

_FULL_WIDTH = frozenset("WF")
"""East Asian widths of characters that are as wide as the type is high (Unicode, UAX 11)."""


_BESIDE: Final = 6
"""Pixels between a plot and the label of its newest value."""

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

    def at(self, day: date) -> float:
        """Horizontal place of a day; the first of a month stands where its mean does."""
        start = day.replace(day=1)
        passed = (day - start).days / calendar.monthrange(day.year, day.month)[1]
        return self.x(start) + passed * (self.x(add_months(start, 1)) - self.x(start))

    def y(self, value: float) -> float:
        """Vertical place of a value of the axis."""
        room = self.frame.height - TOP - AXIS
        return TOP + room * (self.high - value) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot whose two axes are numbers: its edges in pixels, and the values that stand there.

    Attributes:
        left, right, top, bottom: edges in pixels.
        first, last: values at the left and the right edge.
        low, high: values at the bottom and at the top.
    """

    left: float
    right: float
    top: float
    bottom: float
    first: float
    last: float
    low: float = 0
    high: float = 1

    def x(self, value: float) -> float:
        """Horizontal place of a value."""
        room = self.right - self.left
        return self.left + room * (value - self.first) / (self.last - self.first)

    def y(self, value: float) -> float:
        """Vertical place of a value."""
        room = self.bottom - self.top
        return self.top + room * (self.high - value) / (self.high - self.low)


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


def areas(points: Iterable[tuple[date, float, float]], scale: Scale) -> Iterator[str]:
    """Outlines of a band of values: month, lower and upper end; one for each unbroken run."""
    run: list[tuple[date, float, float]] = []
    for point in points:
        if run and add_months(run[-1][0], 1) != point[0]:
            yield _area(run, scale)
            run = []
        run.append(point)
    if run:
        yield _area(run, scale)


def _area(run: Sequence[tuple[date, float, float]], scale: Scale) -> str:
    upper = [(scale.x(month), scale.y(high)) for month, _, high in run]
    lower = [(scale.x(month), scale.y(low)) for month, low, _ in reversed(run)]
    return f"M{joined([*upper, *lower])}Z"


def with_room(say: Wording, frame: Frame, month: date, words: str) -> Frame:
    """The frame with room on the right for the newest value and its month in any language."""
    longest = max(length(words, frame.font), length(say.month(month), frame.font))
    return replace(frame, right=max(frame.right, math.ceil(longest) + _BESIDE))


def newest(say: Wording, point: tuple[date, float], scale: Scale, words: str) -> Iterator[str]:
    """A mark on the last point of a line, and its value and month on the right."""
    month, value = point
    x, y = scale.x(month), scale.y(value)
    yield dot(x, y, 3.5)
    yield text("label strong", scale.frame.width, y, words, "end")
    yield text("axis", scale.frame.width, y + 14, say.month(month), "end")


# ----------------------------------------------------------------------------------------- labels
def length(words: str, font: float) -> float:
    """About how long words are, in the unit of the size of the type."""
    full = sum(unicodedata.east_asian_width(letter) in _FULL_WIDTH for letter in words)
    return font * (full + CHARACTER * (len(words) - full))


def apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved as little as can be, so that labels there do not touch.

    The sum of the squared moves is the least that keeps the order (pooling of adjacent violators;
    Barlow, Bartholomew, Bremner and Brunk 1972).

    Args:
        places: where the labels should stand.
        gap: least distance of two.
        low: least place; where there is no room for all of them, they begin below it.
        high: greatest place.
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    pools: list[tuple[float, int]] = []
    for rank, label in enumerate(order):
        mean, size = places[label] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            before, more = pools.pop()
            mean, size = (before * more + mean * size) / (more + size), more + size
        pools.append((mean, size))
    last = high - gap * (len(places) - 1)
    means = [mean for mean, size in pools for _ in range(size)]
    moved = {
        label: min(max(mean, low), last) + rank * gap
        for rank, (label, mean) in enumerate(zip(order, means, strict=True))
    }
    return [moved[label] for label in range(len(places))]


def rows(spans: Iterable[tuple[float, float]]) -> list[int]:
    """The first row for each label, from its left to its right end, in which it touches none."""
    taken: list[float] = []
    found = []
    for left, right in spans:
        row = next((row for row, end in enumerate(taken) if end <= left), len(taken))
        taken[row : row + 1] = [right]
        found.append(row)
    return found


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
    return circle("dot", x, y, radius)


def circle(kind: str, x: float, y: float, radius: float) -> str:
    """A circle around a place."""
    return f'<circle class="{kind}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'


def rectangle(kind: str, left: float, top: float, right: float, bottom: float) -> str:
    """An upright rectangle by its edges; one too thin to be seen is made thicker."""
    width, height = max(right - left, _THINNEST), max(bottom - top, _THINNEST)
    return (
        f'<rect class="{kind}" x="{number(left)}" y="{number(top)}" '
        f'width="{number(width)}" height="{number(height)}"/>'
    )


def arrow(x: float, y: float, way: int) -> str:
    """The head of an arrow whose point is at a place; ``way`` is 1 to the right, -1 to the left."""
    back = x - 6 * way
    return f'<path class="arrow" d="M{joined([(x, y), (back, y - 3.5), (back, y + 3.5)])}Z"/>'


def text(kind: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    """Words whose base line starts, ends or is centred at a place."""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{number(x)}" y="{number(y)}"{where}>{escape(words)}</text>'


def whisker(low: float, high: float, y: float) -> list[str]:
    """A level interval with a bar at either end."""
    ends = [line("whisker", end, y - 4, end, y + 4) for end in (low, high)]
    return [line("whisker", low, y, high, y), *ends]


def probe(line: str, labels: Iterable[str]) -> str:
    """A path that readers may point at, with what each of its corners says.

    ``web/hover.js`` reads the corners from the path itself, so there must be as many labels. The
    drawing is complete without it.

    Args:
        line: one path, of the letters M, L and Z with places that are not relative.
        labels: one line of words for each corner.
    """
    return f'<g class="probe">{line}<metadata>{escape(chr(10).join(labels))}</metadata></g>'


def pointed(line: str, labels: Iterable[str], frame: Frame) -> str:
    """The same in the wide drawing; the narrow one is for screens that have no pointer."""
    return probe(line, labels) if frame.name.startswith("wide") else line


def number(value: float) -> str:
    """A coordinate to a tenth of a pixel, without a trailing zero.

    Raises:
        ValueError: it is not a number, or infinite: there is no such place on a sheet.
    """
    if not math.isfinite(value):
        raise ValueError(f"a drawing has no place for {value}")
    rounded = f"{value:.1f}".removesuffix(".0")
    return "0" if rounded == "-0" else rounded
