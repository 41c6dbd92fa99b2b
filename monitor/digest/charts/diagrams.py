"""The drawings of the scoreboard: scores beside each other, reliability, and the past forecasts.

Like ``charts`` these carry classes and no colours. Probabilities are fractions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from monitor.digest.charts import svg
from monitor.digest.wording import EN, whole_percent
from monitor.domain import Recession

_WIDE: Final = svg.Frame("wide", 1020, 300, 40, 64, 12.5, 5)
_NARROW: Final = svg.Frame("narrow", 343, 240, 40, 60, 12, 20)
_PLOT: Final = 200
"""Side of a reliability diagram in pixels."""


@dataclass(frozen=True, slots=True)
class Past:
    """One month of the past and what was forecast in it.

    Attributes:
        month: the month whose data the forecasts rest on.
        pool: our probability of a start within twelve months; ``None`` where nothing was said.
        low, high: its interval, if there is one.
        nyfed: the probability with the New York Fed's published coefficients.
        in_recession: whether the month belongs to a recession, as known today.
    """

    month: date
    pool: float | None
    low: float | None
    high: float | None
    nyfed: float | None
    in_recession: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the comparison: a name, a score and its interval."""

    name: str
    value: float
    interval: tuple[float, float] | None
    strong: bool


# ------------------------------------------------------------------------------------- comparison
def comparison(title: str, bars: Sequence[Bar]) -> str:
    """Brier scores below each other with their intervals as whiskers; the axis starts at zero."""
    left, right, top, step = 150.0, 296.0, 6.0, 28.0
    largest = max(max(bar.value, *(bar.interval or (0.0,))) for bar in bars)
    tick = 0.05 if largest <= 0.2 else 0.1  # noqa: PLR2004 - at most four steps
    end = tick * math.ceil(largest / tick)
    bottom = top + step * len(bars)

    def x(value: float) -> float:
        return left + (right - left) * value / end

    parts = []
    for mark in range(round(end / tick) + 1):
        at = x(mark * tick)
        parts.append(svg.line("grid", at, top, at, bottom))
        parts.append(svg.text("axis", at, bottom + 16, f"{mark * tick:.2f}", "middle"))
    for row, bar in enumerate(bars):
        y = top + step * (row + 0.5)
        kind = "label strong" if bar.strong else "label"
        if bar.interval:
            low, high = bar.interval
            parts += svg.whisker(x(low), x(high), y)
        parts += [
            svg.text(kind, 0, y + 4.5, bar.name),
            svg.dot(x(bar.value), y, 4.5),
            svg.text(kind, 343, y + 4.5, f"{bar.value:.3f}", "end"),
        ]
    said = EN.listed([f"{bar.name} {bar.value:.3f}{_said(bar.interval)}" for bar in bars])
    sheet = svg.Sheet("comparison", 343, bottom + 22, 12.5)
    return svg.drawing(sheet, title, f"{said}.", parts)


def _said(interval: tuple[float, float] | None) -> str:
    return f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else ""


# ------------------------------------------------------------------------------------ reliability
def reliability(name: str, points: Sequence[Mapping[str, Any]], number: int) -> str:
    """Observed share against forecast for one member, as one small drawing.

    The area of a dot is the number of its months; the whisker is the interval of the share.

    Args:
        name: the member in words.
        points: bins with ``forecast``, ``observed``, ``n``, ``low`` and ``high``.
        number: of the drawing in its page, which names its elements.
    """
    left, top = 38.0, 24.0
    most = max((point["n"] for point in points), default=1)

    def place(forecast: float, observed: float) -> tuple[float, float]:
        return left + _PLOT * forecast, top + _PLOT * (1 - observed)

    parts = [svg.text("label strong", left, 13, name)]
    for share in (0, 0.5, 1):
        (x, y), percent = place(share, share), f"{100 * share:.0f}%"
        parts += [
            svg.line("grid", x, top, x, top + _PLOT),
            svg.line("grid", left, y, left + _PLOT, y),
            svg.text("axis", x, top + _PLOT + 16, percent, "middle"),
            svg.text("axis", left - 6, y + 4, percent, "end"),
        ]
    parts.append(svg.line("zero", *place(0, 0), *place(1, 1)))
    for point in points:
        x, y = place(point["forecast"], point["observed"])
        parts.append(
            svg.line("whisker", x, place(0, point["low"])[1], x, place(0, point["high"])[1])
        )
        parts.append(svg.dot(x, y, max(7 * math.sqrt(point["n"] / most), 2)))
    sheet = svg.Sheet(f"reliability-{number}", left + _PLOT + 16, top + _PLOT + 24, 12)
    return svg.drawing(sheet, f"Reliability of {name}", describe_reliability(name, points), parts)


