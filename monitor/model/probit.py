"""Probits by Newton's method, many outcomes at once, and covariances for overlapping windows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from monitor.domain import Said
from monitor.errors import ModelError
from monitor.model.forecast import Vector

RIDGE = 1e-6
"""Penalty ``RIDGE / 2 * |b|^2`` on all coefficients. It moves an ordinary estimate by less than a
millionth, and keeps one finite where the inputs separate the outcomes perfectly."""

_STEPS = 60
_TOLERANCE = 1e-7
"""Newton's method squares its error: after a step of that size, what is left is rounding."""

_HALVINGS = 40
_LONG = 1e-3
"""Shorter steps are taken whole: they cannot overshoot by more than rounding."""

_ROOT_2 = np.sqrt(2.0)


Slopes = Callable[[Vector], tuple[Vector, Vector]]
"""``z -> `` first and negative second derivative of the logarithm of a link at ``z``."""


def fit(
    x: Vector, y: Vector, *, weight: Vector | None = None, penalty: Vector | None = None
) -> Vector:
    """Maximum-likelihood probits of several outcomes on the same inputs.

    The log-likelihood is concave (Pratt, Journal of the American Statistical Association 76,
    1981); a very small ridge is added.

    Args:
        x: inputs (months, inputs); a constant is an input like any other.
        y: outcomes (months, outcomes), 1 or 0; NaN leaves the month out of that outcome's fit.
        weight: how much each month counts in each fit (months, outcomes); 1 where not given.
        penalty: the ridge on each coefficient (inputs) where it is to be more than that: the
            inverse variance of a normal prior around zero.

    Returns:
        Coefficients (inputs, outcomes).

    Raises:
        ModelError: the method did not converge.
    """
    ridge = RIDGE + (np.zeros(x.shape[1]) if penalty is None else penalty)
    return newton(x, y, slopes, ridge, weight)


def newton(
    x: Vector,
    y: Vector,
    link: Slopes,
    ridge: Vector,
    weight: Vector | None = None,
    *,
    offset: Vector | float = 0.0,
) -> Vector:
    """Newton's method on the penalised log-likelihoods of several outcomes at once.

    Args:
        x: as for :func:`fit`.
        y: as for :func:`fit`.
        link: derivatives of a link with ``link(-z) = 1 - link(z)`` and a concave logarithm.
        ridge: second derivative of the penalty on each coefficient (inputs).
        weight: as for :func:`fit`.
        offset: part of the index that is given (months, outcomes).

    Returns:
        Coefficients (inputs, outcomes).

    Raises:
        ModelError: the method did not converge.
    """
    known = ~np.isnan(y)
    sign = np.where(known, 2 * y - 1, 0.0)
    shares = known.astype(float) if weight is None else np.where(known, weight, 0.0)
    inputs = x.shape[1]
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1).T
    coefficients = np.zeros((inputs, y.shape[1]))
    first, second = link(sign * (offset + x @ coefficients))
    gradient = x.T @ (shares * sign * first) - ridge[:, None] * coefficients
    for _ in range(_STEPS):
        curvature = (products @ (shares * second)).T.reshape(-1, inputs, inputs)
        step = np.linalg.solve(curvature + np.diag(ridge), gradient.T[:, :, None])[:, :, 0].T
        start, before = coefficients, gradient
        for _ in range(_HALVINGS):
            coefficients = start + step
            first, second = link(sign * (offset + x @ coefficients))
            gradient = x.T @ (shares * sign * first) - ridge[:, None] * coefficients
            # Where the likelihood is flat a whole step overshoots: it falls more than it rose.
            beyond = (gradient * step).sum(axis=0) < -(before * step).sum(axis=0)
            beyond &= np.abs(step).max(axis=0) > _LONG
            if not beyond.any():
                break
            step = np.where(beyond, step / 2, step)
        if np.abs(step).max() < _TOLERANCE * (1 + np.abs(coefficients).max()):
            return coefficients
    raise ModelError(
        Said("a fit did not converge in {steps} steps: look at its inputs", steps=_STEPS)
    )


def scores(
    x: Vector, y: Vector, coefficients: Vector, link: Slopes | None = None
) -> tuple[Vector, Vector]:
    """Derivatives of one fit's log-likelihood with respect to its index, month by month.

    Args:
        x: inputs (months, inputs).
        y: one outcome (months), 1, 0 or NaN.
        coefficients: of that outcome (inputs).
        link: as for :func:`newton`; the probit's where not given.

    Returns:
        First derivative and negative second derivative (months each), zero where ``y`` is NaN.
    """
    known = ~np.isnan(y)
    sign = np.where(known, 2 * y - 1, 0.0)
    first, second = (link or slopes)(sign * (x @ coefficients))
    return sign * first, known * second


def covariance(x: Vector, score: Vector, weight: Vector, lag: int, penalty: Vector) -> Vector:
    """Covariance of a fit's coefficients where the outcomes' windows overlap.

    The sandwich with the scores' autocovariances up to ``lag``, weighted down linearly (Newey and
    West, Econometrica 55, 1987).

    Args:
        x: inputs (consecutive months, inputs).
        score: derivative of the log-likelihood with respect to the index (months); zero for
            months left out.
        weight: its negative second derivative (months); zero for months left out.
        lag: months over which scores are correlated: those of a window.
        penalty: second derivative of the penalty on each coefficient (inputs).
    """
    bread = np.linalg.inv(x.T @ (x * weight[:, None]) + np.diag(penalty))
    moments = x * score[:, None]
    meat = moments.T @ moments
    for months in range(1, lag + 1):
        shared = moments[months:].T @ moments[:-months]
        meat += (1 - months / (lag + 1)) * (shared + shared.T)
    sandwich: Vector = bread @ meat @ bread
    return sandwich


def slopes(z: Vector) -> tuple[Vector, Vector]:
    """Derivatives of ``log Phi``: the hazard ``phi / Phi`` and the hazard times itself and ``z``.

    By the scaled complementary error function, so that no tail is lost.
    """
    hazard: Vector = np.sqrt(2 / np.pi) / special.erfcx(-z / _ROOT_2)
    return hazard, hazard * (hazard + z)
