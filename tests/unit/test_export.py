"""Everything that is stored, as a file."""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs import export as module
from jobs.export import COLUMNS, export
from monitor.domain import Fetch, Observation, Statement
from monitor.errors import ConfigError, RenderError
from monitor.store import Store

FIRST = datetime(2026, 11, 20, 23, tzinfo=UTC)
SECOND = datetime(2026, 11, 21, 23, tzinfo=UTC)
ROWS = [
    ("GS10", "2026-09-01", "2026-11-20", 4.1, "fredgraph", "2026-11-20T23:00:00+00:00"),
    ("GS10", "2026-10-01", "2026-11-20", None, "fredgraph", "2026-11-20T23:00:00+00:00"),
    ("GS10", "2026-10-01", "2026-11-21", 4.2, "board", "2026-11-21T23:00:00+00:00"),
    ("GS10", "2026-11-01", "2026-11-20", 4.3, "fredgraph", "2026-11-20T23:00:00+00:00"),
]


def _said(source: str, at: datetime, values: dict[date, float | None]) -> Fetch:
    day = at.date()
    rows = tuple(Observation(period, day, value) for period, value in values.items())
    return Fetch("GS10", source, at, rows, (Statement(day, day, min(values), max(values)),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with three months of one series, one of them known a day later."""
    with Store.open(tmp_path / "monitor.db") as opened:
        september, october, november = (date(2026, month, 1) for month in (9, 10, 11))
        values = {september: 4.1, october: None, november: 4.3}
        opened.record([_said("fredgraph", FIRST, values)])
        opened.record([_said("board", SECOND, {october: 4.2})])
        yield opened


def _plain(path: Path) -> list[tuple[Any, ...]]:
    return _read(path.read_text("utf-8"))


def _gzipped(path: Path) -> list[tuple[Any, ...]]:
    return _read(gzip.decompress(path.read_bytes()).decode())


def _read(text: str) -> list[tuple[Any, ...]]:
    header, *lines = csv.reader(text.splitlines())
    assert tuple(header) == COLUMNS
    return [(*line[:3], float(line[3]) if line[3] else None, *line[4:]) for line in lines]


def _parquet(path: Path) -> list[tuple[Any, ...]]:
    table = pq.read_table(path)
    assert tuple(table.column_names) == COLUMNS
    return [tuple(row.values()) for row in table.to_pylist()]


@pytest.mark.parametrize(
    ("name", "read"),
    [("all.csv", _plain), ("all.csv.gz", _gzipped), ("new/folder/all.parquet", _parquet)],
)
def test_every_value_of_every_vintage_is_written_in_order(
    store: Store, tmp_path: Path, name: str, read: Callable[[Path], list[tuple[Any, ...]]]
) -> None:
    assert export(store, tmp_path / name) == len(ROWS)
    assert read(tmp_path / name) == ROWS


@pytest.mark.parametrize("name", ["all.csv", "all.csv.gz", "all.parquet"])
def test_many_rows_are_written_in_several_parts(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(module, "_BATCH", 3)
    read = {".csv": _plain, ".gz": _gzipped, ".parquet": _parquet}[Path(name).suffix]
    assert export(store, tmp_path / name) == len(ROWS)
    assert read(tmp_path / name) == ROWS


@pytest.mark.parametrize("name", ["all.csv", "all.parquet"])
def test_an_empty_store_gives_a_file_without_rows(tmp_path: Path, name: str) -> None:
    with Store.open(tmp_path / "empty.db") as empty:
        assert export(empty, tmp_path / name) == 0
    read = {".csv": _plain, ".parquet": _parquet}[Path(name).suffix]
    assert read(tmp_path / name) == []


@pytest.mark.parametrize("name", ["all", "all.xlsx", "all.csv.zip", "csv"])
def test_another_ending_is_refused_in_a_dry_run_too(
    store: Store, tmp_path: Path, name: str
) -> None:
    for dry_run in (False, True):
        with pytest.raises(ConfigError, match=r"\.csv, \.csv\.gz or \.parquet"):
            export(store, tmp_path / name, dry_run=dry_run)
    assert not (tmp_path / name).exists()


def test_a_dry_run_counts_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    assert export(store, tmp_path / "all.csv", dry_run=True) == len(ROWS)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_file_that_was_there_stays_until_the_new_one_is_complete(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "all.csv"
    out.parent.mkdir()
    out.write_text("what was there")

    def breaking(_self: Store) -> Iterator[tuple[Any, ...]]:
        yield ROWS[0]
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "export", breaking)
        with pytest.raises(RenderError, match=r"all\.csv cannot be written: No space left"):
            export(store, out)
    assert {path.name: path.read_text() for path in out.parent.iterdir()} == {
        "all.csv": "what was there"
    }
    assert export(store, out) == len(ROWS)
    assert _plain(out) == ROWS
    assert [path.name for path in out.parent.iterdir()] == ["all.csv"]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
def test_a_place_that_cannot_be_written_is_named(store: Store, tmp_path: Path, ending: str) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / f"folder{ending}").mkdir()
    for name in (f"file/all{ending}", f"folder{ending}"):
        with pytest.raises(RenderError, match=f"{name} cannot be written"):
            export(store, tmp_path / name)


def test_without_pyarrow_it_is_said_what_to_install(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"recession-monitor\[parquet\]"):
        export(store, tmp_path / "all.parquet")
    assert [path.name for path in tmp_path.glob("*parquet*")] == []
