# ruff: noqa: RUF001 - the dash for a missing figure is what is tested
"""The index of the archive, its pages of years and its feed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest

from monitor import documents
from monitor.digest import archive, wording
from monitor.digest.charts import archivechart
from monitor.digest.charts.archivechart import Point
from monitor.digest.wording import EN
from monitor.domain import EDITIONS, Edition, Interval, Kept

LAST = date(2026, 11, 22)
ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass
class Books:
    """A shelf in memory, whose clock ticks with every file that is put there."""

    files: dict[str, bytes] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)

    def read(self, name: str) -> bytes:
        return self.files.get(name, b"")

    def written(self, name: str) -> int:
        return self.times.get(name, 0)

    def put(self, name: str, content: bytes) -> None:
        self.files[name] = content
        self.times[name] = len(self.times) + max(self.times.values(), default=0)

    def add(
        self, document: Mapping[str, Any], *, edition: Edition = "daily", language: str = "en"
    ) -> None:
        day = date.fromisoformat(document["as_of"])
        middle = "" if edition == "daily" else f".{edition}"
        spoken = "" if language == "en" else f".{language}"
        name, shared = f"digest-{day}{middle}{spoken}", f"digest-{day}{middle}.json"
        self.put(f"{name}.html", b"page")
        self.put(shared, json.dumps(document).encode())
        forms = {"txt": f"{name}.txt", "json": shared}
        self.kept.append(Kept(day, edition, language, f"{name}.html", forms))
        order = {edition: at for at, edition in enumerate(EDITIONS)}
        self.kept.sort(key=lambda kept: (kept.day, order[kept.edition], kept.language))

    def index(self, **options: Any) -> dict[str, str]:
        made = dict(archive.pages(EN, self, **options))
        for name, content in made.items():
            self.put(name, content)
        return {name: content.decode() for name, content in made.items()}


Told = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def told(factories: ModuleType) -> Told:
    """A document of a day with a probability, otherwise that of a real day."""
    whole = json.dumps(documents.document(factories.today()))

    def document(day: date, probability: float = 0.2, **changes: Any) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(whole)
        found |= {"as_of": day.isoformat(), "generated_at": f"{day}T23:30:00Z", **changes}
        score = found["recession"]
        score["probability"]["12"] = probability
        score["interval"]["12"] = [probability / 2, (1 + probability) / 2]
        score["band"] = "watch"
        return found

    return document


def days(number: int, step: int = 1, last: date = LAST) -> list[date]:
    return [last - timedelta(days=step * back) for back in range(number)]


class Page(HTMLParser):
    """Links, elements and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag in {"a", "link"} and dict(attrs).get("href") != "data:,":
            self.links.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    @property
    def targets(self) -> list[str]:
        return [link["href"] or "" for link in self.links]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def made(digests: Iterable[Mapping[str, Any]], **options: Any) -> tuple[Books, dict[str, str]]:
    books = Books()
    for document in digests:
        books.add(document)
    return books, books.index(**options)


# ---------------------------------------------------------------------------------------- the index
def test_the_index_shows_the_newest_headline_and_leads_to_every_page(told: Told) -> None:
    books, files = made([told(day, 0.2 + 0.01 * back) for back, day in enumerate(days(5))])
    page = Page(files["index.html"])
    assert list(files) == ["feed.xml", "index.html"]
    assert "20% probability that an NBER recession starts within 12 months" in page.text
    assert "80% interval 10% to 60% band: watch Digest of 22 Nov 2026" in page.text
    assert {kept.page for kept in books.kept} <= set(page.targets)
    assert "24% 12% to 62% watch not inverted text · JSON" in page.text


def test_days_stand_in_years_the_newest_first(told: Told) -> None:
    _, files = made([told(day) for day in (date(2025, 12, 31), date(2026, 1, 1), LAST)])
    page = Page(files["index.html"])
    pages = [it for it in page.targets if it.startswith("digest-") and it.endswith(".html")]
    assert pages[1:] == [f"digest-{day}.html" for day in (LAST, "2026-01-01", "2025-12-31")]
    assert page.text.index("2026 Days with a digest") < page.text.index("2025 Days with a digest")


