from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor.catalog import SERIES
from monitor.domain import Fetch, Observation, Statement, Want
from monitor.errors import (
    KeyRefused,
    RateLimited,
    SeriesUnknown,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources import bls
from monitor.sources.bls import CODES, WITHOUT_KEY, Bls, Limits
from monitor.sources.http import Backoff, Body, Client

NOW = datetime(2026, 1, 20, 15, tzinfo=UTC)
TODAY = NOW.date()
SINCE = date(2025, 6, 1)
KEY = "0123456789abcdef0123456789abcdef"
CODE = {code.id: series for series, code in CODES.items()}
UNRATE = "LNS14000000"


def month(year: int, number: int, value: str = "4.1") -> dict[str, Any]:
    """One value as the Bureau writes it."""
    return {
        "year": str(year), "period": f"M{number:02}", "periodName": "some month", "value": value,
        "footnotes": [{"code": "P", "text": "preliminary"}],
    }  # fmt: skip


def answer(*messages: str, status: str = "REQUEST_SUCCEEDED", **data: Any) -> bytes:
    listed = [{"seriesID": code, "data": values} for code, values in data.items()]
    document = {"status": status, "responseTime": 9, "message": messages}
    return json.dumps(document | {"Results": {"series": listed} if listed else {}}).encode()


def refusal(message: str) -> bytes:
    return answer(message, status="REQUEST_NOT_PROCESSED")


def _publisher(loopback: Any, key: str | None) -> Bls:
    client = Client(
        hosts=[loopback.host],
        timeout=2,
        secrets=[key] if key else [],
        backoff=Backoff(first=0, jitter=0),
    )
    return Bls(client, loopback.url, key)


@pytest.fixture
def publisher(loopback: Any) -> Bls:
    return _publisher(loopback, None)


@pytest.fixture
def registered(loopback: Any) -> Bls:
    return _publisher(loopback, KEY)


def get(
    publisher: Bls, *series: str, since: date | None = SINCE, now: datetime = NOW
) -> tuple[dict[str, Fetch], dict[str, SourceError]]:
    """All that comes, and all that fails."""
    fetches: dict[str, Fetch] = {}
    failed: dict[str, SourceError] = {}
    for found in publisher.fetch([Want(SERIES[name], since) for name in series], now):
        fetches |= {fetch.series: fetch for fetch in found.fetches}
        failed |= found.failed
    assert fetches.keys() | failed.keys() == set(series)
    return fetches, failed


def values(fetch: Fetch) -> dict[str, float | None]:
    return {f"{row.period:%Y-%m}": row.value for row in fetch.observations}


def questions(loopback: Any) -> list[dict[str, Any]]:
    return [json.loads(body) for body in loopback.bodies]


def serve_all(loopback: Any, years: Iterable[int] = range(1939, 2027)) -> None:
    """Every series in one month of each year it was asked for."""

    def reply(_path: str) -> Any:
        question = json.loads(loopback.bodies[-1])
        asked = range(int(question["startyear"]), int(question["endyear"]) + 1)
        data = {
            code: [
                month(year, 1, "100")
                for year in reversed(asked)
                if year in years and year >= CODES[CODE[code]].begins
            ]
            for code in question["seriesid"]
        }
        return loopback.Reply(answer(**data), content_type="application/json")

    loopback.reply = reply


# ------------------------------------------------------------------------------------ the question
def test_all_series_come_in_one_question(publisher: Bls, loopback: Any) -> None:
    serve_all(loopback)
    fetches, failed = get(publisher, *CODES)
    assert not failed
    for fetch in fetches.values():
        assert (fetch.source, fetch.fetched_at) == ("bls", NOW)
        assert fetch.observations == (Observation(date(2026, 1, 1), TODAY, 100.0),)
        assert fetch.statements == (Statement(TODAY, TODAY, date(2026, 1, 1), date(2026, 1, 1)),)
        assert fetch.raw
    assert loopback.asked == ["/publicAPI/v2/timeseries/data/"]
    assert loopback.headers[0]["Content-Type"] == "application/json"
    assert questions(loopback) == [{"seriesid": list(CODE), "startyear": "2025", "endyear": "2026"}]


def test_the_key_goes_into_the_question(registered: Bls, loopback: Any) -> None:
    serve_all(loopback)
    get(registered, "UNRATE")
    assert questions(loopback)[0]["registrationkey"] == KEY
    assert KEY not in loopback.asked[0]


def test_the_whole_history_is_asked_for_in_windows_from_the_newest_back(
    publisher: Bls, loopback: Any
) -> None:
    serve_all(loopback)
    fetches, failed = get(publisher, *CODES, since=None)
    assert not failed
    windows = [(int(q["startyear"]), int(q["endyear"])) for q in questions(loopback)]
    assert windows == [
        (2017, 2026), (2007, 2016), (1997, 2006), (1987, 1996), (1977, 1986), (1967, 1976),
        (1957, 1966), (1947, 1956), (1939, 1946),
    ]  # fmt: skip
    assert questions(loopback)[-1]["seriesid"] == [CODES["PAYEMS"].id, CODES["AWHMAN"].id]
    for series, fetch in fetches.items():
        years = [row.period.year for row in fetch.observations]
        assert years == list(range(CODES[series].begins, 2027))


def test_a_window_that_ends_in_the_first_year_wanted_is_asked_for_too(
    publisher: Bls, loopback: Any
) -> None:
    serve_all(loopback)
    fetches, _ = get(publisher, "UNRATE", since=date(2016, 1, 1))
    assert [q["startyear"] for q in questions(loopback)] == ["2017", "2016"]
    assert values(fetches["UNRATE"])["2016-01"] == 100


def test_with_a_key_a_window_is_twenty_years(registered: Bls, loopback: Any) -> None:
    serve_all(loopback)
    get(registered, "UNRATE", since=None)
    windows = [(int(q["startyear"]), int(q["endyear"])) for q in questions(loopback)]
    assert windows == [(2007, 2026), (1987, 2006), (1967, 1986), (1948, 1966)]


def test_no_question_has_more_series_than_allowed(
    loopback: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bls, "WITHOUT_KEY", Limits(series=3, years=10))
    serve_all(loopback)
    fetches, _ = get(_publisher(loopback, None), *CODES)
    assert [len(question["seriesid"]) for question in questions(loopback)] == [3, 3, 2]
    assert set(fetches) == set(CODES)
    assert len(CODES) <= WITHOUT_KEY.series


def test_a_want_of_today_alone_is_answered_with_the_months_before(
    publisher: Bls, loopback: Any
) -> None:
    """In January the year has no figure yet, and that must not look like a failure."""
    loopback.always(answer(LNS14000000=[month(2025, 12), month(2025, 5)]))
    fetches, _ = get(publisher, "UNRATE", since=TODAY)
    assert questions(loopback)[0]["startyear"] == "2025"
    assert values(fetches["UNRATE"]) == {"2025-12": 4.1}


# -------------------------------------------------------------------------------------- the answer
def test_a_dash_is_no_value(publisher: Bls, loopback: Any) -> None:
    """No survey was taken in October 2025."""
    data = [month(2025, 11, "4.5"), month(2025, 10, "-"), month(2025, 9, "4.4")]
    loopback.always(answer(LNS14000000=data))
    assert values(get(publisher, "UNRATE")[0]["UNRATE"]) == {
        "2025-09": 4.4, "2025-10": None, "2025-11": 4.5,
    }  # fmt: skip


@pytest.mark.parametrize("period", ["M13", "Q01", "S01", "A01", "M00", "M1", "M012"])
def test_what_is_not_a_month_is_skipped(publisher: Bls, loopback: Any, period: str) -> None:
    mean = month(2025, 12, "9.9") | {"period": period}
    loopback.always(answer(LNS14000000=[mean, month(2025, 12)]))
    assert values(get(publisher, "UNRATE")[0]["UNRATE"]) == {"2025-12": 4.1}


def test_a_message_that_is_no_failure_is_ignored(publisher: Bls, loopback: Any) -> None:
    message = f"No Data Available for Series {UNRATE} Year: 2026"
    loopback.always(answer(message, LNS14000000=[month(2025, 12)]))
    assert values(get(publisher, "UNRATE")[0]["UNRATE"]) == {"2025-12": 4.1}


@pytest.mark.parametrize(
    "message",
    [
        "Series does not exist for Series CUSR0000SA0",
        "Invalid Series for Series  CUSR0000SA0.",
    ],
)
def test_an_unknown_series_fails_alone(publisher: Bls, loopback: Any, message: str) -> None:
    data = {UNRATE: [month(2025, 12)], "CUSR0000SA0": [], "CUSR0000SA0L1E": [month(2025, 12)]}
    loopback.always(answer(message, **data))
    fetches, failed = get(publisher, "UNRATE", "CPIAUCSL", "CPILFESL")
    assert set(fetches) == {"UNRATE", "CPILFESL"}
    error = failed["CPIAUCSL"]
    assert isinstance(error, SeriesUnknown)
    assert str(error) == f"bls: CPIAUCSL: {message}"
    assert error.raw == b""


def test_an_unknown_series_does_not_fail_one_whose_name_begins_its_own(
    publisher: Bls, loopback: Any
) -> None:
    message = "Series does not exist for Series CUSR0000SA0L1E"
    loopback.always(answer(message, CUSR0000SA0=[month(2025, 12)], CUSR0000SA0L1E=[]))
    fetches, failed = get(publisher, "CPIAUCSL", "CPILFESL")
    assert set(fetches) == {"CPIAUCSL"}
    assert set(failed) == {"CPILFESL"}


def test_an_unknown_series_may_make_the_bureau_refuse_the_rest(
    publisher: Bls, loopback: Any
) -> None:
    loopback.always(refusal("Series does not exist for Series CUSR0000SA0"))
    _, failed = get(publisher, "UNRATE", "CPIAUCSL")
    assert type(failed["CPIAUCSL"]) is SeriesUnknown
    assert type(failed["UNRATE"]) is SourceRejected


def test_a_bad_value_fails_its_series_alone(publisher: Bls, loopback: Any) -> None:
    content = answer(LNS14000000=[month(2025, 12, "n/a")], CES0000000001=[month(2025, 12)])
    loopback.always(content)
    fetches, failed = get(publisher, "UNRATE", "PAYEMS")
    assert set(fetches) == {"PAYEMS"}
    assert str(failed["UNRATE"]) == "bls: UNRATE: 'n/a' is not a number"
    assert failed["UNRATE"].raw == content


def test_two_values_of_a_month_contradict_each_other(publisher: Bls, loopback: Any) -> None:
    loopback.always(answer(LNS14000000=[month(2025, 12, "4.1"), month(2025, 12, "4.2")]))
    _, failed = get(publisher, "UNRATE")
    assert "two different values for 2025-12-01" in str(failed["UNRATE"])


def test_a_window_without_values_makes_no_hole(publisher: Bls, loopback: Any) -> None:
    serve_all(loopback, years=[*range(1939, 1997), *range(2007, 2027)])
    fetches, failed = get(publisher, "UNRATE", "CPIAUCSL", since=None)
    assert not fetches
    assert str(failed["UNRATE"]) == f"bls: UNRATE: no values of {UNRATE}"
    assert len(loopback.asked) == 3


def test_a_failing_window_spares_who_does_not_need_it(publisher: Bls, loopback: Any) -> None:
    good = loopback.Reply(answer(LNS14000000=[month(2025, 12)], CES0000000001=[month(2025, 12)]))
    loopback.in_turn(good, loopback.Reply(status=501))
    wants = [Want(SERIES["UNRATE"], date(2025, 1, 1)), Want(SERIES["PAYEMS"], date(2010, 1, 1))]
    (found,) = publisher.fetch(wants, NOW)
    assert [fetch.series for fetch in found.fetches] == ["UNRATE"]
    assert isinstance(found.failed["PAYEMS"], SourceUnavailable)


# ------------------------------------------------------------------------ failures with status 200
QUOTA = (
    "Request could not be serviced, as the daily threshold for total number of requests allocated"
    " to the user with registration key  has been reached."
)
BAD_KEY = (
    f"The key:{KEY} provided by the User is invalid. Please provide a proper key for the operation"
    " to be successful"
)


def test_a_used_up_quota_is_met_once(publisher: Bls, loopback: Any) -> None:
    loopback.always(refusal(QUOTA), content_type="application/json")
    for _ in range(2):
        _, failed = get(publisher, "UNRATE", "PAYEMS", since=None)
        assert {type(error) for error in failed.values()} == {RateLimited}
        assert f"bls: {QUOTA}" == str(failed["UNRATE"])
        assert failed["UNRATE"].raw == b""
    assert len(loopback.asked) == 1


def test_a_refused_key_is_shown_once_and_never_told(registered: Bls, loopback: Any) -> None:
    loopback.always(refusal(BAD_KEY), content_type="application/json")
    for _ in range(2):
        _, failed = get(registered, "UNRATE", "PAYEMS", since=None)
        error = failed["PAYEMS"]
        assert type(error) is KeyRefused
        assert "(the key is taken from BLS_API_KEY)" in str(error)
        assert KEY not in f"{error!r} {error.__cause__!r} {error.__context__!r}"
    assert len(loopback.asked) == 1


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (refusal("Request could not be serviced at this time."), SourceRejected, "at this time"),
        (answer(status="REQUEST_FAILED"), SourceRejected, "status REQUEST_FAILED"),
        (b'{"message": "oops"}', SourceRejected, "status None"),
        (
            answer(
                "Year range has been reduced to the system-allowed limit of 3 years.",
                LNS14000000=[month(2025, 12)],
            ),
            SourceMalformed,
            "for fewer years than asked for",
        ),
        (answer(), SourceMalformed, "no list of series"),
        (answer(CES0000000001=[month(2025, 12)]), SourceMalformed, f"no values of {UNRATE}"),
        (answer(LNS14000000=None), SourceMalformed, "no list of values"),
        (answer(LNS14000000=["4.1"]), SourceMalformed, "a value is not an object"),
        (answer(LNS14000000=[{}]), SourceMalformed, "'None' is not a year"),
        (answer(LNS14000000=[month(2025, 12, "NaN")]), SourceMalformed, "is not a number"),
        (answer(LNS14000000=[month(2026, 12)]), SourceMalformed, "in the future"),
        (answer(LNS14000000=[month(2025, 12, "-")]), SourceMalformed, "no rows with a value"),
        (b"<html>Sorry</html>", SourceMalformed, "a web page instead of data"),
        (b"", SourceMalformed, "not valid JSON, or cut off"),
        (answer(LNS14000000=[])[:-4], SourceMalformed, "not valid JSON, or cut off"),
        (b"[" * 100_000, SourceMalformed, "not valid JSON, or cut off"),
    ],
)
def test_an_answer_that_is_of_no_use_fails(
    publisher: Bls, loopback: Any, content: bytes, error: type[SourceError], message: str
) -> None:
    loopback.always(content, content_type="application/json")
    _, failed = get(publisher, "UNRATE")
    assert type(failed["UNRATE"]) is error
    assert str(failed["UNRATE"]).startswith("bls: UNRATE: ")
    assert message in str(failed["UNRATE"])
    assert failed["UNRATE"].raw == (content if error is SourceMalformed else b"")


