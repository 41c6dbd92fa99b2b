"""The server: one port a publisher, as in life each is a host of its own."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from . import bls, board, faults, fred, fredgraph, nyfed, treasury
from .faults import PUBLISHERS, Fault
from .figures import Figures
from .wire import Habits, Page, Reply, Request, Sheet

HOST: Final = "127.0.0.1"
CONTROL: Final = "/control"
WORTH_PACKING: Final = 1000
"""Bytes from which an answer is compressed, if the client takes that."""

_ANSWER: Mapping[str, Callable[[Request, Figures, Habits], Page | Reply]] = {
    "fred": fred.answer,
    "fredgraph": fredgraph.answer,
    "treasury": treasury.answer,
    "bls": bls.answer,
    "nyfed": nyfed.answer,
    "board": board.answer,
}
_MOST_KEPT = 1000
_MINUTE = 60.0
_SECRETS = ("api_key", "registrationkey")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came.

    Attributes:
        publisher: whose port it came to.
        method, path: of the request line, without the query.
        query: parameters, those of a posted body too, without the key.
        series: the series that it names.
        at: seconds on a clock that never goes back.
        fault: name of the fault that struck, or empty.
    """

    publisher: str
    method: str
    path: str
    query: Mapping[str, str]
    series: tuple[str, ...]
    at: float
    fault: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """A finished answer: plain, and compressed if that is worth it."""

    reply: Reply
    packed: bytes | None
    etag: str


