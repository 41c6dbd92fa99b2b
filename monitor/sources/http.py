"""One way to ask a publisher: one session, one policy for trying again, limits, no leaks.

What leaves this module as an exception is a :class:`monitor.errors.SourceError` whose text, cause
and context are free of secrets.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import IncompleteRead
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    HTTPError,
    InvalidHeader,
    LocationValueError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    ResponseError,
    TimeoutError,  # noqa: A004 - urllib3's own, the base of its time-outs
)
from urllib3.util.retry import Retry

from monitor import __version__
from monitor.errors import (
    RateLimited,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources.redaction import RedactingFilter, redact

if TYPE_CHECKING:
    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

__all__ = ["Backoff", "Body", "Client", "RedactingFilter", "redact"]

USER_AGENT: Final = f"recession-monitor/{__version__}"
CONNECT_TIMEOUT: Final = 5.0
"""Seconds to reach a host. A publisher that is there answers in far less."""
MAX_BYTES: Final = 50_000_000
"""Decoded bytes of one answer. The longest daily series of FRED takes about two million."""
MAX_REDIRECTS: Final = 3
TRIES: Final = 4
"""The first and three more."""
STRIKES: Final = 3
"""Failures in a row after which a host is left alone for the rest of the pull."""

_CHUNK = 16_384
_TRY_AGAIN = (429, 500, 502, 503, 504)
_TOO_MANY_REQUESTS = 429
_BAD_REQUEST, _SERVER_ERROR = 400, 500
_OK = 200
_REDIRECTS = (301, 302, 303, 307, 308)
_LEAKY_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")
_BAD_ADDRESS = (requests.exceptions.InvalidURL, requests.exceptions.InvalidProxyURL)
_UNREACHED = (requests.ConnectTimeout, requests.exceptions.ProxyError, requests.exceptions.SSLError)


@dataclass(frozen=True, slots=True)
class Body:
    """A whole answer.

    Attributes:
        url: the address asked for, without secrets.
        status: HTTP status; never one that says "later" (429 or 5xx).
        content_type: media type in lower case, without parameters; empty if none was sent.
        content: the decoded bytes.
        framed: whether the length was announced, so that a truncation could not go unnoticed.
    """

    url: str
    status: int
    content_type: str
    content: bytes
    framed: bool

    def text(self) -> str:
        """The content of a successful answer, as text.

        Raises:
            SourceRejected: the status is 4xx.
            SourceMalformed: the status is not 200, or the content is a web page or not UTF-8.
        """
        self.expect_success()
        if self.content_type == "text/html" or self.content.lstrip()[:1] == b"<":
            raise SourceMalformed("a web page instead of data")
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SourceMalformed("not text in UTF-8") from None

    def expect_success(self) -> None:
        """Return if the status is 200.

        Raises:
            SourceRejected: the status is 4xx.
            SourceMalformed: it is another one.
        """
        if self.status == _OK:
            return
        if _BAD_REQUEST <= self.status < _SERVER_ERROR:
            raise SourceRejected(f"the request was refused with status {self.status}")
        raise SourceMalformed(f"unexpected status {self.status}")


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


class Client:
    """Asks publishers over HTTP, for the length of one pull.

    It remembers which hosts did not answer and when the pull began, so make one for each pull.
    A host that cannot be reached at all, or that asks us to come back later, is not asked again;
    nor is one that failed :data:`STRIKES` times in a row. Environment variables and ``.netrc``
    have no say: a proxy is a setting. Not for use by several threads.

    Args:
        timeout: seconds a publisher may stay silent. One answer may take three times as long.
        deadline: seconds for all answers together, counted from the first request.
        proxy: address of a proxy, or empty.
        secrets: values that must not appear in any text, beside those known by name.
        backoff: how long to wait before trying again.
        max_bytes: limit for the decoded bytes of one answer.
    """

    def __init__(
        self,
        *,
        timeout: float = 20,
        deadline: float = 180,
        proxy: str = "",
        secrets: tuple[str, ...] = (),
        backoff: Backoff = Backoff(),
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._timeout = timeout
        self._pull = _Deadline(deadline)
        self._secrets = secrets
        self._max_bytes = max_bytes
        self._strikes: dict[str, int] = {}
        self._left_alone: dict[str, SourceUnavailable] = {}
        self._session = _session(proxy, _policy(backoff, self._pull))
        for name in _LEAKY_LOGGERS:
            # urllib3 writes each address with its query at DEBUG. Who forgets the filter on a
            # handler must not find the key in a log; adding the same filter twice does nothing.
            logging.getLogger(name).addFilter(_KEEP_QUIET)

    def get(self, url: str, params: Mapping[str, str] | None = None) -> Body:
        """The answer to one GET request.

        Args:
            url: address without query.
            params: the query; a secret in it must be called ``api_key`` or be among ``secrets``.

        Raises:
            SourceUnavailable: the host could not be reached, was silent, kept answering with a
                server error, or took too long; or the time of the pull is up.
            RateLimited: it answered 429.
            SourceMalformed: the answer is too long, cut off or badly encoded, or leads elsewhere.
        """
        host = urlsplit(url).netloc
        self._admit(host)
        # The error is raised outside of any handler: an exception that was being handled would
        # stay attached to it as its context, and requests puts whole addresses into its texts.
        answer = self._ask(requests.Request("GET", url, params=params))
        if isinstance(answer, Body):
            self._strikes.pop(host, None)
            return answer
        self._note(host, answer)
        raise answer.error

    def _admit(self, host: str) -> None:
        if known := self._left_alone.get(host):
            raise type(known)(f"not asked again in this pull: {known}")
        if self._pull.left() <= 0:
            raise SourceUnavailable(
                f"{host}: not asked: the deadline of {self._pull.seconds:g} s for one pull passed"
            )

    def _note(self, host: str, failure: _Failure) -> None:
        if not isinstance(failure.error, SourceUnavailable):
            return
        self._strikes[host] = self._strikes.get(host, 0) + 1
        final = failure.unreachable or isinstance(failure.error, RateLimited)
        if final or self._strikes[host] >= STRIKES:
            self._left_alone[host] = failure.error

    def _ask(self, request: requests.Request) -> Body | _Failure:
        limit = _Deadline(min(3 * self._timeout, self._pull.left()))
        shown = redact(request.url, self._secrets)
        try:
            prepared = self._session.prepare_request(request)
            shown = redact(prepared.url or shown, self._secrets)
            for _ in range(MAX_REDIRECTS + 1):
                with self._send(prepared, limit) as response:
                    if response.status_code not in _REDIRECTS:
                        return self._body(response, limit, shown)
                    prepared = self._session.prepare_request(_followed(response))
        except SourceError as err:
            problem = err
        except (requests.RequestException, HTTPError) as err:
            return _failure(err, shown, min(self._timeout, limit.seconds))
        else:
            problem = SourceMalformed(f"{shown}: more than {MAX_REDIRECTS} redirects")
        return _Failure(type(problem)(redact(str(problem), self._secrets)))

    def _send(self, prepared: requests.PreparedRequest, limit: _Deadline) -> requests.Response:
        left = max(limit.left(), 0.001)
        return self._session.send(
            prepared,
            stream=True,
            allow_redirects=False,
            timeout=(min(CONNECT_TIMEOUT, self._timeout, left), min(self._timeout, left)),
        )

    def _body(self, response: requests.Response, limit: _Deadline, shown: str) -> Body:
        status = response.status_code
        if status == _TOO_MANY_REQUESTS:
            later = response.headers.get("Retry-After", "")
            when = f"; it asks to wait {later[:40]}" + " s" * later.isdigit() if later else ""
            raise RateLimited(f"{shown}: too many requests{when}")
        if status >= _SERVER_ERROR:
            raise SourceUnavailable(f"{shown}: the server failed with status {status}")
        headers = response.headers
        return Body(
            url=shown,
            status=status,
            content_type=headers.get("Content-Type", "").split(";")[0].strip().lower(),
            content=self._content(response, limit, shown),
            framed="Content-Length" in headers or "Transfer-Encoding" in headers,
        )

    def _content(self, response: requests.Response, limit: _Deadline, shown: str) -> bytes:
        # read1() returns what has come; iter_content() would wait until its chunk is full, and
        # a publisher that sends a byte a second would never let the deadline be looked at.
        content = bytearray()
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            content += piece
            if len(content) > self._max_bytes:
                raise SourceMalformed(
                    f"{shown}: the answer is longer than {self._max_bytes:,} bytes"
                )
            if limit.left() <= 0:
                raise SourceUnavailable(
                    f"{shown}: the answer was not complete after {limit.seconds:.3g} s"
                )
        return bytes(content)


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why there is no answer; ``unreachable`` if no try can help in this pull."""

    error: SourceError
    unreachable: bool = False


