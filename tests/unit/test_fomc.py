"""The calendar of the FOMC, and what was known of its decisions on a day."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pandas as pd
import pytest

from monitor import fomc
from monitor.domain import Decision, Panel, add_months, end_of_month
from monitor.errors import SourceMalformed
from monitor.store import Store

DAY = timedelta(days=1)
TABLE = Path(__file__).parents[2] / "monitor" / "data" / "fomc.csv"
REFERENCE = Path(__file__).parents[2].parent / "shared" / "data" / "reference"
LAST = next(held for held in reversed(fomc.calendar()) if held.upper is not None)
NEXT = next(held.day for held in fomc.calendar() if held.day > LAST.day)


def day(text: str) -> date:
    return date.fromisoformat(text)


def panel(as_of: date | str, **series: pd.Series[float]) -> Panel:
    return Panel(day(as_of) if isinstance(as_of, str) else as_of, series, {}, ())


def daily(values: dict[str, float], until: date) -> pd.Series[float]:
    """A step function of days: each value stands from its day on."""
    steps = pd.Series(values)
    steps.index = pd.to_datetime(steps.index)
    return steps.reindex(pd.date_range(steps.index[0], until), method="ffill")


def limits(upper: dict[str, float], until: date) -> dict[str, pd.Series[float]]:
    known = daily(upper, until)
    return {"DFEDTARU": known, "DFEDTARL": known - 0.25}


def reference(name: str) -> pd.Series[float]:
    rows = pd.read_csv(REFERENCE / f"{name}.csv", index_col="date", parse_dates=["date"])
    return rows["value"].astype(float)


# ---------------------------------------------------------------------------------------- the table
def test_no_day_comes_twice_and_all_come_in_order() -> None:
    days = [held.day for held in fomc.calendar()]
    assert days == sorted(set(days))


def test_the_committee_met_eight_times_a_year_and_seven_times_in_2020() -> None:
    held = Counter(held.day.year for held in fomc.calendar() if held.scheduled)
    assert {year: held[year] for year in range(1990, 2028)} == {
        year: 7 if year == 2020 else 8 for year in range(1990, 2028)
    }


def test_meetings_end_from_tuesday_to_thursday_save_one() -> None:
    odd = [
        held.day
        for held in fomc.calendar()
        if held.scheduled and held.day.weekday() not in (1, 2, 3)
    ]
    assert odd == [day("1994-02-04")]  # a Friday, the first decision that was announced


def test_outcomes_are_known_up_to_a_day_and_unknown_after_it() -> None:
    known = [held.upper is not None for held in fomc.calendar()]
    assert known == sorted(known, reverse=True)
    assert not any(held.lower is None for held in fomc.calendar() if held.upper is not None)


def test_a_target_is_one_number_until_the_range_of_a_quarter_point_came() -> None:
    for held in fomc.calendar():
        if held.upper is not None and held.lower is not None:
            assert held.upper - held.lower == (0.25 if held.day >= day("2008-12-16") else 0)
            assert (held.upper * 4).is_integer()


def test_a_row_between_meetings_is_a_move() -> None:
    assert all(held.change for held in fomc.calendar() if not held.scheduled)


@pytest.mark.parametrize(
    ("text", "scheduled", "change", "upper"),
    [
        ("1990-07-13", False, -0.25, 8.0),
        ("1991-12-20", False, -0.50, 4.0),
        ("1994-02-04", True, 0.25, 3.25),
        ("1994-11-15", True, 0.75, 5.5),
        ("1998-10-15", False, -0.25, 5.0),
        ("2001-01-03", False, -0.50, 6.0),
        ("2001-09-17", False, -0.50, 3.0),
        ("2003-09-16", True, 0.0, 1.0),
        ("2008-01-22", False, -0.75, 3.5),
        ("2008-10-08", False, -0.50, 1.5),
        ("2008-12-16", True, -0.75, 0.25),
        ("2015-12-16", True, 0.25, 0.5),
        ("2020-03-03", False, -0.50, 1.25),
        ("2020-03-15", False, -1.0, 0.25),
        ("2022-06-15", True, 0.75, 1.75),
        ("2025-12-10", True, -0.25, 3.75),
        ("2026-07-29", True, 0.0, 3.75),
        ("2026-09-16", True, 0.25, 4.0),
    ],
)
def test_well_known_decisions(text: str, scheduled: bool, change: float, upper: float) -> None:
    held = next(held for held in fomc.calendar() if held.day == day(text))
    assert (held.scheduled, held.change, held.upper) == (scheduled, change, upper)


def test_the_table_says_of_every_row_where_it_is_from() -> None:
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["basis"] for row in rows} == {"record", "unannounced", "secondary", "schedule"}
    assert all((row["basis"] == "schedule") == (row["upper"] == "") for row in rows)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("day,kind,lower", "day,sort,lower"),
        ("1990-07-13", "1990-07-32"),
        ("1990-07-13", "1990-06-13"),
        ("unscheduled,8.00,8.00", "surprise,8.00,8.00"),
        ("8.00,8.00", "8.00,eight"),
        ("1990-07-13,unscheduled,8.00,8.00,", "1990-07-13,unscheduled,8.00,"),
    ],
)
def test_a_damaged_table_is_refused(
    was: str, now: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = TABLE.read_text("utf-8")
    assert was in text
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "fomc.csv").write_text(text.replace(was, now, 1), "utf-8")
    monkeypatch.setattr(fomc, "files", lambda _: tmp_path)
    fomc._table.cache_clear()
    try:
        with pytest.raises(SourceMalformed, match=r"fomc\.csv"):
            fomc.calendar()
    finally:
        fomc._table.cache_clear()


# ---------------------------------------------------------------- against the effective funds rate
STRAINED = {
    "1990-09",  # 20 basis points above; no cause is on record here
    "1999-12",  # reserves laid in for the turn of the century
    "2007-08",  # liquidity given against the run on asset-backed paper
    "2008-09",  # Lehman
    "2008-11",  # reserves beyond what interest on them could hold; in December the range came
}
"""Months without a move whose mean lies more than 15 basis points outside the target."""


def funds(history: Store) -> dict[date, float]:
    values = history.panel(day("2026-10-20"), ["FEDFUNDS"]).series["FEDFUNDS"].dropna()
    return {stamp.date(): value for stamp, value in values.items() if stamp.year >= 1990}


def path(month: date) -> list[tuple[float, float]]:
    """The target on each day of a month; a move counts from the day after it."""
    known = [(held.day, held.lower, held.upper) for held in fomc.calendar()]
    span = (end_of_month(month) - month).days + 1
    found = [
        next(held[1:] for held in reversed(known) if held[0] < month + n * DAY) for n in range(span)
    ]
    return [(lower, upper) for lower, upper in found if lower is not None and upper is not None]


def test_the_effective_rate_lies_at_the_target_in_months_without_a_move(history: Store) -> None:
    gaps = {}
    for month, rate in funds(history).items():
        targets = set(path(month)) if month > day("1990-02-07") else set()
        if len(targets) == 1:
            lower, upper = targets.pop()
            gaps[f"{month:%Y-%m}"] = round(max(lower - rate, rate - upper, 0), 2)
    assert len(gaps) > 300
    assert {month for month, gap in gaps.items() if gap > 0.15} == STRAINED


def test_the_effective_rate_moves_in_the_month_of_a_move_as_much_as_it_should(
    history: Store,
) -> None:
    # A day's error of 50 basis points is 2 in a month's mean, so this holds months, not days.
    gaps = {}
    for month, rate in funds(history).items():
        targets = path(month) if month > day("1990-02-07") else []
        if len(set(targets)) > 1:
            lower, upper = (fmean(ends) for ends in zip(*targets, strict=True))
            gaps[f"{month:%Y-%m}"] = round(max(lower - rate, rate - upper, 0), 2)
    assert len(gaps) > 90
    assert {month for month, gap in gaps.items() if gap > 0.15} == {
        "1990-11", "1992-09",  # the market ran ahead of the one, and after the other
        "1994-11", "2001-09",  # hikes of 75 basis points; reserves given after 11 September
        "2008-10", "2008-12",  # see above
    }  # fmt: skip


# ------------------------------------------------------------------------ against other collections
@pytest.mark.shared
def test_the_schedule_from_2022_to_2027_is_the_one_that_others_hold() -> None:
    with (REFERENCE / "fomc-meetings-2022-2027.csv").open(newline="") as file:
        theirs = [day(row["date"]) for row in csv.DictReader(file)]
    ours = [held.day for held in fomc.calendar() if held.scheduled]
    assert [held for held in ours if 2022 <= held.year <= 2027] == theirs


@pytest.mark.shared
def test_decisions_are_the_ones_that_others_hold() -> None:
    # Theirs has calls without a move and days in force, too, and misses what came after 2026-07.
    with (REFERENCE / "fomc-decisions.csv").open(newline="") as file:
        theirs = {day(row["date"]): row for row in csv.DictReader(file)}
    for held in fomc.calendar():
        if day("1994-01-01") <= held.day <= max(theirs):
            row = theirs[held.day]
            assert float(row["target_upper_after"]) == held.upper, held
            # They write eighths short: 12 basis points for 12.5; ours are whole quarters.
            assert float(row["change_bp"]) == (held.change or 0) * 100, held
    moves = {
        when for when, row in theirs.items() if row["decision"] != "hold" and when.year >= 1990
    }
    ours = {held.day for held in fomc.calendar() if held.change and held.day <= max(theirs)}
    assert {(f"{when}") for when in moves - ours} == {
        "1990-12-19",  # in force; the discount rate had been cut, and said so, the day before
        "1991-01-08", "1991-10-30",  # a day before it came into force; nothing was announced
        "1991-12-18",  # the meeting of the 17th made none; the move of the 20th stands there twice
        "2008-10-07", "2020-03-16",  # the call before the announcement, and the day in force
    }  # fmt: skip
    assert {f"{when}" for when in ours - moves} == {"1991-01-09", "1991-10-31"}
    for held in fomc.calendar():
        if day("1990-02-08") <= held.day < day("1994-01-01"):
            newest = max(when for when in theirs if when <= held.day)
            assert float(theirs[newest]["target_upper_after"]) == held.upper, held


def real_limits() -> dict[str, pd.Series[float]]:
    return {name: reference(name) for name in ("DFEDTARU", "DFEDTARL")}


@pytest.mark.shared
def test_the_published_target_range_never_contradicts_the_table() -> None:
    world = panel("2026-06-04", **real_limits())
    assert fomc.disagreements(world) == ()


@pytest.mark.shared
@pytest.mark.parametrize("until", ["2014-12-17", "2019-12-11", "2023-07-26"])
def test_the_published_target_range_tells_what_a_table_that_ended_would_not(
    until: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All that the table knows of outcomes after a day is taken from it, and of moves between
    # meetings; the range brings both back, the emergency cuts of March 2020 among them.
    world = panel("2026-06-04", **real_limits())
    whole = fomc.decisions(world)
    rows = [row.split(",") for row in TABLE.read_text("utf-8").splitlines()]
    short = [
        row if row[0] <= until or row[0] == "day" else [*row[:2], "", "", row[4]]
        for row in rows
        if row[0] <= until or row[1] in ("kind", "scheduled")
    ]
    monkeypatch.setattr(
        fomc, "_table", lambda: fomc._parsed("\n".join(",".join(row) for row in short))
    )
    assert sum(held.upper is None for held in fomc.calendar()) > 30
    assert fomc.decisions(world) == whole
    assert fomc.findings(world) == ()


@pytest.mark.shared
def test_the_quarter_point_around_the_effective_rate_is_the_target_range() -> None:
    rates, (upper, lower) = reference("EFFR").dropna(), real_limits().values()
    both = [stamp for stamp in rates.index if stamp in upper.index]
    wrong = [
        f"{stamp:%Y-%m-%d}"
        for stamp in both
        if fomc._quarter(rates[stamp]) != (lower[stamp], upper[stamp])
    ]
    assert len(both) > 4000
    # Twice FRED dates a range a day early; the rest are ends of quarters and the repo strain.
    assert wrong == ["2015-12-16", "2015-12-31", "2016-03-31", "2016-12-14", "2019-09-17"]


# ------------------------------------------------------------------------------ as known on a day
def test_a_day_knows_the_decisions_up_to_it_and_none_after_it() -> None:
    found = fomc.decisions(panel("2019-12-20"))
    assert found[-1] == Decision(day("2019-12-11"), True, 1.5, 1.75, 0.0)
    assert found == tuple(held for held in fomc.calendar() if held.day <= day("2019-12-20"))


def test_a_decision_is_known_on_its_day() -> None:
    assert fomc.decisions(panel("2020-03-14"))[-1].day == day("2020-03-03")
    assert fomc.decisions(panel("2020-03-15"))[-1].change == -1.0


def test_before_1990_no_decision_is_known() -> None:
    assert fomc.decisions(panel("1989-12-31")) == ()
    assert fomc.findings(panel("1989-12-31")) == ()


def test_an_outcome_that_the_table_does_not_know_is_the_range_in_force_after_it() -> None:
    as_of = NEXT + 5 * DAY
    series = limits({f"{LAST.day}": 4.0, f"{NEXT + DAY}": 4.25}, as_of)
    found = fomc.decisions(panel(as_of, **series))
    assert found[-1] == Decision(NEXT, True, 4.0, 4.25, 0.25)
    assert found[:-1] == fomc.decisions(panel(NEXT - DAY))
    stands = fomc.target(panel(as_of, **series))
    assert stands
    assert (stands.lower, stands.upper, stands.since, stands.inferred) == (4.0, 4.25, NEXT, False)
    assert fomc.findings(panel(as_of, **series)) == ()


def test_an_unchanged_range_is_a_hold() -> None:
    as_of = NEXT + DAY
    found = fomc.decisions(panel(as_of, **limits({f"{LAST.day}": 4.0}, as_of)))
    assert found[-1] == Decision(NEXT, True, 3.75, 4.0, 0.0)


def test_a_change_between_meetings_is_an_unscheduled_decision_of_the_day_before() -> None:
    move = NEXT - 10 * DAY
    as_of = NEXT + DAY
    series = limits({f"{LAST.day}": 4.0, f"{move + DAY}": 3.5}, as_of)
    assert fomc.decisions(panel(as_of, **series))[-2:] == (
        Decision(move, False, 3.25, 3.5, -0.5),
        Decision(NEXT, True, 3.25, 3.5, 0.0),
    )


def test_a_range_that_is_published_on_working_days_only_is_read_alike() -> None:
    # The move comes into force on a Monday; it was announced on Sunday, as in March 2020.
    monday = NEXT + timedelta(days=(7 - NEXT.weekday()) % 7 + 14)
    as_of = monday + 2 * DAY
    series = limits({f"{LAST.day}": 4.0, f"{NEXT + DAY}": 4.25, f"{monday}": 3.75}, as_of)
    working = {name: values[values.index.day_of_week < 5] for name, values in series.items()}
    found = fomc.decisions(panel(as_of, **working))
    assert found[-2:] == (
        Decision(NEXT, True, 4.0, 4.25, 0.25),
        Decision(monday - DAY, False, 3.5, 3.75, -0.5),
    )
    assert found == fomc.decisions(panel(as_of, **series))


def test_one_end_of_the_range_without_the_other_says_nothing() -> None:
    as_of = NEXT + DAY
    series = limits({f"{LAST.day}": 4.0}, as_of)
    for name in series:
        assert fomc.decisions(panel(as_of, **{name: series[name]}))[-1].upper is None


def test_an_unknown_outcome_stays_unknown_and_is_told_from_the_next_day_on() -> None:
    assert fomc.decisions(panel(NEXT))[-1] == Decision(NEXT, True, None, None, None)
    assert fomc.findings(panel(NEXT)) == ()
    (told_of,) = fomc.findings(panel(NEXT + DAY))
    assert (told_of.code, told_of.severity, told_of.series) == (
        "decision_unknown", "info", "DFEDTARU",
    )  # fmt: skip
    assert f"{NEXT}" in told_of.message
    assert "recession-monitor pull DFEDTARU DFEDTARL" in told_of.message


def test_the_day_of_a_meeting_does_not_know_the_range_of_the_day_after() -> None:
    series = limits({f"{LAST.day}": 4.0}, NEXT)
    assert fomc.decisions(panel(NEXT, **series))[-1].upper is None


# -------------------------------------------------------------------------- where the rate stands
def test_the_target_is_what_the_newest_decision_set(history: Store) -> None:
    as_of = day("2026-10-20")
    stands = fomc.target(history.panel(as_of, ["FEDFUNDS"]))
    assert stands
    assert (stands.lower, stands.upper, stands.since) == (3.75, 4.0, day("2026-09-16"))
    assert (stands.effective, stands.effective_period) == (3.75, day("2026-09-01"))
    assert not stands.inferred


def test_an_effective_rate_of_a_day_is_preferred_to_a_monthly_mean() -> None:
    month = pd.Series([1.55], index=pd.to_datetime(["2019-12-01"]))
    quiet = daily({"2020-01-06": 1.54}, day("2020-01-08"))
    working = daily({"2020-01-06": 1.55}, day("2020-01-09"))
    both = fomc.target(panel("2020-01-10", FEDFUNDS=month, DFF=quiet, EFFR=working))
    assert both
    assert (both.effective, both.effective_period) == (1.55, day("2020-01-09"))
    assert both.effective_series == "EFFR"
    alike = fomc.target(panel("2020-01-10", FEDFUNDS=month, DFF=quiet, EFFR=working[:-1]))
    assert alike
    assert alike.effective == 1.54
    # A daily series that was not pulled for long says less than the newest month.
    old = fomc.target(
        panel("2020-01-10", FEDFUNDS=month, DFF=daily({"2019-11-29": 1.56}, day("2019-12-02")))
    )
    assert old
    assert (old.effective_period, old.effective_series) == (day("2019-12-01"), "FEDFUNDS")


def test_meetings_that_hold_the_range_do_not_set_it_anew(history: Store) -> None:
    # It was cut on 30 October; the meeting of 11 December held.
    stands = fomc.target(history.panel(day("2019-12-20"), ["FEDFUNDS"]))
    assert stands
    assert stands.since == day("2019-10-30")


def test_without_the_outcome_the_range_is_read_from_the_effective_rate() -> None:
    as_of = NEXT + 9 * DAY
    rate = daily({f"{LAST.day}": 3.88, f"{NEXT + DAY}": 4.13}, as_of - DAY)
    stands = fomc.target(panel(as_of, EFFR=rate))
    assert stands
    assert (stands.lower, stands.upper, stands.since) == (4.0, 4.25, None)
    assert (stands.inferred, stands.effective) == (True, 4.13)


def test_a_monthly_mean_counts_if_its_month_began_after_the_meeting() -> None:
    month = NEXT.replace(day=1)
    same, following = [pd.to_datetime([add_months(month, n)]) for n in (0, 1)]
    as_of = add_months(month, 2) + 3 * DAY
    during = fomc.target(panel(as_of, FEDFUNDS=pd.Series([4.1], index=same)))
    after = fomc.target(panel(as_of, FEDFUNDS=pd.Series([4.1], index=following)))
    assert during
    assert after
    assert (during.lower, during.upper, during.inferred) == (LAST.lower, LAST.upper, True)
    assert (after.lower, after.upper, after.inferred) == (4.0, 4.25, True)


def test_the_range_stands_on_the_day_of_a_meeting() -> None:
    stands = fomc.target(panel(NEXT))
    assert stands
    assert (stands.lower, stands.upper, stands.since) == (LAST.lower, LAST.upper, LAST.day)
    assert (stands.inferred, stands.effective, stands.effective_period) == (False, None, None)


def test_before_1990_the_target_is_the_effective_rate(history: Store) -> None:
    stands = fomc.target(history.panel(day("1981-07-15"), ["FEDFUNDS"]))
    assert stands
    assert stands.lower == stands.upper == stands.effective == 19.10
    assert (stands.since, stands.inferred) == (None, True)


def test_nothing_known_is_no_target() -> None:
    assert fomc.target(panel("1981-07-15")) is None


# ---------------------------------------------------------------------------------- what is coming
def test_the_next_meetings_are_the_published_ones_without_moves_between() -> None:
    assert [f"{held}" for held in fomc.coming(day("2007-12-11"), day("2008-04-30"))] == [
        "2008-01-30", "2008-03-18", "2008-04-30",
    ]  # fmt: skip


def test_the_meeting_of_march_2020_was_expected_until_it_was_cancelled() -> None:
    expected = day("2020-03-18")
    until = day("2020-04-29")
    assert fomc.coming(day("2020-03-14"), until) == (expected, until)
    assert fomc.coming(day("2020-03-15"), until) == (until,)
    assert expected not in [held.day for held in fomc.calendar()]


@pytest.mark.parametrize(
    "text", ["1979-06-30", "1989-12-31", "2026-11-22", "2028-01-26", "2035-03-01"]
)
def test_eight_meetings_a_year_are_to_come_also_where_the_table_ends(text: str) -> None:
    as_of = day(text)
    found = fomc.coming(as_of, as_of + timedelta(days=728))
    assert len(found) == 16
    assert all(30 <= (after - before).days <= 64 for before, after in pairwise(found))


def test_the_rhythm_gives_meetings_that_were_really_held_before_1990() -> None:
    # The eight of 1989 ended on these days (the Federal Reserve's record of meetings).
    held = ["02-08", "03-28", "05-16", "07-06", "08-22", "10-03", "11-14", "12-19"]
    found = fomc.coming(day("1988-12-31"), day("1989-12-31"))
    assert len(found) == 8
    for ours, theirs in zip(found, held, strict=True):
        assert abs((ours - day(f"1989-{theirs}")).days) <= 2


def test_a_schedule_that_is_about_to_end_is_a_warning() -> None:
    end = fomc.calendar()[-1].day
    codes = [
        [found.code for found in fomc.findings(panel(end - n * DAY)) if found.severity == "warning"]
        for n in (fomc.SCHEDULE_DAYS, fomc.SCHEDULE_DAYS - 1)
    ]
    assert codes == [[], ["schedule_ends"]]


# ------------------------------------------------------------------------------------ disagreement
def test_the_table_stands_where_the_published_range_contradicts_it() -> None:
    as_of = NEXT - DAY
    series = limits({"2025-12-11": 3.75}, as_of)
    (found,) = fomc.disagreements(panel(as_of, **series))
    assert (found.code, found.severity, found.series) == (
        "target_disagrees", "warning", "DFEDTARU",
    )  # fmt: skip
    assert "2026-09-16" in found.message
    assert "3.75 to 4.00 percent, the publisher 3.50 to 3.75" in found.message
    assert fomc.decisions(panel(as_of, **series))[-1] == LAST


def test_a_change_that_the_table_does_not_have_is_told_once() -> None:
    series = limits({"2025-12-11": 3.75, "2026-02-20": 3.5, "2026-03-19": 3.75}, day("2026-04-01"))
    (found,) = fomc.disagreements(panel("2026-04-01", **series))
    assert "changed to 3.25 to 3.50 percent on 2026-02-20" in found.message


def test_the_first_published_range_is_no_contradiction_of_the_point_target_before_it() -> None:
    series = limits({"2008-12-16": 0.25}, day("2009-06-30"))
    assert fomc.disagreements(panel("2009-06-30", **series)) == ()


def test_a_change_after_the_newest_decision_of_a_day_is_a_move_and_no_contradiction() -> None:
    series = limits({"2023-07-27": 5.5, "2024-02-10": 5.0}, day("2024-02-20"))
    world = panel("2024-02-20", **series)
    assert fomc.decisions(world)[-1] == Decision(day("2024-02-09"), False, 4.75, 5.0, -0.5)
    assert fomc.disagreements(world) == ()
