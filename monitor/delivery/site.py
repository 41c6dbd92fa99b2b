"""The digest as files: a page and a text for each day, and the newest page as ``index.html``."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Final, Protocol

from monitor.errors import RenderError

_DATED: Final = re.compile(r"digest-(\d{4}-\d{2}-\d{2})\.html")


class Digest(Protocol):
    """What is written: a digest in two renditions."""

    @property
    def text(self) -> str:
        """The plain text."""

    @property
    def html(self) -> str:
        """The page."""


def write(rendered: Digest, as_of: date, folder: Path) -> Path:
    """Write the digest of one day and return the path of its page.

    Each file appears whole or not at all. ``index.html`` is always a copy of the page of the
    latest day in the folder, so a digest of an earlier day does not replace it, and a copy that an
    interrupted run left behind is put right.

    Raises:
        RenderError: a file cannot be written.
    """
    page = folder / f"digest-{as_of.isoformat()}.html"
    target = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for target, text in ((page.with_suffix(".txt"), rendered.text), (page, rendered.html)):
            _replace(target, text.encode())
        target = folder / "index.html"
        _replace(target, _newest(folder).read_bytes())
        target = folder
        _sync(folder)
    except OSError as err:
        raise RenderError(
            f"{target}: cannot be written: {err.strerror or err}; see that the folder in the "
            "setting [site] path exists, has room and may be written by this user"
        ) from err
    return page


def write_one(path: Path, text: str) -> None:
    """Write one rendition to a file that the reader names: whole, or not at all.

    What is no regular file, such as a pipe or ``/dev/stdout``, is written to and not replaced.

    Raises:
        RenderError: the file cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(text.encode())
        else:
            _replace(path.resolve(), text.encode())
    except OSError as err:
        raise RenderError(
            f"{path}: cannot be written: {err.strerror or err}; give a file in an existing folder "
            "that has room and may be written by this user"
        ) from err


def _newest(folder: Path) -> Path:
    """Page of the latest day; names sort as their days do."""
    return folder / max(path.name for path in folder.iterdir() if _DATED.fullmatch(path.name))


def _replace(path: Path, content: bytes) -> None:
    """Put ``content`` in place of ``path`` in one step, on the disk before it has the name."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make the new names last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
