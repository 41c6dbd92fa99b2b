"""The watch list of the outlook: each gauge with its place in history and what it implies.

An implication is a rule of thumb, chosen by a threshold from the literature or a convention. It is
a reading aid: no probability is made from it. The thresholds were set before it was looked up what
had followed; where that spoke against a rule, the rule says ``neutral``.

*What had followed*, with revised figures, overlapping windows and few events. A cut within twelve
months: after 37 of the 40 months, 1988 to 2025 and off the lower bound, in which unemployment had
risen, after 12 of the 34 in which it had fallen, and after 57 % of all. Breakevens above the band
were rare and of one episode; below it cuts were no more frequent. A recession within twelve months,
in quarters of expansion from 1949 to 2025: after falling profits in 24 %, after others in 10 %;
after bank loans that were high and rose in 28 %, that were high and no longer rose in 5 %, that
were neither in 14 %. That borrowing past its peak announces a recession is so not borne out, and
the rule reads debt that still rises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from monitor import features, quality
from monitor.catalog import SERIES
from monitor.domain import Gauge, Implication, Panel, Watch

if TYPE_CHECKING:
    import pandas as pd

WATCH_SERIES: Final = (
    "UNRATE", "GS5", "FII5", "T5YIE", "GS10", "FII10", "T10YIE", "T5YIFR", "MICH", "EXPINF1YR",
    "EXPINF10YR", "BCNSDODNS", "BUSLOANS", "CP", "NFCPATAX", "GDP", "SOFR", "EFFR", "IORB", "IOER",
    "FEDFUNDS", "WALCL", "RSBKCRNS", "TOTRESNS", "RECPROUSM156N",
)  # fmt: skip
"""What a panel should hold for :func:`read`; a gauge whose series are absent stays empty."""

SAHM_TRIGGER: Final = 0.5
"""Rise of unemployment, in percentage points, at which Sahm's rule calls a recession (Sahm 2019,
"Direct stimulus payments to individuals")."""

SAMPLING_ERROR: Final = 0.2
"""Half the 90 % interval of a monthly change of the unemployment rate, in percentage points: 1.645
standard errors of 0.12 (BLS, Employment and Earnings, February 2005)."""

OBJECTIVE: Final = 2.0
"""The FOMC's longer-run objective for the inflation of consumption expenditures, in percent."""

OBJECTIVE_SINCE: Final = date(2012, 1, 25)
"""Day on which it was announced (Statement on Longer-Run Goals and Monetary Policy Strategy)."""

CPI_WEDGE: Final = 0.5
"""Percentage points by which consumer price inflation, which breakevens are of, has exceeded that
of consumption expenditures: its mean from 1967 to 2026; 0.4 since 2000."""

HIGH_SURVEY: Final = 0.75
"""Households expect more inflation than comes; their figure is held against its own quartile."""

HIGH_DEBT: Final = 0.9
"""Percentile from which on debt is called high. Debt that is high and grows goes before crises
(Schularick and Taylor, American Economic Review 102, 2012; Drehmann, Borio and Tsatsaronis,
International Journal of Central Banking 7, 2011); no threshold is agreed on."""

SCARCITY_DAYS: Final = 20
"""Reserves are called scarce if an overnight rate has stood above the rate paid on them on most of
so many days: around the end of a quarter it does so for a few days in any case."""

AT_BOUND: Final = 0.25
"""Upper end of the target range at the lower bound, in percent; a policy rate below it, 2008 to
2015 and 2020 to 2022, has never been cut."""

_NOWCAST: Final = "nowcast"
_PERCENT_DIGITS, _POINTS_DIGITS = 1, 2

_Rule = Callable[[Gauge], Implication | None]


