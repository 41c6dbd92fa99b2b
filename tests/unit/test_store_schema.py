"""Opening and migrating the database."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.domain import Fetch, Observation, Statement
from monitor.errors import StoreError
from monitor.sources import bundled
from monitor.store import SCHEMA, Store

FIRST_SCHEMA = """
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY, "migration_set" TEXT, "name" TEXT, "applied_at" TEXT);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
INSERT INTO "_sqlite_migrations"
    VALUES (1, 'recession-monitor', 'm001_first_schema', '2026-10-01 12:00:00+00:00');
CREATE TABLE observation (
   series TEXT NOT NULL, period TEXT NOT NULL, known_from TEXT NOT NULL, value REAL,
   source TEXT NOT NULL, fetched_at TEXT NOT NULL,
   PRIMARY KEY (series, period, known_from)) STRICT, WITHOUT ROWID;
CREATE TABLE "marker" ("fingerprint" TEXT PRIMARY KEY) STRICT;
CREATE TABLE "fetch" (
   "id" INTEGER PRIMARY KEY, "series" TEXT, "source" TEXT, "fetched_at" TEXT, "new" INTEGER,
   "revised" INTEGER, "unchanged" INTEGER) STRICT;
CREATE INDEX "idx_fetch_series_fetched_at" ON "fetch" ("series", "fetched_at");
CREATE TABLE "assessment" (
   "as_of" TEXT, "generated_at" TEXT, "model_id" TEXT, "inputs_sha256" TEXT, "document" TEXT,
   PRIMARY KEY ("as_of", "generated_at")) STRICT;
CREATE TABLE "run" (
   "id" INTEGER PRIMARY KEY, "verb" TEXT NOT NULL, "started_at" TEXT NOT NULL, "ended_at" TEXT,
   "exit_code" INTEGER, "as_of" TEXT) STRICT;
PRAGMA user_version = 1;

INSERT INTO marker VALUES ('an edition of the bundled history');
INSERT INTO run VALUES (1, 'run', '2026-10-12T12:00:00+00:00', '2026-10-12T12:00:09+00:00', 0,
    '2026-10-12');
INSERT INTO fetch VALUES
    (1, 'UNRATE', 'bundled', '2026-10-11T12:00:00+00:00', 2, 1, 0),
    (2, 'UNRATE', 'fredgraph', '2026-10-12T12:00:00+00:00', 1, 0, 2),
    (3, 'UNRATE', 'fredgraph', '2026-10-20T12:00:00+00:00', 0, 0, 3),
    (4, 'UNRATE', 'fred', '2026-11-08T02:30:00+00:00', 1, 1, 1);
INSERT INTO observation VALUES
    ('UNRATE', '2026-07-01', '2022-10-31', 4.0, 'bundled', '2026-10-11T12:00:00+00:00'),
    ('UNRATE', '2026-07-01', '2026-10-10', 4.1, 'bundled', '2026-10-11T12:00:00+00:00'),
    ('UNRATE', '2026-08-01', '2026-10-10', 4.2, 'bundled', '2026-10-11T12:00:00+00:00'),
    ('UNRATE', '2026-09-01', '2026-10-12', 4.3, 'fredgraph', '2026-10-12T12:00:00+00:00'),
    ('UNRATE', '2026-09-01', '2026-11-07', 4.4, 'fred', '2026-11-08T02:30:00+00:00'),
    ('UNRATE', '2026-10-01', '2026-11-06', NULL, 'fred', '2026-11-08T02:30:00+00:00');
