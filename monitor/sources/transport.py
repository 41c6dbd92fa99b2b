"""How requests go out: how fast, for how long, and when it is worth trying again.

No publisher is known here. What is built on ``requests`` and ``urllib3`` is built here; what an
answer means is said in :mod:`monitor.sources.http`.
"""

from __future__ import annotations

import http.client
import io
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import InvalidHeader, MaxRetryError, ReadTimeoutError, ResponseError
from urllib3.util.retry import Retry

from monitor import __version__
from monitor.errors import SourceUnavailable

if TYPE_CHECKING:
    import socket

    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

USER_AGENT: Final = f"recession-monitor/{__version__}"
TRIES: Final = 4
"""The first and three more."""
WINDOW: Final = 61.0
"""Seconds within which no more than a minute's requests go out. The one second above a minute is
for requests that travel for different times: what leaves 60 s apart may arrive closer."""

_TRY_AGAIN = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Clock:
    """How time passes.

    Attributes:
        now: seconds on a clock that never goes back.
        sleep: wait for so many seconds.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before trying again, in seconds.

    Attributes:
        first: wait before the third try; the second follows at once, later waits double.
        jitter: up to so much is added at random, so that many monitors do not come together.
        longest: no single wait is longer. A publisher that asks for more patience in
            ``Retry-After`` is not asked again: to come back early would be rude and in vain.
    """

    first: float = 1.0
    jitter: float = 0.5
    longest: float = 15.0


class Traffic:
    """The time that is left, and the turn of the next request.

    Args:
        deadline: seconds for one pull, counted from the first request.
        per_minute: for a host the most requests in any minute; others have no limit.
        clock: how time passes.

    Attributes:
        deadline: as given.
        requests: how many requests went out.
        allowed: seconds that the answer under way may take in all.
    """

    def __init__(self, deadline: float, per_minute: Mapping[str, int], clock: Clock) -> None:
        self.deadline = deadline
        self.requests = 0
        self.allowed = 0.0
        self._per_minute = per_minute
        self._clock = clock
        self._host = ""
        self._pull_ends: float | None = None
        self._answer_ends = 0.0
        self._sent: dict[str, deque[float]] = {}

    def pull_left(self) -> float:
        """Seconds left for the pull; not positive when its time is up."""
        now = self._clock.now()
        if self._pull_ends is None:
            self._pull_ends = now + self.deadline
        return self._pull_ends - now

    def begin(self, host: str, seconds: float) -> None:
        """Turn to a host, whose answer may take so many seconds from now on."""
        self._host = host
        self.allowed = min(seconds, self.pull_left())
        self._answer_ends = self._clock.now() + self.allowed

    def left(self) -> float:
        """Seconds left for the answer; not positive when its time is up."""
        return min(self._answer_ends - self._clock.now(), self.pull_left())

    def pause(self, seconds: float) -> None:
        """Wait so long, or as long as the answer may still take."""
        self._clock.sleep(max(0.0, min(seconds, self.left())))

    def take_turn(self) -> None:
        """Wait until one more request to the host is within its limit, and count it.

        The wait is at the cost of the pull and not of the answer.

        Raises:
            SourceUnavailable: the pull would be over before.
        """
        limit = self._per_minute.get(self._host)
        if limit:
            sent = self._sent.setdefault(self._host, deque(maxlen=limit))
            while len(sent) == limit and (wait := sent[0] + WINDOW - self._clock.now()) > 0:
                if wait > self.pull_left():
                    raise SourceUnavailable(
                        f"{self._host}: not asked: with {limit} requests a minute its turn comes"
                        f" after the deadline of {self.deadline:g} s for one pull"
                    )
                self._clock.sleep(wait)
                self._answer_ends += wait
            sent.append(self._clock.now())
        self.requests += 1


