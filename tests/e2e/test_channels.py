"""The verb that measures how far yields moved around announcements, as its user calls it."""

from __future__ import annotations

from typing import Any

import pytest

QE1 = ["2008-11-25", "2008-12-01", "2008-12-16", "2009-01-28", "2009-03-18"]


def test_the_document_of_a_programme_has_its_days_its_moves_and_its_sums(seeded: Any) -> None:
    done = seeded("channels", "--event", "QE1", "--json")
    assert (done.code, done.err) == (0, "")
    document = done.document
    assert (document["schema"], document["window_days"]) == (1, 2)
    assert [event["date"] for event in document["events"]] == QE1
    first = document["events"][0]
    wanted = {"DGS1": -2, "DGS5": -23, "DGS10": -36, "DGS30": -24}
    assert wanted.items() <= first["changes_bp"].items()
    assert (first["from"], first["to"]) == ("2008-11-24", "2008-11-26")
    assert first["confounded_by"]
    sums = {"DGS1": -25, "DGS5": -74, "DGS10": -107, "DGS30": -73}
    assert sums.items() <= document["sum_bp"].items()
    assert document["programmes"][0]["sum_bp"] == document["sum_bp"]
    # The bundled history has nominal yields alone.
    assert {"DFII10", "T10YIE"} <= set(document["not_stored"])


def test_days_one_by_one_sum_up_like_their_programme(seeded: Any) -> None:
    days = [part for day in QE1 for part in ("--event", day)]
    by_day = seeded("channels", *days, "--json").document
    by_name = seeded("channels", "--event", "qe1", "--json").document
    assert by_day["events"] == by_name["events"]
    assert by_day["sum_bp"] == by_name["sum_bp"]
    assert by_day["programmes"] == []


def test_the_words_carry_the_figures_of_the_document(seeded: Any) -> None:
    options = ("channels", "--event", "QE2", "--window", "1")
    document, text = seeded(*options, "--json").document, seeded(*options).out
    lines = text.splitlines()
    names = lines[1].split()
    assert names == [*document["events"][0]["changes_bp"]]
    for event in document["events"]:
        (line,) = [it for it in lines if it.startswith(f"{event['date']} QE2") and ":" not in it]
        assert [int(cell) for cell in line.split()[2:]] == [*event["changes_bp"].values()]
        assert event["announced"] in text
    (total,) = [it for it in lines if it.startswith("QE2 sum ")]
    assert [int(cell) for cell in total.split()[2:]] == [*document["sum_bp"].values()]
    (whole,) = [it for it in lines if it.startswith("QE2 sum, all days")]
    wanted = document["programmes"][0]["sum_with_set_aside_bp"]
    assert [int(cell) for cell in whole.split()[4:]] == [*wanted.values()]
    assert "Not in the sum" in text
    assert "Not stored: DFII5" in text


def test_without_an_announcement_it_says_that_the_live_table_is_still_to_come(seeded: Any) -> None:
    seeded("channels").refused(2, "later version", "--event", "QE1", "RMP")
    seeded("channels", "--json").refused_as_document(2, "later version", "--event")


@pytest.mark.parametrize("event", ["QE9", "2008-02-30"])
def test_an_unknown_event_is_refused_with_the_known_names(seeded: Any, event: str) -> None:
    seeded("channels", "--event", event).refused(2, event, "QE1", "organic", "QE4", "RMP")


def test_days_to_come_are_refused_and_days_without_closes_end_with_4(seeded: Any) -> None:
    seeded("channels", "--event", "2031-01-02").refused(2, "2031-01-02 lies after")
    seeded("channels", "--event", "QE3", "--as-of", "2010-01-01").refused(2, "2012-08-22")
    early = seeded("channels", "--event", "1950-06-25")
    early.refused(4, "1950-06-25", "1962-01-02", "pull DGS10")


def test_on_a_past_day_later_announcements_and_closes_are_left_out_and_told(seeded: Any) -> None:
    options = ("channels", "--event", "QE1", "--as-of", "2008-12-16")
    done = seeded(*options, "--json")
    assert done.code == 3
    assert [event["date"] for event in done.document["events"]] == QE1[:3]
    assert done.document["events"][2]["changes_bp"] == {}
    assert done.document["sum_bp"] == {}
    assert done.document["programmes"][0]["announced_later"] == QE1[3:]
    text = seeded(*options).out
    assert "Announced after 2008-12-16 and left out: 2009-01-28, 2009-03-18." in text
    assert "2008-12-16: no closes on both sides of it were known." in text


def test_a_dry_run_answers_the_same_and_stores_nothing(monitor: Any) -> None:
    done = monitor("channels", "--event", "RMP", "--dry-run", "--json")
    assert done.code == 0
    assert done.document["sum_bp"]["DGS10"] == -4
    assert not monitor.database.exists()
