from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, special, stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from monitor.errors import InsufficientData, ModelError
from monitor.model import scoring

TIED = st.sampled_from([0.0, 0.004, 0.1, 0.1, 0.25, 0.3, 0.5, 0.7, 0.995, 1.0])
FREE = st.floats(0, 1, allow_subnormal=False)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Any, Any]:
    """Forecasts with many ties and outcomes of both kinds."""
    n = draw(st.integers(2, 60))
    p = draw(st.lists(st.one_of(TIED, FREE), min_size=n, max_size=n))
    y = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    assume(0 < sum(y) < n)
    return np.array(p), np.array(y)


def persistent_world(rng: np.random.Generator, n: int = 440) -> tuple[Any, Any]:
    """Forecasts that are right on average, and that come and go in waves of about a year."""
    level = np.zeros(n)
    for month in range(1, n):
        level[month] = 0.92 * level[month - 1] + rng.normal()
    p = special.expit(level - 1.5)
    return p, (rng.random(n) < p).astype(float)


# --------------------------------------------------------------------------- against scikit-learn
@given(worlds())
def test_ranking_scores_are_those_of_scikit_learn(world: tuple[Any, Any]) -> None:
    p, y = world
    assert scoring.auroc(p, y) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    expected = average_precision_score(y, p)
    assert scoring.average_precision(p, y) == pytest.approx(expected, abs=1e-12)


@given(worlds())
def test_proper_scores_are_those_of_scikit_learn(world: tuple[Any, Any]) -> None:
    p, y = world
    assert scoring.brier(p, y) == pytest.approx(brier_score_loss(y, p), abs=1e-12)
    expected = log_loss(y, np.clip(p, 0.01, 0.99))
    assert scoring.log_score(p, y) == pytest.approx(expected, abs=1e-12)


def test_points_of_the_reliability_diagram_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    p, y = persistent_world(rng)
    for by, strategy in (("width", "uniform"), ("count", "quantile")):
        observed, forecast = calibration_curve(y, p, n_bins=10, strategy=strategy)
        points = scoring.reliability(p, y, by=by)  # type: ignore[arg-type]
        assert [point.forecast for point in points] == pytest.approx(forecast)
        assert [point.observed for point in points] == pytest.approx(observed)
        assert sum(point.n for point in points) == p.size


def test_the_calibration_line_is_the_one_of_maximum_likelihood() -> None:
    rng = np.random.default_rng(5)
    for sharpness in (0.2, 1.0, 3.0):
        p, y = persistent_world(rng)
        p = special.expit(sharpness * special.logit(p))
        x = special.logit(np.clip(p, 0.01, 0.99))

        def loss(line: Any, x: Any = x, y: Any = y) -> float:
            index = line[0] + line[1] * x
            return float(np.sum(np.logaddexp(0, index) - y * index))

        best = optimize.minimize(loss, [0.0, 1.0], method="BFGS", options={"gtol": 1e-8})
        slope, intercept = scoring.calibration(p, y)
        assert (intercept, slope) == pytest.approx(tuple(best.x), abs=1e-5)


# ------------------------------------------------------------------------------------- properties
@given(worlds())
def test_the_parts_of_the_brier_score_add_up(world: tuple[Any, Any]) -> None:
    p, y = world
    parts = scoring.decompose(p, y)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within
    assert total == pytest.approx(scoring.brier(p, y), abs=1e-12)
    assert min(parts.reliability, parts.resolution, parts.uncertainty) >= 0
    assert parts.resolution <= parts.uncertainty + 1e-12
    assert parts.uncertainty == pytest.approx(y.mean() * (1 - y.mean()))


def test_nothing_is_left_within_bins_of_one_forecast_each() -> None:
    p = np.array([0.05, 0.05, 0.35, 0.35, 0.85, 0.85])
    parts = scoring.decompose(p, np.array([0, 0, 0, 1, 1, 1]))
    assert parts.within == pytest.approx(0, abs=1e-15)
    assert parts.reliability == pytest.approx((0.05**2 + 0.15**2 + 0.15**2) / 3)
    assert parts.resolution == pytest.approx((0.5**2 + 0 + 0.5**2) / 3)


@given(worlds(), st.randoms(use_true_random=False))
def test_no_score_depends_on_the_order_of_the_months(world: tuple[Any, Any], random: Any) -> None:
    p, y = world
    order = list(range(p.size))
    random.shuffle(order)
    one, other = scoring.score(p, y), scoring.score(p[order], y[order])
    for name in ("auroc", "pr_auc", "brier", "log_score", "ece", "brier_resolution"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-12)
    assert [point.n for point in one.reliability] == [point.n for point in other.reliability]


@given(worlds())
def test_a_reversed_ranking_has_the_complementary_area(world: tuple[Any, Any]) -> None:
    p, y = world
    # Subtracting from one can round two forecasts together; a change of sign of the rank cannot.
    ranks = stats.rankdata(p, method="dense")
    up, down = ranks / ranks.max(), (ranks.max() - ranks) / ranks.max()
    assert scoring.auroc(up, y) == pytest.approx(1 - (scoring.auroc(down, y) or 0), abs=1e-12)


