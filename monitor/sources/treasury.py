"""The Treasury's own par yield curves, nominal and real: all maturities of a month in one answer.

The Treasury publishes the day's curve in the late afternoon, a day before FRED has it.
https://home.treasury.gov/treasury-daily-interest-rate-xml-feed
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from monitor.domain import Fetch, Want, add_months, end_of_month, months_between
from monitor.errors import SourceError, SourceMalformed
from monitor.sources import Answer, rows
from monitor.sources.redaction import plain

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client

NOMINAL: Final = "daily_treasury_yield_curve"
REAL: Final = "daily_treasury_real_yield_curve"


@dataclass(frozen=True, slots=True)
class Tenor:
    """Where one maturity stands.

    Attributes:
        curve: the Treasury's name of the curve.
        element: its element in the XML feed.
        column: its column in the CSV file.
        begins: year of its first value.
    """

    curve: str
    element: str
    column: str
    begins: int = 1990


TENORS: Final[Mapping[str, Tenor]] = {
    "DGS1MO": Tenor(NOMINAL, "BC_1MONTH", "1 Mo", 2001),
    "DGS1_5MO": Tenor(NOMINAL, "BC_1_5MONTH", "1.5 Month", 2025),
    "DGS2MO": Tenor(NOMINAL, "BC_2MONTH", "2 Mo", 2018),
    "DGS3MO": Tenor(NOMINAL, "BC_3MONTH", "3 Mo"),
    "DGS4MO": Tenor(NOMINAL, "BC_4MONTH", "4 Mo", 2022),
    "DGS6MO": Tenor(NOMINAL, "BC_6MONTH", "6 Mo"),
    "DGS1": Tenor(NOMINAL, "BC_1YEAR", "1 Yr"),
    "DGS2": Tenor(NOMINAL, "BC_2YEAR", "2 Yr"),
    "DGS3": Tenor(NOMINAL, "BC_3YEAR", "3 Yr"),
    "DGS5": Tenor(NOMINAL, "BC_5YEAR", "5 Yr"),
    "DGS7": Tenor(NOMINAL, "BC_7YEAR", "7 Yr"),
    "DGS10": Tenor(NOMINAL, "BC_10YEAR", "10 Yr"),
    "DGS20": Tenor(NOMINAL, "BC_20YEAR", "20 Yr", 1993),
    "DGS30": Tenor(NOMINAL, "BC_30YEAR", "30 Yr"),
    "DFII5": Tenor(REAL, "TC_5YEAR", "5 YR", 2003),
    "DFII7": Tenor(REAL, "TC_7YEAR", "7 YR", 2003),
    "DFII10": Tenor(REAL, "TC_10YEAR", "10 YR", 2003),
    "DFII20": Tenor(REAL, "TC_20YEAR", "20 YR", 2004),
    "DFII30": Tenor(REAL, "TC_30YEAR", "30 YR", 2010),
}
"""Bound by name: maturities came and went, and ``BC_30YEARDISPLAY`` is 0 on the days on which
there was no 30-year bond. The three tenors that FRED does not carry are named in its manner."""

_PATH = "/resource-center/data-chart-center/interest-rates"
_ATOM = "{http://www.w3.org/2005/Atom}"
_DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
_ROOTS = (f"{_ATOM}feed", "pre")
"""The feed of today, and the root of the files of the service that ended in 2022."""
_MIDNIGHT = "T00:00:00"
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_DECIMALS = 2
_MONTHS = 3
"""So many months are asked for one by one; beyond that whole years take fewer requests."""
_AT_LEAST = timedelta(days=10)
"""So far back we always ask: no gap between two curves is as long, so none is no answer."""

Days = Sequence[tuple[date, Mapping[str, str]]]
"""Days in any order, each with the text of its maturities: under the names of the XML feed, or
under those of the CSV file in lower case, in which the files of the two curves differ."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A month or a year, and how the address says so."""

    first: date
    last: date
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class _Page:
    days: Days
    raw: bytes


class Treasury:
    """Publisher ``treasury``: one answer for all maturities of a curve.

    A month or a year is asked for once in the life of an object, whatever the answer. No receipt
    is handed out: a month that has not changed may still hold a maturity that was never stored.

    Args:
        client: how to ask.
        url: address of the Treasury's site, without path.
    """

    name = "treasury"
    house = "US Department of the Treasury"

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._url = url + _PATH
        self._pages: dict[tuple[str, str], _Page | SourceError] = {}

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        """The yields of some maturities; see :class:`monitor.sources.Publisher`.

        What is wanted of the last months is asked for by month, else by year; and as a CSV file
        where the feed of that month or year cannot be had or read.
        """
        known: dict[str, list[tuple[Want, Tenor]]] = {}
        found, unknown = rows.served(self.name, wants, TENORS)
        for want, tenor in found:
            known.setdefault(tenor.curve, []).append((want, tenor))
        if unknown:
            yield Answer(failed=unknown)
        for curve, group in known.items():
            yield self._answer(curve, group, now)

    def _answer(self, curve: str, group: Sequence[tuple[Want, Tenor]], now: datetime) -> Answer:
        today = now.date()
        starts = [_start(want, tenor, today) for want, tenor in group]
        pages = [(span, self._page(curve, span, today)) for span in _spans(min(starts), today)]
        fetches: list[Fetch] = []
        failed: dict[str, SourceError] = {}
        for (want, tenor), start in zip(group, starts, strict=True):
            series = want.spec.id
            try:
                with rows.named(self.name, series):
                    kept = [_had(page) for span, page in pages if span.last >= start]
                raw = kept[-1].raw
                with rows.named(self.name, series, raw):
                    found = _column(kept, tenor, today)
                fetches.append(rows.fetch(self.name, series, found, now, since=start, raw=raw))
            except SourceError as err:
                failed[series] = err
        return Answer(tuple(fetches), failed)

    def _page(self, curve: str, span: _Span, today: date) -> _Page | SourceError:
        key = (curve, span.value)
        if key not in self._pages:
            self._pages[key] = self._ask(curve, span, today)
        return self._pages[key]

    def _ask(self, curve: str, span: _Span, today: date) -> _Page | SourceError:
        month = span.field.endswith("month")
        folder = f"all/{span.value}" if month else f"{span.value}/all"
        problems: list[SourceError] = []
        for path, query, parse in (
            ("/pages/xml", {"data": curve}, parse_feed),
            (
                f"/daily-treasury-rates.csv/{folder}",
                {"type": curve, "page": "", "_format": "csv"},
                parse_file,
            ),
        ):
            raw = b""
            try:
                body = self._client.get(self._url + path, {**query, span.field: span.value})
                raw = body.content
                return _Page(_expected(parse(body), span, today), raw)
            except SourceMalformed as err:
                problems.append(SourceMalformed(f"{span.value}: {err}", raw))
            except SourceError as err:
                problems.append(err)
        return problems[0]


