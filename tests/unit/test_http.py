from __future__ import annotations

import gzip
import hashlib
import itertools
import logging
import random
import socket
import time
import traceback
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from monitor import __version__
from monitor.domain import Receipt
from monitor.errors import (
    RateLimited,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources import http
from monitor.sources.http import Backoff, Body, Client, Clock

AT_ONCE = Backoff(first=0, jitter=0, longest=2)
KEY = "0123456789abcdef0123456789abcdef"


def client(*addresses: str, **options: Any) -> Client:
    hosts = [urlsplit(address).netloc for address in addresses]
    return Client(**{"hosts": hosts, "timeout": 2, "backoff": AT_ONCE, **options})


# ------------------------------------------------------------------------------------ good answers
def test_an_answer_comes_whole_with_status_and_media_type(loopback: Any) -> None:
    loopback.always(b"a,b\n", content_type="Text/CSV; charset=utf-8")
    body = client(loopback.url).get(f"{loopback.url}/file", {"id": "DGS10"})
    assert (body.url, body.status) == (f"{loopback.url}/file?id=DGS10", 200)
    assert (body.content_type, body.content, body.framed) == ("text/csv", b"a,b\n", True)
    assert loopback.asked == ["/file?id=DGS10"]


def test_a_request_names_product_and_version(loopback: Any) -> None:
    loopback.always(b"x")
    client(loopback.url).get(loopback.url)
    assert loopback.headers[0]["User-Agent"] == f"recession-monitor/{__version__}"


def test_a_compressed_answer_is_decoded(loopback: Any) -> None:
    loopback.always(gzip.compress(b"1" * 100_000), headers={"Content-Encoding": "gzip"})
    assert client(loopback.url).get(loopback.url).content == b"1" * 100_000


def test_a_chunked_answer_is_put_together(loopback: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    loopback.always(writer=lambda out: out.write(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    assert client(loopback.url).get(loopback.url).content == b"abcde"


def test_an_answer_of_unannounced_length_says_so(loopback: Any) -> None:
    loopback.always(writer=lambda out: out.write(b"HTTP/1.1 200 OK\r\n\r\nabc"))
    body = client(loopback.url).get(loopback.url)
    assert (body.content, body.framed) == (b"abc", False)


@pytest.mark.parametrize("status", [200, 400, 404])
def test_an_answer_that_is_no_plea_for_patience_is_handed_over(loopback: Any, status: int) -> None:
    loopback.always(b"why", status=status)
    body = client(loopback.url).get(loopback.url)
    assert (body.status, body.content) == (status, b"why")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Sun, 22 Nov 2026 03:04:05 GMT", datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 03:04:05 -0500", datetime(2026, 11, 22, 8, 4, 5, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 03:04:05 -0000", datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("now", None),
    ],
)
def test_the_clock_of_the_publisher_is_told(
    loopback: Any, date: str, expected: datetime | None
) -> None:
    head = f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()
    loopback.always(writer=lambda out: out.write(head))
    assert client(loopback.url).get(loopback.url).date == expected


def test_a_question_can_be_posted_and_is_asked_again_like_any_other(loopback: Any) -> None:
    loopback.in_turn(loopback.Reply(status=503), loopback.Reply(b"{}"))
    body = client(loopback.url).post(f"{loopback.url}/data", {"seriesid": ["LNS14000000"]})
    assert body.content == b"{}"
    assert loopback.bodies == [b'{"seriesid": ["LNS14000000"]}'] * 2
    assert loopback.headers[0]["Content-Type"] == "application/json"


# ---------------------------------------------------------------------------------------- receipts
ETAG = '"33a6-5f"'
MONDAY = "Mon, 16 Nov 2026 12:00:00 GMT"


def test_an_answer_comes_with_a_receipt(loopback: Any) -> None:
    loopback.always(b"1", headers={"ETag": ETAG, "Last-Modified": MONDAY})
    body = client(loopback.url).get(f"{loopback.url}/x", {"api_key": KEY, "id": "A"})
    assert body.receipt == Receipt(
        f"{loopback.url}/x?api_key=***&id=A", ETAG, MONDAY, hashlib.sha256(b"1").hexdigest()
    )
    assert not body.unchanged


@pytest.mark.parametrize("status", [204, 400, 404])
def test_only_a_good_answer_has_a_receipt(loopback: Any, status: int) -> None:
    loopback.always(b"", status=status, headers={"ETag": ETAG})
    assert client(loopback.url).get(loopback.url).receipt is None


def _recall(*receipts: Receipt | None) -> Callable[[str], Receipt | None]:
    held = {receipt.request: receipt for receipt in receipts if receipt}
    return held.get


def test_what_we_hold_is_asked_for_only_if_it_has_changed(loopback: Any) -> None:
    loopback.always(b"1", headers={"ETag": ETAG, "Last-Modified": MONDAY})
    query = {"api_key": KEY}
    receipt = client(loopback.url).get(loopback.url, query).receipt
    loopback.always(status=304)
    body = client(loopback.url, recall=_recall(receipt)).get(loopback.url, query)
    assert (body.status, body.unchanged, body.content, body.receipt) == (304, True, b"", None)
    assert loopback.headers[1]["If-None-Match"] == ETAG
    assert loopback.headers[1]["If-Modified-Since"] == MONDAY


def test_the_same_bytes_again_are_unchanged_without_the_help_of_the_publisher(
    loopback: Any,
) -> None:
    loopback.always(b"1")
    receipt = client(loopback.url).get(loopback.url).receipt
    ask = client(loopback.url, recall=_recall(receipt))
    same = ask.get(loopback.url)
    loopback.always(b"2")
    other = ask.get(loopback.url)
    assert (same.unchanged, other.unchanged) == (True, False)
    assert "If-None-Match" not in loopback.headers[1]
    assert other.receipt != receipt


def test_compressed_or_not_the_same_content_has_the_same_receipt(loopback: Any) -> None:
    packed = loopback.Reply(gzip.compress(b"1"), headers={"Content-Encoding": "gzip"})
    loopback.in_turn(loopback.Reply(b"1"), packed)
    ask = client(loopback.url)
    assert ask.get(loopback.url).receipt == ask.get(loopback.url).receipt


def test_unchanged_is_no_answer_to_who_holds_nothing(loopback: Any) -> None:
    loopback.always(status=304)
    with pytest.raises(SourceMalformed, match="status 304 to a question without conditions"):
        client(loopback.url).get(loopback.url)


def test_unchanged_is_no_answer_after_a_redirect_which_is_asked_without_conditions(
    loopback: Any,
) -> None:
    receipt = Receipt(f"{loopback.url}/old", ETAG, "", "")
    loopback.reply = lambda path: (
        loopback.Reply(status=304) if path == "/new" else _moved(loopback, "/new")
    )
    with pytest.raises(SourceMalformed, match="status 304"):
        client(loopback.url, recall=_recall(receipt)).get(f"{loopback.url}/old")
    assert [ETAG in headers.values() for headers in loopback.headers] == [True, False]


def test_a_posted_question_has_a_name_of_its_own_that_does_not_depend_on_the_key(
    loopback: Any,
) -> None:
    loopback.always(b"{}", headers={"ETag": ETAG})
    other_key = KEY[::-1]
    names = []
    for key, series in ((KEY, "A"), (other_key, "A"), (KEY, "B")):
        ask = client(loopback.url, secrets=(KEY, other_key))
        body = ask.post(loopback.url, {"registrationkey": key, "seriesid": [series]})
        names.append(body.receipt.request if body.receipt else "")
        assert body.receipt
        again = client(loopback.url, secrets=(KEY, other_key), recall=_recall(body.receipt))
        assert again.post(loopback.url, {"seriesid": [series], "registrationkey": key}).unchanged
    assert names[0] == names[1] != names[2]
    assert all(name.startswith(f"{loopback.url}/#") for name in names)
    assert not [headers for headers in loopback.headers if "If-None-Match" in headers]


@pytest.mark.parametrize("etag", ["x" * 201, "\xe9", f'"{KEY}"'])
def test_a_strange_validator_is_not_kept(loopback: Any, etag: str) -> None:
    loopback.always(b"1", headers={"ETag": etag})
    receipt = client(loopback.url, secrets=(KEY,)).get(loopback.url).receipt
    assert receipt
    assert receipt.etag in ("", '"***"')


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
        (body(b"x", 204), SourceMalformed, "status 204"),
    ],
)
def test_what_is_no_text_of_data_is_refused(
    answer: Body, error: type[SourceError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        answer.text()
    assert caught.value.raw == (answer.content if error is SourceMalformed else b"")


def test_json_is_read() -> None:
    assert body(b'{"a": [1, 2.5, "NaN"]}').json() == {"a": [1, 2.5, "NaN"]}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"1", b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e400}', b"[" * 200_000,
        b'{"a": ' + b"1" * 5000 + b"}", b"<p>", b"\xff",
    ],
)  # fmt: skip
def test_what_is_no_json_object_of_finite_numbers_is_refused_and_kept(content: bytes) -> None:
    with pytest.raises(SourceMalformed) as caught:
        body(content).json()
    assert caught.value.raw == content


