from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from monitor.delivery.message import compose, identity
from monitor.digest import mail, stylesheet, wording
from monitor.digest.blocks import Column, Figure, Items, Paragraph, Section, Table
from monitor.digest.view import DigestView, build
from monitor.digest.wording import EN, Wording
from monitor.domain import Finding, Mail
from monitor.errors import RenderError

CASES = ("today", "cutting", "inverted", "in_recession", "bare", "hostile")
PAGE = "https://example.org/digest-2026-11-22.html"
RULES = Path(__file__).parents[2] / "docs" / "mail.md"
VOID = {"meta", "img", "br"}
CLIPPED = 102_000
"""Octets of the encoded part after which Gmail hides the rest."""


class Letter(HTMLParser):
    """Words, elements and style sheets of a message, and whether its elements are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.sheets: list[str] = []
        self.comments: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        (self.sheets if self.open[-1:] == ["style"] else self.words).append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        return squeezed("".join(self.words))

    def inline(self) -> Iterator[tuple[str, str, str]]:
        """Element, property and value of every declaration that stands inline."""
        for tag, attributes in self.elements:
            for declaration in filter(None, (attributes.get("style") or "").split(";")):
                name, _, value = declaration.partition(":")
                yield tag, name.strip(), value.strip()


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def facts(value: object) -> Iterator[str]:
    """Every string of a view but those that one rendition alone shows."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from facts(part)
    elif is_dataclass(value):
        for field in fields(value):
            if "rendition" not in field.metadata:
                yield from facts(getattr(value, field.name))


def view_of(factories: ModuleType, case: str, say: Wording = EN) -> DigestView:
    past = {"inverted": factories.inverted_history, "bare": factories.no_history}
    return build(say, getattr(factories, case)(), past.get(case, factories.history)())


@pytest.fixture(params=[(case, code) for code in wording.LANGUAGES for case in CASES],
                ids=" ".join)  # fmt: skip
def view(request: pytest.FixtureRequest, factories: ModuleType) -> DigestView:
    case, language = request.param
    return view_of(factories, case, wording.of(language))


@pytest.fixture
def today(factories: ModuleType) -> DigestView:
    return view_of(factories, "today")


made_once = cache(mail.build)
"""Pictures take their time; views are values."""


def longer(view: DigestView, letters: int) -> DigestView:
    """The same with one section more at its end."""
    added = Section("more", "One section more", (Paragraph("x" * letters),))
    return replace(view, sections=(*view.sections, added))


def octets(made: Mail) -> int:
    return mail.octets(made.html)


def on_the_wire(made: Mail) -> int:
    """Octets of the encoded HTML part in a finished message."""
    content = compose(
        made, "x", "x", sender="m@example.org", language="en",
        when=datetime(2026, 11, 22, tzinfo=UTC), message_id=identity("x", "m@example.org"),
    )  # fmt: skip
    parts = message_from_bytes(content, policy=policy.default).walk()
    html = next(part for part in parts if part.get_content_type() == "text/html")
    return len(str(html.get_payload()))


# ---------------------------------------------------------------------------------------- the words
def test_every_fact_of_the_digest_stands_in_the_message(view: DigestView) -> None:
    text = Letter(made_once(view).html).text()
    known = [squeezed(fact) for fact in facts(view)]
    assert len(known) > 60
    assert [fact for fact in known if fact not in text] == []


def test_the_preview_comes_first_and_is_not_seen(today: DigestView) -> None:
    html = made_once(today).html
    begun = html.index(">", html.index("<body"))
    shown = html[begun:].partition("<div")[2]
    assert shown.startswith(' style="display:none')
    assert shown.partition(">")[2].startswith(today.preheader)


def test_title_and_language_are_those_of_the_digest(view: DigestView) -> None:
    html = made_once(view).html
    assert Letter(html).named("html")[0]["lang"] == view.language
    title = re.search("<title>(.*)</title>", html)
    assert title is not None
    assert unescape(title[1]) == view.subject


