from __future__ import annotations

import itertools
import json
import logging
import re
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from monitor.catalog import SERIES
from monitor.domain import Fetch, Observation, Receipt, Statement, Want
from monitor.errors import (
    KeyMissing,
    KeyRefused,
    NoVintages,
    RateLimited,
    SeriesUnknown,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources import Answer, fred
from monitor.sources.fred import Fred, Metadata
from monitor.sources.http import Backoff, Body, Client

KEY = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = date(2026, 11, 22)
UNRATE = SERIES["UNRATE"]
PLAIN = Want(UNRATE)
SERIES_MISSING = b'{"error_code":400,"error_message":"Bad Request.  The series does not exist."}'
KEY_REFUSED = (
    b'{"error_code":400,"error_message":"Bad Request.  The value for variable api_key is not '
    b"registered.  Read https:\\/\\/fred.stlouisfed.org\\/docs\\/api\\/api_key.html for more "
    b'information."}'
)


def observation(period: str, value: str, since: str = "2026-11-21") -> dict[str, str]:
    return {"realtime_start": since, "realtime_end": since, "date": period, "value": value}


def document(*observations: dict[str, str], **rest: Any) -> bytes:
    """An answer of series/observations as FRED writes it."""
    head = {
        "realtime_start": "2026-11-21", "realtime_end": "2026-11-21",
        "observation_start": "1600-01-01", "observation_end": "9999-12-31",
        "units": "lin", "output_type": 1, "file_type": "json",
        "order_by": "observation_date", "sort_order": "asc",
        "count": len(observations), "offset": 0, "limit": 100000,
    }  # fmt: skip
    return json.dumps({**head, "observations": observations, **rest}).encode()


def body(content: bytes, status: int = 200) -> Body:
    return Body("https://api.stlouisfed.org/", status, "application/json", content, framed=True)


def client(loopback: Any, **options: Any) -> Client:
    usual = {"timeout": 2, "secrets": (KEY,), "backoff": Backoff(first=0, jitter=0)}
    return Client(hosts=[loopback.host], **{**usual, **options})


@pytest.fixture
def publisher(loopback: Any) -> Fred:
    return Fred(client(loopback), loopback.url, KEY)


def ask(publisher: Fred, *wants: Want, now: datetime = NOW) -> list[Answer]:
    return list(publisher.fetch(wants or [PLAIN], now))


def fetched(publisher: Fred, want: Want = PLAIN, now: datetime = NOW) -> Fetch:
    (answer,) = ask(publisher, want, now=now)
    assert not answer.failed, answer.failed
    (fetch,) = answer.fetches
    return fetch


def failure(publisher: Fred, want: Want = PLAIN) -> SourceError:
    (answer,) = ask(publisher, want)
    assert list(answer.failed) == [want.spec.id]
    assert (answer.fetches, answer.unchanged, answer.receipts) == ((), (), ())
    return answer.failed[want.spec.id]


def query(path: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(path).query).items()}


# ------------------------------------------------------------------------------------ good answers
def test_values_come_with_the_day_on_which_fred_showed_them(publisher: Fred, loopback: Any) -> None:
    content = document(observation("2026-09-01", "4.4"), observation("2026-10-01", "4.5"))
    loopback.always(content, content_type="application/json; charset=UTF-8")
    fetch = fetched(publisher)
    assert (fetch.series, fetch.source, fetch.fetched_at) == ("UNRATE", "fred", NOW)
    assert fetch.observations == (
        Observation(date(2026, 9, 1), date(2026, 11, 21), 4.4),
        Observation(date(2026, 10, 1), date(2026, 11, 21), 4.5),
    )
    assert fetch.statements == (Statement(TODAY, TODAY, date(2026, 9, 1), date(2026, 10, 1)),)
    assert fetch.raw == content


def test_the_request_is_the_documented_one(publisher: Fred, loopback: Any) -> None:
    loopback.always(document(observation("2026-09-01", "4.4")))
    ask(publisher, Want(UNRATE), Want(UNRATE, since=date(2026, 9, 1)))
    usual = {
        "series_id": "UNRATE",
        "file_type": "json",
        "limit": "100000",
        "offset": "0",
        "api_key": KEY,
    }
    assert [urlsplit(path).path for path in loopback.asked] == ["/fred/series/observations"] * 2
    assert [query(path) for path in loopback.asked] == [
        usual,
        {**usual, "observation_start": "2026-09-01"},
    ]


