from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.catalog import SERIES
from monitor.domain import Observation
from monitor.errors import RateLimited, SourceError, SourceMalformed, SourceRejected
from monitor.sources import fred
from monitor.sources.fred import Fred
from monitor.sources.http import Backoff, Body, Client

KEY = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
UNRATE = SERIES["UNRATE"]
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


@pytest.fixture
def publisher(loopback: Any) -> Fred:
    client = Client(timeout=2, secrets=(KEY,), backoff=Backoff(first=0, jitter=0))
    return Fred(client, loopback.url, KEY)


# ------------------------------------------------------------------------------------ good answers
def test_values_come_with_the_day_on_which_fred_showed_them(publisher: Fred, loopback: Any) -> None:
    answer = document(observation("2026-09-01", "4.4"), observation("2026-10-01", "4.5"))
    loopback.always(answer, content_type="application/json; charset=UTF-8")
    fetch = publisher.fetch(UNRATE, NOW)
    assert (fetch.series, fetch.source, fetch.fetched_at) == ("UNRATE", "fred", NOW)
    assert fetch.observations == (
        Observation(date(2026, 9, 1), date(2026, 11, 21), 4.4),
        Observation(date(2026, 10, 1), date(2026, 11, 21), 4.5),
    )


def test_the_request_is_the_documented_one(publisher: Fred, loopback: Any) -> None:
    loopback.always(document(observation("2026-09-01", "4.4")))
    publisher.fetch(UNRATE, NOW)
    (asked,) = map(urlsplit, loopback.asked)
    assert asked.path == "/fred/series/observations"
    assert parse_qs(asked.query) == {
        "series_id": ["UNRATE"],
        "file_type": ["json"],
        "limit": ["100000"],
        "offset": ["0"],
        "api_key": [KEY],
    }


def test_a_point_between_values_is_no_value_and_at_the_ends_nothing(
    publisher: Fred, loopback: Any
) -> None:
    values = {"2025-08-01": ".", "2025-09-01": "4.4", "2025-10-01": ".", "2025-11-01": "4.5"}
    rows = [observation(*row) for row in [*values.items(), ("2025-12-01", ".")]]
    loopback.always(document(*rows))
    fetch = publisher.fetch(UNRATE, NOW)
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
    (row,) = publisher.fetch(UNRATE, NOW).observations
    assert row.known_from == NOW.date()


def test_a_long_series_is_read_page_by_page(publisher: Fred, loopback: Any) -> None:
    rows = [observation(f"2026-0{month}-01", f"{month}.5") for month in range(1, 6)]

    def page(path: str) -> Any:
        offset = int(parse_qs(urlsplit(path).query)["offset"][0])
        content = document(*rows[offset : offset + 2], count=5, offset=offset, limit=2)
        return loopback.Reply(content)

    loopback.reply = page
    fetch = publisher.fetch(UNRATE, NOW)
    assert [row.value for row in fetch.observations] == [1.5, 2.5, 3.5, 4.5, 5.5]
    assert len(loopback.asked) == 3


# --------------------------------------------------------------------------------------- refusals
def test_an_unknown_series_is_refused_in_the_words_of_fred(publisher: Fred, loopback: Any) -> None:
    loopback.always(SERIES_MISSING, status=400)
    for _ in range(2):
        with pytest.raises(SourceRejected) as caught:
            publisher.fetch(UNRATE, NOW)
        assert str(caught.value) == "fred: UNRATE: Bad Request.  The series does not exist."
    assert len(loopback.asked) == 2


