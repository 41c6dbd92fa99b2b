"""The program and a publisher on this machine, over real sockets.

The publisher knows the bundled history, and after its end invented figures: the last one again
and again, up to yesterday. All its answers are in the formats of FRED and of the Treasury.
"""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from monitor.catalog import SERIES
from monitor.domain import SeriesSpec, add_months
from monitor.sources import bundled

KEY = "0123456789abcdef0123456789abcdef"
GRAPH, API = "/graph/fredgraph.csv", "/fred/series/observations"
TODAY = datetime.now(ZoneInfo("America/New_York")).date()
ASKED = [spec for spec in SERIES.values() if spec.ends is None and "fredgraph" in spec.publishers]
NEVER_BUNDLED = {"WALCL": 6_500_000.0, "AAA": 5.5, "BAA": 6.25, "MICH": 3.0}

Table = dict[date, float | None]
Reply = tuple[int, str, str]


# ---------------------------------------------------------------------------------- the publisher
def _periods_after(spec: SeriesSpec, last: date) -> Iterator[date]:
    """Periods that are over, in order."""
    period = last
    while True:
        if spec.frequency in {"monthly", "quarterly"}:
            period = add_months(period, 3 if spec.frequency == "quarterly" else 1)
        else:
            period += timedelta(days=7 if spec.frequency == "weekly" else 1)
        if spec.period_end(period) >= TODAY:
            return
        if spec.frequency != "daily" or period.weekday() < 5:
            yield period


def _history() -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for fetch in bundled.fetches(datetime.now(UTC)):
        in_order = sorted(fetch.observations, key=lambda row: (row.period, row.known_from))
        tables[fetch.series] = {row.period: row.value for row in in_order}
    for name, value in NEVER_BUNDLED.items():
        monday = TODAY - timedelta(days=TODAY.weekday())
        weekly = SERIES[name].frequency == "weekly"
        tables[name] = {monday - timedelta(days=705) if weekly else date(2020, 1, 1): value}
    for spec in ASKED:
        table = tables[spec.id]
        last = max(table)
        table |= dict.fromkeys(_periods_after(spec, last), table[last])
    return tables


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet
    server: Publisher

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        series = query.get("id") or query.get("series_id") or ""
        self.server.asked[address.path, series] += 1
        self.server.queries.append(query)
        answer = self.server.special.get((address.path, series)) or self.server.usual
        status, kind, text = answer(address.path, query)
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""


