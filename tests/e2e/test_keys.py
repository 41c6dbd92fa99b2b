"""What comes with a key: FRED's API and its archive of vintages, and a secret to be kept."""

from __future__ import annotations

import zlib
from collections import Counter
from datetime import date, timedelta
from typing import Any

from loopback import Habits

from monitor.catalog import SERIES, WATCHED

KEY = "0123456789abcdef0123456789abcdef"
ALONE = {"RECESSION_MONITOR_SOURCES__SECOND_OPINION": "false"}
JUNE = date(2019, 6, 1)


def _codes(document: Any) -> set[tuple[str, str | None]]:
    return {(finding["code"], finding["series"]) for finding in document["findings"]}


# ----------------------------------------------------------------------------------------- the keys
def _written(program: Any) -> dict[str, bytes]:
    """All that was written: every file, and what is packed inside the database."""
    files = {str(path): path.read_bytes() for path in program.folder.rglob("*") if path.is_file()}
    packed = program.sql("SELECT sha256, body FROM raw")
    return {**files, **{name: zlib.decompress(body) for name, body in packed}}


def test_with_a_key_freds_api_is_asked_and_the_graph_download_not_at_all(
    online: Any, publishers: Any
) -> None:
    publishers.say("GS10", {JUNE: 2.5})
    done = online("pull", "GS10", "UNRATE", "--json", **ALONE, FRED_API_KEY=KEY)
    assert set(publishers.tally()) == {"fred"}
    assert {row["source"] for row in done.document["series"].values()} == {"fred"}
    assert done.document["series"]["GS10"]["revised"] == 1
    # GS10 is never revised, which is told.
    assert (done.code, _codes(done.document)) == (3, {("unexpected_revision", "GS10")})


def test_no_key_appears_anywhere(online: Any, publishers: Any) -> None:
    publishers.fail("fred", "key_repeated", series="GS10")
    publishers.fail("fred", "web_page", series="TOTRESNS")
    publishers.fail("bls", "key_repeated")
    keys = {"FRED_API_KEY": KEY, "BLS_API_KEY": KEY[::-1]}
    said = ""
    for arguments in (
        ("pull", "GS10", "UNRATE", "TOTRESNS", "--json", "-vv"),
        ("pull", "GS10", "UNRATE", "TOTRESNS", "-vv"),
        ("run", "-vv"),
        ("db", "quarantine", "--json", "-vv"),
        ("check", "--online", "-vv"),
    ):
        done = online(*arguments, **keys)
        assert done.code in {0, 3, 4}, done.err
        said += done.out + done.err
    assert {"fred", "bls"} <= set(publishers.tally())
    assert "api_key=" in said
    written = _written(online)
    assert any(b"Scheduled maintenance" in body for body in written.values())
    for key in keys.values():
        assert key not in said
        assert [name for name, body in written.items() if key.encode() in body] == []


def test_a_key_that_fred_refuses_costs_one_request(online: Any, publishers: Any) -> None:
    publishers.move_to(publishers.today, Habits(known_keys=frozenset()))
    done = online("pull", "GS10", "UNRATE", "DGS10", "--json", **ALONE, FRED_API_KEY=KEY)
    assert publishers.tally() == {"fred": 1, "fredgraph": 2}
    assert (done.code, done.document["failed"]) == (0, {})


def test_the_limit_of_requests_a_minute_is_never_exceeded(online: Any, publishers: Any) -> None:
    publishers.move_to(publishers.today, Habits(per_minute=3))
    publishers.fail("fred", "503", times=1)  # what is asked again counts
    done = online(
        "pull", "GS1", "GS2", "GS3", "GS5", "--json", **ALONE, FRED_API_KEY=KEY,
        RECESSION_MONITOR_SOURCES__FRED__PER_MINUTE="3", RECESSION_MONITOR_SOURCES__DEADLINE="10",
    )  # fmt: skip
    assert [it.fault for it in publishers.asked if it.publisher == "fred"] == ["503", "", ""]
    # The turn of the others would come after the deadline, and another way is found at once.
    assert Counter(row["source"] for row in done.document["series"].values()) == {
        "fred": 2, "fredgraph": 2,
    }  # fmt: skip
    assert done.code == 0


