"""The members that read the month's figures, the New York Fed's published probit among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import special
from sklearn.linear_model import LogisticRegression

from monitor import features
from monitor.domain import HORIZONS, TARGETS
from monitor.errors import ModelError
from monitor.model import factor, horizons, labels, logit, probit
from monitor.model.factor import Known
from monitor.model.forecast import Vector
from monitor.store import Store

LATER = date(2026, 11, 22)
DAYS = (date(1970, 1, 8), date(1985, 2, 8), date(2007, 3, 9), LATER)
START, AT, ANY = range(3)
TWELVE = HORIZONS.index(12)


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


# ------------------------------------------------------------------------------ fitted to the past
@pytest.fixture(scope="module")
def on(history: Store) -> Callable[[date], Known]:
    """What was known on a day."""

    @cache
    def known(day: date) -> Known:
        panel = history.panel(day, features.REQUIRED_SERIES)
        frame = features.frame(panel)
        through = labels.learnable_through(day)
        made = labels.outcomes(pd.DatetimeIndex(frame.index), panel.turning_points, through)
        return Known(day, frame, made)

    return known


@pytest.fixture(params=factor.MEMBERS, ids=lambda member: member.id)
def member(request: pytest.FixtureRequest) -> factor.Member:
    chosen: factor.Member = request.param
    return chosen


def refit(known: Known, y: Vector, columns: list[str], first: str, last: str) -> Vector:
    """A probit on the origins from ``first`` to ``last``."""
    rows = (known.frame.index >= first) & (known.frame.index <= last)
    x = np.column_stack([np.ones(rows.sum()), known.frame.loc[rows, columns]])
    return probit.fit(x, y[rows, None])[:, 0]


@pytest.mark.parametrize(
    ("last", "constant", "slope"),
    [
        ("1995-03", -0.578, -0.681),
        ("2009-12", -0.539, -0.640),
        ("2019-12", -0.566, -0.683),
        ("2022-09", -0.601, -0.680),
    ],
)
def test_the_probit_has_the_coefficients_of_earlier_studies(
    on: Callable[[date], Known], last: str, constant: float, slope: float
) -> None:
    """In recession twelve months on, outcomes from 1959-01 to the month given."""
    known = on(LATER)
    origin = pd.Timestamp(last) - pd.DateOffset(months=12)
    made = refit(known, known.outcomes[AT, TWELVE], ["spread"], "1958-01-01", str(origin))
    assert made == pytest.approx([constant, slope], abs=6e-4)


def test_wrights_models_have_the_coefficients_of_his_sample(history: Store) -> None:
    """Quarterly means of 1964-2005; a recession in at least one of the next four quarters."""
    panel = history.panel(LATER, features.REQUIRED_SERIES)
    frame = features.frame(panel)
    state = labels.recessions(
        pd.DatetimeIndex(frame.index), panel.turning_points, labels.learnable_through(LATER)
    )
    quarter = frame[["spread", "funds"]].resample("QS").mean()
    recession = pd.Series(state, frame.index).resample("QS").max()
    y = pd.concat([recession.shift(-k) for k in range(1, 5)], axis=1).max(axis=1)["1964":"2005"]
    x = quarter["1964":"2005"].assign(constant=1.0)
    alone = probit.fit(x[["constant", "spread"]].to_numpy(), y.to_numpy()[:, None])[:, 0]
    both = probit.fit(x[["constant", "spread", "funds"]].to_numpy(), y.to_numpy()[:, None])[:, 0]
    assert alone == pytest.approx([0.079, -0.780], abs=6e-4)
    assert both == pytest.approx([-2.365, -0.717, 0.345], abs=6e-4)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_every_member_keeps_what_its_interface_promises(
    on: Callable[[date], Known], member: factor.Member, day: date
) -> None:
    fitted = member.fit(on(day))
    made, told = fitted.probability(), fitted.forecast()
    assert made.shape == (len(TARGETS), len(HORIZONS))
    assert (made > 0).all()
    assert (made < 1).all()
    assert (np.diff(made[[START, ANY]], axis=1) >= 0).all()
    assert fitted.id == told.id == member.id
    assert list(told.probability.values()) == pytest.approx(made[START].tolist(), abs=1e-15)
    assert told.note
    states = np.array([told.values[h] for h in HORIZONS])  # noqa: PD011 - a mapping
    assert (np.diff(states, axis=0) >= 0).all()
    assert told.weights.sum() == pytest.approx(1)
    for row, horizon in enumerate(HORIZONS):
        parts = fitted.contributions(horizon)
        assert parts[0].feature == "base"
        assert sum(part.points for part in parts) == pytest.approx(made[START, row], abs=2e-12)
        interval = told.interval(0.8)[horizon]
        assert interval.low <= made[START, row] <= interval.high


def test_outcomes_that_were_not_known_that_day_change_nothing(
    on: Callable[[date], Known], member: factor.Member
) -> None:
    """The day's labels end where those of a later day, cut off there, end too."""
    day = date(2007, 3, 9)
    known, later = on(day), on(LATER)
    size = len(known.frame)
    cut = np.where(np.isnan(known.outcomes), np.nan, later.outcomes[:, :, :size])
    again = member.fit(replace(known, outcomes=cut))
    assert np.array_equal(member.fit(known).probability(), again.probability())


