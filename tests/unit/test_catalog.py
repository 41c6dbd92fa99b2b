"""What the catalogue says of each series, held against the documents, the adapters and history."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor import catalog
from monitor.catalog import BUNDLED, PEAKS, SERIES, TROUGHS, WATCHED, specs
from monitor.domain import SeriesSpec, add_months
from monitor.errors import ConfigError
from monitor.sources import bls, board, bundled, nyfed, treasury

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPECS = pytest.mark.parametrize("spec", SERIES.values(), ids=SERIES)

Values = dict[date, float]


# ------------------------------------------------------------------------------------ what is there
NEEDED = {
    "DGS1MO", "DGS1_5MO", "DGS2MO", "DGS3MO", "DGS4MO", "DGS6MO", "DGS1", "DGS2", "DGS3", "DGS5",
    "DGS7", "DGS10", "DGS20", "DGS30", "GS1M", "GS3M", "GS6M", "GS1", "GS2", "GS3", "GS5", "GS7",
    "GS10", "GS20", "GS30", "TB3MS", "TB6MS", "DFII5", "DFII10", "FII5", "FII10", "T5YIE",
    "T10YIE", "T5YIFR", "THREEFYTP10", "FEDFUNDS", "EFFR", "DFEDTAR", "DFEDTARU", "DFEDTARL",
    "SOFR", "IORB", "IOER", "UNRATE", "ICSA", "PAYEMS", "INDPRO", "CPIAUCSL", "CPILFESL", "PCEPI",
    "PCEPILFE", "GDP", "GDPC1", "MICH", "EXPINF1YR", "EXPINF10YR", "AAA", "BAA", "AAA10Y",
    "BAA10Y", "MORTGAGE30US", "NFCI", "EBP", "BCNSDODNS", "WALCL", "TREAST", "WSHOBL", "WSHOMCB",
    "WRESBAL", "RRPONTSYD", "TOTRESNS", "TREAS15", "TREAS1590", "TREAS911Y", "TREAS1T5",
    "TREAS5T10", "TREAS10Y", "WLCFLL", "WLCFLPCL", "H41RESPPALDKNWW", "SOMA_BILLS",
    "SOMA_NOTES_BONDS", "SOMA_TIPS", "SOMA_TIPS_COMPENSATION", "SOMA_FRN", "SOMA_AGENCIES",
    "SOMA_MBS", "SOMA_CMBS", "SOMA_TOTAL", "USREC", "SAHMREALTIME", "RECPROUSM156N",
}  # fmt: skip


def test_the_catalogue_covers_what_the_monitor_needs() -> None:
    assert NEEDED - SERIES.keys() == set()


def test_the_target_rate_and_the_interest_on_reserves_change_hands_without_a_hole() -> None:
    for before, after in (("DFEDTAR", "DFEDTARU"), ("DFEDTAR", "DFEDTARL"), ("IOER", "IORB")):
        ends = SERIES[before].ends
        assert ends is not None
        assert SERIES[after].starts == ends + timedelta(days=1)
    assert SERIES["DFEDTARU"].starts == date(2008, 12, 16)


def test_what_is_watched_is_in_the_catalogue_and_says_so() -> None:
    assert [spec.id for spec in SERIES.values() if spec.watched] == sorted(
        WATCHED, key=list(SERIES).index
    )


@SPECS
def test_an_entry_is_consistent(spec: SeriesSpec) -> None:
    low, high = spec.bounds
    release = spec.release
    assert spec.id == spec.id.upper()
    assert low < high or spec.id in (PEAKS, TROUGHS)
    assert spec.largest_move > 0
    assert spec.revised == (spec.revision_months > 0)
    assert spec.rebased == ("base year changes" in spec.unit or spec.id == "GDPC96")
    assert release.earliest_days <= release.latest_days
    assert spec.starts < (spec.ends or NOW.date())
    assert spec.publishers
    assert (BUNDLED in spec.publishers) <= ("never bundled" not in spec.licence)
    assert ("annual rate" in spec.unit or "annual rate" in spec.title) == (
        "annual rate" in spec.adjustment
    )


@SPECS
def test_publishers_stand_in_the_agreed_order(spec: SeriesSpec) -> None:
    order = ["fred", "fredgraph", "treasury", "bls", "nyfed", "board", "bundled"]
    assert list(spec.publishers) == sorted(spec.publishers, key=order.index)


@SPECS
def test_a_day_of_the_week_lies_in_the_window_of_its_release(spec: SeriesSpec) -> None:
    release = spec.release
    if release.weekday is None:
        return
    # Of weeks that end on Wednesday, Thursday, Friday and Saturday, as each series is dated.
    dated = {"MORTGAGE30US": 1, "NFCI": 2, "ICSA": 3}
    week = date(2026, 9, 30) + timedelta(days=dated.get(spec.id, 0))
    days = range(release.earliest_days, release.latest_days + 1)
    assert release.weekday in {(week + timedelta(days=day)).weekday() for day in days}


@pytest.mark.parametrize(
    ("publisher", "table"),
    [
        ("board", board.COLUMNS),
        ("bls", bls.CODES),
        ("nyfed", nyfed.PLACES),
        ("treasury", treasury.TENORS),
    ],
)
def test_the_catalogue_and_the_adapters_agree_on_who_has_what(
    publisher: str, table: dict[str, object]
) -> None:
    named = {name for name, spec in SERIES.items() if publisher in spec.publishers}
    assert named == table.keys() & SERIES.keys()


def test_importing_the_catalogue_loads_nothing_heavy() -> None:
    heavy = "pandas numpy pydantic requests sqlite3 sklearn"
    code = (
        "import sys; import monitor.catalog, monitor.quality, monitor.screen;"
        f"print([name for name in '{heavy}'.split() if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_a_misspelt_identifier_names_the_nearest() -> None:
    assert [spec.id for spec in catalog.specs(["unrate", "GS10"])] == ["UNRATE", "GS10"]
    with pytest.raises(ConfigError, match="UNRATE"):
        catalog.specs(["UNRAT"])


# ------------------------------------------------------------------------------------------ history
def bundled_vintages() -> Iterator[tuple[str, date, Values]]:
    """Name, day and values of every vintage in the package."""
    for fetch in bundled.fetches(NOW):
        if fetch.series in (PEAKS, TROUGHS):
            continue
        rows = sorted(fetch.observations, key=lambda row: row.known_from)
        for day in sorted({row.known_from for row in rows}):
            known = {row.period: row.value for row in rows if row.known_from <= day}
            yield fetch.series, day, {p: v for p, v in sorted(known.items()) if v is not None}


def recorded_histories() -> Iterator[tuple[str, Values]]:
    """The same of the reference tables, which are not part of the project."""
    for path in [*SHARED.glob("reference/*.csv"), *SHARED.glob("monthly/fred-restricted-*.csv")]:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        for column in set(rows[0]) - {"date"}:
            name = path.stem if column == "value" else column
            if path.stem == "soma-summary":
                name = f"SOMA_{column.upper()}".replace("_TIPS_INFLATION_", "_TIPS_")
            if name in SERIES:
                filled = {row["date"]: row[column] for row in rows if row[column] not in ("", ".")}
                yield name, {date.fromisoformat(day): float(v) for day, v in filled.items()}


NEIGHBOURS = {"daily": 10, "weekly": 21, "monthly": 92, "quarterly": 276}


def largest_move(spec: SeriesSpec, values: Values) -> float:
    moves, items = [0.0], list(values.items())
    for (before, old), (period, new) in pairwise(items):
        if (period - before).days <= NEIGHBOURS[spec.frequency] and (old or not spec.relative):
            moves.append(abs(new - old) / (abs(old) if spec.relative else 1))
    return max(moves)


def assert_plausible(spec: SeriesSpec, values: Values) -> None:
    low, high = spec.bounds
    assert low <= min(values.values()) <= max(values.values()) <= high, spec.id
    assert largest_move(spec, values) <= spec.largest_move, spec.id
    assert min(values) >= spec.starts, spec.id
    assert spec.ends is None or max(values) <= spec.ends, spec.id


def test_the_whole_bundled_history_is_plausible_in_every_vintage() -> None:
    for name, _, values in bundled_vintages():
        assert_plausible(SERIES[name], values)


@pytest.mark.shared
def test_the_whole_recorded_history_is_plausible() -> None:
    seen = set()
    for name, values in recorded_histories():
        assert_plausible(SERIES[name], values)
        seen.add(name)
    assert {"ICSA", "WALCL", "SOMA_TIPS_COMPENSATION", "SOFR", "DFII10", "AAA"} <= seen


def test_a_largest_move_is_half_as_large_again_as_the_largest_in_history() -> None:
    largest: dict[str, float] = {}
    for name, _, values in bundled_vintages():
        largest[name] = max(largest.get(name, 0), largest_move(SERIES[name], values))
    for name, move in largest.items():
        assert 1.4 < SERIES[name].largest_move / move < 1.9, name


@pytest.mark.shared
def test_a_largest_move_of_a_recorded_series_is_half_as_large_again_too() -> None:
    for name, values in recorded_histories():
        ratio = SERIES[name].largest_move / largest_move(SERIES[name], values)
        assert 1.4 < ratio < 1.9, name


UNSEEN = {"BORROW": {10}}
"""Borrowings were 3 million one month and 40 billion the next."""


@pytest.mark.parametrize("factor", [10, 100, 1000])
def test_a_value_in_a_wrong_unit_or_with_its_point_slipped_right_is_implausible(
    factor: int,
) -> None:
    for name, day, values in bundled_vintages():
        spec = SERIES[name]
        # BORROW of the first vintages is in another unit; near zero there is nothing to slip.
        if day < date(2025, 1, 1) or factor in UNSEEN.get(name, set()):
            continue
        before, newest = list(values.values())[-2:]
        slipped = newest * factor
        step = abs(slipped - before) / (abs(before) if spec.relative else 1)
        assert slipped > spec.bounds[1] or step > spec.largest_move, name


def test_a_level_of_zero_is_implausible() -> None:
    can_be_zero = {"TREASURY", "BORROW", "RSBKCRNS"}
    for name, spec in SERIES.items():
        if spec.relative and name not in can_be_zero:
            assert spec.bounds[0] > 0 or spec.largest_move < 1, name


def test_a_discount_or_a_negative_yield_is_news_and_not_an_error() -> None:
    for name in ("DGS3MO", "GS10", "TB3MS", "EFFR", "SOFR", "DFII10", "DFEDTARL"):
        assert SERIES[name].bounds[0] < 0


# ----------------------------------------------------------------------------------------- releases
def test_no_vintage_holds_a_figure_before_its_earliest_release() -> None:
    for name, day, values in bundled_vintages():
        if SERIES[name].frequency != "daily":
            assert SERIES[name].earliest_release(max(values)) <= day, (name, day)


def test_no_vintage_lacks_a_figure_after_its_usual_release() -> None:
    for name, day, values in bundled_vintages():
        spec, newest = SERIES[name], max(values)
        # A period that the publisher says has no value is not lacking.
        following = add_months(newest, {"monthly": 1, "quarterly": 3}.get(spec.frequency, 0))
        if spec.frequency != "daily" and newest != spec.ends:
            assert spec.usual_release(following) > day, (name, day)


@pytest.mark.parametrize(
    ("name", "period", "released"),
    [
        ("UNRATE", date(2025, 2, 1), date(2025, 3, 7)),
        ("PAYEMS", date(2024, 12, 1), date(2025, 1, 10)),
        ("CPIAUCSL", date(2024, 12, 1), date(2025, 1, 15)),
        ("GDP", date(2024, 7, 1), date(2024, 10, 30)),
        ("PCEPI", date(2019, 11, 1), date(2019, 12, 20)),
        ("GS10", date(2020, 12, 1), date(2021, 1, 4)),  # New Year's Day was a Friday
        ("WALCL", date(2024, 11, 27), date(2024, 11, 29)),  # Thanksgiving was a Thursday
        ("ICSA", date(2024, 11, 23), date(2024, 11, 27)),
        ("EXPINF1YR", date(2024, 6, 1), date(2024, 6, 12)),  # in its own month
        ("THREEFYTP10", date(2024, 11, 4), date(2024, 11, 12)),  # Veterans Day was a Monday
        ("SAHMREALTIME", date(2025, 2, 1), date(2025, 3, 7)),
        ("RECPROUSM156N", date(2013, 3, 1), date(2013, 6, 3)),
        ("RECPROUSM156N", date(2023, 1, 1), date(2023, 3, 3)),
    ],
)
def test_the_days_of_known_releases_lie_in_their_windows(
    name: str, period: date, released: date
) -> None:
    spec = SERIES[name]
    assert spec.earliest_release(period) <= released <= spec.usual_release(period)


# ----------------------------------------------------------------------------------------- the page
def printed() -> str:
    tool = [sys.executable, str(ROOT / "tools" / "series_table.py")]
    done = subprocess.run(tool, capture_output=True, text=True, check=True, cwd=ROOT)
    return str(done.stdout)


def test_the_tables_in_the_page_on_data_are_what_the_tool_prints() -> None:
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    assert printed() in page, "put what `python tools/series_table.py` prints into docs/data.md"


def test_the_tool_prints_every_fact_of_an_entry() -> None:
    spec = SERIES["WALCL"]
    first, second = [line for line in printed().splitlines() if line.startswith("| `WALCL` |")]
    for fact in (spec.title, spec.unit, "weekly", "2002-12-18", "board", spec.licence):
        assert fact in first
    for fact in (spec.release.name, "1 to 2", "Thursday", "500,000 to 50,000,000", "900,000"):
        assert fact in second


def test_a_series_named_twice_is_meant_once() -> None:
    assert specs(["GS10", "unrate", "gs10"]) == [SERIES["GS10"], SERIES["UNRATE"]]
