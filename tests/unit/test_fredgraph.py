from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.catalog import SERIES
from monitor.domain import Fetch, Observation, SeriesSpec, Statement, Want
from monitor.errors import (
    SeriesUnknown,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources import Answer, fredgraph
from monitor.sources.fred import Fred
from monitor.sources.fredgraph import Fredgraph
from monitor.sources.http import Backoff, Body, Client

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = NOW.date()
UNRATE = SERIES["UNRATE"]
PLAIN = Want(UNRATE)
PAGE = b"<!DOCTYPE html><html>Not Found</html>"


def spec(name: str, frequency: Any = "monthly") -> SeriesSpec:
    return replace(UNRATE, id=name, frequency=frequency)


def body(content: bytes) -> Body:
    return Body("https://fred.stlouisfed.org/", 200, "text/csv", content, framed=True)


def client(loopback: Any, **options: Any) -> Client:
    return Client(hosts=[loopback.host], timeout=2, backoff=Backoff(first=0, jitter=0), **options)


@pytest.fixture
def publisher(loopback: Any) -> Fredgraph:
    return Fredgraph(client(loopback), loopback.url)


def ask(publisher: Fredgraph, *wants: Want, now: datetime = NOW) -> list[Answer]:
    return list(publisher.fetch(wants or [PLAIN], now))


def fetched(publisher: Fredgraph, want: Want = PLAIN, now: datetime = NOW) -> Fetch:
    (answer,) = ask(publisher, want, now=now)
    assert not answer.failed, answer.failed
    (fetch,) = answer.fetches
    return fetch


def failure(publisher: Fredgraph, want: Want = PLAIN) -> SourceError:
    (answer,) = ask(publisher, want)
    assert list(answer.failed) == [want.spec.id]
    assert (answer.fetches, answer.unchanged, answer.receipts) == ((), (), ())
    return answer.failed[want.spec.id]


def query(path: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(path).query).items()}


def values(answers: Sequence[Answer]) -> dict[str, list[float | None]]:
    return {
        fetch.series: [row.value for row in fetch.observations]
        for answer in answers
        for fetch in answer.fetches
    }


# ---------------------------------------------------------------------------------------- one file
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_values_are_known_from_the_day_we_saw_them(
    publisher: Fredgraph, loopback: Any, end: str
) -> None:
    lines = ["observation_date,UNRATE", "2026-09-01,4.4", "2026-10-01,4.5", ""]
    content = end.join(lines).encode()
    loopback.always(content, content_type="text/csv")
    fetch = fetched(publisher)
    assert (fetch.series, fetch.source, fetch.fetched_at) == ("UNRATE", "fredgraph", NOW)
    assert fetch.observations == (
        Observation(date(2026, 9, 1), TODAY, 4.4),
        Observation(date(2026, 10, 1), TODAY, 4.5),
    )
    assert fetch.statements == (Statement(TODAY, TODAY, date(2026, 9, 1), date(2026, 10, 1)),)
    assert fetch.raw == content
    assert loopback.asked == ["/graph/fredgraph.csv?id=UNRATE"]


def test_the_day_is_that_of_the_zone_of_now_and_the_instant_is_in_utc(
    publisher: Fredgraph, loopback: Any
) -> None:
    loopback.always(b"observation_date,UNRATE\n2026-09-01,4.4\n")
    evening = NOW.astimezone(timezone(-timedelta(hours=5)))
    fetch = fetched(publisher, now=evening)
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
    fetch = fetched(publisher)
    assert [(row.period.month, row.value) for row in fetch.observations] == [
        (9, 4.4),
        (10, None),
        (11, 4.5),
    ]


def test_a_start_that_the_site_ignores_is_kept_by_us(publisher: Fredgraph, loopback: Any) -> None:
    loopback.always(b"observation_date,UNRATE\n2026-08-01,4.3\n2026-09-01,4.4\n")
    fetch = fetched(publisher, Want(UNRATE, since=date(2026, 9, 1)))
    assert [row.period for row in fetch.observations] == [date(2026, 9, 1)]
    assert fetch.statements[0].first == date(2026, 9, 1)
    assert query(loopback.asked[0]) == {"id": "UNRATE", "cosd": "2026-09-01"}


