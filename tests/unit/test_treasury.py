from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.catalog import SERIES
from monitor.domain import Observation
from monitor.errors import SourceMalformed, SourceRejected, SourceUnavailable
from monitor.sources import treasury
from monitor.sources.http import Backoff, Body, Client
from monitor.sources.treasury import ELEMENTS, Treasury

NOW = datetime(2026, 1, 3, 3, tzinfo=UTC)
TODAY = NOW.date()
DGS10 = SERIES["DGS10"]
HEAD = (
    '<?xml version="1.0" encoding="utf-8" standalone="yes" ?>\n'
    '<feed xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"'
    ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
    ' xmlns="http://www.w3.org/2005/Atom">'
)
YIELDS = dict(zip(ELEMENTS.values(), range(1, 12), strict=True))


def entry(day: str, **yields: str) -> str:
    """One day as the Treasury writes it; a yield for each maturity unless given."""
    values = {element: f"{number}.50" for element, number in YIELDS.items()}
    values |= {"BC_1_5MONTH": "9.99", "BC_30YEARDISPLAY": "0"} | yields
    fields = "".join(
        f'<d:{name} m:type="Edm.Double">{value}</d:{name}>' for name, value in values.items()
    )
    return (
        '<entry><content type="application/xml"><m:properties><d:Id m:type="Edm.Int32">1</d:Id>'
        f'<d:NEW_DATE m:type="Edm.DateTime">{day}T00:00:00</d:NEW_DATE>{fields}'
        "</m:properties></content></entry>"
    )


def feed(*entries: str) -> bytes:
    return f"{HEAD}<title>Curve</title>{''.join(entries)}</feed>".encode()


def body(content: bytes) -> Body:
    return Body("https://home.treasury.gov/", 200, "text/xml", content, framed=True)


@pytest.fixture
def publisher(loopback: Any) -> Treasury:
    return Treasury(Client(timeout=2, backoff=Backoff(first=0, jitter=0)), loopback.url)


def _months(loopback: Any, **feeds: bytes) -> None:
    def reply(path: str) -> Any:
        (month,) = parse_qs(urlsplit(path).query)["field_tdr_date_value_month"]
        return loopback.Reply(feeds[f"m{month}"], content_type="text/xml")

    loopback.reply = reply


def test_this_month_and_the_last_are_asked_for_once_for_all_maturities(
    publisher: Treasury, loopback: Any
) -> None:
    december, january = feed(entry("2025-12-31")), feed(entry("2026-01-02"))
    _months(loopback, m202512=december, m202601=january)
    for position, series in enumerate(ELEMENTS, start=1):
        fetch = publisher.fetch(SERIES[series], NOW)
        assert (fetch.series, fetch.source, fetch.fetched_at) == (series, "treasury", NOW)
        assert fetch.observations == (
            Observation(date(2025, 12, 31), TODAY, position + 0.5),
            Observation(date(2026, 1, 2), TODAY, position + 0.5),
        )
    path = "/resource-center/data-chart-center/interest-rates/pages/xml"
    query = "data=daily_treasury_yield_curve&field_tdr_date_value_month="
    assert loopback.asked == [f"{path}?{query}{month}" for month in ("202512", "202601")]


def test_every_daily_maturity_of_the_catalogue_that_names_the_treasury_is_known() -> None:
    assert set(ELEMENTS) == {
        spec.id for spec in SERIES.values() if Treasury.name in spec.publishers
    }


def test_a_month_without_a_day_yet_is_fine(publisher: Treasury, loopback: Any) -> None:
    _months(loopback, m202512=feed(entry("2025-12-31")), m202601=feed())
    assert len(publisher.fetch(DGS10, NOW).observations) == 1


def test_two_months_without_a_day_are_not(publisher: Treasury, loopback: Any) -> None:
    loopback.always(feed())
    with pytest.raises(SourceMalformed, match="treasury: DGS10: no rows"):
        publisher.fetch(DGS10, NOW)


