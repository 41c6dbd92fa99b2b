"""What a fetch adds to what was believed, case by case; ``tests/property`` has the general rule."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.catalog import ARCHIVE, BUNDLED, FILES
from monitor.domain import Fetch, Observation, Statement
from monitor.store import Recorded, Store, Vintage

AUGUST, SEPTEMBER, OCTOBER = (date(2026, month, 1) for month in (8, 9, 10))
Values = dict[date, float | None]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "monitor.db") as opened:
        yield opened


def day(number: int) -> date:
    return date(2026, 11, number)


def look(
    on: int,
    said: Values,
    *,
    source: str = "fred",
    hour: int = 12,
    covers: tuple[date, date] | None = None,
    series: str = "UNRATE",
) -> Fetch:
    """One look at a publisher on a day of November."""
    first, last = covers or (min(said), max(said))
    return Fetch(
        series,
        source,
        datetime(2026, 11, on, hour, tzinfo=UTC),
        tuple(Observation(period, day(on), value) for period, value in said.items()),
        (Statement(day(on), day(on), first, last),),
    )


def archive(since: int, until: int, *rows: tuple[date, int, float | None]) -> Fetch:
    """The archive's vintages of some days of November, of August to October."""
    return Fetch(
        "UNRATE",
        ARCHIVE,
        datetime(2026, 11, until, 20, tzinfo=UTC),
        tuple(Observation(period, day(on), value) for period, on, value in rows),
        (Statement(day(since), day(until), AUGUST, OCTOBER),),
    )


def rows(store: Store) -> list[tuple[str, float | None, str]]:
    """Day, value and source of all rows of one period."""
    return [(known_from, value, source) for _, _, known_from, value, source, _ in store.export()]


def believed(store: Store, on: int, period: date = SEPTEMBER) -> float | None:
    return store.believed("UNRATE", day(on)).get(period, -1.0)


# ------------------------------------------------------------------------------------ out of order
def test_a_late_value_holds_until_the_next_day_on_which_somebody_vouched_for_another(
    store: Store,
) -> None:
    store.record([look(1, {SEPTEMBER: 4.2})])
    store.record([look(9, {SEPTEMBER: 4.2})])  # no row: nothing changed
    assert rows(store) == [("2026-11-01", 4.2, "fred")]
    assert store.record([look(5, {SEPTEMBER: 4.3})]) == {"UNRATE": Recorded(0, 1, 0)}
    assert [believed(store, on) for on in (4, 5, 8, 9)] == [4.2, 4.3, 4.3, 4.2]
    assert rows(store)[-1] == ("2026-11-09", 4.2, "fred")


def test_a_late_value_that_was_believed_anyway_adds_nothing(store: Store) -> None:
    store.record([look(1, {SEPTEMBER: 4.2}), look(9, {SEPTEMBER: 4.3})])
    assert store.record([look(5, {SEPTEMBER: 4.2})])["UNRATE"] == Recorded(0, 0, 1)
    assert len(rows(store)) == 2


def test_what_was_believed_later_is_stated_by_the_publisher_who_vouched_for_it(
    store: Store,
) -> None:
    store.record([look(1, {SEPTEMBER: 4.2})])
    store.record([look(9, {SEPTEMBER: 4.2}, source="bls")])
    store.record([look(5, {SEPTEMBER: 4.3})])
    assert rows(store)[-1] == ("2026-11-09", 4.2, "bls")


def test_a_statement_vouches_for_its_own_periods_only(store: Store) -> None:
    store.record([look(1, {AUGUST: 4.1, SEPTEMBER: 4.2})])
    store.record([look(9, {AUGUST: 4.1})])
    store.record([look(5, {SEPTEMBER: 4.3})])
    assert believed(store, 30) == 4.3


def test_of_several_who_vouched_the_earliest_counts(store: Store) -> None:
    store.record([look(on, {SEPTEMBER: 4.2}) for on in (1, 7, 9)])
    store.record([look(5, {SEPTEMBER: 4.3})])
    assert [known_from for known_from, _, _ in rows(store)] == [
        "2026-11-01",
        "2026-11-05",
        "2026-11-07",
    ]


def test_an_earlier_sight_of_the_same_value_moves_the_day_from_which_it_was_known(
    store: Store,
) -> None:
    store.record([look(9, {SEPTEMBER: 4.2})])
    store.record([look(5, {SEPTEMBER: 4.2}, source="bls")])
    assert [(it.known_from, it.source) for it in store.vintages("UNRATE")] == [(day(5), "bls")]
    assert store.panel(day(20), ["UNRATE"]).provenance["UNRATE"].known_from == day(5)


