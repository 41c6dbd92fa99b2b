"""The one list of what is known of every series: what it is, who publishes it, when, its limits.

Identifiers and units are FRED's; where FRED has nothing they are ours (``SOMA_BILLS``,
``DGS2MO``). ``docs/data.md`` prints the list as a table.

*Releases.* ``latest_days`` is cautious: an assessment of a past day must not use a figure before
it was out, so it is the latest of the usual releases, not their mean. ``earliest_days`` is
cautious the other way: before it nothing new is asked for. Neither foresees a closed government.

*Bounds and largest moves* tell a publisher's slip from news: a wrong unit, a lost decimal point,
a zero for a level. They are not tuned on anything: all of history lies well within the bounds, and
a largest move is half as large again as the largest there ever was. Where that is more than
tenfold (initial claims in March 2020), a decimal point may slip unseen.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from monitor.domain import Release, Said, SeriesSpec
from monitor.errors import ConfigError

FIRST_MONTH: Final = date(1953, 4, 1)
"""First month of the ten-year yield: no spread, and so no assessment, can be earlier."""

FRED: Final = "fred"
"""FRED's API, which is asked with a key."""

ARCHIVE: Final = "alfred"
"""Source of values that come from FRED's archive of vintages (ALFRED), whose days are exact."""

FILES: Final = "csvdir"
"""The publisher that is a folder of the user's own files; asked before all others."""

BUNDLED: Final = "bundled"
"""The publisher that is the history inside this package."""

WATCHED: Final = (
    "GS10", "DGS3MO", "DGS10", "TB3MS", "FII10", "FEDFUNDS", "UNRATE", "PAYEMS", "INDPRO",
    "TOTRESNS", "RSBKCRNS", "WALCL",
)  # fmt: skip
"""What the digest reads, in its order."""

PEAKS: Final = "NBER_PEAK"
TROUGHS: Final = "NBER_TROUGH"

# ------------------------------------------------------------------------------------- publishers
# In order of preference: FRED, which alone keeps vintages; then who made the figure, who is the
# second opinion too; then the history inside this package.
_FRED = ("fred", "fredgraph")
_BOARD = (*_FRED, "board")
_NYFED = (*_FRED, "nyfed")
_AGENCIES = (*_FRED, "treasury", "board")
_FRED_BUNDLED = (*_FRED, BUNDLED)
_BLS_BUNDLED = (*_FRED, "bls", BUNDLED)

# --------------------------------------------------------------------------------------- licences
FED = "public domain: Board of Governors of the Federal Reserve System"
ST_LOUIS = "public domain: Federal Reserve Bank of St. Louis"
TREASURY = "public domain: US Department of the Treasury, via the Board's release H.15"
BLS = "public domain: US Bureau of Labor Statistics"
BEA = "public domain: US Bureau of Economic Analysis"
CENSUS = "public domain: US Census Bureau"
LABOR = "public domain: US Employment and Training Administration"
NEW_YORK = "Federal Reserve Bank of New York, under its terms of use; never bundled"
CHICAGO = "Federal Reserve Bank of Chicago, citation required; never bundled"
CLEVELAND = "Federal Reserve Bank of Cleveland, citation required; never bundled"
KIM_WRIGHT = "Kim and Wright, Board of Governors, citation required; never bundled"
SAHM = "Claudia Sahm, citation required; never bundled"
CHAUVET_PIGER = "Marcelle Chauvet and Jeremy Piger, citation required; never bundled"
MOODYS = "copyright Moody's Investors Service; never bundled"
MICHIGAN = "copyright University of Michigan, Surveys of Consumers; never bundled"
FREDDIE_MAC = "copyright Freddie Mac; never bundled"
NBER = "a table of facts: NBER Business Cycle Dating Committee"

