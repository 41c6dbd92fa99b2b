"""How good the odds of cut, hold and hike would have been: the walk forward, and its scores.

An *origin* is the last day of a calendar month on which the target stood off the lower bound. On
that day the model and what it is held against see what was known then and nothing else; they are
judged by the decisions after it. Within a horizon there is a *cut* if the target is cut at least
once, a *hike* if it is raised and not cut, and a *hold* if neither; what happens on the day of the
origin itself is known and does not count.

Held against it are the share of past months with the event (``base_rate``), and logits that are
fitted anew at each origin on the month's ends since 1990 whose windows were over by then, off the
bound, each for cut and for hike by itself: the direction and the age of the last move
(``momentum``); the gap of one rate to the target, by daily closes (``bill``, ``one_year``,
``two_year``); and the three gaps with the direction of the last move (``rates_and_move``). The
last is the strongest that was found among those with free data before this model was made.

Odds of the lower bound and of asset purchases have no scores: the bound was reached twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor import features, fomc
from monitor.domain import (
    BOUND_HORIZONS,
    HORIZONS,
    MOVES,
    POLICY_HORIZONS,
    Decision,
    EpisodeRule,
    Move,
    Panel,
    PolicyOptions,
    TargetRate,
    end_of_month,
)
from monitor.errors import InsufficientData, ModelError
from monitor.model import (
    background,
    lag,
    logit,
    nowcast,
    outlook,
    policy,
    pool,
    probit,
    qe,
    scoring,
)
from monitor.model.backtest import SEED, rounded
from monitor.model.forecast import Vector

MODEL: Final = "model"
BASE: Final = "base_rate"
AGAINST: Final = "rates_and_move"
"""The member that the others are held against."""

FIRST_ORIGIN: Final = date(1995, 1, 31)
"""Five years of decisions are known by then, and four of windows of twelve months."""

PATHS: Final = 4000
STATES: Final = 400
"""Of the simulation at each origin. At a dozen origins its odds were 0.008 (root mean square) from
those of 200 000 paths on 2000 draws, with draws that were independent of each other."""

MEAN_MONTHS: Final = 12
"""Months over which the expected target is averaged: those of the one-year yield."""

HISTORY: Final = (
    date(2007, 7, 31),
    date(2019, 12, 20),
    date(2020, 3, 13),
    date(2020, 3, 14),
    date(2020, 3, 15),
    date(2026, 9, 30),
)
"""Days whose odds of the lower bound and of asset purchases are printed instead of scores."""

_LOGITS: Final[Mapping[str, tuple[str, ...]]] = {
    "momentum": ("direction", "age", "direction_age"),
    "bill": ("bill",),
    "one_year": ("one_year",),
    "two_year": ("two_year",),
    AGAINST: ("bill", "one_year", "two_year", "direction"),
}
_FITTED: Final[tuple[Move, ...]] = ("cut", "hike")
MEMBERS: Final = (MODEL, BASE, *_LOGITS)

_OLDEST_MONTHS: Final = 24.0
"""Age at which the last move is as old as it gets."""

_PENALTY: Final = 1.0
"""On the squared slopes of standardised inputs, halved: scikit-learn's default."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of origins over which forecasts are scored.

    Attributes:
        name: as printed.
        first: first day an origin may have.
        last: last one, or ``None`` for the newest whose outcome is settled.
        without: first and last day of a span that no scored window may touch, or ``None``.
    """

    name: str
    first: date
    last: date | None
    without: tuple[date, date] | None = None


WINDOWS: Final = (
    Window("1995-2023", date(1995, 1, 1), date(2023, 12, 31)),
    Window("1995-now", date(1995, 1, 1), None),
    Window("without 2020", date(1995, 1, 1), None, (date(2020, 1, 1), date(2020, 12, 31))),
)
"""The first is that of the figures which the model was asked to beat; the second is to be quoted.
The third leaves out what no reaction function could foresee."""


# ---------------------------------------------------------------------------------------- the walk
@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What was said at one origin.

    Attributes:
        day: the origin.
        odds: each member's probabilities by its id, shape (moves, horizons); NaN where it does
            not speak of a move.
        rate: expected mean of the target over :data:`MEAN_MONTHS`, in percent, by the model, by no
            change, and by the one-year yield as it is quoted.
    """

    day: date
    odds: Mapping[str, Vector]
    rate: Mapping[str, float]


