# ruff: noqa: RUF001 - the typographic minus and Chinese punctuation are what is written
from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.delivery import message
from monitor.delivery.message import LONGEST_LINE, compose, identity
from monitor.domain import Image, Mail
from monitor.errors import DeliveryError

SENDER = "Recession Monitor <monitor@example.org>"
WHEN = datetime(2026, 11, 22, 16, 58, 30, tzinfo=timezone(timedelta(hours=-5)))
ID = "<0123456789abcdef@example.org>"
PNG = b"\x89PNG\r\n\x1a\n\x00\n\r" + bytes(range(256)) * 9
IMAGES = tuple(
    Image(f"curve-0.{scheme}@digest", f"curve-0-{scheme}.png", PNG, "The spread.", 436, 300)
    for scheme in ("light", "dark")
)
MAIL = Mail('<html lang="en"><p>−1 ' + "long line " * 300 + "</p>\n<p>two</p></html>\n", IMAGES)
CHINESE = "未来12个月美国衰退概率为10%（与前次持平）：收益率曲线+0.96个百分点，未倒挂；" * 5

ENDS_OF_LINES = ("\r\n", "\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029", "\x1c")
TURNS = ("\u202e", "\u2066", "\u200f", "\u061c", "\u202a", "\u2069")
ENCODED = ("=?UTF-8?Q?=0A?=Bcc: x@evil.example é", "=?utf-8?b?DQpCY2M6IHg=?=", "a =?x")


def written(
    *,
    subject: str = "Recession risk 10%",
    text: str = "line one\nline −two\n",
    mail: Mail = MAIL,
    sender: str = SENDER,
    message_id: str = ID,
    language: str = "en",
    recipient: str = "reader@example.com",
    list_id: str = "",
    page: str = "",
) -> bytes:
    return compose(
        mail, subject, text, sender=sender, when=WHEN, message_id=message_id,
        language=language, recipient=recipient, list_id=list_id, page=page,
    )  # fmt: skip


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def words(part: EmailMessage) -> str:
    """Text of a part; on the wire its lines end in CRLF."""
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def headers(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[0]


def test_a_message_holds_text_and_html_with_its_pictures_in_this_order() -> None:
    got = read(written())
    assert [part.get_content_type() for part in got.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "image/png",
    ]  # fmt: skip
    text, related = got.iter_parts()
    html, *pictures = related.iter_parts()
    assert words(text) == "line one\nline −two\n"
    assert words(html) == MAIL.html
    assert related.get_param("type") == "text/html"
    assert [picture["Content-ID"] for picture in pictures] == [
        "<curve-0.light@digest>", "<curve-0.dark@digest>",
    ]  # fmt: skip
    assert [picture.get_content() for picture in pictures] == [PNG, PNG]
    assert {picture.get_content_disposition() for picture in pictures} == {"inline"}
    assert [picture.get_filename() for picture in pictures] == [
        "curve-0-light.png", "curve-0-dark.png",
    ]  # fmt: skip


def test_without_pictures_the_html_stands_alone() -> None:
    kinds = [part.get_content_type() for part in read(written(mail=Mail("<p>x</p>"))).walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("plain words\n", "quoted-printable"),
     ("the spread fell by −0.5 pp\n" * 99, "quoted-printable"),
     ("ten words and more\n" * 20 + "收益率曲线倒挂\n" * 90, "base64"), ("=" * 999, "base64")],
)  # fmt: skip
def test_text_is_sent_in_the_shorter_encoding(text: str, encoding: str) -> None:
    part, html = list(read(written(text=text, mail=Mail(text))).iter_parts())
    assert part["Content-Transfer-Encoding"] == html["Content-Transfer-Encoding"] == encoding
    assert words(part).rstrip("\n") == words(html).rstrip("\n") == text.rstrip("\n")
    assert len(part.get_payload()) < 1.5 * len(text.encode()) + 80


def test_the_headers_are_those_that_were_meant() -> None:
    got = read(written(list_id="digest.example.org", page="https://example.org/d.html"))
    assert {name: str(value) for name, value in got.items() if name != "Content-Type"} == {
        "MIME-Version": "1.0",
        "From": SENDER,
        "To": "reader@example.com",
        "Subject": "Recession risk 10%",
        "Date": "Sun, 22 Nov 2026 21:58:30 +0000",
        "Message-ID": ID,
        "List-Id": "<digest.example.org>",
        "Archived-At": "<https://example.org/d.html>",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "Content-Language": "en",
    }


def test_a_message_that_is_kept_as_a_file_is_addressed_to_nobody() -> None:
    got = read(written(recipient=""))
    assert "To" not in got
    assert got["From"] == SENDER


def test_the_same_input_gives_the_same_bytes() -> None:
    assert written() == written()
    assert written() != written(text="another\n")


def test_the_identifier_is_the_same_for_the_same_digest_and_recipient_alone() -> None:
    one = identity("2026-11-22.daily.en", SENDER, "reader@example.com")
    assert one == identity(
        "2026-11-22.daily.en", "monitor@example.org", "Reader <reader@example.com>"
    )
    others = [
        identity("2026-11-22.daily.zh-CN", SENDER, "reader@example.com"),
        identity("2026-11-22.daily.en", SENDER, "other@example.com"),
        identity("2026-11-22.daily.en", SENDER),
    ]
    assert len({one, *others}) == 4
    assert one.endswith("@example.org>")
    assert read(written(message_id=one))["Message-ID"] == one


