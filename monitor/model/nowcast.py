"""Whether the economy is in a recession now: unemployment, payrolls, production, and NBER's word.

A penalised logit on the newest figures known, fitted to the months whose state was announced. Once
NBER has announced a peak and no trough, its prior odds change: from the share of recession months
in the past to the probability that a recession lasts as long as this one would have (Saerens,
Latinne and Decaestecker, Neural Computation 14, 2002, for the correction of the odds). What is
known of the figures goes on counting, so that the probability falls after a trough that has not
been announced.

The form was chosen on data before 1985, walking forward from 1960-01 to 1984-12 with the latest
vintage: mean log score 0.331 and AUROC 0.913 with all three inputs, 0.347 and 0.890 without
production, 0.430 and 0.777 with Sahm's gap alone, 0.330 and 0.917 without it; a hundredth is within
chance, and the gap stays because readers know it. Without the change of the odds the log score was
0.336, without limits on the inputs 0.329; those are there for spring 2020. Since 1985 the change of
the odds has cost more than it gave (Brier score 0.047 with it, 0.042 without): NBER took so long
that the recessions were mostly over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from scipy import special

from monitor.domain import (
    Interval,
    Nowcast,
    Panel,
    Said,
    TurningPoint,
    add_months,
    joined,
    month_of,
    months_between,
    phrase,
)
from monitor.errors import ModelError
from monitor.features import sahm_gap
from monitor.model import chain, horizons, labels, logit, probit
from monitor.model.forecast import Vector
from monitor.model.pool import LEVEL
from monitor.model.sample import FEWEST_MONTHS, FEWEST_RECESSIONS

PENALTY = 1.0
"""Inverse variance of the normal prior around 0 of each slope, for standardised inputs."""

LARGEST_SCORE = 3.0
"""An input counts up to so many standard deviations from its median, both robust: else the months
of spring 2020, thirty of them away in payrolls, would decide the fit alone."""

OLDEST_MONTHS = 4
"""A figure older than this says nothing of the current month and is left out."""

PEAK = "announced_peak"
"""Name of the contribution of an announced peak without an announced trough."""

_FIRST: Final = date(1948, 1, 1)
_QUARTILES: Final = (25, 50, 75)
_NORMAL_QUARTILES: Final = 1.349
_CORRELATED_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Input:
    """One of the figures read.

    Attributes:
        name: as in the contributions.
        title: the figure behind it, for the reader.
        series: identifier of the series.
        of: from the series and the months asked for to the input in those months.
    """

    name: str
    title: str
    series: str
    of: Callable[[pd.Series[float], pd.DatetimeIndex], Vector]


def _gap(values: pd.Series[float], months: pd.DatetimeIndex) -> Vector:
    return np.asarray(sahm_gap(values).reindex(months), np.float64)


def _growth(values: pd.Series[float], months: pd.DatetimeIndex) -> Vector:
    """Change over three months, in percent of the value then."""
    figures = np.asarray(values.reindex(months), np.float64)
    then = np.concatenate([np.full(3, np.nan), figures[:-3]])
    growth: Vector = 100 * (figures / then - 1)
    return growth


INPUTS: Final = (
    Input("sahm_gap", Said("unemployment"), "UNRATE", _gap),
    Input("payrolls_3m", Said("payrolls"), "PAYEMS", _growth),
    Input("production_3m", Said("production"), "INDPRO", _growth),
)
"""Sahm's gap in percentage points, and growth over three months in percent."""

REQUIRED_SERIES: Final = tuple(one.series for one in INPUTS)


@dataclass(frozen=True, slots=True)
class _Reading:
    """An input on one day.

    Attributes:
        input: which one.
        month: its newest month with a value.
        figures: for each month of the grid the value that was as old then.
    """

    input: Input
    month: date
    figures: Vector


@dataclass(frozen=True, slots=True)
class _Fit:
    """The logit on one day.

    Attributes:
        coefficients: the constant's, then the inputs'.
        covariance: theirs.
        newest: inputs of the current month behind a 1, standardised.
        share: share of recession months among those learnt from.
    """

    coefficients: Vector
    covariance: Vector
    newest: Vector
    share: float


def nowcast(panel: Panel) -> Nowcast:
    """The probability that the economy is in a recession in the month of the panel's day.

    Each series enters with its newest figure, however old: the fit pairs past months with figures
    that were as old then. A series that is absent or too old is left out and named in the note.

    Args:
        panel: what was known; see :data:`REQUIRED_SERIES`.

    Raises:
        ModelError: none of the series is known, or there are too few months or recessions to
            learn from.
    """
    month = month_of(panel.as_of)
    months = _months_to(month)
    readings = [it for one in INPUTS if (it := _reading(panel, one, months)) is not None]
    if not readings:
        raise ModelError(
            Said("none of {series} is known: pull them", series=", ".join(REQUIRED_SERIES))
        )
    state = labels.recessions(months, panel.turning_points, _settled(panel))
    fit = _fit(np.column_stack([it.figures for it in readings]), state)
    age = _age(panel.turning_points, month)
    base, *terms = (fit.coefficients * fit.newest).tolist()
    names = [it.input.name for it in readings]
    if age is not None:
        names.append(PEAK)
        terms.append(_change_of_odds(panel.turning_points, age, fit.share))
    index = base + sum(terms)
    reach = special.ndtri((1 + LEVEL) / 2) * np.sqrt(fit.newest @ fit.covariance @ fit.newest)
    low, probability, high = special.expit(index + reach * np.array([-1, 0, 1])).tolist()
    known = {it.input.name: float(it.figures[-1]) for it in readings}
    return Nowcast(
        month=month,
        probability=probability,
        interval=Interval(low, high),
        contributions=horizons.contributions(
            names, np.array(terms), base, special.expit, probability
        ),
        sahm_gap=known.get("sahm_gap"),
        payrolls_change=known.get("payrolls_3m"),
        age=age,
        note=_note(readings, month, age),
    )


