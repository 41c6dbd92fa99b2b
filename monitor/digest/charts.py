"""The two charts of the page, drawn by hand as inline SVG.

The drawings carry classes and no colours: ``web/base.css`` gives them light and dark ones.
Coordinates are CSS pixels. The spread is drawn twice, for wide and for narrow screens, so that
the type keeps its size; the style sheet shows one of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import pairwise
from typing import Final

from monitor.digest import wording
from monitor.domain import (
    HEADLINE_HORIZON,
    Episode,
    Outcome,
    RecessionScore,
    add_months,
    months_between,
)

NAMES: Final = {
    "10y-3m": ("ten-year Treasury yield", "three-month bill (bond-equivalent)"),
    "10y-2y": ("ten-year Treasury yield", "two-year yield"),
    "10y-1y": ("ten-year Treasury yield", "one-year yield"),
    "10y-funds": ("ten-year Treasury yield", "federal funds rate"),
    "2y-funds": ("two-year Treasury yield", "federal funds rate"),
}
"""The two yields of each spread in words."""

_CHARACTER: Final = 0.56
"""Mean width of a character of the system fonts, in units of the font size."""


@dataclass(frozen=True, slots=True)
class History:
    """What the chart and the record need of the past, as it was known on the day.

    Attributes:
        spread: the monthly spread, as month and percentage points, in ascending order.
        episodes: all inversions of that spread, in order of their start.
        recessions: NBER recessions, as the month after the announced peak and the announced
            trough; ``None`` where no trough was announced.
    """

    spread: Sequence[tuple[date, float]]
    episodes: Sequence[Episode]
    recessions: Sequence[tuple[date, date | None]]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Size and density of one drawing, in CSS pixels unless said otherwise.

    Attributes:
        name: class of the drawing, by which the style sheet shows or hides it.
        width, height: of the plot and its axis, without the rows of labels below.
        left, right: room for the axis and for the label of the newest value.
        font: size of the type.
        years: years from one mark of the time axis to the next.
        rows: rows over which the labels of the episodes may spread.
    """

    name: str
    width: int
    height: int
    left: int
    right: int
    font: float
    years: int
    rows: int


_WIDE: Final = _Frame("wide", 760, 300, 34, 72, 12.5, 10, 2)
_NARROW: Final = _Frame("narrow", 343, 264, 28, 60, 12, 20, 4)
_TOP = 26
_AXIS = 22
_ROW = 17
_THINNEST = 2
"""Pixels of shade that can still be seen: the recession of 2020 had two months."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a month and a value stand: the frame, the first month and the value axis."""

    frame: _Frame
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
        """Vertical place of a value in percentage points."""
        room = self.frame.height - _TOP - _AXIS
        return _TOP + room * (self.high - value) / (self.high - self.low)


def spread_chart(history: History, spread: str = "10y-3m") -> str:
    """The spread since its first month as two SVG drawings, or nothing if there is no value.

    Recessions are shaded, inverted months filled, and each inversion is labelled below the plot
    with its year and its outcome. The newest value is marked and labelled in percentage points.
    """
    if not history.spread:
        return ""
    title = f"Spread {spread} in percentage points"
    description = describe(history, spread)
    return "\n".join(_drawing(history, frame, title, description) for frame in (_WIDE, _NARROW))


def describe(history: History, spread: str) -> str:
    """One sentence that says what the chart of the spread shows."""
    if not history.spread:
        return "There is no spread to draw yet."
    last, newest = history.spread[-1]
    low_month, low = min(history.spread, key=lambda point: point[1])
    high_month, high = max(history.spread, key=lambda point: point[1])
    over, under = NAMES.get(spread, (spread, ""))
    shaded = [span for span in history.recessions if _overlaps(span, history)]
    return (
        f"{over[0].upper()}{over[1:]}{f' less {under}' if under else ''}, monthly means from "
        f"{wording.month(history.spread[0][0])} to {wording.month(last)}: newest "
        f"{wording.points(newest)}, lowest {wording.points(low)} in {wording.month(low_month)}, "
        f"highest {wording.points(high)} in {wording.month(high_month)}; "
        f"{wording.count(len(history.episodes), 'inversion', 'inversions')} and "
        f"{wording.count(len(shaded), 'recession', 'recessions')}."
    )


