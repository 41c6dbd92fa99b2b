"""One way to ask a publisher: limits, receipts, and no leaks.

What leaves this module as an exception is a :class:`monitor.errors.SourceError` whose text, cause
and context are free of secrets.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import IncompleteRead
from json import dumps, loads
from typing import Any, Final, NoReturn
from urllib.parse import SplitResult, urljoin, urlsplit

from requests import PreparedRequest, Request, RequestException, Response, exceptions
from urllib3.exceptions import (
    HTTPError,
    LocationValueError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    TimeoutError,  # noqa: A004 - urllib3's own, the base of its time-outs
)

from monitor.domain import Receipt
from monitor.errors import (
    RateLimited,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources.redaction import RedactingFilter, plain, redact, redact_bytes
from monitor.sources.transport import Backoff, Clock, Session, Traffic

__all__ = ["Backoff", "Body", "Client", "Clock", "RedactingFilter", "redact"]

CONNECT_TIMEOUT: Final = 5.0
"""Seconds to reach a host. A publisher that is there answers in far less."""
MAX_BYTES: Final = 50_000_000
"""Decoded bytes of one answer. The longest daily series of FRED takes about two million, and
100,000 observations with their vintages about ten."""
MAX_REDIRECTS: Final = 3
STRIKES: Final = 3
"""Failures in a row after which a host is left alone for the rest of the pull."""

_USUAL_BACKOFF = Backoff()
_USUAL_CLOCK = Clock()
_CHUNK = 16_384
_LONGEST_VALIDATOR = 200
_TOO_MANY_REQUESTS = 429
_BAD_REQUEST, _SERVER_ERROR = 400, 500
_OK, _NOT_MODIFIED = 200, 304
_REDIRECTS = (301, 302, 303, 307, 308)
_LEAKY_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")
_BAD_ADDRESS = (exceptions.InvalidURL, exceptions.InvalidProxyURL)
_UNREACHED = (exceptions.ConnectTimeout, exceptions.ProxyError, exceptions.SSLError)


@dataclass(frozen=True, slots=True)
class Body:
    """A whole answer.

    Attributes:
        url: the address asked for, without secrets.
        status: HTTP status; never one that says "later" (429 or 5xx).
        content_type: media type in lower case, without parameters; empty if none was sent.
        content: the decoded bytes, without secrets; empty for status 304.
        framed: whether the length was announced, so that a truncation could not go unnoticed.
        unchanged: whether it is the answer of the receipt that we held: the publisher says so
            (status 304), or it has sent the same bytes again.
        receipt: how to recognise it the next time; ``None`` unless the status is 200.
        date: the publisher's clock, in UTC, if it told the time.
    """

    url: str
    status: int
    content_type: str
    content: bytes = field(repr=False)
    framed: bool
    unchanged: bool = False
    receipt: Receipt | None = None
    date: datetime | None = None

    @property
    def is_page(self) -> bool:
        """Whether it is made for people to read, whatever the status says."""
        return self.content_type == "text/html" or self.content.lstrip()[:1] == b"<"

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
        raise SourceMalformed(f"unexpected status {self.status}", self.content)

    def text(self) -> str:
        """The content of a successful answer, as text.

        Raises:
            SourceRejected: the status is 4xx.
            SourceMalformed: the status is not 200, or the content is a web page or not UTF-8.
        """
        self.expect_success()
        if self.is_page:
            raise SourceMalformed("a web page instead of data", self.content)
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SourceMalformed("not text in UTF-8", self.content) from None

    def json(self) -> dict[str, Any]:
        """The content of a successful answer, as a JSON object in which every number is finite.

        Raises:
            SourceRejected: the status is 4xx.
            SourceMalformed: the status is not 200, or the content is not such an object.
        """
        try:
            document = loads(self.text(), parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError):
            raise SourceMalformed("not valid JSON, or cut off", self.content) from None
        if not isinstance(document, dict):
            raise SourceMalformed("not a JSON object", self.content)
        return document


def _refuse(constant: str) -> NoReturn:
    """NaN and Infinity are Python's additions to JSON."""
    raise ValueError(constant)


