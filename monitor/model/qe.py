"""Recession, easing, lower bound and asset purchases on the same paths.

*One simulation.* The paths of :mod:`monitor.model.policy` are those of an ordinary reaction. Every
recession since 1957 has brought cuts, so the recessions are laid on the paths on which the rate is
lowest, the earliest on the lowest: then the odds of a recession are those of the headline, and the
odds of a cut stay close to those of the meetings. They rise where a recession is likelier than a
cut, as in August 2023; then some paths have a recession that the Fed does not answer. On half of
the paths with a recession it eases at least as far as it did in a past recession, drawn at random,
counted from today's rate: so the odds of the lower bound rest in equal parts on what the meetings
have taught and on the depth of past easings. Beside the past recessions two more may be drawn, one
without any easing and one that goes to the bound within half a year; they are a uniform prior for
the share of recessions that need more than the room there is.

*Asset purchases* follow an arrival at the bound with the probability of the Beta posterior under a
uniform prior (one of one by 2008, two of two by 2020). Away from the bound there have been none by
way of stance since 1982-09-27, from when on the target is known: the posterior mean under Jeffreys'
prior is half a programme in those years. Purchases to manage reserves are no QE, see
:mod:`monitor.model.regimes`.

That QE should come after cuts is a result of Brunnermeier and Koby, "The Reversal Interest Rate"
(NBER working paper 25406): purchases raise the rate below which a cut tightens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from monitor import fomc
from monitor.domain import (
    HORIZONS,
    AtBound,
    Interval,
    LowerBound,
    Panel,
    TargetRate,
    add_months,
)
from monitor.model.forecast import Vector
from monitor.model.policy import LEADS, MONTH_DAYS, SEED, STEP, Paths
from monitor.model.programmes import programmes

FOLLOWS_PAST: Final = 0.5
"""Share of recession paths on which the Fed eases at least as in a past recession."""

FOLLOWED_WITHIN: Final = timedelta(days=92)
"""Between an arrival at the bound and a programme that counts as having come with it."""

PAUSE_MONTHS: Final = 12.0
"""At the bound without a programme, one that comes does so within so many months, unless the rate
rises before; each month is as likely."""

_TO_BOUND_MONTHS: Final = 6
_FIRST_TARGET: Final = date(1982, 9, 27)
_YEAR_DAYS: Final = 365.25
_FEWEST_YEARS: Final = 10.0
_LEVEL: Final = 0.9
_NEVER: Final = np.inf
_AT_BOUND: Final = STEP + 1e-9
"""Above the lower end of the range at the bound: its upper end, or a target of that height."""


# ---------------------------------------------------------------------------------------- easings
@dataclass(frozen=True, slots=True, eq=False)
class Easing:
    """How far the Fed eased in a past recession.

    Attributes:
        start: first month of the recession.
        fall: largest fall of the monthly effective rate from the month of the peak within 1 to 24
            months of the recession, in percentage points (24,).
        bound_after: months of recession after which the rate was at the bound, so that it might
            have fallen further, counted from 1; ``None`` where it never was.
    """

    start: date
    fall: Vector
    bound_after: int | None


def easings(panel: Panel) -> tuple[Easing, ...]:
    """The recessions that were known and over for long enough, with the fall of the rate in each.

    Mean falls over ten recessions from 1957 to 2020 are 1.15, 2.42, 3.32, 4.39 and 4.54 percentage
    points within 3, 6, 12, 18 and 24 months.
    """
    funds = panel.series.get("FEDFUNDS")
    if funds is None:
        return ()
    found = []
    for point in panel.turning_points:
        months = pd.date_range(point.month, periods=LEADS + 1, freq="MS")
        rate = funds.reindex(months).to_numpy("float64")
        if point.kind != "peak" or np.isnan(rate).any():
            continue
        low = np.flatnonzero(rate[1:] < STEP)
        fall = np.maximum.accumulate(np.maximum(rate[0] - rate[1:], 0.0))
        found.append(
            Easing(add_months(point.month, 1), fall, int(low[0]) + 1 if low.size else None)
        )
    return tuple(found)


def room(
    target: TargetRate, bound: float, reversal: float | None, known: Sequence[Easing]
) -> LowerBound:
    """Room to cut, and in how many past recessions it would not have been enough.

    Args:
        target: where the rate stands.
        bound: lower end of the range at the bound, in percent.
        reversal: the reversal rate, if one is assumed.
        known: see :func:`easings`.
    """
    left = max(target.lower - bound, 0.0)
    falls = [float(it.fall[-1]) for it in known]
    return LowerBound(
        bound=bound,
        room=left,
        reversal_rate=reversal,
        easings=len(falls),
        deeper=sum(fall >= left for fall in falls),
        mean_easing=float(np.mean(falls)) if falls else None,
    )


# ----------------------------------------------------------------------------------- coherent paths
@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What happens on each path; times in months from today, infinite where it never does.

    Attributes:
        recession: start of the recession, 0 where there is one already (paths,).
        cut, hike: first cut and first hike of the rate that is set.
        bound: first time the bound is reached, 0 where the rate is there.
        rate: the rate that is set after each event, in percent (paths, events).
        paths: what it was made from.
    """

    recession: Vector
    cut: Vector
    hike: Vector
    bound: Vector
    rate: Vector
    paths: Paths

    def months(self, as_of: date, horizon: int) -> float:
        """Months of the model's even length in so many months of the calendar."""
        after = pd.Timestamp(as_of) + pd.DateOffset(months=horizon)
        return (after - pd.Timestamp(as_of)).days / MONTH_DAYS