def horizon_chart(score: RecessionScore) -> str:
    """The probability by horizon with its interval as a whisker, as one SVG drawing.

    The axis always runs from 0 to 100%, so that the pictures of two days can be compared.
    """
    left, right, top, step = 78.0, 222.0, 6.0, 30.0
    horizons = sorted(score.probability)
    bottom = top + step * len(horizons)
    parts = []
    for percent, anchor in ((0, "middle"), (50, "middle"), (100, "middle")):
        x = left + (right - left) * percent / 100
        parts.append(_line("grid", x, top, x, bottom))
        parts.append(_text("axis", x, bottom + 16, f"{percent}%", anchor))
    for row, horizon in enumerate(horizons):
        y = top + step * (row + 0.5)
        parts += _horizon_row(score, horizon, y, (left, right))
    return _svg(
        _Sheet("horizons", 343, bottom + 22, 12.5),
        "Probability that a recession starts, by horizon",
        describe_horizons(score),
        parts,
    )


def describe_horizons(score: RecessionScore) -> str:
    """One sentence with every probability and interval of the chart of the horizons."""
    words = [
        f"{wording.percent(score.probability[horizon])} within {horizon} months"
        + (f" ({wording.percent_range(interval)})" if interval else "")
        for horizon in sorted(score.probability)
        for interval in [score.interval.get(horizon)]
    ]
    return (
        f"An NBER recession starts with a probability of {wording.listed(words)}; in brackets "
        f"the {wording.percent(score.level)} interval."
    )


def _horizon_row(
    score: RecessionScore, horizon: int, y: float, axis: tuple[float, float]
) -> list[str]:
    left, right = axis
    base = y + 4.5
    kind = "label strong" if horizon == HEADLINE_HORIZON else "label"
    probability, interval = score.probability[horizon], score.interval.get(horizon)
    parts = [
        _text(kind, 0, base, f"{horizon} months"),
        _text(kind, 262, base, wording.percent(probability), "end"),
    ]
    if interval is not None:
        low, high = (left + (right - left) * end for end in (interval.low, interval.high))
        parts.append(_line("whisker", low, y, high, y))
        parts += [_line("whisker", end, y - 4, end, y + 4) for end in (low, high)]
        parts.append(_text("axis", 343, base, wording.percent_range(interval), "end"))
    x = left + (right - left) * probability
    return [*parts, f'<circle class="dot" cx="{_n(x)}" cy="{_n(y)}" r="4.5"/>']


# ------------------------------------------------------------------------------ the spread drawn
def _drawing(history: History, frame: _Frame, title: str, description: str) -> str:
    scale = _scale(history, frame)
    labels, rows = _episode_labels(history, scale)
    bottom = frame.height - _AXIS
    parts = [
        *_shading(history, scale),
        *_value_axis(scale),
        *_time_axis(scale),
        *(f'<path class="inverted" d="{path}"/>' for path in _below_zero(history, scale)),
        f'<path class="spread" d="{_path(history, scale)}"/>',
        _line("zero", frame.left, scale.y(0), frame.width - frame.right, scale.y(0)),
        *_newest(history, scale),
        *labels,
    ]
    sheet = _Sheet(frame.name, frame.width, bottom + _AXIS + _ROW * rows + 4, frame.font)
    return _svg(sheet, title, description, parts)


def _scale(history: History, frame: _Frame) -> _Scale:
    values = [value for _, value in history.spread]
    low, high = math.floor(min(*values, -1)), math.ceil(max(*values, 1))
    return _Scale(frame, history.spread[0][0], history.spread[-1][0], low, high)


def _overlaps(recession: tuple[date, date | None], history: History) -> bool:
    start, end = recession
    first, last = history.spread[0][0], history.spread[-1][0]
    return start <= last and (end is None or end >= first)


def _shading(history: History, scale: _Scale) -> Iterator[str]:
    for start, end in history.recessions:
        if not _overlaps((start, end), history):
            continue
        # A month is drawn at its middle, so a recession reaches half a month further either way.
        left = scale.x(max(start, scale.first))
        right = scale.x(min(end or scale.last, scale.last))
        half = (scale.x(add_months(scale.first, 1)) - scale.x(scale.first)) / 2
        yield (
            f'<rect class="recession" x="{_n(left - half)}" y="{_TOP}" '
            f'width="{_n(max(right - left + 2 * half, _THINNEST))}" '
            f'height="{_n(scale.frame.height - _TOP - _AXIS)}"/>'
        )


def _value_axis(scale: _Scale) -> Iterator[str]:
    frame = scale.frame
    step = 1 if scale.high - scale.low <= 5 else 2  # noqa: PLR2004 - at most six marks
    yield _text("axis", 0, 13, "percentage points")
    for value in range(math.ceil(scale.low / step) * step, math.floor(scale.high) + 1, step):
        y = scale.y(value)
        if value:
            yield _line("grid", frame.left, y, frame.width - frame.right, y)
        yield _text("axis", frame.left - 6, y + 4, wording.signed(value, 0), "end")


