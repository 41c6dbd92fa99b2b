from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from monitor.catalog import SERIES
from monitor.domain import Fetch, Observation, Statement, Want
from monitor.errors import SeriesUnknown, SourceError, SourceMalformed, SourceUnavailable
from monitor.sources import nyfed
from monitor.sources.http import Backoff, Body, Client
from monitor.sources.nyfed import PLACES, SOMA, NyFed

NOW = datetime(2024, 10, 1, 15, tzinfo=UTC)
TODAY = NOW.date()
SINCE = date(2024, 8, 1)


def rate(day: str, percent: object, kind: str = "EFFR", **more: object) -> dict[str, object]:
    """One day as the New York Fed writes it."""
    entry = {"effectiveDate": day, "type": kind, "percentRate": percent, "volumeInBillions": 90}
    return entry | {"revisionIndicator": ""} | more


def rates(*entries: dict[str, object]) -> bytes:
    return json.dumps({"refRates": entries}, separators=(" ,", ": ")).encode()


def portfolio(*entries: dict[str, str]) -> bytes:
    return json.dumps({"soma": {"summary": entries}}).encode()


WEEK = {
    "asOfDate": "2024-09-25", "mbs": "2304867123456.78", "cmbs": "0.00", "tips": "313454483000",
    "frn": "", "tipsInflationCompensation": "111621412000", "notesbonds": "3604669247000",
    "bills": "195292958086", "agencies": "2347000000", "total": "6420630811542.78",
}  # fmt: skip


@pytest.fixture
def publisher(loopback: Any) -> NyFed:
    backoff = Backoff(first=0, jitter=0)
    return NyFed(Client(hosts=[loopback.host], timeout=2, backoff=backoff), loopback.url)


def get(
    publisher: NyFed, *series: str, since: date | None = SINCE, now: datetime = NOW
) -> tuple[dict[str, Fetch], dict[str, SourceError]]:
    """All that comes, and all that fails."""
    fetches: dict[str, Fetch] = {}
    failed: dict[str, SourceError] = {}
    specs = [SERIES.get(name) or replace(SERIES["EFFR"], id=name) for name in series]
    for answer in publisher.fetch([Want(spec, since) for spec in specs], now):
        fetches |= {fetch.series: fetch for fetch in answer.fetches}
        failed |= answer.failed
    assert fetches.keys() | failed.keys() == set(series)
    return fetches, failed


def values(fetch: Fetch) -> dict[str, float | None]:
    return {f"{row.period}": row.value for row in fetch.observations}


def asked(loopback: Any) -> list[tuple[str, dict[str, str]]]:
    parts = [urlsplit(path) for path in loopback.asked]
    return [(part.path, dict(parse_qsl(part.query))) for part in parts]


# ---------------------------------------------------------------------------------------- rates
@pytest.mark.parametrize(
    ("series", "path"),
    [
        ("EFFR", "/api/rates/unsecured/effr/search.json"),
        ("OBFR", "/api/rates/unsecured/obfr/search.json"),
        ("SOFR", "/api/rates/secured/sofr/search.json"),
    ],
)
def test_a_rate_is_read(publisher: NyFed, loopback: Any, series: str, path: str) -> None:
    content = rates(rate("2024-09-30", 4.83, series), rate("2024-09-27", 5, series))
    loopback.always(content, content_type="application/json")
    fetches, failed = get(publisher, series)
    assert not failed
    fetch = fetches[series]
    assert (fetch.source, fetch.fetched_at, fetch.raw) == ("nyfed", NOW, content)
    assert fetch.observations == (
        Observation(date(2024, 9, 27), TODAY, 5.0),
        Observation(date(2024, 9, 30), TODAY, 4.83),
    )
    assert fetch.statements == (Statement(TODAY, TODAY, date(2024, 9, 27), date(2024, 9, 30)),)
    assert asked(loopback) == [(path, {"startDate": "2024-08-01", "endDate": "2024-10-01"})]


