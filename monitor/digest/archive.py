"""What leads to the digests of an archive: an index, a page a year, and an Atom feed.

All of it is made from the names of the files and the JSON documents beside the pages, and from
nothing else, so that the same folder gives the same bytes. What a document does not say, or says
in another form than :func:`monitor.documents.document` writes it, is left out: the digest is
listed without its figures.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, Final, get_args
from xml.etree import ElementTree as ET

from monitor.digest import sentences, wording
from monitor.digest.blocks import Figure
from monitor.digest.charts import archivechart
from monitor.digest.charts.archivechart import Point
from monitor.digest.render import fill_in
from monitor.digest.wording import Wording, phrase
from monitor.domain import EDITIONS, HEADLINE_HORIZON, Band, Edition, Interval, Kept, Shelf

INDEX: Final = "index.html"
FEED: Final = "feed.xml"

MOST: Final = 400
"""Days that the index lists. With more of them each year has a page of its own."""

NEWEST: Final = 100
"""Days that the index lists beside the pages of years."""

ENTRIES: Final = 60
"""Digests in the feed."""

_ATOM: Final = "http://www.w3.org/2005/Atom"
_REPLAYED: Final = timedelta(days=1)
"""A digest made further than this from its day is a replay; the day is that of some time zone."""

_EDITIONS: Final[Mapping[Edition, str]] = {
    "daily": phrase("daily"),
    "weekly": phrase("weekly"),
    "monthly": phrase("monthly"),
}
_FORMS: Final = {"txt": phrase("text"), "eml": phrase("mail"), "json": "JSON"}
_TYPES: Final = {
    "html": "text/html",
    "txt": "text/plain",
    "eml": "message/rfc822",
    "json": "application/json",
}


# ------------------------------------------------------------------------------------ what is shown
@dataclass(frozen=True, slots=True)
class Link:
    """A way to one file of the archive.

    Attributes:
        href: its name.
        words: what it is called.
        language: of the file, as BCP 47 writes it, or nothing where it has none.
        kind: its media type.
    """

    href: str
    words: str
    language: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One day of the archive.

    Attributes:
        page: its digest.
        value, interval, band, curve: what that said, or a dash.
        note: that it was made on a later day, or nothing.
        forms: the same digest in other forms.
        others: the day's digests of other editions and in other languages.
    """

    page: Link
    value: str
    interval: str
    band: str
    curve: str
    note: str
    forms: tuple[Link, ...]
    others: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """The days of one year, the newest first."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class IndexView:
    """One page of the index in words.

    Attributes:
        language: of the page, as BCP 47 writes it.
        subject: its title.
        product: whose digests they are.
        date: the day of the newest one.
        feed: name of the feed.
        made_of: fingerprint of what a page of a year was made from, or nothing.
        headline: value, target, interval and band of the newest digest, or ``None``.
        newest: the way to it.
        chart: the probability as it was told, or ``None`` while there is no line to draw.
        no_chart: why there is no chart, or nothing.
        columns: titles of the columns of the tables, after what the tables list.
        years: what is listed.
        more: ways to the pages of years, and back.
        facts, closing: as in a digest.
    """

    language: str
    subject: str
    product: str
    date: str
    feed: Link
    made_of: str
    headline: tuple[str, str, str, str, Band] | None
    newest: Link
    chart: Figure | None
    no_chart: str
    columns: tuple[str, ...]
    years: tuple[Year, ...]
    more: tuple[str, tuple[Link, ...]]
    facts: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the document of a digest says.

    Attributes:
        probability: of a start within twelve months.
        interval: its interval.
        level: the level of that.
        band: its band.
        inverted: whether the curve was inverted.
        made: the instant it was made.
        replayed: whether that was on a later day.
    """

    probability: float
    interval: Interval
    level: float
    band: Band
    inverted: bool
    made: datetime
    replayed: bool