def origins(first: date, last: date | None, as_of: date) -> list[date]:
    """The last days of calendar months, at the bound or off it.

    Args:
        first: month of the first origin; none lies before :data:`FIRST_ORIGIN`.
        last: month of the last one, or ``None`` for the newest.
        as_of: no origin is later than this.
    """
    until = as_of if last is None else min(as_of, end_of_month(last))
    return [day.date() for day in pd.date_range(max(first, FIRST_ORIGIN), until, freq="ME")]


def walk(
    days: Iterable[date], panel: Callable[[date], Panel], rule: EpisodeRule
) -> Iterator[Said | None]:
    """What is said at each origin from what was known on its day; ``None`` at the bound."""
    for day in days:
        yield say(panel(day), rule)


def say(panel: Panel, rule: EpisodeRule) -> Said | None:
    """What the model and the others say on the day of a panel; ``None`` at the lower bound.

    Args:
        panel: what was known; see :func:`monitor.model.recession.needed` and
            :data:`monitor.model.policy.NEEDED`.
        rule: what counts as an inversion, for the odds of a recession.

    Raises:
        InsufficientData: no target, no spread or no yields were known.
    """
    target = fomc.target(panel)
    if target is None:
        raise InsufficientData(f"no policy rate was known on {panel.as_of}")
    if target.lower <= 0:
        return None
    outcome = unfold(panel, target, *recession_odds(panel, rule))
    past = _past(panel)
    others = {name: _by_logit(past, columns) for name, columns in _LOGITS.items()}
    return Said(
        day=panel.as_of,
        odds={MODEL: odds(outcome, panel.as_of), BASE: _base_rate(past), **others},
        rate={
            MODEL: _mean_rate(outcome, panel.as_of),
            "no_change": target.middle,
            "one_year_yield": float(past.rates[-1, 1]),
        },
    )


def recession_odds(panel: Panel, rule: EpisodeRule) -> tuple[dict[int, float], float | None]:
    """The headline's odds and the nowcast, as in :func:`monitor.model.recession.score`.

    Nothing else is fitted, which takes a tenth of the time.

    Returns:
        Horizon in months to the probability that a recession starts within it; and that of being
        in one already, ``None`` where it could not be told.
    """
    spread = features.judged_spread(panel, rule)
    if spread.empty:
        raise InsufficientData(f"no monthly {rule.spread} spread was known on {panel.as_of}")
    curve = lag.Curve(spread, panel.turning_points, rule, panel.as_of)
    clock = lag.clock(curve)
    quiet = background.score(features.frame(panel), curve, clock, draws=0)
    start = dict(zip(HORIZONS, pool.probability(clock, quiet).tolist(), strict=True))
    try:
        return start, nowcast.nowcast(panel).probability
    except ModelError:
        return start, None


def unfold(
    panel: Panel, target: TargetRate, start: Mapping[int, float], now: float | None
) -> qe.Outcome:
    """The simulation of the walk: fewer paths than of a single day, and more draws."""
    paths = policy.simulate(panel, target, paths=PATHS, states=STATES)
    bound = PolicyOptions().lower_bound
    return qe.unfold(paths, start=start, now=now, known=qe.easings(panel), bound=bound)


def odds(outcome: qe.Outcome, day: date) -> Vector:
    """Shares of the paths with a cut, a hold and a hike, shape (moves, horizons)."""
    within = np.array([outcome.months(day, horizon) for horizon in POLICY_HORIZONS])
    cut = outcome.cut[:, None] <= within
    hike = ~cut & (outcome.hike[:, None] <= within)
    found: Vector = np.stack([cut, ~cut & ~hike, hike]).mean(axis=1)
    return found


def _mean_rate(outcome: qe.Outcome, day: date) -> float:
    """The target expected on average, in percent."""
    paths = outcome.paths
    return _average(paths.offset, outcome.rate.mean(axis=0), paths.start, _days(day))


def _days(day: date) -> int:
    return (pd.Timestamp(day) + pd.DateOffset(months=MEAN_MONTHS) - pd.Timestamp(day)).days


def _average(offset: npt.NDArray[np.int64], rate: Vector, start: float, days: int) -> float:
    """Mean over some days of a rate that changes ``offset`` days after the first."""
    inside = (offset > 0) & (offset <= days)
    ends = np.concatenate([[0], offset[inside], [days]])
    return float(np.diff(ends) @ np.concatenate([[start], rate[inside]])) / days


# ------------------------------------------------------------------------------- the other members
@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """Month's ends, the last of them the day itself; one row for each.

    Attributes:
        rates: of three months, one and two years, in percent (days, 3).
        inputs: what logits are read from, by name (days,).
        came: what came, shape (days, moves, horizons), NaN where the window was not over on the
            day, or the target stood at the bound at its start.
    """

    rates: Vector
    inputs: Mapping[str, Vector]
    came: Vector