def test_rate_and_target_range_come_in_one_request(publisher: NyFed, loopback: Any) -> None:
    target = {"targetRateFrom": 4.75, "targetRateTo": 5.00}
    loopback.always(rates(rate("2024-09-30", 4.83, **target)))
    fetches, _ = get(publisher, "EFFR", "DFEDTARU", "DFEDTARL")
    assert {name: values(fetch)["2024-09-30"] for name, fetch in fetches.items()} == {
        "EFFR": 4.83, "DFEDTARU": 5.0, "DFEDTARL": 4.75,
    }  # fmt: skip
    assert len(loopback.asked) == 1


def test_the_target_range_stands_on_weekends_too(publisher: NyFed, loopback: Any) -> None:
    """The cut of Sunday 2020-03-15 came into force on Monday."""
    loopback.always(
        rates(
            rate("2020-03-16", 0.25, targetRateFrom=0.0, targetRateTo=0.25),
            rate("2020-03-13", 1.10, targetRateFrom=1.0, targetRateTo=1.25),
        )
    )
    now = datetime(2020, 3, 17, tzinfo=UTC)
    fetches, _ = get(publisher, "DFEDTARU", "EFFR", since=date(2020, 3, 1), now=now)
    assert values(fetches["DFEDTARU"]) == {
        "2020-03-13": 1.25, "2020-03-14": 1.25, "2020-03-15": 1.25, "2020-03-16": 0.25,
    }  # fmt: skip
    assert values(fetches["EFFR"]) == {"2020-03-13": 1.10, "2020-03-16": 0.25}


def test_a_hole_in_the_answer_is_not_filled(publisher: NyFed, loopback: Any) -> None:
    days = ("2024-09-13", "2024-09-30")
    loopback.always(rates(*(rate(day, 5, targetRateTo=5.5) for day in days)))
    fetches, _ = get(publisher, "DFEDTARU")
    assert list(values(fetches["DFEDTARU"])) == list(days)


def test_the_whole_history_begins_with_the_rate(publisher: NyFed, loopback: Any) -> None:
    old = rate("2008-12-15", 0.18, targetRateFrom=1.0, targetRateTo=None)
    new = rate("2008-12-16", 0.14, targetRateFrom=0.0, targetRateTo=0.25)
    loopback.always(rates(new, old))
    fetches, _ = get(publisher, "EFFR", "DFEDTARL", since=None)
    assert asked(loopback)[0][1]["startDate"] == "2000-07-03"
    assert values(fetches["EFFR"]) == {"2008-12-15": 0.18, "2008-12-16": 0.14}
    assert values(fetches["DFEDTARL"]) == {"2008-12-16": 0.0}


def test_a_revised_rate_wins_whatever_the_order(publisher: NyFed, loopback: Any) -> None:
    first, revised = rate("2024-09-30", 4.83), rate("2024-09-30", 4.84, revisionIndicator="r")
    for entries in ([first, revised], [revised, first]):
        loopback.always(rates(*entries))
        fetches, failed = get(publisher, "EFFR")
        assert not failed
        assert values(fetches["EFFR"]) == {"2024-09-30": 4.84}


def test_two_rates_of_a_day_that_nobody_revised_contradict_each_other(
    publisher: NyFed, loopback: Any
) -> None:
    content = rates(rate("2024-09-30", 4.83), rate("2024-09-30", 4.84))
    loopback.always(content)
    _, failed = get(publisher, "EFFR")
    assert "nyfed: EFFR: two different values for 2024-09-30" in str(failed["EFFR"])
    assert failed["EFFR"].raw == content


def test_a_want_of_today_alone_is_answered_with_the_days_before(
    publisher: NyFed, loopback: Any
) -> None:
    """A weekend has no rate, and that must not look like a failure."""
    loopback.always(rates(rate("2024-09-30", 4.83)))
    fetches, _ = get(publisher, "EFFR", since=TODAY)
    assert asked(loopback)[0][1]["startDate"] == "2024-09-01"
    assert values(fetches["EFFR"]) == {"2024-09-30": 4.83}


def test_a_month_without_a_rate_is_malformed(publisher: NyFed, loopback: Any) -> None:
    content = rates()
    loopback.always(content)
    _, failed = get(publisher, "EFFR", since=TODAY)
    error = failed["EFFR"]
    assert isinstance(error, SourceMalformed)
    assert str(error) == "nyfed: EFFR: no rows"
    assert error.raw == content


