"""The frozen values that travel through the house.

Conventions: a *period* is the first day of the month, quarter or week it stands for (for a daily
series the day itself); yields, spreads and rates are in percent per year; probabilities are
fractions in [0, 1]; horizons are in months; instants are aware and in UTC.
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

HORIZONS: tuple[int, ...] = (3, 6, 12, 18, 24)
HEADLINE_HORIZON = 12

Target = Literal["start", "at", "any"]
TARGETS: tuple[Target, ...] = ("start", "at", "any")
"""What may be forecast ``h`` months ahead of month ``t``. ``start``: a recession begins in the
months ``t + 1`` to ``t + h``, asked only outside one. ``at``: month ``t + h`` belongs to a
recession. ``any``: at least one of the months ``t + 1`` to ``t + h`` does."""

SCHEMA = 1
"""Number of the JSON documents' schema; within one number fields are only ever added."""

Basis = Literal["monthly", "daily"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A difference of rates.

    Attributes:
        monthly: identifier and weight of each rate, as means over a month.
        daily: the same for each day's close.
        note: what a reader must know to read it, in one sentence, or empty.
    """

    monthly: Mapping[str, int]
    daily: Mapping[str, int]
    note: str = ""

    def rates(self, basis: Basis) -> Mapping[str, int]:
        """Identifier and weight of each rate on that basis."""
        return self.monthly if basis == "monthly" else self.daily


SPREADS: Mapping[str, Spread] = {
    "10y-3m": Spread({"GS10": 1, "TB3MS": -1}, {"DGS10": 1, "DGS3MO": -1}),
    "10y-2y": Spread({"GS10": 1, "GS2": -1}, {"DGS10": 1, "DGS2": -1}),
    "10y-1y": Spread({"GS10": 1, "GS1": -1}, {"DGS10": 1, "DGS1": -1}),
    "10y-funds": Spread({"GS10": 1, "FEDFUNDS": -1}, {"DGS10": 1, "DFF": -1}),
    "2y-funds": Spread({"GS2": 1, "FEDFUNDS": -1}, {"DGS2": 1, "DFF": -1}),
    "near-term-forward": Spread(
        {"GS2": 2, "GS1": -1, "TB3MS": -1},
        {"DGS2": 2, "DGS1": -1, "DGS3MO": -1},
        "A proxy: twice the two-year less the one-year yield stands for the forward rate on a"
        " three-month bill six quarters ahead, less the bill itself.",
    ),
}
"""What the curve can be judged by. A bill on discount basis enters at its bond-equivalent yield."""

_FRIDAY, _SATURDAY = 4, 5

Frequency = Literal["daily", "weekly", "monthly", "quarterly"]
Adjustment = Literal["none", "seasonal", "seasonal, annual rate"]
Severity = Literal["info", "warning", "error"]
Outcome = Literal["hit", "miss", "open"]
Band = Literal["normal", "watch", "elevated", "high"]


# ---------------------------------------------------------------------------------- observations
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
        return f"{self.title} ({self.id})"

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


# -------------------------------------------------------------------------------------- inversion
@dataclass(frozen=True, slots=True)
class EpisodeRule:
    """How inverted months become episodes.

    On a daily basis a month is inverted once any close in it is below zero; lengths, pauses and
    lags are counted in months on both bases.

    Attributes:
        spread: name of the spread, such as ``10y-3m``.
        min_months: inverted months an episode needs.
        merge_gap_months: gaps of up to so many months do not end an episode.
        max_lag_months: a peak later than this after the start does not count as a hit.
        basis: whether means over months are judged, or daily closes.
        merge_across_recessions: whether a gap may hold a peak or a trough, so that what inverts
            after a recession may still be the inversion of before, which that recession ended.
    """

    spread: str = "10y-3m"
    min_months: int = 2
    merge_gap_months: int = 3
    max_lag_months: int = 24
    basis: Basis = "monthly"
    merge_across_recessions: bool = True


@dataclass(frozen=True, slots=True)
class Closes:
    """The days of an episode on daily basis.

    Attributes:
        first, last: first and last day with a close below zero.
        inverted: number of closes below zero from ``first`` to ``last``.
    """

    first: date
    last: date
    inverted: int


@dataclass(frozen=True, slots=True)
class Episode:
    """One inversion of the curve and what followed.

    Attributes:
        start: first inverted month.
        end: last inverted month, at most the month of the peak.
        months: number of inverted months from ``start`` to ``end``.
        trough: deepest spread in those months, in percentage points.
        trough_month: month of the deepest spread.
        peak: NBER peak that followed within the largest lag, if one was announced.
        lag_months: months from ``start`` to ``peak``.
        outcome: ``hit`` a peak followed; ``miss`` none did and none can be announced any more
            that would count; ``open`` not yet known.
        ongoing: whether the episode may still be extended by the next months.
        closes: its days if daily closes were judged, else ``None``.
    """

    start: date
    end: date
    months: int
    trough: float
    trough_month: date
    peak: date | None
    lag_months: int | None
    outcome: Outcome
    ongoing: bool
    closes: Closes | None = None

    @property
    def lag_from_end_months(self) -> int | None:
        """Months from ``end`` to ``peak``; 0 if the curve was still inverted at the peak."""
        return None if self.peak is None else months_between(self.end, self.peak)


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """Counts over a list of episodes; resolved and open ones are never mixed.

    Attributes:
        episodes: how many episodes.
        hits: followed by a recession.
        misses: not followed by one.
        open: not yet known.
        mean_lag_months: mean months from start to peak over the hits, or ``None``.
    """

    episodes: int
    hits: int
    misses: int
    open: int
    mean_lag_months: float | None


@dataclass(frozen=True, slots=True)
class Window:
    """Months in which a recession would start if this inversion is followed by one.

    Attributes:
        p10, p50, p90: first day of the month by which 10, 50 and 90 % of such starts come.
    """

    p10: date
    p50: date
    p90: date


@dataclass(frozen=True, slots=True)
class Inversion:
    """State of the curve.

    Attributes:
        rule: the definition in force.
        month: month of the newest monthly spread.
        value: that spread, in percentage points.
        inverted: whether it is below zero.
        episode: the inversion that is under way or whose outcome is open, else ``None``.
        record: counts over all episodes known that day.
        last_seven: the same over the seven latest.
        window: when a recession would start, until one is announced or the clock has run out.
        false_alarm: probability that no recession follows the latest inversion, until one is
            announced. The clock goes on after the episode has been counted as a miss.
        daily_value: newest daily spread (constant maturities), in percentage points, or ``None``.
        daily_date: its day.
    """

    rule: EpisodeRule
    month: date
    value: float
    inverted: bool
    episode: Episode | None
    record: EpisodeRecord
    last_seven: EpisodeRecord
    window: Window | None
    false_alarm: float | None
    daily_value: float | None
    daily_date: date | None


# ------------------------------------------------------------------------------------------ scores
@dataclass(frozen=True, slots=True)
class Interval:
    """An interval for a probability: lower and upper end, both in [0, 1]."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one input adds to a probability.

    Attributes:
        feature: name of the input, as in the model card; ``base`` for where the sum begins.
        points: probability points (fractions); over all inputs they add up to the probability.
    """

    feature: str
    points: float


@dataclass(frozen=True, slots=True)
class MemberScore:
    """What one model says.

    Attributes:
        id: stable identifier of the model.
        probability: horizon in months to the probability that a recession starts within it.
        interval: horizon to the interval at the level of the score.
        weight: weight in the pool; weights add up to 1.
        note: what a reader must know to read the number.
    """

    id: str
    probability: Mapping[int, float]
    interval: Mapping[int, Interval]
    weight: float
    note: str


@dataclass(frozen=True, slots=True)
class Nowcast:
    """The probability of being in a recession.

    Attributes:
        month: the month it speaks of, that of the day.
        probability: that this month belongs to an NBER recession.
        interval: central interval of 80 % for the uncertainty of the coefficients. That of how
            long recessions last is not in it.
        contributions: points from ``base``, the probability in a month in which every input
            stands at its median, to ``probability``; they add up to it.
        sahm_gap: newest value of Sahm's indicator in percentage points, ``None`` if left out.
        payrolls_change: newest growth of payrolls over three months in percent, likewise.
        age: months since a peak that was announced while its trough was not, else ``None``.
        note: what a reader must know to read the number.
    """

    month: date
    probability: float
    interval: Interval
    contributions: tuple[Contribution, ...]
    sahm_gap: float | None
    payrolls_change: float | None
    age: int | None
    note: str


@dataclass(frozen=True, slots=True)
class RecessionScore:
    """Probability that an NBER recession starts within each horizon.

    Attributes:
        probability: horizon in months to probability, rising in the horizon.
        interval: horizon to the interval.
        level: probability content of the intervals.
        band: where the headline stands on the fixed scale.
        members: the models behind it, and those that stand beside it with no weight.
        contributions: what the headline is made of.
        now: whether there is a recession already, or ``None`` if it could not be told.
        any: horizon to the probability of a recession in any month up to it, this one included;
            empty where ``now`` is unknown.
        at: horizon to the probability of a recession in that month, likewise.
        in_recession: NBER's own last word: true after an announced peak, false after an
            announced trough.
        last_turning_point: that announcement, or ``None`` before the first.
    """

    probability: Mapping[int, float]
    interval: Mapping[int, Interval]
    level: float
    band: Band
    members: tuple[MemberScore, ...]
    contributions: tuple[Contribution, ...]
    now: Nowcast | None
    any: Mapping[int, float]
    at: Mapping[int, float]
    in_recession: bool
    last_turning_point: TurningPoint | None

    @property
    def headline(self) -> float:
        """The probability that a recession starts within twelve months."""
        return self.probability[HEADLINE_HORIZON]


# -------------------------------------------------------------------------------------- assessment
@dataclass(frozen=True, slots=True)
class Reading:
    """Newest value of one series that stands in the digest.

    Attributes:
        value: newest value, in the unit of the series.
        period: its period.
        known_from: day from which it was known.
        source: publisher it came from.
        age_days: days from the end of the period to the day of the assessment.
        due: day by which the next value is expected, or ``None`` if there will be none.
        stale: whether that value is overdue.
    """

    value: float
    period: date
    known_from: date
    source: str
    age_days: int
    due: date | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number to watch beside the headline.

    Attributes:
        value: newest value, in ``unit``.
        unit: unit of ``value``.
        period: month it stands for.
        change_3m, change_12m: change over three and twelve months, in ``unit``, or ``None``
            where the month to compare with has no value.
    """

    value: float
    unit: str
    period: date
    change_3m: float | None
    change_12m: float | None


@dataclass(frozen=True, slots=True)
class Watch:
    """The watch list of the digest. A gauge without data is ``None``.

    Attributes:
        unemployment: civilian unemployment rate.
        sahm_gap: three-month mean of unemployment less its lowest in the twelve months before,
            in percentage points; 0.5 is Sahm's trigger.
        breakeven_10y: ten-year breakeven inflation, nominal less real constant maturity.
        policy_rate: effective federal funds rate, monthly mean.
        total_assets: total assets of the Federal Reserve, weekly.
        reserve_bank_credit: Reserve Bank credit, monthly mean.
        reserves: reserves of depository institutions, monthly mean.
    """

    unemployment: Gauge | None
    sahm_gap: Gauge | None
    breakeven_10y: Gauge | None
    policy_rate: Gauge | None
    total_assets: Gauge | None
    reserve_bank_credit: Gauge | None
    reserves: Gauge | None


@dataclass(frozen=True, slots=True)
class Previous:
    """The assessment to compare with.

    Attributes:
        as_of: its day.
        probability: its probabilities by horizon.
        model_id: the model that made it.
    """

    as_of: date
    probability: Mapping[int, float]
    model_id: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """One day's verdict: a single document that can be stored, compared and replayed.

    Attributes:
        as_of: day of the knowledge it rests on.
        generated_at: instant it was made; the only part that differs between two replays.
        model_id: models and their versions.
        inputs_sha256: fingerprint of the panel.
        recession: the probabilities.
        inversion: the curve.
        watch: the watch list.
        series: newest reading of every series watched.
        findings: what the reader must know of the data.
        previous: the assessment before this one, if one was stored.
    """

    as_of: date
    generated_at: datetime
    model_id: str
    inputs_sha256: str
    recession: RecessionScore
    inversion: Inversion
    watch: Watch
    series: Mapping[str, Reading]
    findings: tuple[Finding, ...]
    previous: Previous | None = None

    @property
    def degraded(self) -> bool:
        """Whether any finding is more than information."""
        return any(finding.severity != "info" for finding in self.findings)


# ---------------------------------------------------------------------------------------- calendar
def month_of(day: date) -> date:
    """First day of the month of ``day``."""
    return day.replace(day=1)


def add_months(month: date, months: int) -> date:
    """First day of the month ``months`` after the month of ``month``."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_between(start: date, end: date) -> int:
    """Whole months from the month of ``start`` to the month of ``end``; negative if earlier."""
    return (end.year - start.year) * 12 + end.month - start.month


def end_of_month(day: date) -> date:
    """Last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
