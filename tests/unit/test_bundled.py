"""The bundled history, as the reader hands it over."""

from __future__ import annotations

import csv
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from monitor.catalog import PEAKS, SERIES, TROUGHS
from monitor.domain import Fetch, Statement, add_months, end_of_month
from monitor.errors import SourceMalformed
from monitor.sources import bundled

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
REPOSITORY = Path(__file__).parents[2]
BUNDLE = REPOSITORY / "monitor" / "data"
DOCUMENT = REPOSITORY / "docs" / "data.md"
SHARED = REPOSITORY.parent / "shared" / "data"
VINTAGES = {
    "2021-01": date(2021, 1, 18),
    "2022-10": date(2022, 10, 31),
    "2025-03": date(2025, 3, 10),
    "2026-10": date(2026, 10, 10),
}
MONTHLY = sorted(path.stem for path in (BUNDLE / "monthly").glob("*.csv"))
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared data folder is not beside the checkout"
)


@pytest.fixture(scope="module")
def history() -> dict[str, Fetch]:
    return {fetch.series: fetch for fetch in bundled.fetches(NOW)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLE, tmp_path / "data"))


def known_on(fetch: Fetch, day: date) -> dict[date, float | None]:
    """The newest value of each period that was known on a day."""
    seen = [item for item in fetch.observations if item.known_from <= day]
    return {item.period: item.value for item in sorted(seen, key=lambda item: item.known_from)}


def step(name: str) -> int:
    """Months from one period of a series to the next."""
    return {"monthly": 1, "quarterly": 3}[SERIES[name].frequency]


def vintages_of(name: str) -> list[date]:
    header = (BUNDLE / f"monthly/{name}.csv").read_text("utf-8").partition("\n")[0]
    return [date.fromisoformat(day) for day in header.split(",")[1:]]


# ------------------------------------------------------------------------------------ what is there
def test_every_bundled_series_of_the_catalogue_comes_once_and_nothing_else_comes() -> None:
    names = [fetch.series for fetch in bundled.fetches(NOW)]
    wanted = [spec.id for spec in SERIES.values() if "bundled" in spec.publishers]
    assert sorted(names) == sorted(wanted)


def test_no_file_lies_in_the_bundle_that_nothing_reads(
    history: dict[str, Fetch],
) -> None:
    files = {str(path.relative_to(BUNDLE)) for path in BUNDLE.rglob("*.csv")}
    monthly = {
        f"monthly/{name}.csv"
        for name in history
        if SERIES[name].frequency != "daily" and name not in (PEAKS, TROUGHS)
    }
    tables = {"fomc.csv", "forecasts.csv", "nber.csv", "programmes.csv", "vintages.csv"}
    assert files == monthly | tables | {"daily/curve.csv"}


def test_nothing_of_third_parties_is_bundled(history: dict[str, Fetch]) -> None:
    assert not {"AAA", "BAA", "MICH", "MPRIME", "KCFSI"} & history.keys()
    assert not [name for name in history if "never bundled" in SERIES[name].licence]


def test_the_bundle_stays_under_two_megabytes() -> None:
    assert sum(path.stat().st_size for path in BUNDLE.rglob("*.csv")) < 2_000_000


def test_an_answer_carries_source_and_instant(history: dict[str, Fetch]) -> None:
    assert {fetch.source for fetch in history.values()} == {"bundled"}
    assert {fetch.fetched_at for fetch in history.values()} == {NOW}


def test_no_series_tells_the_same_period_twice_in_one_vintage(history: dict[str, Fetch]) -> None:
    for fetch in history.values():
        keys = [(item.period, item.known_from) for item in fetch.observations]
        assert len(keys) == len(set(keys)), fetch.series


def test_no_value_was_known_before_its_period_began(history: dict[str, Fetch]) -> None:
    for fetch in history.values():
        assert all(item.known_from >= item.period for item in fetch.observations), fetch.series


