"""The inversion clock: when recessions that follow an inversion start, and where we stand.

Drawn by hand as inline SVG, once for wide and once for narrow screens. Month 1 is the month after
the first inverted one; a recession starts in the month after its peak.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

from monitor.digest.blocks import Figure
from monitor.digest.charts import svg
from monitor.digest.wording import Wording, phrase
from monitor.domain import History, LagCurve, months_between

TITLE: Final = phrase("The inversion clock: from an inversion to a recession")

_START: Final = ("mark-hit", phrase("start of a past recession, with the year of its inversion"))
_BY_MONTH: Final = phrase("probability by month that a recession starts, if one follows")
_PASSED: Final = phrase("the same, of months that have passed without one")

RUN_OUT: Final = 0.9
"""Probability of a false alarm from which the window is not told any more.

A convention, tuned on nothing: it is as unlikely as to lie outside of the window on one side.
"""

State = Literal["running", "run_out", "none"]

_YEAR: Final = 12
_LONGEST: Final = 48
"""Months up to which the marks of the axis have room at their usual distance."""

_ROW: Final = 16
_NOW, _WINDOW, _TOP = 30, 46, 54
"""Base lines of the words above the plot, and its upper edge, in pixels."""

_QUANTILES: Final = (0.1, 0.5, 0.9)
_FEWEST_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class _Size:
    """Size of one drawing without the rows of past lags; months from mark to mark."""

    name: str
    width: float
    bottom: float
    left: float
    font: float
    months: int


_WIDE: Final = _Size("wide clock", 760, 216, 38, 12.5, 6)
_NARROW: Final = _Size("narrow clock", 343, 206, 36, 12, 12)


def state(lag: LagCurve | None) -> State:
    """Whether a clock runs, has all but run out, or none runs."""
    if lag is None or lag.age is None or not math.isfinite(lag.age):
        return "none"
    return "run_out" if lag.false_alarm is not None and lag.false_alarm >= RUN_OUT else "running"


def chart(say: Wording, history: History) -> str:
    """The clock as two SVG drawings, or nothing if there is no distribution of lags."""
    lag = history.lag
    if lag is None or not (density := _density(lag)):
        return ""
    said = describe(say, history)
    return "\n".join(_drawing(say, lag, density, size, said) for size in (_WIDE, _NARROW))


def figure(say: Wording, history: History) -> Figure | None:
    """The chart with its title, its description and how to read it; ``None`` without a chart."""
    drawn = chart(say, history)
    if not drawn or history.lag is None:
        return None
    bars = [("lag-passed", _BY_MONTH)]
    if state(history.lag) == "running":
        bars = [("lag-ahead", _BY_MONTH), ("lag-passed", _PASSED)]
    legend = [*bars, *([_START] if history.lag.lags else [])]
    words = tuple((kind, say(told)) for kind, told in legend)
    return Figure(say(TITLE), describe(say, history), words, drawn)


def describe(say: Wording, history: History) -> str:
    """What the clock says, where past lags lay, and what the distribution says of others."""
    lag = history.lag
    if lag is None:
        return say("There is no inversion clock to draw yet.")
    return say.text(_standing(say, lag), _spread_of_lags(say, lag), _hits(say, lag))


def month_of_clock(age: float) -> int:
    """The month of a clock, whose first one follows the first inverted month, at an age."""
    return max(math.ceil(age), 0)


# ------------------------------------------------------------------------------------------ words
def _standing(say: Wording, lag: LagCurve) -> str:
    now = state(lag)
    if now == "none" or lag.start is None or lag.age is None:
        if lag.start is None:
            return say("No inversion clock runs: there has been no inversion.")
        return say(
            "No inversion clock runs: a recession followed the latest inversion, that of {month}.",
            month=say.month(lag.start),
        )
    start, month = say.month(lag.start), month_of_clock(lag.age)
    if now == "run_out" and lag.false_alarm is not None:
        return say(
            "The clock of the inversion of {start} is in month {n} and has all but run out: the"
            " probability that no recession follows it is {none}.",
            start=start,
            n=month,
            none=say.percent(lag.false_alarm),
        )
    standing = say("The clock of the inversion of {start} is in month {n}.", start=start, n=month)
    window, alarm = lag.window, lag.false_alarm
    return say.text(
        standing,
        say(
            "If a recession follows, it starts from {p10} to {p90} with a probability of 80%, and"
            " by {p50} with one of 50%.",
            p10=say.month(window.p10),
            p50=say.month(window.p50),
            p90=say.month(window.p90),
        )
        if window
        else "",
        say("That none follows has a probability of {none}.", none=say.percent(alarm))
        if alarm is not None and math.isfinite(alarm)
        else "",
    )


def _spread_of_lags(say: Wording, lag: LagCurve) -> str:
    """The quantiles of the distribution, as far as it is given."""
    density = _density(lag)
    sums = list(accumulate(density.values()))
    found = [
        next((month for month, total in zip(density, sums, strict=True) if total >= share), None)
        for share in _QUANTILES
    ]
    early, middle, late = found
    if early is None or middle is None or late is None:
        return ""
    return say(
        "Counted from the first inverted month, half of the recessions that follow an inversion"
        " start by month {middle}, and 80% from month {early} to month {late}.",
        early=early,
        middle=middle,
        late=late,
    )


def _hits(say: Wording, lag: LagCurve) -> str:
    if not lag.lags:
        return say("No inversion on record was followed by a recession yet.")
    past = [
        say("{months} ({year})", months=months, year=start.year)
        for start, months in sorted(lag.lags, key=lambda hit: hit[1])
    ]
    return say(
        "Months from past inversions to the recession that followed, with the year of the"
        " inversion: {lags}.",
        lags=say.listed(past),
    )


# ---------------------------------------------------------------------------------------- drawing
def _density(lag: LagCurve) -> dict[int, float]:
    return {
        month: share
        for month, share in sorted(lag.density.items())
        if 0 <= share <= 1 and month > 0
    }


def _drawing(say: Wording, lag: LagCurve, density: dict[int, float], size: _Size, said: str) -> str:
    last = max(*density, _YEAR, *(months for _, months in lag.lags))
    step = _tick(max(density.values()))
    top = step * max(math.ceil(max(density.values()) / step), 1)
    right = size.width - 10
    plot = svg.Plot(size.left, right, _TOP, size.bottom, 0, last, 0, top)
    labels, rows = _past(lag, plot, size.font)
    parts = [
        *_window(say, lag, plot, size),
        *_axes(say, plot, step, size),
        *_bars(lag, density, plot),
        *([_probe(say, density, plot)] if size is _WIDE else []),
        svg.line("zero", plot.left, plot.bottom, plot.right, plot.bottom),
        *_now(say, lag, plot, size),
        *labels,
    ]
    height = size.bottom + svg.AXIS + _ROW * rows + 4
    return svg.drawing(svg.Sheet(size.name, size.width, height, size.font), say(TITLE), said, parts)


def _tick(largest: float) -> float:
    """Distance of the lines of the grid, of which there are at least three or none."""
    steps = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
    return next((step for step in steps if largest >= _FEWEST_LINES * step), 0.01)


def _axes(say: Wording, plot: svg.Plot, step: float, size: _Size) -> Iterator[str]:
    yield svg.text("axis", 0, 13, say("probability by month"))
    for line in range(1, round(plot.high / step) + 1):
        y = plot.y(line * step)
        yield svg.line("grid", plot.left, y, plot.right, y)
        yield svg.text("axis", plot.left - 6, y + 4, f"{round(100 * line * step)}%", "end")
    for month in range(0, round(plot.last) + 1, size.months * math.ceil(plot.last / _LONGEST)):
        x = plot.x(month)
        yield svg.line("mark", x, plot.bottom, x, plot.bottom + 4)
        if month:
            yield svg.text("axis", x, plot.bottom + 17, str(month), "middle")
    yield svg.text("axis", 0, plot.bottom + 17, say("month"))


def _bars(lag: LagCurve, density: dict[int, float], plot: svg.Plot) -> Iterator[str]:
    """One bar for each month; those that can no longer come apart from the others."""
    age = lag.age if state(lag) != "none" and lag.age is not None else math.inf
    for kind, months in (
        ("lag-passed", [month for month in density if month <= age]),
        ("lag-ahead", [month for month in density if month > age]),
    ):
        if months:
            corners = "".join(_bar(plot, month, density[month]) for month in months)
            yield f'<path class="{kind}" d="{corners}"/>'


def _probe(say: Wording, density: dict[int, float], plot: svg.Plot) -> str:
    """The tops of the bars, to be pointed at."""
    tops = svg.joined((plot.x(month - 0.5), plot.y(share)) for month, share in density.items())
    words = (
        say("month {n}: {share}", n=month, share=say.tenths(share))
        for month, share in density.items()
    )
    return svg.probe(f'<path fill="none" d="M{tops}"/>', words)


def _bar(plot: svg.Plot, month: int, share: float) -> str:
    left, right, y = plot.x(month - 0.94), plot.x(month - 0.06), plot.y(share)
    return f"M{svg.joined([(left, plot.bottom), (left, y), (right, y), (right, plot.bottom)])}Z"


def _window(say: Wording, lag: LagCurve, plot: svg.Plot, size: _Size) -> Iterator[str]:
    """Shade and dates of the months in which a recession would start."""
    if state(lag) != "running" or lag.window is None or lag.start is None:
        return
    first, last = (months_between(lag.start, end) for end in (lag.window.p10, lag.window.p90))
    if first > plot.last or last < 1:
        return
    left, right = plot.x(max(first - 1, 0)), plot.x(min(last, plot.last))
    yield svg.rectangle("window", left, plot.top - 4, right, plot.bottom)
    words = say(
        "80% window: {p10} to {p90}", p10=say.month(lag.window.p10), p90=say.month(lag.window.p90)
    )
    x = min(left + 4, size.width - svg.length(words, size.font))
    yield svg.text("axis", max(x, 0), _WINDOW, words)


def _now(say: Wording, lag: LagCurve, plot: svg.Plot, size: _Size) -> Iterator[str]:
    """Where the clock stands; beyond the last month at the right edge, with an arrow."""
    now = state(lag)
    if now == "none" or lag.age is None:
        yield svg.text("label strong", plot.right, _NOW, say("no clock runs"), "end")
        return
    x = plot.x(min(max(lag.age, 0), plot.last))
    words = say("now: month {n}", n=month_of_clock(lag.age))
    yield svg.line("now", x, _NOW + 5, x, plot.bottom)
    if lag.age > plot.last:
        yield svg.arrow(min(x + 8, size.width), _TOP + 4, 1)
    half = svg.length(words, size.font) / 2
    yield svg.text("label strong", min(max(x, half), size.width - half), _NOW, words, "middle")
    if now == "run_out" and lag.false_alarm is not None:
        words = say("all but run out: {none} that none follows", none=say.percent(lag.false_alarm))
        end = max(x - 6, svg.length(words, size.font))
        yield svg.text("axis", end, _WINDOW, words, "end")


def _past(lag: LagCurve, plot: svg.Plot, font: float) -> tuple[list[str], int]:
    """A mark below the axis for each recession that followed, and the rows that they take."""
    hits = sorted(lag.lags, key=lambda hit: (hit[1], hit[0]))
    wide = svg.length("0000", font) + 12
    places = [(plot.x(months - 0.5), start) for start, months in hits]
    # At the right edge the year stands before its mark.
    spans = [(x - wide, x + 8) if x + wide > plot.right else (x - 4, x + wide) for x, _ in places]
    rows = svg.rows(spans)
    parts = []
    for (x, start), (left, _), row in zip(places, spans, rows, strict=True):
        y = plot.bottom + svg.AXIS + _ROW * row + 10
        before = x - left > wide / 2
        place, anchor = (x - 7, "end") if before else (x + 7, "start")
        parts.append(svg.circle("mark-hit", x, y, 3.2))
        parts.append(svg.text("axis", place, y + 4.5, str(start.year), anchor))
    return parts, max(rows, default=-1) + 1
