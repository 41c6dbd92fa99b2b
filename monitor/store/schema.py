"""The database itself: opening, migrations, transactions, and errors in words that help."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

from monitor.catalog import BUNDLED, SERIES
from monitor.errors import StoreError
from monitor.store.vintages import rank

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

SCHEMA: Final = 2
"""Number of the newest migration; kept in SQLite's ``user_version``."""

_BUSY_SECONDS: Final = 30.0


class Database:
    """One open database file."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path

    @classmethod
    def open(cls, path: Path, *, scratch: bool = False) -> Self:
        """Open the database, creating or migrating it if needed.

        Args:
            path: file of the database; missing folders are made.
            scratch: work on a copy in memory, so that nothing is ever written to ``path``.

        Raises:
            StoreError: the file is not a sound database, cannot be written, or was written by a
                newer version. The file is left as it is.
        """
        if path.is_dir():
            raise StoreError(f"{path} is a folder: name a file in [store] path")
        with translated(path):
            if scratch:
                connection = _copy_in_memory(path)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            with translated(path):
                _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def verify(self) -> None:
        """Let SQLite look at every page.

        Raises:
            StoreError: the file is damaged; the message says what was found first.
        """
        with translated(self.path):
            (verdict,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One write transaction, and errors in words that help."""
        with translated(self.path), _writing(self._db):
            yield


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction, taken at once so that it never fails half-way on a lock."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself where the disk was full.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


# --------------------------------------------------------------------------------------- migrations
def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA:
        raise StoreError(
            f"{path} ([store] path) was written by a newer version (schema {version}, this one"
            f" reads {SCHEMA}): upgrade recession-monitor or name another file"
        )
    if version < SCHEMA:
        _migrate(connection)
    # FULL: a value once reported as stored survives a power cut.
    connection.execute("PRAGMA synchronous = FULL")


def _copy_in_memory(path: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", isolation_level=None)
    if path.exists():
        # Without a log there is no other writer, and an immutable file is read without the two
        # helper files that SQLite would leave beside it.
        log = path.with_name(f"{path.name}-wal")
        mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
        with closing(sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True)) as original:
            original.backup(copy)
    return copy


