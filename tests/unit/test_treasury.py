from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.catalog import SERIES
from monitor.domain import Fetch, Observation, Statement, Want
from monitor.errors import SeriesUnknown, SourceError, SourceMalformed, SourceUnavailable
from monitor.sources import treasury
from monitor.sources.http import Backoff, Body, Client
from monitor.sources.treasury import NOMINAL, REAL, TENORS, Treasury

NOW = datetime(2026, 1, 3, 3, tzinfo=UTC)
TODAY = NOW.date()
DECEMBER = date(2025, 12, 1)
PATH = "/resource-center/data-chart-center/interest-rates"
HEAD = (
    '<?xml version="1.0" encoding="utf-8" standalone="yes" ?>\n'
    '<feed xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"'
    ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
    ' xmlns="http://www.w3.org/2005/Atom">'
)
NOMINAL_YIELDS = {
    tenor.element: f"{number}.50"
    for number, tenor in enumerate(TENORS.values(), 1)
    if tenor.curve == NOMINAL
}
COLUMNS = [tenor.column for tenor in TENORS.values() if tenor.curve == NOMINAL]


def entry(day: str, **yields: str) -> str:
    """One day as the Treasury writes it; a yield for each nominal maturity unless given."""
    fields = "".join(
        f'<d:{name} m:type="Edm.Double">{value}</d:{name}>'
        for name, value in ({"BC_30YEARDISPLAY": "0"} | (yields or NOMINAL_YIELDS)).items()
    )
    return (
        '<entry><content type="application/xml"><m:properties><d:Id m:type="Edm.Int32">1</d:Id>'
        f'<d:NEW_DATE m:type="Edm.DateTime">{day}T00:00:00</d:NEW_DATE>{fields}'
        "</m:properties></content></entry>"
    )


def ten_year(day: str, value: str = "4.50") -> str:
    return entry(day, BC_10YEAR=value)


def feed(*entries: str) -> bytes:
    return f"{HEAD}<title>Curve</title>{''.join(entries)}</feed>".encode()


def file(*lines: str, columns: Sequence[str] = COLUMNS) -> bytes:
    quoted = ",".join(f'"{name}"' for name in columns)
    return "".join(f"{line}\n" for line in (f"Date,{quoted}", *lines)).encode()


def body(content: bytes, content_type: str = "text/xml") -> Body:
    return Body("https://home.treasury.gov/", 200, content_type, content, framed=True)


@pytest.fixture
def publisher(loopback: Any) -> Treasury:
    backoff = Backoff(first=0, jitter=0)
    return Treasury(Client(hosts=[loopback.host], timeout=2, backoff=backoff), loopback.url)


def get(
    publisher: Treasury, *series: str, since: date | None = DECEMBER, now: datetime = NOW
) -> tuple[dict[str, Fetch], dict[str, SourceError]]:
    """All that comes, and all that fails."""
    fetches: dict[str, Fetch] = {}
    failed: dict[str, SourceError] = {}
    for answer in publisher.fetch([Want(SERIES[name], since) for name in series], now):
        fetches |= {fetch.series: fetch for fetch in answer.fetches}
        failed |= answer.failed
    assert fetches.keys() | failed.keys() == set(series)
    return fetches, failed


def values(fetch: Fetch) -> dict[str, float | None]:
    return {f"{row.period}": row.value for row in fetch.observations}


def serve(loopback: Any, **answers: bytes) -> None:
    """Answers by month or year, under the names ``x202601`` (XML), ``c202601`` (CSV)."""

    def reply(path: str) -> Any:
        address, query = urlsplit(path), parse_qs(urlsplit(path).query)
        (span,) = (query[name][0] for name in query if name.startswith("field_tdr_date_value"))
        kind = "c" if ".csv" in address.path else "x"
        content = answers.get(f"{kind}{span}")
        if content is None:
            return loopback.Reply(status=404)
        return loopback.Reply(content, content_type="text/csv" if kind == "c" else "text/xml")

    loopback.reply = reply