# ------------------------------------------------------------------------------------- the gauges
def read(panel: Panel) -> Watch:
    """The watch list of one day.

    Args:
        panel: what was known; should hold :data:`WATCH_SERIES`.
    """
    funds = panel.series.get("FEDFUNDS")
    at_bound = funds is not None and len(funds) > 0 and float(funds.iloc[-1]) < AT_BOUND

    def made(
        values: pd.Series[float], unit: str, series: tuple[str, ...], rule: _Rule | None = None
    ) -> Gauge | None:
        gauge = features.gauge(values, unit)
        if gauge is None:
            return None
        gauge = _dated(gauge, panel, tuple(name for name in series if name in panel.series))
        implies = rule(gauge) if rule else None
        if at_bound and implies and implies.odds == "cut":
            implies = Implication("cut", "neutral", "at_lower_bound")
        return replace(gauge, implies=implies)

    def of(name: str, rule: _Rule | None = None) -> Gauge | None:
        values = panel.series.get(name)
        return None if values is None else made(values, SERIES[name].unit, (name,), rule)

    def breakeven(years: int) -> Gauge | None:
        daily = of(f"T{years}YIE", objective)
        monthly = made(
            features.breakeven(panel, years), "percent", (f"GS{years}", f"FII{years}"), objective
        )
        if daily and monthly:
            return daily if daily.period >= monthly.period else monthly
        return daily or monthly

    def to_gdp(name: str, rule: _Rule) -> Gauge | None:
        return made(features.to_gdp(panel, name), "percent of GDP", (name, "GDP"), rule)

    def less_iorb(name: str) -> Gauge | None:
        values = features.less_iorb(panel, name)
        above = float((values.iloc[-SCARCITY_DAYS:] > 0).mean()) if len(values) else 0.0
        paid = "IORB" if "IORB" in panel.series else "IOER"
        return made(values, "basis points", (name, paid), lambda gauge: scarcity(gauge, above))

    def objective(gauge: Gauge) -> Implication:
        return against_objective(gauge, panel.as_of)

    total = panel.series.get("WALCL")
    rate = panel.series.get("UNRATE")
    return Watch(
        unemployment=of("UNRATE", unemployment),
        sahm_gap=None
        if rate is None
        else made(features.sahm_gap(rate), "percentage points", ("UNRATE",), sahm),
        breakeven_10y=breakeven(10),
        policy_rate=of("FEDFUNDS"),
        total_assets=None if total is None else made(total * 1e-3, "billions of USD", ("WALCL",)),
        reserve_bank_credit=of("RSBKCRNS"),
        reserves=of("TOTRESNS"),
        breakeven_5y=breakeven(5),
        breakeven_5y5y=of("T5YIFR", objective),
        michigan_1y=of("MICH", survey),
        cleveland_1y=of("EXPINF1YR", objective),
        cleveland_10y=of("EXPINF10YR", objective),
        debt_to_gdp=to_gdp("BCNSDODNS", debt),
        bank_loans_to_gdp=to_gdp("BUSLOANS", debt),
        profits_to_gdp=to_gdp("CP", profits),
        nonfinancial_profits_to_gdp=to_gdp("NFCPATAX", profits),
        sofr_less_iorb=less_iorb("SOFR"),
        effr_less_iorb=less_iorb("EFFR"),
        smoothed=of("RECPROUSM156N"),
    )


def _dated(gauge: Gauge, panel: Panel, series: tuple[str, ...]) -> Gauge:
    """The same with what it is made from, how old that is and whether it was known that day."""
    specs = [SERIES[name] for name in series]
    longest = max(specs, key=lambda spec: spec.period_end(gauge.period))
    following = longest.period_end(longest.next_period(gauge.period))
    # A series that is late does not delay a gauge whose other series is not due either.
    awaited = [
        reading.stale
        for spec in specs
        if (reading := quality.reading(panel, spec)) and spec.period_end(reading.period) < following
    ]
    return replace(
        gauge,
        series=series,
        age_days=(panel.as_of - longest.period_end(gauge.period)).days,
        stale=bool(awaited) and all(awaited),
        revised=any(spec.revised and panel.provenance[spec.id].stand_ins > 0 for spec in specs),
    )


# ---------------------------------------------------------------------------------- what they imply
def unemployment(gauge: Gauge) -> Implication | None:
    """A change over three months beyond the sampling error; nothing without such a change."""
    if gauge.change_3m is None:
        return None
    change = round(gauge.change_3m, _PERCENT_DIGITS)
    if abs(change) <= SAMPLING_ERROR:
        return Implication("cut", "neutral", "unemployment_steady")
    if change > 0:
        return Implication("cut", "raises", "unemployment_rising")
    return Implication("cut", "lowers", "unemployment_falling")


def sahm(gauge: Gauge) -> Implication:
    """The gap against Sahm's trigger, both to the hundredth."""
    if round(gauge.value, _POINTS_DIGITS) >= SAHM_TRIGGER:
        return Implication("recession", "raises", "sahm_triggered", _NOWCAST)
    return Implication("recession", "neutral", "sahm_below", _NOWCAST)