# ----------------------------------------------------------------------------------------- silence
def test_a_period_that_an_answer_passes_over_lost_its_value_that_day(store: Store) -> None:
    everything: Values = {AUGUST: 4.1, SEPTEMBER: 4.2, OCTOBER: 4.3}
    store.record([look(1, everything)])
    gap = look(5, {AUGUST: 4.1, OCTOBER: 4.3})
    assert store.record([gap])["UNRATE"] == Recorded(0, 0, 2, missing=1)
    assert [believed(store, on) for on in (4, 5)] == [4.2, None]
    assert store.record([gap])["UNRATE"] == Recorded(0, 0, 2, missing=0)
    assert store.record([look(9, everything)])["UNRATE"] == Recorded(0, 1, 2)


def test_that_there_never_was_a_value_is_stated_once(store: Store) -> None:
    store.record([look(9, {AUGUST: 4.1, OCTOBER: 4.3})])
    store.record([look(5, {SEPTEMBER: None})])
    assert [value for _, value, _ in rows(store)] == [4.1, None, 4.3]


def test_a_period_beyond_the_ends_of_an_answer_keeps_its_value(store: Store) -> None:
    store.record([look(1, {AUGUST: 4.1, SEPTEMBER: 4.2, OCTOBER: 4.3})])
    assert store.record([look(5, {SEPTEMBER: 4.2})])["UNRATE"] == Recorded(0, 0, 1)
    assert believed(store, 9, AUGUST) == 4.1


def test_silence_is_no_word_against_a_better_publisher_of_the_same_day(store: Store) -> None:
    store.record([look(1, {AUGUST: 4.1, SEPTEMBER: 4.2, OCTOBER: 4.3})])
    store.record([look(5, {AUGUST: 4.1, SEPTEMBER: 4.2, OCTOBER: 4.3}, source="fred")])
    told = store.record([look(5, {AUGUST: 4.1, OCTOBER: 4.3}, source="bls")])["UNRATE"]
    assert told.missing == 1
    assert believed(store, 9) == 4.2
    assert len(rows(store)) == 3


def test_silence_about_a_period_never_heard_of_says_nothing(store: Store) -> None:
    store.record([look(5, {AUGUST: 4.1, OCTOBER: 4.3})])
    assert SEPTEMBER not in store.believed("UNRATE", day(5))
    store.record([look(1, {SEPTEMBER: 4.2})])
    assert [believed(store, on) for on in (1, 5)] == [4.2, None]


# ------------------------------------------------------------------------------------- on one day
def test_a_figure_that_changes_twice_on_a_day_is_stored_at_once(store: Store) -> None:
    store.record([look(5, {SEPTEMBER: 4.2}, hour=9)])
    assert store.record([look(5, {SEPTEMBER: 4.3}, hour=15)])["UNRATE"].revised == 1
    assert believed(store, 5) == 4.3
    assert len(rows(store)) == 2


def test_of_one_publisher_the_later_answer_of_a_day_counts_even_if_it_comes_first(
    store: Store,
) -> None:
    store.record([look(5, {SEPTEMBER: 4.3}, hour=15)])
    store.record([look(5, {SEPTEMBER: 4.2}, hour=9)])
    assert believed(store, 5) == 4.3
    assert len(rows(store)) == 2


@pytest.mark.parametrize("better_first", [True, False])
@pytest.mark.parametrize(
    ("better", "worse"),
    [("fred", "bls"), (FILES, "fred"), ("bls", BUNDLED), (BUNDLED, "somebody else")],
)
def test_of_several_publishers_of_a_day_the_better_one_counts_and_both_are_kept(
    store: Store, better: str, worse: str, *, better_first: bool
) -> None:
    fetches = [
        look(5, {SEPTEMBER: 4.2}, source=better, hour=9),
        look(5, {SEPTEMBER: 5.2}, source=worse, hour=15),
    ]
    for fetch in fetches if better_first else reversed(fetches):
        store.record([fetch])
    assert believed(store, 5) == 4.2
    assert sorted(rows(store)) == sorted([("2026-11-05", 4.2, better), ("2026-11-05", 5.2, worse)])
    assert [it.value for it in store.vintages("UNRATE")] == [4.2]


