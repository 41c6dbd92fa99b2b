"""The policy rate so far and where it may go, drawn by hand as inline SVG.

Two plots share one axis of values: the past on the left, the year ahead on the right with a scale
of time of its own, on which twelve months can be seen beside thirty years. Like the spread it is
drawn twice, for wide and for narrow screens.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from monitor.digest.charts import svg
from monitor.digest.wording import Wording, unsigned
from monitor.domain import HEADLINE_HORIZON, History, PathPoint, PolicyOdds, add_months

SINCE: Final = date(1990, 1, 1)
"""First month drawn where ten years have passed since: the meetings learnt from begin here."""

_TEN_YEARS: Final = 120
_LABEL: Final = 15
"""Pixels from one label of the path to the next, so that they do not touch."""


@dataclass(frozen=True, slots=True)
class _Plot:
    """Size of one drawing in CSS pixels.

    Attributes:
        frame: of the whole; its right margin is for the labels of the path.
        ahead: width of the plot of the year ahead.
        gap: between the two plots.
    """

    frame: svg.Frame
    ahead: int
    gap: int


_WIDE: Final = _Plot(svg.Frame("wide rate", 760, 250, 34, 64, 12.5, 5), 190, 26)
_NARROW: Final = _Plot(svg.Frame("narrow rate", 343, 230, 24, 48, 12, 10), 92, 18)


def chart(say: Wording, history: History, policy: PolicyOdds | None) -> str:
    """The rate and its path as two SVG drawings, or nothing if no rate is known.

    Recessions are shaded. The path is the mean of the middle of the target range with the interval
    of 80 %; without odds of policy the past is drawn alone.
    """
    if not history.rate:
        return ""
    words = describe(say, history, policy)
    return "\n".join(_drawing(say, history, policy, plot, words) for plot in (_WIDE, _NARROW))


def describe(say: Wording, history: History, policy: PolicyOdds | None) -> str:
    """What the chart of the rate shows, in a sentence or two."""
    drawn = _drawn(history)
    if not drawn:
        return say("There is no rate to draw yet.")
    first, (last, newest) = drawn[0][0], drawn[-1]
    low_month, low = min(drawn, key=lambda point: point[1])
    high_month, high = max(drawn, key=lambda point: point[1])
    past = say(
        "Effective federal funds rate, monthly means from {first} to {last}: newest {newest},"
        " lowest {low} in {low_month}, highest {high} in {high_month}.",
        first=say.month(first),
        last=say.month(last),
        newest=say.rate(newest),
        low=say.rate(low),
        low_month=say.month(low_month),
        high=say.rate(high),
        high_month=say.month(high_month),
    )
    path = _path(policy)
    if policy is None or not path:
        return past
    end = path[-1]
    ahead = say(
        "On the right the middle of the target range: {now} now, {mean} expected in {n} months,"
        " 80% range {low} to {high}.",
        now=say.rate(policy.target.middle),
        mean=say.rate(end.mean),
        n=end.horizon,
        low=say.rate(end.low),
        high=say.rate(end.high),
    )
    return say.text(past, ahead)


def _path(policy: PolicyOdds | None) -> Sequence[PathPoint]:
    """The path over the year ahead; beyond it the plot would hide the next months."""
    return [point for point in policy.path if point.horizon <= HEADLINE_HORIZON] if policy else []


def _drawn(history: History) -> Sequence[tuple[date, float]]:
    if not history.rate:
        return ()
    late = add_months(history.rate[-1][0], -_TEN_YEARS) >= SINCE
    return [point for point in history.rate if not late or point[0] >= SINCE]


def _drawing(
    say: Wording, history: History, policy: PolicyOdds | None, plot: _Plot, words: str
) -> str:
    frame, drawn = plot.frame, _drawn(history)
    path = _path(policy)
    values = [value for _, value in drawn]
    values += [end for point in path for end in (point.low, point.high)]
    bound = policy.bound.bound if policy else 0.0
    low, high = math.floor(min(*values, bound, 0)), math.ceil(max(*values, 1))
    right = frame.right + (plot.ahead + plot.gap if path else 0)
    past = svg.Scale(replace(frame, right=right), drawn[0][0], drawn[-1][0], low, high)
    parts = [
        *svg.shading(history.recessions, past),
        *_value_axis(say, past),
        *svg.time_axis(past),
        svg.pointed(
            f'<path class="spread" d="{svg.path(drawn, past)}"/>',
            (say.pair(say.month(month), say.rate(value)) for month, value in drawn),
            frame,
        ),
    ]
    if policy and path:
        parts += _ahead(say, policy.target.middle, path, plot, past)
    else:
        parts += svg.newest(say, drawn[-1], past, say.rate(drawn[-1][1]))
    edge = frame.width - frame.right
    parts.append(svg.line("bound", frame.left, past.y(bound), edge, past.y(bound)))
    sheet = svg.Sheet(frame.name, frame.width, frame.height, frame.font)
    return svg.drawing(sheet, say("The policy rate in percent"), words, parts)


def _value_axis(say: Wording, scale: svg.Scale) -> Iterator[str]:
    frame, span = scale.frame, scale.high - scale.low
    step = next(step for step in (1, 2, 5, 10) if span <= 6 * step or step == 10)  # noqa: PLR2004
    yield svg.text("axis", 0, 13, say("percent"))
    for value in range(math.ceil(scale.low / step) * step, math.floor(scale.high) + 1, step):
        y = scale.y(value)
        yield svg.line("grid", frame.left, y, frame.width - frame.right, y)
        yield svg.text("axis", frame.left - 6, y + 4, unsigned(value, 0), "end")


def _ahead(
    say: Wording, target: float, path: Sequence[PathPoint], plot: _Plot, past: svg.Scale
) -> Iterator[str]:
    frame = plot.frame
    left, bottom = frame.width - frame.right - plot.ahead, frame.height - svg.AXIS
    longest = path[-1].horizon
    places = [left + plot.ahead * point.horizon / longest for point in path]
    yield svg.text("axis", left - 4, 13, say("months ahead"))
    yield svg.line("mark", left, svg.TOP, left, bottom)
    for x, months in zip((left, *places), (0, *(point.horizon for point in path)), strict=True):
        yield svg.line("mark", x, bottom, x, bottom + 4)
        if months != path[0].horizon:  # it would touch the 0 beside it
            yield svg.text("axis", x, bottom + 17, str(months), "middle")
    now = (float(left), past.y(target))
    highs, means, lows = (
        [now, *zip(places, map(past.y, ends), strict=True)]
        for ends in zip(*((point.high, point.mean, point.low) for point in path), strict=True)
    )
    yield f'<path class="range" d="M{svg.joined([*highs, *reversed(lows[1:])])}Z"/>'
    yield f'<path class="path" d="M{svg.joined(means)}"/>'
    yield from (svg.dot(x, y, 3) for x, y in means)
    end, middle = path[-1], means[-1][1]
    yield svg.text("label strong", frame.width, middle + 4, say.rate(end.mean), "end")
    if end.high > end.mean:
        above = min(highs[-1][1], middle - _LABEL)
        yield svg.text("axis", frame.width, above + 4, say.rate(end.high), "end")
    if end.low < end.mean:
        below = max(lows[-1][1], middle + _LABEL)
        yield svg.text("axis", frame.width, below + 4, say.rate(end.low), "end")