def test_an_empty_or_null_element_is_no_value(publisher: Treasury, loopback: Any) -> None:
    december = feed(
        entry("2025-12-26", BC_10YEAR="4.10"),
        entry("2025-12-29", BC_10YEAR=""),
        entry("2025-12-30", BC_10YEAR="NULL").replace(
            'm:type="Edm.Double">NULL</d:BC_10YEAR>', 'm:type="Edm.Double" m:null="true" />'
        ),
        entry("2025-12-31", BC_10YEAR="4.20"),
    )
    _months(loopback, m202512=december, m202601=feed())
    assert [row.value for row in publisher.fetch(DGS10, NOW).observations] == [
        4.1,
        None,
        None,
        4.2,
    ]


def test_a_renamed_element_fails_its_series_alone(publisher: Treasury, loopback: Any) -> None:
    loopback.always(feed(entry("2026-01-02")).replace(b"BC_10YEAR", b"BC_TENYEAR"))
    with pytest.raises(SourceMalformed, match="treasury: DGS10: no entry has an element BC_10YEAR"):
        publisher.fetch(DGS10, NOW)
    assert publisher.fetch(SERIES["DGS3MO"], NOW).observations


def test_another_series_is_refused_without_asking(publisher: Treasury, loopback: Any) -> None:
    with pytest.raises(SourceRejected, match="treasury: UNRATE: not a maturity"):
        publisher.fetch(SERIES["UNRATE"], NOW)
    assert loopback.asked == []


def test_a_failure_is_remembered_too(publisher: Treasury, loopback: Any) -> None:
    loopback.always(status=501)
    for series in ELEMENTS:
        with pytest.raises(SourceUnavailable, match="status 501"):
            publisher.fetch(SERIES[series], NOW)
    assert len(loopback.asked) == 1


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    '<feed xmlns="http://www.w3.org/2005/Atom">&b;</feed>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE feed SYSTEM "file:///etc/passwd">'
    '<feed xmlns="http://www.w3.org/2005/Atom"/>'
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "refused to read this XML"),
        (b"<html><body>Sorry</body></html>", "the root element is html"),
        (BOMB.encode(), "refused to read this XML"),
        (OUTSIDE.encode(), "refused to read this XML"),
        (feed(entry("2026-01-02"))[:-9], "not valid XML, or cut off"),
        (b"Date,10 Yr\n", "not valid XML"),
        (b"", "not valid XML"),
        (feed(entry("01/02/2026")), "is not a date"),
        (feed(entry("2026-01-02").replace("NEW_DATE", "DAY")), "'' is not a date"),
        (feed(entry("2026-01-02", BC_10YEAR="N/A")), "'N/A' is not a number"),
        (feed(entry("2026-01-02", BC_10YEAR="NaN")), "'NaN' is not a number"),
        (feed(entry("2026-02-02")), "in the future"),
        (feed(entry("2026-01-02"), entry("2026-01-02", BC_10YEAR="1.00")), "two different values"),
    ],
)
def test_an_answer_that_is_not_the_feed_is_malformed(
    publisher: Treasury, loopback: Any, content: bytes, message: str
) -> None:
    loopback.always(content, content_type="text/xml")
    with pytest.raises(SourceMalformed, match=f"treasury: .*{message}"):
        publisher.fetch(DGS10, NOW)


# ------------------------------------------------------------------------------------- recordings
@pytest.mark.shared
def test_the_recorded_feed_of_today_is_read(recorded: Callable[[str], bytes]) -> None:
    content = recorded("treasury/home_treasury_gov_fixture_202608.body.xml")
    curve = treasury.parse(body(content))
    assert curve["DGS10"] == [(date(2026, 8, 11), 4.70), (date(2026, 8, 12), 4.68)]
    assert curve["DGS1MO"] == [(date(2026, 8, 11), 3.79), (date(2026, 8, 12), 3.78)]


@pytest.mark.shared
def test_the_recorded_year_of_the_old_service_is_read_without_its_noise(
    recorded: Callable[[str], bytes],
) -> None:
    curve = treasury.parse(body(recorded("treasury/data_treasury_gov_feed_2007.body.xml")))
    assert set(curve) == set(ELEMENTS)
    assert {len(days) for days in curve.values()} == {251}
    assert dict(curve["DGS1MO"])[date(2007, 7, 5)] == 4.76
    assert dict(curve["DGS10"])[date(2007, 7, 5)] == 5.16