def test_the_better_publisher_counts_even_if_it_only_said_what_was_believed(store: Store) -> None:
    store.record([look(1, {SEPTEMBER: 4.2}), look(5, {SEPTEMBER: 4.2})])
    told = store.record([look(5, {SEPTEMBER: 5.2}, source="bls")])["UNRATE"]
    assert told == Recorded(0, 0, 1)  # nothing that is believed has changed
    assert [believed(store, on) for on in (4, 5, 9)] == [4.2, 4.2, 4.2]
    assert ("2026-11-05", 5.2, "bls") in rows(store)


def test_two_publishers_who_agree_on_a_day_take_one_row(store: Store) -> None:
    store.record([look(5, {SEPTEMBER: 4.2})])
    store.record([look(5, {SEPTEMBER: 4.2}, source="bls")])
    assert len(rows(store)) == 1


def test_who_agreed_with_a_better_publisher_is_not_said_to_have_been_silent(store: Store) -> None:
    store.record([look(9, {SEPTEMBER: 4.2}), look(9, {SEPTEMBER: 4.2}, source="bls")])
    store.record([look(5, {SEPTEMBER: 4.3}, source="bls")])
    assert rows(store) == [("2026-11-05", 4.3, "bls"), ("2026-11-09", 4.2, "fred")]


# ---------------------------------------------------------------------------------------- archives
@pytest.mark.parametrize("archive_first", [True, False])
def test_within_its_days_the_archive_decides_whatever_others_said(
    store: Store, *, archive_first: bool
) -> None:
    fetches = [
        archive(2, 10, (SEPTEMBER, 2, 4.2), (SEPTEMBER, 7, 4.3)),
        look(5, {SEPTEMBER: 9.9}),
        look(10, {SEPTEMBER: 8.8}),
        look(12, {SEPTEMBER: 4.4}),
    ]
    for fetch in fetches if archive_first else reversed(fetches):
        store.record([fetch])
    assert [believed(store, on) for on in (2, 5, 6, 7, 10, 11, 12)] == [
        4.2, 4.2, 4.2, 4.3, 4.3, 4.3, 4.4,
    ]  # fmt: skip


@pytest.mark.parametrize("archive_first", [True, False])
def test_what_was_seen_before_the_archive_had_the_period_stays(
    store: Store, *, archive_first: bool
) -> None:
    # The Treasury publishes in the afternoon what the archive has on the next day.
    fetches = [
        archive(1, 10, (AUGUST, 1, 4.1), (SEPTEMBER, 6, 4.2)),
        look(5, {SEPTEMBER: 4.2}, source="bls"),
        look(8, {SEPTEMBER: 9.9}, source="bls"),
    ]
    for fetch in fetches if archive_first else reversed(fetches):
        store.record([fetch])
    assert [believed(store, on) for on in (4, 5, 6, 8, 10)] == [-1.0, 4.2, 4.2, 4.2, 4.2]
    assert [it.known_from for it in store.vintages("UNRATE") if it.period == SEPTEMBER] == [day(5)]


def test_an_archive_that_agrees_adds_the_row_that_opens_a_period_and_no_other(
    store: Store,
) -> None:
    store.record([look(on, {SEPTEMBER: 4.2}) for on in (1, 5)])
    store.record([look(6, {SEPTEMBER: 4.3}), look(7, {SEPTEMBER: 4.2})])
    assert len(rows(store)) == 3
    told = store.record([archive(2, 10, (SEPTEMBER, 2, 4.2))])["UNRATE"]
    assert told == Recorded(0, 0, 1)
    assert [known_from[-2:] for known_from, _, source in rows(store) if source == ARCHIVE] == [
        "02",
        "06",
    ]
    assert [it.known_from for it in store.vintages("UNRATE")] == [day(1)]


def test_days_told_by_somebody_worse_do_not_decide_over_a_better_look(store: Store) -> None:
    days = (Statement(day(1), day(10), SEPTEMBER, SEPTEMBER),)
    told = (Observation(SEPTEMBER, day(1), 4.2),)
    at = datetime(2026, 11, 10, 12, tzinfo=UTC)
    store.record([Fetch("UNRATE", "somebody else", at, told, days), look(5, {SEPTEMBER: 4.3})])
    assert [believed(store, on) for on in (4, 5, 6)] == [4.2, 4.3, 4.2]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_windows_of_an_archive_stitch_together(store: Store, order: tuple[int, ...]) -> None:
    windows = [
        archive(1, 4, (SEPTEMBER, 1, 4.2), (SEPTEMBER, 3, 4.3)),
        archive(5, 8, (SEPTEMBER, 5, 4.3), (SEPTEMBER, 7, 4.4)),
        archive(9, 12, (SEPTEMBER, 9, 4.4)),
    ]
    for place in order:
        store.record([windows[place]])
    assert [(it.known_from.day, it.value) for it in store.vintages("UNRATE")] == [
        (1, 4.2),
        (3, 4.3),
        (7, 4.4),
    ]


