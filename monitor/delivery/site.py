"""The archive: every digest as files in one folder, an index, a feed, and copies of the newest.

``digest-2026-11-22.html`` is the page of the daily digest of a day in English. Another edition and
another language stand between day and ending: ``digest-2026-11-22.weekly.zh-CN.html``. Beside each
page lie the plain text (``.txt``), the mail (``.eml``) and, for all languages together, the
assessment it tells (``digest-2026-11-22.json``). ``latest.html`` and ``latest.json`` are copies of
the newest ones, ``index.html`` leads to all, and ``feed.xml`` announces them.

What is told of a day stays as it was told: only a digest of that day, edition and language
replaces its files. All that leads to them is made from what the folder holds, so it can be thrown
away, and what an interrupted run left behind is put right by the next one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

from monitor.domain import EDITIONS, Edition, Kept, Shelf
from monitor.errors import RenderError

INDEX: Final = "index.html"
LATEST: Final = "latest"
"""Name of the copies of the newest digest, before the dot."""

_DIGEST: Final = re.compile(
    r"digest-(?P<day>\d{4}-\d{2}-\d{2})"
    rf"(?:\.(?P<edition>{'|'.join(EDITIONS[1:])}))?"
    r"(?:\.(?P<language>[a-z]{2}(?:-[A-Za-z]{2,8})?))?"
    r"\.html",
    re.ASCII,
)
_PLAIN: Final = "en"
"""The language that stands in no name."""

Index = Callable[[Shelf], Iterable[tuple[str, bytes]]]
"""Names and contents of what leads to the digests of a shelf, the index last."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What is written of one digest.

    Attributes:
        day: day of the assessment.
        edition: its edition.
        language: of its words, as BCP 47 writes it.
        page: the page.
        text: the plain text.
        document: the assessment as a JSON document.
        mail: the message as it would be sent, or nothing.
    """

    day: date
    edition: Edition
    language: str
    page: str
    text: str
    document: Mapping[str, Any]
    mail: bytes = b""


def name(day: date, edition: Edition, language: str, ending: str) -> str:
    """Name of one file of a digest.

    Args:
        day: day of the assessment.
        edition: its edition.
        language: of its words, as BCP 47 writes it.
        ending: what follows the last dot: ``html``, ``txt``, ``eml`` or ``json``.
    """
    middle = "" if edition == EDITIONS[0] else f".{edition}"
    shared = ending == "json" or language == _PLAIN
    return f"digest-{day.isoformat()}{middle}{'' if shared else f'.{language}'}.{ending}"


def write(digest: Digest, folder: Path, index: Index) -> Path:
    """Write one digest and all that leads to it; returns the path of its page.

    Each file appears whole or not at all, and the page after what it goes with. A digest of an
    earlier day does not become the newest one.

    Args:
        digest: what to write.
        folder: the archive; made if it is not there.
        index: makes what leads to the digests.

    Raises:
        RenderError: a file cannot be written.
    """
    called = partial(name, digest.day, digest.edition, digest.language)
    files = {
        called("txt"): digest.text.encode(),
        called("eml"): digest.mail,
        called("json"): _json(digest.document),
        called("html"): digest.page.encode(),
    }
    target = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            if content:
                target = folder / file
                _replace(target, content)
        shelf = _Folder(folder)
        for file, content in (*_latest(shelf, digest.language), *index(shelf)):
            target = folder / file
            _replace(target, content)
        target = folder
        _sync(folder)
    except OSError as err:
        raise RenderError(
            f"{target}: cannot be written: {err.strerror or err}; see that the folder in the "
            "setting [site] path exists, has room and may be written by this user"
        ) from err
    return folder / called("html")


def write_one(path: Path, rendition: str | bytes) -> None:
    """Write one rendition to a file that the reader names: whole, or not at all.

    What is no regular file, such as a pipe or ``/dev/stdout``, is written to and not replaced.

    Raises:
        RenderError: the file cannot be written.
    """
    content = rendition.encode() if isinstance(rendition, str) else rendition
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)
    except OSError as err:
        raise RenderError(
            f"{path}: cannot be written: {err.strerror or err}; give a file in an existing folder "
            "that has room and may be written by this user"
        ) from err


class _Folder:
    """The digests of a folder; a digest is there as soon as its page is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        names = {entry.name for entry in os.scandir(folder) if entry.is_file()}
        found = [kept for page in names if (kept := _kept(page, names)) is not None]
        order = {edition: at for at, edition in enumerate(EDITIONS)}
        self.kept: Sequence[Kept] = sorted(
            found, key=lambda kept: (kept.day, order[kept.edition], kept.language)
        )

    def read(self, name: str) -> bytes:
        """Content of one file; nothing where there is none."""
        with suppress(OSError):
            return (self._folder / name).read_bytes()
        return b""

    def written(self, name: str) -> int:
        """When a file was written last, in nanoseconds; 0 where there is none."""
        with suppress(OSError):
            return (self._folder / name).stat().st_mtime_ns
        return 0


def _kept(page: str, names: set[str]) -> Kept | None:
    """The digest whose page has this name, if it is one."""
    found = _DIGEST.fullmatch(page)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found["day"])
    except ValueError:
        return None
    own = page.removesuffix(".html")
    language = found["language"] or _PLAIN
    shared = own.removesuffix(f".{language}") if found["language"] else own
    forms = {"txt": f"{own}.txt", "eml": f"{own}.eml", "json": f"{shared}.json"}
    edition = next((it for it in get_args(Edition) if it == found["edition"]), EDITIONS[0])
    present = {ending: form for ending, form in forms.items() if form in names}
    return Kept(day, edition, language, page, present)


def _latest(shelf: Shelf, language: str) -> Iterable[tuple[str, bytes]]:
    """Copies of the newest page and document; of several of one day the first edition's."""
    order = {edition: -at for at, edition in enumerate(EDITIONS)}

    def key(kept: Kept) -> tuple[date, bool, int]:
        return kept.day, kept.language == language, order[kept.edition]

    yield f"{LATEST}.html", shelf.read(max(shelf.kept, key=key).page)
    told = [kept for kept in shelf.kept if "json" in kept.forms]
    if told:
        yield f"{LATEST}.json", shelf.read(max(told, key=key).forms["json"])


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()


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
