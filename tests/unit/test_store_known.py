"""Panels of many days from one reading of the rows."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.catalog import PEAKS, SERIES, TROUGHS
from monitor.domain import Fetch, Observation, Panel, Statement, TurningPoint, add_months
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = ("GS10", "UNRATE", "INDPRO", "GS2", "BAA")


def same(one: Panel, other: Panel) -> bool:
    return (
        one.sha256() == other.sha256()
        and one.as_of == other.as_of
        and dict(one.provenance) == dict(other.provenance)
        and one.turning_points == other.turning_points
    )


def plainly(
    store: Store, name: str, day: date, *, strict: bool
) -> list[tuple[date, float | None, bool]]:
    """What was known of a series: period, value, whether it stands in, by the words of `panel`."""
    spec, earliest = SERIES[name], {}
    for vintage in store.vintages(name):
        earliest.setdefault(vintage.period, vintage.value)
    believed = store.believed(name, day)
    known = [
        (period, believed.get(period, first), period not in believed)
        for period, first in sorted(earliest.items())
        if period <= day and (period in believed or not (strict and spec.revised))
    ]
    while known and known[-1][2] and spec.usual_release(known[-1][0]) > day:
        known.pop()
    return known if not (spec.relative and spec.revised) else levelled(store, name, known)


def levelled(
    store: Store, name: str, known: list[tuple[date, float | None, bool]]
) -> list[tuple[date, float | None, bool]]:
    """Stand-ins after the last value known, moved to its level by the vintage they come from."""
    places = [place for place, (_, _, stand_in) in enumerate(known) if not stand_in]
    if not places:
        return known
    period, value, _ = known[places[-1]]
    moved = known[: places[-1] + 1]
    for at, later, stand_in in known[places[-1] + 1 :]:
        vintage = min(it.known_from for it in store.vintages(name) if it.period == at)
        then = store.believed(name, vintage)[period]
        assert value
        assert then
        moved.append((at, later and later * (value / then), stand_in))
    return moved


def shown(panel: Panel, name: str) -> list[tuple[date, float | None]]:
    values = panel.series.get(name)
    if values is None:
        return []
    return [(at.date(), None if value != value else value) for at, value in values.items()]  # noqa: PLR0124


@pytest.mark.parametrize("strict", [False, True], ids=["stand-ins", "strict"])
def test_every_day_is_the_same_from_one_reading_as_from_its_own(
    history: Store, *, strict: bool
) -> None:
    chronicle = history.chronicle(NAMES)
    for months in range(0, 880, 55):
        for days in (0, 11, 26):
            day = add_months(date(1953, 5, 1), months) + timedelta(days=days)
            panel = chronicle.panel(day, strict=strict)
            assert same(panel, history.panel(day, NAMES, strict=strict))
            for name in NAMES:
                expected = plainly(history, name, day, strict=strict)
                assert shown(panel, name) == [
                    (period, pytest.approx(value, rel=1e-12)) for period, value, _ in expected
                ]
                if expected:
                    assert panel.provenance[name].stand_ins == sum(it[2] for it in expected)


def test_a_chronicle_can_be_sent_to_another_process(history: Store) -> None:
    chronicle = history.chronicle(NAMES)
    there = pickle.loads(pickle.dumps(chronicle))
    day = date(2020, 7, 4)
    assert same(there.panel(day), chronicle.panel(day))


def test_periods_after_the_last_day_are_not_read(history: Store) -> None:
    day = date(1990, 3, 31)
    short = history.chronicle(NAMES, until=day)
    assert same(short.panel(day), history.chronicle(NAMES).panel(day))
    assert max(line.index[-1] for line in short.timelines if len(line.index)).date() <= day


def test_a_series_that_is_not_stored_is_absent(history: Store) -> None:
    assert "BAA" not in history.chronicle(["GS10", "BAA"]).panel(date(2000, 1, 31)).series


PERIODS = [date(2026, month, 1) for month in range(1, 5)]
DAYS = [date(2026, 2, 1) + timedelta(days=n * 9) for n in range(12)]
VALUES = st.one_of(st.none(), st.sampled_from([4.0, 4.1, 4.2]))
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(DAYS),
        st.sampled_from(["fred", "bls", "bundled"]),
        st.dictionaries(st.sampled_from(PERIODS), VALUES, min_size=1),
    ),
    max_size=6,
)
ARCHIVES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True),
        st.dictionaries(st.sampled_from(PERIODS), VALUES, min_size=1),
    ),
    max_size=1,
)


@settings(max_examples=60, deadline=None)
@given(answers=ANSWERS, archives=ARCHIVES, strict=st.booleans())
def test_whatever_was_said_in_whatever_order_a_panel_has_what_was_believed(
    tmp_path_factory: pytest.TempPathFactory,
    answers: list[tuple[date, str, dict[date, float | None]]],
    archives: list[tuple[list[date], dict[date, float | None]]],
    *,
    strict: bool,
) -> None:
    with Store.open(tmp_path_factory.mktemp("known") / "m.db") as store:
        for day, source, said in answers:
            rows = tuple(Observation(period, day, value) for period, value in said.items())
            store.record([Fetch("UNRATE", source, NOW, rows)])
        told = None
        for days, said in archives:
            since, until = sorted(days)
            rows = tuple(
                Observation(period, since, value) for period, value in sorted(said.items())
            )
            told = (since, until)
            vouched = (Statement(since, until, PERIODS[0], PERIODS[-1]),)
            store.record([Fetch("UNRATE", "alfred", NOW, rows, vouched)])
        chronicle = store.chronicle(["UNRATE"])
        for day in [date(2026, 1, 1), *DAYS, date(2026, 11, 22)]:
            found = shown(chronicle.panel(day, strict=strict), "UNRATE")
            if told and told[0] <= day <= told[1]:
                believed = store.believed("UNRATE", day).items()
                assert found == sorted(item for item in believed if item[0] <= day)
            else:
                expected = plainly(store, "UNRATE", day, strict=strict)
                assert found == [(period, value) for period, value, _ in expected]


def test_a_turn_that_only_the_chronology_shows_is_known_from_the_day_it_showed(
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path / "m.db") as store:
        store.record([Fetch(PEAKS, "bundled", NOW, (
            Observation(date(2020, 2, 1), date(2020, 6, 8), 1.0),))])  # fmt: skip
        store.record([Fetch(TROUGHS, "bundled", NOW, (
            Observation(date(2020, 4, 1), date(2021, 7, 19), 1.0),))])  # fmt: skip
        first, second = date(2030, 1, 5), date(2030, 9, 3)
        months = [add_months(date(2029, 1, 1), n) for n in range(12)]
        calm = tuple(Observation(month, first, 0.0) for month in months)
        store.record([Fetch("USREC", "fred", NOW, calm)])
        turned = tuple(Observation(month, second, 1.0) for month in months[6:])
        store.record([Fetch("USREC", "fred", NOW, turned)])
        chronicle = store.chronicle(["GS10"])
        assert chronicle.panel(second - timedelta(days=1)).turning_points[-1].kind == "trough"
        assert chronicle.panel(second).turning_points[-1] == TurningPoint("peak", months[5], second)
        assert chronicle.panel(date(2020, 12, 1)).turning_points == (
            TurningPoint("peak", date(2020, 2, 1), date(2020, 6, 8)),
        )