def test_the_published_member_reads_one_number_for_every_target(
    on: Callable[[date], Known],
) -> None:
    known = on(LATER)
    spread = float(known.frame["spread"].iloc[-1])
    made = factor.Published().fit(known).probability()
    assert made[:, TWELVE] == pytest.approx([factor.published(spread)] * 3, abs=1e-12)
    assert np.array_equal(made[START], made[AT])


def test_a_probit_member_is_a_plain_fit_on_the_months_that_were_known(
    on: Callable[[date], Known],
) -> None:
    known = on(date(2007, 3, 9))
    made = factor.Probit("wright", ("spread", "funds")).fit(known).probability()
    # Origins whose twelve months were over by 2006-02; the funds rate begins in 1954-07.
    y = known.outcomes[AT, TWELVE]
    b = refit(known, y, ["spread", "funds"], "1954-07-01", "2005-02-01")
    newest = known.frame[["spread", "funds"]].iloc[-1].to_numpy()
    assert made[AT, TWELVE] == pytest.approx(special.ndtr(b @ [1, *newest]), abs=1e-9)


def test_the_logit_is_scikit_learns_own(on: Callable[[date], Known]) -> None:
    known = on(date(2007, 3, 9))
    fitted = factor.Logit().fit(known)
    frame = known.frame.dropna(axis=1, how="all")
    rows = frame.notna().all(axis=1).to_numpy()
    learnt = rows & ~np.isnan(known.outcomes[AT, 0])
    x = (frame - frame[learnt].mean()) / frame[learnt].std(ddof=0)
    y = known.outcomes[AT, TWELVE]
    use = rows & ~np.isnan(y)
    model = LogisticRegression(C=0.05, tol=1e-10, max_iter=10_000).fit(x[use].to_numpy(), y[use])
    expected = model.predict_proba(x.iloc[[-1]].to_numpy())[0, 1]
    assert fitted.probability()[AT, TWELVE] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_solver_for_all_outcomes_agrees_with_scikit_learns_for_each(
    on: Callable[[date], Known], day: date
) -> None:
    ours = factor.Logit().fit(on(day))
    theirs = factor.Logit(solve=logit.by_scikit_learn).fit(on(day))
    assert ours.coefficients == pytest.approx(theirs.coefficients, abs=1e-6)
    assert ours.probability() == pytest.approx(theirs.probability(), abs=1e-6)


def test_the_logit_takes_the_columns_of_the_day_and_names_the_others(
    on: Callable[[date], Known],
) -> None:
    early = factor.Logit().fit(on(date(1970, 1, 8)))
    assert "without credit, credit_change_6m, starts_12m" in early.note
    assert "starts_12m" not in early.names
    assert "starts_12m" in factor.Logit().fit(on(date(1985, 2, 8))).names
    known = on(LATER)
    frame = known.frame.copy()
    frame.iloc[-1, frame.columns.get_loc("inflation_12m")] = np.nan
    late = factor.Logit().fit(replace(known, frame=frame))
    assert "inflation_12m" not in late.names
    assert "inflation_12m" in late.note


def test_an_input_that_never_moved_changes_nothing(on: Callable[[date], Known]) -> None:
    known = on(date(1985, 2, 8))
    still = replace(known, frame=known.frame.assign(credit=2.0))
    plain, more = factor.Logit().fit(known), factor.Logit().fit(still)
    assert "credit" in more.names
    assert more.probability() == pytest.approx(plain.probability(), abs=1e-9)


def test_climatology_is_the_share_of_the_months_with_jeffreys_prior(
    on: Callable[[date], Known],
) -> None:
    known = on(date(2007, 3, 9))
    made = factor.Climatology().fit(known).probability()
    y = known.outcomes[ANY, TWELVE]
    y = y[~np.isnan(y)]
    assert made[ANY, TWELVE] == pytest.approx((y.sum() + 0.5) / (y.size + 1), abs=1e-12)


def test_climatology_is_as_unsure_as_a_handful_of_recessions(on: Callable[[date], Known]) -> None:
    interval = factor.Climatology().fit(on(LATER)).forecast().interval(0.8)[12]
    of_independent_months = 2 * 1.28 * np.sqrt(0.167 * 0.833 / 746)
    assert interval.high - interval.low > 2 * of_independent_months