def test_what_lies_before_the_first_period_of_interest_is_left_out(
    publisher: Fred, loopback: Any
) -> None:
    loopback.always(document(observation("2026-08-01", "4.3"), observation("2026-09-01", "4.4")))
    (row,) = fetched(publisher, Want(UNRATE, since=date(2026, 9, 1))).observations
    assert row.period == date(2026, 9, 1)


def test_each_series_has_an_answer_of_its_own_and_one_that_fails_stops_no_other(
    publisher: Fred, loopback: Any
) -> None:
    loopback.reply = lambda path: (
        loopback.Reply(SERIES_MISSING, status=400)
        if query(path)["series_id"] == "GDP"
        else loopback.Reply(document(observation("2026-09-01", "4.4")))
    )
    answers = ask(publisher, *(Want(SERIES[name]) for name in ("UNRATE", "GDP", "PAYEMS")))
    assert [[fetch.series for fetch in answer.fetches] for answer in answers] == [
        ["UNRATE"], [], ["PAYEMS"],
    ]  # fmt: skip
    assert [list(answer.failed) for answer in answers] == [[], ["GDP"], []]


def test_a_point_between_values_is_no_value_and_at_the_ends_nothing(
    publisher: Fred, loopback: Any
) -> None:
    values = {"2025-08-01": ".", "2025-09-01": "4.4", "2025-10-01": ".", "2025-11-01": "4.5"}
    rows = [observation(*row) for row in [*values.items(), ("2025-12-01", ".")]]
    loopback.always(document(*rows))
    fetch = fetched(publisher)
    assert [(row.period.month, row.value) for row in fetch.observations] == [
        (9, 4.4),
        (10, None),
        (11, 4.5),
    ]


@pytest.mark.parametrize("since", ["2026-11-23", "9999-12-31", "today", ""])
def test_no_value_is_known_from_a_day_that_has_not_come(
    publisher: Fred, loopback: Any, since: str
) -> None:
    loopback.always(document(observation("2026-09-01", "4.4", since)))
    (row,) = fetched(publisher).observations
    assert row.known_from == TODAY


def paged(loopback: Any, *rows: dict[str, str], **rest: Any) -> None:
    """Serve rows two at a time."""

    def page(path: str) -> Any:
        offset = int(query(path)["offset"])
        head = {"count": len(rows), "offset": offset, "limit": 2}
        return loopback.Reply(document(*rows[offset : offset + 2], **{**head, **rest}))

    loopback.reply = page


def test_a_long_series_is_read_page_by_page(publisher: Fred, loopback: Any) -> None:
    paged(loopback, *(observation(f"2026-0{month}-01", f"{month}.5") for month in range(1, 6)))
    fetch = fetched(publisher)
    assert [row.value for row in fetch.observations] == [1.5, 2.5, 3.5, 4.5, 5.5]
    assert len(loopback.asked) == 3
    assert fetch.raw.count(b'"offset"') == 3


# ---------------------------------------------------------------------------------------- receipts
def test_an_answer_that_we_hold_is_not_read_again(loopback: Any) -> None:
    loopback.always(document(observation("2026-09-01", "4.4")), headers={"ETag": '"1"'})
    (first,) = ask(Fred(client(loopback), loopback.url, KEY))
    (receipt,) = first.receipts
    assert KEY not in repr(receipt)
    ask_again = Fred(client(loopback, recall={receipt.request: receipt}.get), loopback.url, KEY)
    (same,) = ask(ask_again)
    loopback.always(status=304)
    (told,) = ask(ask_again)
    assert same == Answer(unchanged=("UNRATE",), receipts=(receipt,))
    assert told == Answer(unchanged=("UNRATE",))


def test_a_page_of_several_is_never_taken_for_the_whole(loopback: Any) -> None:
    paged(loopback, *(observation(f"2026-0{month}-01", "4.4") for month in range(1, 6)))
    (answer,) = ask(Fred(client(loopback), loopback.url, KEY))
    assert answer.fetches
    assert answer.receipts == ()