# --------------------------------------------------------------------------------- what is asked
def test_all_maturities_come_in_one_request_a_month(publisher: Treasury, loopback: Any) -> None:
    serve(loopback, x202512=feed(entry("2025-12-31")), x202601=feed(entry("2026-01-02")))
    nominal = [name for name, tenor in TENORS.items() if tenor.curve == NOMINAL]
    fetches, failed = get(publisher, *nominal)
    assert not failed
    for position, name in enumerate(nominal, start=1):
        fetch = fetches[name]
        assert (fetch.source, fetch.fetched_at) == ("treasury", NOW)
        assert fetch.observations == (
            Observation(date(2025, 12, 31), TODAY, position + 0.5),
            Observation(date(2026, 1, 2), TODAY, position + 0.5),
        )
        assert fetch.statements == (Statement(TODAY, TODAY, date(2025, 12, 31), date(2026, 1, 2)),)
        assert fetch.raw == feed(entry("2026-01-02"))
    query = "data=daily_treasury_yield_curve&field_tdr_date_value_month="
    months = ("202512", "202601")
    assert loopback.asked == [f"{PATH}/pages/xml?{query}{month}" for month in months]


def test_a_month_is_asked_for_once_in_the_life_of_an_object(
    publisher: Treasury, loopback: Any
) -> None:
    serve(loopback, x202512=feed(entry("2025-12-31")), x202601=feed(entry("2026-01-02")))
    for name in ("DGS10", "DGS2", "DGS10"):
        get(publisher, name)
    assert len(loopback.asked) == 2


def test_a_failure_is_remembered_too(publisher: Treasury, loopback: Any) -> None:
    loopback.always(status=501)
    for name in ("DGS10", "DGS2", "DGS10"):
        _, failed = get(publisher, name, since=date(2026, 1, 2))
        assert isinstance(failed[name], SourceUnavailable)
        assert "status 501" in str(failed[name])
    assert len(loopback.asked) == 3  # the feed and the file of December, then the host is left


def test_what_is_wanted_for_longer_is_asked_for_by_year(publisher: Treasury, loopback: Any) -> None:
    serve(loopback, x2025=feed(ten_year("2025-06-02")), x2026=feed(ten_year("2026-01-02")))
    fetches, _ = get(publisher, "DGS10", since=date(2025, 6, 1))
    assert values(fetches["DGS10"]) == {"2025-06-02": 4.5, "2026-01-02": 4.5}
    assert [path.rpartition("=")[2] for path in loopback.asked] == ["2025", "2026"]


def test_the_whole_history_begins_with_the_maturity(publisher: Treasury, loopback: Any) -> None:
    loopback.reply = lambda path: loopback.Reply(
        feed(entry(f"{path[-4:]}-01-02")), content_type="text/xml"
    )
    fetches, failed = get(publisher, "DGS10", "DGS4MO", since=None)
    assert not failed
    assert [path[-4:] for path in loopback.asked] == [str(year) for year in range(1990, 2027)]
    assert fetches["DGS10"].observations[0].period == date(1990, 1, 2)
    assert fetches["DGS4MO"].observations[0].period == date(2022, 1, 2)


def test_a_year_before_the_maturity_began_cannot_fail_it(
    publisher: Treasury, loopback: Any
) -> None:
    serve(loopback, **{f"x{year}": feed(entry(f"{year}-01-02")) for year in range(1991, 2027)})
    fetches, failed = get(publisher, "DGS10", "DGS4MO", since=None)
    assert set(fetches) == {"DGS4MO"}
    assert set(failed) == {"DGS10"}


def test_what_was_not_wanted_of_a_month_is_left_out(publisher: Treasury, loopback: Any) -> None:
    december = feed(ten_year("2025-12-12"), ten_year("2025-12-15"))
    serve(loopback, x202512=december, x202601=feed())
    fetches, _ = get(publisher, "DGS10", since=date(2025, 12, 15))
    assert values(fetches["DGS10"]) == {"2025-12-15": 4.5}


def test_the_real_curve_is_another_request(publisher: Treasury, loopback: Any) -> None:
    def reply(path: str) -> Any:
        curve = parse_qs(urlsplit(path).query)["data"][0]
        content = {
            NOMINAL: ten_year("2026-01-02", "4.18"),
            REAL: entry("2026-01-02", TC_5YEAR="1.46", TC_10YEAR="1.94"),
        }[curve]
        return loopback.Reply(feed(content), content_type="text/xml")

    loopback.reply = reply
    fetches, failed = get(publisher, "DFII10", "DGS10", "DFII5")
    assert not failed
    assert {name: values(fetch) for name, fetch in fetches.items()} == {
        "DGS10": {"2026-01-02": 4.18},
        "DFII10": {"2026-01-02": 1.94},
        "DFII5": {"2026-01-02": 1.46},
    }


