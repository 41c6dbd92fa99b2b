from __future__ import annotations

import gzip
import logging
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from monitor import __version__
from monitor.errors import (
    RateLimited,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources import http
from monitor.sources.http import Backoff, Body, Client

AT_ONCE = Backoff(first=0, jitter=0, longest=2)
KEY = "0123456789abcdef0123456789abcdef"


def client(**options: Any) -> Client:
    return Client(**{"timeout": 2, "backoff": AT_ONCE, **options})


# ------------------------------------------------------------------------------------ good answers
def test_an_answer_comes_whole_with_status_and_media_type(loopback: Any) -> None:
    loopback.always(b"a,b\n", content_type="Text/CSV; charset=utf-8")
    body = client().get(f"{loopback.url}/file", {"id": "DGS10"})
    assert body == Body(f"{loopback.url}/file?id=DGS10", 200, "text/csv", b"a,b\n", framed=True)
    assert loopback.asked == ["/file?id=DGS10"]


def test_a_request_names_product_and_version(loopback: Any) -> None:
    loopback.always(b"x")
    client().get(loopback.url)
    assert loopback.headers[0]["User-Agent"] == f"recession-monitor/{__version__}"


def test_a_compressed_answer_is_decoded(loopback: Any) -> None:
    loopback.always(gzip.compress(b"1" * 100_000), headers={"Content-Encoding": "gzip"})
    assert client().get(loopback.url).content == b"1" * 100_000


def test_a_chunked_answer_is_put_together(loopback: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    loopback.always(writer=lambda out: out.write(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    assert client().get(loopback.url).content == b"abcde"


def test_an_answer_of_unannounced_length_says_so(loopback: Any) -> None:
    loopback.always(writer=lambda out: out.write(b"HTTP/1.1 200 OK\r\n\r\nabc"))
    body = client().get(loopback.url)
    assert (body.content, body.framed) == (b"abc", False)


@pytest.mark.parametrize("status", [200, 400, 404])
def test_an_answer_that_is_no_plea_for_patience_is_handed_over(loopback: Any, status: int) -> None:
    loopback.always(b"why", status=status)
    body = client().get(loopback.url)
    assert (body.status, body.content) == (status, b"why")


# --------------------------------------------------------------------------------------- the body
def body(content: bytes, status: int = 200, content_type: str = "application/json") -> Body:
    return Body("https://host/", status, content_type, content, framed=True)


def test_text_is_utf_8_with_or_without_a_mark() -> None:
    assert body("é".encode()).text() == body("é".encode("utf-8-sig")).text() == "é"


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (body(b"\n <!DOCTYPE html>"), SourceMalformed, "a web page"),
        (body(b"Please wait", content_type="text/html"), SourceMalformed, "a web page"),
        (body(b"\xff\xfe"), SourceMalformed, "UTF-8"),
        (body(b"", 404), SourceRejected, "status 404"),
        (body(b"", 204), SourceMalformed, "status 204"),
    ],
)
def test_what_is_no_text_of_data_is_refused(
    answer: Body, error: type[SourceError], message: str
) -> None:
    with pytest.raises(error, match=message):
        answer.text()


# ------------------------------------------------------------------------------------ trying again
def test_two_server_errors_are_outlasted(loopback: Any) -> None:
    reply = loopback.Reply
    loopback.in_turn(reply(status=503), reply(status=503), reply(b"at last"))
    assert client().get(loopback.url).content == b"at last"
    assert len(loopback.asked) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_keeps_failing_is_asked_four_times(loopback: Any, status: int) -> None:
    loopback.always(status=status)
    with pytest.raises(SourceUnavailable, match=f"status {status}"):
        client().get(loopback.url)
    assert len(loopback.asked) == 4


def test_a_connection_that_was_dropped_is_opened_again(loopback: Any) -> None:
    loopback.in_turn(loopback.Reply(writer=lambda _out: None), loopback.Reply(b"again"))
    assert client().get(loopback.url).content == b"again"


def test_the_wait_a_publisher_asks_for_is_kept(loopback: Any) -> None:
    reply = loopback.Reply
    loopback.in_turn(reply(status=429, headers={"Retry-After": "1"}), reply(b"ok"))
    start = time.monotonic()
    assert client().get(loopback.url).content == b"ok"
    assert 1 <= time.monotonic() - start < 5


@pytest.mark.parametrize("when", ["86400", "Fri, 31 Dec 2999 23:59:59 GMT"])
def test_who_asks_for_too_much_patience_is_not_asked_again(loopback: Any, when: str) -> None:
    loopback.always(status=429, headers={"Retry-After": when})
    start = time.monotonic()
    with pytest.raises(RateLimited, match=f"asks to wait {when}"):
        client().get(loopback.url)
    assert time.monotonic() - start < 5
    assert len(loopback.asked) == 1


def test_a_senseless_retry_after_is_ignored(loopback: Any) -> None:
    reply = loopback.Reply
    loopback.in_turn(reply(status=429, headers={"Retry-After": "soon"}), reply(b"ok"))
    assert client().get(loopback.url).content == b"ok"


def test_no_wait_is_begun_that_outlasts_the_pull(loopback: Any) -> None:
    loopback.always(status=503, headers={"Retry-After": "2"})
    with pytest.raises(SourceUnavailable):
        client(deadline=1).get(loopback.url)
    assert len(loopback.asked) == 1


# ------------------------------------------------------------------------ hosts that are left alone
def test_a_refused_connection_fails_at_once_and_is_not_tried_again(refused_url: str) -> None:
    ask = client(backoff=Backoff())
    start = time.monotonic()
    with pytest.raises(SourceUnavailable, match="could not be reached: connection refused"):
        ask.get(refused_url)
    with pytest.raises(SourceUnavailable, match=r"not asked again in this pull: .*refused"):
        ask.get(refused_url)
    assert time.monotonic() - start < 1


def test_a_host_that_takes_no_connection_is_given_up_after_the_time_out() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):  # fill the queue: Linux then drops what comes
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        ask = client(timeout=0.3)
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        with pytest.raises(SourceUnavailable, match="could not be reached: no connection in time"):
            ask.get(url)
        with pytest.raises(SourceUnavailable, match="not asked again"):
            ask.get(url)


def test_a_host_that_limits_us_is_left_alone(loopback: Any) -> None:
    loopback.always(status=429)
    ask = client()
    with pytest.raises(RateLimited):
        ask.get(loopback.url)
    with pytest.raises(RateLimited, match="not asked again"):
        ask.get(loopback.url)
    assert len(loopback.asked) == 4


def test_three_failures_in_a_row_are_enough_and_a_success_forgives(loopback: Any) -> None:
    loopback.reply = lambda path: loopback.Reply(status=200 if path == "/good" else 501)
    ask = client()
    for path in ("/bad", "/bad", "/good", "/bad", "/bad", "/bad"):
        if path == "/good":
            ask.get(loopback.url + path)
        else:
            with pytest.raises(SourceUnavailable, match="status 501"):
                ask.get(loopback.url + path)
    with pytest.raises(SourceUnavailable, match="not asked again"):
        ask.get(loopback.url + "/good")


def test_a_malformed_answer_does_not_close_the_host(loopback: Any) -> None:
    loopback.always(b"12345")
    ask = client(max_bytes=4)
    for _ in range(5):
        with pytest.raises(SourceMalformed, match="longer than 4 bytes"):
            ask.get(loopback.url)
    assert len(loopback.asked) == 5


# ----------------------------------------------------------------------------------------- limits
def test_a_silent_publisher_is_asked_once(loopback: Any) -> None:
    loopback.always(writer=lambda _out: loopback.stopping.wait(5))
    start = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"silent for 0\.3 s"):
        client(timeout=0.3).get(loopback.url)
    assert time.monotonic() - start < 5
    assert len(loopback.asked) == 1


