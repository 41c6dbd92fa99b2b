"""What the Federal Reserve holds, measured over a quarter: duration, bills, loans, reserves.

Amounts are changes over 13 weeks in percent of annual GDP. Holdings are seen by maturity where the
weekly H.4.1 is stored so; else by class, with or without bills told apart; else only as Reserve
Bank credit as a whole, which tells no kind. What is measured for a past day was out by then, by
the usual days of release; GDP and monthly series are in the vintage of the panel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.catalog import SERIES
from monitor.domain import Frequency, Panel, Said
from monitor.features import less_iorb
from monitor.model.programmes import Form

NET_PURCHASES: Final = 0.1
"""Smallest growth of outright holdings, in percent of GDP, whose share of bills is looked at."""

WINDOW: Final = timedelta(weeks=13)
"""Over what measures are taken: a quarter."""

_SLACK: Final = timedelta(days=10)
"""A week's value stands for up to so many days after it, so that a holiday leaves no gap."""

_STALE: Final[Mapping[str, int]] = {"daily": 14, "weekly": 24, "monthly": 100, "quarterly": 400}
"""Days after the end of its period for which a value still speaks of now."""

_SOUND_FROM: Final = {"RSBKCRNS": date(1990, 12, 1)}
"""Before it the published series has zeros and two stray values."""

_PAR_YIELD: Final = 0.04
_COUPON_YEARS: Final = 5.0
_MATURITIES: Final[Mapping[str, float]] = {
    "TREAS15": 0.02, "TREAS1590": 0.15, "TREAS911Y": 0.6, "TREAS1T5": 3.0, "TREAS5T10": 7.5,
    "TREAS10Y": 20.0,
}  # fmt: skip
"""Middle of each bucket of maturities of the H.4.1, in years; of the open one an assumption."""


def ten_year_equivalent(years: float) -> float:
    """Modified duration of a par bond over that of the ten-year par bond, both at 4 percent.

    ``(1 - (1 + y/2)^(-2 m)) / y``, the usual formula for half-yearly coupons. The ratio hardly
    depends on the yield. Zero-coupon bills differ from it by less than a percent.

    Args:
        years: maturity.
    """
    durations = [
        (1 - (1 + _PAR_YIELD / 2) ** (-2 * maturity)) / _PAR_YIELD for maturity in (years, 10.0)
    ]
    ratio: float = durations[0] / durations[1]
    return ratio


# ------------------------------------------------------------------------------------- what is held
@dataclass(frozen=True, slots=True)
class Basis:
    """One way to see what the Federal Reserve holds.

    Attributes:
        words: what it is, as printed.
        weights: series to the ten-year equivalents of a dollar of it, lowest and highest.
        outright: series that add up to the outright holdings.
        bills: the series of bills, or ``None``.
        optional: series that count as zero where they are missing.
        shows_swaps: whether an exchange of short for long Treasuries shows.
        shows_forms: whether it shows outright purchases apart from loans.
    """

    words: str
    weights: Mapping[str, tuple[float, float]]
    outright: tuple[str, ...]
    bills: str | None = None
    optional: frozenset[str] = frozenset()
    shows_swaps: bool = False
    shows_forms: bool = True


_COUPON: Final = ten_year_equivalent(_COUPON_YEARS)
"""Coupon Treasuries, agency debt and mortgage-backed securities of unknown maturity count as
five-year notes. That is an assumption, and a short one for Treasuries; twice as long it would do
what half the threshold does."""

_NONE, _FULL, _LESS = (0.0, 0.0), (_COUPON, _COUPON), (-_COUPON, -_COUPON)
_BY_MATURITY: Final = {name: ten_year_equivalent(years) for name, years in _MATURITIES.items()}