def _months_to(month: date) -> pd.DatetimeIndex:
    """As pandas' ``date_range``, at a hundredth of its price."""
    ahead = np.arange(months_between(_FIRST, month) + 1)
    return pd.DatetimeIndex((np.datetime64(_FIRST, "M") + ahead).astype("datetime64[us]"))


def _reading(panel: Panel, one: Input, months: pd.DatetimeIndex) -> _Reading | None:
    """The input with its newest value in the last place, or ``None`` if it has none."""
    if one.series not in panel.series:
        return None
    figures = one.of(panel.series[one.series], months)
    known = np.flatnonzero(~np.isnan(figures))
    old = figures.size - 1 - known[-1] if known.size else figures.size
    if old > OLDEST_MONTHS:
        return None
    shifted = np.concatenate([np.full(old, np.nan), figures[: figures.size - old]])
    return _Reading(one, months[known[-1]].date(), shifted)


def _settled(panel: Panel) -> date:
    """Last month whose state is known.

    Beside the delay of all labels: up to an announced trough all is known, and after an announced
    peak nothing until the trough is announced.
    """
    through = labels.learnable_through(panel.as_of)
    if not panel.turning_points:
        return through
    last = panel.turning_points[-1]
    return min(through, last.month) if last.kind == "peak" else max(through, last.month)


def _age(turning_points: Sequence[TurningPoint], month: date) -> int | None:
    if not turning_points or turning_points[-1].kind == "trough":
        return None
    return months_between(turning_points[-1].month, month)


def _change_of_odds(turning_points: Sequence[TurningPoint], age: int, share: float) -> float:
    """Log odds that a recession lasts so long, less those of the share learnt from."""
    lasting = horizons.inside(np.array(chain.durations(turning_points).lasting(age)))
    return float(special.logit(lasting) - special.logit(share))


def _fit(values: Vector, state: Vector) -> _Fit:
    """The logit of the state on the inputs.

    The covariance allows for scores that are correlated over a year (Newey and West, Econometrica
    55, 1987): a recession is one piece of evidence, not one a month.

    Args:
        values: inputs (months, inputs), NaN where not known; the last row is the current month.
        state: 1 in recession, 0 outside, NaN where not known (months).
    """
    learnt = ~np.isnan(values).any(axis=1) & ~np.isnan(state)
    y = state[learnt]
    begun = np.count_nonzero(np.diff(y) > 0)
    if y.size < FEWEST_MONTHS or begun < FEWEST_RECESSIONS:
        raise ModelError(
            Said(
                "{months} months with {recessions} recessions are too few to tell one by:"
                " {fewest_months} and {fewest_recessions} are needed",
                months=y.size,
                recessions=int(begun),
                fewest_months=FEWEST_MONTHS,
                fewest_recessions=FEWEST_RECESSIONS,
            )
        )
    low, median, high = np.percentile(values[learnt], _QUARTILES, axis=0)
    score = (values - median) / ((high - low) / _NORMAL_QUARTILES)
    x = np.column_stack([np.ones(len(values)), score.clip(-LARGEST_SCORE, LARGEST_SCORE)])
    newest = x[-1].copy()
    # A month left out keeps its place, so that the autocovariances are of months in order.
    x[~learnt] = 0.0
    known = np.where(learnt, state, np.nan)
    penalty = np.append(0.0, np.full(values.shape[1], PENALTY))
    coefficients = probit.newton(x, known[:, None], logit.slopes, penalty)[:, 0]
    slopes = probit.scores(x, known, coefficients, logit.slopes)
    covariance = probit.covariance(x, *slopes, _CORRELATED_MONTHS, penalty)
    return _Fit(coefficients, covariance, newest, float(y.mean()))


def _note(readings: Sequence[_Reading], month: date, age: int | None) -> str:
    """The months of the data, what is missing, and what NBER has said."""
    enumerated = phrase("{one}, {other}")
    figures = (
        Said("{input} of {month}", input=it.input.title, month=f"{it.month:%Y-%m}")
        for it in readings
    )
    parts = [joined(enumerated, figures)]
    absent = [one.title for one in INPUTS if one not in [it.input for it in readings]]
    if absent:
        parts.append(
            Said(
                "without {inputs}, which the day does not have",
                inputs=joined(enumerated, absent),
            )
        )
    if age is not None:
        parts.append(
            Said(
                "NBER has announced the peak of {month} and no trough",
                month=f"{add_months(month, -age):%Y-%m}",
            )
        )
    return joined(phrase("{one}; {other}"), parts)