class Publisher(ThreadingHTTPServer):
    """FRED's graph download and its API; ``special`` answers go before the usual ones."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tables = _history()
        self.forget()

    def forget(self) -> None:
        """Be asked as if for the first time."""
        self.asked: Counter[tuple[str, str]] = Counter()
        self.queries: list[dict[str, str]] = []
        self.special: dict[tuple[str, str], Callable[[str, dict[str, str]], Reply]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def usual(self, path: str, query: dict[str, str]) -> Reply:
        table = self.tables.get(query.get("id") or query.get("series_id") or "")
        if table is None or path not in {GRAPH, API}:
            return 404, "text/html", "<html><body>Not found</body></html>"
        if path == GRAPH:
            rows = (f"{day},{'' if value is None else value}\n" for day, value in table.items())
            return 200, "application/csv", f"observation_date,{query['id']}\n{''.join(rows)}"
        shown = {"realtime_start": f"{TODAY}", "realtime_end": f"{TODAY}"}
        observations = [
            {**shown, "date": f"{day}", "value": "." if value is None else str(value)}
            for day, value in table.items()
        ]
        page = {"count": len(observations), "offset": 0, "limit": 100_000}
        return 200, "application/json", json.dumps({**page, "observations": observations})


@pytest.fixture(scope="module")
def running_publisher() -> Iterator[Publisher]:
    server = Publisher()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class First:
    """The first run.

    Attributes:
        folder: where it was made.
        code, said: how it ended, and what it wrote on standard error.
        document: what it said.
        asked: what it asked for, as ``path series``, with how often.
    """

    folder: Path
    code: int
    said: str
    document: Any
    asked: dict[str, int]


@pytest.fixture(scope="module")
def settings(running_publisher: Publisher) -> dict[str, str]:
    """The addresses of the publishers."""
    return {
        f"RECESSION_MONITOR_SOURCES__{name}__URL": running_publisher.url
        for name in ("FRED", "FREDGRAPH", "TREASURY")
    }


@pytest.fixture(scope="module")
def first(
    made_once: Any, program: Any, running_publisher: Publisher, settings: dict[str, str]
) -> First:
    def make(folder: Path) -> None:
        done = program(folder, **settings)("run", "--json")
        asked = {" ".join(pair): times for pair, times in running_publisher.asked.items()}
        outcome = {"code": done.code, "said": done.err, "document": done.document, "asked": asked}
        (folder / "outcome.json").write_text(json.dumps(outcome))

    folder = made_once("online", make)
    return First(folder, **json.loads((folder / "outcome.json").read_text()))


@pytest.fixture
def publisher(running_publisher: Publisher) -> Iterator[Publisher]:
    tables = running_publisher.tables
    running_publisher.tables = {name: dict(table) for name, table in tables.items()}
    running_publisher.forget()
    yield running_publisher
    running_publisher.tables = tables
    running_publisher.forget()


@pytest.fixture
def online(first: First, settings: dict[str, str], program: Any, tmp_path: Path) -> Any:
    """The program in a copy of the folder after the first run."""
    folder = tmp_path / "work"
    shutil.copytree(first.folder, folder)
    return program(folder, **settings)


# ------------------------------------------------------------------------------ when all is well
def test_a_first_run_with_current_figures_ends_with_0(first: First) -> None:
    assert (first.code, first.said) == (0, "")
    assessment = first.document["assessment"]
    assert assessment["degraded"] is False
    assert {finding["severity"] for finding in assessment["findings"]} <= {"info"}
    assert "fredgraph" in {reading["source"] for reading in assessment["series"].values()}
    assert (first.folder / "var/site" / Path(first.document["page"]).name).is_file()


def test_a_first_run_asks_once_for_every_series_that_still_appears(first: First) -> None:
    assert first.asked == {f"{GRAPH} {spec.id}": 1 for spec in ASKED}


def test_a_first_run_records_what_is_new_and_mistakes_nothing_for_a_revision(
    first: First, stored: Any, complete: Any, running_publisher: Publisher
) -> None:
    series = first.document["pull"]["series"]
    assert set(series) == {spec.id for spec in ASKED}
    assert {counts["source"] for counts in series.values()} == {"fredgraph"}
    assert {name: row["revised"] for name, row in series.items() if row["revised"]} == {}
    new = sum(row["new"] for row in series.values())
    assert series["WALCL"]["new"] == len(running_publisher.tables["WALCL"])
    added = stored(first.folder / "var/monitor.db").rows["observation"]
    assert (added - complete.rows["observation"], new > 0) == (new, True)


def test_a_second_run_within_the_interval_asks_nothing_and_adds_nothing(
    online: Any, publisher: Publisher, stored: Any
) -> None:
    before = stored(online.database)
    done = online("run", "--json")
    assert (done.code, publisher.asked) == (0, {})
    assert set(done.document["pull"]["fresh"]) == {spec.id for spec in ASKED}
    after = stored(online.database)
    assert after.observations == before.observations
    assert after.rows["assessment"] == before.rows["assessment"]


def test_a_series_asked_for_by_name_is_asked_for_once_and_alone(
    online: Any, publisher: Publisher, stored: Any
) -> None:
    before = stored(online.database)
    done = online("pull", "gs10", "--json")
    assert (done.code, publisher.asked) == (0, {(GRAPH, "GS10"): 1})
    known = len(publisher.tables["GS10"])
    assert done.document["series"] == {
        "GS10": {"source": "fredgraph", "new": 0, "revised": 0, "unchanged": known}
    }
    assert stored(online.database).observations == before.observations


# -------------------------------------------------------------------------------------- revisions
def test_a_revised_value_adds_exactly_one_row(
    online: Any, publisher: Publisher, stored: Any
) -> None:
    before = stored(online.database).rows["observation"]
    publisher.tables["UNRATE"][date(2019, 6, 1)] = 9.9
    for revised in (1, 0):
        done = online("pull", "UNRATE", "--json")
        counts = done.document["series"]["UNRATE"]
        assert (done.code, counts["new"], counts["revised"]) == (0, 0, revised)
        assert stored(online.database).rows["observation"] == before + 1


def test_what_a_pull_says_it_added_is_what_it_added(
    online: Any, publisher: Publisher, stored: Any
) -> None:
    before = stored(online.database).rows["observation"]
    said = 0
    for value in (9.9, 8.8, 8.8):  # a second change on the same day is kept for the next day
        publisher.tables["UNRATE"][date(2019, 6, 1)] = value
        counts = online("pull", "UNRATE", "--json").document["series"]["UNRATE"]
        said += counts["new"] + counts["revised"]
    assert stored(online.database).rows["observation"] - before == said


# -------------------------------------------------------------------------------- when it does not
def test_series_that_fail_stop_no_other_and_are_named(
    online: Any, publisher: Publisher, stored: Any
) -> None:
    before = stored(online.database)
    page = "<!doctype html><title>Just a moment...</title>"
    publisher.special[GRAPH, "GS10"] = lambda *_: (200, "text/html", page)
    publisher.special[GRAPH, "UNRATE"] = lambda *_: (404, "text/html", page)
    publisher.tables["INDPRO"][date(2019, 6, 1)] = 1.0
    done = online("run", "--json", RECESSION_MONITOR_SOURCES__MIN_INTERVAL="0s")
    pull = done.document["pull"]
    assert (done.code, done.document["exit_code"]) == (3, 3)
    assert set(pull["failed"]) == {"GS10", "UNRATE"}
    assert "a web page instead of data" in pull["failed"]["GS10"]
    assert "404" in pull["failed"]["UNRATE"]
    assert set(pull["series"]) == {spec.id for spec in ASKED} - {"GS10", "UNRATE"}
    assert stored(online.database).rows["observation"] == before.rows["observation"] + 1
    said = {
        finding["series"]: finding["message"]
        for finding in done.document["assessment"]["findings"]
        if finding["code"] == "not_fetched"
    }
    assert set(said) == {"GS10", "UNRATE"}
    digest = (online.site / "index.html").read_text("utf-8")
    assert all(f"({name}) was not received" in digest for name in said)


def test_a_pull_of_a_series_that_fails_ends_with_3_and_says_why(
    online: Any, publisher: Publisher
) -> None:
    publisher.special[GRAPH, "GS10"] = lambda *_: (200, "text/csv", "observation_date,GS10\n")
    done = online("pull", "GS10", "TB3MS")
    assert done.code == 3
    assert "GS10" in done.out
    assert "no rows" in done.out
    assert "TB3MS" in done.out


def test_the_treasury_is_asked_for_a_daily_yield_that_fred_does_not_deliver(
    online: Any, publisher: Publisher
) -> None:
    months: list[str] = []

    def feed(_path: str, query: dict[str, str]) -> Reply:
        months.append(query["field_tdr_date_value_month"])
        day = TODAY if f"{TODAY:%Y%m}" == months[-1] else TODAY.replace(day=1) - timedelta(days=1)
        return 200, "application/xml", (
            '<feed xmlns="http://www.w3.org/2005/Atom"'
            ' xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"'
            ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
            f"<entry><content><m:properties><d:NEW_DATE>{day}T00:00:00</d:NEW_DATE>"
            "<d:BC_10YEAR>7.77</d:BC_10YEAR></m:properties></content></entry></feed>"
        )  # fmt: skip

    treasury = "/resource-center/data-chart-center/interest-rates/pages/xml"
    publisher.special[treasury, ""] = feed
    publisher.special[GRAPH, "DGS10"] = lambda *_: (404, "text/html", "<html></html>")
    done = online("pull", "DGS10", "--json")
    assert (done.code, done.document["failed"]) == (0, {})
    assert done.document["series"]["DGS10"]["source"] == "treasury"
    assert len(set(months)) == 2


def test_a_silent_publisher_holds_a_run_up_no_longer_than_the_deadline(seeded: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        done = seeded(
            "pull",
            RECESSION_MONITOR_SOURCES__FREDGRAPH__URL=address,
            RECESSION_MONITOR_SOURCES__TREASURY__URL=address,
            RECESSION_MONITOR_SOURCES__TIMEOUT="1",
            RECESSION_MONITOR_SOURCES__DEADLINE="2",
        )
        took = time.monotonic() - started
    assert (done.code, "No publisher answered" in done.out) == (3, True)
    assert took < 15


# ---------------------------------------------------------------------------------------- the key
def test_with_a_key_freds_api_is_asked_first_and_the_graph_download_not_at_all(
    online: Any, publisher: Publisher
) -> None:
    publisher.tables["GS10"][date(2019, 6, 1)] = 9.99
    done = online("pull", "GS10", "UNRATE", "--json", "-vv", FRED_API_KEY=KEY)
    assert (done.code, publisher.asked) == (0, {(API, "GS10"): 1, (API, "UNRATE"): 1})
    assert {query["api_key"] for query in publisher.queries} == {KEY}
    assert {row["source"] for row in done.document["series"].values()} == {"fred"}
    assert done.document["series"]["GS10"]["revised"] == 1
    assert KEY not in done.out + done.err
    files = [path for path in online.folder.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


def test_a_key_that_fred_refuses_costs_one_request_and_is_never_shown(
    online: Any, publisher: Publisher
) -> None:
    message = f"Bad Request.  The value for variable api_key ({KEY}) is not registered."
    refusal = json.dumps({"error_code": 400, "error_message": message})
    for name in ("GS10", "UNRATE"):
        publisher.special[API, name] = lambda *_: (400, "application/json", refusal)
    done = online("pull", "GS10", "UNRATE", "--json", "-vv", FRED_API_KEY=KEY)
    assert publisher.asked == {(API, "GS10"): 1, (GRAPH, "GS10"): 1, (GRAPH, "UNRATE"): 1}
    assert (done.code, done.document["failed"]) == (0, {})
    assert KEY not in done.out + done.err
