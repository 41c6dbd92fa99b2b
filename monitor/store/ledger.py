"""Assessments and runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from monitor.domain import HEADLINE_HORIZON, PastForecast
from monitor.store.schema import Database, translated

_TOLD: Final = """
    WITH told AS (SELECT substr(as_of, 1, 7) AS month,
        json_extract(document, '$.recession.probability."' || ?2 || '"') AS probability,
        json_extract(document, '$.recession.interval."' || ?2 || '"[0]') AS low,
        json_extract(document, '$.recession.interval."' || ?2 || '"[1]') AS high,
        row_number() OVER (PARTITION BY substr(as_of, 1, 7)
            ORDER BY as_of DESC, generated_at DESC) AS place
        FROM assessment WHERE as_of <= ?1)
    SELECT month, probability, low, high FROM told WHERE place = 1 AND low IS NOT NULL
    ORDER BY month"""


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


class Ledger(Database):
    """The tables of assessments and of runs."""

    # ------------------------------------------------------------------------------- assessments
    def save(self, document: Mapping[str, Any]) -> bool:
        """Keep an assessment document for ever.

        Args:
            document: as :func:`monitor.documents.document` makes it.

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
        with translated(self.path):
            row = self._db.execute(
                "SELECT document FROM assessment WHERE as_of < ?"
                " ORDER BY as_of DESC, generated_at DESC LIMIT 1",
                [as_of.isoformat()],
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def told(self, until: date) -> tuple[PastForecast, ...]:
        """The headline as it was told last in each month, in order.

        Args:
            until: last day of an assessment to count.
        """
        with translated(self.path):
            rows = self._db.execute(_TOLD, [until.isoformat(), HEADLINE_HORIZON]).fetchall()
        return tuple(
            PastForecast(date.fromisoformat(f"{month}-01"), probability, low, high, told=True)
            for month, probability, low, high in rows
        )

    # -------------------------------------------------------------------------------------- runs
    def begin_run(self, verb: str, started_at: datetime) -> int:
        """Note that a run started; returns its number."""
        with translated(self.path):
            cursor = self._db.execute(
                "INSERT INTO run (verb, started_at) VALUES (?, ?)",
                [verb, started_at.isoformat(timespec="seconds")],
            )
        return int(cursor.lastrowid or 0)

    def end_run(self, number: int, ended_at: datetime, exit_code: int, as_of: date | None) -> None:
        """Note how a run ended."""
        with translated(self.path):
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
        with translated(self.path):
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


def _without_instant(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "generated_at"}
