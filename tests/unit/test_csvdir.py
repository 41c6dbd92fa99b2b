from __future__ import annotations

import builtins
import gzip
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from monitor.catalog import SERIES
from monitor.domain import Fetch, Observation, Statement, Want
from monitor.errors import SeriesUnknown, SourceError, SourceMalformed, SourceUnavailable
from monitor.sources.csvdir import CsvDir

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()


def get(folder: Path, *series: str) -> tuple[dict[str, Fetch], dict[str, list[SourceError]]]:
    """All that comes, and all that fails."""
    fetches: dict[str, Fetch] = {}
    failed: dict[str, list[SourceError]] = {}
    wants = [Want(SERIES[name], date(2026, 11, 1)) for name in series]
    for answer in CsvDir(folder).fetch(wants, NOW):
        fetches |= {fetch.series: fetch for fetch in answer.fetches}
        for name, error in answer.failed.items():
            failed.setdefault(name, []).append(error)
    assert fetches.keys() | failed.keys() == set(series)
    return fetches, failed


def values(fetch: Fetch) -> dict[str, float | None]:
    return {f"{row.period}": row.value for row in fetch.observations}


# ----------------------------------------------------------------------------------- one series
@pytest.mark.parametrize("title", ["date", "DATE", "observation_date", "Period"])
@pytest.mark.parametrize("value", ["value", "DGS10", "close"])
def test_a_file_called_like_a_series_is_that_series(tmp_path: Path, title: str, value: str) -> None:
    content = f"{title},{value}\n2026-11-19,4.91\n2026-11-20,4.93\n"
    (tmp_path / "DGS10.csv").write_text(content)
    fetches, failed = get(tmp_path, "DGS10")
    assert not failed
    fetch = fetches["DGS10"]
    assert (fetch.source, fetch.fetched_at, fetch.raw) == ("csvdir", NOW, content.encode())
    assert fetch.observations == (
        Observation(date(2026, 11, 19), TODAY, 4.91),
        Observation(date(2026, 11, 20), TODAY, 4.93),
    )
    assert fetch.statements == (Statement(TODAY, TODAY, date(2026, 11, 19), date(2026, 11, 20)),)


def test_other_columns_beside_the_value_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "dgs10.CSV").write_text("source,date,value\nBloomberg,2026-11-20,4.93\n")
    assert values(get(tmp_path, "DGS10")[0]["DGS10"]) == {"2026-11-20": 4.93}


def test_a_file_is_read_whole_and_its_age_does_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "DGS10.csv"
    file.write_text("date,value\n1962-01-02,4.06\n2026-11-20,4.93\n")
    os.utime(file, (0, 0))
    fetches, _ = get(tmp_path, "DGS10")
    assert fetches["DGS10"].observations[0] == Observation(date(1962, 1, 2), TODAY, 4.06)


def test_a_packed_file_is_read(tmp_path: Path) -> None:
    content = gzip.compress(b"date,value\n2026-11-20,4.93\n")
    (tmp_path / "DGS10.csv.gz").write_bytes(content)
    fetches, _ = get(tmp_path, "DGS10")
    assert values(fetches["DGS10"]) == {"2026-11-20": 4.93}
    assert fetches["DGS10"].raw == content


def test_a_spreadsheet_with_semicolons_and_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    lines = b"\xef\xbb\xbfdate;DGS10;DGS2\r\n2026-11-20;4.93;4.70\r\n\r\n"
    (tmp_path / "curve.csv").write_bytes(lines)
    fetches, _ = get(tmp_path, "DGS10", "DGS2")
    assert values(fetches["DGS10"]) == {"2026-11-20": 4.93}
    assert values(fetches["DGS2"]) == {"2026-11-20": 4.70}


