"""What came true: recession months and the outcomes that a forecast is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.domain import HORIZONS, TARGETS, TurningPoint, add_months
from monitor.model.forecast import Vector

LABEL_DELAY_MONTHS = 12
"""A peak has been announced at most twelve months after it (December 2007 took the longest), so
that a month that lies further back and was not announced to be one of recession was none."""


def learnable_through(as_of: date) -> date:
    """Last month whose state counts as known on a day.

    It is the newest month that had ended twelve months before the month of ``as_of`` began: the
    month of ``as_of`` less thirteen. On any day of February 2020, when the newest monthly mean is
    that of January 2020, it is January 2019: origins reach to ``t - 12 - h``, where ``t`` is the
    month of the newest mean.

    Args:
        as_of: the day.
    """
    return add_months(as_of, -LABEL_DELAY_MONTHS - 1)


def recessions(
    months: pd.DatetimeIndex, turning_points: Sequence[TurningPoint], through: date
) -> Vector:
    """Which months belong to a recession: those after a peak, up to and with the trough.

    Args:
        months: first days of months.
        turning_points: those announced, in order of their month. After a peak whose trough has
            not been announced, the months stay in recession.
        through: last month whose state is known.

    Returns:
        For each month 1.0 in recession, 0.0 outside, NaN after ``through``.
    """
    number = months.to_numpy("datetime64[M]")
    state = np.zeros(number.size)
    for point in turning_points:
        state[number > np.datetime64(point.month, "M")] = float(point.kind == "peak")
    state[number > np.datetime64(through, "M")] = np.nan
    return state


def outcomes(
    months: pd.DatetimeIndex, turning_points: Sequence[TurningPoint], through: date
) -> npt.NDArray[np.float64]:
    """What happened after each month, for every target and horizon.

    A window that reaches beyond ``through`` has no outcome, even where a recession has begun in
    it already: were those kept and the others not, recessions would be over-represented.

    Args:
        months: origins, first days of consecutive months.
        turning_points: as for :func:`recessions`.
        through: last month whose state is known; it may lie after the last origin.

    Returns:
        An array (targets, horizons, months) in the order of :data:`monitor.domain.TARGETS` and
        :data:`monitor.domain.HORIZONS`: 1.0 it happened, 0.0 it did not, NaN not known, and for
        ``start`` also where the origin itself is in recession.
    """
    size, longest = len(months), max(HORIZONS)
    found = np.full((len(TARGETS), len(HORIZONS), size), np.nan)
    if not size:
        return found
    first = months[0].to_numpy().astype("datetime64[M]")
    grid = pd.DatetimeIndex((first + np.arange(size + longest)).astype("datetime64[us]"))
    state = recessions(grid, turning_points, through)
    count = np.concatenate([[0.0], np.cumsum(state)])
    outside = np.where(state[:size] == 0.0, 0.0, np.nan)
    for row, horizon in enumerate(HORIZONS):
        # NaN runs on through the sum, so that a window beyond the known months is NaN by itself.
        within = count[horizon + 1 : horizon + 1 + size] - count[1 : size + 1]
        some = np.where(np.isnan(within), np.nan, np.minimum(within, 1.0))
        of = {"start": some + outside, "at": state[horizon : horizon + size], "any": some}
        for place, target in enumerate(TARGETS):
            found[place, row] = of[target]
    return found
