"""The reaction function of the FOMC: the odds of each move at each coming meeting, as paths.

An ordered logit of what a meeting decides (cut of 50 basis points or more, cut of 25, hold, hike
of 25, of 50 or more) on what was known at an earlier month's end: the three-month, one-year and
two-year rates less the target *as it stands before that meeting*, each fading with the months in
between, and the direction of the last move, fading with its age. Every decision since 1990 is
learnt from each of the 24 month's ends before it, so that one set of coefficients speaks of the
next meeting and of the one after sixteen others. Between meetings the Fed moves rarely: cuts come
at a rate that rises as the one-year yield falls below the target.

From today the meetings are simulated one after the other; each path goes on from its own last move
and its own gap to today's yields. Coefficients are drawn from their posterior (normal
approximation), so that the spread of the odds tells how well they are known. The simulated rate is
a *shadow rate* (Black, Journal of Finance 50, 1995): it may fall below the lower bound; the rate
that is set is the greater of the two, see :mod:`monitor.model.qe`. In history a hold at the bound
counts as "no hike", whatever the rule would have asked for.

Where fewer than :data:`FEWEST_MEETINGS` decisions are known (before 1993), months take the place
of meetings and the mean effective funds rate that of the target.

Ordered outcomes at meeting frequency are after Hu and Phillips (2002) and Hamilton and Jorda
(Journal of Political Economy 110, 2002). The form (features, rates of fading, penalty) was chosen
with the forecasts of 1995 to 2025 in sight; what it is judged on is therefore no clean test of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special

from monitor import fomc
from monitor.domain import Decision, Panel, Said, TargetRate, month_of
from monitor.errors import InsufficientData
from monitor.features import bond_equivalent_yield
from monitor.model.forecast import Vector

NEEDED: Final = (
    "DFEDTARU", "DFEDTARL", "DFF", "EFFR", "FEDFUNDS",
    "DGS3MO", "DGS1", "DGS2", "TB3MS", "GS1", "GS2", "GS3",
)  # fmt: skip
"""What a panel should hold."""

FEWEST_MEETINGS: Final = 24
"""Decisions with an outcome, three years of them, from which on meetings are learnt from."""

LEADS: Final = 24
"""Months before a decision from which it is learnt, and months simulated."""

PENALTY: Final = 0.5
"""Inverse variance of the normal prior around 0 of each slope."""

PATHS: Final = 20_000
STATES: Final = 40
"""Paths of a simulation, and draws of the coefficients among them."""

SEED: Final = 19140810
"""Of the simulation: the same panel gives the same bytes. The first Board was sworn in that day."""

STEP: Final = 0.25
MONTH_DAYS: Final = 30.4375
_FADING_MONTHS: Final = (1.5, 2.0, 8.0, 24.0)
"""Of the gaps of the three-month, twice the one-year, and the two-year rate."""

_MEMORY_MONTHS: Final = (6.0, 2.0)
"""Of the last move: a cycle and its next step."""

_INPUTS: Final = len(_FADING_MONTHS) + len(_MEMORY_MONTHS)
_CUTS: Final = 4
_HOLD: Final = 2
_LARGE: Final = 1.5
"""Steps of 25 basis points from which a move counts as one of 50 or more."""

_DECISION_WORTH: Final = 2.0
"""What the 24 looks at one decision add up to, so much too sure would the posterior be."""

_ANNOUNCED: Final = date(1994, 2, 4)
"""From this day on the FOMC has announced its moves, and moves between meetings became rare."""

_RATE_PRIOR: Final = ((-3.5, 0.7), (-0.5, 0.7))
"""Mean and standard deviation of the logarithm of unscheduled cuts a month at a gap of zero, that
is three in a hundred months, and of its slope on the gap."""

_GAP_CAP: Final = 0.3
_CUTS_PRIOR: Final = (-0.25, -0.5)
"""Two cuts that stand for those between meetings where none is known."""

_STALE_DAYS: Final = 7
_FIRST_ORIGIN: Final = pd.Timestamp("1954-07-01")

Days = npt.NDArray[np.datetime64]
_Slope = Callable[[Vector], Vector]


# --------------------------------------------------------------------------------------- the past
@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Decisions that were known on a day, in order; all arrays have one element for each.

    Attributes:
        day: days of the decisions.
        scheduled: whether it was a meeting of the schedule.
        before: middle of the target in force before it, in percent.
        step: change in steps of 25 basis points.
        at_bound: whether the target could not be cut any more.
        direction: sign of the last move before it.
        age: months since that move.
        last: day and sign of the newest move of all.
        months: whether they are months of the effective rate instead of decisions.
    """

    day: Days
    scheduled: npt.NDArray[np.bool_]
    before: Vector
    step: Vector
    at_bound: npt.NDArray[np.bool_]
    direction: Vector
    age: Vector
    last: tuple[np.datetime64, float]
    months: bool