def test_a_wide_table_is_told_row_by_row(today: DigestView) -> None:
    columns = (Column("Series"), Column("Newest", numeric=True), Column("State"))
    rows = (("A", "4.2%", "on time"), ("B", "5.0%", "late"))
    table = Table("What is read", columns, rows, "stack")
    letter = Letter(mail.build(replace(today, sections=(Section("d", "D", (table,)),))).html)
    assert "WhatisreadSeriesANewest:4.2%;State:ontimeBNewest:5.0%;State:late" in letter.text()
    assert len(letter.named("li")) == 2


# ------------------------------------------------------------------------------------- the pictures
def test_every_picture_is_a_part_of_the_message_and_every_part_is_shown(view: DigestView) -> None:
    made = made_once(view)
    letter = Letter(made.html)
    assert [image["src"] for image in letter.named("img")] == [
        f"cid:{one.cid}" for one in made.images
    ]
    assert len({one.cid for one in made.images}) == len({one.filename for one in made.images})
    assert len({one.cid for one in made.images}) == len(made.images) >= 2
    for shown, image in zip(letter.named("img"), made.images, strict=True):
        assert shown["width"] == str(image.width)
        assert 300 <= image.width <= 568
        assert shown["alt"] == image.alt
        assert 10 < len(image.alt) <= 100
        assert image.content[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_figures_marked_for_the_mail_are_pictures_and_the_others_words(
    today: DigestView,
) -> None:
    svg = '<svg class="chart" viewBox="0 0 100 50"></svg>'
    marked, other, empty = (
        Figure(
            f"Title {name}",
            f"Said of {name}.",
            (("inverted", f"key of {name}"),),
            drawing,
            mail=shown,
        )
        for name, drawing, shown in (("one", svg, True), ("two", svg, False), ("three", "", True))
    )
    made = mail.build(replace(today, sections=(Section("a", "A", (marked, other, empty)),)))
    text = Letter(made.html).text()
    assert [one.cid for one in made.images[2:]] == ["a-0.light@digest", "a-0.dark@digest"]
    assert "keyofone" in text
    for name in ("one", "two", "three"):
        assert f"Title{name}" in text
        assert f"Saidof{name}." in text


def test_the_dark_picture_is_hidden_until_the_program_is_dark(today: DigestView) -> None:
    html = made_once(today).html
    pairs = re.findall(
        r'<img[^>]*cid:([\w-]+)\.light@[^>]*>\s*<!--\[if !mso\]><!--><div class="night" '
        r'style="([^"]*)"><img[^>]*cid:\1\.dark@[^>]*></div><!--<!\[endif\]-->',
        html,
    )
    assert len(pairs) == html.count("<img") / 2
    assert all("display:none" in style and "mso-hide:all" in style for _, style in pairs)
    dark = next(sheet for sheet in Letter(html).sheets if "prefers-color-scheme" in sheet)
    assert ".day { display: none !important; }" in dark
    assert ".night { display: block !important" in dark


def test_every_colour_that_a_legend_can_have_has_its_dark_one() -> None:
    sheet = stylesheet.read("email/mail.css")
    for name in stylesheet.colours("light").keys() - {"paper"}:
        assert re.search(rf"\.ink-{name} {{ color: var\(--{name}\) !important; }}", sheet)


# ---------------------------------------------------------------------------- what it is made of
def listed(heading: str) -> set[str]:
    """What the tables of docs/mail.md allow under a heading."""
    part = RULES.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}


@pytest.fixture(scope="module")
def letters(factories: ModuleType) -> list[Letter]:
    """Every case in every language, with all that can be in a message."""
    views = [
        view_of(factories, case, wording.of(code)) for code in wording.LANGUAGES for case in CASES
    ]
    return [Letter(mail.build(view, PAGE).html) for view in views]


