"""How publishers fail: in the figures, in the body, and on the way.

Each fault is a name with options. The tables at the end of this file are the whole list; a fault
on the way is carried out by the server, which knows the connection.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from .bls import quota
from .fred import refusal
from .wire import MISSING, Cell, Reply, Request, Row, Sheet, Token

Options = Mapping[str, str]

PUBLISHERS: Final = ("fred", "fredgraph", "treasury", "bls", "nyfed", "board")
"""Names as in the catalogue."""

ALL: Final = "*"
FAR: Final = timedelta(days=400)
BOMB_MEGABYTES: Final = 200
NESTING: Final = 100_000


@dataclass
class Fault:
    """A fault that was asked for, and for whom.

    Attributes:
        publisher: a name of :data:`PUBLISHERS`, or ``*`` for all.
        name: of the fault.
        series: only requests that name this series; empty for all.
        path: only paths that contain this text; empty for all.
        skip: so many requests are answered well before it begins.
        times: it strikes so often; ``None`` for ever.
        options: particulars, such as ``retry_after``.
    """

    publisher: str
    name: str
    series: str = ""
    path: str = ""
    skip: int = 0
    times: int | None = None
    options: Options = field(default_factory=dict)

    def strikes(self, publisher: str, path: str, series: tuple[str, ...]) -> bool:
        """Whether it strikes this request; counts it if so."""
        if self.publisher not in (ALL, publisher) or self.path not in path:
            return False
        if (self.series and self.series not in series) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


def parsed(text: str) -> Fault:
    """A fault from ``PUBLISHER[/SERIES]:NAME[,option=value...]``.

    Raises:
        ValueError: it is not of that form, or names nothing that is known.
    """
    match = re.fullmatch(r"([a-z*]+)(?:/(\w+))?:(\w+)((?:,\w+=[^,]*)*)", text)
    if match is None:
        raise ValueError(f"{text!r} is not of the form PUBLISHER[/SERIES]:FAULT[,option=value...]")
    options = dict(part.split("=", 1) for part in match[4].split(",")[1:])
    return made(match[1], match[3], series=match[2] or "", **options)


def made(publisher: str, name: str, **options: object) -> Fault:
    """A fault from its parts, checked.

    Raises:
        ValueError: the publisher or the fault is not known.
    """
    if publisher not in (*PUBLISHERS, ALL):
        raise ValueError(f"publisher {publisher!r} is none of {', '.join((*PUBLISHERS, ALL))}")
    if name not in FAULTS:
        raise ValueError(f"fault {name!r} is none of {', '.join(FAULTS)}")
    given = {key: str(value) for key, value in options.items() if value is not None}
    series, path = given.pop("series", ""), given.pop("path", "")
    skip, times = int(given.pop("skip", "0")), given.pop("times", None)
    return Fault(publisher, name, series, path, skip, int(times) if times else None, given)


# ---------------------------------------------------------------------------------- in the figures
def _figure(sheet: Sheet, options: Options) -> int | None:
    """The column that is struck: the first of figures, or the one that is named if it is here."""
    if named := options.get("column"):
        return next((n for n, name in enumerate(sheet.columns) if name.strip('"') == named), None)
    return sheet.figures[0]


def _newest(sheet: Sheet, place: int) -> int | None:
    """Number of the newest row with a figure in a column."""
    stated = [n for n, (_, cells) in enumerate(sheet.rows) if _is_number(cells[place])]
    return max(stated, key=lambda n: sheet.rows[n][0], default=None)


def _renamed(sheet: Sheet, options: Options, _today: date) -> Sheet:
    if options.get("column") == "key":
        return replace(sheet, key=f"{sheet.key}_new")
    place, columns = _figure(sheet, options), list(sheet.columns)
    if place is None:
        return sheet
    label = columns[place]
    columns[place] = f'{label[:-1]}_NEW"' if label.endswith('"') else f"{label}_NEW"
    return replace(sheet, columns=tuple(columns))


def _added(sheet: Sheet, options: Options, _today: date) -> Sheet:
    del options
    rows = tuple((day, (*cells, "1")) for day, cells in sheet.rows)
    return replace(sheet, columns=(*sheet.columns, "ADDED"), rows=rows)


def _reordered(sheet: Sheet, options: Options, _today: date) -> Sheet:
    del options
    return replace(sheet, rows=(*sheet.rows[1::2], *sheet.rows[::2]))


def _shortened(sheet: Sheet, options: Options, _today: date) -> Sheet:
    newest = max((day for day, _ in sheet.rows), default=None)
    rows = tuple(row for row in sheet.rows if row[0] != newest)
    return replace(sheet, rows=rows[: len(rows) - int(options.get("more", "0"))])


def _contradicting(sheet: Sheet, options: Options, _today: date) -> Sheet:
    place = _figure(sheet, options)
    number = None if place is None else _newest(sheet, place)
    if place is None or number is None:
        return sheet
    other = _changed(sheet.rows[number], place, lambda value: value + 1)
    return replace(sheet, rows=(*sheet.rows[: number + 1], other, *sheet.rows[number + 1 :]))


def _repeated(sheet: Sheet, options: Options, _today: date) -> Sheet:
    del options
    return replace(sheet, rows=(*sheet.rows, *sheet.rows[-1:]))


def _of_the_future(sheet: Sheet, options: Options, today: date) -> Sheet:
    ahead = timedelta(days=int(options.get("days", f"{FAR.days}")))
    rows = tuple((today + ahead, cells) for _, cells in sheet.rows[-1:])
    return replace(sheet, rows=(*sheet.rows, *rows))


def _in_other_units(sheet: Sheet, options: Options, _today: date) -> Sheet:
    factor = float(options.get("factor", "1000"))
    rows = sheet.rows
    for place in sheet.figures:
        rows = tuple(
            _changed(row, place, lambda value: value * factor) if _is_number(row[1][place]) else row
            for row in rows
        )
    return replace(sheet, rows=rows)


def _not_a_number(sheet: Sheet, options: Options, _today: date) -> Sheet:
    """In JSON the bare word, as Python and JavaScript write it; in text the same letters."""
    place, token = _figure(sheet, options), Token(options.get("token", "NaN"))
    number = None if place is None else _newest(sheet, place)
    if place is None or number is None:
        return sheet
    day, cells = sheet.rows[number]
    rows = list(sheet.rows)
    rows[number] = (day, (*cells[:place], token, *cells[place + 1 :]))
    return replace(sheet, rows=tuple(rows))


def _without_values(sheet: Sheet, options: Options, _today: date) -> Sheet:
    del options
    rows = tuple(
        (day, tuple(_blank(cell) if n in sheet.figures else cell for n, cell in enumerate(cells)))
        for day, cells in sheet.rows
    )
    return replace(sheet, rows=rows)


def _without_rows(sheet: Sheet, options: Options, _today: date) -> Sheet:
    del options
    return replace(sheet, rows=())


def _blank(cell: Cell) -> Cell:
    if cell is None or not _is_number(cell):
        return cell
    return Token("null") if isinstance(cell, Token) else MISSING


def _changed(row: Row, place: int, change: Callable[[float], float]) -> Row:
    day, cells = row
    old = cells[place] or ""
    value = f"{change(float(old)):.10f}".rstrip("0").rstrip(".")
    return day, (*cells[:place], type(old)(value), *cells[place + 1 :])


def _is_number(cell: Cell) -> bool:
    return cell is not None and bool(re.fullmatch(r"-?\d+(\.\d+)?", cell))


# ------------------------------------------------------------------------------------- in the body
def _status(status: int) -> Callable[[Reply, Request, Options], Reply]:
    def fail(_reply: Reply, _request: Request, options: Options) -> Reply:
        headers = {"Retry-After": options["retry_after"]} if "retry_after" in options else {}
        body = f"<html><body><h1>{status} Error</h1></body></html>".encode()
        return Reply(body, "text/html; charset=UTF-8", status, headers)

    return fail


def _too_many(reply: Reply, request: Request, options: Options) -> Reply:
    failed = _status(429)(reply, request, options)
    if request.path.startswith("/fred/"):
        said = refusal(request, 429, "Too Many Requests.  Exceeded Rate Limit")
        return replace(said, headers=failed.headers)
    return failed


def _web_page(reply: Reply, _request: Request, options: Options) -> Reply:
    body = (
        b"<!DOCTYPE html>\n<html><head><title>Scheduled maintenance</title></head>\n"
        b"<body><p>We will be back soon.</p></body></html>\n"
    )
    kind = reply.content_type if options.get("disguised") else "text/html; charset=UTF-8"
    return Reply(body, kind)


def _empty(reply: Reply, _request: Request, _options: Options) -> Reply:
    return replace(reply, body=b"", chunked=False)


def _wrong_type(reply: Reply, _request: Request, options: Options) -> Reply:
    return replace(reply, content_type=options.get("type", "image/png"))


def _nested(reply: Reply, _request: Request, _options: Options) -> Reply:
    if "json" in reply.content_type:
        body = b"[" * NESTING
    elif "xml" in reply.content_type:
        body = b'<?xml version="1.0"?>' + b"<a>" * NESTING + b"</a>" * NESTING
    else:
        body = b"(" * NESTING
    return replace(reply, body=body)


_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [
<!ENTITY a "lol">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">
<!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">
]>
<feed xmlns="http://www.w3.org/2005/Atom"><title>&h;</title></feed>
"""
_EXTERNAL = b"""<?xml version="1.0"?>
<!DOCTYPE feed [<!ENTITY leak SYSTEM "file:///etc/hostname">]>
<feed xmlns="http://www.w3.org/2005/Atom"><title>&leak;</title></feed>
"""


