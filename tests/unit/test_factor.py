"""The New York Fed's published probit."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import special

from monitor import features
from monitor.domain import HORIZONS
from monitor.model import factor
from monitor.store import Store


@pytest.mark.parametrize(
    ("month", "printed"),
    [
        ("1989-08", 0.311),  # for August 1990
        ("2000-04", 0.261),  # for April 2001
        ("2007-01", 0.379),  # for January 2008
        ("2019-02", 0.246),  # for February 2020
        ("2023-05", 0.709),  # for May 2024, its highest since 1982
        ("2019-12", 0.236),  # for December 2020
    ],
)
def test_it_reproduces_the_published_readings(history: Store, month: str, printed: float) -> None:
    # The file behind them holds yields with more decimals than FRED publishes.
    spread = features.term_spread(history.panel(date(2026, 11, 22), ["GS10", "TB3MS"]))
    assert factor.published(float(spread.loc[f"{month}-01"])) == pytest.approx(printed, abs=1e-3)


def test_it_is_the_published_formula() -> None:
    for spread in (-3.5, -1.71, 0.0, 0.95, 4.4):
        by_hand = special.ndtr(-0.5333 - 0.6330 * spread)
        assert factor.published(spread) == pytest.approx(by_hand, abs=1e-12)


def test_twelve_months_is_the_published_number_and_others_have_a_constant_hazard() -> None:
    made = factor.forecast(-0.5, date(2007, 3, 1))
    assert "the other horizons are ours, with a constant hazard" in made.note
    probability = made.probability
    published = factor.published(-0.5)
    assert probability[12] == pytest.approx(published)
    assert 1 - probability[24] == pytest.approx((1 - published) ** 2)
    assert [probability[h] for h in HORIZONS] == sorted(probability[h] for h in HORIZONS)


def test_the_interval_holds_the_published_number() -> None:
    made = factor.forecast(0.95, date(2026, 9, 1))
    interval = made.interval(0.8)[12]
    assert interval.low < made.probability[12] < interval.high


def test_the_covariance_is_that_of_the_estimation_sample(history: Store) -> None:
    """Newey-West, 24 lags, at the published coefficients, outcomes 1959-01 to 2009-12."""
    panel = history.panel(date(2026, 11, 22), ["GS10", "TB3MS"])
    spread = features.term_spread(panel)
    months = pd.date_range("1959-01-01", "2009-12-01", freq="MS")
    y = np.zeros(len(months))
    begin = None
    for point in panel.turning_points:
        if point.kind == "peak":
            begin = pd.Timestamp(point.month)
        elif begin is not None:
            y[(months > begin) & (months <= pd.Timestamp(point.month))] = 1.0
    x = np.column_stack([np.ones(len(y)), spread.reindex(months - pd.DateOffset(months=12))])
    index = x @ np.array(factor.COEFFICIENTS)
    p = special.ndtr(index)
    density = np.exp(-(index**2) / 2) / np.sqrt(2 * np.pi)
    weight = density / (p * (1 - p))
    scores = x * ((y - p) * weight)[:, None]
    bread = np.linalg.inv((x * (weight * density)[:, None]).T @ x)
    meat = scores.T @ scores
    for k in range(1, 25):
        cross = scores[k:].T @ scores[:-k]
        meat += (1 - k / 25) * (cross + cross.T)
    assert bread @ meat @ bread == pytest.approx(np.array(factor.COVARIANCE), abs=2e-5)
