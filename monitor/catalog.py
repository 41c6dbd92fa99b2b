"""The one list of what is watched: identifier, title, unit, frequency, release lag, licence.

Identifiers are FRED's. ``release_lag_days`` is cautious: an assessment of a past day must not use
a figure before it was out, so the lag is the latest of the usual releases, not their mean.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from typing import Final

from monitor.domain import Frequency, SeriesSpec
from monitor.errors import ConfigError

FED = "public domain: Board of Governors of the Federal Reserve System"
ST_LOUIS = "public domain: Federal Reserve Bank of St. Louis"
TREASURY = "public domain: US Department of the Treasury, via the Board's release H.15"
BLS = "public domain: US Bureau of Labor Statistics"
BEA = "public domain: US Bureau of Economic Analysis"
CENSUS = "public domain: US Census Bureau"
MOODYS = "copyright Moody's Investors Service; never bundled"
MICHIGAN = "copyright University of Michigan, Surveys of Consumers; never bundled"
NBER = "a table of facts: NBER Business Cycle Dating Committee"

FIRST_MONTH: Final = date(1953, 4, 1)
"""First month of the ten-year yield: no spread, and so no assessment, can be earlier."""

BUNDLED: Final = "bundled"
"""The publisher that is the history inside this package."""

_FRED = ("fred", "fredgraph")
_BUNDLED = (*_FRED, BUNDLED)
_CURVE = (*_FRED, "treasury", BUNDLED)

PEAKS: Final = "NBER_PEAK"
TROUGHS: Final = "NBER_TROUGH"


# GS20 has no market quotes 1987-01 to 1993-09; copies before 2022 held interpolated values there.
_FILLED = frozenset({"GS20"})


def _yields(maturities: dict[str, str], frequency: Frequency, lag: int) -> list[SeriesSpec]:
    chain = _CURVE if frequency == "daily" else _BUNDLED
    watched = {"GS10", "DGS10", "DGS3MO"}
    return [
        SeriesSpec(
            name,
            f"Treasury constant maturity, {title}",
            "percent",
            frequency,
            lag,
            chain,
            TREASURY,
            revised=name in _FILLED,
            watched=name in watched,
        )
        for name, title in maturities.items()
    ]


_MONTHLY_MATURITIES = {
    "GS1M": "1 month",
    "GS3M": "3 months",
    "GS6M": "6 months",
    "GS1": "1 year",
    "GS2": "2 years",
    "GS3": "3 years",
    "GS5": "5 years",
    "GS7": "7 years",
    "GS10": "10 years",
    "GS20": "20 years",
    "GS30": "30 years",
}
_DAILY_MATURITIES = {
    "DGS1MO": "1 month",
    "DGS3MO": "3 months",
    "DGS6MO": "6 months",
} | {f"D{name}": title for name, title in _MONTHLY_MATURITIES.items() if not name.endswith("M")}


def _series(
    name: str,
    title: str,
    unit: str,
    lag: int,
    licence: str,
    *,
    frequency: Frequency = "monthly",
    revised: bool = True,
    watched: bool = False,
    publishers: tuple[str, ...] = _BUNDLED,
    ends: date | None = None,
) -> SeriesSpec:
    return SeriesSpec(
        name, title, unit, frequency, lag, publishers, licence, revised, watched, ends
    )


_PERCENT = "percent"
_BILLIONS = "billions of USD"
_MILLIONS = "millions of USD"
_ANNUAL = "billions of USD, annual rate"
_CHAINED = "billions of chained USD, annual rate (the base year changes)"
_INDEX = "index (the base year changes)"
_THOUSANDS = "thousands of persons"

_ALL: list[SeriesSpec] = [
    *_yields(_MONTHLY_MATURITIES, "monthly", 3),
    *_yields(_DAILY_MATURITIES, "daily", 1),
    _series("TB3MS", "3-month Treasury bill, secondary market, discount basis", _PERCENT, 3, FED,
            revised=False, watched=True),
    _series("TB6MS", "6-month Treasury bill, secondary market, discount basis", _PERCENT, 3, FED,
            revised=False),
    _series("FII5", "Treasury constant maturity, inflation-indexed, 5 years", _PERCENT, 3,
            TREASURY, revised=False),
    _series("FII10", "Treasury constant maturity, inflation-indexed, 10 years", _PERCENT, 3,
            TREASURY, revised=False, watched=True),
    _series("FEDFUNDS", "Effective federal funds rate", _PERCENT, 3, FED,
            revised=False, watched=True),
    _series("UNRATE", "Civilian unemployment rate", _PERCENT, 10, BLS, watched=True),
    _series("PAYEMS", "Employees on nonfarm payrolls", _THOUSANDS, 10, BLS),
    _series("INDPRO", "Industrial production", _INDEX, 18, FED),
    _series("CPIAUCSL", "Consumer prices, all urban consumers", "index, 1982-84 = 100", 16, BLS),
    _series("CPILFESL", "Consumer prices less food and energy", "index, 1982-84 = 100", 16, BLS),
    _series("PCEPI", "Prices of personal consumption expenditures", _INDEX, 31, BEA),
    _series("PCEPILFE", "Prices of personal consumption less food and energy", _INDEX, 31, BEA),
    _series("TOTRESNS", "Reserves of depository institutions, total", _BILLIONS, 30, FED,
            watched=True),
    _series("RSBKCRNS", "Reserve Bank credit", _BILLIONS, 7, FED,
            watched=True, ends=date(2025, 10, 1)),
    _series("AMBSL", "St. Louis adjusted monetary base", _BILLIONS, 21, ST_LOUIS,
            ends=date(2019, 11, 1)),
    _series("BORROW", "Borrowings from the Federal Reserve, total",
            "billions of USD; millions of USD in vintages since 2025", 30, FED),
    _series("TREASURY", "Treasury deposits with Federal Reserve Banks", _BILLIONS, 7, FED,
            ends=date(2025, 10, 1)),
    _series("HOUST", "Housing starts, annual rate", "thousands of units", 20, CENSUS),
    _series("BUSLOANS", "Commercial and industrial loans, all commercial banks", _BILLIONS, 14,
            FED),
    _series("M2SL", "Money stock M2", _BILLIONS, 30, FED),
    _series("GDPC1", "Real gross domestic product", _CHAINED, 31, BEA, frequency="quarterly"),
    _series("GDPC96", "Real gross domestic product (older identifier)",
            "billions of chained 2009 USD, annual rate", 31, BEA, frequency="quarterly",
            ends=date(2017, 4, 1)),
    _series("GDP", "Gross domestic product", _ANNUAL, 31, BEA, frequency="quarterly"),
    _series("CP", "Corporate profits after tax (without IVA and CCAdj)", _ANNUAL, 92, BEA,
            frequency="quarterly"),
    _series("NFCPATAX",
            "Profits after tax of nonfinancial corporate business (without IVA and CCAdj)",
            _ANNUAL, 92, BEA, frequency="quarterly"),
    _series("AWHMAN",
            "Average weekly hours of production and nonsupervisory employees, manufacturing",
            "hours", 10, BLS),
    _series("UEMP15OV", "Unemployed for 15 weeks and over", _THOUSANDS, 10, BLS),
    _series("UNEMPLOY", "Unemployed", _THOUSANDS, 10, BLS),
    _series("CLF16OV", "Civilian labour force", _THOUSANDS, 10, BLS),
    _series("WALCL", "Total assets of the Federal Reserve", _MILLIONS, 1, FED,
            frequency="weekly", revised=False, watched=True, publishers=_FRED),
    _series("AAA", "Moody's seasoned Aaa corporate bond yield", _PERCENT, 3, MOODYS,
            revised=False, publishers=_FRED),
    _series("BAA", "Moody's seasoned Baa corporate bond yield", _PERCENT, 3, MOODYS,
            revised=False, publishers=_FRED),
    _series("MICH", "Expected inflation over the next year, Surveys of Consumers", _PERCENT, 32,
            MICHIGAN, publishers=_FRED),
    _series(PEAKS, "NBER business-cycle peaks", "1 in a month of a peak", 0, NBER,
            revised=False, publishers=(BUNDLED,)),
    _series(TROUGHS, "NBER business-cycle troughs", "1 in a month of a trough", 0, NBER,
            revised=False, publishers=(BUNDLED,)),
]  # fmt: skip

SERIES: Final[dict[str, SeriesSpec]] = {spec.id: spec for spec in _ALL}
WATCHED: Final[tuple[str, ...]] = tuple(spec.id for spec in _ALL if spec.watched)


def specs(names: Iterable[str]) -> list[SeriesSpec]:
    """Catalogue entries for identifiers given by a user, in any case.

    Raises:
        ConfigError: an identifier is not in the catalogue; the message names the nearest ones.
    """
    found = []
    for name in names:
        spec = SERIES.get(name.upper())
        if spec is None:
            near = difflib.get_close_matches(name.upper(), SERIES, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see docs/data.md for the list"
            raise ConfigError(f"series {name!r} is not in the catalogue: {hint}")
        found.append(spec)
    return found
