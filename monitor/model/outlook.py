"""What the Fed may do: odds of cut, hold and hike, of the lower bound and of QE, and its stance.

All odds are shares of the same simulated paths (:mod:`monitor.model.qe`), so that they cannot
contradict each other or the headline. Where the user has prices of futures, the paths are weighed
anew until their odds of a move are those of the pool of model and market; what else is read from
the paths, bound and purchases, follows. The weight of the market is what would have served best in
the past, see :func:`market_weight`; the odds of a recession stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from monitor import fomc
from monitor.catalog import SERIES
from monitor.domain import (
    BOUND_HORIZONS,
    HORIZONS,
    MOVES,
    POLICY_HORIZONS,
    Decision,
    Finding,
    Interval,
    LowerBound,
    MarketOdds,
    MeetingOdds,
    Move,
    Panel,
    PathPoint,
    PolicyOdds,
    PolicyOptions,
    Said,
    SeriesSpec,
    Settlements,
    Stance,
    TargetRate,
    joined,
    phrase,
)
from monitor.errors import InsufficientData
from monitor.model import fedwatch, policy, qe
from monitor.model.forecast import Vector
from monitor.model.policy import MONTH_DAYS
from monitor.model.programmes import running
from monitor.model.qe import Outcome

NEEDED: Final = policy.NEEDED
"""What a panel should hold; :func:`monitor.model.qe.easings` reads FEDFUNDS, too."""

LEVEL: Final = 0.8
"""Probability content of the intervals."""

EQUAL: Final = 0.5
"""Weight of the market before it has a record: a convention."""

RECORD: Final = (3, 6)
"""Horizon in months that model and market are compared on, and comparisons that are needed."""

_PRIOR_WORTH: Final = 4.0
"""Comparisons that the prior of equal weights is worth."""

_WEIGHTS: Final = np.linspace(0.0, 1.0, 101)
_CUT, _HOLD, _HIKE = range(len(MOVES))
_ROUNDS: Final = 200
_CLOSE: Final = 1e-9
_MEETINGS_SHOWN: Final = 4
_RECORD_PATHS: Final = 4000
_NONE: Final = dict.fromkeys(HORIZONS, 0.0)
_TIGHTENING: Final = timedelta(days=365)
"""For so long after a hike the stance is one of tightening, unless a cut came."""

_PATH_HORIZONS: Final = (*POLICY_HORIZONS, 24)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the Fed may do, as far as it can be told.

    Attributes:
        odds: the odds, or ``None`` where too little was known.
        findings: what the reader must know of them.
    """

    odds: PolicyOdds | None
    findings: tuple[Finding, ...]


def outlook(
    panel: Panel,
    start: Mapping[int, float],
    now: float | None,
    options: PolicyOptions,
    settlements: Sequence[Settlements] = (),
) -> Outlook:
    """The odds on the day of a panel.

    Args:
        panel: what was known; see :data:`NEEDED`.
        start: horizon to the probability that a recession starts within it.
        now: probability of being in one already, or ``None``.
        options: lower bound, reversal rate, and the conventions of the market's odds.
        settlements: prices of futures as known on the day, oldest first; the last ones speak for
            today, unless a decision came after them, the others are the market's record.
    """
    target = fomc.target(panel)
    if target is None:
        return Outlook(None, (_silent(Said("no policy rate was known")),))
    known = qe.easings(panel)
    try:
        paths = policy.simulate(panel, target)
    except InsufficientData as reason:
        return Outlook(None, (_silent(reason.message),))
    outcome = qe.unfold(paths, start=start, now=now, known=known, bound=options.lower_bound)
    weights = np.full(len(paths.rate), 1 / len(paths.rate))
    market, findings = None, list[Finding]()
    if settlements and (since := _decided_since(panel, settlements[-1].day)) is not None:
        findings.append(_overtaken(settlements[-1], since))
    elif settlements:
        market = _market(panel, settlements[-1], options)
    share = 0.0
    if market is not None and market.moves:
        share = market_weight(panel, settlements[:-1], options)
        weights = _reweighed(panel.as_of, outcome, weights, market, share)
    view = _View(panel, target, outcome, weights, known, options)
    return Outlook(_odds(view, market, share), tuple(findings))


