"""What the publishers know: the bundled history, and invented figures where it says nothing."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property

from monitor import fomc
from monitor.catalog import BUNDLED, SERIES
from monitor.domain import Observation, SeriesSpec, add_months
from monitor.sources import bundled

FOREVER = date(9999, 12, 31)
"""End of what still stands, as FRED writes it."""

ARCHIVE_STARTS = date(2006, 1, 3)
"""First vintage of what has one a day or a week here, so that a daily series has thousands."""

FIRST_INVENTED = date(2000, 1, 1)
"""Series that are not in the bundle begin here, or where the catalogue says if that is later."""

UNARCHIVED = ("BAML", "SP500")
"""How identifiers begin for which FRED keeps no vintages."""

_LEVELS: Mapping[str, float] = {
    "WALCL": 6_700_000, "TREAST": 4_200_000, "WSHOBL": 230_000, "WSHOMCB": 2_050_000,
    "WRESBAL": 3_000_000, "RRPONTSYD": 5, "WLCFLL": 6000, "WLCFLPCL": 5000, "WORAL": 1000,
    "H41RESPPALDKNWW": 100, "SOMA_BILLS": 230_000, "SOMA_NOTES_BONDS": 3_550_000,
    "SOMA_TIPS": 282_000, "SOMA_TIPS_COMPENSATION": 106_000, "SOMA_FRN": 2000,
    "SOMA_AGENCIES": 2347, "SOMA_MBS": 2_050_000, "SOMA_CMBS": 7800, "SOMA_TOTAL": 6_124_147,
    "EFFR": 3.83, "OBFR": 3.83, "DFF": 3.83,
    "SOFR": 3.85, "IORB": 3.9, "IOER": 0.15, "AAA": 5.5, "BAA": 6.25, "DAAA": 5.5, "DBAA": 6.25,
    "AAA10Y": 1.1, "BAA10Y": 1.7, "MICH": 3.2, "EXPINF1YR": 2.7, "EXPINF10YR": 2.3,
    "T5YIE": 2.4, "T10YIE": 2.3, "T5YIFR": 2.2, "DGS1_5MO": 3.7, "DGS2MO": 3.7, "DGS4MO": 3.8,
    "DFII5": 1.6, "DFII7": 1.8, "DFII10": 1.9, "DFII20": 2.3, "DFII30": 2.5, "MORTGAGE30US": 6.4,
    "THREEFYTP10": 0.5, "NFCI": -0.5, "ICSA": 230_000, "BCNSDODNS": 14_000,
    "SAHMREALTIME": 0.1, "RECPROUSM156N": 0.5, "USREC": 0, "EBP": -0.2, "GZ_SPREAD": 0.9,
}  # fmt: skip
"""Round figures about which the invented ones move, so that nobody takes them for news."""

_TARGET = ("DFEDTAR", "DFEDTARU", "DFEDTARL")
"""What is no secret: the calendar of the FOMC says it."""

_STEADY = ("USREC", "IO")
_EVERY_DAY = ("DFEDTAR", "IO", "DFF")
"""How identifiers begin of daily series that have weekends too."""

_SATURDAY = 5
_AMOUNT = 1000
"""Upper bounds beyond it are of amounts and not of rates."""

_NO_START = date(1914, 1, 1)
_WEDNESDAY = date(1913, 12, 31)
_STEPS = (0, 2, 1, 3, -1, -2, -3)


@dataclass(frozen=True, slots=True)
class Record:
    """One value and the days on which it stood, both inclusive."""

    period: date
    since: date
    until: date
    value: float | None


@dataclass(frozen=True)
class Series:
    """Everything that was ever said of one series.

    Attributes:
        spec: the entry of the catalogue.
        records: in order of period, then of ``since``.
        invented_from: first period after the bundle that is invented, or ``None``.
    """

    spec: SeriesSpec
    records: tuple[Record, ...]
    invented_from: date | None

    @property
    def archived(self) -> bool:
        """Whether FRED keeps vintages of it."""
        return not self.spec.id.startswith(UNARCHIVED)

    @cached_property
    def vintage_dates(self) -> tuple[date, ...]:
        """The days on which something changed, in order."""
        return tuple(sorted({record.since for record in self.records}))

    @cached_property
    def latest(self) -> tuple[tuple[date, float | None], ...]:
        """Period and value of what stands now."""
        return tuple(
            (record.period, record.value) for record in self.records if record.until == FOREVER
        )

    def between(self, first: date, last: date) -> tuple[tuple[date, float | None], ...]:
        """The part of :attr:`latest` from one period to another, both inclusive."""
        low = bisect_left(self.latest, first, key=lambda row: row[0])
        return self.latest[low : bisect_right(self.latest, last, key=lambda row: row[0])]

    def on(self, day: date) -> tuple[tuple[date, float | None], ...]:
        """Period and value of what stood on one day."""
        return tuple(
            (record.period, record.value)
            for record in self.records
            if record.since <= day <= record.until
        )


class Figures:
    """All series of the catalogue that somebody publishes, as they stand on one day.

    Args:
        today: the day; nothing later is known.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self._series: dict[str, Series] = {}

    def __iter__(self) -> Iterator[str]:
        return (name for name, spec in SERIES.items() if set(spec.publishers) != {BUNDLED})

    def __contains__(self, name: object) -> bool:
        return name in SERIES and set(SERIES[str(name)].publishers) != {BUNDLED}

    def __getitem__(self, name: str) -> Series:
        if name not in self._series:
            if name not in self:
                raise KeyError(name)
            self._series[name] = _series(SERIES[name], self.today)
        return self._series[name]

    def published(self, name: str, lag: timedelta) -> tuple[tuple[date, float | None], ...]:
        """What the agency itself shows of a daily series, which may be a day before FRED.

        What FRED does not have yet is what it will say.
        """
        latest = self[name].latest
        spec, ends = SERIES[name], SERIES[name].ends or FOREVER
        more, last = [], latest[-1]
        while (following := _after(spec, last[0])) <= min(self.today - lag, ends):
            last = (following, last[1] if name in _bundle() else _value(spec, following))
            more.append(last)
        return (*latest, *more)


