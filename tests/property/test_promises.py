"""The promises of the design that hold for any data and any day."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import pipeline
from monitor import assess, documents
from monitor.catalog import PEAKS, SERIES, TROUGHS, WATCHED
from monitor.config import Settings
from monitor.domain import EpisodeRule, Fetch, Observation
from monitor.sources import bundled
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


# ------------------------------------------------------------------------------------- time travel
@cache
def the_bundle() -> tuple[Fetch, ...]:
    """The bundled history, read once."""
    return tuple(bundled.fetches(NOW))


def scrambled(as_of: date, *, strict: bool) -> list[Fetch]:
    """The bundled history with everything that was published after a day made nonsense.

    A value was published in its vintage; or, as the first vintage stored of it, on the usual
    release day of its period. With strict vintages only the first counts for a revised series.
    Announcements after the day are moved to other months. A stand-in is brought to the level of
    what it follows by what its own vintage says of that period, so that this is no nonsense either.
    """
    chance = random.Random(as_of.toordinal())
    fetches = []
    for fetch in the_bundle():
        if fetch.series not in {*assess.needed(EpisodeRule()), PEAKS, TROUGHS}:
            continue
        spec, first, rows = SERIES[fetch.series], set(), []
        known = [row.period for row in fetch.observations if row.known_from <= as_of]
        followed = max(known, default=None) if spec.relative and not strict else None
        for row in sorted(fetch.observations, key=lambda row: row.known_from):
            published = row.known_from
            if row.period not in first and not (strict and spec.revised):
                published = min(published, spec.usual_release(row.period))
            first.add(row.period)
            if fetch.series in (PEAKS, TROUGHS):
                late = row.known_from > as_of
                period = date(1990 + chance.randrange(30), 6, 1) if late else row.period
                rows.append(Observation(period, row.known_from, 1.0))
            elif published > as_of and row.period != followed:
                rows.append(Observation(row.period, row.known_from, chance.uniform(-50, 50)))
            else:
                rows.append(row)
        fetches.append(Fetch(fetch.series, fetch.source, fetch.fetched_at, tuple(rows)))
    return fetches


def scored(store: Store, as_of: date, *, strict: bool) -> str:
    made = pipeline.score(store, Settings(), as_of, NOW, strict=strict).assessment
    return json.dumps(documents.document(made))


@pytest.mark.parametrize("strict", [False, True], ids=["stand-ins", "strict"])
@pytest.mark.parametrize(
    "day", ["1968-03-10", "1990-08-20", "2007-07-15", "2020-03-16", "2023-06-30"]
)
def test_nothing_published_later_changes_a_byte(
    history: Store, tmp_path: Path, day: str, *, strict: bool
) -> None:
    as_of = date.fromisoformat(day)
    with Store.open(tmp_path / "scrambled.db") as store:
        store.record(scrambled(as_of, strict=strict), marker=bundled.fingerprint())
        assert scored(store, as_of, strict=strict) == scored(history, as_of, strict=strict)
        later = as_of + timedelta(days=200)
        assert scored(store, later, strict=strict) != scored(history, later, strict=strict)


# ------------------------------------------------------------------------------------- append-only
PERIODS = [date(2026, month, 1) for month in range(1, 5)]
DAYS = [date(2026, 6, 1) + timedelta(days=n) for n in range(6)]
VALUES = st.one_of(st.none(), st.sampled_from([4.0, 4.1, 4.2]))
PULLS = st.lists(
    st.dictionaries(st.sampled_from(PERIODS), VALUES, max_size=4), min_size=1, max_size=len(DAYS)
)


def fetch(day: date, said: dict[date, float | None]) -> Fetch:
    return Fetch("UNRATE", "fred", NOW, tuple(Observation(p, day, v) for p, v in said.items()))


def seen(store: Store, day: date) -> dict[date, float | None]:
    values = store.panel(day, ["UNRATE"], strict=True).series.get("UNRATE")
    if values is None:
        return {}
    return {
        stamp.date(): None if value != value else value  # noqa: PLR0124 - NaN is not itself
        for stamp, value in values.items()
    }


@settings(
    max_examples=settings.default.max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pulls=PULLS)
def test_every_day_of_the_past_can_be_read_back_and_repeats_add_nothing(
    tmp_path_factory: pytest.TempPathFactory, pulls: list[dict[date, float | None]]
) -> None:
    with Store.open(tmp_path_factory.mktemp("append") / "m.db") as store:
        believed: dict[date, float | None] = {}
        expected: list[tuple[date, dict[date, float | None]]] = []
        changes = 0
        for day, said in zip(DAYS, pulls, strict=False):
            changed = {p for p, v in said.items() if p not in believed or believed[p] != v}
            counts = store.record([fetch(day, said)])["UNRATE"]
            assert counts.new + counts.revised == len(changed)
            changes += len(changed)
            again = store.record([fetch(day, said)])["UNRATE"]
            assert (again.new, again.revised) == (0, 0)
            believed = believed | said
            expected.append((day, dict(believed)))
        for day, state in expected:
            assert seen(store, day) == state


# ---------------------------------------------------------------------------------- nothing silent
# Each takes a second.
@settings(max_examples=settings.default.max_examples // 10)
@given(day=st.dates(min_value=pipeline.FIRST_DAY, max_value=date(2026, 11, 22)))
def test_any_past_day_has_an_assessment_and_says_what_it_rests_on(
    history: Store, day: date
) -> None:
    verdict = pipeline.score(history, Settings(), day, NOW).assessment
    made: dict[str, Any] = documents.document(verdict)
    assert made["as_of"] == day.isoformat()
    told = {finding["series"] for finding in made["findings"]}
    for name in WATCHED:
        assert name in made["series"] or name in told
        if name in made["series"] and made["series"][name]["stale"]:
            assert name in told
    for reading in made["series"].values():
        assert reading["known_from"] <= made["as_of"]
    assert made["degraded"] == any(f["severity"] != "info" for f in made["findings"])