def _entities(reply: Reply, _request: Request, options: Options) -> Reply:
    return replace(reply, body=_EXTERNAL if options.get("external") else _LAUGHS)


def _other_encoding(reply: Reply, _request: Request, options: Options) -> Reply:
    codec = options.get("codec", "utf-16")
    return replace(reply, body=reply.body.decode().encode(codec))


def _key_repeated(reply: Reply, request: Request, options: Options) -> Reply:
    """A refusal that repeats the whole request, the key with it."""
    del options
    said = "&".join(f"{name}={value}" for name, value in request.query.items())
    said = f"Bad Request.  {request.path}?{said} {request.body.decode(errors='replace')}"
    if request.path.startswith("/fred/"):
        return refusal(request, 400, said)
    return Reply(said.encode(), reply.content_type, 400)


def _quota(reply: Reply, request: Request, options: Options) -> Reply:
    if request.path.startswith("/publicAPI/"):
        return quota(request)
    return _too_many(reply, request, options)


def _from_file(reply: Reply, _request: Request, options: Options) -> Reply:
    """What a file holds, such as an answer that was recorded."""
    body, status = Path(options["file"]).read_bytes(), int(options.get("status", "200"))
    return replace(reply, body=body, status=status)


def _zip_bomb(_reply: Reply, _request: Request, _options: Options) -> Reply:
    return Reply(_packed_zeros(), "application/zip")


