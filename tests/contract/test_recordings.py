"""Every recorded answer of a publisher, through the adapter that is to read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
from loopback import Server  # noqa: TC002 - a block for type checkers hides what is needed

from monitor import config, sources
from monitor.catalog import SERIES
from monitor.domain import Fetch, Want
from monitor.errors import (
    KeyMissing,
    KeyRefused,
    NoVintages,
    RateLimited,
    SeriesUnknown,
    SourceError,
    SourceMalformed,
)
from monitor.sources import bls, board, fredgraph, nyfed, treasury
from monitor.sources.http import Backoff, Body

WIRE = Path(__file__).parents[2].parent / "shared" / "data" / "wire"
NOW = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("America/New_York"))
TODAY = NOW.date()
ALL_VINTAGES = date(1776, 7, 4)

pytestmark = pytest.mark.shared

READ: set[str] = set()
"""Recordings that some test of this module has a reader for."""


def recording(name: str) -> str:
    """The name of a recording, noted as read."""
    READ.add(name)
    return name


def content(name: str) -> bytes:
    if not WIRE.is_dir():
        pytest.skip("the reference data folder is not beside this checkout")
    return (WIRE / name).read_bytes()


def body(name: str, status: int = 200) -> Body:
    kind = {"json": "application/json", "csv": "text/csv", "xml": "text/xml"}.get(
        name.rsplit(".", 1)[1], "application/json"
    )
    return Body("https://publisher.example/", status, kind, content(name), framed=True)


@dataclass(frozen=True)
class Replay:
    """Publishers that say what was recorded."""

    server: Server
    environment: Mapping[str, str]

    def ask(self, publisher: str, want: Want, **files: str) -> Fetch:
        """The answer of an adapter to which each path gets the recording named for it."""
        for path, name in files.items():
            content(name)
            status = "400" if "400" in name or "balance_of_payments" in name else "200"
            self.server.fail(publisher, "file", path=path, file=WIRE / name, status=status)
        publishers = sources.live(config.load(None, self.environment), backoff=Backoff(0, 0, 0))
        answers = list(publishers.by_name[publisher].fetch([want], NOW))
        for answer in answers:
            for err in answer.failed.values():
                raise err
        return next(fetch for answer in answers for fetch in answer.fetches)


@pytest.fixture
def replay(server: Server, environment: Mapping[str, str]) -> Replay:
    return Replay(server, environment)


# ------------------------------------------------------------------------------------------- FRED
FRED = "fred_api/test_fred"
OBSERVATIONS = {
    "DFF": recording(f"{FRED}_federal_funds_rate_fetcher_urllib3_v2__0.body.json"),
    "DGS10": recording(f"{FRED}_treasury_constant_maturity_fetcher_urllib3_v2__0.body.json"),
    "MICH": recording(f"{FRED}_university_of_michigan_fetcher_urllib3_v2__0.body.json"),
    "DGS3MO": recording(f"{FRED}_yield_curve_fetcher_urllib3_v2__10.body.json"),
    "GDP": recording("fred_api/test_get_series_json___4.body.json"),
    "GDPC1": recording("fred_api/test_get_series_initial_release_json___4.body.json"),
}  # fmt: skip
"""The answers name no series, so that those of others will do: T10Y3M, and GDP's first releases."""


@pytest.mark.parametrize("series", OBSERVATIONS)
def test_fred_is_read_value_for_value(series: str, replay: Replay) -> None:
    name = OBSERVATIONS[series]
    fetch = replay.ask("fred", Want(SERIES[series]), observations=name)
    said = {row["date"]: row["value"] for row in json.loads(content(name))["observations"]}
    valued = [day for day, value in said.items() if value != "."]
    inside = {day: value for day, value in said.items() if valued[0] <= day <= valued[-1]}
    assert {f"{row.period}": row.value for row in fetch.observations} == {
        day: None if value == "." else float(value) for day, value in inside.items()
    }


ALL_RELEASES = recording("fred_api/test_get_series_all_releases_json___4.body.json")
VINTAGES = recording("fred_api/test_get_series_vintagedates__4.body.json")