def test_a_body_does_not_fill_a_traceback_with_its_content() -> None:
    assert "12345" not in repr(body(b"12345"))


# ------------------------------------------------------------------------------------ trying again
def test_two_server_errors_are_outlasted(loopback: Any) -> None:
    reply = loopback.Reply
    loopback.in_turn(reply(status=503), reply(status=503), reply(b"at last"))
    assert client(loopback.url).get(loopback.url).content == b"at last"
    assert len(loopback.asked) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_keeps_failing_is_asked_four_times(loopback: Any, status: int) -> None:
    loopback.always(status=status)
    with pytest.raises(SourceUnavailable, match=f"status {status}"):
        client(loopback.url).get(loopback.url)
    assert len(loopback.asked) == 4


def test_a_connection_that_was_dropped_is_opened_again(loopback: Any) -> None:
    loopback.in_turn(loopback.Reply(writer=lambda _out: None), loopback.Reply(b"again"))
    assert client(loopback.url).get(loopback.url).content == b"again"


def test_the_wait_a_publisher_asks_for_is_kept(loopback: Any) -> None:
    reply = loopback.Reply
    loopback.in_turn(reply(status=429, headers={"Retry-After": "1"}), reply(b"ok"))
    start = time.monotonic()
    assert client(loopback.url).get(loopback.url).content == b"ok"
    assert 1 <= time.monotonic() - start < 5


