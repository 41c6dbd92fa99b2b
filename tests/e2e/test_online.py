"""The program and the publishers on this machine, over real sockets.

The publishers know the bundled history, and after its end invented figures up to today, in their
true formats. Nothing here depends on the day on which it is run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from loopback import Habits

from jobs.pull import COMPARED
from monitor.catalog import SERIES, WATCHED
from monitor.domain import months_between
from monitor.store import Store

KEY = "0123456789abcdef0123456789abcdef"
AT_ONCE = {"RECESSION_MONITOR_SOURCES__MIN_INTERVAL": "0s"}
ANEW = {**AT_ONCE, "RECESSION_MONITOR_SOURCES__REFRESH": "0s"}
ALONE = {"RECESSION_MONITOR_SOURCES__SECOND_OPINION": "false"}
JUNE = date(2019, 6, 1)
"""A month of the unemployment rate of which much can be said: it moved far more in 2020."""


@pytest.fixture
def behind(first_time: Callable[..., Any], settled: Callable[[Any], Any]) -> Any:
    """The program where everything was pulled, from publishers who were ten days behind."""
    return settled(first_time("behind", "pull", days_ago=10, **ALONE))


def _still_published(publishers: Any) -> set[str]:
    return {name for name in publishers.figures if SERIES[name].ends is None}


def _codes(document: Any, severity: str = "") -> set[tuple[str, str | None]]:
    return {
        (finding["code"], finding["series"])
        for finding in document["findings"]
        if severity in ("", finding["severity"])
    }


def _due(database: Path, today: date) -> set[str]:
    """Series of which something can have come since the newest value stored, by the catalogue."""
    with Store.open(database) as store:
        newest = {name: held.newest for name, held in store.held().items() if held.answered_at}
    return {
        name
        for name, period in newest.items()
        if (spec := SERIES[name]).ends is None
        and spec.earliest_release(spec.next_period(period)) <= today
    }


# ---------------------------------------------------------------------------------- the first time
def test_a_first_run_with_current_figures_ends_with_0(first: Any) -> None:
    assert (first.code, first.said) == (0, "")
    assessment = first.document["assessment"]
    assert assessment["degraded"] is False
    assert {finding["severity"] for finding in assessment["findings"]} <= {"info"}
    assert "fredgraph" in {reading["source"] for reading in assessment["series"].values()}
    assert (first.folder / "var/site" / Path(first.document["page"]).name).is_file()


def test_a_first_pull_of_everything_asks_few_requests_and_tells_how_many(
    first: Any, publishers: Any, report: Any
) -> None:
    today, compared = publishers.today, publishers.today - COMPARED
    years = today.year - 2018 + 1  # of the bills that only the Treasury has
    months = months_between(compared, today) + 1
    # Both curves are compared: month by month, or else year by year, of which it has one already.
    parts = 2 * months if months <= 3 else today.year - compared.year + 1
    assert first.tally == {
        "fredgraph": 11,
        "treasury": years + parts,
        "board": 6,
        "nyfed": 3,
        "bls": 1,
    }
    pulled = first.document["pull"]
    assert pulled["requests"] == sum(first.tally.values())
    report("first run", series=len(pulled["series"]), requests=pulled["requests"], cpu=first.cpu)


def test_a_first_pull_receives_every_series_that_somebody_publishes(first: Any) -> None:
    pulled = first.document["pull"]
    published = {name for name, spec in SERIES.items() if set(spec.publishers) != {"bundled"}}
    bundled_whole = {"GDPC96", "AMBSL", "RSBKCRNS", "TREASURY"}
    assert set(pulled["series"]) == published - bundled_whole
    assert (pulled["failed"], pulled["fresh"], pulled["not_due"]) == ({}, [], [])
    assert {counts["source"] for counts in pulled["series"].values()} == {
        "fredgraph", "treasury", "nyfed", "board",
    }  # fmt: skip
    assert {counts["second_opinion"] for counts in pulled["series"].values()} == {
        "treasury", "bls", "nyfed", "board", None,
    }  # fmt: skip


def test_a_first_pull_records_what_is_new_and_mistakes_nothing_for_a_revision(
    first: Any, stored: Any, complete: Any
) -> None:
    series = first.document["pull"]["series"]
    assert {name: row["revised"] for name, row in series.items() if row["revised"]} == {}
    added = sum(row["new"] for row in series.values())
    held = stored(first.folder / "var/monitor.db").rows
    assert held["observation"] - complete.rows["observation"] == added
    assert held["quarantine"] == 0


# -------------------------------------------------------------------------------------- afterwards
def test_a_second_run_within_the_interval_asks_nothing_and_adds_nothing(
    online: Any, publishers: Any, stored: Any, first: Any
) -> None:
    before = stored(online.database)
    done = online("run", "--json")
    assert (done.code, publishers.tally()) == (0, {})
    pulled = done.document["pull"]
    gone = {"DFEDTAR", "IOER"}  # they ended, and are complete
    assert set(pulled["fresh"]) == set(first.document["pull"]["series"]) - gone
    assert pulled["requests"] == 0
    after = stored(online.database)
    assert after.observations == before.observations
    assert after.rows["assessment"] == before.rows["assessment"]


def test_a_later_pull_asks_only_for_what_can_have_come(
    behind: Any, publishers: Any, report: Any
) -> None:
    due = _due(behind.database, publishers.today)
    before = behind.rows()
    done = behind("pull", "--json", **AT_ONCE)
    pulled = done.document
    assert (done.code, set(pulled["series"]), pulled["failed"]) == (0, due, {})
    assert set(pulled["not_due"]) == _still_published(publishers) - due
    assert pulled["requests"] == publishers.requests < 30
    # Daily figures are ten days behind, and each of their publishers has new ones.
    assert {"DGS10", "DFF", "SOFR", "DGS2MO"} <= {
        name for name, row in pulled["series"].items() if row["new"]
    }
    added = sum(row["new"] + row["revised"] for row in pulled["series"].values())
    assert behind.rows() - before == added
    report("ten days later", series=len(due), requests=pulled["requests"], cpu=done.cpu)


def test_when_nothing_is_new_a_daily_pull_takes_few_requests_and_little_time(
    online: Any, publishers: Any, report: Any
) -> None:
    due = _due(online.database, publishers.today)
    before = online.rows()
    done = online("pull", "--json", **AT_ONCE)
    pulled = done.document
    assert (done.code, set(pulled["series"]), pulled["findings"]) == (0, due, [])
    assert pulled["requests"] == publishers.requests <= 20
    assert online.rows() == before
    report("daily pull, nothing new", series=len(due), requests=pulled["requests"], cpu=done.cpu)
    assert done.cpu < 5


def test_after_the_refresh_interval_whole_histories_are_asked_for_again_and_add_nothing(
    online: Any, publishers: Any, stored: Any, first: Any, report: Any
) -> None:
    before = stored(online.database)
    done = online("pull", "--json", **ANEW)
    pulled = done.document
    assert (done.code, pulled["findings"], pulled["failed"]) == (0, [], {})
    assert set(pulled["series"]) == _still_published(publishers)
    assert {row["new"] + row["revised"] for row in pulled["series"].values()} == {0}
    assert pulled["series"]["DGS10"]["unchanged"] > 16_000
    assert publishers.tally() == first.tally
    assert stored(online.database).observations == before.observations
    report(
        "full refresh, nothing new",
        series=len(pulled["series"]),
        requests=pulled["requests"],
        cpu=done.cpu,
    )
    # Five seconds is what was promised on a machine of its own.
    assert done.cpu < 10


def test_an_old_answer_makes_the_whole_history_due(online: Any, publishers: Any) -> None:
    online.overdue("GS10")
    done = online("pull", "--json")
    assert (done.code, set(done.document["series"])) == (0, {"GS10"})
    (asked,) = [it for it in publishers.asked if it.publisher == "fredgraph"]
    assert (asked.query["id"], "cosd" in asked.query) == ("GS10", False)


@pytest.mark.parametrize("validators", [frozenset({"fredgraph"}), frozenset()], ids=["304", "200"])
def test_an_unchanged_answer_confirms_what_is_stored(
    online: Any, publishers: Any, stored: Any, validators: frozenset[str]
) -> None:
    publishers.move_to(publishers.today, Habits(validators=validators))
    names = ("DGS10", "UNRATE")
    first = online("pull", *names, "--json").document["series"]
    before = stored(online.database, *names)
    done = online("pull", *names, "--json", "-vv")
    assert ('HTTP/1.1" 304' in done.err) == bool(validators)
    assert {name: done.document["series"][name]["unchanged"] for name in names} == {
        name: first[name]["unchanged"] for name in names
    }
    after = stored(online.database, *names)
    assert after.observations == before.observations
    assert after.rows["observation"] == before.rows["observation"]
    assert after.rows["statement"] == before.rows["statement"] + len(names)


def test_a_series_asked_for_by_name_is_asked_for_whole_and_alone(
    online: Any, publishers: Any, stored: Any
) -> None:
    before = stored(online.database, "GS10")
    done = online("pull", "gs10", "--json")
    assert (done.code, publishers.tally()) == (0, {"fredgraph": 1, "board": 1})
    (counts,) = done.document["series"].values()
    assert counts == {
        "source": "fredgraph", "new": 0, "revised": 0, "missing": 0,
        "unchanged": len(publishers.figures["GS10"].latest),
        "requests": 1, "seconds": counts["seconds"], "second_opinion": "board",
    }  # fmt: skip
    assert stored(online.database, "GS10").observations == before.observations
    assert online.rows() == before.rows["observation"]


def test_a_series_named_twice_is_asked_for_once(online: Any, publishers: Any) -> None:
    done = online("pull", "GS10", "gs10", "--json", **ALONE)
    ((asked,),) = [it.query.values() for it in publishers.asked]
    assert (done.code, asked) == (0, "GS10")
    known = len(publishers.figures["GS10"].latest)
    assert done.document["series"]["GS10"]["unchanged"] == known


def test_a_dry_run_asks_and_tells_and_keeps_nothing(
    newcomer: Any, publishers: Any, files: Any
) -> None:
    before = files(newcomer.folder)
    dry = newcomer("pull", "DGS10", "UNRATE", "--dry-run", "--json")
    assert files(newcomer.folder) == before
    asked = publishers.tally()
    publishers.asked.clear()
    real = newcomer("pull", "DGS10", "UNRATE", "--json")
    assert (dry.code, asked) == (real.code, publishers.tally())
    for name, counts in real.document["series"].items():
        assert {**dry.document["series"][name], "seconds": 0} == {**counts, "seconds": 0}
        assert counts["new"] > 0


def test_since_reads_a_part_of_a_history(online: Any, publishers: Any) -> None:
    done = online("pull", "UNRATE", "--since", "2024-06-15", "--json")
    (asked,) = [it for it in publishers.asked if it.publisher == "fredgraph"]
    assert asked.query["cosd"] == "2024-06-15"
    assert done.code == 0
    assert 20 < done.document["series"]["UNRATE"]["unchanged"] < 1000


def test_of_a_series_never_received_since_reads_the_whole(online: Any, publishers: Any) -> None:
    """A part would pass for the whole from then on."""
    for table in ("observation", "statement"):
        online.sql(f"DELETE FROM {table} WHERE series = 'MICH'")
    done = online("pull", "MICH", "--since", "2020-01-01", "--json")
    assert done.document["series"]["MICH"]["new"] == len(publishers.figures["MICH"].latest)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "2024-06-15"), ("--since", "name the series")),
        (("GS10", "--since", "June"), ("--since", "'June'", "YYYY-MM-DD")),
        (("GS11", "--since", "2024-06-15"), ("GS11", "GS10")),
    ],
)
def test_a_wrong_since_is_refused_and_nobody_is_asked(
    monitor: Any, publishers: Any, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = monitor("pull", *arguments, "--json", **publishers.settings())
    done.refused_as_document(2, *words)
    assert (list(monitor.folder.iterdir()), publishers.requests) == ([], 0)


# -------------------------------------------------------------------------------------- revisions
def test_a_revised_value_adds_exactly_one_row(online: Any, publishers: Any) -> None:
    before = online.rows()
    publishers.say("UNRATE", {JUNE: 9.9})
    for revised in (1, 0):
        done = online("pull", "UNRATE", "--json", **ALONE)
        counts = done.document["series"]["UNRATE"]
        assert (done.code, counts["new"], counts["revised"]) == (0, 0, revised)
        assert online.rows() == before + 1


def test_what_a_pull_says_it_added_is_what_it_added(online: Any, publishers: Any) -> None:
    before = online.rows()
    said = 0
    for value in (9.9, 8.8, 8.8):
        publishers.say("UNRATE", {JUNE: value})
        counts = online("pull", "UNRATE", "--json", **ALONE).document["series"]["UNRATE"]
        said += counts["new"] + counts["revised"]
    assert online.rows() - before == said
    newest = online("history", "UNRATE", "--since", f"{JUNE}", "--json")
    assert newest.document["values"][0]["value"] == 8.8


# -------------------------------------------------------------------------------- when it does not
def test_series_that_fail_stop_no_other_and_are_named(online: Any, publishers: Any) -> None:
    before = online.rows()
    online.overdue("UNRATE", "GS10", "TOTRESNS", "MICH")
    publishers.fail("fredgraph", "renamed_column", column="TOTRESNS")
    publishers.fail("fredgraph", "404", series="MICH")
    publishers.say("UNRATE", {JUNE: 9.9})
    done = online("run", "--json")
    pulled = done.document["pull"]
    assert (done.code, done.document["exit_code"]) == (3, 3)
    assert (set(pulled["series"]), set(pulled["failed"])) == (
        {"UNRATE", "GS10"}, {"TOTRESNS", "MICH"},
    )  # fmt: skip
    assert "TOTRESNS_NEW" in pulled["failed"]["TOTRESNS"]
    assert "404" in pulled["failed"]["MICH"]
    assert online.rows() == before + 1
    said = _codes(done.document["assessment"], "warning")
    assert ("not_fetched", "TOTRESNS") in said
    assert ("not_fetched", "MICH") not in said
    assert "(TOTRESNS) was not received" in (online.site / "latest.html").read_text("utf-8")


def test_a_pull_of_a_series_that_fails_ends_with_3_and_says_why(
    online: Any, publishers: Any
) -> None:
    publishers.fail("fredgraph", "404", series="GS10")
    publishers.fail("board", "no_rows")
    done = online("pull", "GS10", "TB3MS")
    assert done.code == 3
    assert "(GS10) was not received: board: GS10: no rows" in done.out
    assert "TB3MS                  fredgraph" in done.out


def test_a_pull_of_which_nothing_came_says_why(online: Any, publishers: Any) -> None:
    """The publisher did answer, so that no one may say that none did."""
    publishers.fail("*", "404")
    done = online("pull", "TOTRESNS")
    assert done.code == 3
    assert "(TOTRESNS) was not received: fredgraph: TOTRESNS: " in done.out
    assert "No publisher answered" not in done.out
    assert online("pull", "MICH").code == 0  # the digest does not show it


def test_a_publisher_that_fails_for_a_moment_is_asked_again(online: Any, publishers: Any) -> None:
    publishers.fail("fredgraph", "503", times=1)
    done = online("pull", "GS10", "--json", **ALONE)
    assert (done.code, publishers.tally()) == (0, {"fredgraph": 2})
    assert (done.document["requests"], done.document["series"]["GS10"]["requests"]) == (2, 2)


def test_a_publisher_that_wants_patience_is_not_asked_again(online: Any, publishers: Any) -> None:
    publishers.fail("fredgraph", "429", retry_after=120)
    done = online("pull", "GS10", "DGS10", "TOTRESNS", "DFF", "--json", **ALONE)
    assert publishers.tally()["fredgraph"] == 1
    assert {name: row["source"] for name, row in done.document["series"].items()} == {
        "GS10": "board", "DGS10": "treasury", "DFF": "board",
    }  # fmt: skip
    assert (done.code, set(done.document["failed"])) == (3, {"TOTRESNS"})
    assert "wait 120 s" in done.document["failed"]["TOTRESNS"]


def test_when_fred_cannot_be_reached_the_agencies_deliver_what_they_have(
    newcomer: Any, environment: dict[str, str], report: Any
) -> None:
    deaf = environment["RECESSION_MONITOR_SOURCES__FREDGRAPH__URL"]
    done = newcomer("pull", "--json", RECESSION_MONITOR_SOURCES__FREDGRAPH__URL=deaf)
    pulled = done.document
    agencies = {"treasury", "board", "bls", "nyfed"}
    asked = set(pulled["series"]) | set(pulled["failed"])
    assert set(pulled["series"]) == {it for it in asked if agencies & {*SERIES[it].publishers}}
    assert {row["source"] for row in pulled["series"].values()} == agencies
    assert {"GS10", "TB3MS", "DGS10", "UNRATE", "FEDFUNDS", "WALCL"} <= set(pulled["series"])
    missing = {(code, name) for code, name in _codes(pulled) if code == "not_fetched"}
    assert missing == {("not_fetched", name) for name in pulled["failed"]}
    watched = {("not_fetched", name) for name in {*pulled["failed"]} & {*WATCHED}}
    assert {it for it in _codes(pulled, "warning") if it[0] == "not_fetched"} == watched
    assert done.code == 3
    report(
        "without FRED",
        delivered=len(pulled["series"]),
        missing=len(pulled["failed"]),
        requests=pulled["requests"],
    )


def test_an_error_of_bls_inside_a_success_is_an_error(online: Any, publishers: Any) -> None:
    publishers.fail("fredgraph", "404", series="UNRATE")
    done = online("pull", "UNRATE", "GS10", "--json", **ALONE)
    assert (done.code, done.document["series"]["UNRATE"]["source"]) == (0, "bls")
    publishers.fail("bls", "quota")
    done = online("pull", "UNRATE", "GS10", "--json", **ALONE)
    assert (done.code, set(done.document["series"])) == (3, {"GS10"})
    assert "daily threshold" in done.document["failed"]["UNRATE"]


@pytest.mark.parametrize("fault", ["silence", "drip"])
def test_slow_publishers_hold_a_pull_up_no_longer_than_the_deadline(
    online: Any, publishers: Any, fault: str
) -> None:
    before = online.rows()
    publishers.fail("*", fault)
    started = time.monotonic()
    done = online(
        "pull",
        **ANEW,
        RECESSION_MONITOR_SOURCES__TIMEOUT="0.5",
        RECESSION_MONITOR_SOURCES__DEADLINE="1",
    )
    took = time.monotonic() - started
    assert (done.code, "No publisher answered" in done.out) == (3, True)
    assert took < 10
    assert online.rows() == before


def test_a_silent_second_publisher_costs_nothing_that_the_first_one_said(
    newcomer: Any, publishers: Any
) -> None:
    publishers.newest("DGS10")  # the figures are there before the clock runs
    publishers.fail("treasury", "silence")
    done = newcomer(
        "pull", "DGS10", "--json", RECESSION_MONITOR_SOURCES__TIMEOUT="0.5",
        RECESSION_MONITOR_SOURCES__DEADLINE="3",
    )  # fmt: skip
    (counts,) = done.document["series"].values()
    assert (done.code, counts["source"], counts["second_opinion"]) == (0, "fredgraph", None)
    assert counts["new"] > 0