def test_the_next_window_of_an_archive_adds_no_rows_where_nothing_changed(store: Store) -> None:
    store.record([archive(1, 8, (SEPTEMBER, 1, 4.2))])
    for until in (9, 10, 11):
        told = store.record([archive(until - 1, until, (SEPTEMBER, until - 1, 4.2))])["UNRATE"]
        assert told == Recorded(0, 0, 1)
    assert len(rows(store)) == 1
    store.record([look(10, {SEPTEMBER: 9.9})])
    assert believed(store, 10) == 4.2


def test_an_archive_may_say_that_a_value_was_withdrawn(store: Store) -> None:
    store.record([archive(1, 8, (SEPTEMBER, 1, 4.2), (SEPTEMBER, 5, None))])
    assert [believed(store, on) for on in (4, 5, 20)] == [4.2, None, None]


def test_an_archive_that_corrects_itself_is_believed_as_it_was_read_last(store: Store) -> None:
    store.record([archive(1, 8, (SEPTEMBER, 1, 4.2), (SEPTEMBER, 5, 4.3))])
    store.record([look(3, {SEPTEMBER: 9.9}), look(12, {SEPTEMBER: 4.3})])
    store.record([archive(1, 8, (SEPTEMBER, 1, 4.1), (SEPTEMBER, 6, 4.4))])
    assert [believed(store, on) for on in (1, 3, 5, 6, 8, 11, 12)] == [
        4.1, 4.1, 4.1, 4.4, 4.4, 4.4, 4.3,
    ]  # fmt: skip


def test_an_archive_is_silent_on_what_it_does_not_mention(store: Store) -> None:
    store.record([look(3, {SEPTEMBER: 4.2})])
    assert store.record([archive(1, 8, (AUGUST, 1, 4.1))])["UNRATE"].missing == 0
    assert believed(store, 8) == 4.2


# ------------------------------------------------------------------------- several days in a fetch
def test_a_fetch_vouches_for_every_one_of_its_vintages(store: Store) -> None:
    bundle = Fetch(
        "UNRATE",
        BUNDLED,
        datetime(2026, 11, 20, 12, tzinfo=UTC),
        (Observation(SEPTEMBER, day(2), 4.2), Observation(OCTOBER, day(8), 4.3)),
        tuple(
            Statement(day(on), day(on), SEPTEMBER, last)
            for on, last in ((2, SEPTEMBER), (8, OCTOBER))
        ),
    )
    assert store.record([bundle])["UNRATE"] == Recorded(2, 0, 0)
    store.record([look(5, {SEPTEMBER: 9.9})])
    assert [believed(store, on) for on in (2, 5, 7, 8)] == [4.2, 9.9, 9.9, 4.2]


def test_old_vintages_that_are_read_again_leave_no_trace_but_the_newest(store: Store) -> None:
    folder = Fetch(
        "UNRATE",
        FILES,
        datetime(2026, 11, 20, 12, tzinfo=UTC),
        (Observation(SEPTEMBER, day(2), 4.2), Observation(SEPTEMBER, day(8), 4.3)),
        tuple(Statement(day(on), day(on), SEPTEMBER, SEPTEMBER) for on in (2, 8)),
    )
    for _ in range(3):
        store.record([folder])
    with closing(sqlite3.connect(store.path)) as db:
        assert db.execute("SELECT since, count(*) FROM statement GROUP BY since").fetchall() == [
            ("2026-11-02", 1),
            ("2026-11-08", 3),
        ]


def test_a_vintage_that_is_corrected_afterwards_keeps_its_statement(store: Store) -> None:
    for value in (4.2, 4.4):
        rows_ = (Observation(SEPTEMBER, day(2), value), Observation(SEPTEMBER, day(8), 4.3))
        days = tuple(Statement(day(on), day(on), SEPTEMBER, SEPTEMBER) for on in (2, 8))
        at = datetime(2026, 11, 20, 12 + round(value * 10) % 2, tzinfo=UTC)
        store.record([Fetch("UNRATE", FILES, at, rows_, days)])
    assert [(known_from[-2:], value) for known_from, value, _ in rows(store)] == [
        ("02", 4.2),
        ("02", 4.4),
        ("08", 4.3),
    ]


