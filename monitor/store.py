"""What was known when: SQLite, append-only and bitemporal. The only SQL of the house.

An observation is ``(series, period, known_from) -> value``. A row is written only when the value
differs from what was known the moment before, so the same pull twice adds nothing and a revision
adds one row. No observation is ever updated or deleted.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from monitor.catalog import BUNDLED, PEAKS, SERIES, TROUGHS
from monitor.domain import (
    Fetch,
    Panel,
    Provenance,
    SeriesSpec,
    TurningPoint,
)
from monitor.errors import StoreError

SCHEMA = 1
"""Number of the newest migration; kept in SQLite's ``user_version``."""

_BUSY_SECONDS = 30.0

_DIGITS = {BUNDLED: 6}
"""Significant digits of a publisher that rounds: the database behind the bundled history keeps
six, so that a live figure which agrees in those is the same figure and not a revision."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one fetch added.

    Attributes:
        new: periods seen for the first time.
        revised: periods whose value changed.
        unchanged: values that were known already.
    """

    new: int
    revised: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One finished or broken-off run.

    Attributes:
        verb: what was asked for.
        started_at, ended_at: instants in UTC; ``ended_at`` is ``None`` while running or if it
            was killed.
        exit_code: its exit code, or ``None``.
        as_of: day of the assessment it made, or ``None``.
    """

    verb: str
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    as_of: date | None


class Store:
    """One open database. Use as a context manager.

    Every method raises :class:`monitor.errors.StoreError` when SQLite cannot do its work; the
    message names the file and the setting.
    """

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
        with _translated(path):
            if scratch:
                connection = _copy_in_memory(path)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            with _translated(path):
                _prepare(connection, path)
        except StoreError:
            connection.close()
            raise
        return cls(connection, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    # ------------------------------------------------------------------------------ observations
    def record(self, fetches: Iterable[Fetch], *, marker: str | None = None) -> dict[str, Recorded]:
        """Add what publishers said, all of it or nothing.

        Args:
            fetches: answers, each of one series. Vintages of the same value may come together.
            marker: a fingerprint to remember once all is stored; see :meth:`has_marker`.

        Returns:
            For each series what was added. A value that changes twice on the same day keeps its
            first state until the next day's pull.
        """
        counts: dict[str, Recorded] = {}
        with self._transaction():
            for fetch in fetches:
                counts[fetch.series] = self._record_one(fetch)
            if marker is not None:
                self._db.execute("INSERT OR IGNORE INTO marker (fingerprint) VALUES (?)", [marker])
        return counts

    def _record_one(self, fetch: Fetch) -> Recorded:
        fetched_at = fetch.fetched_at.astimezone(UTC).isoformat(timespec="seconds")
        known = self._vintages(fetch.series)
        digits = _DIGITS.get(fetch.source)
        rows: list[tuple[str, str, str, float | None, str, str]] = []
        new = revised = unchanged = 0
        for row in sorted(fetch.observations, key=lambda row: row.known_from):
            period, known_from = row.period.isoformat(), row.known_from.isoformat()
            vintages = known.setdefault(period, [])
            before = [vintage for vintage in vintages if vintage.known_from <= known_from]
            # Of two values of one day the first stands until the next day's pull.
            twice = bool(before) and before[-1].known_from == known_from
            if twice or (before and before[-1].same(row.value, digits)):
                unchanged += 1
                continue
            new += not vintages
            revised += bool(vintages)
            insort(vintages, _Vintage(known_from, row.value, digits), key=_Vintage.day)
            rows.append((fetch.series, period, known_from, row.value, fetch.source, fetched_at))
        self._db.executemany(
            "INSERT INTO observation"
            " (series, period, known_from, value, source, fetched_at) VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
        self._db.execute(
            "INSERT INTO fetch (series, source, fetched_at, new, revised, unchanged)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [fetch.series, fetch.source, fetched_at, new, revised, unchanged],
        )
        return Recorded(new, revised, unchanged)

    def _vintages(self, series: str) -> dict[str, list[_Vintage]]:
        vintages: dict[str, list[_Vintage]] = {}
        for period, known_from, value, source in self._db.execute(
            "SELECT period, known_from, value, source FROM observation WHERE series = ?"
            " ORDER BY period, known_from",
            [series],
        ):
            vintage = _Vintage(known_from, value, _DIGITS.get(source))
            vintages.setdefault(period, []).append(vintage)
        return vintages

    def has_marker(self, fingerprint: str) -> bool:
        """Whether :meth:`record` completed with this marker."""
        with _translated(self.path):
            row = self._db.execute(
                "SELECT 1 FROM marker WHERE fingerprint = ?", [fingerprint]
            ).fetchone()
        return row is not None

    def last_answers(self) -> dict[str, tuple[str, datetime]]:
        """For each series the publisher and instant of its newest answer."""
        with _translated(self.path):
            rows = self._db.execute(
                "SELECT series, source, fetched_at FROM fetch"
                " WHERE id IN (SELECT max(id) FROM fetch GROUP BY series)"
            ).fetchall()
        return {series: (source, datetime.fromisoformat(at)) for series, source, at in rows}

    def panel(self, as_of: date, names: Sequence[str], *, strict: bool = False) -> Panel:
        """All that was known on one day of some series.

        The value of a period is the newest vintage with ``known_from <= as_of``. Where the first
        stored vintage is later than that, the earliest stored value stands in from the usual
        release date of its period (the catalogue's release lag).

        Args:
            as_of: the day, inclusive.
            names: identifiers from the catalogue.
            strict: withhold stand-ins of series that are revised. A series that is never
                revised has had that value since its release, so nothing needs withholding.

        Returns:
            The panel; a series without any value that day is absent from it.
        """
        import pandas as pd  # `status` opens the store without it

        series: dict[str, pd.Series[float]] = {}
        provenance: dict[str, Provenance] = {}
        with _translated(self.path):
            for name in names:
                rows = self._known(SERIES[name], as_of, strict=strict)
                if not rows:
                    continue
                series[name] = pd.Series(
                    [float("nan") if row.value is None else row.value for row in rows],
                    index=pd.DatetimeIndex([row.period for row in rows], name="period"),
                    name=name,
                    dtype="float64",
                )
                provenance[name] = _provenance(SERIES[name], rows)
            points = self._turning_points(as_of)
        return Panel(as_of, series, provenance, points)

    def _known(self, spec: SeriesSpec, as_of: date, *, strict: bool) -> list[_Known]:
        """Of each period the row known on ``as_of``, in order."""
        day = as_of.isoformat()
        rows = self._db.execute(
            "SELECT period, known_from, value, source FROM observation"
            " WHERE series = ? AND period <= ? ORDER BY period, known_from",
            [spec.id, day],
        )
        known = []
        for period, group in groupby(rows, key=itemgetter(0)):
            vintages = list(group)
            published = [row for row in vintages if row[1] <= day]
            if published:
                _, vintage, value, source = published[-1]
                known.append(_Known(period, value, source, vintage))
            elif not (strict and spec.revised):
                _, _, value, source = vintages[0]
                known.append(_Known(period, value, source, None))
        # Releases come in the order of their periods: only the newest can be still to come.
        while known and known[-1].vintage is None and known[-1].released(spec) > as_of:
            known.pop()
        return known

    def _turning_points(self, as_of: date) -> tuple[TurningPoint, ...]:
        # Announcements are dated exactly, so there is never a stand-in.
        rows = self._db.execute(
            "SELECT series, period, known_from FROM observation"
            " WHERE series IN (?, ?) AND known_from <= ? ORDER BY period",
            [PEAKS, TROUGHS, as_of.isoformat()],
        )
        return tuple(
            TurningPoint(
                "peak" if series == PEAKS else "trough",
                date.fromisoformat(period),
                date.fromisoformat(known_from),
            )
            for series, period, known_from in rows
        )

    def newest(self) -> dict[str, tuple[date, str]]:
        """For each stored series its newest period with a value, and that value's publisher."""
        with _translated(self.path):
            rows = self._db.execute(
                "SELECT series, max(period), source FROM observation"
                " WHERE value IS NOT NULL GROUP BY series"
            ).fetchall()
        return {series: (date.fromisoformat(period), source) for series, period, source in rows}

    def verify(self) -> None:
        """Let SQLite look at every page.

        Raises:
            StoreError: the file is damaged; the message says what was found first.
        """
        with _translated(self.path):
            (verdict,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)

    # ------------------------------------------------------------------------------- assessments
    def save(self, document: Mapping[str, Any]) -> bool:
        """Keep an assessment document for ever.

        Args:
            document: as :func:`monitor.assess.document` makes it.

        Returns:
            False if the newest one of that day says the same, so that nothing was added.
        """
        said = _without_instant(document)
        with self._transaction():
            row = self._db.execute(
                "SELECT document FROM assessment WHERE as_of = ?"
                " ORDER BY generated_at DESC LIMIT 1",
                [document["as_of"]],
            ).fetchone()
            if row is not None and _without_instant(json.loads(row[0])) == said:
                return False
            self._db.execute(
                "INSERT INTO assessment (as_of, generated_at, model_id, inputs_sha256, document)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    document["as_of"],
                    document["generated_at"],
                    document["model_id"],
                    document["inputs_sha256"],
                    json.dumps(document, sort_keys=True),
                ],
            )
        return True

    def previous(self, as_of: date) -> dict[str, Any] | None:
        """The newest assessment document of an earlier day, if there is one."""
        with _translated(self.path):
            row = self._db.execute(
                "SELECT document FROM assessment WHERE as_of < ?"
                " ORDER BY as_of DESC, generated_at DESC LIMIT 1",
                [as_of.isoformat()],
            ).fetchone()
        return None if row is None else json.loads(row[0])

    # -------------------------------------------------------------------------------------- runs
    def begin_run(self, verb: str, started_at: datetime) -> int:
        """Note that a run started; returns its number."""
        with _translated(self.path):
            cursor = self._db.execute(
                "INSERT INTO run (verb, started_at) VALUES (?, ?)",
                [verb, started_at.isoformat(timespec="seconds")],
            )
        return int(cursor.lastrowid or 0)

    def end_run(self, number: int, ended_at: datetime, exit_code: int, as_of: date | None) -> None:
        """Note how a run ended."""
        with _translated(self.path):
            self._db.execute(
                "UPDATE run SET ended_at = ?, exit_code = ?, as_of = ? WHERE id = ?",
                [
                    ended_at.isoformat(timespec="seconds"),
                    exit_code,
                    as_of and as_of.isoformat(),
                    number,
                ],
            )

    def last_run(self, *, completed: bool = False) -> RunRecord | None:
        """The newest run, or the newest that made a digest of its own day.

        Args:
            completed: leave out runs that failed, pulls, and replays of a past day.
        """
        with _translated(self.path):
            row = self._db.execute(
                "SELECT verb, started_at, ended_at, exit_code, as_of FROM run"
                " WHERE NOT ? OR (verb = 'run' AND exit_code IN (0, 3)) ORDER BY id DESC LIMIT 1",
                [completed],
            ).fetchone()
        if row is None:
            return None
        verb, started_at, ended_at, exit_code, as_of = row
        return RunRecord(
            verb,
            datetime.fromisoformat(started_at),
            datetime.fromisoformat(ended_at) if ended_at else None,
            exit_code,
            date.fromisoformat(as_of) if as_of else None,
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One write transaction, taken at once so that it never fails half-way on a lock."""
        with _translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself where the disk was full.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


@dataclass(frozen=True, slots=True)
class _Vintage:
    known_from: str
    value: float | None
    digits: int | None

    def day(self) -> str:
        return self.known_from

    def same(self, value: float | None, digits: int | None) -> bool:
        """Whether both publishers say the same, as far as the coarser of them says it."""
        coarse = min(filter(None, (self.digits, digits)), default=None)
        if coarse is None or value is None or self.value is None:
            return self.value == value
        return f"{self.value:.{coarse}g}" == f"{value:.{coarse}g}"


@dataclass(frozen=True, slots=True)
class _Known:
    period: str
    value: float | None
    source: str
    vintage: str | None
    """Day of the vintage it comes from; ``None`` for the stand-in of a vintage not stored."""

    def released(self, spec: SeriesSpec) -> date:
        """Day from which it was known."""
        if self.vintage is not None:
            return date.fromisoformat(self.vintage)
        return spec.usual_release(date.fromisoformat(self.period))


def _provenance(spec: SeriesSpec, rows: Sequence[_Known]) -> Provenance:
    return Provenance(
        source=rows[-1].source,
        known_from=rows[-1].released(spec),
        stand_ins=sum(row.vintage is None for row in rows),
    )


def _without_instant(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "generated_at"}


# ------------------------------------------------------------------------------- schema and errors
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
    from sqlite_utils import Database, Migrations

    migrations = Migrations("recession-monitor")

    @migrations()
    def m001_first_schema(db: Database) -> None:
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

    connection.execute("PRAGMA journal_mode = WAL")
    migrations.apply(Database(connection))


@contextmanager
def _translated(path: Path) -> Iterator[None]:
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
