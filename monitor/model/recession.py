"""All models on one day: what each member says, the pool, and the state now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from monitor import features
from monitor.domain import (
    HEADLINE_HORIZON,
    HORIZONS,
    SPREADS,
    Contribution,
    EpisodeRule,
    Finding,
    Nowcast,
    Panel,
    Said,
    month_of,
)
from monitor.errors import InsufficientData, ModelError
from monitor.model import background, chain, factor, horizons, labels, lag, nowcast, pool
from monitor.model.forecast import Forecast, Vector

MEMBERS: tuple[str, ...] = (
    pool.ID,
    lag.ID,
    lag.END_ID,
    background.ID,
    *(member.id for member in factor.MEMBERS),
)
"""Everything that gives a probability, the headline first."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What the models say on one day.

    Attributes:
        pool: the headline.
        members: the members, in the order of :data:`MEMBERS` without the pool.
        weights: weight of each member in the pool, by its id; those that only stand beside it
            have none. The clock's is the probability that its alarm is true, and the
            background's that it is false.
        contributions: points of the twelve-month probability.
        any, at: probability of being in a recession within each horizon, and at it (horizons);
            ``None`` where the state now could not be told.
        now: the state now, or ``None`` if it could not be told.
        clock: the inversion clock.
        findings: which members could not be fitted, and why.
    """

    pool: Forecast
    members: tuple[Forecast, ...]
    weights: Mapping[str, float]
    contributions: tuple[Contribution, ...]
    any: Vector | None
    at: Vector | None
    now: Nowcast | None
    clock: lag.Clock
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the headline has learnt from the past, as known on one day.

    Attributes:
        clock: the clock on that day: the lags of settled inversions and the exposure count.
        background: the background's parameters.
    """

    clock: lag.Clock
    background: background.Learnt


@dataclass(frozen=True, slots=True)
class _Day:
    """What all members are read from, and what could be fitted."""

    curve: lag.Curve
    clock: lag.Clock
    ends: lag.Past
    background: background.Background
    fitted: tuple[factor.Fitted, ...]
    now: Nowcast | None
    findings: tuple[Finding, ...]


def needed(rule: EpisodeRule) -> tuple[str, ...]:
    """The series that a panel should hold."""
    return tuple(
        dict.fromkeys(
            (
                *features.REQUIRED_SERIES,
                *nowcast.REQUIRED_SERIES,
                *SPREADS[rule.spread].rates(rule.basis),
            )
        )
    )


def read_by_headline(rule: EpisodeRule) -> tuple[str, ...]:
    """The series that move the headline, in the order of the alphabet."""
    inputs = (feature for feature in features.FEATURES if feature.name in background.INPUTS)
    names = {name for feature in inputs for name in feature.series}
    return tuple(sorted(names | set(SPREADS[rule.spread].rates(rule.basis))))


def learn(panel: Panel, rule: EpisodeRule) -> Learnt:
    """What the headline learns from everything known on one day.

    Args:
        panel: what was known; see :func:`read_by_headline`.
        rule: as for :func:`score`.

    Raises:
        InsufficientData: no monthly spread was known.
    """
    curve, frame = _read(panel, rule)
    clock = lag.clock(curve)
    return Learnt(clock, background.learn(frame, curve, clock))


def pooled(panel: Panel, rule: EpisodeRule, learnt: Learnt) -> Vector:
    """The headline at each horizon, with what was learnt on that day or on another.

    With what was learnt on the day itself these are the numbers of :func:`score`.

    Args:
        panel: what was known; see :func:`read_by_headline`.
        rule: as for :func:`score`.
        learnt: the parameters.

    Returns:
        Probability that a recession starts within each of :data:`monitor.domain.HORIZONS`.

    Raises:
        InsufficientData: no monthly spread was known.
    """
    curve, frame = _read(panel, rule)
    clock = lag.clock(curve).taught_by(learnt.clock)
    told = background.judge(learnt.background, frame, inverted=clock.inverted, draws=0)
    return pool.probability(clock, told)


def score(panel: Panel, rule: EpisodeRule) -> Scores:
    """Everything the models say, with its uncertainty.

    Args:
        panel: what was known; see :func:`needed`.
        rule: which spread the clock judges, and what counts as an inversion.

    Raises:
        InsufficientData: no monthly spread was known.
    """
    day = _day(panel, rule, factor.MEMBERS_OF_A_DAY, draws=background.DRAWS)
    headline = pool.probability(day.clock, day.background)
    chained = _chained(panel, day, headline)
    return Scores(
        pool=pool.combine(day.clock, day.background),
        members=(
            lag.forecast(day.clock.posterior, day.clock.known.age, day.clock.exposure),
            _since_end(day),
            _background(day.background),
            *(member.forecast() for member in day.fitted),
        ),
        weights={
            lag.ID: 1 - day.clock.false_alarm,
            background.ID: day.clock.false_alarm,
        },
        contributions=pool.contributions(day.clock, day.background, HEADLINE_HORIZON),
        any=None if chained is None else chained.any,
        at=None if chained is None else chained.at,
        now=day.now,
        clock=day.clock,
        findings=day.findings,
    )