@pytest.mark.parametrize("when", ["86400", "Fri, 31 Dec 2999 23:59:59 GMT"])
def test_who_asks_for_too_much_patience_is_not_asked_again(loopback: Any, when: str) -> None:
    loopback.always(status=429, headers={"Retry-After": when})
    start = time.monotonic()
    with pytest.raises(RateLimited, match=f"asks to wait {when}"):
        client(loopback.url).get(loopback.url)
    assert time.monotonic() - start < 5
    assert len(loopback.asked) == 1


@pytest.mark.parametrize("when", ["soon", "9" * 5000, "Fri, 31 Dec 99999 23:59:59 GMT", "-1"])
def test_a_senseless_retry_after_is_ignored(loopback: Any, when: str) -> None:
    reply = loopback.Reply
    loopback.in_turn(reply(status=429, headers={"Retry-After": when}), reply(b"ok"))
    assert client(loopback.url).get(loopback.url).content == b"ok"


def test_no_wait_is_begun_that_outlasts_the_pull(loopback: Any) -> None:
    loopback.always(status=503, headers={"Retry-After": "2"})
    with pytest.raises(SourceUnavailable):
        client(loopback.url, deadline=1).get(loopback.url)
    assert len(loopback.asked) == 1


def test_every_request_that_goes_out_is_counted(loopback: Any) -> None:
    reply = loopback.Reply
    dropped = reply(writer=lambda _out: None)
    loopback.in_turn(reply(status=503), dropped, _moved(loopback, "/new"), reply(b"ok"))
    ask = client(loopback.url)
    assert ask.requests == 0
    ask.get(loopback.url)
    ask.get(loopback.url)
    assert ask.requests == len(loopback.asked) == 5


# ------------------------------------------------------------------------ hosts that are left alone
def test_a_host_that_is_not_in_the_settings_hears_nothing(loopback: Any) -> None:
    ask = client("https://fred.example", secrets=(KEY,))
    for address in (loopback.url, f"http://{KEY}@{loopback.host}", "nothing"):
        with pytest.raises(
            SourceUnavailable, match=r"not asked: .* url under \[sources\]"
        ) as caught:
            ask.get(address)
        assert KEY not in str(caught.value)
    assert (loopback.asked, ask.requests) == ([], 0)


