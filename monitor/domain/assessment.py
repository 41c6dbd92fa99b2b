"""The verdict on one day, and what stands beside it in the digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from monitor.domain.agenda import Came, Due
from monitor.domain.curve import Inversion
from monitor.domain.news import Moved
from monitor.domain.observations import Finding
from monitor.domain.policy import ChannelReading, PolicyOdds, Regime
from monitor.domain.scores import RecessionScore

SCHEMA = 1
"""Number of the JSON documents' schema; within one number fields are only ever added."""


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


Odds = Literal["recession", "cut", "reserve_management"]
Effect = Literal["raises", "lowers", "neutral"]


@dataclass(frozen=True, slots=True)
class Implication:
    """What a gauge says of some odds, by a rule of thumb: a reading aid, not a probability.

    Attributes:
        odds: what it speaks of: the start of a recession, a cut of the policy rate, or purchases
            of bills to supply reserves.
        effect: what the gauge does to them.
        rule: stable identifier of the rule that says so, such as ``sahm_triggered``.
        enters: the model that reads the same figure, ``nowcast``, or ``None``.
    """

    odds: Odds
    effect: Effect
    rule: str
    enters: str | None = None


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number to watch beside the headline.

    Attributes:
        value: newest value, in ``unit``.
        unit: unit of ``value``.
        period: month, quarter or day it stands for.
        change_3m, change_12m: change over three and twelve months, in ``unit``, or ``None``
            where the month to compare with has no value.
        percentile: share of the history known that day that lies at or below ``value``, in
            [0, 1], or ``None`` where it is shorter than five years.
        since: first period of that history.
        series: identifiers of the series it is made from.
        age_days: days from the end of ``period`` to the day of the assessment.
        stale: whether its next value is overdue.
        revised: whether values stand in for vintages of that day that are not stored, and may
            have been revised since.
        implies: what it says of some odds, or ``None`` where no rule reads it.
    """

    value: float
    unit: str
    period: date
    change_3m: float | None
    change_12m: float | None
    percentile: float | None = None
    since: date | None = None
    series: tuple[str, ...] = ()
    age_days: int | None = None
    stale: bool = False
    revised: bool = False
    implies: Implication | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """The watch list of the digest. A gauge without data is ``None``.

    Attributes:
        unemployment: civilian unemployment rate.
        sahm_gap: three-month mean of unemployment less its lowest in the twelve months before,
            in percentage points; 0.5 is Sahm's trigger.
        breakeven_10y: ten-year breakeven inflation, daily, or else nominal less real constant
            maturity, monthly.
        policy_rate: effective federal funds rate, monthly mean.
        total_assets: total assets of the Federal Reserve, weekly.
        reserve_bank_credit: Reserve Bank credit, monthly mean.
        reserves: reserves of depository institutions, monthly mean.
        breakeven_5y: the same as ``breakeven_10y`` for five years.
        breakeven_5y5y: breakeven inflation over five years from five years on, daily.
        michigan_1y: inflation that households expect over a year, Surveys of Consumers.
        cleveland_1y, cleveland_10y: expected inflation of the Federal Reserve Bank of Cleveland.
        debt_to_gdp: debt securities and loans of nonfinancial corporations, in percent of GDP.
        bank_loans_to_gdp: commercial and industrial loans of banks, in percent of GDP: a part of
            that debt, and of that of other firms.
        profits_to_gdp: corporate profits after tax, in percent of GDP.
        nonfinancial_profits_to_gdp: the same of nonfinancial corporations.
        sofr_less_iorb: secured overnight financing rate less interest on reserves, in basis
            points.
        effr_less_iorb: the same of the effective federal funds rate.
        smoothed: smoothed probability of a recession of Chauvet and Piger, in percent, monthly;
            it reads later months too and is revised throughout.
    """

    unemployment: Gauge | None
    sahm_gap: Gauge | None
    breakeven_10y: Gauge | None
    policy_rate: Gauge | None
    total_assets: Gauge | None
    reserve_bank_credit: Gauge | None
    reserves: Gauge | None
    breakeven_5y: Gauge | None = None
    breakeven_5y5y: Gauge | None = None
    michigan_1y: Gauge | None = None
    cleveland_1y: Gauge | None = None
    cleveland_10y: Gauge | None = None
    debt_to_gdp: Gauge | None = None
    bank_loans_to_gdp: Gauge | None = None
    profits_to_gdp: Gauge | None = None
    nonfinancial_profits_to_gdp: Gauge | None = None
    sofr_less_iorb: Gauge | None = None
    effr_less_iorb: Gauge | None = None
    smoothed: Gauge | None = None


@dataclass(frozen=True, slots=True)
class Previous:
    """The assessment to compare with.

    Attributes:
        as_of: its day.
        probability: its probabilities by horizon.
        model_id: the models that made these.
        cut, hike, qe: its odds of policy by horizon; empty where it gave none.
        policy_model_id: the model that made these.
        spread: the monthly spread it judged, in percentage points, or ``None`` if not known.
        regime: its regime of the balance sheet, or ``None``.
        told: whether it was told that day; else it is a replay of what would have been.
    """

    as_of: date
    probability: Mapping[int, float]
    model_id: str
    cut: Mapping[int, float] = field(default_factory=dict)
    hike: Mapping[int, float] = field(default_factory=dict)
    qe: Mapping[int, float] = field(default_factory=dict)
    policy_model_id: str = ""
    spread: float | None = None
    regime: str | None = None
    told: bool = True


@dataclass(frozen=True, slots=True)
class Assessment:
    """One day's verdict: a single document that can be stored, compared and replayed.

    Attributes:
        as_of: day of the knowledge it rests on.
        generated_at: instant it was made; the only part that differs between two replays.
        model_id: models behind the probability of a recession, and their versions.
        inputs_sha256: fingerprint of the panel.
        recession: the probabilities.
        inversion: the curve.
        watch: the watch list.
        series: newest reading of every series watched.
        findings: what the reader must know of the data.
        previous: the assessment before this one, if one was stored.
        policy: what the Fed may do, or ``None`` where no rate was known that could tell.
        regime: what kind of growth or shrinkage of the balance sheet this is, likewise.
        channels: the channels of asset purchases, in the order of the literature.
        confounded: programmes whose announcements came with other news, as far as known that day.
        policy_model_id: model behind ``policy`` and its version.
        moved: why the headline moved since the day of ``previous``, or ``None`` where there is
            nothing to compare with.
        agenda: what is about to be published or decided, in order of its day.
        came: what was learnt of the watched series since the day of ``previous``.
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
    policy: PolicyOdds | None = None
    regime: Regime | None = None
    channels: tuple[ChannelReading, ...] = ()
    confounded: tuple[str, ...] = ()
    policy_model_id: str = ""
    moved: Moved | None = None
    agenda: tuple[Due, ...] = ()
    came: tuple[Came, ...] = ()

    @property
    def degraded(self) -> bool:
        """Whether any finding is more than information."""
        return any(finding.severity != "info" for finding in self.findings)