_BUCKETS: Final = Basis(
    Said("Treasuries by maturity and mortgage-backed securities of the weekly H.4.1"),
    {name: (weight, weight) for name, weight in _BY_MATURITY.items()} | {"WSHOMCB": _FULL},
    (*_MATURITIES, "WSHOMCB"),
    bills="WSHOBL",
    shows_swaps=True,
)
_CLASSES: Final = Basis(
    Said("the portfolio of the New York Fed by class, weekly"),
    {
        "SOMA_BILLS": _NONE, "SOMA_FRN": _NONE, "SOMA_NOTES_BONDS": _FULL, "SOMA_TIPS": _FULL,
        "SOMA_AGENCIES": _FULL, "SOMA_MBS": _FULL, "SOMA_CMBS": _FULL,
    },
    ("SOMA_BILLS", "SOMA_FRN", "SOMA_NOTES_BONDS", "SOMA_TIPS", "SOMA_AGENCIES", "SOMA_MBS",
     "SOMA_CMBS"),
    bills="SOMA_BILLS",
    optional=frozenset({"SOMA_FRN", "SOMA_AGENCIES", "SOMA_CMBS"}),
)  # fmt: skip
_COUPONS: Final = Basis(
    Said("Treasury bills, other Treasuries and mortgage-backed securities of the weekly H.4.1"),
    {"TREAST": _FULL, "WSHOBL": _LESS, "WSHOMCB": _FULL},
    ("TREAST", "WSHOMCB"),
    bills="WSHOBL",
)
_OUTRIGHT: Final = Basis(
    Said("all Treasuries and mortgage-backed securities of the weekly H.4.1, bills not told apart"),
    {"TREAST": (0.0, _COUPON), "WSHOMCB": _FULL},
    ("TREAST", "WSHOMCB"),
)
_CREDIT: Final = Basis(
    Said("Reserve Bank credit as a whole, monthly means, what it is made of not told"),
    {"RSBKCRNS": _NONE},
    ("RSBKCRNS",),
    shows_forms=False,
)
_BASES: Final = (_BUCKETS, _CLASSES, _COUPONS, _OUTRIGHT, _CREDIT)
"""The most telling first."""

_OTHERS: Final = (
    "WALCL", "WORAL", "WLCFLL", "WRESBAL", "TOTRESNS", "GDP", "SOFR", "EFFR", "IORB", "IOER",
    "DFEDTARU", "DFEDTARL",
)  # fmt: skip
_RATE_GAP: Final = "rate gap"


SEEN_IN: Final = tuple(
    dict.fromkeys(
        [*(name for basis in _BASES for name in (*basis.weights, basis.bills) if name), *_OTHERS]
    )
)
"""Identifiers of the series that a panel should hold; each may be missing."""


# ------------------------------------------------------------------------------ as known on a day
_Days = npt.NDArray[np.int64]
_EPOCH: Final = date(1970, 1, 1)


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class _Track:
    """A series with the days by which its values are usually out; days count from 1970.

    Attributes:
        periods, ends, released: first and last day of each period, and the day of its release.
        value: in billions of USD, percent or basis points.
        stale: days after the end of its period for which a value speaks.
    """

    periods: _Days
    ends: _Days
    released: _Days
    value: npt.NDArray[np.float64]
    stale: int

    def newest(self, day: int) -> int | None:
        """Place of the newest value known on a day, unless it is stale."""
        place = int(self.released.searchsorted(day, "right")) - 1
        return None if place < 0 or day - self.ends[place] > self.stale else place

    def near(self, period: int, last: int) -> float | None:
        """The value up to place ``last`` whose period is nearest to a day, within the slack."""
        after = int(self.periods[: last + 1].searchsorted(period))
        around = [place for place in (after - 1, after) if 0 <= place <= last]
        place = min(around, key=lambda it: abs(self.periods[it] - period), default=None)
        if place is None or abs(self.periods[place] - period) > _SLACK.days:
            return None
        return float(self.value[place])


def _track(panel: Panel, name: str) -> _Track | None:
    values = panel.series.get(name)
    if values is None:
        return None
    known = values[pd.Timestamp(_SOUND_FROM.get(name, SERIES[name].starts)) :].dropna()
    if known.empty:
        return None
    spec = SERIES[name]
    scale = 1000.0 if spec.unit.startswith("millions") else 1.0
    return _timed(known, spec.frequency, spec.release.latest_days, panel.as_of, scale)


