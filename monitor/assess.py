"""One panel and the assessment before it become one assessment, and that becomes one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from monitor import episodes, features, quality
from monitor import watch as watchlist
from monitor.catalog import SERIES, WATCHED
from monitor.domain import (
    HEADLINE_HORIZON,
    HORIZONS,
    SCHEMA,
    Assessment,
    Contribution,
    Episode,
    EpisodeRecord,
    EpisodeRule,
    Finding,
    Inversion,
    MemberScore,
    Nowcast,
    Panel,
    Previous,
    RecessionScore,
    TurningPoint,
    Window,
    add_months,
    month_of,
    months_between,
)
from monitor.model import factor, lag, pool, recession
from monitor.model.forecast import Vector

TARGET = "an NBER recession starts within the horizon"
MODEL_ID = "pool/2: lag/2 + background/1"
"""Models behind the headline and their versions; a change of their numbers is a new version."""

OLD_SPREAD_MONTHS = 3
_EXPIRED = 0.9
"""From this probability of a false alarm on, no window is given for the recession."""


def assess(
    panel: Panel,
    rule: EpisodeRule,
    generated_at: datetime,
    *,
    previous: Previous | None = None,
    findings: tuple[Finding, ...] = (),
) -> Assessment:
    """The verdict on one day.

    Args:
        panel: what was known; should hold the series watched and those of the spread.
        rule: which spread is judged, and what counts as an inversion.
        generated_at: instant to note.
        previous: the assessment to compare with.
        findings: what the pull has to tell.

    Raises:
        InsufficientData: no monthly spread was known.
    """
    scores = recession.score(panel, rule)
    clock, pooled = scores.clock, scores.pool
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
        inputs_sha256=panel.sha256(),
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
        ),
        previous=previous,
    )


def inversions(panel: Panel, rule: EpisodeRule) -> tuple[Episode, ...]:
    """All inversion episodes known on the panel's day; none if no spread was known."""
    spread = features.judged_spread(panel, rule)
    return episodes.find(spread, panel.turning_points, rule, panel.as_of)


def _current(found: tuple[Episode, ...]) -> Episode | None:
    if found and (found[-1].ongoing or found[-1].outcome == "open"):
        return found[-1]
    return None


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


# ---------------------------------------------------------------------------------------- document
def document(assessment: Assessment) -> dict[str, Any]:
    """The assessment as the JSON document of schema 1; fields are only ever added."""
    score, curve, watch = assessment.recession, assessment.inversion, assessment.watch
    return {
        "schema": SCHEMA,
        "as_of": assessment.as_of.isoformat(),
        "generated_at": assessment.generated_at.isoformat(timespec="seconds").replace(
            "+00:00", "Z"
        ),
        "model_id": assessment.model_id,
        "inputs_sha256": assessment.inputs_sha256,
        "degraded": assessment.degraded,
        "recession": {
            "target": TARGET,
            "probability": _by_horizon(score.probability),
            "interval": {"level": score.level} | _intervals(score),
            "band": score.band,
            "members": [
                {
                    "id": member.id,
                    "probability": _by_horizon(member.probability),
                    "interval": _intervals(member),
                    "weight": member.weight,
                    "note": member.note,
                }
                for member in score.members
            ],
            "contributions": _parts(score.contributions),
            "in_recession": score.now and round(score.now.probability, 6),
            "nowcast": _nowcast(score.now),
            "any": _by_horizon(score.any),
            "at": _by_horizon(score.at),
            "nber": {
                "in_recession": score.in_recession,
                "last_turning_point": _turning_point(score.last_turning_point),
            },
        },
        "inversion": {
            "spread": curve.rule.spread,
            "month": _month(curve.month),
            "value": _rounded(curve.value),
            "inverted": curve.inverted,
            "episode": None if curve.episode is None else episode_document(curve.episode),
            "record": record_document(curve.record),
            "last_seven": record_document(curve.last_seven),
            "window": curve.window
            and {
                "p10": _month(curve.window.p10),
                "p50": _month(curve.window.p50),
                "p90": _month(curve.window.p90),
            },
            "false_alarm": _rounded(curve.false_alarm),
            "daily": curve.daily_date
            and {"date": curve.daily_date.isoformat(), "value": _rounded(curve.daily_value)},
        },
        "policy": {"target": {"effective": watch.policy_rate and watch.policy_rate.value}},
        "balance_sheet": {
            "total_assets_bn": watch.total_assets and _rounded(watch.total_assets.value),
            "change_13w_bn": watch.total_assets and _rounded(watch.total_assets.change_3m),
            "reserve_bank_credit": watchlist.gauge_document(watch.reserve_bank_credit),
            "reserves": watchlist.gauge_document(watch.reserves),
        },
        "watch": watchlist.document(watch),
        "peers": _peers(assessment),
        "previous": assessment.previous
        and {
            "as_of": assessment.previous.as_of.isoformat(),
            "probability": _by_horizon(assessment.previous.probability),
            "model_id": assessment.previous.model_id,
        },
        "series": {
            name: {
                "value": reading.value,
                "period": reading.period.isoformat(),
                "known_from": reading.known_from.isoformat(),
                "source": reading.source,
                "age_days": reading.age_days,
                "due": reading.due and reading.due.isoformat(),
                "stale": reading.stale,
            }
            for name, reading in assessment.series.items()
        },
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "series": finding.series,
                "message": finding.message,
            }
            for finding in assessment.findings
        ],
    }


