from __future__ import annotations

import io
import json
import logging

import pytest

from monitor.sources.redaction import RedactingFilter, plain, redact, redact_bytes

KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"GET /fred?series_id=A&api_key={KEY}&x=1", "GET /fred?series_id=A&api_key=***&x=1"),
        (f"FRED_API_KEY={KEY}", "FRED_API_KEY=***"),
        (f'{{"registrationkey": "{KEY}"}}', '{"registrationkey": "***"}'),
        (f"{{'api_key': '{KEY}', 'a': 1}}", "{'api_key': '***', 'a': 1}"),
        (f"next=%3Fapi_key%3D{KEY}&b", "next=%3Fapi_key%3D***&b"),
        ("token: abc", "token: ***"),
        ("RECESSION_MONITOR_SMTP__PASSWORD=hunter2", "RECESSION_MONITOR_SMTP__PASSWORD=***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("proxy http://joe:pass@proxy:3128 failed", "proxy http://***@proxy:3128 failed"),
    ],
)
def test_a_secret_that_is_named_is_replaced(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Bad Request.  The value for variable api_key is not registered.",
        "Bad Request.  Variable api_key is not set.",
        "https://api.stlouisfed.org/fred?series_id=UNRATE",
        "the token was refused",
    ],
)
def test_a_text_that_only_speaks_of_a_secret_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_a_known_secret_is_replaced_wherever_it_stands_and_however_it_is_encoded() -> None:
    secret = "p@ss w/ord"
    text = "plain p@ss w/ord, path p%40ss%20w%2Ford, form p%40ss+w%2Ford"
    assert redact(text, [secret]) == "plain ***, path ***, form ***"


def test_a_very_short_secret_does_not_tear_words_apart() -> None:
    assert redact("an apple a day", ["a", ""]) == "an apple a day"


def test_redacting_twice_changes_nothing() -> None:
    once = redact(f"api_key={KEY} http://a:b@c", [KEY])
    assert redact(once, [KEY]) == once


def test_in_data_only_the_given_values_are_replaced() -> None:
    content = b"\xff api_key=abc, p@ss w/ord, p%40ss%20w%2Ford, p%40ss+w%2Ford"
    assert redact_bytes(content, ["p@ss w/ord", "abc"]) == b"\xff api_key=abc, ***, ***, ***"


def test_text_of_unknown_origin_is_quoted_on_one_printable_line() -> None:
    assert plain("\x1b[31mBad\r\nRequest.\u2028\ud800\u202e ") == "[31mBad  Request."
    assert plain("x" * 400) == "x" * 300


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def _logger(stream: io.StringIO, formatter: logging.Formatter) -> logging.Logger:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(RedactingFilter([KEY]))
    # Not by getLogger(): it shall not outlive the test.
    logger = logging.Logger("test")  # noqa: LOG001
    logger.addHandler(handler)
    return logger


def _fail() -> None:
    raise RuntimeError(f"https://host/?api_key={KEY}")


def test_no_secret_reaches_a_handler_by_message_argument_exception_or_stack(
    stream: io.StringIO,
) -> None:
    logger = _logger(stream, logging.Formatter())
    try:
        _fail()
    except RuntimeError:
        logger.exception("key %s for %s", KEY, "UNRATE", stack_info=True)
    text = stream.getvalue()
    assert KEY not in text
    assert "key *** for UNRATE" in text
    assert "RuntimeError: https://host/?api_key=***" in text
    assert "Stack (most recent call last)" in text


def test_a_formatter_that_writes_json_cannot_bring_the_exception_back(stream: io.StringIO) -> None:
    class Json(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return json.dumps({"message": record.getMessage(), "error": str(record.exc_info)})

    logger = _logger(stream, Json())
    try:
        _fail()
    except RuntimeError:
        logger.exception("failed")
    assert json.loads(stream.getvalue()) == {"message": "failed", "error": "None"}


def test_a_log_call_with_wrong_arguments_is_still_logged_and_raises_nothing(
    stream: io.StringIO,
) -> None:
    template = "%d %d"
    _logger(stream, logging.Formatter()).warning(template, f"api_key={KEY}")
    assert stream.getvalue() == "%d %d ('api_key=***',)\n"


def test_a_message_with_a_percent_sign_survives(stream: io.StringIO) -> None:
    _logger(stream, logging.Formatter()).warning("100 %")
    assert stream.getvalue() == "100 %\n"