def _timed(
    known: pd.Series[float], frequency: Frequency, lag: int, as_of: date, scale: float = 1.0
) -> _Track:
    periods = known.index.to_numpy("datetime64[D]")
    months = {"monthly": 1, "quarterly": 3}.get(frequency, 0)
    ends = periods
    if months:
        ends = (periods.astype("datetime64[M]") + months).astype("datetime64[D]") - 1
    # What the panel holds was known on its day, however late releases are wont to be.
    released = np.minimum(ends.astype(np.int64) + lag, _number(as_of))
    return _Track(
        periods.astype(np.int64),
        ends.astype(np.int64),
        released,
        np.asarray(known.to_numpy("float64") / scale, dtype=np.float64),
        _STALE[frequency],
    )


def _rate_gap(panel: Panel) -> _Track | None:
    """An overnight rate less the rate on reserves, in basis points.

    SOFR from 2018 on, before it the effective federal funds rate. Where the rate on reserves is
    not known, the middle of the target range stands in, which is at most 12.5 basis points off.
    """
    gaps = [less_iorb(panel, name) for name in ("SOFR", "EFFR")]
    if all(name in panel.series for name in ("SOFR", "DFEDTARU", "DFEDTARL")):
        middle = (panel.series["DFEDTARU"] + panel.series["DFEDTARL"]) / 2
        gaps.insert(1, (100 * (panel.series["SOFR"] - middle)).dropna())
    gap = pd.concat(gaps)
    gap = gap[~gap.index.duplicated()].sort_index()
    lag = SERIES["SOFR"].release.latest_days
    return None if gap.empty else _timed(gap, "daily", lag, panel.as_of)


@dataclass(frozen=True, slots=True)
class Measures:
    """What could be measured on a day; amounts are changes over a quarter in percent of GDP.

    All of it is ``None`` where it is not known.

    Attributes:
        basis: how holdings were seen.
        week: the week or month of the newest holdings.
        duration: change of ten-year equivalents held, at least and at most. Seen by maturity it
            is net of what the holdings lost by growing older.
        outright: outright holdings.
        bills: bills among them.
        other: all other assets, without repo where that is known; loans above all.
        repo: repurchase agreements.
        loans: loans.
        gap: mean of the overnight rate less the rate on reserves over the quarter, basis points.
        reserves: level of reserves in percent of GDP, that of a quarter before, and the period.
    """

    basis: Basis | None = None
    week: str | None = None
    duration: tuple[float, float] | None = None
    outright: float | None = None
    bills: float | None = None
    other: float | None = None
    repo: float | None = None
    loans: float | None = None
    gap: float | None = None
    reserves: tuple[float, float, str] | None = None

    @property
    def share(self) -> float | None:
        """Share of bills in net purchases in percent, where there were any to speak of."""
        if self.bills is None or self.outright is None or self.outright < NET_PURCHASES:
            return None
        return 100 * self.bills / self.outright

    @property
    def coupons(self) -> float:
        """Growth of holdings other than bills in ten-year equivalents, as five-year notes."""
        return _COUPON * ((self.outright or 0.0) - (self.bills or 0.0))

    def shows(self, form: Form) -> bool:
        """Whether a programme of this form would be seen in the holdings."""
        if self.basis is None or form == "price":
            return False
        return self.basis.shows_swaps if form == "duration swap" else self.basis.shows_forms


@dataclass(frozen=True, slots=True)
class Past:
    """All that a panel knows, ready to be asked what could be measured on a day.

    Attributes:
        tracks: the series.
    """

    tracks: Mapping[str, _Track]

    @classmethod
    def of(cls, panel: Panel) -> Past:
        """The past as a panel knows it; the panel should hold :data:`SEEN_IN`."""
        tracks = {name: _track(panel, name) for name in SEEN_IN}
        tracks[_RATE_GAP] = _rate_gap(panel)
        return cls({name: track for name, track in tracks.items() if track})

    def first(self, frequency: Literal["weekly", "monthly"]) -> date | None:
        """Day from which holdings were known by the week or the month, or ``None``."""
        seen = [
            int(self.tracks[name].released[0])
            for basis in _BASES
            for name in basis.weights
            if name in self.tracks and SERIES[name].frequency == frequency
        ]
        return _day(min(seen)) if seen else None

    def measures(self, day: date) -> Measures:
        """What could be measured on a day from what was out by then."""
        view = _View(self.tracks, _number(day))
        found = Measures(gap=view.mean(_RATE_GAP), reserves=_reserves(view))
        for basis in _BASES:
            required = [name for name in basis.weights if name not in basis.optional]
            week = view.newest(required)
            if week is None:
                continue
            moved = {
                name: view.change(name, week, from_nothing=name in basis.optional)
                for name in basis.weights
            }
            if all(moved[name] is not None for name in required):
                return _credit(_held(found, basis, moved, week, view), view)
        return found