def test_an_added_column_does_no_harm(publisher: Fredgraph, loopback: Any) -> None:
    loopback.always(b"observation_date,GDP,UNRATE\n2026-08-01,,4.3\n2026-09-01,5,4.4\n")
    assert values(ask(publisher)) == {"UNRATE": [4.3, 4.4]}


def test_its_house_is_that_of_the_api() -> None:
    assert Fredgraph.house == Fred.house


# ---------------------------------------------------------------------------------- several series
def test_series_of_one_frequency_come_in_one_file(publisher: Fredgraph, loopback: Any) -> None:
    content = b"observation_date,A,B\n2026-08-01,1,2\n2026-09-01,3,4\n"
    loopback.always(content)
    since = date(2026, 8, 1)
    wants = [Want(spec("A"), since=date(2026, 9, 1)), Want(spec("B"), since=since)]
    (answer,) = ask(publisher, *wants)
    assert values([answer]) == {"A": [3], "B": [2, 4]}
    assert [fetch.raw for fetch in answer.fetches] == [content, content]
    assert len(answer.receipts) == 1
    (asked,) = loopback.asked
    assert query(asked) == {"id": "A,B", "cosd": "2026-08-01"}


def test_frequencies_and_whole_histories_are_asked_for_apart_and_never_too_many_together() -> None:
    since = date(2026, 9, 1)
    months = [Want(spec(f"M{number}")) for number in range(12)]
    recent = [Want(spec(f"R{number}"), since=since) for number in range(2)]
    days = [Want(spec("D", "daily"))]
    batches = list(fredgraph.batches([months[0], *recent, *days, *months[1:]]))
    assert batches == [months[:10], months[10:], recent, days]


@pytest.mark.parametrize("frequency", ["daily", "weekly"])
def test_a_day_that_only_another_series_has_is_no_hole(
    publisher: Fredgraph, loopback: Any, frequency: str
) -> None:
    lines = ["2026-11-10,4.1,3.9", "2026-11-11,,3.8", "2026-11-12,4.2,", "2026-11-13,4.3,3.7", ""]
    loopback.always("\n".join(["observation_date,DGS10,SOFR", *lines]).encode())
    wants = [Want(spec(name, frequency)) for name in ("DGS10", "SOFR")]
    assert values(ask(publisher, *wants)) == {"DGS10": [4.1, 4.2, 4.3], "SOFR": [3.9, 3.8, 3.7]}


@pytest.mark.parametrize("frequency", ["monthly", "quarterly"])
def test_a_month_without_a_value_is_a_hole_in_any_company(
    publisher: Fredgraph, loopback: Any, frequency: str
) -> None:
    lines = ["2025-07-01,4,1", "2025-10-01,,2", "2026-01-01,5,3", "2026-04-01,,4", ""]
    loopback.always("\n".join(["observation_date,A,B", *lines]).encode())
    wants = [Want(spec(name, frequency)) for name in "AB"]
    assert values(ask(publisher, *wants)) == {"A": [4, None, 5], "B": [1, 2, 3, 4]}


def site(loopback: Any, *unknown: str, lost: str = "") -> None:
    """Refuse what is unknown with a page; leave out a column of a file of several."""

    def reply(path: str) -> Any:
        names = query(path)["id"].split(",")
        if set(names) & set(unknown):
            return loopback.Reply(PAGE, status=404, content_type="text/html")
        kept = names if len(names) == 1 else [name for name in names if name != lost]
        lines = [f"observation_date,{','.join(kept)}", "2026-09-01" + ",4.4" * len(kept), ""]
        return loopback.Reply("\n".join(lines).encode(), content_type="text/csv")

    loopback.reply = reply