def unfold(
    paths: Paths,
    *,
    start: Mapping[int, float],
    now: float | None,
    known: Sequence[Easing],
    bound: float,
) -> Outcome:
    """Lay recessions and easings on the paths of an ordinary reaction.

    Args:
        paths: the shadow rate.
        start: horizon to the probability that a recession starts within it.
        now: probability of being in one already; ``None`` counts as 0.
        known: past easings.
        bound: lower end of the range at the bound, in percent.
    """
    count = len(paths.rate)
    recession = np.empty(count)
    recession[np.argsort(paths.rate.mean(axis=1), kind="stable")] = _starts(
        start, now or 0.0, count
    )
    time = paths.offset / MONTH_DAYS
    room = max(paths.start - bound - STEP / 2, 0.0)
    shadow = np.minimum(paths.rate, paths.start - _falls(known, room, recession, time))
    rate = np.maximum(shadow, min(bound + STEP / 2, paths.start))
    change = np.diff(rate, axis=1, prepend=paths.start)
    reached = shadow <= bound + _AT_BOUND
    first = 0.0 if paths.start <= bound + _AT_BOUND else _NEVER
    return Outcome(
        recession=recession,
        cut=_first(change < 0, time),
        hike=_first(change > 0, time),
        bound=np.minimum(_first(reached, time), first),
        rate=rate,
        paths=paths,
    )


def _starts(start: Mapping[int, float], now: float, count: int) -> Vector:
    """Months until the recession starts at evenly spaced quantiles, in order.

    Between two horizons each day is as likely: unlike a smooth curve through the odds, this never
    puts a start later where one of them is higher.
    """
    odds = np.maximum.accumulate([0.0, *(start[horizon] for horizon in HORIZONS)])
    quantile = ((np.arange(count) + 0.5) / count - now) / max(1 - now, 1e-12)
    found = np.interp(quantile, odds + np.arange(odds.size) * 1e-12, [0.0, *HORIZONS])
    return np.where(quantile > odds[-1], _NEVER, found)


