"""The seven channels of asset purchases, each read from a proxy that is free to have.

The channels, their instruments and what moves them are those of Krishnamurthy and
Vissing-Jorgensen, "The Effects of Quantitative Easing on Interest Rates" (Brookings Papers on
Economic Activity, Fall 2011). Futures, swaps and yields of agency bonds are not free; what stands
in for them here shows more than its channel, and each reading says what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce
from typing import Final, Literal

import numpy as np
import pandas as pd

from monitor.catalog import SERIES
from monitor.domain import Channel, ChannelReading, Direction, Panel, Said, joined, phrase
from monitor.model import events

PURCHASES: Final = ("QE1", "QE2", "MEP", "QE3", "organic", "QE4", "RMP")
"""Programmes that bought; see :data:`monitor.model.events.PROGRAMMES`."""

FLAT: Final = 1 / 3
"""Share of the past 13-week changes, the smallest in size, that count as noise.

A convention, tuned on nothing: easing, tightening and flat are each about as common."""

_BEHIND: Final = timedelta(days=75)
"""How much older than others a proxy may be: a month's mean, dated by its first day, is not."""
_FEWEST: Final = timedelta(days=365)
"""Time over which changes must be known before one of them can be called small."""
_WEEKS_13: Final = timedelta(weeks=13)
_SLACK: Final = timedelta(days=6)
"""How much earlier the value to compare with may be, for a holiday or a weekly series."""
_SURVEYED: Final = "7D"
_DECIMALS: Final = 4  # as many as the term premium is published with; binary noise is below

