from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from monitor.catalog import SERIES
from monitor.domain import Fetch, Observation, SeriesSpec, Statement, Want
from monitor.errors import SeriesUnknown, SourceError, SourceMalformed, SourceUnavailable
from monitor.sources import board
from monitor.sources.board import COLUMNS, CURVE, PREMIUM, Board, Package
from monitor.sources.http import Backoff, Body, Client

NOW = datetime(2026, 9, 30, 15, tzinfo=UTC)
TODAY = NOW.date()
SINCE = date(2026, 5, 1)


def package(
    *lines: str,
    series: tuple[str, ...] = ("DGS10",),
    unit: str = "Percent:_Per_Year",
    multiplier: str = "1",
    currency: str = "NA",
) -> bytes:
    """A file as the Board writes it: six header lines, and CRLF."""
    names = [COLUMNS[name].id for name in series]
    header = {
        "Series Description": ["Some   series, quoted"] * len(names),
        "Unit:": [unit] * len(names),
        "Multiplier:": [multiplier] * len(names),
        "Currency:": [currency] * len(names),
        "Unique Identifier: ": names,
        "Time Period": [name.rpartition("/")[2] for name in names],
    }
    quoted = [",".join(f'"{text}"' for text in (key, *row)) for key, row in header.items()]
    return "".join(f"{line}\r\n" for line in (*quoted, *lines)).encode()


def amounts(*lines: str, multiplier: str = "1000000", **more: Any) -> bytes:
    return package(*lines, unit="Currency", multiplier=multiplier, currency="USD", **more)


@pytest.fixture
def publisher(loopback: Any) -> Board:
    backoff = Backoff(first=0, jitter=0)
    return Board(Client(hosts=[loopback.host], timeout=2, backoff=backoff), loopback.url)


def get(
    publisher: Board, *series: str | SeriesSpec, since: date | None = SINCE
) -> tuple[dict[str, Fetch], dict[str, SourceError]]:
    """All that comes, and all that fails."""
    fetches: dict[str, Fetch] = {}
    failed: dict[str, SourceError] = {}
    specs = [SERIES[name] if isinstance(name, str) else name for name in series]
    for answer in publisher.fetch([Want(spec, since) for spec in specs], NOW):
        fetches |= {fetch.series: fetch for fetch in answer.fetches}
        failed |= answer.failed
    assert fetches.keys() | failed.keys() == {spec.id for spec in specs}
    return fetches, failed


def values(fetch: Fetch) -> dict[str, float | None]:
    return {f"{row.period}": row.value for row in fetch.observations}


def queries(loopback: Any) -> list[dict[str, str]]:
    return [dict(parse_qsl(urlsplit(path).query, True)) for path in loopback.asked]


# --------------------------------------------------------------------------------- what is asked
def test_the_series_of_a_package_come_in_one_request(publisher: Board, loopback: Any) -> None:
    content = package("2026-09-28,4.10,3.60", "2026-09-29,4.12,3.61", series=("DGS10", "DGS3MO"))
    loopback.always(content, content_type="text/csv")
    fetches, failed = get(publisher, "DGS3MO", "DGS10")
    assert not failed
    fetch = fetches["DGS10"]
    assert (fetch.source, fetch.fetched_at, fetch.raw) == ("board", NOW, content)
    assert fetch.observations == (
        Observation(date(2026, 9, 28), TODAY, 4.10),
        Observation(date(2026, 9, 29), TODAY, 4.12),
    )
    assert fetch.statements == (Statement(TODAY, TODAY, date(2026, 9, 28), date(2026, 9, 29)),)
    assert values(fetches["DGS3MO"]) == {"2026-09-28": 3.60, "2026-09-29": 3.61}
    assert [urlsplit(path).path for path in loopback.asked] == ["/datadownload/Output.aspx"]
    assert queries(loopback) == [
        {
            "rel": "H15", "series": CURVE.id, "lastobs": "", "from": "05/01/2026",
            "to": "12/31/2026", "filetype": "csv", "label": "include",
            "layout": "seriescolumn", "type": "package",
        }
    ]  # fmt: skip