# --------------------------------------------------------------------------------------- releases
# Name, first and last usual day after the end of a period, day of the week if always the same.
_WEDNESDAY, _THURSDAY = 2, 3
CURVE = Release("Daily Treasury Par Yield Curve Rates", 0, 1)  # FRED has it a workday later
H15 = Release("H.15 Selected Interest Rates", 1, 4)  # the next workday, if need be after a holiday
OVERNIGHT = Release("New York Fed Reference Rates", 1, 4)
TARGET = Release("FOMC Decisions", 0, 1)  # in force on every day of the week
OPERATIONS = Release("Temporary Open Market Operations", 0, 1)
SPREADS = Release("Interest Rate Spreads", 0, 4)
TERM_PREMIUM = Release("Three-Factor Nominal Term Structure Model", 3, 8)  # a week at a time
MOODYS_YIELDS = Release("Moody's Corporate Bond Yield Averages", 1, 4)
MORTGAGES = Release("Primary Mortgage Market Survey", 0, 1, _THURSDAY)
H41 = Release("H.4.1 Factors Affecting Reserve Balances", 1, 2, _THURSDAY)
H41_MONTHLY = Release("H.4.1 Factors Affecting Reserve Balances", -5, 7)  # means of Wednesdays
SOMA = Release("System Open Market Account Holdings", 1, 2, _THURSDAY)
H6 = Release("H.6 Money Stock Measures", 10, 30)  # a weekly release until 2021
H8 = Release("H.8 Assets and Liabilities of Commercial Banks", 9, 18)
BASE = Release("St. Louis Adjusted Monetary Base", 7, 21)
CONDITIONS = Release("Chicago Fed National Financial Conditions Index", 5, 6, _WEDNESDAY)
CLAIMS = Release("Unemployment Insurance Weekly Claims", 4, 5, _THURSDAY)
EMPLOYMENT = Release("Employment Situation", 1, 10)
PRICES = Release("Consumer Price Index", 9, 16)
PRODUCTION = Release("G.17 Industrial Production and Capacity Utilization", 13, 18)
BUILDING = Release("New Residential Construction", 15, 20)
OUTLAYS = Release("Personal Income and Outlays", 20, 31)
ACCOUNTS = Release("Gross Domestic Product", 24, 31)
PROFITS = Release("Corporate Profits", 50, 92)
DEBT = Release("Z.1 Financial Accounts of the United States", 65, 80)
SURVEY = Release("Surveys of Consumers", 18, 32)  # FRED shows it a month late
EXPECTED = Release("Inflation Expectations", -22, 0)  # on the day of the CPI of the month before
PREMIUM = Release("Excess Bond Premium", 1, 30)  # fourth workday, "subject to delay"
SAHM_RULE = Release("Sahm Rule Recession Indicator", 1, 10)
ODDS = Release("U.S. Recession Probabilities", 25, 70)
INDICATORS = Release("NBER based Recession Indicators", 1, 10)
CHRONOLOGY = Release("NBER Business Cycle Dating Committee", 0, 0)

_WHOLE = 1200
"""Months of revision where every release changes the whole history."""

# --------------------------------------------------------------------------------------- families
# What several series have in common; the lists below say what is different.
_PERCENT, _POINTS, _PERSONS = "percent", "percentage points", "thousands of persons"
_MILLIONS, _BILLIONS, _ANNUAL = "millions of USD", "billions of USD", "billions of USD, annual rate"
_CHAINED = "billions of chained USD, annual rate (the base year changes)"
_INDEX, _CPI = "index (the base year changes)", "index, 1982-84 = 100"

_daily = partial(SeriesSpec, unit=_PERCENT, frequency="daily", relative=False, revised=False)
_curve = partial(SeriesSpec, unit=_PERCENT, frequency="daily", release=CURVE, licence=TREASURY,
                 relative=False, revised=False)  # fmt: skip
_month = partial(SeriesSpec, unit=_PERCENT, frequency="monthly", release=H15, licence=FED,
                 relative=False, revised=False)  # fmt: skip
_spread = partial(SeriesSpec, unit=_PERCENT, frequency="daily", release=SPREADS, publishers=_FRED,
                  licence=ST_LOUIS, relative=False, revised=False,
                  starts=date(2003, 1, 2))  # fmt: skip
_target = partial(SeriesSpec, unit=_PERCENT, frequency="daily", release=TARGET, publishers=_FRED,
                  licence=FED, bounds=(-1, 25), relative=False, revised=False)  # fmt: skip
_moodys = partial(SeriesSpec, unit=_PERCENT, frequency="daily", release=MOODYS_YIELDS,
                  publishers=_FRED, licence=MOODYS, relative=False, revised=False)  # fmt: skip
