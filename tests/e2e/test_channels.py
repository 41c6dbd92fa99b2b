"""The seven channels and the moves around announcements, as their user calls them."""

from __future__ import annotations

from typing import Any

import pytest

QE1 = ["2008-11-25", "2008-12-01", "2008-12-16", "2009-01-28", "2009-03-18"]


def test_the_document_of_a_programme_has_its_days_its_moves_and_its_sums(reader: Any) -> None:
    done = reader("channels", "--event", "QE1", "--json")
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


def test_days_one_by_one_sum_up_like_their_programme(reader: Any) -> None:
    days = [part for day in QE1 for part in ("--event", day)]
    by_day = reader("channels", *days, "--json").document
    by_name = reader("channels", "--event", "qe1", "--json").document
    assert by_day["events"] == by_name["events"]
    assert by_day["sum_bp"] == by_name["sum_bp"]
    assert by_day["programmes"] == []


def test_the_words_carry_the_figures_of_the_document(reader: Any) -> None:
    options = ("channels", "--event", "QE2", "--window", "1")
    document, text = reader(*options, "--json").document, reader(*options).out
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


@pytest.mark.parametrize("event", ["QE9", "2008-02-30"])
def test_an_unknown_event_is_refused_with_the_known_names(reader: Any, event: str) -> None:
    reader("channels", "--event", event).refused(2, event, "QE1", "organic", "QE4", "RMP")


def test_days_to_come_are_refused_and_days_without_closes_end_with_4(reader: Any) -> None:
    reader("channels", "--event", "2031-01-02").refused(2, "2031-01-02 lies after")
    reader("channels", "--event", "QE3", "--as-of", "2010-01-01").refused(2, "2012-08-22")
    early = reader("channels", "--event", "1950-06-25")
    early.refused(4, "1950-06-25", "1962-01-02", "pull DGS10")


def test_on_a_past_day_later_announcements_and_closes_are_left_out_and_told(reader: Any) -> None:
    options = ("channels", "--event", "QE1", "--as-of", "2008-12-16")
    done = reader(*options, "--json")
    assert done.code == 3
    assert [event["date"] for event in done.document["events"]] == QE1[:3]
    assert done.document["events"][2]["changes_bp"] == {}
    assert done.document["sum_bp"] == {}
    assert done.document["programmes"][0]["announced_later"] == QE1[3:]
    text = reader(*options).out
    assert "Announced after 2008-12-16 and left out: 2009-01-28, 2009-03-18." in text
    assert "2008-12-16: no closes on both sides of it were known." in text


def test_a_dry_run_answers_the_same_and_stores_nothing(monitor: Any) -> None:
    done = monitor("channels", "--event", "RMP", "--dry-run", "--json")
    assert done.code == 0
    assert done.document["sum_bp"]["DGS10"] == -4
    assert not monitor.database.exists()


# --------------------------------------------------------------------------------- the live table
CHANNELS = [
    "signalling", "duration_risk", "liquidity_premium", "safety_premium", "prepayment_risk",
    "default_risk", "inflation_expectations",
]  # fmt: skip
PROGRAMMES = ["QE1", "QE2", "MEP", "QE3", "organic", "QE4", "RMP"]


def test_the_document_of_the_channels_has_seven_rows_and_says_what_is_not_stored(
    reader: Any,
) -> None:
    done = reader("channels", "--as-of", "2019-12-20", "--json")
    assert (done.code, done.err) == (0, "")
    document = done.document
    assert (document["schema"], document["as_of"]) == (1, "2019-12-20")
    rows = {row["channel"]: row for row in document["channels"]}
    assert [*rows] == CHANNELS
    path = rows["signalling"]
    assert (path["series"], path["value"], path["period"]) == (["DGS2"], 1.62, "2019-12-19")
    assert path["moves"] == {"QE1": -44, "QE2": -3, "MEP": -6, "QE3": 0, "organic": 8}
    # Of each of the others some days had other news.
    assert path["confounded"] == ["QE1", "MEP", "QE3", "organic"]
    assert 0 < path["percentile"] < 1
    silent = rows["default_risk"]
    assert (silent["value"], silent["direction"], silent["confounded"]) == (None, None, [])
    assert "Nothing was known of BAA10Y on 2019-12-20." in silent["note"]


def test_other_news_of_a_day_still_to_come_marks_nothing(reader: Any) -> None:
    options = ("channels", "--json", "--as-of")
    before, after = (
        reader(*options, day).document["channels"][0] for day in ("2012-09-12", "2012-09-20")
    )
    assert "QE3" in before["moves"]
    assert "QE3" not in before["confounded"]
    assert "QE3" in after["confounded"]


def test_the_table_carries_the_figures_of_the_document(reader: Any) -> None:
    document, text = reader("channels", "--json").document, reader("channels").out
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= 100
    header = next(line for line in lines if "QE1*" in line)
    assert [name.rstrip("*") for name in header.split()] == PROGRAMMES
    confounded = document["channels"][0]["confounded"]
    assert [name for name in header.split() if name.endswith("*")] == [
        f"{it}*" for it in confounded
    ]
    for row in document["channels"]:
        name = row["channel"].replace("_", " ")
        live, moved, *_ = [line for line in lines if line.startswith(f"{name}  ")]
        if row["value"] is None:
            assert live.endswith("nothing is stored")
        else:
            assert f"{row['value']:.2f}" in live
            assert row["period"][:7] in live
            assert live.endswith(row["direction"])
        cells = moved.removeprefix(name).split()
        assert cells == [
            "-" if it is None else f"{it:+d}" if it else "0" for it in row["moves"].values()
        ]
        told = " ".join(" ".join(lines[lines.index(moved) :]).split())
        assert row["note"] in told
        assert row["instrument"] in told
    assert "`recession-monitor pull DAAA" in text


def test_with_answers_of_the_publishers_every_channel_is_read(online: Any) -> None:
    rows = online("channels", "--json").document["channels"]
    assert [row["channel"] for row in rows] == CHANNELS
    assert [row["channel"] for row in rows if row["value"] is None] == []
    assert rows[0]["series"] == ["DGS2"]
    assert rows[3]["series"] == ["DBAA", "DAAA"]


def test_a_day_on_which_no_channel_can_be_read_ends_with_4(reader: Any) -> None:
    reader("channels", "--as-of", "1970-01-05").refused(4, "1970-01-05", "pull DGS2")
    reader("channels", "--as-of", "1970-01-05", "--json").refused_as_document(4, "seven channels")


def test_a_window_without_an_announcement_is_refused(reader: Any) -> None:
    reader("channels", "--window", "1").refused(2, "--window", "--event")