@pytest.mark.parametrize(
    ("series", "day", "period"),
    [
        ("UNRATE", "2026-09-30", "2026-09-01"),
        ("UNRATE", "2026-09", "2026-09-01"),
        ("GDP", "2026-09-30", "2026-07-01"),
        ("GDP", "2026-07", "2026-07-01"),
        ("WALCL", "2026-09-30", "2026-09-30"),
        ("DGS10", "2026-09-30", "2026-09-30"),
    ],
)
def test_a_month_or_quarter_may_be_dated_by_any_of_its_days(
    tmp_path: Path, series: str, day: str, period: str
) -> None:
    (tmp_path / f"{series}.csv").write_text(f"date,value\n{day},5000\n")
    assert values(get(tmp_path, series)[0][series]) == {period: 5000}


# ----------------------------------------------------------------------------- several, and long
def test_columns_are_bound_by_name_and_others_ignored(tmp_path: Path) -> None:
    lines = "DGS2,date,my model,dgs10\n4.70,2026-11-19,x,4.91\n,2026-11-20,y,4.93\n"
    (tmp_path / "curve.csv").write_text(lines)
    fetches, failed = get(tmp_path, "DGS10", "DGS2")
    assert not failed
    assert values(fetches["DGS10"]) == {"2026-11-19": 4.91, "2026-11-20": 4.93}
    assert values(fetches["DGS2"]) == {"2026-11-19": 4.70}


def test_a_long_file_has_a_line_for_each_value(tmp_path: Path) -> None:
    lines = "series,period,value\nDGS10,2026-11-20,4.93\nunrate,2026-10,4.6\nMINE,2026,x\n"
    (tmp_path / "all.csv").write_text(lines)
    fetches, _ = get(tmp_path, "DGS10", "UNRATE")
    assert values(fetches["DGS10"]) == {"2026-11-20": 4.93}
    assert values(fetches["UNRATE"]) == {"2026-10-01": 4.6}


def test_what_several_files_say_is_put_together(tmp_path: Path) -> None:
    (tmp_path / "DGS10.csv").write_text("date,value\n2026-11-19,4.91\n")
    (tmp_path / "more.csv").write_text("date,DGS10\n2026-11-19,4.91\n2026-11-20,4.93\n")
    fetches, _ = get(tmp_path, "DGS10")
    assert values(fetches["DGS10"]) == {"2026-11-19": 4.91, "2026-11-20": 4.93}
    assert len(fetches["DGS10"].statements) == 2


def test_files_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    (tmp_path / "DGS10.csv").write_text("date,value\n2026-11-20,4.91\n")
    (tmp_path / "more.csv").write_text("date,DGS10,DGS2\n2026-11-20,4.93,4.7\n")
    fetches, failed = get(tmp_path, "DGS10", "DGS2")
    assert set(fetches) == {"DGS2"}
    (error,) = failed["DGS10"]
    assert isinstance(error, SourceMalformed)
    assert str(error) == (
        "csvdir: DGS10: two different values for 2026-11-20: 4.91 and 4.93;"
        " it is in DGS10.csv and more.csv"
    )
    assert b"4.91" in error.raw
    assert b"4.93" in error.raw


# -------------------------------------------------------------------------------------- vintages
def test_the_day_of_a_vintage_behind_a_name_is_the_day_it_was_known(tmp_path: Path) -> None:
    lines = "date,UNRATE_20260904,UNRATE_20261002\n2026-07,4.5,4.6\n2026-08,4.7,\n2026-09,,4.8\n"
    (tmp_path / "vintages.csv").write_text(lines)
    fetches, _ = get(tmp_path, "UNRATE")
    first, second = date(2026, 9, 4), date(2026, 10, 2)
    assert fetches["UNRATE"].observations == (
        Observation(date(2026, 7, 1), first, 4.5),
        Observation(date(2026, 7, 1), second, 4.6),
        Observation(date(2026, 8, 1), first, 4.7),
        Observation(date(2026, 8, 1), second, None),
        Observation(date(2026, 9, 1), second, 4.8),
    )
    assert fetches["UNRATE"].statements == (
        Statement(first, first, date(2026, 7, 1), date(2026, 8, 1)),
        Statement(second, second, date(2026, 7, 1), date(2026, 9, 1)),
    )