def test_editions_and_languages_of_a_day_share_its_row_and_name_their_language(told: Told) -> None:
    books = Books()
    books.add(told(LAST), edition="weekly", language="zh-CN")
    books.add(told(LAST), language="zh-CN")
    books.add(told(LAST), edition="weekly")
    books.add(told(LAST))
    page = Page(books.index()["index.html"])
    spoken = {link["href"]: link.get("hreflang") for link in page.links}
    assert spoken["digest-2026-11-22.html"] == "en"
    assert spoken["digest-2026-11-22.zh-CN.html"] == "zh-CN"
    assert spoken["digest-2026-11-22.weekly.zh-CN.html"] == "zh-CN"
    assert spoken["digest-2026-11-22.json"] is None
    assert "text · JSON · weekly · 简体中文 · weekly, 简体中文" in page.text
    assert page.tags.count("tr") == 2


def test_a_reader_of_chinese_gets_the_chinese_page_first(told: Told) -> None:
    books = Books()
    books.add(told(LAST))
    books.add(told(LAST), language="zh-CN")
    files = dict(archive.pages(wording.of("zh_CN"), books))
    page = Page(files["index.html"].decode())
    assert ("lang", "zh-CN") in page.attributes
    assert next(it for it in page.targets if it.startswith("digest")) == (
        "digest-2026-11-22.zh-CN.html"
    )


def test_a_page_without_a_document_is_listed_without_figures(told: Told) -> None:
    books = Books()
    books.add(told(LAST - timedelta(days=1), 0.3))
    books.kept.append(Kept(LAST, "daily", "en", "digest-2026-11-22.html", {}))
    page = Page(books.index()["index.html"])
    assert "Digest of 22 Nov 2026" in page.text
    assert "22 Nov 2026 – – – –" in page.text
    assert "30% 15% to 65%" in page.text
    assert "probability that" not in page.text


@pytest.mark.parametrize(
    "broken",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"recession": null}', b"[" * 100_000,
        {"as_of": "2026-11-21"}, {"generated_at": "yesterday"}, {"generated_at": None},
        {"generated_at": "2026-11-22T12:00:00"},
        {"recession": {"probability": {"12": 0.2}}}, {"inversion": []},
        {"recession": {"probability": {"12": float("nan")},
                       "interval": {"level": 0.8, "12": [0, 1]}, "band": "watch"}},
        {"recession": {"probability": {"12": 1.5},
                       "interval": {"level": 0.8, "12": [0, 1]}, "band": "watch"}},
        {"recession": {"probability": {"12": 0.5},
                       "interval": {"level": 0.8, "12": [0.9, 0.1]}, "band": "watch"}},
        {"recession": {"probability": {"12": 0.5},
                       "interval": {"level": 0.8, "12": [0, 1]}, "band": "<b>calm</b>"}},
        {"recession": {"probability": {"12": 0.5},
                       "interval": {"level": 0.8, "12": [0, 0.5, 1]}, "band": ["watch"]}},
    ],
    ids=str,
)  # fmt: skip
def test_a_document_that_cannot_be_believed_is_no_figure_and_no_crash(
    told: Told, broken: Any
) -> None:
    books = Books()
    books.add(told(LAST))
    name = books.kept[0].forms["json"]
    text = broken if isinstance(broken, bytes) else json.dumps({**told(LAST), **broken}).encode()
    books.files[name] = text
    files = books.index()
    assert "22 Nov 2026 – – – –" in Page(files["index.html"]).text
    assert "<b>" not in files["index.html"]
    assert "<entry>" not in files["feed.xml"]