def test_the_case_of_a_host_does_not_matter(loopback: Any) -> None:
    loopback.always(b"x")
    url = f"http://LocalHost:{loopback.server_port}"
    assert client(url.lower()).get(url).content == b"x"
    assert client(url).get(url.lower()).content == b"x"


def test_a_refused_connection_fails_at_once_and_is_not_tried_again(refused_url: str) -> None:
    ask = client(refused_url, backoff=Backoff())
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
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        ask = client(url, timeout=0.3)
        with pytest.raises(SourceUnavailable, match="could not be reached: no connection in time"):
            ask.get(url)
        with pytest.raises(SourceUnavailable, match="not asked again"):
            ask.get(url)


def test_a_host_that_limits_us_is_left_alone(loopback: Any) -> None:
    loopback.always(status=429)
    ask = client(loopback.url)
    with pytest.raises(RateLimited):
        ask.get(loopback.url)
    with pytest.raises(RateLimited, match="not asked again"):
        ask.get(loopback.url)
    assert len(loopback.asked) == 4


def test_three_failures_in_a_row_are_enough_and_a_success_forgives(loopback: Any) -> None:
    loopback.reply = lambda path: loopback.Reply(status=200 if path == "/good" else 501)
    ask = client(loopback.url)
    for path in ("/bad", "/bad", "/good", "/bad", "/bad", "/bad"):
        if path == "/good":
            ask.get(loopback.url + path)
        else:
            with pytest.raises(SourceUnavailable, match="status 501"):
                ask.get(loopback.url + path)
    with pytest.raises(SourceUnavailable, match="not asked again"):
        ask.get(loopback.url + "/good")
    assert len(loopback.asked) == 6


def test_a_host_that_sends_rubbish_three_times_is_left_alone_too(loopback: Any) -> None:
    loopback.always(b"12345")
    ask = client(loopback.url, max_bytes=4)
    for _ in range(3):
        with pytest.raises(SourceMalformed, match=r"^(?!not asked again).*longer than 4 bytes"):
            ask.get(loopback.url)
    with pytest.raises(SourceMalformed, match=r"not asked again.*longer than 4 bytes"):
        ask.get(loopback.url)
    assert len(loopback.asked) == 3


# ----------------------------------------------------------------------------------------- limits
def test_a_silent_publisher_is_asked_once(loopback: Any) -> None:
    loopback.always(writer=lambda _out: loopback.stopping.wait(5))
    start = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"silent for 0\.3 s"):
        client(loopback.url, timeout=0.3).get(loopback.url)
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
        client(loopback.url, timeout=0.3).get(loopback.url)
    assert 0.8 < time.monotonic() - start < 5


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Drip: ",
        b"HTTP/1.",
        # A gzip member whose file name never ends: bytes keep coming, and nothing to unpack.
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\x03",
    ],
)
def test_headers_that_drip_and_a_body_that_unpacks_to_nothing_are_given_up_too(
    loopback: Any, head: bytes
) -> None:
    loopback.always(writer=_drip(loopback, head))
    start = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"not complete after 0\.9 s"):
        client(loopback.url, timeout=0.3).get(loopback.url)
    assert 0.8 < time.monotonic() - start < 3
    assert len(loopback.asked) == 1


def test_a_flood_that_unpacks_to_nothing_is_given_up_too(loopback: Any) -> None:
    def write(out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        out.write(b"\x1f\x8b\x08\x08\0\0\0\0\0\x03")
        while not loopback.stopping.is_set():
            out.write(b"1" * 65_536)

    loopback.always(writer=write)
    start = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"not complete after 0\.3 s"):
        client(loopback.url, timeout=0.1).get(loopback.url)
    assert time.monotonic() - start < 3


def test_the_endless_body_of_a_server_error_is_not_waited_for(loopback: Any) -> None:
    head = b"HTTP/1.1 503 Busy\r\nContent-Length: 100000\r\n\r\n"
    loopback.in_turn(loopback.Reply(writer=_drip(loopback, head)), loopback.Reply(b"ok"))
    start = time.monotonic()
    assert client(loopback.url, timeout=1).get(loopback.url).content == b"ok"
    assert time.monotonic() - start < 0.8