# ---------------------------------------------------------------------------------------- vintages
class Archive:
    """A series with its vintages, served as FRED does: cut to the real-time window asked for.

    ``looks`` are the vintages: for a day what the series was from then on; the period of a value
    is that many months after January 2000, and ``None`` is shown as a ".".
    """

    def __init__(self, looks: dict[date, dict[int, float | None]], kind: Any) -> None:
        self.looks = dict(sorted(looks.items()))
        self.today = TODAY
        self.kind = kind
        self.most = 2000
        self.page = 100_000
        self.cuts = True
        self.queries: list[dict[str, str]] = []

    def reply(self, path: str) -> Any:
        from_, asked = urlsplit(path).path, query(path)
        self.queries.append(asked)
        first = date.fromisoformat(asked.get("realtime_start", f"{self.today}"))
        last = date.fromisoformat(asked.get("realtime_end", f"{self.today}"))
        assert first <= last <= self.today
        inside = [day for day in self.looks if first <= day <= last]
        head = {"realtime_start": f"{first}", "realtime_end": f"{last}"}
        offset, limit = int(asked["offset"]), min(int(asked["limit"]), self.page)
        rest = {"offset": offset, "limit": limit}
        if from_.endswith("vintagedates"):
            name, found = "vintage_dates", [f"{day}" for day in inside]
        elif len(inside) > self.most:
            words = f"This exceeds the maximum number of vintage dates allowed ({self.most})."
            return self.refusal(f"There are {len(inside)} vintage dates in {head}.  {words}")
        else:
            name, found = "observations", self.rows(first, last, asked.get("observation_start"))
        page = {name: found[offset : offset + limit], "count": len(found)}
        return self.kind(json.dumps({**head, **rest, **page}).encode())

    def refusal(self, words: str) -> Any:
        document = {"error_code": 400, "error_message": f"Bad Request.  {words}"}
        return self.kind(json.dumps(document).encode(), status=400)

    def rows(self, first: date, last: date, start: str | None) -> list[dict[str, str]]:
        found = []
        for number in sorted({period for look in self.looks.values() for period in look}):
            period = f"{2000 + number // 12}-{number % 12 + 1:02}-01"
            if start and period < start:
                continue
            for since, until, value in self.spans(number):
                if since <= last and until >= first:
                    if self.cuts:
                        since, until = max(since, first), min(until, last)  # noqa: PLW2901
                    text = "." if value is None else f"{value}"
                    row = {"realtime_start": f"{since}", "realtime_end": f"{until}"}
                    found.append({**row, "date": period, "value": text})
        return found

    def spans(self, number: int) -> list[tuple[date, date, float | None]]:
        days = [*self.looks, date.max]
        found: list[tuple[date, date, float | None]] = []
        for (since, look), until in zip(self.looks.items(), days[1:], strict=True):
            if number not in look:
                continue
            end = until if until == date.max else until - timedelta(days=1)
            if found and found[-1][1] == since - timedelta(days=1) and found[-1][2] == look[number]:
                found[-1] = (found[-1][0], end, look[number])
            else:
                found.append((since, end, look[number]))
        return found