def test_a_want_of_today_alone_is_answered_with_the_days_before(
    publisher: Treasury, loopback: Any
) -> None:
    """A Sunday has no curve, and that must not look like a failure."""
    serve(loopback, x202512=feed(ten_year("2025-12-31")), x202601=feed())
    fetches, _ = get(publisher, "DGS10", since=TODAY)
    assert values(fetches["DGS10"]) == {"2025-12-31": 4.5}


def test_another_series_is_refused_without_asking(publisher: Treasury, loopback: Any) -> None:
    _, failed = get(publisher, "UNRATE")
    assert isinstance(failed["UNRATE"], SeriesUnknown)
    assert str(failed["UNRATE"]) == "treasury: UNRATE: is not published there"
    assert loopback.asked == []


def test_every_series_of_the_catalogue_that_names_the_treasury_is_known() -> None:
    named = {spec.id for spec in SERIES.values() if Treasury.name in spec.publishers}
    assert named <= set(TENORS)


# ------------------------------------------------------------------------------------- the feed
def test_an_empty_or_null_element_is_no_value(publisher: Treasury, loopback: Any) -> None:
    december = feed(
        ten_year("2025-12-26", "4.10"),
        ten_year("2025-12-29", ""),
        ten_year("2025-12-30", "NULL").replace(
            'm:type="Edm.Double">NULL</d:BC_10YEAR>', 'm:type="Edm.Double" m:null="true" />'
        ),
        ten_year("2025-12-31", "4.20"),
    )
    serve(loopback, x202512=december, x202601=feed())
    fetches, _ = get(publisher, "DGS10")
    assert [row.value for row in fetches["DGS10"].observations] == [4.1, None, None, 4.2]


def test_a_renamed_element_fails_its_series_alone(publisher: Treasury, loopback: Any) -> None:
    renamed = feed(entry("2026-01-02")).replace(b"BC_10YEAR", b"BC_TENYEAR")
    serve(loopback, x202512=feed(entry("2025-12-31")), x202601=renamed)
    fetches, failed = get(publisher, "DGS10", "DGS3MO")
    assert len(fetches["DGS3MO"].observations) == 2
    error = failed["DGS10"]
    assert isinstance(error, SourceMalformed)
    assert str(error).startswith("treasury: DGS10: no day has an element BC_10YEAR")
    assert error.raw == renamed


def test_a_bad_yield_fails_its_series_alone(publisher: Treasury, loopback: Any) -> None:
    bad = feed(entry("2026-01-02", BC_10YEAR="N/A", BC_3MONTH="3.5"))
    serve(loopback, x202512=feed(entry("2025-12-31")), x202601=bad)
    fetches, failed = get(publisher, "DGS10", "DGS3MO")
    assert values(fetches["DGS3MO"]) == {"2025-12-31": 4.5, "2026-01-02": 3.5}
    assert "'N/A' is not a number" in str(failed["DGS10"])
    assert failed["DGS10"].raw == bad


def test_a_maturity_may_be_missing_from_older_years(publisher: Treasury, loopback: Any) -> None:
    """There was no 30-year bond from 2002 to 2006."""
    loopback.reply = lambda path: loopback.Reply(
        feed(
            ten_year(f"{path[-4:]}-06-02") if path[-4:] == "2024" else entry(f"{path[-4:]}-01-02")
        ),
        content_type="text/xml",
    )
    fetches, _ = get(publisher, "DGS30", since=date(2023, 1, 1))
    assert values(fetches["DGS30"]) == {
        "2023-01-02": 14.5, "2024-06-02": None, "2025-01-02": 14.5, "2026-01-02": 14.5,
    }  # fmt: skip


def test_a_maturity_may_begin_in_the_middle_of_a_month(publisher: Treasury, loopback: Any) -> None:
    """The tenor of six weeks began on 2025-02-18."""
    february = feed(ten_year("2025-02-14"), entry("2025-02-18", BC_1_5MONTH="4.37"))
    serve(loopback, x202502=february)
    now = datetime(2025, 2, 18, 22, tzinfo=UTC)
    fetches, _ = get(publisher, "DGS1_5MO", since=date(2025, 2, 1), now=now)
    assert values(fetches["DGS1_5MO"]) == {"2025-02-18": 4.37}