def test_only_listed_elements_are_used_and_all_that_are_listed(letters: list[Letter]) -> None:
    assert {tag for letter in letters for tag, _ in letter.elements} == listed("Elements")


def test_only_listed_attributes_are_used_and_all_that_are_listed(letters: list[Letter]) -> None:
    used = {name for letter in letters for _, attributes in letter.elements for name in attributes}
    assert used == listed("Attributes")


def test_only_listed_properties_are_used_and_all_that_are_listed(letters: list[Letter]) -> None:
    used = {name for letter in letters for _, name, _ in letter.inline()}
    for sheet in {sheet for letter in letters for sheet in letter.sheets}:
        used |= set(re.findall(r"[{;]\s*([a-z-]+):", sheet))
    assert used == listed("Properties")


def test_borders_and_padding_stand_where_word_draws_them(letters: list[Letter]) -> None:
    drawn = {(tag, name) for letter in letters for tag, name, _ in letter.inline()
             if name.startswith(("border", "padding"))}  # fmt: skip
    assert {tag for tag, _ in drawn} <= {"table", "td", "img", "body", "ul"}


def test_nothing_is_fetched_and_nothing_runs(letters: list[Letter]) -> None:
    for letter in letters:
        for _, attributes in letter.elements:
            assert not [name for name in attributes if name.startswith("on")]
            assert str(attributes.get("src", "cid:")).startswith("cid:")
            assert attributes.get("href", PAGE) == PAGE
        assert [link["href"] for link in letter.named("a")] == [PAGE]
        for style in (*letter.sheets, *(value for _, _, value in letter.inline())):
            assert not re.search(r"url\(|@import|expression|var\(", style)


def test_style_sheets_are_short_and_select_what_gmail_knows(letters: list[Letter]) -> None:
    for letter in letters:
        assert len(letter.sheets) == len(letter.named("style")) == 5
        assert sum(map(len, letter.sheets)) <= 8192
        assert not [sheet for sheet in letter.sheets if "[" in sheet or "child" in sheet]


def test_layout_is_marked_as_such_and_data_have_headings(letters: list[Letter]) -> None:
    for letter in letters:
        data = [table for table in letter.named("table") if "role" not in table]
        assert {table.get("class") for table in data} <= {"data"}
        assert {cell.get("scope") for cell in letter.named("th")} <= {"col", "row"}
        assert letter.open == []
        assert len(letter.named("h1")) == 1


def test_outlook_gets_a_table_of_fixed_width_that_is_closed(letters: list[Letter]) -> None:
    for letter in letters:
        ghosts = [comment for comment in letter.comments if comment.startswith("[if mso]")]
        assert sum(comment.count("<table") for comment in ghosts) == 1
        assert sum(comment.count("</table") for comment in ghosts) == 1
        assert any('width="600"' in comment for comment in ghosts)


def test_foreign_markup_is_shown_and_not_obeyed(factories: ModuleType) -> None:
    hostile = factories.hostile()
    forged = (
        "<img src=x onerror=alert(1)>", "<a href=javascript:alert(1)>x</a>", "</td></tr></table>",
        "\u202egnp.exe", "nan inf", "<!--[if mso]><script>", "<style>*{display:none}</style>",
        "{{ 7 * 7 }}", "a\x00b\x1b[31m",
    )  # fmt: skip
    findings = tuple(Finding("odd", "error", None, text) for text in forged)
    view = build(EN, replace(hostile, findings=findings), factories.history())
    html = mail.build(view).html
    letter = Letter(html)
    assert letter.open == []
    assert {tag for tag, _ in letter.elements} <= listed("Elements")
    assert len(letter.sheets) == 5
    assert "<img src=x onerror=alert(1)>" in "".join(letter.words)
    assert "{{ 7 * 7 }}" in html
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)


@pytest.mark.parametrize("page", ["http://example.org/", "javascript:alert(1)", "data:text/html,x"])
def test_a_link_to_anything_but_https_is_refused(today: DigestView, page: str) -> None:
    with pytest.raises(RenderError, match="https"):
        mail.build(today, page)


