"""What the monitor can say of itself without loading anything heavy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.catalog import SERIES, WATCHED
from monitor.config import Settings
from monitor.domain import SCHEMA
from monitor.errors import InsufficientData, MonitorError, RenderError
from monitor.store import RunRecord, Store


@dataclass(frozen=True, slots=True)
class Status:
    """State of the store.

    Attributes:
        path: its file.
        last_run: the newest run of any kind.
        last_digest: the newest run that made an assessment.
        series: for each watched series that is stored its newest period, publisher and age in days.
        too_old: whether the last digest is older than the limit asked for.
    """

    path: Path
    last_run: RunRecord | None
    last_digest: RunRecord | None
    series: dict[str, tuple[date, str, int]]
    too_old: bool

    def document(self) -> dict[str, Any]:
        """The status as JSON."""
        return {
            "schema": SCHEMA,
            "store": str(self.path),
            "too_old": self.too_old,
            "last_run": _run_document(self.last_run),
            "last_digest": _run_document(self.last_digest),
            "series": {
                name: {"period": period.isoformat(), "source": source, "age_days": age}
                for name, (period, source, age) in self.series.items()
            },
        }

    def words(self) -> Iterator[str]:
        """The status for a person, line by line."""
        yield f"Store: {self.path}"
        yield f"Last run: {_run_words(self.last_run)}"
        yield f"Last digest: {_run_words(self.last_digest)}" + (
            " - older than --max-age" if self.too_old else ""
        )
        for name, (period, source, age) in self.series.items():
            yield f"{name:<9} newest {period}  {age:>4} days old  {source}"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Attributes:
        name: what.
        ok: whether it is in order.
        message: what was found, and what to do if it is not in order.
        exit_code: 0, or that of the error.
    """

    name: str
    ok: bool
    message: str
    exit_code: int


def status(settings: Settings, now: datetime, max_age: timedelta | None) -> Status:
    """State of the store.

    Raises:
        InsufficientData: there is no store yet.
    """
    path = settings.store.path
    if not path.exists():
        raise InsufficientData(f"{path} ([store] path) does not exist yet: `recession-monitor run`")
    with Store.open(path) as store:
        newest, digest = store.newest(), store.last_run(completed=True)
        last = store.last_run()
    today = now.astimezone(settings.digest.zone).date()
    made = digest.ended_at if digest else None
    return Status(
        path=path,
        last_run=last,
        last_digest=digest,
        series={
            name: (
                newest[name][0],
                newest[name][1],
                (today - SERIES[name].period_end(newest[name][0])).days,
            )
            for name in WATCHED
            if name in newest
        },
        too_old=max_age is not None and (made is None or now - made > max_age),
    )


def check(settings: Settings, now: datetime) -> list[Check]:
    """Whether a run would find everything it needs, publishers aside."""
    return [
        Check("settings", ok=True, message=f"read from {settings.origin}", exit_code=0),
        _attempt("store", lambda: _check_store(settings.store.path)),
        _attempt("bundled history", lambda: _check_bundle(now)),
        _attempt("site", lambda: _check_site(settings.site.path)),
        Check(
            "FRED key",
            ok=True,
            message="FRED_API_KEY is set"
            if settings.fred_api_key
            else "none; FRED is asked through its graph download, which needs none",
            exit_code=0,
        ),
    ]


def _attempt(name: str, probe: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, message=probe(), exit_code=0)
    except MonitorError as err:
        return Check(name, ok=False, message=str(err), exit_code=err.exit_code)


def _check_store(path: Path) -> str:
    with Store.open(path) as store:
        store.verify()
        return f"{path} is sound; {len(store.newest())} series stored"


def _check_bundle(now: datetime) -> str:
    from monitor.sources import bundled

    return (
        f"{sum(1 for _ in bundled.fetches(now))} series, fingerprint {bundled.fingerprint()[:12]}"
    )


def _check_site(folder: Path) -> str:
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        raise RenderError(f"{place} cannot be written: change its mode or set another [site] path")
    return f"{folder} can be written"


def _run_document(run: RunRecord | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "verb": run.verb,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at and run.ended_at.isoformat(),
        "exit_code": run.exit_code,
        "as_of": run.as_of and run.as_of.isoformat(),
    }


def _run_words(run: RunRecord | None) -> str:
    if run is None:
        return "none"
    ended = f"ended {run.ended_at:%Y-%m-%d %H:%M}Z" if run.ended_at else "has not ended"
    code = "" if run.exit_code is None else f" with exit code {run.exit_code}"
    day = f", as of {run.as_of}" if run.as_of else ""
    return f"{run.verb}, started {run.started_at:%Y-%m-%d %H:%M}Z, {ended}{code}{day}"