def test_one_unknown_series_does_not_spoil_the_others(publisher: Fredgraph, loopback: Any) -> None:
    site(loopback, "B")
    answers = ask(publisher, *(Want(spec(name)) for name in "ABC"))
    assert values(answers) == {"A": [4.4], "C": [4.4]}
    (failed,) = [answer.failed for answer in answers if answer.failed]
    assert str(failed["B"]) == "fredgraph: B: there is no such series (status 404)"
    assert isinstance(failed["B"], SeriesUnknown)
    assert [query(path)["id"] for path in loopback.asked] == ["A,B,C", "A", "B", "C"]


def test_a_missing_column_is_asked_for_by_itself(publisher: Fredgraph, loopback: Any) -> None:
    site(loopback, lost="B")
    answers = ask(publisher, *(Want(spec(name)) for name in "ABC"))
    assert values(answers) == {"A": [4.4], "C": [4.4], "B": [4.4]}
    assert [query(path)["id"] for path in loopback.asked] == ["A,B,C", "B"]
    # Of the first answer no receipt is kept: it would say "unchanged" of B, which it lacked.
    assert [len(answer.receipts) for answer in answers] == [0, 1]


def test_a_column_that_cannot_be_read_spoils_only_itself(
    publisher: Fredgraph, loopback: Any
) -> None:
    def reply(path: str) -> Any:
        names = query(path)["id"].split(",")
        cells = ["ND" if name == "B" else "4.4" for name in names]
        text = f"observation_date,{','.join(names)}\n2026-09-01,{','.join(cells)}\n"
        return loopback.Reply(text.encode())

    loopback.reply = reply
    answers = ask(publisher, *(Want(spec(name)) for name in "AB"))
    assert values(answers) == {"A": [4.4]}
    (failed,) = [answer.failed for answer in answers if answer.failed]
    assert str(failed["B"]) == "fredgraph: B: 'ND' is not a number"
    assert failed["B"].raw == b"observation_date,B\n2026-09-01,ND\n"


def test_a_column_that_contradicts_itself_spoils_only_itself(
    publisher: Fredgraph, loopback: Any
) -> None:
    loopback.always(b"observation_date,A,B\n2026-09-01,1,2\n2026-09-01,1,3\n")
    (answer,) = ask(publisher, *(Want(spec(name)) for name in "AB"))
    assert values([answer]) == {"A": [1]}
    assert "fredgraph: B: two different values" in str(answer.failed["B"])
    assert answer.receipts == ()


def test_a_site_that_shows_everyone_a_page_is_not_asked_for_each_series(
    publisher: Fredgraph, loopback: Any
) -> None:
    loopback.always(b"<html>Scheduled maintenance</html>")
    (answer,) = ask(publisher, *(Want(spec(name)) for name in "ABC"))
    assert [str(error) for error in answer.failed.values()] == [
        f"fredgraph: {name}: a web page instead of data" for name in "ABC"
    ]
    assert {type(error) for error in answer.failed.values()} == {SourceMalformed}
    assert len(loopback.asked) == 1


def test_a_site_that_does_not_answer_is_not_asked_for_each_series(
    publisher: Fredgraph, loopback: Any
) -> None:
    loopback.always(status=501)
    (answer,) = ask(publisher, *(Want(spec(name)) for name in "ABC"))
    assert list(answer.failed) == ["A", "B", "C"]
    assert {type(error) for error in answer.failed.values()} == {SourceUnavailable}
    assert len(loopback.asked) == 1


