# ruff: noqa: RUF001 - the typographic minus is what is tested
from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from monitor.delivery import site
from monitor.errors import RenderError


@dataclass(frozen=True)
class Digest:
    text: str
    html: str


def digest(words: str) -> Digest:
    return Digest(f"text of {words} − 1\n", f"<p>page of {words} − 1</p>\n")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_page_a_text_and_the_index_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    page = site.write(digest("today"), date(2026, 11, 22), folder)
    assert page == folder / "digest-2026-11-22.html"
    assert names(folder) == ["digest-2026-11-22.html", "digest-2026-11-22.txt", "index.html"]
    assert page.read_text("utf-8") == (folder / "index.html").read_text("utf-8")
    assert page.read_text("utf-8") == "<p>page of today − 1</p>\n"
    assert page.with_suffix(".txt").read_text("utf-8") == "text of today − 1\n"


def test_the_index_is_the_newest_day_in_whatever_order_days_are_written(tmp_path: Path) -> None:
    for day, words in ((22, "newest"), (20, "older"), (21, "between")):
        site.write(digest(words), date(2026, 11, day), tmp_path)
    assert "newest" in (tmp_path / "index.html").read_text("utf-8")
    assert "older" in (tmp_path / "digest-2026-11-20.html").read_text("utf-8")
    site.write(digest("later"), date(2026, 12, 1), tmp_path)
    assert "later" in (tmp_path / "index.html").read_text("utf-8")


def test_writing_a_day_again_replaces_it(tmp_path: Path) -> None:
    site.write(digest("first"), date(2026, 11, 22), tmp_path)
    site.write(digest("second"), date(2026, 11, 22), tmp_path)
    assert "second" in (tmp_path / "index.html").read_text("utf-8")
    assert len(names(tmp_path)) == 3


def test_an_index_lost_or_left_behind_is_put_right(tmp_path: Path) -> None:
    site.write(digest("newest"), date(2026, 11, 22), tmp_path)
    (tmp_path / "index.html").write_text("stale")
    site.write(digest("older"), date(2026, 11, 20), tmp_path)
    assert "newest" in (tmp_path / "index.html").read_text("utf-8")


def test_files_with_other_names_are_no_digests(tmp_path: Path) -> None:
    for name in ("digest-latest.html", "digest-9999-99-99.html.bak", "zebra.html"):
        (tmp_path / name).write_text("foreign")
    site.write(digest("today"), date(2026, 11, 22), tmp_path)
    assert "today" in (tmp_path / "index.html").read_text("utf-8")


def test_the_pages_may_be_read_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        page = site.write(digest("today"), date(2026, 11, 22), tmp_path)
    finally:
        os.umask(before)
    assert page.stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_a_file_names_path_setting_and_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.write_text("in the way")
    with pytest.raises(RenderError) as raised:
        site.write(digest("today"), date(2026, 11, 22), folder)
    assert str(folder) in str(raised.value)
    assert "[site] path" in str(raised.value)
    assert "may be written" in str(raised.value)


def test_what_cannot_be_replaced_leaves_no_part_behind(tmp_path: Path) -> None:
    (tmp_path / "digest-2026-11-22.html").mkdir()
    with pytest.raises(RenderError, match=r"digest-2026-11-22\.html"):
        site.write(digest("today"), date(2026, 11, 22), tmp_path)
    assert names(tmp_path) == ["digest-2026-11-22.html", "digest-2026-11-22.txt"]


def test_a_disk_without_room_leaves_the_old_page_whole(tmp_path: Path) -> None:
    site.write(digest("old"), date(2026, 11, 22), tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    big = Digest("x" * 100_000, "y" * 100_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(RenderError, match="cannot be written"):
            site.write(big, date(2026, 11, 22), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(names(tmp_path)) == 3
    assert "old" in (tmp_path / "digest-2026-11-22.html").read_text("utf-8")
    assert "old" in (tmp_path / "index.html").read_text("utf-8")


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
