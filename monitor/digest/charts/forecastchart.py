"""The headline month by month: what it said before each recession, and when it was wrong.

Drawn by hand as inline SVG, once for wide and once for narrow screens. What came of a month is
judged by what was known on the day of the digest and by nothing later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from monitor.digest.charts import svg
from monitor.digest.wording import Wording, phrase, whole_percent
from monitor.domain import (
    HEADLINE_HORIZON,
    Band,
    History,
    Interval,
    PastForecast,
    Recession,
    add_months,
    months_between,
)
from monitor.model import headline, labels, pool

LEGEND: Final = (
    ("recession", phrase("NBER recession")),
    ("line-path", phrase("probability of a start within 12 months")),
    ("range", phrase("80% interval")),
)
"""Style classes and the words for them."""

TITLE: Final = phrase("Probability that a recession starts within 12 months, month by month")

_WIDE: Final = svg.Frame("wide forecast", 760, 250, 44, 72, 12.5, 5)
_NARROW: Final = svg.Frame("narrow forecast", 343, 230, 40, 60, 12, 10)
_NARROW_SINCE: Final = date(1990, 1, 1)
_TEN_YEARS: Final = 120
_LIMITS: Final = tuple(sorted(floor for floor, _ in pool.BANDS))


@dataclass(frozen=True, slots=True)
class Run:
    """Months in a row at :data:`monitor.model.headline.FLOOR` or more, outside of recessions.

    Attributes:
        first, last: the first and the last of them.
        highest: the highest probability in them.
        settled: whether the outcome of all of them was known.
    """

    first: date
    last: date
    highest: float
    settled: bool


@dataclass(frozen=True, slots=True)
class BandCount:
    """What came of the months in one band.

    Attributes:
        floor, ceiling: its limits, as probabilities.
        months: how many months stood in it whose outcome is known.
        starts: how many of these a recession followed within twelve months.
    """

    floor: float
    ceiling: float
    months: int
    starts: int


# ---------------------------------------------------------------------------------- what came of it
def settled_through(history: History) -> date:
    """Last month whose twelve following ones were settled on the day of the newest forecast."""
    newest = history.forecasts[-1].month
    return add_months(labels.learnable_through(newest), -HEADLINE_HORIZON)


def bands(history: History) -> tuple[BandCount, ...]:
    """The bands from the lowest on, each with its months and what followed them.

    Months in a recession do not count, nor do months whose outcome was not known that day, even
    where a recession has begun in their window: were those kept, recessions would be too many.
    """
    if not history.forecasts:
        return ()
    through = settled_through(history)
    judged = [it for it in _outside(history.forecasts, history) if it.month <= through]
    lowest: Band = "normal"
    limits = sorted([(0.0, lowest), *pool.BANDS])
    found = []
    for (floor, name), ceiling in zip(limits, (*_LIMITS, 1.0), strict=True):
        inside = [it.month for it in judged if pool.band(it.probability) == name]
        starts = sum(_followed(month, history.recessions) for month in inside)
        found.append(BandCount(floor, ceiling, len(inside), starts))
    return tuple(found)


def false_alarms(history: History) -> tuple[Run, ...]:
    """Runs of warned months none of which a recession followed within twelve months.

    As on the scoreboard, months in a recession do not break a run and are not told, and a run
    counts whole. One whose first month is not settled is no false alarm yet.
    """
    if not history.forecasts:
        return ()
    through = settled_through(history)
    found = []
    for warned, months in groupby(history.forecasts, lambda it: it.probability >= headline.FLOOR):
        outside = _outside(months, history)
        if not warned or not outside or outside[0].month > through:
            continue
        if not any(_followed(it.month, history.recessions) for it in outside):
            highest = max(it.probability for it in outside)
            last = outside[-1].month
            found.append(Run(outside[0].month, last, highest, last <= through))
    return tuple(found)


def _outside(months: Iterable[PastForecast], history: History) -> list[PastForecast]:
    """Those that belong to no recession known that day."""
    return [
        it
        for it in months
        if not any(
            start <= it.month and (end is None or it.month <= end)
            for start, end in history.recessions
        )
    ]


def _followed(month: date, recessions: Sequence[Recession]) -> bool:
    return any(0 < months_between(month, start) <= HEADLINE_HORIZON for start, _ in recessions)


def _before(history: History) -> list[tuple[date, PastForecast]]:
    """First month of each recession, and the highest forecast of the twelve months before it."""
    found = []
    for start, _ in history.recessions:
        heard = [
            it
            for it in history.forecasts
            if 0 < months_between(it.month, start) <= HEADLINE_HORIZON
        ]
        if heard:
            found.append((start, max(heard, key=lambda it: it.probability)))
    return found


# ----------------------------------------------------------------------------------------- in words
def describe(say: Wording, history: History) -> str:
    """What the chart shows, and what came of it as far as it was known on the day."""
    if not history.forecasts:
        return say("There is no past forecast to draw yet.")
    first, newest = history.forecasts[0], history.forecasts[-1]
    return say.text(
        say(
            "Monthly from {first} to {last}: newest {newest}, {level} interval {interval}.",
            first=say.month(first.month),
            last=say.month(newest.month),
            newest=say.percent(newest.probability),
            level=say.percent(pool.LEVEL),
            interval=say.percent_range(Interval(newest.low, newest.high)),
        ),
        _replayed(say, history),
        _peaks(say, history),
        _alarms(say, history),
        _counts(say, history),
    )


def _replayed(say: Wording, history: History) -> str:
    replays = [it.month for it in history.forecasts if not it.told]
    if not replays:
        return ""
    return say(
        "Up to {month} it is a replay: what the models of today would have said at the end of each"
        " month from what was known then.",
        month=say.month(replays[-1]),
    )


def _peaks(say: Wording, history: History) -> str:
    before = _before(history)
    if not before:
        return ""
    return say(
        "Highest in the twelve months before each recession: {peaks}.",
        peaks=say.listed(
            say(
                "{highest} in {month} before that of {start}",
                highest=say.percent(peak.probability),
                month=say.month(peak.month),
                start=say.month(start),
            )
            for start, peak in before
        ),
    )


def wrong(say: Wording, history: History) -> str:
    """When our own probability was high and no recession followed; nothing if it never was."""
    alarms = false_alarms(history)
    if not alarms:
        return ""
    return say(
        "Our own probability, as the models of today would have told it, stood at {floor} or more"
        " with no recession within twelve months: {runs}.",
        floor=say.percent(headline.FLOOR),
        runs=say.listed(_alarm(say, alarm) for alarm in alarms),
    )


def _alarms(say: Wording, history: History) -> str:
    floor = say.percent(headline.FLOOR)
    alarms = false_alarms(history)
    if not alarms:
        return say(
            "Runs of months at {floor} or more without a recession within twelve months of any of"
            " them: none known by then.",
            floor=floor,
        )
    return say(
        "Runs of months at {floor} or more without a recession within twelve months of any of"
        " them: {runs}.",
        floor=floor,
        runs=say.listed(_alarm(say, alarm) for alarm in alarms),
    )


def _alarm(say: Wording, alarm: Run) -> str:
    highest = say.percent(alarm.highest)
    if not alarm.settled:
        return say(
            "{first} to {last} (up to {highest}; its last months are not settled)",
            first=say.month(alarm.first),
            last=say.month(alarm.last),
            highest=highest,
        )
    if alarm.first == alarm.last:
        return say("{month} ({highest})", month=say.month(alarm.first), highest=highest)
    return say(
        "{first} to {last} (up to {highest})",
        first=say.month(alarm.first),
        last=say.month(alarm.last),
        highest=highest,
    )


def _counts(say: Wording, history: History) -> str:
    counted = [band for band in bands(history) if band.months]
    if not counted:
        return ""
    warned = [band for band in counted if band.floor >= headline.FLOOR]
    told = [
        say(
            "{starts} of {months} at {floor} to {ceiling}",
            starts=band.starts,
            months=band.months,
            floor=_limit(band.floor),
            ceiling=_limit(band.ceiling),
        )
        for band in counted
    ]
    total = (
        say(
            "Of {months} at {floor} or more, {starts} were followed by a recession within twelve"
            " months.",
            months=say.count(sum(it.months for it in warned), "{n} month", "{n} months"),
            floor=say.percent(headline.FLOOR),
            starts=sum(band.starts for band in warned),
        )
        if warned
        else ""
    )
    return say.text(
        total,
        say(
            "By band, of the months outside recessions up to {through}, later ones not being"
            " settled: {bands}.",
            through=say.month(settled_through(history)),
            bands=say.listed(told),
        ),
    )


def _limit(probability: float) -> str:
    return f"{whole_percent(probability)}%"


# -------------------------------------------------------------------------------------- the drawing
def chart(say: Wording, history: History) -> str:
    """The past forecasts as two SVG drawings, or nothing where there are not two months of them.

    Recessions are shaded, the 80 % interval is a band, and hairlines are the limits of the bands.
    The narrow drawing begins in 1990 where ten years have passed since.
    """
    if len(history.forecasts) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    words = describe(say, history)
    newest = history.forecasts[-1].month
    late = months_between(_NARROW_SINCE, newest) >= _TEN_YEARS
    recent = [it for it in history.forecasts if not late or it.month >= _NARROW_SINCE]
    return "\n".join(
        _drawing(say, history.recessions, drawn, frame, words)
        for drawn, frame in ((history.forecasts, _WIDE), (recent, _NARROW))
    )


def _drawing(
    say: Wording,
    recessions: Sequence[Recession],
    drawn: Sequence[PastForecast],
    frame: svg.Frame,
    words: str,
) -> str:
    newest = drawn[-1]
    frame = svg.with_room(say, frame, newest.month, say.percent(newest.probability))
    scale = svg.Scale(frame, drawn[0].month, drawn[-1].month, 0, 1)
    line = [(it.month, it.probability) for it in drawn]
    band = [(it.month, it.low, it.high) for it in drawn]
    parts = [
        *svg.shading(recessions, scale),
        *_value_axis(scale),
        *svg.time_axis(scale),
        *(f'<path class="range" d="{area}"/>' for area in svg.areas(band, scale)),
        svg.pointed(
            f'<path class="path" d="{svg.path(line, scale)}"/>',
            (_label(say, it) for it in drawn),
            frame,
        ),
        *svg.newest(say, line[-1], scale, say.percent(newest.probability)),
    ]
    sheet = svg.Sheet(frame.name, frame.width, frame.height, frame.font)
    title = say("{title}, since {year}", title=say(TITLE), year=drawn[0].month.year)
    return svg.drawing(sheet, title, words, parts)


def _label(say: Wording, past: PastForecast) -> str:
    told = say.aside(
        say.percent(past.probability), say.percent_range(Interval(past.low, past.high))
    )
    return say.pair(say.month(past.month), told)


def _value_axis(scale: svg.Scale) -> Iterator[str]:
    frame = scale.frame
    for value in (0.0, *_LIMITS, 1.0):
        y = scale.y(value)
        kind = "grid" if value else "zero"
        yield svg.line(kind, frame.left, y, frame.width - frame.right, y)
        yield svg.text("axis", frame.left - 6, y + 4, _limit(value), "end")