def parse_feed(body: Body) -> Days:
    """The days of one XML feed; none in the first days of a month.

    Raises:
        SourceRejected: the request was refused.
        SourceMalformed: the answer is not a feed of a curve.
    """
    body.expect_success()
    days = []
    for entry in _root(body.content).iter(f"{_ATOM}entry"):
        # An element that is empty or marked m:null has no text.
        cells = {
            child.tag.removeprefix(_DATA): (child.text or "").strip()
            for child in entry.iter()
            if child.tag.startswith(_DATA)
        }
        days.append((rows.day(cells.pop("NEW_DATE", "").removesuffix(_MIDNIGHT)), cells))
    return days


def parse_file(body: Body) -> Days:
    """The days of one CSV file: newest first, dates as MM/DD/YYYY, "N/A" or blank for none.

    Raises:
        SourceRejected: the request was refused.
        SourceMalformed: the answer is not a CSV file of a curve.
    """
    text = body.text()
    if not body.framed and not text.endswith("\n"):
        raise SourceMalformed("the file may be cut off: its last line does not end")
    lines = csv.reader(text.splitlines(), strict=True)
    days = []
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        if header[:1] != ["date"] or len(set(header)) < len(header):
            raise SourceMalformed(f"the header is {','.join(header)[:80]!r}")
        for line in lines:
            if len(line) != len(header):
                shown = ",".join(line)[:80]
                raise SourceMalformed(f"a line of {len(line)} columns: {shown!r}")
            day, *cells = (text.replace("N/A", "").strip() for text in line)
            days.append((_american(day), dict(zip(header[1:], cells, strict=True))))
    except csv.Error as err:
        raise SourceMalformed(f"not valid CSV: {err}") from None
    return days


def _expected(days: Days, span: _Span, today: date) -> Days:
    if not days and span.first <= today - _AT_LEAST:
        raise SourceMalformed("no days")
    return days


def _root(content: bytes) -> Element:
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as err:
        raise SourceMalformed(f"refused to read this XML: {type(err).__name__}") from None
    except (ParseError, ValueError, LookupError) as err:
        raise SourceMalformed(f"not valid XML, or cut off: {err}") from None
    if root.tag not in _ROOTS:
        raise SourceMalformed(f"the root element is {plain(root.tag, 80)}, not a feed")
    return root


def _american(text: str) -> date:
    try:
        if found := _AMERICAN.fullmatch(text):
            month, day, year = map(int, found.groups())
            return date(year, month, day)
    except ValueError:
        pass
    raise SourceMalformed(f"{text[:40]!r} is not a date")


def _start(want: Want, tenor: Tenor, today: date) -> date:
    begin = min(date(tenor.begins, 1, 1), today)
    return begin if want.since is None else max(begin, min(want.since, today - _AT_LEAST))


def _spans(start: date, today: date) -> list[_Span]:
    """The months from ``start`` to ``today``, or the years where these are fewer requests."""
    months = months_between(start, today) + 1
    if months <= _MONTHS:
        firsts = [add_months(start, number) for number in range(months)]
        return [
            _Span(first, end_of_month(first), "field_tdr_date_value_month", f"{first:%Y%m}")
            for first in firsts
        ]
    return [
        _Span(date(year, 1, 1), date(year, 12, 31), "field_tdr_date_value", str(year))
        for year in range(start.year, today.year + 1)
    ]


def _had(page: _Page | SourceError) -> _Page:
    if isinstance(page, SourceError):
        raise type(page)(str(page), page.raw)
    return page


def _column(pages: Sequence[_Page], tenor: Tenor, today: date) -> list[rows.Row]:
    """The rows of one maturity.

    It may be missing from old pages (there was no 30-year bond for four years), but not from the
    newest: then it was renamed, and this series fails alone.
    """
    names = {tenor.element, tenor.column.lower()}
    newest = next((page for page in reversed(pages) if page.days), None)
    if newest and not any(names & cells.keys() for _, cells in newest.days):
        message = f"no day has an element {tenor.element} or a column {tenor.column!r}"
        raise SourceMalformed(message, newest.raw)
    return [
        (day, today, _yield(next((cells[name] for name in names & cells.keys()), "")))
        for page in pages
        for day, cells in page.days
    ]


def _yield(text: str) -> float | None:
    """Yield in percent with the two decimals the Treasury publishes.

    The old service wrote 4.76 as 4.7600002288818359.
    """
    value = rows.number(text)
    return None if value is None else round(value, _DECIMALS)