def _finite(text: str) -> float:
    """Python reads 1e400 as infinity."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


class Client:
    """Asks publishers over HTTP, for the length of one pull.

    It remembers which hosts did not answer and when the pull began, so make one for each pull.
    A host that cannot be reached at all, or that asks us to come back later, is not asked again;
    nor is one that failed :data:`STRIKES` times in a row. Not for use by several threads.

    Args:
        hosts: names, with ports where addresses have them, of the only hosts that are asked.
        timeout: seconds a publisher may stay silent. One answer may take three times as long.
        deadline: seconds for all answers together, counted from the first request.
        proxy: address of a proxy, or empty.
        trust_environment: whether environment variables and ``.netrc`` may name proxies,
            certificates and passwords.
        per_minute: for a host the most requests in any minute, repeated ones included.
        secrets: values that must not appear in any text or content, beside those known by name.
        recall: the receipt kept for a request, if there is one.
        backoff: how long to wait before trying again.
        max_bytes: limit for the decoded bytes of one answer.
        clock: how time passes.

    Attributes:
        told: the time by the clock of whoever answered last, in UTC, if the answer told it.
    """

    def __init__(
        self,
        *,
        hosts: Collection[str],
        timeout: float = 20,
        deadline: float = 300,
        proxy: str = "",
        trust_environment: bool = False,
        per_minute: Mapping[str, int] | None = None,
        secrets: Collection[str] = (),
        recall: Callable[[str], Receipt | None] = lambda _request: None,
        backoff: Backoff = _USUAL_BACKOFF,
        max_bytes: int = MAX_BYTES,
        clock: Clock = _USUAL_CLOCK,
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._timeout = timeout
        self._secrets = tuple(secrets)
        self._recall = recall
        self._max_bytes = max_bytes
        self.told: datetime | None = None
        self._strikes: dict[str, int] = {}
        self._left_alone: dict[str, SourceError] = {}
        self._traffic = Traffic(deadline, per_minute or {}, clock)
        self._session = Session(self._traffic, backoff, proxy, trust_environment=trust_environment)
        for name in _LEAKY_LOGGERS:
            # urllib3 writes each address with its query at DEBUG. Who forgets the filter on a
            # handler must not find the key in a log; adding the same filter twice does nothing.
            logging.getLogger(name).addFilter(_KEEP_QUIET)

    @property
    def requests(self) -> int:
        """Requests sent so far, repeated and redirected ones included."""
        return self._traffic.requests

    def get(
        self, url: str, params: Mapping[str, str] | None = None, *, conditional: bool = True
    ) -> Body:
        """The answer to one GET request.

        Args:
            url: address without query.
            params: the query; a secret in it must be called ``api_key`` or be among ``secrets``.
            conditional: whether it is enough to hear that nothing has changed since the answer
                of which we hold the receipt.

        Raises:
            SourceUnavailable: the host could not be reached, was silent, kept answering with a
                server error, or took too long; it is not among ``hosts``; or the time of the
                pull is up.
            RateLimited: it answered 429.
            SourceMalformed: the answer is too long, cut off or badly encoded, or leads elsewhere.
        """
        return self._exchange(Request("GET", url, params=params), conditional=conditional)

    def post(self, url: str, json: Mapping[str, Any]) -> Body:
        """The answer to a question put as a JSON document; asking it twice must do no harm.

        Args:
            url: address.
            json: the question; a secret in it must be among ``secrets``.

        Raises:
            SourceError: as :meth:`get` does; a redirect is not followed.
        """
        return self._exchange(Request("POST", url, json=json), conditional=True)

    def _exchange(self, request: Request, *, conditional: bool) -> Body:
        host = urlsplit(request.url).netloc.lower()
        self._admit(host)
        # The error is raised outside of any handler: an exception that was being handled would
        # stay attached to it as its context, and requests puts whole addresses into its texts.
        answer = self._ask(request, host, conditional=conditional)
        if isinstance(answer, Body):
            self.told = answer.date
            if answer.status == _OK and answer.content_type == "text/html":
                # It is the caller's to complain; who is at work on his site is asked no further.
                closed = SourceMalformed(f"{answer.url}: a web page instead of data")
                self._note(host, _Failure(closed))
            else:
                self._strikes.pop(host, None)
            return answer
        self._note(host, answer)
        raise answer.error

    def _admit(self, host: str) -> None:
        if host not in self._hosts:
            raise SourceUnavailable(
                f"{redact(host, self._secrets)}: not asked: it is not the host of any url under"
                " [sources] in the settings"
            )
        if known := self._left_alone.get(host):
            raise type(known)(f"not asked again in this pull: {known}")
        if self._traffic.pull_left() <= 0:
            raise SourceUnavailable(
                f"{host}: not asked: the deadline of {self._traffic.deadline:g} s for one pull"
                " passed"
            )

    def _note(self, host: str, failure: _Failure) -> None:
        self._strikes[host] = self._strikes.get(host, 0) + 1
        final = failure.unreachable or isinstance(failure.error, RateLimited)
        if final or self._strikes[host] >= STRIKES:
            self._left_alone[host] = failure.error

    def _ask(self, request: Request, host: str, *, conditional: bool) -> Body | _Failure:
        shown = redact(request.url, self._secrets)
        self._traffic.begin(host, 3 * self._timeout)
        try:
            prepared = self._session.prepare_request(request)
            shown = redact(prepared.url or shown, self._secrets)
            question = self._question(request, shown, conditional=conditional)
            prepared.headers.update(question.conditions)
            for _ in range(MAX_REDIRECTS + 1):
                self._traffic.take_turn()
                with self._send(prepared) as response:
                    if response.status_code not in _REDIRECTS:
                        return self._body(response, question)
                    prepared = self._session.prepare_request(_followed(response))
        except SourceError as err:
            problem = err
        except (OSError, HTTPError) as err:  # the errors of requests are of the first kind
            return _failure(err, shown, self._timeout, self._traffic)
        else:
            problem = SourceMalformed(f"{shown}: more than {MAX_REDIRECTS} redirects")
        return _Failure(type(problem)(redact(str(problem), self._secrets)))

    def _question(self, request: Request, shown: str, *, conditional: bool) -> _Question:
        if request.json is None:
            return _Question(shown, shown, self._recall(shown) if conditional else None)
        asked = redact(dumps(request.json, sort_keys=True), self._secrets)
        name = f"{shown}#{hashlib.sha256(asked.encode()).hexdigest()}"
        return _Question(shown, name, self._recall(name), posted=True)

    def _send(self, prepared: PreparedRequest) -> Response:
        left = max(self._traffic.left(), 0.001)
        silence = min(self._timeout, left)
        return self._session.send_once(prepared, min(CONNECT_TIMEOUT, silence), silence)

    def _body(self, response: Response, question: _Question) -> Body:
        status, headers, shown = response.status_code, response.headers, question.shown
        if status == _TOO_MANY_REQUESTS:
            later = plain(headers.get("Retry-After", ""), 40)
            when = f"; it asks to wait {later}" + " s" * later.isdigit() if later else ""
            raise RateLimited(f"{shown}: too many requests{when}")
        if status >= _SERVER_ERROR:
            raise SourceUnavailable(f"{shown}: the server failed with status {status}")
        conditional = any(header in response.request.headers for header in question.conditions)
        if status == _NOT_MODIFIED and not conditional:
            raise SourceMalformed(f"{shown}: status 304 to a question without conditions")
        content = redact_bytes(self._content(response, shown), self._secrets)
        receipt = self._receipt(question.name, headers, content) if status == _OK else None
        return Body(
            url=shown,
            status=status,
            content_type=headers.get("Content-Type", "").split(";")[0].strip().lower(),
            content=content,
            framed="Content-Length" in headers or "Transfer-Encoding" in headers,
            unchanged=status == _NOT_MODIFIED or question.is_answered_by(receipt),
            receipt=receipt,
            date=_instant(headers.get("Date", "")),
        )

    def _content(self, response: Response, shown: str) -> bytes:
        # read1() returns what has come; iter_content() would unpack a whole chunk of a bomb.
        content = bytearray()
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            content += piece
            if len(content) > self._max_bytes:
                raise SourceMalformed(
                    f"{shown}: the answer is longer than {self._max_bytes:,} bytes"
                )
        return bytes(content)

    def _receipt(self, name: str, headers: Mapping[str, str], content: bytes) -> Receipt:
        etag, last_modified = (
            _validator(redact(headers.get(header, ""), self._secrets))
            for header in ("ETag", "Last-Modified")
        )
        return Receipt(name, etag, last_modified, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class _Question:
    """A request: its address without secrets, its name in receipts, and the receipt we hold."""

    shown: str
    name: str
    known: Receipt | None
    posted: bool = False

    @property
    def conditions(self) -> dict[str, str]:
        """Headers by which the publisher may answer that nothing has changed."""
        if self.known is None or self.posted:
            return {}
        found = {"If-None-Match": self.known.etag, "If-Modified-Since": self.known.last_modified}
        return {header: value for header, value in found.items() if value}

    def is_answered_by(self, receipt: Receipt | None) -> bool:
        """Whether the receipt is of the bytes that we hold."""
        return bool(receipt and self.known and receipt.sha256 == self.known.sha256)


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why there is no answer; ``unreachable`` if no try can help in this pull."""

    error: SourceError
    unreachable: bool = False