def test_the_archive_is_read_vintage_for_vintage(replay: Replay) -> None:
    want = Want(SERIES["GDP"], None, ALL_VINTAGES)
    fetch = replay.ask("fred", want, observations=ALL_RELEASES, vintagedates=VINTAGES)
    spans = json.loads(content(ALL_RELEASES))["observations"]
    assert len(spans) == 3207
    days = [date.fromisoformat(day) for day in json.loads(content(VINTAGES))["vintage_dates"]]
    for day in [*days[::7], days[0] + timedelta(days=1), days[-1]]:
        shown = {
            date.fromisoformat(span["date"]): float(span["value"])
            for span in spans
            if span["realtime_start"] <= f"{day}" <= span["realtime_end"] and span["value"] != "."
        }
        known: dict[date, float | None] = {}
        for row in sorted(fetch.observations, key=lambda row: row.known_from):
            if row.known_from <= day:
                known[row.period] = row.value
        assert {period: value for period, value in known.items() if value is not None} == shown
    (statement,) = fetch.statements
    assert statement.since == min(row.known_from for row in fetch.observations)
    assert statement.until == TODAY


REFUSALS: list[tuple[str, type[SourceError]]] = [
    (recording("fred_api/400_no_key.json"), KeyMissing),
    (recording("fred_api/400_bad_key.json"), KeyRefused),
    (recording("fred_api/400_series_missing.json"), SeriesUnknown),
    (recording("fred_api/400_not_in_alfred.json"), NoVintages),
    (recording(f"{FRED}_balance_of_payments_fetcher_urllib3_v2__0.body.json"), SeriesUnknown),
]  # fmt: skip


@pytest.mark.parametrize(("name", "error"), REFUSALS)
def test_each_refusal_of_fred_is_known_by_its_words(
    name: str, error: type[SourceError], replay: Replay
) -> None:
    with pytest.raises(error) as caught:
        replay.ask("fred", Want(SERIES["UNRATE"]), observations=name)
    assert type(caught.value) is error


RATE_LIMIT = recording("fred_api/429_rate_limit.json")


def test_the_limit_is_refused_on_loopback_in_the_same_words(server: Server) -> None:
    server.fail("fred", "429")
    with pytest.raises(HTTPError) as caught:
        urlopen(f"{server.url('fred')}/fred/series/observations?file_type=json")
    with caught.value as refusal:
        assert refusal.read() == content(RATE_LIMIT)


# -------------------------------------------------------------------------------------- fredgraph
FILES = {
    "DGS10": recording("fredgraph/fredgraph_DGS10_20260330.body.csv"),
    "UNRATE": recording("fredgraph/fredgraph_UNRATE_20260330_has_blank_2025-10.body.csv"),
    "RECPROUSM156N": recording("fredgraph/fredgraph_OLDSTYLE_RECPROUSM156N_2023.body.csv"),
}


@pytest.mark.parametrize("series", FILES)
def test_a_file_of_fredgraph_is_read_line_for_line(series: str, replay: Replay) -> None:
    fetch = replay.ask("fredgraph", Want(SERIES[series]), fredgraph=FILES[series])
    lines = (line.split(",") for line in content(FILES[series]).decode().splitlines()[1:])
    assert {f"{row.period}": row.value for row in fetch.observations} == {
        day: float(value) if value else None for day, value in lines
    }
    assert {row.known_from for row in fetch.observations} == {TODAY}


ALFREDGRAPH = recording("fredgraph/alfredgraph_UNRATE_vintage_20260330.body.csv")


def test_a_file_of_alfredgraph_tells_its_vintage() -> None:
    (table,) = fredgraph.parse(body(ALFREDGRAPH), TODAY)
    rows = table["UNRATE"]
    assert {known_from for _, known_from, _ in rows} == {date(2026, 3, 30)}
    assert len(rows) == len(content(ALFREDGRAPH).splitlines()) - 1
    assert (date(2025, 10, 1), date(2026, 3, 30), None) in rows


# --------------------------------------------------------------------------------------- Treasury
LEGACY = recording("treasury/data_treasury_gov_feed_2007.body.xml")
CURRENT = recording("treasury/home_treasury_gov_fixture_202608.body.xml")
EXCERPT = recording("treasury/home_treasury_gov_csv_excerpt_202607.body.csv")