class Server:
    """Publishers on this machine. A context manager; every part may be used from any thread.

    Args:
        today: day of the figures; the calendar day in New York if not given.
        habits: what publishers do in one way or another.
        port: first of six ports, or 0 for any that are free.

    Attributes:
        asked: every request, in order.
        skew: by how much the publishers' clocks are ahead of ours.
    """

    def __init__(
        self, *, today: date | None = None, habits: Habits | None = None, port: int = 0
    ) -> None:
        self.habits = habits or Habits()
        self.asked: list[Asked] = []
        self.skew = timedelta(0)
        self.stopping = threading.Event()
        self._lock = threading.RLock()
        self._faults: list[Fault] = []
        self._kept: dict[object, _Kept] = {}
        self._figures = _figures(today or datetime.now(ZoneInfo("America/New_York")).date())
        self._doors = {
            name: _Door(self, name, port + number if port else 0)
            for number, name in enumerate(PUBLISHERS)
        }

    # ------------------------------------------------------------------------------- its life
    def __enter__(self) -> Self:
        for door in self._doors.values():
            threading.Thread(target=door.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        for door in self._doors.values():
            door.shutdown()
            door.server_close()

    def url(self, publisher: str) -> str:
        """Address of a publisher, without path."""
        return f"http://{HOST}:{self._doors[publisher].server_port}"

    def settings(self) -> dict[str, str]:
        """Environment variables that point the product here."""
        return {
            f"RECESSION_MONITOR_SOURCES__{name.upper()}__URL": self.url(name) for name in PUBLISHERS
        }

    # ------------------------------------------------------------------------------ what it does
    @property
    def today(self) -> date:
        """Day of the figures."""
        return self._figures.today

    def move_to(self, today: date, habits: Habits | None = None) -> None:
        """Let it be another day, and publishers have other habits."""
        with self._lock:
            if (today, habits or self.habits) != (self.today, self.habits):
                self._figures = _figures(today)
                self.habits = habits or self.habits
                self._kept.clear()

    @property
    def figures(self) -> Figures:
        """What the publishers know."""
        return self._figures

    def fail(self, publisher: str, fault: str, **options: object) -> Fault:
        """Fail from now on.

        Args:
            publisher: its name, or ``*`` for all.
            fault: a name of :data:`loopback.faults.FAULTS`.
            options: ``series``, ``path``, ``skip`` and ``times`` say when it strikes; the rest
                are particulars of the fault, such as ``retry_after``.

        Raises:
            ValueError: the publisher or the fault is not known.
        """
        made = faults.made(publisher, fault, **options)
        self.add(made)
        return made

    def add(self, fault: Fault) -> None:
        """Fail as the fault says, which comes before those that were given earlier."""
        with self._lock:
            self._faults.insert(0, fault)

    def heal(self) -> None:
        """Be in good health, and forget what was asked."""
        with self._lock:
            self._faults.clear()
            self.asked.clear()
            self.skew = timedelta(0)

    @property
    def requests(self) -> int:
        """How many came."""
        return len(self.asked)

    def counts(self) -> Counter[tuple[str, str]]:
        """Requests by publisher and series; one for two series counts for both."""
        with self._lock:
            return Counter(
                (asked.publisher, name) for asked in self.asked for name in asked.series or ("",)
            )

    def reply(self, publisher: str, request: Request) -> Reply:
        """The answer of a publisher in good health, without a connection."""
        found = _ANSWER[publisher](request, self._figures, self.habits)
        return found.reply() if isinstance(found, Page) else found

    # ---------------------------------------------------------------------------- one request
    def _receive(self, publisher: str, request: Request) -> Fault | None:
        """Note a request, and the fault that strikes it."""
        parameters = _parameters(request)
        series = _series(publisher, request, parameters)
        with self._lock:
            struck = next(
                (fault for fault in self._faults if fault.strikes(publisher, request.path, series)),
                None,
            )
            if struck is None and self._too_often(publisher):
                struck = faults.made(publisher, "429")
            self.asked.append(
                Asked(
                    publisher,
                    request.method,
                    request.path,
                    {name: text for name, text in parameters.items() if name not in _SECRETS},
                    series,
                    time.monotonic(),
                    struck.name if struck else "",
                )
            )
        return struck

    def _too_often(self, publisher: str) -> bool:
        limit, since = self.habits.per_minute, time.monotonic() - _MINUTE
        if publisher != "fred" or not limit:
            return False
        recent = [one for one in self.asked if one.publisher == publisher and one.at > since]
        return len(recent) >= limit

    def _answer(self, publisher: str, request: Request, fault: Fault | None) -> _Kept:
        if fault is None or fault.name not in faults.FIGURES:
            kept = self._healthy(publisher, request)
            if fault is None or fault.name not in faults.BODIES:
                return kept
            reply = faults.BODIES[fault.name](kept.reply, request, fault.options)
            return _kept(replace(reply, validated=False))
        found = _ANSWER[publisher](request, self._figures, self.habits)
        if isinstance(found, Page):
            spoil = faults.FIGURES[fault.name]
            found = replace(
                found,
                sheets=tuple(
                    spoil(sheet, fault.options, self.today) if _struck(sheet, fault) else sheet
                    for sheet in found.sheets
                ),
            ).reply()
        return _kept(replace(found, validated=False))

    def _healthy(self, publisher: str, request: Request) -> _Kept:
        query = tuple(sorted(request.query.items()))
        key = (publisher, request.method, request.path, query, request.body)
        with self._lock:
            if known := self._kept.get(key):
                return known
            figures, habits = self._figures, self.habits
        found = _ANSWER[publisher](request, figures, habits)
        kept = _kept(found.reply() if isinstance(found, Page) else found)
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            if figures is self._figures:
                self._kept[key] = kept
        return kept


@lru_cache(maxsize=8)
def _figures(today: date) -> Figures:
    """The figures of one day, which do not change and take a second to make."""
    return Figures(today)


def _kept(reply: Reply) -> _Kept:
    packed = faults.compressed(reply.body) if len(reply.body) >= WORTH_PACKING else None
    return _Kept(reply, packed, f'"{hashlib.sha256(reply.body).hexdigest()[:24]}"')


def _struck(sheet: Sheet, fault: Fault) -> bool:
    """Whether a fault that is for one series is for this sheet of several."""
    if not fault.series or sheet.name not in bls.SERIES:
        return True
    return fault.series in (sheet.name, bls.SERIES[sheet.name])


def _parameters(request: Request) -> dict[str, str]:
    if not request.body:
        return dict(request.query)
    try:
        posted = json.loads(request.body)
    except ValueError:
        posted = {}
    if not isinstance(posted, dict):
        posted = {}
    return {**request.query, **{str(name): str(value) for name, value in posted.items()}}


def _series(publisher: str, request: Request, parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The series that a request names, by our identifiers where we have one."""
    text = parameters.get("series_id") or parameters.get("id") or ""
    if publisher == "bls":
        text = "".join(letter for letter in parameters.get("seriesid", "") if letter not in "[]' ")
    if publisher == "nyfed":
        text = request.path.removesuffix("/search.json").rsplit("/", 1)[-1]
    return tuple(name for part in text.upper().split(",") if part for name in (part, *_names(part)))


def _names(name: str) -> tuple[str, ...]:
    return (bls.SERIES[name],) if name in bls.SERIES else ()


# --------------------------------------------------------------------------------------- the wire
class _Door(ThreadingHTTPServer):
    """The port of one publisher."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, server: Server, publisher: str, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.behind = server
        self.publisher = publisher

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is part of what is tried here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or delayed acknowledgements cost 40 ms each
    disable_nagle_algorithm = True
    server: _Door

    def do_GET(self) -> None:
        """Answer."""
        self._serve()

    def do_POST(self) -> None:
        """Answer."""
        self._serve()

    def _serve(self) -> None:
        address = urlsplit(self.path)
        query = {
            name: texts[0]
            for name, texts in parse_qs(address.query, keep_blank_values=True).items()
        }
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, address.path, query, body)
        behind = self.server.behind
        if address.path.startswith(CONTROL):
            self._control(request)
            return
        fault = behind._receive(self.server.publisher, request)  # noqa: SLF001 - one module
        kept = behind._answer(self.server.publisher, request, fault)  # noqa: SLF001 - one module
        if fault and fault.name in faults.ON_THE_WAY:
            self._spoil(kept.reply, fault)
        else:
            self._send(kept)

    def version_string(self) -> str:
        """Name of the server."""
        return "Apache"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The time on the publisher's clock."""
        now = datetime.fromtimestamp(timestamp, UTC) if timestamp else datetime.now(UTC)
        return format_datetime(now + self.server.behind.skew, usegmt=True)

    def _send(self, kept: _Kept) -> None:
        reply, validators = kept.reply, self._validators(kept)
        if validators and self.headers.get("If-None-Match") == kept.etag:
            self._head(replace(reply, status=HTTPStatus.NOT_MODIFIED), validators)
            return
        body, packed = reply.body, {}
        if kept.packed is not None and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, packed = kept.packed, {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        if reply.chunked:
            self._head(reply, {"Transfer-Encoding": "chunked", **packed, **validators})
            self.wfile.write(_chunk(body) + b"0\r\n\r\n")
        else:
            self._head(reply, {"Content-Length": str(len(body)), **packed, **validators})
            self.wfile.write(body)

    def _validators(self, kept: _Kept) -> dict[str, str]:
        behind = self.server.behind
        if not kept.reply.validated or self.server.publisher not in behind.habits.validators:
            return {}
        modified = datetime.combine(behind.today, datetime.min.time(), UTC)
        return {"ETag": kept.etag, "Last-Modified": format_datetime(modified, usegmt=True)}

    def _head(self, reply: Reply, more: Mapping[str, str]) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, text in {**reply.headers, **more}.items():
            self.send_header(name, text)
        self.end_headers()

    # ------------------------------------------------------------------------- faults on the way
    def _spoil(self, reply: Reply, fault: Fault) -> None:
        # A client would send its next request into a connection that we close without a word.
        self.close_connection = fault.name not in ("gzip_bomb", "broken_gzip")
        getattr(self, f"_{fault.name}")(reply, fault.options)

    def _drip(self, reply: Reply, options: Mapping[str, str]) -> None:
        self._head(reply, {"Content-Length": str(len(reply.body))})
        size = int(options.get("bytes", "1"))
        for start in range(0, len(reply.body), size):
            self.wfile.write(reply.body[start : start + size])
            self.wfile.flush()
            if self.server.behind.stopping.wait(float(options.get("seconds", "0.05"))):
                return

    def _silence(self, _reply: Reply, options: Mapping[str, str]) -> None:
        self.server.behind.stopping.wait(float(options.get("seconds", "30")))

    def _cut(self, reply: Reply, _options: Mapping[str, str]) -> None:
        self._head(reply, {"Content-Length": str(len(reply.body))})
        self.wfile.write(reply.body[: len(reply.body) // 2])

    def _cut_chunk(self, reply: Reply, _options: Mapping[str, str]) -> None:
        self._head(reply, {"Transfer-Encoding": "chunked"})
        self.wfile.write(_chunk(reply.body[: len(reply.body) // 2]))

    def _cut_unframed(self, reply: Reply, _options: Mapping[str, str]) -> None:
        self._head(reply, {"Connection": "close"})
        self.wfile.write(reply.body[: len(reply.body) // 2])

    def _reset(self, _reply: Reply, _options: Mapping[str, str]) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _gzip_bomb(self, reply: Reply, _options: Mapping[str, str]) -> None:
        bomb = faults.zeros()
        self._head(reply, {"Content-Encoding": "gzip", "Content-Length": str(len(bomb))})
        self.wfile.write(bomb)

    def _broken_gzip(self, reply: Reply, _options: Mapping[str, str]) -> None:
        packed = bytearray(faults.compressed(reply.body))
        middle = len(packed) // 2
        packed[middle : middle + 8] = b"\xff" * 8
        self._head(reply, {"Content-Encoding": "gzip", "Content-Length": str(len(packed))})
        self.wfile.write(packed)

    # ------------------------------------------------------------------------------- control
    def _control(self, request: Request) -> None:
        """``POST /control/fail?fault=...``, ``POST /control/heal``, ``GET /control/requests``."""
        behind, status = self.server.behind, HTTPStatus.OK
        said: object = {}
        if request.path == f"{CONTROL}/requests":
            said = {" ".join(pair): times for pair, times in sorted(behind.counts().items())}
        elif self.command == "POST" and request.path == f"{CONTROL}/heal":
            behind.heal()
        elif self.command == "POST" and request.path == f"{CONTROL}/fail":
            try:
                behind.add(faults.parsed(request.query.get("fault", "")))
            except ValueError as err:
                status, said = HTTPStatus.BAD_REQUEST, {"error": str(err)}
        else:
            status, said = HTTPStatus.NOT_FOUND, {"error": "fail, heal or requests"}
        self._send(_kept(Reply(json.dumps(said).encode(), "application/json", status)))

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""


def _chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body) if body else b""