# ----------------------------------------------------------------------------------- how long it is
def test_a_digest_of_today_leaves_room(view: DigestView) -> None:
    made = made_once(view)
    assert octets(made) <= mail.BUDGET < 80_000
    assert on_the_wire(made) <= CLIPPED


@pytest.mark.parametrize("letter", ["x", "é", "险", "="])
def test_the_longest_message_is_not_clipped_whatever_it_is_written_in(
    today: DigestView, letter: str
) -> None:
    room = mail.BUDGET - octets(mail.build(longer(today, 0)))
    count = room // len(letter.encode())
    added = Section("more", "One section more", (Paragraph(letter * count),))
    made = mail.build(replace(today, sections=(*today.sections, added)))
    assert letter * count in made.html
    assert on_the_wire(made) <= CLIPPED


def test_at_the_limit_a_section_is_there_whole_or_not_at_all(today: DigestView) -> None:
    room = mail.BUDGET - octets(mail.build(longer(today, 0)))
    fits, over = mail.build(longer(today, room)), mail.build(longer(today, room + 1))
    assert octets(fits) == mail.BUDGET
    assert "x" * room in fits.html
    assert "too long" not in fits.html
    assert "xxx" not in over.html
    assert "plain-text part and on the page: One section more." in over.html
    assert Letter(over.html).open == []


def test_what_is_left_out_takes_its_pictures_with_it(today: DigestView) -> None:
    places = [place for place, part in enumerate(today.sections) for block in part.blocks
              if isinstance(block, Figure) and block.mail]  # fmt: skip
    huge = Section("huge", "Huge", (Items(tuple("word " * 20 for _ in range(800))),))
    sections = (*today.sections[: places[0]], huge, *today.sections[places[0] :])
    made = mail.build(replace(today, sections=sections))
    assert [one.cid for one in made.images] == ["horizons-0.light@digest", "horizons-0.dark@digest"]
    assert made.html.count("<img") == 2
    assert all(
        part.title in Letter(made.html).words[-40:].__str__() for part in sections[places[0] :]
    )


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_a_hundred_findings_of_a_page_each_stay_within_the_limit(
    factories: ModuleType, language: str
) -> None:
    base = factories.hostile()
    findings = tuple(
        Finding(f"odd{number}", "error", f"S{number}" * 500, f"<{number}> " + "衰退 & " * 2000)
        for number in range(100)
    )
    worst = replace(base, findings=findings, model_id="m" * 10_000, policy_model_id="p" * 10_000)
    say = wording.of(language)
    view = build(say, worst, factories.history())
    made = mail.build(view)
    assert octets(made) <= mail.BUDGET
    assert Letter(made.html).open == []
    assert on_the_wire(made) <= CLIPPED


def test_a_first_screen_that_is_too_long_is_an_error(today: DigestView) -> None:
    headline = replace(today.headline, notice="x" * mail.BUDGET)
    with pytest.raises(RenderError, match="too long"):
        mail.build(replace(today, headline=headline))


def test_the_same_view_gives_the_same_bytes_in_every_process(factories: ModuleType) -> None:
    program = """
import hashlib, importlib.util, sys
spec = importlib.util.spec_from_file_location("factories", sys.argv[1])
factories = importlib.util.module_from_spec(spec)
sys.modules["factories"] = factories
spec.loader.exec_module(factories)
from monitor.digest import mail, view, wording
made = mail.build(view.build(wording.EN, factories.today(), factories.history()))
print(hashlib.sha256(repr([made.html, [one.content for one in made.images]]).encode()).hexdigest())
"""
    path = str(Path(__file__).parents[1] / "factories.py")
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, path], capture_output=True, check=True, text=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1
    today = view_of(factories, "today")
    assert mail.build(today) == mail.build(replace(today))
