"""FRED's graph download: ``fredgraph.csv``, without a key."""

from __future__ import annotations

import csv
from datetime import date, datetime
from typing import TYPE_CHECKING

from monitor.domain import Fetch, SeriesSpec
from monitor.errors import SourceMalformed
from monitor.sources import rows

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client

_PATH = "/graph/fredgraph.csv"
_PERIOD = ("observation_date", "DATE")
"""Name of the first column: now, and until the autumn of 2024."""


class Fredgraph:
    """Publisher ``fredgraph``.

    The file does not say since when a value has been there, so it is known from the day on which
    we saw it.

    Args:
        client: how to ask.
        url: address of FRED's site, without path.
    """

    name = "fredgraph"

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._url = url

    def fetch(self, spec: SeriesSpec, now: datetime) -> Fetch:
        """All values of a series as the site shows them today.

        Args:
            spec: the series; its identifier is FRED's.
            now: instant of the request, in the time zone whose calendar day counts.

        Raises:
            SourceUnavailable: no answer, or (``RateLimited``) too many requests.
            SourceRejected: there is no such series, or we are not let in.
            SourceMalformed: the answer is not the CSV file of that series.
        """
        body = self._client.get(self._url + _PATH, {"id": spec.id})
        with rows.named(self.name, spec.id):
            found = parse(body, spec.id, now)
        return rows.fetch(self.name, spec.id, found, now)


def parse(body: Body, series: str, now: datetime) -> list[rows.Row]:
    """The rows of one file: a header of two names, then a date and a value or a blank a line.

    Raises:
        SourceRejected: the request was refused.
        SourceMalformed: the answer is not the CSV file of ``series``.
    """
    text = body.text()
    if not body.framed and not text.endswith("\n"):
        # Half a number is a number; JSON and XML show such a cut by themselves.
        raise SourceMalformed("the file may be cut off: its last line does not end")
    today = now.date()
    lines = csv.reader(text.splitlines(), strict=True)
    try:
        _check_header(next(lines, []), series)
        return [_row(line, today) for line in lines]
    except csv.Error as err:
        raise SourceMalformed(f"not valid CSV: {err}") from None


def _check_header(header: list[str], series: str) -> None:
    if header not in ([period, series] for period in _PERIOD):
        raise SourceMalformed(f"the header is {','.join(header)[:80]!r}")


def _row(line: list[str], today: date) -> rows.Row:
    try:
        period, value = line
    except ValueError:
        raise SourceMalformed(f"a line of {len(line)} columns: {','.join(line)[:80]!r}") from None
    return rows.day(period), today, rows.number(value)