def test_the_whole_history_is_asked_for_without_dates(publisher: Board, loopback: Any) -> None:
    loopback.always(package("1962-01-02,4.06", "2026-09-29,4.12"))
    wants = [Want(SERIES["DGS10"]), Want(SERIES["DGS2"], SINCE)]
    (answer,) = publisher.fetch(wants, NOW)
    assert (queries(loopback)[0]["from"], queries(loopback)[0]["to"]) == ("", "")
    assert len(answer.fetches[0].observations) == 2


def test_a_package_is_asked_for_from_the_earliest_period_wanted(
    publisher: Board, loopback: Any
) -> None:
    lines = ("2026-01-30,1,2", "2026-03-02,3,4", "")
    loopback.always(package(*lines, series=("DGS10", "DGS2")))
    wants = [Want(SERIES["DGS10"], date(2026, 3, 1)), Want(SERIES["DGS2"], date(2026, 1, 1))]
    (answer,) = publisher.fetch(wants, NOW)
    assert queries(loopback)[0]["from"] == "01/01/2026"
    assert [values(fetch) for fetch in answer.fetches] == [
        {"2026-03-02": 3}, {"2026-01-30": 2, "2026-03-02": 4},
    ]  # fmt: skip


def test_a_want_of_today_alone_is_answered_with_the_months_before(
    publisher: Board, loopback: Any
) -> None:
    loopback.always(package("2026-09-29,4.12"))
    fetches, _ = get(publisher, "DGS10", since=TODAY)
    assert queries(loopback)[0]["from"] == "06/22/2026"
    assert values(fetches["DGS10"]) == {"2026-09-29": 4.12}


def test_each_package_is_a_request_and_one_that_fails_stops_no_other(
    publisher: Board, loopback: Any
) -> None:
    loopback.reply = lambda path: (
        loopback.Reply(status=501) if "H41" in path else loopback.Reply(package("2026-09-29,4.12"))
    )
    fetches, failed = get(publisher, "WALCL", "TREAST", "DGS10")
    assert set(fetches) == {"DGS10"}
    assert set(failed) == {"WALCL", "TREAST"}
    assert all(isinstance(error, SourceUnavailable) for error in failed.values())
    assert [query["rel"] for query in queries(loopback)][-1] == "H15"


def test_another_series_is_refused_without_asking(publisher: Board, loopback: Any) -> None:
    _, failed = get(publisher, "UNRATE")
    assert isinstance(failed["UNRATE"], SeriesUnknown)
    assert str(failed["UNRATE"]) == "board: UNRATE: is not published there"
    assert loopback.asked == []


def test_every_series_of_the_catalogue_that_names_the_board_is_known() -> None:
    named = {spec.id for spec in SERIES.values() if Board.name in spec.publishers}
    assert named <= set(COLUMNS)


def test_every_series_has_a_column_of_its_own_in_a_package_of_its_release() -> None:
    assert len(set(COLUMNS.values())) == len(COLUMNS)
    packages = {column.id: column.file for column in COLUMNS.values()}
    assert {name for name, file in packages.items() if not isinstance(file, Package)} == {"ebp"}
    assert all(
        name.startswith(f"{file.release}/")
        for name, file in packages.items()
        if isinstance(file, Package)
    )


# ------------------------------------------------------------------------------------- packages
@pytest.mark.parametrize("sign", ["ND", "NA", "NC", "", " ND "])
def test_there_are_signs_of_no_value(publisher: Board, loopback: Any, sign: str) -> None:
    loopback.always(package("2026-09-04,4.10", f"2026-09-07,{sign}", "2026-09-08,4.12"))
    assert values(get(publisher, "DGS10")[0]["DGS10"]) == {
        "2026-09-04": 4.10, "2026-09-07": None, "2026-09-08": 4.12,
    }  # fmt: skip


def test_a_month_is_its_first_day(publisher: Board, loopback: Any) -> None:
    loopback.always(package("2026-07,3.63", "2026-08,3.64", series=("FEDFUNDS",)))
    fetches, _ = get(publisher, "FEDFUNDS")
    assert values(fetches["FEDFUNDS"]) == {"2026-07-01": 3.63, "2026-08-01": 3.64}


