"""One panel and the assessment before it become one assessment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from monitor import episodes, features, fomc, quality
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
    Panel,
    PolicyOptions,
    Previous,
    RecessionScore,
    Settlements,
    Window,
    month_of,
    months_between,
)
from monitor.model import channels, events, factor, lag, outlook, pool, recession, regimes
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
                "The New York Fed's coefficients were estimated on data through 2009; before 2010"
                " that member is not out of sample.",
            )
        )
    if months_between(newest_spread, month_of(panel.as_of)) > OLD_SPREAD_MONTHS:
        found.append(
            Finding(
                "old_spread",
                "error",
                None,
                f"The newest monthly spread is of {newest_spread:%Y-%m}: the probabilities speak"
                " of that month's curve, not of today's.",
            )
        )
    return tuple(found)