def test_one_year_that_fails_makes_no_hole(publisher: Treasury, loopback: Any) -> None:
    serve(loopback, x2024=feed(entry("2024-06-03")), x2026=feed(entry("2026-01-02")))
    fetches, failed = get(publisher, "DGS10", since=date(2024, 6, 1))
    assert not fetches
    assert "refused with status 404" in str(failed["DGS10"])


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    '<feed xmlns="http://www.w3.org/2005/Atom">&b;</feed>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE feed SYSTEM "file:///etc/passwd">'
    '<feed xmlns="http://www.w3.org/2005/Atom"/>'
)
DEEP = b"<a>" * 100_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "refused to read this XML"),
        (b"<html><body>Sorry</body></html>", "the root element is html"),
        (BOMB.encode(), "refused to read this XML"),
        (OUTSIDE.encode(), "refused to read this XML"),
        (DEEP, "not valid XML, or cut off"),
        (b'<?xml version="1.0" encoding="klingon"?><feed/>', "not valid XML"),
        (feed(ten_year("2026-01-02"))[:-9], "not valid XML, or cut off"),
        (b"Date,10 Yr\n", "not valid XML"),
        (b"", "not valid XML"),
        (feed(), "no days"),
        (feed(ten_year("01/02/2026")), "is not a date"),
        (feed(ten_year("2026-01-02").replace("NEW_DATE", "DAY")), "'' is not a date"),
        (feed(ten_year("2026-01-02", "NaN")), "'NaN' is not a number"),
        (feed(ten_year("2026-01-02", "1e400")), "'1e400' is not a number"),
        (feed(ten_year("2026-02-02")), "in the future"),
        (feed(ten_year("2026-01-02"), ten_year("2026-01-02", "1.00")), "two different values"),
    ],
)
def test_an_answer_that_is_not_the_feed_is_malformed(
    publisher: Treasury, loopback: Any, content: bytes, message: str
) -> None:
    serve(loopback, x202512=content, x202601=content)
    _, failed = get(publisher, "DGS10")
    error = failed["DGS10"]
    assert isinstance(error, SourceMalformed)
    assert str(error).startswith("treasury: DGS10: ")
    assert message in str(error)
    assert error.raw == content


# ------------------------------------------------------------------------------------- the file
def test_the_file_stands_in_for_a_feed_that_cannot_be_read(
    publisher: Treasury, loopback: Any
) -> None:
    columns = ("10 Yr", "1.5 Month")
    december = ("12/31/2025,4.18,3.69", "12/30/2025,N/A,", "12/29/2025,4.16,3.67")
    serve(
        loopback,
        x202512=b"<html>",
        c202512=file(*december, columns=columns),
        c202601=file("01/02/2026,4.19,3.70", columns=columns),
    )
    fetches, failed = get(publisher, "DGS10", "DGS1_5MO")
    assert not failed
    assert values(fetches["DGS10"]) == {
        "2025-12-29": 4.16, "2025-12-30": None, "2025-12-31": 4.18, "2026-01-02": 4.19,
    }  # fmt: skip
    assert values(fetches["DGS1_5MO"])["2026-01-02"] == 3.7
    assert loopback.asked[1] == (
        f"{PATH}/daily-treasury-rates.csv/all/202512?type=daily_treasury_yield_curve"
        "&page=&_format=csv&field_tdr_date_value_month=202512"
    )


def test_the_file_of_a_year_has_another_address(publisher: Treasury, loopback: Any) -> None:
    serve(
        loopback,
        c2025=file("12/31/2025,4.18", columns=("10 Yr",)),
        x2026=feed(ten_year("2026-01-02")),
    )
    fetches, _ = get(publisher, "DGS10", since=date(2025, 1, 1))
    assert values(fetches["DGS10"]) == {"2025-12-31": 4.18, "2026-01-02": 4.5}
    assert loopback.asked[1].startswith(f"{PATH}/daily-treasury-rates.csv/2025/all?type=")


