"""Secrets out of texts: for messages of errors, and for log records before they are written.

FRED takes its key in the query, so every library that mentions an address would print it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = "***"

_SHORTEST_SECRET = 4
"""A shorter value is left to the patterns: replacing it everywhere would tear words apart."""

_ASSIGNED = re.compile(
    r"""(?P<name>(?:api_?key|registrationkey|token|password|passwd|secret)
                 (?:["']?\s*[=:]\s*["']?|%3[Dd]))     # key=…  key: …  "key": "…"  key%3D…
        (?P<value>[^\s&"'<>,;)\]}]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_AUTHORIZATION = re.compile(
    r"""(?P<name>authorization["']?\s*[=:]\s*["']?(?:bearer|basic)?\s*)(?P<value>[^\s"',]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_USER_INFORMATION = re.compile(r"(?P<name>://)(?P<value>[^\s/?#@]+)(?=@)")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` with every secret in it replaced by ``***``.

    What follows a name such as ``api_key=``, ``token:`` or ``"password": "`` is a secret, as are
    a user's name and password in an address and the given values, plain or percent-encoded.

    Args:
        text: any text; one that was redacted before stays as it is.
        secrets: values that must not appear. Those under four characters are ignored.
    """
    for form in _forms(secrets):
        text = text.replace(form, MASK)
    for pattern in (_ASSIGNED, _AUTHORIZATION, _USER_INFORMATION):
        text = pattern.sub(rf"\g<name>{MASK}", text)
    return text


def redact_bytes(content: bytes, secrets: Iterable[str]) -> bytes:
    """``content`` with the given values replaced, plain or percent-encoded, and nothing else.

    What only looks like a secret is left alone: this is for data, which must stay as it came.
    """
    for form in _forms(secrets):
        content = content.replace(form.encode(), MASK.encode())
    return content


def plain(text: str, longest: int = 300) -> str:
    """Text of unknown origin, fit to be quoted: printable and on one line."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    return kept.strip()[:longest]


def _forms(secrets: Iterable[str]) -> Iterator[str]:
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            yield from dict.fromkeys((secret, quote(secret, safe=""), quote_plus(secret)))


class RedactingFilter(logging.Filter):
    """Takes secrets out of every record, whoever wrote it.

    Add it to each *handler*: the filter of a logger does not see the records of loggers below
    it. Message, exception and stack come out as finished text (``exc_text`` and ``stack_info``;
    ``exc_info`` is ``None`` afterwards), so that no formatter can bring a secret back.

    Args:
        secrets: values that must not appear, beside what :func:`redact` knows by name.
    """

    _formatter = logging.Formatter()

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact ``record`` in place; it is always kept."""
        record.msg = redact(_message(record), self._secrets)
        record.args = None
        if record.exc_info:
            record.exc_text = record.exc_text or self._formatter.formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = redact(record.exc_text, self._secrets)
        if record.stack_info:
            record.stack_info = redact(record.stack_info, self._secrets)
        return True


def _message(record: logging.LogRecord) -> str:
    # A handler runs its filters outside its own error handling: a call with the wrong number of
    # arguments must not become an exception in the program that made it.
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args!r}"