def test_an_answer_that_is_cut_off_is_asked_for_in_pieces(
    publisher: Fredgraph, loopback: Any
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nobservation_date"
    site(loopback)
    whole = loopback.reply
    cut = loopback.Reply(writer=lambda out: out.write(head))
    loopback.reply = lambda path: cut if "%2C" in path else whole(path)
    assert values(ask(publisher, *(Want(spec(name)) for name in "AB"))) == {"A": [4.4], "B": [4.4]}
    loopback.reply = lambda _path: cut
    assert "fredgraph: UNRATE: " in str(failure(publisher))
    assert isinstance(failure(publisher), SourceMalformed)


def test_a_file_that_we_hold_is_not_read_again(loopback: Any) -> None:
    site(loopback)
    wants = [Want(spec(name)) for name in "AB"]
    (first,) = ask(Fredgraph(client(loopback), loopback.url), *wants)
    (receipt,) = first.receipts
    held = Fredgraph(client(loopback, recall={receipt.request: receipt}.get), loopback.url)
    assert ask(held, *wants) == [Answer(unchanged=("A", "B"), receipts=(receipt,))]


# --------------------------------------------------------------------------------------------- zip
def packed(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


FILES: dict[str, str | bytes] = {
    "README.txt": "One file for each frequency.",
    "Monthly.csv": "observation_date,A,B\n2026-08-01,1,2\n2026-09-01,,\n2026-10-01,3,4\n",
    "../../weekly.CSV": "observation_date,W\n2026-11-07,5\n2026-11-14,\n2026-11-21,6\n",
}


def test_a_zip_of_files_is_read_and_its_names_are_no_paths(
    publisher: Fredgraph, loopback: Any
) -> None:
    loopback.always(packed(FILES), content_type="application/zip")
    wants = [Want(spec(name, "weekly")) for name in "ABW"]
    (answer,) = ask(publisher, *wants)
    # W has a file of its own, in which a blank is a hole.
    assert values([answer]) == {"A": [1, 3], "B": [2, 4], "W": [5, None, 6]}
    assert {fetch.raw for fetch in answer.fetches} == {packed(FILES)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed(FILES)[:-30], "not a sound zip file"),
        (packed(FILES)[:40], "not a sound zip file"),
        (b"PK\x03\x04\xff\xff", "not a sound zip file"),
        (packed({"a.csv": b"\xff\xfe"}), "not text in UTF-8"),
        (packed({"a.csv": PAGE}), "a web page"),
        (packed({"a.csv": "x"}), "the header is 'x'"),
        (packed({"a.txt": "x"}), "the only columns are "),
        (packed({f"{number}.csv": "DATE,A\n" for number in range(21)}), "a zip of 21 files"),
        (packed({"a.csv": bytes(20_000_001)}), "a zip of more than 20,000,000 bytes"),
        (packed({"a.csv": bytes(11_000_000), "b.csv": bytes(11_000_000)}), "more than 20,000,000"),
        (packed(FILES, zipfile.ZIP_BZIP2), "unusual method of compression"),
        (packed({"a.csv": bytes(5_000_001)}, zipfile.ZIP_STORED), "a zip longer than 5,000,000"),
    ],
    ids=count(),  # a zip holds the time of its making, and cannot name a test
)
def test_a_zip_that_cannot_be_read_is_malformed(
    publisher: Fredgraph, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content, content_type="application/zip")
    error = failure(publisher)
    assert isinstance(error, SourceMalformed)
    assert f"fredgraph: UNRATE: {message}" in str(error) or message in str(error)
    assert error.raw == content


def test_a_zip_that_is_refused_is_refused(publisher: Fredgraph, loopback: Any) -> None:
    loopback.always(packed(FILES)[:50], status=403)
    assert type(failure(publisher)) is SourceRejected


def test_a_damaged_zip_is_read_or_malformed_and_never_anything_else() -> None:
    chance = random.Random(20261122)
    whole = packed(FILES)
    read = 0
    for _ in range(3000):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        try:
            read += bool(fredgraph.parse(body(bytes(damaged)), TODAY))
        except SourceMalformed:
            continue
    assert 0 < read < 3000