def month(number: int) -> date:
    return date(2000 + number // 12, number % 12 + 1, 1)


OCTOBER_1, OCTOBER_9, NOVEMBER_6 = date(2026, 10, 1), date(2026, 10, 9), date(2026, 11, 6)
LOOKS: dict[date, dict[int, float | None]] = {
    OCTOBER_1: {0: 4.0, 1: 4.1},
    OCTOBER_9: {0: 4.0, 1: 4.2, 2: 4.3},
    NOVEMBER_6: {0: 4.0, 1: 4.2, 2: 4.4, 3: None, 4: 4.5},
}
LONG_AGO = date(1776, 7, 4)


def serve(loopback: Any, looks: dict[date, dict[int, float | None]]) -> Archive:
    archive = Archive(looks, loopback.Reply)
    loopback.reply = archive.reply
    return archive


def test_every_change_comes_with_its_day_and_the_archive_says_for_which_days_it_is_complete(
    publisher: Fred, loopback: Any
) -> None:
    serve(loopback, LOOKS)
    fetch = fetched(publisher, Want(UNRATE, vintages_since=LONG_AGO))
    assert (fetch.series, fetch.source, fetch.fetched_at) == ("UNRATE", "alfred", NOW)
    assert fetch.observations == (
        Observation(month(0), OCTOBER_1, 4.0),
        Observation(month(1), OCTOBER_1, 4.1),
        Observation(month(1), OCTOBER_9, 4.2),
        Observation(month(2), OCTOBER_9, 4.3),
        Observation(month(2), NOVEMBER_6, 4.4),
        Observation(month(3), NOVEMBER_6, None),
        Observation(month(4), NOVEMBER_6, 4.5),
    )
    # Before the first vintage the archive says nothing; FRED's own day is still the 21st.
    assert fetch.statements == (Statement(OCTOBER_1, date(2026, 11, 21), month(0), month(4)),)


def test_of_a_later_day_on_the_archive_tells_what_stood_then_and_what_came(
    publisher: Fred, loopback: Any
) -> None:
    archive = serve(loopback, LOOKS)
    since = date(2026, 10, 20)
    fetch = fetched(publisher, Want(UNRATE, since=month(1), vintages_since=since))
    assert fetch.observations == (
        Observation(month(1), since, 4.2),
        Observation(month(2), since, 4.3),
        Observation(month(2), NOVEMBER_6, 4.4),
        Observation(month(3), NOVEMBER_6, None),
        Observation(month(4), NOVEMBER_6, 4.5),
    )
    assert fetch.statements[0].since == since
    (asked,) = archive.queries  # so few days cannot have too many vintages
    assert (asked["realtime_start"], asked["realtime_end"]) == ("2026-10-20", "2026-11-21")
    assert asked["observation_start"] == "2000-02-01"


def test_no_day_is_asked_for_before_the_first_that_fred_knows(
    publisher: Fred, loopback: Any
) -> None:
    archive = serve(loopback, LOOKS)
    fetched(publisher, Want(UNRATE, vintages_since=date.min))
    assert archive.queries[0]["realtime_start"] == "1776-07-04"


def test_the_singular_parameter_that_fred_ignores_is_never_sent(
    publisher: Fred, loopback: Any
) -> None:
    archive = serve(loopback, LOOKS)
    fetched(publisher, Want(UNRATE, vintages_since=LONG_AGO))
    assert len(archive.queries) == 2
    assert not [asked for asked in archive.queries if "vintage_date" in asked]


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("UTC", "2026-11-22T05:59", date(2026, 11, 21)),
        ("UTC", "2026-11-22T06:01", date(2026, 11, 22)),
        ("America/New_York", "2026-11-22T00:30", date(2026, 11, 21)),
        ("Asia/Shanghai", "2026-11-22T09:00", date(2026, 11, 21)),
        ("Pacific/Honolulu", "2026-11-21T23:00", date(2026, 11, 21)),
    ],
)
def test_the_newest_day_has_begun_both_here_and_in_missouri(
    publisher: Fred, loopback: Any, zone: str, now: str, until: date
) -> None:
    archive = serve(loopback, {**LOOKS, date(2026, 11, 22): {0: 9.9, 1: 9.9}})
    want = Want(UNRATE, vintages_since=date(2026, 12, 24))
    fetch = fetched(publisher, want, datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone)))
    assert archive.queries[0]["realtime_start"] == archive.queries[0]["realtime_end"] == f"{until}"
    assert fetch.statements[0].until == until
    assert {row.known_from for row in fetch.observations} == {until}
    assert (9.9 in [row.value for row in fetch.observations]) is (until == date(2026, 11, 22))


def revised(vintages: int) -> dict[date, dict[int, float | None]]:
    """A series with a hole, a late figure, a figure taken back, and revisions."""
    looks: dict[date, dict[int, float | None]] = {}
    for number in range(vintages):
        look: dict[int, float | None] = {
            period: 10 * period + number // 3 for period in range(number, number + 4)
        }
        look[number + 1] = None
        look[number + 5] = None
        looks[date(2021, 1, 5) + timedelta(days=97 * number)] = look
    return looks


