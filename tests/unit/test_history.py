"""The past of a digest: its curves, its clock, and the record of the headline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs import pipeline
from monitor import history as past
from monitor.assess import MODEL_ID
from monitor.config import Settings
from monitor.domain import (
    EpisodeRule,
    History,
    PastForecast,
    Provenance,
    add_months,
    end_of_month,
    months_between,
)
from monitor.errors import SourceMalformed
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared data folder is not beside the checkout"
)
RECORD = Path(str(files("monitor"))) / "data" / "forecasts.csv"


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    yield
    past.record.cache_clear()


@cache
def scored(store: Store, day: str) -> pipeline.Scored:
    return pipeline.score(store, Settings(), date.fromisoformat(day), NOW, edition=None)


def read(store: Store, day: str, *stored: PastForecast) -> History:
    made = scored(store, day)
    return past.read(made.panel, made.assessment, stored)


# ------------------------------------------------------------------------------------- the record
def test_the_record_is_of_the_models_in_force() -> None:
    models = {line.split(",")[1] for line in RECORD.read_text("utf-8").splitlines()[1:]}
    assert models == {MODEL_ID}, "make it anew: tools/build_record.py"


def test_the_record_has_every_month_up_to_the_newest_bundled_one() -> None:
    months = [it.month for it in past.record()]
    assert months[0] == past.SINCE
    assert {months_between(*pair) for pair in pairwise(months)} == {1}
    newest = (RECORD.parent / "monthly" / "GS10.csv").read_text("utf-8").splitlines()[-1]
    assert f"{months[-1]:%Y-%m}" == newest.split(",")[0]


@pytest.mark.parametrize(
    "month",
    ["1968-01", "1973-05", "1978-11", "1981-12", "1989-06", "1998-09", "2007-02", "2009-01",
     "2020-02", "2023-06", "2026-09"],
)  # fmt: skip
def test_the_record_is_what_a_replay_of_the_last_day_of_the_month_says(
    history: Store, month: str
) -> None:
    period = date.fromisoformat(f"{month}-01")
    said = scored(history, end_of_month(period).isoformat()).assessment.recession
    (kept,) = [it for it in past.record() if it.month == period]
    ends = said.interval[12]
    assert (kept.probability, kept.low, kept.high) == pytest.approx(
        (said.headline, ends.low, ends.high), abs=0.5e-4 + 1e-7
    )
    assert not kept.told


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("month,model_id", "month,model"),
        ("1969-05,", "1969-13,"),
        ("1969-05,", "1969-03,"),
        ("1969-05,pool/2: lag/2 + background/1,0.", "1969-05,pool/2: lag/2 + background/1,1."),
        ("1969-05,pool/2: lag/2 + background/1,", "1969-05,pool/2: lag/2 + background/1,0.1,"),
    ],
)
def test_a_damaged_record_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, was: str, now: str
) -> None:
    text = RECORD.read_text("utf-8")
    assert was in text
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "forecasts.csv").write_text(text.replace(was, now, 1), "utf-8")
    monkeypatch.setattr(past, "files", lambda _package: tmp_path)
    past.record.cache_clear()
    with pytest.raises(SourceMalformed, match=re.escape("forecasts.csv")):
        past.record()


def test_of_a_record_of_other_models_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, history: Store
) -> None:
    made = scored(history, "2019-12-20")
    monkeypatch.setattr("monitor.assess.MODEL_ID", "pool/3")
    past.record.cache_clear()
    found = past.read(made.panel, made.assessment).forecasts
    assert [it.month for it in found] == [date(2019, 12, 1)]


# --------------------------------------------------------------------------------- past forecasts
def test_the_past_of_a_day_holds_no_month_that_had_not_ended_but_its_own(history: Store) -> None:
    found = read(history, "2019-12-20").forecasts
    assert found[0].month == past.SINCE
    assert [it.month for it in found[-2:]] == [date(2019, 11, 1), date(2019, 12, 1)]
    assert found[-1].probability == scored(history, "2019-12-20").assessment.recession.headline


def test_an_earlier_day_sees_the_same_past_and_less_of_it(history: Store) -> None:
    earlier, later = read(history, "2008-06-30").forecasts, read(history, "2019-12-20").forecasts
    assert earlier[:-1] == later[: len(earlier) - 1]


def test_what_was_told_goes_before_a_replay_and_goes_on_where_that_ends(history: Store) -> None:
    told = [
        PastForecast(date(2026, month, 1), 0.2, 0.1, 0.3, told=True) for month in (8, 10, 11, 12)
    ]
    found = {it.month: it for it in read(history, "2026-11-22", *told).forecasts}
    assert [found[it.month] for it in told[:2]] == told[:2]
    assert found[date(2026, 11, 1)].probability != 0.2  # of today only today's
    assert max(found) == date(2026, 11, 1)
    assert not found[date(2026, 9, 1)].told


def test_a_definition_of_ones_own_has_no_replay_behind_it(history: Store) -> None:
    settings = Settings.model_validate({"model": {"episodes": {"min_months": 3}}})
    assert settings.model.episode_rule != EpisodeRule()
    made = pipeline.score(history, settings, date(2019, 12, 20), NOW, edition=None)
    (only,) = past.read(made.panel, made.assessment).forecasts
    assert only.month == date(2019, 12, 1)


def test_the_store_gives_the_last_headline_told_in_each_month(tmp_path: Path) -> None:
    with Store.open(tmp_path / "monitor.db") as store:
        for day, at, probability in (
            ("2026-10-05", "2026-10-05T12:00:00Z", 0.1),
            ("2026-10-30", "2026-10-30T12:00:00Z", 0.2),
            ("2026-10-30", "2026-10-30T18:00:00Z", 0.3),
            ("2026-11-02", "2026-11-02T12:00:00Z", 0.4),
            ("2026-11-20", "2026-11-20T12:00:00Z", 0.5),
        ):
            store.save(
                {
                    "as_of": day,
                    "generated_at": at,
                    "model_id": "pool/2",
                    "inputs_sha256": "",
                    "recession": {
                        "probability": {"12": probability},
                        "interval": {"level": 0.8, "12": [0.05, 0.6]},
                    },
                }
            )
        october = PastForecast(date(2026, 10, 1), 0.3, 0.05, 0.6, told=True)
        assert store.told(date(2026, 10, 31)) == (october,)
        assert store.told(date(2026, 11, 19)) == (
            october,
            PastForecast(date(2026, 11, 1), 0.4, 0.05, 0.6, told=True),
        )


def test_a_scored_day_carries_what_was_told_by_then(tmp_path: Path) -> None:
    from monitor.documents import document

    with Store.open(tmp_path / "monitor.db") as store:
        made = scored(store, "2026-10-30")
        store.save(document(made.assessment))
        (told,) = scored(store, "2026-11-22").told
        assert told.month == date(2026, 10, 1)
        assert told.probability == pytest.approx(made.assessment.recession.headline, abs=1e-6)
        assert scored(store, "2026-10-29").told == ()


def test_series_of_the_charts_alone_are_no_inputs_of_the_assessment(history: Store) -> None:
    made = scored(history, "2019-12-20")
    assert "GS7" in made.panel.series
    without = {name: it for name, it in made.panel.series.items() if name != "GS7"}
    assert made.assessment.inputs_sha256 != made.panel.sha256()
    assert made.panel.only(without.keys()).sha256() == replace(made.panel, series=without).sha256()


# -------------------------------------------------------------------------------- the yield curves
def test_the_newest_curve_is_a_close_where_it_is_no_older_than_the_newest_mean(
    history: Store,
) -> None:
    today, month_ago, year_ago, *before = read(history, "2019-12-20").curves
    assert [(it.of, it.period, it.monthly) for it in (today, month_ago, year_ago)] == [
        ("today", date(2019, 12, 19), False),
        ("month_ago", date(2019, 11, 19), False),
        ("year_ago", date(2018, 12, 19), False),
    ]
    # The Board's H.15 of 19 December 2019.
    assert [today.yields[months] for months in (3, 12, 24, 120, 360)] == [
        1.57, 1.52, 1.62, 1.92, 2.35
    ]  # fmt: skip
    assert list(today.yields) == sorted(today.yields)
    # The recession of 2020 had not begun, and that of 2008 is the newest known.
    assert [it.period for it in before] == [
        date(1981, 7, 1), date(1990, 7, 1), date(2001, 3, 1), date(2007, 12, 1)
    ]  # fmt: skip
    assert all(it.monthly and it.of == "before_recession" for it in before)


def test_means_take_the_place_of_closes_that_are_older(history: Store) -> None:
    today, month_ago, year_ago, *_ = read(history, "2026-11-22").curves
    assert [(it.period, it.monthly) for it in (today, month_ago, year_ago)] == [
        (date(2026, 9, 1), True),
        (date(2026, 8, 1), True),
        (date(2025, 9, 1), True),
    ]


def test_a_bill_on_discount_basis_stands_in_a_curve_at_its_bond_equivalent(history: Store) -> None:
    made = scored(history, "1975-08-10")
    today, *_ = past.read(made.panel, made.assessment).curves
    assert (today.period, today.monthly) == (date(1975, 7, 1), True)
    spread = made.panel.series["GS10"].loc["1975-07-01"] - today.yields[3]
    assert spread == pytest.approx(made.assessment.inversion.value)
    assert today.yields[3] > made.panel.series["TB3MS"].loc["1975-07-01"]
    assert 24 not in today.yields  # the two-year yield begins in 1976


def test_a_maturity_without_quotes_is_left_out(history: Store) -> None:
    before = {it.period: it for it in read(history, "1990-06-15").curves}
    assert 240 not in before[date(1990, 6, 14)].yields
    assert 360 in before[date(1990, 6, 14)].yields
    # Of the mean, too, that older copies of the history fill.
    then = {it.period: it for it in read(history, "2019-12-20").curves}[date(1990, 7, 1)]
    assert 240 not in then.yields
    assert 360 in then.yields


def test_closes_of_two_maturities_do_not_displace_means_of_all(history: Store) -> None:
    made = scored(history, "2019-12-20")
    kept = [name for name in made.panel.series if not re.fullmatch(r"DGS([1-7]|20|30|6MO)", name)]
    today, *_ = past.read(made.panel.only(kept), made.assessment).curves
    assert (today.period, today.monthly) == (date(2019, 11, 1), True)
    assert len(today.yields) == 10


# -------------------------------------------------------------------------------------- the clock
def test_the_lags_drawn_are_those_that_the_clock_has_learnt_from(history: Store) -> None:
    found = read(history, "2019-12-20")
    curve = found.lag
    assert curve is not None
    assert curve.start == date(2019, 6, 1)
    assert curve.age == pytest.approx(5 + 20 / 31)
    assert dict(curve.lags) == {
        it.start: it.lag_months + 1
        for it in found.episodes
        if it.outcome == "hit" and it.lag_months is not None
    }
    assert list(curve.density) == list(range(1, 49))
    assert 0.98 < sum(curve.density.values()) < 1
    assert min(curve.density.values()) > 0
    # Most of the mass lies where the lags have been.
    likely = sum(p for month, p in curve.density.items() if 6 <= month <= 17)
    assert likely > 0.6
    inversion = scored(history, "2019-12-20").assessment.inversion
    assert (curve.window, curve.false_alarm) == (inversion.window, inversion.false_alarm)
    assert curve.window is not None


def test_without_a_running_clock_the_newest_inversion_is_named_and_no_age(history: Store) -> None:
    curve = read(history, "1985-05-31").lag
    assert curve is not None
    assert (curve.start, curve.age, curve.window) == (date(1980, 10, 1), None, None)


def test_before_the_first_inversion_there_is_no_distribution_to_draw(history: Store) -> None:
    found = read(history, "1960-03-15")
    assert found.episodes == ()
    assert found.lag is None
    assert found.spread
    assert len(found.forecasts) == 1


# ---------------------------------------------------------------------------------- balance sheet
def test_without_total_assets_the_size_is_reserve_bank_credit_since_2003(history: Store) -> None:
    found = read(history, "2026-11-22")
    assert found.assets_series == "RSBKCRNS"
    assert found.assets[0][0] == date(2003, 1, 1)
    assert found.assets[-1] == (date(2025, 10, 1), pytest.approx(6542.98, abs=0.1))
    assert found.regimes[-1].end is None
    assert found.regimes[-1].kind == scored(history, "2026-11-22").assessment.regime.kind  # type: ignore[union-attr]


def test_before_2003_there_is_no_size_to_draw(history: Store) -> None:
    found = read(history, "1985-05-31")
    assert (found.assets, found.assets_series) == ((), "")


@pytest.mark.shared
@needs_shared
def test_total_assets_come_weekly_and_in_billions(history: Store) -> None:
    table = pd.read_csv(SHARED / "reference" / "WALCL.csv", index_col=0, parse_dates=True)
    values = pd.Series(
        table.iloc[:, 0].to_numpy("float64"), pd.DatetimeIndex(table.index), name="WALCL"
    )
    made = scored(history, "2026-11-22")
    panel = replace(
        made.panel,
        series={**made.panel.series, "WALCL": values},
        provenance={
            **made.panel.provenance,
            "WALCL": Provenance("fred", values.index[-1].date(), 0),
        },
    )
    found = past.read(panel, made.assessment)
    assert found.assets_series == "WALCL"
    assert found.assets[0][0].year == 2003
    steps = np.diff([day.toordinal() for day, _ in found.assets])
    assert set(steps.tolist()) == {7}
    assert all(600 < size < 10_000 for _, size in found.assets)


def test_recessions_and_rate_are_those_announced_and_known(history: Store) -> None:
    found = read(history, "2020-07-01")
    assert found.recessions[-1] == (date(2020, 3, 1), None)
    assert found.recessions[-2] == (date(2008, 1, 1), date(2009, 6, 1))
    assert found.rate[-1][0] == date(2020, 5, 1)
    assert found.rate[0][0] == date(1954, 7, 1)
    assert add_months(found.spread[-1][0], 1) == date(2020, 6, 1)
