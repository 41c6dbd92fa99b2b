"""FRED's API (St. Louis Fed), version 1, with a key: values of today, vintages and metadata.

https://fred.stlouisfed.org/docs/api/fred/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from json import loads
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from monitor.catalog import ARCHIVE
from monitor.domain import Fetch, Receipt, Statement, Want
from monitor.errors import (
    KeyMissing,
    KeyRefused,
    NoVintages,
    SeriesUnknown,
    SourceError,
    SourceMalformed,
    SourceRejected,
)
from monitor.sources import Answer, alfred, rows
from monitor.sources.redaction import plain

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client

HOUSE: Final = "Federal Reserve Bank of St. Louis"
ZONE: Final = ZoneInfo("America/Chicago")
"""Where FRED's days begin and end; it refuses to be asked about a day that has not begun there."""
BEGINNING: Final = date(1776, 7, 4)
"""FRED's own name for the first day of all vintages."""
PAGE: Final = 100_000
"""The most observations FRED sends at once."""
PAGE_OF_DATES: Final = 10_000
"""The most vintage dates FRED sends at once."""
MOST_PAGES: Final = 20
"""No list is longer. Who announces more is not FRED, and would keep us asking."""
VINTAGES_A_REQUEST: Final = 1_900
"""How many vintages we ask for at once. FRED refuses more than 2,000, and does not document
whether the vintage that stood when the window began counts."""

_SERIES = "/fred/series"
_REFUSALS = range(400, 500)


class _TooManyVintages(SourceRejected):
    """FRED wants a shorter window."""


_TELLING: Final[tuple[tuple[str, type[SourceRejected]], ...]] = (
    ("api_key is not set", KeyMissing),
    ("variable api_key", KeyRefused),
    ("does not exist in ALFRED", NoVintages),
    ("series does not exist", SeriesUnknown),
    ("maximum number of vintage dates", _TooManyVintages),
)
"""What FRED's refusals say, and what they mean; the first that is found counts."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What FRED says about a series, in its own words.

    Attributes:
        title: its name.
        unit: unit of its values.
        units_short: the same abbreviated.
        frequency: how often a value appears, such as ``Monthly`` or ``Weekly, Ending Saturday``.
        adjustment: seasonal adjustment, such as ``Seasonally Adjusted Annual Rate``.
        last_updated: instant of the last change.
        first, last: first and last period.
    """

    title: str
    unit: str
    units_short: str
    frequency: str
    adjustment: str
    last_updated: datetime
    first: date
    last: date


