"""What was believed on a day depends on what publishers said, never on when we heard of it."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, permutations
from operator import itemgetter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from monitor.catalog import ARCHIVE, BUNDLED, SERIES
from monitor.domain import Fetch, Observation, Statement
from monitor.sources import rows
from monitor.store import Store

SERIES_ID = "UNRATE"
FIRST_DAY = date(2026, 6, 1)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range(12)]
PERIODS = [date(2026, month, 1) for month in range(1, 6)]
SOURCES = ("fred", "bls", "csvdir", "somebody")


# -------------------------------------------------------------------------------- what may be said
@dataclass(frozen=True)
class Look:
    """One look at a publisher: what it said of the periods of a range on a day."""

    source: str
    day: int
    hour: int
    first: int
    last: int
    said: dict[int, float | None]

    def fetch(self) -> Fetch:
        day = DAYS[self.day]
        at = datetime(day.year, day.month, day.day, self.hour, tzinfo=UTC)
        return Fetch(
            SERIES_ID,
            self.source,
            at,
            tuple(Observation(PERIODS[p], day, v) for p, v in self.said.items()),
            (Statement(day, day, PERIODS[self.first], PERIODS[self.last]),),
        )


@dataclass(frozen=True)
class Bundle:
    """Several days in one fetch, which tells what each of them added to the one before."""

    added: dict[int, dict[int, float | None]]

    def looks(self) -> list[Look]:
        """The same as one look a day."""
        said: dict[int, float | None] = {}
        found = []
        for day, values in sorted(self.added.items()):
            said = said | values
            if said:
                found.append(Look(BUNDLED, day, 0, min(said), max(said), said))
        return found

    def fetch(self) -> Fetch:
        return Fetch(
            SERIES_ID,
            BUNDLED,
            datetime(2026, 7, 1, tzinfo=UTC),
            tuple(
                Observation(PERIODS[p], DAYS[day], v)
                for day, values in self.added.items()
                for p, v in values.items()
            ),
            tuple(
                Statement(DAYS[it.day], DAYS[it.day], PERIODS[it.first], PERIODS[it.last])
                for it in self.looks()
            ),
        )


@dataclass(frozen=True)
class Archive:
    """An archive's window on the one truth of all archives: the changes of each period."""

    since: int
    until: int
    truth: tuple[dict[int, float | None], ...]

    def known(self, period: int, day: int) -> tuple[bool, float | None]:
        """Whether the archive had the period on a day, and its value."""
        changes = [(d, v) for d, v in sorted(self.truth[period].items()) if d <= day]
        return bool(changes), changes[-1][1] if changes else None

    def fetch(self) -> Fetch:
        found = []
        for period in range(len(PERIODS)):
            there, value = self.known(period, self.since)
            if there:
                found.append(Observation(PERIODS[period], DAYS[self.since], value))
            found += [
                Observation(PERIODS[period], DAYS[d], v)
                for d, v in sorted(self.truth[period].items())
                if self.since < d <= self.until
            ]
        day = DAYS[self.until]
        return Fetch(
            SERIES_ID,
            ARCHIVE,
            datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC),
            tuple(found),
            (Statement(DAYS[self.since], day, PERIODS[0], PERIODS[-1]),),
        )


Belief = str | float | None
UNKNOWN, SILENT = "unknown", "silent"
Saying = Look | Bundle | Archive
VALUES = st.one_of(st.none(), st.sampled_from([4.0, 4.1, 4.2]))


@st.composite
def looks(draw: st.DrawFn) -> Look:
    first = draw(st.integers(0, len(PERIODS) - 1))
    last = draw(st.integers(first, len(PERIODS) - 1))
    said = draw(st.dictionaries(st.integers(first, last), VALUES))
    return Look(
        draw(st.sampled_from(SOURCES)),
        draw(st.integers(0, len(DAYS) - 1)),
        draw(st.integers(0, 22)),
        first,
        last,
        said,
    )


@st.composite
def archives(draw: st.DrawFn) -> list[Archive]:
    days = st.integers(0, len(DAYS) - 1)
    truth = tuple(draw(st.dictionaries(days, VALUES, max_size=4)) for _ in PERIODS)
    windows = draw(st.lists(st.tuples(days, days), max_size=2, unique=True))
    return [Archive(min(w), max(w), truth) for w in windows]


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    values = st.dictionaries(st.integers(0, len(PERIODS) - 1), VALUES, max_size=3)
    return Bundle(draw(st.dictionaries(st.integers(0, len(DAYS) - 1), values, max_size=3)))


@st.composite
def sayings(draw: st.DrawFn) -> list[Saying]:
    said: list[Saying] = [
        *draw(st.lists(looks(), max_size=4)),
        *draw(archives()),
        *draw(st.lists(bundles(), max_size=1)),
    ]
    moments = [(it.source, it.day, it.hour) for it in said if isinstance(it, Look)]
    assume(len(set(moments)) == len(moments))  # within one hour nobody says two things
    return said


# ------------------------------------------------------------------------------ the model, by force
def strength(source: str) -> int:
    order = [ARCHIVE, "csvdir", *SERIES[SERIES_ID].publishers]
    return -order.index(source) if source in order else -len(order)