@pytest.mark.parametrize("cuts", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 19, 20, 50])
def test_however_the_vintages_are_cut_into_requests_the_answer_is_the_same(
    publisher: Fred, loopback: Any, monkeypatch: pytest.MonkeyPatch, size: int, *, cuts: bool
) -> None:
    archive = serve(loopback, revised(20))
    want = Want(UNRATE, vintages_since=date(2021, 1, 1))
    whole = fetched(publisher, want)
    assert len([asked for asked in archive.queries if "observation_start" not in asked]) == 2
    monkeypatch.setattr(fred, "VINTAGES_A_REQUEST", size)
    archive.most, archive.cuts = size, cuts
    archive.queries.clear()
    parts = fetched(publisher, want)
    assert parts.observations == whole.observations
    assert parts.statements == whole.statements
    assert len(whole.observations) > 60
    assert len(archive.queries) == 1 + -(-20 // size)


def test_a_window_with_more_vintages_than_fred_sends_is_halved(
    publisher: Fred, loopback: Any
) -> None:
    archive = serve(loopback, revised(20))
    want = Want(UNRATE, vintages_since=date(2021, 1, 1))
    whole = fetched(publisher, want)
    archive.most = 3
    archive.queries.clear()
    assert fetched(publisher, want).observations == whole.observations
    assert 8 < len(archive.queries) < 20
    archive.most = 0
    error = failure(publisher, want)
    assert isinstance(error, SourceRejected)
    assert "maximum number of vintage dates" in str(error)


def test_long_answers_of_the_archive_come_in_pages_too(publisher: Fred, loopback: Any) -> None:
    archive = serve(loopback, revised(20))
    want = Want(UNRATE, vintages_since=date(2021, 1, 1))
    whole = fetched(publisher, want)
    archive.page = 7
    assert fetched(publisher, want).observations == whole.observations


def test_an_archive_in_one_answer_is_recognised(loopback: Any) -> None:
    serve(loopback, LOOKS)
    want = Want(UNRATE, vintages_since=date(2026, 1, 1))
    (first,) = ask(Fred(client(loopback), loopback.url, KEY), want)
    (receipt,) = first.receipts
    again = Fred(client(loopback, recall={receipt.request: receipt}.get), loopback.url, KEY)
    assert ask(again, want) == [Answer(unchanged=("UNRATE",), receipts=(receipt,))]


def test_a_part_of_an_archive_is_never_taken_for_the_whole(
    loopback: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fred, "VINTAGES_A_REQUEST", 2)
    archive = serve(loopback, LOOKS)
    loopback.reply = lambda path: (
        loopback.Reply(status=304)
        if "If-None-Match" in loopback.headers[-1]
        else archive.reply(path)
    )
    held = client(loopback, recall=lambda request: Receipt(request, '"1"', "", ""))
    (answer,) = ask(Fred(held, loopback.url, KEY), Want(UNRATE, vintages_since=LONG_AGO))
    assert len(answer.fetches[0].observations) == 7
    assert answer.receipts == ()
    assert len(archive.queries) == 3


NOT_IN_ALFRED = (
    b'{"error_code":400,"error_message":"Bad Request.  The series does not exist in ALFRED but '
    b'may exist in FRED."}'
)


def test_a_series_without_archive_is_answered_with_the_values_of_today(
    publisher: Fred, loopback: Any
) -> None:
    loopback.in_turn(
        loopback.Reply(NOT_IN_ALFRED, status=400),
        loopback.Reply(document(observation("2026-09-01", "4.4"))),
    )
    fetch = fetched(publisher, Want(UNRATE, vintages_since=date(2026, 9, 1)))
    assert fetch.source == "fred"
    assert "realtime_start" in loopback.asked[0]
    assert "realtime" not in loopback.asked[1]


def test_a_series_that_does_not_exist_is_told_from_one_without_archive(
    publisher: Fred, loopback: Any
) -> None:
    loopback.reply = lambda path: loopback.Reply(
        NOT_IN_ALFRED if "realtime_start" in path else SERIES_MISSING, status=400
    )
    error = failure(publisher, Want(UNRATE, vintages_since=LONG_AGO))
    assert isinstance(error, SeriesUnknown)
    assert len(loopback.asked) == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"realtime_start": "2026-10-09", "realtime_end": "2026-10-01"},
            "a value that stood from 2026-10-09",
        ),
        ({"realtime_start": "soon", "realtime_end": "2026-10-01"}, "'soon' is not a date"),
        ({"realtime_start": "2026-10-01"}, "None instead of a text"),
        ({"realtime_start": 1, "realtime_end": "2026-10-01"}, "1 instead of a text"),
    ],
)
def test_a_vintage_that_is_not_as_documented_is_malformed(
    publisher: Fred, loopback: Any, row: dict[str, Any], message: str
) -> None:
    content = document({**row, "date": "2026-09-01", "value": "4.4"})
    loopback.always(content)
    error = failure(publisher, Want(UNRATE, vintages_since=date(2026, 9, 1)))
    assert isinstance(error, SourceMalformed)
    assert f"fred: UNRATE: {message}" in str(error)
    assert error.raw == content


@pytest.mark.parametrize("dates", [["2026-02-30"], [20260201], "2026-02-01", None])
def test_vintage_dates_that_are_none_are_malformed(
    publisher: Fred, loopback: Any, dates: object
) -> None:
    loopback.always(json.dumps({"vintage_dates": dates}).encode())
    error = failure(publisher, Want(UNRATE, vintages_since=LONG_AGO))
    assert isinstance(error, SourceMalformed)
    assert error.raw