_price = partial(SeriesSpec, unit=_CPI, frequency="monthly", release=PRICES,
                 publishers=_BLS_BUNDLED, licence=BLS, bounds=(5, 1500), relative=True,
                 adjustment="seasonal", revision_months=1)  # fmt: skip
_outlay = partial(SeriesSpec, unit=_INDEX, frequency="monthly", release=OUTLAYS,
                  publishers=_FRED_BUNDLED, licence=BEA, bounds=(5, 600), relative=True,
                  adjustment="seasonal", revision_months=6, rebased=True,
                  starts=date(1959, 1, 1))  # fmt: skip
_work = partial(SeriesSpec, unit=_PERSONS, frequency="monthly", release=EMPLOYMENT,
                publishers=_BLS_BUNDLED, licence=BLS, adjustment="seasonal", revision_months=1,
                starts=date(1948, 1, 1))  # fmt: skip
_account = partial(SeriesSpec, unit=_ANNUAL, frequency="quarterly", release=ACCOUNTS,
                   publishers=_FRED_BUNDLED, licence=BEA, relative=True, revision_months=3,
                   adjustment="seasonal, annual rate", starts=date(1947, 1, 1))  # fmt: skip
_money = partial(SeriesSpec, unit=_BILLIONS, frequency="monthly", publishers=_FRED_BUNDLED,
                 licence=FED)  # fmt: skip
_h41 = partial(SeriesSpec, unit=_MILLIONS, frequency="weekly", release=H41, licence=FED,
               relative=False, revised=False, starts=date(2002, 12, 18))  # fmt: skip
_soma = partial(SeriesSpec, unit=_MILLIONS, frequency="weekly", release=SOMA,
                publishers=("nyfed",), licence=NEW_YORK, relative=False, revised=False,
                starts=date(2003, 7, 9))  # fmt: skip

# ------------------------------------------------------------------------------------- the series
_MATURITIES = (  # maturity, daily series, first day, largest move, monthly series, the same for it
    (Said("1 month"), "DGS1MO", date(2001, 7, 31), 1.6, "GS1M", date(2001, 7, 1), 2.0),
    (Said("3 months"), "DGS3MO", date(1981, 9, 1), 2.6, "GS3M", date(1981, 9, 1), 4.4),
    (Said("6 months"), "DGS6MO", date(1981, 9, 1), 2.0, "GS6M", date(1981, 9, 1), 4.5),
    (Said("1 year"), "DGS1", date(1962, 1, 2), 1.7, "GS1", date(1953, 4, 1), 5.9),
    (Said("2 years"), "DGS2", date(1976, 6, 1), 1.4, "GS2", date(1976, 6, 1), 4.6),
    (Said("3 years"), "DGS3", date(1962, 1, 2), 1.4, "GS3", date(1953, 4, 1), 3.9),
    (Said("5 years"), "DGS5", date(1962, 1, 2), 1.2, "GS5", date(1953, 4, 1), 3.1),
    (Said("7 years"), "DGS7", date(1969, 7, 1), 1.2, "GS7", date(1969, 7, 1), 2.9),
    (Said("10 years"), "DGS10", date(1962, 1, 2), 1.2, "GS10", date(1953, 4, 1), 2.7),
    (Said("20 years"), "DGS20", date(1962, 1, 2), 1.2, "GS20", date(1953, 4, 1), 2.4),
    (Said("30 years"), "DGS30", date(1977, 2, 15), 1.2, "GS30", date(1977, 2, 1), 2.3),
)
# FRED does not have the bills that the Treasury has added since 2018.
_NEW_BILLS = (
    (Said("1.5 months"), "DGS1_5MO", date(2025, 2, 18)),
    (Said("2 months"), "DGS2MO", date(2018, 10, 16)),
    (Said("4 months"), "DGS4MO", date(2022, 10, 19)),
)
# GS20 has no market quotes 1987-01 to 1993-09; copies before 2022 held interpolated values there.
_FILLED = frozenset({"GS20"})


def _constant_maturity(maturity: str) -> Said:
    return Said("Treasury constant maturity, {maturity}", maturity=maturity)


def _indexed(years: int) -> Said:
    return Said("Treasury constant maturity, inflation-indexed, {n} years", n=years)