def _silent(reason: str) -> Finding:
    return Finding(
        "no_policy_odds",
        "info",
        None,
        Said(
            "The odds of policy say nothing: {reason}; `recession-monitor pull FEDFUNDS DGS3MO"
            " DGS1 DGS2` brings what they rest on.",
            reason=reason,
        ),
    )


def _overtaken(settled: Settlements, since: date) -> Finding:
    return Finding(
        "futures_overtaken",
        "info",
        None,
        Said(
            "Federal funds futures: {file}: the newest prices are of {day}, before the decision of"
            " {since}; there are no odds from futures.",
            file=settled.source,
            day=f"{settled.day}",
            since=f"{since}",
        ),
    )


# -------------------------------------------------------------------------------------- the odds
@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The paths, how much each weighs, and what else the odds are read from."""

    panel: Panel
    target: TargetRate
    outcome: Outcome
    weights: Vector
    known: Sequence[qe.Easing]
    options: PolicyOptions

    def within(self, horizon: int) -> float:
        return self.outcome.months(self.panel.as_of, horizon)

    def share(self, values: Vector) -> float:
        """Mean over the paths.

        Sums of numpy, not of the linear algebra library: these do not hang on the number of
        threads, and a mean of ones is one.
        """
        return float((self.weights * values).sum() / self.weights.sum())

    def mean(self, shares: Mapping[int, Vector]) -> dict[int, float]:
        return {horizon: self.share(share) for horizon, share in shares.items()}

    def spread(self, shares: Mapping[int, Vector]) -> dict[int, Interval]:
        """Central intervals over the draws of the coefficients; they reach to the means."""
        state, found = self.outcome.paths.state, {}
        for horizon, share in shares.items():
            weight = np.bincount(state, self.weights)
            drawn = np.bincount(state, share * self.weights) / np.maximum(weight, 1e-300)
            low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            mean = self.share(share)
            found[horizon] = Interval(min(float(low), mean), max(float(high), mean))
        return found


def _odds(view: _View, market: MarketOdds | None, share: float) -> PolicyOdds:
    panel, outcome, paths = view.panel, view.outcome, view.outcome.paths
    moves = {h: _moves(outcome, view.within(h)) for h in POLICY_HORIZONS}
    cut = {h: (place == _CUT).astype(float) for h, place in moves.items()}
    hold = {h: (place == _HOLD).astype(float) for h, place in moves.items()}
    hike = {h: (place == _HIKE).astype(float) for h, place in moves.items()}
    ever = {h: (outcome.hike <= view.within(h)).astype(float) for h in POLICY_HORIZONS}
    bound = {h: (outcome.bound <= view.within(h)).astype(float) for h in BOUND_HORIZONS}
    active = bool(running(panel.as_of, "qe"))
    bought = {h: np.ones(len(view.weights)) if active else _bought(view, h) for h in BOUND_HORIZONS}
    options = view.options
    left = qe.room(view.target, options.lower_bound, options.reversal_rate, view.known)
    found = PolicyOdds(
        target=view.target,
        cut=view.mean(cut),
        hold=view.mean(hold),
        hike=view.mean(hike),
        any_hike=view.mean(ever),
        path=tuple(_point(view, horizon) for horizon in _PATH_HORIZONS),
        meetings=tuple(_meetings(view)),
        lower_bound=view.mean(bound),
        qe=view.mean(bought),
        bound=left,
        at_bound=qe.at_bound(panel),
        stance=_stance(panel, left, active=active),
        why=(),
        market=market,
        weight=share,
        interval={
            "cut": view.spread(cut),
            "hike": view.spread(hike),
            "lower_bound": view.spread(bound),
            "qe": view.spread(bought),
        },
        basis="months" if paths.months else "meetings",
        decisions=paths.decisions,
        rates_of=paths.rates_of,
    )
    return replace(found, why=tuple(_why(panel, found, paths.gap)))


def _bought(view: _View, horizon: int) -> Vector:
    """Odds of QE on each path; every draw of the coefficients has a share of its own.

    The shares are evenly spaced quantiles of the posterior, in an order of no meaning.
    """
    known = qe.at_bound(view.panel)
    posterior = stats.beta(1 + known.followed, 1 + known.arrivals - known.followed)
    state = view.outcome.paths.state
    count = int(state.max()) + 1
    order = np.random.default_rng(policy.SEED).permutation(count)
    follow = posterior.ppf((order + 0.5) / count)[state]
    return qe.purchases(view.outcome, view.within(horizon), follow, qe.off_bound(view.panel))


def _moves(outcome: Outcome, months: float) -> npt.NDArray[np.intp]:
    """What each path does within some months, as a place in :data:`monitor.domain.MOVES`."""
    found: npt.NDArray[np.intp] = np.where(
        outcome.cut <= months, _CUT, np.where(outcome.hike <= months, _HIKE, _HOLD)
    )
    return found


def _point(view: _View, horizon: int) -> PathPoint:
    outcome, weights = view.outcome, view.weights
    inside = np.flatnonzero(outcome.paths.offset / MONTH_DAYS <= view.within(horizon))
    rate = (
        outcome.rate[:, inside[-1]] if inside.size else np.full(len(weights), outcome.paths.start)
    )
    order = np.argsort(rate, kind="stable")
    reached = np.cumsum(weights[order])
    low, high = (
        float(rate[order][min(int(np.searchsorted(reached, level)), len(rate) - 1)])
        for level in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    )
    return PathPoint(horizon, view.share(rate), low, high)


def _meetings(view: _View) -> Iterator[MeetingOdds]:
    """The next meetings; what happens between two of them counts with the later one's target."""
    outcome, weights = view.outcome, view.weights
    half_range = (view.target.upper - view.target.lower) / 2
    held = [(day, place) for place, day in enumerate(outcome.paths.meeting) if day is not None]
    for day, place in held[:_MEETINGS_SHOWN]:
        after = outcome.rate[:, place]
        before = outcome.rate[:, place - 1] if place else np.full(len(after), outcome.paths.start)
        odds = {
            "cut": view.share((after < before).astype(float)),
            "hike": view.share((after > before).astype(float)),
        }
        upper, which = np.unique(np.round(after + half_range, 4), return_inverse=True)
        share = np.bincount(which, weights)
        yield MeetingOdds(
            day,
            {
                "cut": odds["cut"],
                "hold": max(1 - odds["cut"] - odds["hike"], 0.0),
                "hike": odds["hike"],
            },
            dict(zip(upper.tolist(), share.tolist(), strict=True)),
        )