def test_the_deadline_of_the_pull_stops_an_answer_and_all_that_follow(loopback: Any) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    loopback.always(writer=_drip(loopback, head))
    ask = client(loopback.url, deadline=0.4)
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
        client(loopback.url).get(loopback.url)
    assert time.monotonic() - start < 5


def test_a_body_that_swells_takes_no_more_memory_than_the_limit(loopback: Any) -> None:
    bomb = gzip.compress(bytes(100_000_000), compresslevel=1)
    loopback.always(bomb, headers={"Content-Encoding": "gzip"})
    ask = client(loopback.url, max_bytes=1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(SourceMalformed, match="longer than 1,000,000 bytes"):
            ask.get(loopback.url)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_a_compressed_body_that_comes_byte_by_byte_is_read_whole(loopback: Any) -> None:
    packed = gzip.compress(b"1234567890" * 5)
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in packed)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    loopback.always(writer=lambda out: out.write(head + chunks + b"0\r\n\r\n"))
    assert client(loopback.url).get(loopback.url).content == b"1234567890" * 5


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
        client(loopback.url).get(loopback.url)


def test_an_answer_that_cannot_be_unpacked_is_malformed(loopback: Any) -> None:
    loopback.always(b"this is no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(SourceMalformed, match="not a valid answer"):
        client(loopback.url).get(loopback.url)


def test_an_answer_that_is_no_http_is_unavailable(loopback: Any) -> None:
    loopback.always(writer=lambda out: out.write(b"220 mail.example ESMTP\r\n"))
    with pytest.raises(SourceUnavailable, match="the connection broke"):
        client(loopback.url).get(loopback.url)


PARTS = [
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 Found\r\n", b"HTTP/1.1 503 x\r\n", b"HTTP/9 abc\r\n",
    b"HTTP/1.1 304 x\r\n", b"HTTP/1.1 200\r\n", b"Content-Length: 5\r\n",
    b"Content-Length: -5\r\n", b"Content-Length: 5, 6\r\n", b"Content-Length: x\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\n",
    b"Location: http://[\r\n", b"Location: //\xe9\r\n", b"Location: /a\r\n",
    b"Retry-After: 0x1\r\n", b"Set-Cookie: a=b; expires=x\r\n", b"Date: \xff\r\n", b": \r\n",
    b"a" * 70_000, b"X: y\r\n" * 101, b"\r\n", b"\r\n\r\n", b"-5\r\n12345\r\n",
    b"5\r\n12345\r\n0\r\n\r\n", b"ffffffffffffffffffff\r\n1", b"12345", b"\x1f\x8b\x08\x00",
    b"\x00", b"",
]  # fmt: skip


def test_whatever_a_server_writes_is_an_answer_or_an_error_of_ours(loopback: Any) -> None:
    chance = random.Random(20261122)
    loopback.reply = lambda _path: loopback.Reply(
        writer=lambda out: out.write(b"".join(chance.choices(PARTS, k=chance.randint(1, 6))))
    )
    found: list[object] = []
    for _ in range(300):
        try:
            found.append(client(loopback.url, timeout=0.2).get(loopback.url))
        except SourceError as err:
            found += [err, err.__context__]
    assert {type(one) for one in found} == {Body, SourceMalformed, SourceUnavailable, type(None)}


# --------------------------------------------------------------------------------- rate of requests
class Pretended:
    """A clock on which only waiting takes time."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.sleep)


def test_no_more_requests_than_allowed_go_out_in_any_minute_repeated_ones_included(
    loopback: Any,
) -> None:
    pretended, seen, answers = Pretended(), [], itertools.cycle([503, 200, 503, 503, 200])

    def reply(_path: str) -> Any:
        seen.append(pretended.time)
        pretended.time += 0.7
        return loopback.Reply(status=next(answers))

    loopback.reply = reply
    limit = {loopback.host: 5}
    ask = client(loopback.url, per_minute=limit, clock=pretended.clock, deadline=10_000)
    for _ in range(20):
        ask.get(loopback.url)
    assert len(seen) == ask.requests == 50
    crowded = [late - early for early, late in zip(seen, seen[5:], strict=False)]
    assert min(crowded) > 60
    assert max(crowded) < 70


def test_below_the_limit_nobody_waits_and_other_hosts_have_none(
    loopback: Any, new_loopback: Callable[[], Any]
) -> None:
    pretended, other = Pretended(), new_loopback()
    loopback.always(b"x")
    other.always(b"x")
    limit = {loopback.host: 5}
    ask = client(loopback.url, other.url, per_minute=limit, clock=pretended.clock)
    for _ in range(5):
        ask.get(loopback.url)
    for _ in range(20):
        ask.get(other.url)
    assert pretended.time == 0


def test_a_turn_that_comes_after_the_deadline_is_not_waited_for(loopback: Any) -> None:
    pretended = Pretended()
    loopback.always(b"x")
    limit = {loopback.host: 2}
    ask = client(loopback.url, per_minute=limit, clock=pretended.clock, deadline=30)
    ask.get(loopback.url)
    ask.get(loopback.url)
    with pytest.raises(SourceUnavailable, match="not asked: with 2 requests a minute its turn"):
        ask.get(loopback.url)
    assert (pretended.time, len(loopback.asked)) == (0, 2)


def test_waiting_for_a_turn_is_not_silence_of_the_publisher(loopback: Any) -> None:
    pretended = Pretended()
    reply = loopback.Reply
    loopback.in_turn(reply(status=503), reply(b"ok"))
    limit = {loopback.host: 1}
    ask = client(loopback.url, per_minute=limit, clock=pretended.clock, deadline=100)
    assert ask.get(loopback.url).content == b"ok"  # one answer may take 6 s, the turn came at 61


# -------------------------------------------------------------------------------------- redirects
def _moved(loopback: Any, address: str) -> Any:
    return loopback.Reply(status=302, headers={"Location": address})


def test_a_redirect_on_the_same_host_is_followed(loopback: Any) -> None:
    loopback.reply = lambda path: (
        loopback.Reply(b"here") if path == "/new?a=1" else _moved(loopback, "/new?a=1")
    )
    assert client(loopback.url).get(f"{loopback.url}/old").content == b"here"


def test_a_redirect_to_another_host_is_refused_and_that_host_hears_nothing(
    loopback: Any, new_loopback: Callable[[], Any]
) -> None:
    other = new_loopback()
    loopback.reply = lambda _path: _moved(loopback, f"{other.url}/?api_key={KEY}")
    with pytest.raises(SourceMalformed, match="refused to follow a redirect to http://127"):
        client(loopback.url).get(loopback.url)
    assert other.asked == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "//elsewhere.example/", "ftp://a/"])
def test_a_redirect_to_a_strange_place_is_refused(loopback: Any, address: str) -> None:
    loopback.reply = lambda _path: _moved(loopback, address)
    with pytest.raises(SourceMalformed, match="refused to follow"):
        client(loopback.url).get(loopback.url)


@pytest.mark.parametrize(
    ("source", "target", "followed"),
    [
        ("https://a/", "https://A/x", True),
        ("http://a/", "https://a/", True),
        ("https://a/", "http://a/", False),
        ("https://a/", "https://b/", False),
        ("https://a/", "https://a:8443/", False),
        ("https://a/", "https://a@b/", False),
        ("http://a:8080/", "https://a/x", True),
        ("http://a/", "https://a:8443/", False),
        ("http://a/", "https://b@a/", False),
        ("http://a/", "ftp://a/", False),
    ],
)
def test_a_redirect_may_only_stay_or_become_safer(
    source: str, target: str, *, followed: bool
) -> None:
    assert http._same_place(urlsplit(source), urlsplit(target)) is followed


def test_a_posted_question_follows_no_redirect(loopback: Any) -> None:
    loopback.reply = lambda _path: _moved(loopback, "/new")
    with pytest.raises(SourceMalformed, match="a redirect of a question that was posted"):
        client(loopback.url).post(loopback.url, {"registrationkey": KEY})
    assert len(loopback.asked) == 1


@pytest.mark.parametrize("address", ["http://[", "https://a:port/"])
def test_a_redirect_to_no_address_is_refused(loopback: Any, address: str) -> None:
    loopback.reply = lambda _path: _moved(loopback, address)
    with pytest.raises(SourceMalformed, match=r"a redirect to no address|refused to"):
        client(loopback.url).get(loopback.url)


def test_a_redirect_in_a_circle_ends(loopback: Any) -> None:
    loopback.reply = lambda _path: _moved(loopback, "/again")
    with pytest.raises(SourceMalformed, match="more than 3 redirects"):
        client(loopback.url).get(loopback.url)
    assert len(loopback.asked) == 4


def test_the_endless_body_of_a_redirect_is_not_waited_for(loopback: Any) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 1000\r\n\r\n"
    moved = loopback.Reply(writer=_drip(loopback, head))
    loopback.in_turn(moved, loopback.Reply(b"here"))
    start = time.monotonic()
    assert client(loopback.url).get(loopback.url).content == b"here"
    assert time.monotonic() - start < 5


# ---------------------------------------------------------------------------------------- proxies
def test_a_proxy_in_the_environment_has_no_say(
    loopback: Any, refused_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, refused_url)
    loopback.always(b"direct")
    assert client(loopback.url).get(loopback.url).content == b"direct"


def test_a_proxy_in_the_environment_is_used_if_the_settings_say_so_and_name_none(
    loopback: Any, refused_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", loopback.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    loopback.always(b"by proxy")
    fred = "http://fred.example"
    assert client(fred, trust_environment=True).get(f"{fred}/x").content == b"by proxy"
    assert loopback.asked == ["http://fred.example/x"]
    with pytest.raises(SourceUnavailable, match="the proxy in the settings"):
        client(fred, trust_environment=True, proxy=refused_url).get(f"{fred}/x")


@pytest.mark.parametrize("trusted", [True, False])
def test_certificates_named_in_the_environment_are_used_if_the_settings_say_so(
    loopback: Any, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file")
    url = loopback.url.replace("http:", "https:")
    with pytest.raises(SourceUnavailable) as caught:
        client(url, trust_environment=trusted).get(url)
    assert ("certificates" in str(caught.value)) is trusted


def test_a_proxy_in_the_settings_is_used(loopback: Any) -> None:
    loopback.always(b"by proxy")
    fred = "http://fred.example"
    assert client(fred, proxy=loopback.url).get(f"{fred}/x").content == b"by proxy"
    assert loopback.asked == ["http://fred.example/x"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_named(refused_url: str, scheme: str) -> None:
    with pytest.raises(SourceUnavailable, match=r"fred\.example could not be reached: the proxy"):
        client("http://fred.example", proxy=refused_url).get(f"{scheme}://fred.example/")


def test_an_address_that_is_none_is_unavailable() -> None:
    with pytest.raises(SourceUnavailable, match="in the settings is not valid"):
        client("http://a..b/").get("http://a..b/")


def test_a_host_that_does_not_speak_tls_is_unreachable(loopback: Any) -> None:
    with pytest.raises(SourceUnavailable, match="no secure connection"):
        client(loopback.url).get(loopback.url.replace("http:", "https:"))


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
    ask = client(url, timeout=0.3, max_bytes=4, secrets=(KEY,))
    with pytest.raises(SourceError) as caught:
        ask.get(f"{url}/fred", {"api_key": KEY, "series_id": "UNRATE"})
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    told = [str(error), repr(error), "".join(traceback.format_exception(error)), repr(ask)]
    assert not [text for text in (*told, caplog.text) if KEY in text]
    assert caplog.text or kind == "refused"


@pytest.mark.parametrize("status", [200, 400])
def test_a_key_that_is_echoed_is_not_in_the_content(loopback: Any, status: int) -> None:
    key = "p@ss word"
    loopback.always(b'{"a": "p@ss word", "b": "p%40ss%20word", "c": "p%40ss+word"}', status=status)
    body = client(loopback.url, secrets=(key,)).post(loopback.url, {"registrationkey": key})
    assert body.content == b'{"a": "***", "b": "***", "c": "***"}'
    if body.receipt:
        assert body.receipt.sha256 == hashlib.sha256(body.content).hexdigest()


def test_content_that_only_looks_like_a_secret_stays_as_it_came(loopback: Any) -> None:
    loopback.always(b"token=1\n")
    assert client(loopback.url, secrets=(KEY,)).get(loopback.url).content == b"token=1\n"


def test_a_secret_without_a_tell_tale_name_is_known_by_value(loopback: Any) -> None:
    loopback.always(status=501)
    with pytest.raises(SourceUnavailable, match=r"q=\*\*\*"):
        client(loopback.url, secrets=(KEY,)).get(loopback.url, {"q": KEY})