def test_what_the_archive_says_of_days_to_come_is_not_known(publisher: Fred, loopback: Any) -> None:
    row = {"date": "2026-09-01", "realtime_end": "9999-12-31"}
    loopback.always(
        document(
            {**row, "value": "4.4", "realtime_start": "2026-11-01", "realtime_end": "2026-11-30"},
            {**row, "value": "4.5", "realtime_start": "2026-12-01"},
        )
    )
    fetch = fetched(publisher, Want(UNRATE, vintages_since=date(2026, 10, 1)))
    assert fetch.observations == (Observation(date(2026, 9, 1), date(2026, 11, 1), 4.4),)


# ---------------------------------------------------------------------------------------- metadata
META = {
    "id": "UNRATE", "realtime_start": "2024-06-27", "realtime_end": "2024-06-27",
    "title": "Unemployment Rate", "observation_start": "1948-01-01",
    "observation_end": "2024-05-01", "frequency": "Monthly", "frequency_short": "M",
    "units": "Percent", "units_short": "%", "seasonal_adjustment": "Seasonally Adjusted",
    "seasonal_adjustment_short": "SA", "last_updated": "2024-06-27 07:44:02-05",
    "popularity": 94, "notes": "The unemployment rate.",
}  # fmt: skip


def test_metadata_are_read_in_the_words_of_fred(publisher: Fred, loopback: Any) -> None:
    loopback.always(json.dumps({"seriess": [META]}).encode())
    assert publisher.metadata("UNRATE") == Metadata(
        title="Unemployment Rate",
        unit="Percent",
        units_short="%",
        frequency="Monthly",
        adjustment="Seasonally Adjusted",
        last_updated=datetime(2024, 6, 27, 12, 44, 2, tzinfo=UTC),
        first=date(1948, 1, 1),
        last=date(2024, 5, 1),
    )
    (asked,) = loopback.asked
    assert urlsplit(asked).path == "/fred/series"
    assert query(asked) == {"series_id": "UNRATE", "file_type": "json", "api_key": KEY}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (None, "no list of one series"),
        ([], "no list of one series"),
        ([META, META], "no list of one series"),
        (["UNRATE"], "no list of one series"),
        ([{**META, "units": 1}], "1 instead of a text"),
        ([{**META, "last_updated": "2024-06-27 07:44:02"}], "is not an instant"),
        ([{**META, "last_updated": "yesterday"}], "is not an instant"),
        ([{**META, "last_updated": "9999-12-31 23:59:59-05"}], "is not an instant"),
        ([{**META, "observation_start": "1948"}], "is not a date"),
    ],
)
def test_metadata_that_are_not_as_documented_are_malformed(
    publisher: Fred, loopback: Any, entries: object, message: str
) -> None:
    loopback.always(json.dumps({"seriess": entries}).encode())
    with pytest.raises(SourceMalformed, match=f"fred: UNRATE: .*{message}") as caught:
        publisher.metadata("UNRATE")
    assert caught.value.raw


def test_metadata_of_an_unknown_series_are_refused(publisher: Fred, loopback: Any) -> None:
    loopback.always(SERIES_MISSING, status=400)
    with pytest.raises(SeriesUnknown, match="fred: UNRATE: Bad Request"):
        publisher.metadata("UNRATE")


# --------------------------------------------------------------------------------------- refusals
def test_an_unknown_series_is_refused_in_the_words_of_fred(publisher: Fred, loopback: Any) -> None:
    loopback.always(SERIES_MISSING, status=400)
    for _ in range(2):
        error = failure(publisher)
        assert isinstance(error, SeriesUnknown)
        assert str(error) == "fred: UNRATE: Bad Request.  The series does not exist."
        assert error.raw == b""
    assert len(loopback.asked) == 2


def test_a_refused_key_is_shown_once_and_never_told(
    publisher: Fred, loopback: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.always(KEY_REFUSED, status=400)
    wants = [Want(UNRATE, vintages_since=LONG_AGO), Want(SERIES["GDP"])]
    errors = [error for answer in ask(publisher, *wants) for error in answer.failed.values()]
    assert [type(error) for error in errors] == [KeyRefused, KeyRefused]
    told = ["".join(traceback.format_exception(error)) for error in errors]
    assert "api_key is not registered" in told[0]
    assert "FRED_API_KEY" in told[0]
    assert "fred: GDP: not asked again in this pull: Bad Request" in told[1]
    with pytest.raises(KeyRefused, match="not asked again"):
        publisher.metadata("UNRATE")
    assert not [text for text in (*told, repr(publisher), caplog.text) if KEY in text]
    assert "series_id=UNRATE" in caplog.text
    assert len(loopback.asked) == 1


def test_without_a_key_fred_is_not_asked(loopback: Any) -> None:
    error = failure(Fred(client(loopback), loopback.url, ""))
    assert isinstance(error, KeyMissing)
    assert "FRED_API_KEY" in str(error)
    assert loopback.asked == []


def test_a_key_that_fred_repeats_is_not_told(publisher: Fred, loopback: Any) -> None:
    message = {"error_message": f"Bad Request.\nThe value {KEY} of api_key is wrong.\ud800"}
    loopback.always(json.dumps(message).encode(), status=400)
    error = failure(publisher)
    assert "Bad Request. The value *** of api_key is wrong." in str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    "answer", [b"<html>Access Denied</html>", b"[]", b'{"error_message":1}', b"", b"[" * 100_000]
)
def test_a_refusal_without_words_tells_the_status(
    publisher: Fred, loopback: Any, answer: bytes
) -> None:
    loopback.always(answer, status=403)
    error = failure(publisher)
    assert type(error) is SourceRejected
    assert str(error) == "fred: UNRATE: the request was refused with status 403"