_KEEP_QUIET = RedactingFilter()


def _validator(text: str) -> str:
    """What may be sent back as it came; empty for what no publisher should send."""
    return text if text.isascii() and text.isprintable() and len(text) <= _LONGEST_VALIDATOR else ""


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _followed(response: Response) -> Request:
    """The request that a redirect leads to, if it stays where it is or becomes safer."""
    if response.request.method != "GET":
        raise SourceMalformed(f"{redact(response.url)}: a redirect of a question that was posted")
    source = urlsplit(response.url)
    try:
        address = urljoin(response.url, response.headers.get("Location", ""))
        target = urlsplit(address)
        same = _same_place(source, target)
    except ValueError:
        raise SourceMalformed(f"{redact(response.url)}: a redirect to no address") from None
    if not same:
        raise SourceMalformed(
            f"{redact(response.url)}: refused to follow a redirect to "
            f"{target.scheme}://{redact(target.netloc)}"
        )
    return Request("GET", address)


def _same_place(source: SplitResult, target: SplitResult) -> bool:
    if target.scheme == source.scheme:
        return target.netloc.lower() == source.netloc.lower()
    # To the secure address of the same host, and not to whatever else listens there.
    return target.scheme == "https" and target.netloc.lower() == source.hostname


def _failure(err: Exception, shown: str, silence: float, traffic: Traffic) -> _Failure:
    """An exception of requests or urllib3 in our words: theirs contain whole addresses."""
    reason = _root(err)
    host = urlsplit(shown).netloc
    if why := _why_not_asked(err, reason):
        return _Failure(SourceUnavailable(f"{host} cannot be asked: {why}"), unreachable=True)
    if isinstance(err, _UNREACHED) or isinstance(reason, NewConnectionError):
        why = _why_unreached(err, reason)
        return _Failure(SourceUnavailable(f"{host} could not be reached: {why}"), unreachable=True)
    if isinstance(reason, TimeoutError):
        if traffic.left() <= 0:
            why = f"the answer was not complete after {traffic.allowed:.3g} s"
        else:
            why = f"silent for {silence:.3g} s"
        return _Failure(SourceUnavailable(f"{shown}: {why}"))
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


def _why_not_asked(err: Exception, reason: Exception) -> str | None:
    if isinstance(err, _BAD_ADDRESS) or isinstance(reason, LocationValueError):
        return "the address or the proxy in the settings is not valid"
    if not isinstance(err, RequestException | HTTPError):
        return "the file of certificates that the environment names cannot be read"
    return None


def _why_unreached(err: Exception, reason: Exception) -> str:
    if isinstance(err, exceptions.ProxyError):
        return "the proxy in the settings did not let us through"
    if isinstance(err, exceptions.SSLError):
        return f"no secure connection: {reason.args[0] if reason.args else reason}"
    if isinstance(reason, NameResolutionError):
        return "its name is not known here"
    cause = reason.__cause__
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return "no connection in time"
