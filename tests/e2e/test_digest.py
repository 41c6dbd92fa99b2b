"""The digest on the command line: its renditions, editions and languages."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

DAY = "2019-12-20"
MADE = re.compile(r"\d{1,2} \w{3} \d{4} \d\d:\d\d UTC")


def undated(text: str) -> str:
    """Without the instant it was made."""
    return MADE.sub("an instant", text)


def digest(reader: Any, *options: str, **settings: str) -> str:
    done = reader("digest", "--as-of", DAY, *options, **settings)
    assert (done.code, done.err) == (3, "")
    out: str = done.out
    return out


def document(reader: Any, edition: str) -> dict[str, Any]:
    done = reader("digest", "--as-of", DAY, "--edition", edition, "--json")
    assert done.code == 3
    found: dict[str, Any] = done.document
    return found


# --------------------------------------------------------------------------------------- renditions
def test_a_mail_on_standard_output_is_a_whole_message_with_the_text_and_its_pictures(
    seeded: Any, reader: Any, tmp_path: Path
) -> None:
    with (tmp_path / "digest.eml").open("wb") as file:
        process = seeded.start("digest", "--as-of", DAY, "--format", "eml", stdout=file)
        assert process.wait() == 3
    content = (tmp_path / "digest.eml").read_bytes()
    assert b"\n" not in content.replace(b"\r\n", b"")
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Subject"] == document(reader, "daily")["subject"]
    assert message["Auto-Submitted"] == "auto-generated"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert html
    text = plain.get_content().replace("\r\n", "\n").rstrip()
    assert undated(text) == undated(digest(reader).rstrip())
    shown = set(re.findall(r'src="cid:([^"]+)"', html.get_content()))
    carried = {part["Content-ID"].strip("<>") for part in message.walk() if part["Content-ID"]}
    assert shown == carried
    assert len(carried) >= 2
    assert not re.search(r'(src|href)="(?!cid:|https:|mailto:)', html.get_content())


# ---------------------------------------------------------------------------------------- editions
@pytest.mark.parametrize(
    ("edition", "since", "came"),
    [
        ("daily", "2019-12-19", {"DGS3MO": 1, "DGS10": 1}),
        ("weekly", "2019-12-13", {"DGS3MO": 5, "DGS10": 5, "INDPRO": 1}),
        ("monthly", "2019-11-20", {"UNRATE": 1, "GS10": 1, "DGS10": 21}),
    ],
)
def test_an_edition_compares_with_the_day_that_its_reader_saw_last(
    reader: Any, edition: str, since: str, came: dict[str, int]
) -> None:
    found = document(reader, edition)
    assert found["edition"] == edition
    assessment = found["assessment"]
    assert assessment["previous"]["as_of"] == assessment["moved"]["since"] == since
    new = {row["series"]: row["new"] for row in assessment["came"]}
    assert new.items() >= came.items()


def test_a_weekly_digest_says_so_and_looks_two_weeks_ahead(reader: Any) -> None:
    daily, weekly = digest(reader), digest(reader, "--edition", "weekly")
    assert daily.partition("\n")[0].endswith(", 20 Dec 2019")
    masthead = weekly.partition("\n")[0]
    assert "weekly" in masthead
    assert masthead.endswith(", 14–20 Dec 2019")  # noqa: RUF001 - a span of days has this dash
    assert "What can be expected by 27 Dec 2019" in daily
    assert "What can be expected by 3 Jan 2020" in weekly


# --------------------------------------------------------------------------------------- languages
CHINESE = {
    "RECESSION_MONITOR_DIGEST__LANGUAGE": "zh-CN",
    "RECESSION_MONITOR_DIGEST__EDITION": "weekly",
}


def test_settings_choose_language_and_edition(reader: Any) -> None:
    masthead = digest(reader, **CHINESE).partition("\n")[0]
    assert masthead.endswith("2019年12月14日至20日")
    assert "recession" not in masthead


def test_options_override_the_settings(reader: Any) -> None:
    chosen = digest(reader, "--language", "en", "--edition", "daily", **CHINESE)
    assert undated(chosen) == undated(digest(reader))


def test_a_page_in_chinese_says_that_it_is(reader: Any) -> None:
    page = digest(reader, "--language", "zh", "--format", "page")
    assert '<html lang="zh-CN">' in page
    assert "衰退" in page


def test_an_unknown_language_or_edition_is_refused_with_the_known_ones(reader: Any) -> None:
    reader("digest", "--language", "fr").refused(2, "--language", "'fr'", "en", "zh_CN")
    reader("digest", "--edition", "hourly").refused(2, "--edition", "weekly")
    for name, value in (("LANGUAGE", "fr"), ("EDITION", "hourly")):
        setting = {f"RECESSION_MONITOR_DIGEST__{name}": value}
        reader("digest", **setting).refused(2, f"digest.{name.lower()}", value)