def test_another_series_is_refused_without_asking(publisher: Bls, loopback: Any) -> None:
    _, failed = get(publisher, "DGS10")
    assert isinstance(failed["DGS10"], SeriesUnknown)
    assert str(failed["DGS10"]) == "bls: DGS10: is not published there"
    assert loopback.asked == []


def test_every_series_of_the_catalogue_that_names_the_bureau_is_known() -> None:
    named = {spec.id: spec for spec in SERIES.values() if Bls.name in spec.publishers}
    assert named.keys() == CODES.keys()
    assert {name: spec.starts.year for name, spec in named.items()} == {
        name: code.begins for name, code in CODES.items()
    }


# ------------------------------------------------------------------------------------- recordings
@pytest.mark.shared
def test_the_recorded_answer_is_read(recorded: Callable[[str], bytes]) -> None:
    content = recorded("bls/v2_post_APU0000701111_2022.body.json")
    body = Body("https://api.bls.gov/", 200, "application/json", content, framed=True)
    found = bls.parse(body, ["APU0000701111"], TODAY)["APU0000701111"]
    assert isinstance(found, list)
    assert len(found) == 12
    assert found[0] == (date(2022, 12, 1), TODAY, 0.522)


@pytest.mark.shared
def test_the_recorded_quota_is_met(
    publisher: Bls, loopback: Any, recorded: Callable[[str], bytes]
) -> None:
    loopback.always(recorded("bls/error_quota.body.json"), content_type="application/json")
    assert type(get(publisher, "UNRATE")[1]["UNRATE"]) is RateLimited
