"""The verb that counts inversions, called as its user calls it."""

from __future__ import annotations

import json
from typing import Any

import pytest

DAY = ("--as-of", "2019-12-31")


def flags(rule: dict[str, Any]) -> list[str]:
    """The options that make a rule."""
    wanted = [
        f"--spread={rule['spread']}",
        f"--basis={rule['basis']}",
        f"--min-months={rule['min_months']}",
        f"--merge-gap={rule['merge_gap_months']}",
        f"--max-lag={rule['max_lag_months']}",
    ]
    return wanted + ([] if rule["merge_across_recessions"] else ["--no-merge-across"])


def test_the_sensitivity_has_every_definition_with_its_rule_and_its_record(reader: Any) -> None:
    done = reader("episodes", "--sensitivity", *DAY, "--json")
    assert (done.code, done.err) == (0, "")
    document = done.document
    assert (document["schema"], document["as_of"]) == (1, "2019-12-31")
    assert len(document["definitions"]) == 8
    for definition in document["definitions"]:
        assert set(definition) == {"name", "note", "rule", "episodes", "last_seven"}
        counts, last = definition["last_seven"], definition["episodes"][-7:]
        assert counts["episodes"] == len(last)
        assert counts["hits"] == sum(row["lag_months"] is not None for row in last)
        assert counts["resolved"] == counts["hits"] + counts["misses"]
        assert counts["episodes"] == counts["resolved"] + counts["open"]


@pytest.mark.parametrize("place", [1, 2, 4])
def test_each_definition_can_be_asked_for_by_options(reader: Any, place: int) -> None:
    wanted = reader("episodes", "--sensitivity", *DAY, "--json").document["definitions"][place]
    asked = reader("episodes", *flags(wanted["rule"]), *DAY, "--json").document
    assert asked["rule"] == wanted["rule"]
    assert asked["episodes"] == wanted["episodes"]
    assert asked["last_seven"] == wanted["last_seven"]


def test_the_words_of_the_sensitivity_carry_its_figures(reader: Any) -> None:
    document = reader("episodes", "--sensitivity", *DAY, "--json").document
    text = reader("episodes", "--sensitivity", *DAY).out
    for definition in document["definitions"]:
        counts, (last,) = definition["last_seven"], definition["episodes"][-1:]
        assert definition["name"] in text
        assert definition["note"] in text
        assert (
            f"{counts['hits']} of {counts['episodes']} followed by a recession after"
            f" {counts['mean_lag_months']:.1f} months on average; {counts['misses']} not,"
            f" {counts['open']} open"
        ) in text
        assert f"{last['start']} {last['lag_months'] or 'open'}\n" in text


def test_on_an_early_day_a_definition_without_rates_has_no_inversions(reader: Any) -> None:
    done = reader("episodes", "--sensitivity", "--as-of", "1970-06-30", "--json")
    assert done.code == 0
    by_spread = {row["rule"]["spread"]: row["episodes"] for row in done.document["definitions"]}
    assert by_spread["10y-2y"] == []
    assert by_spread["10y-1y"] != []


def test_daily_episodes_tell_their_first_and_last_close(reader: Any) -> None:
    options = ("episodes", "--spread", "10y-2y", "--basis", "daily", "--min-months", "1", *DAY)
    newest = reader(*options, "--json").document["episodes"][-1]
    assert newest["closes"] == {"first": "2019-08-27", "last": "2019-08-29", "inverted": 3}
    assert (newest["start"], newest["end"], newest["months"]) == ("2019-08", "2019-08", 1)
    text = reader(*options).out
    assert "daily closes" in text
    assert "2019-08-27  2019-08-29" in text


def test_the_table_has_both_lags_as_the_document_has(reader: Any) -> None:
    document = reader("episodes", "--json").document
    text = reader("episodes").out
    assert {row["closes"] for row in document["episodes"]} == {None}
    for row in document["episodes"]:
        (line,) = [line for line in text.splitlines() if line.startswith(row["start"])]
        told = line.split()
        lags = [
            "-" if lag is None else str(lag)
            for lag in (row["lag_months"], row["lag_from_end_months"])
        ]
        assert told[-3:] == [*lags, row["outcome"]]


def test_the_near_term_forward_spread_says_that_it_is_a_proxy(reader: Any) -> None:
    options = ("episodes", "--spread", "near-term-forward")
    assert "A proxy: twice the two-year less the one-year yield" in reader(*options).out
    assert reader(*options, "--json").document["note"].startswith("A proxy")
    assert reader("episodes", "--json").document["note"] == ""


def test_a_spread_without_data_ends_with_4_and_names_what_to_pull(reader: Any) -> None:
    done = reader("episodes", "--spread", "10y-funds", "--basis", "daily")
    done.refused(4, "no daily 10y-funds spread was known", "pull DFF")
    early = reader("episodes", "--spread", "10y-2y", "--as-of", "1970-06-30", "--json")
    early.refused_as_document(4, "no monthly 10y-2y spread", "1970-06-30", "pull GS2")


@pytest.mark.parametrize(
    "option", [("--spread", "10y-2y"), ("--merge-gap", "0"), ("--no-merge-across",)], ids=" ".join
)
def test_the_fixed_definitions_take_no_options(reader: Any, option: tuple[str, ...]) -> None:
    reader("episodes", "--sensitivity", *option).refused(2, "--sensitivity", "fixed")


def test_the_curve_can_be_judged_by_the_near_term_forward_spread(reader: Any) -> None:
    done = reader("score", "--json", RECESSION_MONITOR_MODEL__SPREAD="near-term-forward")
    assert done.code in {0, 3}
    assert json.loads(done.out)["inversion"]["spread"] == "near-term-forward"
