"""The verdict on one day, and its document."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from jobs import pipeline
from monitor import assess, documents
from monitor.config import Settings
from monitor.domain import HORIZONS, EpisodeRule, Panel
from monitor.errors import InsufficientData
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def document(history: Store, day: str, **options: Any) -> dict[str, Any]:
    made = pipeline.score(history, Settings(), date.fromisoformat(day), NOW, **options).assessment
    return documents.document(made)


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
    before = documents.previous(stored)
    assert before.as_of == date(2019, 12, 19)
    assert before.probability[12] == stored["recession"]["probability"]["12"]


def test_a_new_model_of_policy_does_not_forbid_to_compare_the_odds_of_a_recession(
    history: Store,
) -> None:
    stored = document(history, "2019-12-19")
    made = pipeline.score(history, Settings(), date(2019, 12, 20), NOW).assessment
    assert stored["model_id"] == f"{assess.MODEL_ID}; {assess.POLICY_MODEL_ID}"
    for named in (stored["model_id"], f"{assess.MODEL_ID}; policy/0", assess.MODEL_ID):
        assert documents.previous(stored | {"model_id": named}).model_id == made.model_id
    other = documents.previous(stored | {"model_id": f"pool/0; {assess.POLICY_MODEL_ID}"})
    assert other.model_id != made.model_id


# ------------------------------------------------------------------------ policy and balance sheet
@pytest.mark.parametrize("day", ["1990-06-15", "2007-08-31", "2020-06-30", "2026-11-22"])
def test_the_odds_of_policy_add_up_and_are_ordered(history: Store, day: str) -> None:
    made = document(history, day)["policy"]
    for horizon in ("1", "3", "6", "12"):
        moves = [made[move][horizon] for move in ("cut", "hold", "hike")]
        assert sum(moves) == pytest.approx(1, abs=3e-6)
        assert min(moves) >= 0
    for name in ("cut", "any_hike", "lower_bound", "qe"):
        assert [*made[name].values()] == sorted(made[name].values())
    assert [point["horizon"] for point in made["path"]] == [1, 3, 6, 12, 24]
    assert all(meeting["day"] > day for meeting in made["meetings"])


def test_the_balance_sheet_says_what_it_is_since_when_and_why(history: Store) -> None:
    sheet = document(history, "2019-12-20")["balance_sheet"]
    assert (sheet["regime"], sheet["since"]) == ("reserve_management", "2019-10-11")
    assert {"measure", "value", "unit", "text"} == set(sheet["evidence"][0])
    assert "2019-11" in sheet["basis"]
    assert sheet["total_assets_bn"] is None
    assert sheet["reserves"]["unit"] == "billions of USD"


def test_the_document_has_the_seven_channels_and_what_came_with_other_news(
    history: Store,
) -> None:
    rows = document(history, "2019-12-20")["channels"]
    assert [row["channel"] for row in rows][::6] == ["signalling", "inflation_expectations"]
    assert len(rows) == 7
    assert rows[0]["confounded"] == ["QE1", "MEP", "QE3", "organic"]
    assert document(history, "1955-01-15")["channels"][0]["value"] is None


def test_without_a_policy_rate_there_are_no_odds_and_a_finding_says_why(history: Store) -> None:
    made = document(history, "1954-01-15")
    assert made["policy"] == {"target": {"effective": None}}
    assert made["balance_sheet"]["regime"] == "steady"
    assert "no_policy_odds" in {finding["code"] for finding in made["findings"]}


def test_without_a_regime_its_fields_are_there_and_empty(history: Store) -> None:
    made = pipeline.score(history, Settings(), date(2019, 12, 20), NOW).assessment
    sheet = documents.document(replace(made, regime=None))["balance_sheet"]
    assert sheet | {"regime": None, "since": None, "evidence": [], "basis": None} == sheet


def test_what_the_calendar_of_meetings_lacks_is_a_finding(history: Store) -> None:
    codes = {finding["code"] for finding in document(history, "2026-11-22")["findings"]}
    assert "decision_unknown" in codes
    assert "schedule_ends" not in codes
    panel = history.panel(date(2026, 11, 22), assess.needed(EpisodeRule()))
    later = Panel(date(2027, 11, 15), panel.series, panel.provenance, panel.turning_points)
    found = assess.assess(later, EpisodeRule(), NOW)
    assert found.degraded
    assert "schedule_ends" in {finding.code for finding in found.findings}


def test_a_panel_with_the_spread_alone_is_assessed(history: Store) -> None:
    panel = history.panel(date(2019, 12, 20), ["GS10", "TB3MS"])
    made = assess.assess(panel, EpisodeRule(), NOW)
    assert made.recession.probability
    assert [reading.value for reading in made.channels] == [None] * 7