@given(worlds())
def test_equal_forecasts_share_a_bin_of_equal_count(world: tuple[Any, Any]) -> None:
    p, y = world
    points = scoring.reliability(p, y, bins=5, by="count")
    means = [point.forecast for point in points]
    assert means == sorted(means)
    assert sum(point.n for point in points) == p.size
    for value in np.unique(p):
        count = int((p == value).sum())
        assert any(point.n >= count for point in points)
    for point in points:
        assert point.low <= point.observed <= point.high


# ------------------------------------------------------------------------------------- edge cases
def test_a_line_that_would_be_infinite_is_none() -> None:
    y = np.array([0, 0, 0, 1, 1])
    for p in ([0.1, 0.2, 0.3, 0.7, 0.8], [0.9, 0.8, 0.7, 0.2, 0.1], [0.1, 0.2, 0.4, 0.4, 0.9]):
        assert scoring.calibration(np.array(p), y) == (None, None)
    assert scoring.calibration(np.full(5, 0.3), y) == (None, None)
    assert scoring.calibration(np.array([0.1, 0.2, 0.3, 0.7, 0.8]), np.zeros(5)) == (None, None)


def test_a_line_close_to_infinite_is_still_found() -> None:
    p = np.concatenate([np.linspace(0.02, 0.5, 200), np.linspace(0.499, 0.98, 200)])
    y = np.repeat([0, 1], 200)
    slope, _ = scoring.calibration(p, y)
    assert slope is not None
    assert slope > 50


def test_a_well_calibrated_forecast_has_slope_one_and_a_sharpened_one_less() -> None:
    rng = np.random.default_rng(7)
    p = rng.uniform(0.02, 0.98, 40_000)
    y = (rng.random(p.size) < p).astype(float)
    slope, intercept = scoring.calibration(p, y)
    assert slope == pytest.approx(1, abs=0.05)
    assert intercept == pytest.approx(0, abs=0.05)
    doubled, _ = scoring.calibration(special.expit(1.2 * special.logit(p)), y)
    assert doubled == pytest.approx(1 / 1.2, abs=0.05)


def test_outcomes_that_are_all_alike_have_no_ranking() -> None:
    p = np.array([0.1, 0.4, 0.2])
    scored = scoring.score(p, np.zeros(3), skill_reference=p)
    assert (scored.auroc, scored.pr_auc, scored.calibration_slope) == (None, None, None)
    assert scored.brier_skill == 0
    assert scored.positives == 0
    assert scoring.average_precision(p, np.ones(3)) == 1
    assert scoring.brier_skill(p, np.zeros(3), np.zeros(3)) is None


@pytest.mark.parametrize(
    ("p", "y", "error"),
    [
        ([], [], InsufficientData),
        ([0.5, math.nan], [0, 1], ModelError),
        ([0.5, 1.2], [0, 1], ModelError),
        ([0.5, 0.2], [0, 2], ModelError),
        ([0.5, 0.2], [0, math.nan], ModelError),
        ([0.5, 0.2], [0, 1, 1], ModelError),
    ],
    ids=["empty", "missing", "above_one", "no_outcome", "open_outcome", "lengths"],
)
def test_what_cannot_be_scored_is_refused(
    p: list[float], y: list[float], error: type[Exception]
) -> None:
    for verb in (scoring.auroc, scoring.brier, scoring.calibration, scoring.reliability):
        with pytest.raises(error):
            verb(np.array(p), np.array(y))
    with pytest.raises(error):
        scoring.block_bootstrap(np.array([p]), np.array(y), seed=1)


def test_jeffreys_intervals_are_quantiles_of_the_beta_and_reach_the_ends() -> None:
    low, high = scoring.jeffreys(3, 10, 0.8)
    assert (low, high) == pytest.approx(tuple(stats.beta(3.5, 7.5).ppf([0.1, 0.9])))
    assert scoring.jeffreys(0, 10, 0.8)[0] == 0
    assert scoring.jeffreys(10, 10, 0.8)[1] == 1


