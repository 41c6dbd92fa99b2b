"""What the monitor can say of itself without loading anything heavy."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monitor.catalog import FILES, FRED, SERIES, WATCHED
from monitor.config import Settings
from monitor.domain import SCHEMA, SeriesSpec, Want
from monitor.errors import (
    InsufficientData,
    MonitorError,
    RenderError,
    SourceError,
    SourceMalformed,
    SourceUnavailable,
)
from monitor.store import RunRecord, Store

if TYPE_CHECKING:
    from monitor.sources import Publishers, Reply

_PROBED: Final = timedelta(days=70)
"""So far back a publisher is asked when it is only tried out."""

_SKEW_SECONDS: Final = 60
"""A clock that differs by less is right; the Date header has whole seconds."""


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


def check_online(settings: Settings, now: datetime) -> list[Check]:
    """Whether each publisher can be reached, accepts our key, and how new what it has is.

    Each is asked once for the last weeks of the first series of the catalogue that it serves,
    the folder of the user's own files for all. Nothing is stored.
    """
    from monitor import sources

    publishers = sources.live(settings)
    local = now.astimezone(settings.digest.zone)
    if not publishers.by_name:
        return [Check("publishers", ok=True, message="none: [sources] offline = true", exit_code=0)]
    started = time.monotonic()
    checks = [
        _probe(publishers, name, local, lambda: now + timedelta(seconds=time.monotonic() - started))
        for name in publishers.by_name
    ]
    if any(check.name == FRED and check.ok for check in checks):
        checks.append(_attempt("FRED's units", lambda: _check_units(publishers)))
    return checks


def _probe(
    publishers: Publishers, name: str, local: datetime, clock: Callable[[], datetime]
) -> Check:
    from monitor.sources import ask

    newest: dict[str, date] = {}
    errors: list[SourceError] = []
    seconds = 0.0
    skew: timedelta | None = None

    def take(reply: Reply) -> set[str]:
        nonlocal seconds, skew
        seconds += reply.seconds
        told = publishers.client.told if publishers.client and name != FILES else None
        skew = None if told is None else told - clock()
        errors.extend(reply.answer.failed.values())
        for fetch in reply.answer.fetches:
            newest[fetch.series] = max(row.period for row in fetch.observations)
        return set(newest)

    wants = [Want(spec, local.date() - _PROBED) for spec in _samples(name)]
    ask(wants, publishers, local, take, chain=lambda _want: (name,))
    if not newest:
        problem = errors[-1] if errors else SourceUnavailable(f"{name}: no answer")
        return Check(name, ok=False, message=str(problem), exit_code=problem.exit_code)
    series, period = max(newest.items(), key=itemgetter(1))
    more = f" and {len(newest) - 1} more" if len(newest) > 1 else ""
    message = f"answered in {seconds:.1f} s; {series}{more} up to {period}{_clock(skew)}"
    return Check(name, ok=True, message=message, exit_code=0)


def _check_units(publishers: Publishers) -> str:
    """Hold the catalogue against what FRED says of the series that the digest reads."""
    from monitor.sources.fred import Fred

    fred = publishers.by_name[FRED]
    watched = [SERIES[name] for name in WATCHED if FRED in SERIES[name].publishers]
    if isinstance(fred, Fred):
        for spec in watched:
            said = fred.metadata(spec.id)
            unit = said.unit.lower().replace("u.s. dollars", "usd").replace("dollars", "usd")
            if unit != spec.unit.lower() or not said.frequency.lower().startswith(spec.frequency):
                raise SourceMalformed(
                    f"fred: {spec.id}: comes in {said.unit}, {said.frequency}; the catalogue has"
                    f" {spec.unit}, {spec.frequency}: upgrade recession-monitor, or tell its makers"
                )
    return f"those of the {len(watched)} series that the digest reads are as in the catalogue"


def _samples(publisher: str) -> list[SeriesSpec]:
    """The series to try a publisher with."""
    if publisher == FILES:
        return list(SERIES.values())
    return [s for s in SERIES.values() if s.ends is None and publisher in s.publishers][:1]


def _clock(skew: timedelta | None) -> str:
    """What is to be said of the publisher's clock."""
    if skew is None:
        return ""
    seconds = skew.total_seconds()
    if abs(seconds) <= _SKEW_SECONDS:
        return "; our clocks agree"
    return (
        f"; our clock is {abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead'}:"
        " set it, or days known may be wrong"
    )


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
