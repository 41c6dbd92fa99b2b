"""What is said and not believed: second opinions, slips, changed tables, and pages with 200."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

ALONE = {"RECESSION_MONITOR_SOURCES__SECOND_OPINION": "false"}


def _codes(document: Any, severity: str = "") -> set[tuple[str, str | None]]:
    return {
        (finding["code"], finding["series"])
        for finding in document["findings"]
        if severity in ("", finding["severity"])
    }


def _listed(program: Any, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program("db", "quarantine", *options, "--json").document[
        "quarantine"
    ]
    return found


# ------------------------------------------------------------------------------- second opinions
def test_what_only_the_treasury_has_yet_is_taken_from_it(newcomer: Any, publishers: Any) -> None:
    publishers.fail("fredgraph", "missing_last_row")
    done = newcomer("pull", "DGS10", "--json")
    (counts,) = done.document["series"].values()
    assert (counts["source"], counts["second_opinion"]) == ("fredgraph", "treasury")
    assert (done.code, done.document["findings"]) == (0, [])
    told = newcomer("history", "DGS10", "--json").document["values"]
    sources = {row["period"]: row["source"] for row in told if row["value"] is not None}
    *_, (before, _), (last, _) = publishers.figures["DGS10"].latest
    assert (sources[f"{before}"], sources[f"{last}"]) == ("fredgraph", "treasury")
    # In the evening it has the curve of the day, too.
    assert max(sources) == f"{publishers.figures.published('DGS10', timedelta(0))[-1][0]}"


def test_where_publishers_differ_both_are_kept_and_fred_is_preferred(
    online: Any, publishers: Any
) -> None:
    before = online.rows()
    seconds = {"DGS10": "treasury", "UNRATE": "bls", "SOFR": "nyfed", "WALCL": "board"}
    for publisher in seconds.values():
        publishers.fail(publisher, "other_unit", factor=1.03)
    done = online("pull", *seconds, "--json")
    told = done.document["series"]
    assert {name: row["second_opinion"] for name, row in told.items()} == seconds
    assert (done.code, _codes(done.document)) == (
        3, {("publishers_disagree", name) for name in seconds},
    )  # fmt: skip
    assert online.rows() == before
    listed = online("db", "quarantine", "--json").document["quarantine"]
    assert {row["series"]: row["source"] for row in listed} == seconds
    (entry,) = [row for row in listed if row["series"] == "UNRATE"]
    period, value = publishers.newest("UNRATE")
    assert entry["code"] == "publishers_disagree"
    assert entry["values"][-1]["period"] == f"{period}"
    assert entry["values"][-1]["value"] == pytest.approx(1.03 * value)
    assert str(entry["id"]) in online("db", "quarantine", "--series", "unrate").out
    body = json.loads(online("db", "quarantine", str(entry["id"])).out)
    assert body["status"] == "REQUEST_SUCCEEDED"


def test_without_second_opinions_nobody_else_is_asked(online: Any, publishers: Any) -> None:
    done = online("pull", "DGS10", "UNRATE", "--json", **ALONE)
    assert (done.code, publishers.tally()) == (0, {"fredgraph": 2})
    assert {row["second_opinion"] for row in done.document["series"].values()} == {None}


# ----------------------------------------------------------------------------------------- slips
def test_a_decimal_slip_is_withheld_and_what_is_stored_stays(
    online: Any, publishers: Any, stored: Any
) -> None:
    before = stored(online.database, "TOTRESNS").observations
    online.overdue("TOTRESNS", "PCEPI")
    period, value = publishers.newest("TOTRESNS")
    publishers.say("TOTRESNS", {period: value / 10})
    month, level = publishers.newest("PCEPI")
    publishers.say("PCEPI", {month: level / 10})
    done = online("run", "--json")
    assert done.code == 3
    assert _codes(done.document["assessment"], "warning") == {("implausible_revision", "TOTRESNS")}
    # The digest does not show it, and is none the worse for it.
    assert ("implausible_revision", "PCEPI") in _codes(done.document["assessment"], "info")
    assert stored(online.database, "TOTRESNS").observations == before
    (entry,) = _listed(online, "--series", "totresns")
    assert entry["source"] == "fredgraph"
    assert entry["values"] == [{"period": f"{period}", "value": pytest.approx(value / 10)}]
    assert "(TOTRESNS)" in (online.site / "latest.html").read_text("utf-8")
    text = online("db", "quarantine").out
    assert entry["reason"] in text
    assert "(PCEPI)" in text
    body = online("db", "quarantine", str(entry["id"])).out
    assert body.startswith("observation_date,")
    assert "TOTRESNS" in body.splitlines()[0]


def test_the_same_again_is_counted_and_on_a_later_day_believed(
    online: Any, publishers: Any
) -> None:
    period, value = publishers.newest("TOTRESNS")
    publishers.say("TOTRESNS", {period: value / 10})
    before = online.rows()
    for times in (1, 2):
        done = online("pull", "TOTRESNS", "--json")
        assert (done.code, set(done.document["series"])) == (3, {"TOTRESNS"})
        assert online.sql("SELECT times FROM quarantine") == [(times,)]
    assert online.rows() == before
    yesterday = publishers.today - timedelta(days=1)
    online.sql(
        "UPDATE quarantine SET day = ?1, seen_at = ?1 || 'T18:00:00+00:00',"
        " last_seen_at = ?1 || 'T18:00:00+00:00'", f"{yesterday}",
    )  # fmt: skip
    done = online("pull", "TOTRESNS", "--json")
    assert (done.code, _codes(done.document)) == (0, {("revision_confirmed", "TOTRESNS")})
    assert done.document["series"]["TOTRESNS"]["revised"] == 1
    assert online.rows() == before + 1
    # And from then on it is a value like any other.
    assert _codes(online("pull", "TOTRESNS", "--json").document) == set()


def test_a_slip_that_is_put_right_leaves_nothing_behind_but_a_note(
    online: Any, publishers: Any
) -> None:
    before = online.rows()
    period, value = publishers.newest("TOTRESNS")
    for said, code in ((value / 10, 3), (value, 0)):
        publishers.say("TOTRESNS", {period: said})
        assert online("pull", "TOTRESNS").code == code
    assert (online.rows(), online.rows("quarantine")) == (before, 1)


def test_what_was_withheld_reaches_the_digest_of_a_later_run(online: Any, publishers: Any) -> None:
    """A pull and the digest may be made at different hours."""
    period, value = publishers.newest("TOTRESNS")
    publishers.say("TOTRESNS", {period: value / 10})
    assert online("pull", "TOTRESNS").code == 3
    done = online("run", "--json")
    assert "TOTRESNS" in done.document["pull"]["fresh"]
    assert "TOTRESNS" in {series for _, series in _codes(done.document["assessment"], "warning")}
    assert done.code == 3


def test_where_fred_slips_on_the_newest_day_the_treasury_steps_in(
    newcomer: Any, publishers: Any
) -> None:
    period, value = publishers.newest("DGS10")
    publishers.fail("treasury", "other_unit", factor=value / (value + 5))
    publishers.say("DGS10", {period: value + 5})
    done = newcomer("pull", "DGS10", "--json")
    assert (done.code, ("jump", "DGS10") in _codes(done.document)) == (3, True)
    told = newcomer("history", "DGS10", "--json").document["values"]
    (row,) = [row for row in told if row["period"] == f"{period}"]
    assert row == {
        "period": f"{period}", "value": pytest.approx(value, abs=0.01), "source": "treasury",
        "known_from": f"{publishers.today}", "stand_in": False,
    }  # fmt: skip


# -------------------------------------------------------------------------------- changed tables
def test_tables_that_have_changed_are_laid_aside_whole(
    online: Any, publishers: Any, stored: Any
) -> None:
    before = stored(online.database, "TOTRESNS").observations
    faults = (
        "other_unit", "renamed_column", "not_a_number", "contradiction", "future_date", "no_rows",
        "web_page",
    )  # fmt: skip
    for fault in faults:
        publishers.heal()
        publishers.fail("fredgraph", fault)
        done = online("pull", "TOTRESNS", "--json", **ALONE)
        assert (done.code, set(done.document["failed"])) == (3, {"TOTRESNS"}), fault
    assert stored(online.database, "TOTRESNS").observations == before
    entries = _listed(online, "--series", "totresns")
    assert [entry["code"] for entry in entries] == ["unreadable"] * 6 + ["unit_changed"]
    raw = online("db", "quarantine", str(entries[-1]["id"])).out
    assert len(raw.encode()) == entries[-1]["bytes"]
    # Nothing was kept by which the bad answers could pass for unchanged ones.
    publishers.heal()
    publishers.fail("fredgraph", "other_unit")
    assert online("pull", "TOTRESNS", **ALONE).code == 3


def test_a_page_in_place_of_many_series_is_kept_once(newcomer: Any, publishers: Any) -> None:
    publishers.fail("fredgraph", "web_page")
    done = newcomer("pull", "GS10", "TB3MS", "FEDFUNDS", "--json")
    assert {row["source"] for row in done.document["series"].values()} == {"board"}
    assert done.code == 0
    (entry,) = _listed(newcomer)
    assert (entry["series"], entry["code"]) == (None, "unreadable")
    assert "Scheduled maintenance" in newcomer("db", "quarantine", str(entry["id"])).out
    assert newcomer.rows("raw") == 1


def test_a_new_base_year_is_read_whole_and_not_mixed_with_the_old_one(
    online: Any, publishers: Any
) -> None:
    series = publishers.figures["INDPRO"]
    publishers.say("INDPRO", {period: value * 1.25 for period, value in series.latest if value})
    done = online("pull", "INDPRO", "--since", "2024-01-01", "--json")
    assert (done.code, _codes(done.document, "warning")) == (0, set())
    asked = [it.query for it in publishers.asked if it.publisher == "fredgraph"]
    assert [("cosd" in query) for query in asked] == [True, False]
    told = online("history", "INDPRO", "--json").document["values"]
    now = {f"{period}": value for period, value in publishers.figures["INDPRO"].latest}
    assert {row["period"]: row["value"] for row in told} == now


# --------------------------------------------------------------------------------- the list itself
def test_an_empty_quarantine_says_so(seeded: Any) -> None:
    done = seeded("db", "quarantine")
    assert (done.code, done.out) == (0, "Nothing is in quarantine.\n")
    assert _listed(seeded) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("99",), 2, ("99", "db quarantine")),
        (("--series", "GS11"), 2, ("GS11", "GS10")),
        (("--limit", "0"), 2, ("--limit", "0")),
        (("--as-of", "2020-01-01"), 2, ("--as-of", "leave the option out")),
    ],
)
def test_what_cannot_be_listed_is_refused(
    seeded: Any, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    seeded("db", "quarantine", *arguments, "--json").refused_as_document(code, *words)