_PERCENT, _POINTS = "percent", "percentage points"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Something to read a channel from.

    Attributes:
        words: what it is.
        terms: its series with the weight of each.
        unit: unit of its values.
        caveat: what must be known of this proxy and not of the others of its channel, or empty.
    """

    words: str
    terms: Mapping[str, int]
    unit: str = _POINTS
    caveat: str = ""

    @property
    def frequency(self) -> str:
        """That of the least frequent of its series."""
        present = {SERIES[name].frequency for name in self.terms}
        return next(it for it in ("monthly", "weekly", "daily") if it in present)


@dataclass(frozen=True, slots=True)
class Lens:
    """How one channel is read.

    Attributes:
        channel: the channel.
        instrument: what the literature reads it from.
        proxies: what we read it from, best first.
        eases: sign of a change that eases financial conditions through this channel; 0 if the
            proxy cannot tell.
        note: what must be known of every proxy.
        opinions: second opinions, of which the first that is stored is told.
    """

    channel: Channel
    instrument: str
    proxies: tuple[Proxy, ...]
    eases: Literal[-1, 0, 1]
    note: str
    opinions: tuple[Proxy, ...] = ()


_SENTENCES: Final = phrase("{one} {other}")
_SLOPE: Final = Said("A slope also flattens when the path expected of the policy rate rises.")
_MORTGAGE: Final = Said(
    "thirty-year mortgage rate less mean ten-year Treasury yield of the week before"
)

LENSES: Final = (
    Lens(
        "signalling",
        Said("federal funds futures, 3 to 24 months ahead"),
        (
            Proxy(Said("two-year Treasury yield"), {"DGS2": 1}, _PERCENT),
            Proxy(Said("two-year Treasury yield, monthly mean"), {"GS2": 1}, _PERCENT),
        ),
        -1,
        Said(
            "The yield is the path expected of the policy rate and a term premium: a premium that"
            " falls looks like a lower path."
        ),
        (
            Proxy(Said("two-year yield less funds rate"), {"DGS2": 1, "DFF": -1}),
            Proxy(
                Said("two-year yield less funds rate, monthly means"), {"GS2": 1, "FEDFUNDS": -1}
            ),
        ),
    ),
    Lens(
        "duration_risk",
        Said("none of its own: what long yields fall by and the other channels do not explain"),
        (
            Proxy(
                Said("term premium of ten years (Kim and Wright)"),
                {"THREEFYTP10": 1},
                _PERCENT,
                Said("An estimate, revised over its whole history each week."),
            ),
            Proxy(
                Said("thirty-year less five-year yield"), {"DGS30": 1, "DGS5": -1}, caveat=_SLOPE
            ),
            Proxy(
                Said("thirty-year less five-year yield, monthly means"),
                {"GS30": 1, "GS5": -1},
                caveat=_SLOPE,
            ),
        ),
        -1,
        Said(
            "Cannot be told from the safety premium of long Treasuries, which moves the same"
            " yields."
        ),
    ),
    Lens(
        "liquidity_premium",
        Said("agency and mortgage-backed securities against Treasuries of like duration"),
        (
            Proxy(Said("Aaa corporate less twenty-year Treasury yield"), {"DAAA": 1, "DGS20": -1}),
            Proxy(
                Said("Aaa corporate less twenty-year Treasury yield"),
                {"AAA10Y": 1, "DGS10": 1, "DGS20": -1},
            ),
            Proxy(
                Said("Aaa corporate less twenty-year Treasury yield, monthly means"),
                {"AAA": 1, "GS20": -1},
            ),
            Proxy(
                _MORTGAGE,
                {"MORTGAGE30US": 1, "DGS10": -1},
                caveat=Said("Prepayment risk is read from the same figure."),
            ),
        ),
        -1,
        Said(
            "Weak: corporate bonds pay for default too, and Treasuries pay less for being safe;"
            " yields of agency bonds or of old issues are not free to have."
        ),
    ),
    Lens(
        "safety_premium",
        Said("Aaa corporate yields, without the cost of default swaps, against lower grades"),
        (
            Proxy(Said("Baa less Aaa corporate yield"), {"DBAA": 1, "DAAA": -1}),
            Proxy(Said("Baa less Aaa corporate yield"), {"BAA10Y": 1, "AAA10Y": -1}),
            Proxy(Said("Baa less Aaa corporate yield, monthly means"), {"BAA": 1, "AAA": -1}),
        ),
        0,
        Said(
            "No direction is given: purchases of safe bonds widen it, and so does fear of default;"
            " without default swaps, which are not free to have, the two cannot be told apart."
        ),
    ),
    Lens(
        "prepayment_risk",
        Said("yields of mortgage-backed securities against Treasuries, around announcements"),
        (Proxy(_MORTGAGE, {"MORTGAGE30US": 1, "DGS10": -1}),),
        -1,
        Said(
            "A weekly survey of loans, which hold the lenders' margin: it cannot show the days"
            " around an announcement."
        ),
    ),
    Lens(
        "default_risk",
        Said("credit default swaps by rating"),
        (
            Proxy(Said("Baa corporate less ten-year Treasury yield"), {"BAA10Y": 1}),
            Proxy(Said("Baa corporate less ten-year Treasury yield"), {"DBAA": 1, "DGS10": -1}),
            Proxy(
                Said("Baa corporate less ten-year Treasury yield, monthly means"),
                {"BAA": 1, "GS10": -1},
            ),
        ),
        -1,
        Said(
            "Holds a liquidity premium too. The bonds run for twenty years and more: against the"
            " ten-year yield the spread also moves with the slope of the curve."
        ),
        (Proxy(Said("excess bond premium of Gilchrist and Zakrajsek"), {"EBP": 1}),),
    ),
    Lens(
        "inflation_expectations",
        Said("inflation swaps"),
        (
            Proxy(Said("ten-year breakeven inflation"), {"T10YIE": 1}, _PERCENT),
            Proxy(Said("ten-year breakeven inflation"), {"DGS10": 1, "DFII10": -1}, _PERCENT),
            Proxy(
                Said("ten-year breakeven inflation, monthly means"),
                {"GS10": 1, "FII10": -1},
                _PERCENT,
            ),
        ),
        1,
        Said(
            "Higher expectations lower the real rate, and so ease. Breakevens fall short of them"
            " where inflation-indexed Treasuries are hard to sell, most of all in a crisis."
        ),
        (
            Proxy(Said("expectation over ten years, Cleveland Fed"), {"EXPINF10YR": 1}, _PERCENT),
            Proxy(Said("expectation over a year, Surveys of Consumers"), {"MICH": 1}, _PERCENT),
        ),
    ),
)
"""In the order of :data:`monitor.domain.Channel`."""

NEEDED: Final = tuple(
    dict.fromkeys(
        name for lens in LENSES for proxy in (*lens.proxies, *lens.opinions) for name in proxy.terms
    )
)
"""Series that a panel should hold for :func:`readings`; each may be absent."""


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    proxy: Proxy
    history: pd.Series[float]

    @property
    def days(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.history.index)

    @property
    def newest(self) -> date:
        return self.days[-1].date()

    @property
    def value(self) -> float:
        return float(self.history.iloc[-1])

    @property
    def percentile(self) -> float:
        return float((self.history <= self.value).mean())

    @property
    def written(self) -> str:
        monthly = self.proxy.frequency == "monthly"
        return f"{self.newest:%Y-%m}" if monthly else self.newest.isoformat()


def readings(panel: Panel) -> tuple[ChannelReading, ...]:
    """All seven channels as they were known on a day.

    Of the proxies of a channel the first is read that is stored and not 75 days behind another.
    The changes at announcements are those of that proxy if it is daily, else of the first daily
    one; an announcement whose window is not yet complete leaves its programme without a sum.

    Args:
        panel: what was known; see :data:`NEEDED`.

    Returns:
        One reading for each :data:`monitor.domain.Channel`, in its order. Its change over 13
        weeks is over three months where values are monthly means. Its direction is ``flat``
        where the change is among the smallest :data:`FLAT` of all that were known, and ``None``
        with less than a year of them, without a change, or where the note says that none is
        given.
    """
    return tuple(_reading(panel, lens) for lens in LENSES)


def _reading(panel: Panel, lens: Lens) -> ChannelReading:
    stored = _stored(panel, lens.proxies)
    read = _chosen(stored)
    daily = [it for it in stored if it.proxy.frequency == "daily"]
    moved = read if read in daily else next(iter(daily), None)
    proxy = read.proxy if read else lens.proxies[0]
    reading = ChannelReading(
        channel=lens.channel,
        instrument=lens.instrument,
        proxy=proxy.words,
        series=tuple(proxy.terms),
        value=None,
        unit=proxy.unit,
        period=None,
        percentile=None,
        since=None,
        change_13w=None,
        direction=None,
        moves=_moves(moved, panel.as_of),
        note=joined(_SENTENCES, _notes(panel, lens, read, moved)),
        opinion=_opinion(panel, lens) if read else "",
    )
    if read is None:
        return reading
    changes = _changes(read)
    change = changes.get(read.newest)
    return replace(
        reading,
        value=read.value,
        period=read.newest,
        percentile=read.percentile,
        since=read.days[0].date(),
        change_13w=change,
        direction=_direction(changes, change, lens.eases),
    )


def _stored(panel: Panel, proxies: Sequence[Proxy]) -> list[_Read]:
    found = (
        _Read(proxy, _values(panel, proxy))
        for proxy in proxies
        if all(name in panel.series for name in proxy.terms)
    )
    return [it for it in found if not it.history.empty]


def _chosen(stored: Sequence[_Read]) -> _Read | None:
    newest = max((it.newest for it in stored), default=date.min)
    return next((it for it in stored if newest - it.newest <= _BEHIND), None)


def _values(panel: Panel, proxy: Proxy) -> pd.Series[float]:
    """Values of a proxy for the periods in which all its series have one, in ascending order."""
    known = {name: panel.series[name].dropna() for name in proxy.terms}
    if proxy.frequency == "weekly":
        weekly = next(name for name in known if SERIES[name].frequency == "weekly")
        weeks = known[weekly].index
        known = {
            name: values if name == weekly else _weekly(values, weeks)
            for name, values in known.items()
        }
    terms = [weight * known[name] for name, weight in proxy.terms.items()]
    return reduce(pd.Series.add, terms).dropna().round(_DECIMALS)


def _weekly(closes: pd.Series[float], weeks: pd.Index[pd.Timestamp]) -> pd.Series[float]:
    """Means of the closes of the seven days before each day.

    Freddie Mac's survey is dated by the Thursday on which it is published and covers the days up
    to the one before: until 2022-11 from Monday on, since then the whole week.
    """
    both = closes.reindex(closes.index.union(weeks))
    return both.rolling(_SURVEYED, closed="left").mean().reindex(weeks)


def _changes(read: _Read) -> dict[date, float]:
    """Changes over 13 weeks, or three months of monthly means, where both values are known."""
    values, days, monthly = read.history, read.days, read.proxy.frequency == "monthly"
    before = days - (pd.DateOffset(months=3) if monthly else pd.Timedelta(_WEEKS_13))
    place = days.searchsorted(before, side="right") - 1
    early = before - days[place.clip(0)]
    known = (place >= 0) & (early <= (pd.Timedelta(0) if monthly else pd.Timedelta(_SLACK)))
    earlier = values.to_numpy()[place.clip(0)]
    moved = (values - earlier)[known].round(_DECIMALS)
    return {day.date(): float(change) for day, change in moved.items()}


def _direction(
    changes: Mapping[date, float], change: float | None, eases: Literal[-1, 0, 1]
) -> Direction | None:
    if change is None or not eases or max(changes) - min(changes) < _FEWEST:
        return None
    if abs(change) <= np.quantile(np.abs([*changes.values()]), FLAT):
        return "flat"
    return "easing" if change * eases > 0 else "tightening"


def _moves(read: _Read | None, as_of: date) -> dict[str, int | None]:
    """For each programme announced by a day the sum of the moves, in basis points."""
    sums: dict[str, int | None] = {}
    for name in PURCHASES:
        if announced := events.announcements(name, as_of):
            moved = [events.change(read.history, it.day, 2) if read else None for it in announced]
            whole = [it.bp for it in moved if it]
            sums[name] = sum(whole) if len(whole) == len(moved) else None
    return sums


def _notes(panel: Panel, lens: Lens, read: _Read | None, moved: _Read | None) -> list[str]:
    if read is None:
        wanted = lens.proxies[0].terms
        missing = [name for name in wanted if name not in panel.series] or [*wanted]
        series = joined(phrase("{one} and {other}"), missing)
        unknown = Said(
            "Nothing was known of {series} on {day}.", series=series, day=f"{panel.as_of}"
        )
        return [unknown, lens.note]
    said = [lens.note, read.proxy.caveat]
    if panel.as_of - read.newest > _BEHIND:
        said.append(Said("The newest value is of {period}.", period=read.written))
    if moved and moved is not read:
        said.append(Said("The moves are those of {formula}.", formula=_formula(moved.proxy)))
    return [it for it in said if it]


def _opinion(panel: Panel, lens: Lens) -> str:
    read = _chosen(_stored(panel, lens.opinions))
    if read is None:
        return ""
    return Said(
        "Second opinion: {proxy} {value} {unit} in {period}, percentile {percentile} since {year}.",
        proxy=read.proxy.words,
        value=f"{read.value:+.2f}",
        unit=Said("percent") if read.proxy.unit == _PERCENT else Said("percentage points"),
        period=read.written,
        percentile=f"{100 * read.percentile:.0f}",
        year=f"{read.days[0]:%Y}",
    )


def _formula(proxy: Proxy) -> str:
    first, *others = proxy.terms.items()
    return first[0] + "".join(f" {'+' if weight > 0 else '-'} {name}" for name, weight in others)
