"""What of an answer is believed: slips of publishers are held back, crises are not."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import screen as screening
from monitor.catalog import ARCHIVE, PEAKS, SERIES, TROUGHS
from monitor.domain import Fetch, Observation, SeriesSpec, Statement, add_months
from monitor.screen import Screened, compare, screen
from monitor.sources import bundled

TODAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 19, 23, tzinfo=UTC)
SHARED = Path(__file__).parents[2].parent / "shared" / "data"

UNRATE, GS10, DGS10, INDPRO = (SERIES[name] for name in ("UNRATE", "GS10", "DGS10", "INDPRO"))
PAYEMS, WALCL, ICSA, GDPC1 = (SERIES[name] for name in ("PAYEMS", "WALCL", "ICSA", "GDPC1"))

Values = Mapping[date, float | None]


def months(first: str, *values: float | None) -> dict[date, float | None]:
    start = date.fromisoformat(f"{first}-01")
    return {add_months(start, index): value for index, value in enumerate(values)}


def weeks(first: date, *values: float) -> dict[date, float | None]:
    return {first + timedelta(weeks=index): value for index, value in enumerate(values)}


def workdays(first: date, *values: float | None) -> dict[date, float | None]:
    found: dict[date, float | None] = {}
    for value in values:
        found[first] = value
        first = DGS10.next_period(first)
    return found


def answer(
    spec: SeriesSpec, values: Values, source: str = "fred", day: date = TODAY, raw: bytes = b"raw"
) -> Fetch:
    rows = tuple(Observation(period, day, value) for period, value in values.items())
    statement = Statement(day, day, min(values), max(values))
    return Fetch(spec.id, source, NOW, rows, (statement,), raw)


def screened(
    spec: SeriesSpec,
    said: Values,
    believed: Values | None = None,
    doubted: Mapping[date, tuple[date, float]] | None = None,
    today: date = TODAY,
) -> Screened:
    return screen(spec, answer(spec, said, day=today), believed or {}, doubted or {}, today)


def codes(verdict: Screened) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in verdict.findings]


def values(fetch: Fetch | None) -> dict[date, float | None]:
    return {row.period: row.value for row in fetch.observations} if fetch else {}


def held(verdict: Screened) -> dict[str, list[float | None]]:
    return {item.code: [row.value for row in item.observations] for item in verdict.withheld}


# ----------------------------------------------------------------------------------- the usual case
def test_an_answer_like_those_before_it_is_accepted_as_it_is() -> None:
    stored = months("2026-05", 4.1, 4.2, 4.2)
    fetch = answer(UNRATE, stored | months("2026-08", 4.1, 4.2))
    verdict = screen(UNRATE, fetch, stored, {}, TODAY)
    assert verdict == Screened(fetch)
    assert verdict.accepted is fetch


def test_a_first_answer_is_accepted_with_its_history() -> None:
    # Within the history anything may have happened; only the last month can be a slip of today.
    fetch = answer(GS10, months("2026-01", 4.4, 9.1, 9.0, 4.5, 4.6))
    assert screen(GS10, fetch, {}, {}, TODAY) == Screened(fetch)


def test_history_that_comes_later_is_accepted_too() -> None:
    stored = months("2026-03", 9.0, 4.5, 4.6)
    fetch = answer(GS10, months("2026-01", 4.4, 9.1, 9.0, 4.5, 4.6))
    assert screen(GS10, fetch, stored, {}, TODAY) == Screened(fetch)


def test_an_answer_may_be_no_more_than_the_next_value() -> None:
    fetch = answer(DGS10, workdays(date(2026, 11, 16), 4.05))
    stored = workdays(date(2026, 11, 12), 4.03, 4.04)
    assert screen(DGS10, fetch, stored, {}, TODAY) == Screened(fetch)


def test_a_small_revision_of_a_revised_series_is_nothing_to_tell() -> None:
    stored = months("2026-06", 159_000, 159_100, 159_200)
    verdict = screened(PAYEMS, stored | months("2026-07", 159_050, 159_150, 159_250), stored)
    assert codes(verdict) == []
    assert values(verdict.accepted)[date(2026, 7, 1)] == 159_050


# ------------------------------------------------------------------------------------------- bounds
@pytest.mark.parametrize("wrong", [44.0, 0.0, -4.2, float("inf"), float("nan")])
def test_what_cannot_be_true_is_withheld_and_the_rest_is_not(wrong: float) -> None:
    stored = months("2026-06", 4.1, 4.2, 4.2)
    verdict = screened(UNRATE, stored | months("2026-09", wrong), stored)
    assert codes(verdict) == [("out_of_bounds", "warning")]
    assert values(verdict.accepted) == stored
    (aside,) = verdict.withheld
    assert aside.raw == b"raw"
    assert (aside.series, aside.source, aside.seen_at) == ("UNRATE", "fred", NOW)
    assert [row.period for row in aside.observations] == [date(2026, 9, 1)]


def test_the_sentence_names_series_period_value_and_what_is_done() -> None:
    verdict = screened(UNRATE, months("2026-08", 4.2, 44.0))
    assert verdict.findings[0].message == (
        "Civilian unemployment rate (UNRATE): fred says 44 for 2026-09, and only 1 to 35 can be"
        " true; withheld."
    )
    assert verdict.withheld[0].reason == verdict.findings[0].message


def test_a_value_out_of_bounds_is_not_believed_on_the_next_day_either() -> None:
    stored = months("2026-06", 4.1, 4.2, 4.2)
    again = {date(2026, 9, 1): (TODAY - timedelta(days=1), 44.0)}
    verdict = screened(UNRATE, stored | months("2026-09", 44.0), stored, again)
    assert held(verdict) == {"out_of_bounds": [44.0]}


def test_an_answer_of_which_nothing_can_be_true_is_not_accepted_at_all() -> None:
    verdict = screened(SERIES["GS10"], months("2026-08", 405, 410))
    assert verdict.accepted is None
    assert held(verdict) == {"out_of_bounds": [405, 410]}


# --------------------------------------------------------------------------------------- statements
def test_the_statement_says_nothing_of_a_period_that_is_withheld() -> None:
    stored = months("2026-01", 4.1, 4.2, 4.3)
    verdict = screened(UNRATE, months("2026-01", 4.1, 44.0, 4.3, 4.4, 45.0), stored)
    assert verdict.accepted
    assert [(part.first.month, part.last.month) for part in verdict.accepted.statements] == [
        (1, 1),
        (3, 4),
    ]
    assert {part.since for part in verdict.accepted.statements} == {TODAY}


# -------------------------------------------------------------------------------------------- jumps
def test_a_decimal_point_that_slipped_is_withheld_and_gone_the_next_day() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04, 4.05)
    slipped = stored | workdays(date(2026, 11, 17), 0.406)
    first = screened(DGS10, slipped, stored)
    assert codes(first) == [("jump", "warning")]
    assert "0.406 for 2026-11-17 after 4.05 for 2026-11-16" in first.findings[0].message
    assert values(first.accepted) == stored
    doubted = {date(2026, 11, 17): (TODAY, 0.406)}
    corrected = stored | workdays(date(2026, 11, 17), 4.06, 4.07)
    second = screened(DGS10, corrected, stored, doubted, TODAY + timedelta(days=1))
    assert codes(second) == []
    assert values(second.accepted) == corrected


def test_a_jump_is_believed_when_it_is_seen_again_on_a_later_day() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04, 4.05)
    jumped = stored | workdays(date(2026, 11, 17), 6.05)
    assert codes(screened(DGS10, jumped, stored)) == [("jump", "warning")]
    doubted = {date(2026, 11, 17): (TODAY, 6.05)}
    # A second look on the same day proves nothing.
    assert codes(screened(DGS10, jumped, stored, doubted)) == [("jump", "warning")]
    later = screened(DGS10, jumped, stored, doubted, TODAY + timedelta(days=1))
    assert codes(later) == [("jump_confirmed", "info")]
    assert values(later.accepted) == jumped
    assert later.withheld == ()
    assert f"said so on {TODAY} too" in later.findings[0].message


def test_another_wrong_value_the_next_day_confirms_nothing() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04, 4.05)
    doubted = {date(2026, 11, 17): (TODAY - timedelta(days=1), 6.05)}
    verdict = screened(DGS10, stored | workdays(date(2026, 11, 17), 7.05), stored, doubted)
    assert held(verdict) == {"jump": [7.05]}


def test_values_after_a_slip_are_measured_by_the_last_good_one() -> None:
    stored = workdays(date(2026, 11, 12), 4.03)
    said = workdays(date(2026, 11, 12), 4.03, 40.5 / 4, 4.05, 4.06)
    verdict = screened(DGS10, said, stored)
    assert held(verdict) == {"jump": [40.5 / 4]}
    assert list(values(verdict.accepted).values()) == [4.03, 4.05, 4.06]


def test_a_new_level_that_stays_comes_through_whole_on_the_second_day() -> None:
    stored = workdays(date(2026, 11, 12), 4.0)
    said = workdays(date(2026, 11, 12), 4.0, 6.0, 6.1, 6.2)
    first = screened(DGS10, said, stored)
    assert held(first) == {"jump": [6.0, 6.1, 6.2]}
    (aside,) = first.withheld
    doubted = {row.period: (TODAY, row.value or 0) for row in aside.observations}
    longer = said | workdays(date(2026, 11, 18), 6.3)
    second = screened(DGS10, longer, stored, doubted, TODAY + timedelta(days=1))
    assert values(second.accepted) == longer
    assert codes(second) == [("jump_confirmed", "info")]


def test_after_a_long_hole_any_move_is_plausible() -> None:
    stored = workdays(date(2026, 6, 1), 4.47)
    verdict = screened(DGS10, workdays(date(2026, 11, 16), 7.0, 7.1), stored)
    assert held(verdict) == {}


def test_a_jump_is_measured_by_what_is_stored_when_the_answer_begins_with_it() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04)
    verdict = screened(DGS10, workdays(date(2026, 11, 16), 6.6), stored)
    assert verdict.accepted is None
    assert held(verdict) == {"jump": [6.6]}


def test_the_first_answer_of_all_can_end_in_a_slip() -> None:
    verdict = screened(SERIES["GS10"], months("2026-06", 4.4, 4.5, 4.6, 9.1))
    assert held(verdict) == {"jump": [9.1]}


@pytest.mark.parametrize(
    ("spec", "before", "after"),
    [
        (UNRATE, months("2020-02", 3.5, 4.4), months("2020-04", 14.7)),
        (ICSA, weeks(date(2020, 3, 7), 211_000, 282_000), weeks(date(2020, 3, 21), 3_307_000)),
        (ICSA, weeks(date(2020, 3, 14), 282_000, 3_307_000), weeks(date(2020, 3, 28), 6_648_000)),
        (WALCL, weeks(date(2020, 3, 18), 4_668_212), weeks(date(2020, 3, 25), 5_254_278)),
        (WALCL, weeks(date(2008, 9, 17), 996_000, 1_211_818), weeks(date(2008, 10, 1), 1_503_989)),
        (PAYEMS, months("2020-02", 152_463, 151_090), months("2020-04", 130_303)),
        (SERIES["SOFR"], workdays(date(2019, 9, 13), 2.2, 2.43), workdays(date(2019, 9, 17), 5.25)),
        (SERIES["DFII5"], workdays(date(2008, 11, 26), 3.5), workdays(date(2008, 12, 1), 1.6)),
    ],
    ids=lambda value: value.id if isinstance(value, SeriesSpec) else None,
)  # fmt: skip
def test_what_happened_in_a_crisis_comes_through_at_once(
    spec: SeriesSpec, before: Values, after: Values
) -> None:
    said = {**before, **after}
    verdict = screened(spec, said, before)
    assert (values(verdict.accepted), codes(verdict)) == (said, [])


def test_a_crisis_beyond_all_experience_is_a_day_late() -> None:
    stored = weeks(date(2026, 10, 31), 225_000, 230_000)
    said = stored | weeks(date(2026, 11, 14), 6_200_000)
    first = screened(ICSA, said, stored)
    assert held(first) == {"jump": [6_200_000]}
    doubted = {date(2026, 11, 14): (TODAY, 6_200_000.0)}
    assert values(screened(ICSA, said, stored, doubted, TODAY + timedelta(1)).accepted) == said


@pytest.fixture(scope="module")
def history() -> dict[str, Fetch]:
    return {fetch.series: fetch for fetch in bundled.fetches(NOW)}


@pytest.mark.parametrize("name", ["UNRATE", "GS10", "TB3MS", "FEDFUNDS", "TOTRESNS", "RSBKCRNS"])
def test_a_watched_history_that_comes_period_by_period_is_never_held_back(
    history: dict[str, Fetch], name: str
) -> None:
    spec = SERIES[name]
    rows = sorted(history[name].observations, key=lambda row: (row.period, row.known_from))
    newest = {row.period: row.value for row in rows if row.period.year >= 1990}
    whole = [(period, value) for period, value in newest.items() if value is not None]
    for last in range(12, len(whole)):
        known, said = dict(whole[last - 12 : last]), dict(whole[last - 3 : last + 1])
        verdict = screened(spec, said, known)
        assert (verdict.withheld, verdict.findings) == ((), ()), whole[last]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["WALCL", "ICSA", "SOFR", "T5YIE", "RRPONTSYD", "WRESBAL", "NFCI"])
def test_a_recorded_history_that_comes_period_by_period_is_never_held_back(name: str) -> None:
    spec = SERIES[name]
    with (SHARED / "reference" / f"{name}.csv").open(newline="") as file:
        rows = [(date.fromisoformat(row["date"]), row["value"]) for row in csv.DictReader(file)]
    whole = [(day, float(value)) for day, value in rows if value not in ("", ".")]
    for last in range(10, len(whole)):
        known, said = dict(whole[last - 10 : last]), dict(whole[last - 5 : last + 1])
        verdict = screened(spec, said, known)
        assert verdict.withheld == (), whole[last]


def test_true_vintages_pass_one_after_the_other(history: dict[str, Fetch]) -> None:
    for fetch in history.values():
        spec = SERIES[fetch.series]
        if spec.id in (PEAKS, TROUGHS, "BORROW", "GS20") or spec.frequency == "daily":
            continue  # told below; one vintage
        rows = sorted(fetch.observations, key=lambda row: row.known_from)
        known: dict[date, float | None] = {}
        for day in sorted({row.known_from for row in rows}):
            said = known | {row.period: row.value for row in rows if row.known_from == day}
            verdict = screened(spec, said, known, today=day)
            told = {code for code, _ in codes(verdict)}
            assert verdict.withheld == (), (spec.id, day, verdict.findings)
            # Household surveys of October 2025 say that there is no value; nothing is withdrawn.
            assert told <= ({"rebased"} if spec.rebased else set()), (spec.id, day, told)
            known = said


# ---------------------------------------------------------------------------------------- revisions
def test_an_implausible_revision_waits_for_a_second_day() -> None:
    stored = months("2026-05", 4.8, 4.9, 4.95, 4.99)
    said = stored | months("2026-06", 9.4)
    first = screened(GS10, said, stored)
    assert codes(first) == [("implausible_revision", "warning")]
    assert "9.4 for 2026-06, where 4.9 is stored" in first.findings[0].message
    assert date(2026, 6, 1) not in values(first.accepted)
    doubted = {date(2026, 6, 1): (TODAY - timedelta(days=30), 9.4)}
    second = screened(GS10, said, stored, doubted)
    assert codes(second) == [("revision_confirmed", "info")]
    assert values(second.accepted) == said


def test_what_follows_a_doubtful_revision_is_measured_by_what_is_stored() -> None:
    stored = workdays(date(2026, 11, 12), 4.0, 5.1)
    verdict = screened(DGS10, workdays(date(2026, 11, 12), 4.0, 9.0, 5.25), stored)
    assert held(verdict) == {"implausible_revision": [9.0]}


def test_a_yield_that_changes_a_little_is_recorded_and_told() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04, 4.05)
    verdict = screened(DGS10, stored | {date(2026, 11, 13): 4.06}, stored)
    assert codes(verdict) == [("unexpected_revision", "warning")]
    assert "4.06 for 2026-11-13, where 4.04 is stored" in verdict.findings[0].message
    assert values(verdict.accepted)[date(2026, 11, 13)] == 4.06


def test_rounding_is_no_revision() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04)
    assert (
        codes(screened(DGS10, {day: (v or 0) + 0.004 for day, v in stored.items()}, stored)) == []
    )
    level = weeks(date(2026, 11, 4), 6_704_383, 6_704_000)
    near = {day: (value or 0) + 3 for day, value in level.items()}
    assert codes(screened(WALCL, near, level)) == []
    far = {day: (value or 0) + 300 for day, value in level.items()}
    assert codes(screened(WALCL, far, level)) == [("unexpected_revision", "warning")]


# -------------------------------------------------------------------------------- units, base years
@pytest.mark.parametrize("factor", [1000, 0.001, 100, 10, 2])
def test_an_answer_in_another_unit_is_withheld_whole(factor: float) -> None:
    stored = weeks(date(2026, 10, 7), 6_700_000, 6_710_000, 6_690_000, 6_705_000)
    said = {day: (value or 0) * factor for day, value in stored.items()}
    verdict = screened(WALCL, said | weeks(date(2026, 11, 4), 6_708_000 * factor), stored)
    assert verdict.accepted is None
    assert codes(verdict) == [("unit_changed", "error")]
    assert len(verdict.withheld[0].observations) == 5


def test_a_real_change_of_unit_is_seen(history: dict[str, Fetch]) -> None:
    fetch = history["BORROW"]
    days = sorted({row.known_from for row in fetch.observations})
    then = {row.period: row.value for row in fetch.observations if row.known_from <= days[1]}
    now = then | {row.period: row.value for row in fetch.observations if row.known_from == days[2]}
    since_1990 = {period: value for period, value in now.items() if period.year >= 1990}
    assert codes(screened(SERIES["BORROW"], since_1990, then)) == [("unit_changed", "error")]


def test_a_few_wild_values_are_no_change_of_unit() -> None:
    stored = weeks(date(2026, 10, 7), 6_700_000, 6_710_000, 6_690_000, 6_705_000)
    verdict = screened(WALCL, stored | {date(2026, 10, 14): 671_000}, stored)
    assert held(verdict) == {"implausible_revision": [671_000]}


def test_half_of_the_values_wrong_are_no_change_of_unit_either() -> None:
    stored = weeks(date(2026, 10, 7), 6_700_000, 6_710_000, 6_690_000, 6_705_000, 6_703_000)
    slipped = {day: (value or 0) * 10 for day, value in list(stored.items())[:3]}
    verdict = screened(WALCL, stored | slipped, stored)
    assert held(verdict)["out_of_bounds"] == [67_000_000, 67_100_000, 66_900_000]
    assert values(verdict.accepted) == dict(list(stored.items())[3:])


def test_a_benchmark_revision_is_no_new_base_year() -> None:
    stored = months("2026-01", *(100 + index for index in range(8)))
    recent = {period: (value or 0) * 1.01 for period, value in list(stored.items())[-4:]}
    assert screened(INDPRO, recent, stored) == Screened(answer(INDPRO, recent))


def test_a_series_that_keeps_its_base_is_never_on_a_new_one() -> None:
    stored = months("2026-01", *(159_000 + index for index in range(8)))
    recent = {period: (value or 0) * 1.03 for period, value in list(stored.items())[-4:]}
    assert screened(PAYEMS, recent, stored) == Screened(answer(PAYEMS, recent))


def test_a_new_base_year_is_told_and_its_levels_are_not_compared() -> None:
    stored = months("2026-01", *(100 + index for index in range(8)))
    said = months("2026-01", *(1.3 * (100 + index) for index in range(9)))
    verdict = screened(INDPRO, said, stored)
    assert codes(verdict) == [("rebased", "info")]
    assert values(verdict.accepted) == said


def test_a_jump_on_the_new_base_is_still_a_jump() -> None:
    stored = months("2026-01", *(100 + index for index in range(8)))
    said = {period: (value or 0) * 1.3 for period, value in stored.items()}
    verdict = screened(INDPRO, said | months("2026-09", 100.0), stored)
    assert held(verdict) == {"jump": [100.0]}


def test_part_of_a_history_on_a_new_base_is_not_mixed_with_the_old_base() -> None:
    stored = months("2026-01", *(100 + index for index in range(8)))
    recent = {period: (value or 0) * 1.05 for period, value in list(stored.items())[-4:]}
    verdict = screened(INDPRO, recent, stored)
    assert verdict.accepted is None
    assert codes(verdict) == [("rebased_in_part", "warning")]


def test_a_level_a_thousandfold_is_another_unit_even_where_base_years_change() -> None:
    stored = {date(2025, month, 1): 24_000.0 + month for month in (1, 4, 7, 10)}
    said = {period: value * 1000 for period, value in stored.items()}
    assert codes(screened(GDPC1, said, stored)) == [("unit_changed", "error")]


# ------------------------------------------------------------------------------ answers that shrink
def test_a_period_that_is_no_longer_given_stays_stored_and_is_told() -> None:
    stored = months("2026-01", *[4.1] * 9)
    said = {period: value for period, value in stored.items() if period.month != 4}
    verdict = screened(UNRATE, said, stored)
    assert codes(verdict) == [("withdrawn", "warning")]
    assert "2026-04" in verdict.findings[0].message
    assert verdict.accepted
    assert [(part.first.month, part.last.month) for part in verdict.accepted.statements] == [
        (1, 3),
        (5, 9),
    ]


def test_a_blank_does_not_take_the_place_of_a_value() -> None:
    stored = months("2026-01", *[4.1] * 9)
    verdict = screened(UNRATE, stored | {date(2026, 4, 1): None}, stored)
    assert codes(verdict) == [("withdrawn", "warning")]
    assert date(2026, 4, 1) not in values(verdict.accepted)


def test_a_blank_where_nothing_is_stored_is_what_the_publisher_says() -> None:
    stored = months("2025-08", 4.3, 4.4)
    said = stored | months("2025-10", None, 4.5)
    assert screened(UNRATE, said, stored) == Screened(answer(UNRATE, said))


def test_an_answer_that_lacks_a_fourth_of_what_is_stored_is_withheld_whole() -> None:
    stored = months("2020-01", *[4.1] * 80)
    some = {period: value for index, (period, value) in enumerate(stored.items()) if index % 4}
    verdict = screened(UNRATE, some, stored)
    assert verdict.accepted is None
    assert codes(verdict) == [("truncated", "warning")]
    assert (
        "of 80 stored periods" in verdict.findings[0].message or "79" in verdict.findings[0].message
    )


def test_the_years_without_a_30_year_bond_do_not_make_the_treasury_truncated() -> None:
    stored = months("2000-01", *[4.1] * 100)
    some = {
        period: value for index, (period, value) in enumerate(stored.items()) if index // 11 != 3
    }
    assert codes(screened(UNRATE, some, stored)) == [("withdrawn", "warning")]


def test_three_periods_of_four_may_be_lacking_before_an_answer_counts_as_cut() -> None:
    stored = months("2026-01", 4.1, 4.1, 4.1, 4.1, 4.1)
    said = {date(2026, 1, 1): 4.1, date(2026, 5, 1): 4.1}
    assert codes(screened(UNRATE, said, stored)) == [("withdrawn", "warning")]


def test_the_last_row_missing_is_told() -> None:
    stored = months("2026-01", *[4.1] * 9)
    said = {period: value for period, value in stored.items() if period.month < 9}
    verdict = screened(UNRATE, said, stored, today=date(2026, 10, 5))
    assert codes(verdict) == [("withdrawn", "warning")]
    assert "2026-09" in verdict.findings[0].message
    assert values(verdict.accepted) == said


def test_fred_is_a_day_behind_the_treasury() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04, 4.05, 4.06)  # Thursday to Tuesday
    said = {day: value for day, value in stored.items() if day < date(2026, 11, 17)}
    assert codes(screened(DGS10, said, stored, today=date(2026, 11, 18))) == []
    assert codes(screened(DGS10, said, stored, today=date(2026, 11, 23))) == []
    assert codes(screened(DGS10, said, stored, today=date(2026, 11, 24))) == [
        ("withdrawn", "warning")
    ]


def test_a_publisher_that_gives_no_weekends_withdraws_nothing() -> None:
    spec = SERIES["DFEDTARU"]
    stored = {date(2026, 11, 1) + timedelta(days=day): 3.75 for day in range(18)}
    said = {day: value for day, value in stored.items() if day.weekday() < 5}
    assert codes(screened(spec, said, stored)) == []


def test_an_answer_from_some_month_on_lacks_nothing_before_it() -> None:
    stored = months("2020-01", *[4.1] * 80)
    recent = dict(list(stored.items())[-4:])
    assert screened(UNRATE, recent, stored) == Screened(answer(UNRATE, recent))


# ----------------------------------------------------------------------------------------- archives
def archive(spec: SeriesSpec, *rows: tuple[str, str, float]) -> Fetch:
    kept = tuple(
        Observation(date.fromisoformat(period), date.fromisoformat(day), value)
        for period, day, value in rows
    )
    since = min(row.known_from for row in kept)
    periods = [row.period for row in kept]
    statement = Statement(since, TODAY, min(periods), max(periods))
    return Fetch(spec.id, ARCHIVE, NOW, kept, (statement,), b"")


def test_old_vintages_on_other_base_years_are_no_news() -> None:
    fetch = archive(
        GDPC1,
        ("2025-07-01", "2025-10-30", 24_100.0),
        ("2025-01-01", "2025-09-25", 23_900.0),
        ("2025-04-01", "2025-09-25", 24_000.0),
        ("2025-01-01", "2025-04-30", 20_000.0),
        ("2025-04-01", "2025-07-30", 12_100.0),
    )
    stored = {date(2025, 1, 1): 23_900.0, date(2025, 4, 1): 24_000.0}
    assert screen(GDPC1, fetch, stored, {}, TODAY) == Screened(fetch)


def test_every_vintage_is_held_to_the_bounds() -> None:
    fetch = archive(
        UNRATE,
        ("2026-08-01", "2026-09-04", 42.0),
        ("2026-08-01", "2026-10-02", 4.2),
        ("2026-09-01", "2026-10-02", 4.2),
    )
    verdict = screen(UNRATE, fetch, {}, {}, TODAY)
    assert held(verdict) == {"out_of_bounds": [42.0]}
    assert verdict.accepted
    assert [row.value for row in verdict.accepted.observations] == [4.2, 4.2]


def test_the_newest_vintage_is_held_to_the_largest_move() -> None:
    fetch = archive(
        UNRATE,
        ("2026-08-01", "2026-09-04", 4.2),
        ("2026-09-01", "2026-10-02", 24.0),
    )
    verdict = screen(UNRATE, fetch, {date(2026, 8, 1): 4.2}, {}, TODAY)
    assert held(verdict) == {"jump": [24.0]}
    assert values(verdict.accepted) == {date(2026, 8, 1): 4.2}


def test_an_archive_that_gives_only_what_changed_is_not_cut_off() -> None:
    stored = months("2020-01", *[4.1] * 80)
    fetch = archive(UNRATE, ("2020-01-01", "2026-11-01", 4.2), ("2025-09-01", "2026-11-01", 4.3))
    assert screen(UNRATE, fetch, stored, {}, TODAY) == Screened(fetch)


# --------------------------------------------------------------------------------- second opinions
def test_publishers_that_agree_are_not_mentioned() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04)
    second = answer(DGS10, stored, "treasury")
    assert compare(DGS10, stored, second, "fred") == Screened(None)


def test_publishers_that_disagree_are_both_kept_and_named() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04, 4.05)
    second = answer(DGS10, stored | {date(2026, 11, 13): 4.14}, "treasury")
    verdict = compare(DGS10, stored, second, "fred")
    assert verdict.accepted is None
    assert codes(verdict) == [("publishers_disagree", "warning")]
    assert verdict.findings[0].message == (
        "Treasury constant maturity, 10 years (DGS10): for 2026-11-13 fred says 4.04 and treasury"
        " 4.14; fred is preferred."
    )
    (aside,) = verdict.withheld
    assert (aside.source, aside.raw) == ("treasury", b"raw")
    assert [(row.period, row.value) for row in aside.observations] == [(date(2026, 11, 13), 4.14)]


@pytest.mark.parametrize(("theirs", "told"), [(4.045, False), (4.05, True), (4.0449, False)])
def test_half_of_the_last_digit_is_rounding(theirs: float, *, told: bool) -> None:
    stored = workdays(date(2026, 11, 12), 4.04)
    second = answer(DGS10, {date(2026, 11, 12): theirs}, "treasury")
    assert bool(compare(DGS10, stored, second, "fred").findings) == told


def test_what_only_the_second_publisher_has_is_taken_from_it() -> None:
    stored = workdays(date(2026, 11, 12), 4.03, 4.04)
    second = answer(DGS10, stored | workdays(date(2026, 11, 16), 4.05, 4.06), "treasury")
    verdict = compare(DGS10, stored, second, "fred")
    assert verdict.findings == ()
    assert verdict.accepted
    assert values(verdict.accepted) == workdays(date(2026, 11, 16), 4.05, 4.06)
    assert verdict.accepted.source == "treasury"
    assert [(part.first, part.last) for part in verdict.accepted.statements] == [
        (date(2026, 11, 16), date(2026, 11, 17))
    ]


def test_a_release_that_only_one_has_yet_is_no_disagreement() -> None:
    stored = months("2026-07", 159_000, 159_100)
    ahead = answer(PAYEMS, months("2026-07", 158_900, 158_950, 159_050), "bls")
    verdict = compare(PAYEMS, stored, ahead, "fred")
    assert verdict.findings == ()
    assert values(verdict.accepted) == months("2026-09", 159_050)
    behind = answer(PAYEMS, months("2026-07", 158_900), "bls")
    assert compare(PAYEMS, stored, behind, "fred") == Screened(None)
    level = answer(PAYEMS, months("2026-07", 158_900, 159_100), "bls")
    assert codes(compare(PAYEMS, stored, level, "fred")) == [("publishers_disagree", "warning")]


def test_a_blank_is_no_disagreement() -> None:
    stored: Values = {date(2026, 11, 11): None, date(2026, 11, 12): 4.03}
    second = answer(DGS10, {date(2026, 11, 11): 4.0, date(2026, 11, 12): 4.03}, "treasury")
    assert screening.disagreements(DGS10, stored, values(second)) == ()


def test_a_fetch_without_statements_is_screened_as_well() -> None:
    fetch = replace(answer(UNRATE, months("2026-08", 4.2, 44.0)), statements=())
    verdict = screen(UNRATE, fetch, months("2026-07", 4.1, 4.2), {}, TODAY)
    assert held(verdict) == {"out_of_bounds": [44.0]}


RATES = st.one_of(st.none(), st.floats(-1000, 1000), st.sampled_from([4.1, 4.2, 15.0, 42.0]))
SOME_MONTHS = st.dictionaries(
    st.integers(0, 30).map(lambda index: add_months(date(2024, 1, 1), index)), RATES, max_size=30
)


@settings(max_examples=200, deadline=None)
@given(said=SOME_MONTHS.filter(bool), stored=SOME_MONTHS, source=st.sampled_from(["fred", ARCHIVE]))
def test_whatever_comes_no_value_is_made_up_and_none_that_cannot_be_true_is_accepted(
    said: Values, stored: Values, source: str
) -> None:
    fetch = answer(UNRATE, said, source)
    verdict = screen(UNRATE, fetch, stored, {}, TODAY)
    accepted = verdict.accepted.observations if verdict.accepted else ()
    aside = [row for item in verdict.withheld for row in item.observations]
    assert {*accepted, *aside} <= {*fetch.observations}
    assert not {*accepted} & {*aside}
    for row in accepted:
        assert row.value is None or 1 <= row.value <= 35
        assert row.value is not None or stored.get(row.period) is None or source == ARCHIVE
    for row in fetch.observations:
        assert row.value is None or row in accepted or row in aside
    for part in verdict.accepted.statements if verdict.accepted else ():
        assert not [row for row in aside if part.first <= row.period <= part.last]
    assert bool(verdict.withheld) <= bool(verdict.findings)


def test_sixty_years_of_days_are_screened_in_a_moment(history: dict[str, Fetch]) -> None:
    stored = values(history["DGS10"])
    fetch = answer(DGS10, stored, day=date(2026, 6, 2))
    started = time.perf_counter()
    verdict = screen(DGS10, fetch, stored, {}, date(2026, 6, 2))
    # Measured: 0.15 s. Anything that looks at every day for every day takes minutes.
    assert time.perf_counter() - started < 2
    assert verdict.accepted is fetch
    compare(DGS10, stored, fetch, "treasury")
    assert time.perf_counter() - started < 4


# ------------------------------------------------------------------------------ what is no period
@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("UNRATE", date(2026, 9, 5)),
        ("UNRATE", date(1026, 9, 1)),
        ("UNRATE", date(1926, 9, 1)),
        ("GDP", date(2026, 8, 1)),
        ("GDP", date(2026, 7, 2)),
        ("DGS10", date(1862, 1, 2)),
    ],
)
def test_a_value_on_a_day_on_which_no_period_begins_is_withheld(name: str, day: date) -> None:
    spec = SERIES[name]
    good = Observation(date(2026, 7, 1), date(2026, 11, 20), 4.3)
    bad = Observation(day, date(2026, 11, 20), 4.3)
    fetch = Fetch(name, "fred", datetime(2026, 11, 20, 22, tzinfo=UTC), (good, bad))
    verdict = screen(replace(spec, bounds=(0, 10)), fetch, {}, {}, date(2026, 11, 20))
    assert verdict.accepted is not None
    assert verdict.accepted.observations == (good,)
    assert [(item.code, item.observations) for item in verdict.withheld] == [("no_period", (bad,))]
    assert [finding.code for finding in verdict.findings] == ["no_period"]


def test_a_target_rate_is_in_force_on_sundays() -> None:
    rows = (Observation(date(2026, 11, 15), date(2026, 11, 20), 4.0),)
    fetch = Fetch("DFEDTARU", "fred", datetime(2026, 11, 20, 22, tzinfo=UTC), rows)
    assert screen(SERIES["DFEDTARU"], fetch, {}, {}, date(2026, 11, 20)).withheld == ()


def test_an_old_vintage_is_no_word_on_what_is_believed_today() -> None:
    day = date(2010, 2, 5)
    rows = tuple(
        Observation(period, day, value) for period, value in months("2009-12", 10.0, 9.7).items()
    )
    stated = (Statement(day, day, rows[0].period, rows[-1].period),)
    fetch = Fetch("UNRATE", "csvdir", NOW, rows, stated)
    stored = months("2009-11", 9.9, 1.0, 1.0, 9.8, 9.9)
    assert screen(UNRATE, fetch, stored, {}, TODAY) == Screened(fetch)
    assert screen(UNRATE, fetch, stored, {}, day).findings
