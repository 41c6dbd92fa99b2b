"""One panel and the assessment before it become one assessment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from monitor import agenda, episodes, features, fomc, quality
from monitor import watch as watchlist
from monitor.catalog import SERIES, WATCHED
from monitor.domain import (
    HEADLINE_HORIZON,
    HORIZONS,
    Assessment,
    Episode,
    EpisodeRule,
    Finding,
    Inversion,
    Moved,
    Panel,
    PolicyOptions,
    Previous,
    RecessionScore,
    Said,
    Settlements,
    Window,
    month_of,
    months_between,
)
from monitor.errors import InsufficientData, ModelError
from monitor.model import (
    attribution,
    channels,
    events,
    factor,
    lag,
    nowcast,
    outlook,
    pool,
    recession,
    regimes,
)
from monitor.model.forecast import Vector

MODEL_ID: Final = "pool/2: lag/2 + background/1"
"""Models behind the headline and their versions; a change of their numbers is a new version."""

POLICY_MODEL_ID: Final = "policy/1"
"""The same of the odds of policy: theirs may change without those of the headline."""

OLD_SPREAD_MONTHS = 3
_EXPIRED = 0.9
"""From this probability of a false alarm on, no window is given for the recession."""

_USUAL = PolicyOptions()


def assess(
    panel: Panel,
    rule: EpisodeRule,
    generated_at: datetime,
    *,
    previous: Previous | None = None,
    before: Panel | None = None,
    findings: tuple[Finding, ...] = (),
    options: PolicyOptions = _USUAL,
    settlements: Sequence[Settlements] = (),
) -> Assessment:
    """The verdict on one day.

    Args:
        panel: what was known; should hold :func:`needed`.
        rule: which spread is judged, and what counts as an inversion.
        generated_at: instant to note.
        previous: the assessment to compare with.
        before: what was known when it was made, to tell why the headline moved since.
        findings: what the pull has to tell.
        options: what the user has set about the odds of policy.
        settlements: prices of federal funds futures, oldest first, the last the newest up to the
            day; none where the user has none.

    Raises:
        InsufficientData: no monthly spread was known.
    """
    scores = recession.score(panel, rule)
    clock, pooled = scores.clock, scores.pool
    now = None if scores.now is None else scores.now.probability
    policy = outlook.outlook(panel, pooled.probability, now, options, settlements)
    spread = features.term_spread(panel, rule.spread)
    newest = features.term_spread(panel).index[-1].date()
    last = panel.turning_points[-1] if panel.turning_points else None
    daily = features.daily_spread(panel)
    specs = [SERIES[name] for name in WATCHED]
    readings = {spec.id: quality.reading(panel, spec) for spec in specs}
    return Assessment(
        as_of=panel.as_of,
        generated_at=generated_at,
        model_id=MODEL_ID,
        policy_model_id=POLICY_MODEL_ID,
        inputs_sha256=_fingerprint(panel, settlements),
        recession=RecessionScore(
            probability=pooled.probability,
            interval=pooled.interval(pool.LEVEL),
            level=pool.LEVEL,
            band=pool.band(pooled.probability[HEADLINE_HORIZON]),
            members=tuple(
                pool.summary(member, scores.weights.get(member.id, 0.0))
                for member in scores.members
            ),
            contributions=scores.contributions,
            now=scores.now,
            any=_told(scores.any),
            at=_told(scores.at),
            in_recession=last is not None and last.kind == "peak",
            last_turning_point=last,
        ),
        inversion=Inversion(
            rule=rule,
            month=spread.index[-1].date(),
            value=float(spread.iloc[-1]),
            inverted=float(spread.iloc[-1]) < 0,
            episode=_current(clock.episodes),
            record=episodes.record(clock.episodes),
            last_seven=episodes.record(clock.episodes[-7:]),
            window=_window(clock),
            false_alarm=None if clock.known.age is None else clock.false_alarm,
            daily_value=None if daily.empty else float(daily.iloc[-1]),
            daily_date=None if daily.empty else daily.index[-1].date(),
        ),
        watch=watchlist.read(panel),
        series={name: newest for name, newest in readings.items() if newest is not None},
        findings=(
            *findings,
            *quality.check(panel, specs),
            *scores.findings,
            *_model_findings(panel, newest),
            *policy.findings,
            *fomc.findings(panel),
        ),
        previous=previous,
        policy=policy.odds,
        regime=regimes.classify(panel),
        channels=channels.readings(panel),
        confounded=events.confounded(panel.as_of),
        moved=_moved(previous, before, panel, rule),
        agenda=agenda.coming(panel, panel.as_of + agenda.AHEAD),
        came=() if before is None else agenda.came(before, panel),
    )


def replay(
    panel: Panel,
    rule: EpisodeRule,
    *,
    options: PolicyOptions = _USUAL,
    settlements: Sequence[Settlements] = (),
) -> Previous:
    """What :func:`assess` would have said on a day, as far as a later one compares with it.

    Args:
        panel: what was known; should hold :func:`needed`.
        rule: as for :func:`assess`.
        options: as for :func:`assess`.
        settlements: as for :func:`assess`.

    Raises:
        InsufficientData: no monthly spread was known.
    """
    chances = recession.pooled(panel, rule, recession.learn(panel, rule))
    probability = dict(zip(HORIZONS, chances.tolist(), strict=True))
    try:
        now = nowcast.nowcast(panel).probability
    except ModelError:
        now = None
    odds = outlook.outlook(panel, probability, now, options, settlements).odds
    regime = regimes.classify(panel)
    return Previous(
        as_of=panel.as_of,
        probability=probability,
        model_id=MODEL_ID,
        cut=odds.cut if odds else {},
        hike=odds.hike if odds else {},
        qe=odds.qe if odds else {},
        policy_model_id=POLICY_MODEL_ID,
        spread=float(features.term_spread(panel, rule.spread).iloc[-1]),
        regime=None if regime is None else regime.kind,
        told=False,
    )


def needed(rule: EpisodeRule) -> tuple[str, ...]:
    """Series that a panel should hold; each but those of the spread may be absent."""
    return tuple(
        dict.fromkeys(
            (
                *WATCHED,
                *watchlist.WATCH_SERIES,
                *recession.needed(rule),
                *outlook.NEEDED,
                *regimes.needed(),
                *channels.NEEDED,
            )
        )
    )


def inversions(panel: Panel, rule: EpisodeRule) -> tuple[Episode, ...]:
    """All inversion episodes known on the panel's day; none if no spread was known."""
    spread = features.judged_spread(panel, rule)
    return episodes.find(spread, panel.turning_points, rule, panel.as_of)


