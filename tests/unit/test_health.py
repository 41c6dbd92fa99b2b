"""What the monitor says of itself and of its publishers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jobs import health
from jobs.health import Check, check_online, status
from monitor import sources
from monitor.catalog import SERIES
from monitor.config import Settings
from monitor.domain import Fetch, Observation, Statement, Want
from monitor.errors import InsufficientData, KeyRefused, SourceError, SourceUnavailable
from monitor.sources import Answer, Publishers
from monitor.store import Store

NOW = datetime(2026, 11, 22, 23, tzinfo=UTC)
TODAY = date(2026, 11, 22)


class Fake:
    """A publisher that has one value of today for each series, or fails."""

    def __init__(self, name: str, error: SourceError | None = None) -> None:
        self.name = self.house = name
        self.error = error
        self.asked: list[Want] = []

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        self.asked += wants
        for want in wants:
            if self.error:
                yield Answer(failed={want.spec.id: self.error})
            else:
                row = Observation(TODAY, TODAY, 4.0)
                yield Answer(fetches=(Fetch(want.spec.id, self.name, now, (row,)),))


Probe = Callable[..., dict[str, Check]]


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    """A function that checks some publishers, whose clock is ahead of ours by so many seconds."""

    def checked(*publishers: Fake, ahead: float | None = None) -> dict[str, Check]:
        told = None if ahead is None else NOW + timedelta(seconds=ahead)
        client: Any = SimpleNamespace(requests=0, told=told)
        known: Any = Publishers({it.name: it for it in publishers}, client)
        monkeypatch.setattr(sources, "live", lambda _settings: known)
        return {check.name: check for check in check_online(Settings(), NOW)}

    return checked


def test_each_publisher_is_asked_for_the_last_weeks_of_one_series_that_it_has(
    probe: Probe,
) -> None:
    fakes = [Fake(name) for name in ("fred", "fredgraph", "treasury", "bls", "nyfed", "board")]
    checks = probe(*fakes)
    assert all(check.ok and check.exit_code == 0 for check in checks.values())
    for fake in fakes:
        (want,) = fake.asked
        assert fake.name in want.spec.publishers
        assert want.spec.ends is None
        assert want.since is not None
        assert TODAY - timedelta(days=92) < want.since < TODAY - timedelta(days=30)
        assert f"{want.spec.id} up to {TODAY}" in checks[fake.name].message


def test_the_users_own_files_are_tried_for_every_series(probe: Probe) -> None:
    files = Fake("csvdir")
    (check,) = probe(files, ahead=600).values()
    assert len(files.asked) == len(SERIES)
    assert f"and {len(SERIES) - 1} more up to {TODAY}" in check.message
    assert "clock" not in check.message  # files have none


def test_a_publisher_that_fails_is_bad_and_the_others_are_tried_all_the_same(
    probe: Probe,
) -> None:
    checks = probe(
        Fake("fred", KeyRefused("the key is taken from FRED_API_KEY")),
        Fake("bls", SourceUnavailable("could not be reached")),
        Fake("board"),
    )
    assert {name: (check.ok, check.exit_code) for name, check in checks.items()} == {
        "fred": (False, 4), "bls": (False, 4), "board": (True, 0),
    }  # fmt: skip
    assert "FRED_API_KEY" in checks["fred"].message


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (None, ""),
        (0, "our clocks agree"),
        (30, "our clocks agree"),
        (-30, "our clocks agree"),
        (7200, "our clock is 7200 s behind"),
        (-7200, "our clock is 7200 s ahead"),
    ],
)
def test_a_clock_that_differs_by_more_than_a_minute_is_told(
    probe: Probe, ahead: float | None, words: str
) -> None:
    message = probe(Fake("board"), ahead=ahead)["board"].message
    assert words in message
    assert ("clock" in message) == bool(words)


def test_offline_it_is_said_that_nobody_is_asked() -> None:
    offline = Settings.model_validate({"sources": {"offline": True}})
    (check,) = check_online(offline, NOW)
    assert (check.name, check.ok) == ("publishers", True)
    assert "offline = true" in check.message


def test_a_check_of_the_machine_names_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "site").write_text("a file")
    settings = Settings.model_validate(
        {"store": {"path": tmp_path / "store"}, "site": {"path": tmp_path / "site"}}
    )
    found = {check.name: check for check in health.check(settings, NOW)}
    assert {name for name, check in found.items() if not check.ok} == {"store", "site"}
    assert "[store] path" in found["store"].message
    assert "[site] path" in found["site"].message


# ------------------------------------------------------------------------------------ the status
@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a store in which a run was made yesterday, and a pull is under way."""
    path = tmp_path / "monitor.db"
    october, day = date(2026, 10, 1), timedelta(days=1)
    with Store.open(path) as store:
        rows = (Observation(october, TODAY, 4.1),)
        said = Statement(TODAY, TODAY, october, october)
        store.record([Fetch("GS10", "fredgraph", NOW, rows, (said,))])
        store.record([Fetch("MICH", "fredgraph", NOW, rows, (said,))])  # which is not watched
        first = store.begin_run("run", NOW - day)
        store.end_run(first, NOW - day + timedelta(minutes=1), 3, TODAY - day)
        store.begin_run("pull", NOW)
    return Settings.model_validate({"store": {"path": path}})


def test_the_status_says_how_old_each_watched_series_is(settings: Settings) -> None:
    document = status(settings, NOW, None).document()
    assert document["series"] == {
        "GS10": {"period": "2026-10-01", "source": "fredgraph", "age_days": 22}
    }
    assert document["store"] == str(settings.store.path)
    assert document["too_old"] is False


def test_the_status_tells_the_last_run_and_the_last_digest_apart(settings: Settings) -> None:
    found = status(settings, NOW, None)
    document = found.document()
    assert document["last_run"] == {
        "verb": "pull", "started_at": NOW.isoformat(), "ended_at": None, "exit_code": None,
        "as_of": None,
    }  # fmt: skip
    assert document["last_digest"] == {
        "verb": "run", "started_at": "2026-11-21T23:00:00+00:00",
        "ended_at": "2026-11-21T23:01:00+00:00", "exit_code": 3, "as_of": "2026-11-21",
    }  # fmt: skip
    ended = "ended 2026-11-21 23:01Z with exit code 3, as of 2026-11-21"
    assert list(found.words()) == [
        f"Store: {settings.store.path}",
        "Last run: pull, started 2026-11-22 23:00Z, has not ended",
        f"Last digest: run, started 2026-11-21 23:00Z, {ended}",
        "GS10      newest 2026-10-01    22 days old  fredgraph",
    ]


@pytest.mark.parametrize(("hours", "too_old"), [(23, True), (24, False)])
def test_a_digest_is_too_old_from_the_age_that_was_given_on(
    settings: Settings, hours: int, *, too_old: bool
) -> None:
    found = status(settings, NOW, timedelta(hours=hours))
    assert found.too_old is too_old
    assert ("older than --max-age" in "\n".join(found.words())) is too_old


def test_a_store_without_a_digest_is_too_old_for_any_age(tmp_path: Path) -> None:
    settings = Settings.model_validate({"store": {"path": tmp_path / "monitor.db"}})
    with pytest.raises(InsufficientData, match="recession-monitor run"):
        status(settings, NOW, None)
    with Store.open(settings.store.path):
        pass
    found = status(settings, NOW, timedelta(days=365))
    assert found.too_old
    assert found.document()["last_run"] is None
    assert "Last run: none" in list(found.words())