# ------------------------------------------------------------------------------------- the market
def _market(panel: Panel, settled: Settlements, options: PolicyOptions) -> MarketOdds | None:
    """What prices say, with the calendar and the target as known on the day of the panel."""
    known = [it for it in fomc.decisions(panel) if it.upper is not None and it.day <= settled.day]
    if not known or known[-1].lower is None or known[-1].upper is None:
        return None
    coming = fomc.coming(settled.day, fomc.calendar()[-1].day)
    return fedwatch.odds(
        settled.prices,
        settled.day,
        settled.source,
        meetings=[*(it.day for it in fomc.decisions(panel) if it.day <= settled.day), *coming],
        schedule_end=fomc.calendar()[-1].day,
        current=(known[-1].lower, known[-1].upper),
        conventions=options.conventions,
        effective=_effective(panel, settled.day),
    )


def _effective(panel: Panel, day: date) -> float | None:
    for name in ("EFFR", "DFF"):
        values = panel.series.get(name)
        if values is not None and not (known := values[: f"{day}"].dropna()).empty:
            return float(known.iloc[-1])
    return None


def _reweighed(
    as_of: date, outcome: Outcome, weights: Vector, market: MarketOdds, share: float
) -> Vector:
    """Weights of the paths under which their odds of a move are those of the pool.

    The pool is linear at each horizon the prices reach, counted from the day of the prices as
    theirs are, for a meeting may lie between the two ends. The weights are found by raking (Deming
    and Stephan, Annals of Mathematical Statistics 11, 1940), which also keeps the shares of
    paths with a recession within three, six, twelve months and so on.
    """
    cells: list[tuple[npt.NDArray[np.intp], Vector]] = []
    passed = (as_of - market.settled).days / MONTH_DAYS
    for horizon, odds in market.moves.items():
        place = _moves(outcome, outcome.months(market.settled, horizon) - passed)
        own = np.bincount(place, weights, len(MOVES))
        theirs = np.array([odds[move] for move in MOVES])
        pooled = np.where(own > 0, (1 - share) * own + share * theirs, 0.0)
        wanted: Vector = pooled / pooled.sum()
        cells.append((place, wanted))
    spans = np.searchsorted(np.array([0.0, *HORIZONS]), outcome.recession)
    kept: Vector = np.bincount(spans, weights).astype(np.float64)
    cells.append((spans, kept))
    found = weights
    for _ in range(_ROUNDS):
        off = 0.0
        for place, wanted in cells:
            now = np.bincount(place, found, wanted.size)
            off = max(off, float(np.abs(now - wanted).max()))
            ratio = np.divide(wanted, now, out=np.zeros_like(now), where=now > 0)
            found = found * ratio[place]
        if off < _CLOSE:
            break
    normal: Vector = found / found.sum()
    return normal