def _bill(months: int) -> Said:
    return Said("{n}-month Treasury bill, secondary market, discount basis", n=months)


_YIELDS = [
    *(_month(name, _constant_maturity(maturity), publishers=(*_BOARD, BUNDLED),
             licence=TREASURY, bounds=(-2, 25), largest_move=move, revised=name in _FILLED,
             revision_months=int(name in _FILLED), starts=first)
      for maturity, _, _, _, name, first, move in _MATURITIES),
    *(_curve(name, _constant_maturity(maturity), publishers=(*_AGENCIES, BUNDLED),
             bounds=(-2, 25), largest_move=move, starts=first)
      for maturity, name, first, move, *_ in _MATURITIES),
    *(_curve(name, _constant_maturity(maturity), publishers=("treasury",),
             bounds=(-2, 25), largest_move=1.6, starts=first)
      for maturity, name, first in _NEW_BILLS),
    *(_month(f"TB{months}MS", _bill(months), publishers=(*_BOARD, BUNDLED), bounds=(-2, 25),
             largest_move=move, starts=first)
      for months, move, first in ((3, 7, date(1934, 1, 1)), (6, 6.4, date(1958, 12, 1)))),
    *(_month(f"FII{years}", _indexed(years),
             publishers=(*_BOARD, BUNDLED), licence=TREASURY, bounds=(-5, 10), largest_move=move,
             starts=date(2003, 1, 1))
      for years, move in ((5, 2.9), (10, 1.4))),
    *(_curve(f"DFII{years}", _indexed(years),
             publishers=_AGENCIES, bounds=(-5, 10), largest_move=move, starts=first)
      for years, move, first in ((5, 3, date(2003, 1, 2)), (7, 2, date(2003, 1, 2)),
                                 (10, 1, date(2003, 1, 2)), (20, 1, date(2004, 7, 27)),
                                 (30, 1, date(2010, 2, 22)))),
    _spread("T5YIE", "Breakeven inflation, 5 years", bounds=(-5, 8), largest_move=2.9),
    _spread("T10YIE", "Breakeven inflation, 10 years", bounds=(-3, 7), largest_move=0.6),
    _spread("T5YIFR", "Breakeven inflation, 5 years from 5 years on", bounds=(-2, 7),
            largest_move=3),
    _daily("THREEFYTP10", "Term premium of a 10-year zero-coupon bond", release=TERM_PREMIUM,
           publishers=_FRED, licence=KIM_WRIGHT, bounds=(-4, 8), largest_move=0.6, revised=True,
           revision_months=_WHOLE, starts=date(1990, 1, 2)),
]  # fmt: skip

_POLICY = [
    _month("FEDFUNDS", Said("Effective federal funds rate"), publishers=(*_BOARD, BUNDLED),
           bounds=(-2, 30), largest_move=10, starts=date(1954, 7, 1)),
    _daily("DFF", "Effective federal funds rate, every day", release=H15, publishers=_BOARD,
           licence=FED, bounds=(-2, 40), largest_move=15, starts=date(1954, 7, 1)),
    _daily("EFFR", "Effective federal funds rate, working days", release=OVERNIGHT,
           publishers=_NYFED, licence=NEW_YORK, bounds=(-2, 25), largest_move=1.9,
           starts=date(2000, 7, 3)),
    _daily("SOFR", "Secured overnight financing rate", release=OVERNIGHT, publishers=_NYFED,
           licence=NEW_YORK, bounds=(-2, 25), largest_move=4.3, starts=date(2018, 4, 2)),
    _target("DFEDTAR", "Federal funds target rate", largest_move=1.5, starts=date(1982, 9, 27),
            ends=date(2008, 12, 15)),
    _target("DFEDTARU", "Federal funds target range, upper limit", publishers=_NYFED,
            largest_move=1.5, starts=date(2008, 12, 16)),
    _target("DFEDTARL", "Federal funds target range, lower limit", publishers=_NYFED,
            largest_move=1.5, starts=date(2008, 12, 16)),
    _target("IOER", "Interest on excess reserves", largest_move=1.2, starts=date(2008, 10, 9),
            ends=date(2021, 7, 28)),
    _target("IORB", "Interest on reserve balances", publishers=_BOARD, largest_move=1.2,
            starts=date(2021, 7, 29)),
]  # fmt: skip

