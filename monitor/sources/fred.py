"""FRED's API (St. Louis Fed), version 1, with a key: ``series/observations`` as JSON.

https://fred.stlouisfed.org/docs/api/fred/series_observations.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn

from monitor.domain import Fetch, SeriesSpec
from monitor.errors import SourceMalformed, SourceRejected
from monitor.sources import rows
from monitor.sources.redaction import redact

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client

PAGE: Final = 100_000
"""The most rows FRED sends at once."""

_PATH = "/fred/series/observations"
_REFUSALS = range(400, 500)
_LONGEST_MESSAGE = 300


class Fred:
    """Publisher ``fred``.

    FRED's vintage dates are its own days: ``realtime_start`` is the day in Missouri on which it
    showed the value, so that is the day from which we know it.

    Args:
        client: how to ask; it must know the key as a secret.
        url: address of the API, without path.
        api_key: 32 characters, from a FRED account.
    """

    name = "fred"

    def __init__(self, client: Client, url: str, api_key: str) -> None:
        self._client = client
        self._url = url
        self._api_key = api_key
        self._key_refused: str | None = None

    def fetch(self, spec: SeriesSpec, now: datetime) -> Fetch:
        """All values of a series as FRED shows them today.

        Args:
            spec: the series; its identifier is FRED's.
            now: instant of the request, in the time zone whose calendar day counts.

        Raises:
            SourceUnavailable: no answer, or (``RateLimited``) too many requests.
            SourceRejected: the key is refused or the series is unknown, in FRED's words. A
                refused key is shown to FRED once, not once for every series.
            SourceMalformed: the answer is not what FRED documents.
        """
        if self._key_refused:
            raise SourceRejected(f"fred: not asked again in this pull: {self._key_refused}")
        found: list[rows.Row] = []
        count = None
        while count is None or len(found) < count:
            body = self._client.get(self._url + _PATH, self._query(spec.id, len(found)))
            with rows.named(self.name, spec.id):
                if body.status in _REFUSALS:
                    raise self._refusal(body)
                page = parse(body, now)
                if len(page.rows) != min(page.limit, page.count - len(found)):
                    raise SourceMalformed(
                        f"{page.count} rows announced, {len(page.rows)} sent after {len(found)}"
                    )
            found += page.rows
            count = page.count
        return rows.fetch(self.name, spec.id, found, now)

    def _query(self, series: str, offset: int) -> dict[str, str]:
        return {
            "series_id": series,
            "file_type": "json",
            "limit": str(PAGE),
            "offset": str(offset),
            "api_key": self._api_key,
        }

    def _refusal(self, body: Body) -> SourceRejected:
        said = redact(_said(body), [self._api_key])
        if "api_key" in said:
            self._key_refused = said
            return SourceRejected(f"{said} (the key is taken from FRED_API_KEY)")
        return SourceRejected(said)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer.

    Attributes:
        rows: period, known-from day and value of each observation.
        count: how many FRED has in all.
        limit: how many it sends at once.
    """

    rows: list[rows.Row]
    count: int
    limit: int


def parse(body: Body, now: datetime) -> Page:
    """The rows of one answer of ``series/observations``.

    Raises:
        SourceRejected: FRED refused the request.
        SourceMalformed: the answer is not in FRED's format.
    """
    document = _json(body.text())
    observations = document.get("observations")
    if not isinstance(observations, list):
        raise SourceMalformed("no list of observations")
    count = document.get("count", len(observations))
    limit = document.get("limit", PAGE)
    # By exact type: JSON's true would pass for the number 1.
    if type(count) is not int or type(limit) is not int or limit < 1:
        raise SourceMalformed(f"a count of {count!r} and a limit of {limit!r}")
    return Page([_row(item, now.date()) for item in observations], count, limit)


def _row(item: object, today: date) -> rows.Row:
    if not isinstance(item, dict):
        raise SourceMalformed("an observation is not an object")
    period, value = item.get("date"), item.get("value")
    if not isinstance(period, str) or not isinstance(value, str):
        raise SourceMalformed("an observation without date and value as text")
    return rows.day(period), _known_from(item.get("realtime_start"), today), rows.number(value)


def _known_from(shown: object, today: date) -> date:
    """FRED's day if it names one that has come, else ours."""
    try:
        since = rows.day(shown) if isinstance(shown, str) else today
    except SourceMalformed:
        return today
    return min(since, today)


def _json(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise SourceMalformed("not valid JSON, or cut off") from None
    if not isinstance(document, dict):
        raise SourceMalformed("not a JSON object")
    return document


def _refuse(constant: str) -> NoReturn:
    """NaN and Infinity are Python's additions to JSON."""
    raise ValueError(constant)


def _said(body: Body) -> str:
    """FRED's own message on one line, or the status where there is none."""
    try:
        message = json.loads(body.content).get("error_message")
    except (ValueError, RecursionError, AttributeError):
        message = None
    if not isinstance(message, str) or not message.strip():
        return f"the request was refused with status {body.status}"
    return message.replace("\n", " ").strip()[:_LONGEST_MESSAGE]