class Fred:
    """Publisher ``fred``: one series in each answer.

    FRED's vintage dates are its own days: ``realtime_start`` is the day in Missouri on which it
    showed the value, so that is the day from which we know it. Where vintages are wanted and
    FRED keeps them, the answer comes from the archive and says so by its source; a series of
    which it keeps none is answered with the values of today.

    A key that is refused is shown to FRED once, not once for every series. The parameter
    ``vintage_date`` is never sent: FRED accepts it, ignores it, and answers with revised values.

    Args:
        client: how to ask; it must know the key as a secret.
        url: address of the API, without path.
        api_key: 32 characters, from a FRED account.
    """

    name = "fred"
    house = HOUSE

    def __init__(self, client: Client, url: str, api_key: str) -> None:
        self._client = client
        self._url = url
        self._api_key = api_key
        self._refused: SourceRejected | None = None
        if not api_key:
            self._refused = KeyMissing("no key is set in FRED_API_KEY")

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        """See :meth:`monitor.sources.Publisher.fetch`."""
        for want in wants:
            try:
                answer = self._vintages(want, now) or self._values(want, now)
            except SourceError as err:
                answer = Answer(failed={want.spec.id: err})
            yield answer

    def metadata(self, series: str) -> Metadata:
        """What FRED says about a series.

        Raises:
            SourceError: as an answer to :meth:`fetch` names it.
        """
        body = self._ask(_SERIES, series, {})
        with rows.named(self.name, series, body.content):
            return parse_metadata(body)

    def _values(self, want: Want, now: datetime) -> Answer:
        """The values of today."""
        series = want.spec.id
        found = self._list(_OBSERVATIONS, series, _since(want))
        if found.unchanged:
            return Answer(unchanged=(series,), receipts=found.receipts)
        with rows.named(self.name, series, found.raw):
            values = [_row(item, now.date()) for item in found.items]
        fetched = rows.fetch(self.name, series, values, now, since=want.since, raw=found.raw)
        return Answer(fetches=(fetched,), receipts=found.receipts)

    def _vintages(self, want: Want, now: datetime) -> Answer | None:
        """What the archive says; ``None`` if it is not wanted or knows nothing of the series.

        A series that does not exist at all is refused in the same words. Asking for the values
        of today, which comes next, tells the two apart.
        """
        if want.vintages_since is None:
            return None
        series = want.spec.id
        today = min(now.astimezone(ZONE).date(), now.date())
        window = (max(BEGINNING, min(want.vintages_since, today)), today)
        try:
            found = self._archived(want, window)
        except NoVintages:
            return None
        if found.unchanged:
            return Answer(unchanged=(series,), receipts=found.receipts)
        with rows.named(self.name, series, found.raw):
            kept = rows.observations(alfred.changes(found.items, today), now)
        # Before its first vintage the archive says nothing.
        since = min(observation.known_from for observation in kept)
        statement = Statement(since, today, kept[0].period, kept[-1].period)
        fetched = Fetch(series, ARCHIVE, now.astimezone(UTC), kept, (statement,), found.raw)
        return Answer(fetches=(fetched,), receipts=found.receipts)

    def _archived(self, want: Want, window: alfred.Window) -> _Found:
        """The spans of days on which values stood, in as many requests as it takes."""
        first, last = window
        windows = [window]
        if (last - first).days >= VINTAGES_A_REQUEST:  # there is at most one vintage a day
            found = self._list(_VINTAGE_DATES, want.spec.id, _realtime(window), whole=False)
            with rows.named(self.name, want.spec.id, found.raw):
                dates = [rows.day(_text(item)) for item in found.items]
            windows = alfred.windows(window, dates, VINTAGES_A_REQUEST)
        whole = len(windows) == 1
        parts = [part for window in windows for part in self._window(want, window, whole=whole)]
        if len(parts) == 1:
            return parts[0]
        spans = [span for part in parts for span in part.items]
        return _Found(spans, b"\n".join(part.raw for part in parts))

    def _window(self, want: Want, window: alfred.Window, *, whole: bool) -> Iterator[_Found]:
        series = want.spec.id
        query = {**_since(want), **_realtime(window)}
        try:
            found = self._list(_OBSERVATIONS, series, query, whole=whole)
        except _TooManyVintages:
            halves = alfred.halves(window)
            if not halves:
                raise
            for half in halves:
                yield from self._window(want, half, whole=False)
            return
        with rows.named(self.name, series, found.raw):
            yield replace(found, items=alfred.cut(map(_span, found.items), window))

    def _list(
        self, question: _List, series: str, query: Mapping[str, str], *, whole: bool = True
    ) -> _Found:
        """All entries of a list that may come in several pages.

        Args:
            question: which list.
            series: of which series.
            query: what else to say.
            whole: whether nothing else belongs to the answer. Only then may it be "unchanged":
                of an answer in parts, another part may have changed.
        """
        items: list[Any] = []
        bodies: list[Body] = []
        count = None
        while count is None or len(items) < count:
            if len(bodies) == MOST_PAGES:
                raise SourceMalformed(f"{self.name}: {series}: more than {MOST_PAGES} pages")
            page = {"limit": f"{question.most}", "offset": f"{len(items)}"}
            conditional = whole and not items
            body = self._ask(question.path, series, {**query, **page}, conditional=conditional)
            bodies.append(body)
            if body.unchanged:
                return _Found([], b"", _receipts(bodies), unchanged=True)
            with rows.named(self.name, series, body.content):
                listed = parse_page(body, question.name)
                listed.check(len(items), count)
            items += listed.items
            count = listed.count
        raw = b"\n".join(body.content for body in bodies)
        return _Found(items, raw, _receipts(bodies) if whole and len(bodies) == 1 else ())

    def _ask(
        self, path: str, series: str, query: Mapping[str, str], *, conditional: bool = False
    ) -> Body:
        with rows.named(self.name, series):
            if self._refused:
                raise type(self._refused)(f"not asked again in this pull: {self._refused}")
        common = {"series_id": series, "file_type": "json", "api_key": self._api_key}
        body = self._client.get(self._url + path, {**common, **query}, conditional=conditional)
        if body.status in _REFUSALS:
            refusal = parse_refusal(body)
            if isinstance(refusal, KeyMissing | KeyRefused):
                self._refused = refusal
            with rows.named(self.name, series):
                raise refusal
        return body


@dataclass(frozen=True, slots=True)
class _List:
    """Something that FRED sends in pages: where, under which name, how much at once."""

    path: str
    name: str
    most: int


_OBSERVATIONS = _List("/fred/series/observations", "observations", PAGE)
_VINTAGE_DATES = _List("/fred/series/vintagedates", "vintage_dates", PAGE_OF_DATES)


@dataclass(frozen=True, slots=True)
class _Found:
    """Entries of a list, or word that they are those of the last time."""

    items: list[Any]
    raw: bytes
    receipts: tuple[Receipt, ...] = ()
    unchanged: bool = False


