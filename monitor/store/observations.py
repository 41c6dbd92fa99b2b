"""Observations, and the statements of publishers that they belong to."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from monitor.catalog import ARCHIVE, BUNDLED, FRED, PEAKS, SERIES, TROUGHS
from monitor.domain import (
    Fetch,
    Held,
    Observation,
    Panel,
    Receipt,
    Statement,
    TurningPoint,
)
from monitor.store import vintages
from monitor.store.schema import Database, translated
from monitor.store.vintages import Line, Recorded, Standing, Stored

if TYPE_CHECKING:
    from monitor.store.known import Chronicle, Timeline

_RECESSIONS: Final = "USREC"
"""NBER's chronology as a monthly series: 1 from the month after a peak to the trough, else 0."""

_LAST: Final = date.max.isoformat()

_STANDING: Final = "SELECT id, source, rank, fetched_at, since, until, first, last FROM statement"

_HELD: Final = """
    WITH spanned AS (SELECT
        (SELECT period FROM observation WHERE series = ?1 AND value IS NOT NULL
         ORDER BY period LIMIT 1) AS oldest,
        (SELECT period FROM observation WHERE series = ?1 AND value IS NOT NULL
         ORDER BY period DESC LIMIT 1) AS newest,
        (SELECT first FROM statement WHERE series = ?1 AND first != '' AND source != ?2
         ORDER BY first LIMIT 1) AS earliest)
    SELECT oldest, newest,
        (SELECT fetched_at FROM statement WHERE series = ?1 AND source != ?2
         ORDER BY fetched_at DESC LIMIT 1),
        (SELECT fetched_at FROM statement WHERE series = ?1 AND source != ?2
         AND first != '' AND first <= max(oldest, earliest) ORDER BY fetched_at DESC LIMIT 1),
        (SELECT until FROM statement WHERE series = ?1 AND source = 'alfred'
         ORDER BY until DESC LIMIT 1)
    FROM spanned WHERE oldest IS NOT NULL"""
"""For a series and the bundled publisher: the fields of ``Held``. The archive is named in the text,
because only so SQLite uses the index of its statements."""

