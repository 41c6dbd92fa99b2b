"""What a pull asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.catalog import SERIES
from monitor.domain import Held, Release
from monitor.sources.plan import FIRST_VINTAGE, Plan, plan

NOW = datetime(2026, 11, 19, 22, tzinfo=UTC)  # a Thursday
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
DAILY = replace(SERIES["DGS10"], release=Release("H.15", 0, 1), revision_months=0)
MONTHLY = replace(
    SERIES["UNRATE"],
    release=Release("Employment Situation", 1, 10),
    revised=True,
    revision_months=2,
)


def held(newest: date, *, hours: float = 24, days_whole: float = 2, **rest: date | None) -> Held:
    values = {
        "first": date(1962, 1, 2),
        "newest": newest,
        "answered_at": NOW - timedelta(hours=hours),
        "complete_at": NOW - timedelta(days=days_whole),
        "archived_until": None,
    }
    return Held(**{**values, **rest})  # type: ignore[arg-type]  # the fields by name


def one(spec: object, known: Held | None, *, vintages: bool = False, now: datetime = NOW) -> Plan:
    stored = {} if known is None else {spec.id: known}  # type: ignore[attr-defined]  # a SeriesSpec
    return plan([spec], stored, now, min_interval=HOUR, refresh=WEEK, vintages=vintages)  # type: ignore[list-item]  # a SeriesSpec


def test_the_first_time_the_whole_history_is_asked_for() -> None:
    (want,) = one(DAILY, None).wants
    assert (want.since, want.vintages_since) == (None, None)


def test_the_bundled_history_is_no_answer() -> None:
    bundled = held(date(2026, 6, 1), answered_at=None, complete_at=None)
    (want,) = one(DAILY, bundled).wants
    assert want.since is None


def test_a_series_answered_a_moment_ago_is_left_alone() -> None:
    assert one(DAILY, held(date(2026, 11, 17), hours=0.5)) == Plan((), fresh=("DGS10",))


def test_a_yield_is_asked_for_from_the_month_that_holds_the_last_ten_days() -> None:
    (want,) = one(DAILY, held(date(2026, 11, 18))).wants
    assert want.since == date(2026, 11, 1)
    (want,) = one(DAILY, held(date(2026, 11, 9))).wants
    assert want.since == date(2026, 10, 1)


def test_a_revised_series_is_asked_for_from_where_its_usual_revisions_begin() -> None:
    (want,) = one(MONTHLY, held(date(2026, 9, 1))).wants
    assert want.since == date(2026, 7, 1)


def test_whole_histories_are_asked_for_again_once_they_are_old() -> None:
    (want,) = one(DAILY, held(date(2026, 11, 18), days_whole=7)).wants
    assert want.since is None
    (want,) = one(DAILY, held(date(2026, 11, 18), days_whole=6.9)).wants
    assert want.since is not None


def test_an_old_history_does_not_override_the_interval() -> None:
    assert one(DAILY, held(date(2026, 11, 18), hours=0.5, days_whole=9)).fresh == ("DGS10",)


@pytest.mark.parametrize(
    ("day", "asked"),
    [(date(2026, 11, 30), False), (date(2026, 12, 1), True), (date(2026, 12, 12), True)],
)
def test_a_monthly_figure_is_asked_for_from_its_earliest_release_until_it_comes(
    day: date, asked: bool
) -> None:
    now = datetime(day.year, day.month, day.day, 22, tzinfo=UTC)
    known = held(date(2026, 10, 1), answered_at=now - HOUR * 24, complete_at=now - HOUR * 24)
    result = one(MONTHLY, known, now=now)
    assert bool(result.wants) is asked
    assert result.not_due == (() if asked else ("UNRATE",))


def test_no_yield_is_due_on_a_sunday_after_fridays_is_stored() -> None:
    sunday = datetime(2026, 11, 22, 22, tzinfo=UTC)
    assert one(DAILY, held(date(2026, 11, 20)), now=sunday).not_due == ("DGS10",)
    assert one(DAILY, held(date(2026, 11, 19)), now=sunday).wants


def test_a_discontinued_series_is_asked_for_until_it_is_complete() -> None:
    ended = replace(DAILY, ends=date(2008, 12, 15))
    assert one(ended, None).wants
    assert one(ended, held(date(2008, 12, 12), days_whole=9)).wants
    assert one(ended, held(date(2008, 12, 15), days_whole=9)) == Plan(())


def test_what_only_the_package_has_is_never_asked_for() -> None:
    assert one(SERIES["NBER_PEAK"], None) == Plan(())


# --------------------------------------------------------------------------------------- vintages
def test_all_vintages_are_asked_for_once_and_then_those_since() -> None:
    (want,) = one(MONTHLY, None, vintages=True).wants
    assert want.vintages_since == FIRST_VINTAGE
    archived = held(date(2026, 9, 1), archived_until=date(2026, 11, 6))
    (want,) = one(MONTHLY, archived, vintages=True).wants
    assert want.vintages_since == date(2026, 11, 6)


def test_an_archive_not_stored_yet_is_asked_for_with_the_next_question() -> None:
    (want,) = one(MONTHLY, held(date(2026, 9, 1)), vintages=True).wants
    assert (want.since, want.vintages_since) == (None, FIRST_VINTAGE)


def test_vintages_are_not_asked_for_where_there_are_none_or_too_many() -> None:
    never_revised = replace(MONTHLY, revised=False)
    weekly = replace(MONTHLY, frequency="weekly")
    for spec in (never_revised, weekly, DAILY):
        (want,) = one(spec, None, vintages=True).wants
        assert want.vintages_since is None
    (want,) = one(MONTHLY, None, vintages=False).wants
    assert want.vintages_since is None