def test_other_rates_in_the_answer_are_ignored(publisher: NyFed, loopback: Any) -> None:
    loopback.always(rates(rate("2024-09-30", 4.83), rate("2024-09-30", 5.1, "SOFRAI")))
    assert values(get(publisher, "EFFR")[0]["EFFR"]) == {"2024-09-30": 4.83}


def test_a_renamed_field_fails_its_series_alone(publisher: NyFed, loopback: Any) -> None:
    loopback.always(rates(rate("2024-09-30", 4.83, targetRateUpper=5.0, targetRateFrom=4.75)))
    fetches, failed = get(publisher, "EFFR", "DFEDTARU", "DFEDTARL")
    assert set(fetches) == {"EFFR", "DFEDTARL"}
    assert str(failed["DFEDTARU"]) == "nyfed: DFEDTARU: no entry has a field targetRateTo"


# ------------------------------------------------------------------------------------ portfolio
def test_the_portfolio_comes_by_class_in_one_request(publisher: NyFed, loopback: Any) -> None:
    loopback.always(portfolio(WEEK))
    soma = [name for name in PLACES if name.startswith("SOMA_") and name != "SOMA_FRN"]
    fetches, failed = get(publisher, *soma)
    assert not failed
    assert {name: values(fetch)["2024-09-25"] for name, fetch in fetches.items()} == {
        "SOMA_BILLS": 195292.958086,
        "SOMA_NOTES_BONDS": 3604669.247,
        "SOMA_TIPS": 313454.483,
        "SOMA_TIPS_COMPENSATION": 111621.412,
        "SOMA_AGENCIES": 2347,
        "SOMA_MBS": 2304867.12345678,
        "SOMA_CMBS": 0,
        "SOMA_TOTAL": 6420630.81154278,
    }
    assert loopback.asked == ["/api/soma/summary.json"]
    assert {SERIES[name].unit for name in soma} == {"millions of USD"}


def test_a_blank_amount_is_no_value(publisher: NyFed, loopback: Any) -> None:
    weeks = [WEEK | {"asOfDate": f"2024-09-{day}", "frn": frn} for day, frn in (
        ("04", ""), ("11", "12576000000"), ("18", ""), ("25", "12600000000"))]  # fmt: skip
    loopback.always(portfolio(*weeks))
    fetches, _ = get(publisher, "SOMA_FRN")
    assert values(fetches["SOMA_FRN"]) == {
        "2024-09-11": 12576, "2024-09-18": None, "2024-09-25": 12600,
    }  # fmt: skip


def test_what_was_not_wanted_of_the_portfolio_is_left_out(publisher: NyFed, loopback: Any) -> None:
    loopback.always(portfolio(WEEK | {"asOfDate": "2003-07-09"}, WEEK))
    assert list(values(get(publisher, "SOMA_MBS")[0]["SOMA_MBS"])) == ["2024-09-25"]
    assert len(values(get(publisher, "SOMA_MBS", since=None)[0]["SOMA_MBS"])) == 2


# --------------------------------------------------------------------------------------- faults
def test_one_answer_that_fails_stops_no_other(publisher: NyFed, loopback: Any) -> None:
    loopback.reply = lambda path: (
        loopback.Reply(status=501)
        if "effr" in path
        else loopback.Reply(rates(rate("2024-09-30", 4.9, "SOFR")))
    )
    fetches, failed = get(publisher, "EFFR", "DFEDTARU", "SOFR")
    assert set(fetches) == {"SOFR"}
    assert set(failed) == {"EFFR", "DFEDTARU"}
    assert all(isinstance(error, SourceUnavailable) for error in failed.values())


def test_another_series_is_refused_without_asking(publisher: NyFed, loopback: Any) -> None:
    _, failed = get(publisher, "UNRATE")
    assert isinstance(failed["UNRATE"], SeriesUnknown)
    assert str(failed["UNRATE"]) == "nyfed: UNRATE: is not published there"
    assert loopback.asked == []