def test_a_value_that_two_statements_of_a_fetch_cover_is_counted_once(store: Store) -> None:
    windows = tuple(Statement(day(a), day(b), SEPTEMBER, SEPTEMBER) for a, b in ((1, 5), (5, 9)))
    told = (Observation(SEPTEMBER, day(1), 4.2), Observation(SEPTEMBER, day(5), 4.3))
    at = datetime(2026, 11, 10, 12, tzinfo=UTC)
    assert store.record([Fetch("UNRATE", ARCHIVE, at, told, windows)])["UNRATE"] == Recorded(
        1, 1, 0
    )


def test_a_first_answer_need_not_be_in_order_nor_of_one_day(store: Store) -> None:
    at = datetime(2026, 11, 5, 12, tzinfo=UTC)
    statement = Statement(day(5), day(5), AUGUST, OCTOBER)
    told = (
        Observation(OCTOBER, day(5), 4.3),
        Observation(AUGUST, day(4), 4.1),
        Observation(OCTOBER, day(5), 4.3),
        Observation(SEPTEMBER, day(5), 4.2),
    )
    assert store.record([Fetch("UNRATE", "fred", at, told, (statement,))])["UNRATE"].new == 3
    assert store.believed("UNRATE", day(4)) == {AUGUST: 4.1}
    assert len(rows(store)) == 3
    assert (
        store.record([look(5, {AUGUST: 4.1}, series="X", covers=(AUGUST, OCTOBER))])["X"].new == 1
    )
    of_one_day = tuple(replace(row, known_from=day(5)) for row in told)
    assert store.record([Fetch("Z", "fred", at, of_one_day, (statement,))])["Z"].new == 3
    early = Fetch("Y", "fred", at, told[1:2], (statement,))
    assert store.record([early])["Y"].new == 1
    assert store.believed("Y", day(4)) == {AUGUST: 4.1}


def test_what_lies_outside_of_all_statements_is_kept_and_vouches_for_nothing(
    store: Store,
) -> None:
    seen_yesterday = Fetch(
        "UNRATE",
        "fred",
        datetime(2026, 11, 5, 12, tzinfo=UTC),
        (Observation(SEPTEMBER, day(4), 4.2), Observation(AUGUST, day(4), 4.1)),
        (Statement(day(5), day(5), SEPTEMBER, SEPTEMBER),),
    )
    assert store.record([seen_yesterday])["UNRATE"] == Recorded(2, 0, 0)
    assert [believed(store, on) for on in (3, 4)] == [-1.0, 4.2]
    store.record([look(3, {AUGUST: 9.9, SEPTEMBER: 9.9})])
    assert store.believed("UNRATE", day(9)) == {AUGUST: 4.1, SEPTEMBER: 4.2}


def test_a_fetch_without_statements_vouches_for_nothing(store: Store) -> None:
    store.record([look(1, {SEPTEMBER: 4.2})])
    bare = look(9, {SEPTEMBER: 4.2})
    store.record([Fetch("UNRATE", "fred", bare.fetched_at, bare.observations)])
    store.record([look(5, {SEPTEMBER: 4.3})])
    assert believed(store, 20) == 4.3


def test_of_two_observations_of_one_period_and_day_the_last_counts(store: Store) -> None:
    twice = (Observation(SEPTEMBER, day(5), 4.2), Observation(SEPTEMBER, day(5), 4.3))
    store.record([Fetch("UNRATE", "fred", datetime(2026, 11, 5, tzinfo=UTC), twice)])
    assert believed(store, 5) == 4.3


# ---------------------------------------------------------------------------------------- rounding
@pytest.mark.parametrize("bundled_first", [True, False])
def test_a_rounded_figure_and_the_exact_one_are_the_same_in_any_order(
    store: Store, *, bundled_first: bool
) -> None:
    quarter = date(2026, 4, 1)
    fetches = [
        look(1, {quarter: 24408.2}, source=BUNDLED, series="GDPC1"),
        look(5, {quarter: 24408.234}, series="GDPC1"),
        look(8, {quarter: 24408.231}, series="GDPC1"),
    ]
    for fetch in fetches if bundled_first else reversed(fetches):
        store.record([fetch])
    assert store.vintages("GDPC1") == [
        Vintage(quarter, day(1), 24408.2, BUNDLED, fetches[0].fetched_at)
    ]
    assert store.believed("GDPC1", day(9)) == {quarter: 24408.2}