def test_the_real_curve_writes_its_columns_in_upper_case(
    publisher: Treasury, loopback: Any
) -> None:
    columns = ("5 YR", "10 YR")
    serve(
        loopback,
        c202512=file("12/31/2025,1.40,1.90", columns=columns),
        c202601=file("01/02/2026,1.46,1.94", columns=columns),
    )
    fetches, _ = get(publisher, "DFII10")
    assert values(fetches["DFII10"]) == {"2025-12-31": 1.9, "2026-01-02": 1.94}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Day,10 Yr\n01/02/2026,4.5\n", "the header is"),
        (b"Date,10 Yr,10 YR\n01/02/2026,4.5,4.6\n", "the header is"),
        (b"Date,10 Yr\n01/02/2026\n", "a line of 1 columns"),
        (b"Date,10 Yr\n2026-01-02,4.5\n", "is not a date"),
        (b"Date,10 Yr\n13/02/2026,4.5\n", "is not a date"),
        (b'Date,10 Yr\n01/02/2026,"4.5', "not valid CSV"),
        (b"<html>Sorry</html>", "a web page instead of data"),
        (b"", "the header is"),
    ],
)
def test_a_file_that_is_not_the_curve_is_malformed(content: bytes, message: str) -> None:
    with pytest.raises(SourceMalformed, match=message):
        treasury.parse_file(body(content, "text/csv"))


def test_a_file_whose_length_nobody_told_must_end_its_last_line() -> None:
    cut = Body("https://home.treasury.gov/", 200, "text/csv", b"Date,10 Yr\n01/02/2026,4", False)
    with pytest.raises(SourceMalformed, match="cut off"):
        treasury.parse_file(cut)


# ------------------------------------------------------------------------------------- recordings
@pytest.mark.shared
def test_the_recorded_feed_of_today_is_read(
    publisher: Treasury, loopback: Any, recorded: Callable[[str], bytes]
) -> None:
    serve(loopback, x202608=recorded("treasury/home_treasury_gov_fixture_202608.body.xml"))
    names = [name for name, tenor in TENORS.items() if tenor.curve == NOMINAL]
    now = datetime(2026, 8, 13, 22, tzinfo=UTC)
    fetches, failed = get(publisher, *names, since=date(2026, 8, 1), now=now)
    assert not failed
    assert [values(fetches[name])["2026-08-12"] for name in names] == [
        3.78, 3.79, 3.80, 3.87, 3.89, 3.97, 4.00, 4.20, 4.25, 4.38, 4.52, 4.68, 5.24, 5.24,
    ]  # fmt: skip
    assert values(fetches["DGS10"])["2026-08-11"] == 4.70


@pytest.mark.shared
def test_the_recorded_year_of_the_old_service_is_read_without_its_noise(
    publisher: Treasury, loopback: Any, recorded: Callable[[str], bytes]
) -> None:
    serve(loopback, x2007=recorded("treasury/data_treasury_gov_feed_2007.body.xml"))
    now = datetime(2007, 12, 31, 22, tzinfo=UTC)
    young = {"DGS1_5MO", "DGS2MO", "DGS4MO"}
    names = [name for name, tenor in TENORS.items() if tenor.curve == NOMINAL]
    fetches, failed = get(publisher, *names, since=date(2007, 1, 1), now=now)
    assert set(failed) == young
    assert {len(fetch.observations) for fetch in fetches.values()} == {251}
    assert values(fetches["DGS1MO"])["2007-07-05"] == 4.76
    assert values(fetches["DGS10"])["2007-07-05"] == 5.16


@pytest.mark.shared
def test_the_recorded_file_is_read(
    publisher: Treasury, loopback: Any, recorded: Callable[[str], bytes]
) -> None:
    content = recorded("treasury/home_treasury_gov_csv_excerpt_202607.body.csv")
    serve(loopback, c202606=content, c202607=content)
    names = [name for name, tenor in TENORS.items() if tenor.curve == NOMINAL]
    now = datetime(2026, 7, 3, 22, tzinfo=UTC)
    fetches, failed = get(publisher, *names, since=date(2026, 7, 1), now=now)
    assert not failed
    assert [values(fetches[name])["2026-07-02"] for name in names] == [
        3.70, 3.73, 3.81, 3.82, 3.91, 3.98, 3.96, 4.14, 4.16, 4.23, 4.35, 4.49, 4.99, 4.98,
    ]  # fmt: skip