def _past(panel: Panel) -> _Past:
    known, settled = _decided(panel)
    moved = [it for it in known if it.change]
    if not moved:
        raise InsufficientData(f"no move of the policy rate was known on {panel.as_of}")
    today = pd.Timestamp(panel.as_of)
    before = pd.date_range(moved[0].day, today - pd.Timedelta(days=1), freq="ME")
    days = before.append(pd.DatetimeIndex([today])).to_numpy("datetime64[D]")
    rates, _ = policy.yields(panel, days)
    gaps = rates - _standing(known, days)[0][:, None]
    newest = np.searchsorted(_days_of(moved), days, side="right") - 1
    direction = np.array([np.sign(it.change or 0.0) for it in moved])[newest]
    age = (days - _days_of(moved)[newest]).astype(float) / policy.MONTH_DAYS
    age = np.minimum(age, _OLDEST_MONTHS)
    inputs = {
        "bill": gaps[:, 0],
        "one_year": gaps[:, 1],
        "two_year": gaps[:, 2],
        "direction": direction,
        "age": age,
        "direction_age": direction * age,
    }
    return _Past(rates, inputs, outcomes(known, days, settled))


def _decided(panel: Panel) -> tuple[tuple[Decision, ...], date]:
    """The decisions known, up to the first whose outcome is not; and the last day they cover."""
    every = fomc.decisions(panel)
    unknown = next((it.day for it in every if it.upper is None), None)
    settled = panel.as_of if unknown is None else unknown - timedelta(days=1)
    return tuple(it for it in every if it.day <= settled), settled


def _days_of(decisions: Sequence[Decision]) -> policy.Days:
    return np.array([it.day for it in decisions], dtype="datetime64[D]")


def _standing(known: Sequence[Decision], days: policy.Days) -> tuple[Vector, Vector]:
    """Middle and lower end of the target in force at the end of some days, in percent."""
    place = np.searchsorted(_days_of(known), days, side="right") - 1
    lower = np.array([it.lower for it in known], dtype=np.float64)[place]
    upper = np.array([it.upper for it in known], dtype=np.float64)[place]
    return (lower + upper) / 2, lower


def outcomes(known: Sequence[Decision], days: policy.Days, until: date) -> Vector:
    """What came after some days, by the decisions known.

    Args:
        known: decisions with an outcome, in order.
        days: days from the first of them on.
        until: last day whose decisions are known.

    Returns:
        1 or 0, shape (days, moves, horizons); NaN where the window was not over by ``until`` or
        the target stood at the lower bound on the day.
    """
    cuts, hikes = (
        _days_of([it for it in known if it.change and it.change * sign > 0]) for sign in (-1, 1)
    )
    found = np.full((days.size, len(MOVES), len(POLICY_HORIZONS)), np.nan)
    off_bound = _standing(known, days)[1] > 0
    for column, horizon in enumerate(POLICY_HORIZONS):
        ends = _ends(days, horizon)
        cut, hike = (
            np.searchsorted(moves, ends, side="right") > np.searchsorted(moves, days, side="right")
            for moves in (cuts, hikes)
        )
        usable = np.logical_and(off_bound, ends <= np.datetime64(until))
        came = np.stack([cut, ~cut & ~hike, ~cut & hike], axis=1).astype(np.float64)
        found[usable, :, column] = came[usable]
    return found


def _ends(days: policy.Days, horizon: int) -> policy.Days:
    after = pd.DatetimeIndex(days) + pd.DateOffset(months=horizon)
    ends: policy.Days = after.to_numpy("datetime64[D]")
    return ends


def _base_rate(past: _Past) -> Vector:
    """Share of the months known with each event."""
    shares: Vector = np.nanmean(past.came, axis=0)
    return shares


def _by_logit(past: _Past, columns: Sequence[str]) -> Vector:
    """Odds by logits of cut and of hike, one for each horizon; a hold is left to the others."""
    x = np.column_stack([past.inputs[name] for name in columns])
    fitted = [MOVES.index(move) for move in _FITTED]
    y = past.came[:, fitted].reshape(len(x), -1)
    y = np.where(np.isfinite(x).all(axis=1, keepdims=True), y, np.nan)
    learnt = ~np.isnan(y).all(axis=1)
    centre, scale = x[learnt].mean(axis=0), x[learnt].std(axis=0)
    z = np.column_stack([np.ones(len(x)), (np.nan_to_num(x) - centre) / scale])
    ridge = np.append(probit.RIDGE, np.full(len(columns), _PENALTY))
    slopes = probit.newton(z[learnt], y[learnt], logit.slopes, ridge)
    found = np.full((len(MOVES), len(POLICY_HORIZONS)), np.nan)
    if np.isfinite(x[-1]).all():
        found[fitted] = (1 / (1 + np.exp(-z[-1] @ slopes))).reshape(len(fitted), -1)
    return found


