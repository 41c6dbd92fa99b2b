"""Series, what publishers said of them, and what was known on a day."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from monitor.domain.dates import add_months, end_of_month
from monitor.domain.said import Said

if TYPE_CHECKING:
    import pandas as pd

_FRIDAY, _SATURDAY = 4, 5

Frequency = Literal["daily", "weekly", "monthly", "quarterly"]
Adjustment = Literal["none", "seasonal", "seasonal, annual rate"]
Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Release:
    """The publication that a series appears in, and when.

    Days count from the end of a period until its first value is out.

    Attributes:
        name: the publisher's own name of it, such as ``Employment Situation``.
        earliest_days: the first day on which it has usually come.
        latest_days: the day by which it is out in the usual course, on the cautious side.
        weekday: the day of the week it always comes on (Monday is 0), or ``None``.
    """

    name: str
    earliest_days: int
    latest_days: int
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """What the catalogue knows of one series.

    Attributes:
        id: FRED's identifier, which we use for every publisher.
        title: the publisher's own name of the series.
        unit: unit of the values, as it is printed.
        frequency: how often a value appears.
        release: where and when it is published.
        publishers: who to ask, in order of preference.
        licence: why we may store the series, and whether it may be bundled.
        bounds: lowest and highest value that can be true, in ``unit``.
        largest_move: largest plausible change from one period to the next: in ``unit`` for a
            rate or a spread, as a fraction of the value before where ``relative``.
        relative: how ``largest_move`` is measured.
        adjustment: seasonal adjustment of the values.
        revised: whether published values change later. A series that is never revised can be
            read back in time from any later copy.
        revision_months: how far back a usual release changes values, in months; what is older
            changes at most once a year. 0 for a series that is never revised.
        rebased: whether the base year of the values changes now and then, so that levels must
            not be compared across vintages.
        watched: whether the digest reads it, so that its state is checked and reported.
        starts: first period that exists.
        ends: last period that will ever be published, if the series was discontinued.
    """

    id: str
    title: str
    unit: str
    frequency: Frequency
    release: Release
    publishers: tuple[str, ...]
    licence: str
    bounds: tuple[float, float]
    largest_move: float
    relative: bool
    adjustment: Adjustment = "none"
    revised: bool = True
    revision_months: int = 0
    rebased: bool = False
    watched: bool = False
    starts: date = date(1914, 1, 1)
    ends: date | None = None

    @property
    def caption(self) -> str:
        """Title and identifier, as sentences name the series."""
        return Said("{title} ({series})", title=self.title, series=self.id)

    def written(self, period: date) -> str:
        """A period as sentences write it: the month, or the day of a shorter one."""
        long = self.frequency in {"monthly", "quarterly"}
        return f"{period:%Y-%m}" if long else f"{period}"

    def period_end(self, period: date) -> date:
        """Last day of the period that starts on ``period``."""
        months = {"monthly": 1, "quarterly": 3}.get(self.frequency, 0)
        return end_of_month(add_months(period, months - 1)) if months else period

    def is_period(self, day: date) -> bool:
        """Whether a period can begin on ``day``. Some daily series have weekends, too."""
        if self.frequency == "quarterly":
            return day.day == 1 and day.month in {1, 4, 7, 10}
        return day.day == 1 or self.frequency != "monthly"

    def next_period(self, period: date) -> date:
        """The period that follows ``period``; for a daily series the next weekday."""
        if self.frequency == "monthly":
            return add_months(period, 1)
        if self.frequency == "quarterly":
            return add_months(period, 3)
        if self.frequency == "weekly":
            return period + timedelta(days=7)
        return period + timedelta(days={_FRIDAY: 3, _SATURDAY: 2}.get(period.weekday(), 1))

    def earliest_release(self, period: date) -> date:
        """First day on which the first value for ``period`` can be expected."""
        return self.period_end(period) + timedelta(days=self.release.earliest_days)

    def usual_release(self, period: date) -> date:
        """Day by which the first value for ``period`` is out in the usual course."""
        return self.period_end(period) + timedelta(days=self.release.latest_days)


@dataclass(frozen=True, slots=True)
class Observation:
    """One value as it was known from one day on.

    Attributes:
        period: the period the value stands for.
        known_from: the first day on which we can show that this value was public.
        value: the value in the unit of the series; ``None`` where the publisher says that
            there is none.
    """

    period: date
    known_from: date
    value: float | None


@dataclass(frozen=True, slots=True)
class Statement:
    """On which days a publisher stood by its values, and for which periods.

    On every day from ``since`` to ``until`` what it says of a period from ``first`` to ``last``
    is the newest of the observations beside this statement that were known by then; a period
    that none of them mentions had no value. One look at a publisher is a statement of one day;
    an archive of vintages is one statement of many years.

    Attributes:
        since, until: first and last day, both inclusive.
        first, last: first and last period, both inclusive.
    """

    since: date
    until: date
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Fetch:
    """What one publisher said of one series.

    Attributes:
        series: identifier of the series.
        source: name of the publisher that answered.
        fetched_at: instant of the answer.
        observations: the values, in any order.
        statements: what the values are complete for; see :class:`Statement`.
        raw: the answer as it came over the wire, kept beside what is withheld of it. May be
            shared by several series, or empty.
    """

    series: str
    source: str
    fetched_at: datetime
    observations: tuple[Observation, ...]
    statements: tuple[Statement, ...] = ()
    raw: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Want:
    """What we would like to know of one series.

    Attributes:
        spec: the series.
        since: first period of interest; ``None`` for the whole history. A publisher may answer
            with more, never knowingly with less.
        vintages_since: ask a publisher that keeps vintages for all of them from this day on;
            ``None`` if the values of today are enough.
    """

    spec: SeriesSpec
    since: date | None = None
    vintages_since: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What the store has of one series, as far as it decides what to ask for next.

    Attributes:
        first, newest: first period, and newest period with a value.
        answered_at: instant of the newest answer of a publisher on the network or of the user's
            own files, or ``None`` if there is only the bundled history.
        complete_at: instant of the newest such answer that covered the whole history.
        archived_until: last day of the publisher's archive of vintages that is stored, or
            ``None`` without one.
    """

    first: date
    newest: date
    answered_at: datetime | None
    complete_at: datetime | None
    archived_until: date | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """How to recognise an answer that we already have. Kept only once its values are.

    Attributes:
        request: the address asked for, without secrets.
        etag, last_modified: the publisher's validators, or empty.
        sha256: fingerprint of the decoded body, in hexadecimal.
    """

    request: str
    etag: str
    last_modified: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something a publisher said that we do not believe.

    Attributes:
        series: identifier of the series, or ``None`` where it concerns a whole answer.
        source: name of the publisher.
        seen_at: instant of the answer.
        code: stable identifier of the reason, such as ``malformed`` or ``jump``.
        reason: one plain sentence.
        observations: the values withheld; empty where the answer could not be read.
        raw: the answer as it came over the wire.
    """

    series: str | None
    source: str
    seen_at: datetime
    code: str
    reason: str
    observations: tuple[Observation, ...] = ()
    raw: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the values of one series in a panel come from.

    Attributes:
        source: publisher of the newest value.
        known_from: day from which the newest value was known: the stored vintage, or the usual
            release date where an earlier vintage was not stored.
        stand_ins: number of periods for which the earliest stored value stands in for an
            unstored earlier vintage.
    """

    source: str
    known_from: date
    stand_ins: int