def _receipts(bodies: Sequence[Body]) -> tuple[Receipt, ...]:
    return tuple(body.receipt for body in bodies if body.receipt)


def _since(want: Want) -> dict[str, str]:
    return {"observation_start": f"{want.since}"} if want.since else {}


def _realtime(window: alfred.Window) -> dict[str, str]:
    return {"realtime_start": f"{window[0]}", "realtime_end": f"{window[1]}"}


# ----------------------------------------------------------------------------------------- parsing
@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        items: its entries, as they came.
        count: how many entries the whole list has.
        limit: how many FRED sends at once.
    """

    items: list[Any]
    count: int
    limit: int

    def check(self, offset: int, count: int | None) -> None:
        """Return if this page fits behind ``offset`` entries of a list of ``count``.

        Raises:
            SourceMalformed: entries are missing, or the list has changed under our hands.
        """
        if count is not None and self.count != count:
            raise SourceMalformed(f"{self.count} rows announced, and {count} on the page before")
        if len(self.items) != min(self.limit, self.count - offset):
            raise SourceMalformed(
                f"{self.count} rows announced, {len(self.items)} sent after {offset}"
            )


def parse_page(body: Body, name: str) -> Page:
    """One page of the list called ``name``.

    Raises:
        SourceRejected: FRED refused the request.
        SourceMalformed: the answer is not in FRED's format.
    """
    document = body.json()
    items = document.get(name)
    if not isinstance(items, list):
        raise SourceMalformed(f"no list of {name.replace('_', ' ')}")
    count = document.get("count", len(items))
    limit = document.get("limit", max(len(items), 1))
    # By exact type: JSON's true would pass for the number 1.
    if type(count) is not int or type(limit) is not int or limit < 1:
        raise SourceMalformed(f"a count of {count!r} and a limit of {limit!r}")
    return Page(items, count, limit)


def parse_refusal(body: Body) -> SourceRejected:
    """FRED's own words, or the status where there are none, as the error they mean."""
    try:
        message = loads(body.content).get("error_message")
    except (ValueError, RecursionError, AttributeError):
        message = None
    said = plain(message) if isinstance(message, str) else ""
    if not said:
        return SourceRejected(f"the request was refused with status {body.status}")
    kind = next((kind for words, kind in _TELLING if words in said), SourceRejected)
    hint = " (the key is taken from FRED_API_KEY)" if kind in (KeyMissing, KeyRefused) else ""
    return kind(said + hint)


def parse_metadata(body: Body) -> Metadata:
    """The one entry of an answer of ``series``.

    Raises:
        SourceRejected: FRED refused the request.
        SourceMalformed: the answer is not in FRED's format.
    """
    entries = body.json().get("seriess")  # with two s
    if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
        raise SourceMalformed("no list of one series")
    said = {name: _text(entries[0].get(name)) for name in _METADATA}
    return Metadata(
        title=said["title"],
        unit=said["units"],
        units_short=said["units_short"],
        frequency=said["frequency"],
        adjustment=said["seasonal_adjustment"],
        last_updated=_instant(said["last_updated"]),
        first=rows.day(said["observation_start"]),
        last=rows.day(said["observation_end"]),
    )


_METADATA = (
    "title", "units", "units_short", "frequency", "seasonal_adjustment", "last_updated",
    "observation_start", "observation_end",
)  # fmt: skip


def _instant(text: str) -> datetime:
    """An instant as FRED writes it: "2024-06-27 07:44:02-05", with an offset in hours."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise SourceMalformed(f"{text[:40]!r} is not an instant")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise SourceMalformed(f"{plain(repr(value), 40)} instead of a text")
    return value


def _row(item: object, today: date) -> rows.Row:
    period, value, shown, _ = _fields(item)
    return rows.day(period), _known_from(shown, today), rows.number(value)


def _span(item: object) -> alfred.Span:
    period, value, since, until = _fields(item)
    first, last = _day(_text(since)), _day(_text(until))
    if last < first:
        raise SourceMalformed(f"a value that stood from {first} to {last}")
    return rows.day(period), first, last, rows.number(value)


def _fields(item: object) -> tuple[str, str, object, object]:
    if not isinstance(item, dict):
        raise SourceMalformed("an observation is not an object")
    period, value = item.get("date"), item.get("value")
    if not isinstance(period, str) or not isinstance(value, str):
        raise SourceMalformed("an observation without date and value as text")
    return period, value, item.get("realtime_start"), item.get("realtime_end")


_day = lru_cache(maxsize=4096)(rows.day)  # the same few days stand in every row of an answer


def _known_from(shown: object, today: date) -> date:
    """FRED's day if it names one that has come, else ours."""
    try:
        since = _day(shown) if isinstance(shown, str) else today
    except SourceMalformed:
        return today
    return min(since, today)