@pytest.mark.parametrize("column", ["value", "UNRATE"])
def test_a_file_may_be_called_like_a_vintage(tmp_path: Path, column: str) -> None:
    (tmp_path / "UNRATE_20260904.csv").write_text(f"date,{column}\n2026-07,4.5\n")
    fetches, _ = get(tmp_path, "UNRATE")
    vintage = date(2026, 9, 4)
    assert fetches["UNRATE"].observations == (Observation(date(2026, 7, 1), vintage, 4.5),)
    assert fetches["UNRATE"].statements == (
        Statement(vintage, vintage, date(2026, 7, 1), date(2026, 7, 1)),
    )


def test_a_column_may_tell_since_when_each_line_was_known(tmp_path: Path) -> None:
    lines = (
        "series,period,value,known_from\n"
        "UNRATE,2026-07,4.5,2026-08-07\nUNRATE,2026-07,4.6,2026-09-04\nUNRATE,2026-08,4.7,\n"
    )
    (tmp_path / "log.csv").write_text(lines)
    fetches, _ = get(tmp_path, "UNRATE")
    assert fetches["UNRATE"].observations == (
        Observation(date(2026, 7, 1), date(2026, 8, 7), 4.5),
        Observation(date(2026, 7, 1), date(2026, 9, 4), 4.6),
        Observation(date(2026, 8, 1), TODAY, 4.7),
    )
    assert fetches["UNRATE"].statements == (
        Statement(date(2026, 8, 7), TODAY, date(2026, 7, 1), date(2026, 8, 1)),
    )


def test_a_wide_file_may_tell_it_too(tmp_path: Path) -> None:
    lines = "date,known_from,UNRATE,PAYEMS\n2026-07,2026-08-07,4.5,159000\n"
    (tmp_path / "jobs.csv").write_text(lines)
    fetches, _ = get(tmp_path, "UNRATE", "PAYEMS")
    assert fetches["PAYEMS"].observations == (
        Observation(date(2026, 7, 1), date(2026, 8, 7), 159000),
    )


# --------------------------------------------------------------------------------------- parquet
def test_a_wide_parquet_file_is_read(tmp_path: Path) -> None:
    days = pd.to_datetime(["2026-11-19", "2026-11-20"])
    frame = pd.DataFrame({"date": days, "DGS10": [4.91, 4.93], "DGS2": [None, 4.7]})
    frame.to_parquet(tmp_path / "curve.parquet")
    fetches, failed = get(tmp_path, "DGS10", "DGS2")
    assert not failed
    assert values(fetches["DGS10"]) == {"2026-11-19": 4.91, "2026-11-20": 4.93}
    assert values(fetches["DGS2"]) == {"2026-11-20": 4.7}


@pytest.mark.parametrize("name", [None, "date"])
def test_the_periods_of_a_parquet_file_may_be_its_index(tmp_path: Path, name: str | None) -> None:
    index = pd.DatetimeIndex(["2026-11-20"], name=name)
    pd.DataFrame({"DGS10": [4.93]}, index=index).to_parquet(tmp_path / "curve.parquet")
    assert values(get(tmp_path, "DGS10")[0]["DGS10"]) == {"2026-11-20": 4.93}


def test_a_long_parquet_file_with_vintages_is_read(tmp_path: Path) -> None:
    pd.DataFrame(
        {
            "series": ["UNRATE", "UNRATE"],
            "period": [date(2026, 7, 31), date(2026, 7, 31)],
            "value": [4.5, 4.6],
            "known_from": [date(2026, 8, 7), date(2026, 9, 4)],
        }
    ).to_parquet(tmp_path / "log.parquet")
    fetches, _ = get(tmp_path, "UNRATE")
    assert fetches["UNRATE"].observations == (
        Observation(date(2026, 7, 1), date(2026, 8, 7), 4.5),
        Observation(date(2026, 7, 1), date(2026, 9, 4), 4.6),
    )