def moves(panel: Panel) -> Moves:
    """What is known of past decisions.

    Raises:
        InsufficientData: neither meetings nor enough months of the effective rate are known.
    """
    known = [it for it in fomc.decisions(panel) if it.upper is not None and it.lower is not None]
    if sum(it.scheduled for it in known) >= FEWEST_MEETINGS:
        return _of_meetings(known)
    return _of_months(panel)


def _of_meetings(known: Sequence[Decision]) -> Moves:
    lower = np.array([it.lower for it in known], dtype=np.float64)
    upper = np.array([it.upper for it in known], dtype=np.float64)
    return _moves(
        day=np.array([it.day for it in known], dtype="datetime64[D]"),
        scheduled=np.array([it.scheduled for it in known]),
        middle=(lower + upper) / 2,
        step=np.diff(upper) / STEP,
        at_bound=lower <= 0,
        months=False,
    )


def _of_months(panel: Panel) -> Moves:
    funds = panel.series.get("FEDFUNDS", pd.Series(dtype="float64")).dropna()
    if funds.size < LEADS:
        raise InsufficientData(Said("fewer than {n} months of FEDFUNDS were known", n=LEADS))
    # A mean over a month stands for its middle.
    day: Days = np.add(funds.index.to_numpy("datetime64[D]"), np.timedelta64(14, "D"))
    middle = funds.to_numpy("float64")
    return _moves(
        day=day,
        scheduled=np.ones(day.size, dtype=bool),
        middle=middle,
        step=np.round(np.diff(middle) / STEP),
        at_bound=middle < STEP,
        months=True,
    )


def _moves(
    *,
    day: Days,
    scheduled: npt.NDArray[np.bool_],
    middle: Vector,
    step: Vector,
    at_bound: npt.NDArray[np.bool_],
    months: bool,
) -> Moves:
    """Give each decision what stood before it; the first has nothing and is left out."""
    moved = np.flatnonzero(step)
    if not moved.size:
        raise InsufficientData(Said("no move of the policy rate was known"))
    newest = np.searchsorted(moved, np.arange(step.size)) - 1
    known = newest >= 0
    before = moved[newest[known]]
    age = (day[1:][known] - day[1:][before]).astype(float) / MONTH_DAYS
    return Moves(
        day=day[1:][known],
        scheduled=scheduled[1:][known],
        before=middle[:-1][known],
        step=step[known],
        at_bound=at_bound[:-1][known],
        direction=np.sign(step[before]),
        age=age,
        last=(day[1:][moved[-1]], float(np.sign(step[moved[-1]]))),
        months=months,
    )


