"""The risk where no alarm is true: what the spread says of recessions still without an inversion.

A probit on the spread and on the spread six months before (Liu and Moench, International Journal
of Forecasting 32, 2016), for each horizon. It learns from every month outside a recession, weighted
by the probability that no true alarm was running: 0 in the months of an inversion that a recession
followed, 1 in those of one that none followed, and between where that is not settled. So it is the
second part of the law of total probability, of which the inversion clock is the first.

Its forecasts are calibrated on the logit scale, with one constant and one slope for all horizons,
learned from its own past forecasts as they would have been made since 1970 and from outcomes known
by now, and shrunk to no correction at all by normal priors.

While the curve is inverted and the alarm is false, the spread says nothing more; then the hazard of
recessions that no inversion announced takes the probit's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from monitor.catalog import SERIES
from monitor.domain import HORIZONS, EpisodeRule, Said, TurningPoint, month_of
from monitor.model import horizons, labels, lag, logit, probit
from monitor.model.forecast import Vector

ID = "background"

INPUTS = ("spread", "spread_lag6")
"""Columns of :func:`monitor.features.frame`, in percentage points."""

SLOPE_PRIOR_SD = 1.0
"""Of each slope of the probit, around zero."""

CALIBRATION_SINCE = date(1970, 1, 1)
CALIBRATION_PRIOR_SD = (1.0, 1.0)
"""Of the calibration's constant around 0 and of its slope around 1."""

_HAZARD = Said("the hazard of recessions that no inversion announced stands in for the spread")

FEWEST_MONTHS = 60
"""Of learnable months; with fewer there is no probit, only the hazard."""

DRAWS = 24
"""Samples of the probit and of its calibration, for the interval."""


@dataclass(frozen=True, slots=True)
class Background:
    """Probability that a recession starts, given that no true alarm runs.

    Attributes:
        probability: as it enters the pool (horizons).
        states: the same in samples of the past (horizons, samples), equally likely.
        usual: index of the probit at the mean inputs of the months learnt from (horizons).
        terms: what each input's distance from that mean adds to the index (horizons, inputs);
            zero where the hazard stands in for the probit.
        constant, slope: of the calibration.
        note: what a reader must know.
    """

    probability: Vector
    states: Vector
    usual: Vector
    terms: Vector
    constant: float
    slope: float
    note: str

    def calibrated(self, index: Vector) -> Vector:
        """Probabilities at values of the probit's index."""
        p: Vector = special.expit(self.constant + self.slope * _log_odds(index))
        return p


@dataclass(frozen=True, slots=True)
class _Calibration:
    constant: float
    slope: float
    covariance: Vector  # of the two as estimates (2, 2): none without a past

    def samples(self, draws: int) -> Vector:
        """Constants and slopes (draws, 2), drawn the same way each time."""
        random = np.random.default_rng(1)
        return random.multivariate_normal(
            [self.constant, self.slope], self.covariance, draws, method="eigh"
        )


