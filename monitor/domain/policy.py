"""The policy rate and where it may go, the balance sheet, and the channels of asset purchases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from monitor.domain.scores import Interval

POLICY_HORIZONS: tuple[int, ...] = (1, 3, 6, 12)
"""Horizons of the odds of cut, hold and hike, in months."""

BOUND_HORIZONS: tuple[int, ...] = (12, 24)
"""Horizons of the odds of the lower bound and of QE, in months."""

Move = Literal["cut", "hold", "hike"]
MOVES: tuple[Move, ...] = ("cut", "hold", "hike")

Stance = Literal["cut_first", "at_lower_bound", "qe_active", "tightening"]

RegimeKind = Literal["qe", "reserve_management", "qt", "lending", "yield_cap", "steady"]

Channel = Literal[
    "signalling",
    "duration_risk",
    "liquidity_premium",
    "safety_premium",
    "prepayment_risk",
    "default_risk",
    "inflation_expectations",
]

Direction = Literal["easing", "tightening", "flat"]


# ----------------------------------------------------------------------------------------- options
@dataclass(frozen=True, slots=True)
class Conventions:
    """Choices that the FedWatch method leaves open; they move the odds by 2 to 10 points.

    Attributes:
        meeting_day: whether the day of a meeting counts at the rate ``before`` the decision or
            at that ``after`` it.
        anchors: which months without a meeting pin the rate: those not over yet, or ``all``, with
            the last price of months that are.
        solve: which way a run of months with meetings is solved where both ways are open:
            ``forward`` from the rate before it, or ``backward`` from the rate after it.
    """

    meeting_day: Literal["before", "after"] = "before"
    anchors: Literal["upcoming", "all"] = "upcoming"
    solve: Literal["forward", "backward"] = "backward"


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """What a user may set about the odds of policy.

    Attributes:
        lower_bound: lower end of the target range at the effective lower bound, in percent.
        reversal_rate: rate below which a cut is held to tighten, in percent (Abadi, Brunnermeier
            and Koby, American Economic Review 113, 2023); ``None`` assumes none, for there is no
            estimate for the United States.
        conventions: how prices of futures become odds.
    """

    lower_bound: float = 0.0
    reversal_rate: float | None = None
    conventions: Conventions = Conventions()


# ------------------------------------------------------------------------------------- policy rate
@dataclass(frozen=True, slots=True)
class Decision:
    """A meeting of the FOMC, or a move it made between meetings.

    Attributes:
        day: day of the announcement; before 1994, when none was made, the day from which markets
            could see it.
        scheduled: whether the meeting stood in the published schedule.
        lower, upper: target from then on in percent; equal before 2008-12-16, when there was no
            range; ``None`` if the outcome is not known, above all of meetings to come.
        change: change of the upper end in percentage points, or ``None`` likewise.
    """

    day: date
    scheduled: bool
    lower: float | None
    upper: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class TargetRate:
    """Where the policy rate stands.

    Attributes:
        lower, upper: target range in percent, equal before 2008-12-16.
        since: day of the decision that set it and that all later ones have held, or ``None`` where
            the range is inferred.
        effective: newest effective federal funds rate in percent, or ``None``.
        effective_period: the day or month it stands for.
        inferred: whether a decision since then is not known, so that the range is read from the
            effective rate or merely taken to stand.
        effective_series: identifier of the series of ``effective``, which tells days from months.
    """

    lower: float
    upper: float
    since: date | None
    effective: float | None
    effective_period: date | None
    inferred: bool
    effective_series: str | None = None

    @property
    def middle(self) -> float:
        """Middle of the range in percent, the rate that models speak of."""
        return (self.lower + self.upper) / 2


@dataclass(frozen=True, slots=True)
class MeetingOdds:
    """Odds of one meeting's outcome.

    Attributes:
        day: day of the decision.
        odds: probability of each move at this meeting.
        target: probability of each upper end of the range after it, in percent.
    """

    day: date
    odds: Mapping[Move, float]
    target: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class PathPoint:
    """The middle of the target range at one horizon, in percent.

    Attributes:
        horizon: months from the day of the assessment.
        mean: expected value.
        low, high: ends of the central interval of 80 %.
    """

    horizon: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Settlements:
    """Settlement prices of federal funds futures on one day.

    Attributes:
        day: the day.
        source: name of the file.
        prices: first day of a contract's month to its price, as quoted. For a month that is over
            the last price, if that is of its end.
    """

    day: date
    source: str
    prices: Mapping[date, float]


@dataclass(frozen=True, slots=True)
class MarketOdds:
    """What prices of federal funds futures say, by the FedWatch method.

    Attributes:
        settled: day of the prices.
        source: file they came from.
        conventions: the choices of the method in words, to be printed beside the odds.
        meetings: odds of each meeting the prices reach.
        moves: horizon in months to probability of each move within it, as far as they reach.
    """

    settled: date
    source: str
    conventions: str
    meetings: tuple[MeetingOdds, ...]
    moves: Mapping[int, Mapping[Move, float]]


@dataclass(frozen=True, slots=True)
class LowerBound:
    """Room to cut, and what past easings needed.

    Attributes:
        bound: lower end of the range at the effective lower bound, in percent; a setting.
        room: percentage points from the lower end of the range to it, at least 0.
        reversal_rate: rate below which a cut is held to tighten, in percent, a setting; else
            ``None``.
        easings: past recessions whose easing is known.
        deeper: how many of these eased by at least ``room``.
        mean_easing: their mean fall of the effective rate, in percentage points.
    """

    bound: float
    room: float
    reversal_rate: float | None
    easings: int
    deeper: int
    mean_easing: float | None


@dataclass(frozen=True, slots=True)
class AtBound:
    """How often asset purchases followed an arrival at the lower bound.

    Attributes:
        arrivals: arrivals at the bound that were known.
        followed: those that asset purchases came with, within the same quarter.
        mean: mean of the Beta posterior under a uniform prior.
        interval: its central interval of 90 %.
    """

    arrivals: int
    followed: int
    mean: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class PolicyOdds:
    """What the Fed may do.

    Of the paths of one simulation: ``cut`` at least one cut within the horizon, ``hike`` at least
    one hike and no cut, ``hold`` neither; the three add up to 1 at each horizon.

    Attributes:
        target: where the rate stands.
        cut, hold, hike: horizon in months to probability.
        any_hike: horizon to the probability of at least one hike, cut or no cut.
        path: the target at the horizons.
        meetings: the next meetings, nearest first.
        lower_bound: horizon to the probability that the bound is reached or held.
        qe: horizon to the probability that large-scale asset purchases are announced or run.
        bound: room to cut.
        at_bound: what arrivals at the bound brought.
        stance: what the Fed would do next, in a word.
        why: the reasons for ``stance``, as plain sentences.
        market: odds from prices, if the user has any.
        weight: weight of the market in the odds; 0 without one.
        interval: for ``cut``, ``hike``, ``lower_bound`` and ``qe`` by horizon the central interval
            of 80 % for what the coefficients, and the share of arrivals at the bound that
            purchases follow, might be. That of the recession odds is not in it.
        basis: whether meetings were learnt from, or months of the effective rate.
        decisions: how many of them.
        rates_of: day, or month, of the yields the odds start from.
    """

    target: TargetRate
    cut: Mapping[int, float]
    hold: Mapping[int, float]
    hike: Mapping[int, float]
    any_hike: Mapping[int, float]
    path: tuple[PathPoint, ...]
    meetings: tuple[MeetingOdds, ...]
    lower_bound: Mapping[int, float]
    qe: Mapping[int, float]
    bound: LowerBound
    at_bound: AtBound
    stance: Stance
    why: tuple[str, ...]
    market: MarketOdds | None = None
    weight: float = 0.0
    interval: Mapping[str, Mapping[int, Interval]] = field(default_factory=dict)
    basis: Literal["meetings", "months"] = "meetings"
    decisions: int = 0
    rates_of: date | None = None


# ----------------------------------------------------------------------------------- balance sheet
@dataclass(frozen=True, slots=True)
class Evidence:
    """One measure that speaks for or against a regime.

    Attributes:
        measure: stable identifier, such as ``duration_added``.
        value: its value in ``unit``, or ``None`` where the measure is a fact without a number.
        unit: unit of ``value``.
        text: the same as one plain sentence, with the figure and the level it is held against.
    """

    measure: str
    value: float | None
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Regime:
    """What kind of growth or shrinkage of the balance sheet a span of time was.

    Attributes:
        kind: ``qe`` purchases that take duration out of the market; ``reserve_management``
            purchases of bills and repo for reserves; ``qt`` holdings run off; ``lending`` loans to
            banks and markets; ``yield_cap`` a peg of yields; ``steady`` none of these.
        start: first day of the span.
        end: its last day, or ``None`` while it lasts.
        evidence: why, most telling first.
        basis: what it was judged from, as printed; says what was missing.
    """

    kind: RegimeKind
    start: date
    end: date | None
    evidence: tuple[Evidence, ...]
    basis: str


# ---------------------------------------------------------------------------------------- channels
@dataclass(frozen=True, slots=True)
class ChannelReading:
    """One channel of asset purchases, read from a proxy that is free to have.

    Attributes:
        channel: the channel.
        instrument: what the literature reads it from.
        proxy: what we read it from, in words.
        series: identifiers the proxy is made from.
        value: newest value in ``unit``, or ``None`` where no series of the proxy is stored.
        unit: unit of ``value``.
        period: day or month of ``value``, or ``None`` likewise.
        percentile: share of the history of the proxy that lies at or below ``value``, in [0, 1].
        since: first period of that history.
        change_13w: change over 13 weeks in ``unit``, or ``None``.
        direction: what that change does to financial conditions through this channel.
        moves: programme to the sum of the two-day changes at its announcements, in basis points;
            ``None`` where the proxy has no daily values then.
        note: what a reader must know to read it.
        opinion: what a series beside the proxy says, in one sentence, or empty.
    """

    channel: Channel
    instrument: str
    proxy: str
    series: tuple[str, ...]
    value: float | None
    unit: str
    period: date | None
    percentile: float | None
    since: date | None
    change_13w: float | None
    direction: Direction | None
    moves: Mapping[str, int | None]
    note: str
    opinion: str = ""
