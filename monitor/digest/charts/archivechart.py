"""The chart of an archive: the headline day by day as it was told, with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.digest.charts import svg
from monitor.digest.wording import Wording
from monitor.domain import Interval, add_months
from monitor.model import pool


@dataclass(frozen=True, slots=True)
class Point:
    """One digest: its day, its twelve-month probability and the interval of that."""

    day: date
    probability: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where a day and a probability stand."""

    frame: svg.Frame
    first: date
    last: date
    high: float

    def x(self, day: date) -> float:
        room = self.frame.width - self.frame.left - self.frame.right
        span = max((self.last - self.first).days, 1)
        return self.frame.left + room * (day - self.first).days / span

    def y(self, value: float) -> float:
        room = self.frame.height - svg.TOP - svg.AXIS
        return svg.TOP + room * (self.high - value) / self.high


_WIDE: Final = svg.Frame("archive wide", 760, 240, 44, 44, 12, 1)
_NARROW: Final = svg.Frame("archive narrow", 343, 210, 40, 40, 12, 1)
_GAP_DAYS: Final = 45
"""Days without a digest after which the line is broken; a monthly one comes within them."""

_MARK: Final = 80
"""Pixels between two marks of the axis of time, at least; a month and its year fit."""


def chart(say: Wording, points: Sequence[Point]) -> str:
    """The line of what was told, wide and narrow, as SVG; nothing for fewer than two points.

    Args:
        say: the language.
        points: one a day, in order of their day.
    """
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    return "\n".join(_drawing(say, points, frame) for frame in (_WIDE, _NARROW))


def describe(say: Wording, points: Sequence[Point]) -> str:
    """First, newest, lowest and highest value."""
    first, newest = points[0], points[-1]
    lowest = min(points, key=lambda point: point.probability)
    highest = max(points, key=lambda point: point.probability)
    return say.text(
        say(
            "From {first} on {start} to {newest} on {end}.",
            first=say.percent(first.probability),
            start=say.day(first.day),
            newest=say.percent(newest.probability),
            end=say.day(newest.day),
        ),
        say(
            "Lowest {lowest} on {day}, highest {highest} on {peak}.",
            lowest=say.percent(lowest.probability),
            day=say.day(lowest.day),
            highest=say.percent(highest.probability),
            peak=say.day(highest.day),
        ),
    )


def _drawing(say: Wording, points: Sequence[Point], frame: svg.Frame) -> str:
    top = max(max(point.interval.high, point.probability) for point in points)
    plot = _Plot(frame, points[0].day, points[-1].day, min(max(math.ceil(top * 10) / 10, 0.2), 1))
    sheet = svg.Sheet(frame.name, frame.width, frame.height, frame.font)
    title = say("Probability of a recession start within 12 months, as it was told")
    return svg.drawing(sheet, title, describe(say, points), _parts(say, points, plot))


def _parts(say: Wording, points: Sequence[Point], plot: _Plot) -> Iterator[str]:
    frame, right = plot.frame, plot.frame.width - plot.frame.right
    for level in (0.0, *(floor for floor, _ in reversed(pool.BANDS)), 1.0):
        if level <= plot.high:
            y = plot.y(level)
            yield svg.line("grid" if level else "zero", frame.left, y, right, y)
            words = f"{round(100 * level)}%"
            yield svg.text("axis", frame.left - 8, y + 4, words, "end")
    for run in _runs(points):
        low = [(plot.x(it.day), plot.y(it.interval.low)) for it in run]
        high = [(plot.x(it.day), plot.y(it.interval.high)) for it in run]
        yield f'<path class="range" d="M{svg.joined([*low, *reversed(high)])}Z"/>'
        line = [(plot.x(it.day), plot.y(it.probability)) for it in run]
        # A digest between two gaps is a point, which a path of one corner would not show.
        yield (
            f'<path class="path" d="M{svg.joined(line)}"/>'
            if len(run) > 1
            else svg.dot(*line[0], 2)
        )
    yield from _time_axis(say, plot)
    newest = points[-1]
    x, y = plot.x(newest.day), plot.y(newest.probability)
    yield svg.dot(x, y, 3.5)
    yield svg.text("label strong", x + 9, y + 4, say.percent(newest.probability))


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Points that follow one another without a gap."""
    run: list[Point] = []
    for point in points:
        if run and (point.day - run[-1].day).days > _GAP_DAYS:
            yield run
            run = []
        run.append(point)
    yield run


def _time_axis(say: Wording, plot: _Plot) -> Iterator[str]:
    """First days of months, or of years where the months would be too many."""
    bottom = plot.frame.height - svg.AXIS
    marks = list(_months(plot))
    room = plot.frame.width - plot.frame.left - plot.frame.right
    step = math.ceil(len(marks) * _MARK / room)
    if not marks:
        marks, step = [plot.first], 1
    for at, day in enumerate(marks):
        if at % step == 0:
            x = plot.x(day)
            anchor = "start" if x < plot.frame.left + _MARK / 2 else "middle"
            words = say.day(day) if day.day > 1 else say.month(day)
            yield svg.line("mark", x, bottom, x, bottom + 4)
            yield svg.text("axis", x, bottom + 17, words, anchor)


def _months(plot: _Plot) -> Iterator[date]:
    month = plot.first if plot.first.day == 1 else add_months(plot.first, 1)
    while month <= plot.last:
        yield month
        month = add_months(month, 1)