def _falls(known: Sequence[Easing], room: float, recession: Vector, time: Vector) -> Vector:
    """How far below today's rate each path is taken by the easing drawn for it (paths, events)."""
    random = np.random.default_rng(SEED)
    count = recession.size
    follows = random.random(count) < FOLLOWS_PAST
    drawn = random.integers(len(known) + 2, size=count)
    other = random.random(count)
    table = np.zeros((len(known) + 2, LEADS + 1))
    for row, easing in enumerate(known):
        table[row, 1:] = easing.fall
    table[-1] = room * np.minimum(np.arange(LEADS + 1) / _TO_BOUND_MONTHS, 1.0)
    profile = table[drawn]
    for row, easing in enumerate(known):
        if easing.bound_after is not None:
            at = drawn == row
            profile[at] = _beyond(easing, known, table, other[at])
    months = np.floor(time[None, :] - recession[:, None])
    inside = follows[:, None] & (months >= 0)
    place = np.where(inside, np.minimum(months, LEADS), 0).astype(np.intp)
    fall = np.take_along_axis(profile, place, axis=1)
    # The Fed moves in steps; half a step more must not count as one.
    with np.errstate(invalid="ignore"):
        steps = np.floor(fall / STEP + 1e-9) * STEP
    found: Vector = np.where(inside, steps, -_NEVER)
    return found


def _beyond(easing: Easing, known: Sequence[Easing], table: Vector, draw: Vector) -> Vector:
    """An easing that stopped at the bound, continued by one that went further, drawn evenly."""
    own: Vector = np.concatenate([[0.0], easing.fall])
    place = easing.bound_after or 0
    reached = own[place]
    deeper = [
        row for row, it in enumerate(known) if it.bound_after is None and it.fall[-1] > reached
    ]
    if not deeper:
        return np.tile(own, (draw.size, 1))
    chosen = np.array(deeper)[(draw * len(deeper)).astype(np.intp)]
    further: Vector = np.maximum(table[chosen], own)
    further[:, : place + 1] = own[: place + 1]
    return further


def _first(happens: npt.NDArray[np.bool_], time: Vector) -> Vector:
    return np.where(happens.any(axis=1), time[happens.argmax(axis=1)], _NEVER)


# -------------------------------------------------------------------------------- asset purchases
def at_bound(panel: Panel) -> AtBound:
    """Arrivals at the bound that were known, and how many a programme of QE came with.

    An arrival is a decision that took the lower end of the target to zero. With nothing known of
    it the posterior is the uniform prior: one half.
    """
    announced = [
        it.announced for it in programmes() if it.kind == "qe" and it.announced <= panel.as_of
    ]
    arrivals = [
        it.day
        for it in fomc.decisions(panel)
        if it.lower is not None and it.lower <= 0 and it.change is not None and it.change < 0
    ]
    followed = sum(
        any(abs(day - arrival) <= FOLLOWED_WITHIN for day in announced) for arrival in arrivals
    )
    posterior = stats.beta(1 + followed, 1 + len(arrivals) - followed)
    low, high = posterior.interval(_LEVEL)
    return AtBound(
        len(arrivals), followed, float(posterior.mean()), Interval(float(low), float(high))
    )


def off_bound(panel: Panel) -> float:
    """Programmes of QE to expect in a year away from the bound.

    There was none since 1982-09-27; half a programme over those years is the posterior mean of a
    Poisson rate under Jeffreys' prior. It is taken over ten years at least.
    """
    known = [it for it in fomc.decisions(panel) if it.lower is not None]
    ends = [*(it.day for it in known[1:]), panel.as_of][: len(known)]
    days = (panel.as_of - _FIRST_TARGET).days
    for one, after in zip(known, ends, strict=True):
        if one.lower is not None and one.lower <= 0:
            days -= (after - one.day).days
    return 0.5 / max(days / _YEAR_DAYS, _FEWEST_YEARS)


def purchases(outcome: Outcome, months: float, follow: float | Vector, off: float) -> Vector:
    """Probability of QE within some months on each path.

    Args:
        outcome: what happens on the paths.
        months: the horizon.
        follow: probability that purchases come with an arrival at the bound, one for all paths
            or one for each.
        off: programmes a year away from the bound.
    """
    waits = np.minimum(np.minimum(outcome.hike, months) / PAUSE_MONTHS, 1.0)
    share = np.where(outcome.bound > months, 0.0, np.where(outcome.bound > 0, 1.0, waits))
    allowance = -np.expm1(-off * months * MONTH_DAYS / _YEAR_DAYS)
    found: Vector = share * follow + (1 - share) * allowance
    return found