def test_every_series_of_the_catalogue_that_names_the_new_york_fed_is_known() -> None:
    named = {spec.id for spec in SERIES.values() if NyFed.name in spec.publishers}
    assert named <= set(PLACES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>Sorry</html>", "a web page instead of data"),
        (b"", "not valid JSON, or cut off"),
        (rates(rate("2024-09-30", 4.83))[:-3], "not valid JSON, or cut off"),
        (b"[" * 100_000, "not valid JSON, or cut off"),
        (b"[]", "not a JSON object"),
        (b"{}", "no list of entries"),
        (b'{"refRates": {}}', "no list of entries"),
        (b'{"refRates": [1]}', "no list of entries"),
        (rates(rate("30.09.2024", 4.83)), "'30.09.2024' is not a date"),
        (rates({"type": "EFFR", "percentRate": 4.83}), "'None' is not a date"),
        (rates(rate("2024-09-30", "N/A")), "'N/A' is not a number"),
        (rates(rate("2024-09-30", True)), "'True' is not a number"),
        (rates(rate("2024-09-30", [4.83])), "'[4.83]' is not a number"),
        (rates(rate("2024-09-30", 10**400)), "is not a number"),
        (b'{"refRates": [{"percentRate": 1e400}]}', "not valid JSON"),
        (b'{"refRates": [{"percentRate": NaN}]}', "not valid JSON"),
        (rates(rate("2024-09-30", None)), "no rows with a value"),
        (rates(rate("2024-11-30", 4.83)), "in the future"),
        (rates(rate("2024-09-30", 4.83, "SOFR")), "no rows"),
    ],
)
def test_an_answer_in_another_format_is_malformed(
    publisher: NyFed, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content, content_type="application/json")
    _, failed = get(publisher, "EFFR")
    error = failed["EFFR"]
    assert isinstance(error, SourceMalformed)
    assert str(error).startswith("nyfed: EFFR: ")
    assert message in str(error)
    assert error.raw == content


@pytest.mark.parametrize("content", [b"{}", b'{"soma": [1]}', b'{"soma": {"holdings": []}}'])
def test_a_portfolio_in_another_format_is_malformed(
    publisher: NyFed, loopback: Any, content: bytes
) -> None:
    loopback.always(content)
    _, failed = get(publisher, "SOMA_BILLS")
    assert str(failed["SOMA_BILLS"]) == "nyfed: SOMA_BILLS: no list of entries"


# ------------------------------------------------------------------------------------- recordings
@pytest.mark.shared
def test_the_recorded_sofr_is_read(
    publisher: NyFed, loopback: Any, recorded: Callable[[str], bytes]
) -> None:
    loopback.always(recorded("nyfed/sofr_search_20240601_20240606.body.json"))
    now = datetime(2024, 6, 7, 15, tzinfo=UTC)
    fetches, _ = get(publisher, "SOFR", since=date(2024, 6, 1), now=now)
    assert values(fetches["SOFR"]) == {
        "2024-06-03": 5.35, "2024-06-04": 5.33, "2024-06-05": 5.33, "2024-06-06": 5.33,
    }  # fmt: skip


@pytest.mark.shared
def test_the_recorded_beginning_of_the_funds_rate_is_read(
    publisher: NyFed, loopback: Any, recorded: Callable[[str], bytes]
) -> None:
    loopback.always(recorded("nyfed/effr_first_record_excerpt.txt") + b"} ] }")
    now = datetime(2023, 6, 7, 15, tzinfo=UTC)
    names = ("EFFR", "DFEDTARL", "DFEDTARU")
    fetches, _ = get(publisher, *names, since=date(2023, 6, 1), now=now)
    assert [values(fetches[name]) for name in names] == [
        {"2023-06-06": 5.08}, {"2023-06-06": 5.0}, {"2023-06-06": 5.25},
    ]  # fmt: skip


@pytest.mark.shared
def test_recorded_holdings_are_not_taken_for_the_summary(
    recorded: Callable[[str], bytes],
) -> None:
    content = recorded("nyfed/soma_agency_debts_asof_20190102.body.json")
    body = Body("https://markets.newyorkfed.org/", 200, "application/json", content, framed=True)
    with pytest.raises(SourceMalformed, match="no list of entries"):
        nyfed.parse(body, SOMA)