def test_a_vintage_tells_only_what_is_new_in_it(history: dict[str, Fetch]) -> None:
    for fetch in history.values():
        latest: dict[date, object] = {}
        for item in sorted(fetch.observations, key=lambda item: item.known_from):
            assert latest.get(item.period, "unknown") != item.value, (fetch.series, item)
            latest[item.period] = item.value


def test_a_quarter_is_named_by_its_first_month(history: dict[str, Fetch]) -> None:
    for name, fetch in history.items():
        if SERIES[name].frequency == "quarterly":
            assert {item.period.month for item in fetch.observations} == {1, 4, 7, 10}


def test_a_series_vouches_for_each_vintage_of_its_file_up_to_the_newest_period_of_that_day(
    history: dict[str, Fetch],
) -> None:
    for name in MONTHLY:
        statements = history[name].statements
        assert [it.since for it in statements] == vintages_of(name)
        for statement in statements:
            periods = known_on(history[name], statement.since)
            assert statement.until == statement.since
            assert (statement.first, statement.last) == (min(periods), max(periods))
    assert [str(it.last)[:7] for it in history["UNRATE"].statements] == [
        "2020-12",
        "2022-09",
        "2025-02",
        "2026-09",
    ]


def test_the_daily_curve_vouches_for_its_one_vintage(history: dict[str, Fetch]) -> None:
    day = date(2026, 6, 2)
    assert history["DGS3MO"].statements == (
        Statement(day, day, date(1981, 9, 1), date(2026, 6, 1)),
    )


def test_turning_points_vouch_for_nothing_but_themselves(history: dict[str, Fetch]) -> None:
    assert history[PEAKS].statements == history[TROUGHS].statements == ()


# ------------------------------------------------------------------------------ the right values
@pytest.mark.parametrize("name", MONTHLY)
def test_no_period_is_left_out_between_the_first_and_the_last(
    history: dict[str, Fetch], name: str
) -> None:
    periods = sorted({item.period for item in history[name].observations})
    assert periods == [add_months(periods[0], step(name) * index) for index in range(len(periods))]


def test_unemployment_of_october_2025_is_published_as_missing(history: dict[str, Fetch]) -> None:
    october = [item for item in history["UNRATE"].observations if item.period == date(2025, 10, 1)]
    assert [(item.known_from, item.value) for item in october] == [(date(2026, 10, 10), None)]


def test_a_revision_is_a_second_observation_of_the_period(history: dict[str, Fetch]) -> None:
    january = [item for item in history["GDPC1"].observations if item.period == date(2020, 1, 1)]
    assert [(str(item.known_from), item.value) for item in january] == [
        ("2021-01-18", 19010.8),
        ("2022-10-31", 18989.9),
        ("2025-03-10", 20693.2),
        ("2026-10-10", 20709.2),
    ]


def test_the_daily_curve_knows_holes_but_nothing_outside_the_range_of_a_maturity(
    history: dict[str, Fetch],
) -> None:
    bond = known_on(history["DGS20"], date(2026, 6, 2))
    gap = [day for day, value in bond.items() if value is None]
    assert (min(gap), max(gap)) == (date(1987, 1, 2), date(1993, 9, 30))
    bill = known_on(history["DGS3MO"], date(2026, 6, 2))
    assert [day for day, value in bill.items() if value is None] == [date(1981, 12, 9)]
    assert (min(bill), max(bill)) == (date(1981, 9, 1), date(2026, 6, 1))


def test_the_daily_curve_was_not_known_before_it_was_recorded(history: dict[str, Fetch]) -> None:
    assert known_on(history["DGS10"], date(2026, 6, 1)) == {}


