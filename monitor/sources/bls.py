"""The Bureau of Labor Statistics, version 2 of its API: several series in one question.

https://www.bls.gov/developers/api_signature_v2.htm
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from monitor.domain import Fetch, Want, add_months
from monitor.errors import (
    KeyRefused,
    RateLimited,
    SeriesUnknown,
    SourceError,
    SourceMalformed,
    SourceRejected,
)
from monitor.sources import Answer, rows
from monitor.sources.redaction import plain

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client


@dataclass(frozen=True, slots=True)
class Code:
    """What the Bureau calls a series.

    Attributes:
        id: its identifier there.
        begins: year of its first value.
    """

    id: str
    begins: int


CODES: Final[Mapping[str, Code]] = {
    "UNRATE": Code("LNS14000000", 1948),
    "UNEMPLOY": Code("LNS13000000", 1948),
    "UEMP15OV": Code("LNS13008516", 1948),
    "CLF16OV": Code("LNS11000000", 1948),
    "PAYEMS": Code("CES0000000001", 1939),
    "AWHMAN": Code("CES3000000007", 1939),
    "CPIAUCSL": Code("CUSR0000SA0", 1947),
    "CPILFESL": Code("CUSR0000SA0L1E", 1957),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may ask for.

    Attributes:
        series: identifiers.
        years: years, the first and the last included.
    """

    series: int
    years: int


WITHOUT_KEY: Final = Limits(series=25, years=10)
"""And 25 questions a day, of which the whole history of everything in :data:`CODES` takes nine."""
WITH_KEY: Final = Limits(series=50, years=20)
"""And 500 questions a day, of which the whole history takes five."""

_PATH = "/publicAPI/v2/timeseries/data/"
_SUCCEEDED = "REQUEST_SUCCEEDED"
_MONTH = re.compile(r"M(0[1-9]|1[0-2])", re.ASCII)
"""M13 is the mean of a year; quarters and halves have other letters."""
_YEAR = re.compile(r"[12]\d{3}", re.ASCII)
_NO_VALUE = "-"
_UNKNOWN = re.compile(r"does not exist|invalid series", re.IGNORECASE)
_QUOTA = re.compile(r"threshold|exceeded the number", re.IGNORECASE)
_KEY = re.compile(r"key.*invalid|invalid.*key", re.IGNORECASE)
_SHORTENED = re.compile(r"year range has been reduced", re.IGNORECASE)
_AT_LEAST = 6
"""Months back that we always ask: after a shutdown the newest figure may be as old."""

_Rows = list[rows.Row] | SourceError


@dataclass(frozen=True, slots=True)
class _Part:
    """What one answer said of one series."""

    found: _Rows
    raw: bytes

    @property
    def failed(self) -> bool:
        return isinstance(self.found, SourceError)

    def rows(self) -> list[rows.Row]:
        if isinstance(self.found, SourceMalformed):
            raise SourceMalformed(str(self.found), self.raw)
        if isinstance(self.found, SourceError):
            raise type(self.found)(str(self.found))
        return self.found


