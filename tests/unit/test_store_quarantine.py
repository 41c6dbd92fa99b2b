"""What was withheld, with the answer as it came."""

from __future__ import annotations

import random
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from monitor.domain import Observation, Withheld
from monitor.errors import ConfigError
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
JUMP = Withheld(
    "UNRATE",
    "fred",
    NOW,
    "jump",
    "From 4.2 to 42.",
    (Observation(OCTOBER, date(2026, 11, 22), 42.0),),
    b'{"observations": []}',
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "monitor.db") as opened:
        yield opened


def test_what_is_withheld_is_kept_with_the_answer_as_it_came(store: Store) -> None:
    store.withhold([JUMP])
    (found,) = store.quarantine()
    assert (found.series, found.source, found.code, found.reason) == (
        "UNRATE",
        "fred",
        "jump",
        "From 4.2 to 42.",
    )
    assert found.observations == JUMP.observations
    assert (found.seen_at, found.last_seen_at, found.times) == (NOW, NOW, 1)
    assert found.size == found.kept == len(JUMP.raw)
    assert store.quarantined_raw(found.id) == JUMP.raw
    assert store.believed("UNRATE", date(2026, 11, 22)) == {}


def test_a_whole_answer_is_withheld_without_a_series(store: Store) -> None:
    store.withhold([Withheld(None, "treasury", NOW, "unreadable", "A web page.", (), b"<html>")])
    (found,) = store.quarantine()
    assert found.series is None
    assert found.observations == ()
    assert store.quarantine(series="UNRATE") == []
    store.withhold([Withheld(None, "treasury", NOW, "unreadable", "A web page.", (), b"<html>")])
    assert [it.times for it in store.quarantine()] == [2]


def test_the_same_within_a_day_is_counted_and_not_kept_twice(store: Store) -> None:
    for hours in (0, 24, 48):
        store.withhold([replace(JUMP, seen_at=NOW + timedelta(hours=hours))])
    (found,) = store.quarantine()
    assert found.times == 3
    assert (found.seen_at, found.last_seen_at) == (NOW, NOW + timedelta(hours=48))
    store.withhold([replace(JUMP, seen_at=NOW + timedelta(hours=73))])
    assert [it.times for it in store.quarantine()] == [1, 3]


@pytest.mark.parametrize(
    "other",
    [
        replace(JUMP, series="PAYEMS"),
        replace(JUMP, series=None),
        replace(JUMP, source="bls"),
        replace(JUMP, code="out_of_bounds"),
        replace(JUMP, raw=b"another answer"),
        replace(JUMP, observations=(Observation(OCTOBER, date(2026, 11, 22), 43.0),)),
    ],
)
def test_anything_else_is_kept_beside_it(store: Store, other: Withheld) -> None:
    store.withhold([JUMP, other])
    assert [it.times for it in store.quarantine()] == [1, 1]


def test_the_newest_comes_first_and_the_list_can_be_cut(store: Store) -> None:
    items = [
        replace(
            JUMP,
            code=f"code{n}",
            series="UNRATE" if n % 2 else "PAYEMS",
            seen_at=NOW + timedelta(n),
        )
        for n in (1, 4, 2, 3)
    ]
    store.withhold(items)
    assert [it.code for it in store.quarantine()] == ["code4", "code3", "code2", "code1"]
    assert [it.code for it in store.quarantine(limit=2)] == ["code4", "code3"]
    assert [it.code for it in store.quarantine(series="UNRATE")] == ["code3", "code1"]


def test_an_answer_withheld_for_many_series_is_kept_once(store: Store) -> None:
    store.withhold([replace(JUMP, series=f"SERIES{n}") for n in range(50)])
    with closing(sqlite3.connect(store.path)) as db:
        assert db.execute("SELECT count(*) FROM raw").fetchone() == (1,)


def test_of_an_answer_that_is_too_large_the_beginning_is_kept(store: Store) -> None:
    noise = random.Random(1).randbytes(3_000_000)
    store.withhold([replace(JUMP, raw=noise)])
    (found,) = store.quarantine()
    assert found.size == 3_000_000
    assert 900_000 < found.kept < found.size
    assert store.quarantined_raw(found.id) == noise[: found.kept]
    with closing(sqlite3.connect(store.path)) as db:
        (body,) = db.execute("SELECT body FROM raw").fetchone()
    assert len(body) <= 1_000_000
    assert zlib.decompress(body) == noise[: found.kept]


def test_a_large_answer_that_packs_well_is_kept_whole(store: Store) -> None:
    store.withhold([replace(JUMP, raw=b"0," * 5_000_000)])
    (found,) = store.quarantine()
    assert found.kept == found.size == 10_000_000


def test_a_number_that_does_not_exist_is_told(store: Store) -> None:
    with pytest.raises(ConfigError, match=r"under number 7.*db quarantine"):
        store.quarantined_raw(7)


def test_nothing_is_laid_aside_if_not_all_can_be(store: Store) -> None:
    def broken() -> Iterator[Withheld]:
        yield JUMP
        raise ValueError("the screen broke")

    with pytest.raises(ValueError, match="broke"):
        store.withhold(broken())
    assert store.quarantine() == []


# ---------------------------------------------------------------------------------------- in doubt
def test_a_value_is_in_doubt_from_the_day_after_it_was_withheld(store: Store) -> None:
    store.withhold([JUMP])
    day = NOW.date()
    assert store.doubted("UNRATE", before=day) == {}
    assert store.doubted("UNRATE", before=day + timedelta(days=1)) == {OCTOBER: (day, 42.0)}
    assert store.doubted("PAYEMS", before=day + timedelta(days=1)) == {}


def test_of_several_values_of_a_period_the_one_withheld_last_is_in_doubt(store: Store) -> None:
    other = replace(
        JUMP,
        seen_at=NOW + timedelta(days=2),
        observations=(
            Observation(OCTOBER, date(2026, 11, 24), 43.0),
            Observation(SEPTEMBER, date(2026, 11, 24), None),
        ),
    )
    store.withhold([JUMP, other])
    assert store.doubted("UNRATE", before=date(2026, 11, 24)) == {OCTOBER: (NOW.date(), 42.0)}
    assert store.doubted("UNRATE", before=date(2026, 11, 25)) == {
        OCTOBER: (date(2026, 11, 24), 43.0)
    }


def test_what_is_seen_again_counts_from_the_day_it_was_seen_first(store: Store) -> None:
    store.withhold([JUMP, replace(JUMP, seen_at=NOW + timedelta(hours=20))])
    assert store.doubted("UNRATE", before=date(2026, 11, 23)) == {OCTOBER: (NOW.date(), 42.0)}


def test_the_day_of_a_doubt_is_that_of_its_time_zone(store: Store) -> None:
    evening = datetime(2026, 11, 22, 22, tzinfo=timezone(timedelta(hours=-5)))
    store.withhold([replace(JUMP, seen_at=evening)])
    assert store.doubted("UNRATE", before=date(2026, 11, 22)) == {}
    assert store.doubted("UNRATE", before=date(2026, 11, 23)) == {
        OCTOBER: (date(2026, 11, 22), 42.0)
    }
    assert store.quarantine()[0].seen_at == evening


def test_a_doubt_is_forgotten_after_a_month(store: Store) -> None:
    store.withhold([JUMP])
    assert store.doubted("UNRATE", before=date(2026, 12, 20)) != {}
    assert store.doubted("UNRATE", before=date(2027, 1, 20)) == {}
