"""The publishers of ``tools/loopback``: they must be as odd as the real ones."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from monitor.catalog import SERIES
from monitor.sources import bundled

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from loopback import FAULTS, Habits, Server  # noqa: E402 - the tools are no installed package

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"
OBSERVATIONS, VINTAGES = "/fred/series/observations", "/fred/series/vintagedates"
CURVE = "/resource-center/data-chart-center/interest-rates"
BLS = "/publicAPI/v2/timeseries/data/"
ALL_TIME = {"realtime_start": "1776-07-04", "realtime_end": "9999-12-31"}
H15 = {"rel": "H15", "series": "bf17364827e38702b42a58cf8eaa3f78", "filetype": "csv"}


@dataclass(frozen=True)
class Heard:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def said(self) -> str:
        return str(self.document["error_message"])


Ask = Callable[..., Heard]


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with Server(today=TODAY) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    running.move_to(TODAY, Habits())
    running.heal()
    yield running
    running.move_to(TODAY, Habits())
    running.heal()


@pytest.fixture
def ask(server: Server) -> Ask:
    def ask(
        publisher: str, path: str, *, posted: Any = None, header: Any = None, **query: Any
    ) -> Heard:
        host = server.url(publisher).removeprefix("http://")
        connection = HTTPConnection(host, timeout=3)
        address = f"{path}?{urlencode(query)}" if query else path
        body = None if posted is None else json.dumps(posted)
        with closing(connection):
            connection.request("GET" if body is None else "POST", address, body, header or {})
            with closing(connection.getresponse()) as answer:
                return Heard(answer.status, dict(answer.getheaders()), answer.read())

    return ask


@pytest.fixture
def observations(ask: Ask) -> Ask:
    def observations(series: str, **query: Any) -> Heard:
        given = {"series_id": series, "api_key": KEY, "file_type": "json", **query}
        return ask("fred", OBSERVATIONS, **{name: text for name, text in given.items() if text})

    return observations


def rows(heard: Heard) -> list[tuple[str, str]]:
    return [(row["date"], row["value"]) for row in heard.document["observations"]]


# ------------------------------------------------------------------------------------- the figures
def test_every_series_with_a_publisher_on_the_network_is_served(observations: Ask) -> None:
    for name, spec in SERIES.items():
        if {"fred"} & set(spec.publishers):
            found = rows(observations(name))
            assert found, name
            assert all(value == "." or float(value) > -1e9 for _, value in found), name


def test_the_figures_are_those_of_the_bundle(observations: Ask) -> None:
    bundle = {fetch.series: fetch.observations for fetch in bundled.fetches(NOW)}
    for name in ("UNRATE", "GDP", "DGS10"):
        newest = {
            row.period: row.value for row in sorted(bundle[name], key=lambda row: row.known_from)
        }
        served = {
            day: value
            for day, value in rows(observations(name))
            if date.fromisoformat(day) in newest
        }
        assert len(served) == len(newest)
        for day, value in newest.items():
            text = served[f"{day}"]
            assert text == "." if value is None else float(text) == value, (name, day)


def test_invented_figures_are_inside_their_bounds_and_move_plausibly(server: Server) -> None:
    for name in server.figures:
        series = server.figures[name]
        low, high = series.spec.bounds
        if series.invented_from is None:
            continue
        invented = [
            value
            for period, value in series.latest
            if value is not None and period >= series.invented_from
        ]
        assert all(low <= value <= high for value in invented), name
        for before, after in pairwise(invented):
            move = abs(after - before) / (abs(before) if series.spec.relative else 1)
            assert move <= series.spec.largest_move, name


def test_a_figure_does_not_depend_on_the_day_on_which_it_is_asked_for(server: Server) -> None:
    before = {name: dict(server.figures[name].latest) for name in server.figures}
    server.move_to(TODAY + timedelta(days=40))
    for name, known in before.items():
        later = dict(server.figures[name].latest)
        assert all(later[period] == value for period, value in known.items()), name
    assert any(len(server.figures[name].latest) > len(before[name]) for name in before)


def test_an_agency_says_today_what_fred_says_tomorrow(server: Server) -> None:
    ahead = {
        name: dict(server.figures.published(name, timedelta(0)))
        for name, spec in SERIES.items()
        if {"treasury", "nyfed", "board"} & set(spec.publishers) and spec.frequency == "daily"
    }
    server.move_to(TODAY + timedelta(days=9))
    for name, known in ahead.items():
        later = dict(server.figures[name].latest)
        assert all(later[period] == value for period, value in known.items()), name


def test_nothing_is_known_before_its_day(server: Server) -> None:
    server.move_to(date(2022, 1, 3))
    for name in server.figures:
        for record in server.figures[name].records:
            assert record.since <= date(2022, 1, 3)


# ------------------------------------------------------------------------------------------- FRED
@pytest.mark.shared
def test_an_answer_has_the_fields_of_the_real_one(observations: Ask, recorded: Any) -> None:
    real = json.loads(recorded("fred_api/test_get_series_json___4.body.json"))
    ours = observations("GDP").document
    assert list(ours) == list(real)
    assert [list(row) for row in ours["observations"][:1]] == [list(real["observations"][0])]
    assert {name: type(value) for name, value in ours.items()} == {
        name: type(value) for name, value in real.items()
    }


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "query"),
    [
        ("400_no_key", {"api_key": ""}),
        ("400_series_missing", {"series_id": "NOPE"}),
        ("400_bad_key", {}),
    ],
)
def test_refusals_are_the_real_ones(
    server: Server, observations: Ask, recorded: Any, file: str, query: dict[str, str]
) -> None:
    if not query:
        server.move_to(TODAY, Habits(known_keys=frozenset()))
    heard = observations(query.get("series_id", "UNRATE"), **query)
    assert (heard.status, heard.body) == (400, recorded(f"fred_api/{file}.json"))


def test_a_key_must_be_32_lower_case_letters_and_digits(observations: Ask) -> None:
    assert "not a 32 character" in observations("UNRATE", api_key=KEY.upper()).said
    assert "not a 32 character" in observations("UNRATE", api_key=KEY[:31]).said


def test_without_a_file_type_the_answer_is_xml(observations: Ask) -> None:
    heard = observations("UNRATE", file_type="", observation_start="2026-08-01")
    root = ET.fromstring(heard.body.decode())
    assert (root.tag, root.get("count")) == ("observations", str(len(root)))
    refused = observations("NOPE", file_type="")
    assert ET.fromstring(refused.body.decode()).attrib == {
        "code": "400",
        "message": "Bad Request.  The series does not exist.",
    }


def test_pages_put_together_are_the_whole(observations: Ask) -> None:
    whole = observations("UNRATE").document
    pages = [
        observations("UNRATE", limit=300, offset=offset).document
        for offset in range(0, whole["count"], 300)
    ]
    assert {page["count"] for page in pages} == {whole["count"]}
    assert (
        list(chain.from_iterable(page["observations"] for page in pages)) == whole["observations"]
    )
    assert "is not between 1 and 100000" in observations("UNRATE", limit=100_001).said


def test_a_missing_value_is_a_point_and_unknown_parameters_are_ignored(observations: Ask) -> None:
    heard = observations(
        "UNRATE",
        observation_start="2025-09-01",
        observation_end="2025-11-01",
        country="united_states",
        sort_order="desc",
    )
    assert rows(heard) == [("2025-11-01", "4.5"), ("2025-10-01", "."), ("2025-09-01", "4.4")]


def test_the_archive_tells_when_each_value_stood(observations: Ask) -> None:
    heard = observations(
        "UNRATE", observation_start="2025-02-01", observation_end="2025-02-01", **ALL_TIME
    )
    names = ("realtime_start", "realtime_end", "date", "value")
    assert heard.document["observations"] == [
        dict(zip(names, ("2025-03-10", "2026-10-09", "2025-02-01", "4.1"), strict=True)),
        dict(zip(names, ("2026-10-10", "9999-12-31", "2025-02-01", "4.2"), strict=True)),
    ]


def test_spans_are_cut_to_the_window(observations: Ask) -> None:
    heard = observations(
        "UNRATE",
        observation_start="2025-02-01",
        observation_end="2025-02-01",
        realtime_start="2025-04-01",
        realtime_end="2026-10-20",
    )
    assert [
        (row["realtime_start"], row["realtime_end"], row["value"])
        for row in heard.document["observations"]
    ] == [("2025-04-01", "2026-10-09", "4.1"), ("2026-10-10", "2026-10-20", "4.2")]


def test_windows_put_together_are_the_archive(observations: Ask) -> None:
    whole = observations("INDPRO", **ALL_TIME).document["observations"]
    parts = [
        observations("INDPRO", realtime_start=start, realtime_end=end).document["observations"]
        for start, end in (("2021-01-18", "2024-06-30"), ("2024-07-01", "9999-12-31"))
    ]
    spans: dict[tuple[str, str], str] = {}
    for row in chain.from_iterable(parts):
        spans.setdefault((row["date"], row["value"]), row["realtime_start"])
    known = {(row["date"], row["realtime_start"]): row["value"] for row in whole}
    assert {(day, since): value for (day, value), since in spans.items()} == known


def test_first_releases_leave_out_what_the_archive_began_with(observations: Ask) -> None:
    heard = observations("UNRATE", output_type=4, realtime_start="1776-07-04")
    assert heard.document["realtime_end"] == "9999-12-31"
    first = heard.document["observations"][0]
    assert first["date"] == "2020-12-01" or first["realtime_start"] > "2021-01-18"
    found = rows(heard)
    assert len(found) == len({day for day, _ in found})
    assert dict(found)["2025-02-01"] == "4.1"  # as first published; revised to 4.2 later


def test_vintages_can_be_named(observations: Ask) -> None:
    heard = observations(
        "UNRATE",
        observation_start="2025-02-01",
        observation_end="2025-02-01",
        vintage_dates="2025-03-10,2026-10-10",
    )
    assert rows(heard) == [("2025-02-01", "4.1"), ("2025-02-01", "4.2")]


def test_more_than_2000_vintages_are_refused_and_2000_are_not(ask: Ask, observations: Ask) -> None:
    query = {"series_id": "DGS10", "api_key": KEY, "file_type": "json"}
    days = ask("fred", VINTAGES, **query).document["vintage_dates"]
    assert len(days) > 4000
    assert days == sorted(set(days))
    heard = observations("DGS10", **ALL_TIME)
    assert f"There are {len(days)} vintage dates" in heard.said
    assert "allowed for this file type (2000)" in heard.said
    start, end = days[0], days[1999]
    assert observations("DGS10", realtime_start=start, realtime_end=end).status == 200
    assert observations("DGS10", realtime_start=start, realtime_end=days[2000]).status == 400


def test_vintage_dates_come_in_pages(ask: Ask) -> None:
    query = {"series_id": "DGS10", "api_key": KEY, "file_type": "json"}
    whole = ask("fred", VINTAGES, **query).document
    assert (whole["limit"], whole["count"]) == (10_000, len(whole["vintage_dates"]))
    page = ask("fred", VINTAGES, **query, limit=100, offset=50).document
    assert page["vintage_dates"] == whole["vintage_dates"][50:150]
    assert "between 1 and 10000" in ask("fred", VINTAGES, **query, limit=10_001).said


@pytest.mark.shared
def test_a_series_without_archive_and_no_series_at_all_get_the_same_words(
    ask: Ask, observations: Ask, recorded: Any
) -> None:
    words = json.loads(recorded("fred_api/400_not_in_alfred.json"))["error_message"]
    unknown = observations("NOPE", **ALL_TIME)
    assert (unknown.status, unknown.said[: len(words)]) == (400, words)
    too_early = observations("UNRATE", realtime_start="1990-01-01", realtime_end="1995-01-01")
    assert too_early.body == unknown.body
    query = {"series_id": "NOPE", "api_key": KEY, "file_type": "json"}
    assert ask("fred", VINTAGES, **query).body == unknown.body


def test_tomorrow_is_no_end_of_a_window_and_a_date_has_one_form(observations: Ask) -> None:
    tomorrow = f"{TODAY + timedelta(days=1)}"
    heard = observations("UNRATE", realtime_start="2026-01-01", realtime_end=tomorrow)
    assert f"can not be after today's date ({TODAY})" in heard.said
    assert "is not a YYYY-MM-DD" in observations("UNRATE", observation_start="1/1/2015").said


def test_metadata_has_freds_odd_time_of_update(ask: Ask) -> None:
    query = {"series_id": "UNRATE", "api_key": KEY, "file_type": "json"}
    (entry,) = ask("fred", "/fred/series", **query).document["seriess"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d-0[56]", entry["last_updated"])
    assert (entry["id"], entry["frequency_short"], entry["units"]) == ("UNRATE", "M", "Percent")


def test_who_asks_too_often_is_told_so(server: Server, observations: Ask) -> None:
    server.move_to(TODAY, Habits(per_minute=3))
    assert [observations("UNRATE").status for _ in range(4)] == [200, 200, 200, 429]


# -------------------------------------------------------------------------------------- fredgraph
@pytest.mark.parametrize("habits", [Habits(), Habits(old_header=True, point=True)])
def test_a_file_is_as_it_is_now_or_as_it_was(server: Server, ask: Ask, habits: Habits) -> None:
    server.move_to(TODAY, habits)
    heard = ask(
        "fredgraph", "/graph/fredgraph.csv", id="UNRATE", cosd="2025-09-01", coed="2025-11-01"
    )
    header, missing = ("DATE", ".") if habits.old_header else ("observation_date", "")
    assert heard.body.decode().splitlines() == [
        f"{header},UNRATE", "2025-09-01,4.4", f"2025-10-01,{missing}", "2025-11-01,4.5",
    ]  # fmt: skip
    assert heard.headers["Content-Type"] == "text/csv"


def test_the_site_may_ignore_the_range(server: Server, ask: Ask) -> None:
    server.move_to(TODAY, Habits(whole_history=True))
    heard = ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE", cosd="2025-09-01")
    assert heard.body.decode().splitlines()[1] == "1948-01-01,3.4"


def test_series_of_several_frequencies_come_packed(ask: Ask) -> None:
    heard = ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE,DGS10,CPIAUCSL,GDP")
    assert heard.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(heard.body)) as archive:
        headers = {
            name: archive.read(name).decode().splitlines()[0]
            for name in archive.namelist()
            if name.endswith(".csv")
        }
    assert headers == {
        "daily.csv": "observation_date,DGS10",
        "monthly.csv": "observation_date,UNRATE,CPIAUCSL",
        "quarterly.csv": "observation_date,GDP",
    }


def test_an_unknown_series_is_a_page_that_is_not_found(ask: Ask) -> None:
    heard = ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE,NOPE")
    assert (heard.status, heard.headers["Content-Type"][:9]) == (404, "text/html")


@pytest.mark.shared
def test_the_archive_names_the_vintage_in_the_header(ask: Ask, recorded: Any) -> None:
    real = recorded("fredgraph/alfredgraph_UNRATE_vintage_20260330.body.csv").decode()
    heard = ask("fredgraph", "/graph/alfredgraph.csv", id="UNRATE", vintage_date="2026-03-30")
    assert heard.body.decode().splitlines()[0] == real.splitlines()[0]


# --------------------------------------------------------------------------------------- Treasury
def elements(body: bytes) -> list[list[str]]:
    """Local names of the elements of each entry."""
    root = ET.fromstring(body)
    properties = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}properties"
    return [[child.tag.split("}")[1] for child in entry] for entry in root.iter(properties)]


def feed(ask: Ask, **when: str) -> Heard:
    return ask("treasury", f"{CURVE}/pages/xml", data="daily_treasury_yield_curve", **when)


@pytest.mark.shared
def test_a_feed_has_the_elements_of_the_real_one(ask: Ask, recorded: Any) -> None:
    real = elements(recorded("treasury/home_treasury_gov_fixture_202608.body.xml"))
    ours = elements(feed(ask, field_tdr_date_value_month="202608").body)
    assert [name for name in ours[0] if name not in ("Id", "BC_30YEARDISPLAY")] == real[0]
    assert 20 <= len(ours) <= 23


@pytest.mark.parametrize(
    ("element", "last_without", "first_with"),
    [
        ("BC_2MONTH", "2018-10-15", "2018-10-16"),
        ("BC_4MONTH", "2022-10-18", "2022-10-19"),
        ("BC_1_5MONTH", "2025-02-14", "2025-02-18"),
    ],
)
def test_elements_come_with_the_years(
    ask: Ask, element: str, last_without: str, first_with: str
) -> None:
    found: dict[str, list[str]] = {}
    for month in {last_without[:7], first_with[:7]}:
        body = feed(ask, field_tdr_date_value_month=month.replace("-", "")).body
        days = re.findall(r"NEW_DATE[^>]*>(\d{4}-\d\d-\d\d)T", body.decode())
        found |= dict(zip(days, elements(body), strict=True))
    assert element not in found[last_without]
    assert element in found[first_with]


def test_a_bond_that_did_not_exist_is_empty_and_displayed_as_0(server: Server, ask: Ask) -> None:
    marked = feed(ask, field_tdr_date_value="2004").body.decode()
    assert '<d:BC_30YEAR m:type="Edm.Double" m:null="true" />' in marked
    assert '<d:BC_30YEARDISPLAY m:type="Edm.Double">0<' in marked
    server.move_to(TODAY, Habits(null=False))
    assert (
        '<d:BC_30YEAR m:type="Edm.Double" />'
        in feed(ask, field_tdr_date_value="2004").body.decode()
    )


def test_all_years_come_in_pages_of_300_days(ask: Ask) -> None:
    pages = [feed(ask, field_tdr_date_value="all", page=f"{number}").body for number in (0, 1)]
    assert [len(elements(page)) for page in pages] == [300, 300]
    assert pages[0] != pages[1]


@pytest.mark.shared
def test_the_file_is_newest_first_with_the_columns_of_its_year(ask: Ask, recorded: Any) -> None:
    def file(year: int) -> list[list[str]]:
        heard = ask(
            "treasury", f"{CURVE}/daily-treasury-rates.csv/{year}/all",
            type="daily_treasury_yield_curve", field_tdr_date_value=year, page="", _format="csv",
        )  # fmt: skip
        return list(csv.reader(heard.body.decode().splitlines()))

    real = recorded("treasury/home_treasury_gov_csv_excerpt_202607.body.csv").decode()
    ours = file(2026)
    assert ours[0] == next(csv.reader(real.splitlines()))
    assert ours[1][0] == "11/20/2026"
    assert "4 Mo" in file(2022)[0]
    assert "4 Mo" not in file(2021)[0]


# -------------------------------------------------------------------------------------------- BLS
@pytest.mark.shared
def test_an_answer_of_bls_is_built_like_the_real_one(ask: Ask, recorded: Any) -> None:
    real = json.loads(recorded("bls/v2_post_APU0000701111_2022.body.json"))
    ours = ask(
        "bls", BLS, posted={"seriesid": ["LNS14000000"], "startyear": 2022, "endyear": 2022}
    ).document
    assert list(ours) == list(real)
    (theirs,), (mine,) = real["Results"]["series"], ours["Results"]["series"]
    assert set(mine) <= set(theirs)
    assert set(mine["data"][0]) <= {*theirs["data"][0], "latest"}
    assert [row["period"] for row in mine["data"]] == [row["period"] for row in theirs["data"]]


def test_october_2025_is_a_dash_with_a_footnote(ask: Ask) -> None:
    heard = ask(
        "bls", BLS, posted={"seriesid": ["LNS14000000"], "startyear": "2025", "endyear": "2025"}
    )
    (series,) = heard.document["Results"]["series"]
    (october,) = [row for row in series["data"] if row["period"] == "M10"]
    assert (october["value"], october["footnotes"][0]["code"]) == ("-", "X")


def test_a_thirteenth_month_comes_if_asked_for(ask: Ask) -> None:
    posted = {
        "seriesid": ["CUSR0000SA0"],
        "startyear": 2024,
        "endyear": 2024,
        "annualaverage": True,
    }
    (series,) = ask("bls", BLS, posted=posted).document["Results"]["series"]
    assert [row["period"] for row in series["data"]][:2] == ["M13", "M12"]


@pytest.mark.parametrize(("key", "years"), [("", 10), ("k", 20)])
def test_too_many_years_are_cut_at_the_new_end(ask: Ask, key: str, years: int) -> None:
    posted = {
        "seriesid": ["LNS14000000"],
        "startyear": "1990",
        "endyear": "2026",
        "registrationkey": key,
    }
    said = ask("bls", BLS, posted=posted).document
    assert said["message"] == [
        f"Year range has been reduced to the system-allowed limit of {years} years."
    ]
    found = {int(row["year"]) for row in said["Results"]["series"][0]["data"]}
    assert (min(found), max(found)) == (1990, 1989 + years)


@pytest.mark.shared
def test_every_refusal_of_bls_has_status_200(server: Server, ask: Ask, recorded: Any) -> None:
    unknown = ask("bls", BLS, posted={"seriesid": ["NOPE"]})
    assert unknown.document["status"] == "REQUEST_SUCCEEDED"
    assert unknown.document["message"] == ["Series does not exist for Series NOPE"]
    server.move_to(TODAY, Habits(known_keys=frozenset()))
    refused = ask("bls", BLS, posted={"seriesid": ["NOPE"], "registrationkey": "secret"})
    assert "The key:secret provided by the User is invalid" in refused.document["message"][0]
    server.fail("bls", "quota")
    quota = ask("bls", BLS, posted={"seriesid": ["LNS14000000"]})
    assert quota.document == json.loads(recorded("bls/error_quota.body.json"))
    assert [heard.status for heard in (unknown, refused, quota)] == [200, 200, 200]


def test_version_1_takes_one_series_in_the_path(ask: Ask) -> None:
    heard = ask("bls", "/publicAPI/v1/timeseries/data/LNS14000000")
    assert heard.document["Results"]["series"][0]["seriesID"] == "LNS14000000"


# ------------------------------------------------------------------------------- New York, Board
@pytest.mark.shared
def test_a_rate_is_written_like_the_real_one(ask: Ask, recorded: Any) -> None:
    real = recorded("nyfed/sofr_search_20240601_20240606.body.json").decode()
    ours = ask(
        "nyfed", "/api/rates/secured/sofr/search.json", startDate="2024-06-01", endDate="2024-06-06"
    )
    digits = re.compile(r"[\d.]+")
    assert digits.sub("0", ours.body.decode()).startswith(digits.sub("0", real)[:300])
    assert [row["effectiveDate"] for row in ours.document["refRates"]] == [
        row["effectiveDate"] for row in json.loads(real)["refRates"]
    ]


def test_the_funds_rate_comes_with_the_target_range(ask: Ask) -> None:
    heard = ask("nyfed", "/api/rates/unsecured/effr/last/5.json")
    (newest, *_) = found = heard.document["refRates"]
    assert len(found) == 5
    assert newest["targetRateFrom"] < newest["percentRate"] < newest["targetRateTo"]
    empty = ask(
        "nyfed",
        "/api/rates/unsecured/effr/search.json",
        startDate="2026-11-21",
        endDate="2026-11-22",
    )
    assert empty.document == {"refRates": []}


def test_the_portfolio_is_in_dollars_as_text_and_adds_up(ask: Ask) -> None:
    summary = ask("nyfed", "/api/soma/summary.json").document["soma"]["summary"]
    assert [row["asOfDate"] for row in summary] == sorted(row["asOfDate"] for row in summary)
    newest = summary[-1]
    classes = ("mbs", "cmbs", "tips", "frn", "notesbonds", "bills", "agencies")
    assert float(newest["total"]) == sum(float(newest[name]) for name in classes) > 1e12


@pytest.mark.shared
def test_the_six_lines_above_the_boards_data_are_the_real_ones(ask: Ask, recorded: Any) -> None:
    real = list(csv.reader(recorded("h15_header_excerpt.csv").decode().splitlines()))
    body = ask("board", "/datadownload/Output.aspx", **H15, lastobs=2).body
    assert body.count(b"\r\n") == body.count(b"\n") == 8
    ours = list(csv.reader(body.decode().splitlines()))
    column = ours[5].index(real[5][1])
    assert [line[0] for line in ours[:6]] == [line[0] for line in real]
    assert [line[column] for line in ours[1:6]] == [line[1] for line in real[1:]]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", ours[6][0])


def test_the_board_writes_nd_for_no_value(ask: Ask) -> None:
    span = {"from": "02/19/1998", "to": "02/20/1998"}
    body = ask("board", "/datadownload/Output.aspx", **H15, **span).body.decode()
    assert [line.split(",")[1] for line in body.splitlines()[6:]] == ["ND", "ND"]


# ----------------------------------------------------------------------------------- on the wire
def test_answers_are_packed_dated_and_validated_as_in_life(server: Server, ask: Ask) -> None:
    wanted = {"header": {"Accept-Encoding": "gzip"}, "field_tdr_date_value_month": "202610"}
    first = ask("treasury", f"{CURVE}/pages/xml", data="daily_treasury_yield_curve", **wanted)
    assert first.headers["Content-Encoding"] == "gzip"
    assert len(elements(gzip.decompress(first.body))) > 15
    again = ask(
        "treasury", f"{CURVE}/pages/xml", data="daily_treasury_yield_curve",
        field_tdr_date_value_month="202610", header={"If-None-Match": first.headers["ETag"]},
    )  # fmt: skip
    assert (again.status, again.body) == (304, b"")
    server.skew = timedelta(hours=3)
    late = ask("nyfed", "/api/rates/secured/sofr/last/1.json")
    ahead = parsedate_to_datetime(late.headers["Date"]).timestamp() - time.time()
    assert abs(ahead - 3 * 3600) < 5


def test_one_connection_serves_many_requests_and_the_server_counts_them(server: Server) -> None:
    connection = HTTPConnection(server.url("fredgraph").removeprefix("http://"), timeout=3)
    for name in ("UNRATE", "UNRATE,GDP", "GDP"):
        connection.request("GET", f"/graph/fredgraph.csv?id={name}")
        connection.getresponse().read()
    connection.close()
    assert server.requests == 3
    assert server.counts() == {("fredgraph", "UNRATE"): 2, ("fredgraph", "GDP"): 2}


def test_the_key_is_not_remembered(server: Server, ask: Ask, observations: Ask) -> None:
    observations("UNRATE")
    ask("bls", BLS, posted={"seriesid": ["LNS14000000"], "registrationkey": KEY})
    assert KEY not in repr(server.asked)
    assert [asked.series for asked in server.asked] == [("UNRATE",), ("LNS14000000", "UNRATE")]


# ---------------------------------------------------------------------------------------- faults
def test_a_fault_strikes_whom_it_is_meant_for_and_so_often(server: Server, ask: Ask) -> None:
    server.fail("fredgraph", "503", series="UNRATE", times=1, skip=1)
    statuses = [
        (name, ask("fredgraph", "/graph/fredgraph.csv", id=name).status)
        for name in ("GDP", "UNRATE", "UNRATE", "UNRATE", "GDP")
    ]
    assert [status for _, status in statuses] == [200, 200, 503, 200, 200]
    server.fail("nyfed", "429", retry_after="7")
    late = ask("nyfed", "/api/soma/summary.json")
    assert (late.status, late.headers["Retry-After"]) == (429, "7")
    server.heal()
    assert ask("nyfed", "/api/soma/summary.json").status == 200


SHEETS: list[tuple[str, dict[str, str], list[str]]] = [
    ("renamed_column", {}, ["observation_date,UNRATE_NEW", "2026-08-01,4.1", "2026-09-01,4.2"]),
    ("renamed_column", {"column": "key"},
     ["observation_date_new,UNRATE", "2026-08-01,4.1", "2026-09-01,4.2"]),
    ("added_column", {}, ["observation_date,UNRATE,ADDED", "2026-08-01,4.1,1", "2026-09-01,4.2,1"]),
    ("reordered_rows", {}, ["observation_date,UNRATE", "2026-09-01,4.2", "2026-08-01,4.1"]),
    ("missing_last_row", {}, ["observation_date,UNRATE", "2026-08-01,4.1"]),
    ("contradiction", {},
     ["observation_date,UNRATE", "2026-08-01,4.1", "2026-09-01,4.2", "2026-09-01,5.2"]),
    ("repeated_row", {},
     ["observation_date,UNRATE", "2026-08-01,4.1", "2026-09-01,4.2", "2026-09-01,4.2"]),
    ("future_date", {"days": "9"},
     ["observation_date,UNRATE", "2026-08-01,4.1", "2026-09-01,4.2", "2026-12-01,4.2"]),
    ("other_unit", {}, ["observation_date,UNRATE", "2026-08-01,4100", "2026-09-01,4200"]),
    ("not_a_number", {"token": "1e400"},
     ["observation_date,UNRATE", "2026-08-01,4.1", "2026-09-01,1e400"]),
    ("no_values", {}, ["observation_date,UNRATE", "2026-08-01,.", "2026-09-01,."]),
    ("no_rows", {}, ["observation_date,UNRATE"]),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "options", "expected"), SHEETS)
def test_faults_in_the_figures(
    server: Server, ask: Ask, fault: str, options: dict[str, str], expected: list[str]
) -> None:
    server.fail("fredgraph", fault, **options)
    span = {"cosd": "2026-08-01", "coed": "2026-09-01"}
    heard = ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE", **span)
    assert heard.body.decode().splitlines() == expected


@pytest.mark.parametrize("token", ["NaN", "Infinity", "1e400"])
def test_a_bare_word_in_json_is_not_quoted(server: Server, observations: Ask, token: str) -> None:
    server.fail("fred", "not_a_number", token=token)
    assert f'"value":{token}}}]}}' in observations("UNRATE").body.decode()


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("cut", IncompleteRead),
        ("cut_chunk", IncompleteRead),
        ("reset", (ConnectionResetError, RemoteDisconnected)),
    ],
)
def test_faults_on_the_way(server: Server, ask: Ask, fault: str, problem: Any) -> None:
    server.fail("fredgraph", fault)
    with pytest.raises(problem):
        ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE")


def test_a_cut_without_length_looks_like_an_answer(server: Server, ask: Ask) -> None:
    whole = ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE").body
    server.fail("fredgraph", "cut_unframed")
    heard = ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE")
    assert heard.body == whole[: len(whole) // 2]
    assert not {"Content-Length", "Transfer-Encoding"} & set(heard.headers)


def test_silence_lasts_and_drops_come_slowly(server: Server, ask: Ask) -> None:
    server.fail("fredgraph", "drip", seconds=0.02, bytes=100, times=1)
    began = time.monotonic()
    ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE", cosd="2010-01-01")
    assert time.monotonic() - began > 0.3
    server.fail("fredgraph", "silence", seconds=0.1)
    with pytest.raises(RemoteDisconnected):
        ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE")


def test_a_bomb_is_small_on_the_wire_and_large_inside(server: Server, ask: Ask) -> None:
    server.fail("fredgraph", "gzip_bomb", times=1)
    heard = ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE")
    assert (heard.headers["Content-Encoding"], len(heard.body) < 300_000) == ("gzip", True)
    with gzip.open(io.BytesIO(heard.body)) as unpacked:
        size = sum(len(block) for block in iter(lambda: unpacked.read(1 << 20), b""))
    assert size == 200_000_000
    server.fail("fredgraph", "zip_bomb")
    with zipfile.ZipFile(
        io.BytesIO(ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE").body)
    ) as archive:
        assert archive.infolist()[0].file_size == 200_000_000


def test_every_fault_can_be_made_for_every_publisher(server: Server, ask: Ask) -> None:
    paths: dict[str, tuple[str, dict[str, Any]]] = {
        "fred": (OBSERVATIONS, {"series_id": "UNRATE", "api_key": KEY, "file_type": "json"}),
        "fredgraph": ("/graph/fredgraph.csv", {"id": "UNRATE"}),
        "treasury": (f"{CURVE}/pages/xml", {"data": "daily_treasury_yield_curve",
                                            "field_tdr_date_value_month": "202610"}),
        "bls": (BLS, {"posted": {"seriesid": ["LNS14000000"]}}),
        "nyfed": ("/api/soma/summary.json", {}),
        "board": ("/datadownload/Output.aspx", {**H15, "lastobs": "9"}),
    }  # fmt: skip
    sound = {name: ask(name, path, **query).body for name, (path, query) in paths.items()}
    for fault in FAULTS:
        for name, (path, query) in paths.items():
            server.fail(name, fault, seconds=0.01, bytes=100_000, file=__file__)
            try:
                heard = ask(name, path, **query)
            except (IncompleteRead, ConnectionResetError, RemoteDisconnected):
                continue
            finally:
                server.heal()
            changed = heard.body != sound[name] or heard.status != 200
            assert changed or fault in ("wrong_type", "drip"), (fault, name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("fred", "not of the form"),
        ("nobody:500", "publisher 'nobody'"),
        ("fred:boom", "fault 'boom'"),
    ],
)
def test_an_unknown_fault_is_refused_by_name(
    server: Server, ask: Ask, text: str, reason: str
) -> None:
    del server
    heard = ask("fred", f"/control/fail?{urlencode({'fault': text})}", posted={})
    assert heard.status == 400
    assert reason in heard.document["error"]


def test_it_can_be_told_over_the_wire_to_fail(server: Server, ask: Ask) -> None:
    fault = urlencode({"fault": "fredgraph/UNRATE:429,retry_after=120,times=1"})
    assert ask("fred", f"/control/fail?{fault}", posted={}).status == 200
    assert ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE").status == 429
    assert ask("fredgraph", "/graph/fredgraph.csv", id="UNRATE").status == 200
    assert ask("fred", "/control/requests").document == {"fredgraph UNRATE": 2}
    assert ask("fred", "/control/heal", posted={}).status == 200
    assert server.requests == 0


# --------------------------------------------------------------------------------- as a program
def test_the_program_serves_while_a_command_runs_and_ends_like_it() -> None:
    script = (
        "import os, urllib.request as u, sys\n"
        "url = os.environ['RECESSION_MONITOR_SOURCES__FREDGRAPH__URL']\n"
        "print(u.urlopen(url + '/graph/fredgraph.csv?id=UNRATE').read()[:23].decode())\n"
        "sys.exit(3)\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        [sys.executable, TOOLS / "loopback", "--today", "2026-11-22", "--", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "observation_date,UNRATE" in done.stdout
    assert re.search(
        r"^RECESSION_MONITOR_SOURCES__BOARD__URL=http://127\.0\.0\.1:\d+$",
        done.stdout,
        re.MULTILINE,
    )
    assert "invented" in done.stderr
    assert "1 requests were answered" in done.stderr