@pytest.mark.parametrize(
    ("multiplier", "value"), [("1000000", 6747704), ("1e+06", 6747704), ("1e+09", 6747704000)]
)
def test_an_amount_comes_in_our_unit(
    publisher: Board, loopback: Any, multiplier: str, value: float
) -> None:
    loopback.always(amounts("2026-09-23,6747704.0", series=("WALCL",), multiplier=multiplier))
    assert values(get(publisher, "WALCL")[0]["WALCL"]) == {"2026-09-23": value}


def test_our_unit_may_be_the_larger_one(publisher: Board, loopback: Any) -> None:
    loopback.always(amounts("2026-09-23,6747704.0", series=("WALCL",)))
    billions = replace(SERIES["WALCL"], unit="billions of USD")
    assert values(get(publisher, billions)[0]["WALCL"]) == {"2026-09-23": 6747.704}


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        (package("2026-09-23,1", series=("WALCL",)), "'Percent:_Per_Year' times 1"),
        (amounts("2026-09-23,1", series=("WALCL",), multiplier="1"), "'USD' times 1"),
        (
            package("2026-09-23,1", series=("WALCL",), unit="Currency", currency="EUR",
                    multiplier="1000000"),
            "'EUR' times 1e+06",
        ),
        (package("2026-09-23,1", series=("WALCL",), unit="Index:_2017_100"), "'Index:_2017_100'"),
    ],
)  # fmt: skip
def test_another_unit_is_malformed(
    publisher: Board, loopback: Any, content: bytes, unit: str
) -> None:
    loopback.always(content)
    _, failed = get(publisher, "WALCL")
    assert isinstance(failed["WALCL"], SourceMalformed)
    assert f"its unit is {unit}" in str(failed["WALCL"])
    assert "which is not millions of USD" in str(failed["WALCL"])
    assert failed["WALCL"].raw == content


def test_a_rate_times_a_hundred_is_malformed(publisher: Board, loopback: Any) -> None:
    loopback.always(package("2026-09-23,4.1", multiplier="100"))
    assert "times 100" in str(get(publisher, "DGS10")[1]["DGS10"])


def test_a_rate_in_another_unit_is_malformed(publisher: Board, loopback: Any) -> None:
    loopback.always(package("2026-09-23,4.1", unit="Index:_2017_100"))
    assert "'Index:_2017_100' times 1, which is not percent" in str(
        get(publisher, "DGS10")[1]["DGS10"]
    )


def test_columns_are_bound_by_name(publisher: Board, loopback: Any) -> None:
    lines = ("2026-09-29,1,2,3",)
    loopback.always(package(*lines, series=("DGS2", "DGS10", "DGS30")))
    fetches, failed = get(publisher, "DGS30", "DGS10", "DGS5")
    assert values(fetches["DGS30"]) == {"2026-09-29": 3}
    assert values(fetches["DGS10"]) == {"2026-09-29": 2}
    assert str(failed["DGS5"]) == "board: DGS5: there is no column H15/H15/RIFLGFCY05_N.B"
    assert failed["DGS5"].raw


def test_a_bad_value_fails_its_series_alone(publisher: Board, loopback: Any) -> None:
    loopback.always(package("2026-09-29,4.1,n.a.", series=("DGS10", "DGS2")))
    fetches, failed = get(publisher, "DGS10", "DGS2")
    assert set(fetches) == {"DGS10"}
    assert str(failed["DGS2"]) == "board: DGS2: 'n.a.' is not a number"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><html>Sorry</html>", "a web page instead of data"),
        (b"", "the header lines of a package are not there"),
        (b"observation_date,DGS10\n2026-09-29,4.1\n", "the header lines of a package"),
        (package("2026-09-29,4.1").replace(b'"Unit:"', b'"Units"'), "the header lines of a"),
        (package("2026-09-29,4.1").replace(b'"NA"', b'"NA","NA"'), "the header lines of a"),
        (package("2026-09-29,4.1").replace(b'"1"', b'""'), "or one without a multiplier"),
        (package("2026-09-29,1,2", series=("DGS10", "DGS10")), "two columns 'H15/H15/RIFLGFCY10"),
        (package("2026-09-29,4.1,4.2"), "a line of 3 columns"),
        (package("29.09.2026,4.1"), "'29.09.2026' is not a date"),
        (package("2026-13,4.1"), "'2026-13-01' is not a date"),
        (package('2026-09-29,"4.1'), "not valid CSV"),
        (package("2026-09-29,NaN"), "'NaN' is not a number"),
        (package("2026-09-29,1e400"), "'1e400' is not a number"),
        (package("2026-12-29,4.1"), "in the future"),
        (package("2026-09-29,4.1", "2026-09-29,4.2"), "two different values"),
        (package("2026-09-29,ND"), "no rows with a value"),
        (package(), "no rows"),
        (b"\xff\xfe", "not text in UTF-8"),
    ],
)
def test_an_answer_that_is_not_the_package_is_malformed(
    publisher: Board, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content, content_type="text/csv")
    _, failed = get(publisher, "DGS10")
    error = failed["DGS10"]
    assert isinstance(error, SourceMalformed)
    assert str(error).startswith("board: DGS10: ")
    assert message in str(error)
    assert error.raw == content