def _drip(loopback: Any, head: bytes) -> Callable[[Any], None]:
    def write(out: Any) -> None:
        out.write(head)
        while not loopback.stopping.wait(0.05):
            out.write(b"1")
            out.flush()

    return write


def test_an_answer_that_drips_is_given_up_at_its_deadline(loopback: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    loopback.always(writer=_drip(loopback, head))
    start = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"not complete after 0\.9 s"):
        client(timeout=0.3).get(loopback.url)
    assert 0.8 < time.monotonic() - start < 5


def test_the_deadline_of_the_pull_stops_an_answer_and_all_that_follow(loopback: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    loopback.always(writer=_drip(loopback, head))
    ask = client(deadline=0.4)
    with pytest.raises(SourceUnavailable, match="not complete"):
        ask.get(loopback.url)
    with pytest.raises(SourceUnavailable, match=r"deadline of 0\.4 s for one pull passed"):
        ask.get(loopback.url)
    assert len(loopback.asked) == 1


def test_a_body_that_swells_when_unpacked_is_cut_off(loopback: Any) -> None:
    bomb = gzip.compress(bytes(200_000_000), compresslevel=1)
    loopback.always(bomb, headers={"Content-Encoding": "gzip"})
    start = time.monotonic()
    with pytest.raises(SourceMalformed, match="longer than 50,000,000 bytes"):
        client().get(loopback.url)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n12345",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
    ],
)
def test_a_cut_off_answer_is_malformed(loopback: Any, wire: bytes) -> None:
    loopback.always(writer=lambda out: out.write(wire))
    with pytest.raises(SourceMalformed, match="cut off"):
        client().get(loopback.url)