# --------------------------------------------------------------------------------------- judgement
@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """All that was said, and what came of it.

    Attributes:
        days: the origins (n,).
        odds: each member's probabilities (n, moves, horizons).
        rate: expected mean of the target by each who expects one, in percent (n,).
        came: 1, 0, or NaN where it is not settled (n, moves, horizons).
        averaged: mean of the target that came, NaN where it is not settled (n,).
        decisions: those that judge, in order.
        settled: last day whose decisions are known.
    """

    days: policy.Days
    odds: Mapping[str, Vector]
    rate: Mapping[str, Vector]
    came: Vector
    averaged: Vector
    decisions: tuple[Decision, ...]
    settled: date


def judge(said: Iterable[Said | None], panel: Panel) -> Record:
    """Put together what was said, in any order, and what is known by now to have come of it.

    Args:
        said: the forecasts; none at the bound.
        panel: what was known on the day of the judgement.

    Raises:
        InsufficientData: nothing was said.
    """
    known = sorted((one for one in said if one is not None), key=lambda one: one.day)
    if not known:
        raise InsufficientData(
            "the target stood at the lower bound at the end of each of these months: choose an"
            " earlier --from or a later --to"
        )
    decisions, settled = _decided(panel)
    days = np.array([one.day for one in known], dtype="datetime64[D]")
    return Record(
        days=days,
        odds={name: np.stack([one.odds[name] for one in known]) for name in known[0].odds},
        rate={name: np.array([one.rate[name] for one in known]) for name in known[0].rate},
        came=outcomes(decisions, days, settled),
        averaged=np.array([_averaged(decisions, one.day, settled) for one in known]),
        decisions=decisions,
        settled=settled,
    )


def _averaged(decisions: Sequence[Decision], day: date, settled: date) -> float:
    days = _days(day)
    if day + timedelta(days=days) > settled:
        return np.nan
    stand = np.array([day, *(it.day for it in decisions if it.day > day)], dtype="datetime64[D]")
    middle = _standing(decisions, stand)[0]
    offset = (stand - stand[0]).astype(np.int64)
    return _average(offset, middle, float(middle[0]), days)


