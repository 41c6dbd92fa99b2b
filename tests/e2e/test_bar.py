"""The bar: what the whole walk has to show, every figure beside the New York Fed's coefficients.

The figures are those of the bundled history, so that they can be checked without a network; a
change of the model that moves one of them below the bar fails here.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.model.robustness import text

ROOT = Path(__file__).parents[2]
DAY = "2026-11-22"
PATIENCE = 900.0
"""Seconds for what takes one minute alone, and many where others want the processors."""


@pytest.fixture(scope="module")
def walk(
    made_once: Callable[..., Path], original: Path, program: Callable[..., Any]
) -> tuple[dict[str, Any], Path]:
    """The document of the whole walk, and its folder."""

    def make(folder: Path) -> None:
        shutil.copytree(original, folder, dirs_exist_ok=True)
        done = program(folder).given(PATIENCE)("backtest", "--as-of", DAY, "--out", "out")
        assert (done.code, done.err) == (0, "")
        (folder / "printed.txt").write_text(done.out, "utf-8")

    folder = made_once("bar", make)
    return json.loads((folder / "out" / "scoreboard.json").read_text()), folder


@pytest.fixture(scope="module")
def row(walk: tuple[dict[str, Any], Path]) -> Callable[..., dict[str, Any]]:
    def found(member: str, horizon: int, window: str = "1985-now") -> dict[str, Any]:
        return next(
            it
            for it in walk[0]["rows"]
            if (it["member"], it["target"], it["horizon"], it["window"])
            == (member, "start", horizon, window)
        )

    return found


@pytest.fixture(scope="module")
def said(walk: tuple[dict[str, Any], Path]) -> dict[str, float]:
    """The pool's twelve-month probability by month."""
    with (walk[1] / "out" / "forecasts.csv").open(newline="") as file:
        return {
            line["origin"]: float(line["probability"])
            for line in csv.DictReader(file)
            if (line["member"], line["target"], line["horizon"]) == ("pool", "start", "12")
        }


def test_it_is_judged_on_every_month_since_1985_whose_outcome_is_known(row: Any) -> None:
    ours = row("pool", 12)
    assert ours["first"] == "1985-01"
    # To the last origin whose window had ended a year before the day of the judgement.
    assert ours["last"] == "2024-10"
    assert (ours["n"], ours["positives"], ours["events"]) == (442, 48, 4)


def test_twelve_months_ahead(row: Any) -> None:
    ours, theirs = row("pool", 12), row("nyfed_published", 12)
    assert ours["brier"] <= 0.055 < theirs["brier"]
    assert ours["log_score"] <= 0.185 < theirs["log_score"]
    assert ours["auroc"] >= 0.94 > theirs["auroc"]
    assert ours["pr_auc"] >= 0.50 > theirs["pr_auc"]
    assert 0.8 <= ours["calibration_slope"] <= 1.3


def test_the_published_coefficients_score_what_an_independent_run_gave_them(row: Any) -> None:
    theirs = row("nyfed_published", 12, "1985-2022")
    assert (theirs["n"], theirs["positives"]) == (417, 48)
    assert theirs["auroc"] == pytest.approx(0.948, abs=0.001)
    assert theirs["brier"] == pytest.approx(0.071, abs=0.0006)
    assert theirs["log_score"] == pytest.approx(0.225, abs=0.001)


def test_other_horizons(row: Any) -> None:
    assert row("pool", 6)["auroc"] >= 0.95
    assert row("pool", 6)["brier"] <= 0.036
    assert row("pool", 18)["auroc"] >= 0.90
    assert row("pool", 24)["auroc"] >= 0.90


def test_a_false_alarm_fades_and_the_true_ones_were_raised(said: dict[str, float]) -> None:
    assert max(p for month, p in said.items() if month.startswith("2023")) <= 0.75
    assert max(p for month, p in said.items() if month >= "2024-06") <= 0.35
    assert max(p for month, p in said.items() if month >= "2025-01") <= 0.25
    assert min(said[month] for month in ("2000-12", "2006-12", "2019-08")) >= 0.55


def test_the_difference_to_the_published_coefficients_is_more_than_the_luck_of_months(
    row: Any,
) -> None:
    low, high = row("pool", 12)["difference"]["brier"]
    assert low < high < 0


def test_the_readme_quotes_the_figures_of_the_walk(row: Any, said: dict[str, float]) -> None:
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    ours, theirs = row("pool", 12), row("nyfed_published", 12)
    assert f"Brier score {ours['brier']:.3f} against {theirs['brier']:.3f}" in readme
    assert f"AUROC {ours['auroc']:.3f} against {theirs['auroc']:.3f}" in readme
    highest = max(p for month, p in said.items() if month.startswith("2023"))
    assert f"In 2023 it said {100 * highest:.0f} %" in readme


def test_the_model_card_quotes_the_figures_of_the_walk(row: Any, said: dict[str, float]) -> None:
    card = " ".join((ROOT / "docs" / "model-card.md").read_text("utf-8").split())
    assert f"**February 2020** was called at {100 * said['2020-02']:.0f} %" in card
    early, theirs, refitted = (
        row(member, 12, "1970-1984")["brier"] for member in ("pool", "nyfed_published", "probit")
    )
    assert f"Brier score {early:.3f}; New York Fed's coefficients" in card
    assert f"estimated later, {theirs:.3f}; the probit re-estimated {refitted:.3f})" in card


def in_the_card(command: str) -> str:
    """What the model card says a command prints."""
    card = (ROOT / "docs" / "model-card.md").read_text("utf-8")
    sample = rf"<!-- sample: recession-monitor {command} -->\n```\n(.*?)```"
    found = re.search(sample, card, re.DOTALL)
    assert found is not None
    return found[1].strip()


def test_the_model_card_prints_what_the_command_prints(walk: tuple[dict[str, Any], Path]) -> None:
    printed = (walk[1] / "printed.txt").read_text("utf-8").split("\nWritten: ")[0]
    assert in_the_card(f"backtest --as-of {DAY}") == printed.strip()


def test_it_beats_the_published_coefficients_under_every_definition_and_without_any_recession(
    seeded: Any,
) -> None:
    done = seeded.given(PATIENCE)("backtest", "--robustness", "--as-of", DAY, "--json")
    assert (done.code, done.err) == (0, "")
    told = done.document
    assert in_the_card(f"backtest --robustness --as-of {DAY}") == text(told).strip()
    rows = [
        *told["definitions"],
        *told["left_out_of_judging"],
        *told["left_out_of_learning"],
        *(choice["1985-now"] for choice in told["choices"]),
    ]
    assert len(rows) == 8 + 5 + 11 + 7
    for row in rows:
        assert row["pool"]["brier"] < row["nyfed_published"]["brier"]
        assert row["pool"]["log_score"] < row["nyfed_published"]["log_score"]