def test_a_refused_key_is_shown_once_and_never_told(
    publisher: Fred, loopback: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.always(KEY_REFUSED, status=400)
    told = []
    for name in ("UNRATE", "GDP"):
        with pytest.raises(SourceRejected, match="api_key is not registered") as caught:
            publisher.fetch(SERIES[name], NOW)
        told += ["".join(traceback.format_exception(caught.value)), repr(caught.value)]
    assert "FRED_API_KEY" in told[0]
    assert "not asked again" in told[2]
    assert not [text for text in (*told, repr(publisher), caplog.text) if KEY in text]
    assert "series_id=UNRATE" in caplog.text
    assert len(loopback.asked) == 1


def test_a_key_that_fred_repeats_is_not_told(publisher: Fred, loopback: Any) -> None:
    message = {"error_message": f"Bad Request.\nThe value {KEY} of api_key is wrong."}
    loopback.always(json.dumps(message).encode(), status=400)
    with pytest.raises(SourceRejected, match=r"Bad Request\. The value \*\*\* of api_key is wrong"):
        publisher.fetch(UNRATE, NOW)


@pytest.mark.parametrize(
    "answer", [b"<html>Access Denied</html>", b"[]", b'{"error_message":1}', b""]
)
def test_a_refusal_without_words_tells_the_status(
    publisher: Fred, loopback: Any, answer: bytes
) -> None:
    loopback.always(answer, status=403)
    with pytest.raises(
        SourceRejected, match="fred: UNRATE: the request was refused with status 403"
    ):
        publisher.fetch(UNRATE, NOW)


def test_too_many_requests_is_a_rate_limit(publisher: Fred, loopback: Any) -> None:
    loopback.always(b'{"error_code":429,"error_message":"Too Many Requests."}', status=429)
    with pytest.raises(RateLimited):
        publisher.fetch(UNRATE, NOW)


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
def test_an_answer_that_is_not_as_documented_is_malformed(
    publisher: Fred, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content)
    with pytest.raises(SourceMalformed, match=f"fred: UNRATE: .*{message}"):
        publisher.fetch(UNRATE, NOW)


def test_the_same_row_twice_counts_once(publisher: Fred, loopback: Any) -> None:
    loopback.always(document(GOOD, GOOD))
    assert len(publisher.fetch(UNRATE, NOW).observations) == 1


def test_a_period_of_the_running_week_is_not_the_future(publisher: Fred, loopback: Any) -> None:
    loopback.always(document(observation("2026-11-25", "6600000")))
    assert publisher.fetch(SERIES["WALCL"], NOW).observations[0].period == date(2026, 11, 25)


# ------------------------------------------------------------------------------------- recordings
@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count", "last", "value"),
    [
        ("federal_funds_rate_fetcher_urllib3_v2__0", 157, date(2023, 6, 6), 5.08),
        ("treasury_constant_maturity_fetcher_urllib3_v2__0", 112, date(2023, 6, 6), -1.74),
        ("university_of_michigan_fetcher_urllib3_v2__0", 23, date(2024, 4, 1), 3.2),
        ("yield_curve_fetcher_urllib3_v2__10", 11675, date(2026, 6, 1), 3.78),
    ],
)
def test_recorded_observations_are_read(
    recorded: Callable[[str], bytes], name: str, count: int, last: date, value: float
) -> None:
    page = fred.parse(body(recorded(f"fred_api/test_fred_{name}.body.json")), NOW)
    assert (len(page.rows), page.count, page.limit) == (count, count, 100_000)
    assert (page.rows[-1][0], page.rows[-1][2]) == (last, value)
    assert all(row[0] < row[1] < NOW.date() for row in page.rows)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count"), [("", 317), ("_all_releases", 3207), ("_initial_release", 134)]
)
def test_recorded_vintages_are_read(
    recorded: Callable[[str], bytes], name: str, count: int
) -> None:
    content = recorded(f"fred_api/test_get_series{name}_json___4.body.json")
    assert len(fred.parse(body(content), NOW).rows) == count


@pytest.mark.shared
def test_a_recorded_answer_goes_through_the_whole_publisher(
    recorded: Callable[[str], bytes], publisher: Fred, loopback: Any
) -> None:
    loopback.always(recorded("fred_api/test_get_series_json___4.body.json"))
    rows = publisher.fetch(SERIES["GDP"], NOW).observations
    assert rows[0] == Observation(date(1947, 1, 1), date(2025, 7, 14), 243.164)
    assert rows[-1] == Observation(date(2025, 1, 1), date(2025, 7, 14), 29962.047)


@pytest.mark.shared
@pytest.mark.parametrize(
    "case",
    [
        ("400_bad_key", 400, SourceRejected),
        ("400_no_key", 400, SourceRejected),
        ("400_not_in_alfred", 400, SourceRejected),
        ("400_series_missing", 400, SourceRejected),
        ("test_fred_balance_of_payments_fetcher_urllib3_v2__0.body", 400, SourceRejected),
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
    with pytest.raises(error):
        publisher.fetch(UNRATE, NOW)