def describe_reliability(name: str, points: Sequence[Mapping[str, Any]]) -> str:
    """One sentence with every point of a reliability diagram."""
    if not points:
        return f"{name}: there is no settled month."
    said = [
        f"{EN.percent(point['forecast'])} forecast, {_share(point['observed'])} observed in "
        + EN.count(point["n"], "{n} month", "{n} months")
        for point in points
    ]
    return f"{name}: {'; '.join(said)}."


def _share(observed: float) -> str:
    """An observed share, which may be none or all."""
    return f"{whole_percent(observed)}%"


# ------------------------------------------------------------------------------ the past forecasts
def history(past: Sequence[Past]) -> str:
    """Our probability and the New York Fed's since the first origin, for wide and narrow screens.

    Recessions are shaded; a line is broken where nothing was said.
    """
    if not past:
        return ""
    title = "Probability that a recession starts within twelve months, as it would have been told"
    said = describe_history(past)
    return "\n".join(_history(past, frame, title, said) for frame in (_WIDE, _NARROW))


def describe_history(past: Sequence[Past]) -> str:
    """One sentence that says what the chart of the past forecasts shows."""
    told = [(month.pool, month.month) for month in past if month.pool is not None]
    if not told:
        return "There is no past forecast to draw yet."
    highest, when = max(told)
    shaded = EN.count(len(list(_recessions(past))), "{n} recession", "{n} recessions")
    return (
        f"Monthly from {EN.month(past[0].month)} to {EN.month(past[-1].month)}: newest "
        f"{EN.percent(told[-1][0])}, highest {EN.percent(highest)} in "
        f"{EN.month(when)}; {shaded} shaded."
    )


def _recessions(past: Sequence[Past]) -> Iterator[Recession]:
    for inside, months in groupby(past, key=lambda month: month.in_recession):
        if inside:
            span = [month.month for month in months]
            yield span[0], span[-1]


def _history(past: Sequence[Past], frame: svg.Frame, title: str, said: str) -> str:
    scale = svg.Scale(frame, past[0].month, past[-1].month, 0, 1)
    ours = [(month.month, month.pool) for month in past if month.pool is not None]
    theirs = [(month.month, month.nyfed) for month in past if month.nyfed is not None]
    parts = [*svg.shading(_recessions(past), scale)]
    for quarter in range(5):
        y = scale.y(quarter / 4)
        kind = "grid" if quarter else "zero"
        parts.append(svg.line(kind, frame.left, y, frame.width - frame.right, y))
        parts.append(svg.text("axis", frame.left - 6, y + 4, f"{25 * quarter}%", "end"))
    parts += svg.time_axis(scale)
    likely = [
        (month.month, month.low, month.high)
        for month in past
        if month.low is not None and month.high is not None
    ]
    parts += [f'<path class="likely" d="{area}"/>' for area in svg.areas(likely, scale)]
    parts.append(f'<path class="theirs" d="{svg.path(theirs, scale)}"/>')
    parts.append(f'<path class="ours" d="{svg.path(ours, scale)}"/>')
    if ours:
        month, value = ours[-1]
        x, y = scale.x(month), scale.y(value)
        parts += [
            svg.dot(x, y, 3.5),
            svg.text("label strong", frame.width, y - 2, EN.percent(value), "end"),
            svg.text("axis", frame.width, y + 12, EN.month(month), "end"),
        ]
    sheet = svg.Sheet(frame.name, frame.width, frame.height, frame.font)
    return svg.drawing(sheet, title, said, parts)