@dataclass(frozen=True, slots=True)
class _View:
    """What was known on one day, counted from 1970."""

    tracks: Mapping[str, _Track]
    day: int

    def _known(self, name: str) -> tuple[_Track, int] | None:
        track = self.tracks.get(name)
        place = None if track is None else track.newest(self.day)
        return None if track is None or place is None else (track, place)

    def newest(self, names: Iterable[str]) -> int | None:
        """Newest period for which all of these are known, unless one is missing or stale."""
        known = [self._known(name) for name in names]
        found = [int(it[0].periods[it[1]]) for it in known if it]
        return min(found) if found and len(found) == len(known) else None

    def level(self, name: str, period: int, *, from_nothing: bool = False) -> float | None:
        """Value nearest to a period in percent of GDP; nothing counts as 0 before the first."""
        known, gdp = self._known(name), self._known("GDP")
        if known is None or gdp is None:
            return None
        track, last = known
        if from_nothing and period < track.periods[0] - _SLACK.days:
            return 0.0
        value = track.near(period, last)
        return None if value is None else 100 * value / float(gdp[0].value[gdp[1]])

    def change(self, name: str, period: int, *, from_nothing: bool = False) -> float | None:
        """Change over the quarter to a period in percent of GDP."""
        now = self.level(name, period)
        before = self.level(name, period - WINDOW.days, from_nothing=from_nothing)
        return None if now is None or before is None else now - before

    def mean(self, name: str) -> float | None:
        """Mean over the quarter to the newest value."""
        known = self._known(name)
        if known is None:
            return None
        track, last = known
        first = track.periods.searchsorted(track.periods[last] - WINDOW.days, "right")
        return float(track.value[first : last + 1].mean())


def _held(
    found: Measures, basis: Basis, moved: Mapping[str, float | None], week: int, view: _View
) -> Measures:
    added = {name: it or 0.0 for name, it in moved.items()}
    ends = [(low * added[it], high * added[it]) for it, (low, high) in basis.weights.items()]
    return replace(
        found,
        basis=basis,
        week=SERIES[basis.outright[0]].written(_day(week)),
        duration=(sum(map(min, ends)), sum(map(max, ends))) if basis.shows_forms else None,
        outright=sum(added[name] for name in basis.outright),
        bills=None if basis.bills is None else view.change(basis.bills, week),
    )


def _credit(found: Measures, view: _View) -> Measures:
    """The same with all assets but outright holdings and repo, with repo and with loans."""
    week = view.newest(("WALCL", "TREAST", "WSHOMCB"))
    if week is None:
        return found
    assets, treasuries, mortgages, repo, loans = (
        view.change(name, week) for name in ("WALCL", "TREAST", "WSHOMCB", "WORAL", "WLCFLL")
    )
    agencies = view.change("SOMA_AGENCIES", week, from_nothing=True) or 0.0
    other = None
    if assets is not None and treasuries is not None and mortgages is not None:
        other = assets - treasuries - mortgages - agencies - (repo or 0.0)
    return replace(found, other=other, repo=repo, loans=loans)


def _reserves(view: _View) -> tuple[float, float, str] | None:
    for name in ("WRESBAL", "TOTRESNS"):
        period = view.newest((name,))
        if period is None:
            continue
        now, before = view.level(name, period), view.level(name, period - WINDOW.days)
        if now is not None and before is not None:
            return now, before, SERIES[name].written(_day(period))
    return None
