"""Two charts of the page, drawn by hand as inline SVG.

The drawings carry classes and no colours: ``web/base.css`` gives them light and dark ones.
Coordinates are CSS pixels. The spread is drawn twice, for wide and for narrow screens, so that
the type keeps its size; the style sheet shows one of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from monitor.digest import svg, wording
from monitor.domain import (
    HEADLINE_HORIZON,
    Episode,
    Outcome,
    RecessionScore,
)

NAMES: Final = {
    "10y-3m": ("ten-year Treasury yield", "three-month bill (bond-equivalent)"),
    "10y-2y": ("ten-year Treasury yield", "two-year yield"),
    "10y-1y": ("ten-year Treasury yield", "one-year yield"),
    "10y-funds": ("ten-year Treasury yield", "federal funds rate"),
    "2y-funds": ("two-year Treasury yield", "federal funds rate"),
    "near-term-forward": ("three-month rate in six quarters (proxy)", "three-month bill"),
}
"""The two yields of each spread in words."""


@dataclass(frozen=True, slots=True)
class History:
    """What the chart and the record need of the past, as it was known on the day.

    Attributes:
        spread: the monthly spread, as month and percentage points, in ascending order.
        episodes: all inversions of that spread, in order of their start.
        recessions: NBER recessions, as the month after the announced peak and the announced
            trough; ``None`` where no trough was announced.
        rate: the effective federal funds rate, as month and percent, in ascending order.
    """

    spread: Sequence[tuple[date, float]]
    episodes: Sequence[Episode]
    recessions: Sequence[svg.Recession]
    rate: Sequence[tuple[date, float]] = ()


_WIDE: Final = svg.Frame("wide", 760, 300, 34, 72, 12.5, 10, 2)
_NARROW: Final = svg.Frame("narrow", 343, 264, 28, 60, 12, 20, 4)
_ROW = 17


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
    first = history.spread[0][0]
    shaded = [span for span in history.recessions if svg.overlaps(span, first, last)]
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
        parts.append(svg.line("grid", x, top, x, bottom))
        parts.append(svg.text("axis", x, bottom + 16, f"{percent}%", anchor))
    for row, horizon in enumerate(horizons):
        y = top + step * (row + 0.5)
        parts += _horizon_row(score, horizon, y, (left, right))
    return svg.drawing(
        svg.Sheet("horizons", 343, bottom + 22, 12.5),
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
        svg.text(kind, 0, base, f"{horizon} months"),
        svg.text(kind, 262, base, wording.percent(probability), "end"),
    ]
    if interval is not None:
        low, high = (left + (right - left) * end for end in (interval.low, interval.high))
        parts += svg.whisker(low, high, y)
        parts.append(svg.text("axis", 343, base, wording.percent_range(interval), "end"))
    x = left + (right - left) * probability
    return [*parts, svg.dot(x, y, 4.5)]


# ------------------------------------------------------------------------------ the spread drawn
def _drawing(history: History, frame: svg.Frame, title: str, description: str) -> str:
    scale = _scale(history, frame)
    labels, rows = _episode_labels(history, scale)
    bottom = frame.height - svg.AXIS
    parts = [
        *svg.shading(history.recessions, scale),
        *_value_axis(scale),
        *svg.time_axis(scale),
        *(f'<path class="inverted" d="{path}"/>' for path in _below_zero(history, scale)),
        f'<path class="spread" d="{svg.path(history.spread, scale)}"/>',
        svg.line("zero", frame.left, scale.y(0), frame.width - frame.right, scale.y(0)),
        *svg.newest(history.spread[-1], scale, wording.points(history.spread[-1][1])),
        *labels,
    ]
    sheet = svg.Sheet(frame.name, frame.width, bottom + svg.AXIS + _ROW * rows + 4, frame.font)
    return svg.drawing(sheet, title, description, parts)


def _scale(history: History, frame: svg.Frame) -> svg.Scale:
    values = [value for _, value in history.spread]
    low, high = math.floor(min(*values, -1)), math.ceil(max(*values, 1))
    return svg.Scale(frame, history.spread[0][0], history.spread[-1][0], low, high)


def _value_axis(scale: svg.Scale) -> Iterator[str]:
    frame = scale.frame
    step = 1 if scale.high - scale.low <= 5 else 2  # noqa: PLR2004 - at most six marks
    yield svg.text("axis", 0, 13, "percentage points")
    for value in range(math.ceil(scale.low / step) * step, math.floor(scale.high) + 1, step):
        y = scale.y(value)
        if value:
            yield svg.line("grid", frame.left, y, frame.width - frame.right, y)
        yield svg.text("axis", frame.left - 6, y + 4, wording.signed(value, 0), "end")


def _below_zero(history: History, scale: svg.Scale) -> Iterator[str]:
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
            yield f"M{svg.joined(outline)}Z"
            outline = []
    if outline:
        yield f"M{svg.joined([*outline, (points[-1][0], zero)])}Z"


_MARKS: Final[dict[Outcome, str]] = {"hit": "mark-hit", "miss": "mark-miss", "open": "mark-open"}


def _episode_labels(history: History, scale: svg.Scale) -> tuple[list[str], int]:
    """Year and outcome of each inversion below the plot, and the rows these take.

    A label goes to the first row in which it does not touch the one before.
    """
    frame = scale.frame
    wide = 4 * svg.CHARACTER * frame.font + 16
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
        parts.append(svg.text("axis", x + 7, y + 4.5, str(episode.start.year)))
    return parts, len(taken)


def _mark(outcome: Outcome, x: float, y: float) -> str:
    if outcome == "miss":
        cross = f"M{svg.number(x - 3)} {svg.number(y - 3)}l6 6m0 -6l-6 6"
        return f'<path class="{_MARKS[outcome]}" d="{cross}"/>'
    return f'<circle class="{_MARKS[outcome]}" cx="{svg.number(x)}" cy="{svg.number(y)}" r="3.2"/>'