def test_too_many_requests_is_a_rate_limit(publisher: Fred, loopback: Any) -> None:
    loopback.always(b'{"error_code":429,"error_message":"Too Many Requests."}', status=429)
    assert isinstance(failure(publisher), RateLimited)


def test_a_page_of_maintenance_is_unavailable(publisher: Fred, loopback: Any) -> None:
    loopback.always(b"<html>Scheduled maintenance</html>", status=503, content_type="text/html")
    assert type(failure(publisher)) is SourceUnavailable


def test_no_more_requests_than_fred_allows_go_out_in_a_minute(loopback: Any) -> None:
    loopback.always(document(observation("2026-09-01", "4.4")))
    limited = client(loopback, per_minute={loopback.host: 3}, deadline=30)
    answers = ask(Fred(limited, loopback.url, KEY), *[Want(UNRATE)] * 5)
    assert [bool(answer.fetches) for answer in answers] == [True] * 3 + [False] * 2
    assert "3 requests a minute" in str(answers[3].failed["UNRATE"])
    assert len(loopback.asked) == limited.requests == 3


# ------------------------------------------------------------------------------- malformed answers
GOOD = observation("2026-09-01", "4.4")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><html>Down for maintenance</html>", "a web page"),
        (document(GOOD)[:-30], "cut off"),
        (b"", "not valid JSON"),
        (b'{"count": NaN, "observations": []}', "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "no list of observations"),
        (document(GOOD, count=True), "a count of True"),
        (document(GOOD, count="1"), "a count of '1'"),
        (document(GOOD, limit=0), "a limit of 0"),
        (document(GOOD, count=-1), "-1 rows announced"),
        (document(GOOD, count=2), "2 rows announced, 1 sent"),
        (document(), "no rows"),
        (document(observation("2026-09-01", ".")), "no rows with a value"),
        (document(observations=["4.4"], count=1), "not an object"),
        (document({"date": "2026-09-01"}), "without date and value"),
        (document({**GOOD, "value": 4.4}), "without date and value as text"),  # type: ignore[dict-item]
        (document(observation("2026-09-01", "NaN")), "'NaN' is not a number"),
        (document(observation("2026-09-01", "1e400")), "'1e400' is not a number"),
        (document(observation("2026-09-01", "1_000")), "'1_000' is not a number"),
        (document(observation("2026-09-01", "4,4")), "'4,4' is not a number"),
        (document(observation("2026-02-30", "4.4")), "'2026-02-30' is not a date"),
        (document(observation("20260901", "4.4")), "'20260901' is not a date"),
        (document(observation("2026-12-01", "4.4")), "in the future"),
        (document(GOOD, observation("2026-09-01", "4.5")), "two different values for 2026-09-01"),
    ],
)
def test_an_answer_that_is_not_as_documented_is_malformed_and_kept(
    publisher: Fred, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content)
    error = failure(publisher)
    assert isinstance(error, SourceMalformed)
    assert re.search(f"fred: UNRATE: .*{message}", str(error))
    assert error.raw == content


@pytest.mark.parametrize("counts", [(4, 5), (4, 3)])
def test_a_list_that_changes_while_it_is_read_is_malformed(
    publisher: Fred, loopback: Any, counts: tuple[int, int]
) -> None:
    pages = itertools.cycle(counts)
    rows = [observation(f"2026-0{number}-01", "4.4") for number in (1, 2)]
    loopback.reply = lambda _path: loopback.Reply(document(*rows, count=next(pages), limit=2))
    error = failure(publisher)
    assert isinstance(error, SourceMalformed)
    assert f"{counts[1]} rows announced, and {counts[0]} on the page before" in str(error)