def market_weight(panel: Panel, record: Sequence[Settlements], options: PolicyOptions) -> float:
    """Weight of the market in the pool: the one that would have served best, shrunk to a half.

    It is the mode of the log score of the linear pool over the months of the record, at three
    months, plus that of a Beta prior worth four comparisons on each side of a half. Fewer than
    six comparisons leave the half.

    Args:
        panel: what was known; only moves within it judge.
        record: past prices, oldest first.
        options: the conventions.
    """
    horizon, fewest = RECORD
    likely: list[tuple[float, float]] = []
    for settled in record:
        end = (pd.Timestamp(settled.day) + pd.DateOffset(months=horizon)).date()
        before = _until(panel, settled.day)
        market, target = _market(before, settled, options), fomc.target(before)
        came = _came(panel, settled.day, end)
        if came is None or market is None or target is None or horizon not in market.moves:
            continue
        try:
            paths = policy.simulate(before, target, paths=_RECORD_PATHS, states=1)
        except InsufficientData:
            continue
        # Who of the two was better at moves does not hang on recessions.
        outcome = qe.unfold(paths, start=_NONE, now=None, known=(), bound=options.lower_bound)
        place = _moves(outcome, outcome.months(settled.day, horizon))
        own = (np.bincount(place, minlength=len(MOVES)) + 1) / (place.size + len(MOVES))
        likely.append((float(own[MOVES.index(came)]), float(market.moves[horizon][came])))
    if len(likely) < fewest:
        return EQUAL
    own_said, said = np.array(likely).T
    pooled = (1 - _WEIGHTS[:, None]) * own_said + _WEIGHTS[:, None] * said
    with np.errstate(divide="ignore"):
        score = np.log(pooled).sum(axis=1) + _PRIOR_WORTH * (np.log(_WEIGHTS) + np.log1p(-_WEIGHTS))
    return float(_WEIGHTS[int(score.argmax())])


def _until(panel: Panel, day: date) -> Panel:
    """What was known on an earlier day of rates, which are never revised, only released later."""
    series = {
        name: _released(SERIES[name], values[: f"{day}"], day)
        for name, values in panel.series.items()
        if name in NEEDED
    }
    points = tuple(it for it in panel.turning_points if it.announced <= day)
    return replace(panel, as_of=day, series=series, turning_points=points)


def _released(spec: SeriesSpec, values: pd.Series[float], day: date) -> pd.Series[float]:
    while not values.empty and spec.usual_release(values.index[-1].date()) > day:
        values = values[:-1]
    return values