def _migrate(connection: sqlite3.Connection) -> None:
    # sqlite-utils imports pandas, which takes seconds: only a database that needs it pays.
    from sqlite_utils import Database as Tables
    from sqlite_utils import Migrations

    migrations = Migrations("recession-monitor")
    migrations(name="m001_first_schema")(_first_schema)
    migrations(name="m002_statements")(_statements)
    _write_ahead(connection)
    with _writing(connection):
        # Those that another process applied while this one waited are not applied again.
        migrations.apply(Tables(connection))


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, where SQLite itself does not wait for another process."""
    patience = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as err:
            if err.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


def _first_schema(db: Tables) -> None:
    # Declared in SQL because sqlite-utils has no WITHOUT ROWID, which halves the file.
    db.execute(
        "CREATE TABLE observation ("
        " series TEXT NOT NULL, period TEXT NOT NULL, known_from TEXT NOT NULL,"
        " value REAL, source TEXT NOT NULL, fetched_at TEXT NOT NULL,"
        " PRIMARY KEY (series, period, known_from)) STRICT, WITHOUT ROWID"
    )
    db.table("marker").create({"fingerprint": str}, pk="fingerprint", strict=True)
    db.table("fetch").create(
        {
            "id": int,
            "series": str,
            "source": str,
            "fetched_at": str,
            "new": int,
            "revised": int,
            "unchanged": int,
        },
        pk="id",
        strict=True,
    )
    db.table("fetch").create_index(["series", "fetched_at"])
    db.table("assessment").create(
        {
            "as_of": str,
            "generated_at": str,
            "model_id": str,
            "inputs_sha256": str,
            "document": str,
        },
        pk=("as_of", "generated_at"),
        strict=True,
    )
    db.table("run").create(
        {
            "id": int,
            "verb": str,
            "started_at": str,
            "ended_at": str,
            "exit_code": int,
            "as_of": str,
        },
        pk="id",
        not_null={"verb", "started_at"},
        strict=True,
    )
    db.execute("PRAGMA user_version = 1")


def _statements(db: Tables) -> None:
    """Publisher and instant move from every observation to the statement that it belongs to.

    One look at a publisher was one row of ``fetch``. It becomes a statement of the day of its
    values, or of its own day if it had nothing to add, over the periods known by then. The
    bundled history told of several days at once: its old rows vouch for nothing, and it is read
    once more, which adds its statements.
    """
    db.execute(
        "CREATE TABLE statement ("
        " id INTEGER PRIMARY KEY, series TEXT NOT NULL, source TEXT NOT NULL,"
        " rank INTEGER NOT NULL, fetched_at TEXT NOT NULL, since TEXT NOT NULL,"
        " until TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, new INTEGER NOT NULL,"
        " revised INTEGER NOT NULL, unchanged INTEGER NOT NULL, missing INTEGER NOT NULL) STRICT"
    )
    _copy_fetches(db)
    db.execute("ALTER TABLE observation RENAME TO old_observation")
    db.execute(
        "CREATE TABLE observation ("
        " series TEXT NOT NULL, period TEXT NOT NULL, known_from TEXT NOT NULL,"
        " statement INTEGER NOT NULL REFERENCES statement (id), value REAL,"
        " PRIMARY KEY (series, period, known_from, statement)) STRICT, WITHOUT ROWID"
    )
    db.execute(
        "INSERT INTO observation (series, period, known_from, statement, value)"
        " SELECT series, period, known_from, statement, value FROM old_observation JOIN"
        " (SELECT min(id) AS statement, series, source, fetched_at FROM statement"
        "  GROUP BY series, source, fetched_at) USING (series, source, fetched_at)"
        " ORDER BY series, period, known_from"
    )
    db.execute("DROP TABLE old_observation")
    db.execute("DROP TABLE fetch")
    db.execute("DELETE FROM marker")
    for columns in ("series, fetched_at", "series, until", "series, first"):
        name = columns.replace(", ", "_")
        db.execute(f"CREATE INDEX statement_{name} ON statement ({columns})")
    db.execute(
        "CREATE INDEX statement_archive ON statement (series, until) WHERE source = 'alfred'"
    )
    db.execute(
        "CREATE TABLE receipt ("
        " request TEXT PRIMARY KEY, etag TEXT NOT NULL, last_modified TEXT NOT NULL,"
        " sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE quarantine ("
        " id INTEGER PRIMARY KEY, series TEXT, source TEXT NOT NULL, seen_at TEXT NOT NULL,"
        " day TEXT NOT NULL, last_seen_at TEXT NOT NULL, times INTEGER NOT NULL,"
        " code TEXT NOT NULL, reason TEXT NOT NULL, observations TEXT NOT NULL,"
        " raw_sha256 TEXT NOT NULL REFERENCES raw (sha256)) STRICT"
    )
    db.execute("CREATE INDEX quarantine_series ON quarantine (series, last_seen_at)")
    # One answer may be withheld for many series, and is kept once.
    db.execute(
        "CREATE TABLE raw ("
        " sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, kept INTEGER NOT NULL,"
        " body BLOB NOT NULL) STRICT"
    )
    db.execute("PRAGMA user_version = 2")


def _copy_fetches(db: Tables) -> None:
    days = {
        (series, source, at): (first_day, last_day)
        for series, source, at, first_day, last_day in db.execute(
            "SELECT series, source, fetched_at, min(known_from), max(known_from)"
            " FROM observation GROUP BY series, source, fetched_at"
        )
    }
    periods = _periods_known(db)
    fetches = db.execute(
        "SELECT id, series, source, fetched_at, new, revised, unchanged FROM fetch"
    ).fetchall()
    unexplained = days.keys() - {(series, source, at) for _, series, source, at, *_ in fetches}
    fetches += [(None, *key, 0, 0, 0) for key in sorted(unexplained)]
    for id_, series, source, at, *counts in fetches:
        since, until = days.get((series, source, at), (at[:10], at[:10]))
        first, last = "", ""
        if id_ is not None and source != BUNDLED:
            since = until
            by_then = [span for day, *span in periods.get(series, []) if day <= until]
            first, last = by_then[-1] if by_then else ("", "")
        place = rank(source, SERIES[series].publishers if series in SERIES else ())
        db.execute(
            "INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            [id_, series, source, place, at, since, until, first, last, *counts],
        )


def _periods_known(db: Tables) -> dict[str, list[tuple[str, str, str]]]:
    """For each series the days on which its rows begin, with first and last period by then."""
    rows = db.execute(
        "SELECT series, known_from, min(period), max(period) FROM observation"
        " GROUP BY series, known_from ORDER BY series, known_from"
    ).fetchall()
    found: dict[str, list[tuple[str, str, str]]] = {}
    for series, day, first, last in rows:
        days = found.setdefault(series, [])
        _, first_before, last_before = days[-1] if days else (day, first, last)
        days.append((day, min(first, first_before), max(last, last_before)))
    return found


# ------------------------------------------------------------------------------------------- errors
@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say what SQLite and the file system complain about in words that help."""
    where = f"{path} ([store] path)"
    try:
        yield
    except sqlite3.OperationalError as err:
        raise StoreError(f"{where}: {_remedy(err, path)}") from err
    except sqlite3.DatabaseError as err:
        raise StoreError(
            f"{where} is not a sound SQLite database ({err}): move it aside and run"
            " `recession-monitor pull` to build a new one; the file was left as it is"
        ) from err
    except OSError as err:
        raise StoreError(
            f"{where}: {err.strerror}: {err.filename}; make the folder writable for this user"
            " or set another [store] path"
        ) from err


def _remedy(err: sqlite3.OperationalError, path: Path) -> str:
    code = getattr(err, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full; free some space and run again, nothing stored was lost"
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
        return (
            f"cannot be opened for writing ({err}); make {path.parent} writable for this user"
            " or set another [store] path"
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return "another process has been writing for 30 s; try again, or stop that process"
    if code == sqlite3.SQLITE_IOERR:
        return (
            f"the disk refused a read or write ({err}); check free space with `df` and the"
            " system log; nothing stored was lost"
        )
    return f"SQLite says: {err}"