def test_only_one_yield_differs_between_the_vintages(history: dict[str, Fetch]) -> None:
    """FRED, or gretl, once filled the gap of the 20-year yield with the mean of its neighbours."""
    revised = [
        name
        for name in MONTHLY
        if not SERIES[name].revised
        and len(history[name].observations) > len({i.period for i in history[name].observations})
    ]
    assert [name for name in revised if name != "GS20"] == []
    first = known_on(history["GS20"], date(2021, 1, 18))
    later = known_on(history["GS20"], date(2022, 10, 31))
    gap = [period for period in first if later[period] != first[period]]
    assert (min(gap), max(gap), len(gap)) == (date(1987, 1, 1), date(1993, 9, 1), 81)
    assert all(later[period] is None for period in gap)


@pytest.mark.shared
@needs_shared
@pytest.mark.parametrize("tag", VINTAGES)
def test_each_vintage_equals_the_reference_table_in_every_cell(
    history: dict[str, Fetch], tag: str
) -> None:
    with (SHARED / "monthly" / f"fred-public-{tag}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = set(rows[0]) - {"date"}
    assert names == {name for name in MONTHLY if VINTAGES[tag] in vintages_of(name)}
    for name in names:
        table = {date.fromisoformat(row["date"]): row[name] for row in rows}
        filled = [period for period, cell in table.items() if cell]
        known = known_on(history[name], VINTAGES[tag])
        for period, cell in table.items():
            if cell:
                assert np.float32(known[period]) == np.float32(cell), (name, period)
            elif filled[0] < period < filled[-1] and (period.month - 1) % step(name) == 0:
                assert known[period] is None, (name, period)
            elif period in known:  # dropped out of the range: an earlier vintage stated it
                assert period < filled[0], (name, period)
        assert known.keys() <= table.keys()


@pytest.mark.shared
@needs_shared
def test_the_daily_curve_equals_the_reference_table_in_every_cell(
    history: dict[str, Fetch],
) -> None:
    with (SHARED / "daily" / "curve-2026-06.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in set(rows[0]) - {"date"}:
        table = {date.fromisoformat(row["date"]): row[name] for row in rows}
        values = known_on(history[name], date(2026, 6, 2))
        assert {day: float(cell) for day, cell in table.items() if cell} == {
            day: value for day, value in values.items() if value is not None
        }


@pytest.mark.parametrize("name", MONTHLY)
def test_every_vintage_holds_what_the_release_lag_of_the_catalogue_promises(
    history: dict[str, Fetch], name: str
) -> None:
    spec = SERIES[name]
    for day in vintages_of(name):
        newest = max(known_on(history[name], day))
        following = add_months(newest, step(name))
        assert spec.ends == newest or spec.usual_release(following) > day, day


# --------------------------------------------------------------------------------- turning points
def chronology() -> list[dict[str, str]]:
    with (BUNDLE / "nber.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_peaks_and_troughs_alternate_and_carry_their_announcement(
    history: dict[str, Fetch],
) -> None:
    assert len(history[PEAKS].observations) == len(history[TROUGHS].observations) == 13
    for peak, trough in zip(
        history[PEAKS].observations, history[TROUGHS].observations, strict=True
    ):
        assert peak.value == trough.value == 1.0
        assert peak.period < trough.period
        assert peak.known_from < trough.known_from
    assert history[PEAKS].observations[-1].known_from == date(2020, 6, 8)


def test_before_1980_a_turning_point_counts_as_known_twelve_months_after_its_month() -> None:
    for row in chronology():
        month = date.fromisoformat(f"{row['month']}-01")
        assert row["basis"] == ("announcement" if month.year >= 1980 else "convention")
        if row["basis"] == "convention":
            known_from = end_of_month(add_months(month, 12))
            assert date.fromisoformat(row["announced"]) == known_from


@pytest.mark.shared
@needs_shared
def test_the_chronology_equals_the_reference_table() -> None:
    with (SHARED / "reference" / "nber-cycle-dates.csv").open(newline="") as file:
        wanted = {
            (kind, row[kind][:7])
            for row in csv.DictReader(file)
            for kind in ("peak", "trough")
            if row[kind] >= "1945"
        }
    assert {(row["kind"], row["month"]) for row in chronology()} == wanted


# ------------------------------------------------------------------------------------- fingerprint
def test_the_fingerprint_is_that_of_the_content(copy: Path) -> None:
    assert bundled.fingerprint(copy) == bundled.fingerprint()


@pytest.mark.parametrize("path", ["monthly/UNRATE.csv", "daily/curve.csv", "nber.csv"])
def test_the_fingerprint_changes_with_one_byte_of_any_file(copy: Path, path: str) -> None:
    file = copy / path
    file.write_text(file.read_text("utf-8").replace("1", "2", 1), "utf-8")
    assert bundled.fingerprint(copy) != bundled.fingerprint()


# ------------------------------------------------------------------------------------ damaged files
@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("monthly/UNRATE.csv", "\n1948-02,3.8,", "\n1948-02,3.8x,", "UNRATE.csv, line 3: .*3.8x"),
        ("monthly/UNRATE.csv", "\n1948-02,3.8,", "\n1948-02,inf,", "line 3: 'inf' is not a finite"),
        ("monthly/UNRATE.csv", "\n1948-02,3.8,", "\n1948-02,3.8", "line 3: 4 cells instead of 5"),
        ("monthly/UNRATE.csv", "\n1948-02,", "\n1948-13,", "UNRATE.csv, line 3: month must be"),
        (
            "monthly/UNRATE.csv",
            "\n1948-02,",
            "\n1948-01,",
            "line 3: 1948-01-01 does not come after",
        ),
        ("monthly/UNRATE.csv", "2021-01-18", "2021-01-19", "UNRATE.csv, line 1: the header"),
        ("daily/curve.csv", "DGS2,", "DGS4,", "curve.csv, line 1: the header"),
        ("daily/curve.csv", "\n1962-01-03,,,,3.24", "\n1962-01-03,,,,?", "curve.csv, line 3"),
        ("nber.csv", "\npeak,1948-11", "\nsummit,1948-11", "nber.csv, line 4: 'summit' is neither"),
        ("nber.csv", "1949-11-30", "1949-11-31", "nber.csv, line 4: day is out of range"),
        ("vintages.csv", ",daily,", ",yearly,", "vintages.csv, line 5: unknown folder 'yearly'"),
        ("vintages.csv", "2026-06-02", "June 2026", "vintages.csv, line 5"),
        ("vintages.csv", ",daily,", ",monthly,", "exactly one line for daily"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(
    copy: Path, path: str, old: str, new: str, message: str
) -> None:
    file = copy / path
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(SourceMalformed, match=message):
        list(bundled.fetches(NOW, copy))


@pytest.mark.parametrize("path", ["monthly/GS10.csv", "daily/curve.csv", "nber.csv"])
def test_a_missing_file_is_named(copy: Path, path: str) -> None:
    (copy / path).unlink()
    with pytest.raises(SourceMalformed, match=path):
        list(bundled.fetches(NOW, copy))


@pytest.mark.parametrize("path", ["monthly/GS10.csv", "daily/curve.csv", "nber.csv"])
def test_an_empty_file_is_named(copy: Path, path: str) -> None:
    (copy / path).write_bytes(b"")
    with pytest.raises(SourceMalformed, match=f"{path}, line 1"):
        list(bundled.fetches(NOW, copy))


def test_a_missing_bundle_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(SourceMalformed, match="cannot be read"):
        bundled.fingerprint(tmp_path / "nowhere")


# ---------------------------------------------------------------------------------------- the page
def test_the_page_on_data_names_every_vintage_and_the_checksum_of_its_origin() -> None:
    text = DOCUMENT.read_text("utf-8")
    for line in (BUNDLE / "vintages.csv").read_text("utf-8").splitlines()[1:]:
        known_from, _, file, sha256 = line.split(",")
        assert known_from in text
        assert file in text
        assert sha256[:12] in text
