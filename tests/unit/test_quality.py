"""Stale, missing, holed, revised: what the reader is told."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from monitor import quality
from monitor.catalog import SERIES
from monitor.domain import Finding, Panel, Provenance

UNRATE, WALCL, DGS10 = SERIES["UNRATE"], SERIES["WALCL"], SERIES["DGS10"]


def panel(as_of: date, series: dict[str, pd.Series[float]], stand_ins: int = 0) -> Panel:
    return Panel(as_of, series, {n: Provenance("fred", as_of, stand_ins) for n in series}, ())


def monthly(start: str, *values: float) -> pd.Series[float]:
    return pd.Series(
        values, index=pd.date_range(start, periods=len(values), freq="MS"), dtype=float
    )


def codes(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings]


def test_a_figure_is_stale_only_when_its_successor_is_overdue() -> None:
    values = {"UNRATE": monthly("2026-08-01", 4.1, 4.2)}
    # October's rate is due by 10 November, ten days after the month; five days of grace.
    assert codes(quality.check(panel(date(2026, 11, 15), values), [UNRATE])) == []
    (finding,) = quality.check(panel(date(2026, 11, 16), values), [UNRATE])
    assert (finding.code, finding.severity) == ("stale", "warning")
    assert "2026-09" in finding.message
    assert "2026-11-10" in finding.message


def test_the_month_without_a_survey_is_a_gap_and_not_stale() -> None:
    nan = float("nan")
    during = panel(date(2025, 12, 1), {"UNRATE": monthly("2025-08-01", 4.3, 4.4, nan)})
    assert codes(quality.check(during, [UNRATE])) == [("gap", "info")]
    after = panel(date(2026, 2, 1), {"UNRATE": monthly("2025-08-01", 4.3, 4.4, nan, 4.5, 4.4)})
    (finding,) = quality.check(after, [UNRATE])
    assert (finding.code, finding.severity) == ("gap", "info")
    assert "2025-10" in finding.message


def test_a_hole_that_no_publisher_explains_is_a_warning() -> None:
    values = monthly("2025-08-01", 4.3, 4.4, 0, 4.5, 4.4).drop(pd.Timestamp("2025-10-01"))
    assert codes(quality.check(panel(date(2026, 2, 1), {"UNRATE": values}), [UNRATE])) == [
        ("gap", "warning")
    ]


def test_a_reading_is_the_last_value_and_the_next_release_after_the_last_row() -> None:
    values = {"UNRATE": monthly("2025-08-01", 4.3, 4.4, float("nan"))}
    reading = quality.reading(panel(date(2025, 12, 1), values), UNRATE)
    assert reading is not None
    assert (reading.value, reading.period) == (4.4, date(2025, 9, 1))
    assert reading.age_days == 62
    assert reading.due == date(2025, 12, 10)


def test_a_discontinued_series_is_never_overdue() -> None:
    spec = SERIES["RSBKCRNS"]
    values = {"RSBKCRNS": monthly("2025-09-01", 6590.0, 6543.0)}
    assert codes(quality.check(panel(date(2030, 1, 1), values), [spec])) == []


def test_a_series_that_was_never_received_is_told() -> None:
    (finding,) = quality.check(panel(date(2026, 1, 1), {}), [WALCL])
    assert (finding.code, finding.severity, finding.series) == ("not_available", "warning", "WALCL")


def test_values_seen_with_hindsight_are_told_for_series_that_are_revised() -> None:
    values = {"UNRATE": monthly("2026-08-01", 4.1, 4.2), "DGS10": monthly("2026-09-01", 4.9)}
    seen = panel(date(2026, 10, 20), values, stand_ins=2)
    assert ("revised_data", "warning") in codes(quality.check(seen, [UNRATE]))
    assert "revised_data" not in dict(codes(quality.check(seen, [DGS10])))


@pytest.mark.parametrize(
    ("name", "newest", "first", "last"),
    [
        # Weekly releases have their day, whatever day their week ends on.
        ("WALCL", date(2026, 11, 11), date(2026, 11, 19), date(2026, 11, 19)),
        ("ICSA", date(2026, 11, 7), date(2026, 11, 19), date(2026, 11, 19)),
        ("NFCI", date(2026, 11, 6), date(2026, 11, 18), date(2026, 11, 18)),
        # The survey before Thanksgiving is dated Wednesday; the next comes on Thursday again.
        ("MORTGAGE30US", date(2025, 11, 26), date(2025, 12, 4), date(2025, 12, 4)),
        ("UNRATE", date(2026, 9, 1), date(2026, 11, 1), date(2026, 11, 10)),
        ("GDP", date(2026, 4, 1), date(2026, 10, 24), date(2026, 10, 31)),
        ("DGS10", date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)),
        # Out on the day of the consumer prices, before its own month is over.
        ("EXPINF1YR", date(2026, 10, 1), date(2026, 11, 8), date(2026, 11, 30)),
    ],
)
def test_the_next_release_is_expected_on_the_days_of_its_calendar(
    name: str, newest: date, first: date, last: date
) -> None:
    assert quality.expected(SERIES[name], newest) == (first, last)
    assert quality.next_release(SERIES[name], newest) == last


def test_nothing_is_expected_of_a_series_that_has_ended() -> None:
    assert quality.expected(SERIES["IOER"], date(2021, 7, 28)) is None
    assert quality.next_release(SERIES["IOER"], date(2021, 7, 28)) is None
    assert quality.expected(SERIES["IOER"], date(2021, 7, 27)) is not None


def test_a_weekly_release_may_be_a_holiday_late_and_no_more() -> None:
    values = pd.Series([6.7e6], index=pd.DatetimeIndex(["2026-11-11"]))
    # Due on Thursday 19 November; on Friday it may be late for a holiday.
    assert codes(quality.check(panel(date(2026, 11, 20), {"WALCL": values}), [WALCL])) == []
    (finding,) = quality.check(panel(date(2026, 11, 21), {"WALCL": values}), [WALCL])
    assert finding.code == "stale"
    assert "due by 2026-11-19" in finding.message


def test_holes_long_ago_are_no_longer_told() -> None:
    values = monthly("2020-01", *[4.0] * 81).drop(pd.Timestamp("2021-06-01"))
    assert codes(quality.check(panel(date(2026, 10, 10), {"UNRATE": values}), [UNRATE])) == []


@pytest.mark.parametrize(
    ("newest", "due"),
    [
        (
            date(2026, 11, 19),
            date(2026, 11, 21),
        ),  # Thursday: Friday's value, out on Saturday at latest
        (date(2026, 11, 20), date(2026, 11, 24)),  # Friday: Monday's
    ],
)
def test_the_next_daily_value_skips_the_weekend(newest: date, due: date) -> None:
    assert quality.next_release(DGS10, newest) == due


def test_quarters_are_followed_by_quarters() -> None:
    assert quality.next_release(SERIES["GDP"], date(2026, 4, 1)) == date(2026, 10, 31)