_ACTIVITY = [
    _work("UNRATE", Said("Civilian unemployment rate"), unit=_PERCENT, bounds=(1, 35),
          largest_move=15.6, relative=False),
    _work("PAYEMS", Said("Employees on nonfarm payrolls"), bounds=(20_000, 400_000),
          largest_move=0.21, relative=True, revision_months=2, starts=date(1939, 1, 1)),
    _work("UNEMPLOY", "Unemployed", bounds=(1000, 60_000), largest_move=3.4, relative=True),
    _work("UEMP15OV", "Unemployed for 15 weeks and over", bounds=(50, 30_000), largest_move=2.2,
          relative=True),
    _work("CLF16OV", "Civilian labour force", bounds=(50_000, 400_000), largest_move=0.06,
          relative=True),
    _work("AWHMAN",
          "Average weekly hours of production and nonsupervisory employees, manufacturing",
          unit="hours", bounds=(30, 50), largest_move=4.4, relative=False, revision_months=2,
          starts=date(1939, 1, 1)),
    SeriesSpec("ICSA", "Initial claims for unemployment insurance", "persons", "weekly", CLAIMS,
               _FRED, LABOR, (100_000, 15_000_000), 14.6, relative=True, adjustment="seasonal",
               revision_months=1, starts=date(1967, 1, 7)),
    SeriesSpec("INDPRO", Said("Industrial production"), _INDEX, "monthly", PRODUCTION,
               _FRED_BUNDLED, FED, (1, 500), 0.2, relative=True, adjustment="seasonal",
               revision_months=6, rebased=True, starts=date(1919, 1, 1)),
    SeriesSpec("HOUST", "Housing starts, annual rate", "thousands of units", "monthly", BUILDING,
               _FRED_BUNDLED, CENSUS, (200, 5000), 0.45, relative=True,
               adjustment="seasonal, annual rate", revision_months=3, starts=date(1959, 1, 1)),
    _account("GDP", "Gross domestic product", bounds=(100, 200_000), largest_move=0.15),
    _account("GDPC1", "Real gross domestic product", unit=_CHAINED, bounds=(500, 100_000),
             largest_move=0.14, rebased=True),
    _account("GDPC96", "Real gross domestic product (older identifier)",
             unit="billions of chained 2009 USD, annual rate", bounds=(500, 100_000),
             largest_move=0.06, rebased=True, ends=date(2017, 4, 1)),
    _account("CP", "Corporate profits after tax (without IVA and CCAdj)", release=PROFITS,
             bounds=(5, 30_000), largest_move=0.76, revision_months=6),
    _account("NFCPATAX",
             "Profits after tax of nonfinancial corporate business (without IVA and CCAdj)",
             release=PROFITS, bounds=(2, 20_000), largest_move=0.97, revision_months=6),
]  # fmt: skip

_PRICES = [
    _price("CPIAUCSL", "Consumer prices, all urban consumers", largest_move=0.03,
           starts=date(1947, 1, 1)),
    _price("CPILFESL", "Consumer prices less food and energy", largest_move=0.025,
           starts=date(1957, 1, 1)),
    _outlay("PCEPI", "Prices of personal consumption expenditures", largest_move=0.02),
    _outlay("PCEPILFE", "Prices of personal consumption less food and energy", largest_move=0.016),
    _month("MICH", "Expected inflation over the next year, Surveys of Consumers", release=SURVEY,
           publishers=_FRED, licence=MICHIGAN, bounds=(-5, 25), largest_move=3.2,
           starts=date(1978, 1, 1)),
    *(_month(name, f"Expected inflation over the next {years}, Cleveland Fed", release=EXPECTED,
             publishers=_FRED, licence=CLEVELAND, bounds=(-5, 15), largest_move=move,
             revised=True, revision_months=1, starts=date(1982, 1, 1))
      for name, years, move in (("EXPINF1YR", "year", 2.6), ("EXPINF10YR", "10 years", 1))),
]  # fmt: skip