# ------------------------------------------------------------------------------------- the yields
def yields(panel: Panel, days: Days) -> tuple[Vector, date | None]:
    """Rates of three months, one year and two years as they stood on some days.

    The close of the day or of one of the seven days before it; where there is none the mean of
    the newest month before. Until the two-year yield begins, in 1976-06, the mean of the one-year
    and the three-year yield stands in for it; the bill enters with its bond-equivalent yield.

    Args:
        panel: what was known.
        days: the days in order.

    Returns:
        Rates in percent (days, 3), NaN where not known; and the day or month of the newest close
        or mean behind the last row.
    """
    closes = _table(panel, ("DGS3MO", "DGS1", "DGS2"))
    means = _table(panel, ("TB3MS", "GS1", "GS2"))
    if not means.empty:
        means["TB3MS"] = bond_equivalent_yield(means["TB3MS"])
        three = panel.series.get("GS3", pd.Series(dtype="float64")).reindex(means.index)
        means["GS2"] = means["GS2"].fillna((means["GS1"] + three) / 2)
    found, of = _newest(closes, days, np.timedelta64(_STALE_DAYS, "D"))
    fallback, month = _newest(means, days, None)
    absent = np.atleast_1d(np.isnan(found).any(axis=1))
    period = month if absent[-1] else of
    return np.where(absent[:, np.newaxis], fallback, found), period


def _table(panel: Panel, names: Sequence[str]) -> pd.DataFrame:
    columns = {name: panel.series.get(name, pd.Series(dtype="float64")) for name in names}
    return pd.DataFrame(columns).sort_index()