def test_every_number_of_a_parquet_file_is_exact(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 1 / 3, 1e-17, 123456789.123456789]
    index = pd.DatetimeIndex(pd.date_range("2026-11-16", periods=4), name="date")
    pd.DataFrame({"DGS10": numbers}, index=index).to_parquet(tmp_path / "DGS10.parquet")
    assert list(values(get(tmp_path, "DGS10")[0]["DGS10"]).values()) == numbers


def test_without_the_package_for_parquet_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "DGS10.parquet").write_bytes(b"PAR1")
    (tmp_path / "DGS2.csv").write_text("date,value\n2026-11-20,4.7\n")
    real: Callable[..., Any] = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *rest, **more)

    for name in [name for name in sys.modules if name.startswith("pyarrow")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    fetches, failed = get(tmp_path, "DGS10", "DGS2")
    assert set(fetches) == {"DGS2"}
    assert "pip install 'recession-monitor[parquet]'" in str(failed["DGS10"][-1])


# ------------------------------------------------------------------------------------- bad files
NUMBER = "is not a number: leave a cell without a value empty, and write decimals with a point"
DATE = "is not a date: write dates as YYYY-MM-DD"
OTHER = "the file is called like DGS10, and holds something else"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"date,value\n2026-11-19,4.91\n2026-11-20,4;93\n", f"line 3: '4;93' {NUMBER}"),
        (b'date;value\n2026-11-20;"4,93"\n', f"line 2: '4,93' {NUMBER}"),
        (b"date,value\n2026-11-20,NaN\n", f"line 2: 'NaN' {NUMBER}"),
        (b"date,value\n2026-11-20,1e400\n", f"line 2: '1e400' {NUMBER}"),
        (b"date,value\n11/20/2026,4.93\n", f"line 2: '11/20/2026' {DATE}"),
        (b"date,value,known_from\n2026-11-20,4.93,now\n", f"line 2: 'now' {DATE}"),
        (b"date,value,known_from\n2026-11-20,4.93,2026-12-01\n", "line 2: 2026-12-01 lies in"),
        (b"date,DGS10_20261201\n2026-11-20,4.93\n", "line 2: 2026-12-01 lies in the future"),
        (b"date,value\n2026-11-20\n", "line 2: 1 columns, and 2 in the first line"),
        (b'date,value\n2026-11-20,"4.93\n', "line 2: not valid CSV"),
        (b"day,value\n2026-11-20,4.93\n", "call one column 'date', and put the periods there"),
        (b"date,period,value\n2026-11-20,2026,1\n", "call one column 'date'"),
        (b"series,date\nDGS10,2026-11-20\n", "call one column 'value', and put the values"),
        (b"date,value,Value\n2026-11-20,1,2\n", "two columns have one name"),
        (b"date,DGS2\n2026-11-20,4.93\n", OTHER),
        (b"date,a,b\n2026-11-20,1,2\n", OTHER),
        (b"", "call one column 'date'"),
        (b"\xff\xfe", "not text in UTF-8: save it as UTF-8"),
    ],
)
def test_a_bad_file_is_named_with_line_and_remedy(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "DGS10.csv").write_bytes(content)
    (tmp_path / "DGS2.csv").write_text("date,value\n2026-11-20,4.7\n")
    fetches, failed = get(tmp_path, "DGS10", "DGS2", "DGS30")
    assert set(fetches) == {"DGS2"}
    assert set(failed) == {"DGS10", "DGS30"}
    error = failed["DGS10"][-1]
    assert isinstance(error, SourceMalformed)
    assert str(error).startswith(f"csvdir: DGS10.csv: {message}")
    assert error.raw == content
    assert [type(error) for error in failed["DGS30"]] == [SeriesUnknown]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("DGS10.csv.gz", b"date,value\n", "not a gzip file, or cut off"),
        (
            "DGS10.csv.gz",
            gzip.compress(b"date,value\n2026-11-20,4.9\n", mtime=0)[:-9],
            "not a gzip file, or",
        ),
        ("DGS10.parquet", b"date,value\n", "not a Parquet file"),
        ("DGS10.parquet", b"", "not a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_unpacked_is_named(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    _, failed = get(tmp_path, "DGS10")
    error = failed["DGS10"][-1]
    assert isinstance(error, SourceMalformed)
    assert str(error).startswith(f"csvdir: {name}: {message}")


def test_a_parquet_file_with_lists_in_it_is_malformed(tmp_path: Path) -> None:
    frame = pd.DataFrame({"date": ["2026-11-19"], "value": [[4.9, 5.0]]})
    frame.to_parquet(tmp_path / "DGS10.parquet")
    _, failed = get(tmp_path, "DGS10")
    assert "DGS10.parquet: not a Parquet file of a table" in str(failed["DGS10"][-1])


def test_a_parquet_file_may_have_an_index_of_two_levels(tmp_path: Path) -> None:
    days = [("UNRATE", date(2026, 9, 30)), ("UNRATE", date(2026, 10, 31))]
    index = pd.MultiIndex.from_tuples(days, names=["series", "period"])
    pd.DataFrame({"value": [4.5, 4.6]}, index=index).to_parquet(tmp_path / "log.parquet")
    fetches, _ = get(tmp_path, "UNRATE")
    assert values(fetches["UNRATE"]) == {"2026-09-01": 4.5, "2026-10-01": 4.6}


def test_a_row_of_a_parquet_file_is_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"date": ["2026-11-19", "19.11.2026"], "value": [4.9, 4.9]})
    frame.to_parquet(tmp_path / "DGS10.parquet")
    _, failed = get(tmp_path, "DGS10")
    assert "DGS10.parquet: row 2: '19.11.2026' is not a date" in str(failed["DGS10"][-1])