_CREDIT = [
    _moodys("AAA", "Moody's seasoned Aaa corporate bond yield", frequency="monthly",
            bounds=(1, 25), largest_move=2, starts=date(1919, 1, 1)),
    _moodys("BAA", "Moody's seasoned Baa corporate bond yield", frequency="monthly",
            bounds=(1, 30), largest_move=2.4, starts=date(1919, 1, 1)),
    _moodys("DAAA", "Moody's seasoned Aaa corporate bond yield, daily", bounds=(1, 25),
            largest_move=1.2, starts=date(1983, 1, 3)),
    _moodys("DBAA", "Moody's seasoned Baa corporate bond yield, daily", bounds=(1, 30),
            largest_move=1.2, starts=date(1986, 1, 2)),
    _moodys("AAA10Y", "Moody's Aaa yield less the 10-year Treasury yield", bounds=(-2, 8),
            largest_move=0.8, starts=date(1983, 1, 3)),
    _moodys("BAA10Y", "Moody's Baa yield less the 10-year Treasury yield", bounds=(-1, 12),
            largest_move=0.9, starts=date(1986, 1, 2)),
    SeriesSpec("MORTGAGE30US", "30-year fixed mortgage rate, average", _PERCENT, "weekly",
               MORTGAGES, _FRED, FREDDIE_MAC, (1, 30), 2.1, relative=False, revised=False,
               starts=date(1971, 4, 2)),
    SeriesSpec("NFCI", "National Financial Conditions Index", "standard deviations", "weekly",
               CONDITIONS, _FRED, CHICAGO, (-5, 15), 0.6, relative=False, revision_months=_WHOLE,
               starts=date(1971, 1, 8)),
    SeriesSpec("EBP", "Excess bond premium of Gilchrist and Zakrajsek", _POINTS, "monthly",
               PREMIUM, ("board",), FED, (-4, 10), 3, relative=False, revision_months=_WHOLE,
               starts=date(1973, 1, 1)),
    SeriesSpec("BCNSDODNS", "Debt of nonfinancial corporate business", _BILLIONS, "quarterly",
               DEBT, _FRED, FED, (10, 100_000), 0.15, relative=True, revision_months=60,
               starts=date(1945, 10, 1)),
    _money("BUSLOANS", "Commercial and industrial loans, all commercial banks", release=H8,
           bounds=(5, 20_000), largest_move=0.22, relative=True, adjustment="seasonal",
           revision_months=12, starts=date(1947, 1, 1)),
    _money("M2SL", "Money stock M2", release=H6, bounds=(200, 200_000), largest_move=0.1,
           relative=True, adjustment="seasonal", revision_months=6, starts=date(1959, 1, 1)),
]  # fmt: skip

