"""A digest as one message (RFC 5322): text, HTML and its pictures. The same input, the same bytes.

No value of a header is trusted, whatever the version of Python does with it: line ends, controls,
marks that turn the direction of writing and encoded words (``=?…?=``, which some versions decode
into new headers: CVE-2024-6923, CVE-2026-1299) are refused, and the finished bytes are read again
and must have the headers that were meant and no other.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from email import message_from_bytes, policy, quoprimime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from hashlib import sha256
from typing import Final

from monitor.domain import Mail
from monitor.errors import DeliveryError

LONGEST_LINE: Final = 998
"""Octets of a line without its end (RFC 5322, 2.1.1)."""


def identity(digest: str, sender: str, recipient: str = "") -> str:
    """The ``Message-ID`` of one digest for one recipient; sent twice, it can be told as the same.

    Its domain is that of the sender, whose mail system vouches for it.

    Args:
        digest: what names the digest, such as ``2026-11-22.daily.en``.
        sender: mailbox it comes from, with or without a name.
        recipient: mailbox it goes to; empty for a message that is kept as a file.

    Raises:
        DeliveryError: the sender or the recipient is no mailbox.
    """
    to = _mailbox("recipient", recipient).addr_spec if recipient else ""
    key = sha256(f"{digest}\n{to}".encode()).hexdigest()[:32]
    return f"<{key}@{_mailbox('sender', sender).domain}>"


def compose(
    mail: Mail,
    subject: str,
    text: str,
    *,
    sender: str,
    when: datetime,
    message_id: str,
    language: str,
    recipient: str = "",
    list_id: str = "",
    page: str = "",
) -> bytes:
    """The message as it goes over the wire: lines end in CRLF, none is longer than 998 octets.

    Args:
        mail: the HTML part and its pictures.
        subject: one line.
        text: the plain text: the same facts in the same order.
        sender: mailbox it comes from, ``Name <user@host>`` or ``user@host``.
        when: instant it was made; goes into ``Date``, in UTC.
        message_id: with its angle brackets, see :func:`identity`.
        language: of both parts, as BCP 47 writes it.
        recipient: the one mailbox it goes to; empty for a message that is kept as a file.
        list_id: name of the list in the form of a host name (RFC 2919), or nothing.
        page: https address of the same digest as a page (``Archived-At``, RFC 5064), or nothing.

    Raises:
        DeliveryError: a value cannot stand in a header.
    """
    headers = {
        "From": _mailbox("sender", sender),
        "To": _mailbox("recipient", recipient) if recipient else None,
        "Subject": _guarded("subject", subject),
        "Date": when.astimezone(UTC),
        "Message-ID": _matching("message id", message_id, _MESSAGE_ID),
        "List-Id": f"<{_matching('list id', list_id, _HOST)}>" if list_id else None,
        "Archived-At": f"<{_matching('address of the page', page, _HTTPS)}>" if page else None,
        "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday notice shall answer it
        "Precedence": "bulk",
        "Content-Language": _matching("language", language, _LANGUAGE),
    }
    given = {name: value for name, value in headers.items() if value is not None}
    message = EmailMessage(policy=_WIRE)
    _fill(message, mail, text)
    for name, value in given.items():
        message[name] = value
    content = message.as_bytes()
    _check(content, message, {*given, "MIME-Version", "Content-Type"})
    return content


# --------------------------------------------------------------------------------------- the body
def _fill(message: EmailMessage, mail: Mail, text: str) -> None:
    """Text, then HTML with its pictures: a program shows the last rendition that it can."""
    message.set_content(text, cte=_encoding(text))
    message.add_alternative(mail.html, subtype="html", cte=_encoding(mail.html))
    key = sha256(mail.html.encode() + text.encode()).hexdigest()[:24]
    message.set_boundary(f"=_a_{key}")
    if not mail.images:
        return
    html = list(message.iter_parts())[-1]
    for image in mail.images:
        html.add_related(
            image.content,
            "image",
            "png",
            cid=f"<{image.cid}>",
            filename=image.filename,
            disposition="inline",
        )
    html.set_boundary(f"=_r_{key}")
    html.set_param("type", "text/html")  # RFC 2387: which of them is the document


def _encoding(text: str) -> str:
    """The shorter of the two that every server passes on; the library looks at ten lines only."""
    octets = text.encode().replace(b"\n", b"\r\n")
    ends = 4 * octets.count(
        b"\n"
    )  # the library counts six for an end of line, which is kept as two
    quoted = quoprimime.body_length(octets) - ends
    return "base64" if quoted > _BASE64 * len(octets) else "quoted-printable"


_BASE64: Final = 4 / 3 * 78 / 76
"""Octets of base64 for one of the text, with the ends of its lines."""


# ------------------------------------------------------------------------------------ the headers
_TURNING: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_MARKS: Final = frozenset("\u200e\u200f\u061c")
_NOT_IN_A_LINE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})

_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_MESSAGE_ID: Final = re.compile(rf"<{_LOCAL.pattern}@{_HOST.pattern}>")
_HTTPS: Final = re.compile(rf"https://{_HOST.pattern}(?::\d{{1,5}})?(?:/[!#$%&'*-;=?-Z_a-z~]*)?")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_NAMED: Final = re.compile(r'(?:"([^"<>\\]*)"|([^"<>\\]*?))\s*<([^<>\s]*)>')

_LONGEST_LOCAL: Final = 64
_LONGEST_ADDRESS: Final = 254
"""Octets of an address and of its part before the ``@`` (RFC 5321, 4.5.3.1)."""


def _guarded(what: str, value: str) -> str:
    """A value that is one line, written in one direction, and no encoded word."""
    for letter in value:
        if (
            unicodedata.category(letter) in _NOT_IN_A_LINE
            or unicodedata.bidirectional(letter) in _TURNING
            or letter in _MARKS
        ):
            raise DeliveryError(f"the {what} has the character U+{ord(letter):04X}: leave it out")
    if "=?" in value:
        raise DeliveryError(f"the {what} has '=?', which begins an encoded word: leave it out")
    if not value.strip():
        raise DeliveryError(f"the {what} is empty")
    return value


def _matching(what: str, value: str, form: re.Pattern[str]) -> str:
    if not form.fullmatch(_guarded(what, value)):
        raise DeliveryError(f"{value!r} is no {what}")
    return value


def _mailbox(what: str, value: str) -> Address:
    """Exactly one mailbox; the name of its host in ASCII, as servers know it."""
    found = _NAMED.fullmatch(_guarded(what, value).strip())
    name, spec = ((found[1] or found[2] or "").strip(), found[3]) if found else ("", value.strip())
    local, _, domain = spec.rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    right = (
        _LOCAL.fullmatch(local)
        and _HOST.fullmatch(host)
        and len(local) <= _LONGEST_LOCAL
        and len(local) + 1 + len(host) <= _LONGEST_ADDRESS
    )
    if not right:
        raise DeliveryError(f"{value!r} is no mailbox of the {what}: give Name <user@example.org>")
    return Address(name, local, host)


class _Wire(EmailPolicy):
    """How headers are folded, where the library's own way would break them.

    Python's folding loses or doubles spaces between encoded words in some versions, and encodes
    identifiers that are longer than a line, which mail programs then do not understand.
    """

    def fold(self, name: str, value: str) -> str:
        """One header as lines."""
        if name == "Subject" and not value.isascii():
            encoded = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {encoded}{self.linesep}"
        if name in _UNBROKEN:
            return f"{name}: {value}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same as octets."""
        return self.fold(name, value).encode("ascii")


_UNBROKEN: Final = frozenset({"Message-ID", "List-Id", "Archived-At", "Content-Language"})
_WIRE: Final = _Wire(linesep="\r\n", cte_type="7bit", max_line_length=78)


# -------------------------------------------------------------------------------------- the check
def _check(content: bytes, meant: EmailMessage, names: set[str]) -> None:
    """What was written is read again: each header once, as it was meant, and lines that fit."""
    read = message_from_bytes(content, policy=policy.default)
    if sorted(read.keys()) != sorted(names):
        raise DeliveryError("the message came out with other headers than were meant")
    for name in ("From", "To", "Subject", "Message-ID"):
        if str(read[name]) != str(meant[name]):
            raise DeliveryError(f"the header {name} cannot be written: {str(meant[name])!r}")
    lines = content.split(b"\r\n")
    if any(b"\n" in line or b"\r" in line or len(line) > LONGEST_LINE for line in lines):
        raise DeliveryError("the message has a line that mail servers refuse")