class Bls:
    """Publisher ``bls``: all series together, a window of years in each question.

    A refused key or a used-up quota is met once in the life of an object, not once for every
    question. No receipt is handed out: the same question may bring a series never stored.

    Args:
        client: how to ask; it must know the key as a secret.
        url: address of the API, without path.
        api_key: from a registration with the Bureau, or ``None``.
    """

    name = "bls"
    house = "US Bureau of Labor Statistics"

    def __init__(self, client: Client, url: str, api_key: str | None) -> None:
        self._client = client
        self._url = url + _PATH
        self._key = {"registrationkey": api_key} if api_key else {}
        self._limits = WITH_KEY if api_key else WITHOUT_KEY
        self._refused: SourceError | None = None

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        """The values of some series; see :class:`monitor.sources.Publisher`.

        The newest years are asked for first, then those before, until each series is there from
        its first period wanted. One that misses a window fails, for it would have a hole.
        """
        today = now.date()
        found, unknown = rows.served(self.name, wants, CODES)
        starts = {want.spec.id: _start(want, code, today) for want, code in found}
        if unknown:
            yield Answer(failed=unknown)
        if starts:
            yield self._answer(starts, now)

    def _answer(self, starts: Mapping[str, date], now: datetime) -> Answer:
        parts: dict[str, list[_Part]] = {series: [] for series in starts}
        for last in range(now.year, min(starts.values()).year - 1, -self._limits.years):
            left = [
                series
                for series, start in starts.items()
                if start.year <= last and not any(part.failed for part in parts[series])
            ]
            for place in range(0, len(left), self._limits.series):
                some = left[place : place + self._limits.series]
                first = max(last - self._limits.years + 1, min(starts[name].year for name in some))
                for series, part in self._ask(some, first, last, now.date()).items():
                    parts[series].append(part)
        fetches: list[Fetch] = []
        failed: dict[str, SourceError] = {}
        for series, start in starts.items():
            try:
                with rows.named(self.name, series):
                    found = [row for part in parts[series] for row in part.rows()]
                raw = parts[series][0].raw
                fetches.append(rows.fetch(self.name, series, found, now, since=start, raw=raw))
            except SourceError as err:
                failed[series] = err
        return Answer(tuple(fetches), failed)

    def _ask(self, some: Sequence[str], first: int, last: int, today: date) -> dict[str, _Part]:
        codes = [CODES[series].id for series in some]
        question = {"seriesid": codes, "startyear": str(first), "endyear": str(last)} | self._key
        if self._refused:
            return {series: _Part(self._refused, b"") for series in some}
        raw = b""
        try:
            body = self._client.post(self._url, question)
            raw = body.content
            found = parse(body, codes, today)
        except SourceError as err:
            if isinstance(err, RateLimited | KeyRefused):
                self._refused = err
            return {series: _Part(err, raw) for series in some}
        return {series: _Part(found[CODES[series].id], raw) for series in some}


def parse(body: Body, codes: Sequence[str], today: date) -> dict[str, _Rows]:
    """What one answer says of each series it was asked for: its rows, or why there are none.

    Failures come with HTTP status 200. An unknown series fails alone, the rest is answered.

    Raises:
        RateLimited: the questions of the day are used up.
        KeyRefused: the Bureau does not know the key.
        SourceRejected: the question was refused for another reason.
        SourceMalformed: the answer is not in the documented format, or for fewer years than
            asked for.
    """
    document = body.json()
    said = document.get("message")
    messages = [plain(str(text)) for text in said] if isinstance(said, list) else []
    unknown = {
        code: SeriesUnknown(message)
        for code in codes
        for message in messages
        if _UNKNOWN.search(message) and re.search(rf"\b{code}\b", message)
    }
    if document.get("status") != _SUCCEEDED:
        refusal = _refusal("; ".join(messages) or f"status {plain(str(document.get('status')))}")
        if not unknown:
            raise refusal
        return {code: unknown.get(code, refusal) for code in codes}
    if any(_SHORTENED.search(message) for message in messages):
        raise SourceMalformed("for fewer years than asked for")
    listed = _listed(document)
    return {code: unknown.get(code) or _part(listed, code, today) for code in codes}


def _refusal(said: str) -> SourceError:
    # The message about the quota speaks of the key as well.
    if _QUOTA.search(said):
        return RateLimited(f"bls: {said}")
    if _KEY.search(said):
        return KeyRefused(f"{said} (the key is taken from BLS_API_KEY)")
    return SourceRejected(said)


def _listed(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    results = document.get("Results")
    listed = results.get("series") if isinstance(results, dict) else None
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise SourceMalformed("no list of series")
    return listed


def _part(listed: Sequence[Mapping[str, Any]], code: str, today: date) -> _Rows:
    data = [item.get("data") for item in listed if item.get("seriesID") == code]
    try:
        found = [row for values in data for row in _rows(values, today)]
    except SourceMalformed as err:
        return err
    # No window is asked for in which a series has no month at all.
    return found or SourceMalformed(f"no values of {code}")


def _rows(values: object, today: date) -> Iterator[rows.Row]:
    if not isinstance(values, list):
        raise SourceMalformed("no list of values")
    for entry in values:
        if not isinstance(entry, dict):
            raise SourceMalformed("a value is not an object")
        year, period, value = (str(entry.get(name)) for name in ("year", "period", "value"))
        if not _YEAR.fullmatch(year):
            raise SourceMalformed(f"{year[:40]!r} is not a year")
        if month := _MONTH.fullmatch(period):
            known = None if value == _NO_VALUE else rows.number(value)
            yield date(int(year), int(month[1]), 1), today, known


def _start(want: Want, code: Code, today: date) -> date:
    begin = date(code.begins, 1, 1)
    if want.since is None:
        return begin
    return max(begin, min(want.since, add_months(today, -_AT_LEAST)))