_BALANCE_SHEET = [
    _money("TOTRESNS", Said("Reserves of depository institutions, total"), release=H6,
           bounds=(5, 20_000), largest_move=1300, relative=False, revision_months=2,
           starts=date(1959, 1, 1)),
    _money("BORROW", "Borrowings from the Federal Reserve, total", release=H6,
           unit="billions of USD; millions of USD in vintages since 2025", bounds=(0, 2e6),
           largest_move=5.4e5, relative=False, revision_months=2, starts=date(1919, 1, 1)),
    _money("AMBSL", "St. Louis adjusted monetary base", release=BASE, licence=ST_LOUIS,
           bounds=(1, 20_000), largest_move=0.45, relative=True, adjustment="seasonal",
           revision_months=12, starts=date(1918, 1, 1), ends=date(2019, 11, 1)),
    _money("RSBKCRNS", Said("Reserve Bank credit"), release=H41_MONTHLY, bounds=(0, 30_000),
           largest_move=2600, relative=False, revision_months=1,
           starts=date(1988, 11, 1), ends=date(2025, 10, 1)),
    _money("TREASURY", "Treasury deposits with Federal Reserve Banks", release=H41_MONTHLY,
           bounds=(0, 6000), largest_move=640, relative=False, revision_months=1,
           starts=date(1986, 1, 1), ends=date(2025, 10, 1)),
    *(_h41(name, title, publishers=_BOARD, bounds=bounds, largest_move=move)
      for name, title, bounds, move in (
          ("WALCL", Said("Total assets of the Federal Reserve"), (5e5, 5e7), 9e5),
          ("TREAST", "Treasury securities held outright", (2e5, 4e7), 5.5e5),
          ("WSHOBL", "Treasury bills held outright", (0, 2e7), 1.5e5),
          ("WSHOMCB", "Mortgage-backed securities held outright", (0, 2e7), 2.7e5),
          ("WRESBAL", "Reserve balances with Federal Reserve Banks, week average", (0, 3e7),
           5.4e5))),
    *(_h41(name, title, publishers=_FRED, bounds=(0, 2e7), largest_move=move)
      for name, title, move in (
          ("TREAS15", "Treasury securities held outright, due within 15 days", 3e5),
          ("TREAS1590", "Treasury securities held outright, due in 16 to 90 days", 3e5),
          ("TREAS911Y", "Treasury securities held outright, due in 91 days to 1 year", 3e5),
          ("TREAS1T5", "Treasury securities held outright, due in 1 to 5 years", 3e5),
          ("TREAS5T10", "Treasury securities held outright, due in 5 to 10 years", 3e5),
          ("TREAS10Y", "Treasury securities held outright, due in over 10 years", 3e5),
          ("WORAL", "Repurchase agreements", 3e5),
          ("WLCFLL", "Loans", 4.6e5),
          ("WLCFLPCL", "Loans, primary credit", 2.3e5),
          ("H41RESPPALDKNWW", "Loans, Bank Term Funding Program", 6.5e4))),
    SeriesSpec("RRPONTSYD", "Overnight reverse repurchase agreements", _BILLIONS, "daily",
               OPERATIONS, _FRED, NEW_YORK, (0, 10_000), 550, relative=False, revised=False,
               starts=date(2003, 2, 7)),
    *(_soma(f"SOMA_{name}", f"Federal Reserve's portfolio, {what}", bounds=(0, most),
            largest_move=move)
      for name, what, most, move in (
          ("BILLS", "Treasury bills", 2e7, 6e4),
          ("NOTES_BONDS", "Treasury notes and bonds", 3e7, 5.1e5),
          ("TIPS", "inflation-indexed securities", 3e6, 4.3e4),
          ("TIPS_COMPENSATION", "inflation compensation", 1e6, 1.8e4),
          ("FRN", "floating rate notes", 5e5, 1e4),
          ("AGENCIES", "agency debt", 1e6, 1.2e4),
          ("MBS", "mortgage-backed securities", 2e7, 2.7e5),
          ("CMBS", "commercial mortgage-backed securities", 1e5, 3.5e3),
          ("TOTAL", "all securities", 5e7, 6.6e5))),
]  # fmt: skip

_RECESSIONS = [
    SeriesSpec("USREC", "NBER recession, from the month after the peak", "1 in a recession",
               "monthly", INDICATORS, _FRED, ST_LOUIS, (0, 1), 1, relative=False,
               revision_months=24, starts=date(1854, 12, 1)),
    SeriesSpec("SAHMREALTIME", "Sahm rule, in real time", _POINTS, "monthly", SAHM_RULE, _FRED,
               SAHM, (-3, 20), 6, relative=False, adjustment="seasonal", revised=False,
               starts=date(1959, 12, 1)),
    SeriesSpec("RECPROUSM156N", "Smoothed recession probability of Chauvet and Piger", _PERCENT,
               "monthly", ODDS, _FRED, CHAUVET_PIGER, (0, 100), 100, relative=False,
               revision_months=_WHOLE, starts=date(1967, 6, 1)),
    SeriesSpec(PEAKS, "NBER business-cycle peaks", "1 in a month of a peak", "monthly",
               CHRONOLOGY, (BUNDLED,), NBER, (1, 1), 1, relative=False, revised=False),
    SeriesSpec(TROUGHS, "NBER business-cycle troughs", "1 in a month of a trough", "monthly",
               CHRONOLOGY, (BUNDLED,), NBER, (1, 1), 1, relative=False, revised=False),
]  # fmt: skip

_ALL = (*_YIELDS, *_POLICY, *_ACTIVITY, *_PRICES, *_CREDIT, *_BALANCE_SHEET, *_RECESSIONS)

SERIES: Final[dict[str, SeriesSpec]] = {
    spec.id: replace(spec, watched=spec.id in WATCHED) for spec in _ALL
}


def specs(names: Iterable[str]) -> list[SeriesSpec]:
    """Catalogue entries for identifiers given by a user, in any case, each once.

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
    return list(dict.fromkeys(found))