@dataclass(frozen=True, slots=True)
class Panel:
    """All that was known on one day.

    Attributes:
        as_of: the day, inclusive.
        series: for each identifier a float series over a ``DatetimeIndex`` of periods in
            ascending order; NaN where the publisher said that there is no value.
        provenance: for each identifier in ``series`` where its values come from.
        turning_points: NBER peaks and troughs announced by ``as_of``, in order of their month.
    """

    as_of: date
    series: Mapping[str, pd.Series[float]]
    provenance: Mapping[str, Provenance]
    turning_points: tuple[TurningPoint, ...]

    def only(self, names: Collection[str]) -> Panel:
        """The same of some series alone."""
        return replace(
            self,
            series={name: values for name, values in self.series.items() if name in names},
            provenance={name: it for name, it in self.provenance.items() if name in names},
        )

    def sha256(self) -> str:
        """Fingerprint of every value in the panel, in hexadecimal."""
        digest = hashlib.sha256()
        for name in sorted(self.series):
            values = self.series[name]
            digest.update(name.encode())
            digest.update(values.index.to_numpy("datetime64[D]").tobytes())
            digest.update(values.to_numpy("float64").tobytes())
        for point in self.turning_points:
            digest.update(f"{point.kind}{point.month}{point.announced}".encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """A peak or trough of the NBER chronology.

    Attributes:
        kind: ``peak`` (last month of an expansion) or ``trough`` (last month of a recession).
        month: the month of the turning point, as its first day.
        announced: the day from which it was known. The committee has announced dates since
            1980; for earlier turning points ``docs/data.md`` gives the convention.
    """

    kind: Literal["peak", "trough"]
    month: date
    announced: date


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the data that the reader must know.

    Attributes:
        code: stable identifier of the kind of finding.
        severity: ``info`` is told; ``warning`` and ``error`` make the assessment degraded.
        series: the series concerned, or ``None``.
        message: one plain sentence with the dates and figures.
    """

    code: str
    severity: Severity
    series: str | None
    message: str