def probabilities(panel: Panel, rule: EpisodeRule) -> Mapping[str, Vector]:
    """What everything in :data:`MEMBERS` says of each target and horizon, and nothing else.

    The same numbers as :func:`score` (to a millionth for the logit), without its intervals.
    Members that speak of the start of a recession alone are chained with the nowcast to the other
    targets.

    Args:
        panel: what was known; see :func:`needed`.
        rule: as for :func:`score`.

    Returns:
        By identifier an array (targets, horizons), NaN where the state now was needed and could
        not be told. A member that could not be fitted is absent.

    Raises:
        InsufficientData: no monthly spread was known.
    """
    day = _day(panel, rule, factor.MEMBERS, draws=0)
    clock = day.clock
    starts = {
        pool.ID: pool.probability(clock, day.background),
        lag.ID: lag.probability(clock.posterior, clock.known.age, clock.exposure),
        lag.END_ID: lag.probability(*_end_clock(day), clock.exposure),
        background.ID: day.background.probability,
    }
    found: dict[str, Vector] = {}
    for name, start in starts.items():
        chained = _chained(panel, day, start)
        unknown = np.full_like(start, np.nan)
        at, ever = (unknown, unknown) if chained is None else (chained.at, chained.any)
        found[name] = horizons.inside(np.stack([start, at, ever]))
    return found | {member.id: member.probability() for member in day.fitted}


def _read(panel: Panel, rule: EpisodeRule) -> tuple[lag.Curve, pd.DataFrame]:
    """What the clock and the background are read from."""
    spread = features.judged_spread(panel, rule)
    frame = features.frame(panel)
    if spread.empty or frame.empty:
        raise InsufficientData(
            f"no monthly {rule.spread} spread was known on {panel.as_of}: ask for a later day, or"
            " run `recession-monitor pull`"
        )
    return lag.Curve(spread, panel.turning_points, rule, panel.as_of), frame


def _day(panel: Panel, rule: EpisodeRule, members: Sequence[factor.Member], *, draws: int) -> _Day:
    curve, frame = _read(panel, rule)
    clock = lag.clock(curve)
    newest = month_of(curve.spread.index[-1].date())
    findings: list[Finding] = []
    return _Day(
        curve=curve,
        clock=clock,
        ends=lag.past_ends(clock.episodes, clock.ran, newest, panel.as_of),
        background=background.score(frame, curve, clock, draws=draws),
        fitted=_fitted(panel, frame, members, findings),
        now=_now(panel, findings),
        findings=tuple(findings),
    )


def _fitted(
    panel: Panel,
    frame: pd.DataFrame,
    members: Sequence[factor.Member],
    findings: list[Finding],
) -> tuple[factor.Fitted, ...]:
    months = pd.DatetimeIndex(frame.index)
    outcomes = labels.outcomes(months, panel.turning_points, labels.learnable_through(panel.as_of))
    known = factor.Known(panel.as_of, frame, outcomes)
    fitted = []
    for member in members:
        try:
            fitted.append(member.fit(known))
        except ModelError as reason:
            findings.append(_left_out(member.id, reason))
    return tuple(fitted)


def _now(panel: Panel, findings: list[Finding]) -> Nowcast | None:
    try:
        return nowcast.nowcast(panel)
    except ModelError as reason:
        findings.append(_left_out("nowcast", reason))
        return None


def _left_out(name: str, reason: ModelError) -> Finding:
    words = Said("{member} says nothing: {reason}.", member=name, reason=reason.message)
    return Finding("member_left_out", "info", None, words)


def _chained(panel: Panel, day: _Day, start: Vector) -> chain.Chained | None:
    if day.now is None:
        return None
    known = chain.durations(panel.turning_points)
    return chain.chain(start, day.now.probability, known, day.now.age)


def _end_clock(day: _Day) -> tuple[lag.Posterior, float | None]:
    """The clock from the end of the inversion, once it has ended; until then the other one."""
    if day.ends.age is None:
        return day.clock.posterior, day.clock.known.age
    return lag.fit(day.ends), day.ends.age


def _since_end(day: _Day) -> Forecast:
    return lag.forecast(
        *_end_clock(day),
        day.clock.exposure,
        name=lag.END_ID,
        of="start" if day.ends.age is None else "end",
    )


def _background(known: background.Background) -> Forecast:
    size = known.states.shape[1]
    return Forecast(
        background.ID,
        dict(zip(HORIZONS, known.probability.tolist(), strict=True)),
        dict(zip(HORIZONS, known.states, strict=True)),
        np.full(size, 1 / size),
        known.note,
    )