def _redirected(_reply: Reply, request: Request, options: Options) -> Reply:
    """Elsewhere, or round in a circle."""
    here = f"{request.path}?{urlencode(request.query)}"
    headers = {"Location": options.get("to", here)}
    return Reply(b"", "text/html", int(options.get("status", "302")), headers)


@cache
def zeros() -> bytes:
    """A gzip stream of two hundred million zeros, in two hundred thousand bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = bytes(1_000_000)
    return b"".join(packer.compress(block) for _ in range(BOMB_MEGABYTES)) + packer.flush()


@cache
def _packed_zeros() -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("daily.csv", "w") as member,
    ):
        block = bytes(1_000_000)
        for _ in range(BOMB_MEGABYTES):
            member.write(block)
    return packed.getvalue()


def compressed(body: bytes) -> bytes:
    """A body as a publisher compresses it; the same bytes every time."""
    return gzip.compress(body, 1, mtime=0)


FIGURES: Final[Mapping[str, Callable[[Sheet, Options, date], Sheet]]] = {
    "renamed_column": _renamed,
    "added_column": _added,
    "reordered_rows": _reordered,
    "missing_last_row": _shortened,
    "contradiction": _contradicting,
    "repeated_row": _repeated,
    "future_date": _of_the_future,
    "other_unit": _in_other_units,
    "not_a_number": _not_a_number,
    "no_values": _without_values,
    "no_rows": _without_rows,
}
"""Faults in the figures; ``column``, ``token``, ``factor``, ``days`` are their options."""

BODIES: Final[Mapping[str, Callable[[Reply, Request, Options], Reply]]] = {
    **{f"{status}": _status(status) for status in (403, 404, 500, 502, 503, 504)},
    "429": _too_many,
    "web_page": _web_page,
    "empty": _empty,
    "wrong_type": _wrong_type,
    "deep_nesting": _nested,
    "entities": _entities,
    "other_encoding": _other_encoding,
    "key_repeated": _key_repeated,
    "quota": _quota,
    "zip_bomb": _zip_bomb,
    "file": _from_file,
    "redirect": _redirected,
}
"""Faults of the body; ``retry_after``, ``disguised``, ``type``, ``external``, ``codec``, ``to``,
``status`` and ``file`` are their options."""

ON_THE_WAY: Final = (
    "drip",
    "silence",
    "cut",
    "cut_chunk",
    "cut_unframed",
    "reset",
    "gzip_bomb",
    "broken_gzip",
)
"""Faults of the connection: a byte now and then, nothing at all, a body that ends too early with
a length, in chunks or without either, a connection that is torn down, and content that is not what
its encoding promises. ``seconds`` and ``bytes`` are options of ``drip``."""

FAULTS: Final = (*FIGURES, *BODIES, *ON_THE_WAY)