# ------------------------------------------------------------------------------------ the two doors
def pages(
    say: Wording, shelf: Shelf, *, title: str = "", base_url: str = ""
) -> Iterator[tuple[str, bytes]]:
    """Names and contents of all that leads to the digests; the index comes last.

    The page of a year is left out where the one that stands there was made from the same digests
    and is not older than any of them.

    Args:
        say: the language of the index.
        shelf: the digests; at least one.
        title: of the archive; empty: the name of the program.
        base_url: ``https`` address of the folder without a slash at its end; empty: links are
            relative.

    Raises:
        RenderError: the templates are missing or do not fit.
    """
    title = title or say("US recession monitor")
    days = _by_day(say, shelf.kept)
    documents = _Documents(shelf)
    yield FEED, _feed(say, shelf, documents, title, base_url)
    listed = days
    if len(days) > MOST:
        listed = days[:NEWEST]
        for year, of_year in groupby(days, key=lambda kept: kept[0].day.year):
            found = list(of_year)
            made_of = _fingerprint(say, title, found)
            if not _stands(shelf, _year_page(year), made_of, found):
                words = _of_year(say, documents, title, found, made_of)
                yield _year_page(year), fill_in("web/index.html", words).encode()
    yield INDEX, fill_in("web/index.html", _index(say, documents, title, days, listed)).encode()


def _by_day(say: Wording, kept: Sequence[Kept]) -> list[list[Kept]]:
    """The digests of each day, the newest day first; of a day the reader's own language first."""
    key = _key(say)
    return [
        sorted(of_day, key=key)
        for _, of_day in groupby(reversed(kept), key=lambda digest: digest.day)
    ]


def _key(say: Wording) -> Any:  # noqa: ANN401 - a key to sort by
    own = say.tag
    order = {edition: at for at, edition in enumerate(EDITIONS)}
    return lambda kept: (kept.language != own, order[kept.edition], kept.language)


# ---------------------------------------------------------------------------------------- the index
def _index(
    say: Wording,
    documents: _Documents,
    title: str,
    days: Sequence[Sequence[Kept]],
    listed: Sequence[Sequence[Kept]],
) -> IndexView:
    years = list(dict.fromkeys(of_day[0].day.year for of_day in days))
    more = [_link(_year_page(year), str(year), say.tag) for year in years]
    shown = [(of_day, documents.of(of_day)) for of_day in days[:MOST]]
    whole = len(listed) == len(days)
    return _view(
        say,
        title,
        shown,
        len(listed),
        subject=say("{title}: archive", title=title),
        facts=(
            (say("Days"), f"{len(days):,}"),
            (say("First"), say.day(days[-1][0].day)),
            (say("Newest"), say.day(days[0][0].day)),
        ),
        more=("", ()) if whole else (say("All days, by year"), tuple(more)),
    )


def _of_year(
    say: Wording,
    documents: _Documents,
    title: str,
    days: Sequence[Sequence[Kept]],
    made_of: str,
) -> IndexView:
    year = days[0][0].day.year
    shown = [(of_day, documents.of(of_day)) for of_day in days]
    return _view(
        say,
        title,
        shown,
        len(shown),
        subject=say("{title}: archive of {year}", title=title, year=year),
        facts=(
            (say("Days"), f"{len(days):,}"),
            (say("First"), say.day(days[-1][0].day)),
            (say("Last"), say.day(days[0][0].day)),
        ),
        more=(say("All years"), (_link(INDEX, say("Archive"), say.tag),)),
        made_of=made_of,
    )


