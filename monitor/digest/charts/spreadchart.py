"""Two charts of the page, drawn by hand as inline SVG.

The drawings carry classes and no colours: ``web/base.css`` gives them light and dark ones.
Coordinates are CSS pixels. The spread is drawn twice, for wide and for narrow screens, so that
the type keeps its size; the style sheet shows one of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from monitor.digest.charts import svg
from monitor.digest.wording import Wording, capital, phrase, signed
from monitor.domain import (
    HEADLINE_HORIZON,
    History,
    Outcome,
    RecessionScore,
)

NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "10y-3m": (phrase("ten-year Treasury yield"), phrase("three-month bill")),
    "10y-2y": (phrase("ten-year Treasury yield"), phrase("two-year yield")),
    "10y-1y": (phrase("ten-year Treasury yield"), phrase("one-year yield")),
    "10y-funds": (phrase("ten-year Treasury yield"), phrase("federal funds rate")),
    "2y-funds": (phrase("two-year Treasury yield"), phrase("federal funds rate")),
    "near-term-forward": (
        phrase("three-month rate in six quarters (proxy)"),
        phrase("three-month bill"),
    ),
}
"""The two yields of each spread in words."""

_EXACT: Final = {"10y-3m": phrase("three-month bill (bond-equivalent)")}
"""The second yield where the chart says more of it."""


_WIDE: Final = svg.Frame("wide", 760, 300, 34, 72, 12.5, 10, 2)
_NARROW: Final = svg.Frame("narrow", 343, 264, 28, 60, 12, 20, 4)
_ROW = 17


def spread_chart(say: Wording, history: History, spread: str = "10y-3m") -> str:
    """The spread since its first month as two SVG drawings, or nothing if there is no value.

    Recessions are shaded, inverted months filled, and each inversion is labelled below the plot
    with its year and its outcome. The newest value is marked and labelled in percentage points.
    """
    if not history.spread:
        return ""
    title = say("Spread {spread} in percentage points", spread=spread)
    said = describe(say, history, spread)
    return "\n".join(_drawing(say, history, frame, title, said) for frame in (_WIDE, _NARROW))


def describe(say: Wording, history: History, spread: str) -> str:
    """One sentence that says what the chart of the spread shows."""
    if not history.spread:
        return say("There is no spread to draw yet.")
    last, newest = history.spread[-1]
    low_month, low = min(history.spread, key=lambda point: point[1])
    high_month, high = max(history.spread, key=lambda point: point[1])
    over, under = NAMES[spread]
    first = history.spread[0][0]
    shaded = [span for span in history.recessions if svg.overlaps(span, first, last)]
    return say(
        "{over} less {under}, monthly means from {first} to {last}: newest {newest}, lowest {low} "
        "in {low_month}, highest {high} in {high_month}; {inversions} and {recessions}.",
        over=capital(say(over)),
        under=say(_EXACT.get(spread, under)),
        first=say.month(first),
        last=say.month(last),
        newest=say.points(newest),
        low=say.points(low),
        low_month=say.month(low_month),
        high=say.points(high),
        high_month=say.month(high_month),
        inversions=say.count(len(history.episodes), "{n} inversion", "{n} inversions"),
        recessions=say.count(len(shaded), "{n} recession", "{n} recessions"),
    )


def horizon_chart(say: Wording, score: RecessionScore) -> str:
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
        parts += _horizon_row(say, score, horizon, y, (left, right))
    return svg.drawing(
        svg.Sheet("horizons", 343, bottom + 22, 12.5),
        say("Probability that a recession starts, by horizon"),
        describe_horizons(say, score),
        parts,
    )


def describe_horizons(say: Wording, score: RecessionScore) -> str:
    """One sentence with every probability and interval of the chart of the horizons."""
    return say(
        "An NBER recession starts with a probability of {probabilities}; in brackets the {level} "
        "interval.",
        probabilities=say.listed(
            _within(say, score, months) for months in sorted(score.probability)
        ),
        level=say.percent(score.level),
    )


def _within(say: Wording, score: RecessionScore, horizon: int) -> str:
    said = say(
        "{probability} within {n} months",
        probability=say.percent(score.probability[horizon]),
        n=horizon,
    )
    interval = score.interval.get(horizon)
    return say.aside(said, say.percent_range(interval)) if interval else said


def _horizon_row(
    say: Wording, score: RecessionScore, horizon: int, y: float, axis: tuple[float, float]
) -> list[str]:
    left, right = axis
    base = y + 4.5
    kind = "label strong" if horizon == HEADLINE_HORIZON else "label"
    probability, interval = score.probability[horizon], score.interval.get(horizon)
    parts = [
        svg.text(kind, 0, base, say.count(horizon, "{n} month", "{n} months")),
        svg.text(kind, 262, base, say.percent(probability), "end"),
    ]
    if interval is not None:
        low, high = (left + (right - left) * end for end in (interval.low, interval.high))
        parts += svg.whisker(low, high, y)
        parts.append(svg.text("axis", 343, base, say.percent_range(interval), "end"))
    x = left + (right - left) * probability
    return [*parts, svg.dot(x, y, 4.5)]


# ------------------------------------------------------------------------------ the spread drawn
def _drawing(say: Wording, history: History, frame: svg.Frame, title: str, description: str) -> str:
    newest = say.points(history.spread[-1][1])
    frame = svg.with_room(say, frame, history.spread[-1][0], newest)
    scale = _scale(history, frame)
    labels, rows = _episode_labels(history, scale)
    bottom = frame.height - svg.AXIS
    parts = [
        *svg.shading(history.recessions, scale),
        *_value_axis(say, scale),
        *svg.time_axis(scale),
        *(f'<path class="inverted" d="{path}"/>' for path in _below_zero(history, scale)),
        svg.pointed(
            f'<path class="spread" d="{svg.path(history.spread, scale)}"/>',
            (say.pair(say.month(month), say.points(value)) for month, value in history.spread),
            frame,
        ),
        svg.line("zero", frame.left, scale.y(0), frame.width - frame.right, scale.y(0)),
        *svg.newest(say, history.spread[-1], scale, newest),
        *labels,
    ]
    sheet = svg.Sheet(frame.name, frame.width, bottom + svg.AXIS + _ROW * rows + 4, frame.font)
    return svg.drawing(sheet, title, description, parts)


def _scale(history: History, frame: svg.Frame) -> svg.Scale:
    values = [value for _, value in history.spread]
    low, high = math.floor(min(*values, -1)), math.ceil(max(*values, 1))
    return svg.Scale(frame, history.spread[0][0], history.spread[-1][0], low, high)


def _value_axis(say: Wording, scale: svg.Scale) -> Iterator[str]:
    frame = scale.frame
    step = 1 if scale.high - scale.low <= 5 else 2  # noqa: PLR2004 - at most six marks
    yield svg.text("axis", 0, 13, say("percentage points"))
    for value in range(math.ceil(scale.low / step) * step, math.floor(scale.high) + 1, step):
        y = scale.y(value)
        if value:
            yield svg.line("grid", frame.left, y, frame.width - frame.right, y)
        yield svg.text("axis", frame.left - 6, y + 4, signed(value, 0), "end")


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