_NEWEST: Final = """
    SELECT period, source FROM observation JOIN statement ON id = statement
    WHERE observation.series = ? AND value IS NOT NULL
    ORDER BY period DESC, known_from DESC, statement DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Vintage:
    """A value of one period that was believed from one day on.

    Attributes:
        period: the period.
        known_from: the day from which it was believed.
        value: the value, or ``None`` where it was known that there is none.
        source: name of the publisher.
        fetched_at: instant of the answer, in UTC.
    """

    period: date
    known_from: date
    value: float | None
    source: str
    fetched_at: datetime


class Observations(Database):
    """The tables of observations, statements and receipts."""

    # ----------------------------------------------------------------------------------- writing
    def record(
        self,
        fetches: Iterable[Fetch],
        *,
        receipts: Iterable[Receipt] = (),
        marker: str | None = None,
    ) -> dict[str, Recorded]:
        """Add what publishers said, all of it or nothing.

        It does not matter in which order the days come; see ``docs/decisions/0005``.

        Args:
            fetches: answers, each of one series. Vintages of the same value may come together.
            receipts: how to recognise these answers again.
            marker: a fingerprint to remember once all is stored; see :meth:`has_marker`.

        Returns:
            For each series what was added.
        """
        counts: dict[str, Recorded] = {}
        with self._transaction():
            for fetch in fetches:
                added = self._record(fetch)
                before = counts.get(fetch.series)
                counts[fetch.series] = before + added if before else added
            self._db.executemany(
                "INSERT OR REPLACE INTO receipt (request, etag, last_modified, sha256)"
                " VALUES (?, ?, ?, ?)",
                ((it.request, it.etag, it.last_modified, it.sha256) for it in receipts),
            )
            if marker is not None:
                self._db.execute("INSERT OR IGNORE INTO marker (fingerprint) VALUES (?)", [marker])
        return counts

    def _record(self, fetch: Fetch) -> Recorded:
        (number,) = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM statement").fetchone()
        spec = SERIES.get(fetch.series)
        plain = vintages.is_plain(fetch)
        own = vintages.stand(fetch, number, spec.publishers if spec else (), plain=plain)
        if plain and not self._has_statement(fetch.series):
            self._insert(vintages.first_rows(fetch, own[0]))
            counts = {number: Recorded(len(fetch.observations), 0, 0)}
            stored = own
        else:
            rows, counts = self._additions(fetch, own)
            self._insert(rows)
            used = {statement for _, _, _, statement, _ in rows}
            newest = max(own, key=attrgetter("until"))
            stored = [
                by
                for by in own
                if by is newest or by.id in used or not self._stands(fetch.series, by)
            ]
        for by in stored:
            added = counts[by.id]
            self._db.execute(
                "INSERT INTO statement (id, series, source, rank, fetched_at, since, until, first,"
                " last, new, revised, unchanged, missing)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    by.id, fetch.series, by.source, by.rank, by.fetched_at, by.since, by.until,
                    by.first, by.last, added.new, added.revised, added.unchanged, added.missing,
                ],
            )  # fmt: skip
        return sum(counts.values(), Recorded(0, 0, 0))

    def _insert(self, rows: Iterable[Stored]) -> None:
        self._db.executemany(
            "INSERT INTO observation (series, period, known_from, statement, value)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )

    def _stands(self, series: str, by: Standing) -> bool:
        """Whether the same publisher vouched for the same already.

        A folder of old vintages is read again with every pull.
        """
        row = self._db.execute(
            "SELECT 1 FROM statement WHERE series = ? AND until = ? AND since = ? AND source = ?"
            " AND first = ? AND last = ? LIMIT 1",
            [series, by.until, by.since, by.source, by.first, by.last],
        )
        return row.fetchone() is not None

    def _has_statement(self, series: str) -> bool:
        row = self._db.execute("SELECT 1 FROM statement WHERE series = ? LIMIT 1", [series])
        return row.fetchone() is not None

    def _additions(
        self, fetch: Fetch, own: Sequence[Standing]
    ) -> tuple[list[Stored], dict[int, Recorded]]:
        periods = [row.period.isoformat() for row in fetch.observations]
        bounds = [
            *periods,
            *(by.first for by in own if by.first),
            *(by.last for by in own if by.last),
        ]
        standings = _Standings(self._db)
        standings.update((by.id, by) for by in own)
        pins = [
            Standing(*row)
            for row in self._db.execute(
                _STANDING + " WHERE series = ? AND until >= ? AND first != ''",
                [fetch.series, min(by.since for by in own)],
            )
        ]
        known = self._lines(
            fetch.series, standings, min(bounds, default=""), max(bounds, default="")
        )
        return vintages.additions(fetch, own, dict(known), pins, standings)

    def confirm(
        self, series: str, source: str, at: datetime, *, since: date | None = None
    ) -> Recorded:
        """Note that a publisher says today what it said last.

        Args:
            series: identifier of the series.
            source: name of the publisher; for FRED its archive may have spoken last.
            at: instant of its answer, in the time zone whose calendar day counts.
            since: first period that it was asked for; ``None`` is the whole history.

        Returns:
            What that adds: something only where another publisher was believed in between.
        """
        with self._transaction():
            row = self._db.execute(
                _STANDING + " WHERE series = ? AND source IN (?, ?) AND first != ''"
                " ORDER BY fetched_at DESC, id DESC LIMIT 1",
                [series, source, ARCHIVE if source == FRED else source],
            ).fetchone()
            if row is None:
                return Recorded(0, 0, 0)
            said = Standing(*row)
            (first,) = self._db.execute(
                "SELECT max(min(first), ?) FROM statement"
                " WHERE series = ? AND source = ? AND first != ''",
                [since.isoformat() if since else "", series, said.source],
            ).fetchone()
            standings = _Standings(self._db)
            rows = [
                Observation(date.fromisoformat(period), at.date(), shown.value)
                for period, line in self._lines(series, standings, first, said.last)
                if (shown := vintages.said_by(line, said, standings))
            ]
            statements: tuple[Statement, ...] = ()
            if first <= said.last:
                span = date.fromisoformat(first), date.fromisoformat(said.last)
                statements = (Statement(at.date(), at.date(), *span),)
            return self._record(Fetch(series, said.source, at, tuple(rows), statements))

    def has_marker(self, fingerprint: str) -> bool:
        """Whether :meth:`record` completed with this marker."""
        with translated(self.path):
            row = self._db.execute(
                "SELECT 1 FROM marker WHERE fingerprint = ?", [fingerprint]
            ).fetchone()
        return row is not None

    def receipt(self, request: str) -> Receipt | None:
        """How to recognise the last answer to a request, if its values are stored."""
        with translated(self.path):
            row = self._db.execute(
                "SELECT request, etag, last_modified, sha256 FROM receipt WHERE request = ?",
                [request],
            ).fetchone()
        return Receipt(*row) if row else None

    # ------------------------------------------------------------------------- what there is
    def held(self) -> dict[str, Held]:
        """For each stored series what decides what to ask for next.

        An answer counts as complete if it begins where the series does: with the first stored
        value, or, where older ones are in the bundled history alone, as early as any answer.
        """
        with translated(self.path):
            return {
                name: held
                for name in self._names()
                for held in map(_held, self._db.execute(_HELD, [name, BUNDLED]))
            }

    def newest(self) -> dict[str, tuple[date, str]]:
        """For each stored series its newest period with a value, and that value's publisher."""
        with translated(self.path):
            return {
                name: (date.fromisoformat(period), source)
                for name in self._names()
                for period, source in self._db.execute(_NEWEST, [name])
            }

    def _names(self) -> list[str]:
        """The stored series. The key is skipped through; GROUP BY would read every row."""
        rows = self._db.execute(
            "WITH RECURSIVE named(series) AS (SELECT min(series) FROM observation UNION ALL"
            " SELECT (SELECT min(series) FROM observation WHERE series > named.series) FROM named"
            " WHERE named.series IS NOT NULL)"
            " SELECT series FROM named WHERE series IS NOT NULL"
        )
        return [series for (series,) in rows]

    def last_answers(self) -> dict[str, tuple[str, datetime]]:
        """For each series the publisher and instant of its newest answer."""
        with translated(self.path):
            rows = self._db.execute(
                "SELECT series, source, fetched_at FROM statement"
                " WHERE id IN (SELECT max(id) FROM statement GROUP BY series)"
            ).fetchall()
        return {series: (source, datetime.fromisoformat(at)) for series, source, at in rows}

    # ----------------------------------------------------------------------- what was known
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
        return self.chronicle(names, until=as_of).panel(as_of, strict=strict)

    def chronicle(self, names: Sequence[str], *, until: date = date.max) -> Chronicle:
        """What was known of some series on every day, for many panels from one reading.

        Args:
            names: identifiers from the catalogue.
            until: last day that will be asked for; later periods are left out.
        """
        from monitor.store.known import Chronicle  # `status` opens the store without pandas

        with translated(self.path):
            return Chronicle(
                tuple(self._timeline(name, until) for name in names),
                self._announced(),
                self._timeline(_RECESSIONS, until),
            )

    def _timeline(self, series: str, until: date) -> Timeline:
        from monitor.store.known import Timeline

        standings = _Standings(self._db)
        lines = self._lines(series, standings, "", until.isoformat())
        archives = self._db.execute(
            _STANDING + " WHERE series = ? AND (since < until OR source = ?)", [series, ARCHIVE]
        )
        found = [by for by in (Standing(*row) for row in archives) if by.archive]
        return Timeline.read(SERIES[series], lines, standings, found)

    def believed(self, series: str, as_of: date) -> dict[date, float | None]:
        """The value of each period known on a day, in order, without stand-ins.

        Args:
            series: identifier of the series.
            as_of: the day, inclusive.
        """
        day = as_of.isoformat()
        with translated(self.path):
            standings = _Standings(self._db)
            return {
                date.fromisoformat(period): shown.value
                for period, line in self._lines(series, standings)
                if (shown := vintages.on_day(line, day, standings))
            }

    def vintages(self, series: str, as_of: date | None = None) -> list[Vintage]:
        """Every value that was ever believed, in order of period and day.

        Args:
            series: identifier of the series.
            as_of: leave out what was known later than this day.
        """
        day = (as_of or date.max).isoformat()
        found: list[Vintage] = []
        with translated(self.path):
            standings = _Standings(self._db)
            for period, line in self._lines(series, standings):
                for row in vintages.changes(line, standings):
                    if row.known_from <= day:
                        by = standings[row.statement]
                        found.append(
                            Vintage(
                                date.fromisoformat(period),
                                date.fromisoformat(row.known_from),
                                row.value,
                                by.source,
                                datetime.fromisoformat(by.fetched_at),
                            )
                        )
        return found

    def export(self) -> Generator[tuple[str, str, str, float | None, str, str]]:
        """All rows as they are stored, in order of series, period and day.

        Close it before the store if it is not read to its end.

        Yields:
            Series, period and first day as ISO text, the value, the publisher, the instant of
            its answer.
        """
        with translated(self.path):
            yield from self._db.execute(
                "SELECT o.series, period, known_from, value, source, fetched_at"
                " FROM observation AS o JOIN statement ON id = o.statement"
                " ORDER BY o.series, period, known_from, o.statement"
            )

    def _lines(
        self, series: str, standings: _Standings, first: str = "", last: str = _LAST
    ) -> Iterator[tuple[str, Line]]:
        rows = self._db.execute(
            "SELECT period, known_from, statement, value FROM observation"
            " WHERE series = ? AND period BETWEEN ? AND ?"
            " ORDER BY period, known_from, statement",
            [series, first, last],
        )
        return vintages.lines(rows, standings)

    def _announced(self) -> tuple[TurningPoint, ...]:
        # Announcements are dated exactly, so there is never a stand-in.
        rows = self._db.execute(
            "SELECT DISTINCT series, period, known_from FROM observation"
            " WHERE series IN (?, ?) ORDER BY period",
            [PEAKS, TROUGHS],
        )
        return tuple(
            TurningPoint(
                "peak" if series == PEAKS else "trough",
                date.fromisoformat(period),
                date.fromisoformat(known_from),
            )
            for series, period, known_from in rows
        )


def _held(row: tuple[str, str, str | None, str | None, str | None]) -> Held:
    oldest, newest, answered, complete, archived = row
    return Held(
        date.fromisoformat(oldest),
        date.fromisoformat(newest),
        datetime.fromisoformat(answered) if answered else None,
        datetime.fromisoformat(complete) if complete else None,
        date.fromisoformat(archived) if archived else None,
    )


class _Standings(dict[int, Standing]):
    """Statements by number, read when they are asked for."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__()
        self._db = db

    def __missing__(self, number: int) -> Standing:
        row = self._db.execute(_STANDING + " WHERE id = ?", [number]).fetchone()
        self[number] = found = Standing(*row)
        return found