def _moved(
    previous: Previous | None, before: Panel | None, now: Panel, rule: EpisodeRule
) -> Moved | None:
    if previous is None or before is None:
        return None
    told = previous.probability.get(HEADLINE_HORIZON) if previous.told else None
    try:
        return attribution.moved(before, now, rule, told)
    except InsufficientData:
        # The rule in force now may judge a spread that was not known then.
        return None


def _current(found: tuple[Episode, ...]) -> Episode | None:
    if found and (found[-1].ongoing or found[-1].outcome == "open"):
        return found[-1]
    return None


def _fingerprint(panel: Panel, settlements: Sequence[Settlements]) -> str:
    """That of the panel, and of the prices where there are any."""
    if not settlements:
        return panel.sha256()
    told = [panel.sha256(), *(f"{it.day}{sorted(it.prices.items())}" for it in settlements)]
    return hashlib.sha256("".join(told).encode()).hexdigest()


def _told(values: Vector | None) -> dict[int, float]:
    return {} if values is None else dict(zip(HORIZONS, values.tolist(), strict=True))


def _window(clock: lag.Clock) -> Window | None:
    known = clock.known
    if known.age is None or known.start is None or clock.false_alarm > _EXPIRED:
        return None
    return lag.window(clock.posterior, known.start, known.age)


def _model_findings(panel: Panel, newest_spread: date) -> tuple[Finding, ...]:
    found = []
    if panel.as_of <= factor.ESTIMATED_THROUGH:
        found.append(
            Finding(
                "coefficients_from_later",
                "info",
                None,
                Said(
                    "The New York Fed's coefficients were estimated on data through 2009; before"
                    " 2010 that member is not out of sample."
                ),
            )
        )
    if months_between(newest_spread, month_of(panel.as_of)) > OLD_SPREAD_MONTHS:
        found.append(
            Finding(
                "old_spread",
                "error",
                None,
                Said(
                    "The newest monthly spread is of {month}: the probabilities speak of that"
                    " month's curve, not of today's.",
                    month=f"{newest_spread:%Y-%m}",
                ),
            )
        )
    return tuple(found)