def believed(said: Sequence[Saying], period: int, until: int) -> list[Belief]:
    """What was believed of a period at the end of each day, straight from what was said.

    The best publisher of a day decides; without one, what was believed the day before. Who is
    silent on a period of which something was said before takes its value away.
    """
    ever: Belief = UNKNOWN
    days: list[Belief] = []
    single = [one for it in said for one in (it.looks() if isinstance(it, Bundle) else [it])]
    for today in range(until):
        stated: list[tuple[tuple[int, int], Belief]] = []
        for it in single:
            if isinstance(it, Archive):
                there, value = it.known(period, today)
                if it.since <= today <= it.until and there:
                    stated.append(((strength(ARCHIVE), 24), value))
            elif it.day == today and it.first <= period <= it.last:
                stated.append(((strength(it.source), it.hour), it.said.get(period, SILENT)))
        for _, word in sorted(stated, key=itemgetter(0)):
            if word != SILENT:
                ever = word
            elif ever != UNKNOWN:
                ever = None
        days.append(ever)
    return days


# ---------------------------------------------------------------------------------------- the store
@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vintages") / "empty.db"
    Store.open(path).__exit__()
    return path


def shown(store: Store, day: date) -> dict[int, float | None]:
    values = store.believed(SERIES_ID, day)
    return {PERIODS.index(period): value for period, value in values.items()}


def count(store: Store) -> int:
    return sum(1 for _ in store.export())


def orders(said: Sequence[Saying]) -> Iterable[Sequence[Saying]]:
    if len(said) <= 4:
        return permutations(said)
    chance = random.Random(len(said))
    return [chance.sample(said, len(said)) for _ in range(24)]


# Each is tried in up to twenty-four orders, which takes a twentieth of a second.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=sayings())
def test_in_any_order_the_past_is_what_was_said_and_a_second_load_adds_nothing(
    empty: Path, said: list[Saying]
) -> None:
    truth = {p: believed(said, p, len(DAYS)) for p in range(len(PERIODS))}
    for order in orders(said):
        with Store.open(empty, scratch=True) as store:
            for it in order:
                store.record([it.fetch()])
            for n, day in enumerate(DAYS):
                wanted = {p: days[n] for p, days in truth.items() if days[n] != UNKNOWN}
                assert shown(store, day) == wanted, (day, order)
            turns = [
                (PERIODS[p], DAYS[n], value)
                for p, days in truth.items()
                for n, (before, value) in enumerate(pairwise([UNKNOWN, *days]))
                if value != before
            ]
            vintages = store.vintages(SERIES_ID)
            assert [(v.period, v.known_from, v.value) for v in vintages] == turns, order
            rows = count(store)
            for it in reversed(order):
                store.record([it.fetch()])
            assert count(store) == rows, order


# ----------------------------------------------------------------------------------- real vintages
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "monthly"
BUNDLE = Path(__file__).parents[2] / "monitor" / "data"


def vintage_days() -> list[date]:
    with (BUNDLE / "vintages.csv").open(newline="") as file:
        found = [row["known_from"] for row in csv.DictReader(file) if row["folder"] == "monthly"]
    return [date.fromisoformat(day) for day in found]


def snapshot(day: date) -> dict[str, Fetch]:
    """What FRED showed of every series of both files of a vintage."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    fetches = {}
    for kind in ("public", "restricted"):
        with (SHARED / f"fred-{kind}-{day:%Y-%m}.csv").open(newline="") as file:
            table = list(csv.DictReader(file))
        for name in table[0].keys() - {"date"}:
            step = 3 if name in SERIES and SERIES[name].frequency == "quarterly" else 1
            found = [
                (date.fromisoformat(row["date"]), day, rows.number(row[name]))
                for row in table
                if (int(row["date"][5:7]) - 1) % step == 0
            ]
            fetches[name] = rows.fetch("fred", name, found, now)
    return fetches


@pytest.fixture(scope="module")
def snapshots() -> dict[date, dict[str, Fetch]]:
    return {day: snapshot(day) for day in vintage_days()}


@pytest.mark.shared
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
def test_true_vintages_are_read_back_exactly_whatever_their_order(
    empty: Path, snapshots: dict[date, dict[str, Fetch]], order: tuple[int, ...]
) -> None:
    days = list(snapshots)
    with Store.open(empty, scratch=True) as store:
        for place in order:
            store.record(snapshots[days[place]].values())
        for day, following in pairwise([*days, days[-1] + timedelta(days=400)]):
            for as_of in (day, day + (following - day) / 2, following - timedelta(days=1)):
                assert_shows(store, snapshots, day, as_of)
        rows_before = count(store)
        for place in reversed(order):
            for counts in store.record(snapshots[days[place]].values()).values():
                assert (counts.new, counts.revised, counts.missing) == (0, 0, 0)
        assert count(store) == rows_before


def assert_shows(
    store: Store, snapshots: dict[date, dict[str, Fetch]], day: date, as_of: date
) -> None:
    """Each series is as the file of ``day`` has it; what left its range, as in the file before."""
    for name in {name for fetches in snapshots.values() for name in fetches}:
        wanted: dict[date, float | None] = {}
        for earlier, fetches in snapshots.items():
            if earlier <= day and name in fetches:
                wanted |= {row.period: row.value for row in fetches[name].observations}
        assert store.believed(name, as_of) == wanted, (name, as_of)
        if name in SERIES and name in snapshots[day]:
            panel = store.panel(as_of, [name]).series[name]
            known = dict(zip(pd.DatetimeIndex(panel.index).date, panel, strict=True))
            for row in snapshots[day][name].observations:
                value = known[row.period]
                assert value == row.value or (row.value is None and value != value)  # noqa: PLR0124
