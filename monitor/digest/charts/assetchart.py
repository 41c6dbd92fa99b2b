"""How large the balance sheet of the Federal Reserve is, and what kind of growth each span was.

Drawn by hand as inline SVG, once for wide and once for narrow screens. Below the plot each kind of
regime has a lane of its own with its name, so that colour says nothing that is not also written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from monitor.digest.blocks import Figure
from monitor.digest.charts import svg
from monitor.digest.wording import Wording, phrase, unsigned
from monitor.domain import History, Points, Regime, RegimeKind, add_months

TITLE: Final = phrase("Size of the Federal Reserve's balance sheet, and why it grew or shrank")

_QE: Final = phrase("while QE took duration out of the market")

NAMES: Final[Mapping[RegimeKind, str]] = {
    "qe": phrase("QE"),
    "reserve_management": phrase("Reserve management"),
    "lending": phrase("Lending"),
    "qt": phrase("Run-off (QT)"),
    "yield_cap": phrase("Yield cap"),
    "steady": phrase("Steady"),
}
"""Each regime by its name, in the order of the lanes; a steady balance sheet has none."""

_SERIES: Final[Mapping[str, str]] = {
    "WALCL": phrase("Total assets of the Federal Reserve"),
    "RSBKCRNS": phrase("Reserve Bank credit"),
    "TOTRESNS": phrase("Reserves of banks"),
}
_BILLIONS: Final = 1000
"""Billions in a trillion."""

_GAP: Final = timedelta(days=45)
"""Time between two values over which no line is drawn: more than a month."""

Span = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class _Size:
    """Size of one drawing.

    Attributes:
        frame: of the plot and its axis.
        lane: pixels from one lane to the next.
        above: whether a lane has its name above it; else at its right.
    """

    frame: svg.Frame
    lane: int
    above: bool


_WIDE: Final = _Size(svg.Frame("wide assets", 760, 240, 30, 140, 12.5, 5), 18, above=False)
_NARROW: Final = _Size(svg.Frame("narrow assets", 343, 216, 28, 78, 12, 5), 30, above=True)
_LONGEST: Final = 30
"""Years up to which the marks of the axis have room at their usual distance."""

_BAR: Final = 8
_LABEL: Final = 14


def chart(say: Wording, history: History) -> str:
    """The size and its lanes as two SVG drawings, or nothing if no size is known."""
    points = _points(history)
    if not points:
        return ""
    said = describe(say, history)
    return "\n".join(_drawing(say, history, points, size, said) for size in (_WIDE, _NARROW))


def figure(say: Wording, history: History) -> Figure | None:
    """The chart with its title, its description and how to read it; ``None`` without a chart."""
    drawn = chart(say, history)
    if not drawn:
        return None
    legend = (("area-qe", say(_QE)),) if 'class="area-qe"' in drawn else ()
    return Figure(say(TITLE), describe(say, history), legend, drawn)


def describe(say: Wording, history: History) -> str:
    """The size now and at its highest, and the spans of each kind of regime."""
    points = _points(history)
    if not points:
        return say("There is no size of the balance sheet to draw yet.")
    (first, _), (last, newest) = points[0], points[-1]
    when, high = max(points, key=lambda point: point[1])
    return say.text(
        say(
            "{what} in trillions of USD, {first} to {last}: newest {newest}, highest {high} in"
            " {month}.",
            what=_what(say, history),
            first=say.month(first),
            last=say.month(last),
            newest=_trillions(newest),
            high=_trillions(high),
            month=say.month(when),
        ),
        *(
            say("{regime}: {spans}.", regime=say(NAMES[kind]), spans=_spans(say, spans))
            for kind, spans in _lanes(history, first, _end(history)).items()
        ),
        *(
            say("Steady since {month}.", month=say.month(it.start))
            for it in history.regimes[-1:]
            if it.kind == "steady" and it.end is None
        ),
    )


def _points(history: History) -> Points:
    return tuple(it for it in history.assets if math.isfinite(it[1]) and it[1] >= 0)


def _end(history: History) -> date:
    """The last day drawn: a regime goes on where the size is published late or no longer."""
    known = [points[-1][0] for points in (_points(history), history.spread) if points]
    return max(*known, *(it.start for it in history.regimes[-1:]), date.min)


def _what(say: Wording, history: History) -> str:
    name = _SERIES.get(history.assets_series)
    return say(name) if name else history.assets_series


def _trillions(billions: float) -> str:
    return unsigned(billions / _BILLIONS, 2)


def _spans(say: Wording, spans: Sequence[Span]) -> str:
    return say.listed(
        say("{first} to {last}", first=say.month(start), last=say.month(end))
        if end
        else say("since {month}", month=say.month(start))
        for start, end in spans
    )


def _lanes(history: History, first: date, last: date) -> Mapping[RegimeKind, Sequence[Span]]:
    """The spans that touch the plot by their kind, as one where one follows upon the other."""
    lanes: dict[RegimeKind, list[Span]] = {kind: [] for kind in NAMES if kind != "steady"}
    for regime in history.regimes:
        if regime.kind in lanes and _touches(regime, first, last):
            lane = lanes[regime.kind]
            end = lane[-1][1] if lane else None
            start = regime.start
            if end and start - end <= timedelta(days=1):
                start = lane.pop()[0]
            lane.append((start, regime.end))
    return {kind: lane for kind, lane in lanes.items() if lane}


def _touches(regime: Regime, first: date, last: date) -> bool:
    return regime.start <= last and (regime.end is None or regime.end >= first)


# ---------------------------------------------------------------------------------------- drawing
def _drawing(say: Wording, history: History, points: Points, size: _Size, said: str) -> str:
    first, last = points[0][0], _end(history)
    marks = size.frame.years * max(math.ceil((last.year - first.year) / _LONGEST), 1)
    frame = replace(size.frame, years=marks)
    step = _step(max(value for _, value in points) / _BILLIONS)
    top = step * math.ceil(max(max(value for _, value in points) / _BILLIONS, step) / step)
    # Of the last month there are days too.
    scale = svg.Scale(frame, first.replace(day=1), add_months(last.replace(day=1), 1), 0, top)
    lanes = _lanes(history, first, last)
    runs = [_thinned(run, scale) for run in _runs(points)]
    kept = [point for run in runs for point in run]
    line = f'<path class="spread" d="{_line(runs, scale)}"/>'
    drawn = [
        *_value_axis(say, scale, step),
        *svg.time_axis(scale),
        *(_area("area", run, scale) for run in runs),
        *(
            _area("area-qe", part, scale)
            for span in lanes.get("qe", ())
            for run in runs
            if (part := _inside(run, span))
        ),
        svg.probe(line, _pointed(say, kept)) if size is _WIDE else line,
        svg.line("zero", frame.left, scale.y(0), frame.width - frame.right, scale.y(0)),
        *_newest(say, points, scale),
        *_draw_lanes(say, lanes, scale, size, last),
    ]
    height = frame.height + size.lane * len(lanes) + (6 if lanes else 0)
    return svg.drawing(
        svg.Sheet(frame.name, frame.width, height, frame.font), say(TITLE), said, drawn
    )


def _thinned(points: Points, scale: svg.Scale) -> Points:
    """The last value in each pixel: weeks are narrower than that."""
    return tuple({round(scale.at(point[0])): point for point in points}.values())


def _step(largest: float) -> float:
    """Distance of the lines of the grid in trillions: at most six of them."""
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10)
    return next((step for step in steps if largest <= 6 * step), math.ceil(largest / 6))


def _value_axis(say: Wording, scale: svg.Scale, step: float) -> Iterator[str]:
    frame = scale.frame
    digits = 0 if step >= 1 else 1
    yield svg.text("axis", 0, 13, say("trillions of USD"))
    for count in range(1, round(scale.high / step) + 1):
        y = scale.y(count * step)
        yield svg.line("grid", frame.left, y, frame.width - frame.right, y)
        yield svg.text("axis", frame.left - 6, y + 4, unsigned(count * step, digits), "end")


def _place(point: tuple[date, float], scale: svg.Scale) -> tuple[float, float]:
    return scale.at(point[0]), scale.y(point[1] / _BILLIONS)


def _runs(points: Points) -> Iterator[Points]:
    """Values in a row without a gap."""
    start = 0
    for place, (one, other) in enumerate(pairwise(points), 1):
        if other[0] - one[0] > _GAP:
            yield points[start:place]
            start = place
    if points:
        yield points[start:]


def _line(runs: Sequence[Points], scale: svg.Scale) -> str:
    return "".join(f"M{svg.joined(_place(point, scale) for point in run)}" for run in runs)


def _area(kind: str, run: Points, scale: svg.Scale) -> str:
    """The area between some values and zero."""
    corners = [_place(point, scale) for point in run]
    ends = [(corners[0][0], scale.y(0)), *corners, (corners[-1][0], scale.y(0))]
    return f'<path class="{kind}" d="M{svg.joined(ends)}Z"/>'


def _inside(points: Points, span: Span) -> Points:
    start, end = span
    return tuple(point for point in points if start <= point[0] and (not end or point[0] <= end))


def _newest(say: Wording, points: Points, scale: svg.Scale) -> Iterator[str]:
    (day, value), right = points[-1], scale.frame.width - scale.frame.right
    x, y = _place(points[-1], scale)
    yield svg.dot(x, y, 3.5)
    # Lower down the month would touch the years.
    y = min(y, scale.y(0) - _LABEL)
    yield svg.text("label strong", right + 10, y, _trillions(value))
    yield svg.text("axis", right + 10, y + 14, say.month(day))


def _draw_lanes(
    say: Wording,
    lanes: Mapping[RegimeKind, Sequence[Span]],
    scale: svg.Scale,
    size: _Size,
    last: date,
) -> Iterator[str]:
    frame = scale.frame
    left, right = frame.left, frame.width - frame.right
    for row, (kind, spans) in enumerate(lanes.items()):
        y = frame.height + size.lane * (row + 1) - 2
        runs_on = spans[-1][1] is None
        name = "label strong" if runs_on else "axis"
        if size.above:
            yield svg.text(name, left, y - _BAR - 4, say(NAMES[kind]))
        else:
            yield svg.text(name, right + 10, y, say(NAMES[kind]))
        yield svg.line("grid", left, y - _BAR / 2, right, y - _BAR / 2)
        for start, end in spans:
            # An end is a last day, which is in the span.
            begins = scale.at(max(start, scale.first))
            ends = scale.at(min(end or last, last) + timedelta(days=1))
            yield svg.rectangle(
                "lane-qe" if kind == "qe" else "lane", begins, y - _BAR, min(ends, right), y
            )


def _pointed(say: Wording, points: Sequence[tuple[date, float]]) -> Iterator[str]:
    weekly = any(other[0] - one[0] < timedelta(days=28) for one, other in pairwise(points))
    for day, value in points:
        when = say.day(day) if weekly else say.month(day)
        yield say.pair(when, say("{amount} trillion USD", amount=_trillions(value)))