def test_a_file_called_like_no_series_fails_them_all_beside_what_others_say(
    tmp_path: Path,
) -> None:
    (tmp_path / "DGS2.csv").write_text("date,value\n2026-11-20,4.7\n")
    (tmp_path / "DGS1O.csv").write_text("date,value\n2026-11-20,4.93\n")
    fetches, failed = get(tmp_path, "DGS10", "DGS2")
    assert set(fetches) == {"DGS2"}
    assert str(failed["DGS2"][0]) == (
        "csvdir: DGS1O.csv: no column is called like a series of the catalogue:"
        " did you mean DGS1MO or DGS1 or DGS10?"
    )
    assert failed["DGS10"][-1] is failed["DGS2"][0]


def test_a_series_in_no_file_is_left_to_the_next_publisher(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not ours")
    (tmp_path / ".DGS10.csv").write_text("not ours")
    (tmp_path / "old.csv").mkdir()
    fetches, failed = get(tmp_path, "DGS10")
    assert not fetches
    (error,) = failed["DGS10"]
    assert type(error) is SeriesUnknown
    assert str(error) == f"csvdir: DGS10: in no file of {tmp_path}"


def test_a_column_without_a_value_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("date,DGS10,DGS2\n2026-11-20,,4.7\n")
    _, failed = get(tmp_path, "DGS10", "DGS2")
    assert [type(error) for error in failed["DGS10"]] == [SeriesUnknown]


def test_a_folder_that_is_not_there_names_the_setting(tmp_path: Path) -> None:
    _, failed = get(tmp_path / "nowhere", "DGS10")
    (error,) = failed["DGS10"]
    assert type(error) is SourceUnavailable
    assert str(error) == (
        f"csvdir: {tmp_path}/nowhere: No such file or directory; see path under [sources.csvdir]"
    )


def test_a_period_in_the_future_is_malformed(tmp_path: Path) -> None:
    (tmp_path / "DGS10.csv").write_text("date,value\n2027-11-20,4.93\n")
    _, failed = get(tmp_path, "DGS10")
    assert "the period 2027-11-20 lies in the future; it is in DGS10.csv" in str(failed["DGS10"][0])
