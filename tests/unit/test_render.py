from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from monitor.digest import render, script, wording
from monitor.digest.blocks import Column, Table
from monitor.digest.render import Rendered
from monitor.digest.view import DigestView, build
from monitor.digest.wording import EN, Wording
from monitor.errors import RenderError

CASES = ("today", "cutting", "inverted", "in_recession", "bare", "hostile")
VOID = {"meta", "link", "img", "br"}
TEMPLATES = Path(__file__).parents[2] / "templates"


class Page(HTMLParser):
    """Text, elements and attributes of a page, and whether its elements are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def view_of(factories: ModuleType, case: str, say: Wording = EN) -> DigestView:
    past = {"inverted": factories.inverted_history, "bare": factories.no_history}
    return build(say, getattr(factories, case)(), past.get(case, factories.history)())


@pytest.fixture(params=[(case, code) for code in wording.LANGUAGES for case in CASES],
                ids=" ".join)  # fmt: skip
def view(request: pytest.FixtureRequest, factories: ModuleType) -> DigestView:
    case, language = request.param
    return view_of(factories, case, wording.of(language))


@pytest.fixture
def rendered(view: DigestView) -> Rendered:
    return render.render(view)


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


def squeezed(text: str) -> str:
    """Without white space, which lines and columns may add anywhere."""
    return re.sub(r"\s", "", text)


def test_every_fact_stands_in_both_renditions(view: DigestView, rendered: Rendered) -> None:
    text, page = squeezed(rendered.text), squeezed("".join(Page(rendered.html).words))
    known = [squeezed(fact) for fact in facts(view)]
    assert len(known) > 60
    assert [fact for fact in known if fact not in text] == []
    assert [fact for fact in known if fact not in page] == []


def test_the_subject_is_the_title_of_the_page(view: DigestView, rendered: Rendered) -> None:
    title = re.search(r"<title>(.*)</title>", rendered.html)
    assert title is not None
    assert rendered.subject == view.subject == title[1].replace("&lt;", "<").replace("&gt;", ">")


def test_the_text_fits_a_terminal(rendered: Rendered) -> None:
    lines = rendered.text.split("\n")
    assert max(map(render.columns, lines)) <= 78
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\n\n\n\n" not in rendered.text
    assert rendered.text.endswith("\n")
    assert not rendered.text.endswith("\n\n")


def test_the_same_view_gives_the_same_bytes(view: DigestView, rendered: Rendered) -> None:
    assert render.render(replace(view)) == rendered


def test_the_page_asks_for_nothing_outside_itself(rendered: Rendered) -> None:
    page = Page(rendered.html)
    # The script is the one of the package, and its name of SVG is no address.
    assert rendered.html.count(f"<script>{script.SOURCE}</script>") == 1
    assert "://" not in rendered.html.replace(script.SOURCE, "")
    assert "url(" not in rendered.html
    assert {"iframe", "img", "object", "form"}.isdisjoint(tag for tag, _ in page.elements)
    assert page.named("script") == [{}]
    assert [link["href"] for link in page.named("link")] == ["data:,"]
    policy = [meta["content"] for meta in page.named("meta") if "http-equiv" in meta]
    asked = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src "
    assert policy == [asked + script.csp_hash()]
    assert not [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]


def test_the_page_is_well_formed_and_has_landmarks(view: DigestView, rendered: Rendered) -> None:
    page = Page(rendered.html)
    assert page.open == []
    assert page.named("html") == [{"lang": view.language}]
    assert [len(page.named(tag)) for tag in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for section in page.named("section"):
        assert section["aria-labelledby"] in ids


def test_every_table_has_a_caption_and_every_heading_a_scope(rendered: Rendered) -> None:
    page = Page(rendered.html)
    assert len(page.named("caption")) == len(page.named("table")) > 0
    assert {heading.get("scope") for heading in page.named("th")} == {"col", "row"}


def test_foreign_markup_is_shown_and_not_obeyed(factories: ModuleType) -> None:
    view = view_of(factories, "hostile")
    rendered = render.render(view)
    assert "<img src=x onerror=alert(1)>" in rendered.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in rendered.html
    assert "<img" not in rendered.html
    assert "{{ 7 * 7 }}" in rendered.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", rendered.text + rendered.html)
    assert [fact for fact in facts(view) if "\n" in fact] == []


def test_a_name_the_view_does_not_know_stops_the_rendering(
    factories: ModuleType, tmp_path: Path
) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    (tmp_path / "templates" / "email" / "digest.txt").write_text("{{ view.no_such_word }}\n")
    with pytest.raises(RenderError, match="no_such_word"):
        render.render(view_of(factories, "today"), tmp_path / "templates")


def test_a_missing_template_is_named(factories: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"digest\.subject\.txt"):
        render.render(view_of(factories, "today"), tmp_path)


def test_a_broken_template_is_named(factories: ModuleType, tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    (tmp_path / "templates" / "web" / "digest.html").write_text("{% if %}")
    with pytest.raises(RenderError, match=r"digest\.html"):
        render.render(view_of(factories, "today"), tmp_path / "templates")


def table(*rows: tuple[str, ...], titles: tuple[str, ...]) -> Table:
    columns = tuple(Column(title, numeric=title.islower()) for title in titles)
    return Table("caption", columns, rows)


def test_text_tables_align_words_left_and_numbers_right() -> None:
    laid = render.lay_out(table(("a", "1"), ("long name", "10"), titles=("Name", "n")))
    assert laid == "Name        n\n---------  --\na           1\nlong name  10"


def test_a_long_last_column_is_broken_under_itself() -> None:
    words = "word " * 30
    lines = render.lay_out(table(("a", words.strip()), titles=("Name", "Said"))).split("\n")
    assert len(lines) == 5
    assert lines[2].startswith("a     word word")
    assert lines[3].startswith("      word")
    assert max(map(len, lines)) <= 78


def test_a_table_that_does_not_fit_is_told_row_by_row() -> None:
    titles = ("Name", "first", "second")
    laid = render.lay_out(table(("a", "x" * 40, "y" * 40), titles=titles))
    assert laid == f"Name a\n    first: {'x' * 40}\n    second: {'y' * 40}"