class _Deadline:
    """A span of time that begins when it is first asked for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end: float | None = None

    def left(self) -> float:
        """Seconds left; not positive when the time is up."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self.seconds
        return self._end - now


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Say that nothing is a redirect: requests would read the whole body of one at once."""


class _Policy(Retry):
    """urllib3's policy, which in addition knows when there is no point in waiting."""

    def __init__(self, *args: Any, deadline: _Deadline, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self._deadline = deadline

    def new(self, **options: Any) -> Self:  # noqa: ANN401 - as urllib3 declares it
        return super().new(**{"deadline": self._deadline, **options})

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            return super().get_retry_after(response)
        except InvalidHeader:
            return None

    def get_backoff_time(self) -> float:
        return min(super().get_backoff_time(), max(self._deadline.left(), 0.0))

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
        in_vain = wanted > min(self.backoff_max, self._deadline.left())
        # Who was silent for the whole time-out has had its chance; who hung up may have closed
        # an idle connection and deserves another.
        if _pool is not None and (in_vain or isinstance(error, ReadTimeoutError)):
            raise MaxRetryError(_pool, url or "", error or ResponseError("not worth waiting"))
        return super().increment(method, url, response, error, _pool, _stacktrace)


_KEEP_QUIET = RedactingFilter()


def _policy(backoff: Backoff, deadline: _Deadline) -> _Policy:
    return _Policy(
        total=TRIES - 1,
        connect=0,  # who is not there now is not there in a second; the next publisher may be
        other=0,
        redirect=False,
        allowed_methods={"GET"},
        status_forcelist=_TRY_AGAIN,
        backoff_factor=backoff.first / 2,  # urllib3 doubles it for the third try
        backoff_jitter=backoff.jitter,
        backoff_max=backoff.longest,
        raise_on_status=False,  # the last answer is worth more than the news that it was the last
        deadline=deadline,
    )


def _session(proxy: str, policy: _Policy) -> _Session:
    session = _Session()
    session.trust_env = False
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Accept": "*/*"})
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    adapter = HTTPAdapter(max_retries=policy)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _followed(response: requests.Response) -> requests.Request:
    """The request that a redirect leads to, if it stays where it is or becomes safer."""
    source = urlsplit(response.url)
    try:
        address = urljoin(response.url, response.headers.get("Location", ""))
        target = urlsplit(address)
    except ValueError:
        raise SourceMalformed(f"{redact(response.url)}: a redirect to no address") from None
    if not _same_place(source, target):
        raise SourceMalformed(
            f"{redact(response.url)}: refused to follow a redirect to "
            f"{target.scheme}://{redact(target.netloc)}"
        )
    return requests.Request("GET", address)


def _same_place(source: SplitResult, target: SplitResult) -> bool:
    if target.scheme == source.scheme:
        return target.netloc.lower() == source.netloc.lower()
    return target.scheme == "https" and target.hostname == source.hostname


def _failure(err: Exception, shown: str, timeout: float) -> _Failure:
    """An exception of requests or urllib3 in our words: theirs contain whole addresses."""
    reason = _root(err)
    host = urlsplit(shown).netloc
    if isinstance(err, _BAD_ADDRESS) or isinstance(reason, LocationValueError):
        why = "the address or the proxy in the settings is not valid"
        return _Failure(SourceUnavailable(f"{host} cannot be asked: {why}"), unreachable=True)
    if isinstance(err, _UNREACHED) or isinstance(reason, NewConnectionError):
        why = _why_unreached(err, reason)
        return _Failure(SourceUnavailable(f"{host} could not be reached: {why}"), unreachable=True)
    if isinstance(reason, TimeoutError):
        return _Failure(SourceUnavailable(f"{shown}: silent for {timeout:.3g} s"))
    if isinstance(reason, ProtocolError):
        if any(isinstance(part, IncompleteRead) for part in reason.args):
            return _Failure(SourceMalformed(f"{shown}: the answer is cut off"))
        return _Failure(SourceUnavailable(f"{shown}: the connection broke"))
    return _Failure(SourceMalformed(f"{shown}: not a valid answer ({type(reason).__name__})"))


def _root(err: Exception) -> Exception:
    """The exception of urllib3 inside one of requests."""
    inner = err.args[0] if err.args else err
    if isinstance(inner, MaxRetryError):
        inner = inner.reason
    return inner if isinstance(inner, Exception) else err


def _why_unreached(err: Exception, reason: Exception) -> str:
    if isinstance(err, requests.exceptions.ProxyError):
        return "the proxy in the settings did not let us through"
    if isinstance(err, requests.exceptions.SSLError):
        return f"no secure connection: {reason.args[0] if reason.args else reason}"
    if isinstance(reason, NameResolutionError):
        return "its name is not known here"
    cause = reason.__cause__
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return "no connection in time"