def _came(panel: Panel, after: date, until: date) -> Move | None:
    """What happened on the days after one up to another; ``None`` where that is not known yet."""
    steps = [it.change for it in fomc.decisions(panel) if after < it.day <= until]
    if until > panel.as_of or None in steps:
        return None
    signs = {np.sign(step) for step in steps if step is not None}
    return "cut" if -1 in signs else "hike" if 1 in signs else "hold"


def _decided_since(panel: Panel, day: date) -> date | None:
    """Day of the last decision after a day, if there is one."""
    last = max((it.day for it in fomc.decisions(panel)), default=date.min)
    return last if last > day else None


# ------------------------------------------------------------------------------------- the stance
def _stance(panel: Panel, left: LowerBound, *, active: bool) -> Stance:
    """What the Fed would do next, the first that holds.

    ``qe_active`` a programme of QE runs; ``at_lower_bound`` there is no room to cut;
    ``tightening`` the last move was a hike and is not a year old; else ``cut_first``.
    """
    if active:
        return "qe_active"
    if left.room <= 0:
        return "at_lower_bound"
    last = _last_move(panel)
    if last is not None and last.change is not None and last.change > 0:
        return "tightening" if panel.as_of - last.day <= _TIGHTENING else "cut_first"
    return "cut_first"


def _last_move(panel: Panel) -> Decision | None:
    return next((it for it in reversed(fomc.decisions(panel)) if it.change), None)


def _why(panel: Panel, odds: PolicyOdds, gap: float) -> Iterator[str]:
    """The reasons for the stance and the odds, as plain sentences."""
    left, arrivals = odds.bound, odds.at_bound
    moved = _moved(_last_move(panel))
    if odds.stance == "qe_active":
        yield _under_way([it.name for it in running(panel.as_of, "qe")])
    elif odds.stance == "at_lower_bound":
        yield Said("The target is at the lower bound: there is nothing left to cut.")
    elif odds.stance == "cut_first":
        yield Said(
            "The target lies {room} points above the lower bound of {bound} percent: cuts come"
            " first, and purchases before them would cost room to cut.",
            room=f"{left.room:.2f}",
            bound=f"{left.bound:.2f}",
        )
    if moved:
        yield moved
    yield _gap(round(100 * gap))
    if left.easings and left.room > 0:
        yield Said(
            "In {deeper} of {easings} past recessions the rate fell by at least {room} points"
            " within two years, on average by {mean}.",
            deeper=left.deeper,
            easings=left.easings,
            room=f"{left.room:.2f}",
            mean=f"{left.mean_easing:.2f}",
        )
    if left.reversal_rate is not None and odds.target.middle <= left.reversal_rate:
        yield Said(
            "The target is at or below the reversal rate of {rate} percent that was set: by that"
            " assumption a cut tightens.",
            rate=f"{left.reversal_rate:.2f}",
        )
    if arrivals.arrivals and odds.stance != "qe_active":
        yield Said(
            "Purchases came with {followed} of {arrivals} arrivals at the bound.",
            followed=arrivals.followed,
            arrivals=arrivals.arrivals,
        )


def _moved(last: Decision | None) -> Said | None:
    """The last move, or ``None`` where none is known."""
    if last is None or last.change is None:
        return None
    told = {"points": f"{100 * abs(last.change):.0f}", "day": f"{last.day}"}
    if last.change > 0:
        return Said("The last move was a hike of {points} bp on {day}.", **told)
    return Said("The last move was a cut of {points} bp on {day}.", **told)


def _under_way(names: Sequence[str]) -> Said:
    if len(names) == 1:
        return Said("{programme} is under way.", programme=names[0])
    return Said(
        "{programmes} are under way.", programmes=joined(phrase("{one} and {other}"), names)
    )


def _gap(points: int) -> Said:
    """The one-year yield less the target, in basis points."""
    if points < 0:
        return Said("The one-year yield stands {points} bp below the target.", points=-points)
    if points > 0:
        return Said("The one-year yield stands {points} bp above the target.", points=points)
    return Said("The one-year yield stands at the target.")