def test_an_answer_that_cannot_be_unpacked_is_malformed(loopback: Any) -> None:
    loopback.always(b"this is no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(SourceMalformed, match="not a valid answer"):
        client().get(loopback.url)


def test_an_answer_that_is_no_http_is_unavailable(loopback: Any) -> None:
    loopback.always(writer=lambda out: out.write(b"220 mail.example ESMTP\r\n"))
    with pytest.raises(SourceUnavailable, match="the connection broke"):
        client().get(loopback.url)


# -------------------------------------------------------------------------------------- redirects
def _moved(loopback: Any, address: str) -> Any:
    return loopback.Reply(status=302, headers={"Location": address})


def test_a_redirect_on_the_same_host_is_followed(loopback: Any) -> None:
    loopback.reply = lambda path: (
        loopback.Reply(b"here") if path == "/new?a=1" else _moved(loopback, "/new?a=1")
    )
    assert client().get(f"{loopback.url}/old").content == b"here"


def test_a_redirect_to_another_host_is_refused_and_that_host_hears_nothing(
    loopback: Any, new_loopback: Callable[[], Any]
) -> None:
    other = new_loopback()
    loopback.reply = lambda _path: _moved(loopback, f"{other.url}/?api_key={KEY}")
    with pytest.raises(SourceMalformed, match="refused to follow a redirect to http://127"):
        client().get(loopback.url)
    assert other.asked == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "//elsewhere.example/", "ftp://a/"])
def test_a_redirect_to_a_strange_place_is_refused(loopback: Any, address: str) -> None:
    loopback.reply = lambda _path: _moved(loopback, address)
    with pytest.raises(SourceMalformed, match="refused to follow"):
        client().get(loopback.url)


@pytest.mark.parametrize(
    ("source", "target", "followed"),
    [
        ("https://a/", "https://A/x", True),
        ("http://a/", "https://a/", True),
        ("https://a/", "http://a/", False),
        ("https://a/", "https://b/", False),
        ("https://a/", "https://a:8443/", False),
        ("https://a/", "https://a@b/", False),
    ],
)
def test_a_redirect_may_only_stay_or_become_safer(
    source: str, target: str, *, followed: bool
) -> None:
    assert http._same_place(urlsplit(source), urlsplit(target)) is followed


