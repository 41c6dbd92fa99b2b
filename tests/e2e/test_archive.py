"""The archive that runs leave behind: all forms, an index that leads to them, a feed."""

from __future__ import annotations

import email
import email.policy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import feedparser
import pytest

PAST = "2007-07-13"
ADDRESS = "https://digests.example/us"
_LINK = re.compile(r'<(?:a|link)\b[^>]*\bhref="([^"]*)"')


def links(page: Path) -> set[str]:
    return {href for href in _LINK.findall(page.read_text("utf-8")) if href != "data:,"}


def reached(site: Path) -> set[str]:
    """Everything that the index leads to; each link must lead somewhere."""
    found, waiting = set(), {"index.html"}
    while waiting:
        name = waiting.pop()
        assert (site / name).is_file(), name
        found.add(name)
        if name.startswith(("index", "archive-")):
            waiting |= links(site / name) - found
    return found


@pytest.fixture(scope="module")
def grown(made_once: Any, original: Path, program: Any) -> Path:
    """A folder whose index was lost, with a page of an older version, and then three more runs.

    One of today, and of a past day a daily one in English and a weekly one in Chinese.
    """

    def make(folder: Path) -> None:
        shutil.copytree(original, folder, dirs_exist_ok=True)
        monitor = program(folder)
        monitor.settings(
            f'[site]\nbase_url = "{ADDRESS}/"\ntitle = "Risk & <rates>"\n'
            '[store]\npath = "var/monitor.db"\n'
        )
        (monitor.site / "index.html").unlink()
        (monitor.site / "digest-2026-01-05.html").write_text("of an older version")
        (monitor.site / "digest-2026-01-06.json").write_text("{}")
        done = monitor("run", "--json")
        assert done.code == 3
        (folder / "said.json").write_text(done.out)
        shutil.copytree(monitor.site, folder / "before")
        for options in ((), ("--language", "zh", "--edition", "weekly")):
            assert monitor("run", "--as-of", PAST, *options).code in {0, 3}

    return Path(made_once("grown-archive", make))


@pytest.fixture
def site(grown: Path) -> Path:
    return grown / "var/site"


def test_a_run_writes_every_form_and_the_index_leads_to_it(seeded: Any, clock: Any) -> None:
    name = f"digest-{clock.today}"
    forms = {f"{name}.{ending}" for ending in ("html", "txt", "json", "eml")}
    found = {path.name for path in seeded.site.iterdir()}
    assert found == {*forms, "index.html", "feed.xml", "latest.html", "latest.json"}
    assert reached(seeded.site) == {*forms, "index.html", "feed.xml"}
    for ending in ("html", "json"):
        latest = seeded.site / f"latest.{ending}"
        assert latest.read_bytes() == (seeded.site / f"{name}.{ending}").read_bytes()


def test_the_files_of_a_run_are_what_it_said(grown: Path, site: Path) -> None:
    said = json.loads((grown / "said.json").read_text())
    page = site / Path(said["page"]).name
    kept = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert kept == said["assessment"]
    message = email.message_from_bytes(
        page.with_suffix(".eml").read_bytes(), policy=email.policy.default
    )
    title = re.search(r"<title>(.*?)</title>", page.read_text("utf-8"))
    assert title
    assert message["Subject"] == title[1]
    assert message["Archived-At"] == f"<{ADDRESS}/{page.name}>"


def test_a_lost_index_is_made_again_and_a_page_of_an_older_version_is_listed(site: Path) -> None:
    assert "digest-2026-01-05.html" in reached(site)
    assert "digest-2026-01-06.json" not in reached(site)


def test_a_replay_is_listed_as_one_and_becomes_neither_the_latest_nor_news(
    grown: Path, site: Path
) -> None:
    for name in ("latest.html", "latest.json", "feed.xml"):
        assert (site / name).read_bytes() == (grown / "before" / name).read_bytes()
    assert {f"digest-{PAST}.{ending}" for ending in ("html", "eml")} <= reached(site)
    row = re.search(rf"<tr[^>]*>(?:(?!</tr>).)*{PAST}\.html.*?</tr>", _index(site), re.DOTALL)
    assert row
    assert "made on" in row[0]


def test_another_edition_and_language_stand_beside_a_digest(site: Path) -> None:
    page = site / f"digest-{PAST}.weekly.zh-CN.html"
    assert '<html lang="zh-CN">' in page.read_text("utf-8")
    assert '<html lang="en">' in (site / f"digest-{PAST}.html").read_text("utf-8")
    assert re.search(
        rf'href="{page.name}" hreflang="zh-CN"[^>]*>weekly, 简体中文</a>', _index(site)
    )
    weekly = json.loads((site / f"digest-{PAST}.weekly.json").read_text("utf-8"))
    assert weekly["previous"]["as_of"] == "2007-07-06"


def test_the_feed_can_be_read_and_has_the_address_of_the_archive(site: Path) -> None:
    feed = feedparser.parse((site / "feed.xml").read_bytes())
    assert not feed.bozo
    newest = json.loads((site / "latest.json").read_text("utf-8"))
    (entry,) = feed.entries
    assert entry.link == f"{ADDRESS}/digest-{newest['as_of']}.html"
    assert entry.updated == newest["generated_at"]
    assert "<title>Risk &amp; &lt;rates&gt;</title>" in (site / "feed.xml").read_text("utf-8")
    assert "<title>Risk &amp; &lt;rates&gt;: archive</title>" in _index(site)


def test_an_address_that_is_no_https_is_refused(reader: Any) -> None:
    for address in ("http://digests.example", "https://me:secret@digests.example", "digests"):
        done = reader("config", "show", RECESSION_MONITOR_SITE__BASE_URL=address)
        line = done.refused(2, "site.base_url", "https://host.example/digests")
        assert "secret" not in line


def _index(site: Path) -> str:
    return (site / "index.html").read_text("utf-8")