def test_a_replay_is_marked_and_neither_drawn_nor_announced(told: Told) -> None:
    replay = told(date(2007, 7, 15), 0.9, generated_at="2026-11-22T12:00:00Z")
    _, files = made([replay, *(told(day) for day in days(2))])
    page = Page(files["index.html"])
    assert "15 Jul 2007 made on 22 Nov 2026 90%" in page.text
    assert "From 20% on 21 Nov 2026 to 20% on 22 Nov 2026." in page.text
    assert "2007" not in files["feed.xml"]


def test_a_digest_made_on_either_side_of_midnight_utc_is_no_replay(told: Told) -> None:
    for made_at in ("2026-11-21T10:30:00Z", "2026-11-23T04:59:00Z", "2026-11-23T00:30:00-05:00"):
        _, files = made([told(LAST, generated_at=made_at)])
        assert "22 Nov 2026 20% 10% to 60%" in Page(files["index.html"]).text


# ---------------------------------------------------------------------- one bad word, one good page
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;'


def test_what_is_hostile_in_title_or_document_stays_words(told: Told) -> None:
    document = told(LAST, model_id=HOSTILE, findings=[{"message": HOSTILE}])
    books, files = made([document, told(LAST - timedelta(days=1))], title=HOSTILE)
    page = Page(files["index.html"])
    assert HOSTILE in page.text.replace(" : archive", "")
    assert not {"script", "img", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    feed = ET.fromstring(files["feed.xml"])
    assert feed.findtext(f"{ATOM}title") == HOSTILE
    assert books.kept


def test_pages_ask_for_nothing_and_may_run_nothing(told: Told) -> None:
    _, files = made([told(day) for day in days(500)])
    for name in ("index.html", "archive-2025.html"):
        page = Page(files[name])
        (policy,) = [
            value for key, value in page.attributes if value and value.startswith("default-src")
        ]
        assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        assert not {"script", "img", "iframe", "object", "form"} & set(page.tags)
        assert not [target for target in page.targets if "/" in target or ":" in target]
        assert "url(" not in files[name]
        assert "@import" not in files[name]


# ----------------------------------------------------------------------------------- many digests
def test_every_link_of_a_large_archive_leads_to_a_file_and_every_page_is_linked(
    told: Told,
) -> None:
    books, files = made([told(day) for day in days(900)])
    for kept in books.kept:
        books.put(kept.forms["txt"], b"text")
    linked: set[str] = set()
    for name, content in files.items():
        if name.endswith(".html"):
            linked |= set(Page(content).targets)
    assert linked <= books.files.keys()
    assert {kept.page for kept in books.kept} <= linked
    assert set(files) == {
        "feed.xml", "index.html", "archive-2024.html", "archive-2025.html", "archive-2026.html",
    }  # fmt: skip
    assert list(files)[-1] == "index.html"


@pytest.mark.parametrize(("number", "paged"), [(400, False), (401, True)])
def test_with_more_than_four_hundred_days_each_year_has_its_page(
    told: Told, number: int, *, paged: bool
) -> None:
    _, files = made([told(day) for day in days(number)])
    assert ("archive-2026.html" in files) == paged
    rows = Page(files["index.html"]).tags.count("tr")
    assert rows == (1 + 100 if paged else 400 + 2)


def test_only_the_pages_of_years_that_changed_are_made_anew(told: Told) -> None:
    books, _ = made([told(day) for day in days(900)])
    assert set(books.index()) == {"feed.xml", "index.html"}
    old = books.kept[0]
    books.put(old.forms["json"], json.dumps(told(old.day, 0.77)).encode())
    again = books.index()
    assert set(again) == {"feed.xml", "index.html", f"archive-{old.day.year}.html"}
    assert "77%" in again[f"archive-{old.day.year}.html"]
    books.kept.remove(old)
    gone = books.index()[f"archive-{old.day.year}.html"]
    assert old.page not in gone
    books.add(told(date(2024, 1, 1)))
    assert "archive-2024.html" in books.index()
    assert set(books.index(title="Another")) >= {"archive-2024.html", "archive-2026.html"}


def test_an_index_made_from_scratch_is_the_same_as_one_that_grew(told: Told) -> None:
    grown = Books()
    for day in reversed(days(410)):
        grown.add(told(day))
        if day.day == 1:
            grown.index()
    grown.index()
    scratch, files = made([told(day) for day in days(410)])
    assert {name: grown.files[name].decode() for name in files} == files
    assert scratch.files.keys() == grown.files.keys()


def test_five_thousand_digests_take_less_than_a_second_of_work(told: Told) -> None:
    books, text = Books(), json.dumps(told(LAST))
    for at, day in enumerate(reversed(days(5000))):
        # A whole document each, but not parsed and printed five thousand times.
        stem = f"digest-{day}"
        books.files[f"{stem}.json"] = text.replace(str(LAST), str(day)).encode()
        books.times[f"{stem}.json"] = at
        books.kept.append(Kept(day, "daily", "en", f"{stem}.html", {"json": f"{stem}.json"}))
    files = books.index()
    assert "– – – –" not in files["archive-2020.html"]
    began = time.process_time()
    books.index()
    assert time.process_time() - began < 1
    assert max(len(content) for content in files.values()) < 300_000
    assert len(files["index.html"]) < 150_000


# ----------------------------------------------------------------------------------------- the feed
def read(feed: str) -> Any:
    """What a feed reader finds; it must have nothing to complain of."""
    found = feedparser.parse(
        feed.encode(), response_headers={"content-type": "application/atom+xml"}
    )
    assert not found.bozo, found.bozo_exception
    assert found.version == "atom10"
    return found


def test_the_feed_is_valid_atom(told: Told) -> None:
    """RFC 4287: what a feed and an entry must have, once each, and in the form asked for."""
    _, files = made([told(day) for day in days(3)], base_url="https://digests.example/us")
    feed = ET.fromstring(files["feed.xml"])
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    for part in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1
            assert part.findtext(f"{ATOM}{name}")
        assert (part.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        when = part.findtext(f"{ATOM}updated") or ""
        assert datetime.fromisoformat(when).utcoffset() == timedelta(0)
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries) == 3
    assert {element.tag.removeprefix(ATOM) for element in feed.iter()} == {
        "feed", "id", "title", "updated", "author", "name", "link", "entry", "summary",
    }  # fmt: skip


def test_a_reader_finds_the_newest_digests_with_their_instants_and_pages(told: Told) -> None:
    _, files = made([told(day, 0.31) for day in days(90)], base_url="https://digests.example/us")
    found = read(files["feed.xml"])
    assert len(found.entries) == 60
    newest = found.entries[0]
    assert newest.title == "22 Nov 2026: recession risk 31% in 12 months, watch"
    assert newest.link == "https://digests.example/us/digest-2026-11-22.html"
    assert newest.updated == found.feed.updated == "2026-11-22T23:30:00Z"
    assert "80% interval 16% to 66%" in newest.summary
    assert [entry.updated for entry in found.entries] == sorted(
        (entry.updated for entry in found.entries), reverse=True
    )
    assert {link.rel: link.href for link in found.feed.links} == {
        "self": "https://digests.example/us/feed.xml",
        "alternate": "https://digests.example/us/index.html",
    }


def test_without_an_address_links_are_relative_and_identities_stay(told: Told) -> None:
    books, files = made([told(day) for day in days(2)])
    first = read(files["feed.xml"])
    assert [entry.links[0].href for entry in first.entries] == [
        "digest-2026-11-22.html", "digest-2026-11-21.html",
    ]  # fmt: skip
    books.add(told(LAST + timedelta(days=1)))
    later = read(books.index()["feed.xml"])
    assert [entry.id for entry in later.entries[1:]] == [entry.id for entry in first.entries]
    assert later.feed.id == first.feed.id
    other = read(books.index(base_url="https://digests.example")["feed.xml"])
    assert not {entry.id for entry in other.entries} & {entry.id for entry in later.entries}


def test_an_edition_is_announced_once_in_the_language_of_the_feed(told: Told) -> None:
    books = Books()
    for language in ("zh-CN", "en"):
        books.add(told(LAST), language=language)
    books.add(told(LAST), edition="weekly", language="zh-CN")
    found = read(books.index()["feed.xml"])
    assert [(it.links[0].href, it.links[0].hreflang) for it in found.entries] == [
        ("digest-2026-11-22.weekly.zh-CN.html", "zh-CN"),
        ("digest-2026-11-22.html", "en"),
    ]
    assert found.entries[0].title.startswith("22 Nov 2026 (weekly): ")


def test_a_feed_of_nothing_told_is_still_a_feed(told: Told) -> None:
    _, files = made([told(date(2007, 7, 15), generated_at="2026-11-22T12:00:00Z")])
    found = read(files["feed.xml"])
    assert found.entries == []
    assert found.feed.updated == "2007-07-15T00:00:00Z"


# ---------------------------------------------------------------------------------------- the chart
def points(*told: tuple[date, float]) -> list[Point]:
    return [Point(day, value, Interval(value / 2, (1 + value) / 2)) for day, value in told]


def test_the_line_is_broken_where_no_digest_was_made_for_long() -> None:
    near = points((date(2026, 1, 1), 0.1), (date(2026, 2, 15), 0.2), (date(2026, 2, 16), 0.3))
    far = [*near, *points((date(2026, 6, 1), 0.2))]
    assert archivechart.chart(EN, near).count('class="path"') == 2
    assert archivechart.chart(EN, far).count('class="path"') == 2
    assert archivechart.chart(EN, far).count('class="range"') == 4
    assert archivechart.chart(EN, near[:1]) == ""


def coordinates(drawing: str) -> Sequence[tuple[float, float]]:
    root = ET.fromstring(drawing)
    found = []
    for element in root.iter():
        if path := element.get("d"):
            corners = path.replace("Z", "").replace("M", " ").replace("L", " ").split()
            found += list(zip(map(float, corners[::2]), map(float, corners[1::2]), strict=True))
        for x, y in (("x", "y"), ("cx", "cy")):
            if element.get(x):
                found.append((float(element.get(x, 0)), float(element.get(y, 0))))
    return found


@pytest.mark.parametrize(
    "told",
    [
        ((date(2026, 11, 21), 0.0), (date(2026, 11, 22), 1.0)),
        ((date(2026, 1, 31), 0.5), (date(2026, 3, 1), 0.01)),
        ((date(1954, 5, 1), 0.02), (date(1954, 5, 2), 0.03), (date(2026, 11, 22), 0.9)),
    ],
)
def test_nothing_is_drawn_outside_the_sheet(told: tuple[tuple[date, float], ...]) -> None:
    wide, narrow = archivechart.chart(EN, points(*told)).split("</svg>\n")
    for drawing in (f"{wide}</svg>", narrow):
        _, _, width, height = map(float, (ET.fromstring(drawing).get("viewBox") or "").split())
        for x, y in coordinates(drawing):
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_the_description_has_first_newest_lowest_and_highest() -> None:
    told = points((date(2026, 1, 1), 0.1), (date(2026, 2, 1), 0.4), (date(2026, 3, 1), 0.05))
    assert archivechart.describe(EN, told) == (
        "From 10% on 1 Jan 2026 to 5% on 1 Mar 2026. Lowest 5% on 1 Mar 2026, highest 40% on"
        " 1 Feb 2026."
    )


def test_a_real_assessment_can_be_read_back(factories: ModuleType) -> None:
    verdict = factories.in_recession()
    same = replace(verdict, generated_at=datetime.combine(verdict.as_of, datetime.min.time(), UTC))
    _, files = made([documents.document(same)])
    score = same.recession
    assert EN.percent(score.headline) in Page(files["index.html"]).text
    assert EN.percent_range(score.interval[12]) in Page(files["index.html"]).text
