"""What was known when."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from monitor.catalog import ARCHIVE, BUNDLED, FILES, PEAKS, TROUGHS
from monitor.domain import Fetch, Held, Observation, Receipt, Statement
from monitor.errors import StoreError
from monitor.store import SCHEMA, Recorded, Store, Vintage

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "deep" / "monitor.db") as opened:
        yield opened


def fetch(
    *rows: tuple[date, date, float | None], series: str = "UNRATE", source: str = "fred"
) -> Fetch:
    return Fetch(series, source, NOW, tuple(Observation(*row) for row in rows))


def look(
    on: date, *said: tuple[date, float | None], series: str = "UNRATE", source: str = "fred"
) -> Fetch:
    """One look at a publisher: it vouches for all periods from the first to the last."""
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    observations = tuple(Observation(period, on, value) for period, value in said)
    periods = [period for period, _ in said]
    statement = Statement(on, on, min(periods), max(periods))
    return Fetch(series, source, at, observations, (statement,))


def known(store: Store, as_of: date, series: str = "UNRATE", **options: bool) -> dict[str, float]:
    values = store.panel(as_of, [series], **options).series.get(series, pd.Series(dtype=float))
    return {f"{stamp:%Y-%m}": value for stamp, value in values.items()}


def rows(store: Store) -> int:
    with closing(sqlite3.connect(store.path)) as db:
        return int(db.execute("SELECT count(*) FROM observation").fetchone()[0])


def test_the_same_answer_twice_adds_nothing_and_a_revision_adds_one_row(store: Store) -> None:
    first = fetch((SEPTEMBER, date(2026, 10, 3), 4.2), (OCTOBER, date(2026, 11, 7), 4.3))
    assert store.record([first]) == {"UNRATE": Recorded(new=2, revised=0, unchanged=0)}
    assert store.record([first]) == {"UNRATE": Recorded(new=0, revised=0, unchanged=2)}
    again = fetch((SEPTEMBER, date(2026, 11, 8), 4.1), (OCTOBER, date(2026, 11, 8), 4.3))
    assert store.record([again]) == {"UNRATE": Recorded(new=0, revised=1, unchanged=1)}
    assert rows(store) == 3


def test_a_panel_shows_the_value_of_its_day(store: Store) -> None:
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2), (SEPTEMBER, date(2026, 11, 8), 4.1))])
    assert known(store, date(2026, 11, 7)) == {"2026-09": 4.2}
    assert known(store, date(2026, 11, 8)) == {"2026-09": 4.1}


def test_a_missing_value_is_stored_as_missing(store: Store) -> None:
    day = date(2026, 11, 1)
    store.record([fetch((SEPTEMBER, day, None), (OCTOBER, day, 4.3))])
    values = store.panel(day, ["UNRATE"]).series["UNRATE"]
    assert values.isna().tolist() == [True, False]
    assert store.record([fetch((SEPTEMBER, date(2026, 11, 2), None))])["UNRATE"].unchanged == 1


def test_before_the_first_vintage_the_earliest_value_stands_in_from_its_usual_release(
    store: Store,
) -> None:
    # The rate of September is usually out ten days after the month.
    store.record([fetch((SEPTEMBER, date(2030, 1, 1), 4.2), (SEPTEMBER, date(2031, 1, 1), 9.9))])
    assert known(store, date(2026, 10, 9)) == {}
    assert known(store, date(2026, 10, 10)) == {"2026-09": 4.2}
    panel = store.panel(date(2026, 10, 10), ["UNRATE"])
    assert panel.provenance["UNRATE"].stand_ins == 1
    assert panel.provenance["UNRATE"].known_from == date(2026, 10, 10)


def test_strict_vintages_withhold_a_stand_in_that_may_have_been_revised(store: Store) -> None:
    vintage = date(2030, 1, 1)
    store.record(
        [fetch((SEPTEMBER, vintage, 4.2)), fetch((SEPTEMBER, vintage, 5.0), series="GS10")]
    )
    assert known(store, date(2026, 12, 1), strict=True) == {}
    assert known(store, date(2026, 12, 1), "GS10", strict=True) == {"2026-09": 5.0}


def test_a_live_figure_with_more_digits_than_the_bundled_one_is_no_revision(store: Store) -> None:
    quarter = date(2026, 4, 1)
    store.record([fetch((quarter, date(2026, 10, 10), 24408.2), series="GDPC1", source="bundled")])
    more_digits = fetch((quarter, date(2026, 11, 1), 24408.234), series="GDPC1")
    assert store.record([more_digits])["GDPC1"] == Recorded(0, 0, 1)
    real_revision = fetch((quarter, date(2026, 11, 2), 24409.1), series="GDPC1")
    assert store.record([real_revision])["GDPC1"] == Recorded(0, 1, 0)


def test_two_live_figures_are_compared_to_the_last_digit(store: Store) -> None:
    store.record([fetch((SEPTEMBER, date(2026, 10, 1), 4.2000001))])
    assert store.record([fetch((SEPTEMBER, date(2026, 10, 2), 4.2000002))])["UNRATE"].revised == 1


def test_turning_points_are_known_from_their_announcement_alone(history: Store) -> None:
    before = history.panel(date(2008, 11, 30), []).turning_points
    after = history.panel(date(2008, 12, 1), []).turning_points
    assert [p.month for p in after if p not in before] == [date(2007, 12, 1)]


def test_a_failure_in_the_middle_of_recording_leaves_nothing(store: Store) -> None:
    def broken() -> Any:
        yield fetch((SEPTEMBER, date(2026, 10, 1), 4.2))
        raise ValueError("the publisher went away")

    with pytest.raises(ValueError, match="went away"):
        store.record(broken(), marker="whole")
    assert rows(store) == 0
    assert not store.has_marker("whole")


def test_an_assessment_is_kept_once_and_compared_with_an_earlier_day(store: Store) -> None:
    def document(day: str, at: str, p: float) -> dict[str, Any]:
        return {"as_of": day, "generated_at": at, "model_id": "m", "inputs_sha256": "x", "p": p}

    assert store.previous(date(2026, 11, 22)) is None
    assert store.save(document("2026-11-21", "2026-11-21T12:00:00Z", 0.1))
    assert not store.save(document("2026-11-21", "2026-11-21T13:00:00Z", 0.1))
    assert store.save(document("2026-11-21", "2026-11-21T14:00:00Z", 0.2))
    stored = store.previous(date(2026, 11, 22))
    assert stored is not None
    assert stored["p"] == 0.2
    assert store.previous(date(2026, 11, 21)) is None


def test_the_ledger_tells_the_last_run_and_the_last_that_made_a_digest(store: Store) -> None:
    assert store.last_run() is None
    first = store.begin_run("run", NOW)
    store.end_run(first, NOW, 3, date(2026, 11, 22))
    store.begin_run("run", NOW)
    last, done = store.last_run(), store.last_run(completed=True)
    assert last is not None
    assert (last.ended_at, last.exit_code) == (None, None)
    assert done is not None
    assert (done.exit_code, done.as_of) == (3, date(2026, 11, 22))


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    Store.open(path).__exit__()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(StoreError, match=r"newer version.*upgrade"):
        Store.open(path)


def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(b"date,value\n" * 500)
    with pytest.raises(StoreError, match=r"monitor\.db \(\[store\] path\).*move it aside"):
        Store.open(path)
    assert path.read_bytes() == b"date,value\n" * 500


def test_a_copy_in_memory_changes_nothing_on_the_disk(store: Store, tmp_path: Path) -> None:
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2))])
    with Store.open(store.path, scratch=True) as copy:
        copy.record([fetch((OCTOBER, date(2026, 11, 3), 4.3))])
        assert len(known(copy, date(2026, 11, 30))) == 2
    assert rows(store) == 1
    absent = tmp_path / "absent" / "monitor.db"
    with Store.open(absent, scratch=True) as copy:
        assert copy.newest() == {}
    assert not absent.parent.exists()


def test_opening_a_current_database_does_not_load_pandas(store: Store) -> None:
    import subprocess
    import sys

    script = (
        "import sys; from pathlib import Path; from monitor.store import Store\n"
        f"Store.open(Path({str(store.path)!r})).newest()\n"
        "print(sorted({'pandas', 'sqlite_utils', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_last_answer_is_the_last_even_within_one_second(store: Store) -> None:
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2), source="bundled")])
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2), source="fredgraph")])
    assert store.last_answers()["UNRATE"] == ("fredgraph", NOW)


def test_neither_a_pull_nor_a_replay_passes_for_a_digest(store: Store) -> None:
    for verb in ("pull", "replay"):
        store.end_run(store.begin_run(verb, NOW), NOW, 0, date(2007, 7, 15))
    assert store.last_run(completed=True) is None


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder: name a file"):
        Store.open(tmp_path)


# ---------------------------------------------------------------------------------------- receipts
RECEIPT = Receipt("https://example.org/a", '"etag"', "Sun, 22 Nov 2026 12:00:00 GMT", "ab" * 32)


def test_a_receipt_is_kept_with_the_values_it_stands_for(store: Store) -> None:
    assert store.receipt(RECEIPT.request) is None
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2))], receipts=[RECEIPT])
    assert store.receipt(RECEIPT.request) == RECEIPT
    assert store.receipt("https://example.org/b") is None


def test_a_new_receipt_of_a_request_takes_the_place_of_the_old_one(store: Store) -> None:
    newer = Receipt(RECEIPT.request, "", "", "cd" * 32)
    store.record([], receipts=[RECEIPT])
    store.record([], receipts=[newer])
    assert store.receipt(RECEIPT.request) == newer


def test_no_receipt_is_kept_without_its_values(store: Store) -> None:
    def broken() -> Any:
        yield fetch((SEPTEMBER, date(2026, 10, 1), 4.2))
        raise ValueError("the publisher went away")

    with pytest.raises(ValueError, match="went away"):
        store.record(broken(), receipts=[RECEIPT])
    assert store.receipt(RECEIPT.request) is None


def test_what_several_answers_of_one_series_add_is_added_up(store: Store) -> None:
    first = fetch((SEPTEMBER, date(2026, 10, 3), 4.2))
    second = fetch((SEPTEMBER, date(2026, 11, 8), 4.1), (OCTOBER, date(2026, 11, 8), 4.3))
    assert store.record([first, second, second]) == {"UNRATE": Recorded(2, 1, 2)}


# ------------------------------------------------------------------------------- what there is
def test_what_is_held_tells_the_span_and_the_last_answers(store: Store) -> None:
    assert store.held() == {}
    store.record([look(date(2026, 10, 10), (SEPTEMBER, 4.2), source=BUNDLED)])
    assert store.held() == {"UNRATE": Held(SEPTEMBER, SEPTEMBER, None, None, None)}
    whole = look(date(2026, 11, 8), (SEPTEMBER, 4.2), (OCTOBER, 4.3))
    part = look(date(2026, 11, 10), (OCTOBER, 4.4), source=FILES)
    store.record([whole, part])
    assert store.held()["UNRATE"] == Held(
        SEPTEMBER, OCTOBER, part.fetched_at, whole.fetched_at, None
    )
    # Another edition of the bundled history is no answer.
    store.record([look(date(2026, 11, 12), (SEPTEMBER, 4.2), (OCTOBER, 4.4), source=BUNDLED)])
    assert store.held()["UNRATE"].answered_at == part.fetched_at
    assert store.held()["UNRATE"].complete_at == whole.fetched_at


def test_a_period_without_a_value_is_neither_the_first_nor_the_newest(store: Store) -> None:
    august, november = date(2026, 8, 1), date(2026, 11, 1)
    rows = [(august, None), (SEPTEMBER, 4.2), (OCTOBER, 4.3), (november, None)]
    store.record([look(date(2026, 12, 1), *rows)])
    assert (store.held()["UNRATE"].first, store.held()["UNRATE"].newest) == (SEPTEMBER, OCTOBER)
    assert store.newest() == {"UNRATE": (OCTOBER, "fred")}
    store.record([look(date(2026, 12, 1), (SEPTEMBER, None), series="PAYEMS")])
    assert "PAYEMS" not in store.held()


def test_the_archive_held_ends_with_its_last_day(store: Store) -> None:
    for until in (date(2026, 11, 20), date(2026, 11, 10)):
        window = Statement(date(2026, 11, 1), until, SEPTEMBER, OCTOBER)
        rows = (Observation(SEPTEMBER, date(2026, 11, 1), 4.2),)
        store.record([Fetch("UNRATE", ARCHIVE, NOW, rows, (window,))])
    assert store.held()["UNRATE"].archived_until == date(2026, 11, 20)
    assert store.held()["UNRATE"].complete_at == NOW


def test_an_answer_is_complete_though_the_bundled_history_begins_earlier(store: Store) -> None:
    # FRED's series of borrowings once began in 1948 and now begins in 1959.
    store.record(
        [look(date(2022, 10, 31), (date(1948, 1, 1), 0.1), (SEPTEMBER, 1), source=BUNDLED)]
    )
    whole = look(date(2026, 11, 8), (date(1959, 1, 1), 0.5), (SEPTEMBER, 1.0))
    store.record([whole, look(date(2026, 11, 9), (SEPTEMBER, 1.0))])
    assert store.held()["UNRATE"].complete_at == whole.fetched_at


def test_what_is_held_is_told_at_once_of_a_large_store(store: Store) -> None:
    import time

    months = [date(1950 + n // 12, n % 12 + 1, 1) for n in range(900)]
    for number in range(100):
        said = [(month, float(number)) for month in months]
        store.record([look(date(2026, 11, 1), *said, series=f"SERIES{number}")])
    with closing(sqlite3.connect(store.path)) as db, db:
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
            " INSERT INTO statement (series, source, rank, fetched_at, since, until, first, last,"
            " new, revised, unchanged, missing) SELECT series, source, rank,"
            " strftime('%Y-%m-%dT%H:%M:%S+00:00', '2026-11-02', i || ' minutes'),"
            " since, until, last, last, 0, 0, 0, 0"
            " FROM statement, n"
        )
    started = time.process_time()
    assert len(store.held()) == 100
    assert len(store.newest()) == 100
    assert time.process_time() - started < 0.25  # 50 ms on a machine that does nothing else


# ---------------------------------------------------------------------------------- what was known
def test_all_that_was_believed_is_told_with_its_source_and_instant(store: Store) -> None:
    first = look(date(2026, 10, 3), (SEPTEMBER, 4.2), source="bls")
    second = look(date(2026, 11, 8), (SEPTEMBER, 4.1), (OCTOBER, None), (date(2026, 11, 1), 4.3))
    store.record([first, second, look(date(2026, 11, 9), (SEPTEMBER, 4.1))])
    told = store.vintages("UNRATE", date(2026, 11, 8))
    assert told == [
        Vintage(SEPTEMBER, date(2026, 10, 3), 4.2, "bls", first.fetched_at),
        Vintage(SEPTEMBER, date(2026, 11, 8), 4.1, "fred", second.fetched_at),
        Vintage(OCTOBER, date(2026, 11, 8), None, "fred", second.fetched_at),
        Vintage(date(2026, 11, 1), date(2026, 11, 8), 4.3, "fred", second.fetched_at),
    ]
    assert store.vintages("UNRATE") == told
    assert store.vintages("UNRATE", date(2026, 11, 7)) == told[:1]
    assert store.vintages("PAYEMS") == []


def test_what_is_believed_has_no_stand_ins(store: Store) -> None:
    store.record([fetch((SEPTEMBER, date(2030, 1, 1), 4.2))])
    assert known(store, date(2026, 12, 1)) == {"2026-09": 4.2}
    assert store.believed("UNRATE", date(2026, 12, 1)) == {}
    assert store.believed("UNRATE", date(2030, 1, 1)) == {SEPTEMBER: 4.2}


def test_everything_can_be_exported_row_by_row(store: Store) -> None:
    store.record(
        [
            look(date(2026, 11, 8), (SEPTEMBER, 4.2), (OCTOBER, None), (date(2026, 11, 1), 4.4)),
            look(date(2026, 11, 1), (SEPTEMBER, 1.5), series="GS10", source="treasury"),
        ]
    )
    rows = store.export()
    assert next(rows) == (
        "GS10", "2026-09-01", "2026-11-01", 1.5, "treasury", "2026-11-01T12:00:00+00:00",
    )  # fmt: skip
    assert [(series, period, value) for series, period, _, value, _, _ in rows] == [
        ("UNRATE", "2026-09-01", 4.2),
        ("UNRATE", "2026-10-01", None),
        ("UNRATE", "2026-11-01", 4.4),
    ]


def test_an_export_does_not_hold_everything_in_memory(store: Store) -> None:
    import tracemalloc

    with closing(sqlite3.connect(store.path)) as db, db:
        db.execute(
            "INSERT INTO statement VALUES (1, 'S', 'fred', 1, '', '', '', '', '', 0, 0, 0, 0)"
        )
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
            " INSERT INTO observation SELECT 'S', printf('%06d', i), '2026-11-01', 1, i FROM n"
        )
    tracemalloc.start()
    assert sum(1 for _ in store.export()) == 100_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


# ---------------------------------------------------------------------------------- turning points
def month(year: int, number: int) -> date:
    return date(year + (number - 1) // 12, (number - 1) % 12 + 1, 1)


def recession(on: date, first: int, last: int, until: int) -> Fetch:
    """The monthly chronology of 2026 as it was seen on a day: ones from ``first`` to ``last``."""
    return look(
        on,
        *((month(2026, n), float(first <= n <= last)) for n in range(1, until + 1)),
        series="USREC",
    )


def points(store: Store, as_of: date) -> list[tuple[str, str, str]]:
    found = store.panel(as_of, []).turning_points
    return [(it.kind, f"{it.month:%Y-%m}", f"{it.announced}") for it in found]


def test_a_peak_is_known_from_the_day_its_first_month_of_recession_was_seen(store: Store) -> None:
    store.record([recession(date(2026, 9, 1), 99, 99, 8)])
    store.record([recession(date(2026, 12, 3), 5, 11, 11)])
    assert points(store, date(2026, 12, 2)) == []
    assert points(store, date(2026, 12, 3)) == [("peak", "2026-04", "2026-12-03")]
    assert points(store, date(2027, 6, 1)) == [("peak", "2026-04", "2026-12-03")]


def test_a_trough_is_known_from_the_day_on_which_the_month_after_it_was_none(store: Store) -> None:
    store.record([recession(date(2026, 12, 3), 5, 11, 11)])
    store.record([recession(date(2027, 8, 9), 5, 10, 19)])
    assert points(store, date(2027, 8, 8)) == [("peak", "2026-04", "2026-12-03")]
    assert points(store, date(2027, 8, 9)) == [
        ("peak", "2026-04", "2026-12-03"),
        ("trough", "2026-10", "2027-08-09"),
    ]


def test_a_recession_seen_only_when_it_was_over_has_both_turning_points(store: Store) -> None:
    store.record([recession(date(2027, 8, 9), 5, 10, 19)])
    assert points(store, date(2027, 8, 9)) == [
        ("peak", "2026-04", "2027-08-09"),
        ("trough", "2026-10", "2027-08-09"),
    ]


def test_a_stand_in_never_announces_a_turning_point(store: Store) -> None:
    store.record([recession(date(2030, 1, 1), 5, 10, 19)])
    assert points(store, date(2029, 12, 31)) == []


def test_a_bundled_turning_point_is_never_told_twice(store: Store) -> None:
    peak, trough = date(2026, 12, 1), date(2027, 8, 2)
    store.record(
        [
            fetch((month(2026, 4), peak, 1.0), series=PEAKS, source=BUNDLED),
            fetch((month(2026, 10), trough, 1.0), series=TROUGHS, source=BUNDLED),
            recession(date(2026, 12, 3), 5, 11, 11),
            recession(date(2027, 8, 9), 5, 10, 19),
        ]
    )
    assert points(store, date(2026, 12, 5)) == [("peak", "2026-04", "2026-12-01")]
    assert points(store, date(2027, 8, 20)) == [
        ("peak", "2026-04", "2026-12-01"),
        ("trough", "2026-10", "2027-08-02"),
    ]


def test_a_chronology_that_differs_by_a_month_adds_no_second_trough(store: Store) -> None:
    store.record(
        [
            fetch((month(2026, 4), date(2026, 12, 1), 1.0), series=PEAKS, source=BUNDLED),
            fetch((month(2026, 9), date(2027, 8, 2), 1.0), series=TROUGHS, source=BUNDLED),
            recession(date(2027, 8, 9), 5, 10, 19),
        ]
    )
    assert [kind for kind, _, _ in points(store, date(2027, 8, 20))] == ["peak", "trough"]


def test_a_hole_in_the_chronology_is_no_turning_point(store: Store) -> None:
    said = [(month(2026, 1), 0.0), (month(2026, 2), None), (month(2026, 3), 1.0)]
    store.record([look(date(2026, 12, 3), *said, series="USREC")])
    store.record([look(date(2026, 12, 3), (month(2025, 1), 1.0), series="USREC", source="bls")])
    assert points(store, date(2026, 12, 3)) == []


def test_the_bundled_turning_points_are_followed_by_those_of_the_chronology(
    history: Store,
) -> None:
    with Store.open(history.path, scratch=True) as copy:
        before = points(copy, date(2026, 12, 31))
        copy.record([recession(date(2026, 12, 3), 5, 11, 11)])
        assert points(copy, date(2026, 12, 31)) == [*before, ("peak", "2026-04", "2026-12-03")]
        assert points(copy, date(2026, 12, 2)) == before


def test_nothing_stands_in_where_the_archive_of_the_day_has_nothing(tmp_path: Path) -> None:
    # September 2025 came weeks late: on its usual day nobody knew it.
    month, late = date(2025, 9, 1), date(2025, 11, 20)
    rows = [Observation(date(2025, 8, 1), date(2025, 9, 5), 4.3), Observation(month, late, 4.4)]
    archived = Statement(date(2025, 1, 1), date(2026, 1, 1), date(2025, 8, 1), month)
    fetch = Fetch("UNRATE", ARCHIVE, datetime(2026, 1, 1, tzinfo=UTC), tuple(rows), (archived,))
    with Store.open(tmp_path / "m.db") as store:
        store.record([fetch])
        for day, newest in ((date(2025, 10, 20), date(2025, 8, 1)), (late, month)):
            panel = store.panel(day, ["UNRATE"])
            assert panel.series["UNRATE"].index[-1].date() == newest
            assert panel.provenance["UNRATE"].stand_ins == 0


def test_a_stand_in_of_a_later_vintage_stands_at_the_level_of_what_it_follows(
    store: Store,
) -> None:
    # Between the two looks the base year changed: everything reads a fifth higher.
    july, august = date(2026, 7, 1), date(2026, 8, 1)
    store.record([look(date(2026, 8, 20), (july, 100.0), series="INDPRO")])
    later = look(
        date(2026, 12, 1), (july, 120.0), (august, 121.2), (SEPTEMBER, 120.0), series="INDPRO"
    )
    store.record([later])
    then = known(store, date(2026, 10, 30), "INDPRO")
    assert then == pytest.approx({"2026-07": 100.0, "2026-08": 101.0, "2026-09": 100.0})
    assert known(store, date(2026, 12, 1), "INDPRO") == {
        "2026-07": 120.0, "2026-08": 121.2, "2026-09": 120.0,
    }  # fmt: skip


def test_a_stand_in_in_percent_is_not_scaled(store: Store) -> None:
    store.record([look(date(2026, 9, 20), (date(2026, 8, 1), 4.0))])
    store.record([look(date(2026, 12, 1), (date(2026, 8, 1), 4.2), (SEPTEMBER, 4.4))])
    assert known(store, date(2026, 11, 15)) == {"2026-08": 4.0, "2026-09": 4.4}


def test_growth_across_two_stored_vintages_is_that_of_its_time(history: Store) -> None:
    # Production rebased, payrolls benchmarked between the vintages of 2021 and 2024.
    production = history.panel(date(2021, 6, 20), ["INDPRO"]).series["INDPRO"]
    assert 100 * (production["2021-05-01"] / production["2020-05-01"] - 1) == pytest.approx(
        16.6, abs=1.0
    )
    payrolls = history.panel(date(2025, 6, 10), ["PAYEMS"]).series["PAYEMS"]
    assert payrolls["2025-05-01"] > payrolls["2025-02-01"]