def test_the_same_row_twice_counts_once(publisher: Fred, loopback: Any) -> None:
    loopback.always(document(GOOD, GOOD))
    assert len(fetched(publisher).observations) == 1


def test_a_period_of_the_running_week_is_not_the_future(publisher: Fred, loopback: Any) -> None:
    loopback.always(document(observation("2026-11-25", "6600000")))
    (row,) = fetched(publisher, Want(SERIES["WALCL"])).observations
    assert row.period == date(2026, 11, 25)


# ------------------------------------------------------------------------------------- recordings
@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fred_federal_funds_rate_fetcher_urllib3_v2__0", (157, 4.33, 5.08)),
        ("fred_treasury_constant_maturity_fetcher_urllib3_v2__0", (108, -0.74, -1.74)),
        ("fred_university_of_michigan_fetcher_urllib3_v2__0", (23, 5.3, 3.2)),
        ("fred_yield_curve_fetcher_urllib3_v2__10", (11186, 17.01, 3.78)),
        ("get_series_json___4", (313, 243.164, 29962.047)),
    ],
)
def test_recorded_values_are_read(
    recorded: Callable[[str], bytes],
    publisher: Fred,
    loopback: Any,
    name: str,
    expected: tuple[int, float, float],
) -> None:
    loopback.always(recorded(f"fred_api/test_{name}.body.json"))
    rows = fetched(publisher).observations
    values = [row.value for row in rows if row.value is not None]
    assert (len(values), values[0], values[-1]) == expected
    assert all(row.period < row.known_from < TODAY for row in rows)


@pytest.mark.shared
def test_recorded_vintages_are_read(
    recorded: Callable[[str], bytes], publisher: Fred, loopback: Any
) -> None:
    dates = loopback.Reply(recorded("fred_api/test_get_series_vintagedates__4.body.json"))
    values = loopback.Reply(recorded("fred_api/test_get_series_all_releases_json___4.body.json"))
    loopback.in_turn(dates, values)
    fetch = fetched(publisher, Want(SERIES["GDP"], vintages_since=LONG_AGO))
    assert fetch.statements == (
        Statement(date(1991, 12, 4), date(2026, 11, 21), date(1946, 1, 1), date(2025, 1, 1)),
    )
    assert [(row.known_from, row.value) for row in fetch.observations[:4]] == [
        (date(1992, 12, 22), 199.7),
        (date(1996, 1, 19), None),
        (date(1997, 5, 7), 210.4),
        (date(1999, 10, 28), None),
    ]
    newest = [row for row in fetch.observations if row.period == date(2025, 1, 1)]
    assert [(row.known_from, row.value) for row in newest] == [
        (date(2025, 4, 30), 29977.632),
        (date(2025, 5, 29), 29976.638),
        (date(2025, 6, 26), 29962.047),
    ]


@pytest.mark.shared
def test_recorded_first_prints_agree_with_the_recorded_vintages(
    recorded: Callable[[str], bytes], publisher: Fred, loopback: Any
) -> None:
    want = Want(SERIES["GDP"], vintages_since=date(2024, 1, 1))
    fetches = []
    for name in ("all_releases", "initial_release"):
        loopback.always(recorded(f"fred_api/test_get_series_{name}_json___4.body.json"))
        fetches.append(fetched(publisher, want))
    everything, first_prints = (
        {
            (row.period, row.known_from): row.value
            for row in fetch.observations
            if row.period >= date(2024, 1, 1) and row.value is not None
        }
        for fetch in fetches
    )
    assert len(first_prints) == 5
    assert first_prints.items() <= everything.items()


@pytest.mark.shared
@pytest.mark.parametrize(
    "case",
    [
        ("400_bad_key", 400, KeyRefused),
        ("400_no_key", 400, KeyMissing),
        ("400_not_in_alfred", 400, NoVintages),
        ("400_series_missing", 400, SeriesUnknown),
        ("test_fred_balance_of_payments_fetcher_urllib3_v2__0.body", 400, SeriesUnknown),
        ("429_rate_limit", 429, RateLimited),
        ("test_get_series_vintagedates__4.body", 200, SourceMalformed),
    ],
)
def test_recorded_refusals_are_told_apart(
    recorded: Callable[[str], bytes],
    publisher: Fred,
    loopback: Any,
    case: tuple[str, int, type[SourceError]],
) -> None:
    name, status, error = case
    loopback.always(recorded(f"fred_api/{name}.json"), status=status)
    assert type(failure(publisher)) is error