def test_an_amount_too_large_for_a_number_is_malformed(publisher: Board, loopback: Any) -> None:
    loopback.always(amounts("2026-09-23,1e308", series=("WALCL",), multiplier="1e9"))
    _, failed = get(publisher, "WALCL")
    assert isinstance(failed["WALCL"], SourceMalformed)


def test_a_package_whose_length_nobody_told_must_end_its_last_line() -> None:
    content = package("2026-09-28,4.10", "2026-09-29,4.12")[:-4]
    cut = Body("https://www.federalreserve.gov/", 200, "text/csv", content, framed=False)
    with pytest.raises(SourceMalformed, match="cut off"):
        board.parse_package(cut)


# ------------------------------------------------------------------------------ the bond premium
@pytest.mark.parametrize(
    ("july", "august"),
    [("7/1/2026", "8/1/2026"), ("2026-07-01", "2026-08-31"), ("2026-07", "2026-08")],
)
def test_the_excess_bond_premium_is_read(
    publisher: Board, loopback: Any, july: str, august: str
) -> None:
    """The file changed from one way of writing dates to another in August 2026."""
    lines = f"date,gz_spread,ebp,est_prob\n{july},1.10,-0.2153,0.18\n{august},1.08,-0.19,\n"
    loopback.always(lines.encode(), content_type="text/csv")
    fetches, _ = get(publisher, "EBP")
    assert values(fetches["EBP"]) == {"2026-07-01": -0.2153, "2026-08-01": -0.19}
    assert loopback.asked == [PREMIUM]


def test_a_month_that_is_not_computed_yet_has_no_premium(publisher: Board, loopback: Any) -> None:
    lines = b"date,gz_spread,ebp,est_prob\n7/1/2026,1.10,-0.2,0.18\n8/1/2026,1.08,NA,0.1\n"
    loopback.always(lines)
    assert values(get(publisher, "EBP")[0]["EBP"]) == {"2026-07-01": -0.2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"month,gz_spread,ebp\n7/1/2026,1,2\n", "the header is 'month,gz_spread,ebp'"),
        (b"", "the header is ''"),
        (b"date,ebp,EBP\n7/1/2026,1,2\n", "the header is 'date,ebp,ebp'"),
        (b"date,gz_spread,premium\n7/1/2026,1,2\n", "there is no column ebp"),
        (b"date,ebp\n1/7/26,2\n", "'1/7/26' is not a date"),
        (b"date,ebp\n13/1/2026,2\n", "'2026-13-01' is not a date"),
        (b"<html>", "a web page instead of data"),
    ],
)
def test_a_file_that_is_not_the_premium_is_malformed(
    publisher: Board, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content)
    _, failed = get(publisher, "EBP")
    assert isinstance(failed["EBP"], SourceMalformed)
    assert message in str(failed["EBP"])


# ------------------------------------------------------------------------------------- recordings
@pytest.mark.shared
def test_the_recorded_header_is_read(recorded: Callable[[str], bytes]) -> None:
    content = recorded("h15_header_excerpt.csv").rstrip() + b"\n2026-09-28,ND\n2026-09-29,3.97\n"
    body = Body("https://www.federalreserve.gov/", 200, "text/csv", content, framed=True)
    ((name, column),) = board.parse_package(body).items()
    assert name == COLUMNS["DGS1MO"].id
    assert (column.unit, column.multiplier) == ("Percent:_Per_Year", 1)
    assert column.cells == [(date(2026, 9, 28), "ND"), (date(2026, 9, 29), "3.97")]