def _newest(
    table: pd.DataFrame, days: Days, within: np.timedelta64 | None
) -> tuple[Vector, date | None]:
    """The newest complete row up to each day, and the period of that of the last day."""
    found = np.full((days.size, 3), np.nan)
    complete = table.dropna()
    if complete.empty:
        return found, None
    index = complete.index.to_numpy("datetime64[D]")
    # A month's mean is known at its end only.
    end = (
        index
        if within is not None
        else (index.astype("datetime64[M]") + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    )
    place = np.searchsorted(end, days, side="right") - 1
    there = place >= 0
    if within is not None:
        there = np.logical_and(there, days - end[np.maximum(place, 0)] <= within)
    found[there] = complete.to_numpy("float64")[place[there]]
    return found, index[place[-1]].astype(object) if there[-1] else None


# --------------------------------------------------------------------------------------- the fit
@dataclass(frozen=True, slots=True, eq=False)
class Reaction:
    """A fitted reaction function.

    Attributes:
        states: draws of the slopes and of the four limits between outcomes (states, 10).
        sizes: sizes of the outcomes in percentage points, those of the large moves as often as
            they came: for a large cut, a large hike and an unscheduled cut.
        unscheduled: constant and slope of the logarithm of unscheduled cuts a month; ``None``
            where months are learnt from.
        decisions: number of meetings, or months, learnt from.
    """

    states: Vector
    sizes: tuple[Vector, Vector, Vector]
    unscheduled: tuple[float, float] | None
    decisions: int


def inputs(lead: Vector, rates: Vector, target: Vector, direction: Vector, age: Vector) -> Vector:
    """What one outcome is read from.

    Args:
        lead: months from the origin to the meeting.
        rates: rates of 3 months, 1 and 2 years at the origin, in percent (n, 3).
        target: target before the meeting, in percent.
        direction: sign of the last move before it.
        age: months since.

    Returns:
        Shape (n, 6): gaps of rates to the target, in percentage points, and the memory of the
        last move.
    """
    gap = rates - target[:, None]
    faded = [
        gap[:, column] * np.exp(-lead / months)
        for column, months in zip((0, 1, 1, 2), _FADING_MONTHS, strict=True)
    ]
    memory = [direction * np.exp(-age / months) for months in _MEMORY_MONTHS]
    return np.column_stack([*faded, *memory])


def react(panel: Panel, past: Moves, *, states: int = STATES) -> Reaction:
    """Fit the reaction function to the decisions known.

    Args:
        panel: what was known.
        past: see :func:`moves`.
        states: how many draws of the coefficients; with 1 it is the estimate itself.
    """
    first = max(pd.Timestamp(past.day[0]) - pd.DateOffset(months=LEADS), _FIRST_ORIGIN)
    ends = pd.date_range(first, past.day[-1], freq="ME").to_numpy("datetime64[D]")
    rates, _ = yields(panel, ends)
    lead = (past.day[:, None] - ends[None, :]).astype(float) / MONTH_DAYS
    usable = (lead > 0) & (lead <= LEADS) & ~np.isnan(rates).any(axis=1) & past.scheduled[:, None]
    which, origin = np.nonzero(usable)
    months = lead[which, origin]
    x = inputs(months, rates[origin], past.before[which], past.direction[which], past.age[which])
    outcome = _outcome(past.step)[which]
    worth = 0.04 + 0.35 * np.exp(-months / 3)
    drawn = _ordered_logit(x, outcome, past.at_bound[which], worth, states)
    return Reaction(
        states=drawn,
        sizes=_sizes(past),
        unscheduled=None if past.months else _unscheduled(panel, past),
        decisions=int(past.scheduled.sum()),
    )


def _outcome(step: Vector) -> npt.NDArray[np.intp]:
    direction = np.sign(step)
    found: npt.NDArray[np.intp] = (direction * (1 + (np.abs(step) >= _LARGE)) + _HOLD).astype(
        np.intp
    )
    return found


def _sizes(past: Moves) -> tuple[Vector, Vector, Vector]:
    def of(chosen: npt.NDArray[np.bool_], *others: float) -> Vector:
        return np.sort(np.append(past.step[chosen] * STEP, others))

    own = past.scheduled & ~past.at_bound
    between = ~past.scheduled & (past.step < 0) & (past.day >= np.datetime64(_ANNOUNCED))
    return (
        of(own & (past.step <= -_LARGE), -2 * STEP),
        of(own & (past.step >= _LARGE), 2 * STEP),
        of(between, *_CUTS_PRIOR),
    )


def _ordered_logit(
    x: Vector,
    outcome: npt.NDArray[np.intp],
    censored: npt.NDArray[np.bool_],
    worth: Vector,
    states: int,
) -> Vector:
    """Draws from the posterior of slopes and limits (states, inputs + 4).

    ``P(outcome <= k) = logistic(limit_k - x b)``. A censored hold is only known to be at most a
    hold; a hike from the bound is seen for what it is. The limits are parametrised by the first
    one and the logarithms of the distances, which have a normal prior around those of a base rate,
    as few large moves may be known.
    """
    size = x.shape[1]
    prior_mean = np.array([0.0] * size + [-4.0, np.log(1.5), np.log(4.5), np.log(2.0)])
    prior = np.array([PENALTY] * size + [0.05, 1.0, 1.0, 1.0])
    upper, lower = np.minimum(outcome, _CUTS - 1), np.maximum(outcome - 1, 0)
    highest, lowest = outcome == _CUTS, (outcome == 0) | (censored & (outcome <= _HOLD))

    def limits(theta: Vector) -> Vector:
        first: Vector = theta[size : size + 1]
        return np.concatenate([first, first + np.cumsum(np.exp(theta[size + 1 :]))])

    def criterion(theta: Vector) -> tuple[float, Vector]:
        index, limit = x @ theta[:size], limits(theta)
        high = np.where(highest, 1.0, special.expit(limit[upper] - index))
        low = np.where(lowest, 0.0, special.expit(limit[lower] - index))
        likely = np.maximum(high - low, 1e-12)
        pull = worth / likely
        by_high, by_low = pull * high * (1 - high), pull * low * (1 - low)
        by_limit = np.bincount(lower, by_low, _CUTS) - np.bincount(upper, by_high, _CUTS)
        distance = np.exp(theta[size + 1 :])
        tails = np.cumsum(by_limit[::-1])[::-1]
        off = theta - prior_mean
        value = -float(worth @ np.log(likely)) + 0.5 * float(prior @ off**2)
        slope = np.concatenate([x.T @ (by_high - by_low), tails[:1], distance * tails[1:]])
        return value, slope + prior * off

    found = optimize.minimize(criterion, prior_mean, jac=True, method="L-BFGS-B").x
    drawn = found[None, :]
    if states > 1:
        drawn = _drawn(found, lambda theta: criterion(theta)[1], states)
    return np.array([np.concatenate([theta[:size], limits(theta)]) for theta in drawn])


def _drawn(mode: Vector, slope: _Slope, states: int) -> Vector:
    """Draws from the normal approximation at the mode, in antithetic pairs.

    Their mean and covariance are exactly those of the approximation: forty draws then leave a
    fifth of the noise of independent ones.
    """
    width = 1e-4
    curvature = np.array(
        [(slope(mode + width * one) - slope(mode - width * one)) / (2 * width)
         for one in np.eye(mode.size)]
    )  # fmt: skip
    spread = np.linalg.cholesky(np.linalg.inv((curvature + curvature.T) / 2) * _DECISION_WORTH)
    normal = np.random.default_rng(SEED).standard_normal((states // 2, mode.size))
    if len(normal) >= mode.size:
        own = np.linalg.cholesky(normal.T @ normal / len(normal))
        normal = np.linalg.solve(own, normal.T).T
    drawn: Vector = mode + np.concatenate([normal, -normal]) @ spread.T
    return drawn


def _unscheduled(panel: Panel, past: Moves) -> tuple[float, float]:
    """Constant and slope of the logarithm of unscheduled cuts a month, at the posterior's mode."""
    after = past.day[:-1]
    rates, _ = yields(panel, after)
    counted = (past.day[1:] >= np.datetime64(_ANNOUNCED)) & ~past.at_bound[1:]
    counted &= ~np.isnan(rates[:, 1])
    gap = np.minimum(rates[:, 1] - past.before[1:], _GAP_CAP)[counted]
    months = ((past.day[1:] - after).astype(float) / MONTH_DAYS)[counted]
    came = (~past.scheduled[1:] & (past.step[1:] < 0))[counted]

    def criterion(theta: Vector) -> float:
        expected = np.exp(theta[0] + theta[1] * gap) * months
        likely = np.where(came, np.log(-np.expm1(-expected) + 1e-300), -expected)
        prior = sum(
            ((it - mean) / sd) ** 2 for it, (mean, sd) in zip(theta, _RATE_PRIOR, strict=True)
        )
        return float(-likely.sum() + prior / 2)

    start = np.array([mean for mean, _ in _RATE_PRIOR])
    constant, on_gap = optimize.minimize(criterion, start, method="BFGS").x
    return float(constant), float(on_gap)


# ------------------------------------------------------------------------------------- the paths
@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Simulated paths of the shadow rate.

    Attributes:
        start: middle of the target on the day, in percent.
        offset: days from the day to each event, in order (events,).
        meeting: the scheduled meeting each event is, or ``None`` for a moment between two.
        rate: middle of the target after each event, in percent (paths, events); it may lie below
            the lower bound.
        state: which draw of the coefficients each path has (paths,).
        rates_of: day or month of the rates it starts from.
        gap: one-year rate less the target on the day, in percentage points.
        decisions: number of meetings, or months, learnt from.
        months: whether months were learnt from instead of meetings.
    """

    start: float
    offset: npt.NDArray[np.int64]
    meeting: tuple[date | None, ...]
    rate: Vector
    state: npt.NDArray[np.intp]
    rates_of: date
    gap: float
    decisions: int
    months: bool


def simulate(
    panel: Panel, target: TargetRate, *, paths: int = PATHS, states: int = STATES
) -> Paths:
    """Paths of the target over the next 24 months.

    Args:
        panel: what was known; see :data:`NEEDED`.
        target: where the rate stands on the day of the panel.
        paths: how many.
        states: how many draws of the coefficients among them.

    Raises:
        InsufficientData: too little is known of past decisions, or no yields at all.
    """
    past = moves(panel)
    today = np.array([panel.as_of], dtype="datetime64[D]")
    rates, period = yields(panel, today)
    if period is None or np.isnan(rates).any():
        raise InsufficientData(Said("no rates of three months, one and two years were known"))
    reaction = react(panel, past, states=states)
    until = (pd.Timestamp(panel.as_of) + pd.DateOffset(months=LEADS)).date()
    days = _monthly(panel.as_of, until) if past.months else fomc.coming(panel.as_of, until)
    offset, meeting = _events(panel.as_of, days, between=reaction.unscheduled is not None)
    walk = _Walk(
        reaction, rates[0], start=target.middle, last=past.last, as_of=panel.as_of, paths=paths
    )
    for place, days_on in enumerate(offset.tolist()):
        walk.go_to(days_on / MONTH_DAYS)
        if meeting[place] is None:
            walk.between(offset, place)
        else:
            walk.meet()
        walk.note()
    return Paths(
        start=target.middle,
        offset=offset,
        meeting=meeting,
        rate=np.column_stack(walk.noted),
        state=walk.state,
        rates_of=period,
        gap=float(rates[0, 1] - target.middle),
        decisions=reaction.decisions,
        months=past.months,
    )


@lru_cache(maxsize=64)
def _monthly(as_of: date, until: date) -> tuple[date, ...]:
    """Coming middles of months, which stand for meetings where none are known."""
    days = pd.date_range(month_of(as_of), until, freq="MS") + pd.Timedelta(days=14)
    return tuple(it.date() for it in days if as_of < it.date() <= until)


def _events(
    as_of: date, days: Sequence[date], *, between: bool
) -> tuple[npt.NDArray[np.int64], tuple[date | None, ...]]:
    """Meetings, and if asked for a moment half way between each two of them."""
    events: list[tuple[int, date | None]] = []
    before = 0
    for day in days:
        at = (day - as_of).days
        if between and at - before > 1:
            events.append(((before + at) // 2, None))
        events.append((at, day))
        before = at
    return np.array([at for at, _ in events]), tuple(it for _, it in events)


class _Walk:
    """The simulation as it goes: where every path stands at one event."""

    def __init__(
        self,
        reaction: Reaction,
        rates: Vector,
        *,
        start: float,
        last: tuple[np.datetime64, float],
        as_of: date,
        paths: int,
    ) -> None:
        self._random = np.random.default_rng(SEED)
        self._sizes, self._unscheduled = reaction.sizes, reaction.unscheduled
        self.state = np.arange(paths) % len(reaction.states)
        drawn = reaction.states[self.state]
        self._slopes, self._limits = drawn[:, :_INPUTS], drawn[:, _INPUTS:]
        self._rates = np.tile(rates, (paths, 1))
        self._rate = np.full(paths, start)
        self._direction = np.full(paths, last[1])
        day = np.datetime64(as_of, "D")
        self._age = np.full(paths, float((day - last[0]).astype(int)) / MONTH_DAYS)
        self._months = 0.0
        self.noted: list[Vector] = []

    def go_to(self, months: float) -> None:
        self._age = self._age + months - self._months
        self._months = months

    def meet(self) -> None:
        """A scheduled meeting: one of five outcomes."""
        count = self._rate.size
        x = inputs(
            np.full(count, self._months), self._rates, self._rate, self._direction, self._age
        )
        index = np.einsum("ij,ij->i", x, self._slopes)
        below = special.expit(self._limits - index[:, None])
        outcome = (self._random.random(count)[:, None] > below).sum(axis=1)
        large_cut, large_hike, _ = self._sizes
        step = np.choose(
            outcome,
            [
                self._random.choice(large_cut, count),
                np.full(count, -STEP),
                np.zeros(count),
                np.full(count, STEP),
                self._random.choice(large_hike, count),
            ],
        )
        self._move(step)

    def between(self, offset: npt.NDArray[np.int64], place: int) -> None:
        """The time between two meetings, in which a cut may come."""
        if self._unscheduled is None:
            return
        constant, on_gap = self._unscheduled
        since = offset[place - 1] if place else 0
        span = float(offset[place + 1] - since) / MONTH_DAYS
        gap = (self._rates[:, 1] - self._rate) * np.exp(-self._months / _FADING_MONTHS[2])
        expected = np.exp(constant + on_gap * np.minimum(gap, _GAP_CAP)) * span
        comes = self._random.random(self._rate.size) < -np.expm1(-expected)
        size = self._random.choice(self._sizes[2], self._rate.size)
        self._move(np.where(comes, size, 0.0))

    def note(self) -> None:
        self.noted.append(self._rate)

    def _move(self, step: Vector) -> None:
        moved = step != 0
        self._rate = self._rate + step
        self._direction = np.where(moved, np.sign(step), self._direction)
        self._age = np.where(moved, 0.0, self._age)