# -------------------------------------------------------------------------------------- bootstrap
def test_the_same_seed_gives_the_same_intervals_and_another_seed_others() -> None:
    p, y = persistent_world(np.random.default_rng(1))
    drawn = [scoring.block_bootstrap(p[None], y, seed=seed).intervals(0) for seed in (4, 4, 5)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_a_draw_is_scored_as_if_its_months_were_written_out() -> None:
    p, y = persistent_world(np.random.default_rng(2), n=200)
    drawn = scoring.block_bootstrap(p[None], y, seed=9, skill_reference=p**0.5, block=48, draws=3)
    starts = np.random.default_rng(9).integers(200, size=(3, 5))
    for draw, row in enumerate(starts):
        months = ((row[:, None] + np.arange(48)) % 200).ravel()[:200]
        plain = scoring.score(p[months], y[months], skill_reference=p[months] ** 0.5)
        for name, values in drawn.values.items():
            assert values[0, draw] == pytest.approx(getattr(plain, name), abs=1e-6), name


def test_all_members_are_scored_on_the_same_blocks() -> None:
    p, y = persistent_world(np.random.default_rng(3))
    worse = np.clip(p + 0.2, 0, 1)
    drawn = scoring.block_bootstrap(np.stack([p, worse, p]), y, seed=1)
    assert drawn.intervals(2) == drawn.intervals(0)
    for span in drawn.intervals(2, against=0).values():
        assert span.low == span.high == 0
    alone = scoring.block_bootstrap(worse[None], y, seed=1)
    assert alone.intervals(0) == drawn.intervals(1)
    # Paired, the distance is clear, though the intervals themselves overlap.
    assert drawn.intervals(1, against=0)["brier"].low > 0
    assert drawn.intervals(1)["brier"].low < drawn.intervals(0)["brier"].high


def test_draws_without_an_event_are_left_out_and_counted() -> None:
    y = np.zeros(440)
    y[100:112] = 1
    p = np.linspace(0.01, 0.6, 440)
    drawn = scoring.block_bootstrap(p[None], y, seed=1, draws=300)
    used = drawn.values["auroc"].shape[1]
    assert used + drawn.left_out == 300
    # Ten blocks, each of which meets the event if it starts in one of 59 months.
    assert drawn.left_out == pytest.approx(300 * (1 - 59 / 440) ** 10, abs=30)
    assert np.isfinite(drawn.values["auroc"]).all()


def test_a_score_undefined_in_many_draws_has_no_interval() -> None:
    y = np.zeros(440)
    y[100:112] = 1
    p = np.where(y == 1, 0.7, 0.1)
    drawn = scoring.block_bootstrap(p[None], y, seed=1).intervals(0)
    assert "calibration_slope" not in drawn
    assert drawn["auroc"].low == drawn["auroc"].high == 1
    never = scoring.block_bootstrap(p[None], np.zeros(440), seed=1)
    assert never.left_out == scoring.DRAWS
    assert never.intervals(0) == {}


def test_months_for_a_few_blocks_give_no_interval_rather_than_a_narrow_one() -> None:
    p, y = persistent_world(np.random.default_rng(6), n=4 * scoring.BLOCK)
    assert "brier" in scoring.block_bootstrap(p[None], y, seed=1).intervals(0)
    few = scoring.block_bootstrap(p[None, 1:], y[1:], seed=1)
    assert (few.intervals(0), few.left_out) == ({}, 0)


def test_intervals_of_a_persistent_world_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    p, y = persistent_world(rng, n=200_000)
    truth = {"brier": scoring.brier(p, y), "log_score": scoring.log_score(p, y)}
    worlds, covered = 100, {(name, block): 0 for name in truth for block in (1, 48)}
    for world in range(worlds):
        p, y = persistent_world(rng)
        for block in (1, 48):
            drawn = scoring.block_bootstrap(p[None], y, seed=world, block=block).intervals(0)
            for name, value in truth.items():
                covered[name, block] += drawn[name].low <= value <= drawn[name].high
    for name in truth:
        assert 0.75 <= covered[name, 48] / worlds <= 0.97
        # What blocks are for: single months, drawn as if independent, claim to know too much.
        assert covered[name, 1] < covered[name, 48] - 10


# ------------------------------------------------------------------------------- all in one piece
def test_every_member_is_scored_with_intervals_and_held_against_one() -> None:
    rng = np.random.default_rng(13)
    p, y = persistent_world(rng)
    forecasts = {"pool": p, "nyfed": np.clip(p + 0.25, 0, 1), "flat": np.full(p.size, y.mean())}
    scores, left_out = scoring.score_all(forecasts, y, seed=1, against="nyfed", climatology="flat")
    assert left_out == 0
    assert list(scores) == ["pool", "nyfed", "flat"]
    pool, nyfed, flat = scores.values()
    assert pool.interval["brier"].low < pool.brier < pool.interval["brier"].high
    assert pool.difference["brier"].high < 0
    assert nyfed.difference == {}
    assert flat.brier_skill == pytest.approx(0, abs=1e-12)
    assert flat.auroc == 0.5
    assert pool.brier_skill == pytest.approx(1 - pool.brier / flat.brier)
    assert pool.max_probability == p.max()
    assert pool.positives == y.sum()


def test_a_member_to_be_held_against_must_be_there() -> None:
    with pytest.raises(ModelError, match="nyfed"):
        scoring.score_all(
            {"pool": np.array([0.2])}, np.array([0]), seed=1, against="nyfed", climatology="pool"
        )


def test_a_row_is_plain_json() -> None:
    p, y = persistent_world(np.random.default_rng(17))
    scores, _ = scoring.score_all({"a": p, "b": p**2}, y, seed=1, against="b", climatology="b")
    row = scores["a"].row()
    again = json.loads(json.dumps(row, allow_nan=False))
    assert again == json.loads(json.dumps(row))
    assert again["interval"]["auroc"] == [
        scores["a"].interval["auroc"].low, scores["a"].interval["auroc"].high
    ]  # fmt: skip
    assert set(again["difference"]) == set(again["interval"])
    assert again["reliability"][0]["n"] == scores["a"].reliability[0].n
    assert again["positives"] == int(y.sum())