# ------------------------------------------------------------------------------------------ scores
@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One event within one horizon over one window: all that its scores are made from.

    Attributes:
        event: the event.
        horizon: in months.
        window: name of the window.
        days: the origins scored (n,).
        outcomes: 1 or 0 for each (n,).
        forecasts: each member's probabilities by its id (n,).
        moves, cycles: decisions that made the event, and runs of them that no move the other way
            broke; ``None`` for a hold.
    """

    event: Move
    horizon: int
    window: str
    days: policy.Days
    outcomes: Vector
    forecasts: Mapping[str, Vector]
    moves: int | None
    cycles: int | None


def cells(record: Record, windows: Sequence[Window] = WINDOWS) -> Iterator[Cell]:
    """Every event, horizon and window that has a settled origin."""
    for window in windows:
        for column, horizon in enumerate(POLICY_HORIZONS):
            inside = _inside(record, window, horizon) & ~np.isnan(record.came[:, 0, column])
            if not inside.any():
                continue
            for row, event in enumerate(MOVES):
                y = record.came[inside, row, column]
                moves, cycles = _counted(record, event, record.days[inside][y == 1], horizon)
                forecasts = {
                    name: values[inside, row, column] for name, values in record.odds.items()
                }
                yield Cell(
                    event,
                    horizon,
                    window.name,
                    record.days[inside],
                    y,
                    {name: p for name, p in forecasts.items() if not np.isnan(p).any()},
                    moves,
                    cycles,
                )


def _inside(record: Record, window: Window, horizon: int) -> npt.NDArray[np.bool_]:
    inside = record.days >= np.datetime64(window.first)
    if window.last is not None:
        inside &= record.days <= np.datetime64(window.last)
    if window.without is not None:
        first, last = (np.datetime64(day) for day in window.without)
        inside &= ~((record.days < last) & (_ends(record.days, horizon) >= first))
    return inside


def _counted(
    record: Record, event: Move, days: policy.Days, horizon: int
) -> tuple[int | None, int | None]:
    """Moves within the windows of some origins, and how many cycles they belong to."""
    if event == "hold":
        return None, None
    moves = [it for it in record.decisions if it.change]
    sign = np.sign([it.change or 0.0 for it in moves])
    cycle = np.cumsum(np.diff(sign, prepend=0.0) != 0)
    day = _days_of(moves)
    within = (day[:, None] > days) & (day[:, None] <= _ends(days, horizon))
    made = within.any(axis=1) & (sign == (-1 if event == "cut" else 1))
    return int(made.sum()), len(set(cycle[made].tolist()))


def scores(cell: Cell, *, draws: int = scoring.DRAWS) -> list[dict[str, Any]]:
    """The rows of the scoreboard for one event over one window, one for each member.

    The bootstrap draws blocks of :data:`monitor.model.scoring.BLOCK` origins, months at the bound
    passed over; of a hold the model is held against the base rate.
    """
    against = AGAINST if AGAINST in cell.forecasts else BASE
    found, left_out = scoring.score_all(
        cell.forecasts, cell.outcomes, seed=SEED, against=against, climatology=BASE, draws=draws
    )
    return [
        {
            "member": member,
            "event": cell.event,
            "horizon": cell.horizon,
            "window": cell.window,
            "first": str(cell.days[0]),
            "last": str(cell.days[-1]),
            "moves": cell.moves,
            "cycles": cell.cycles,
            "mean_probability": rounded(float(cell.forecasts[member].mean())),
            "against": against,
            "draws_left_out": left_out,
            **rounded(score.row()),
        }
        for member, score in found.items()
    ]


def ranked(record: Record, windows: Sequence[Window] = WINDOWS) -> list[dict[str, Any]]:
    """Ranked probability scores of cut, hold and hike together, model and base rate.

    Epstein, Journal of Applied Meteorology 8 (1969), divided by the two thresholds: here the mean
    of the Brier scores of cut and of hike. ``skill`` is 1 less the ratio of the two.
    """
    found = []
    for window in windows:
        for column, horizon in enumerate(POLICY_HORIZONS):
            inside = _inside(record, window, horizon) & ~np.isnan(record.came[:, 0, column])
            if not inside.any():
                continue
            came = record.came[inside, :, column]
            by = {
                name: float(_ranked(record.odds[name][inside, :, column], came).mean())
                for name in (MODEL, BASE)
            }
            row = {"window": window.name, "horizon": horizon, "n": len(came), **by}
            found.append(rounded(row | {"skill": 1 - by[MODEL] / by[BASE]}))
    return found


def _ranked(p: Vector, came: Vector) -> Vector:
    apart = np.cumsum(p - came, axis=1)[:, :-1]
    found: Vector = (apart**2).mean(axis=1)
    return found


def errors(record: Record, windows: Sequence[Window] = WINDOWS) -> list[dict[str, Any]]:
    """Errors of the expected mean of the target over twelve months, in percentage points.

    The mean error is expectation less outcome. The one-year yield is taken as quoted, with its
    term premium and on its bond-equivalent basis.
    """
    found = []
    for window in windows:
        inside = _inside(record, window, MEAN_MONTHS) & ~np.isnan(record.averaged)
        if not inside.any():
            continue
        for name, rate in record.rate.items():
            error = rate[inside] - record.averaged[inside]
            row = {
                "member": name,
                "window": window.name,
                "n": int(error.size),
                "mean_error": float(error.mean()),
                "rmse": float(np.sqrt((error**2).mean())),
            }
            found.append(rounded(row))
    return found


# --------------------------------------------------------------------------- what cannot be scored
def history(panel: Panel, rule: EpisodeRule, options: PolicyOptions) -> dict[str, Any] | None:
    """The odds of one day as an assessment of it has them, or ``None`` if there were none.

    Args:
        panel: what was known.
        rule: what counts as an inversion.
        options: what the user has set; prices of futures are left out.
    """
    start, now = recession_odds(panel, rule)
    found = outlook.outlook(panel, start, now, options).odds
    if found is None:
        return None
    row = {
        "day": panel.as_of.isoformat(),
        "lower": found.target.lower,
        "upper": found.target.upper,
        "recession": {str(horizon): start[horizon] for horizon in BOUND_HORIZONS},
        "cut": {str(horizon): value for horizon, value in found.cut.items()},
        "lower_bound": {str(horizon): value for horizon, value in found.lower_bound.items()},
        "qe": {str(horizon): value for horizon, value in found.qe.items()},
    }
    document: dict[str, Any] = rounded(row)
    return document
