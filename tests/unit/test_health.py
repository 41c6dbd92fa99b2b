"""What the monitor says of itself and of its publishers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jobs import health
from jobs.health import Check, check_online
from monitor import sources
from monitor.catalog import SERIES
from monitor.config import Settings
from monitor.domain import Fetch, Observation, Want
from monitor.errors import KeyRefused, SourceError, SourceUnavailable
from monitor.sources import Answer, Publishers

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
