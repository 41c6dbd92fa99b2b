"""Event study of announcements of asset purchases: how far daily rates moved around each.

The method is that of Krishnamurthy and Vissing-Jorgensen, "The Effects of Quantitative Easing on
Interest Rates" (Brookings Papers on Economic Activity, Fall 2011): the change from the close before
an announcement to the close after it, summed over the announcements of a programme. It credits the
announcement with everything that was news in those days; what else is known to have been is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import pandas as pd

from monitor.domain import Panel
from monitor.errors import ConfigError

Window = Literal[1, 2]
Remembered = Literal["date", "terms", "other news"]

STUDIED: Final = (
    "DGS1", "DGS2", "DGS3", "DGS5", "DGS7", "DGS10", "DGS20", "DGS30", "DFII5", "DFII10",
    "T5YIE", "T10YIE", "T5YIFR", "AAA10Y", "BAA10Y",
)  # fmt: skip
"""Daily series in percent or percentage points that are published to the hundredth.

What the paper reads beside these (futures on the funds rate, swaps, agency bonds, credit default
swaps) is not in the catalogue, nor are option-adjusted spreads."""

PROGRAMMES: Final[Mapping[str, str]] = {
    "QE1": "2008-09",
    "QE2": "2010",
    "MEP": "2011-12",
    "QE3": "2012",
    "taper": "2013",
    "organic": "October 2019",
    "QE4": "2020",
    "RMP": "December 2025",
}
"""Names of the programmes and when they were announced.

``MEP`` exchanged short for long Treasuries; ``taper`` slowed QE3; ``organic`` and ``RMP`` buy bills
to manage reserves."""

_LONGEST_PAUSE_DAYS: Final = 7
"""From one close of the daily curve to the next it is five days at most (1962 to 2026). A longer
pause is a maturity without quotes, such as twenty years from 1987 to 1993: no day in it can be
studied."""

_CASH: Final = "investors sold even Treasuries for cash in these weeks"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement of a programme.

    Attributes:
        day: day it was made, in Washington; not always one on which markets were open.
        programme: one of :data:`PROGRAMMES`.
        said: what was announced, in a few words; amounts in USD.
        source: document that says so.
        confounded_by: other news of the window that moves the same rates, as far as it is known,
            or empty. That it is empty does not show that there was none.
        set_aside: why it does not enter the sum of its programme, or empty.
        from_memory: what of this was remembered and not looked up.
    """

    day: date
    programme: str
    said: str
    source: str
    confounded_by: str = ""
    set_aside: str = ""
    from_memory: tuple[Remembered, ...] = ()


_KVJ: Final = "Krishnamurthy and Vissing-Jorgensen 2011"
_FOMC: Final = "FOMC statement"