def test_a_redirect_to_no_address_is_refused(loopback: Any) -> None:
    loopback.reply = lambda _path: _moved(loopback, "http://[")
    with pytest.raises(SourceMalformed, match="a redirect to no address"):
        client().get(loopback.url)


def test_a_redirect_in_a_circle_ends(loopback: Any) -> None:
    loopback.reply = lambda _path: _moved(loopback, "/again")
    with pytest.raises(SourceMalformed, match="more than 3 redirects"):
        client().get(loopback.url)
    assert len(loopback.asked) == 4


def test_the_endless_body_of_a_redirect_is_not_waited_for(loopback: Any) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 1000\r\n\r\n"
    moved = loopback.Reply(writer=_drip(loopback, head))
    loopback.in_turn(moved, loopback.Reply(b"here"))
    start = time.monotonic()
    assert client().get(loopback.url).content == b"here"
    assert time.monotonic() - start < 5


# ---------------------------------------------------------------------------------------- proxies
def test_a_proxy_in_the_environment_has_no_say(
    loopback: Any, refused_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, refused_url)
    loopback.always(b"direct")
    assert client().get(loopback.url).content == b"direct"


def test_a_proxy_in_the_settings_is_used(loopback: Any) -> None:
    loopback.always(b"by proxy")
    assert client(proxy=loopback.url).get("http://fred.example/x").content == b"by proxy"
    assert loopback.asked == ["http://fred.example/x"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_named(refused_url: str, scheme: str) -> None:
    with pytest.raises(SourceUnavailable, match=r"fred\.example could not be reached: the proxy"):
        client(proxy=refused_url).get(f"{scheme}://fred.example/")


def test_an_address_that_is_none_is_unavailable() -> None:
    with pytest.raises(SourceUnavailable, match="in the settings is not valid"):
        client().get("http://a..b/")


def test_a_host_that_does_not_speak_tls_is_unreachable(loopback: Any) -> None:
    with pytest.raises(SourceUnavailable, match="no secure connection"):
        client().get(loopback.url.replace("http:", "https:"))


# ------------------------------------------------------------------------------------------- leaks
def _failures(loopback: Any) -> dict[str, Any]:
    reply = loopback.Reply
    return {
        "server error": reply(status=503),
        "rate limit": reply(status=429, headers={"Retry-After": "99999"}),
        "redirect": reply(status=302, headers={"Location": f"http://b/?api_key={KEY}"}),
        "oversize": reply(b"12345"),
        "cut off": reply(writer=lambda out: out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n")),
        "silent": reply(writer=lambda _out: loopback.stopping.wait(2)),
        "garbage": reply(writer=lambda out: out.write(b"\x00")),
        "no gzip": reply(b"no", headers={"Content-Encoding": "gzip"}),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "refused", "server error", "rate limit", "redirect", "oversize", "cut off", "silent",
        "garbage", "no gzip",
    ],
)  # fmt: skip
def test_no_failure_and_no_log_line_contains_the_key(
    loopback: Any, refused_url: str, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    url = refused_url
    if kind != "refused":
        failure = _failures(loopback)[kind]
        loopback.reply = lambda _path: failure
        url = loopback.url
    ask = client(timeout=0.3, max_bytes=4, secrets=(KEY,))
    with pytest.raises(SourceError) as caught:
        ask.get(f"{url}/fred", {"api_key": KEY, "series_id": "UNRATE"})
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    told = [str(error), repr(error), "".join(traceback.format_exception(error)), repr(ask)]
    assert not [text for text in (*told, caplog.text) if KEY in text]
    assert caplog.text or kind == "refused"


def test_a_secret_without_a_tell_tale_name_is_known_by_value(loopback: Any) -> None:
    loopback.always(status=501)
    with pytest.raises(SourceUnavailable, match=r"q=\*\*\*"):
        client(secrets=(KEY,)).get(loopback.url, {"q": KEY})
