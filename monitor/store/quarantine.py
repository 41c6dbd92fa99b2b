"""What publishers said and we did not believe, with the answer as it came."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from monitor.domain import Observation, Withheld
from monitor.errors import ConfigError
from monitor.store.schema import Database, translated

_LARGEST: Final = 1_000_000
"""Bytes of one answer that are kept, compressed."""

_IN_DOUBT: Final = timedelta(days=31)
"""So long a value that was withheld is remembered as one."""

_SAME: Final = timedelta(hours=24)
"""The same again within this time is counted and not kept twice."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that was withheld.

    Attributes:
        id: its number.
        series: identifier of the series, or ``None`` where it concerns a whole answer.
        source: name of the publisher.
        seen_at, last_seen_at: instants in UTC at which it was first and last said.
        times: how often it was said in between.
        code: stable identifier of the reason.
        reason: one plain sentence.
        observations: the values withheld.
        size: bytes of the answer.
        kept: how many of them are kept: the first ones of an answer that is too large.
    """

    id: int
    series: str | None
    source: str
    seen_at: datetime
    last_seen_at: datetime
    times: int
    code: str
    reason: str
    observations: tuple[Observation, ...]
    size: int
    kept: int


class Quarantine(Database):
    """The tables of what was withheld."""

    def withhold(self, items: Iterable[Withheld]) -> None:
        """Lay aside what is not believed. The same again within a day is only counted."""
        with self._transaction():
            for item in items:
                self._withhold(item)

    def _withhold(self, item: Withheld) -> None:
        seen = item.seen_at.astimezone(UTC)
        at = seen.isoformat(timespec="seconds")
        sha256 = hashlib.sha256(item.raw).hexdigest()
        observations = json.dumps(
            [[str(row.period), str(row.known_from), row.value] for row in item.observations]
        )
        said = [item.series, item.source, item.code, observations, sha256]
        repeated = self._db.execute(
            "UPDATE quarantine SET times = times + 1, last_seen_at = max(last_seen_at, ?)"
            " WHERE id = (SELECT max(id) FROM quarantine WHERE series IS ? AND source = ?"
            " AND code = ? AND observations = ? AND raw_sha256 = ?"
            " AND last_seen_at BETWEEN ? AND ?)",
            [
                at,
                *said,
                (seen - _SAME).isoformat(timespec="seconds"),
                (seen + _SAME).isoformat(timespec="seconds"),
            ],
        ).rowcount
        if repeated:
            return
        body, kept = _compressed(item.raw)
        self._db.execute(
            "INSERT OR IGNORE INTO raw (sha256, size, kept, body) VALUES (?, ?, ?, ?)",
            [sha256, len(item.raw), kept, body],
        )
        self._db.execute(
            "INSERT INTO quarantine (series, source, code, observations, raw_sha256,"
            " seen_at, day, last_seen_at, times, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
            [*said, at, item.seen_at.date().isoformat(), at, item.reason],
        )

    def quarantine(self, *, limit: int = 100, series: str | None = None) -> list[Quarantined]:
        """What was withheld, the newest first.

        Args:
            limit: at most so many.
            series: only what was said of this series.
        """
        with translated(self.path):
            rows = self._db.execute(
                "SELECT id, series, source, seen_at, last_seen_at, times, code, reason,"
                " observations, size, kept FROM quarantine JOIN raw ON sha256 = raw_sha256"
                " WHERE ?1 IS NULL OR series = ?1 ORDER BY last_seen_at DESC, id DESC LIMIT ?2",
                [series, limit],
            ).fetchall()
        return [
            Quarantined(
                id_,
                name,
                source,
                datetime.fromisoformat(seen_at),
                datetime.fromisoformat(last_seen_at),
                times,
                code,
                reason,
                _observations(observations),
                size,
                kept,
            )
            for (
                id_, name, source, seen_at, last_seen_at, times, code, reason, observations,
                size, kept,
            ) in rows
        ]  # fmt: skip

    def doubted(self, series: str, *, before: date) -> dict[date, tuple[date, float]]:
        """For each period of a series the value withheld last, and since which day it was.

        Only what was withheld in the month before.

        Args:
            series: identifier of the series.
            before: leave out what was first withheld on this day or later. What counts is the
                calendar day of the instant at which it was seen, in the time zone of that.
        """
        with translated(self.path):
            rows = self._db.execute(
                "SELECT day, observations FROM quarantine WHERE series = ? AND day < ?"
                " AND last_seen_at >= ? ORDER BY last_seen_at, id",
                [series, before.isoformat(), (before - _IN_DOUBT).isoformat()],
            ).fetchall()
        return {
            row.period: (date.fromisoformat(day), row.value)
            for day, observations in rows
            for row in _observations(observations)
            if row.value is not None
        }

    def quarantined_raw(self, number: int) -> bytes:
        """The answer of which something was withheld, as far as it is kept.

        Args:
            number: :attr:`Quarantined.id`.

        Raises:
            ConfigError: there is none of this number.
        """
        with translated(self.path):
            row = self._db.execute(
                "SELECT body FROM quarantine JOIN raw ON sha256 = raw_sha256 WHERE id = ?",
                [number],
            ).fetchone()
        if row is None:
            raise ConfigError(
                f"nothing was withheld under number {number}: `recession-monitor db quarantine`"
                " lists what was"
            )
        return zlib.decompress(row[0])


def _observations(text: str) -> tuple[Observation, ...]:
    return tuple(
        Observation(date.fromisoformat(period), date.fromisoformat(known_from), value)
        for period, known_from, value in json.loads(text)
    )


def _compressed(raw: bytes) -> tuple[bytes, int]:
    """The answer, or as much of its beginning as may be kept, and how many bytes that is."""
    kept = len(raw)
    body = zlib.compress(raw)
    while len(body) > _LARGEST:
        kept = kept * _LARGEST // len(body) * 99 // 100
        body = zlib.compress(raw[:kept])
    return body, kept