@dataclass(frozen=True, slots=True)
class _Sample:
    x: Vector  # (months, 1 + inputs)
    y: Vector  # (months, horizons), NaN where not known
    weight: Vector  # (months, horizons)

    def with_prior(self, mean: Vector) -> _Sample:
        """With one window more of each horizon, at the mean inputs.

        What it holds is what the hazard of unannounced recessions is taken to be before any is
        seen. Without it a past without a recession would make one impossible.
        """
        count, months = lag.BACKGROUND_PRIOR
        windows = np.array(HORIZONS)
        start = 1 - np.exp(-windows * count / months)
        return _Sample(
            np.vstack([self.x, mean, mean]),
            np.vstack([self.y, np.ones_like(start), np.zeros_like(start)]),
            np.vstack([self.weight, windows * start, windows * (1 - start)]),
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    coefficients: Vector  # (1 + inputs, horizons)
    mean: Vector  # (1 + inputs)
    sample: _Sample

    def samples(self, draws: int) -> Vector:
        """Coefficients (draws, 1 + inputs, horizons), drawn the same way each time.

        From the normal approximation of the posterior (Laplace), in which a window of ``h`` months
        counts once for every ``h`` months.
        """
        z = np.random.default_rng(0).standard_normal((draws, self.mean.size))
        known = ~np.isnan(self.sample.y)
        sign = np.where(known, 2 * self.sample.y - 1, 0.0)
        weight = np.where(known, self.sample.weight, 0.0) / np.array(HORIZONS)
        curvature = weight * probit.slopes(sign * (self.sample.x @ self.coefficients))[1]
        ridge = np.diag(_penalty() + probit.RIDGE)
        found = np.empty((draws, *self.coefficients.shape))
        for row, bend in enumerate(curvature.T):
            precision = self.sample.x.T @ (self.sample.x * bend[:, None]) + ridge
            root = np.linalg.cholesky(np.linalg.inv(precision))
            found[:, :, row] = self.coefficients[:, row] + z @ root.T
        return found


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the background has learnt from the past, as known on one day.

    Attributes:
        hazard: probability of a recession that no inversion announces, in equally likely states
            (horizons, states).
        probit: the fit and its calibration, or ``None`` where there were too few months.
    """

    hazard: Vector
    probit: tuple[_Fit, _Calibration] | None


def score(
    frame: pd.DataFrame,
    curve: lag.Curve,
    now: lag.Clock,
    *,
    draws: int = DRAWS,
    since: date = CALIBRATION_SINCE,
) -> Background:
    """The background on one day.

    Args:
        frame: :func:`monitor.features.frame` of what was known.
        curve: what the clock is read from.
        now: the clock on that day.
        draws: samples for the uncertainty; with 0 there are no states.
        since: first month whose forecast the calibration learns from.
    """
    return judge(learn(frame, curve, now, since=since), frame, inverted=now.inverted, draws=draws)


def learn(
    frame: pd.DataFrame, curve: lag.Curve, now: lag.Clock, *, since: date = CALIBRATION_SINCE
) -> Learnt:
    """What there is to learn on one day; the arguments are those of :func:`score`."""
    x, months = _inputs(frame), pd.DatetimeIndex(frame.index)
    outcomes = _outcomes(months, curve.turning_points, curve.as_of)
    free = _free(months, now)
    fitted = _fit(x, outcomes, free)
    hazard = 1 - np.exp(-np.outer(HORIZONS, lag.hazards(now.exposure)))
    if fitted is None:
        return Learnt(hazard, None)
    return Learnt(hazard, (fitted, _calibration(x, months, curve, outcomes, free, since=since)))


def judge(learnt: Learnt, frame: pd.DataFrame, *, inverted: bool, draws: int) -> Background:
    """The newest month of a frame, judged with what was learnt on that day or before.

    Args:
        learnt: the parameters.
        frame: as for :func:`score`.
        inverted: whether the inversion whose clock runs is still under way.
        draws: as for :func:`score`.
    """
    x, hazard = _inputs(frame)[-1], learnt.hazard
    if learnt.probit is None or not np.isfinite(x).all():
        mean = horizons.inside(hazard.mean(axis=1))
        usual = special.ndtri(mean)
        return Background(
            mean, hazard, usual, np.zeros((mean.size, len(INPUTS))), 0.0, 1.0, _HAZARD
        )
    fitted, calibration = learnt.probit
    found = Background(
        probability=horizons.inside(hazard.mean(axis=1)),
        states=hazard,
        usual=fitted.mean @ fitted.coefficients,
        terms=np.zeros((len(HORIZONS), len(INPUTS))),
        constant=calibration.constant,
        slope=calibration.slope,
        note=_HAZARD,
    )
    if inverted:
        return found
    indices = [x @ sample for sample in fitted.samples(draws)]
    calibrations = calibration.samples(draws)
    return replace(
        found,
        probability=_rising(found.calibrated(x @ fitted.coefficients)),
        states=np.array(
            [
                _rising(replace(found, constant=constant, slope=slope).calibrated(index))
                for index, (constant, slope) in zip(indices, calibrations, strict=True)
            ]
        ).T,
        terms=((x - fitted.mean)[:, None] * fitted.coefficients)[1:].T,
        note=Said(
            "calibrated: log odds times {slope}, and {constant}",
            slope=f"{found.slope:.2f}",
            constant=f"{found.constant:+.2f}",
        ),
    )


def _rising(p: Vector) -> Vector:
    return horizons.inside(horizons.monotone(p))


def _inputs(frame: pd.DataFrame) -> Vector:
    values = frame[list(INPUTS)].to_numpy("float64")
    return np.column_stack([np.ones(len(values)), values])


def _free(months: pd.DatetimeIndex, now: lag.Clock) -> Vector:
    """Probability, as of now, that no true alarm was running in each month."""
    month: npt.NDArray[np.datetime64] = months.to_numpy().astype("datetime64[M]")
    free = np.ones(month.size)
    for spell in now.ran:
        inside = month >= np.datetime64(spell.start, "M")
        if spell.last is not None:
            inside &= month <= np.datetime64(spell.last, "M")
        free[inside] = 0.0 if spell.hit else 1.0 if spell.last else now.false_alarm
    return free


def _fit(x: Vector, outcomes: Vector, free: Vector) -> _Fit | None:
    whole = np.atleast_1d(np.isfinite(x).all(axis=1))
    y = np.where(whole, outcomes, np.nan).T
    learnt = ~np.isnan(y[:, -1]) & (free > 0)
    if learnt.sum() < FEWEST_MONTHS:
        return None
    inputs = np.where(whole[:, None], x, 0.0)
    mean = np.average(x[learnt], axis=0, weights=free[learnt])
    weight = np.broadcast_to(free[:, None], y.shape)
    sample = _Sample(inputs, y, weight).with_prior(mean)
    coefficients = probit.fit(sample.x, sample.y, weight=sample.weight, penalty=_penalty())
    return _Fit(coefficients, mean, sample)


def _penalty() -> Vector:
    return np.array([0.0, *[SLOPE_PRIOR_SD**-2] * len(INPUTS)])


# ------------------------------------------------------------------------------------- calibration
def _log_odds(index: Vector) -> Vector:
    found: Vector = special.log_ndtr(index) - special.log_ndtr(-index)
    return found


def _calibration(
    x: Vector,
    months: pd.DatetimeIndex,
    curve: lag.Curve,
    outcomes: Vector,
    free: Vector,
    *,
    since: date,
) -> _Calibration:
    """Constant and slope, from past forecasts whose outcome is known.

    The forecasts of a year are those of the probit as it would have been fitted in its January. A
    window of ``h`` months counts once for every ``h`` months, and the five horizons together count
    as one.
    """
    indices, happened, weights = [], [], []
    values = curve.spread.to_numpy("float64")
    days = curve.spread.index.to_numpy().astype("datetime64[D]")
    year = months.year.to_numpy()
    for january in range(since.year, int(year[-1]) + 1):
        within = np.flatnonzero(year == january)
        if np.isnan(outcomes[:, within]).all():
            continue
        made = SERIES["GS10"].usual_release(months[within[0]].date())
        then = days < np.datetime64(month_of(made), "D")
        announced = tuple(point for point in curve.turning_points if point.announced <= made)
        coefficients = _as_made(
            (months[0].date(), x[: within[0] + 1].tobytes()),
            (values[then].tobytes(), days[then].tobytes()),
            announced,
            curve.rule,
            made,
        )
        if coefficients is not None:
            indices.append((x[within] @ coefficients).T)
            happened.append(outcomes[:, within])
            weights.append(np.outer(1 / np.array(HORIZONS), free[within]) / len(HORIZONS))
    if not indices:
        return _Calibration(0.0, 1.0, np.zeros((2, 2)))
    index, y, weight = (
        np.concatenate(part, axis=1).ravel() for part in (indices, happened, weights)
    )
    known = ~np.isnan(y) & np.isfinite(index)
    odds, weight = _log_odds(index[known]), weight[known]
    inputs = np.column_stack([np.ones(odds.size), odds])
    precision = np.array(CALIBRATION_PRIOR_SD) ** -2
    change = probit.newton(
        inputs, y[known, None], logit.slopes, precision, weight[:, None], offset=odds[:, None]
    )[:, 0]
    p = special.expit(odds + inputs @ change)
    information = inputs.T @ (inputs * (weight * p * (1 - p))[:, None])
    shrunk = np.linalg.inv(information + np.diag(precision))
    return _Calibration(float(change[0]), 1 + float(change[1]), shrunk @ information @ shrunk)


@lru_cache(maxsize=512)
def _as_made(
    inputs: tuple[date, bytes],
    spread: tuple[bytes, bytes],
    turning_points: tuple[TurningPoint, ...],
    rule: EpisodeRule,
    as_of: date,
) -> Vector | None:
    """The coefficients as fitted on a past day: rates are never revised, so again the same.

    Arrays come as bytes (with the first month; with the days), so that a walk through many days
    makes each past fit once.
    """
    x = np.frombuffer(inputs[1]).reshape(-1, 1 + len(INPUTS))
    month = np.datetime64(inputs[0], "M") + np.arange(len(x))
    months = pd.DatetimeIndex(month.astype("datetime64[us]"))
    days = np.frombuffer(spread[1], "datetime64[D]").astype("datetime64[us]")
    values = pd.Series(np.frombuffer(spread[0]), index=pd.DatetimeIndex(days))
    now = lag.clock(lag.Curve(values, turning_points, rule, as_of))
    fitted = _fit(x, _outcomes(months, turning_points, as_of), _free(months, now))
    return None if fitted is None else fitted.coefficients


def _outcomes(
    months: pd.DatetimeIndex, turning_points: Sequence[TurningPoint], as_of: date
) -> Vector:
    """Whether a recession started (horizons, months), as far as it could be learnt by a day."""
    start: Vector = labels.outcomes(months, turning_points, labels.learnable_through(as_of))[0]
    return start