class Session(requests.Session):
    """A session of requests that keeps to the limits of ``traffic``.

    Args:
        traffic: time and turns. The caller takes the turn of a first try, the session that of
            every further one.
        backoff: how long to wait before trying again.
        proxy: address of a proxy, or empty.
        trust_environment: whether proxies, certificates and passwords named in the environment
            and in ``.netrc`` are used. A proxy given here comes first.
    """

    def __init__(
        self, traffic: Traffic, backoff: Backoff, proxy: str = "", *, trust_environment: bool
    ) -> None:
        super().__init__()
        self.trust_env = trust_environment
        self.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
        if proxy:
            self.proxies = {"http": proxy, "https": proxy}
        adapter = _Adapter(traffic, _policy(backoff, traffic))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Say that nothing is a redirect: requests would read the whole body of one at once."""

    def send_once(
        self, prepared: requests.PreparedRequest, connect: float, read: float
    ) -> requests.Response:
        """Send a request, and again where the policy says so; the body is left to be read.

        Args:
            prepared: the request.
            connect: seconds to reach the host.
            read: seconds it may stay silent.
        """
        # send() alone would look for proxies in the environment, but not for certificates.
        options = self.merge_environment_settings(
            prepared.url or "", dict(self.proxies), stream=True, verify=None, cert=None
        )
        return self.send(prepared, timeout=(connect, read), allow_redirects=False, **options)


class _Policy(Retry):
    """urllib3's policy, which in addition knows when there is no point in waiting."""

    def __init__(self, *args: Any, traffic: Traffic, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self._traffic = traffic

    def new(self, **options: Any) -> Self:  # noqa: ANN401 - as urllib3 declares it
        return super().new(**{"traffic": self._traffic, **options})

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            return super().get_retry_after(response)
        except (InvalidHeader, ValueError, OverflowError):  # a number of 5,000 digits, a year 0
            return None

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: Any = None,  # noqa: ANN401
    ) -> Self:
        wanted = (self.get_retry_after(response) if response else None) or 0.0
        in_vain = wanted > min(self.backoff_max, self._traffic.left())
        # Who was silent for the whole time-out has had its chance; who hung up may have closed
        # an idle connection and deserves another.
        if _pool is not None and (in_vain or isinstance(error, ReadTimeoutError)):
            raise MaxRetryError(_pool, url or "", error or ResponseError("not worth waiting"))
        policy = super().increment(method, url, response, error, _pool, _stacktrace)
        if response:
            # urllib3 would now read the rest of an answer that nobody wants, however long it is.
            response.close()
            response.release_conn()
        return policy

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        wanted = self.get_retry_after(response) if response else None
        self._traffic.pause(wanted or self.get_backoff_time())
        self._traffic.take_turn()


def _policy(backoff: Backoff, traffic: Traffic) -> _Policy:
    return _Policy(
        total=TRIES - 1,
        connect=0,  # who is not there now is not there in a second; the next publisher may be
        other=0,
        redirect=False,
        allowed_methods={"GET", "POST"},  # a POST is a question too: BLS takes its own that way
        status_forcelist=_TRY_AGAIN,
        backoff_factor=backoff.first / 2,  # urllib3 doubles it for the third try
        backoff_jitter=backoff.jitter,
        backoff_max=backoff.longest,
        raise_on_status=False,  # the last answer is worth more than the news that it was the last
        traffic=traffic,
    )


class _Adapter(HTTPAdapter):
    """Makes connections on which no answer outlasts its time."""

    def __init__(self, traffic: Traffic, policy: Retry) -> None:
        self._connections = _connections(traffic)
        super().__init__(max_retries=policy)

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        pool.ConnectionCls = self._connections[pool.scheme]
        return pool


def _connections(traffic: Traffic) -> dict[str, type[HTTPConnection]]:
    """Kinds of connection that read no longer than ``traffic`` allows.

    A socket's own time-out starts anew with every byte: a publisher that drips its headers would
    hold us for hours, and so would a compressed body that unpacks to nothing.
    """

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401
            super().__init__(sock, *args, **options)
            self.fp.close()
            self.fp = io.BufferedReader(_Reader(sock, traffic))

    class Plain(HTTPConnection):
        response_class = Response

    class Secure(HTTPSConnection):
        response_class = Response

    return {"http": Plain, "https": Secure}


class _Reader(io.RawIOBase):
    """Bytes from a socket, for as long as the answer may take."""

    def __init__(self, sock: socket.socket, traffic: Traffic) -> None:
        self._sock = sock
        self._bytes = sock.makefile("rb", buffering=0)
        self._traffic = traffic

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable buffer
        left = self._traffic.left()
        if left <= 0:
            raise TimeoutError("the time of this answer is up")
        silence = self._sock.gettimeout()
        self._sock.settimeout(left if silence is None else min(silence, left))
        try:
            return self._bytes.readinto(buffer)
        finally:
            self._sock.settimeout(silence)

    def close(self) -> None:
        self._bytes.close()
        super().close()