# --------------------------------------------------------------------------------- refusals, faults
@pytest.mark.parametrize(("status", "kind"), [(403, SourceRejected), (404, SeriesUnknown)])
def test_the_page_for_an_unknown_series_is_a_refusal(
    publisher: Fredgraph, loopback: Any, status: int, kind: type[SourceError]
) -> None:
    loopback.always(PAGE, status=status, content_type="text/html")
    error = failure(publisher)
    assert type(error) is kind
    assert re.match(f"fredgraph: UNRATE: .*status {status}", str(error))
    assert error.raw == b""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PAGE, "a web page"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"", "the header is ''"),
        (b"observation_date,GDP\n2026-09-01,4.4\n", "the only columns are GDP"),
        (b"day,UNRATE\n2026-09-01,4.4\n", "the header is 'day,UNRATE'"),
        (b"observation_date,UNRATE\n", "no rows"),
        (b"observation_date,UNRATE\n2026-09-01,\n", "no rows"),
        (b"observation_date,UNRATE\n2026-09-01,4.4,5\n", "a line of 3 columns"),
        (b"observation_date,UNRATE\n2026-09-01,ND\n", "'ND' is not a number"),
        (b"observation_date,UNRATE\n2026-12-01,4.4\n", "in the future"),
        (b"observation_date,UNRATE\n2026-09-01,4\n2026-09-01,5\n", "two different values"),
    ],
)
def test_an_answer_that_is_not_the_file_is_malformed_and_kept(
    publisher: Fredgraph, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content)
    error = failure(publisher)
    assert isinstance(error, SourceMalformed)
    assert re.match(f"fredgraph: UNRATE: .*{message}", str(error))
    assert error.raw == content


def test_a_file_of_unannounced_length_must_end_its_last_line(
    publisher: Fredgraph, loopback: Any
) -> None:
    wire = b"HTTP/1.0 200 OK\r\n\r\nobservation_date,UNRATE\n2026-08-01,4.3\n2026-09-01,4."
    loopback.always(writer=lambda out: out.write(wire))
    assert "may be cut off" in str(failure(publisher))
    loopback.always(writer=lambda out: out.write(wire + b"4\n"))
    assert fetched(publisher).observations[-1].value == 4.4


# ------------------------------------------------------------------------------------- recordings
UNRATE_ENDS = [(date(1948, 1, 1), 3.4), (date(2026, 2, 1), 4.4)]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "series", "expected"),
    [
        (
            "fredgraph_DGS10_20260330",
            "DGS10",
            (16758, 716, [(date(1962, 1, 2), 4.06), (date(2026, 3, 26), 4.42)]),
        ),
        ("fredgraph_UNRATE_20260330_has_blank_2025-10", "UNRATE", (938, 1, UNRATE_ENDS)),
        (
            "fredgraph_OLDSTYLE_RECPROUSM156N_2023",
            "RECPROUSM156N",
            (660, 0, [(date(1967, 6, 1), 1.04), (date(2022, 5, 1), 0.48)]),
        ),
    ],
)
def test_recorded_files_are_read(
    recorded: Callable[[str], bytes],
    loopback: Any,
    name: str,
    series: str,
    expected: tuple[int, int, list[tuple[date, float]]],
) -> None:
    publisher = Fredgraph(client(loopback), loopback.url)
    loopback.always(recorded(f"fredgraph/{name}.body.csv"))
    rows = fetched(publisher, Want(spec(series))).observations
    ends = [(row.period, row.value) for row in (rows[0], rows[-1])]
    assert (len(rows), sum(row.value is None for row in rows), ends) == expected
    assert {row.known_from for row in rows} == {TODAY}


@pytest.mark.shared
def test_a_recorded_file_of_a_vintage_is_known_from_its_day(
    recorded: Callable[[str], bytes],
) -> None:
    content = recorded("fredgraph/alfredgraph_UNRATE_vintage_20260330.body.csv")
    (table,) = fredgraph.parse(body(content), TODAY)
    (found,) = table.values()
    assert list(table) == ["UNRATE"]
    assert (len(found), found[0], found[-1]) == (
        938,
        (date(1948, 1, 1), date(2026, 3, 30), 3.4),
        (date(2026, 2, 1), date(2026, 3, 30), 4.4),
    )
