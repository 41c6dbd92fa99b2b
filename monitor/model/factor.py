"""Probit members: the New York Fed's published model."""

from __future__ import annotations

from datetime import date

import numpy as np
from scipy import special

from monitor.domain import HEADLINE_HORIZON, HORIZONS
from monitor.model.forecast import Forecast

ID = "nyfed_probit"

COEFFICIENTS = (-0.5333, -0.6330)
"""Constant and slope of ``P(recession in month t + 12) = Phi(a + b spread)``: the New York Fed's
"The Yield Curve as a Leading Indicator", recovered from its published probabilities to 2e-14."""

COVARIANCE = ((0.03516, -0.00850), (-0.00850, 0.02030))
"""Covariance of the coefficients, which the New York Fed does not publish: Newey and West
(Econometrica 55, 1987) with scores correlated over two years, on the outcomes of 1959-2009.
``tests/unit/test_factor.py`` computes it from the bundled history."""

ESTIMATED_THROUGH = date(2009, 12, 31)
"""The coefficients rest on outcomes up to here and have been frozen since: before this day the
member is not out of sample."""

_STATES = 101


def published(spread: float) -> float:
    """The New York Fed's probability of a recession in the month twelve months on.

    Args:
        spread: mean of the month, ten-year less bond-equivalent three-month, percentage points.
    """
    constant, slope = COEFFICIENTS
    return float(special.ndtr(constant + slope * spread))


def forecast(spread: float, month: date) -> Forecast:
    """The published probability as that of a start within twelve months, and other horizons.

    The published number is the probability of *being* in recession in month ``t + 12``. Read, as
    is usual, as the probability that one starts within twelve months, it is spread over other
    horizons with a constant hazard: ``1 - (1 - p)^(h / 12)``. That extension is ours.

    Args:
        spread: newest monthly 10y-3m spread, in percentage points.
        month: its month.
    """
    x = np.array([1.0, spread])
    index = x @ np.array(COEFFICIENTS)
    error = np.sqrt(x @ np.array(COVARIANCE) @ x)
    states = special.ndtr(index + error * special.ndtri((np.arange(_STATES) + 0.5) / _STATES))
    p = published(spread)
    return Forecast(
        id=ID,
        probability={h: 1 - (1 - p) ** (h / HEADLINE_HORIZON) for h in HORIZONS},
        values={h: 1 - (1 - states) ** (h / HEADLINE_HORIZON) for h in HORIZONS},
        weights=np.full(_STATES, 1 / _STATES),
        note=(
            f"spread of {month:%Y-%m}; coefficients estimated on 1959-2009, frozen since; published"
            " for 12 months, the other horizons are ours, with a constant hazard"
        ),
    )