"""

JULY, AUGUST, SEPTEMBER, OCTOBER = (date(2026, month, 1) for month in range(7, 11))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "monitor.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(FIRST_SCHEMA)
    return path


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [*db.iterdump(), str(db.execute("PRAGMA user_version").fetchone())]


def test_a_database_of_the_first_schema_tells_the_same_past(old: Path) -> None:
    with Store.open(old) as store:
        assert store.believed("UNRATE", date(2026, 10, 9)) == {JULY: 4.0}
        assert store.believed("UNRATE", date(2026, 10, 12)) == {
            JULY: 4.1,
            AUGUST: 4.2,
            SEPTEMBER: 4.3,
        }
        assert store.believed("UNRATE", date(2026, 11, 7))[SEPTEMBER] == 4.4
        assert store.believed("UNRATE", date(2026, 11, 7))[OCTOBER] is None
        assert list(store.export())[-1][2:] == (
            "2026-11-06", None, "fred", "2026-11-08T02:30:00+00:00"
        )  # fmt: skip
        assert store.last_answers()["UNRATE"][0] == "fred"
        assert store.last_run(completed=True) is not None


def test_a_fetch_of_the_first_schema_becomes_a_statement_of_its_day_and_periods(old: Path) -> None:
    Store.open(old).__exit__()
    with closing(sqlite3.connect(old)) as db:
        statements = db.execute(
            "SELECT source, since, until, first, last, new, revised, unchanged FROM statement"
        ).fetchall()
    assert statements == [
        # The bundled history told of many days: its old rows vouch for none.
        ("bundled", "2022-10-31", "2026-10-10", "", "", 2, 1, 0),
        ("fredgraph", "2026-10-12", "2026-10-12", "2026-07-01", "2026-09-01", 1, 0, 2),
        # Nothing new came of it: the day is that of the answer.
        ("fredgraph", "2026-10-20", "2026-10-20", "2026-07-01", "2026-09-01", 0, 0, 3),
        # The evening of the day before in New York, as its values say.
        ("fred", "2026-11-07", "2026-11-07", "2026-07-01", "2026-10-01", 1, 1, 1),
    ]


def test_what_was_believed_under_the_first_schema_is_pinned(old: Path) -> None:
    late = Fetch(
        "UNRATE",
        "fred",
        datetime(2026, 10, 15, 12, tzinfo=UTC),
        (Observation(SEPTEMBER, date(2026, 10, 15), 9.9),),
        (Statement(date(2026, 10, 15), date(2026, 10, 15), SEPTEMBER, SEPTEMBER),),
    )
    with Store.open(old) as store:
        store.record([late])
        assert store.believed("UNRATE", date(2026, 10, 19))[SEPTEMBER] == 9.9
        assert store.believed("UNRATE", date(2026, 10, 20))[SEPTEMBER] == 4.3


def test_the_bundled_history_is_read_once_more_and_adds_no_value(
    history: Store, tmp_path: Path
) -> None:
    path = tmp_path / "monitor.db"
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(FIRST_SCHEMA + "DELETE FROM observation; DELETE FROM fetch;")
        db.executemany("INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?)", list(history.export()))
        db.execute(
            "INSERT INTO fetch (series, source, fetched_at, new, revised, unchanged)"
            " SELECT DISTINCT series, source, fetched_at, 0, 0, 0 FROM observation"
        )
    with Store.open(path) as store:
        assert not store.has_marker("an edition of the bundled history")
        counts = store.record(bundled.fetches(now))
        assert {(it.new, it.revised, it.missing) for it in counts.values()} == {(0, 0, 0)}
        assert list(store.export()) == list(history.export())


def test_rows_that_no_fetch_explains_are_kept(old: Path) -> None:
    with closing(sqlite3.connect(old)) as db, db:
        db.execute("DELETE FROM fetch")
    with Store.open(old) as store:
        assert len(list(store.export())) == 6


def test_a_migration_that_fails_leaves_the_database_as_it_was(old: Path) -> None:
    with closing(sqlite3.connect(old)) as db:
        db.execute("CREATE TABLE receipt (something TEXT)")  # the migration will trip over it
    before = dump(old)
    with pytest.raises(StoreError, match="receipt already exists"):
        Store.open(old)
    assert dump(old) == before


def test_a_scratch_copy_is_migrated_and_the_file_is_not(old: Path) -> None:
    before = dump(old)
    with Store.open(old, scratch=True) as store:
        assert len(store.believed("UNRATE", date(2026, 11, 7))) == 4
    assert dump(old) == before


@pytest.mark.parametrize("kind", ["old", "absent"])
def test_several_processes_may_open_it_at_the_same_time(old: Path, kind: str) -> None:
    path = old if kind == "old" else old.with_name("absent.db")
    barrier = threading.Barrier(4)
    seen: list[Any] = []

    def work() -> None:
        barrier.wait()
        try:
            with Store.open(path) as store:
                seen.append(len(list(store.export())))
        except StoreError as err:
            seen.append(err)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [6 if kind == "old" else 0] * 4


def test_the_schema_is_the_newest_after_opening(old: Path) -> None:
    Store.open(old).__exit__()
    with closing(sqlite3.connect(old)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