ANNOUNCEMENTS: Final = (
    Announcement(
        date(2008, 11, 25), "QE1",
        "to buy 100 billion of agency debt and 500 billion of agency mortgage-backed securities",
        "press release of the Board of Governors",
        "a lending facility for asset-backed securities (TALF) was announced the same morning",
    ),
    Announcement(
        date(2008, 12, 1), "QE1",
        "Bernanke, in a speech: the Fed could buy longer-term Treasury or agency securities", _KVJ,
        "the NBER announced that a recession had begun in December 2007",
        from_memory=("terms",),
    ),
    Announcement(
        date(2008, 12, 16), "QE1",
        "the FOMC stands ready to buy more and weighs purchases of longer-term Treasuries", _KVJ,
        "the target was cut from 1 percent to a range of 0 to 0.25 percent",
        from_memory=("terms",),
    ),
    Announcement(
        date(2009, 1, 28), "QE1",
        "the FOMC is prepared to buy longer-term Treasuries, but does not begin yet", _KVJ,
        from_memory=("terms",),
    ),
    Announcement(
        date(2009, 3, 18), "QE1",
        "to buy 300 billion of longer-term Treasuries, 750 billion more of mortgage-backed"
        " securities and 100 billion more of agency debt",
        _FOMC,
        "the rate was now said to stay low for an extended period",
        from_memory=("other news",),
    ),
    Announcement(
        date(2010, 8, 10), "QE2",
        "to reinvest principal of agency securities in longer-term Treasuries",
        "FOMC minutes of November 2010",
    ),
    Announcement(
        date(2010, 9, 21), "QE2", "the FOMC is prepared to provide additional accommodation", _KVJ,
        from_memory=("terms",),
    ),
    Announcement(
        date(2010, 11, 3), "QE2", "to buy 600 billion of longer-term Treasuries by mid-2011", _FOMC,
        set_aside="markets expected it by then, and Krishnamurthy and Vissing-Jorgensen leave it"
        " out",
    ),
    Announcement(
        date(2011, 8, 9), "MEP",
        "the FOMC discussed further tools; the rate is to stay low at least through mid-2013",
        _FOMC,
        "that is news of the rate, not of purchases; the United States had lost a AAA rating on 5"
        " August",
        from_memory=("terms", "other news"),
    ),
    Announcement(
        date(2011, 9, 21), "MEP",
        "to sell 400 billion of Treasuries of up to 3 years and buy those of 6 to 30 years",
        "statement of the New York Fed",
    ),
    Announcement(
        date(2012, 6, 20), "MEP", "to continue through 2012, about 267 billion more",
        "statement of the New York Fed",
        set_aside="it extends a programme that runs already",
    ),
    Announcement(
        date(2012, 8, 22), "QE3",
        "minutes: many members thought that more would likely be warranted fairly soon",
        "FOMC minutes",
        from_memory=("terms",),
    ),
    Announcement(
        date(2012, 9, 13), "QE3",
        "to buy 40 billion of mortgage-backed securities a month, without an end date", _FOMC,
        "the rate was now said to stay low through mid-2015",
        from_memory=("other news",),
    ),
    Announcement(
        date(2012, 12, 12), "QE3",
        "to buy 45 billion of Treasuries a month from January, beside the 40 billion",
        "FOMC minutes",
        "thresholds of unemployment and inflation took the place of a date for the rate",
    ),
    Announcement(
        date(2013, 5, 22), "taper",
        "Bernanke, before Congress: purchases could slow in the next few meetings",
        "Rosa 2013, International Journal of Central Banking",
        "the minutes of the last meeting came out the same day",
        from_memory=("terms", "other news"),
    ),
    Announcement(
        date(2013, 12, 18), "taper", "purchases slow from 85 to 75 billion a month", _FOMC,
        "the rate was said to stay low well past an unemployment rate of 6.5 percent",
        from_memory=("other news",),
    ),
    Announcement(
        date(2019, 10, 11), "organic",
        "to buy 60 billion of bills a month, as purely technical measures", _FOMC,
        "a truce in the trade dispute with China was announced the same day",
    ),
    Announcement(
        date(2020, 3, 15), "QE4",
        "on a Sunday: to buy at least 500 billion of Treasuries and 200 billion of mortgage-backed"
        " securities",
        _FOMC,
        f"the target was cut by 100 bp to 0 to 0.25 percent; {_CASH}",
    ),
    Announcement(
        date(2020, 3, 23), "QE4",
        "to buy Treasuries and mortgage-backed securities in the amounts needed", _FOMC,
        f"new facilities for corporate credit the same morning; {_CASH}",
    ),
    Announcement(
        date(2025, 12, 10), "RMP",
        "to buy bills, about 40 billion in the first month, to keep reserves ample",
        "FOMC statement and minutes, as reported by Reuters",
        "the target was cut by 25 bp the same day",
    ),
)  # fmt: skip
"""In order of their days. Which days form a programme is a judgement made with hindsight."""


@dataclass(frozen=True, slots=True)
class Change:
    """How far one series moved around a day.

    Attributes:
        before, after: days of the two closes.
        bp: the change in whole basis points.
    """

    before: date
    after: date
    bp: int


@dataclass(frozen=True, slots=True)
class Event:
    """One day under study.

    Attributes:
        day: the day.
        announcement: what is known to have been announced then, or ``None``.
        counted: whether it enters the sums. A day that is asked for by itself always does.
        changes: for each series that has closes around the day how it moved.
    """

    day: date
    announcement: Announcement | None
    counted: bool
    changes: Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class Study:
    """What an event study found.

    Attributes:
        window: 2 from the close before the day to the close after it, 1 to the close of the day.
        events: the days in order.
        programmes: names of the programmes that were asked for.
        stored: identifiers of the series of which anything was known, in their order.
        later: announcements of these programmes that came after the day of the panel.
    """

    window: Window
    events: tuple[Event, ...]
    programmes: tuple[str, ...]
    stored: tuple[str, ...]
    later: tuple[date, ...]

    @property
    def counted(self) -> tuple[Event, ...]:
        """The events that enter the sums."""
        return tuple(event for event in self.events if event.counted)

    def of(self, programme: str, *, set_aside: bool = False) -> tuple[Event, ...]:
        """The events of a programme, without those that are set aside or with them."""
        return tuple(
            event
            for event in self.events
            if event.announcement
            and event.announcement.programme == programme
            and (set_aside or not event.announcement.set_aside)
        )

    def overlaps(self) -> Iterator[tuple[date, date]]:
        """Pairs of counted days next to each other whose windows share a trading day.

        A sum counts the move of that day twice.
        """
        for one, other in pairwise(self.counted):
            both = one.changes.keys() & other.changes.keys()
            if any(other.changes[name].before < one.changes[name].after for name in both):
                yield one.day, other.day