def against_objective(gauge: Gauge, as_of: date) -> Implication:
    """Expected consumer price inflation against the objective, once there was one.

    From :data:`OBJECTIVE` to as much as :data:`CPI_WEDGE` more it is in line.
    """
    if as_of < OBJECTIVE_SINCE:
        return Implication("cut", "neutral", "no_objective")
    expected = round(gauge.value, _POINTS_DIGITS)
    if expected > OBJECTIVE + CPI_WEDGE:
        return Implication("cut", "lowers", "above_objective")
    rule = "below_objective" if expected < OBJECTIVE else "in_line_with_objective"
    return Implication("cut", "neutral", rule)


def survey(gauge: Gauge) -> Implication | None:
    """Whether households expect more inflation than in three quarters of the months so far."""
    if gauge.percentile is None:
        return None
    if gauge.percentile > HIGH_SURVEY:
        return Implication("cut", "lowers", "survey_high")
    return Implication("cut", "neutral", "survey_usual")


def debt(gauge: Gauge) -> Implication | None:
    """Whether debt is high for its history, and still rising over twelve months."""
    if gauge.percentile is None or gauge.change_12m is None:
        return None
    if gauge.percentile < HIGH_DEBT:
        return Implication("recession", "neutral", "debt_usual")
    if gauge.change_12m > 0:
        return Implication("recession", "raises", "debt_high_and_rising")
    return Implication("recession", "neutral", "debt_past_peak")


def profits(gauge: Gauge) -> Implication | None:
    """Whether profits have fallen against GDP over twelve months."""
    if gauge.change_12m is None:
        return None
    if gauge.change_12m < 0:
        return Implication("recession", "raises", "profits_falling")
    return Implication("recession", "lowers", "profits_rising")


def scarcity(gauge: Gauge, above: float) -> Implication:
    """Whether reserves are scarce, which is answered by purchases of bills and not by QE.

    Args:
        gauge: an overnight rate less the rate paid on reserves.
        above: share of the last :data:`SCARCITY_DAYS` days on which that was above zero.
    """
    if above > 0.5:  # noqa: PLR2004 - most of them
        return Implication("reserve_management", "raises", "reserves_scarce")
    rule = "reserves_scarce_for_a_day" if gauge.value > 0 else "reserves_ample"
    return Implication("reserve_management", "neutral", rule)


# ---------------------------------------------------------------------------------------- document
def document(known: Watch) -> dict[str, Any]:
    """The watch list as it stands in the JSON document of an assessment."""
    return {
        "unemployment": gauge_document(known.unemployment),
        "sahm_gap": gauge_document(known.sahm_gap),
        "inflation_expectations": {
            "breakeven_5y": gauge_document(known.breakeven_5y),
            "breakeven_10y": gauge_document(known.breakeven_10y),
            "breakeven_5y5y": gauge_document(known.breakeven_5y5y),
            "michigan_1y": gauge_document(known.michigan_1y),
            "cleveland_1y": gauge_document(known.cleveland_1y),
            "cleveland_10y": gauge_document(known.cleveland_10y),
        },
        "corporate_debt": {
            "debt_to_gdp": gauge_document(known.debt_to_gdp),
            "bank_loans_to_gdp": gauge_document(known.bank_loans_to_gdp),
        },
        "corporate_profits": {
            "profits_to_gdp": gauge_document(known.profits_to_gdp),
            "nonfinancial_profits_to_gdp": gauge_document(known.nonfinancial_profits_to_gdp),
        },
        "funding_stress": {
            "sofr_less_iorb": gauge_document(known.sofr_less_iorb),
            "effr_less_iorb": gauge_document(known.effr_less_iorb),
        },
    }


def gauge_document(gauge: Gauge | None) -> dict[str, Any] | None:
    """A gauge as it stands in JSON, or ``None`` without data."""
    if gauge is None:
        return None
    said = gauge.implies
    return {
        "value": _rounded(gauge.value),
        "unit": gauge.unit,
        "period": gauge.period.isoformat(),
        "change_3m": _rounded(gauge.change_3m),
        "change_12m": _rounded(gauge.change_12m),
        "percentile": _rounded(gauge.percentile),
        "since": gauge.since and gauge.since.isoformat(),
        "series": list(gauge.series),
        "age_days": gauge.age_days,
        "stale": gauge.stale,
        "revised": gauge.revised,
        "implies": said
        and {
            "odds": said.odds,
            "effect": said.effect,
            "rule": said.rule,
            "enters": said.enters,
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