def test_a_member_says_so_where_its_curve_has_the_wrong_sign(
    on: Callable[[date], Known],
) -> None:
    known = on(LATER)
    turned = known.frame.assign(spread=-known.frame["spread"])
    note = factor.Probit("probit", ("spread",)).fit(replace(known, frame=turned)).forecast().note
    assert "at 3, 6, 12, 18, 24 months an inverted curve lowers this model's risk" in note
    assert "inverted" not in factor.Probit("probit", ("spread",)).fit(known).forecast().note


def cut(known: Known, last: str) -> Known:
    """The same with the outcomes of origins up to a month only."""
    return replace(known, outcomes=np.where(known.frame.index <= last, known.outcomes, np.nan))


@pytest.mark.parametrize("last", ["1953-02-01", "1962-06-01"])
def test_too_few_months_are_an_error_and_no_number(
    on: Callable[[date], Known], member: factor.Member, last: str
) -> None:
    known = cut(on(LATER), last)
    if member.id == factor.ID:
        assert member.fit(known).id == factor.ID
    else:
        with pytest.raises(ModelError, match="fewer than 120 months"):
            member.fit(known)


def test_one_recession_is_too_few_to_learn_from(on: Callable[[date], Known]) -> None:
    known = on(LATER)
    quiet = replace(
        known, outcomes=np.where(known.frame.index < "2010-01-01", np.nan, known.outcomes)
    )
    assert (~np.isnan(quiet.outcomes[START, -1])).sum() > 120
    with pytest.raises(ModelError, match="2 recessions"):
        factor.Climatology().fit(quiet)


def test_a_newest_month_without_an_input_is_an_error_of_that_member_alone(
    on: Callable[[date], Known],
) -> None:
    known = on(LATER)
    frame = known.frame.copy()
    frame.iloc[-1, frame.columns.get_loc("funds")] = np.nan
    holed = replace(known, frame=frame)
    with pytest.raises(ModelError, match="the newest month has no funds"):
        factor.Probit("wright", ("spread", "funds")).fit(holed)
    assert factor.Probit("probit", ("spread",)).fit(holed).probability().all()


def test_a_day_without_any_spread_is_an_error_of_every_member(
    on: Callable[[date], Known], member: factor.Member
) -> None:
    known = on(LATER)
    with pytest.raises(ModelError, match="spread"):
        member.fit(Known(LATER, known.frame.iloc[:0], known.outcomes[:, :, :0]))


def world(seed: int) -> tuple[Known, Vector]:
    """Sixty years in which the next twelve months' risk hangs on the curve, by a known formula."""
    random = np.random.default_rng(seed)
    size = 720
    spread = np.zeros(size)
    for month in range(1, size):
        spread[month] = 0.95 * spread[month - 1] + 0.35 * random.normal()
    spread += 1.0
    p = special.ndtr(-0.9 - 0.7 * spread)
    happened = (random.uniform(size=size) < p).astype(float)
    months = pd.date_range("1960-01-01", periods=size, freq="MS")
    frame = pd.DataFrame({feature.name: np.nan for feature in features.FEATURES}, index=months)
    frame["spread"] = spread
    made = np.broadcast_to(happened, (len(TARGETS), len(HORIZONS), size)).copy()
    made[:, :, -25:] = np.nan
    return Known(date(2020, 1, 5), frame, made), p


def test_a_synthetic_world_is_recovered_and_its_intervals_cover() -> None:
    held, errors = 0, []
    for seed in range(200):
        known, p = world(seed)
        told = factor.Probit("probit", ("spread",)).fit(known).forecast()
        interval = told.interval(0.8)[12]
        held += interval.low <= p[-1] <= interval.high
        errors.append(told.probability[12] - p[-1])
    assert 0.70 <= held / 200 <= 0.90
    assert abs(np.mean(errors)) < 0.01


def test_a_world_without_a_signal_gets_climatology() -> None:
    known, p = world(5)
    random = np.random.default_rng(5)
    coin = np.where(np.isnan(known.outcomes), np.nan, random.uniform(size=p.size) < 0.2)
    known = replace(known, outcomes=coin)
    share = factor.Climatology().fit(known).probability()[START, TWELVE]
    assert share == pytest.approx(0.2, abs=0.04)
    for one in (factor.Probit("probit", ("spread",)), factor.Logit()):
        assert one.fit(known).probability()[START, TWELVE] == pytest.approx(share, abs=0.05)


def test_no_member_comes_nearer_to_certainty_than_it_may(on: Callable[[date], Known]) -> None:
    known = on(LATER)
    frame = known.frame.copy()
    frame.iloc[-1, frame.columns.get_loc("spread")] = 40.0
    made = factor.Probit("probit", ("spread",)).fit(replace(known, frame=frame)).probability()
    assert made[START].tolist() == [horizons.NEAREST] * 5