@cache
def _bundle() -> Mapping[str, tuple[Observation, ...]]:
    return {
        fetch.series: fetch.observations
        for fetch in bundled.fetches(datetime(2026, 1, 1, tzinfo=UTC))
    }


def _series(spec: SeriesSpec, today: date) -> Series:
    known = _bundle().get(spec.id, ())
    if spec.frequency == "daily":  # its bundled copy has one vintage; FRED has one a day
        known = tuple(
            Observation(row.period, _released(spec, row.period), row.value) for row in known
        )
    known = tuple(row for row in known if row.known_from <= today)
    after = tuple(_invented(spec, known, today))
    rows = [*_invented_before(spec, known), *known, *after]
    return Series(spec, tuple(_records(rows)), after[0].period if after else None)


def _records(rows: list[Observation]) -> Iterator[Record]:
    rows.sort(key=lambda row: (row.period, row.known_from))
    for index, row in enumerate(rows):
        following = rows[index + 1] if index + 1 < len(rows) else None
        revised = following is not None and following.period == row.period
        until = following.known_from - timedelta(days=1) if following and revised else FOREVER
        yield Record(row.period, row.known_from, until, row.value)


def _released(spec: SeriesSpec, period: date) -> date:
    return max(spec.usual_release(period), ARCHIVE_STARTS)


def _invented(
    spec: SeriesSpec, known: tuple[Observation, ...], today: date
) -> Iterator[Observation]:
    """The last value carried on to today; a level and a small wave for what is not bundled."""
    stated = [row for row in known if row.value is not None]
    newest = max(stated, key=lambda row: (row.period, row.known_from)) if stated else None
    # A revised figure is known from the day of a whole vintage; what comes after that day is new.
    after = max((row.known_from for row in known), default=date.min)
    period = _after(spec, newest.period) if newest else _first(spec)
    while _released(spec, period) <= today and period <= (spec.ends or FOREVER):
        value = newest.value if newest else _value(spec, period)
        yield Observation(period, max(_released(spec, period), after), value)
        period = _after(spec, period)


def _invented_before(spec: SeriesSpec, known: tuple[Observation, ...]) -> Iterator[Observation]:
    """The first value carried back to where the series begins; the bundle begins in 1948."""
    if known and spec.frequency in ("monthly", "quarterly"):
        first = min(known, key=lambda row: (row.period, row.known_from))
        period = spec.starts.replace(day=1)
        while period < first.period:
            yield Observation(period, first.known_from, first.value)
            period = _after(spec, period)


def _after(spec: SeriesSpec, period: date) -> date:
    if spec.id.startswith(_EVERY_DAY):
        return period + timedelta(days=1)
    return spec.next_period(period)


def _first(spec: SeriesSpec) -> date:
    """First period of an invented series, on the day that periods of its frequency begin."""
    first = max(spec.starts, FIRST_INVENTED)
    if spec.frequency == "monthly":
        return first if first.day == 1 else add_months(first, 1)
    if spec.frequency == "quarterly":
        return add_months(first.replace(day=1), -((first.month - 1) % 3))
    if spec.frequency == "weekly":
        anchor = spec.starts if spec.starts > _NO_START else _WEDNESDAY
        return first + timedelta(days=(anchor - first).days % 7)
    return first if first.weekday() < _SATURDAY else spec.next_period(first)


def _value(spec: SeriesSpec, period: date) -> float:
    level = _LEVELS.get(spec.id)
    if level is None:
        level = _middle(*spec.bounds)
    if spec.id in _TARGET:
        return _target(spec.id, period)
    if spec.id.startswith(_STEADY):
        return level
    step = abs(level) * 0.002 or 0.01
    if not spec.relative:
        step = min(step, spec.largest_move / 50)
    decimals = 2 if spec.unit == "percent" else 4
    ordinal = period.toordinal() // {"daily": 1, "weekly": 7}.get(spec.frequency, 28)
    return round(level + step * _STEPS[ordinal % len(_STEPS)], decimals)


def _target(name: str, day: date) -> float:
    """An end of the target range in force on a day: a move is, from the day after it on."""
    known = [it for it in fomc.calendar() if it.upper is not None and it.lower is not None]
    place = bisect_left(known, day, key=lambda it: it.day)
    decision = known[max(place - 1, 0)]
    return (decision.lower if name == "DFEDTARL" else decision.upper) or 0.0


def _middle(low: float, high: float) -> float:
    """A figure well inside its bounds, nearer to the lower one if they are far apart."""
    if low > 0:
        return float(f"{math.sqrt(low * high):.2g}")
    return float(f"{low + (high - low) / (50 if high > _AMOUNT else 3):.2g}")
