"""A publisher on this machine, so that the sources are tested over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[2].parent / "shared"


@dataclass(frozen=True)
class Reply:
    """An answer in its wire format. With a ``writer`` the server leaves everything to it."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    writer: Callable[[Any], None] | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or delayed acknowledgements cost 40 ms each
    server: Loopback

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.headers.append(dict(self.headers))
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        reply = self.server.reply(self.path)
        if reply.writer:
            self.close_connection = True
            reply.writer(self.wfile)
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""


class Loopback(ThreadingHTTPServer):
    """An HTTP server whose answers a test sets, and which remembers what it was asked."""

    Reply = Reply
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.reply: Callable[[str], Reply] = lambda _path: Reply(status=404)
        self.stopping = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def always(self, body: bytes = b"", **rest: Any) -> None:
        self.reply = lambda _path: Reply(body, **rest)

    def in_turn(self, *replies: Reply) -> None:
        """One answer a request; the last one stays."""
        left = list(replies)
        self.reply = lambda _path: left.pop(0) if len(left) > 1 else left[0]

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what many tests are about."""


@pytest.fixture
def new_loopback() -> Iterator[Callable[[], Loopback]]:
    servers: list[Loopback] = []

    def start() -> Loopback:
        server = Loopback()
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.stopping.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def loopback(new_loopback: Callable[[], Loopback]) -> Loopback:
    return new_loopback()


@pytest.fixture
def refused_url() -> str:
    """An address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def recorded() -> Callable[[str], bytes]:
    """A recorded body of a publisher by its path below the folder of recordings."""
    if not SHARED.is_dir():
        pytest.skip("the reference data folder is not beside this checkout")
    return lambda name: (SHARED / "data" / "wire" / name).read_bytes()
