# ruff: noqa: RUF001 - the typographic minus is what is tested
"""The archive on the disk: what is written, what replaces what, and what a crash leaves behind."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from monitor.delivery import site
from monitor.digest import archive
from monitor.digest.wording import EN
from monitor.domain import Shelf
from monitor.errors import RenderError

TODAY = date(2026, 11, 22)


def digest(words: str, day: date = TODAY) -> site.Digest:
    return site.Digest(
        day=day,
        edition="daily",
        language="en",
        page=f"<p>page of {words} − 1</p>\n",
        text=f"text of {words} − 1\n",
        document={"schema": 1, "as_of": day.isoformat(), "words": words},
        mail=b"mail\r\n",
    )


def listed(shelf: Shelf) -> Iterable[tuple[str, bytes]]:
    yield "index.html", "\n".join(kept.page for kept in shelf.kept).encode()


write = partial(site.write, index=listed)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def read(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8")


ALL = [
    "digest-2026-11-22.eml", "digest-2026-11-22.html", "digest-2026-11-22.json",
    "digest-2026-11-22.txt", "index.html", "latest.html", "latest.json",
]  # fmt: skip


# --------------------------------------------------------------------------------- what is written
def test_a_digest_is_written_in_every_form_and_copied_as_the_latest(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    page = write(digest("today"), folder)
    assert page == folder / "digest-2026-11-22.html"
    assert names(folder) == ALL
    assert read(folder, "digest-2026-11-22.html") == "<p>page of today − 1</p>\n"
    assert read(folder, "latest.html") == read(folder, "digest-2026-11-22.html")
    assert read(folder, "digest-2026-11-22.txt") == "text of today − 1\n"
    assert (folder / "digest-2026-11-22.eml").read_bytes() == b"mail\r\n"
    assert json.loads(read(folder, "digest-2026-11-22.json"))["words"] == "today"
    assert read(folder, "latest.json") == read(folder, "digest-2026-11-22.json")


def test_a_digest_without_a_mail_has_no_file_for_it(tmp_path: Path) -> None:
    write(replace(digest("today"), mail=b""), tmp_path)
    assert names(tmp_path) == [name for name in ALL if not name.endswith(".eml")]


@pytest.mark.parametrize(
    ("edition", "language", "page", "document"),
    [
        ("daily", "en", "digest-2026-11-22.html", "digest-2026-11-22.json"),
        ("weekly", "en", "digest-2026-11-22.weekly.html", "digest-2026-11-22.weekly.json"),
        ("daily", "zh-CN", "digest-2026-11-22.zh-CN.html", "digest-2026-11-22.json"),
        ("monthly", "zh-CN", "digest-2026-11-22.monthly.zh-CN.html",
         "digest-2026-11-22.monthly.json"),
    ],
)  # fmt: skip
def test_edition_and_language_stand_in_the_name_and_are_read_from_it(
    tmp_path: Path, edition: site.Edition, language: str, page: str, document: str
) -> None:
    found = []

    def index(shelf: Shelf) -> Iterable[tuple[str, bytes]]:
        found.extend(shelf.kept)
        return listed(shelf)

    told = replace(digest("today"), edition=edition, language=language)
    assert site.write(told, tmp_path, index) == tmp_path / page
    (kept,) = found
    assert (kept.day, kept.edition, kept.language, kept.page) == (TODAY, edition, language, page)
    assert kept.forms["json"] == document
    assert set(kept.forms) == {"txt", "eml", "json"}
    assert all((tmp_path / name).is_file() for name in kept.forms.values())


# ---------------------------------------------------------------------------- what replaces what
def test_the_latest_is_the_newest_day_in_whatever_order_days_are_written(tmp_path: Path) -> None:
    for day, words in ((22, "newest"), (20, "older"), (21, "between")):
        write(digest(words, date(2026, 11, day)), tmp_path)
    for latest in ("latest.html", "latest.json"):
        assert "newest" in read(tmp_path, latest)
    assert "older" in read(tmp_path, "digest-2026-11-20.html")
    assert read(tmp_path, "index.html").split() == [
        f"digest-2026-11-{day}.html" for day in (20, 21, 22)
    ]
    write(digest("later", date(2026, 12, 1)), tmp_path)
    assert "later" in read(tmp_path, "latest.html")


def test_of_one_day_the_latest_is_in_the_language_written_and_the_first_edition(
    tmp_path: Path,
) -> None:
    write(replace(digest("weekly"), edition="weekly"), tmp_path)
    assert "weekly" in read(tmp_path, "latest.html")
    write(digest("daily"), tmp_path)
    write(replace(digest("monthly"), edition="monthly"), tmp_path)
    assert "daily" in read(tmp_path, "latest.html")
    write(replace(digest("chinese"), language="zh-CN"), tmp_path)
    assert "chinese" in read(tmp_path, "latest.html")


def test_a_later_day_rewrites_no_file_of_an_earlier_one(tmp_path: Path) -> None:
    write(digest("first", date(2026, 11, 20)), tmp_path)
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in names(tmp_path)}
    write(digest("second", date(2026, 11, 21)), tmp_path)
    kept = [name for name in before if name.startswith("digest-")]
    assert len(kept) == 4
    assert all((tmp_path / name).stat().st_mtime_ns == before[name] for name in kept)
    assert "first" in read(tmp_path, "digest-2026-11-20.html")


def test_writing_a_day_again_replaces_it(tmp_path: Path) -> None:
    write(digest("first"), tmp_path)
    write(digest("second"), tmp_path)
    assert names(tmp_path) == ALL
    assert not [name for name in ALL if "first" in read(tmp_path, name)]


def test_the_same_digest_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        for day in (20, 21) if folder == "one" else (21, 20):
            write(digest("words", date(2026, 11, day)), tmp_path / folder)
    one, other = tmp_path / "one", tmp_path / "other"
    assert names(one) == names(other)
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names(one))


def test_files_with_other_names_are_no_digests(tmp_path: Path) -> None:
    foreign = [
        "digest-latest.html", "digest-9999-99-99.html", "digest-2027-01-01.html.bak", "zebra.html",
        "digest-2027-01-01.hourly.html", "digest-2027-01-01.txt", "digest-2027-01-01.daily.html",
        "archive-2027.html", "digest-2027-01-01.html\n",
    ]  # fmt: skip
    for name in foreign:
        (tmp_path / name).write_text("foreign")
    (tmp_path / "digest-2028-01-01.html").mkdir()
    write(digest("today"), tmp_path)
    assert "today" in read(tmp_path, "latest.html")
    assert read(tmp_path, "index.html") == "digest-2026-11-22.html"


# ---------------------------------------------------------------------------- crashes, full disks
@pytest.mark.parametrize("broken_at", range(7))
def test_a_run_that_is_killed_between_two_files_is_healed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    class KilledError(BaseException):
        pass

    write(digest("old", date(2026, 11, 20)), tmp_path)
    left = broken_at
    replace_file = site._replace

    def killed(path: Path, content: bytes) -> None:
        nonlocal left
        if not left:
            raise KilledError
        left -= 1
        replace_file(path, content)

    monkeypatch.setattr(site, "_replace", killed)
    with pytest.raises(KilledError):
        write(digest("new"), tmp_path)
    monkeypatch.undo()
    shown = read(tmp_path, "index.html").split()
    assert all((tmp_path / page).is_file() for page in shown)
    assert read(tmp_path, "latest.html") in {
        read(tmp_path, page.name) for page in tmp_path.glob("digest-*.html")
    }
    write(digest("next", date(2026, 11, 23)), tmp_path)
    assert "next" in read(tmp_path, "latest.html")
    assert read(tmp_path, "index.html").split() == sorted(
        page.name for page in tmp_path.glob("digest-*.html")
    )
    write(digest("new"), tmp_path)
    assert "new" in read(tmp_path, "digest-2026-11-22.html")
    assert not list(tmp_path.glob(".*"))


def test_an_index_or_a_latest_page_lost_or_left_behind_is_put_right(tmp_path: Path) -> None:
    write(digest("newest"), tmp_path)
    (tmp_path / "latest.html").write_text("stale")
    (tmp_path / "index.html").unlink()
    write(digest("older", date(2026, 11, 20)), tmp_path)
    assert "newest" in read(tmp_path, "latest.html")
    assert "digest-2026-11-22.html" in read(tmp_path, "index.html")


def test_a_page_of_an_older_version_without_a_document_stays_the_latest_page(
    tmp_path: Path,
) -> None:
    (tmp_path / "digest-2026-12-24.html").write_text("of an older version")
    write(digest("today"), tmp_path)
    assert read(tmp_path, "latest.html") == "of an older version"
    assert "today" in read(tmp_path, "latest.json")


def test_the_pages_may_be_read_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write(digest("today"), tmp_path)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def test_a_folder_that_is_a_file_names_path_setting_and_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.write_text("in the way")
    with pytest.raises(RenderError) as raised:
        write(digest("today"), folder)
    assert str(folder) in str(raised.value)
    assert "[site] path" in str(raised.value)
    assert "may be written" in str(raised.value)


def test_what_cannot_be_replaced_leaves_no_part_behind(tmp_path: Path) -> None:
    (tmp_path / "digest-2026-11-22.html").mkdir()
    with pytest.raises(RenderError, match=r"digest-2026-11-22\.html"):
        write(digest("today"), tmp_path)
    assert names(tmp_path) == [name for name in ALL if name.startswith("digest-")]


def test_a_disk_without_room_leaves_the_old_page_whole(tmp_path: Path) -> None:
    write(digest("old"), tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    big = replace(digest("big"), page="x" * 100_000, text="y" * 100_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(RenderError, match="cannot be written"):
            write(big, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == ALL
    assert "old" in read(tmp_path, "digest-2026-11-22.html")
    assert "old" in read(tmp_path, "latest.html")


def test_one_file_is_written_whole_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    site.write_one(tmp_path / "link.txt", "new − 1\n")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text("utf-8") == "new − 1\n"
    assert names(tmp_path) == ["link.txt", "real.txt"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        site.write_one(pipe, "words")
        assert os.read(reader, 100) == b"words"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["", "no/such/folder/digest.txt"])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(RenderError, match="cannot be written") as raised:
        site.write_one(tmp_path / name, "words")
    assert str(tmp_path / name) in str(raised.value)
    assert names(tmp_path) == []


def test_a_mail_is_written_as_the_bytes_it_is(tmp_path: Path) -> None:
    site.write_one(tmp_path / "digest.eml", b"From: a\r\n\r\n\xff\r\n")
    assert (tmp_path / "digest.eml").read_bytes() == b"From: a\r\n\r\n\xff\r\n"


def test_the_real_index_goes_with_the_real_archive(tmp_path: Path) -> None:
    site.write(digest("today"), tmp_path, partial(archive.pages, EN))
    assert names(tmp_path) == sorted([*ALL, "feed.xml"])
    assert 'href="digest-2026-11-22.html"' in read(tmp_path, "index.html")
