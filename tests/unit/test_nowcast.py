"""Whether the economy is in a recession now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import special

from monitor.catalog import SERIES
from monitor.domain import Panel, TurningPoint, month_of, months_between
from monitor.errors import ModelError
from monitor.features import sahm_gap
from monitor.model import labels, nowcast, scoring
from monitor.model.forecast import Vector
from monitor.store import Store

NOW = date(2026, 11, 22)
SETTLED = date(2025, 9, 30)
Seen = Callable[[date], Panel]


@pytest.fixture(scope="module")
def seen(history: Store) -> Seen:
    """The newest values of what was out on a day, by the usual release dates."""
    whole = history.panel(NOW, nowcast.REQUIRED_SERIES)
    released = {
        name: np.array([SERIES[name].usual_release(stamp.date()) for stamp in values.index])
        for name, values in whole.series.items()
    }

    def panel(day: date) -> Panel:
        return replace(
            whole,
            as_of=day,
            series={name: values[released[name] <= day] for name, values in whole.series.items()},
            turning_points=tuple(point for point in whole.turning_points if point.announced <= day),
        )

    return panel


@pytest.fixture(scope="module")
def since_1985(seen: Seen) -> pd.DataFrame:
    """What was said at the end of each month, and what was true."""
    days = [stamp.date() for stamp in pd.date_range("1985-01-31", SETTLED, freq="ME")]
    told = [nowcast.nowcast(seen(day)) for day in days]
    months = pd.DatetimeIndex([month_of(day) for day in days])
    return pd.DataFrame(
        {
            "p": [one.probability for one in told],
            "gap": [one.sahm_gap for one in told],
            "true": labels.recessions(months, seen(NOW).turning_points, SETTLED),
        },
        index=months,
    )


def known_on(history: Store, day: date) -> Panel:
    return history.panel(day, nowcast.REQUIRED_SERIES)


def changed(panel: Panel, **series: pd.Series[float] | None) -> Panel:
    """The panel with other series; ``None`` takes one away."""
    values = {**panel.series, **series}
    return replace(panel, series={name: it for name, it in values.items() if it is not None})


# ----------------------------------------------------------------------------- how well it does
def test_since_1985_it_is_far_better_than_sahms_rule(since_1985: pd.DataFrame) -> None:
    p, y = since_1985["p"].to_numpy(), since_1985["true"].to_numpy()
    rule = (since_1985["gap"] >= 0.5).to_numpy(float)
    gap = special.expit(since_1985["gap"].to_numpy())
    ranked, by_gap = scoring.auroc(p, y), scoring.auroc(gap, y)
    assert ranked is not None
    assert by_gap is not None
    assert ranked > 0.95
    assert by_gap < 0.89
    assert scoring.brier(p, y) < 0.05
    assert scoring.brier(rule, y) > 0.14


@pytest.mark.parametrize(
    ("peak", "months"), [("1990-07", 5), ("2001-03", 7), ("2007-12", 6), ("2020-02", 2)]
)
def test_it_knows_a_recession_so_many_months_after_the_peak(
    since_1985: pd.DataFrame, peak: str, months: int
) -> None:
    after = since_1985["p"][peak:]
    first = after.index[(after > 0.5).to_numpy()][0]
    assert months_between(pd.Timestamp(peak).date(), first.date()) == months


def test_outside_recessions_and_the_months_after_them_it_has_cried_wolf_but_once(
    since_1985: pd.DataFrame,
) -> None:
    false = since_1985.index[((since_1985["p"] > 0.5) & (since_1985["true"] == 0)).to_numpy()]
    by_rule = ((since_1985["gap"] >= 0.5) & (since_1985["true"] == 0)).sum()
    assert len(false) == 12
    assert by_rule == 62
    troughs = [date(1991, 3, 1), date(2001, 11, 1), date(2009, 6, 1), date(2020, 4, 1)]
    late = [min(months_between(t, m.date()) for t in troughs if t < m.date()) for m in false]
    assert sorted(late) == [1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 11]


@pytest.mark.parametrize("day", [date(1960, 1, 15), date(2003, 8, 31), date(2024, 8, 31)], ids=str)
def test_where_sahms_rule_gave_a_false_alarm_it_stays_calm(seen: Seen, day: date) -> None:
    told = nowcast.nowcast(seen(day))
    assert told.sahm_gap is not None
    assert told.sahm_gap >= 0.5 - 1e-9
    assert told.probability < 0.2


@pytest.mark.parametrize("day", [date(1975, 1, 31), date(1982, 3, 31), date(2009, 2, 28)], ids=str)
def test_deep_in_a_recession_it_is_sure(seen: Seen, day: date) -> None:
    assert nowcast.nowcast(seen(day)).probability > 0.9


# -------------------------------------------------------------------------------- NBER's own word
def test_an_announced_peak_raises_the_probability_while_the_recession_is_young(
    seen: Seen,
) -> None:
    panel = seen(date(1980, 6, 30))
    told = nowcast.nowcast(panel)
    silent = nowcast.nowcast(replace(panel, turning_points=panel.turning_points[:-1]))
    assert told.age == 5
    assert silent.age is None
    assert told.probability > silent.probability
    assert "the peak of 1980-01 and no trough" in told.note
    assert nowcast.PEAK in {one.feature for one in told.contributions}


def test_an_announced_peak_lowers_it_once_no_recession_has_lasted_so_long(seen: Seen) -> None:
    panel = seen(date(1992, 11, 30))
    told = nowcast.nowcast(panel)
    silent = nowcast.nowcast(replace(panel, turning_points=panel.turning_points[:-1]))
    assert told.age == 28
    assert told.probability < silent.probability


def test_a_peak_announced_in_its_own_month_is_certain_but_not_beyond_bounds(seen: Seen) -> None:
    panel = seen(date(2007, 12, 31))
    peak = TurningPoint("peak", date(2007, 12, 1), date(2007, 12, 31))
    told = nowcast.nowcast(replace(panel, turning_points=(*panel.turning_points, peak)))
    assert told.age == 0
    assert 0.99 < told.probability < 1
    assert sum(one.points for one in told.contributions) == pytest.approx(told.probability)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("1991-07", "1992-11"),
        ("2002-04", "2003-06"),
        ("2009-08", "2010-08"),
        ("2021-04", "2021-06"),
    ],
)
def test_between_a_trough_and_its_announcement_it_falls(
    since_1985: pd.DataFrame, first: str, last: str
) -> None:
    assert since_1985["p"][first:last].max() < 0.5


def test_after_an_announced_peak_no_month_is_learnt_from_until_its_trough_is(seen: Seen) -> None:
    assert nowcast._settled(seen(date(1992, 12, 21))) == date(1990, 7, 1)
    assert nowcast._settled(seen(date(1992, 12, 22))) == date(1991, 11, 1)
    assert nowcast._settled(seen(date(1983, 7, 8))) == date(1982, 11, 1)
    assert nowcast._settled(replace(seen(NOW), turning_points=())) == date(2025, 10, 1)


# --------------------------------------------------------------------------- missing and late data
def test_the_month_without_a_survey_shifts_nothing(seen: Seen) -> None:
    panel = seen(date(2025, 12, 31))
    rate = panel.series["UNRATE"]
    told = nowcast.nowcast(panel)
    assert np.isnan(rate["2025-10-01"])
    assert "unemployment of 2025-11, payrolls of 2025-11" in told.note
    assert nowcast.nowcast(changed(panel, UNRATE=rate.dropna())) == told
    filled = nowcast.nowcast(changed(panel, UNRATE=rate.interpolate()))
    assert told.probability == pytest.approx(filled.probability, abs=0.01)


def test_in_the_month_without_a_survey_the_newest_gap_is_of_the_months_around_it(
    seen: Seen,
) -> None:
    panel = seen(date(2025, 11, 30))
    told = nowcast.nowcast(panel)
    assert told.sahm_gap == pytest.approx(sahm_gap(panel.series["UNRATE"]).iloc[-1])


def test_a_series_that_is_late_is_compared_with_months_in_which_it_was_as_late(
    seen: Seen,
) -> None:
    panel = seen(date(2008, 11, 30))
    late = changed(panel, INDPRO=panel.series["INDPRO"][:-2])
    told = nowcast.nowcast(late)
    assert "production of 2008-08" in told.note
    assert told.probability > 0.5
    assert told != nowcast.nowcast(panel)


@pytest.mark.parametrize("gone", ["absent", "old", "empty"])
def test_a_series_that_the_day_does_not_have_is_left_out_and_named(seen: Seen, gone: str) -> None:
    panel = seen(date(2008, 11, 30))
    values = panel.series["INDPRO"]
    other = {"absent": None, "old": values[:-4], "empty": values * np.nan}[gone]
    told = nowcast.nowcast(changed(panel, INDPRO=other))
    assert "without production" in told.note
    assert {one.feature for one in told.contributions} == {"base", "sahm_gap", "payrolls_3m"}
    assert told.probability > 0.5


def test_without_any_series_it_says_so(seen: Seen) -> None:
    with pytest.raises(ModelError, match="none of UNRATE, PAYEMS, INDPRO is known"):
        nowcast.nowcast(changed(seen(NOW), UNRATE=None, PAYEMS=None, INDPRO=None))


def test_before_two_recessions_are_known_it_says_nothing(seen: Seen) -> None:
    with pytest.raises(ModelError, match="too few"):
        nowcast.nowcast(seen(date(1955, 1, 31)))
    with pytest.raises(ModelError, match="with 0 recessions"):
        nowcast.nowcast(replace(seen(NOW), turning_points=()))


# ------------------------------------------------------------------------------------- the answer
@pytest.mark.parametrize(
    "day", [date(1970, 6, 30), date(1991, 6, 30), date(2020, 6, 30), NOW], ids=str
)
def test_the_contributions_add_up_and_the_interval_holds_the_probability(
    history: Store, day: date
) -> None:
    told = nowcast.nowcast(known_on(history, day))
    assert sum(one.points for one in told.contributions) == pytest.approx(told.probability)
    assert told.interval.low < told.probability < told.interval.high
    assert told.interval.low > 0
    assert told.interval.high < 1
    assert told.month == month_of(day)
    assert told == nowcast.nowcast(known_on(history, day))


def test_it_speaks_of_the_month_of_the_day_from_the_newest_figures(history: Store) -> None:
    told = nowcast.nowcast(known_on(history, date(2019, 12, 31)))
    assert told.month == date(2019, 12, 1)
    assert told.note == ("unemployment of 2019-11, payrolls of 2019-11, production of 2019-11")
    early = nowcast.nowcast(known_on(history, date(2019, 12, 2)))
    assert early.note == "unemployment of 2019-10, payrolls of 2019-10, production of 2019-10"


def test_months_whose_state_is_not_known_yet_are_not_learnt_from(seen: Seen) -> None:
    panel = seen(date(1992, 11, 30))
    told = nowcast.nowcast(panel)

    def scrambled(first: str, last: str) -> Panel:
        values = panel.series["PAYEMS"].copy()
        values[first:last] *= np.random.default_rng(1).uniform(0.9, 1.1, len(values[first:last]))
        return changed(panel, PAYEMS=values)

    assert nowcast.nowcast(scrambled("1990-08", "1992-06")) == told
    assert nowcast.nowcast(scrambled("1988-01", "1990-05")) != told


# ------------------------------------------------------------------------- worlds that are known
SLOPES = np.array([0.8, -1.0, -0.9])


def world(seed: int, slopes: Vector) -> tuple[Vector, Vector]:
    """Fifty years of independent inputs, and states that follow them."""
    draw = np.random.default_rng(seed)
    inputs = draw.standard_normal((600, 3))
    chance = special.expit(-2.0 + inputs @ slopes)
    state = (draw.random(600) < chance).astype(float)
    state[-12:] = np.nan
    return inputs, state


def test_the_interval_covers_what_it_says() -> None:
    covered = []
    for seed in range(200):
        inputs, state = world(seed, SLOPES)
        fit = nowcast._fit(inputs, state)
        index = fit.newest @ fit.coefficients
        reach = special.ndtri(0.9) * np.sqrt(fit.newest @ fit.covariance @ fit.newest)
        true = -2.0 + inputs[-1] @ SLOPES
        covered.append(abs(index - true) <= reach)
    assert 0.70 <= np.mean(covered) <= 0.90


def test_where_the_inputs_say_nothing_it_says_how_often_there_is_a_recession() -> None:
    said = []
    for seed in range(100):
        fit = nowcast._fit(*world(seed, np.zeros(3)))
        said.append(special.expit(fit.newest @ fit.coefficients) - fit.share)
    assert np.mean(said) == pytest.approx(0.0, abs=0.01)
    assert np.std(said) < 0.05


def test_a_month_left_out_is_not_learnt_from() -> None:
    inputs, state = world(5, SLOPES)
    inputs[100:130, 1] = np.nan
    other = inputs.copy()
    other[100:130, [0, 2]] = 9.0
    one, two = nowcast._fit(inputs, state), nowcast._fit(other, state)
    assert np.array_equal(one.coefficients, two.coefficients)
    assert np.array_equal(one.covariance, two.covariance)
