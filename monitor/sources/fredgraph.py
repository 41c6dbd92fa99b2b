"""FRED's graph download: ``fredgraph.csv``, without a key, several series in one file."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from monitor.domain import Fetch, SeriesSpec, Want
from monitor.errors import SeriesUnknown, SourceError, SourceMalformed, SourceUnavailable
from monitor.sources import Answer, rows
from monitor.sources.fred import HOUSE
from monitor.sources.redaction import plain

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client

BATCH: Final = 10
"""Series in one request. FRED does not say how many a graph may have; ten are in common use."""
MEMBERS: Final = 20
"""Files in one zip: FRED makes one for each frequency, beside a note."""
UNPACKED_BYTES: Final = 20_000_000
PACKED_BYTES: Final = 5_000_000
"""Size of one zip. Ten daily series since 1954 take two million bytes, and packed a tenth."""

_PATH = "/graph/fredgraph.csv"
_ZIP = b"PK\x03\x04"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Python unpacks other methods of compression without a limit."""
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError,
    LookupError, ArithmeticError,
)  # fmt: skip
"""What Python says to bytes that are no sound zip file; RuntimeError asks for a password."""
_OK, _NOT_FOUND = 200, 404
_SHARED_DAYS = ("daily", "weekly")
"""Frequencies whose series do not all have the same days."""

Table = Mapping[str, list[rows.Row]]
"""Series to its rows; see :func:`monitor.sources.rows.table`."""


class Fredgraph:
    """Publisher ``fredgraph``: series of one frequency together, up to ten in a request.

    A file does not say since when a value has been there, so it is known from the day on which
    we saw it. If a file of several series is refused, cannot be read or lacks a column, what is
    missing is asked for series by series, so that a bad one does not spoil the others.

    Args:
        client: how to ask.
        url: address of FRED's site, without path.
    """

    name = "fredgraph"
    house = HOUSE

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._url = url

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        """See :meth:`monitor.sources.Publisher.fetch`."""
        for batch in batches(wants):
            yield from self._fetch(batch, now)

    def _fetch(self, batch: Sequence[Want], now: datetime) -> Iterator[Answer]:
        several = len(batch) > 1
        body = self._ask(batch)
        if isinstance(body, SourceError):
            again = several and not isinstance(body, SourceUnavailable)
            yield from self._without(batch, body, now, again=again)
            return
        if body.unchanged:
            receipts = (body.receipt,) if body.receipt else ()
            yield Answer(unchanged=tuple(want.spec.id for want in batch), receipts=receipts)
            return
        tables = _parsed(body, now.date())
        if isinstance(tables, SourceError):
            # A page that comes with status 200 is shown to whoever asks: they are at work on it.
            closed = body.status == _OK and body.is_page
            yield from self._without(batch, tables, now, again=several and not closed)
            return
        answer, missing = self._read(batch, body, tables, now)
        if answer.fetches or answer.failed:
            yield answer
        if missing:
            names = ", ".join(name for table in tables for name in table)
            problem = SourceMalformed(f"the only columns are {plain(names, 80)}", body.content)
            yield from self._without(missing, problem, now, again=several)

    def _ask(self, batch: Sequence[Want]) -> Body | SourceError:
        try:
            return self._client.get(self._url + _PATH, _query(batch))
        except SourceError as err:
            return err

    def _read(
        self, batch: Sequence[Want], body: Body, tables: Sequence[Table], now: datetime
    ) -> tuple[Answer, list[Want]]:
        """What the file says, and what it does not mention."""
        fetches: list[Fetch] = []
        failed: dict[str, SourceError] = {}
        missing: list[Want] = []
        for want in batch:
            found, series = column(tables, want.spec), want.spec.id
            if found is None:
                missing.append(want)
                continue
            try:
                fetches.append(
                    rows.fetch(self.name, series, found, now, since=want.since, raw=body.content)
                )
            except SourceError as err:
                failed[series] = err
        complete = body.receipt is not None and len(fetches) == len(batch)
        receipts = (body.receipt,) if body.receipt and complete else ()
        return Answer(tuple(fetches), failed, receipts=receipts), missing

    def _without(
        self, wants: Sequence[Want], problem: SourceError, now: datetime, *, again: bool
    ) -> Iterator[Answer]:
        """Ask for each of the series by itself, or say what the problem was."""
        if again:
            for want in wants:
                yield from self._fetch([want], now)
        else:
            yield Answer(failed={want.spec.id: self._said(want, problem) for want in wants})

    def _said(self, want: Want, problem: SourceError) -> SourceError:
        if isinstance(problem, SourceUnavailable):  # it names the address
            return problem
        return type(problem)(f"{self.name}: {want.spec.id}: {problem}", problem.raw)