# -------------------------------------------------------------------------------------- vintages
def _known(program: Any, series: str, day: date) -> dict[str, float | None]:
    found = program("history", series, "--as-of", f"{day}", "--json").document["values"]
    return {row["period"]: row["value"] for row in found}


def _published(publishers: Any, series: str, day: date) -> dict[str, float | None]:
    return {f"{period}": value for period, value in publishers.figures[series].on(day)}


def test_with_a_key_every_vintage_comes_and_a_past_day_has_its_own_values(
    online: Any, publishers: Any
) -> None:
    day = date(2022, 11, 1)
    done = online("pull", "UNRATE", "--json", FRED_API_KEY=KEY)
    assert done.code == 0
    told = online("history", "UNRATE", "--vintages", "--json").document["values"]
    assert "alfred" in {row["source"] for row in told}
    periods = Counter(row["period"] for row in told)
    assert periods["2019-06-01"] == 1
    assert max(periods.values()) > 1
    assert _known(online, "UNRATE", day) == _published(publishers, "UNRATE", day)
    assert _known(online, "UNRATE", publishers.today) == _published(
        publishers, "UNRATE", publishers.today
    )


def test_nothing_stands_in_where_the_archive_says_what_was_known(
    online: Any, publishers: Any
) -> None:
    """The loopback knows of no vintage between November 2022 and March 2025."""
    day = date(2023, 6, 15)
    online("pull", "UNRATE", FRED_API_KEY=KEY)
    assert _known(online, "UNRATE", day) == _published(publishers, "UNRATE", day)


def test_with_vintages_a_replay_needs_no_stand_ins(online: Any, publishers: Any) -> None:
    names = [name for name in WATCHED if SERIES[name].revised]
    day = publishers.today - timedelta(days=1)
    late = {
        name
        for name in names
        for (period,) in online.sql(
            "SELECT period FROM observation WHERE series = ? AND value IS NOT NULL"
            " GROUP BY period HAVING min(known_from) > ?", name, f"{day}",
        )
        if SERIES[name].usual_release(date.fromisoformat(period)) <= day
    }  # fmt: skip
    before = online("score", "--as-of", f"{day}", "--json").document
    assert {name for code, name in _codes(before) if code == "revised_data"} == late
    assert online("pull", *names, FRED_API_KEY=KEY).code == 0
    after = online("score", "--as-of", f"{day}", "--json").document
    assert "revised_data" not in {code for code, _ in _codes(after)}


def test_an_unchanged_archive_is_confirmed(online: Any, publishers: Any) -> None:
    counts = [
        online("pull", "UNRATE", "--json", **ALONE, FRED_API_KEY=KEY).document["series"]["UNRATE"]
        for _ in range(2)
    ][-1]
    assert (counts["new"], counts["revised"]) == (0, 0)
    assert counts["unchanged"] == len(publishers.figures["UNRATE"].latest)


def test_part_of_a_history_does_not_pass_for_all_its_vintages(online: Any, publishers: Any) -> None:
    day = date(2022, 11, 1)
    for _ in range(2):
        assert online("pull", "UNRATE", "--since", "2020-01-01", FRED_API_KEY=KEY).code == 0
    assert _known(online, "UNRATE", day) == _published(publishers, "UNRATE", day)
    first, *_, last = [it.query for it in publishers.asked if "observations" in it.path]
    assert (first["realtime_start"], "observation_start" in first) == ("1776-07-04", False)
    assert (last["realtime_start"], last["observation_start"]) == (
        f"{publishers.today}", "2020-01-01",
    )  # fmt: skip
