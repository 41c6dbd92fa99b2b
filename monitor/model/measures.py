"""The scores themselves, for many counts of the same months at once.

Each function takes forecasts ``p`` and outcomes ``y`` of shape (n,) and counts ``w`` of shape
(draws, n), how often each month is taken, and returns values of shape (draws,), not a number where
a score is undefined. A count of one for every month gives the plain score, the counts of a
bootstrap give its draws: both come from the same lines.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from monitor.model.forecast import Vector

CLIP: Final = 0.01
"""Forecasts are moved into [0.01, 0.99] before a logarithm is taken of them, in the log score and
in the calibration line, so that one month that was thought impossible does not decide a score."""

BINS: Final = 10
"""Bins of equal width on [0, 1] for the decomposition and the calibration error."""

_RIDGE: Final = 1e-9
"""Precision of the prior on the calibration line, for each month: keeps the Hessian regular."""

_STEPS: Final = 60
_TOLERANCE: Final = 1e-6
"""Newton's last step; the error after it is about its square."""

_LARGEST: Final = 500
"""Log-odds beyond which an exponential would overflow."""


def every(p: Vector, y: Vector, w: Vector, baseline: Vector | None) -> dict[str, Vector]:
    """Every score by its name; ``baseline`` is the Brier score of the reference, (draws,)."""
    values = ranking(p, y, w) | losses(p, y, w) | binned(p, y, w) | calibration(p, y, w)
    if baseline is not None:
        values["brier_skill"] = 1 - _ratio(values["brier"], baseline)
    return values


def _ratio(over: Vector, under: Vector) -> Vector:
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)


def losses(p: Vector, y: Vector, w: Vector) -> dict[str, Vector]:
    """Mean losses: the Brier score and the log score of the clipped forecasts."""
    clipped = np.clip(p, CLIP, 1 - CLIP)
    likelihood = y * np.log(clipped) + (1 - y) * np.log1p(-clipped)
    n = w.sum(axis=1)
    return {"brier": w @ (p - y) ** 2 / n, "log_score": -(w @ likelihood) / n}


def ranking(p: Vector, y: Vector, w: Vector) -> dict[str, Vector]:
    """Area under the ROC curve, ties counting half, and average precision."""
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.diff(p[order], prepend=-1.0))
    positive = np.add.reduceat(w[:, order] * y[order], starts, axis=1)
    negative = np.add.reduceat(w[:, order] * (1 - y[order]), starts, axis=1)
    positives, negatives = positive.sum(axis=1), negative.sum(axis=1)
    below = np.cumsum(negative, axis=1) - negative
    hits = np.cumsum(positive[:, ::-1], axis=1)[:, ::-1]
    alarms = hits + np.cumsum(negative[:, ::-1], axis=1)[:, ::-1]
    precise = np.divide(hits, alarms, out=np.zeros_like(hits), where=alarms > 0)
    return {
        "auroc": _ratio((positive * (below + negative / 2)).sum(axis=1), positives * negatives),
        "pr_auc": _ratio((positive * precise).sum(axis=1), positives),
    }


def place(p: Vector, bins: int) -> npt.NDArray[np.intp]:
    """Number of the bin of equal width that each forecast falls into; 1 falls into the last."""
    return np.minimum((p * bins).astype(np.intp), bins - 1)


def binned(p: Vector, y: Vector, w: Vector) -> dict[str, Vector]:
    """Parts of the Brier score and the calibration error, from ``BINS`` bins of equal width."""
    members = np.eye(BINS)[place(p, BINS)]
    n, count = w.sum(axis=1), w @ members
    share = y @ w.T / n
    forecast, observed = (_ratio(w @ (members * value[:, None]), count) for value in (p, y))
    # An empty bin has no mean, and no weight either.
    forecast, observed = np.nan_to_num(forecast), np.nan_to_num(observed)
    spread = w @ (members * (p**2)[:, None]) - count * forecast**2
    shared = w @ (members * (p * y)[:, None]) - count * forecast * observed
    return {
        "brier_reliability": (count * (forecast - observed) ** 2).sum(axis=1) / n,
        "brier_resolution": (count * (observed - share[:, None]) ** 2).sum(axis=1) / n,
        "brier_uncertainty": share * (1 - share),
        "brier_within": (spread - 2 * shared).sum(axis=1) / n,
        "ece": (count * np.abs(forecast - observed)).sum(axis=1) / n,
    }


def calibration(p: Vector, y: Vector, w: Vector) -> dict[str, Vector]:
    """Slope and intercept of the logistic regression of the outcomes on the log-odds forecasts.

    Newton's method, each step halved until it climbs.
    """
    x = special.logit(np.clip(p, CLIP, 1 - CLIP))
    line = np.full((len(w), 2), np.nan)
    exists = _overlap(x, y, w)
    if exists.any():
        line[exists] = _line(x, y, w[exists])
    return {"calibration_slope": line[:, 1], "calibration_intercept": line[:, 0]}


def _overlap(x: Vector, y: Vector, w: Vector) -> npt.NDArray[np.bool_]:
    """Whether a finite line exists: the two outcomes overlap (Albert and Anderson, 1984)."""
    ends = []
    for outcome in (0, 1):
        there = (w > 0) & (y == outcome)
        low = np.where(there, x, np.inf).min(axis=1)
        ends.append((low, np.where(there, x, -np.inf).max(axis=1)))
    (low0, high0), (low1, high1) = ends
    overlap: npt.NDArray[np.bool_] = (low1 < high0) & (low0 < high1)
    return overlap


def _line(x: Vector, y: Vector, w: Vector) -> Vector:
    """Intercept and slope for each row of counts, shape (draws, 2).

    With the sign of the outcome ``s = 2y - 1`` the chance given to what happened is
    ``expit(s (a + b x))``, so that one matrix holds all that a step needs.
    """
    design = (2 * y - 1) * np.stack([np.ones_like(x), x])
    ridge = _RIDGE * w.sum(axis=1)
    line = np.zeros((len(w), 2))
    given, height = _given(line, design, w, ridge)
    for _ in range(_STEPS):
        step = _newton(line, given, design, w, ridge)
        given, higher = _given(line + step, design, w, ridge)
        while (worse := higher < height - _TOLERANCE * np.abs(height)).any():
            step[worse] /= 2
            given, higher = _given(line + step, design, w, ridge)
        line, height = line + step, higher
        if np.abs(step).max() < _TOLERANCE:
            break
    return line


def _newton(line: Vector, given: Vector, design: Vector, w: Vector, ridge: Vector) -> Vector:
    missed = w * (1 - given)
    up = missed @ design.T - ridge[:, None] * line
    missed *= given
    squares = np.stack([design[0] ** 2, design[0] * design[1], design[1] ** 2])
    a, b, c = (missed @ squares.T).T
    a, c = a + ridge, c + ridge
    step = np.column_stack([c * up[:, 0] - b * up[:, 1], a * up[:, 1] - b * up[:, 0]])
    step /= (a * c - b * b)[:, None]
    return step


def _given(line: Vector, design: Vector, w: Vector, ridge: Vector) -> tuple[Vector, Vector]:
    """Chance given to what happened, shape (draws, n), and the log posterior, (draws,)."""
    chance = 1 / (1 + np.exp(-np.clip(line @ design, -_LARGEST, _LARGEST)))
    likelihood = np.einsum("ij,ij->i", w, np.log(chance))
    return chance, likelihood - ridge / 2 * (line**2).sum(axis=1)
