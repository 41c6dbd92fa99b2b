"""The Treasury's own par yield curve: one XML feed a month, all maturities in each entry.

https://home.treasury.gov/treasury-daily-interest-rate-xml-feed
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from monitor.domain import Fetch, SeriesSpec, add_months
from monitor.errors import SourceError, SourceMalformed, SourceRejected
from monitor.sources import rows

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client

ELEMENTS: Final[Mapping[str, str]] = {
    "DGS1MO": "BC_1MONTH",
    "DGS3MO": "BC_3MONTH",
    "DGS6MO": "BC_6MONTH",
    "DGS1": "BC_1YEAR",
    "DGS2": "BC_2YEAR",
    "DGS3": "BC_3YEAR",
    "DGS5": "BC_5YEAR",
    "DGS7": "BC_7YEAR",
    "DGS10": "BC_10YEAR",
    "DGS20": "BC_20YEAR",
    "DGS30": "BC_30YEAR",
}
"""Series to element of the feed, bound by name: maturities came and went, and
``BC_30YEARDISPLAY`` is 0 on the days on which there was no 30-year bond."""

_PATH = "/resource-center/data-chart-center/interest-rates/pages/xml"
_ATOM = "{http://www.w3.org/2005/Atom}"
_DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
_ROOTS = (f"{_ATOM}feed", "pre")
"""The feed of today, and the root of the files of the service that ended in 2022."""
_MIDNIGHT = "T00:00:00"
_DECIMALS = 2

Curve = Mapping[str, list[tuple[date, float | None]]]
"""Series to days and yields in percent."""


class Treasury:
    """Publisher ``treasury``: this month and the last, enough to carry a stored series on.

    A month is asked for once in the life of an object, whatever the answer: it holds all
    maturities.

    Args:
        client: how to ask.
        url: address of the Treasury's site, without path.
    """

    name = "treasury"

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._url = url
        self._months: dict[str, Curve | SourceError] = {}

    def fetch(self, spec: SeriesSpec, now: datetime) -> Fetch:
        """The yields of one constant maturity in this month and the one before.

        Args:
            spec: a series of :data:`ELEMENTS`.
            now: instant of the request, in the time zone whose calendar day counts.

        Raises:
            SourceUnavailable: no answer, or (``RateLimited``) too many requests.
            SourceRejected: the Treasury does not publish the series, or refused the request.
            SourceMalformed: the answer is not a feed of the curve.
        """
        if spec.id not in ELEMENTS:
            raise SourceRejected(f"treasury: {spec.id}: not a maturity of the daily curve")
        today = now.date()
        found: list[rows.Row] = []
        for month in (add_months(today, -1), today):
            curve = self._month(f"{month:%Y%m}")
            if spec.id not in curve:
                raise SourceMalformed(
                    f"treasury: {spec.id}: no entry has an element {ELEMENTS[spec.id]}"
                )
            found += [(day, today, value) for day, value in curve[spec.id]]
        return rows.fetch(self.name, spec.id, found, now)

    def _month(self, month: str) -> Curve:
        if month not in self._months:
            self._months[month] = self._ask(month)
        known = self._months[month]
        if isinstance(known, SourceError):
            raise type(known)(str(known))
        return known

    def _ask(self, month: str) -> Curve | SourceError:
        query = {"data": "daily_treasury_yield_curve", "field_tdr_date_value_month": month}
        try:
            with rows.named(self.name, month):
                return parse(self._client.get(self._url + _PATH, query))
        except SourceError as err:
            return err


def parse(body: Body) -> Curve:
    """The curve of one feed; no days in the first days of a month.

    A maturity that no entry mentions is left out, so that a renamed element fails one series.

    Raises:
        SourceRejected: the request was refused.
        SourceMalformed: the answer is not a feed of the curve.
    """
    body.expect_success()
    days = [(_day(entry), entry) for entry in _root(body.content).iter(f"{_ATOM}entry")]
    return {
        series: [(day, _yield(entry, element)) for day, entry in days]
        for series, element in ELEMENTS.items()
        if not days or any(entry.find(f".//{_DATA}{element}") is not None for _, entry in days)
    }


def _root(content: bytes) -> Element:
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as err:
        raise SourceMalformed(f"refused to read this XML: {type(err).__name__}") from None
    except (ParseError, ValueError) as err:
        raise SourceMalformed(f"not valid XML, or cut off: {err}") from None
    if root.tag not in _ROOTS:
        raise SourceMalformed(f"the root element is {root.tag[:80]}, not a feed")
    return root


def _day(entry: Element) -> date:
    return rows.day(entry.findtext(f".//{_DATA}NEW_DATE", "").strip().removesuffix(_MIDNIGHT))


def _yield(entry: Element, element: str) -> float | None:
    """Yield in percent with the two decimals the Treasury publishes.

    ``None`` for an element that is absent, empty or marked ``m:null``, which is empty too. The
    old service wrote 4.76 as 4.7600002288818359.
    """
    value = rows.number(entry.findtext(f".//{_DATA}{element}", ""))
    return None if value is None else round(value, _DECIMALS)