@pytest.mark.parametrize("subject", ["x" * 300, "word " * 60 + "end", CHINESE, "−" * 200,
                                     "é " * 99 + "é", "风险 10% in 12 months − été"])  # fmt: skip
def test_a_subject_comes_back_as_it_was_in_lines_that_fit(subject: str) -> None:
    content = written(subject=subject)
    assert read(content)["Subject"] == subject
    if not subject.isascii():
        assert max(map(len, headers(content).split(b"\r\n"))) <= 78
    # The library's older reader, which mail programs in Python still use, reads the same.
    unfolded = message_from_bytes(content)["Subject"].replace("\r\n", "")
    assert str(make_header(decode_header(unfolded))) == subject


@given(
    subject=st.text(
        st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" "),
        min_size=1,
    ).filter(lambda subject: subject.strip() == subject and "=?" not in subject),
    text=st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=300),
)
def test_whatever_the_words_are_they_come_back_and_no_server_refuses_a_line(
    subject: str, text: str
) -> None:
    content = written(subject=subject, text=f"{text}\n")
    got = read(content)
    assert got["Subject"] == subject
    assert words(next(got.iter_parts())) == f"{text}\n"
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
    assert content.isascii()


@pytest.mark.parametrize(
    "bad", [*ENDS_OF_LINES, *TURNS, "\x00", "\x7f", "\x9b", "\ud800", *ENCODED]
)
@pytest.mark.parametrize("field", ["subject", "sender", "recipient", "message_id", "list_id",
                                   "page", "language"])  # fmt: skip
def test_no_value_of_a_header_can_begin_another_or_turn_the_line(field: str, bad: str) -> None:
    values = {"subject": "risk", "sender": SENDER, "recipient": "reader@example.com",
              "message_id": ID, "list_id": "a.example", "page": "https://example.org/",
              "language": "en"}  # fmt: skip
    value = values[field]
    for forged in (f"{value}{bad}", f"{bad}{value}", f"{value[:3]}{bad}Bcc: x{value[3:]}"):
        with pytest.raises(DeliveryError):
            written(**{field: forged})


@pytest.mark.parametrize("address", [
    "", "abc", "@example.org", "a@", "a@b@c", "a b@c.example", "x <a@b.example>, z@evil.example",
    "a@b.example, z@evil.example", "a@b.example,z@evil.example",
    '"x" <a@b.example>, z@evil.example',
    "<a@b.example> <c@d.example>", 'x" <a@b.example>', "a@-b.example", "a@b..example",
    "ü@b.example",
    f"{'a' * 65}@b.example", f"a@{'b.' * 130}example", "a@[127.0.0.1]", ".a@b.example",
    "group: a@b.example;",
])  # fmt: skip
def test_what_is_not_exactly_one_mailbox_is_refused(address: str) -> None:
    with pytest.raises(DeliveryError):
        written(sender=address)
    if address:
        with pytest.raises(DeliveryError):
            written(recipient=address)


def test_names_are_quoted_or_encoded_and_hosts_written_in_ascii() -> None:
    got = read(
        written(sender='"Monitor, US" <a.b+c@exämple.org>', recipient="衰退 <r@例子.example>")
    )
    assert got["From"].addresses[0].display_name == "Monitor, US"
    assert got["From"].addresses[0].addr_spec == "a.b+c@xn--exmple-cua.org"
    assert got["To"].addresses[0].display_name == "衰退"
    assert got["To"].addresses[0].domain == "xn--fsqu00a.example"


def test_long_identifiers_are_neither_broken_nor_encoded() -> None:
    page = f"https://example.org/{'a' * 300}.html"
    content = written(page=page, list_id=f"{'a' * 60}.{'b' * 60}.example")
    assert f"\r\nArchived-At: <{page}>\r\n".encode() in content
    assert b"=?" not in headers(content)


@pytest.mark.parametrize(
    ("field", "value"),
    [("page", "http://example.org/"), ("page", "javascript:alert(1)"),
     ("page", "https://example.org/a b"), ("page", "https://example.org/<x>"),
     ("page", f"https://example.org/{'a' * 1000}"), ("language", "en_US"), ("language", "e"),
     ("message_id", "a@b.example"), ("message_id", "<a b@c.example>"), ("list_id", "a b"),
     ("list_id", "<a.example>"), ("subject", ""), ("subject", "  ")],
)  # fmt: skip
def test_values_of_another_form_are_refused(field: str, value: str) -> None:
    with pytest.raises(DeliveryError):
        written(**{field: value})


def test_the_date_is_in_universal_time_whatever_the_zone_of_the_instant() -> None:
    assert read(written())["Date"].datetime == WHEN.astimezone(UTC)
    assert b"\r\nDate: Sun, 22 Nov 2026 21:58:30 +0000\r\n" in written()


@pytest.mark.parametrize(
    ("forged", "says"),
    [(b"Bcc: x@evil.example\r\n", "other headers"), (b"Subject: two\r\n", "other headers")],
)
def test_a_header_too_many_in_the_finished_bytes_is_noticed(forged: bytes, says: str) -> None:
    content = written()
    message._check(content, read(content), set(read(content).keys()))
    with pytest.raises(DeliveryError, match=says):
        message._check(forged + content, read(content), set(read(content).keys()))


@pytest.mark.parametrize("line", [b"bare\nend\r\n", b"bare\rend\r\n", b"x" * 999 + b"\r\n"])
def test_a_line_that_servers_refuse_is_noticed(line: bytes) -> None:
    content = written()
    with pytest.raises(DeliveryError, match="line"):
        message._check(content + line, read(content), set(read(content).keys()))