def test_a_year_of_the_old_service_is_read_to_two_decimals(replay: Replay) -> None:
    want = Want(SERIES["DGS10"], date(2007, 1, 1))
    rows = replay.ask("treasury", want, xml=LEGACY).observations
    assert len(rows) == content(LEGACY).count(b"<entry ")
    assert all(row.value == round(row.value or 0, 2) for row in rows)
    assert {row.period.year for row in rows} == {2007}


def test_the_feed_and_the_file_of_today_have_all_maturities() -> None:
    feed = dict(treasury.parse_feed(body(CURRENT)))
    tenors = [tenor for tenor in treasury.TENORS.values() if tenor.curve == treasury.NOMINAL]
    assert float(feed[date(2026, 8, 11)]["BC_10YEAR"]) == 4.70
    assert all(tenor.element in cells for cells in feed.values() for tenor in tenors)
    file = dict(treasury.parse_file(body(EXCERPT)))
    assert list(file) == [date(2026, 7, 2), date(2026, 7, 1), date(2026, 6, 30)]
    assert float(file[date(2026, 7, 2)]["1.5 month"]) == 3.73
    assert all(tenor.column.lower() in cells for cells in file.values() for tenor in tenors)


# -------------------------------------------------------------------------------------------- BLS
PRICES = recording("bls/v2_post_APU0000701111_2022.body.json")
QUOTA = recording("bls/error_quota.body.json")


def test_twelve_months_of_bls_are_read() -> None:
    rows = bls.parse(body(PRICES), ["APU0000701111"], TODAY)["APU0000701111"]
    assert isinstance(rows, list)
    assert [period.month for period, _, _ in rows] == [*range(12, 0, -1)]
    assert rows[0] == (date(2022, 12, 1), TODAY, 0.522)


def test_a_quota_that_is_used_up_is_known_by_its_words() -> None:
    with pytest.raises(RateLimited):
        bls.parse(body(QUOTA), ["LNS14000000"], TODAY)


# ------------------------------------------------------------------------------- New York, Board
SOFR = recording("nyfed/sofr_search_20240601_20240606.body.json")
EFFR = recording("nyfed/effr_first_record_excerpt.txt")
HOLDINGS = recording("nyfed/soma_agency_debts_asof_20190102.body.json")


def test_a_rate_of_the_new_york_fed_is_read() -> None:
    entries = nyfed.parse(body(SOFR), nyfed.SOFR)
    assert [(day, entry["percentRate"]) for day, entry in entries] == [
        (date(2024, 6, 6), 5.33),
        (date(2024, 6, 5), 5.33),
        (date(2024, 6, 4), 5.33),
        (date(2024, 6, 3), 5.35),
    ]


def test_a_beginning_is_no_answer_and_its_first_record_has_the_target() -> None:
    with pytest.raises(SourceMalformed):
        nyfed.parse(body(EFFR), nyfed.EFFR)
    whole = Body("", 200, "application/json", content(EFFR) + b" } ] }", framed=True)
    ((day, entry),) = nyfed.parse(whole, nyfed.EFFR)
    assert (day, entry["targetRateFrom"], entry["targetRateTo"]) == (date(2023, 6, 6), 5.0, 5.25)


def test_holdings_by_security_are_no_summary_by_class() -> None:
    with pytest.raises(SourceMalformed):
        nyfed.parse(body(HOLDINGS), nyfed.SOMA)


H15 = recording("h15_header_excerpt.csv")


def test_the_header_of_the_board_is_read() -> None:
    row = b'"2026-11-19","3.95"\r\n"2026-11-20",ND\r\n'
    whole = Body("", 200, "text/csv", content(H15).rstrip() + b"\r\n" + row, framed=True)
    ((name, column),) = board.parse_package(whole).items()
    assert (name, column.unit, column.multiplier) == (
        "H15/H15/RIFLGFCM01_N.B", "Percent:_Per_Year", 1,
    )  # fmt: skip
    assert [value for _, value in column.cells] == ["3.95", "ND"]


# ------------------------------------------------------------------------------------- all of them
def test_no_recording_is_left_unread() -> None:
    content("WIRE.md")
    about = {"WIRE.md", "README.md"}
    found = {
        f"{path.relative_to(WIRE)}"
        for path in WIRE.rglob("*")
        if path.is_file() and path.name not in about and not path.name.endswith(".meta.json")
    }
    assert found == READ