def _time_axis(scale: _Scale) -> Iterator[str]:
    bottom = scale.frame.height - _AXIS
    years = scale.last.year - scale.first.year
    step = scale.frame.years if years > scale.frame.years else max(years // 3, 1)
    for year in range(scale.first.year, scale.last.year + 1):
        if year % step == 0 and date(year, 1, 1) >= scale.first:
            x = scale.x(date(year, 1, 1))
            yield _line("mark", x, bottom, x, bottom + 4)
            yield _text("axis", x, bottom + 17, str(year), "middle")


def _path(history: History, scale: _Scale) -> str:
    """The line, broken where a month is missing."""
    pieces = []
    before: date | None = None
    for month, value in history.spread:
        command = "L" if before is not None and add_months(before, 1) == month else "M"
        pieces.append(f"{command}{_n(scale.x(month))} {_n(scale.y(value))}")
        before = month
    return "".join(pieces)


def _below_zero(history: History, scale: _Scale) -> Iterator[str]:
    """Outlines of the areas between the line and zero where the line is below zero."""
    outline: list[tuple[float, float]] = []
    zero = scale.y(0)
    points = [(scale.x(month), scale.y(value)) for month, value in history.spread]
    if points[0][1] > zero:
        outline = [(points[0][0], zero), points[0]]
    for before, point in pairwise(points):
        if (before[1] > zero) != (point[1] > zero):
            share = (zero - before[1]) / (point[1] - before[1])
            outline.append((before[0] + share * (point[0] - before[0]), zero))
        if point[1] > zero:
            outline.append(point)
        elif outline:
            yield _outline(outline)
            outline = []
    if outline:
        yield _outline([*outline, (points[-1][0], zero)])


def _outline(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + "Z"


def _newest(history: History, scale: _Scale) -> Iterator[str]:
    month, value = history.spread[-1]
    x, y = scale.x(month), scale.y(value)
    yield f'<circle class="dot" cx="{_n(x)}" cy="{_n(y)}" r="3.5"/>'
    yield _text("label strong", scale.frame.width, y, wording.points(value), "end")
    yield _text("axis", scale.frame.width, y + 14, wording.month(month), "end")


_MARKS: Final[dict[Outcome, str]] = {"hit": "mark-hit", "miss": "mark-miss", "open": "mark-open"}


def _episode_labels(history: History, scale: _Scale) -> tuple[list[str], int]:
    """Year and outcome of each inversion below the plot, and the rows these take.

    A label goes to the first row in which it does not touch the one before.
    """
    frame = scale.frame
    wide = 4 * _CHARACTER * frame.font + 16
    taken: list[float] = []
    parts: list[str] = []
    for episode in history.episodes:
        x = max(scale.x(max(episode.start, scale.first)), frame.left)
        free = [row for row, end in enumerate(taken) if end <= x]
        row = free[0] if free else len(taken)
        if row == len(taken) and row < frame.rows:
            taken.append(0)
        row = min(row, frame.rows - 1)
        taken[row] = x + wide
        y = frame.height + _ROW * row + 10
        parts.append(_mark(episode.outcome, x, y))
        parts.append(_text("axis", x + 7, y + 4.5, str(episode.start.year)))
    return parts, len(taken)


def _mark(outcome: Outcome, x: float, y: float) -> str:
    if outcome == "miss":
        cross = f"M{_n(x - 3)} {_n(y - 3)}l6 6m0 -6l-6 6"
        return f'<path class="{_MARKS[outcome]}" d="{cross}"/>'
    return f'<circle class="{_MARKS[outcome]}" cx="{_n(x)}" cy="{_n(y)}" r="3.2"/>'


# ------------------------------------------------------------------------------------ SVG itself
@dataclass(frozen=True, slots=True)
class _Sheet:
    """Class and size of one drawing in CSS pixels, and the size of its type."""

    name: str
    width: float
    height: float
    font: float


def _svg(sheet: _Sheet, title: str, description: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg class="chart {sheet.name}" viewBox="0 0 {_n(sheet.width)} {_n(sheet.height)}" '
        f'font-size="{_n(sheet.font)}" role="img" '
        f'aria-labelledby="chart-{sheet.name}-title chart-{sheet.name}-desc">'
    )
    names = (
        f'<title id="chart-{sheet.name}-title">{escape(title)}</title>',
        f'<desc id="chart-{sheet.name}-desc">{escape(description)}</desc>',
    )
    return "\n".join([head, *names, *parts, "</svg>"])


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path class="{kind}" d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}"/>'


def _text(kind: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}"{where}>{escape(words)}</text>'


def _n(value: float) -> str:
    """A coordinate to a tenth of a pixel, without a trailing zero."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