def total(events: Sequence[Event]) -> dict[str, int]:
    """Sum of the changes in basis points, for each series that has one at every event."""
    if not events:
        return {}
    everywhere = [
        name for name in events[0].changes if all(name in event.changes for event in events)
    ]
    return {name: sum(event.changes[name].bp for event in events) for name in everywhere}


def change(values: pd.Series[float], day: date, window: Window) -> Change | None:
    """How far a series moved around a day.

    The day of the reaction is the first day with a close of this series on or after ``day``: its
    own trading days count, so that news of a Sunday or a holiday moves the close that follows.

    Args:
        values: daily closes in percent, in ascending order; NaN where there was none.
        day: the day of the news.
        window: 2 for the change to the close after that of the reaction, 1 for the change to the
            close of the reaction itself; both from the close before.

    Returns:
        ``None`` if one of the closes is missing or lies too far off to be the next one.
    """
    closes = values.dropna()
    reaction = int(closes.index.searchsorted(pd.Timestamp(day)))
    last = reaction + window - 1
    if reaction == 0 or last >= len(closes):
        return None
    days = [closes.index[place].date() for place in range(reaction - 1, last + 1)]
    if any((later - sooner).days > _LONGEST_PAUSE_DAYS for sooner, later in pairwise(days)):
        return None
    moved = float(closes.iloc[last]) - float(closes.iloc[reaction - 1])
    return Change(days[0], days[-1], round(100 * moved))


def study(panel: Panel, asked: Sequence[str], window: Window = 2) -> Study:
    """Measure how rates moved around some days.

    Args:
        panel: what was known; closes and announcements after its day play no part.
        asked: days as ``YYYY-MM-DD`` and names of programmes in any case.
        window: length of the window in trading days; see :class:`Study`.

    Raises:
        ConfigError: a text is neither a day nor a programme, or lies after the day of the panel.
    """
    days: set[date] = set()
    programmes: dict[str, None] = {}
    for text in asked:
        found = _read(text)
        if isinstance(found, str):
            _refuse_unannounced(found, panel.as_of)
            programmes[found] = None
        elif found > panel.as_of:
            raise ConfigError(f"--event {text} lies after {panel.as_of}: give a day up to then")
        else:
            days.add(found)
    announced = [it for it in ANNOUNCEMENTS if it.programme in programmes]
    by_day = {it.day: it for it in ANNOUNCEMENTS}
    stored = tuple(name for name in STUDIED if name in panel.series)

    def event(day: date) -> Event:
        said = by_day.get(day)
        moved = {name: change(panel.series[name], day, window) for name in stored}
        return Event(
            day,
            said,
            counted=day in days or said is None or not said.set_aside,
            changes={name: it for name, it in moved.items() if it},
        )

    days_known = days | {it.day for it in announced if it.day <= panel.as_of}
    return Study(
        window,
        tuple(event(day) for day in sorted(days_known)),
        tuple(programmes),
        stored,
        tuple(it.day for it in announced if it.day > panel.as_of),
    )


def announcements(programme: str, as_of: date) -> tuple[Announcement, ...]:
    """The announcements that enter the sum of a programme, as far as they were made by a day."""
    return tuple(
        it
        for it in ANNOUNCEMENTS
        if it.programme == programme and not it.set_aside and it.day <= as_of
    )


def confounded(as_of: date) -> tuple[str, ...]:
    """Programmes whose sum rests, as of a day, on announcements that came with other news."""
    return tuple(
        name for name in PROGRAMMES if any(it.confounded_by for it in announcements(name, as_of))
    )


def _read(text: str) -> date | str:
    names = {name.casefold(): name for name in PROGRAMMES}
    if found := names.get(text.casefold()):
        return found
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"--event {text!r} is neither a day, written YYYY-MM-DD, nor a programme:"
            f" {', '.join(f'{name} ({when})' for name, when in PROGRAMMES.items())}"
        ) from None


def _refuse_unannounced(programme: str, as_of: date) -> None:
    first = min(it.day for it in ANNOUNCEMENTS if it.programme == programme)
    if first > as_of:
        raise ConfigError(
            f"--event {programme}: it was first announced on {first}, after {as_of}; give a later"
            " --as-of"
        )
