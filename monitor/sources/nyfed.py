"""The New York Fed's markets data: overnight rates, the target range, and the Fed's own portfolio.

https://markets.newyorkfed.org/static/docs/markets-api.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from monitor.domain import Fetch, Want
from monitor.errors import SourceError, SourceMalformed
from monitor.sources import Answer, rows

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client

EFFR: Final = "rates/unsecured/effr/search.json"
OBFR: Final = "rates/unsecured/obfr/search.json"
SOFR: Final = "rates/secured/sofr/search.json"
SOMA: Final = "soma/summary.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a series stands.

    Attributes:
        path: address of the answer.
        field: its field in each entry of the answer.
        begins: its first day.
        stands: whether a value stands until the next one, on days without an entry too.
    """

    path: str
    field: str
    begins: date
    stands: bool = False


_SOMA_BEGINS = date(2003, 7, 9)
_RANGE_BEGINS = date(2008, 12, 16)
"""Before that day there was one target, not a range."""

PLACES: Final[Mapping[str, Place]] = {
    "EFFR": Place(EFFR, "percentRate", date(2000, 7, 3)),
    "DFEDTARU": Place(EFFR, "targetRateTo", _RANGE_BEGINS, stands=True),
    "DFEDTARL": Place(EFFR, "targetRateFrom", _RANGE_BEGINS, stands=True),
    "OBFR": Place(OBFR, "percentRate", date(2016, 3, 1)),
    "SOFR": Place(SOFR, "percentRate", date(2018, 4, 2)),
    "SOMA_BILLS": Place(SOMA, "bills", _SOMA_BEGINS),
    "SOMA_NOTES_BONDS": Place(SOMA, "notesbonds", _SOMA_BEGINS),
    "SOMA_TIPS": Place(SOMA, "tips", _SOMA_BEGINS),
    "SOMA_TIPS_COMPENSATION": Place(SOMA, "tipsInflationCompensation", _SOMA_BEGINS),
    "SOMA_FRN": Place(SOMA, "frn", _SOMA_BEGINS),
    "SOMA_AGENCIES": Place(SOMA, "agencies", _SOMA_BEGINS),
    "SOMA_MBS": Place(SOMA, "mbs", _SOMA_BEGINS),
    "SOMA_CMBS": Place(SOMA, "cmbs", _SOMA_BEGINS),
    "SOMA_TOTAL": Place(SOMA, "total", _SOMA_BEGINS),
}
"""Rates in percent. The portfolio at par, each Wednesday, in dollars there and in millions here;
``total`` does not include the inflation compensation of the TIPS."""

_DOLLARS = 1_000_000
_AT_LEAST = timedelta(days=30)
"""So far back we always ask: such a span has working days with a rate and Wednesdays with a
portfolio, so that an answer without any is malformed and not merely empty."""

_LONGEST_WEEKEND = timedelta(days=5)
"""From the working day before to the working day after. A longer gap is a hole in the answer."""

Entry = tuple[date, Mapping[str, Any]]


class NyFed:
    """Publisher ``nyfed``: one request for each rate, and one for the portfolio.

    No receipt is handed out: an answer that has not changed may still hold a series that was
    never stored.

    Args:
        client: how to ask.
        url: address of the markets data, without path.
    """

    name = "nyfed"
    house = "Federal Reserve Bank of New York"

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._url = url

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        """The values of some series; see :class:`monitor.sources.Publisher`.

        A rate is asked for from the first day wanted, and from :data:`_AT_LEAST` ago at the
        latest; the portfolio always comes whole.
        """
        known: dict[str, list[tuple[Want, Place]]] = {}
        found, unknown = rows.served(self.name, wants, PLACES)
        for want, place in found:
            known.setdefault(place.path, []).append((want, place))
        if unknown:
            yield Answer(failed=unknown)
        for path, group in known.items():
            yield self._answer(path, group, now)

    def _answer(self, path: str, group: Sequence[tuple[Want, Place]], now: datetime) -> Answer:
        today = now.date()
        starts = [_start(want, place, today) for want, place in group]
        span = {"startDate": f"{min(starts)}", "endDate": f"{today}"} if path != SOMA else None
        fetches: list[Fetch] = []
        failed: dict[str, SourceError] = {}
        raw = b""
        try:
            body = self._client.get(f"{self._url}/api/{path}", span)
            raw = body.content
            entries: Sequence[Entry] | SourceError = parse(body, path)
        except SourceError as err:
            entries = err
        for (want, place), start in zip(group, starts, strict=True):
            series = want.spec.id
            try:
                with rows.named(self.name, series, raw):
                    found = _rows(entries, place, today)
                fetches.append(rows.fetch(self.name, series, found, now, since=start, raw=raw))
            except SourceError as err:
                failed[series] = err
        return Answer(tuple(fetches), failed)


def parse(body: Body, path: str) -> list[Entry]:
    """The entries of one answer, with their days.

    A rate that was revised may stand there twice, and the revised one (``revisionIndicator``)
    wins: that is the publisher's own word and no contradiction.

    Raises:
        SourceRejected: the request was refused.
        SourceMalformed: the answer is not a list of entries for ``path``.
    """
    document: Any = body.json()
    if path == SOMA:
        soma = document.get("soma")
        return _entries(soma.get("summary") if isinstance(soma, dict) else None, "asOfDate")
    kind = path.split("/")[-2].upper()
    entries = [
        entry
        for entry in _entries(document.get("refRates"), "effectiveDate")
        if entry[1].get("type") == kind
    ]
    revised = {day for day, entry in entries if entry.get("revisionIndicator")}
    return [
        (day, entry)
        for day, entry in entries
        if day not in revised or entry.get("revisionIndicator")
    ]


def _entries(found: object, day: str) -> list[Entry]:
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise SourceMalformed("no list of entries")
    return [(rows.day(str(entry.get(day))), entry) for entry in found]


def _start(want: Want, place: Place, today: date) -> date:
    if want.since is None:
        return place.begins
    return max(place.begins, min(want.since, today - _AT_LEAST))


def _rows(entries: Sequence[Entry] | SourceError, place: Place, today: date) -> list[rows.Row]:
    if isinstance(entries, SourceError):
        raise type(entries)(str(entries), entries.raw)
    if entries and not any(place.field in entry for _, entry in entries):
        raise SourceMalformed(f"no entry has a field {place.field}")
    scale = _DOLLARS if place.path == SOMA else 1
    found = [
        (day, today, None if value is None else value / scale)
        for day, entry in entries
        for value in [_number(entry.get(place.field))]
    ]
    return [*found, *_between(found)] if place.stands else found


def _number(value: object) -> float | None:
    """A rate, which is a number, or an amount, which is a text; ``None`` for null and blank."""
    return None if value is None else rows.number(str(value))


def _between(found: Iterable[rows.Row]) -> Iterator[rows.Row]:
    """The days between entries, on which the value of the entry before stands.

    The target range is in force on every day, but comes with a rate of working days only.
    """
    for (day, known_from, value), (following, _, _) in pairwise(sorted(found, key=_day)):
        gap = following - day
        for number in range(1, gap.days if gap <= _LONGEST_WEEKEND else 0):
            yield day + timedelta(days=number), known_from, value


def _day(row: rows.Row) -> date:
    return row[0]