def batches(wants: Sequence[Want]) -> Iterator[list[Want]]:
    """The series in groups that go into one request: of one frequency, whole histories apart."""
    groups: dict[tuple[str, bool], list[Want]] = {}
    for want in wants:
        groups.setdefault((want.spec.frequency, want.since is None), []).append(want)
    for group in groups.values():
        for start in range(0, len(group), BATCH):
            yield group[start : start + BATCH]


def _query(batch: Sequence[Want]) -> dict[str, str]:
    query = {"id": ",".join(want.spec.id for want in batch)}
    since = [want.since for want in batch if want.since]
    return {**query, "cosd": f"{min(since)}"} if since else query


def column(tables: Sequence[Table], spec: SeriesSpec) -> list[rows.Row] | None:
    """The rows of one series, or ``None`` if no file has its column.

    A file of several series has a line for every day that any of them has. A blank in it may be
    a holiday, or a day that this series does not have at all: SOFR is not published on the days
    of DGS10, nor the balance sheet of Wednesdays on those of Saturday's claims. Where the days
    can differ, blanks are dropped, for a file of this series alone might not show them; months
    and quarters are the same for all, and October 2025 stays a hole.
    """
    for table in tables:
        if (found := table.get(spec.id)) is not None:
            if len(table) > 1 and spec.frequency in _SHARED_DAYS:
                return [row for row in found if row[2] is not None]
            return found
    return None


def parse(body: Body, today: date) -> list[Table]:
    """The tables of one answer: one, or for a zip one a file.

    Args:
        body: the answer.
        today: the day from which its values are known.

    Raises:
        SourceRejected: the request was refused; ``SeriesUnknown`` with status 404.
        SourceMalformed: the answer is not a CSV file, nor a zip of such files.
    """
    if body.status == _NOT_FOUND:
        raise SeriesUnknown("there is no such series (status 404)")
    try:
        return [rows.table(text, today) for text in list(_texts(body))]
    except SourceMalformed as err:
        raise SourceMalformed(str(err), body.content) from None


def _parsed(body: Body, today: date) -> list[Table] | SourceError:
    try:
        return parse(body, today)
    except SourceError as err:
        return err


def _texts(body: Body) -> Iterator[str]:
    if body.content.startswith(_ZIP):
        body.expect_success()
        for content in _unpacked(body.content):
            yield replace(body, content=content, content_type="text/csv").text()
        return
    text = body.text()
    if not body.framed and not text.endswith("\n"):
        # Half a number is a number; JSON, XML and zip show such a cut by themselves.
        raise SourceMalformed("the file may be cut off: its last line does not end")
    yield text


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The CSV files in a zip. Their names are only looked at, never used as paths.

    Raises:
        SourceMalformed: it is not a sound zip file, or unpacks to more than we have use for.
    """
    left = UNPACKED_BYTES
    if len(content) > PACKED_BYTES:
        raise SourceMalformed(f"a zip longer than {PACKED_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS:
                raise SourceMalformed(f"a zip of {len(members)} files")
            for member in members:
                if not member.filename.lower().endswith(".csv"):
                    continue
                if member.compress_type not in _METHODS:
                    raise SourceMalformed("a zip with an unusual method of compression")
                with archive.open(member) as file:
                    unpacked = file.read(left + 1)
                left -= len(unpacked)
                if left < 0:
                    raise SourceMalformed(f"a zip of more than {UNPACKED_BYTES:,} bytes")
                yield unpacked
    except _UNREADABLE as err:
        raise SourceMalformed(f"not a sound zip file ({type(err).__name__})") from None
