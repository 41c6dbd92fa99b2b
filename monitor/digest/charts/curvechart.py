"""The yield curve now, a month and a year ago, and its slope now and before past recessions.

Drawn by hand as inline SVG, once for wide and once for narrow screens. Maturities stand on a
logarithmic scale, on which a year at the short end has the room that it has in the news. Yields of
past recessions lie up to ten points apart, which would flatten every curve: so each is drawn as
what it is over its own three-month yield, where an inverted one falls below zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitor.digest.blocks import Figure
from monitor.digest.charts import svg
from monitor.digest.wording import Wording, phrase, signed, unsigned
from monitor.domain import CurveOf, History, YieldCurve, add_months

TITLE: Final = phrase("The Treasury yield curve now and then")

TOLD: Final = (3, 24, 120)
"""Maturities in months that the description names: the bill, and the notes of the two spreads."""

_BILL: Final = 3
_YEAR: Final = 12
_PAST: Final = 4
"""Curves of past recessions drawn at most: more would hide the newest."""

_LABEL: Final = 15
"""Pixels from one label to the next."""

_UNIT: Final = 28
"""Pixels on the left of a plot, for its values: the unit begins there."""

_MARKS: Final = (3, 6, 12, 24, 36, 60, 84, 120, 240, 360)
_KINDS: Final[Mapping[CurveOf, str]] = {
    "today": "curve-now",
    "month_ago": "curve-month",
    "year_ago": "curve-year",
    "before_recession": "curve-past",
}
_NAMES: Final[Mapping[CurveOf, str]] = {
    "today": phrase("now"),
    "month_ago": phrase("1 month ago"),
    "year_ago": phrase("1 year ago"),
}


@dataclass(frozen=True, slots=True)
class _Panel:
    """Edges of a plot in pixels; the names of its curves stand on its right."""

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class _Size:
    """One drawing.

    Attributes:
        sheet: for both panels.
        yields, slopes: the two panels.
        alone: the panel and the height of the sheet where there are no slopes.
    """

    sheet: svg.Sheet
    yields: _Panel
    slopes: _Panel
    alone: tuple[_Panel, float]


_WIDE: Final = _Size(
    svg.Sheet("wide curve", 760, 280, 12.5),
    _Panel(28, 276, svg.TOP, 258),
    _Panel(428, 662, svg.TOP, 258),
    (_Panel(28, 650, svg.TOP, 258), 280),
)
_NARROW: Final = _Size(
    svg.Sheet("narrow curve", 343, 444, 12),
    _Panel(28, 244, svg.TOP, 186),
    _Panel(28, 244, 252, 422),
    (_Panel(28, 244, svg.TOP, 186), 208),
)


@dataclass(frozen=True, slots=True)
class _Axis:
    """What one panel shows.

    Attributes:
        unit: of its values, in words.
        mark: how a whole number is written at the axis.
        value: how a value is written.
    """

    unit: str
    mark: Callable[[float, int], str]
    value: Callable[[float], str]


# ------------------------------------------------------------------------------------------ words
def chart(say: Wording, history: History) -> str:
    """The curves as two SVG drawings, or nothing if the newest one has not two yields."""
    curves = _drawn(history)
    if not curves:
        return ""
    said = describe(say, history)
    return "\n".join(_drawing(say, curves, size, said) for size in (_WIDE, _NARROW))


def figure(say: Wording, history: History) -> Figure | None:
    """The chart with its title and its description; ``None`` without a chart."""
    drawn = chart(say, history)
    return Figure(say(TITLE), describe(say, history), (), drawn, mail=True) if drawn else None


def describe(say: Wording, history: History) -> str:
    """A sentence for each curve, with its yields at :data:`TOLD`."""
    curves = _drawn(history)
    if not curves:
        return say("There is no yield curve to draw yet.")
    return say.text(*(_told(say, curve) for curve in curves))


def _drawn(history: History) -> Sequence[YieldCurve]:
    """Those that can be drawn, the newest first and those of recessions last."""
    curves = [
        replace(it, yields=known)
        for it in history.curves
        if len(known := {m: y for m, y in sorted(it.yields.items()) if m > 0 and math.isfinite(y)})
        > 1
    ]
    now = [it for it in curves if it.of == "today"][-1:]
    ago = [it for it in curves if it.of in {"month_ago", "year_ago"}]
    return (
        [*now, *ago, *[it for it in curves if it.of == "before_recession"][-_PAST:]] if now else ()
    )


def _told(say: Wording, curve: YieldCurve) -> str:
    yields = say.listed(
        say("{maturity} {rate}", maturity=_maturity(say, it), rate=say.rate(curve.yields[it]))
        for it in (TOLD if any(it in curve.yields for it in TOLD) else curve.yields)
        if it in curve.yields
    )
    when = say.month(curve.period) if curve.monthly else say.day(curve.period)
    if curve.of == "today":
        if curve.monthly:
            return say("Treasury yields, means of {month}: {yields}.", month=when, yields=yields)
        return say("Treasury yields on {day}: {yields}.", day=when, yields=yields)
    if curve.of == "month_ago":
        return say("A month before ({when}): {yields}.", when=when, yields=yields)
    if curve.of == "year_ago":
        return say("A year before ({when}): {yields}.", when=when, yields=yields)
    return say(
        "Before the recession of {year} ({when}): {yields}.",
        year=_recession(curve),
        when=when,
        yields=yields,
    )


def _recession(curve: YieldCurve) -> int:
    """Year in which the recession began that a curve was the last one before."""
    return add_months(curve.period, 1).year


def _maturity(say: Wording, months: int) -> str:
    if months % _YEAR:
        return say.count(months, "{n} month", "{n} months")
    return say.count(months // _YEAR, "{n} year", "{n} years")


def _name(say: Wording, curve: YieldCurve) -> str:
    if curve.of == "before_recession":
        return say("before {year}", year=_recession(curve))
    return say(_NAMES[curve.of])


# ---------------------------------------------------------------------------------------- drawing
def _drawing(say: Wording, curves: Sequence[YieldCurve], size: _Size, said: str) -> str:
    levels = [it for it in curves if it.of != "before_recession"]
    slopes = [_slope(it) for it in curves if it not in levels[1:] and _BILL in it.yields]
    pointed = size is _WIDE
    rate = _Axis(say("percent"), unsigned, say.rate)
    over = _Axis(say("percentage points over the three-month yield"), signed, say.points)
    if len(slopes) > 1 and slopes[0].of == "today":
        sheet = size.sheet
        parts = [
            *_panel(say, levels, size.yields, rate, sheet.font, pointed=pointed),
            *_panel(say, slopes, size.slopes, over, sheet.font, pointed=pointed),
        ]
    else:
        panel, height = size.alone
        sheet = replace(size.sheet, height=height)
        parts = [*_panel(say, levels, panel, rate, sheet.font, pointed=pointed)]
    return svg.drawing(sheet, say(TITLE), said, parts)


def _slope(curve: YieldCurve) -> YieldCurve:
    """A curve less its yield at three months."""
    bill = curve.yields[_BILL]
    return replace(curve, yields={months: it - bill for months, it in curve.yields.items()})


def _panel(
    say: Wording,
    curves: Sequence[YieldCurve],
    panel: _Panel,
    axis: _Axis,
    font: float,
    *,
    pointed: bool,
) -> Iterator[str]:
    values = [value for curve in curves for value in curve.yields.values()]
    months = [month for curve in curves for month in curve.yields]
    low = math.floor(min(values))
    plot = svg.Plot(
        panel.left, panel.right, panel.top, panel.bottom, math.log(min(months)),
        math.log(max(months)), low, max(math.ceil(max(values)), low + 1),
    )  # fmt: skip
    yield from _value_axis(plot, axis)
    yield from _maturity_axis(say, plot, sorted({it for it in months if it in _MARKS}), font)
    # The newest is drawn last, so that it lies on top.
    yield from (_line(curve, plot) for curve in curves[:0:-1])
    now = _line(curves[0], plot)
    yield svg.probe(now, _pointed(say, curves, axis)) if pointed else now
    yield from (svg.dot(*_place(plot, *point), 2.4) for point in curves[0].yields.items())
    yield from _labels(say, curves, plot)


def _place(plot: svg.Plot, months: int, value: float) -> tuple[float, float]:
    return plot.x(math.log(months)), plot.y(value)


def _line(curve: YieldCurve, plot: svg.Plot) -> str:
    corners = svg.joined(_place(plot, *point) for point in curve.yields.items())
    return f'<path class="{_KINDS[curve.of]}" d="M{corners}"/>'


def _value_axis(plot: svg.Plot, axis: _Axis) -> Iterator[str]:
    span = plot.high - plot.low
    step = next((step for step in (1, 2, 5, 10) if span <= 6 * step), math.ceil(span / 6))
    yield svg.text("axis", plot.left - _UNIT, plot.top - 13, axis.unit)
    for value in range(math.ceil(plot.low / step) * step, math.floor(plot.high) + 1, step):
        y = plot.y(value)
        yield svg.line("grid" if value else "zero", plot.left, y, plot.right, y)
        yield svg.text("axis", plot.left - 6, y + 4, axis.mark(value, 0), "end")


def _maturity_axis(
    say: Wording, plot: svg.Plot, marks: Sequence[int], font: float
) -> Iterator[str]:
    base = plot.bottom + 17
    for months in marks:
        x = plot.x(math.log(months))
        words = say("{n}m", n=months) if months % _YEAR else str(months // _YEAR)
        yield svg.line("mark", x, plot.bottom, x, plot.bottom + 4)
        if months != marks[-1]:
            yield svg.text("axis", x, base, words, "middle")
        else:
            # The unit follows the last number, where it touches no other.
            yield svg.text("axis", x - svg.length(words, font) / 2, base, _maturity(say, months))


def _labels(say: Wording, curves: Sequence[YieldCurve], plot: svg.Plot) -> Iterator[str]:
    """The name of each curve at its end, joined to it where it had to move."""
    ends = [_place(plot, *list(curve.yields.items())[-1]) for curve in curves]
    places = svg.apart([y for _, y in ends], _LABEL, plot.top, plot.bottom)
    x = plot.right + 18
    for curve, end, y in zip(curves, ends, places, strict=True):
        yield f'<path class="leader" d="M{svg.joined([(end[0] + 4, end[1]), (x - 3, y)])}"/>'
        kind = "label strong" if curve.of == "today" else "axis"
        yield svg.text(kind, x, y + 4, _name(say, curve))


def _pointed(say: Wording, curves: Sequence[YieldCurve], axis: _Axis) -> Iterator[str]:
    """For each maturity of the newest curve what all of them have there."""
    for months in curves[0].yields:
        values = [
            say("{curve} {value}", curve=_name(say, it), value=axis.value(it.yields[months]))
            for it in curves
            if months in it.yields
        ]
        yield say.pair(_maturity(say, months), say.clauses(*values))