def _view(
    say: Wording,
    title: str,
    shown: Sequence[tuple[Sequence[Kept], _Told | None]],
    listed: int,
    *,
    subject: str,
    facts: tuple[tuple[str, str], ...],
    more: tuple[str, tuple[Link, ...]],
    made_of: str = "",
) -> IndexView:
    (newest, *_), told = shown[0]
    points = [
        Point(of_day[0].day, it.probability, it.interval)
        for of_day, it in reversed(shown)
        if it is not None and not it.replayed
    ]
    chart = None
    if len(points) > 1:
        chart = Figure(
            say("Probability of a recession start within 12 months, as it was told"),
            archivechart.describe(say, points),
            (("range", say("80% interval")),),
            archivechart.chart(say, points),
        )
    rows = [(of_day[0].day.year, _row(say, of_day, it)) for of_day, it in shown[:listed]]
    return IndexView(
        language=say.tag,
        subject=subject,
        product=title,
        date=say.day(newest.day),
        feed=Link(FEED, say("Atom feed"), "", "application/atom+xml"),
        made_of=made_of,
        headline=_headline(say, told) if told else None,
        newest=_link(newest.page, say("Digest of {day}", day=say.day(newest.day)), newest.language),
        chart=chart,
        no_chart=""
        if chart
        else say("The chart of the figures begins with the second digest made on its own day."),
        columns=(
            say("Days with a digest"),
            say("Day"),
            say("Probability"),
            say("Interval"),
            say("Band"),
            say("Curve"),
            say("Other forms"),
        ),
        years=tuple(
            Year(str(year), tuple(row for _, row in of_year))
            for year, of_year in groupby(rows, key=lambda it: it[0])
        ),
        more=more,
        facts=facts,
        closing=(
            say(
                "Probability that an NBER recession starts within 12 months of the day, from what"
                " was known that day; a digest is kept as it was written."
            ),
            say("Not investment advice."),
        ),
    )


def _headline(say: Wording, told: _Told) -> tuple[str, str, str, str, Band]:
    return (
        say.percent(told.probability),
        say("probability that an NBER recession starts within 12 months"),
        _interval(say, told),
        say("band: {band}", band=say(sentences.BANDS[told.band])),
        told.band,
    )


def _interval(say: Wording, told: _Told) -> str:
    return say(
        "{level} interval {interval}",
        level=say.percent(told.level),
        interval=say.percent_range(told.interval),
    )


def _row(say: Wording, of_day: Sequence[Kept], told: _Told | None) -> Row:
    first, *others = of_day
    none = wording.NONE
    curve = say("inverted") if told and told.inverted else say("not inverted") if told else none
    note = ""
    if told and told.replayed:
        note = say("made on {day}", day=say.day(told.made.astimezone(UTC).date()))
    return Row(
        page=_link(first.page, say.day(first.day), first.language),
        value=say.percent(told.probability) if told else none,
        interval=say.percent_range(told.interval) if told else none,
        band=say(sentences.BANDS[told.band]) if told else none,
        curve=curve,
        note=note,
        forms=tuple(
            _link(name, say(_FORMS[ending]), "" if ending == "json" else first.language)
            for ending, name in first.forms.items()
        ),
        others=tuple(_link(it.page, _called(say, it, first), it.language) for it in others),
    )


def _called(say: Wording, kept: Kept, beside: Kept) -> str:
    """What tells a digest from another one of its day."""
    language = wording.LANGUAGES.get(kept.language.replace("-", "_"), kept.language)
    if kept.edition == beside.edition:
        return language
    edition = say(_EDITIONS[kept.edition])
    if kept.language == beside.language:
        return edition
    return say("{edition}, {language}", edition=edition, language=language)


def _link(name: str, words: str, language: str) -> Link:
    return Link(name, words, language, _TYPES[name.rpartition(".")[2]])


# ----------------------------------------------------------------------------------- pages of years
def _year_page(year: int) -> str:
    return f"archive-{year}.html"


def _fingerprint(say: Wording, title: str, days: Iterable[Iterable[Kept]]) -> str:
    """Of everything that the page of a year shows, apart from what stands in the documents."""
    names = [name for of_day in days for it in of_day for name in (it.page, *it.forms.values())]
    return sha256("\n".join((say.tag, title, *names)).encode()).hexdigest()[:16]


def _stands(shelf: Shelf, page: str, made_of: str, days: Iterable[Iterable[Kept]]) -> bool:
    written = shelf.written(page)
    newest = max(shelf.written(it.forms.get("json", it.page)) for of_day in days for it in of_day)
    return written >= newest and f'content="{made_of}"'.encode() in shelf.read(page)