# ------------------------------------------------------------------------------------- confirming
def test_an_answer_that_stands_vouches_for_its_values_on_the_new_day(store: Store) -> None:
    store.record([look(1, {AUGUST: 4.1, SEPTEMBER: 4.2})])
    at = datetime(2026, 11, 9, 12, tzinfo=UTC)
    assert store.confirm("UNRATE", "fred", at) == Recorded(0, 0, 2)
    assert store.held()["UNRATE"].answered_at == at
    assert store.held()["UNRATE"].complete_at == at
    store.record([look(5, {SEPTEMBER: 4.3})])
    assert [believed(store, on) for on in (5, 8, 9)] == [4.3, 4.3, 4.2]


def test_an_answer_that_stands_replaces_what_another_publisher_said_in_between(
    store: Store,
) -> None:
    store.record([look(1, {SEPTEMBER: 4.2}), look(5, {SEPTEMBER: 4.3}, source="bls")])
    told = store.confirm("UNRATE", "fred", datetime(2026, 11, 9, 12, tzinfo=UTC))
    assert told == Recorded(0, 1, 0)
    assert [believed(store, on) for on in (8, 9)] == [4.3, 4.2]


def test_what_a_better_publisher_said_as_well_that_day_is_confirmed_too(store: Store) -> None:
    everything: Values = {AUGUST: 4.1, SEPTEMBER: 4.2, OCTOBER: 4.3}
    store.record([look(1, everything), look(1, everything, source="bls")])
    told = store.confirm("UNRATE", "bls", datetime(2026, 11, 9, 12, tzinfo=UTC))
    assert told == Recorded(0, 0, 3)
    assert store.believed("UNRATE", day(9)) == everything


def test_what_a_publisher_said_against_a_better_one_is_confirmed_as_it_said_it(
    store: Store,
) -> None:
    store.record([look(1, {SEPTEMBER: 4.2}), look(1, {SEPTEMBER: 4.3}, source="bls")])
    store.confirm("UNRATE", "bls", datetime(2026, 11, 9, 12, tzinfo=UTC))
    assert [believed(store, on) for on in (8, 9)] == [4.2, 4.3]


def test_a_part_that_stands_does_not_pass_for_the_whole(store: Store) -> None:
    whole = look(1, {AUGUST: 4.1, SEPTEMBER: 4.2})
    store.record([whole])
    at = datetime(2026, 11, 9, 12, tzinfo=UTC)
    assert store.confirm("UNRATE", "fred", at, since=SEPTEMBER) == Recorded(0, 0, 1)
    assert store.held()["UNRATE"].answered_at == at
    assert store.held()["UNRATE"].complete_at == whole.fetched_at
    store.record([look(5, {AUGUST: 9.9})])
    assert believed(store, 20, AUGUST) == 9.9


def test_the_day_of_a_confirmation_is_that_of_its_time_zone(store: Store) -> None:
    from zoneinfo import ZoneInfo

    store.record([look(1, {SEPTEMBER: 4.2})])
    store.confirm("UNRATE", "fred", datetime(2026, 11, 8, 22, tzinfo=ZoneInfo("America/New_York")))
    store.record([look(5, {SEPTEMBER: 4.3})])
    assert [believed(store, on) for on in (7, 8)] == [4.3, 4.2]


def test_nothing_can_be_confirmed_of_whom_nothing_is_stored(store: Store) -> None:
    store.record([look(1, {SEPTEMBER: 4.2})])
    at = datetime(2026, 11, 9, 12, tzinfo=UTC)
    assert store.confirm("UNRATE", "bls", at) == Recorded(0, 0, 0)
    assert store.confirm("UNRATE", "fred", at, since=OCTOBER) == Recorded(0, 0, 0)
    assert store.held()["UNRATE"].answered_at == at


# ------------------------------------------------------------------------------------------- speed
def test_a_daily_series_is_read_and_confirmed_in_a_moment(store: Store) -> None:
    import time

    days = [date(1962, 1, 2) + timedelta(days=n) for n in range(16_000)]
    said: Values = {period: n / 100 for n, period in enumerate(days)}
    store.record([look(1, said, series="DGS10")])
    started = time.process_time()
    assert len(store.believed("DGS10", day(9))) == 16_000
    assert store.record([look(9, said, series="DGS10")])["DGS10"] == Recorded(0, 0, 16_000)
    assert time.process_time() - started < 1