def previous(stored: Mapping[str, Any]) -> Previous:
    """What a later assessment needs to know of a stored document."""
    probability = stored["recession"]["probability"]
    return Previous(
        as_of=date.fromisoformat(stored["as_of"]),
        probability={h: probability[str(h)] for h in HORIZONS},
        model_id=stored["model_id"],
    )


def episode_document(episode: Episode) -> dict[str, Any]:
    """An episode as it stands in JSON, months as ``YYYY-MM``."""
    return {
        "start": _month(episode.start),
        "end": _month(episode.end),
        "months": episode.months,
        "trough": _rounded(episode.trough),
        "trough_month": _month(episode.trough_month),
        "peak": episode.peak and _month(episode.peak),
        "lag_months": episode.lag_months,
        "lag_from_end_months": episode.lag_from_end_months,
        "outcome": episode.outcome,
        "ongoing": episode.ongoing,
        "closes": episode.closes
        and {
            "first": episode.closes.first.isoformat(),
            "last": episode.closes.last.isoformat(),
            "inverted": episode.closes.inverted,
        },
    }


def rule_document(rule: EpisodeRule) -> dict[str, Any]:
    """A definition of inversions as it stands in JSON."""
    return {
        "spread": rule.spread,
        "min_months": rule.min_months,
        "merge_gap_months": rule.merge_gap_months,
        "max_lag_months": rule.max_lag_months,
        "basis": rule.basis,
        "merge_across_recessions": rule.merge_across_recessions,
    }


def record_document(record: EpisodeRecord) -> dict[str, Any]:
    """Counts over episodes as they stand in JSON."""
    return {
        "episodes": record.episodes,
        "hits": record.hits,
        "misses": record.misses,
        "open": record.open,
        "resolved": record.hits + record.misses,
        "mean_lag_months": _rounded(record.mean_lag_months),
    }


def _peers(assessment: Assessment) -> list[dict[str, Any]]:
    peers: list[dict[str, Any]] = []
    theirs = next((it for it in assessment.recession.members if it.id == factor.ID), None)
    if theirs is not None:
        there = add_months(assessment.inversion.month, HEADLINE_HORIZON)
        peers.append(
            {
                "id": "nyfed",
                "target": f"in recession in {_month(there)}",
                "value": _rounded(theirs.probability[HEADLINE_HORIZON]),
            }
        )
    if gap := assessment.watch.sahm_gap:
        peers.append(
            {
                "id": "sahm",
                "target": f"0.50 or more: a recession has begun (as of {_month(gap.period)})",
                "value": _rounded(gap.value),
            }
        )
    return peers


def _nowcast(now: Nowcast | None) -> dict[str, Any] | None:
    if now is None:
        return None
    return {
        "month": _month(now.month),
        "probability": round(now.probability, 6),
        "interval": [round(now.interval.low, 6), round(now.interval.high, 6)],
        "contributions": _parts(now.contributions),
        "note": now.note,
    }


def _parts(contributions: Iterable[Contribution]) -> list[dict[str, Any]]:
    return [{"feature": it.feature, "points": round(it.points, 6)} for it in contributions]


def _by_horizon(values: Mapping[int, float]) -> dict[str, float]:
    return {str(h): round(value, 6) for h, value in values.items()}


def _intervals(score: RecessionScore | MemberScore) -> dict[str, Any]:
    return {str(h): [round(i.low, 6), round(i.high, 6)] for h, i in score.interval.items()}


def _turning_point(point: TurningPoint | None) -> dict[str, str] | None:
    if point is None:
        return None
    return {
        "kind": point.kind,
        "month": _month(point.month),
        "announced": point.announced.isoformat(),
    }


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
