from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from monitor.catalog import SERIES
from monitor.domain import Observation
from monitor.errors import SourceMalformed, SourceRejected
from monitor.sources import fredgraph
from monitor.sources.fredgraph import Fredgraph
from monitor.sources.http import Backoff, Body, Client

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = NOW.date()
UNRATE = SERIES["UNRATE"]


def body(content: bytes) -> Body:
    return Body("https://fred.stlouisfed.org/", 200, "text/csv", content, framed=True)


@pytest.fixture
def publisher(loopback: Any) -> Fredgraph:
    return Fredgraph(Client(timeout=2, backoff=Backoff(first=0, jitter=0)), loopback.url)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_values_are_known_from_the_day_we_saw_them(
    publisher: Fredgraph, loopback: Any, end: str
) -> None:
    lines = ["observation_date,UNRATE", "2026-09-01,4.4", "2026-10-01,4.5", ""]
    loopback.always(end.join(lines).encode(), content_type="text/csv")
    fetch = publisher.fetch(UNRATE, NOW)
    assert (fetch.series, fetch.source, fetch.fetched_at) == ("UNRATE", "fredgraph", NOW)
    assert fetch.observations == (
        Observation(date(2026, 9, 1), TODAY, 4.4),
        Observation(date(2026, 10, 1), TODAY, 4.5),
    )
    assert loopback.asked == ["/graph/fredgraph.csv?id=UNRATE"]


def test_the_day_is_that_of_the_zone_of_now_and_the_instant_is_in_utc(
    publisher: Fredgraph, loopback: Any
) -> None:
    loopback.always(b"observation_date,UNRATE\n2026-09-01,4.4\n")
    evening = NOW.astimezone(timezone(-timedelta(hours=5)))
    fetch = publisher.fetch(UNRATE, evening)
    assert fetch.observations[0].known_from == date(2026, 11, 21)
    assert (fetch.fetched_at, fetch.fetched_at.tzinfo) == (NOW, UTC)


@pytest.mark.parametrize(("header", "blank"), [("observation_date", ""), ("DATE", ".")])
def test_old_and_new_files_are_read_and_blanks_at_the_ends_are_dropped(
    publisher: Fredgraph, loopback: Any, header: str, blank: str
) -> None:
    lines = [
        f"{header},UNRATE", f"2025-08-01,{blank}", "2025-09-01,4.4", f"2025-10-01,{blank}",
        "2025-11-01,4.5", f"2025-12-01,{blank}", "",
    ]  # fmt: skip
    loopback.always("\n".join(lines).encode())
    fetch = publisher.fetch(UNRATE, NOW)
    assert [(row.period.month, row.value) for row in fetch.observations] == [
        (9, 4.4),
        (10, None),
        (11, 4.5),
    ]


@pytest.mark.parametrize("status", [403, 404])
def test_the_page_for_an_unknown_series_is_a_refusal(
    publisher: Fredgraph, loopback: Any, status: int
) -> None:
    loopback.always(b"<html>Not Found</html>", status=status, content_type="text/html")
    with pytest.raises(SourceRejected, match=f"fredgraph: UNRATE: .*status {status}"):
        publisher.fetch(UNRATE, NOW)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"PK\x03\x04\xff\xff", "not text in UTF-8"),
        (b"", "the header is ''"),
        (b"observation_date,GDP\n2026-09-01,4.4\n", "the header is 'observation_date,GDP'"),
        (b"day,UNRATE\n2026-09-01,4.4\n", "the header is 'day,UNRATE'"),
        (b"observation_date,UNRATE,GDP\n2026-09-01,4.4,1\n", "the header is"),
        (b"observation_date,UNRATE\n", "no rows"),
        (b"observation_date,UNRATE\n2026-09-01,\n", "no rows with a value"),
        (b"observation_date,UNRATE\n2026-09-01\n", "a line of 1 columns"),
        (b"observation_date,UNRATE\n2026-09-01,4.4,5\n", "a line of 3 columns"),
        (b"observation_date,UNRATE\n\n", "a line of 0 columns"),
        (b'observation_date,UNRATE\n2026-09-01,"4.4\n', "not valid CSV"),
        (b"observation_date,UNRATE\n09/01/2026,4.4\n", "is not a date"),
        (b"observation_date,UNRATE\n2026-09-01,ND\n", "'ND' is not a number"),
        (b"observation_date,UNRATE\n2026-09-01,inf\n", "'inf' is not a number"),
        (b"observation_date,UNRATE\n2026-12-01,4.4\n", "in the future"),
        (b"observation_date,UNRATE\n2026-09-01,4\n2026-09-01,\n", "two different values"),
    ],
)
def test_an_answer_that_is_not_the_file_is_malformed(
    publisher: Fredgraph, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content)
    with pytest.raises(SourceMalformed, match=f"fredgraph: UNRATE: .*{message}"):
        publisher.fetch(UNRATE, NOW)


def test_a_file_of_unannounced_length_must_end_its_last_line(
    publisher: Fredgraph, loopback: Any
) -> None:
    wire = b"HTTP/1.0 200 OK\r\n\r\nobservation_date,UNRATE\n2026-08-01,4.3\n2026-09-01,4."
    loopback.always(writer=lambda out: out.write(wire))
    with pytest.raises(SourceMalformed, match="may be cut off"):
        publisher.fetch(UNRATE, NOW)
    loopback.always(writer=lambda out: out.write(wire + b"4\n"))
    assert publisher.fetch(UNRATE, NOW).observations[-1].value == 4.4


# ------------------------------------------------------------------------------------- recordings
UNRATE_ENDS = [(date(1948, 1, 1), 3.4), (date(2026, 2, 1), 4.4)]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "series", "size", "ends"),
    [
        (
            "fredgraph_DGS10_20260330",
            "DGS10",
            (16758, 716),
            [(date(1962, 1, 2), 4.06), (date(2026, 3, 26), 4.42)],
        ),
        ("fredgraph_UNRATE_20260330_has_blank_2025-10", "UNRATE", (938, 1), UNRATE_ENDS),
        (
            "fredgraph_OLDSTYLE_RECPROUSM156N_2023",
            "RECPROUSM156N",
            (660, 0),
            [(date(1967, 6, 1), 1.04), (date(2022, 5, 1), 0.48)],
        ),
        ("alfredgraph_UNRATE_vintage_20260330", "UNRATE_20260330", (938, 1), UNRATE_ENDS),
    ],
)
def test_recorded_files_are_read(
    recorded: Callable[[str], bytes],
    name: str,
    series: str,
    size: tuple[int, int],
    ends: list[tuple[date, float]],
) -> None:
    rows = fredgraph.parse(body(recorded(f"fredgraph/{name}.body.csv")), series, NOW)
    assert (len(rows), sum(value is None for _, _, value in rows)) == size
    assert [(period, value) for period, _, value in (rows[0], rows[-1])] == ends


@pytest.mark.shared
def test_a_recorded_file_goes_through_the_whole_publisher(
    recorded: Callable[[str], bytes], publisher: Fredgraph, loopback: Any
) -> None:
    loopback.always(recorded("fredgraph/fredgraph_DGS10_20260330.body.csv"))
    rows = publisher.fetch(SERIES["DGS10"], NOW).observations
    assert len(rows) == 16758
    assert Observation(date(2025, 12, 25), TODAY, None) in rows