# ----------------------------------------------------------------------------------------- the feed
def _feed(say: Wording, shelf: Shelf, documents: _Documents, title: str, base_url: str) -> bytes:
    """The newest digests as an Atom feed (RFC 4287): one entry a day and edition, no replays."""
    told = list(_news(say, shelf, documents))
    newest = max(
        (it.made for _, it in told),
        default=datetime.combine(shelf.kept[-1].day, time(), UTC),
    )
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": say.tag})
    _child(feed, "title", title)
    _child(feed, "id", _identity(base_url, FEED))
    _child(feed, "updated", _instant(newest))
    _child(ET.SubElement(feed, "author"), "name", title)
    kinds = {"self": "application/atom+xml", "alternate": "text/html"}
    for rel, name in (("self", FEED), ("alternate", INDEX)):
        ET.SubElement(
            feed, "link", {"rel": rel, "type": kinds[rel], "href": _address(base_url, name)}
        )
    for kept, it in told:
        entry = ET.SubElement(feed, "entry")
        _child(entry, "title", _entry_title(say, kept, it))
        _child(entry, "id", _identity(base_url, kept.page))
        _child(entry, "updated", _instant(it.made))
        link = {"rel": "alternate", "type": "text/html", "hreflang": kept.language}
        ET.SubElement(entry, "link", link | {"href": _address(base_url, kept.page)})
        _child(entry, "summary", _summary(say, it))
    ET.indent(feed, "")
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _news(say: Wording, shelf: Shelf, documents: _Documents) -> Iterator[tuple[Kept, _Told]]:
    key = _key(say)
    left = ENTRIES
    for _, group in groupby(reversed(shelf.kept), key=lambda kept: (kept.day, kept.edition)):
        kept = min(group, key=key)
        told = documents.of([kept])
        if told is None or told.replayed:
            continue
        yield kept, told
        left -= 1
        if not left:
            return


def _entry_title(say: Wording, kept: Kept, told: _Told) -> str:
    values = {
        "day": say.day(kept.day),
        "value": say.percent(told.probability),
        "band": say(sentences.BANDS[told.band]),
    }
    if kept.edition == EDITIONS[0]:
        return say("{day}: recession risk {value} in 12 months, {band}", **values)
    return say(
        "{day} ({edition}): recession risk {value} in 12 months, {band}",
        edition=say(_EDITIONS[kept.edition]),
        **values,
    )


def _summary(say: Wording, told: _Told) -> str:
    return say.text(
        say(
            "{value} probability that an NBER recession starts within 12 months ({interval}).",
            value=say.percent(told.probability),
            interval=_interval(say, told),
        ),
        say("The curve is inverted.") if told.inverted else say("The curve is not inverted."),
    )


def _child(parent: ET.Element, name: str, words: str) -> None:
    ET.SubElement(parent, name).text = words


def _address(base_url: str, name: str) -> str:
    return f"{base_url}/{name}" if base_url else name


def _identity(base_url: str, name: str) -> str:
    """The same for ever: a UUID of the archive's address, if it has one, and the name."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{base_url or 'recession-monitor:'}/{name}").urn


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# ------------------------------------------------------------------------------- what a digest said
class _Documents:
    """What the digests say; each is read once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._known: dict[str, _Told | None] = {}

    def of(self, of_day: Iterable[Kept]) -> _Told | None:
        """What the first of these digests that can be read says; they judge the same day."""
        for kept in of_day:
            if (name := kept.forms.get("json")) and (told := self._of(name, kept.day)):
                return told
        return None

    def _of(self, name: str, day: date) -> _Told | None:
        if name not in self._known:
            self._known[name] = _read(self._shelf.read(name), day)
        return self._known[name]


def _read(content: bytes, day: date) -> _Told | None:
    try:
        document = json.loads(content)
        score, horizon = document["recession"], str(HEADLINE_HORIZON)
        low, high = map(float, score["interval"][horizon])
        made = datetime.fromisoformat(document["generated_at"])
        told = _Told(
            probability=float(score["probability"][horizon]),
            interval=Interval(low, high),
            level=float(score["interval"]["level"]),
            band=score["band"],
            inverted=bool(document["inversion"]["inverted"]),
            made=made,
            replayed=abs(made.astimezone(UTC).date() - day) > _REPLAYED,
        )
        sound = document["as_of"] == day.isoformat() and told.band in get_args(Band)
        sound = sound and made.tzinfo is not None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    parts = (told.probability, low, high, told.level)
    sound = sound and all(math.isfinite(part) and 0 <= part <= 1 for part in parts)
    return told if sound and low <= high else None
