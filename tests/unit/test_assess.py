"""The verdict on one day, and its document."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from jobs import pipeline
from monitor import assess
from monitor.config import Settings
from monitor.domain import HORIZONS, EpisodeRule, Panel
from monitor.errors import InsufficientData
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def document(history: Store, day: str, **options: Any) -> dict[str, Any]:
    made = pipeline.score(history, Settings(), date.fromisoformat(day), NOW, **options).assessment
    return assess.document(made)


@pytest.mark.parametrize(
    "day", ["1955-01-15", "1966-12-31", "1980-06-02", "2007-07-15", "2026-11-22"]
)
def test_probabilities_rise_with_the_horizon_inside_their_intervals(
    history: Store, day: str
) -> None:
    recession = document(history, day)["recession"]
    for scored in (recession, *recession["members"]):
        probabilities = [scored["probability"][str(h)] for h in HORIZONS]
        assert probabilities == sorted(probabilities)
        assert 0 < probabilities[0] <= probabilities[-1] < 1
        for h in HORIZONS:
            low, high = scored["interval"][str(h)]
            assert 0 < low <= scored["probability"][str(h)] <= high < 1
    assert sum(member["weight"] for member in recession["members"]) == pytest.approx(1)


def test_the_document_is_json_of_schema_one_with_the_agreed_fields(history: Store) -> None:
    made = document(history, "2019-12-20")
    assert json.loads(json.dumps(made)) == made
    assert made["schema"] == 1
    assert made["generated_at"] == "2026-11-22T12:00:00Z"
    assert made["recession"]["target"] == "an NBER recession starts within the horizon"
    assert made["recession"]["interval"]["level"] == 0.8
    assert made["inversion"]["episode"]["outcome"] == "open"
    assert set(made["inversion"]["window"]) == {"p10", "p50", "p90"}
    assert made["policy"]["target"]["effective"] == 1.55
    assert {peer["id"] for peer in made["peers"]} == {"nyfed", "sahm"}
    assert made["series"]["UNRATE"]["period"] == "2019-11-01"
    assert made["degraded"] is True


def test_a_day_before_the_vintages_says_that_revised_data_stands_in(history: Store) -> None:
    codes = {(f["code"], f["series"]) for f in document(history, "2007-07-15")["findings"]}
    assert ("revised_data", "UNRATE") in codes
    assert ("coefficients_from_later", None) in codes
    assert ("revised_data", "GS10") not in codes


def test_strict_vintages_withhold_what_may_have_been_revised(history: Store) -> None:
    made = document(history, "2007-07-15", strict=True)
    assert made["watch"]["unemployment"] is None
    assert {f["code"] for f in made["findings"] if f["series"] == "UNRATE"} == {"not_available"}
    usual = document(history, "2007-07-15")["recession"]
    for told in ("probability", "interval", "contributions", "nber"):
        assert made["recession"][told] == usual[told]
    # Whether there is a recession already is read from figures that are revised.
    assert usual["nowcast"]
    assert made["recession"]["nowcast"] is None
    assert made["recession"]["any"] == {}


def test_the_month_without_a_survey_is_a_gap_and_not_stale(history: Store) -> None:
    found = [f for f in document(history, "2026-10-12")["findings"] if f["series"] == "UNRATE"]
    assert [(f["code"], f["severity"]) for f in found] == [("gap", "info")]
    assert "2025-10" in found[0]["message"]


def test_an_old_spread_is_an_error_that_the_reader_sees(history: Store) -> None:
    made = document(history, "2026-11-22")
    assert "old_spread" not in {f["code"] for f in made["findings"]}
    panel = history.panel(date(2026, 11, 22), ["GS10", "TB3MS"])
    later = Panel(date(2027, 1, 15), panel.series, panel.provenance, panel.turning_points)
    findings = assess.assess(later, EpisodeRule(), NOW).findings
    assert [f.severity for f in findings if f.code == "old_spread"] == ["error"]


def test_between_an_announced_peak_and_trough_it_is_a_recession(history: Store) -> None:
    assert document(history, "2009-06-01")["recession"]["nber"] == {
        "in_recession": True,
        "last_turning_point": {"kind": "peak", "month": "2007-12", "announced": "2008-12-01"},
    }
    assert document(history, "2010-09-20")["recession"]["nber"]["in_recession"] is False


def test_a_clock_that_has_run_out_gives_no_window(history: Store) -> None:
    made = document(history, "2026-11-22")["inversion"]
    assert made["episode"] is None
    assert made["window"] is None
    assert made["false_alarm"] > 0.95


def test_without_any_spread_there_is_no_assessment() -> None:
    with pytest.raises(InsufficientData, match="10y-3m"):
        assess.assess(Panel(date(2000, 1, 1), {}, {}, ()), EpisodeRule(), NOW)


def test_the_watch_list_of_the_document_has_the_agreed_fields(history: Store) -> None:
    watched = document(history, "2026-11-22")["watch"]
    assert set(watched) == {
        "unemployment", "sahm_gap", "inflation_expectations", "corporate_debt",
        "corporate_profits", "funding_stress",
    }  # fmt: skip
    assert set(watched["inflation_expectations"]) == {
        "breakeven_5y", "breakeven_10y", "breakeven_5y5y", "michigan_1y", "cleveland_1y",
        "cleveland_10y",
    }  # fmt: skip
    assert watched["corporate_debt"]["debt_to_gdp"] is None
    assert watched["funding_stress"] == {"sofr_less_iorb": None, "effr_less_iorb": None}
    rate = watched["unemployment"]
    assert (rate["value"], rate["since"], rate["series"]) == (4.2, "1948-01-01", ["UNRATE"])
    assert 0 < rate["percentile"] < 1
    assert rate["implies"] == {
        "odds": "cut", "effect": "neutral", "rule": "unemployment_steady", "enters": None,
    }  # fmt: skip
    assert watched["sahm_gap"]["implies"]["enters"] == "nowcast"


def test_what_the_bundle_never_had_does_not_make_a_watch_list_degrade(history: Store) -> None:
    findings = document(history, "2026-11-22")["findings"]
    assert {"MICH", "SOFR", "BCNSDODNS"}.isdisjoint(finding["series"] for finding in findings)


def test_a_stored_document_becomes_the_previous_assessment(history: Store) -> None:
    stored = document(history, "2019-12-19")
    before = assess.previous(stored)
    assert before.as_of == date(2019, 12, 19)
    assert before.probability[12] == stored["recession"]["probability"]["12"]
